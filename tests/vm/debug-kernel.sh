#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the debug kernel of `ctest -C all -L vm-debug` into the cache: Debian's linux-source-6.12 with
# debug.config (KASAN, PROVE_LOCKING, kmemleak, DEBUG_OBJECTS, UBSAN, fault injection).
# About 10 CPU minutes, 2.5 GB while it builds, 0.35 GB afterwards.
set -euo pipefail
unset CDPATH
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR
. "$here/kernel.sh"

for tool in bison flex bc gcc-12 make apt-get; do
	command -v $tool >/dev/null || { echo "$0: $tool is missing: apt-get install bison flex bc gcc-12 make libelf-dev libssl-dev" >&2; exit 2; }
done
newest_source() {
	apt-cache "${tb_apt[@]}" show linux-source-6.12 2>/dev/null | sed -n 's/^Version: //p' | head -n 1
}
version=$(newest_source)
[ -n "$version" ] || use_backports || true
[ -n "$version" ] || version=$(newest_source)
[ -n "$version" ] || { echo "$0: apt knows no linux-source-6.12, nor has -backports of its mirror one: apt-get update" >&2; exit 2; }
name=debug-$version-$(sha256sum "$here/debug.config" | cut -c1-12)
final=$tb_cache/$name
[ -e "$final/complete" ] && { echo "$final is there"; exit 0; }

mkdir -p "$tb_cache"
# Built where it stays: the tree of headers names its own path.
rm -rf "$final"
mkdir "$final"
source=$(mktemp -d "$tb_cache/.source.XXXXXX")
trap 'rm -rf "$source"' EXIT
(cd "$source" && fetch_debs linux-source-6.12 && dpkg -x linux-source-*.deb . && rm linux-source-*.deb)
mkdir "$final/source"
tar -C "$final/source" --strip-components=1 -xf "$source"/usr/src/linux-source-6.12.tar.xz
cp "$here/debug.config" "$final/source/kernel/configs/tollbooth.config"
make -C "$final/source" O="$final/build" CC=gcc-12 tinyconfig tollbooth.config >"$final/log" 2>&1
make -C "$final/source" O="$final/build" CC=gcc-12 -j"$(nproc)" bzImage modules >>"$final/log" 2>&1 || {
	tail -n 20 "$final/log" >&2
	exit 1
}
# What it was asked for is there: tinyconfig drops what it can't have without a word.
for option in KASAN PROVE_LOCKING DEBUG_KMEMLEAK DEBUG_OBJECTS UBSAN FAULT_INJECTION FAILSLAB; do
	grep -qx "CONFIG_$option=y" "$final/build/.config" || { echo "$0: no CONFIG_$option" >&2; exit 1; }
done
cp "$final/build/arch/x86/boot/bzImage" "$final/vmlinuz"
# Modules need the headers, the scripts and objtool.
find "$final/source" -mindepth 1 -maxdepth 1 -type d ! -name include ! -name arch ! -name scripts ! -name tools -exec rm -rf {} +
find "$final/source/arch" -mindepth 1 -maxdepth 1 -type d ! -name x86 -exec rm -rf {} +
find "$final/build" \( -name '*.o' -o -name '*.a' -o -name '.*.cmd' \) ! -path '*/scripts/*' ! -path '*/tools/*' -delete
touch "$final/complete"
echo "$final"
