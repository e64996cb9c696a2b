# SPDX-License-Identifier: GPL-2.0-or-later
# What takes its time: the watchdog waits for 30 s.
load helper

@test "a worker that hangs is killed, and the row fails" {
	# shellcheck disable=SC2016 # for the inner shell
	run --separate-stderr -1 setsid --wait "$BASH" -c 'echo $$ >session; exec "$@"' - \
		"$FAKE" run -p way=hang,steady --launches 1 -o out/a
	has "$output" "no sample for 30 s: the worker was killed"
	gone --sid "$(<session)"
	valid out/a.json
	is out/a.json '{launch["exit"] for launch in b["launches"]}, [row["status"] for row in r["benchmarks"]], r["complete"]' \
		"({'timeout'}, ['failed', 'ok'], True)"
}
