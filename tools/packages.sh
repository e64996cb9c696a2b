# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by run and check: finds missing packages of packages.txt and installs them.

# The including script sets top, the root of the tree.
top=${top:?}

# is_there PROBE PACKAGE: whether the machine has this; probes as packages.txt describes them.
is_there() {
	case $1 in
	dpkg) ! command -v dpkg-query || dpkg-query -W -f '${db:Status-Status}' "$2" | grep -qx installed ;;
	/*) [ -e "$1" ] ;;
	*.pc) pkg-config --exists "${1%.pc}" ;;
	*.h) cc -E -x c - <<<"#include <$1>" ;;
	*.a) [[ $(cc -print-file-name="$1") == /* ]] ;; # without a slash if it is not there
	*.py) python3 -c "import ${1%.py}" || /usr/bin/python3 -c "import ${1%.py}" ;; # the first may be a user's own
	*) command -v "$1" ;;
	esac >/dev/null 2>&1
}

# package_manager: prints the system's package manager. Fails if packages.txt does not have it.
package_manager() {
	local one
	for one in apt-get dnf zypper pacman apk; do
		command -v $one >/dev/null && echo $one && return
	done
	return 1
}

# missing MANAGER PART...: prints the missing packages of these parts of packages.txt, one a line: the
# manager's name of the package ("-" if it has none), and the purpose.
missing() {
	local manager=$1 deb probe dnf zypper pacman apk name part row why
	shift
	for part in "$@"; do
		awk -v part="[$part]" '/^\[/ { on = $0 == part } on && !/^[#[]/ && NF' "$top/packages.txt"
	done | while IFS='#' read -r row why; do
		# shellcheck disable=SC2034 # used by name
		read -r deb probe dnf zypper pacman apk <<<"$row"
		case $manager in
		dnf | zypper | pacman | apk) name=${!manager} ;;
		*) name=$deb ;;
		esac
		[ -z "$name" ] || is_there "$probe" "$deb" || echo "$name ($probe):$why"
	done
}

# install_command MANAGER: prints it without the packages. It fetches the lists first: a container's are empty.
install_command() {
	case $1 in
	apt-get) echo "apt-get update && apt-get install" ;;
	pacman) echo "pacman -Syu --needed" ;;
	apk) echo "apk add -U" ;;
	*) echo "$1 install" ;;
	esac
}

# apt_step STEP ARGUMENT...: apt-get with progress under the name of the step. The log is shown if it fails.
apt_step() {
	local step=$1 log status=0
	shift
	log=$(mktemp)
	env LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive apt-get -q -y -o APT::Status-Fd=1 -o DPkg::Lock::Timeout=120 \
		"$@" 2>&1 | tee "$log" | progress "$step" || status=2
	if [ $status -ne 0 ]; then
		echo "$0: apt-get failed:" >&2
		grep -vE '^(dl|pm)status:' "$log" | tail -n 15 >&2
	fi
	rm -f "$log"
	return $status
}

# apt_install NEEDED WANTED: installs packages, one name a line. Fails if those that are needed cannot be installed.
apt_install() {
	local needed names
	mapfile -t needed < <(printf %s "$1")
	mapfile -t names < <(printf %s "$2")
	echo "$0: installing ${names[*]}" >&2
	# A source that fails, as a third party's, does not matter if the others have the packages.
	apt_step "updating the package lists" update || echo "$0: apt-get update failed; trying with what it knows" >&2
	apt_step "installing packages" install --no-install-recommends "${names[@]}" && return
	[ ${#needed[@]} -gt 0 ] || return 0
	[ ${#needed[@]} -lt ${#names[@]} ] || return 2
	# apt-get installs nothing if one package is unavailable, and that may be an optional one.
	echo "$0: installing only ${needed[*]}" >&2
	apt_step "installing packages" install --no-install-recommends "${needed[@]}"
}

# package_names: reads the output of missing() and prints each name once.
package_names() {
	awk '$1 != "-" && NF && !seen[$1]++ { print $1 }'
}

# need_packages PARTS [PARTS_WANTED]: installs missing packages of these parts, lists in one word each, if
# that can be done here. Otherwise it names all of it, and fails if PARTS are not complete.
need_packages() {
	local manager list needed names from_source
	manager=$(package_manager) || manager=
	# shellcheck disable=SC2086 # lists of parts
	needed=$(missing "$manager" $1)
	# shellcheck disable=SC2086
	list=$(missing "$manager" $1 ${2-})
	[ -n "$list" ] || return 0
	mapfile -t names < <(package_names <<<"$list")
	from_source=$(sed -n 's/^- //p' <<<"$list")
	if [ "$manager" = apt-get ] && [ "$(id -u)" -eq 0 ]; then
		apt_install "$(package_names <<<"$needed")" "$(package_names <<<"$list")"
		return
	fi
	# Optional packages have their own message where they are used.
	[ -n "$needed" ] || return 0
	echo "$0: these packages are missing:" >&2
	echo "  ${list//$'\n'/$'\n'  }" >&2
	[ -z "$from_source" ] || echo "\"-\": this system has no such package; build it from source." >&2
	if [ -z "$manager" ]; then
		echo "Install them. The names are Debian's." >&2
	elif [ ${#names[@]} -gt 0 ]; then
		echo "Install them as root: $(install_command "$manager") ${names[*]}" >&2
	fi
	return 2
}
