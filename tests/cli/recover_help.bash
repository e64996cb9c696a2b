# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # bats sets lines, output and stderr
# Loaded by recover.bats and recover-damaged.bats: a journal of a killed run, and checks of its record.

# setup_file leaves a journal of six launches of two rows, as a kill in the middle does.
setup_file() {
	local i
	mkdir "$BATS_FILE_TMPDIR/left"
	cd "$BATS_FILE_TMPDIR/left" || return
	"$FAKE" run -p way=steady,modes -p size=64K --launches 10000 --seed 1 -o a >/dev/null 2>&1 3>&- &
	for ((i = 0; i < 400; i++)); do
		[ "$(wc -l <.a.journal 2>/dev/null || echo 0)" -lt 7 ] || break
		sleep 0.02
	done
	kill -9 $!
	wait $! || true
	# Cut to seven lines: how many there are is chance.
	head -n 7 .a.journal >first && mv first .a.journal
	[ "$(ls -A)" = $'.a.journal\n.a.numbers' ]
}

# left: puts that journal into out/.
left() {
	cp "$BATS_FILE_TMPDIR"/left/.a.* out/
}

# recovers COUNT: recover takes so many, and then finds nothing more to do.
recovers() {
	run --separate-stderr -0 "$FAKE" recover out
	[ "${#lines[@]}" -eq "$1" ] || fail "not $1"
	has "$stderr" "tollbooth: $1 records recovered in out"
	clean
	run --separate-stderr -0 "$FAKE" recover out
	[ -z "$output" ]
	[ "$stderr" = "tollbooth: 0 records recovered in out" ] || fail "again"
}

# clean: no journal, numbers or temporary file.
clean() {
	local name
	for name in out/.*; do
		case $name in
		out/. | out/..) ;;
		*) [ ! -e "$name" ] && [ ! -L "$name" ] || fail "left: $(ls -A out)" || return ;;
		esac
	done
}

# launches RECORD COUNT: valid, killed, and so many launches in it.
launches() {
	valid "$1"
	is "$1" 'r["complete"], r["exit_reason"], sum(len(row["launches"]) for row in r["benchmarks"])' \
		"(False, 'killed', $2)"
}

# whole_lines: the launches that the journal names in lines that are whole.
whole_lines() {
	echo $(($(wc -l <out/.a.journal) - 1))
}
