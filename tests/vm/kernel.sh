# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced: Debian's kernels with their headers, unpacked in the cache; nothing is installed.

# The including script sets here, the folder tests/vm.
here=${here:?}
export HOME=${HOME-~} # cron and systemd may leave it out; bash knows it
# What apt-cache, gcc and make print is read here: in German "Depends:" is "Hängt ab von:".
export LC_ALL=C
tb_cache=${XDG_CACHE_HOME:-$HOME/.cache}/tollbooth

# skip REASON...: this test can't run here.
skip() {
	echo "SKIP: $*"
	exit 77
}

# How apt is asked: as the system has it, or, after use_backports(), in a state of our own.
tb_apt=()

# Later series are in -backports of the mirror that the system has; the system's own apt stays as it is.
use_backports() {
	local state=$tb_cache/apt key=/usr/share/keyrings/debian-archive-keyring.gpg codename
	codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
	# shellcheck disable=SC2016 # apt-get fills these in
	apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
		awk -v of="$codename" -v key="$key" '$1 == of && $2 == "main" && !seen[$3]++ {
			print "deb [signed-by=" key "] " $3 " " of "-backports main"
		}' >"$state/sources.list"
	# All by name: what apt.conf says of one of them would win over the folder above it.
	tb_apt=(-o "Dir::State=$state" -o "Dir::State::lists=$state/lists" -o "Dir::State::status=/var/lib/dpkg/status"
		-o "Dir::Cache=$state/cache" -o "Dir::Cache::archives=$state/cache/archives"
		-o "Dir::Etc::sourcelist=$state/sources.list" -o "Dir::Etc::sourceparts=/dev/null"
		-o "APT::Sandbox::User=$(id -un)" -o APT::Update::Error-Mode=any)
	if [ -s "$state/sources.list" ]; then
		apt-get "${tb_apt[@]}" -qq update >"$state/log" 2>&1
	else
		echo "apt has no lists of $codename: apt-get update" >"$state/log"
		return 1
	fi
}

# fetch_debs PACKAGE...: here.
fetch_debs() {
	apt-get "${tb_apt[@]}" -qq download "$@" && return
	[ ${#tb_apt[@]} -eq 0 ] && use_backports && apt-get "${tb_apt[@]}" -qq download "$@"
}

# releases SERIES: of all releases read those of the series: 6.1 -> 6.1.0-56-amd64; 6.12-cloud is the
# flavour without drivers of real machines. The newest is the last.
releases() {
	local series=${1%-cloud} flavour=${1#"${1%-cloud}"}
	grep -E "^${series//./\\.}\.[0-9][^-]*(-[0-9]+)?$flavour-amd64$" | sort -V
}

# Newest release of a series that apt knows. Empty: none.
newest_known() {
	apt-cache "${tb_apt[@]}" pkgnames "linux-image-${1%-cloud}." 2>/dev/null | sed 's/^linux-image-//' | releases "$1" |
		tail -n 1
}

# The same of what the cache holds whole.
newest_cached() {
	find "$tb_cache" -mindepth 2 -maxdepth 2 -name complete -printf '%P\n' 2>/dev/null |
		sed 's#/complete$##' | releases "$1" | tail -n 1
}

# unpack FOLDER RELEASE: image, headers and what those need, into FOLDER.
unpack() (
	set -e
	cd "$1"
	local headers=linux-headers-$2 deb
	# shellcheck disable=SC2046 # package names have no blanks
	fetch_debs "linux-image-$2" "$headers" $(apt-cache "${tb_apt[@]}" depends "$headers" |
		sed -n 's/^ *Depends: \(linux-\(headers\|kbuild\)-.*\)/\1/p')
	dpkg --fsys-tarfile linux-image-*.deb | tar -xO "./boot/vmlinuz-$2" >vmlinuz
	rm linux-image-*.deb
	for deb in *.deb; do
		dpkg -x "$deb" .
		rm "$deb"
	done
	# Their Makefile names where Debian would have installed it.
	sed -i "s#/usr/src/#$tb_cache/$2/usr/src/#" "usr/src/$headers/Makefile"
	ln -s "usr/src/$headers" build
	touch complete
)

# find_debug_kernel: the same of what debug-kernel.sh built.
find_debug_kernel() {
	kernel_dir=$(find "$tb_cache" -mindepth 2 -maxdepth 2 -path "$tb_cache/debug-*/complete" 2>/dev/null | sort -V | tail -n 1)
	[ -n "$kernel_dir" ] || skip "no debug kernel in $tb_cache; tests/vm/debug-kernel.sh builds it"
	kernel_dir=${kernel_dir%/complete}
	kernel_release=$(basename "$kernel_dir")
	kernel_cc=(CC=gcc-12)
}

# The compiler for modules where the kernel's own Makefile does not name it.
kernel_cc=()

# fetch_kernel SERIES[-cloud]|debug: sets kernel_release, kernel_dir (vmlinuz, build/) and kernel_cc, or
# skips. Tests run beside each other, and apt's state in the cache is for one at a time.
fetch_kernel() {
	local lock
	mkdir -p "$tb_cache"
	exec {lock}>"$tb_cache/lock"
	flock "$lock"
	fetch_kernel_alone "$1"
	exec {lock}>&-
}

fetch_kernel_alone() {
	local known scratch
	if [ "$1" = debug ]; then
		find_debug_kernel
		return
	fi
	known=$(newest_known "$1")
	kernel_release=${known:-$(newest_cached "$1")}
	if [ -z "$kernel_release" ]; then
		use_backports
		known=$(newest_known "$1")
		kernel_release=$known
	fi
	[ -n "$kernel_release" ] ||
		skip "no kernel $1: apt knows none, nor has $tb_cache one, nor has -backports of apt's mirror ($(tail -n 1 "$tb_cache/apt/log"))"
	kernel_dir=$tb_cache/$kernel_release
	[ -e "$kernel_dir/complete" ] && return
	scratch=$(mktemp -d "$tb_cache/.fetch.XXXXXX")
	echo "# fetching $kernel_release into $tb_cache"
	unpack "$scratch" "$kernel_release" >"$scratch/log" 2>&1
	# Told by the mark, not by the status: a function in a condition ignores set -e.
	if [ ! -e "$scratch/complete" ]; then
		tail -n 3 "$scratch/log"
		rm -rf "$scratch"
		kernel_release=$(newest_cached "$1")
		[ -n "$kernel_release" ] || skip "kernel $known can't be fetched"
		kernel_dir=$tb_cache/$kernel_release
		return
	fi
	rm -rf "$kernel_dir"
	mv "$scratch" "$kernel_dir"
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
	# As above: told by what is there.
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
	fetch_debs "linux-image-$kernel_release"
	dpkg -x linux-image-*.deb image
	for path in "$@"; do
		file=image/lib/modules/$kernel_release/kernel/$path.ko
		[ ! -e "$file.xz" ] || xz -d "$file.xz"
		# Types of BPF are what takes longest when it is loaded.
		objcopy --remove-section=.BTF "$file" "$(basename "$path").ko"
	done
)

# build_module SOURCE FOLDER: for this kernel, in FOLDER; where it fails, its log is shown and left as
# FOLDER.log. With sparse where it is; a warning is an error of ours.
build_module() {
	local sparse=0
	cp -r "$1" "$2"
	command -v sparse >/dev/null && sparse=2
	make -C "$2" -f "$here/../../kernel-support/Makefile" KDIR="$kernel_dir/build" "${kernel_cc[@]}" \
		W=1 C=$sparse modules >"$2.log" 2>&1 &&
		! grep -E 'warning:|error:' "$2.log" && return
	tail -n 20 "$2.log"
	return 1
}
