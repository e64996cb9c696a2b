# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by kernel.sh: compilers for modules. Debian's headers bring programs (modpost, objtool) that need the
# libraries of their suite, and flags that only its compiler knows. Where this machine has neither, both come
# from that suite: its packages are unpacked into the cache, and their usr is bound over /usr while make runs.

# The including script sets here, the folder tests/vm.
here=${here:?}
# shellcheck source-path=SCRIPTDIR
. "$here/debian.sh"

# The kernel, as kernel.sh finds it: uname -r, and the folder with its headers.
kernel_release='' kernel_dir=''
# Its compiler, and the arguments of make that select it if the kernel's Makefile names a missing one.
kernel_compiler='' kernel_cc=()
# The folder with the suite's usr; empty: this machine's own tools.
kernel_tools=

# Programs that the kernel's Makefiles call, beside the compiler.
tb_tools=(make dash bash coreutils sed grep mawk findutils gzip perl-base python3-minimal dpkg sparse)

# named_compiler FOLDER: prints the compiler of the headers in this folder: gcc-12.
named_compiler() {
	sed -n 's/^CC = .*\(gcc-[0-9]*\)$/\1/p' "$1/build/.kernelvariables"
}

# host_compiler FOLDER: prints the compiler of this machine that builds for these headers, or fails.
host_compiler() {
	local named program
	for program in "$1"/usr/lib/linux-kbuild-*/{scripts/basic/fixdep,scripts/mod/modpost,tools/objtool/objtool}; do
		! ldd "$program" 2>&1 | grep -q 'not found' || return
	done
	named=$(named_compiler "$1")
	if command -v "$named" >/dev/null; then
		echo "$named"
	elif [ "${named#gcc-}" -lt 12 ] && command -v gcc-12 >/dev/null; then
		echo gcc-12 # older kernels know it, and it knows their flags
	else
		return 1
	fi
}

# choose_compiler: for kernel_dir. Sets kernel_compiler, kernel_cc and kernel_tools, or skips.
choose_compiler() {
	kernel_compiler=$(named_compiler "$kernel_dir") kernel_cc=() kernel_tools=
	if [ -e "$kernel_dir/tools" ]; then
		kernel_tools=$(readlink -f "$kernel_dir/tools")
		in_tools true || skip "$(basename "$kernel_tools") can't be bound over /usr; run this as root"
		return
	fi
	local named=$kernel_compiler
	kernel_compiler=$(host_compiler "$kernel_dir") || skip "$named is missing; see packages.txt"
	[ "$kernel_compiler" = "$named" ] || kernel_cc=("CC=$kernel_compiler")
}

# has_tools FOLDER: the tools that the kernel in this folder needs are in the cache, or are none.
has_tools() {
	[ ! -L "$1/tools" ] || [ -e "$1/tools/complete" ]
}

# link_tools FOLDER: fetches what builds for the headers in this folder, unless this machine can.
link_tools() (
	set -e
	cd "$1"
	if host_compiler .; then
		exit
	fi
	compiler=$(named_compiler .)
	with_dependencies "${tb_tools[@]}" "$compiler" "$(basename usr/lib/linux-kbuild-*)" | grep -v '^linux-' >packages
	grep -q "^$compiler=" packages
	tools=tools-$compiler-$(sha256sum packages | cut -c1-12)
	if [ ! -e "$tb_cache/$tools/complete" ]; then
		unpack_tools "$tools"
	fi
	ln -s "../$tools" tools
)

# unpack_tools NAME: those of the file packages.
unpack_tools() (
	set -e
	new=$(mktemp -d "$tb_cache/.fetch.XXXXXX")
	trap 'rm -rf "$new"' EXIT
	mkdir -p debs "$new"/usr/{bin,sbin,lib,lib64}
	# Where packages still name the folders of before the merge, they mean those of usr.
	ln -s usr/bin usr/sbin usr/lib usr/lib64 "$new/"
	mapfile -t names <packages
	(cd debs && fetch_debs "${names[@]}")
	for deb in debs/*.deb; do
		dpkg --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C "$new"
	done
	# Modules do not need a third of it.
	rm -rf debs "$new"/usr/share/{doc,man,info,locale} "$new"/usr/libexec/gcc/*/*/lto1 "$new"/usr/bin/*lto-dump*
	# Links that Debian's scripts of installation make.
	ln -s mawk "$new/usr/bin/awk"
	touch "$new/complete"
	rm -rf "${tb_cache:?}/$1"
	mv "$new" "$tb_cache/$1"
)

# in_tools COMMAND...: with the kernel's tools as /usr, in a mount namespace of its own.
in_tools() {
	local map=()
	if [ -z "$kernel_tools" ]; then
		"$@"
		return
	fi
	[ "$(id -u)" -eq 0 ] || map=(--map-root-user)
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount "${map[@]}" sh -ec 'mount --bind "$1/usr" /usr; shift; exec "$@"' - "$kernel_tools" \
		env -i PATH=/usr/bin:/usr/sbin "HOME=$HOME" LC_ALL=C "$@"
}

# build_module SOURCE FOLDER [VARIABLE=VALUE...]: for this kernel, in FOLDER. If it fails or warns, its log is shown
# and left as FOLDER.log. With sparse where it is; a warning is an error of ours.
build_module() {
	local source=$1 folder=$2 sparse=0 top
	top=$(cd "$here/../.." && pwd)
	shift 2
	cp -r "$source" "$folder"
	in_tools sh -c 'command -v sparse' >/dev/null && sparse=2
	in_tools make -C "$folder" -f "$top/kernel-support/Makefile" KDIR="$kernel_dir/build" "${kernel_cc[@]}" "$@" \
		W=1 C=$sparse modules >"$folder.log" 2>&1 &&
		! grep -iE 'warning:|error:' "$folder.log" && return
	tail -n 20 "$folder.log"
	return 1
}

# add_modules ROOT: what a machine loads: the module, with what only tests may ask of it, and the fake PMU. Or fails.
add_modules() {
	local folder=${scratch:?}
	build_module "$here/../../kernel-support" "$folder/kernel-support" TB_TEST=y || fail "the module does not build clean for $kernel_release"
	build_module "$here/pmu" "$folder/pmu" || fail "the fake PMU does not build clean for $kernel_release"
	strip --strip-debug --remove-section=.BTF -o "$1/tollbooth.ko" "$folder/kernel-support/tollbooth.ko"
	install "$folder/pmu/fake-pmu.ko" "$1/fake-pmu.ko"
}
