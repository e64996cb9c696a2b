#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: judge_counts.py FOLDER NAME...: checks the --events counts of the module's windows in the machine's records. Those
named -counted are from a machine with a PMU."""
import json
import sys


def rows(name):
    with open(f"{sys.argv[1]}/{name}.json", encoding="utf-8") as file:
        record = json.load(file)
    found = [row for row in record["benchmarks"] if row["status"] != "skipped"]
    assert found, name
    for row in found:
        yield row, {metric["name"]: metric for metric in row["metrics"]}


def counts(metric):
    """Of all launches, judged or not: an emulator's flushes fail their controls, and then there is no summary."""
    columns = [launch["ungated"] for launch in metric["samples"]]
    if all(isinstance(column, list) for column in columns):
        return {count for column in columns for count in column}
    return set(metric["summary"]["quantiles"].values()) - {None}


# For any window in the kernel, on every machine.
excluded = "kernel's share is excluded"

for name in (name for name in sys.argv[2:] if not name.endswith("-counted")):
    for row, metrics in rows(name):
        assert "no PMU" in metrics["event/cycles"]["reason"], metrics["event/cycles"]["reason"]
        assert excluded in metrics["event/cycles:u"]["reason"], metrics["event/cycles:u"]["reason"]
        assert not any(metrics[m]["summary"] for m in metrics if m.startswith("event/")), metrics
        assert all(launch["pmu"] is None and "no PMU" in launch["pmu_reason"] for launch in row["launches"])

# fake-pmu.c: counter i goes on by i + 1 at each read; cycles are counter 0, instructions counter 1.
for name in (name for name in sys.argv[2:] if name.endswith("-counted")):
    for row, metrics in rows(name):
        assert excluded in metrics["event/cycles:u"]["reason"], metrics["event/cycles:u"]["reason"]
        for event, steps in (("cycles", 1), ("instructions", 2)):
            metric = metrics[f"event/{event}"]
            assert counts(metric) == {steps}, (name, event, counts(metric))
            for launch in row["launches"]:
                assert launch["controls"][f"overhead-event/{event}"] == steps, launch["controls"]
        assert row["launches"][0]["pmu"]["scope"] == "window", row["launches"][0]["pmu"]
        assert row["launches"][0]["pmu"]["read"] == "rdpmc", row["launches"][0]["pmu"]
