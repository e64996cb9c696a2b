# SPDX-License-Identifier: GPL-2.0-or-later
# Killed runs: no file is truncated, and finished launches are recoverable.
load helper

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
	head -n 7 .a.journal >cut && mv cut .a.journal
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

# killed_somewhere PROGRAM MILLISECONDS ARGUMENT...: kills a run at a random time and checks its files.
killed_somewhere() {
	local program=$1 life=$2 moment leader want='' not_done file
	shift 2
	moment=$((life * RANDOM / 32768))
	printf -v moment %d.%03d $((moment / 1000)) $((moment % 1000))
	# A session of its own, so that its workers can be found.
	setsid "$program" run "$@" -o out/a >/dev/null 2>&1 3>&- &
	leader=$!
	sleep "$moment"
	kill -9 $leader 2>/dev/null || true
	wait $leader 2>/dev/null || true
	gone --sid $leader
	for file in out/* out/.*; do
		[ -e "$file" ] || [ -L "$file" ] || continue
		file=${file#out/}
		[[ $file =~ ^\.\.?$ ]] || [[ $file =~ ^(\.a\.journal|\.a\.numbers|\.a\..*\.[0-9]+\.tmp|a\.samples\.zst|a\.json|a\.html)$ ]] ||
			fail "killed after $moment s: $file"
	done
	if [ -e out/a.json ]; then
		valid out/a.json
		published=$((${published-0} + 1))
	elif [ -e out/.a.journal ] && [ "$(wc -l <out/.a.journal)" -gt 0 ]; then
		want=$(grep -c '^{"row"' out/.a.journal) || true
		# Whole but for its end: the run was about to publish.
		not_done=$(grep -q '^{"end"' out/.a.journal || echo yes)
	fi
	run --separate-stderr -0 "$program" recover out
	clean
	[ ! -e out/a.samples.zst ] || [ -e out/a.json ] || fail "killed after $moment s: a side file alone"
	if [ -n "${want-}" ]; then
		valid out/a.json
		is out/a.json 'sum(len(row["launches"]) for row in r["benchmarks"])' "$want"
		is out/a.json 'r["complete"], r["exit_reason"]' \
			"$([ "$not_done" ] && echo "(False, 'killed')" || echo "(True, 'done')")"
		recovered=$((${recovered-0} + 1))
	fi
	rm -rf out
	mkdir out
}

@test "a run killed at many moments is recoverable" {
	local n begin life recovered=0 published=0 moments=${RECOVER_MOMENTS:-15}
	begin=$(date +%s%N)
	"$FAKE" run -p way=steady,modes --launches 50 -o out/a >/dev/null 2>&1
	life=$((($(date +%s%N) - begin) / 1000000))
	rm out/*
	RANDOM=$(date +%s)
	echo "RANDOM=$(date +%s), a life of $life ms"
	for ((n = 0; n < moments; n++)); do
		killed_somewhere "$FAKE" $((life * 100 / 95)) -p way=steady,modes --launches 50
	done
	echo "$recovered recovered, $published had published"
	[ $((recovered + published)) -ge $((moments * 2 / 5)) ]
}

@test "a run of the L1D flush killed at 10 moments is recoverable" {
	run -0 "$TOLLBOOTH" run -n l1d -p loop=kvm-lfence
	not has "$output" skipped: >/dev/null || skip "no L1D flush here"
	local n begin life recovered=0 published=0
	begin=$(date +%s%N)
	"$TOLLBOOTH" run l1d -p loop=kvm-lfence,chase --launches 3 -o out/a >/dev/null 2>&1 || true
	life=$((($(date +%s%N) - begin) / 1000000))
	rm out/*
	for ((n = 0; n < 10; n++)); do
		killed_somewhere "$TOLLBOOTH" $((life * 100 / 95)) \
			l1d -p loop=kvm-lfence,chase --launches 3
	done
	[ $((recovered + published)) -ge 3 ]
}

@test "a folder without journals: nothing to recover" {
	run --separate-stderr -0 "$FAKE" recover out
	[ -z "$output" ]
	[ "$stderr" = "tollbooth: 0 records recovered in out" ]
}

@test "a killed run's journal becomes a partial record" {
	left
	run --separate-stderr -0 "$FAKE" recover out
	[ "$output" = out/a.json ]
	[ "$(ls -A out)" = a.json ]
	launches out/a.json 6
	is out/a.json 'sorted(launch["seq"] for row in r["benchmarks"] for launch in row["launches"])' \
		'[0, 1, 2, 3, 4, 5]'
	run --separate-stderr -0 "$FAKE" show out/a.json
	has "$output" "partial: the run ended early (killed)"
	recovers 0
}

@test "several journals among other files" {
	left
	cp out/.a.journal out/.b.journal
	cp out/.a.numbers out/.b.numbers
	echo text >out/.journal
	echo text >out/journal
	echo text >out/.journal.x
	echo text >out/a.journal
	run --separate-stderr -0 "$FAKE" recover out
	[ "$(sort <<<"$output")" = $'out/a.json\nout/b.json' ]
	[ "$(ls -A out)" = $'.journal\n.journal.x\na.journal\na.json\nb.json\njournal' ]
	valid out/[ab].json
}

@test "the folder: from the command line, the default, and that of -o -" {
	mkdir bin
	cp "$FAKE" bin/fake
	mkdir -p home/.local/share/tollbooth
	cp "$BATS_FILE_TMPDIR"/left/.a.* home/.local/share/tollbooth/
	run --separate-stderr -0 bin/fake recover
	launches home/.local/share/tollbooth/a.json 6
	"$FAKE" run --launches 10000 -o - >/dev/null 2>&1 3>&- &
	echo $! >pid
	local i
	for ((i = 0; i < 200; i++)); do
		[ "$(cat tmp/tollbooth.*/.*.journal 2>/dev/null | wc -l)" -lt 3 ] || break
		sleep 0.05
	done
	kill -9 "$(<pid)"
	wait "$(<pid)" || true
	: >pid
	run --separate-stderr -0 "$FAKE" recover tmp/tollbooth.*
	valid tmp/tollbooth.*/*.json
}

@test "the journal of a live run is not touched" {
	env --default-signal=TERM "$FAKE" run --launches 10000 -o out/a >stdout 2>stderr 3>&- &
	echo $! >pid
	local i
	for ((i = 0; i < 200; i++)); do
		[ "$(wc -l <out/.a.journal 2>/dev/null || echo 0)" -lt 3 ] || break
		sleep 0.05
	done
	run --separate-stderr -0 "$FAKE" recover out
	[ -z "$output" ]
	[ "${#stderr_lines[@]}" -eq 2 ]
	has "$stderr" "out/.a.journal: its run is alive (process $(<pid)): left alone"
	[ -s out/.a.journal ]
	[ ! -e out/a.json ]
	# Nor does another run of the same name disturb it.
	run --separate-stderr -2 "$FAKE" run --launches 1 -o out/a
	[ -z "$output" ]
	one_line
	has "$stderr" "out/.a.journal: another run, process $(<pid), is writing it: choose another name"
	kill -TERM "$(<pid)"
	status=0
	wait "$(<pid)" || status=$?
	: >pid
	[ "$status" -eq 143 ]
	is out/a.json 'r["exit_reason"], sum(len(row["launches"]) for row in r["benchmarks"]) > 3' "('signal', True)"
	recovers 0
}

@test "a run is rejected while the journal of a killed run has its name" {
	left
	run --separate-stderr -2 "$FAKE" run --launches 1 -o out/a
	[ -z "$output" ]
	one_line
	has "$stderr" "out/.a.journal: a killed run of this name left it: tollbooth recover out"
	cmp out/.a.journal "$BATS_FILE_TMPDIR/left/.a.journal"
	recovers 1
	launches out/a.json 6
}

@test "the worker of a killed run does not outlive it" {
	setsid "$FAKE" run -p way=hang --launches 1 -o out/a >/dev/null 2>&1 3>&- &
	echo $! >pid
	local i worker=
	for ((i = 0; i < 100; i++)); do
		worker=$(pgrep -P "$(<pid)") && break
		sleep 0.05
	done
	[ -n "$worker" ]
	sleep 0.3
	kill -9 "$(<pid)"
	wait "$(<pid)" || true
	: >pid
	gone -p "$worker"
	recovers 1
	launches out/a.json 0
	is out/a.json 'b["status"], b["reason_code"], m["samples"], m["reason"]' \
		"('failed', 'no-launch', None, 'no launch was made')"
}

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

@test "killed between the side file and its record" {
	"$FAKE" run -p way=steady --launches 90 -o out/a --no-report >/dev/null 2>&1
	rm out/a.json
	left
	recovers 1
	launches out/a.json 6
	[ "$(ls -A out)" = a.json ]
}

@test "killed between the record and the removal of the journal" {
	left
	recovers 1
	cp out/a.json before.json
	left
	recovers 1
	cmp out/a.json before.json
	left
	rm out/.a.numbers
	recovers 1
	cmp out/a.json before.json
}

@test "an existing record of another run is not replaced" {
	"$FAKE" run -p way=steady --launches 90 -o out/a --no-report >/dev/null 2>&1
	cp -r out before
	left
	run --separate-stderr -2 "$FAKE" recover out
	[ -z "$output" ]
	has "${stderr_lines[0]}" "out/.a.journal: "
	has "${stderr_lines[0]}" "File exists"
	cmp out/a.json before/a.json
	cmp out/a.samples.zst before/a.samples.zst
	cmp out/.a.journal "$BATS_FILE_TMPDIR/left/.a.journal"
	mv out/a.json out/a.samples.zst .
	recovers 1
	launches out/a.json 6
}

@test "temporary files of dead processes are removed, those of live ones stay" {
	local dead
	sleep 0 3>&- &
	dead=$!
	wait $dead
	left
	echo torn >"out/.a.json.$dead.tmp"
	echo torn >"out/.a.samples.zst.$dead.tmp"
	echo mine >"out/.b.json.$$.tmp"
	run --separate-stderr -0 "$FAKE" recover out
	[ "$(ls -A out)" = ".b.json.$$.tmp"$'\na.json' ]
	echo torn >"out/.c.json.$dead.tmp"
	run --separate-stderr -0 "$FAKE" run --launches 1 -o out/d
	[ ! -e "out/.c.json.$dead.tmp" ]
	[ -e "out/.b.json.$$.tmp" ]
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
	[ "$(grep -c "its first line is not a run's" <<<"$stderr")" -eq 3 ]
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

@test "a full disk or a missing permission keeps the journal" {
	left
	run --separate-stderr -74 bash -c 'ulimit -f 8 && exec "$@"' - "$FAKE" recover out
	has "${stderr_lines[0]}" "out/.a.journal: a.json: File too large"
	[ "$(ls -A out)" = $'.a.journal\n.a.numbers' ]
	for_nobody
	chmod -R a+rX out
	[ "$(id -u)" -ne 0 ] || chown 0 out
	chmod 555 out
	chmod 666 out/.a.*
	run --separate-stderr -74 as_nobody "$FAKE" recover out
	has "${stderr_lines[0]}" "Permission denied"
	chmod 755 out
	recovers 1
	launches out/a.json 6
}
