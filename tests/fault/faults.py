#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes every system call of a run, a recovery and a reader fail in turn, and checks the remaining files.

    faults.py PROGRAM LIBRARY [SCENE...]

PROGRAM is the fake, LIBRARY fault.c. After each fault: a documented exit code and one line on
stderr that says why; every file is a whole record or a journal that recover makes one of; no
launch that was journalled is lost. FAULTS=quick in the environment: only errors of what is
written, from the first file on.
"""
import concurrent.futures
import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile

PROGRAM, LIBRARY = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
QUICK = os.environ.get("FAULTS") == "quick"
ONLY = sys.argv[3:]
LIMIT_S = 60
DOCUMENTED = {0, 1, 2, 74, 75, 77}
# Calls and their possible errors: of a disk, a quota, a limit or a signal.
DISK = ["EIO", "ENOSPC", "EDQUOT"]
ERRORS = {
    "write": [*DISK, "EINTR", "short"],
    "open": ["ENOSPC", "EIO", "EMFILE"],
    "fsync": [*DISK, "EINTR"],
    "fdatasync": [*DISK, "EINTR"],
    "close": ["EIO", "EINTR"],
    "fclose": ["ENOSPC"],
    "closedir": ["EIO"],
    "fflush": ["ENOSPC"],
    "renameat2": [*DISK, "EINVAL"],
    "unlinkat": ["EIO"],
    "ftruncate": ["ENOSPC", "EINTR"],
    "mmap": ["ENOMEM"],
    "memfd_create": ["EMFILE", "ENOMEM"],
    "fork": ["EAGAIN"],
    "flock": ["ENOLCK", "EINTR"],
    "syscall": ["EMFILE", "ENOSYS"],
    "waitpid": ["EINTR"],
    "read": ["EIO", "EINTR", "short"],
    "pread": ["EIO", "EINTR", "short"],
    "stat": ["EIO"],
    "opendir": ["EMFILE"],
    "readdir": ["EIO"],
    "fdopen": ["ENOMEM"],
    "open_memstream": ["ENOMEM"],
    "mkdir": ["ENOSPC"],
    "mkdtemp": ["ENOSPC"],
    "rmdir": ["EIO"],
    "access": ["EIO"],
    "faccessat": ["EIO"],
    "fcntl": ["EINVAL"],
    "getrandom": ["ENOSYS"],
    "kill": ["EPERM"],
    "readlink": ["EIO"],
    "sched_getaffinity": ["EINVAL"],
    "sched_setaffinity": ["EINVAL"],
    "sigtimedwait": ["EINTR", "EAGAIN"],
    "sigprocmask": ["EINVAL"],

}
WRITTEN = ["write", "open", "fsync", "fdatasync", "close", "renameat2", "unlinkat", "ftruncate",
           "memfd_create", "fork", "flock", "mmap"]  # fmt: skip
QUICK_ERRORS = {"ENOSPC", "EIO", "EINTR", "short", "EINVAL", "EMFILE", "EAGAIN", "ENOMEM"}


def run(arguments, folder, **environment):
    return subprocess.run(
        [PROGRAM, *arguments], cwd=folder, env={**os.environ, **environment}, text=True,
        capture_output=True, timeout=LIMIT_S, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip


def preload():
    """The value of LD_PRELOAD. A space there ends a name, and the path of the checkout may have one,
    so the library is copied. ASan has to be the first of the libraries."""
    library = shutil.copy(LIBRARY, os.path.join(SCRATCH.name, "fault.so"))
    linked = subprocess.run(["ldd", PROGRAM], text=True, capture_output=True, check=True).stdout
    asan = [line.split()[2] for line in linked.splitlines() if "libasan" in line]
    return ":".join([*asan, library])


SCRATCH = tempfile.TemporaryDirectory(prefix="faults.")
PRELOAD = preload()


def launches_named(folder):
    """What the journals say was measured: whole lines only."""
    n = 0
    for name in os.listdir(folder):
        if name.endswith(".journal"):
            with open(os.path.join(folder, name), "rb") as file:
                n += sum(line.startswith(b'{"row"') and line.endswith(b"\n") for line in file)
    return n


def launches_of(path):
    with open(path, encoding="utf-8") as file:
        return sum(len(row["launches"]) for row in json.load(file)["benchmarks"])


class Scene:
    """A command, in a folder with out/ in it, and what may be there after it."""

    def __init__(self, name, arguments, template=None, makes=("a.json", "a.samples.zst")):
        self.name, self.arguments, self.template, self.makes = name, arguments, template, makes

    def judge_files(self, folder, done):
        """Yields what is wrong with what a command left."""
        out = os.path.join(folder, "out")
        named = launches_named(out)
        for name in os.listdir(out):
            # A remaining temporary file is removed by the next writer.
            if name not in (*self.makes, ".a.journal", ".a.numbers") and not name.endswith(".tmp"):
                yield f"left {name}"
        if os.path.exists(os.path.join(out, "a.json")):
            if (valid := run(["validate", "out/a.json"], folder)).returncode:
                yield f"torn: {valid.stderr}"
            else:
                named = max(named, launches_of(os.path.join(out, "a.json")))
        elif done and "a.json" in self.makes:
            yield "done, and no record"
        again = run(["recover", "out"], folder)
        if again.returncode:
            yield f"recover: {again.returncode} {again.stderr}"
        left = set(os.listdir(out)) - set(self.makes)
        if left:
            yield f"after recover: {left}"
        if not os.path.exists(os.path.join(out, "a.json")):
            if named or os.path.exists(os.path.join(out, "a.samples.zst")):
                yield f"{named} launches lost"
            return
        if (valid := run(["validate", "out/a.json"], folder)).returncode:
            yield f"recovered, but {valid.stderr}"
        elif launches_of(os.path.join(out, "a.json")) < named:
            yield f"fewer than {named} launches"

    def trial(self, call, n, error, late):
        """(whether the call was reached, what was wrong)."""
        folder = tempfile.mkdtemp(prefix="faults.")
        try:
            if self.template:
                shutil.copytree(self.template, os.path.join(folder, "out"))
            else:
                os.mkdir(os.path.join(folder, "out"))
            os.mkdir(os.path.join(folder, "tmp"))
            code = error if error == "short" else getattr(errno, error)
            log = os.path.join(folder, "log")
            plan = f"{call}:{n}:{code}" + (":late" if late else "")
            try:
                done = run(self.arguments, folder, LD_PRELOAD=PRELOAD, FAULT=plan, FAULT_LOG=log,
                           TMPDIR=os.path.join(folder, "tmp"), HOME=folder)  # fmt: skip
            except subprocess.TimeoutExpired:
                return True, ["hangs"]
            if not os.path.exists(log):
                return False, []
            return True, [*self.judge_end(done), *self.judge_files(folder, not done.returncode)]
        finally:
            shutil.rmtree(folder)

    def judge_end(self, done):
        lines = done.stderr.splitlines()
        if done.returncode not in DOCUMENTED:
            yield f"exit {done.returncode}: {done.stderr[-2000:]}"
        if any(not line.startswith("tollbooth: ") for line in lines):
            yield f"stderr: {done.stderr[-2000:]}"
        known = ["record  ", "report  ", "without SCHED_FIFO", "some memory was not locked",
                 "the TSC may mislead", "nothing to plot",
                 "another run (process ", "another run on CPU"]
        known += [] if done.returncode else ["no report: "]
        told = [line for line in lines if not line[11:].startswith(tuple(known))
                and " records recovered in " not in line
                and "other runs on CPU" not in line]  # fmt: skip
        if done.returncode not in (0, 1) and len(told) != 1:
            yield f"exit {done.returncode} with {len(told)} lines: {told}"


def scenes(folder):
    """The lives to go through; what they start from is made in folder."""
    one = ["-p", "way=steady", "-p", "size=64K", "--seed", "1"]
    short = ["run", *one, "--launches", "2"]
    for name, launches in ("few", "3"), ("many", "90"):
        out = os.path.join(folder, name)
        os.mkdir(out)
        # A journal that was not published, as a kill would leave it.
        run(["run", *one, "--launches", launches, "-o", f"{out}/a"], folder, LD_PRELOAD=PRELOAD,
            FAULT=f"renameat2:1:{errno.EIO}")  # fmt: skip
        assert sorted(os.listdir(out)) == [".a.journal", ".a.numbers"], os.listdir(out)
    record = os.path.join(folder, "record")
    shutil.copytree(os.path.join(folder, "few"), record)
    assert run(["recover", record], folder).returncode == 0
    side = os.path.join(folder, "side")
    shutil.copytree(os.path.join(folder, "many"), side)
    assert run(["recover", side], folder).returncode == 0
    yield Scene("run", [*short, "--no-report", "-o", "out/a"])
    yield Scene("recover", ["recover", "out"], os.path.join(folder, "few"))
    yield Scene("recover with a side file", ["recover", "out"], os.path.join(folder, "many"))
    if QUICK:
        return
    yield Scene("run -o -", [*short, "-o", "-"], makes=())
    yield Scene("run with a report", [*short, "-o", "out/a"], makes=("a.json", "a.html"))
    for command in "show", "validate":
        yield Scene(command, [command, "out/a.json"], record)
        yield Scene(f"{command} with a side file", [command, "out/a.json"], side)
    yield Scene("show --json", ["show", "--json", "out/a.json"], side)
    yield Scene("report", ["report", "out/a.json"], record, makes=("a.json", "a.html"))
    yield Scene("export", ["export", "out/a.json", "-o", "data"], record)


def go_through(scene, call, error):
    """All of a scene's calls of one kind, until there is none more: (trials, faults)."""
    wrong = []
    n = 1
    while True:
        reached, faults = scene.trial(call, n, error, QUICK and scene.name == "run")
        if not reached:
            return n - 1, wrong
        wrong += [f"{scene.name}: {call} {n} {error}: {fault}" for fault in faults]
        n += 1


def main():
    trials, wrong = 0, []
    jobs = []
    # Two at a time: each is mostly the disk's and the kernel's time.
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for scene in scenes(SCRATCH.name):
            if ONLY and scene.name not in ONLY:
                continue
            for call, errors in ERRORS.items():
                if QUICK and call not in WRITTEN:
                    continue
                for error in errors:
                    if not QUICK or error in QUICK_ERRORS:
                        jobs.append(pool.submit(go_through, scene, call, error))
        for job in jobs:
            n, faults = job.result()
            trials += n
            wrong += faults
            for fault in faults:
                print(fault, flush=True)
    print(f"{trials} faults, {len(wrong)} of them ended badly")
    sys.exit(1 if wrong or trials < 100 else 0)


main()
