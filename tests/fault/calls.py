#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes calls of every benchmark's launches fail, one at a time, and checks the record.

    calls.py PROGRAM INJECT [BENCHMARK...]

PROGRAM is tollbooth, INJECT inject.c. A launch whose call failed must end with an error that names
the call's errno, or not be touched by it; it may not crash, hang, or leave processes or files
behind. CALLS in the environment: "quick" is a few calls of each kind, "mmap,uffd" these kinds only.
"""
import concurrent.futures
import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

PROGRAM, INJECT = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
ONLY = sys.argv[3:]
CALLS = os.environ.get("CALLS", "")
QUICK = CALLS == "quick"
UNAVAILABLE = 126
LIMIT_S = 300
# The run's own watchdog ends a hang after 30 s; a busy machine is not that slow.
HANG_S = 20
# Errors of the kernel, a limit or a filter. glibc translates some of them.
ERRORS = {
    "mmap": ["ENOMEM"],
    "mprotect": ["ENOMEM"],
    "clone": ["EAGAIN", "EPERM"],
    "clone3": ["EAGAIN", "EPERM"],
    "fork": ["EAGAIN"],
    "vfork": ["EAGAIN"],
    "eventfd2": ["EMFILE"],
    "userfaultfd": ["EPERM", "EMFILE"],
    "uffd": ["ENOMEM", "EINVAL"],
    "kvm": ["EINVAL", "ENOMEM"],
    "ioctl": ["EIO"],
    "memfd_create": ["EMFILE"],
    "execve": ["ENOMEM"],
    "sched_setaffinity": ["EINVAL"],
}
# The errno that a caller sees in place of the call's own.
SEEN_AS = {"mmap": ["EAGAIN"], "mprotect": ["EAGAIN", "ENOMEM"], "uffd": ["EOPNOTSUPP"]}
# Calls whose failure a launch may survive, by benchmark; "": all.
MAY_PASS = {
    # The device is a second way; a heap of glibc's that cannot grow gives way to another.
    "": ["userfaultfd", "mprotect"],
}
EVERY = 8  # of a kind's calls: each of so many first ones fails
QUICK_CALLS = ["mmap", "clone", "clone3", "vfork", "userfaultfd", "uffd", "kvm", "eventfd2", "sched_setaffinity"]
QUICK_ERRORS = 1
# Calls of `list`. Its mmap() is mostly the dynamic linker's, which has its own messages.
LIST_CALLS = ["clone", "clone3", "vfork", "userfaultfd", "uffd", "kvm", "memfd_create"]
DOCUMENTED = {0, 1, 2, 5, 74, 77}
SCENES = [
    ["l1d/flush-user", "-p", "victim=page"],
    ["apf/wake-uffd", "-p", "way=copy,zeropage,continue,wp,sigbus"],
    ["apf/wake-uffd", "-p", "threads=4", "-p", "batch=4"],
    ["apf/wake-futex", "-p", "placement=same-cpu"],
    ["apf/wake-kernel"],
    ["apf/wake-kvm", "-p", "mode=async,halt,sync,no-irqchip"],
    ["apf/wake-kvm", "-p", "vcpus=2", "-p", "threads=2"],
    ["apf/contract-kvm"],
    ["thread/create", "-p", "method=clone3,clone,pthread,vfork,fork,spawn"],
    ["thread/create", "-p", "method=clone3,pthread", "-p", "shadow=model", "-p", "live=3"],
    ["thread/create", "-p", "method=clone3,vfork", "-p", "shadow=on"],
    ["thread/create", "-p", "method=clone3", "-p", "creators=3", "-p", "shadow=off,model"],
    ["thread/call", "-p", "shadow=off,on"],
    ["thread/switch", "-p", "shadow=off,on"],
    ["thread/signal", "-p", "shadow=off,on"],
    ["thread/sibling-fault", "-p", "storm=none,threads", "-p", "shadow=off,model",
     "-p", "placement=same-cpu"],
    ["thread/footprint", "-p", "method=clone3,clone,pthread", "-p", "shadow=off,model", "-p", "live=4"],
    ["thread/shadow-map", "-p", "shadow=model,on", "-p", "size=64K"],
]
QUICK_SCENES = [
    ["l1d/flush-user", "-p", "victim=page"],
    ["apf/wake-uffd", "-p", "way=continue"],
    ["apf/wake-kvm", "-p", "mode=async"],
    ["apf/contract-kvm", "-p", "interrupts=1"],
    ["thread/create", "-p", "method=clone3", "-p", "shadow=model", "-p", "creators=3", "-p", "live=2"],
    ["thread/create", "-p", "method=vfork,fork"],
    ["thread/call"],
    ["thread/sibling-fault", "-p", "storm=threads", "-p", "shadow=model", "-p", "placement=same-cpu"],
    ["thread/footprint", "-p", "method=pthread", "-p", "live=4"],
]  # fmt: skip


class Run:
    """A run under inject: what its launches said, and what is wrong with it."""

    longest_ms = 0  # of all launches whose call failed

    def __init__(self, scene, call="none", n=0, error="EIO"):
        self.wrong, self.count, self.hits, self.launches = [], {}, set(), {}
        self.title = f"{' '.join(scene)}: {call} {n} {error}"
        self.failure = (call, error)
        folder = tempfile.mkdtemp(prefix="calls.")
        try:
            self.go(scene, call, n, error, folder)
        finally:
            shutil.rmtree(folder)

    def go(self, scene, call, n, error, folder):
        temporary, log = os.path.join(folder, "tmp"), os.path.join(folder, "log")
        os.mkdir(temporary)
        command = [INJECT, call, str(n), error, log, PROGRAM, "run", *scene, "--launches", "1",
                   "--rounds", "8", "--no-report", "-q", "-o", os.path.join(folder, "a")]  # fmt: skip
        memory = set(os.listdir("/dev/shm")) if os.path.isdir("/dev/shm") else set()
        begin = time.monotonic()
        try:
            done = subprocess.run(
                command, env={**os.environ, "TMPDIR": temporary, "LC_ALL": "C"}, cwd=folder,
                text=True, capture_output=True, timeout=LIMIT_S, stdin=subprocess.DEVNULL, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            self.say("the run hangs")
            return
        self.took = time.monotonic() - begin
        if done.returncode == UNAVAILABLE:
            print(done.stderr.strip(), flush=True)
            os._exit(77)
        self.read_log(log)
        if done.returncode not in (0, 1, 77):
            self.say(f"exit {done.returncode}: {done.stderr[-600:]}")
        if os.path.exists(os.path.join(folder, "a.json")):
            self.read_record(os.path.join(folder, "a.json"))
        else:
            self.say("no record")
        left = set(os.listdir(temporary)) | set(os.listdir(folder)) - {"a.json", "log", "tmp"}
        if os.path.isdir("/dev/shm"):
            left |= {x for x in set(os.listdir("/dev/shm")) - memory if "tollbooth" in x}
        if left:
            self.say(f"left {sorted(left)}")

    def say(self, text):
        self.wrong.append(f"{self.title}: {text}")

    def read_log(self, path):
        with open(path, encoding="utf-8") as file:
            for line in file:
                words = line.split()
                if words[0] == "launch":
                    self.count.setdefault(int(words[1]), {})[words[2]] = int(words[3])
                elif words[0] == "hit":
                    self.hits.add(int(words[1]))
                else:
                    self.say(f"a process was left: {line.strip()}")

    def read_record(self, path):
        with open(path, encoding="utf-8") as file:
            record = json.load(file)
        for row in record["benchmarks"]:
            for launch in row["launches"]:
                self.launches[launch["seq"]] = (row, launch)
        for index in sorted(self.hits):
            if index in self.launches:
                self.judge(*self.launches[index])
            else:
                self.say(f"launch {index} is not in the record")

    def judge(self, row, launch):
        """What a launch says whose call failed."""
        call, error = self.failure
        where = f"{row['params']}: {launch['exit']}: {launch['reason']}"
        took = sum(launch["cost"].get(part) or 0 for part in ("start_ms", "window_ms", "finish_ms"))
        Run.longest_ms = max(Run.longest_ms, took)
        if took > HANG_S * 1000:
            self.say(f"{where}: hung for {took / 1000:.1f} s")
        if launch["exit"] in ("ok", "disturbed"):
            if not self.may_pass(row) and not self.unwatched(launch):
                self.say(f"{where}: passed, although its call failed")
        elif launch["exit"] != "error":
            self.say(where)
        elif not any(os.strerror(getattr(errno, e)) in launch["reason"]
                     for e in (error, *SEEN_AS.get(call, []))):  # fmt: skip
            self.say(f"{where}: not the errno")
        elif launch["reason"].startswith(("the benchmark failed", "the worker left")):
            self.say(f"{where}: no reason")

    def unwatched(self, launch):
        """The call was of the thread that looks for other tasks: the record says that it did not."""
        return self.failure[0] in ("clone3", "mmap", "sched_setaffinity") and any(
            cpu["slow_yields"] is None for cpu in launch["noise"]["cpus"])  # fmt: skip

    def may_pass(self, row):
        call = self.failure[0]
        return call in MAY_PASS.get("", []) or call in MAY_PASS.get(row["name"], [])


def positions(most):
    """Which of so many calls of a launch fail. The last ones are those of verify() and teardown."""
    if QUICK:
        return sorted({1, most} - {0}) if most else []
    few = set(range(1, min(most, EVERY) + 1)) | set(range(max(1, most - 3), most + 1))
    return sorted(few | {1 << k for k in range(most.bit_length())})


def go_through(scene):
    """All failures of a scene: (trials, faults)."""
    counting = Run(scene)
    wrong, trials = counting.wrong, 0
    most = {}
    for counts in counting.count.values():
        for call, n in counts.items():
            most[call] = max(n, most.get(call, 0))
    for call, errors in ERRORS.items():
        if call not in (QUICK_CALLS if QUICK else CALLS.split(",") if CALLS else ERRORS):
            continue
        for error in errors[:QUICK_ERRORS] if QUICK else errors:
            for n in positions(most.get(call, 0)):
                run = Run(scene, call, n, error)
                # On a busy machine one launch may be slow; one that hangs does so again.
                if any("hung for" in fault for fault in run.wrong):
                    run = Run(scene, call, n, error)
                trials += len(run.hits)
                wrong += run.wrong
    return trials, wrong


def look(folder, call="none", n=0, error="EIO"):
    """`list` under inject, which tries every benchmark: (counts of calls, reached, faults)."""
    log, counts, wrong = os.path.join(folder, "log"), {}, []
    title = f"list: {call} {n} {error}"
    begin = time.monotonic()
    done = subprocess.run(
        [INJECT, "harness", call, str(n), error, log, PROGRAM, "list"], text=True, cwd=folder,
        capture_output=True, timeout=LIMIT_S, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    if time.monotonic() - begin > 2 * HANG_S:
        wrong.append(f"{title}: took {time.monotonic() - begin:.1f} s")
    if done.returncode not in DOCUMENTED:
        wrong.append(f"{title}: exit {done.returncode}: {done.stderr[-600:]}")
    if any(not line.startswith("tollbooth: ") for line in done.stderr.splitlines()):
        wrong.append(f"{title}: stderr: {done.stderr[-600:]}")
    with open(log, encoding="utf-8") as file:
        lines = [line.split() for line in file]
    for words in lines:
        if words[0] == "launch":
            counts[words[2]] = int(words[3])
        elif words[0] == "left":
            wrong.append(f"{title}: a process was left: {' '.join(words)}")
    return counts, any(words[0] == "hit" for words in lines), wrong


def go_through_list():
    """All failures of what `list` tries: (trials, faults)."""
    with tempfile.TemporaryDirectory(prefix="calls.") as folder:
        most, _, wrong = look(folder)
        trials = 0
        for call in LIST_CALLS:
            for n in positions(most.get(call, 0)):
                _, reached, faults = look(folder, call, n, ERRORS[call][0])
                trials += reached
                wrong += faults
    return trials, wrong


def main():
    trials, wrong = go_through_list() if not ONLY and CALLS in ("", "quick") else (0, [])
    for fault in wrong:
        print(fault, flush=True)
    # Two at a time, on a machine with two CPUs: each waits for the kernel most of the time.
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        scenes = [scene for scene in (QUICK_SCENES if QUICK else SCENES) if not ONLY or scene[0] in ONLY]
        for n, faults in pool.map(go_through, scenes):
            trials += n
            wrong += faults
            for fault in faults:
                print(fault, flush=True)
    print(f"{trials} calls failed, {len(wrong)} of them ended badly; "
          f"the longest such launch took {Run.longest_ms / 1000:.1f} s")
    sys.exit(1 if wrong or not trials else 0)


main()
