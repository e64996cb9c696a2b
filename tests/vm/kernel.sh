# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced: Debian's kernels, their headers and the tools that build modules for them, unpacked in the cache;
# nothing is installed. A kernel is named by its series and flavour: 6.1, 6.12-cloud, 7-rt.

# The including script sets here, the folder tests/vm.
here=${here:?}
# shellcheck source-path=SCRIPTDIR
. "$here/toolchain.sh"

# Only kernels missing from the cache are downloaded, and none with tb_cached_only=1.
tb_cached_only=${tb_cached_only-}

# releases SERIES[-FLAVOUR]: of all releases read those of the series: 6.1 -> 6.1.0-56-amd64. The flavours are
# cloud (no drivers of real machines) and rt (PREEMPT_RT). The newest is the last.
releases() {
	local series=${1%%-*} flavour=${1#"${1%%-*}"}
	grep -E "^${series//./\\.}\.[0-9][^-]*(-[0-9]+)?$flavour-amd64$" | sort -V
}

# suites SERIES: where Debian has it; the first that has it is used. 7 is the kernel of sid.
suites() {
	case $1 in
	5.10) echo bullseye ;;
	6.1) echo bookworm ;;
	6.12) echo bookworm-backports trixie ;;
	*) echo sid trixie-backports ;;
	esac
}

# newest_known SERIES[-FLAVOUR]: newest release that apt knows. Empty: none.
newest_known() {
	apt-cache "${tb_apt[@]}" pkgnames "linux-image-${1%%-*}." 2>/dev/null | sed 's/^linux-image-//' | releases "$1" |
		tail -n 1
}

# find_known SERIES[-FLAVOUR]: the same, from the system's apt, else from the suite that has it. Apt stays set
# for this release.
find_known() {
	local suite
	tb_apt=()
	kernel_release=$(newest_known "$1")
	for suite in $([ -n "$kernel_release" ] || suites "${1%%-*}"); do
		use_suite "$suite" || continue
		kernel_release=$(newest_known "$1")
		[ -z "$kernel_release" ] || return
	done
}

# newest_cached SERIES[-FLAVOUR] FILE: newest release in the cache that is complete and has the file.
newest_cached() {
	local release
	find "$tb_cache" -mindepth 2 -maxdepth 2 -name complete -printf '%P\n' 2>/dev/null |
		sed 's#/complete$##' | releases "$1" | while read -r release; do
		is_cached "$release" "$2" && echo "$release"
	done | tail -n 1
}

# is_cached RELEASE FILE
is_cached() {
	[ -e "$tb_cache/$1/complete" ] && [ -e "$tb_cache/$1/$2" ] && has_tools "$tb_cache/$1"
}

# unpack_headers FOLDER RELEASE: headers and what those need to build modules, into FOLDER.
unpack_headers() (
	set -e
	cd "$1"
	headers=linux-headers-$2
	# shellcheck disable=SC2046 # package names have no blanks
	fetch_debs "$headers" $(apt-cache "${tb_apt[@]}" depends "$headers" |
		sed -n 's/^ *Depends: \(linux-\(headers\|kbuild\)-.*\)/\1/p')
	for deb in *.deb; do
		dpkg -x "$deb" .
		rm "$deb"
	done
	# Their Makefile names the folder into which Debian would have installed it.
	sed -i "s#/usr/src/#$tb_cache/$2/usr/src/#" "usr/src/$headers/Makefile"
	ln -s "usr/src/$headers" build
	# Without this script, which Debian's 7.x leaves out, make runs no sparse. It prints 1 if sparse is a good one.
	valid=build/scripts/checker-valid.sh
	if [ ! -e $valid ]; then
		printf '#!/bin/sh\necho 1\n' >$valid
		chmod +x $valid
	fi
	link_tools .
	touch complete
)

# unpack_image FOLDER RELEASE
unpack_image() (
	set -e
	cd "$1"
	# From 7.0 on linux-image-* has nothing in it, and depends on the packages of its parts.
	package=linux-image-$2
	! has_package "linux-binary-$2" || package=linux-binary-$2
	fetch_debs "$package"
	path=$(dpkg --fsys-tarfile "$package"_*.deb | tar -t | grep -E '/vmlinuz[^/]*$')
	dpkg --fsys-tarfile "$package"_*.deb | tar -xO "$path" >vmlinuz
)

# cache_headers RELEASE, cache_image RELEASE: each complete, or with its reason not at all. is_cached() tells: nobody
# may call these in a condition, where bash ignores the set -e of all that is called.
cache_headers() {
	local scratch
	! is_cached "$1" complete || return 0
	scratch=$(mktemp -d "$tb_cache/.fetch.XXXXXX")
	echo "# fetching the headers of $1 into $tb_cache"
	unpack_headers "$scratch" "$1" >"$scratch/log" 2>&1
	if [ -e "$scratch/complete" ]; then
		# An image that is there already is kept.
		mv "$tb_cache/$1/vmlinuz" "$tb_cache/$1/modules" "$scratch/" 2>/dev/null
		rm -rf "${tb_cache:?}/$1"
		mv "$scratch" "$tb_cache/$1"
	else
		tail -n 3 "$scratch/log"
		rm -rf "$scratch"
	fi
}

cache_image() {
	local scratch
	[ -d "$tb_cache/$1" ] && ! is_cached "$1" vmlinuz || return 0
	scratch=$(mktemp -d "$tb_cache/$1/.fetch.XXXXXX")
	echo "# fetching the image of $1 into $tb_cache"
	unpack_image "$scratch" "$1" >"$scratch/log" 2>&1
	if [ -s "$scratch/vmlinuz" ]; then
		mv "$scratch/vmlinuz" "$tb_cache/$1/"
	else
		tail -n 3 "$scratch/log"
	fi
	rm -rf "$scratch"
}

# find_debug_kernel kasan|lockdep: the newest that debug-kernel.sh built.
find_debug_kernel() {
	kernel_dir=$(find "$tb_cache" -mindepth 2 -maxdepth 2 -path "$tb_cache/$1-*/complete" 2>/dev/null | sort -V | tail -n 1)
	[ -n "$kernel_dir" ] || skip "no $1 kernel in $tb_cache; tests/vm/debug-kernel.sh builds it"
	kernel_dir=${kernel_dir%/complete}
	kernel_release=$(basename "$kernel_dir")
	kernel_cc=(CC=gcc-12)
	command -v gcc-12 >/dev/null || skip "gcc-12 is missing; see packages.txt"
}

# fetch_kernel SERIES[-FLAVOUR]|kasan|lockdep: sets kernel_release, kernel_dir (vmlinuz, build/), kernel_tools and
# kernel_cc, or skips. fetch_headers is the same without vmlinuz: enough to build.
fetch_kernel() {
	fetch vmlinuz "$1"
}

fetch_headers() {
	fetch complete "$1"
}

# fetch FILE SERIES...: tests run beside each other, and apt's state in the cache is for one at a time.
fetch() {
	local lock
	mkdir -p "$tb_cache"
	exec {lock}>"$tb_cache/lock"
	flock "$lock"
	case $2 in
	kasan | lockdep) find_debug_kernel "$2" ;;
	*) fetch_alone "$1" "$2" ;;
	esac
	exec {lock}>&-
}

fetch_alone() {
	local known=
	if [ -z "$tb_cached_only" ]; then
		find_known "$2"
		known=$kernel_release
	fi
	if [ -n "$known" ]; then
		cache_headers "$known"
		[ "$1" != vmlinuz ] || cache_image "$known"
		is_cached "$known" "$1" || {
			echo "# kernel $known can't be fetched"
			known=
		}
	fi
	kernel_release=${known:-$(newest_cached "$2" "$1")}
	[ -n "$kernel_release" ] ||
		skip "no kernel $2 in $tb_cache${tb_cached_only:+, and nothing is downloaded here}${tb_apt_failure:+; $tb_apt_failure}"
	kernel_dir=$tb_cache/$kernel_release
	choose_compiler
}

# fetch_modules PATH...: the kernel's own, as kernel_dir/modules/NAME.ko, or skips. Paths as below
# /lib/modules/RELEASE/kernel, without .ko.
fetch_modules() {
	local path absent=() scratch
	for path in "$@"; do
		[ -e "$kernel_dir/modules/$(basename "$path").ko" ] || absent+=("$path")
	done
	[ ${#absent[@]} -eq 0 ] && return
	mkdir -p "$kernel_dir/modules"
	scratch=$(mktemp -d "$kernel_dir/modules/.fetch.XXXXXX")
	unpack_modules "$scratch" "${absent[@]}" >"$scratch/log" 2>&1
	# Told by what is there, as above.
	mv "$scratch"/*.ko "$kernel_dir/modules/" 2>/dev/null
	for path in "${absent[@]}"; do
		[ -e "$kernel_dir/modules/$(basename "$path").ko" ] && continue
		tail -n 3 "$scratch/log"
		rm -rf "$scratch"
		skip "the module $path of $kernel_release can't be fetched"
	done
	rm -rf "$scratch"
}

# unpack_modules FOLDER PATH...
unpack_modules() (
	set -e
	cd "$1"
	shift
	package=linux-image-$kernel_release
	! has_package "linux-modules-$kernel_release" || package=linux-modules-$kernel_release
	fetch_debs "$package"
	dpkg -x "$package"_*.deb image
	for path in "$@"; do
		file=$(find image -path "*/lib/modules/$kernel_release/kernel/$path.ko*")
		case $file in
		*.xz) xz -d "$file" ;;
		esac
		# Loading takes longest for BPF's types.
		objcopy --remove-section=.BTF "${file%.xz}" "$(basename "$path").ko"
	done
)
