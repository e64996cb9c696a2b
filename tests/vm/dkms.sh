#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: dkms.sh SERIES: the package builds for a kernel that is not running, out of its folder alone.
set -uo pipefail
unset CDPATH
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR
. "$here/kernel.sh"

command -v dkms >/dev/null || skip "dkms is missing; see packages.txt"
[ "$(id -u)" -eq 0 ] || skip "dkms wants root"
fetch_kernel "$1"
version=$(sed -n 's/^project(tollbooth VERSION \([0-9.]*\) .*/\1/p' "$here/../../CMakeLists.txt")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# A tree of its own, and no key of its own: the machine is left as it was.
in_scratch() {
	sign_file=/nonexistent dkms --dkmstree "$scratch/tree" --sourcetree "$scratch/src" "$@" \
		-m tollbooth -v "$version" >>"$scratch/log" 2>&1 </dev/null && return
	cat "$scratch/log" "$scratch/tree/tollbooth/$version/build/make.log" 2>/dev/null
	echo "not ok - dkms $1"
	exit 1
}
mkdir -p "$scratch/src" "$scratch/tree"
cp -r "$here/../../kernel-support" "$scratch/src/tollbooth-$version"
in_scratch add
in_scratch build -k "$kernel_release" --kernelsourcedir "$kernel_dir/build" -a x86_64
built=$(find "$scratch/tree" -name 'tollbooth.ko*')
[ -n "$built" ] || {
	echo "not ok - dkms built nothing"
	exit 1
}
modinfo -F vermagic "$built" | grep -q "^$kernel_release " || {
	echo "not ok - built for $(modinfo -F vermagic "$built")"
	exit 1
}
[ "$(modinfo -F version "$built")" = "$version" ] || {
	echo "not ok - the module says version $(modinfo -F version "$built"), the project $version"
	exit 1
}
echo "ok - $(basename "$built") for $kernel_release by dkms, running is $(uname -r)"
