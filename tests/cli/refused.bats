# SPDX-License-Identifier: GPL-2.0-or-later
# System calls that a seccomp filter refuses: each reason names the filter, and nothing else fails.
load helper

FILTER='refused by a seccomp filter (/proc/self/status: Seccomp: 2), as a container runtime installs'

setup_file() {
	local status=0
	"${REFUSE:?}" memfd_create EPERM true || status=$?
	[ "$status" -ne 77 ] || skip "no seccomp filter can be installed here"
	[ "$status" -eq 0 ]
}

# under CALL ERRNO COMMAND...: runs the command under a filter, output and stderr apart.
under() {
	run --separate-stderr "$REFUSE" "$@"
}

# judge RECORD PATTERN: rows whose parameters match are skipped and name the filter; no other does so or fails.
# NONE: no row may match; with another pattern at least one must.
judge() {
	python - "$@" <<-'EOF'
		import json, re, sys
		rows, matches = json.load(open(sys.argv[1]))["benchmarks"], 0
		for row in rows:
		    params = " ".join(f"{name}={value}" for name, value in row["params"].items())
		    told = "seccomp filter" in (row["reason"] or "")
		    if re.search(sys.argv[2], params):
		        matches += 1
		        assert (row["status"], row["reason_code"], told) == ("skipped", "seccomp", True), row
		        assert "--security-opt seccomp=unconfined" in row["remedy"], row
		    else:
		        # A busy machine may fail a figure's verdict, never a launch.
		        assert row["status"] != "skipped" and not told, row
		        assert {launch["exit"] for launch in row["launches"]} <= {"ok", "disturbed", "check-failed"}, row
		assert rows and bool(matches) == (sys.argv[2] != "NONE"), (len(rows), matches)
	EOF
}

@test "perf_event_open: the events are null with its name, and the run goes on" {
	local errno
	for errno in EPERM ENOSYS; do
		under perf_event_open $errno "$FAKE" run -p way=steady --launches 1 --events cycles,page-faults \
			--no-report -o out/$errno
		[ "$status" -eq 0 ]
		[ "$(grep -c "is not counted: perf_event_open is $FILTER" <<<"$stderr")" -eq 2 ] || fail "two events"
		is out/$errno.json '[event["reason"].split(";")[0] for event in r["suite"]["events"]]' \
			"['perf_event_open is $FILTER', 'perf_event_open is $FILTER']"
	done
}

# A /dev without userfaultfd, and with a false /dev/kvm.
DEV='mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3 && mknod -m 666 /dev/urandom c 1 9 &&
	mknod -m 666 /dev/kvm c 1 3 && mkdir -m 1777 /dev/shm'

@test "userfaultfd: system call and device are tried; if both fail, the seccomp filter is named" {
	can_hide "$DEV"
	local errno
	for errno in EPERM ENOSYS; do
		run --separate-stderr -77 hiding "$DEV" "$REFUSE" userfaultfd $errno "$TOLLBOOTH" run apf/wake-uffd -p threads=1 \
			-q --launches 1 --no-report -o out/$errno
		judge out/$errno.json .
	done
}

@test "userfaultfd: the device works although the filter blocks the system call" {
	[ -w /dev/userfaultfd ] || skip "/dev/userfaultfd may not be written"
	under userfaultfd EPERM "$TOLLBOOTH" run apf/wake-uffd -p threads=1 -q --launches 1 --no-report -o out/device
	judge out/device.json NONE
}

METHODS=(-p "method=clone3,clone,vfork,fork,pthread,spawn")

@test "clone3: its rows are skipped, other methods run; with EPERM glibc creates no threads" {
	under clone3 ENOSYS "$TOLLBOOTH" run thread/create "${METHODS[@]}" -q --launches 1 --no-report -o out/a
	judge out/a.json method=clone3
	under clone3 EPERM "$TOLLBOOTH" run thread/create "${METHODS[@]}" -q --launches 1 --no-report -o out/b
	judge out/b.json 'method=(clone3|pthread|spawn)'
	is out/b.json '[row["reason"] for row in r["benchmarks"] if row["params"]["method"] == "pthread"]' \
		"['clone3, which glibc makes threads and processes with (it falls back to clone at ENOSYS only), is $FILTER']"
	under clone3 EPERM "$TOLLBOOTH" run apf/wake-futex thread/switch thread/sibling-fault -p shadow=off \
		-p placement=same-cpu -p storm=none,threads -q --launches 1 --no-report -o out/c
	judge out/c.json '^(placement|shadow)|storm=threads'
}

@test "vfork: its rows are skipped" {
	under vfork EPERM "$TOLLBOOTH" run thread/create "${METHODS[@]}" -q --launches 1 --no-report -o out/a
	judge out/a.json method=vfork
}

@test "pidfd_open and memfd_create are optional" {
	local call errno
	for call in pidfd_open memfd_create; do
		for errno in EPERM ENOSYS; do
			under $call $errno "$FAKE" run -p way=steady --launches 2 -o out/$call-$errno
			[ "$status" -eq 0 ]
			valid out/$call-$errno.json
			judge out/$call-$errno.json NONE
		done
	done
}

@test "memfd_create: minor faults use another shared file" {
	[ "$(id -u)" -eq 0 ] || skip "needs root: an ordinary user may get no minor faults"
	under memfd_create EPERM "$TOLLBOOTH" run apf/wake-uffd -p way=continue -p threads=1 -q --launches 1 \
		--no-report -o out/minor
	judge out/minor.json NONE
}

@test "sched_setscheduler: the launches run without it and report why" {
	local errno
	for errno in EPERM ENOSYS; do
		under sched_setscheduler $errno "$FAKE" run -p way=steady --launches 2 --no-report -o out/$errno
		[ "$status" -eq 0 ]
		has "$stderr" "without SCHED_FIFO: "
		has "$stderr" "sched_setscheduler is $FILTER; run it with --security-opt seccomp=unconfined"
		is out/$errno.json '{launch["policy_reason"].split(";")[0] for launch in b["launches"]}' \
			"{'sched_setscheduler is $FILTER'}"
		valid out/$errno.json
	done
	under sched_setscheduler EPERM "$TOLLBOOTH" doctor
	has "$(joined)" "widens no-realtime: sched_setscheduler is refused by a seccomp filter"
	has "$(joined)" "note seccomp: /proc/self/status: Seccomp: 2"
}

@test "mlock: the launches run without it and report why" {
	[ "$(id -u)" -eq 0 ] || skip "an ordinary user may have no right to lock memory"
	under mlock EPERM "$FAKE" run -p way=steady --launches 2 --no-report -o out/a
	[ "$status" -eq 0 ]
	has "$stderr" "some memory was not locked: mlock is $FILTER"
	is out/a.json '{launch["locked"] for launch in b["launches"]}' '{False}'
}

@test "sched_setaffinity: the launches fail and report why" {
	under sched_setaffinity EPERM "$FAKE" run -p way=steady --launches 1 --no-report -o out/a
	[ "$status" -eq 1 ]
	has "$(joined)" "the launch can no longer use its CPU: sched_setaffinity is $FILTER"
}

@test "clone: no launch starts, and one line says why" {
	under clone EPERM "$FAKE" run -p way=steady --launches 1 --no-report -o out/a
	[ "$status" -eq 74 ]
	has "$stderr" "no process for a launch: fork is $FILTER; run it with --security-opt seccomp=unconfined"
}

@test "ioctl on /dev/kvm: the skipped rows name the filter" {
	can_hide "$DEV"
	local errno
	for errno in EPERM ENOSYS; do
		run --separate-stderr -77 hiding "$DEV" "$REFUSE" kvm $errno "$TOLLBOOTH" run apf/contract-kvm -q --launches 1 \
			--no-report -o out/$errno
		judge out/$errno.json .
		has "$(joined)" "ioctl KVM_GET_API_VERSION on /dev/kvm is $FILTER"
	done
	run --separate-stderr -77 hiding "$DEV" "$TOLLBOOTH" run apf/contract-kvm -q --launches 1 --no-report -o out/other
	has "$(joined)" "/dev/kvm is not KVM's"
}

@test "sched_getaffinity: one line reports it, and hwloc does not loop forever" {
	local command
	for command in list doctor "run -n"; do
		# shellcheck disable=SC2086 # its words
		run --separate-stderr -5 timeout 20 "$REFUSE" sched_getaffinity EPERM "$TOLLBOOTH" $command
		one_line
		has "$stderr" "the machine's topology cannot be read: sched_getaffinity is $FILTER"
	done
}

@test "list reports the same reasons" {
	under vfork ENOSYS "$TOLLBOOTH" list thread/create
	[ "$status" -eq 0 ]
	has "$(tr -s ' \n' ' ' <<<"$output")" "unavailable: vfork is $FILTER: "
	has "$(joined)" "run it with --security-opt seccomp=unconfined"
}

@test "an unmounted /proc is reported in one line" {
	local bare="mount -t tmpfs none /proc"
	can_hide "$bare"
	run --separate-stderr -5 hiding "$bare" "$FAKE" run -p way=steady --launches 1 -o out/a
	one_line
	has "$stderr" "/proc is not mounted"
	run --separate-stderr -5 hiding "$bare" "$TOLLBOOTH" tune l1d -o out/b
	one_line
	has "$stderr" "/proc is not mounted"
	has "$stderr" "mount -t proc proc /proc"
	empty out
}

@test "a reached pids.max is named" {
	local group limit
	group pids pids.max
	echo 30 >"$limit"
	# shellcheck disable=SC2016 # for the inner shell
	run --separate-stderr "$BASH" -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' - "$group" \
		"$TOLLBOOTH" run thread/create -p method=clone3 -p live=100 -q --launches 1 --no-report -o out/a
	[ "$status" -eq 1 ]
	has "$(joined)" "/pids.max is 30, 30 are used; raise pids.max"
}

@test "run and doctor both report an unstable TSC" {
	local unstable="mount --bind clocks /sys/devices/system/clocksource/clocksource0/available_clocksource"
	# The kernel's list after its watchdog marked the TSC unstable.
	echo "hpet acpi_pm" >clocks
	can_hide "$unstable"
	run --separate-stderr -0 hiding "$unstable" "$TOLLBOOTH" doctor --json
	doctor=$output
	run --separate-stderr -0 hiding "$unstable" "$FAKE" run -p way=steady --launches 1 --no-report -o out/a
	python - "$doctor" "$stderr" <<-'EOF'
		import json, sys
		ids = [f["id"] for f in json.loads(sys.argv[1])["findings"] if f["id"].startswith("tsc-")]
		told = [line for line in sys.argv[2].splitlines() if "the TSC may mislead" in line]
		assert "tsc-unstable" in ids, ids
		assert len(told) == len(ids) and all(f"({id}); see tollbooth doctor" in line for id, line in zip(ids, told)), (ids, told)
	EOF
}

@test "perf_event_open: the parts of a fault are null with its name" {
	under perf_event_open EPERM "$TOLLBOOTH" run apf/wake-uffd -p way=copy -q --launches 1 --no-report -o r.json
	[ "$status" -ne 1 ] || fail "$stderr"
	is r.json "{m['reason'].split(' by')[0] for m in r['benchmarks'][0]['metrics'] if m['name'].startswith('part')}" \
		"{'not separable: no record of context switches: perf_event_open is refused'}"
	"$TOLLBOOTH" validate r.json
}
