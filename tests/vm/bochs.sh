#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: bochs.sh SERIES PROGRAM SHADOW-TEST [COUNT]
# Shadow stacks on Debian's kernel of a series (6.12-cloud), in Bochs; COUNT is packages:cores:threads,
# and where it is 1 also the kernel that refuses them and the CPU that has none.
# Status: 0 passed, 1 a test failed, 2 the machine died early, 124 it hung, 77 skipped.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
series=$1 program=$2 test=$3 count=${4:-1}
# shellcheck source-path=SCRIPTDIR
. "$here/kernel.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/machine.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# shellcheck source-path=SCRIPTDIR
. "$here/bochs/boot.sh"

missing=$(bochs_missing)
[ -z "$missing" ] || skip "$missing"
fetch_kernel "$series"

new_root "$scratch/root" "$here/bochs-init"
install "$test" "$scratch/root/bin/shadow-test"
with_libraries "$scratch/root" "$program" tollbooth
initramfs "$scratch/root" "$scratch/initrd"

# machine MODEL OUTCOME [WORD...]: boots and judges; ends the script unless all is well.
machine() {
	local model=$1 outcome=$2 verdict=0
	shift 2
	boot_bochs "$model" "$count" "$kernel_dir/vmlinuz" "$scratch/initrd" "$scratch/log" \
		"$scratch/records.tar.gz" 300 "tb_shadow=$outcome" "$@"
	tr -d '\r' <"$scratch/log" | sed -n '/^TB-BOOT/,$p'
	judge "$scratch/log" || verdict=$?
	[ $verdict -ne 0 ] || {
		echo "ok - $kernel_release, $model, shadow stacks: $outcome, after $SECONDS s"
		return
	}
	tail -n 5 "$scratch/log.bochs" "$scratch/log.screen"
	keep_logs "$scratch"/log*
	exit $verdict
}

machine tigerlake works
take_records "$scratch/records.tar.gz" "$scratch/records" "$program" create || exit 1
grep -q '"hypervisor": *"bochs"' "$scratch/records/create.json" || {
	echo "not ok - the record does not name bochs"
	exit 1
}
[ "$count" = 1 ] || exit 0
machine tigerlake refused nousershstk
machine corei7_skylake_x absent
