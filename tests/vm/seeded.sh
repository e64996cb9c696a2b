#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: seeded.sh: the debug kernel finds all nine bugs of seeded/.
set -uo pipefail
unset CDPATH
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR
. "$here/kernel.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/machine.sh"

fetch_kernel debug
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
/bin/busybox sleep 6
echo scan >/sys/kernel/debug/kmemleak
echo scan >/sys/kernel/debug/kmemleak
/bin/busybox cat /sys/kernel/debug/kmemleak
echo TB-RESULT 0
/bin/busybox poweroff -f
END
chmod +x "$scratch/root/init"
initramfs "$scratch/root" "$scratch/initrd"
# Lockdep reports once, and never after another report: two machines, and locks first.
for bugs in 1,2,3,4,5,6,7,8 9; do
	boot "$kernel_dir/vmlinuz" "$scratch/initrd" "$scratch/log.$bugs" /dev/null 120 \
		panic_on_warn=0 oops=continue kasan_multi_shot tb_bugs=$bugs
done
cat "$scratch"/log.* >"$scratch/log"

found=0 sought=0
# finds BUG REPORT
finds() {
	sought=$((sought + 1))
	if grep -aqE "$2" "$scratch/log"; then
		found=$((found + 1))
	else
		echo "not ok - $1 was not found"
	fi
}
finds "locks in both orders" 'possible circular locking dependency'
finds "a sleep with interrupts off" 'sleeping function called from invalid context'
finds "scheduling while atomic" 'scheduling while atomic'
finds "a write behind the end" 'KASAN: slab-out-of-bounds'
finds "a use after free" 'KASAN: slab-use-after-free'
finds "a leak" 'unreferenced object'
finds "a shift too far" 'UBSAN: shift-out-of-bounds'
finds "an active timer freed" 'ODEBUG: free active'
finds "a lock below a raw one" 'Invalid wait context'
echo "# $found of $sought seeded bugs found"
# The judge sees them, too.
if judge "$scratch/log" >/dev/null; then
	echo "not ok - the judge passes this log"
	exit 1
fi
[ $found -eq $sought ] && echo "ok - seeded bugs"
