# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced: an initramfs, a machine with a watchdog, and a judge.

# The including script sets here, the folder tests/vm.
here=${here:?}

# leave: ends the emulator at the end of a script, also after an error.
leave() {
	jobs -p | xargs -r kill -KILL 2>/dev/null
	rm -rf "${scratch:?}"
}

# with_libraries FOLDER PROGRAM NAME: the program, and the libraries that it loads.
with_libraries() {
	local library
	install -D "$2" "$1/bin/$3"
	for library in $(ldd "$2" | grep -o '/[^ ]*'); do
		install -D "$library" "$1$library"
	done
}

# new_root FOLDER INIT: creates the common part of every initramfs.
new_root() {
	mkdir -p "$1/bin"
	install "$(command -v busybox)" "$1/bin/busybox"
	install "$here/steps.sh" "$1/steps.sh"
	install "$2" "$1/init"
}

# initramfs FOLDER FILE: uncompressed, since an emulator is slow at unpacking.
initramfs() {
	(cd "$1" && find . | cpio -o -H newc --quiet -R 0:0) >"$2"
}

# waited PID: ms that the thread which waited longest has waited for a CPU.
waited() {
	cat /proc/"$1"/task/*/schedstat 2>/dev/null |
		awk '$2 > ns { ns = $2 } END { printf "%d", ns / 1000000 }'
}

# watch PID LOG RECORDS SECONDS [FILE]: until the process ends; it is ended when neither file has grown
# for SECONDS, those aside in which it waited for a CPU. FILE holds the emulator's PID, where it is another.
watch() {
	local size='' grown quiet=0 emulator=$1 last now before=0 after
	last=${EPOCHREALTIME/[.,]/}
	while kill -0 "$1" 2>/dev/null; do
		sleep 1
		[ -z "${5-}" ] || emulator=$(cat "$5" 2>/dev/null)
		now=${EPOCHREALTIME/[.,]/}
		after=$(waited "$emulator")
		grown=$(stat -c %s "$2" "$3" 2>/dev/null)
		if [ "$grown" = "$size" ]; then
			quiet=$((quiet + (now - last) / 1000 - (after - before)))
		else
			quiet=0
			size=$grown
		fi
		last=$now before=$after
		if [ $quiet -ge $(($4 * 1000)) ]; then
			printf '\nTB-WATCHDOG no progress for %s s\n' "$4" >>"$2"
			kill -KILL "$1"
			break
		fi
	done
	wait "$1" 2>/dev/null
}

# boot KERNEL INITRAMFS LOG RECORDS SECONDS [WORD...]: until the machine powers off, or its log has
# not grown for SECONDS; words go to the kernel's command line. The log tells, not the status.
# tb_cpu: the model of its CPUs.
boot() {
	local kernel=$1 initrd=$2 log=$3 records=$4 timeout_s=$5
	shift 5
	: >"$log"
	# CMPXCHG16B: TCG of QEMU 7.2 gets its flags wrong now and then, and SLUB falls over them.
	qemu-system-x86_64 -accel tcg,thread=multi -cpu "${tb_cpu:-max,-cx16}" -smp 2 -m 1024 -kernel "$kernel" -initrd "$initrd" \
		-append "console=ttyS0 panic=-1 oops=panic panic_on_warn=1 softlockup_panic=1 hung_task_panic=1 \
mitigations=off nokaslr no_timer_check tsc=reliable cryptomgr.notests $*" \
		-no-reboot -nodefaults -display none -serial "file:$log" -serial "file:$records" </dev/null &
	watch $! "$log" "$records" "$timeout_s"
}

# Messages of a kernel about errors, without the announcements of its checkers.
tb_errors='BUG:|WARNING:|INFO: (task|rcu|possible|trying)|Oops|general protection|KASAN|KCSAN|UBSAN|[Kk]ernel panic|DEADLOCK|unreferenced object|RCU [Ss]tall|rcu.*stall|list_(add|del) corruption|ODEBUG|inconsistent lock|Call Trace|double fault|soft lockup|hard LOCKUP|scheduling while atomic|bad page'
tb_announcements='KernelAddressSanitizer initialized|Lock dependency validator|lockdep is turned on|Kernel memory leak detector|UBSAN: .*enabled'

# judge LOG: 0, or after saying why 1 (a test failed, or the kernel reports an error), 2 (no end: the machine
# died early) or 124 (it hung).
judge() {
	local log=$1 verdict=0
	if grep -aE "$tb_errors" "$log" | grep -avE "$tb_announcements"; then
		echo "not ok - the kernel reports an error, see above"
		verdict=1
	fi
	if grep -a '^not ok' "$log"; then
		verdict=1
	fi
	if grep -a '^TB-WATCHDOG' "$log"; then
		echo "not ok - the machine hung"
		return 124
	fi
	if ! grep -aq '^TB-RESULT' "$log"; then
		echo "not ok - the machine ended without a result"
		return 2
	fi
	if ! grep -aqx 'TB-RESULT 0' <(tr -d '\r' <"$log"); then
		echo "not ok - no good end: $(grep -a '^TB-RESULT' "$log")"
		verdict=1
	fi
	return $verdict
}

# fail REASON [STATUS]: ends the script, never with 0; the logs of its scratch folder are kept.
fail() {
	local status=${2:-1}
	[ "$status" -ne 0 ] || status=1
	echo "not ok - $1"
	mkdir -p "${tb_cache:?}/failed"
	cp "${scratch:?}"/*log* "$tb_cache/failed/"
	echo "# logs in $tb_cache/failed"
	exit "$status"
}

# take_records ARCHIVE FOLDER PROGRAM NAME...: what came out of the machine are records like any
# other, and say where they are from.
take_records() {
	local archive=$1 folder=$2 program=$3 name
	shift 3
	mkdir "$folder"
	tar -C "$folder" -xzf "$archive" || {
		echo "not ok - no records came out"
		return 1
	}
	for name in "$@"; do
		"$program" validate "$folder/$name.json" || {
			echo "not ok - the record $name is not valid"
			return 1
		}
		grep -q '"class": *"emulated"' "$folder/$name.json" || {
			echo "not ok - the record $name is not of class emulated"
			return 1
		}
	done
}
