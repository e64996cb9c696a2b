# SPDX-License-Identifier: GPL-2.0-or-later
# Killed runs: no file is truncated, and finished launches are recoverable.
load helper
load recover_help

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
	local n begin life recovered=0 published=0 moments=${RECOVER_MOMENTS:-8}
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

@test "a run of the L1D flush killed at some moments is recoverable" {
	run -0 "$TOLLBOOTH" run -n l1d -p loop=kvm-lfence
	not has "$output" skipped: >/dev/null || skip "no L1D flush here"
	local n begin life recovered=0 published=0
	begin=$(date +%s%N)
	"$TOLLBOOTH" run l1d -p loop=kvm-lfence,chase --launches 3 -o out/a >/dev/null 2>&1 || true
	life=$((($(date +%s%N) - begin) / 1000000))
	rm out/*
	for ((n = 0; n < 5; n++)); do
		killed_somewhere "$TOLLBOOTH" $((life * 100 / 95)) \
			l1d -p loop=kvm-lfence,chase --launches 3
	done
	[ $((recovered + published)) -ge 1 ]
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
	has "$stderr" "out/.a.journal: skipped, because its run is still active (process $(<pid))"
	[ -s out/.a.journal ]
	[ ! -e out/a.json ]
	# Nor does another run of the same name disturb it.
	run --separate-stderr -2 "$FAKE" run --launches 1 -o out/a
	[ -z "$output" ]
	one_line
	has "$stderr" "out/.a.journal: another run (process $(<pid)) is writing it; choose another name"
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
	has "$stderr" "out/.a.journal: a killed run of this name left it; run tollbooth recover out"
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
