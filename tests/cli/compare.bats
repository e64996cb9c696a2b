# SPDX-License-Identifier: GPL-2.0-or-later
# Comparison of records with random values and known differences.
load helper

# made FILE SEED FACTOR [STATEMENT...]: twenty launches around FACTOR * 1000 ns with a spread of 2 %.
made() {
	local file=$1 seed=$2 factor=$3
	shift 3
	python "$BATS_TEST_DIRNAME/record.py" "$DATA/golden/skipped.json" --to "$file" \
		"import copy, math, random; rng = random.Random($seed)" \
		"draw = lambda n=20: [1000 * $factor * math.exp(0.02 * rng.gauss(0, 1)) for _ in range(n)]" \
		"r['benchmarks'] = [b]; m['summary']['centres'] = draw(); m['summary']['modes'] = None" \
		"r['run_id'] = r['run_id'][:-6] + '%06x' % $seed" "$@"
}

# json EXPRESSION WANTED: of the last command's output, as r.
json() {
	printf %s "$output" >doc.json
	is doc.json "$1" "$2"
	rm doc.json
}

compare() {
	run --separate-stderr "$TOLLBOOTH" compare "$@"
	inert "$output$stderr"
}

@test "a change in a record is reported, an unchanged row is not" {
	made a.json 1 1
	made slow.json 2 1.05
	made same.json 3 1.0
	made fast.json 4 0.95
	for pair in "slow slower" "same equivalent" "fast faster"; do
		compare a.json "${pair% *}.json" --json
		[ "$status" -eq 0 ]
		[ -z "$stderr" ] || fail "something on stderr"
		json 'len(r["rows"])' 1
		[ "${pair% *}" = same ] || json 'r["rows"][0]["verdict"]' "${pair#* }"
	done
	compare a.json a.json --json
	json '[r["rows"][0][k] for k in ("verdict", "p", "a12")]' "['equivalent', 1.0, 0.5]"
}

@test "--json: the members of a row" {
	made a.json 1 1
	made b.json 2 1.05
	compare a.json b.json --format json
	json 'sorted(r["rows"][0])' "['a', 'a12', 'b', 'detectable', 'difference', 'direction', 'estimate_a', 'estimate_b', 'figures_in', 'metric', 'name', 'p', 'params', 'q', 'ratio', 'reason', 'unit', 'verdict', 'version']"
	json '[r["rows"][0][k] for k in ("name", "version", "params", "metric", "unit")]' \
		"['fake/one', 1, {'way': 'steady', 'size': 65536}, 'latency', 'ns']"
	json 'r["rows"][0]["ratio"]["lo"] < r["rows"][0]["ratio"]["estimate"] < r["rows"][0]["ratio"]["hi"]' True
	json '1.04 < r["rows"][0]["ratio"]["estimate"] < 1.06' True
	json 'r["schema"], r["scope"], r["counts"]["slower"], r["context"]' \
		"('tollbooth.compare/1', 'these two runs of one machine, as far as the records tell', 1, [])"
}

@test "exchanged sides give the inverse ratio" {
	made a.json 1 1
	made b.json 2 1.05
	compare a.json b.json --json
	there=$output
	compare b.json a.json --json
	printf '[%s,%s]' "$there" "$output" >both.json
	run python -c '
import json
a, b = (d["rows"][0]["ratio"] for d in json.load(open("both.json")))
print(all(abs(x * y - 1) < 1e-12 for x, y in ((a["estimate"], b["estimate"]), (a["lo"], b["hi"]), (a["hi"], b["lo"]))))'
	[ "$output" = True ]
}

@test "the table shows ratio, row, confidence and machine class" {
	made a.json 1 1
	made b.json 2 1.05 'r["host"]["cpu"]["microcode"] = "0x99"; r["host"]["cpu"]["stepping"] = 9'
	compare a.json b.json
	[ "$status" -eq 0 ]
	has "$output" "A: a.json: "
	has "$output" "B: b.json: "
	has "$output" "cpu.microcode  A: 0x1; B: 0x99"
	has "$output" "these two machines"
	not has "$output" "generation"
	has "$output" "fake/one latency, ns: lower is better"
	has "$output" "; way=steady size=64K"
	[ "$(wc -L <<<"$output")" -le 100 ]
	grep -Eq '^ +[0-9.]+ +[0-9.]+ +1\.0[0-9]+ \[1\.0[0-9]+, 1\.0[0-9]+\] +slower$' <<<"$output" || fail "no row"
	compare --wide a.json b.json
	grep -Eq 'steady +64K .*\[.*\] .*\[.*\] +1\.0[0-9]+ \[1\.0[0-9]+, 1\.0[0-9]+\] .* slower$' <<<"$output" || fail "no row"
	has "$output" "1 rows compared: 1 slower, 0 faster"
	# The context comes first.
	[[ ${output%%fake/one latency*} == *microcode* ]]
}

@test "--only-changed, --sort, --min-effect, --alpha" {
	rows='r["benchmarks"] = [copy.deepcopy(b) for _ in range(4)]
for i, x in enumerate(r["benchmarks"]):
	x["params"]["number"] = 9 - i
	x["metrics"][0]["summary"]["centres"] = [v * f for v, f in zip(draw(), [FACTORS[i]] * 20)]'
	made a.json 1 1 'FACTORS = [1, 1, 1, 1]' "$rows"
	made b.json 2 1 'FACTORS = [1, 1.1, 1, 1.3]' "$rows"
	compare a.json b.json --json
	json '[x["params"]["number"] for x in r["rows"]]' '[9, 8, 7, 6]'
	compare a.json b.json --json --only-changed
	json '[x["params"]["number"] for x in r["rows"]]' '[8, 6]'
	compare a.json b.json --json --only-changed --sort ratio
	json '[x["params"]["number"] for x in r["rows"]]' '[6, 8]'
	compare a.json b.json --json --sort name
	json '[x["params"]["number"] for x in r["rows"]]' '[6, 7, 8, 9]'
	compare a.json b.json --json --only-changed --min-effect 20%
	json '[x["params"]["number"] for x in r["rows"]]' '[6]'
	compare a.json b.json --json --alpha 0.001
	json 'r["alpha"], r["rows"][0]["ratio"]["coverage"] >= 0.999' '(0.001, True)'
	refused "must be a percentage" "$TOLLBOOTH" compare a.json b.json --min-effect x
	refused "--alpha 2: must be a number" "$TOLLBOOTH" compare a.json b.json --alpha 2
	refused "must be one of record|name|ratio" "$TOLLBOOTH" compare a.json b.json --sort size
	refused "must be one of table|md|json|csv" "$TOLLBOOTH" compare a.json b.json --format xml
}

@test "--fail-on slower" {
	made a.json 1 1
	made b.json 2 1.05
	run --separate-stderr -3 "$TOLLBOOTH" compare a.json b.json --fail-on slower
	one_line
	has "$stderr" "1 rows are slower, most of all fake/one way=steady size=64K latency of B"
	run --separate-stderr -3 "$TOLLBOOTH" compare a.json b.json --fail-on slower:4
	run --separate-stderr -0 "$TOLLBOOTH" compare a.json b.json --fail-on slower:10
	run --separate-stderr -0 "$TOLLBOOTH" compare b.json a.json --fail-on slower
	run --separate-stderr -0 "$TOLLBOOTH" compare a.json b.json --fail-on slower --min-effect 20
	refused "must be slower, or slower:PCT" "$TOLLBOOTH" compare a.json b.json --fail-on faster
	refused "must be slower, or slower:PCT" "$TOLLBOOTH" compare a.json b.json --fail-on slower:
}

@test "records of another class are rejected without --across-classes" {
	made a.json 1 1
	made b.json 2 1 'r["class"] = "metal"'
	refused "b.json of class metal" "$TOLLBOOTH" compare a.json b.json
	compare a.json b.json --across-classes
	[ "$status" -eq 0 ]
	has "$output" "A: vm; B: metal"
}

@test "rows that cannot be compared are listed with the reason" {
	made a.json 1 1 'r["benchmarks"].append(copy.deepcopy(b)); b["params"]["size"] = 4096'
	made b.json 2 1 'r["benchmarks"].append(copy.deepcopy(b)); b["params"]["size"] = 4096; b["version"] = 2'
	compare a.json b.json
	[ "$status" -eq 0 ]
	has "$output" "fake/one way=steady size=4K latency of B: not compared: versions 1 and 2"
	has "$output" "1 rows compared"
	made c.json 3 1 'b["version"] = 2'
	run --separate-stderr -2 "$TOLLBOOTH" compare a.json c.json
	has "$stderr" "no row could be compared: versions 1 and 2"
	made d.json 3 1 'b["name"] = "fake/two"'
	refused "no row of a.json is in another record" "$TOLLBOOTH" compare a.json d.json
}

@test "three records give a matrix against the reference" {
	made a.json 1 1
	made b.json 2 1.05
	made c.json 3 0.9
	compare a.json b.json c.json
	[ "$status" -eq 0 ]
	grep -Eq '^ +A +B +C$' <<<"$output" || fail "no head"
	grep -Eq '^ +[0-9.]+ +1\.0[0-9]+ slower +0\.[89][0-9]+ faster$' <<<"$output" || fail "no row"
	compare a.json b.json c.json --reference c.json --json
	json '[(x["a"], x["b"], x["verdict"]) for x in r["rows"]]' "[('C', 'A', 'slower'), ('C', 'B', 'slower')]"
	compare a.json b.json c.json --reference B --json
	json '[(x["a"], x["b"]) for x in r["rows"]]' "[('B', 'A'), ('B', 'C')]"
	refused "--reference x: not among the arguments" "$TOLLBOOTH" compare a.json b.json --reference x
}

@test "the records of a folder are one side; a single folder is compared within itself" {
	mkdir old new
	made old/1.json 1 1
	made old/2.json 2 1
	made new/1.json 3 1.05
	made new/2.json 4 1.05
	compare old new --json
	json '[(s["name"], s["records"], s["machines"]) for s in r["sides"]]' "[('old', 2, 1), ('new', 2, 1)]"
	json 'r["rows"][0]["verdict"], r["rows"][0]["estimate_a"]["n"]' "('slower', 40)"
	compare old --json
	json '[s["name"] for s in r["sides"]]' "['1.json', '2.json']"
	mkdir none
	refused "no record in this folder" "$TOLLBOOTH" compare old none
}

@test "with three machines a side the verdict is about generations" {
	for side in old new; do
		for machine in 1 2 3 4; do
			mkdir -p "$side/$machine"
			made "$side/$machine/x.json" "$machine$machine" "$([ $side = old ] && echo 1 || echo 1.3)"
		done
	done
	compare old new --json
	json 'r["scope"], r["rows"][0]["estimate_a"]["n"], r["rows"][0]["verdict"]' \
		"('these two generations, by 4 machines or more of each', 4, 'slower')"
	rm -r old/1 old/2
	refused "at least three of each generation" "$TOLLBOOTH" compare old new
}

@test "CSV: one line per row, and no cell is a formula" {
	made a.json 1 1 'b["params"]["way"] = "=cmd|1"; b["name"] = "@x"; m["name"] = "-1+1"'
	made b.json 2 1 'b["params"]["way"] = "=cmd|1"; b["name"] = "@x"; m["name"] = "-1+1"'
	compare a.json b.json --format csv
	[ "$status" -eq 0 ]
	printf '%s\n' "$output" >out.csv
	run python -c '
import csv
rows = list(csv.DictReader(open("out.csv")))
print(len(rows), rows[0]["name"], rows[0]["metric"], rows[0]["csv_version"], rows[0]["verdict"] != "")
for row in rows:
    for cell in row.values():
        try:
            float(cell)
        except ValueError:
            assert cell[:1] not in ("=", "+", "-", "@", "\t", "\r"), cell'
	[ "$output" = "1 '@x '-1+1 1 True" ] || fail "other cells"
}

@test "Markdown: tables, and no text of a record becomes markup" {
	made a.json 1 1 'b["params"]["way"] = "<b>|`x`[a](b)"'
	made b.json 2 1 'b["params"]["way"] = "<b>|`x`[a](b)"'
	compare a.json b.json --format md
	[ "$status" -eq 0 ]
	has "$output" '|---'
	has "$output" '\<b\>\|\`x\`[a]\(b)'
}

@test "hostile text in a record runs nothing and marks up nothing, in any format" {
	for text in '\x1b[31m' '\x9b2J' '\u202e' '"><script>' '=cmd' '`touch pwned`' '$(touch pwned)' '\n| a'; do
		rm -f evil.json
		python "$BATS_TEST_DIRNAME/hostile.py" make "$DATA/golden/skipped.json" evil.json "$text"
		for format in table md csv json; do
			compare evil.json "$DATA/golden/skipped.json" --format "$format"
			[ "$status" -eq 0 ] || [ "$status" -eq 2 ] || fail "$format"
			compare evil.json evil.json --format "$format"
			[ "$status" -eq 0 ] || fail "$format"
		done
	done
	[ ! -e pwned ]
}

@test "files that are not records are rejected" {
	made a.json 1 1
	echo '{' >broken.json
	echo '{}' >other.json
	echo '{"schema": "tollbooth.run/2"}' >hollow.json
	refused "broken.json: not JSON" "$TOLLBOOTH" compare a.json broken.json
	refused "other.json: not a record of this version" "$TOLLBOOTH" compare a.json other.json
	refused "hollow.json: not a complete record" "$TOLLBOOTH" compare a.json hollow.json
	refused "nosuch.json: No such file" "$TOLLBOOTH" compare a.json nosuch.json
	refused "compare needs records" "$TOLLBOOTH" compare
	refused "a.json is alone" "$TOLLBOOTH" compare a.json
	made text.json 1 1 'm["summary"]["centres"] = ["1"]'
	refused "text.json: benchmarks[0]: a launch's figure is not a number" "$TOLLBOOTH" compare a.json text.json
	head -c 2000 a.json >half.json
	refused "half.json: not JSON" "$TOLLBOOTH" compare a.json half.json
}

@test "aa-test compares a record with itself" {
	made a.json 1 1
	run --separate-stderr -0 "$TOLLBOOTH" aa-test a.json
	[ -z "$stderr" ]
	has "$output" "1 rows, the launches of each split 200 times"
	has "$output" "as expected"
	once=$output
	run --separate-stderr -0 "$TOLLBOOTH" aa-test a.json --seed 1
	[ "$output" = "$once" ]
	run --separate-stderr "$TOLLBOOTH" aa-test a.json --seed 2
	[ "$output" != "$once" ]
	# compare quotes it, for this machine only.
	made b.json 2 1
	run --separate-stderr -0 "$TOLLBOOTH" compare --wide a.json b.json
	has "$output" "a run of GenuineIntel-6-207-2-vm with itself 200 times ("
	has "$output" "1 rows) and called a row faster or slower in "
	"$TOLLBOOTH" compare a.json b.json --json >c.json
	is c.json '[(f["machine"], f["comparisons"]) for f in r["false_calls"]]' "[('GenuineIntel-6-207-2-vm', 200)]"
	of b.json --to other.json 'r["host"]["cpu"]["stepping"] = 3'
	run --separate-stderr -0 "$TOLLBOOTH" compare other.json other.json
	has "$output" "False positives: unknown for GenuineIntel-6-207-3-vm; tollbooth aa-test RECORD measures the rate."
	# A damaged file is none; a folder that cannot be made is reported, and the test counts.
	echo '{"GenuineIntel-6-207-2-vm": 7}' >home/.local/state/tollbooth/aa-test.json
	run --separate-stderr -0 "$TOLLBOOTH" compare a.json b.json
	has "$output" "False positives: unknown for GenuineIntel-6-207-2-vm"
	rm -r home/.local
	touch home/.local
	run --separate-stderr -0 "$TOLLBOOTH" aa-test a.json
	one_line
	has "$stderr" "compare will not quote this"
	made few.json 1 1 'm["summary"]["centres"] = draw(7)'
	refused "no row has the 8 launches" "$TOLLBOOTH" aa-test few.json
	refused "aa-test takes one record" "$TOLLBOOTH" aa-test a.json a.json
	refused ". is a folder; aa-test takes one record" "$TOLLBOOTH" aa-test .
}

@test "run --save-baseline, run --baseline" {
	cp "$FAKE" fake # outside the checkout, whose records it would lie beside
	run --separate-stderr -0 ./fake run -q -p way=steady --launches 6 -o out/ --save-baseline first
	has "$stderr" "baselines/first.json"
	[ -e home/.local/share/tollbooth/baselines/first.json ]
	valid home/.local/share/tollbooth/baselines/first.json
	run --separate-stderr -0 ./fake run -q -p way=steady --launches 6 -o out/ --baseline first
	has "$output" "A is the baseline"
	has "$output" "1 rows compared"
}

@test "run --save-baseline FILE --fail-on slower exits with 3 and keeps the record" {
	run --separate-stderr -0 "$FAKE" run -q -p way=steady --launches 6 -o out/ --save-baseline out/file.json
	[ -e out/file.json ]
	# Its figures are a tenth.
	of out/file.json --to fast.json 'm["summary"]["centres"] = [v / 10 for v in m["summary"]["centres"]]'
	rm -rf out/*
	run --separate-stderr "$FAKE" run -q -p way=steady --launches 6 -o out/ --baseline fast.json --fail-on slower
	[ "$(find out -name '*.json' | wc -l)" -eq 1 ]
	[ "$status" -eq 3 ] || fail "not 3"
}

@test "run --baseline, --save-baseline, --fail-on: invalid uses are rejected" {
	cp "$FAKE" fake
	run --separate-stderr -0 ./fake run -q -p way=steady -p size=4K --launches 1 --no-report -o out/ --save-baseline first
	rm -rf out/*
	refused "nosuch.json" ./fake run -o out --baseline nosuch
	refused "a baseline is never replaced" ./fake run -o out --save-baseline first
	refuses_run "--fail-on needs --baseline" --fail-on slower
	refuses_run "is not a valid name for a baseline" --save-baseline 'a b'
}

@test "a record without launches is rejected, with that reason" {
	of "$DATA/golden/skipped.json" --to a.json 'r["benchmarks"].clear()'
	refused "nothing to compare: a.json has no figure, because none of its launches counts" \
		"$TOLLBOOTH" compare a.json a.json
	refused "nothing to compare: a.json has no figure" "$TOLLBOOTH" compare "$DATA/golden/skipped.json" a.json
}

@test "compare says that it reads no samples; validate rejects figures that contradict them" {
	sed 's/"estimate": *[0-9.]*/"estimate": NaN/' "$DATA/golden/flush.json" >nan.json
	sed 's/"estimate": *[0-9.]*/"estimate": 1e400/' "$DATA/golden/flush.json" >huge.json
	of "$DATA/golden/flush.json" --to other.json \
		's = r["benchmarks"][0]["metrics"][0]["summary"]; s["centres"] = [2 * c for c in s["centres"]]'
	for record in nan huge other; do
		run --separate-stderr -2 "$TOLLBOOTH" validate $record.json
		run --separate-stderr -0 "$TOLLBOOTH" compare "$DATA/golden/flush.json" $record.json
		has "$output" "The samples were not checked; tollbooth validate checks them."
	done
	"$TOLLBOOTH" compare "$DATA/golden/flush.json" other.json --json >c.json
	is c.json 'r["validated"]' False
	# The parts that compare reads are rejected as by validate.
	sed 's/"centres": *\[ *[0-9.]*/"centres": [NaN/' "$DATA/golden/flush.json" >nan.json
	sed 's/"centres": *\[ *[0-9.]*/"centres": [1e400/' "$DATA/golden/flush.json" >huge.json
	for record in nan huge; do
		not cmp -s $record.json "$DATA/golden/flush.json"
		refused "$record.json: not JSON" "$TOLLBOOTH" compare "$DATA/golden/flush.json" $record.json
	done
}
