# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by run and check: installs what packages.txt lists and this machine lacks.

# The including script sets top, the root of the tree.
top=${top:?}

# need_packages PART...: the packages of these parts of packages.txt.
need_packages() {
	local part word missing=() why=() lines
	for part in "$@"; do
		lines=$(awk -v part="[$part]" '/^\[/ { on = $0 == part } on && !/^[#[]/ && NF' "$top/packages.txt")
		while read -r word rest; do
			# Config files left by a removed package count as nothing.
			dpkg-query -W -f '${db:Status-Status}' "$word" 2>/dev/null | grep -qx installed && continue
			missing+=("$word")
			why+=("$word ($rest)")
		done <<<"$lines"
	done
	[ ${#missing[@]} -eq 0 ] && return 0
	if ! command -v apt-get >/dev/null; then
		echo "$0: missing, and not Debian: install the like of: ${why[*]}" >&2
		return 2
	fi
	if [ "$(id -u)" -ne 0 ]; then
		echo "$0: missing packages; as root: apt-get install ${missing[*]}" >&2
		return 2
	fi
	echo "$0: installing ${why[*]}" >&2
	local log
	log=$(mktemp)
	if ! { apt-get -qq update &&
		DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
		echo "$0: apt-get failed:" >&2
		tail -n 15 "$log" >&2
		rm -f "$log"
		return 2
	fi
	rm -f "$log"
}

# build PRESET TARGET...: configure and build; silent unless it fails.
build() {
	local preset=$1 log
	shift
	log=$(mktemp)
	if ! { cmake --preset "$preset" && cmake --build --preset "$preset" --target "$@"; } >"$log" 2>&1; then
		grep -v '^\[' "$log" | tail -n 40 >&2
		rm -f "$log"
		echo "$0: the $preset build failed" >&2
		return 1
	fi
	rm -f "$log"
}
