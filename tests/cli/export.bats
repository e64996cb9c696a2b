# SPDX-License-Identifier: GPL-2.0-or-later
# Records for other programs: read back by those programs' own readers.
load helper

golden=$DATA/golden

# exports FORMAT RECORD TO
exports() {
	run --separate-stderr -0 "$TOLLBOOTH" export "$2" --format "$1" -o "$3"
	[ -z "$output" ] || fail "something on stdout"
}

@test "csv: one line for each metric of each row, with the record's figures" {
	exports csv "$golden/flush.json" out/flush.csv
	python - out/flush.csv "$golden/flush.json" <<-'EOF'
		import csv, json, sys
		lines = list(csv.DictReader(open(sys.argv[1], newline="")))
		rows = json.load(open(sys.argv[2]))["benchmarks"]
		pairs = [(row, metric) for row in rows for metric in row["metrics"] or [None]]
		assert len(lines) == len(pairs) > 0
		for line, (row, metric) in zip(lines, pairs):
		    assert None not in line and None not in line.values()
		    assert line["benchmark"] == row["name"] and line["status"] == row["status"]
		    for name, value in row["params"].items():
		        assert line["param_" + name] == str(value)
		    summary = metric and metric["summary"]
		    if metric:
		        assert line["metric"] == metric["name"] and line["unit"] == metric["unit"]
		    assert line["estimate"] == "" if not summary else float(line["estimate"]) == summary["estimate"]
		    if summary and summary["ci"]:
		        assert float(line["ci_hi"]) == summary["ci"]["hi"]
	EOF
}

@test "json: one document, the same lines as csv" {
	exports json "$golden/skipped.json" out/a.json
	exports csv "$golden/skipped.json" out/a.csv
	python - out/a.json out/a.csv <<-'EOF'
		import csv, json, sys
		flat = json.load(open(sys.argv[1]))
		lines = list(csv.DictReader(open(sys.argv[2], newline="")))
		assert len(flat) == len(lines) and all(list(a) == list(b) for a, b in zip(flat, lines))
		skipped = [line for line in flat if line["status"] == "skipped"]
		assert [line["reason"] for line in skipped] == ["this machine has no fake"]
		assert skipped[0]["estimate"] is None and skipped[0]["metric"] is None
	EOF
}

@test "without -o, and with -o -, the text goes to stdout and no file is created" {
	for format in csv json gbench; do
		"$TOLLBOOTH" export "$golden/flush.json" --format "$format" >plain 2>/dev/null
		"$TOLLBOOTH" export "$golden/flush.json" --format "$format" -o - >dash 2>/dev/null
		exports "$format" "$golden/flush.json" out/file
		[ -s plain ]
		cmp plain dash
		cmp plain out/file
		rm out/file
	done
	[ ! -e ./- ]
}

@test "gbench: has the members that Google Benchmark's reader requires" {
	exports gbench "$golden/flush.json" out/a.json
	python - out/a.json <<-'EOF'
		import json, sys
		google = json.load(open(sys.argv[1]))
		assert {"date", "num_cpus", "mhz_per_cpu", "library_build_type"} <= set(google["context"])
		assert google["benchmarks"]
		for one in google["benchmarks"]:
		    assert one["time_unit"] == "ns" and one["real_time"] == one["cpu_time"]
		    assert one["run_type"] in ("iteration", "aggregate")
		    assert ("repetition_index" in one) == (one["run_type"] == "iteration")
		    assert ("aggregate_name" in one) == (one["run_type"] == "aggregate")
	EOF
}

@test "gbench: Google's compare.py finds no difference between a record and itself" {
	local compare=/usr/share/benchmark/compare.py reader
	[ -e $compare ] || skip "no $compare: Debian's libbenchmark-tools"
	# scipy is the system's python's, not a shim's.
	for reader in "$PYTHON" /usr/bin/python3; do
		! "$reader" -c 'import numpy, scipy' 2>/dev/null || break
	done
	"$reader" -c 'import numpy, scipy' 2>/dev/null || skip "no scipy: Debian's python3-scipy"
	exports gbench "$golden/flush.json" out/a.json
	run -0 "$reader" $compare --no-color benchmarks out/a.json out/a.json
	has "$output" "l1d/flush-user/loop:kvm-lfence/"
	has "$output" "/latency-net_median"
	has "$output" "OVERALL_GEOMEAN"
	[ "$(grep -c +0.0000 <<<"$output")" -gt 20 ] || fail "figures that differ from themselves"
	not grep -E '[+-]0\.[0-9]*[1-9]' <<<"$output"
}

@test "gbench reports how many rows it cannot hold" {
	exports gbench "$golden/skipped.json" out/a.json
	one_line
	has "$stderr" " rows are omitted: they were skipped or have no time"
}

@test "an existing file is never replaced" {
	echo precious >out/a.csv
	run --separate-stderr -2 "$TOLLBOOTH" export "$golden/flush.json" --format csv -o out/a.csv
	one_line
	has "$stderr" "out/a.csv exists, and -o never replaces a file"
	[ "$(cat out/a.csv)" = precious ]
	[ "$(ls -A out)" = a.csv ]
}

@test "a missing folder and a full disk are output errors" {
	refused "nowhere/a.csv: No such file or directory" \
		"$TOLLBOOTH" export "$golden/flush.json" --format csv -o nowhere/a.csv
	run --separate-stderr -74 bash -c '"$1" export "$2" --format csv >/dev/full' - "$TOLLBOOTH" "$golden/flush.json"
	one_line
}

@test "unknown formats are rejected" {
	for format in "" CSV xml 'csv,json'; do
		refused "--format $format: must be plot, csv, json or gbench" \
			"$TOLLBOOTH" export "$golden/flush.json" --format "$format" -o out/x
	done
	refused "export --format csv needs one record" "$TOLLBOOTH" export --format csv
	refused "export makes a folder of plots: name it with -o" "$TOLLBOOTH" export "$golden/flush.json" -o -
}

@test "the default format is plot" {
	run --separate-stderr -0 "$TOLLBOOTH" export "$golden/flush.json" -o out/plots --format plot
	"$TOLLBOOTH" export "$golden/flush.json" -o out/same >/dev/null
	diff -r out/plots out/same
	[ -s out/plots/cost.gp ]
}

@test "text of a hostile record stays plain text" {
	of "$golden/skipped.json" --to evil.json 'r["benchmarks"][0]["params"]["way"] = "=cmd|x!A1\",\n\x1b[31m"' \
		'r["benchmarks"][-1]["reason"] = "@SUM(1)\u202e\u009b"'
	for format in csv json gbench; do
		run --separate-stderr "$TOLLBOOTH" export evil.json --format "$format"
		[ "$status" -eq 0 ] || fail "not exported as $format"
		inert "$output"
		inert "$stderr"
	done
	exports csv evil.json out/a.csv
	python - out/a.csv <<-'EOF'
		import csv, sys
		cells = [cell for line in csv.reader(open(sys.argv[1], newline="")) for cell in line]
		assert "'=cmd|x!A1\",??[31m" in cells and "'@SUM(1)?????" in cells, [c for c in cells if "SUM" in c]
		assert not [cell for cell in cells if cell[:1] in ("=", "+", "@", "\t", "\r")]
	EOF
}

@test "the printed commands draw without a message, in the C locale and without ~/.gnuplot" {
	local locale
	command -v gnuplot >/dev/null || skip "no gnuplot"
	echo "system('touch pwned')" >home/.gnuplot
	for locale in C C.UTF-8; do
		run --separate-stderr -0 "$TOLLBOOTH" export "$golden/flush.json" "$golden/flush.json" \
			-o "out/$locale and it's"
		[ "${#lines[@]}" -eq 3 ]
		run --separate-stderr -0 env -u LANG LC_ALL=$locale "$BASH" -ec \
			'while read -r line; do (eval "$line"); done' <<<"$output"
		[ -z "$stderr" ] || fail "gnuplot says something in $locale"
		run -0 grep -l '</svg>' out/$locale\ and*/lines-left.svg out/$locale\ and*/cost.svg out/$locale\ and*/forest.svg
		[ "${#lines[@]}" -eq 3 ] || fail "not all are drawn in $locale"
	done
	[ -z "$(find . -name pwned)" ]
}

@test "export --format plot without gnuplot: the folder is complete, and one line names the package" {
	mkdir bin
	run --separate-stderr -0 env PATH="$PWD/bin" "$TOLLBOOTH" export "$golden/flush.json" -o out/plots
	one_line
	has "$stderr" "gnuplot is not installed; install the package gnuplot-nox"
	[ -s out/plots/cost.gp ]
}
