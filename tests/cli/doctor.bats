# SPDX-License-Identifier: GPL-2.0-or-later
# The doctor looks at this machine, whatever it is, and leaves it as it was.
load helper

@test "a table, the worst first, each finding with a command" {
	run --separate-stderr -0 "$TOLLBOOTH" doctor
	[ -z "$stderr" ]
	inert "$output"
	has "${lines[-1]}" "things looked at:"
	has "${lines[-1]}" "nothing was changed"
	python - "$output" <<-'EOF'
		import re, sys
		order = {"spoils": 0, "widens": 1, "limits": 2, "note": 3}
		lines = sys.argv[1].split("\n")
		found = [order[m[1]] for m in (re.match(r"(spoils|widens|limits|note) [a-z0-9-]+: ", line) for line in lines) if m]
		assert found == sorted(found)
		assert len([line for line in lines if line.startswith("       -> ")]) == len(found)
		counts = [int(n) for n in re.findall(r"(\d+) (?:spoil|widen|limit|to note)", lines[-1])]
		assert counts == [found.count(i) for i in range(4)], (counts, found)
	EOF
}

@test "--json: one document with the same" {
	run --separate-stderr -0 "$TOLLBOOTH" doctor --json
	[ -z "$stderr" ]
	python - "$output" <<-'EOF'
		import json, sys
		doctor = json.loads(sys.argv[1])
		assert doctor["looked_at"] >= len(doctor["findings"]) and doctor["cpu"] >= 0
		for one in doctor["findings"]:
		    assert set(one) == {"id", "severity", "seen", "families", "effect", "mend"} and all(one.values())
		    assert one["severity"] in ("spoils", "widens", "limits", "note")
	EOF
}

@test "--strict exits with 1 when something spoils: here, a fixed layout" {
	setarch -R true 2>/dev/null || skip "no setarch -R here"
	run --separate-stderr -1 setarch -R "$TOLLBOOTH" doctor --strict
	has "$output" "spoils fixed-layout: /proc/self/personality: "
	run --separate-stderr -0 setarch -R "$TOLLBOOTH" doctor
}

@test "an ordinary user is told what root may do" {
	for_nobody
	run --separate-stderr -0 bash -c "ulimit -r 0; $(declare -f as_nobody); as_nobody \"\$TOLLBOOTH\" doctor"
	has "$output" "widens no-realtime: /proc/self/limits: Max realtime priority 0"
	has "$output" "-> ulimit -r 10"
}

@test "one CPU only, by affinity and by --cpus" {
	local cpu
	cpu=$(taskset -cp $$ | sed 's/.*: //; s/[,-].*//')
	run --separate-stderr -0 taskset -c "$cpu" "$TOLLBOOTH" doctor
	has "$output" "limits one-cpu: only CPU $cpu may be used"
	run --separate-stderr -0 "$TOLLBOOTH" doctor --cpus "$cpu"
	has "$output" "limits one-cpu: only CPU $cpu may be used"
	has "$output" $'\n'"CPU $cpu, "
}

@test "without gnuplot" {
	run --separate-stderr -0 env PATH=/nonexistent "$TOLLBOOTH" doctor
	has "$output" "limits no-gnuplot: no gnuplot in PATH"
}

@test "doctor makes nothing" {
	"$TOLLBOOTH" doctor >/dev/null
	empty out
	empty tmp
	empty home
}

@test "doctor and wrong words" {
	refused "doctor takes no name" "$TOLLBOOTH" doctor l1d
	refused "--cpus 4095: not all of them may be used here" "$TOLLBOOTH" doctor --cpus 4095
}
