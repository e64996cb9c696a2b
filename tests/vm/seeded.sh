#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: seeded.sh kasan|lockdep: this debug kernel finds the bugs of seeded/ that it is there for.
set -uo pipefail
unset CDPATH
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR
. "$here/kernel.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/machine.sh"

kind=$1
# Lockdep reports once, and never after another report: each report of its own in a machine of its own, and locks first.
case $kind in
kasan) machines=("1,2,3,4,5,6,7,8" 9) ;;
lockdep) machines=("1,2,3,7,8" 9 10) ;;
*)
	echo "usage: $0 kasan|lockdep" >&2
	exit 2
	;;
esac
fetch_kernel "$kind"
scratch=$(mktemp -d)
trap leave EXIT
cp -r "$here/seeded" "$scratch/module"
make -C "$kernel_dir/build" M="$scratch/module" "${kernel_cc[@]}" modules >"$scratch/build.log" 2>&1 || {
	tail -n 20 "$scratch/build.log"
	exit 1
}
mkdir -p "$scratch/root/bin"
install "$(command -v busybox)" "$scratch/root/bin/busybox"
install "$scratch/module/seeded.ko" "$scratch/root/"
cat >"$scratch/root/init" <<'END'
#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t debugfs debug /sys/kernel/debug
for bug in $(/bin/busybox sed 's/.*tb_bugs=\([0-9,]*\).*/\1/;s/,/ /g' /proc/cmdline); do
	echo "TB-SEED $bug"
	/bin/busybox insmod /seeded.ko bug=$bug
done
leaks=/sys/kernel/debug/kmemleak
[ -e $leaks ] && {
	/bin/busybox sleep 6
	echo scan >$leaks
	echo scan >$leaks
	/bin/busybox cat $leaks
}
echo TB-RESULT 0
/bin/busybox poweroff -f
END
chmod +x "$scratch/root/init"
initramfs "$scratch/root" "$scratch/initrd"
for bugs in "${machines[@]}"; do
	boot "$kernel_dir/vmlinuz" "$scratch/initrd" "$scratch/log.$bugs" /dev/null 120 \
		panic_on_warn=0 oops=continue kasan_multi_shot "tb_bugs=$bugs"
done
cat "$scratch"/log.* >"$scratch/log"

found=0 sought=0
# finds NUMBER BUG REPORT: in the log of the machine that had it, if one had.
finds() {
	local bugs
	for bugs in "${machines[@]}"; do
		[[ ,$bugs, == *,$1,* ]] || continue
		sought=$((sought + 1))
		if grep -aqE "$3" "$scratch/log.$bugs"; then
			found=$((found + 1))
		else
			echo "not ok - $2 was not found"
		fi
	done
}
finds 1 "locks in both orders" 'possible circular locking dependency'
finds 2 "a sleep with interrupts off" 'sleeping function called from invalid context'
finds 3 "scheduling while atomic" 'scheduling while atomic'
finds 4 "a write behind the end" 'KASAN: slab-out-of-bounds'
finds 5 "a use after free" 'KASAN: slab-use-after-free'
finds 6 "a leak" 'unreferenced object'
finds 7 "a shift too far" 'UBSAN: shift-out-of-bounds'
finds 8 "an active timer freed" 'ODEBUG: free active'
finds 9 "a lock below a raw one" 'Invalid wait context'
finds 10 "a kfree() below a raw lock" 'Invalid wait context'
echo "# $found of $sought seeded bugs found"
# The judge sees them, too.
if judge "$scratch/log" >/dev/null; then
	echo "not ok - the judge passes this log"
	exit 1
fi
[ $found -eq $sought ] && echo "ok - seeded bugs, $kernel_release"
