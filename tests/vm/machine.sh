# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced: an initramfs, a machine with a watchdog, and a judge.

# with_libraries FOLDER PROGRAM NAME: the program, and the libraries that it loads.
with_libraries() {
	local library
	install -D "$2" "$1/bin/$3"
	for library in $(ldd "$2" | grep -o '/[^ ]*'); do
		install -D "$library" "$1$library"
	done
}

# initramfs FOLDER FILE
initramfs() {
	(cd "$1" && find . | cpio -o -H newc --quiet -R 0:0 | gzip -1) >"$2"
}

# boot KERNEL INITRAMFS LOG RECORDS SECONDS [WORD...]: until the machine powers off, or its log has
# not grown for SECONDS; words go to the kernel's command line. The log tells, not the status.
boot() {
	local kernel=$1 initrd=$2 log=$3 records=$4 patience=$5 qemu size=-1 quiet=0
	shift 5
	: >"$log"
	# CMPXCHG16B: TCG of QEMU 7.2 gets its flags wrong now and then, and SLUB falls over them.
	qemu-system-x86_64 -accel tcg,thread=multi -cpu max,-cx16 -smp 2 -m 1024 -kernel "$kernel" -initrd "$initrd" \
		-append "console=ttyS0 panic=-1 oops=panic panic_on_warn=1 softlockup_panic=1 hung_task_panic=1 \
mitigations=off nokaslr no_timer_check tsc=reliable cryptomgr.notests $*" \
		-no-reboot -nodefaults -display none -serial "file:$log" -serial "file:$records" </dev/null &
	qemu=$!
	while kill -0 $qemu 2>/dev/null; do
		if [ "$(stat -c %s "$log")" -eq "$size" ]; then
			quiet=$((quiet + 1))
		else
			quiet=0
			size=$(stat -c %s "$log")
		fi
		if [ $quiet -ge "$patience" ]; then
			echo "TB-WATCHDOG no progress for $patience s" >>"$log"
			kill -KILL $qemu
			break
		fi
		sleep 1
	done
	wait $qemu 2>/dev/null
}

# What a kernel says when something is wrong; its own announcements of the checkers are not.
tb_complaints='BUG:|WARNING:|INFO: (task|rcu|possible|trying)|Oops|general protection|KASAN|KCSAN|UBSAN|[Kk]ernel panic|DEADLOCK|unreferenced object|RCU [Ss]tall|rcu.*stall|list_(add|del) corruption|ODEBUG|inconsistent lock|Call Trace|double fault|soft lockup|hard LOCKUP|scheduling while atomic|bad page'
tb_announcements='KernelAddressSanitizer initialized|Lock dependency validator|lockdep is turned on|Kernel memory leak detector|UBSAN: .*enabled'

# judge LOG: 0, or 1 after saying why.
judge() {
	local log=$1 bad=0
	if grep -aE "$tb_complaints" "$log" | grep -avE "$tb_announcements"; then
		echo "not ok - the kernel complains, see above"
		bad=1
	fi
	if grep -a '^not ok' "$log"; then
		bad=1
	fi
	if ! grep -aqx 'TB-RESULT 0' <(tr -d '\r' <"$log"); then
		echo "not ok - no good end: $(grep -aE 'TB-(RESULT|WATCHDOG)' "$log" || echo 'the machine ended without a result')"
		bad=1
	fi
	return $bad
}
