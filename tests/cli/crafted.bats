# SPDX-License-Identifier: GPL-2.0-or-later
# Records made to break their readers: every command ends in seconds, as documented, and nothing comes of it.
load helper

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	"$FAKE" run -p way=steady --launches 90 -o side --no-report >/dev/null 2>&1
	mkdir cases
	python "$BATS_TEST_DIRNAME/crafted.py" "$DATA/golden/flush.json" side cases >names
}

# ends COMMAND...: a documented end within some seconds, nothing on the terminal that commands it.
ends() {
	run --separate-stderr timeout 20 "$TOLLBOOTH" "$@" </dev/null
	case $status in
	0) ;;
	2 | 74)
		[ "${#stderr_lines[@]}" -eq 1 ] || fail "$name: $1: not one line"
		has "$stderr" "tollbooth: "
		;;
	*) fail "$name: $1 ends with $status" ;;
	esac
	inert "$output$stderr"
}

# tried NAME: all that reads records, on that case.
tried() {
	local name=$1
	cd "$BATS_FILE_TMPDIR/cases/$name"
	ends validate evil.json
	if [ "$status" -eq 0 ]; then
		valid=$((valid + 1))
	fi
	# It looks at figures only, and may take what others refuse.
	for format in table csv md json; do
		run --separate-stderr timeout 20 "$TOLLBOOTH" compare --format $format "$DATA/golden/flush.json" evil.json
		[ "$status" -le 2 ] || fail "$name: compare ends with $status"
		inert "${output//$'\x7f'/}$stderr"
	done
	ends show evil.json
	# What cannot be shown cannot be printed, drawn or exported.
	if [ "$status" -ne 0 ]; then
		[ "$status" -eq 2 ]
		[ -z "$output" ]
		for command in "show --json" "report" "export -o data"; do
			# shellcheck disable=SC2086 # words
			ends $command evil.json
			[ "$status" -eq 2 ] || fail "$name: $command takes what show refuses"
		done
		[ ! -e evil.html ]
		[ ! -e data ]
		return
	fi
	shown=$((shown + 1))
	run --separate-stderr -0 timeout 20 "$TOLLBOOTH" show --json evil.json
	inert "${output//$'\x7f'/}"
	for format in csv json gbench; do
		run --separate-stderr -0 timeout 20 "$TOLLBOOTH" export evil.json --format $format -o -
		inert "${output//$'\x7f'/}$stderr"
		# No cell of a spreadsheet that is a formula.
		[ $format != csv ] || [ -z "$(grep -E '(^|,)"?[=@]' <<<"$output")" ] || fail "$name: a formula"
	done
	ends export evil.json -o data
	for script in data/*.dat data/*.names; do
		inert "$(<"$script")"
	done
	ends report evil.json
	if [ "$status" -eq 0 ]; then
		run python "$BATS_TEST_DIRNAME/hostile.py" judge evil.html
		[ "$status" -eq 0 ] || fail "$name: evil.html: $output"
	fi
}

@test "all that reads records, on every crafted one" {
	local name valid=0 shown=0
	[ "$(wc -l <"$BATS_FILE_TMPDIR/names")" -ge 60 ]
	touch "$BATS_FILE_TMPDIR/before"
	while read -r name; do
		tried "$name"
	done <"$BATS_FILE_TMPDIR/names"
	[ -z "$(find "$BATS_FILE_TMPDIR" /tmp -maxdepth 4 -name '*pwned*' -newer "$BATS_FILE_TMPDIR/before" 2>/dev/null)" ] ||
		fail "something ran"
	echo "$shown of $(wc -l <"$BATS_FILE_TMPDIR/names") are shown, $valid valid"
	# Hostile text in a place for text is no reason to refuse a record: otherwise this tests nothing.
	[ "$shown" -ge 8 ]
	empty tmp
}
