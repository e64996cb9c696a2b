# SPDX-License-Identifier: GPL-2.0-or-later
# Memory of threads, and shadow stacks that a program maps itself.
load helper

without_shadow_stacks() {
	! grep -qw user_shstk /proc/cpuinfo || skip "this machine has shadow stacks"
}

# looked RECORD CODE: Python code over `rows`, those that ran, by their parameters' values; each
# check of theirs held, and no row failed.
looked() {
	python - "$1" "$2" <<-'END'
		import json, sys, textwrap
		rows = {}
		for row in json.load(open(sys.argv[1]))["benchmarks"]:
		    if row["status"] == "skipped":
		        continue
		    checks = [check for launch in row["launches"] for check in launch["checks"]]
		    assert checks and all(check["pass"] for check in checks), (row["params"], checks)
		    assert row["status"] != "failed", row["reason"]
		    rows[tuple(row["params"].values())] = {
		        metric["name"]: metric["summary"] and metric["summary"]["estimate"] for metric in row["metrics"]}
		exec(textwrap.dedent(sys.argv[2]))
	END
}

@test "thread/footprint: the kernel's memory for a bare thread is exact" {
	"$TOLLBOOTH" run thread/footprint -p method=clone3,clone -p shadow=off,model -p live=2,64 -p stack=64K,8M \
		-q --launches 1 --no-report -o r.json >table 2>err
	looked r.json '
		assert len(rows) == 16, rows
		for (method, shadow, live, stack), row in rows.items():
		    model = shadow == "model"
		    want = {"vmas": model, "committed": model * stack, "mapped": model * stack, "huge": 0, "resident": 4096 * model}
		    assert row["huge"] or want == {name: row[name] for name in want}, (method, shadow, live, stack, row)'
	"$TOLLBOOTH" validate r.json
}

@test "thread/footprint: a glibc thread has one stack, and the model of a shadow stack adds one" {
	"$TOLLBOOTH" run thread/footprint -p shadow=off,model -p live=128 -p stack=1M -q --launches 2 --no-report \
		-o r.json >table 2>err
	looked r.json '
		off, model = rows["pthread", "off", 128, 1 << 20], rows["pthread", "model", 128, 1 << 20]
		assert off["committed"] >= 1 << 20 and off["vmas"] >= 1, off
		assert model["vmas"] - off["vmas"] == 1, (off, model)
		assert model["committed"] - off["committed"] == 1 << 20, (off, model)'
}

# short RECORD LIMIT: the one row failed for this limit; prints how many threads there were.
short() {
	python - "$1" "$2" <<-'END'
		import json, re, sys
		(row,) = json.load(open(sys.argv[1]))["benchmarks"]
		assert row["status"] == "failed", row
		lived = int(re.search(r": (\d+) of 1024 threads, then no more: (.*)", row["reason"])[1])
		assert sys.argv[2] in row["reason"], row["reason"]
		for launch in row["launches"]:
		    left = {check["name"]: check["pass"] for check in launch["checks"] if "left" in check["name"]}
		    assert {"threads-left", "shadow-stacks-left"} <= set(left) and all(left.values()), launch
		    assert abs(launch["controls"]["threads-made"] - lived) < 64, (lived, launch["controls"])
		print(lived)
	END
}

@test "thread/footprint: exhausted address space is reported with the number of threads, and no thread is left" {
	for method in clone3 pthread; do
		run --separate-stderr -1 "$BASH" -c 'ulimit -v 4000000; exec "$@"' - "$TOLLBOOTH" run thread/footprint \
			-p method=$method -p shadow=model -p live=1K -q --launches 1 --no-report -o $method.json
		run -0 short $method.json "see ulimit -v"
		# 4 GB are some 480 mappings of 8 MiB; glibc's stacks are as many again.
		[ "$output" -gt 150 ] && [ "$output" -lt 490 ] || fail "$method: as many as do not fit"
		"$TOLLBOOTH" validate $method.json
	done
}

@test "thread/footprint: a reached process limit is reported, too" {
	for_nobody
	mkdir bin && cp "$TOLLBOOTH" bin/tollbooth && chmod a+rx bin bin/tollbooth
	run --separate-stderr -1 as_nobody "$BASH" -c 'ulimit -u 200; exec "$@"' - bin/tollbooth run thread/footprint \
		-p method=clone3 -p shadow=off -p live=1K -q --launches 1 --no-report -o out/u.json
	run -0 short out/u.json "ulimit -u is 200, "
	[ "$output" -lt 200 ]
}

@test "thread/footprint: a killed run leaves no thread behind" {
	setsid "$TOLLBOOTH" run thread/footprint -p live=16K -p stack=64K -q --launches 1 --no-report -o r.json \
		>table 2>err &
	run=$!
	for _ in {1..200}; do
		worker=$(pgrep -P $run | head -n 1) || true
		population=$([ -z "$worker" ] || pgrep -P "$worker" | head -n 1) || true
		# Stopped, it can't end by itself.
		[ -n "$population" ] && [ "$(find /proc/"$population"/task -maxdepth 1 2>/dev/null | wc -l)" -gt 100 ] &&
			kill -STOP "$population" && break
		population=
		sleep 0.05
	done
	[ -n "$population" ]
	kill -KILL $run
	gone -p "$population" || {
		kill -KILL "$population"
		false
	}
}

@test "invalid parameters of threads and mappings are rejected in one line" {
	refused "must be 2..32768, in steps of 2" "$TOLLBOOTH" run thread/footprint -p live=3 -o out/a
	refused "must be 2..32768, in steps of 2" "$TOLLBOOTH" run thread/footprint -p live=0 -o out/a
	refused "must be 4K..16G, in steps of 4K" "$TOLLBOOTH" run thread/footprint -p stack=0 -o out/a
	refused "did you mean 'pthread'" "$TOLLBOOTH" run thread/footprint -p method=pthreads -o out/a
	refused "must be 8..1G, in steps of 8" "$TOLLBOOTH" run thread/shadow-map -p size=0 -o out/a
	refused "must be 8..1G, in steps of 8" "$TOLLBOOTH" run thread/shadow-map -p size=4100 -o out/a
	refused "it takes any|4K|2M" "$TOLLBOOTH" run thread/shadow-map -p align=1G -o out/a
}

@test "thread/footprint: methods without threads, and stacks that glibc rejects, are skipped" {
	run --separate-stderr -77 "$TOLLBOOTH" run thread/footprint -p method=vfork,fork,spawn -q --launches 1 -o r.json
	has "$output" "a process has an address space of its own"
	run --separate-stderr -77 "$TOLLBOOTH" run thread/footprint -p stack=4K,12K -q --launches 1 -o s.json
	has "$output" "glibc's stacks are 16 KiB at least"
}

@test "thread/shadow-map: the model's address, token and unmapping are checked" {
	"$TOLLBOOTH" run thread/shadow-map -p operation=map,write -p shadow=model -p size=8,4104,8M -p token=none,set \
		-p align=any,4K,2M -q --launches 1 --no-report -o r.json >table 2>err
	looked r.json '
		assert len(rows) == 36, len(rows)
		for (operation, *_), row in rows.items():
		    assert row["latency"] and bool(row["map"]) == bool(row["unmap"]) == (operation == "map"), row'
}

@test "thread/shadow-map: variants without a model or a token are skipped" {
	run --separate-stderr -77 "$TOLLBOOTH" run thread/shadow-map -p operation=pivot -p shadow=model -q --launches 1 -o r.json
	has "$output" "there is no model of moving to a stack"
	run --separate-stderr -77 "$TOLLBOOTH" run thread/shadow-map -p operation=pivot -p token=none -q --launches 1 -o s.json
	has "$output" "without its restore token"
	run --separate-stderr -77 "$TOLLBOOTH" run thread/shadow-map -p operation=write -p shadow=off -q --launches 1 -o t.json
	has "$output" "need a thread with a shadow stack"
}

@test "real shadow stacks are skipped with the reasons of CPU and kernel, and never replaced by the model" {
	without_shadow_stacks
	for row in footprint:on shadow-map:on shadow-map:off; do
		run --separate-stderr -77 "$TOLLBOOTH" run "thread/${row%:*}" -p shadow="${row#*:}" -q --launches 1 \
			-o "${row/:/-}.json"
		has "$output" "CPU does not support CET_SS"
		grep -qE "kernel does not support user_shstk|forbidden here" <<<"$output"
	done
}
