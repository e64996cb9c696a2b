# SPDX-License-Identifier: GPL-2.0-or-later
# The real benchmarks, briefly: every check of every launch holds, and what can't run says why.
load helper

# checks RECORD: prints rows that ran, fails on a check that did not hold.
checks() {
	python3 - "$1" <<'PY'
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

@test "apf/wake-futex: as many wakes as calls" {
	"$TOLLBOOTH" run apf/wake-futex -q --launches 2 --no-report -o r.json >table 2>err
	run -0 checks r.json
}

@test "thread: every child ran and nothing is left" {
	"$TOLLBOOTH" run thread -q --launches 2 --no-report -o r.json >table 2>err
	run -0 checks r.json
	[ "$output" -ge 10 ]
}

@test "shadow=on is skipped with its reason, never run as off" {
	grep -qw user_shstk /proc/cpuinfo && skip "this machine has shadow stacks"
	run --separate-stderr "$TOLLBOOTH" run thread/create -p shadow=on -q --launches 1 -o r.json
	[ "$status" -eq 77 ]
	grep -qE "lacks (user_shstk|CONFIG_X86_USER_SHADOW_STACK)" <<<"$output"
}

@test "one CPU: placements beyond it are skipped with the topology's reason" {
	cpu=$(taskset -cp $$ | sed 's/.*[:, -]//')
	"$TOLLBOOTH" run apf/wake-futex --cpus "$cpu" -q --launches 1 --no-report -o r.json >table 2>err
	run -0 checks r.json
	[ "$output" -eq 1 ]
	grep -q "skipped: apf/wake-futex placement=same-l3" table
}

@test "an ordinary user gets what needs no right" {
	for_nobody
	mkdir bin && cp "$TOLLBOOTH" bin/tollbooth && chmod a+rx bin bin/tollbooth
	run --separate-stderr -0 as_nobody bin/tollbooth run apf thread/create -p method=clone3 -p way=copy \
		-q --launches 1 --no-report -o out/r.json
	[ "$(grep -c "without SCHED_FIFO" <<<"$stderr")" -eq 1 ]
	run -0 checks out/r.json
	[ "$output" -ge 2 ]
}
