#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: nested.sh tcg|bochs SERIES PROGRAM GUEST-TEST
# Our guests on Debian's kvm-amd, in QEMU's TCG, or on its kvm-intel, in Bochs: what a host that
# emulates CPL 0 can't show. Status: as judge(), or 77 skipped.
set -uo pipefail
unset CDPATH
here=$(cd "$(dirname "$0")" && pwd)
emulator=$1 series=$2 program=$3 test=$4
scratch=$(mktemp -d)
trap leave EXIT
# shellcheck source-path=SCRIPTDIR
. "$here/kernel.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/machine.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/bochs/boot.sh"

case $emulator in
tcg)
	tools=(qemu-system-x86_64)
	paths=(virt/lib/irqbypass drivers/crypto/ccp/ccp arch/x86/kvm/kvm arch/x86/kvm/kvm-amd)
	;;
bochs)
	need_bochs
	tools=()
	paths=(virt/lib/irqbypass arch/x86/kvm/kvm arch/x86/kvm/kvm-intel)
	;;
esac
for tool in "${tools[@]}" cpio busybox xz objcopy; do
	command -v "$tool" >/dev/null || skip "$tool is missing; see packages.txt"
done
fetch_kernel "$series"
fetch_modules "${paths[@]}"

root=$scratch/root
new_root "$root" "$here/nested-init"
for path in "${paths[@]}"; do
	cp "$kernel_dir/modules/$(basename "$path").ko" "$root/"
	basename "$path" >>"$root/modules"
done
with_libraries "$root" "$program" tollbooth
with_libraries "$root" "$test" test_guest
initramfs "$root" "$scratch/initrd"

begin() {
	case $emulator in
	# One CPU: under MTTCG a second one may run stale code while KVM patches its static keys.
	tcg) boot "$kernel_dir/vmlinuz" "$scratch/initrd" "$scratch/log" /dev/null 120 maxcpus=1 ;;
	bochs) boot_bochs tigerlake 1 "$kernel_dir/vmlinuz" "$scratch/initrd" "$scratch/log" /dev/null 300 ;;
	esac
}
for attempt in 1 2; do
	begin
	# Retried only when it never came up: TCG's timers stick now and then on a busy host.
	grep -aq '^TB-BOOT' "$scratch/log" && break
	echo "# attempt $attempt: no boot"
done
what="$kernel_release, $(basename "${paths[-1]}")"
tr -d '\r' <"$scratch/log" | sed -n '/^TB-BOOT/,$p'
# No command substitution beside $?: it would make it 0.
judge "$scratch/log" || fail "$what" $?
echo "ok - $what, after $SECONDS s"
