#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: rdtscp.sh SERIES PROGRAM [MODULE-TEST]
# CPU models without RDTSCP, in QEMU, on Debian's kernel of a series (6.1): the program on one of them, or with
# MODULE-TEST program and module on both.
set -uo pipefail
unset CDPATH
here=$(cd "$(dirname "$0")" && pwd)
series=$1 program=$2 test=${3-}
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
models=(qemu64)
new_root "$root" "$here/rdtscp-init"
with_libraries "$root" "$program" tollbooth
if [ -n "$test" ]; then
	models+=(Nehalem)
	install "$test" "$root/bin/module-test"
	add_modules "$root"
fi
initramfs "$root" "$scratch/initrd"

failed=0
for model in "${models[@]}"; do
	for attempt in 1 2; do
		tb_cpu=$model,-cx16 boot "$kernel_dir/vmlinuz" "$scratch/initrd" "$scratch/log.$model" "$scratch/records" 90
		# Retried only when it never came up: TCG's timers stick now and then on a busy host.
		grep -aq '^TB-BOOT' "$scratch/log.$model" && break
		echo "# attempt $attempt: no boot"
	done
	tr -d '\r' <"$scratch/log.$model" | grep -aE '^(# |ok|not ok|TB-)'
	judge "$scratch/log.$model" || {
		failed=$?
		echo "not ok - $kernel_release, $model"
		continue
	}
	echo "ok - $kernel_release, $model${test:+ with the module}"
done
[ $failed -eq 0 ] || fail "a CPU without RDTSCP" $failed
