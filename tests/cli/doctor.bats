# SPDX-License-Identifier: GPL-2.0-or-later
# The doctor runs on any machine and changes nothing.
load helper

@test "the table lists the worst finding first, each with a command" {
	run --separate-stderr -0 "$TOLLBOOTH" doctor
	[ -z "$stderr" ]
	inert "$output"
	has "${lines[-1]}" " checks: "
	has "${lines[-1]}" "nothing was changed"
	python - "$output" <<-'EOF'
		import re, sys
		order = {"spoils": 0, "widens": 1, "limits": 2, "note": 3}
		lines = sys.argv[1].split("\n")
		found = [order[m[1]] for m in (re.match(r"(spoils|widens|limits|note) [a-z0-9-]+: ", line) for line in lines) if m]
		assert found == sorted(found)
		assert len([line for line in lines if line.startswith("       -> ")]) == len(found)
		counts = [int(n) for n in re.findall(r"(\d+) (?:spoil|widen|limit|note)", lines[-1])]
		assert counts == [found.count(i) for i in range(4)], (counts, found)
	EOF
}

@test "--json: one document with the same findings" {
	local names
	names=$("$TOLLBOOTH" list --json)
	run --separate-stderr -0 "$TOLLBOOTH" doctor --json
	[ -z "$stderr" ]
	python - "$output" "$names" <<-'EOF'
		import json, sys
		doctor = json.loads(sys.argv[1])
		families = list(dict.fromkeys(bench["name"].split("/")[0] for bench in json.loads(sys.argv[2])))
		assert doctor["looked_at"] >= len(doctor["findings"]) and doctor["cpu"] >= 0
		for one in doctor["findings"]:
		    assert set(one) == {"id", "severity", "seen", "families", "effect", "remedy"} and all(one.values())
		    assert one["severity"] in ("spoils", "widens", "limits", "note")
		    assert set(one["families"].split()) <= set(families), one
		# Something is always found that matters to all: interrupts, the class, no isolated CPU.
		assert " ".join(families) in [one["families"] for one in doctor["findings"]]
	EOF
}

@test "--strict exits with 1 when a finding spoils measurements (here a fixed memory layout)" {
	setarch -R true 2>/dev/null || skip "no setarch -R here"
	run --separate-stderr -1 setarch -R "$TOLLBOOTH" doctor --strict
	has "$output" "spoils fixed-layout: /proc/self/personality: "
	run --separate-stderr -0 setarch -R "$TOLLBOOTH" doctor
}

@test "an ordinary user learns which commands need root" {
	for_nobody
	run --separate-stderr -0 bash -c "ulimit -r 0; $(declare -f as_nobody); as_nobody \"\$TOLLBOOTH\" doctor"
	has "$output" "widens no-realtime: /proc/self/limits: Max realtime priority 0"
	has "$output" "-> ulimit -r 10"
}

@test "a single CPU, by affinity and by --cpus, is reported" {
	local cpu
	cpu=$(taskset -cp $$ | sed 's/.*: //; s/[,-].*//')
	run --separate-stderr -0 taskset -c "$cpu" "$TOLLBOOTH" doctor
	has "$output" "limits one-cpu: this process may use only CPU $cpu"
	run --separate-stderr -0 "$TOLLBOOTH" doctor --cpus "$cpu"
	has "$output" "limits one-cpu: this process may use only CPU $cpu"
	has "$output" $'\n'"CPU $cpu, "
}

@test "a missing gnuplot is reported" {
	run --separate-stderr -0 env PATH=/nonexistent "$TOLLBOOTH" doctor
	has "$output" "limits no-gnuplot: gnuplot is not installed; install the package"
}

@test "doctor creates no file" {
	"$TOLLBOOTH" doctor >/dev/null
	empty out
	empty tmp
	empty home
}

@test "doctor rejects unknown options and arguments" {
	refused "doctor takes no name" "$TOLLBOOTH" doctor l1d
	refused "--cpus 4095: this process may not use all of them" "$TOLLBOOTH" doctor --cpus 4095
}

# Variables that make hwloc describe another machine, with values that it takes.
@test "every command rejects variables that make hwloc describe another machine" {
	local variable
	for variable in 'HWLOC_SYNTHETIC=package:2 l3:2 l2:2 core:2 pu:2' HWLOC_XMLFILE="$DATA/topologies/hybrid.xml" \
		HWLOC_FSROOT="$DATA/roots/smt" HWLOC_THISSYSTEM=1 HWLOC_COMPONENTS=x86 HWLOC_CPUID_PATH=/nonexistent \
		HWLOC_DUMPED_HWDATA_DIR=/ HWLOC_THISSYSTEM_ALLOWED_RESOURCES=1 HWLOC_XMLFILE=; do
		run --separate-stderr -5 env "$variable" "$TOLLBOOTH" doctor
		one_line
		has "$stderr" "${variable%%=*} is set: hwloc would describe another machine; unset it"
	done
	for command in "list" "run --dry-run l1d" "run -o out thread/call" "tune l1d -o out"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr -5 env HWLOC_SYNTHETIC=pu:1 "$TOLLBOOTH" $command
		one_line
		has "$stderr" "HWLOC_SYNTHETIC"
		[ -z "$output" ] || fail "something on stdout"
		empty out
	done
	run --separate-stderr -0 env HWLOC_HIDE_ERRORS=1 HWLOC_DEBUG_VERBOSE=0 "$TOLLBOOTH" doctor
}

# LXCFS numbers a container's CPUs from 0, regardless of its cpuset.
@test "a CPU that sysfs does not list as online can be measured" {
	local cpu shown="mount --bind online /sys/devices/system/cpu/online"
	cpu=$(taskset -cp $$ | sed 's/.*[ ,-]//')
	[ "$cpu" -gt 0 ] || skip "one CPU only"
	echo 0 >online
	can_hide "$shown"
	run --separate-stderr -0 hiding "$shown" taskset -c "$cpu" "$TOLLBOOTH" doctor
	has "$output" $'\n'"CPU $cpu, "
	has "$output" "note topology-doubtful: this process may use CPU $cpu, but"
	run --separate-stderr -0 hiding "$shown" taskset -c "$cpu" "$TOLLBOOTH" list thread/call
	run --separate-stderr -0 hiding "$shown" taskset -c "$cpu" "$FAKE" run fake/one --launches 1 -o out/a.json --no-report
	is out/a.json 'r["host"]["topology"]["threads"]' 1
	has "$(of out/a.json 'r["host"]["topology_contradictions"]')" "may use CPU $cpu"
}
