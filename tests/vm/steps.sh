# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Sourced by the first process inside a machine. The host believes only the last line, and the kernel's log.
/bin/busybox mkdir -p /proc /sys /dev /tmp
/bin/busybox --install -s /bin
export PATH=/bin TMPDIR=/tmp HOME=/tmp
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mount -t debugfs debug /sys/kernel/debug 2>/dev/null
dmesg -n 5
echo "TB-BOOT $(uname -r) up $(cut -d' ' -f1 /proc/uptime) s"

# drained: what was said has left the serial port. Else what the kernel says goes into the middle of
# a line, and without power the rest is lost. stty waits before it sets; sleeping is what Bochs is
# slowest at with two CPUs.
drained() {
	stty -F /dev/ttyS0 sane
}

status=0
# step NAME COMMAND...: reports a failed step; the others still run.
step() {
	name=$1
	shift
	if "$@"; then
		echo "# step ok: $name, at $(cut -d' ' -f1 /proc/uptime) s"
	else
		echo "not ok - step $name ($?)"
		status=1
	fi
	drained
}

# said STATUS TEXT COMMAND...: it ends so and says so; messages wrap at the width of the console.
said() {
	want=$1 text=$2
	shift 2
	got=0
	out=$("$@" 2>&1) || got=$?
	[ "$got" -eq "$want" ] && echo "$out" | tr -s '\n ' ' ' | grep -q "$text" && return
	echo "# $*: $got, $out"
	return 1
}

# send FOLDER: it goes out by the second serial port, which every kernel has.
send() {
	stty -F /dev/ttyS1 raw -echo && tar -C "$1" -c . | gzip >/dev/ttyS1
}

finish() {
	echo "TB-RESULT $status"
	drained
	poweroff -f
}
