# SPDX-License-Identifier: GPL-2.0-or-later
# The explanation of a benchmark matches its behaviour.
load helper

@test "explain prints parameters, metrics and every section" {
	local benches
	mapfile -t benches < <("$TOLLBOOTH" list --json | python -c 'import json, sys
for one in json.load(sys.stdin): print(one["name"])')
	[ "${#benches[@]}" -ge 8 ]
	for bench in "${benches[@]}"; do
		run --separate-stderr -0 "$TOLLBOOTH" explain "$bench"
		[ -z "$stderr" ]
		[[ $output == "$bench: "* ]] || fail "another first line"
		for heading in QUESTION 'TIMED WINDOW' PARAMETERS VALUES METRICS 'FROM SAMPLES TO FIGURES' \
			PROOF CONTROLS TRAPS 'WHAT THE NUMBERS DO NOT SAY' SOURCES; do
			has "$output" $'\n\n'"$heading"$'\n  '
		done
		has "$output" "; headline"
		not grep -E '.{81}' <<<"$output"
	done
}

@test "explain --json has the same sections, parameters and metrics" {
	"$TOLLBOOTH" explain l1d/flush-user apf/wake-futex --json >a.json
	"$TOLLBOOTH" list l1d/flush-user apf/wake-futex --json >b.json
	python - a.json b.json <<-'EOF'
		import json, sys
		told, listed = (json.load(open(name)) for name in sys.argv[1:])
		assert [one["name"] for one in told] == ["apf/wake-futex", "l1d/flush-user"]
		for one, other in zip(told, listed):
		    assert one["params"] == other["params"] and one["metrics"] == other["metrics"]
		    for key in "question window values figures proof controls traps silent sources".split():
		        assert one[key] and all(isinstance(point, str) for point in one[key])
	EOF
}

@test "every check and every figure of a launch is explained" {
	"$TOLLBOOTH" run -q --launches 1 -o out/a.json --no-report l1d apf thread -p loop=kvm-lfence \
		-p method=clone3,spawn -p way=copy -p depth=1 -p placement=same-cpu -p shadow=off >/dev/null 2>&1 ||
		[ $? -eq 1 ]
	"$TOLLBOOTH" run -q --launches 1 -o out/b.json --no-report thread/create -p shadow=model >/dev/null 2>&1
	"$TOLLBOOTH" explain l1d apf thread --json >a.json
	python - out/a.json out/b.json a.json <<-'EOF'
		import json, sys
		*records, told = (json.load(open(name)) for name in sys.argv[1:])
		text = {one["name"]: "\n".join(one["proof"] + one["controls"] + one["window"]) for one in told}
		seen = set()
		for row in (row for record in records for row in record["benchmarks"]):
		    for launch in row["launches"]:
		        for check in launch["checks"]:
		            assert check["name"] in text[row["name"]], (row["name"], check["name"])
		            seen.add(check["name"])
		    for metric in row["metrics"]:
		        name = metric["name"]
		        assert name in text[row["name"]] or row["name"] in ("thread/call", "thread/switch") \
		            or name.startswith(("refill-", "lines-left-")), (row["name"], name)
		wanted = {"hot-lines-slope", "wakes", "wakes-counted", "children-ran", "signals-handled"}
		# Where the TSC is too coarse for a line, nothing is counted and no control of it runs.
		if any("TSC steps" in (metric["reason"] or "") for record in records
		       for row in record["benchmarks"] for metric in row["metrics"]):
		    assert any(record["fingerprint"]["tsc_step"] > 4 for record in records), "a fine TSC"
		    wanted.remove("hot-lines-slope")
		assert wanted <= seen, seen
	EOF
}

@test "a benchmark without an explanation still lists its parameters and metrics" {
	run --separate-stderr -0 "$FAKE" explain fake/one
	has "$output" "way = steady | modes"
	has "$output" "latency: ns, lower is better; headline"
	not grep -q QUESTION <<<"$output"
}

@test "explain rejects a missing and an unknown name" {
	refused "explain needs a benchmark; tollbooth list shows them" "$TOLLBOOTH" explain
	refused "no benchmark 'l1d/flush-usr'; did you mean 'l1d/flush-user'?" "$TOLLBOOTH" explain l1d/flush-usr
}
