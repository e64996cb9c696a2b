#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/fresh-debian.sh SUITE [COMMAND...]: installs a minimal Debian (bookworm, trixie, sid) into a folder
#     and runs COMMAND (./run) there in a fresh clone whose path has a space: as root, then as an ordinary
#     user, each without LANG and with de_DE.UTF-8. It needs root, git and debootstrap.
#     MIRROR=URL downloads from there; otherwise from the mirror of this machine's apt.
#     KEEP=FOLDER keeps the system in FOLDER/SUITE, and uses it if it is there. USERS="root tester" and
#     LOCALES="none de_DE.UTF-8" select the combinations.
set -euo pipefail
unset CDPATH
top=$(dirname "$(dirname "$(readlink -f "$0")")")
if [ $# -eq 0 ]; then
	sed -n '3,8s/^# *//p' "$0" >&2
	exit 2
fi
for tool in debootstrap git; do
	command -v $tool >/dev/null || {
		echo "$0: $tool is missing: apt-get install $tool" >&2
		exit 2
	}
done
if [ "$(id -u)" -ne 0 ]; then
	echo "$0: only root can install a system into a folder: run it as root" >&2
	exit 2
fi
suite=$1
shift
command=("${@:-./run}")

scratch=$(mktemp -d)
child=
# unshare ignores SIGTERM while it waits, and takes its namespace along when it is killed.
# shellcheck disable=SC2317 # called by trap
leave() {
	[ -z "$child" ] || { kill -KILL "$child" && wait; } 2>/dev/null || true
	rm -rf --one-file-system "$scratch"
}
trap leave EXIT
root=${KEEP:-$scratch}/$suite

# quietly COMMAND...: shows the end of its output if it fails.
quietly() {
	"$@" >"$scratch/log" 2>&1 || {
		tail -n 15 "$scratch/log" >&2
		echo "$0: failed: $*" >&2
		exit 1
	}
}

# apt_mirror: prints the Debian mirror of this machine's apt, or nothing.
apt_mirror() {
	command -v apt-get >/dev/null || return 0
	# shellcheck disable=SC2016 # a field of apt-get's
	apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | sed -n 1p
}

# install_system: a chroot with apt's proxies of this machine and the user tester. What an interrupted
# call left is removed first.
install_system() {
	local mirror=${MIRROR:-$(apt_mirror)} new=$root.new
	echo "== installing $suite into $root"
	rm -rf --one-file-system "$new"
	mkdir -p "$new"
	quietly debootstrap --variant=minbase "$suite" "$new" ${mirror:+"$mirror"}
	! command -v apt-config >/dev/null ||
		apt-config dump | grep -iE '^Acquire::[^ ]*proxy' >"$new/etc/apt/apt.conf.d/90proxy" || true
	quietly chroot "$new" useradd --create-home --shell /bin/sh tester
	mv "$new" "$root"
}

# in_system USER LOCALE COMMAND...: in the user's home folder, with an environment of nothing else. Mounts
# and processes end with the command: the namespaces are its own.
in_system() {
	local user=$1 locale=$2 home=/home/tester
	shift 2
	[ "$user" = tester ] || home=/root
	# shellcheck disable=SC2016 # for the inner shells
	unshare --mount --pid --fork --kill-child sh -ec '
		root=$1; shift
		mount -t proc proc "$root/proc"
		mount --rbind /sys "$root/sys"
		mount --rbind /dev "$root/dev"
		exec chroot "$@"' - "$root" --userspec="$user" "$root" \
		env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=$home USER="$user" LOGNAME="$user" \
		${locale:+LANG="$locale"} sh -c 'cd && exec "$@"' - "$@" </dev/null &
	child=$!
	wait $child
}

# clone USER: this tree with its uncommitted changes, and without the build folder of an earlier call: times of
# files would not tell which of its objects are of another tree.
clone() {
	local home=$root/home/tester new
	[ "$1" = tester ] || home=$root/root
	new="$home/toll booth"
	rm -rf --one-file-system "$new"
	git clone -q --no-checkout --no-hardlinks "file://$top" "$new"
	git -C "$new" reset -q
	git -C "$top" ls-files -z --cached --others --exclude-standard |
		tar -C "$top" --null --ignore-failed-read -cT - 2>/dev/null | tar -C "$new" --no-same-owner -x
	quietly chroot "$root" chown -R "$1:" "${new#"$root"}"
}

mkdir -p "${root%/*}"
exec 9>"$root.lock"
flock --nonblock 9 || {
	echo "$0: another call uses $root: wait for its end, or set KEEP to another folder" >&2
	exit 1
}
[ -e "$root" ] || install_system
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
read -ra users <<<"${USERS:-root tester}"
read -ra locales <<<"${LOCALES:-none de_DE.UTF-8}"
for user in "${users[@]}"; do
	clone "$user"
done

failed=0
for locale in "${locales[@]}"; do
	if [ "$locale" = none ]; then
		locale=
	elif ! in_system root "" locale -a | grep -qxi "${locale/UTF-8/utf8}"; then
		quietly in_system root "" sh -ec "apt-get -qq update; apt-get -qq install -y --no-install-recommends locales
			localedef -i ${locale%.*} -f UTF-8 $locale"
	fi
	# Root is first: it installs the packages.
	for user in "${users[@]}"; do
		name="$suite, $user, LANG=$locale: ${command[*]}"
		echo "== $name"
		status=0
		# shellcheck disable=SC2016 # for the inner shell
		in_system "$user" "$locale" sh -c 'cd "toll booth" && exec "$@"' - "${command[@]}" || status=$?
		echo "== $name: $([ $status -eq 0 ] && echo ok || echo "FAILED ($status)")"
		[ $status -eq 0 ] || failed=1
	done
done
exit $failed
