#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests docs/adding-a-benchmark.md: follows it in a copy of the tree, builds, lists and runs the new benchmark.

    adding.py SOURCES

Of the page each block of code after a line "`PATH`:" is a file; CHANGELOG.md gets a line. A metric and a flush
loop are added, too. Each may touch three files at most. Exit status: 0 the page is correct, 1 it is not.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SOURCES = pathlib.Path(sys.argv[1]).resolve()
PARTS = ("CMakeLists.txt", "CMakePresets.json", "CHANGELOG.md", "bench", "cmake", "completion", "docs", "harness",
         "kernel-support", "plots", "results", "tests", "tools")
PLACES_MAX = 3


class Tree:
    """A copy of the sources that counts the files which a change touches."""

    def __init__(self, folder):
        self.top = pathlib.Path(folder) / "tree"
        self.top.mkdir()
        for part in PARTS:
            if (SOURCES / part).is_dir():
                shutil.copytree(SOURCES / part, self.top / part, ignore=shutil.ignore_patterns("build"))
            else:
                shutil.copy2(SOURCES / part, self.top / part)
        self.touched = set()

    def write(self, path, text):
        (self.top / path).parent.mkdir(parents=True, exist_ok=True)
        (self.top / path).write_text(text)
        self.touched.add(path)

    def append(self, path, text):
        self.write(path, (self.top / path).read_text() + text)

    def insert(self, path, before, text):
        """Puts text before the one place that has `before`."""
        old = (self.top / path).read_text()
        assert old.count(before) == 1, f"{path} has {old.count(before)} times {before!r}, not once"
        self.write(path, old.replace(before, text + before))

    def places(self, what):
        """Checks and forgets the files that were touched."""
        print(f"{what}: {len(self.touched)} places: {', '.join(sorted(self.touched))}")
        assert len(self.touched) <= PLACES_MAX, f"{what} touches more than {PLACES_MAX} files"
        self.touched = set()

    def run(self, *command, **options):
        return subprocess.run([str(word) for word in command], cwd=self.top, check=True, text=True,
                              stdout=subprocess.PIPE, **options).stdout


def add_example(tree):
    page = (tree.top / "docs/adding-a-benchmark.md").read_text()
    files = re.findall(r"^`([^`\n]+)`:\n\n```[a-z]*\n(.*?)^```$", page, re.M | re.S)
    assert len(files) == 3, f"the page has {len(files)} files, not a benchmark, its test and the line of changes"
    for path, text in files:
        if path == "CHANGELOG.md":
            tree.append(path, text)
        else:
            assert not (tree.top / path).exists(), f"{path} is there already"
            tree.write(path, text)
    tree.places("a benchmark")
    return [path for path, _ in files]


def add_metric(tree, path):
    tree.insert(path, " };\n\n/* The values of the parameter", ", CORE_CYCLES")
    tree.insert(path, "\t{ 0 }\n};\n\nstatic const struct tb_param",
                "\t[CORE_CYCLES] = { .name = \"core-cycles\", .unit = TB_CORE_CYCLES, .help = \"the same\" },\n")
    tree.insert(path, "\treturn 0;\n}\n\nstatic int identity_verify",
                "\tvalue[CORE_CYCLES] = tb_clock_core_cycles((double)(end - begin));\n")
    tree.places("a metric")


def add_loop(tree):
    tree.insert("kernel-support/flush_loops.h", "/* The null window:", """TB_LOOP tb_flush_twice(void *buffer, unsigned long size)
{
	TB_KVM_LOOP("twice", "mfence");
}

""")
    loops = "kernel-support/flush_loops.h"
    row = "\t{ \"clflushopt\", tb_flush_clflushopt, TB_NEED_CLFLUSHOPT, TB_LOOP_BY_ADDRESS },\n"
    text = (tree.top / loops).read_text()
    assert text.count(row) == 1, f"{loops} does not end its table with clflushopt"
    tree.write(loops, text.replace(row, row + "\t{ \"twice\", tb_flush_twice, TB_NEED_NOTHING, TB_LOOP_READS },\n"))
    tree.insert("bench/l1d/flush_user.c", "\t\t\"loop=chase: ", "\t\t\"loop=twice: kvm with MFENCE.\\n\"\n")
    tree.places("a flush loop")


def listed(tree, name):
    for bench in json.loads(tree.run("build/tollbooth", "list", "--json")):
        if bench["name"] == name:
            return bench
    raise AssertionError(f"tollbooth list does not show {name}")


def values(bench, param):
    return next(p["values"].split("|") for p in bench["params"] if p["name"] == param)


def measure(tree, out, *arguments):
    """Runs and returns the one benchmark rows of the record."""
    tree.run("build/tollbooth", "run", *arguments, "--launches", "2", "--rounds", "64", "--no-report", "-o", out,
             stderr=subprocess.DEVNULL)
    tree.run("build/tollbooth", "validate", out)
    return json.loads((tree.top / out).read_text())["benchmarks"]


def main():
    with tempfile.TemporaryDirectory(prefix="tollbooth-adding-") as folder:
        tree = Tree(folder)
        paths = add_example(tree)
        add_metric(tree, paths[0])
        add_loop(tree)
        tree.run("cmake", "--preset", "default", "-DCMAKE_COMPILE_WARNING_AS_ERROR=ON", stderr=subprocess.STDOUT)
        test = pathlib.Path(paths[1]).stem
        tree.run("cmake", "--build", "build", "--target", "tollbooth", test, "test_explain", "test_flush_loops")

        bench = listed(tree, "syscall/identity")
        assert bench["runnable"] == 2, bench
        assert values(bench, "call") == ["getpid", "gettid"], bench
        assert [m["name"] for m in bench["metrics"]] == ["latency", "core-cycles"], bench
        for name in ("l1d/flush-user", "l1d/flush-kernel"):
            assert "twice" in values(listed(tree, name), "loop"), f"{name} has no loop=twice"
        for test in (test, "test_explain", "test_flush_loops"):
            tree.run(f"build/tests/{test}", stderr=subprocess.STDOUT)
        rows = measure(tree, "a.json", "syscall/identity")
        assert [row["params"] for row in rows] == [{"call": "getpid"}, {"call": "gettid"}], rows
        for row in rows:
            assert all(check["pass"] for check in row["checks"]), row["checks"]
            assert [m["summary"]["estimate"] > 0 for m in row["metrics"]] == [True, True], row["metrics"]
        rows = measure(tree, "b.json", "l1d/flush-user", "-p", "loop=twice")
        assert rows[0]["params"]["loop"] == "twice", rows

        # A benchmark whose file is gone is gone.
        (tree.top / paths[0]).unlink()
        tree.run("cmake", "--build", "build", "--target", "tollbooth")
        assert "syscall/identity" not in tree.run("build/tollbooth", "list", "--json")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as failed:
        print(failed, failed.stdout, sep="\n")
        sys.exit(1)
    except AssertionError as wrong:
        print(wrong)
        sys.exit(1)
