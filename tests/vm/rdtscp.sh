#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: rdtscp.sh SERIES PROGRAM
# The program on CPU models without RDTSCP, in QEMU, on Debian's kernel of a series (6.1).
set -uo pipefail
unset CDPATH
here=$(cd "$(dirname "$0")" && pwd)
series=$1 program=$2
# shellcheck source-path=SCRIPTDIR
. "$here/kernel.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/machine.sh"

for tool in qemu-system-x86_64 cpio busybox; do
	command -v "$tool" >/dev/null || skip "$tool is missing; see packages.txt"
done
fetch_kernel "$series"
scratch=$(mktemp -d)
trap leave EXIT
root=$scratch/root
new_root "$root" "$here/rdtscp-init"
with_libraries "$root" "$program" tollbooth
initramfs "$root" "$scratch/initrd"

for model in qemu64 Nehalem; do
	for attempt in 1 2; do
		tb_cpu=$model,-cx16 boot "$kernel_dir/vmlinuz" "$scratch/initrd" "$scratch/log" "$scratch/records" 90
		# Retried only when it never came up: TCG's timers stick now and then on a busy host.
		grep -aq '^TB-BOOT' "$scratch/log" && break
		echo "# attempt $attempt: no boot"
	done
	tr -d '\r' <"$scratch/log" | grep -aE '^(# |ok|not ok|TB-)'
	judge "$scratch/log" || fail "$model" $?
	echo "ok - $model"
done
