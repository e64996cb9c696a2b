# SPDX-License-Identifier: GPL-2.0-or-later
# Tests that take long: the watchdog waits for 30 s.
load helper

@test "a hanging worker is killed, and its row fails" {
	# shellcheck disable=SC2016 # for the inner shell
	run --separate-stderr -1 setsid --wait "$BASH" -c 'echo $$ >session; exec "$@"' - \
		"$FAKE" run -p way=hang,steady --launches 1 -o out/a
	has "$(joined)" "no sample for 30 s: the worker was killed"
	gone --sid "$(<session)"
	valid out/a.json
	is out/a.json '{launch["exit"] for launch in b["launches"]}, [row["status"] for row in r["benchmarks"]], r["complete"]' \
		"({'timeout'}, ['failed', 'ok'], True)"
}

# tally RECORD NAME: launches, those of them whose every check held, and the sum of a check's count.
tally() {
	python - "$1" "$2" <<'PY'
import json, sys
launches = [l for row in json.load(open(sys.argv[1]))["benchmarks"] for l in row["launches"]]
exact = [l for l in launches if l["exit"] in ("ok", "disturbed") and all(c["pass"] for c in l["checks"])]
total = sum(int(c["got"]) for l in launches for c in l["checks"] if c["name"] == sys.argv[2])
print(len(launches), len(exact), total)
PY
}

@test "a million creations: every child ran, and no process or mapping is left" {
	local all=0 i
	# How many creations a launch makes in its time is the machine's speed.
	for ((i = 0; i < 10 && all < 1000000; i++)); do
		"$TOLLBOOTH" run thread/create -p method=clone3,clone,pthread -p shadow=off,model --launches 60 \
			-q --no-report -o "r$i.json" >table 2>err
		read -r launches exact children < <(tally "r$i.json" children-ran)
		[ "$launches" -gt 0 ]
		[ "$launches" -eq "$exact" ] || fail "$exact of $launches launches are exact"
		all=$((all + children))
	done
	[ "$all" -ge 1000000 ] || fail "$all creations"
}

@test "counts are exact in 50 of 50 launches" {
	"$TOLLBOOTH" run apf/wake-uffd apf/wake-futex thread --launches 50 -q --no-report -o r.json >table 2>err
	read -r launches exact _ < <(tally r.json events)
	[ "$launches" -ge 1000 ] || fail "$launches launches"
	[ "$launches" -eq "$exact" ] || fail "$exact of $launches launches are exact"
}

@test "the harness survives a stop of more than a minute" {
	local i
	"$FAKE" run -p way=steady --launches 300 -o out/a >/dev/null 2>stderr 3>&- &
	for ((i = 0; i < 200; i++)); do
		[ "$(cat out/.a.journal 2>/dev/null | wc -l)" -lt 3 ] || break
		sleep 0.02
	done
	kill -STOP $!
	sleep 65
	kill -CONT $!
	wait $!
	valid out/a.json
	is out/a.json 'r["complete"], {launch["exit"] for launch in b["launches"]} <= {"ok", "disturbed"}' '(True, True)'
}
