#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: builds.sh [--download] [SERIES[-FLAVOUR]...]
# The module builds without a warning of W=1, modpost and sparse for Debian's kernels, by default the oldest that it
# is for, the stable ones and that of sid, each also with PREEMPT_RT. A line each; 77 if one is skipped and none fails.
# Without --download only for those whose headers are in the cache.
set -uo pipefail
unset CDPATH
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR
. "$here/kernel.sh"

tb_cached_only=1
[ "${1-}" != --download ] || { tb_cached_only=; shift; }
kernels=("$@")
[ $# -gt 0 ] || kernels=({5.10,6.1,6.12,7}{,-rt})
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# builds KERNEL: the module as users and as tests have it, and the fake PMU.
builds() {
	local sparse=sparse
	fetch_headers "$1"
	build_module "$here/../../kernel-support" "$scratch/$1-module" &&
		build_module "$here/../../kernel-support" "$scratch/$1-test-module" TB_TEST=y &&
		build_module "$here/pmu" "$scratch/$1-pmu" || exit 1
	# make goes on without sparse where that is missing, or the headers do not know how to call it.
	grep -q '^ *CHECK ' "$scratch/$1-module.log" || sparse="without sparse"
	echo "ok - $kernel_release, $kernel_compiler, $sparse"
}

status=0
for kernel in "${kernels[@]}"; do
	# In a shell of its own, which skip() may end.
	(builds "$kernel")
	case $? in
	0) ;;
	77) [ $status -ne 0 ] || status=77 ;;
	*)
		status=1
		echo "not ok - $kernel"
		;;
	esac
done
exit $status
