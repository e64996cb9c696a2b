# SPDX-License-Identifier: GPL-2.0-or-later
# Disturbances of the machine during a run: the result is a record, or one line with the reason.
load helper

@test "the wall clock goes backwards" {
	run --separate-stderr -0 env LD_PRELOAD="$FAULT_LIBRARY" FAULT_CLOCK=3600 ASAN_OPTIONS=verify_asan_link_order=0 \
		"$FAKE" run --launches 10 -p way=steady -o out/a --no-report
	valid out/a.json
	is out/a.json 'r["complete"], r["started_at"] > r["finished_at"]' '(True, True)'
	run --separate-stderr -0 "$FAKE" show out/a.json
}

@test "the harness is stopped for some seconds" {
	begin --no-report -p way=steady --launches 200
	kill -STOP "$(<pid)"
	sleep 3
	kill -CONT "$(<pid)"
	end 0
	valid out/a.json
	is out/a.json 'r["complete"], {launch["exit"] for launch in b["launches"]} <= {"ok", "disturbed"}' '(True, True)'
}

@test "another task competes for the CPU of the launches" {
	[ "$(nproc)" -gt 1 ] || skip "one CPU"
	local i worker
	begin --no-report -p way=steady --launches 100
	for ((i = 0; i < 40; i++)); do
		worker=$(pgrep -P "$(<pid)") && taskset -acp 0 "$worker" >/dev/null 2>&1
		worker=$(pgrep -P "$(<pid)") && taskset -acp 1 "$worker" >/dev/null 2>&1
	done || true
	end 0
	valid out/a.json
	is out/a.json '{l["exit"] for l in b["launches"] if l["noise"]["migrated"]} <= {"disturbed"}' True
}

# The gate sees the waker's CPU only.
@test "another task on the sleeper's CPU: the launches are disturbed, and no row is ok" {
	[ "$(nproc)" -gt 1 ] || skip "one CPU"
	local where spinner elsewhere="placement=same-l2,same-l3,cross-l3,cross-package"
	run --separate-stderr "$TOLLBOOTH" run apf/wake-futex -p $elsewhere --launches 1 -q --no-report -o out/a
	[ "$status" -eq 0 ] || skip "no placement with a CPU of its own"
	where=$(of out/a.json '[l["noise"]["cpus"][1]["cpu"] for row in r["benchmarks"] for l in row["launches"]][0]')
	taskset -c "$where" "$BASH" -c 'while :; do :; done' 3>&- &
	spinner=$!
	for run in 1 2 3; do
		"$TOLLBOOTH" run apf/wake-futex -p $elsewhere --launches 4 -q --no-report -o out/b$run >/dev/null 2>&1 || true
	done
	kill $spinner
	for run in 1 2 3; do
		valid out/b$run.json
		is out/b$run.json "{l['exit'] for row in r['benchmarks'] for l in row['launches']
			if any(c['cpu'] == $where for c in l['noise']['cpus'])}" "{'disturbed'}"
		is out/b$run.json "{row['status'] for row in r['benchmarks']
			if any(c['cpu'] == $where for l in row['launches'] for c in l['noise']['cpus'])} & {'ok', 'unstable'}" "set()"
	done
	# Beside other load a launch may be disturbed by something else first.
	has "$(for run in 1 2 3; do of out/b$run.json '[l["reason"] for row in r["benchmarks"] for l in row["launches"]]'; done)" \
		"another task ran on CPU "
}

@test "the CPU of the launches is removed from the cpuset" {
	[ "$(nproc)" -gt 1 ] || skip "one CPU"
	local group limit cpu
	# A file that only version 1 has.
	group cpuset cpuset.memory_migrate
	cat /sys/fs/cgroup/cpuset/cpuset.mems >"$group/cpuset.mems"
	echo 0-1 >"$group/cpuset.cpus" || skip "no CPUs 0 and 1"
	begin --no-report -p way=steady --launches 1000
	echo "$(<pid)" >"$group/cgroup.procs" || skip "may not move a process"
	cpu=$(python -c 'import json; lines = open("out/.a.journal").readlines(); print(json.loads(lines[1])["launch"]["cpu"])')
	sleep 0.2
	echo $((1 - cpu)) >"$group/cpuset.cpus"
	end 1
	valid out/a.json
	is out/a.json 'b["status"], r["complete"], {launch["exit"] for launch in b["launches"]} >= {"ok", "error"}' \
		"('failed', True, True)"
	has "$(<stdout)" "the launch can no longer use its CPU"
}

@test "the OOM killer kills a worker" {
	local group limit
	group memory memory.limit_in_bytes memory.max
	echo 48M >"$limit" || skip "no limit can be set"
	[ ! -e "$group/memory.swap.max" ] || echo 0 >"$group/memory.swap.max"
	# shellcheck disable=SC2016 # for the inner shell
	run --separate-stderr -1 "$BASH" -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' - "$group" \
		"$FAKE" run -p way=greedy,steady --launches 2 -o out/a --no-report
	has "$output" "the worker was ended by signal 9 (Killed)"
	valid out/a.json
	is out/a.json '{launch["exit"] for launch in b["launches"]}, [row["status"] for row in r["benchmarks"]]' \
		"({'signal'}, ['failed', 'ok'])"
}

@test "the OOM killer chooses the worker, not the harness" {
	local harness worker
	"$FAKE" run -p way=hang --launches 1 --no-report -q -o out/a >/dev/null 2>&1 3>&- &
	harness=$!
	echo $harness >pid
	for _ in {1..100}; do
		worker=$(cat /proc/$harness/task/$harness/children 2>/dev/null) || true
		[ -z "$worker" ] || [ "$(cat "/proc/${worker% }/oom_score_adj")" != 1000 ] || break
		sleep 0.1
	done
	[ "$(cat "/proc/${worker% }/oom_score_adj")" = 1000 ] || fail "the worker ${worker-} is like any other"
	[ "$(cat /proc/$harness/oom_score_adj)" = "$(cat /proc/$$/oom_score_adj)" ]
	kill $harness
	wait $harness || true
}

@test "a low limit on open files" {
	local files ok=0 # fewer than 6: the program cannot load its libraries
	for files in 16 12 10 9 8 7 6; do
		run --separate-stderr "$BASH" -c 'ulimit -n "$1" && shift && exec "$@"' - $files \
			"$FAKE" run --launches 2 -p way=steady -o out/a
		case $status in
		0) ok=$((ok + 1)) ;;
		1) has "$output" "ulimit -n" ;;
		*)
			[ "$status" -eq 74 ] || fail "$files files: $status"
			one_line
			;;
		esac
		inert "$stderr"
		run --separate-stderr -0 "$FAKE" recover out
		[ ! -e out/a.json ] || valid out/a.json
		rm -rf out
		mkdir out
	done
	[ "$ok" -ge 1 ] || fail "16 files are not enough"
}

@test "a read-only file system" {
	mkdir disk
	mount -t tmpfs -o size=1m none disk 2>/dev/null || skip "may not mount a tmpfs (root in a container, or not root)"
	cp "$DATA/golden/skipped.json" disk/
	mount -o remount,ro disk
	run --separate-stderr -74 "$FAKE" run --launches 1 -o disk/a
	one_line
	has "$stderr" "disk: no journal can be written: Read-only file system; choose a folder with -o"
	run --separate-stderr -0 "$FAKE" show disk/skipped.json
	run --separate-stderr -74 "$FAKE" report disk/skipped.json
	one_line
	has "$stderr" "Read-only file system"
	run --separate-stderr -0 "$FAKE" recover disk
	run --separate-stderr -74 "$FAKE" export disk/skipped.json -o disk/data
	one_line
}

@test "a locale with another decimal point and other letters" {
	local name
	export LOCPATH=$PWD/locales
	mkdir locales
	"$FAKE" run --launches 12 -p way=modes --seed 1 -o out/c --no-report >/dev/null 2>&1
	"$FAKE" show out/c.json >in-c
	for name in de_DE tr_TR; do
		localedef -i $name -f UTF-8 locales/$name.UTF-8 >/dev/null 2>&1 || [ -e locales/$name.UTF-8/LC_NUMERIC ] ||
			skip "localedef cannot make $name"
		# It is there, and has its comma.
		[ "$(LC_ALL=$name.UTF-8 bash -c 'printf %.1f 0,5' 2>/dev/null)" = 0,5 ]
		LC_ALL=$name.UTF-8 run --separate-stderr -0 "$FAKE" run --launches 12 -p way=modes --precision 0.5 \
			-o out/$name --no-report
		valid out/$name.json
		LC_ALL=$name.UTF-8 run --separate-stderr -0 "$FAKE" show out/c.json
		[ "$output" = "$(<in-c)" ] || fail "$name shows otherwise"
		LC_ALL=$name.UTF-8 run --separate-stderr -0 "$FAKE" report out/c.json
		LC_ALL=C run --separate-stderr -0 "$FAKE" validate out/$name.json out/c.json
		LC_ALL=$name.UTF-8 run --separate-stderr -0 "$FAKE" validate out/$name.json out/c.json
		LC_ALL=$name.UTF-8 run --separate-stderr -2 "$FAKE" run --precision 0,5 -n
	done
}

@test "no terminal, and an empty standard input" {
	run --separate-stderr -0 setsid --wait "$FAKE" run --launches 2 -p way=steady -o out/a --no-report </dev/null
	inert "$output$stderr"
	valid out/a.json
}

# in_the_way NAME: a symbolic link exists where the run would write; its target is not touched.
in_the_way() {
	echo mine >mine
	ln -s ../mine "out/$1"
	# shellcheck disable=SC2016 # for the inner shell: exec keeps its number
	run --separate-stderr "$BASH" -c 'name=$1; shift; [ "$name" != temp ] || mv out/temp "out/.a.json.$$.tmp"; exec "$@"' - \
		"$1" "$FAKE" run --launches 90 -p way=steady -o out/a
	[ "$(<mine)" = mine ] || fail "$1 was followed"
	[ "$(stat -c %s mine)" -eq 5 ]
	[ ! -L out/a.json ] || [ "$1" = a.json ]
	rm -rf out
	mkdir -m 1777 out
}

@test "symbolic links of other users in a world-writable folder" {
	chmod 1777 out
	local name
	for name in a.json a.samples.zst a.html; do
		in_the_way $name
		[ "$status" -eq 2 ]
		one_line
		has "$stderr" "exists, and a record is never replaced"
	done
	for name in .a.journal .a.numbers; do
		in_the_way $name
		[ "$status" -eq 74 ]
		one_line
		has "$stderr" "no journal can be written: File exists"
	done
	in_the_way temp
	[ "$status" -eq 0 ]
	# A report replaces the link, not the link's target.
	cp "$DATA/golden/skipped.json" out/b.json
	echo mine >mine
	ln -s ../mine out/b.html
	run --separate-stderr -0 "$FAKE" report out/b.json
	[ "$(<mine)" = mine ]
	[ ! -L out/b.html ]
	# Nor does recover read another's file for a journal or its numbers.
	ln -s ../mine out/.c.journal
	run --separate-stderr "$FAKE" recover out
	has "$stderr" "out/.c.journal: Too many levels of symbolic links"
	[ "$(<mine)" = mine ]
}
