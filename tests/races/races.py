#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the benchmarks once under ThreadSanitizer: no race, and every launch ends.

    races.py PROGRAM

PROGRAM is tollbooth, built with -fsanitize=thread. Its figures mean nothing, and checks that count
mappings may fail: the sanitizer has mappings of its own.
"""
import json
import os
import subprocess
import sys
import tempfile

PROGRAM = os.path.abspath(sys.argv[1])
RUNS = [
    ["--suite", "quick"],
    ["thread/create", "-p", "creators=3", "-p", "live=2", "-p", "shadow=off,model"],
    ["thread/sibling-fault", "-p", "placement=same-cpu", "-p", "storm=threads", "-p", "shadow=off,model"],
    ["apf/wake-uffd", "-p", "threads=4", "-p", "batch=4"],
]
# The sanitizer also reports a race by the worker's exit status.
OPTIONS = "halt_on_error=0:exitcode=66:" + os.environ.get("TSAN_OPTIONS", "")
LIMIT_S = 900


def judge(arguments, folder):
    """Yields what is wrong with a run."""
    record = os.path.join(folder, "a.json")
    done = subprocess.run(
        [PROGRAM, "run", *arguments, "--launches", "1", "--rounds", "8", "--no-report", "-q", "-o", record[:-5]],
        env={**os.environ, "TSAN_OPTIONS": OPTIONS}, text=True, capture_output=True, timeout=LIMIT_S,
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    if "ThreadSanitizer" in done.stderr:
        yield done.stderr[done.stderr.index("ThreadSanitizer") :][:8000]
    if done.returncode not in (0, 1, 77):
        yield f"exit {done.returncode}: {done.stderr[-2000:]}"
        return
    with open(record, encoding="utf-8") as file:
        rows = json.load(file)["benchmarks"]
    for row in rows:
        for launch in row["launches"]:
            if launch["exit"] not in ("ok", "disturbed", "check-failed"):
                yield f"{row['name']} {row['params']}: {launch['exit']}: {launch['reason']}"
    print(f"{sum(len(row['launches']) for row in rows)} launches of {' '.join(arguments)}", flush=True)


def main():
    wrong = []
    for arguments in RUNS:
        with tempfile.TemporaryDirectory(prefix="races.") as folder:
            wrong += judge(arguments, folder)
    for fault in wrong:
        print(fault)
    sys.exit(1 if wrong else 0)


main()
