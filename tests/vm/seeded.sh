#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: seeded.sh: the debug kernel finds all six bugs of seeded/.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR
. "$here/kernel.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/machine.sh"

fetch_kernel debug
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp -r "$here/seeded" "$scratch/module"
make -C "$kernel_dir/build" M="$scratch/module" modules >"$scratch/build.log" 2>&1 || {
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
# Locks first: the first report of memory switches lockdep off.
for bug in 1 2 3 4 5 6; do
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
boot "$kernel_dir/vmlinuz" "$scratch/initrd" "$scratch/log" /dev/null 120 panic_on_warn=0 oops=continue kasan_multi_shot

found=0
finds() {
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
echo "# $found of 6 seeded bugs found"
# The judge sees them, too.
if judge "$scratch/log" >/dev/null; then
	echo "not ok - the judge passes this log"
	exit 1
fi
[ $found -eq 6 ] && echo "ok - seeded bugs"
