#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The harness knows no benchmark by name.

    names.py PROGRAM SOURCES

No string in SOURCES/harness has the name of a benchmark that PROGRAM lists, or is the name of a family. Two tables
hold names as data: the doctor's rules, which a unit test compares with what is registered, and names of old records.
Families that are words of their own elsewhere ("l1d" is a cache) are looked for where they begin a benchmark's name.
Exit status: 0 there is none, 1 there are some.
"""
import json
import pathlib
import re
import subprocess
import sys

DATA = ("doctor/rules.c", "renamed.c")


def strings(text):
    """The string literals of C source, without those in comments."""
    for found in re.finditer(r'//[^\n]*|/\*.*?\*/|\'(?:\\.|[^\'\\])\'|"((?:\\.|[^"\\])*)"', text, re.S):
        if found[1] is not None:
            yield found[1]


def main():
    program, sources = sys.argv[1:]
    listed = subprocess.run([program, "list", "--json"], check=True, capture_output=True, text=True).stdout
    names = [bench["name"] for bench in json.loads(listed)]
    assert names, "no benchmark is listed"
    begins = sorted({name.split("/")[0] + "/" for name in names})
    harness = pathlib.Path(sources) / "harness"
    files = [file for file in sorted(harness.rglob("*.[ch]")) if str(file.relative_to(harness)) not in DATA]
    assert len(files) > 100, f"{harness} has {len(files)} sources only"
    # A self-test: a string is seen, a comment is not.
    assert list(strings('/* "a" */ f("b/c", \'"\', "d"); // "e"')) == ["b/c", "d"]
    known = [f"{file.relative_to(sources)}: \"{text}\"" for file in files for text in strings(file.read_text())
             if any(re.search(r"(^|[^a-z/])" + re.escape(begin) + r"[a-z]", text) for begin in begins)]
    print("\n".join(known))
    return 1 if known else 0


if __name__ == "__main__":
    sys.exit(main())
