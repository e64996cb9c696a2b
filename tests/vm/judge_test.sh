#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The judge over logs: only a good end without a error passes, silence never does, and a failed
# test, an early death and a hang have different statuses.
set -uo pipefail
unset CDPATH
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR
. "$here/machine.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
bad=0

# expects STATUS NAME TEXT: as a machine's log, lines end in CR LF.
expects() {
	local got=0
	printf '%b' "$3" | sed 's/$/\r/' >"$scratch/log"
	judge "$scratch/log" >/dev/null || got=$?
	[ "$got" -eq "$1" ] && return
	echo "not ok - $2: judged $got"
	bad=1
}
# A failed test counts as failed with any exit status.
tb_cache=$scratch/cache
for status in 0 1 124; do
	(fail reason $status) >/dev/null 2>&1 && {
		echo "not ok - fail with $status ends with 0"
		bad=1
	}
done
good='TB-BOOT 6.1 up 3 s\nok 1 - info\n# step ok: rmmod\nTB-RESULT 0\n'
expects 0 "a good log" "$good"
expects 0 "a checker's announcement" "kasan: KernelAddressSanitizer initialized\n$good"
expects 2 "nothing" ""
expects 2 "an end without a result" 'TB-BOOT 6.1\nok 1 - info\n'
expects 2 "a panic" 'TB-BOOT 6.1\nok 1 - info\n[    9.1] Kernel panic - not syncing: Attempted to kill init!\n'
expects 2 "a failed test before the death" 'TB-BOOT 6.1\nnot ok 1 - info\n'
expects 1 "a failed result" "${good/RESULT 0/RESULT 1}"
expects 2 "a result that is not a line of its own" "${good/TB-RESULT 0/echo TB-RESULT 0}"
expects 1 "a result that begins with 0" "${good/RESULT 0/RESULT 01}"
expects 1 "a failed test" "not ok 2 - sizes\n$good"
expects 124 "the watchdog" 'TB-BOOT 6.1\nTB-WATCHDOG no progress for 90 s\n'
expects 124 "the watchdog after the result" "${good}TB-WATCHDOG no progress for 90 s\\n"
while read -r error; do
	expects 1 "$error" "[   12.345678] $error\n$good"
done <<'END'
BUG: KASAN: slab-out-of-bounds in tb_seeded_oob+0x4f/0x80 [seeded]
BUG: scheduling while atomic: insmod/123/0x00000002
BUG: sleeping function called from invalid context at include/linux/sched/mm.h:315
BUG: kernel NULL pointer dereference, address: 0000000000000000
WARNING: CPU: 1 PID: 99 at kernel/softirq.c:362 __local_bh_enable_ip+0x70/0x80
WARNING: possible circular locking dependency detected
INFO: task module-test:77 blocked for more than 30 seconds.
INFO: rcu_preempt detected stalls on CPUs/tasks
watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [module-test:77]
Oops: general protection fault, probably for non-canonical address
UBSAN: array-index-out-of-bounds in apf.c:99:3
unreferenced object 0xffff888003a1b000 (size 128):
Kernel panic - not syncing: Fatal exception
list_del corruption, ffff888003a1b000->next is LIST_POISON1
ODEBUG: free active (active state 0) object
traps: PANIC: double fault, error_code: 0x0
END
# machine COMMAND: what is watched is this instead of an emulator, with a log of its own.
machine() {
	: >"$scratch/log"
	sh -c "$1" >"$scratch/log" &
	watch $! "$scratch/log" /dev/null 5 2>/dev/null
	judge "$scratch/log" >/dev/null
}
ends() {
	local got=0
	machine "$3" || got=$?
	[ "$got" -eq "$1" ] && return
	echo "not ok - $2: status $got"
	bad=1
}
ends 0 "a machine that passes" 'echo TB-BOOT; echo TB-RESULT 0'
ends 0 "a slow one" 'for i in 1 2 3 4; do echo TB-BOOT; sleep 2; done; echo TB-RESULT 0'
ends 1 "one that fails" 'echo TB-BOOT; echo not ok 1; echo TB-RESULT 1'
ends 2 "one that dies" 'echo TB-BOOT; exit 1'
ends 124 "one that hangs in the middle of a line" 'printf "TB-BOO"; exec sleep 60'

[ $bad -eq 0 ] && echo "ok - judge"
exit $bad
