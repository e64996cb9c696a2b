# SPDX-License-Identifier: GPL-2.0-or-later
# Recovery of damaged journals: complete lines are recovered, invalid data is rejected.
load helper
load recover_help

@test "a journal truncated in the middle of a line" {
	local size at want
	left
	size=$(stat -c %s out/.a.journal)
	for ((at = 1; at < 14; at++)); do
		left
		truncate -s $((size * at / 14)) out/.a.journal
		want=$(whole_lines)
		run --separate-stderr -0 "$FAKE" recover out
		clean
		if [ "$want" -ge 0 ]; then
			launches out/a.json "$want"
			rm out/a.json
		else
			[ -z "$output" ]
			has "$stderr" "out/.a.journal: the run was killed before it measured: removed"
			empty out
		fi
	done
	# All of the last line but the end of it.
	left
	truncate -s $((size - 1)) out/.a.journal
	recovers 1
	launches out/a.json 5
}

@test "a journal that ends with binary data" {
	left
	head -c 4096 /dev/zero >>out/.a.journal
	recovers 1
	launches out/a.json 6
	rm out/a.json
	left
	printf '{"row":1,"launch":{"index' >>out/.a.journal
	recovers 1
	launches out/a.json 6
	rm out/a.json
	left
	head -c 300 "$FAKE" | tr -d '\n' >>out/.a.journal
	echo >>out/.a.journal
	recovers 1
	launches out/a.json 6
}

@test "an empty journal is removed and reported" {
	: >out/.a.journal
	: >out/.a.numbers
	: >out/.b.journal
	run --separate-stderr -0 "$FAKE" recover out
	[ -z "$output" ]
	[ "${#stderr_lines[@]}" -eq 3 ]
	has "$stderr" "out/.a.journal: the run was killed before it measured: removed"
	has "$stderr" "out/.b.journal: the run was killed before it measured: removed"
	empty out
}

@test "a journal with only its first line" {
	left
	head -n 1 "$BATS_FILE_TMPDIR/left/.a.journal" >out/.a.journal
	: >out/.a.numbers
	recovers 1
	launches out/a.json 0
}

@test "a numbers file shorter than the journal states" {
	local bytes launch
	left
	bytes=$(python -c 'import json
lines = [json.loads(line) for line in open("out/.a.journal")][1:]
print(*[8 * max(c["first"] + c["count"] for m in line["samples"] for c in m.values()) for line in lines])')
	launch=0
	# One byte less than launch 1, 2, ... needs: all before it are there.
	for end in $bytes; do
		left
		truncate -s $((end - 1)) out/.a.numbers
		recovers 1
		launches out/a.json $launch
		rm out/a.json
		launch=$((launch + 1))
	done
	[ "$launch" -eq 6 ]
	left
	: >out/.a.numbers
	recovers 1
	launches out/a.json 0
	rm out/a.json
	left
	rm out/.a.numbers
	recovers 1
	launches out/a.json 0
	rm out/a.json
	# More than it says: a launch that was written, and not yet named.
	left
	head -c 1001 /dev/zero >>out/.a.numbers
	recovers 1
	launches out/a.json 6
}

@test "files that are not journals of tollbooth stay and are reported" {
	echo "not a journal" >out/.a.journal
	echo '{"record": []}' >out/.b.journal
	echo '[]' >out/.c.journal
	mkdir out/.d.journal
	ln -s "$BATS_FILE_TMPDIR/left/.a.journal" out/.e.journal
	mkfifo out/.f.journal
	run --separate-stderr -2 timeout 20 "$FAKE" recover out
	[ -z "$output" ]
	[ "$(grep -c "its first line is not that of a run" <<<"$stderr")" -eq 3 ]
	has "$stderr" "out/.d.journal: Is a directory"
	has "$stderr" "out/.e.journal: Too many levels of symbolic links"
	has "$stderr" "out/.f.journal: f: journal unreadable: not a regular file"
	for name in a b c d e f; do
		[ -e "out/.$name.journal" ]
	done
	[ -s "$BATS_FILE_TMPDIR/left/.a.journal" ]
}

@test "a journal with invalid positions, rows or launches is handled safely" {
	local change
	for change in '["gated"]["first"] = -800000' '["gated"]["count"] = -8' '["gated"]["count"] = 2 ** 62' \
		'["gated"]["first"] = 2 ** 62' '["gated"]["first"] = 1e300' '["gated"]["first"] = "x"' '["gated"] = [1, 2]'; do
		left
		python -c 'import json, sys
lines = [json.loads(line) for line in open("out/.a.journal")]
exec("lines[3][\"samples\"][0]" + sys.argv[1])
open("out/.a.journal", "w").writelines(json.dumps(line) + "\n" for line in lines)' "$change"
		run --separate-stderr "$FAKE" recover out
		[ "$status" -eq 0 ] || [ "$status" -eq 2 ] || [ "$status" -eq 74 ] || fail "$change"
		inert "$stderr"
		rm -f out/* out/.a.*
	done
	for change in '"row"] = -1' '"row"] = 2' '"row"] = 1e300' '"row"] = None' '"launch"] = None' '"samples"] = None'; do
		left
		python -c 'import json, sys
lines = [json.loads(line) for line in open("out/.a.journal")]
exec("lines[3][" + sys.argv[1])
open("out/.a.journal", "w").writelines(json.dumps(line) + "\n" for line in lines)' "$change"
		run --separate-stderr "$FAKE" recover out
		[ "$status" -eq 0 ] || [ "$status" -eq 2 ] || [ "$status" -eq 74 ] || fail "$change"
		rm -f out/* out/.a.*
	done
}

@test "terminal escapes in file names are made harmless" {
	left
	mv out/.a.journal $'out/.a\e[31m\n.journal'
	run --separate-stderr -0 "$FAKE" recover out
	inert "$output$stderr"
	one_line
}
