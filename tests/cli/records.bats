# SPDX-License-Identifier: GPL-2.0-or-later
# Golden records, and the message for each kind of invalid record.
load helper

golden=$DATA/golden
schema=$DATA/../../results/tollbooth.run-2.schema.json

# side/a.json has a side file, side/b.json another.
setup_file() {
	local name
	mkdir "$BATS_FILE_TMPDIR/side"
	for name in a b; do
		"$FAKE" run -p way=steady --launches 90 -o "$BATS_FILE_TMPDIR/side/$name" --no-report >/dev/null 2>&1
	done
	[ -s "$BATS_FILE_TMPDIR/side/b.samples.zst" ]
}

# refuses RECORD WORDS COMMAND...: each exits with 2 and one line that names the record and what is wrong.
refuses() {
	local record=$1 words=$2 command
	shift 2
	for command; do
		# shellcheck disable=SC2086 # words
		run_here "$TOLLBOOTH" $command "$record"
		[ "$status" -eq 2 ] || fail "$command: not exit 2"
		[ -z "$output" ] || fail "something on stdout"
		one_line
		has "$stderr" "$record: "
		has "$stderr" "$words"
		empty out
		empty tmp
	done
}

# unreadable RECORD WORDS: to everything that reads records.
unreadable() {
	refuses "$1" "$2" validate show "show --json" report "export -o out"
}

# changed GOLDEN WORDS STATEMENT...: the copy can be read, but does not validate.
changed() {
	local name=$1 words=$2
	shift 2
	of "$golden/$name.json" --to changed.json "$@"
	refuses changed.json "$words" validate
}

# misshapen WORDS STATEMENT...: the copy cannot even be read.
misshapen() {
	local words=$1
	shift
	of "$golden/skipped.json" --to misshapen.json "$@"
	refuses misshapen.json "$words" validate show
}

# aside WORDS STATEMENT...: a copy of a.json beside its side file cannot be read.
aside() {
	local words=$1
	shift
	cp -r "$BATS_FILE_TMPDIR/side/." .
	of a.json --to c.json "$@"
	refuses c.json "$words" validate show
}

@test "golden records are valid for validate and for python3-jsonschema" {
	valid "$golden"/*.json
	for record in "$golden"/*.json; do
		run -0 "$(dirname "$FAKE")/schema-check" "$schema" "$record"
		[ "$output" = ok ]
		[ "$(stat -c %s "$record")" -lt 150000 ]
	done
	python -c 'import jsonschema' 2>/dev/null || skip "no python3-jsonschema"
	python -c 'import json, sys, jsonschema
validator = jsonschema.Draft202012Validator(json.load(open(sys.argv[1])))
for name in sys.argv[2:]:
	validator.validate(json.load(open(name)))' "$schema" "$golden"/*.json
}

@test "golden records hold no host name and no path of their machine" {
	not grep -nE '"/|[ =:]/(home|root|tmp|work|usr|var)\b' "$golden"/*.json
	[ "${#HOSTNAME}" -lt 4 ] || not grep -nwF "$HOSTNAME" "$golden"/*.json
}

# lines_fit MOST FILE...: no line is wider than MOST columns.
lines_fit() {
	python -c 'import sys
for name in sys.argv[2:]:
	for line in open(name, encoding="utf-8"):
		assert len(line.rstrip("\n")) <= int(sys.argv[1]), (name, line)' "$@"
}

@test "show prints the table of a record" {
	run --separate-stderr -0 "$TOLLBOOTH" show --wide "$golden/skipped.json"
	[ -z "$stderr" ]
	want=$(of "$golden/skipped.json" '" %s %dK %.0f [%.0f, %.0f] " % (b["params"]["way"], b["params"]["size"] // 1024,
		m["summary"]["estimate"], m["summary"]["ci"]["lo"], m["summary"]["ci"]["hi"])')
	has "$(tr -s ' ' <<<"$output")" "$want"
	has "$output" "skipped: fake/one way=unavailable"
	has "$output" "failed: fake/one way=crash"
	not has "$output" partial: >/dev/null
	run --separate-stderr -0 "$TOLLBOOTH" show --wide "$golden/partial.json" "$golden/flush.json"
	has "$output" "partial: the run ended early (killed)"
	has "$output" "refill core-cycles [95 %]"
	has "$(tr -s ' ' <<<"$output")" "kvm-lfence 64K"
}

@test "show: 100 columns, with the same estimates as --wide" {
	run --separate-stderr -0 "$TOLLBOOTH" show "$golden/skipped.json"
	[ -z "$stderr" ]
	want=$(of "$golden/skipped.json" '" %s %.0f ± %.1f %% " % (b["params"]["way"], m["summary"]["estimate"], 100 * max(m["summary"]["estimate"] - m["summary"]["ci"]["lo"],
		m["summary"]["ci"]["hi"] - m["summary"]["estimate"]) / m["summary"]["estimate"])')
	has "$(tr -s ' ' <<<"$output")" "$want"
	has "$output" "skipped: this machine has no fake: 1 variant of fake/one; buy one"
	not has "$output" "[95 %]" >/dev/null
	for record in "$golden"/*.json "$BATS_TEST_DIRNAME"/../../results/published/*/*.json; do
		"$TOLLBOOTH" show "$record" >shown.txt
		lines_fit 100 shown.txt
		# Of a reason there is one line, however many rows have it.
		[ "$(grep -c "^skipped: the kernel module is not loaded" shown.txt)" -le 1 ]
	done
	run grep -c "^skipped: the kernel module is not loaded: 24 variants of l1d/flush-kernel and apf/wake-kernel" \
		<("$TOLLBOOTH" show "$BATS_TEST_DIRNAME"/../../results/published/AuthenticAMD-26-2-1-vm/zen5.json)
	[ "$output" = 1 ]
}

# shown_on_terminal ENVIRONMENT... COLUMNS RECORD: the output of show on a terminal of that width.
shown_on_terminal() {
	python -c 'import fcntl, os, pty, struct, sys, termios
environment, columns, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
pid, terminal = pty.fork()
if not pid:
	fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
	os.dup2(os.open("/dev/null", os.O_WRONLY), 2) # progress
	os.execvp("env", ["env", *environment.split(), *command])
text = b""
try:
	while data := os.read(terminal, 65536):
		text += data
except OSError:
	pass
sys.stdout.buffer.write(text.replace(b"\r\n", b"\n"))' "$@"
}

@test "show on a terminal: width, colours and NO_COLOR" {
	record=$golden/skipped.json
	shown_on_terminal "TERM=xterm NO_COLOR=" 80 "$TOLLBOOTH" show "$record" >coloured.txt
	grep -q $'\e\[1mfake/one\e\[0m' coloured.txt
	grep -q $'\e\[31mfailed\e\[0m' coloured.txt
	sed 's/\x1b\[[0-9]*m//g' coloured.txt >plain.txt
	lines_fit 80 plain.txt
	shown_on_terminal "TERM=xterm NO_COLOR=1" 80 "$TOLLBOOTH" show "$record" >refused.txt
	cmp plain.txt refused.txt
	shown_on_terminal "TERM=dumb NO_COLOR=" 80 "$TOLLBOOTH" show "$record" >dumb.txt
	cmp plain.txt dumb.txt
	shown_on_terminal "TERM=xterm NO_COLOR=1" 200 "$TOLLBOOTH" show "$record" >wide.txt
	"$TOLLBOOTH" show "$record" >file.txt
	cmp wide.txt file.txt
}

@test "show --json prints the record unchanged" {
	for record in "$golden"/*.json; do
		run --separate-stderr -0 "$TOLLBOOTH" show --json "$record"
		printf '%s\n' "$output" >again.json
		valid again.json
		python -c 'import json, sys
a, b = (json.load(open(name)) for name in sys.argv[1:])
assert a == b' "$record" again.json
	done
}

# pictures PAGE: how many.
pictures() {
	grep -o 'data:image/svg+xml;base64,[A-Za-z0-9+/=]*' "$1" | wc -l
}

@test "report writes one self-contained HTML file" {
	for name in flush partial skipped; do
		cp "$golden/$name.json" .
		run --separate-stderr -0 "$TOLLBOOTH" report "$name.json"
		[ "$output" = "$name.html" ]
		[ -z "$stderr" ]
		[ "$(grep -c '<!doctype html>' "$name.html")" -eq 1 ]
		tail -n 1 "$name.html" | grep -q '</html>$'
		has "$(<"$name.html")" "<td class=\"text\">latency ["
		not grep -qE '(src|href)="(http|//|/|file)' "$name.html"
		run python "$BATS_TEST_DIRNAME/hostile.py" judge "$name.html"
		[ "$status" -eq 0 ] || fail "$name"
	done
	grep -q "Partial: the run ended early (killed)" partial.html
	grep -q "skipped: fake/one way=unavailable" skipped.html
	[ "$(pictures flush.html)" -eq 2 ]
	empty tmp
	run --separate-stderr -0 "$TOLLBOOTH" report flush.json -o out/elsewhere.html
	cmp flush.html out/elsewhere.html
}

# other COPY EXPRESSION: flush.json as of another machine.
other() {
	of "$golden/flush.json" --to "$1" "r['host']['cpu']['model'] = 17; r['host']['cpu']['derived']['uarch'] = 'Zen 4'; $2"
}

@test "report of several records" {
	cp "$golden/flush.json" .
	other b.json ''
	run --separate-stderr -0 "$TOLLBOOTH" report flush.json b.json
	[ "$output" = flush-and-1-more.html ]
	[ -z "$stderr" ]
	run python "$BATS_TEST_DIRNAME/hostile.py" judge flush-and-1-more.html
	[ "$status" -eq 0 ]
	grep -q '<h2>Differences between the machines</h2>' flush-and-1-more.html
	grep -q '<b>B</b> Zen 4' flush-and-1-more.html
	[ "$(pictures flush-and-1-more.html)" -ge 2 ]
	not grep -q "different classes" flush-and-1-more.html
	refused "-o never replaces" "$TOLLBOOTH" report flush.json b.json -o b.json
	refused "b.json" "$TOLLBOOTH" report flush.json b.json no-such-b.json
	# shellcheck disable=SC2046 # words
	refused "26 records at most" "$TOLLBOOTH" report $(printf 'flush.json %.0s' {1..27})
}

@test "records of different classes never share a plot" {
	local page
	cp "$golden/flush.json" .
	for class in metal nested emulated null; do
		value="'$class'"
		[ $class != null ] || value=None
		other "$class.json" "r['class'] = $value"
		rm -f page.html
		run --separate-stderr -0 "$TOLLBOOTH" report flush.json "$class.json" flush.json -o page.html
		page=$(<page.html)
		has "$page" "different classes"
		# Each class its two plots; a forest only among those of one class.
		[ "$(pictures page.html)" -ge 4 ]
		[ "$class" != emulated ] || has "$page" "figures of an emulator are not results"
		refused "never share a plot" "$TOLLBOOTH" export flush.json "$class.json" -o out/data
	done
}

@test "the plot scripts draw an exported folder" {
	command -v gnuplot >/dev/null || skip "no gnuplot"
	run --separate-stderr -0 "$TOLLBOOTH" export "$golden/skipped.json" -o out/skipped
	has "$stderr" "nothing to plot"
	empty out/skipped
	other b.json ''
	run --separate-stderr -0 "$TOLLBOOTH" export "$golden/flush.json" b.json -o out/flush
	[ -z "$stderr" ]
	mapfile -t commands < <(grep '^cd ' <<<"$output")
	[ "${#commands[@]}" -ge 2 ]
	[ "$(find out/flush -type f | wc -l)" -eq $((1 + 3 * ${#commands[@]})) ]
	for command in "${commands[@]}"; do
		bash -c "$command"
	done
	for svg in out/flush/*.svg; do
		grep -q '</svg>' "$svg"
		grep -q 'class vm' "$svg"
	done
	grep -q "^array SERIES.*'unroll8'" out/flush/lines-left.names
	want=$(of "$golden/flush.json" '"%d 0 1 %.9g" % (b["params"]["size"], next(x for x in b["metrics"]
		if x["name"] == "lines-left")["summary"]["estimate"])')
	grep -qE "^1 1 [0-9]+ [0-9]+ ${want/ 0 / [01] } " out/flush/lines-left.dat
}

@test "a record and its side file are read from any folder" {
	cp "$BATS_FILE_TMPDIR"/side/a.* out/
	valid out/a.json "$BATS_FILE_TMPDIR/side/b.json"
	cd out
	valid a.json ./a.json ../out/a.json
	run --separate-stderr -0 "$TOLLBOOTH" show a.json
	has "$output" "latency ns 1005"
}

@test "one bad record among good ones" {
	echo x >bad.json
	run --separate-stderr -2 "$TOLLBOOTH" validate "$golden/flush.json" bad.json "$golden/partial.json"
	[ "${#lines[@]}" -eq 2 ]
	one_line
}

@test "changed, removed, added and moved samples are rejected" {
	changed skipped "fake/one way=steady size=64K: the summary of latency does not follow from the samples" \
		'm["samples"][0]["gated"][0] = 5000.0'
	changed skipped "does not follow from the samples" 'm["samples"][0]["gated"][3] *= 1.02'
	changed skipped "does not follow from the samples" 'del m["samples"][0]["gated"][-1]'
	changed skipped "does not follow from the samples" 'm["samples"][5]["gated"].append(1004.0)'
	changed skipped "does not follow from the samples" 'm["samples"][5]["ungated"][2] = -1.0'
	changed skipped "does not follow from the samples" 's = m["samples"][2]' \
		's["gated"], s["ungated"] = s["ungated"], s["gated"]'
	changed skipped "does not follow from the samples" 'del m["samples"][2]["gated"]'
	changed skipped "does not follow from the samples" 'del m["samples"][0]; del b["launches"][0]'
	changed flush "the summary of refill does not follow" \
		'next(x for x in b["metrics"] if x["name"] == "refill")["samples"][0]["gated"][0] += 1e6'
	changed flush "the summary of left-any" \
		'next(x for x in b["metrics"] if x["name"] == "left-any-reference")["samples"][0]["gated"][0] = 1.0'
}

@test "a changed summary is rejected" {
	changed skipped "fake/one way=steady size=64K: the summary of latency" 'm["summary"]["estimate"] *= 0.99'
	changed skipped "the summary of latency" 'm["summary"]["estimate"] += 1e-5'
	changed skipped "the summary of latency" 'm["summary"]["ci"]["lo"] += 1'
	changed skipped "the summary of latency" 'm["summary"]["ci"]["coverage"] = 0.95'
	changed skipped "the summary of latency" 'm["summary"]["ci"] = None'
	changed skipped "the summary of latency" 'm["summary"]["n_launches"] += 1'
	changed skipped "the summary of latency" 'm["summary"]["n_samples"] -= 1'
	changed skipped "the summary of latency" 'm["summary"]["column"] = "ungated"'
	changed skipped "the summary of latency" 'm["summary"]["centres"][0] += 1'
	changed skipped "the summary of latency" 'm["summary"]["quantiles"]["p75"] += 1'
	changed skipped "the summary of latency" 'm["summary"]["quantiles"]["p99"] = 1010.0'
	changed skipped "the summary of latency" 'm["summary"]["quantiles"]["p12"] = 1'
	changed skipped "the summary of latency" 'm["summary"]["ungated"]["estimate"] += 1'
	changed skipped "the summary of latency" 'm["summary"] = None'
	changed skipped "way=modes size=64K: the summary of latency" \
		'r["benchmarks"][1]["metrics"][0]["summary"]["modes"] = None'
	changed skipped "way=modes size=64K: the summary of latency" \
		'r["benchmarks"][1]["metrics"][0]["summary"]["warnings"] = []'
	changed flush "the summary of left-any" \
		'next(x for x in b["metrics"] if x["name"] == "left-any")["summary"]["excess"]["empty"] = True'
	changed flush "the summary of left-any" \
		'next(x for x in b["metrics"] if x["name"] == "left-any")["summary"]["excess"]["upper"] = 0.0'
}

@test "a changed status, check or quiet share is rejected" {
	changed skipped "way=steady size=64K: status does not follow from the launches" 'b["status"] = "failed"'
	changed skipped "way=steady size=64K: status does not follow" 'b["status"] = "noisy"'
	changed skipped "way=crash size=64K: status does not follow" \
		'next(x for x in r["benchmarks"] if x["params"]["way"] == "crash")["status"] = "ok"'
	changed skipped "way=steady size=64K: reason_code does not follow" 'b["reason_code"] = "made-up"'
	changed skipped "way=steady size=64K: quiet_share does not follow" 'b["quiet_share"] = 0.5'
	changed skipped "way=steady size=64K: checks does not follow" 'b["checks"][0]["pass"] = False'
	changed skipped "way=steady size=64K: checks does not follow" 'b["checks"][0]["got"] = "all"'
	changed skipped "way=steady size=64K: checks does not follow" 'b["checks"] = []'
	changed skipped "way=check size=64K: checks does not follow" \
		'next(x for x in r["benchmarks"] if x["params"]["way"] == "check")["checks"][0]["pass"] = True'
	changed skipped "does not follow" 'l["exit"] = "error"'
	changed skipped "does not follow" 'l["gate"]["quiet"] = 0; l["gate"]["disturbed"] = 1000'
	changed skipped "does not follow" 'l["checks"][0]["pass"] = False'
	changed partial "way=error size=4K: " \
		'next(x for x in r["benchmarks"] if x["params"]["way"] == "error")["status"] = "unstable"'
}

@test "a skipped row that has launches is rejected" {
	changed skipped "benchmarks[0]: skipped, yet it has launches or metrics" 'b["status"] = "skipped"'
	changed skipped "benchmarks[0]: skipped, yet it has launches or metrics" 'b["status"] = "skipped"' \
		'b["launches"] = []' 'b["metrics"] = [dict(m, samples=None, summary=None)]'
}

@test "another record version, and JSON that is no record, are rejected" {
	misshapen "not a record of this version: its schema is tollbooth.run/1, not tollbooth.run/2" \
		'r["schema"] = "tollbooth.run/1"'
	misshapen "not tollbooth.run/2; status=unquiet is called noisy" 'r["schema"] = "tollbooth.run/1"' 'r["benchmarks"][0]["status"] = "unquiet"'
	misshapen "its schema is missing, not tollbooth.run/2" 'del r["schema"]'
	misshapen "its schema is missing" 'r["schema"] = 1'
	misshapen "its schema is missing" 'r = {}'
	misshapen "its schema is missing" 'r = []'
	misshapen "its schema is missing" 'r = [r]'
}

@test "missing, extra and wrongly typed members are named" {
	misshapen "run_id" 'del r["run_id"]'
	misshapen "extra" 'r["extra"] = 1'
	misshapen "complete" 'r["complete"] = "yes"'
	misshapen "exit_reason" 'r["exit_reason"] = "bored"'
	misshapen "started_at" 'r["started_at"] = "yesterday"'
	misshapen "class" 'r["class"] = "toaster"'
	misshapen "suite.seed" 'r["suite"]["seed"] = 1.5'
	misshapen "suite.command" 'r["suite"]["command"] = "tollbooth"'
	misshapen "host.cpu" 'r["host"]["cpu"] = None'
	misshapen "environment" 'r["environment"] = []'
	misshapen "benchmarks" 'r["benchmarks"] = {}'
	misshapen "benchmarks[0]" 'r["benchmarks"][0] = None'
	misshapen "benchmarks[0].name" 'b["name"] = "../../etc/passwd "'
	misshapen "benchmarks[0].params" 'b["params"]["size"] = [1]'
	misshapen "benchmarks[0].status" 'b["status"] = "fine"'
	misshapen "benchmarks[0].launches[0].exit" 'l["exit"] = "maybe"'
	misshapen "benchmarks[0].launches[0].cpu" 'l["cpu"] = None'
	misshapen "benchmarks[0].metrics[0].unit" 'm["unit"] = "furlongs"'
	misshapen "benchmarks[0].metrics[0].summary" 'm["summary"]["estimate"] = "1005"'
	misshapen "benchmarks[0].metrics[0].summary" 'm["summary"]["outliers"]["removed"] = 1'
	misshapen "benchmarks[0].metrics[0].samples" 'm["samples"][0]["gated"][1] = "1005"'
	misshapen "benchmarks[0].metrics[0].samples" 'm["samples"][0]["gated"][1] = None'
	misshapen "benchmarks[0].metrics[0].samples" 'm["samples"][0]["gated"][1] = [[]]'
	misshapen "benchmarks[0].metrics[0].samples" 'm["samples"][0]["other"] = []'
}

@test "each metric has one entry of samples for each launch" {
	misshapen "benchmarks[0].metrics[0]: the number of sample entries is not that of the launches" 'del m["samples"][0]'
	misshapen "the number of sample entries is not that of the launches" 'del b["launches"][0]'
	misshapen "the number of sample entries is not that of the launches" 'm["samples"].append({})'
	misshapen "the number of sample entries is not that of the launches" 'm["samples"] = []'
}

@test "negative counts are rejected" {
	misshapen "benchmarks[0].launches[0].seq" 'l["seq"] = -1'
	misshapen "benchmarks[0].launches[0].index" 'l["index"] = -1'
	misshapen "benchmarks[0].launches[0].gate" 'l["gate"]["looks"] = -1'
	misshapen "benchmarks[0].metrics[0].trials" 'm["trials"] = -1'
	misshapen "benchmarks[0].metrics[0].summary" 'm["summary"]["n_samples"] = -1'
	misshapen "benchmarks[0].version" 'b["version"] = 0'
	misshapen "benchmarks[0].metrics[0].samples[0]" 'm["samples"][0]["gated"] = {"first": -8, "count": 8}'
	misshapen "benchmarks[0].metrics[0].samples[0]" 'm["samples"][0]["gated"] = {"first": 0, "count": -8}'
	aside "samples_file" 'r["samples_file"]["numbers"] = -1'
	aside "samples_file" 'r["samples_file"]["frames"][0]["bytes"] = -1'
}

@test "non-JSON and out-of-range numbers are rejected" {
	misshapen "not JSON" 'm["samples"][0]["gated"][0] = float("nan")'
	misshapen "not JSON" 'm["samples"][0]["gated"][0] = float("inf")'
	misshapen "not JSON" 'm["samples"][0]["gated"][0] = -float("inf")'
	misshapen "not JSON" 'l["seq"] = 2 ** 64'
	misshapen "benchmarks[0].launches[0].seq" 'l["seq"] = 2 ** 62'
	sed 's/"seq":0,/"seq":1e999,/' "$golden/skipped.json" >huge.json
	not cmp -s "$golden/skipped.json" huge.json
	unreadable huge.json "not JSON"
}

@test "a record truncated at any place is rejected" {
	local size cut
	size=$(stat -c %s "$golden/skipped.json")
	for ((cut = 1; cut < size - 1; cut += size / 12)); do
		head -c "$cut" "$golden/skipped.json" >torn.json
		refuses torn.json "not JSON" validate show
	done
	head -c $((size - 2)) "$golden/skipped.json" >torn.json
	unreadable torn.json "not JSON"
}

@test "files that are not JSON are rejected" {
	: >empty.json
	unreadable empty.json "not JSON"
	echo "tollbooth" >text.json
	unreadable text.json "not JSON"
	cat "$golden/skipped.json" "$golden/skipped.json" >twice.json
	unreadable twice.json "not JSON"
	{ cat "$golden/skipped.json" && echo "}"; } >more.json
	unreadable more.json "not JSON"
	head -c 100000 "$FAKE" >binary.json
	unreadable binary.json "not JSON"
	sed 's/"custom"/"custom\xff"/' "$golden/skipped.json" >latin.json
	unreadable latin.json "not JSON"
	python -c 'import sys; open(sys.argv[2], "w", encoding="utf-16").write(open(sys.argv[1]).read())' \
		"$golden/skipped.json" wide.json
	unreadable wide.json "not JSON"
	sed 's/^{/{\x00/' "$golden/skipped.json" >nul.json
	unreadable nul.json "not JSON"
	printf '"tollbooth.run/2"' >string.json
	unreadable string.json "string.json: "
}

@test "a duplicate member is rejected" {
	sed 's/^{"schema"/{"complete":true,"schema"/' "$golden/partial.json" >twice.json
	not cmp -s "$golden/partial.json" twice.json
	unreadable twice.json "not JSON: duplicate object key"
}

@test "too deep nesting is rejected" {
	python -c 'print("[" * 200000 + "]" * 200000)' >arrays.json
	unreadable arrays.json "not JSON"
	python -c "print('{\"a\":' * 200000 + '1' + '}' * 200000)" >objects.json
	unreadable objects.json "not JSON"
	python -c 'import sys
deep = "[" * 1500 + "]" * 1500
print(open(sys.argv[1]).read().replace("\"x\":{}", "\"x\":{\"deep\":%s}" % deep))' "$golden/skipped.json" >deep.json
	not cmp -s "$golden/skipped.json" deep.json
	valid deep.json
}

@test "huge files and members end without a crash" {
	{ cat "$golden/skipped.json" && head -c 100000000 /dev/zero | tr '\0' ' '; } >spaces.json
	run --separate-stderr "$TOLLBOOTH" validate spaces.json
	[ "$status" -eq 0 ] || [ "$status" -eq 2 ]
	{ head -c 100000000 /dev/zero | tr '\0' ' ' && echo x; } >spaces.json
	refuses spaces.json "not JSON" validate
	truncate -s 300M sparse.json
	unreadable sparse.json "larger than any record"
	of "$golden/skipped.json" --to long.json 'r["tool"]["compiler"] = "x" * 10_000_000'
	unreadable long.json "tool.compiler"
	of "$golden/skipped.json" --to rows.json 'r["benchmarks"] = r["benchmarks"][-1:] * 5000'
	unreadable rows.json "benchmarks"
}

@test "a missing side file, and one that is not a side file, are rejected" {
	cp "$BATS_FILE_TMPDIR"/side/a.json .
	unreadable a.json "its samples file a.samples.zst is missing; put that file beside the record"
	mkdir a.samples.zst
	unreadable a.json "a.json: "
	rmdir a.samples.zst
	ln -s "$BATS_FILE_TMPDIR/side/a.samples.zst" .
	unreadable a.json "a.samples.zst is a symbolic link, which is not followed; put the file itself there"
	rm a.samples.zst
	mkfifo a.samples.zst
	unreadable a.json "not a regular file"
	rm a.samples.zst
	cp "$BATS_FILE_TMPDIR/side/b.samples.zst" a.samples.zst
	unreadable a.json "samples: "
	: >a.samples.zst
	run cat a.samples.zst
	unreadable a.json "the file has 0 bytes"
}

@test "a truncated or extended side file is rejected" {
	cp "$BATS_FILE_TMPDIR"/side/a.* .
	truncate -s -1 a.samples.zst
	unreadable a.json "samples: the file has"
	truncate -s 100 a.samples.zst
	unreadable a.json "samples: the file has 100 bytes"
	cp "$BATS_FILE_TMPDIR/side/a.samples.zst" .
	echo >>a.samples.zst
	unreadable a.json "samples: the file has"
}

@test "a side file with one changed byte is rejected" {
	local at
	cp "$BATS_FILE_TMPDIR"/side/a.* .
	for at in 0 3 5 20 100 1000 9999 -1 -4 -6; do
		python -c 'import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[int(sys.argv[2])] ^= 0x20
open("a.samples.zst", "wb").write(data)' "$BATS_FILE_TMPDIR/side/a.samples.zst" $at
		refuses a.json "samples: frame 0: " validate show
	done
}

@test "a side file name with a path is rejected" {
	local name
	for name in ../side/a.samples.zst /etc/passwd sub/a.samples.zst ./a.samples.zst .. . "" .hidden "a b" 'a$(b)'; do
		aside "samples_file" "r['samples_file']['file'] = '$name'"
	done
	aside "samples_file" 'r["samples_file"]["file"] = "a\u0000.samples.zst"' || aside "not JSON" \
		'r["samples_file"]["file"] = "a\u0000.samples.zst"'
}

@test "frames that do not match the side file are rejected" {
	aside "samples: frame 0: sha256 differs" \
		'f = r["samples_file"]["frames"][0]; f["sha256"] = f["sha256"][::-1]'
	aside "samples: frame 0: " 'r["samples_file"]["frames"][0]["numbers"] -= 1; r["samples_file"]["numbers"] -= 1'
	aside "samples: numbers: not the sum" 'r["samples_file"]["numbers"] += 1'
	aside "samples: numbers: not 0 to" 'r["samples_file"]["numbers"] = 2 ** 50'
	aside "samples: frame 0: bytes: " 'r["samples_file"]["frames"][0]["bytes"] = 2 ** 50'
	aside "samples: frame 0: offset: " 'r["samples_file"]["frames"][0]["offset"] = 1'
	aside "samples: frame 0: numbers: " 'r["samples_file"]["frames"][0]["numbers"] = 2 ** 40'
	aside "samples: " 'r["samples_file"]["frames"] *= 2'
	aside "samples: " 'r["samples_file"]["frames"] = []'
	aside "samples beyond the side file" 'r["samples_file"] = None'
}

@test "samples beyond the end of the side file are rejected" {
	aside "benchmarks[0].metrics[0]: samples beyond the side file" \
		'm["samples"][0]["gated"]["first"] = r["samples_file"]["numbers"]'
	aside "samples beyond the side file" 'm["samples"][3]["gated"]["count"] = r["samples_file"]["numbers"] + 1'
	aside "samples beyond the side file" 'm["samples"][89]["ungated"] = {"first": 2 ** 53 - 1, "count": 2 ** 53 - 1}'
	aside "samples beyond the side file" 'm["samples"][0]["disturbed"] = {"first": 2 ** 53 - 1, "count": 0}'
	aside "benchmarks[0].metrics[0].samples" 'm["samples"][89]["ungated"] = {"first": 2 ** 62, "count": 2 ** 62}'
}

@test "samples of another launch are rejected" {
	cp "$BATS_FILE_TMPDIR"/side/a.* .
	of a.json --to c.json 'm["samples"][1]["gated"]["count"] -= 1'
	refuses c.json "does not follow from the samples" validate
	of a.json --to c.json 'm["samples"][1] = m["samples"][0]'
	refuses c.json "does not follow from the samples" validate
}

@test "show and compare print a long reason in full" {
	local words
	words=$(printf 'word%.0s ' {1..150})end
	of "$golden/skipped.json" --to a.json "next(b for b in r['benchmarks'] if b['status'] == 'skipped')['reason'] = '$words'"
	run --separate-stderr -0 "$TOLLBOOTH" show --wide a.json
	has "$output" "$words; "
	run --separate-stderr -0 "$TOLLBOOTH" show a.json
	has "$(tr -s ' \n' ' ' <<<"$output")" "skipped: $words: 1 variant of fake/one; "
	of "$golden/flush.json" --to b.json "r['benchmarks'][0].update(status='failed', reason_code='x', reason='$words')"
	run --separate-stderr -0 "$TOLLBOOTH" compare --wide "$golden/flush.json" b.json
	has "$output" "B is failed: $words"
}

@test "report detects a failed child although the parent ignored SIGCHLD" {
	mkdir bin
	run --separate-stderr -74 env --ignore-signal=CHLD PATH="$PWD/bin" "$TOLLBOOTH" report "$DATA/golden/flush.json" -o out/a.html
	has "$stderr" "gnuplot is not installed"
}

# gnuplot_that COMMAND: the gnuplot that is found first.
gnuplot_that() {
	mkdir -p bin
	printf '#!/bin/sh\n%s\n' "$1" >bin/gnuplot
	chmod +x bin/gnuplot
	PATH=$PWD/bin:$PATH
}

@test "report: a gnuplot without output is reported" {
	gnuplot_that 'exit 0'
	run --separate-stderr -0 "$TOLLBOOTH" report "$DATA/golden/flush.json" -o out/a.html
	grep -q "Not drawn: gnuplot wrote no picture of lines-left.gp" out/a.html
	empty tmp
}

@test "report: a hanging gnuplot is killed once, with its children" {
	gnuplot_that "sleep 617; exit 0"
	local begin=$SECONDS
	run --separate-stderr -0 timeout 100 "$TOLLBOOTH" report "$DATA/golden/flush.json" -o out/a.html
	[ $((SECONDS - begin)) -lt 35 ]
	grep -q "Not drawn: gnuplot did not end within 20 s on lines-left.gp, and was killed" out/a.html
	grep -q "Not drawn: gnuplot was not started on cost.gp: it hung before" out/a.html
	[ -z "$(pgrep -f '^sleep 617$')" ]
	empty tmp
}

@test "report: a signal ends report and gnuplot at once, and no file is left" {
	local signal pid status
	# shellcheck disable=SC2016 # for gnuplot
	gnuplot_that 'echo $$ >"$STARTED"; sleep 619; exit 0'
	for signal in TERM INT HUP; do
		rm -f started
		STARTED=$PWD/started env --default-signal=$signal "$TOLLBOOTH" report "$DATA/golden/flush.json" -o out/a.html 3>&- &
		pid=$!
		for _ in {1..200}; do
			[ ! -s started ] || break
			sleep 0.05
		done
		[ -s started ]
		kill -$signal $pid
		status=0
		wait $pid || status=$?
		[ "$status" -eq $((128 + $(kill -l $signal))) ] || fail "SIG$signal: $status"
		[ -z "$(pgrep -f '^sleep 619$')" ]
		empty tmp
		empty out
	done
}
