#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: nested.sh SERIES PROGRAM GUEST-TEST
# Our guests on Debian's kvm-amd, in QEMU's TCG: what a host that emulates CPL 0 can't show.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
series=$1 program=$2 test=$3
# shellcheck source-path=SCRIPTDIR
. "$here/kernel.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/machine.sh"

for tool in qemu-system-x86_64 cpio busybox xz; do
	command -v "$tool" >/dev/null || skip "$tool is missing; see packages.txt"
done
fetch_kernel "$series"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# KVM's modules, in the order in which they load, beside the kernel in the cache.
fetch_kvm() (
	set -e
	[ -e "$kernel_dir/kvm/complete" ] && return
	mkdir -p "$kernel_dir/kvm"
	cd "$scratch"
	apt-get -qq download "linux-image-$kernel_release"
	for module in virt/lib/irqbypass drivers/crypto/ccp/ccp arch/x86/kvm/kvm arch/x86/kvm/kvm-amd; do
		file=./lib/modules/$kernel_release/kernel/$module.ko
		dpkg --fsys-tarfile linux-image-*.deb | tar -x "$file" 2>/dev/null ||
			dpkg --fsys-tarfile linux-image-*.deb | tar -xO "$file.xz" | xz -dc >"$(basename "$module").ko"
		[ ! -e "$file" ] || mv "$file" .
		mv "$(basename "$module").ko" "$kernel_dir/kvm/"
	done
	touch "$kernel_dir/kvm/complete"
)
fetch_kvm >"$scratch/fetch.log" 2>&1
[ -e "$kernel_dir/kvm/complete" ] || skip "the modules of $kernel_release can't be fetched: $(tail -n 1 "$scratch/fetch.log")"

root=$scratch/root
mkdir -p "$root/bin"
install "$(command -v busybox)" "$root/bin/busybox"
install "$here/nested-init" "$root/init"
cp "$kernel_dir"/kvm/*.ko "$root/"
with_libraries "$root" "$program" tollbooth
with_libraries "$root" "$test" test_guest
initramfs "$root" "$scratch/initrd"

# One CPU: under MTTCG a second one may run stale code while KVM patches its static keys.
for attempt in 1 2; do
	boot "$kernel_dir/vmlinuz" "$scratch/initrd" "$scratch/log" "$scratch/records.tar.gz" 120 maxcpus=1
	# Retried only when it never came up: TCG's timers stick now and then on a busy host.
	grep -aq '^TB-BOOT' "$scratch/log" && break
	echo "# attempt $attempt: no boot"
done
tr -d '\r' <"$scratch/log" | sed -n '/^TB-BOOT/,$p'
judge "$scratch/log" || exit 1
echo "ok - $kernel_release, kvm-amd"
