#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: debug-kernel.sh [kasan|lockdep]...: builds the debug kernels of `ctest -C all -L vm-debug` into the cache,
# both by default: Debian's linux-source-6.12 with debug.config (PROVE_LOCKING, DEBUG_OBJECTS,
# UBSAN, fault injection) and kasan.config (KASAN, kmemleak), or with debug.config alone: KASAN's quarantine keeps
# what is freed from the allocator's locks, and so hides a kfree() that takes them where it must not.
# About 10 CPU minutes each, 2.5 GB while it builds, 0.35 GB afterwards.
set -euo pipefail
unset CDPATH
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR
. "$here/kernel.sh"

kinds=("$@")
[ $# -gt 0 ] || kinds=(kasan lockdep)
for tool in bison flex bc gcc-12 make apt-get; do
	command -v $tool >/dev/null || { echo "$0: $tool is missing: apt-get install bison flex bc gcc-12 make libelf-dev libssl-dev" >&2; exit 2; }
done

mkdir -p "$tb_cache"
source=$(mktemp -d "$tb_cache/.source.XXXXXX")
trap 'rm -rf "$source"' EXIT

newest_source() {
	apt-cache "${tb_apt[@]}" show linux-source-6.12 2>/dev/null | sed -n 's/^Version: //p' | head -n 1
}
# find_source: sets version, of the system's apt or else of a suite that has it.
find_source() {
	local suite
	version=$(newest_source)
	for suite in $([ -n "$version" ] || suites 6.12); do
		use_suite "$suite" || continue
		version=$(newest_source)
		[ -z "$version" ] || return 0
	done
	[ -n "$version" ] || { echo "$0: apt knows no linux-source-6.12: ${tb_apt_failure:-apt-get update}" >&2; exit 2; }
}


# build KIND
build() {
	local fragments=("$here/debug.config") checks name final option
	case $1 in
	kasan) fragments+=("$here/kasan.config") ;;
	lockdep) ;;
	*) echo "usage: $0 [kasan|lockdep]..." >&2; exit 2 ;;
	esac
	name=$1-$version-$(cat "${fragments[@]}" | sha256sum | cut -c1-12)
	final=$tb_cache/$name
	[ -e "$final/complete" ] && { echo "$final is there"; return; }
	# Built where it stays: the tree of headers names its own path.
	rm -rf "$final"
	mkdir -p "$final/source"
	[ -d "$source/usr" ] || (cd "$source" && fetch_debs linux-source-6.12 && dpkg -x linux-source-*.deb . && rm linux-source-*.deb)
	tar -C "$final/source" --strip-components=1 -xf "$source"/usr/src/linux-source-6.12.tar.xz
	cat "${fragments[@]}" >"$final/source/kernel/configs/tollbooth.config"
	make -C "$final/source" O="$final/build" CC=gcc-12 tinyconfig tollbooth.config >"$final/log" 2>&1
	make -C "$final/source" O="$final/build" CC=gcc-12 -j"$(nproc)" bzImage modules >>"$final/log" 2>&1 || {
		tail -n 20 "$final/log" >&2
		exit 1
	}
	# It has what it was asked for: tinyconfig drops without a word what it can't have.
	checks=(PROVE_LOCKING PROVE_RAW_LOCK_NESTING DEBUG_ATOMIC_SLEEP DEBUG_OBJECTS UBSAN FAULT_INJECTION FAILSLAB)
	[ "$1" = lockdep ] || checks+=(KASAN DEBUG_KMEMLEAK)
	for option in "${checks[@]}"; do
		grep -qx "CONFIG_$option=y" "$final/build/.config" || { echo "$0: no CONFIG_$option" >&2; exit 1; }
	done
	[ "$1" != lockdep ] || ! grep -qx CONFIG_KASAN=y "$final/build/.config" || { echo "$0: lockdep with KASAN" >&2; exit 1; }
	# The machine looks for them, too.
	(IFS=, && echo "${checks[*]}") >"$final/checks"
	cp "$final/build/arch/x86/boot/bzImage" "$final/vmlinuz"
	# Modules need the headers, the scripts and objtool.
	find "$final/source" -mindepth 1 -maxdepth 1 -type d ! -name include ! -name arch ! -name scripts ! -name tools -exec rm -rf {} +
	find "$final/source/arch" -mindepth 1 -maxdepth 1 -type d ! -name x86 -exec rm -rf {} +
	find "$final/build" \( -name '*.o' -o -name '*.a' -o -name '.*.cmd' \) ! -path '*/scripts/*' ! -path '*/tools/*' -delete
	touch "$final/complete"
	echo "$final"
}

find_source
for kind in "${kinds[@]}"; do
	build "$kind"
done
