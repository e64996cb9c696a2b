# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by run and check: builds, and shows how far a long command is.

# The including script sets top, the root of the tree.
top=${top:?}

# progress NAME: reads a command's output and shows its percentage, as ninja ([3/9]) and apt-get
# (dlstatus, pmstatus) give it. On a terminal this is one line that changes, elsewhere a line every ten seconds.
progress() {
	local name=$1 line phase='' percent='' shown='' begin=$SECONDS said=$SECONDS since=$SECONDS left
	while IFS= read -r line; do
		if [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]]; then
			percent=$((100 * BASH_REMATCH[1] / BASH_REMATCH[2]))
		elif [[ $line =~ ^(dl|pm)status:[^:]*:([0-9]+) ]]; then
			local was=$phase
			[ "${BASH_REMATCH[1]}" = dl ] && phase=" (download)" || phase=
			[ "$phase" = "$was" ] || since=$SECONDS
			percent=${BASH_REMATCH[2]}
		else
			continue
		fi
		[ "$phase$percent" != "$shown" ] || continue
		left=
		if [ "$percent" -gt 0 ] && [ "$SECONDS" -gt "$since" ]; then
			left=", about $(((SECONDS - since) * (100 - percent) / percent)) s left"
		fi
		if [ -t 2 ]; then
			printf '\r\e[K%s%s: %d %%%s' "$name" "$phase" "$percent" "$left" >&2
		elif [ $((SECONDS - said)) -ge 10 ]; then
			echo "$name$phase: $percent %$left" >&2
			said=$SECONDS
		fi
		shown=$phase$percent
	done
	[ -t 2 ] && printf '\r\e[K' >&2
	[ -z "$shown" ] || [ $((SECONDS - begin)) -lt 2 ] || echo "$name: done after $((SECONDS - begin)) s" >&2
}

# preset_dir PRESET: the build folder of CMakePresets.json.
preset_dir() {
	[ "$1" = default ] && echo "$top/build" || echo "$top/build/$1"
}

# fresh_if_moved FOLDER: prints --fresh, and says so, if the folder was configured for another checkout or for another
# generator: cmake refuses it then. Fails if another project is built there.
fresh_if_moved() {
	local cache=$1/CMakeCache.txt was here
	[ -e "$cache" ] || return 0
	if ! grep -qx 'CMAKE_PROJECT_NAME:STATIC=tollbooth' "$cache"; then
		echo "$0: $1 holds a build of something else; move it away" >&2
		return 1
	fi
	was=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$cache")
	here=$(sed -n 's/^CMAKE_CACHEFILE_DIR:INTERNAL=//p' "$cache")
	if ! [ "$was" -ef "$top" ] || ! [ "$here" -ef "$1" ]; then
		echo "$0: $1 was configured for $was: configuring it anew" >&2
		echo --fresh
	elif ! grep -qx 'CMAKE_GENERATOR:INTERNAL=Ninja' "$cache"; then
		echo "$0: $1 was not configured for Ninja: configuring it anew" >&2
		echo --fresh
	fi
}

# not_ours FOLDER: prints files of a build folder that this user may not write. Fails if there are none.
not_ours() {
	local one
	for one in "$1" "$1/CMakeCache.txt"; do
		if [ -e "$one" ] && ! [ -w "$one" ]; then
			echo "$one"
			return
		fi
	done
	return 1
}

# can_build_in FOLDER: makes it if it is missing. Fails with the reason and the remedy if nothing can be built there.
can_build_in() {
	local folder=$1 why one owner user
	if ! why=$(LC_ALL=C mkdir -p "$folder" 2>&1); then
		echo "$0: ${why#mkdir: }" >&2
	elif one=$(not_ours "$folder"); then
		user=$(id -un) owner=$(stat -c %U "$one")
		why="$user may not write to $one"
		# One's own may be on a file system that is mounted read-only: removing it would fail, too.
		[ "$owner" = "$user" ] || why+=", which belongs to $owner; remove $folder"
		echo "$0: $why" >&2
	else
		return 0
	fi
	echo "To build elsewhere: cmake -S '$top' -B FOLDER -G Ninja && cmake --build FOLDER" >&2
	return 1
}

# build PRESET TARGET...: configures and builds, with progress. The log is shown if it fails.
build() {
	local preset=$1 folder log fresh
	shift
	folder=$(preset_dir "$preset")
	fresh=$(fresh_if_moved "$folder") || return
	can_build_in "$folder" || return
	log=$(mktemp)
	if ! (cd "$top" && cmake --preset "$preset" ${fresh:+"$fresh"} && cmake --build --preset "$preset" --target "$@") 2>&1 |
		tee "$log" | progress "building ($preset)"; then
		grep -v '^\[' "$log" | tail -n 40 >&2
		rm -f "$log"
		echo "$0: the $preset build failed" >&2
		return 1
	fi
	rm -f "$log"
}
