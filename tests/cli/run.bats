# SPDX-License-Identifier: GPL-2.0-or-later
# Files, output and exit status of a run, with and without errors.
load helper

teardown() {
	[ ! -s server ] || tmux -L "$(<server)" kill-server 2>/dev/null || true
	tidy
}

# quiet_run ARGUMENT...: the fake's run into out/, which ends with 0.
quiet_run() {
	run --separate-stderr -0 "$FAKE" run "$@"
}

# partial RECORD REASON: valid, and says that it is not all.
partial() {
	valid "$1"
	is "$1" 'r["complete"], r["exit_reason"]' "(False, '$2')"
	run --separate-stderr -0 "$FAKE" show "$1"
	has "$output" "partial: the run ended early ($2)"
}

@test "--rounds: each launch has as many, up to the benchmark's own number" {
	quiet_run --launches 2 --rounds 9 -p way=steady -o out/a
	is out/a.json '{l["rounds"] for row in r["benchmarks"] for l in row["launches"]}' '{9}'
	quiet_run --launches 2 --rounds 1000000 -p way=steady -o out/b
	quiet_run --launches 2 -p way=steady -o out/c
	is out/c.json '{l["rounds"] for l in b["launches"]} == {l["rounds"] for l in json.load(open("out/b.json"))["benchmarks"][0]["launches"]}' True
}

@test "a run leaves a record, a report and no other file" {
	quiet_run --launches 6 -o out/a.json
	[ "$(ls -A out)" = $'a.html\na.json' ]
	empty tmp
	empty home
	drop_chance
	[ "${#stderr_lines[@]}" -le 4 ]
	has "$stderr" "tollbooth: record  out/a.json"
	has "$stderr" "tollbooth: report  out/a.html"
	valid out/a.json
	is out/a.json 'r["complete"], r["exit_reason"], r["suite"]["name"]' "(True, 'done', 'quick')"
	is out/a.json '[sum(l["exit"] == "ok" for l in row["launches"]) for row in r["benchmarks"]]' '[6, 6]'
}

@test "the table shows estimate, interval, launches and status of each row" {
	run --separate-stderr -1 "$FAKE" run --wide --launches 6 -p way=steady,check -o out/a --no-report
	[ ! -e out/a.html ]
	has "$output" $'\nfake/one\n'
	has "$output" "latency ns [95 %]"
	want=$(of out/a.json '"steady 64K %.0f [%.0f, %.0f] %.0f 6 ok" % (
		m["summary"]["estimate"], m["summary"]["ci"]["lo"], m["summary"]["ci"]["hi"],
		m["summary"]["ungated"]["estimate"])')
	has "$(tr -s ' ' <<<"$output")" "$want"
	has "$(tr -s ' ' <<<"$output")" "check 64K null - 0 failed"
	has "$output" "check: fake/one way=check size=64K: always-wrong: want 1, held in 0 of"
}

@test "a count that is one too low fails its launches" {
	run --separate-stderr -1 "$FAKE" run -q --launches 3 -p way=miscount -p size=4K --no-report -o out/a
	is out/a.json 'b["status"], {l["exit"] for l in b["launches"]}' "('failed', {'check-failed'})"
	is out/a.json '{int(c["want"]) - int(c["got"]) for l in b["launches"] for c in l["checks"] if not c["pass"]}' '{1}'
	has "$output" "samples-taken: 144 held in 0 of 4 launches"
}

@test "a run with only disturbed launches ends, and has no gated sample" {
	timeout 60 "$FAKE" run -q --launches 3 -p way=busy -p size=4K,8K --no-report -o out/a
	is out/a.json 'r["complete"], r["exit_reason"]' "(True, 'done')"
	is out/a.json '[len(row["launches"]) for row in r["benchmarks"]]' '[4, 4]'
	is out/a.json '{l["exit"] for row in r["benchmarks"] for l in row["launches"]}' "{'disturbed'}"
	is out/a.json '{l["reason"] for l in b["launches"]}' "{'the core was disturbed in most of the launch'}"
	is out/a.json '{len(l["checks"]) for l in b["launches"]}' '{2}'
}

@test "below six launches there is no interval" {
	quiet_run --launches 5 -p way=steady -o out/a
	has "$output" "latency ns 10" && has "$output" " (n < 6)"
	is out/a.json 'm["summary"]["ci"], m["summary"]["warnings"]' "(None, ['too-few-launches'])"
}

@test "a mixture is shown as its modes" {
	quiet_run --launches 10 --seed 1 -p way=modes -o out/a
	[[ $output =~ 100[0-9]\ \|\ 130[0-9]\ \(2[0-9]\ %\) ]] || fail "no modes"
}

@test "--json prints exactly the record that it writes" {
	quiet_run --json --launches 2 -o out/a
	printf '%s\n' "$output" >printed.json
	cmp printed.json out/a.json
	valid out/a.json
}

@test "-o takes a file, a name without .json, and a folder" {
	quiet_run --launches 1 -o out/a
	quiet_run --launches 1 -o out
	quiet_run --launches 1 -o out/some/where/
	quiet_run --launches 1 -o b.json
	[[ $(cd out && ls ./*-quick-*.json) =~ ^\./[0-9]{8}T[0-9]{6}Z-quick-[0-9a-f]{6}\.json$ ]]
	[[ $(cd out/some/where && ls) =~ -quick-[0-9a-f]{6}\.html ]]
	valid out/*.json out/some/where/*.json b.json
}

@test "without -o: results/local of a checkout, else the XDG data folder, else home" {
	mkdir -p checkout/build/asan checkout/results bin
	cp "$DATA/../../results/tollbooth.run-2.schema.json" checkout/results/
	for place in checkout/build checkout/build/asan bin; do
		cp "$FAKE" "$place/program"
	done
	for place in checkout/build checkout/build/asan; do
		run --separate-stderr -0 "$place/program" run --launches 1
		valid checkout/results/local/*.json
		rm -r checkout/results/local
	done
	run --separate-stderr -0 bin/program run --launches 1
	valid home/.local/share/tollbooth/*.json
	XDG_DATA_HOME=$PWD/out run --separate-stderr -0 bin/program run --launches 1
	valid out/tollbooth/*.json
	rm -r out/tollbooth home/.local
	# An unknown name is reported with its folder, and nothing is created there.
	real=$(getent passwd "$(id -u)" | cut -d: -f6)/.local/share/tollbooth
	before=$(ls -A "$real" 2>&1) || true
	refused "$real/baselines/none.json: No such file" env -u HOME bin/program run --launches 1 --baseline none
	[ "$(ls -A "$real" 2>&1)" = "$before" ] || fail "something in $real"
}

@test "a user without a passwd entry, and with an empty or relative HOME, has no home" {
	local home
	[ "$(id -u)" -eq 0 ] || skip "needs root, to become a user who is not in the database"
	for_nobody
	mkdir bin
	cp "$FAKE" bin/program
	for home in '' relative; do
		refused "this user has no home folder; choose one with -o" \
			setpriv --reuid=54321 --clear-groups --inh-caps=-all env HOME=$home bin/program run --launches 1
	done
}

@test "-o - prints a record with all samples inline, and leaves no file" {
	quiet_run --launches 90 -p way=steady -o -
	empty tmp
	empty home
	printf '%s\n' "$output" >printed.json
	valid printed.json
	is printed.json 'r["samples_file"], sum(map(len, (c for s in m["samples"] for c in s.values()))) > 10000' \
		'(None, True)'
}

@test "more than 10,000 samples go to a side file" {
	quiet_run --launches 90 -p way=steady -o out/a
	[ "$(ls -A out)" = $'a.html\na.json\na.samples.zst' ]
	valid out/a.json
	is out/a.json 'r["samples_file"]["file"], r["samples_file"]["numbers"] > 10000' "('a.samples.zst', True)"
}

@test "a printed record and its readers name the side file with the samples" {
	local file
	mkdir bin
	cp "$FAKE" bin/program
	run --separate-stderr -0 bin/program run --launches 90 -p way=steady -p size=4K --no-report --json
	printf '%s\n' "$output" >printed.json
	file=$(echo "$PWD"/home/.local/share/tollbooth/*.samples.zst)
	has "$stderr" "samples $file; the printed record needs this file beside it"
	for command in validate show; do
		refused "put that file beside the record; it is $file" bin/program $command printed.json
	done
	cp "$file" .
	run -0 bin/program validate printed.json
	rm ./*.samples.zst "$file"
	run --separate-stderr -2 bin/program validate printed.json
	one_line
	[[ $stderr == *"put that file beside the record" ]]
}

@test "the real L1D flush runs" {
	run --separate-stderr "$TOLLBOOTH" run --wide l1d/flush-user -p loop=kvm-lfence --launches 2 -o out/a
	[ "$status" -ne 77 ] || skip "no L1D flush here: $output"
	[ "$status" -le 1 ] || fail "neither done nor failed by a noisy neighbour"
	has "$output" "core-cycles [95 %]"
	has "$output" "lines-left lines [95 %]"
	valid out/a.json
	is out/a.json 'b["name"], b["params"]["size"], len(b["launches"]) >= 2' "('l1d/flush-user', 65536, True)"
	[ -s out/a.html ]
	empty tmp
}

@test "an existing record is never replaced" {
	echo mine >out/a.json
	echo mine >out/b.samples.zst
	mkdir out/c.json
	ln -s nowhere out/d.json
	echo mine >out/e
	for name in a a.json b b.json c d d.json e; do
		run --separate-stderr -2 "$FAKE" run --launches 1 -o "out/$name"
		one_line
		has "$stderr" "exists, and a record is never replaced; choose another name"
		[ "$(ls -A out)" = $'a.json\nb.samples.zst\nc.json\nd.json\ne' ]
	done
	[ "$(cat out/a.json out/b.samples.zst out/e)" = $'mine\nmine\nmine' ]
}

@test "a file created during the run is not replaced, and the journal is kept" {
	begin -p way=steady
	echo mine >out/a.json
	kill -s TERM "$(<pid)"
	end 74
	[ "$(<out/a.json)" = mine ]
	[ "$(grep -vc "other runs\? \|another run " stderr)" -eq 1 ]
	has "$(<stderr)" "a.json: File exists; the journal is kept; remove the cause, then run tollbooth recover out"
	rm out/a.json
	run --separate-stderr -0 "$FAKE" recover out
	partial out/a.json signal
}

@test "report -o never replaces a file; the report beside its record is replaced" {
	quiet_run --launches 1 -o out/a
	cp out/a.json before.json
	run --separate-stderr -2 "$FAKE" report out/a.json -o out/a.json
	one_line
	has "$stderr" "out/a.json exists, and -o never replaces a file"
	cmp out/a.json before.json
	run --separate-stderr -0 "$FAKE" report out/a.json
	[ "$output" = out/a.html ]
}

@test "--dry-run prints the plan and leaves no file" {
	for where in "" "-o out" "-o out/a.json" "-o new/"; do
		# shellcheck disable=SC2086 # words
		quiet_run -n $where -p size=4K,8K -p way=steady,unavailable --launches 7 --seed 9
		[ "${#lines[@]}" -eq 5 ]
		[ "${lines[0]}" = "fake/one way=steady size=4K" ]
		[ "${lines[3]}" = "fake/one way=unavailable size=8K  skipped: this machine has no fake" ]
		has "${lines[4]}" "2 variants, 7 launches each at most, in shuffled rounds (seed 9)"
		[ -z "$stderr" ]
		empty out
		empty tmp
		empty home
		[ ! -e new ]
	done
}

@test "names are benchmarks, families and patterns; a variant runs once" {
	for name in fake/one fake 'fake/*' '*' '?ake/on[e]'; do
		quiet_run -n "$name" fake/one -p size=4K,8K,4096,4K
		has "$output" "2 variants, 10 launches"
	done
	quiet_run -n -p size=4K -p size=8K
	has "$output" "2 variants"
	has "$output" "size=4K"
	has "$output" "size=8K"
}

@test "a size relative to the L1D" {
	run --separate-stderr "$FAKE" run -n -p 'size=l1d,l1d*2'
	[ "$status" -eq 0 ] || skip "the size of this L1D is unknown: $stderr"
	local l1d
	l1d=$(getconf LEVEL1_DCACHE_SIZE)
	[ "${l1d:-0}" -gt 0 ] || skip "getconf does not know the L1D"
	has "$output" "size=$((l1d / 1024))K"$'\n'
	has "$output" "size=$((l1d / 512))K"$'\n'
}

@test "the same seed gives the same order and data, another seed does not" {
	local name seed
	for name in a:7 b:7 c:8; do
		seed=${name#*:} name=${name%:*}
		quiet_run --seed "$seed" --launches 8 -p size=4K,8K,12K,16K,20K -o "out/$name"
		# Of the first round: on a busy core launches are made again, and shift what comes after.
		of "out/$name.json" 'sorted((row["launches"][0]["seq"], row["params"]["size"])
			for row in r["benchmarks"])' >"order-$name"
		of "out/$name.json" '[row["metrics"][0]["samples"][0]["ungated"][:8] for row in r["benchmarks"]]' >"data-$name"
		is "out/$name.json" 'r["suite"]["seed"]' "$seed"
	done
	cmp order-a order-b
	cmp data-a data-b
	not cmp -s order-a order-c
	not cmp -s data-a data-c
}

@test "without --seed each run draws its own seed and reports it" {
	quiet_run --launches 1 -o out/a
	quiet_run --launches 1 -o out/b
	[ "$(of out/a.json 'r["suite"]["seed"]')" != "$(of out/b.json 'r["suite"]["seed"]')" ]
	grep -q -- "--seed $(of out/a.json 'r["suite"]["seed"]')" out/a.html
}

@test "each round runs every variant once, in a changing order" {
	quiet_run --seed 3 --launches 6 -p size=4K,8K,12K,16K -o out/a
	of out/a.json 'r.update(s=sorted((launch["seq"], i) for i, row in enumerate(r["benchmarks"])
		for launch in row["launches"])) or [[i for _, i in r["s"][k:k + 4]] for k in range(0, 24, 4)]' >rounds
	python -c 'rounds = eval(input())
assert len(rounds) == 6 and all(sorted(round) == [0, 1, 2, 3] for round in rounds), rounds
assert len({tuple(round) for round in rounds}) > 2, rounds' <rounds
}

@test "--precision stops at an interim look" {
	quiet_run --precision 50 -p way=steady --seed 1 -o out/a
	is out/a.json 'sum(l["exit"] == "ok" for l in b["launches"]), r["suite"]["launches"], r["suite"]["precision"]' \
		'(10, 50, 0.5)'
	# A launch without a headline value prevents the stop at ten.
	quiet_run --precision 50 --launches 12 -p way=sparse -p size=4K --seed 2 -o out/c
	is out/c.json 'sum(l["exit"] == "ok" for l in b["launches"]), b["metrics"][0]["summary"]["n_launches"]' '(12, 11)'
	quiet_run --precision 0.01 --launches 12 -p way=steady --seed 1 -o out/b
	is out/b.json 'sum(l["exit"] == "ok" for l in b["launches"])' 12
}

@test "a metric without a sample and without a reason fails its launch" {
	run --separate-stderr -1 "$FAKE" run -q -p way=silent -p size=4K --launches 4 -o out/a
	has "$output" "latency has no sample and the benchmark gives no reason"
	is out/a.json '{l["exit"] for l in b["launches"]}, b["status"], b["metrics"][0]["reason"] == b["reason"]' \
		"({'error'}, 'failed', True)"
	valid out/a.json
}

@test "a setup that fails while its thread runs is torn down, and its reason is reported" {
	run --separate-stderr -1 "$FAKE" run -q -p way=halfway -p size=4K --launches 4 -o out/a
	has "$output" "the setup failed halfway, as it should"
	is out/a.json '{l["exit"] for l in b["launches"]}' "{'error'}"
}

@test "--strict: exit status 4 when the precision is missed or unknown" {
	run --separate-stderr -4 "$FAKE" run --strict --precision 0.01 --launches 10 --seed 1 -o out/a
	run --separate-stderr -4 "$FAKE" run --strict --launches 2 --seed 1 -o out/b
	quiet_run --strict --precision 50 --launches 10 --seed 1 -o out/c
	quiet_run --precision 0.01 --launches 10 --seed 1 -o out/d
	valid out/[abcd].json
}

@test "--time-budget: exit status 75, and finished launches are saved" {
	run --separate-stderr -75 "$FAKE" run --time-budget 0.2 --launches 10000 -o out/a
	partial out/a.json time-budget
	is out/a.json '0 < sum(len(row["launches"]) for row in r["benchmarks"]) < 10000' True
	[ "$(ls -A out | grep -c '^\.')" -eq 0 ]
}

@test "a benchmark that crashes, fails or breaks a check: exit status 1 with the reason" {
	run --separate-stderr -1 "$FAKE" run --launches 2 -p way=steady,crash,error,check,infinite -o out/a
	for words in "the worker was ended by signal 11 (Segmentation fault)" "the sample went wrong, as it should" \
		"a check failed" "no usable result" "run again"; do
		has "$output" "$words"
		grep -qF "$words" out/a.html
	done
	valid out/a.json
	is out/a.json '[row["status"] for row in r["benchmarks"]]' "['ok', 'failed', 'failed', 'failed', 'failed']"
	is out/a.json '[row["launches"][0]["exit"] for row in r["benchmarks"]]' \
		"['ok', 'signal', 'error', 'check-failed', 'error']"
	# Of a launch that crashed nothing is counted: null with that reason, never 0.
	is out/a.json '[(l["noise"]["memory_stalls"], l["noise"]["interrupts"],
		[n["reason"] for n in l["noise"]["nulls"] if n["field"] == "memory_stalls"])
		for l in r["benchmarks"][1]["launches"]][0]' "(None, None, ['the launch ended before its last sample'])"
	is out/a.json '{row["reason_code"] for row in r["benchmarks"][1:]}' "{'launches-failed'}"
	is out/a.json 'r["complete"]' True
}

@test "a variant that cannot run is skipped with reason and remedy; exit status 77 if all are" {
	quiet_run --launches 1 -p way=steady,unavailable -o out/a
	has "$output" "skipped: this machine has no fake: 1 variant of fake/one; buy one"
	run --separate-stderr -77 "$FAKE" run --launches 1 -p way=unavailable -o out/b
	valid out/a.json out/b.json
	is out/b.json 'b["status"], b["reason_code"], b["reason"], b["remedy"], b["metrics"]' \
		"('skipped', 'no-fake', 'this machine has no fake', 'buy one', [])"
	run --separate-stderr -0 "$FAKE" list fake/one
	has "$output" "fake/one: numbers without a meaning"
	has "$output" "(2 of 2 variants run here)"
}

@test "list fits one screen, list NAME prints the details" {
	run --separate-stderr -0 "$TOLLBOOTH" list
	[ "${#lines[@]}" -le 24 ]
	[ "$(wc -L <<<"$output")" -le 80 ]
	for name in $("$TOLLBOOTH" list --json | python -c 'import json, sys; print(*[b["name"] for b in json.load(sys.stdin)])'); do
		[ "$(grep -c "^$name " <<<"$output")" -eq 1 ]
	done
	run --separate-stderr -0 "$TOLLBOOTH" list l1d thread/create
	[ "$(wc -L <<<"$output")" -le 100 ]
	has "$output" "-p victim     full|page|dirty|reused (default page)"
	has "$output" "create-return          ns          from the call to its return in the parent"
}

@test "list --json prints one document" {
	for program in "$FAKE" "$TOLLBOOTH"; do
		run --separate-stderr -0 "$program" list --json
		[ -z "$stderr" ]
		python -c 'import json, sys; assert json.load(sys.stdin)[0]["params"]' <<<"$output"
	done
	empty tmp
}

@test "progress appears only on a terminal, and not with --quiet" {
	command -v script >/dev/null || skip "no script(1) to make a terminal with"
	TERM=xterm script -qec "'$FAKE' run --launches 2 -o out/a" /dev/null >shown </dev/null
	# A colour begins with an escape character, too.
	NO_COLOR=1 TERM=xterm script -qec "'$FAKE' run --launches 2 -o out/b --quiet" /dev/null >silent </dev/null
	TERM=dumb script -qec "'$FAKE' run --launches 2 -o out/c" /dev/null >dumb </dev/null
	grep -q 'launches to make' shown
	grep -q 'computing the estimates' shown
	grep -q 'drawing the report' shown
	not grep -q 'launches to make' silent
	not grep -q 'launches to make' dumb
	not grep -q $'\e' silent dumb
	quiet_run --launches 2 -o out/d
	inert "$stderr$output"
}

# on_screen FILE WIDTH...: a run in tmux whose window takes these widths in turn; its screen and history go to FILE.
on_screen() {
	local file=$1 server=tollbooth-$BASHPID i
	shift
	rm -rf out/* done
	echo "$server" >server
	tmux -L "$server" -f /dev/null new-session -d -x "$1" -y 24 \
		"seq 40; '$FAKE' run --launches 3 -p way=steady -p size=4K -o out/a; touch done; cat" 3>&-
	for ((i = 0; i < 300; i++)); do
		[ ! -e done ] || break
		tmux -L "$server" resize-window -x "${@:i % $# + 1:1}" -y 24
		sleep 0.1
	done
	tmux -L "$server" resize-window -x 200 -y 24
	tmux -L "$server" capture-pane -p -S - >"$file"
	tmux -L "$server" kill-server
	: >server
	[ -e done ] || fail "the run did not end"
}

@test "progress leaves no line behind, at 80 and 40 columns and after resizing" {
	command -v tmux >/dev/null || skip "no tmux"
	local widths
	for widths in 80 40 "80 40 100 60"; do
		# shellcheck disable=SC2086 # words
		on_screen screen $widths
		grep -q 'record  out/a.json' screen
		not grep -E 'launches|left|estimates|drawing' screen
	done
}

@test "a folder without write permission" {
	mkdir locked
	for_nobody
	chmod 555 locked
	for name in locked locked/a.json; do
		run --separate-stderr -74 as_nobody "$FAKE" run --launches 1 -o $name
		[ -z "$output" ]
		one_line
		has "$stderr" "locked: no journal can be written: Permission denied; choose a folder with -o"
	done
	empty locked
	run --separate-stderr -74 as_nobody "$FAKE" run --launches 1 -o locked/deeper/
	one_line
	has "$stderr" "locked/deeper: Permission denied; choose a folder with -o"
	echo file >file
	run --separate-stderr -74 "$FAKE" run --launches 1 -o file/a.json
	one_line
	has "$stderr" "file: Not a directory; choose a folder with -o"
}

@test "no temporary folder" {
	export TMPDIR=/nonexistent
	run --separate-stderr -2 "$FAKE" run -o -
	one_line
	has "$stderr" "no temporary folder in /nonexistent: No such file or directory; set TMPDIR"
	run --separate-stderr -74 "$TOLLBOOTH" report "$DATA/golden/flush.json" -o out/a.html
	one_line
	has "$stderr" "no report: no temporary folder in /nonexistent: "
	empty out
	for command in "list" "run -n"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr -0 "$FAKE" $command
		[ -z "$stderr" ]
	done
}

# whole_or_recovered FOLDER ERROR: after an output error there is one line and no truncated record.
whole_or_recovered() {
	local folder=$1
	if [ "$status" -eq 74 ]; then
		[ -z "$output" ]
		drop_chance
		one_line
		has "$stderr" "$2"
	fi
	[ "$status" -eq 74 ] || [ "$status" -eq 0 ] || fail "neither done nor an output error"
	[ ! -e "$folder/a.json" ] || valid "$folder/a.json"
}

@test "a full disk" {
	mkdir disk
	mount -t tmpfs -o size=4k none disk 2>/dev/null || skip "may not mount a tmpfs (root in a container, or not root)"
	local full=0 size
	for size in 4 12 20 28 40 64 100 160; do
		mount -o "remount,size=${size}k" disk
		run --separate-stderr "$FAKE" run --launches 30 -o disk/a
		whole_or_recovered disk "No space left on device"
		[ "$status" -eq 0 ] || full=$((full + 1))
		mount -o remount,size=8m disk
		run --separate-stderr -0 "$FAKE" recover disk
		[ ! -e disk/a.json ] || valid disk/a.json
		[ "$(find disk -name '.*' ! -name . -o -name '*.tmp' | grep -vx disk -c)" -eq 0 ] || fail "left: $(ls -A disk)"
		rm -f disk/*
	done
	[ "$full" -ge 4 ] || fail "the disk was full $full times only"
	umount disk
	rmdir disk
}

@test "a full disk keeps finished launches" {
	mkdir disk
	mount -t tmpfs -o size=64k none disk 2>/dev/null || skip "may not mount a tmpfs (root in a container, or not root)"
	run --separate-stderr -74 "$FAKE" run --launches 1000 -p way=steady -o disk/a
	one_line
	has "$stderr" "No space left on device; the journal is kept; remove the cause, then run tollbooth recover disk"
	mount -o remount,size=8m disk
	run --separate-stderr -0 "$FAKE" recover disk
	[ "$output" = disk/a.json ]
	is disk/a.json 'r["complete"], len(b["launches"]) > 10' '(False, True)'
	valid disk/a.json
	umount disk
	rmdir disk
}

@test "a limit on the file size" {
	local limited=0 blocks
	for blocks in 1 2 4 8 16 32 64 1000; do
		run --separate-stderr bash -c 'ulimit -f "$1" && exec "$2" run --launches 40 -p way=steady -o out/a' \
			- "$blocks" "$FAKE"
		whole_or_recovered out "File too large"
		[ "$status" -eq 0 ] || limited=$((limited + 1))
		run --separate-stderr -0 "$FAKE" recover out
		[ ! -e out/a.json ] || valid out/a.json
		rm -f out/*
		empty out
	done
	[ "$limited" -ge 4 ] || fail "the limit was met $limited times only"
}

# Each command that prints, as words.
printing=("help" "list" "list --json" "run --help" "run -n" "show kept.json"
	"show --json kept.json" "validate kept.json")

@test "full standard output: exit status 74 and one line" {
	quiet_run --launches 1 -o kept
	for command in "${printing[@]}"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr -74 "$BASH" -c '"$@" >/dev/full' - "$FAKE" $command
		drop_losses
		one_line
		has "$stderr" "standard output: No space left on device"
	done
	empty tmp
}

@test "closed standard output: exit status 74 and one line" {
	quiet_run --launches 1 -o kept
	for command in "${printing[@]}"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr -74 "$BASH" -c '"$@" >&-' - "$FAKE" $command
		drop_losses
		one_line
		has "$stderr" "standard output: Bad file descriptor"
	done
	empty tmp
}

@test "a closed pipe: exit status 74 and no line" {
	quiet_run --launches 1 -o kept
	for command in "${printing[@]}"; do
		# The reader is gone before the writer begins.
		# shellcheck disable=SC2086 # words
		run --separate-stderr -74 "$BASH" -c '{ sleep 0.2; "$@"; echo $? >code; } | :
			exit "$(<code)"' - "$FAKE" $command
		drop_losses
		[ -z "$stderr" ] || fail "$command: a line"
	done
	empty tmp
}

@test "-o - to a full device, a closed output or a closed pipe keeps the journal" {
	local place folder
	for place in '>/dev/full' '>&-' '| :'; do
		run --separate-stderr "$BASH" -c "{ sleep 0.2; '$FAKE' run --launches 2 -p way=steady -o -; echo \$? >code; } $place"
		[ "$(<code)" -eq 74 ] || fail "$place: $(<code)"
		drop_losses
		one_line
		[[ $stderr =~ "standard output: ".*"; the journal is kept; remove the cause, then run tollbooth recover "(.*) ]]
		folder=${BASH_REMATCH[1]}
		run --separate-stderr -0 "$FAKE" recover "$folder"
		valid "$folder"/*.json
		is "$folder"/*.json 'sum(len(row["launches"]) for row in r["benchmarks"])' 2
		rm -r "$folder"
	done
	empty tmp
}

@test "head -1 ends long output without a message" {
	quiet_run --launches 100 -p way=steady -o kept
	for command in "show --json" "show" "validate"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr -0 "$BASH" -c 'f=$1; shift; "$f" "$@" | head -1' - "$FAKE" \
			$command kept.json kept.json kept.json
		[ -n "$output" ]
		[ -z "$stderr" ] || fail "$command: a line"
	done
}

@test "long output to a full device is reported, too" {
	run --separate-stderr -74 "$BASH" -c '"$@" >/dev/full' - "$FAKE" run -n \
		-p "size=$(seq -s, 4096 4096 $((64 * 4096)))" -p way=steady,modes,crash
	one_line
	has "$stderr" "standard output: No space left on device"
}

@test "a run whose output is lost keeps its record" {
	local place
	for place in '>/dev/full' '>&-' '| :' '<&- >&- 2>&-'; do
		run --separate-stderr "$BASH" -c "{ '$FAKE' run --launches 1 -o out/a; echo \$? >code; } $place"
		[ "$(<code)" -eq 74 ] || fail "$place: $(<code)"
		[ "$(grep -c 'standard output' <<<"$stderr")" -eq "$([[ $place == '>'* ]] && echo 1 || echo 0)" ] ||
			fail "$place: not the lines expected"
		[ "$(ls -A out)" = $'a.html\na.json' ] || fail "$place: $(ls -A out)"
		valid out/a.json
		rm out/*
	done
}

@test "a run works without standard error and standard input" {
	local place
	for place in '2>&-' '2>/dev/full' '<&-' '<&- 2>&-'; do
		run --separate-stderr -0 "$BASH" -c "'$FAKE' run --launches 1 -o out/a $place"
		has "$output" fake/one
		valid out/a.json
		rm out/*
	done
}

@test "without gnuplot: a record, no report, and the reason" {
	local words="no report: gnuplot is not installed; install the package gnuplot-nox"
	mkdir bin
	run --separate-stderr env "PATH=$PWD/bin" "$TOLLBOOTH" run thread/create -p method=clone3 --launches 1 -o out/a
	[ "$status" -le 1 ]
	[ -s out/a.json ]
	empty tmp
	# A row that a noisy neighbour failed has nothing to plot.
	if [ "$status" -eq 0 ]; then
		has "$stderr" "$words"
		[ ! -e out/a.html ]
	fi
	run --separate-stderr -74 env "PATH=$PWD/bin" "$TOLLBOOTH" report "$DATA/golden/flush.json" -o out/b.html
	one_line
	has "$stderr" "$words"
	[ ! -e out/b.html ]
	empty tmp
}

@test "a signal during a run: a valid partial record, exit status 128 + signal, no worker" {
	local pair workers
	for pair in INT:130 TERM:143 HUP:129; do
		begin -p way=steady,modes
		workers=$(pgrep -d, -P "$(<pid)") || true
		kill -s "${pair%:*}" "$(<pid)"
		end "${pair#*:}"
		[ -z "$workers" ] || gone -p "$workers"
		[ "$(ls -A out)" = $'a.html\na.json' ] || [ "$(ls -A out)" = $'a.html\na.json\na.samples.zst' ] ||
			fail "left: $(ls -A out)"
		partial out/a.json signal
		has "$(<stderr)" "tollbooth: record  out/a.json"
		rm out/*
	done
}

@test "a signal while a worker hangs" {
	lines_before=1 begin -p way=hang
	local worker i
	for ((i = 0; i < 100; i++)); do
		worker=$(pgrep -P "$(<pid)") && break
		sleep 0.05
	done
	kill -s INT "$(<pid)"
	end 130
	gone -p "$worker"
	partial out/a.json signal
	is out/a.json 'l["exit"], b["status"], b["reason_code"]' "('stopped', 'failed', 'no-launch')"
}

@test "Ctrl-C on a terminal's whole group" {
	setsid "$BASH" -c 'echo $$ >group; exec env --default-signal=INT "$1" run -o out/a --launches 10000' - "$FAKE" \
		>stdout 2>stderr 3>&- &
	local i
	for ((i = 0; i < 200; i++)); do
		[ "$(wc -l <out/.a.journal 2>/dev/null || echo 0)" -lt 3 ] || break
		sleep 0.05
	done
	kill -s INT -- "-$(<group)"
	status=0
	wait $! || status=$?
	[ "$status" -eq 130 ]
	partial out/a.json signal
}

@test "the launch of a killed worker is repeated" {
	begin -p way=steady
	local i hit=0 made
	# Until one was hit between its beginning and its end.
	for ((i = 0; i < 500; i++)); do
		pkill -9 -P "$(<pid)" || true
		hit=$(grep -c '"exit":"signal"' out/.a.journal) || continue
		break
	done
	[ "$hit" -gt 0 ]
	made=$(wc -l <out/.a.journal)
	for ((i = 0; i < 200; i++)); do
		[ "$(wc -l <out/.a.journal)" -lt $((10 * made)) ] || break
		sleep 0.05
	done
	kill -s TERM "$(<pid)"
	end 143
	partial out/a.json signal
	is out/a.json '{"ok", "signal"} <= {launch["exit"] for launch in b["launches"]}' True
	# Successful launches that have samples in the summary's column.
	is out/a.json 'm["summary"]["n_launches"] == sum(launch["exit"] == "ok" and
		(s["count"] if isinstance(s, dict) else len(s)) > 0 for launch, s in
		zip(b["launches"], (all.get(m["summary"]["column"], []) for all in m["samples"])))' True
}

@test "as an ordinary user every row runs, and one line reports the missing SCHED_FIFO" {
	for_nobody
	mkdir bin
	cp "$FAKE" bin/fake
	chmod a+rx bin bin/fake
	ulimit -r 0 2>/dev/null || true
	run --separate-stderr -0 as_nobody bin/fake run --launches 2 -o out/a
	has "$output" fake/one
	is out/a.json '{launch["policy"] for row in r["benchmarks"] for launch in row["launches"]}' "{'other'}"
	[ "$(grep -c FIFO <<<"$stderr")" -eq 1 ]
	has "$stderr" "without SCHED_FIFO: other tasks may preempt a launch"
	has "$stderr" "run it as root or with CAP_SYS_NICE, or with ulimit -r 10"
	drop_chance
	[ "${#stderr_lines[@]}" -le 4 ]
	[ -s out/a.html ]
	for command in list "show out/a.json" "validate out/a.json" "report out/a.json -o out/b.html" \
		"export out/a.json -o out/data" "recover out" "run -n" "run --launches 1 -o -" "run --launches 1"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr -0 as_nobody bin/fake $command
	done
	valid home/.local/share/tollbooth/*.json
}

@test "the L1D flush as an ordinary user" {
	for_nobody
	mkdir bin
	cp "$TOLLBOOTH" bin/tollbooth
	chmod a+rx bin bin/tollbooth
	run --separate-stderr as_nobody bin/tollbooth run l1d/flush-user -p loop=kvm-lfence -p size=16K --launches 1 -o out/a
	[ "$status" -ne 77 ] || skip "no L1D flush here: $output"
	[ "$status" -le 1 ]
	valid out/a.json
	is out/a.json 'm["name"], m["summary"] is not None or b["status"]' "('latency', True)" ||
		is out/a.json 'b["status"] in ("failed", "noisy")' True # a busy core
}

@test "policy: launches run in the row's class; without permission the default is other" {
	run --separate-stderr "$TOLLBOOTH" run apf/wake-futex -p placement=same-cpu -p policy=fifo,other --launches 1 \
		-q --no-report -o out/a
	is out/a.json '{row["params"]["policy"] == launch["policy"] for row in r["benchmarks"] for launch in row["launches"]}' \
		"{True}"
	for_nobody
	mkdir bin
	cp "$TOLLBOOTH" bin/tollbooth
	chmod a+rx bin bin/tollbooth
	ulimit -r 0 2>/dev/null || true
	run --separate-stderr -0 as_nobody bin/tollbooth run -n apf/wake-futex
	has "$output" "placement=same-cpu idle=default policy=other"
	[[ $output != *policy=fifo* ]] || fail "$output"
	run --separate-stderr -0 as_nobody bin/tollbooth run -n apf/wake-futex -p policy=fifo
	has "$output" "policy=fifo  skipped: CAP_SYS_NICE is missing and ulimit -r is below 10"
}

@test "with SCHED_FIFO there is no line about it" {
	quiet_run --launches 2 -o out/a
	[ "$(of out/a.json '{launch["policy"] for row in r["benchmarks"] for launch in row["launches"]}')" = "{'fifo'}" ] ||
		skip "no SCHED_FIFO here"
	not grep -q FIFO <<<"$stderr"
}

@test "the command line is in the record as text" {
	mkdir $'od\ta\e[31m\xff'
	quiet_run --launches 1 --seed 5 -o $'od\ta\e[31m\xff/a'
	valid $'od\ta\e[31m\xff/a.json'
	is $'od\ta\e[31m\xff/a.json' 'r["suite"]["command"]' \
		"['tollbooth', 'run', '--launches', '1', '--seed', '5', '-o', 'od\\ta?[31m?/a']"
	inert "$stderr"
}

@test "tune: a signal, and a closed standard output" {
	run --separate-stderr "$TOLLBOOTH" run -n l1d
	[ "$status" -eq 0 ] || skip "no L1D flush here"
	env --default-signal=INT "$TOLLBOOTH" tune l1d -o out/a >stdout 2>stderr 3>&- &
	echo $! >pid
	sleep 1
	kill -s INT "$(<pid)"
	end 130
	empty out
	empty tmp
}

@test "a sample that its benchmark marks disturbed goes to the disturbed column" {
	"$FAKE" run --launches 2 -p way=steady,disturbed -q --no-report -o out/a >/dev/null
	python - out/a.json <<-'PY'
		import json, sys
		steady, disturbed = json.load(open(sys.argv[1]))["benchmarks"]
		for row, every in (steady, 0), (disturbed, 1):
		    for launch, columns in zip(row["launches"], row["metrics"][0]["samples"]):
		        size = {name: len(columns[name]) for name in ("ungated", "gated", "disturbed")}
		        # An at-once sample and one behind the gate take turns: every second of the latter is called disturbed.
		        assert size["ungated"] == launch["rounds"], size
		        assert size["gated"] + size["disturbed"] == launch["rounds"], size
		        assert (size["disturbed"] > 0) == bool(every), size
	PY
}

@test "two runs on one CPU report each other on stderr and in their records; doctor reports both" {
	local pid cpu
	begin -p way=steady -p size=4K --no-report -q
	pid=$(<pid)
	run --separate-stderr -0 "$TOLLBOOTH" doctor
	has "$output" "other-run: another run of tollbooth measures on CPU"
	run --separate-stderr "$FAKE" run --launches 1 -p way=steady -p size=4K --no-report -q -o out/b
	[[ $stderr =~ "another run (process $pid) on CPU"|"other runs on CPU" ]]
	has "$stderr" "choose other CPUs with --cpus"
	has "$output" "other runs on CPU"
	kill -TERM "$pid"
	end 143
	grep -q "on CPU [0-9]*: began during this run; the runs disturb each other" stderr
	valid out/a.json out/b.json
	is out/b.json "[o['began'] for o in r['x']['other_runs'] if o['process'] == $pid]" "['before']"
	is out/a.json "{o['began'] for o in r['x']['other_runs']} >= {'during'}" True
	# The claim ends with its run.
	cpu=$(of out/a.json 'r["x"]["other_runs"][0]["cpu"]')
	run --separate-stderr "$FAKE" run --launches 1 -p way=steady -p size=4K --cpus "$cpu" --no-report -q -o out/c
	[ -s out/c.json ] || fail "no record"
	not grep -q "process $pid" <<<"$stderr"
	is out/c.json "[o for o in r['x'].get('other_runs', []) if o['process'] == $pid]" "[]"
}
