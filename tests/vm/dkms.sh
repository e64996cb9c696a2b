#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: dkms.sh SERIES [sid]: the package builds for a kernel that is not running, out of its folder alone,
# and a kernel that is too old is skipped without an error that would break dpkg. With the system's DKMS, or
# with that of Debian's sid.
set -uo pipefail
unset CDPATH
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR
. "$here/kernel.sh"

command -v dkms >/dev/null || skip "dkms is missing; see packages.txt"
[ "$(id -u)" -eq 0 ] || skip "dkms wants root"
fetch_kernel "$1"
version=$(sed -n 's/^project(tollbooth VERSION \([0-9.]*\) .*/\1/p' "$here/../../CMakeLists.txt")
# A developer may have it set. The package must build without it.
export TB_TEST=y
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

not_ok() {
	echo "not ok - $*"
	exit 1
}

# in_scratch ACTION...: dkms with a tree of its own and without a key: the machine is left as it was.
in_scratch() {
	sign_file=/nonexistent "$dkms" --dkmstree "$tree" --sourcetree "$scratch/src" \
		--installtree "$modules" "$@" >>"$tree.log" 2>&1 </dev/null
}

# succeeds ACTION...: of our module.
succeeds() {
	in_scratch "$@" -m tollbooth -v "$version" && return
	cat "$tree.log" "$tree/tollbooth/$version/build/make.log" 2>/dev/null
	not_ok "dkms $1 ($name)"
}

# fetch_sid: unpacks DKMS of sid into the cache and sets sid, its path. The system's apt stays as it is.
fetch_sid() {
	local folder=$tb_cache/dkms-sid
	sid=$folder/usr/sbin/dkms
	[ -x "$sid" ] && return
	use_suite sid || return
	(cd "$scratch" && fetch_debs dkms && dpkg -x dkms_*.deb dkms-sid) >"$scratch/apt.log" 2>&1 || {
		tb_apt_failure=$(tail -n 1 "$scratch/apt.log")
		return 1
	}
	rm -rf "$folder"
	mv "$scratch/dkms-sid" "$folder"
	[ -x "$sid" ]
}

# builds: the module for the kernel that was fetched.
builds() {
	local built
	succeeds add
	succeeds build -k "$kernel_release" --kernelsourcedir "$kernel_dir/build" -a x86_64
	built=$(find "$tree" -name 'tollbooth.ko*')
	[ -n "$built" ] || not_ok "dkms built nothing ($name)"
	modinfo -F vermagic "$built" | grep -q "^$kernel_release " ||
		not_ok "built for $(modinfo -F vermagic "$built") ($name)"
	[ "$(modinfo -F version "$built")" = "$version" ] ||
		not_ok "the module says version $(modinfo -F version "$built"), the project $version ($name)"
	[ "$(modinfo -F parm "$built" | cut -d : -f 1)" = wbinvd ] ||
		not_ok "the module has parameters of the tests ($name): $(modinfo -F parm "$built")"
	echo "ok - $(basename "$built") for $kernel_release by $name, running is $(uname -r)"
}

# excludes RELEASE ARCH: build exits with 77, which a package's postinst takes for skipped. autoinstall, which
# the hooks of kernel packages call, exits with 0; otherwise dpkg leaves the headers half-configured.
excludes() {
	local got
	in_scratch build -m tollbooth -v "$version" -k "$1" --kernelsourcedir "$kernel_dir/build" -a "$2"
	got=$?
	[ "$got" -eq 77 ] || not_ok "build for $1 on $2 ended with $got, not 77 ($name): $(tail -n 3 "$tree.log")"
	in_scratch autoinstall -k "$1" --kernelsourcedir "$kernel_dir/build" -a "$2" ||
		not_ok "autoinstall for $1 on $2 ended with $? ($name): $(tail -n 5 "$tree.log")"
	[ -z "$(find "$tree/tollbooth/$version" -path "*/$1/$2/*" -name '*.ko*')" ] ||
		not_ok "built for $1 on $2 ($name)"
	echo "ok - $1 on $2 is skipped by $name"
}

# autoinstalls: what is not excluded.
autoinstalls() {
	in_scratch autoinstall -k "$kernel_release" --kernelsourcedir "$kernel_dir/build" -a x86_64 --no-depmod ||
		not_ok "autoinstall ended with $? ($name): $(tail -n 5 "$tree.log")"
	find "$modules/$kernel_release" -name 'tollbooth.ko*' | grep -q . ||
		not_ok "autoinstall passes over $kernel_release ($name): $(tail -n 5 "$tree.log")"
	echo "ok - $kernel_release is installed by autoinstall of $name"
}

# judge DKMS: all of it, with this program.
judge_dkms() {
	dkms=$1
	name=$("$dkms" --version 2>&1 | tail -n 1)
	tree=$scratch/tree-${name//[!a-z0-9.]/-} modules=$scratch/modules-${name//[!a-z0-9.]/-}
	mkdir -p "$tree" "$modules/$kernel_release"
	builds
	excludes 4.19.0-27-amd64 x86_64
	excludes 5.9.16 x86_64
	excludes "$kernel_release" aarch64
	autoinstalls
}

mkdir -p "$scratch/src"
cp -r "$here/../../kernel-support" "$scratch/src/tollbooth-$version"
if [ "${2-}" = sid ]; then
	fetch_sid || skip "DKMS of sid can't be fetched: $tb_apt_failure"
	judge_dkms "$sid"
else
	judge_dkms "$(command -v dkms)"
fi
