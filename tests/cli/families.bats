# SPDX-License-Identifier: GPL-2.0-or-later
# Short runs of the real benchmarks: every check holds, and skipped rows have a reason.
load helper

# checks RECORD: prints rows that ran, fails on a check that did not hold.
checks() {
	python - "$1" <<'PY'
import json, sys
record = json.load(open(sys.argv[1]))
ran = [row for row in record["benchmarks"] if row["status"] != "skipped"]
wrong = [(row["name"], row["params"], check) for row in ran for launch in row["launches"]
         for check in launch["checks"] if not check["pass"]]
failed = [(row["name"], row["params"], row["reason"]) for row in ran if row["status"] == "failed"]
skipped = [row for row in record["benchmarks"] if row["status"] == "skipped"]
assert all(row["reason"] and row["remedy"] for row in skipped), skipped
assert not wrong and not failed, (wrong, failed)
print(len(ran))
PY
}

@test "apf/wake-uffd: events, wakes, touches and contents are exact" {
	"$TOLLBOOTH" run apf/wake-uffd -q --launches 2 --no-report -o r.json >table 2>err
	run -0 checks r.json
	[ "$output" -ge 7 ]
	"$TOLLBOOTH" validate r.json
}

@test "apf/wake-uffd: many threads and batches" {
	"$TOLLBOOTH" run apf/wake-uffd -q --launches 1 --no-report -o r.json \
		-p way=copy,continue,wp -p threads=3,64 -p batch=1,64 >table 2>err
	run -0 checks r.json
	[ "$output" -eq 12 ]
}

# part RECORD NAME: the estimate of a metric, or the reason that it is null.
part() {
	of "$1" "[m['summary']['estimate'] if m['summary'] else m['reason'] for m in r['benchmarks'][0]['metrics'] if m['name'] == '$2'][0]"
}

@test "apf/wake-uffd: a tripled cost of a context switch is detected, and no part is negative" {
	"$TOLLBOOTH" run apf/wake-uffd -p way=copy -q --launches 2 --no-report -o right.json >table 2>err
	part right.json part-switches >price
	[[ $(<price) == [0-9]* ]] || skip "$(<price)"
	# Two switches cost that much: each yield gets twice a switch more.
	env LD_PRELOAD="$FAULT_LIBRARY" FAULT_YIELD="$(cut -d. -f1 price)" ASAN_OPTIONS=verify_asan_link_order=0 \
		"$TOLLBOOTH" run apf/wake-uffd -p way=copy -q --launches 2 --no-report -o wrong.json >table 2>err
	for name in part-fault part-switches part-read part-ioctl; do
		[[ $(part right.json $name) == [0-9]* ]] || fail "$name is not measured"
		[[ $(part wrong.json $name) == "not separable: the parts do not sum"* ]] || fail "$name: not found"
	done
	is wrong.json "[m['summary']['estimate'] > 1.3 for m in r['benchmarks'][0]['metrics'] if m['name'] == 'parts-over-whole']" "[True]"
	"$TOLLBOOTH" validate right.json wrong.json
}

@test "apf/wake-uffd: huge pages run, or the row is skipped with the command that provides them" {
	run --separate-stderr "$TOLLBOOTH" run apf/wake-uffd -p way=copy,zeropage -p page=2M -q --launches 1 --no-report -o r.json
	[ "$status" -eq 77 ] || [ "$status" -eq 0 ]
	has "$output" "no huge page of zeros"
	[ "$status" -eq 0 ] || has "$(joined)" "sysctl vm.nr_hugepages="
	run -0 checks r.json
}

@test "thread/sibling-fault: faults equal touches, children equal creations" {
	"$TOLLBOOTH" run thread/sibling-fault -p storm=threads -p shadow=off,model -p placement=same-cpu,same-l3 -q \
		--launches 2 --no-report -o r.json >table 2>err
	run -0 checks r.json
	[ "$output" -ge 2 ]
}

# nulls RECORD CODE: Python code; `null` are the reasons of metrics without a figure, by their names, of all rows that ran.
nulls() {
	python3 - "$1" "$2" <<-'END'
		import json, sys
		rows = [row for row in json.load(open(sys.argv[1]))["benchmarks"] if row["status"] != "skipped"]
		assert rows
		null = {metric["name"]: metric["reason"] for row in rows for metric in row["metrics"] if metric["summary"] is None}
		exec(sys.argv[2])
	END
}

@test "thread/sibling-fault: a block holds only samples, no warm-ups or counted windows" {
	"$TOLLBOOTH" run thread/sibling-fault -p placement=same-cpu --events page-faults --rounds 768 -q --launches 1 \
		--no-report -o r.json >table 2>err
	# A block less for each that warm-ups or counted samples would be in.
	nulls r.json 'assert not null, null
for row in rows:
    p99, = (metric for metric in row["metrics"] if metric["name"] == "fault-p99")
    assert [len(launch["ungated"]) for launch in p99["samples"]] == [3] * len(p99["samples"]), p99["samples"]'
}

@test "too few rounds for a block: null with the reason, and a valid record" {
	"$TOLLBOOTH" run thread/sibling-fault l1d/flush-user -p placement=same-cpu -p loop=unroll8 -p size=64K --rounds 8 \
		-q --launches 1 --no-report -o r.json >table 2>err || true
	nulls r.json 'assert null["fault-p99"] == "one sample needs 256 trials, and the launch made 8 rounds; use more --rounds", null
assert all(null.values()) and "left-any" in null, null'
	"$TOLLBOOTH" validate r.json
}

@test "thread: the model of a shadow stack is one mapping that counts as stack, not as data" {
	local bench
	for bench in "create -p method=clone3" "sibling-fault -p placement=same-cpu" "footprint -p method=clone3 -p live=4" \
		"shadow-map -p operation=map"; do
		size=$([[ $bench == shadow-map* ]] && echo size || echo stack)
		# shellcheck disable=SC2086 # words
		run --separate-stderr -0 "$BASH" -c 'ulimit -d 400000; exec "$@"' - "$TOLLBOOTH" run thread/$bench \
			-p shadow=model -p $size=1G -q --rounds 64 --launches 1 --no-report -o "${bench%% *}.json"
	done
}

@test "thread/sibling-fault: a model without creations is skipped" {
	run --separate-stderr -77 "$TOLLBOOTH" run thread/sibling-fault -p storm=none -p shadow=model -p placement=same-cpu -o a.json
	has "$output" "with storm=none nothing is created or mapped"
}

@test "a benchmark's own counters: counts, overhead, and null with the reason" {
	run --separate-stderr -0 "$FAKE" run fake/one -p size=4K --events cycles,page-faults -q --launches 2 --no-report -o r.json
	"$FAKE" validate r.json
	run -0 python - r.json <<'PY'
import json, sys
row, = json.load(open(sys.argv[1]))["benchmarks"]
# An ordinary user counts user mode only, and the name says so.
metrics = {metric["name"].removesuffix(":u"): metric for metric in row["metrics"]}
counted, refused = metrics["event/cycles"], metrics["event/page-faults"]
assert {count for launch in counted["samples"] for count in launch["ungated"]} == {7}, counted
assert counted["overhead"] == 3 and counted["reason"] is None, counted
assert refused["summary"] is None and refused["reason"] == "a fake has one counter", refused
assert all(launch["pmu"] == {"read": "rdpmc", "scope": "window", "operations": 2} for launch in row["launches"])
PY
	run --separate-stderr -1 "$FAKE" run fake/one -p size=4K -p way=uncounted --events cycles -q --launches 2 --no-report -o s.json
	grep -q "the window was not counted" s.json
}

@test "counters: software events count, hardware without a PMU is null with the reason" {
	run --separate-stderr "$TOLLBOOTH" run thread/signal --events page-faults,cycles,spr::L1D:REPLACEMENT \
		-q --launches 2 --no-report -o r.json
	"$TOLLBOOTH" validate r.json
	run -0 python - r.json <<'PY'
import json, sys
record = json.load(open(sys.argv[1]))
asked = {e["name"].removesuffix(":u"): e for e in record["suite"]["events"]}
assert asked["spr::l1d:replacement"]["encoding"] == "spr::L1D:REPLACEMENT", asked
for row in record["benchmarks"]:
    for metric in row["metrics"]:
        if not metric["name"].startswith("event/"):
            continue
        reason = asked[metric["name"][len("event/"):].removesuffix(":u")]["reason"]
        assert metric["reason"] == reason and bool(metric["summary"]) == (reason is None), metric
PY
}

@test "counters: an unknown event is rejected in one line before any launch" {
	refused "see tollbooth list --events" "$TOLLBOOTH" run thread/signal --events nosuch -o out/a
	refused "asked for twice" "$TOLLBOOTH" run thread/signal --events page-faults,page-faults -o out/a
	refused "no PMU nosuch" "$TOLLBOOTH" list --events nosuch
	run --separate-stderr -0 "$TOLLBOOTH" list --events spr
	has "$output" "L1D:REPLACEMENT"
	run --separate-stderr -0 "$TOLLBOOTH" list --events
	has "$output" "page-faults"
}

@test "limits on processes and files give one line each, and no run hangs" {
	for_nobody
	mkdir bin && cp "$TOLLBOOTH" bin/tollbooth && chmod a+rx bin bin/tollbooth
	run --separate-stderr as_nobody "$BASH" -c 'ulimit -u 1; exec "$@"' - bin/tollbooth run thread/signal \
		-q --launches 1 --no-report -o out/u.json
	[ "$status" -ne 0 ] && has "$stderr" "ulimit -u"
	run --separate-stderr "$BASH" -c 'ulimit -n 16; exec "$@"' - "$TOLLBOOTH" run apf/wake-uffd -p threads=64 \
		-q --launches 1 --no-report -o n.json
	[ "$status" -ne 0 ] && has "$output$stderr" "ulimit -n"
}

@test "apf/wake-futex: wakes equal calls" {
	"$TOLLBOOTH" run apf/wake-futex -q --launches 2 --no-report -o r.json >table 2>err
	run -0 checks r.json
}

@test "thread: every child ran, and no process or mapping is left" {
	"$TOLLBOOTH" run thread -q --launches 2 --no-report -o r.json >table 2>err
	run -0 checks r.json
	[ "$output" -ge 10 ]
}

@test "shadow=on is skipped with the reasons of CPU and kernel, and never runs as off" {
	grep -qw user_shstk /proc/cpuinfo && skip "this machine has shadow stacks"
	for bench in create call switch signal "sibling-fault -p placement=same-cpu"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr -77 "$TOLLBOOTH" run thread/$bench -p shadow=on -q --launches 1 -o "${bench%% *}.json"
		grep -qE "(CPU does not support CET_SS.*; )?(kernel does not support user_shstk|the kernel's .* forbidden here)" <<<"$output"
	done
}

@test "unavailable shadow stacks are skipped, each with its reason" {
	run --separate-stderr -77 "$TOLLBOOTH" run thread/create -p shadow=on,glibc -p thp=huge -o a.json
	has "$output" "by its own THP mode"
	run --separate-stderr -77 "$TOLLBOOTH" run thread/create -p shadow=on -p method=pthread -p stack=4K -o b.json
	has "$output" "smaller than any thread's stack"
	run --separate-stderr -77 "$TOLLBOOTH" run thread/create -p shadow=model -p method=vfork,fork,spawn -o c.json
	has "$output" "only threads get"
	glibc=$(getconf GNU_LIBC_VERSION)
	[ "$(printf '%s\n' "${glibc#glibc }" 2.39 | sort -V | head -n 1)" = 2.39 ] && return
	run --separate-stderr -77 "$TOLLBOOTH" run thread/create -p shadow=glibc -o d.json
	has "$output" "$glibc can't enable shadow stacks, 2.39 can"
}

@test "thread/create: an invalid background is rejected in one line" {
	local param
	for param in live=-1 live=10001 live=many creators=0 creators=9 stack=5000 stack=17G shadow=maybe; do
		refused "${param%=*}" "$TOLLBOOTH" run thread/create -p "$param" -o out/a
	done
	run --separate-stderr "$BASH" -c 'ulimit -v 250000; exec "$@"' - "$TOLLBOOTH" run thread/create \
		-p live=10000 -q --launches 1 --no-report -o v.json
	[ "$status" -ne 0 ] && has "$output" "live threads' stacks"
}

@test "thread/create: with idle threads and concurrent creators every count is exact" {
	"$TOLLBOOTH" run thread/create -p method=clone3,pthread,vfork,fork -p shadow=off,model -p live=0,200 \
		-p creators=1,3 -q --launches 2 --no-report -o r.json >table 2>err
	run -0 checks r.json
	[ "$output" -eq 24 ]
	python - r.json <<'PY'
import json, sys
for row in json.load(open(sys.argv[1]))["benchmarks"]:
    for launch in row["launches"]:
        got = {check["name"]: check["got"] for check in launch["checks"]}
        assert got["children-ran"] == got["pointers-as-due"] and int(got["children-ran"]) > 8, got
        assert got["first-pointer"] == got["last-pointer"] == "none", got
        assert ("others-made" in launch["controls"]) == (row["params"]["creators"] > 1), launch["controls"]
PY
}

@test "one CPU: placements beyond it are skipped with the topology's reason" {
	cpu=$(taskset -cp $$ | sed 's/.*[:, -]//')
	"$TOLLBOOTH" run apf/wake-futex --cpus "$cpu" -q --launches 1 --no-report -o r.json >table 2>err
	run -0 checks r.json
	[ "$output" -eq 1 ]
	grep -q "^skipped: same-l3 from CPU .* variants of apf/wake-futex" table
}

@test "as an ordinary user, rows that need no privilege run" {
	for_nobody
	mkdir bin && cp "$TOLLBOOTH" bin/tollbooth && chmod a+rx bin bin/tollbooth
	run --separate-stderr -0 as_nobody bin/tollbooth run apf thread/create -p method=clone3 -p way=copy \
		-q --launches 1 --no-report -o out/r.json
	[ "$(grep -c "without SCHED_FIFO" <<<"$stderr")" -eq 1 ]
	run -0 checks out/r.json
	[ "$output" -ge 2 ]
}
