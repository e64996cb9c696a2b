#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: bochs.sh SERIES PROGRAM SHADOW-TEST [COUNT|without]
# Features that only Bochs emulates, on Debian's kernel of a series (6.12-cloud): shadow stacks, and
# IA32_FLUSH_CMD. COUNT is packages:cores:threads (1). without: a kernel that refuses shadow stacks, and a CPU
# that has neither.
# Status: 0 passed, 1 a test failed, 2 the machine died early, 124 it hung, 77 skipped.
set -uo pipefail
unset CDPATH
here=$(cd "$(dirname "$0")" && pwd)
series=$1 program=$2 test=$3 count=${4:-1}
scratch=$(mktemp -d)
trap leave EXIT
# shellcheck source-path=SCRIPTDIR
. "$here/kernel.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/machine.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/bochs/boot.sh"

need_bochs
command -v gcc-12 >/dev/null || skip "gcc-12 is missing; see packages.txt"
fetch_kernel "$series"

build_module "$here/../../kernel-support" "$scratch/module" || fail "the module does not build clean for $kernel_release"
root=$scratch/root
new_root "$root" "$here/bochs-init"
install "$test" "$root/bin/shadow-test"
with_libraries "$root" "$program" tollbooth
strip --strip-debug --remove-section=.BTF -o "$root/tollbooth.ko" "$scratch/module/tollbooth.ko"
initramfs "$root" "$scratch/initrd"

# machine MODEL OUTCOME [WORD...]: boots and judges.
machine() {
	local model=$1 outcome=$2 what
	what="$kernel_release, $model $count, shadow stacks: $outcome"
	shift 2
	boot_bochs "$model" "$count" "$kernel_dir/vmlinuz" "$scratch/initrd" "$scratch/log" \
		"$scratch/records.tar.gz" 300 "tb_shadow=$outcome" "$@"
	tr -d '\r' <"$scratch/log" | sed -n '/^TB-BOOT/,$p'
	judge "$scratch/log" || fail "$what" $?
	echo "ok - $what, after $SECONDS s"
}

if [ "$count" = without ]; then
	count=1
	machine tigerlake refused nousershstk
	machine corei7_skylake_x absent
	exit 0
fi
machine tigerlake works
take_records "$scratch/records.tar.gz" "$scratch/records" "$program" create shadows || fail "the records"
"$here/bochs/records.py" "$scratch/records" || fail "the records say something else"
