# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced: Debian's packages, of the suites that the system's apt has and of others. Nothing is installed.

export HOME=${HOME-~} # cron and systemd may leave it out; bash knows it
# The output of apt-cache, gcc and make is read here: in German "Depends:" is "Hängt ab von:".
export LC_ALL=C
tb_cache=${XDG_CACHE_HOME:-$HOME/.cache}/tollbooth

# skip REASON...: this test can't run here.
skip() {
	echo "SKIP: $*"
	exit 77
}

# Options of apt: none for the system's own state; use_suite() sets those of a private state.
tb_apt=()
# Why use_suite() failed.
tb_apt_failure=

# debian_mirror: the URI from which the system's apt has Debian.
debian_mirror() {
	# shellcheck disable=SC2016 # a field of apt-get's
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 'Component: main' \
		2>/dev/null | sed -n 1p
}

# use_suite SUITE: from here on apt reads this suite, and of backports the suite that they are for, from the mirror
# of the system's apt, in a state below the cache. The system's apt stays as it is. The lists are fetched once a day.
# shellcheck disable=SC2034 # tb_apt_failure is for who includes this
use_suite() {
	local state=$tb_cache/apt/$1 key=/usr/share/keyrings/debian-archive-keyring.gpg mirror
	mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
	# Each folder by name: a setting of apt.conf for one of them would win over the folder above it.
	tb_apt=(-o "Dir::State=$state" -o "Dir::State::lists=$state/lists" -o "Dir::State::status=/dev/null"
		-o "Dir::State::extended_states=$state/extended_states"
		-o "Dir::Cache=$state/cache" -o "Dir::Cache::archives=$state/cache/archives"
		-o "Dir::Etc::sourcelist=$state/sources.list" -o "Dir::Etc::sourceparts=/dev/null"
		-o "Dir::Etc::preferences=/dev/null" -o "Dir::Etc::preferencesparts=/dev/null"
		-o APT::Update::Error-Mode=any -o Acquire::Languages=none)
	[ -z "$(find "$state/updated" -mmin -1440 2>/dev/null)" ] || return 0
	mirror=$(debian_mirror)
	[ -n "$mirror" ] || {
		tb_apt_failure="apt has no lists of Debian; run apt-get update"
		return 1
	}
	printf "deb [signed-by=$key] $mirror %s main\n" "$1" "${1%-backports}" | sort -u >"$state/sources.list"
	apt-get "${tb_apt[@]}" -o "APT::Sandbox::User=$(id -un)" -qq update >"$state/log" 2>&1 || {
		tb_apt_failure="apt-get update of $1: $(tail -n 1 "$state/log")"
		return 1
	}
	touch "$state/updated"
}

# fetch_debs PACKAGE...: into the current folder.
fetch_debs() {
	apt-get "${tb_apt[@]}" -o "APT::Sandbox::User=$(id -un)" -qq download "$@"
}

# has_package PACKAGE
has_package() {
	apt-cache "${tb_apt[@]}" pkgnames "$1" 2>/dev/null | grep -qx "$1"
}

# with_dependencies PACKAGE...: prints these and all that they depend on, as NAME=VERSION.
with_dependencies() {
	apt-get "${tb_apt[@]}" -o Dir::State::status=/dev/null -s --no-install-recommends install "$@" |
		sed -n 's/^Inst \([^ ]*\) (\([^ ]*\).*/\1=\2/p'
}
