#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/statistics.py [TREE]: each function that docs/method.md names as the source of a field exists.

A row of the tables in its section Statistics ends with "`FILE`: `FUNCTION`, `FUNCTION`; `FILE`: ...". FILE is
below harness/, or in harness/stats without a folder; there the prefix tb_stats_ is omitted.
"""
import pathlib
import re
import sys


def sources(page):
    """[(file, function)] of the tables."""
    section = re.search(r"^## Statistics\n(.*?)^## ", page.read_text(), re.DOTALL | re.MULTILINE)
    found = []
    for row in section.group(1).splitlines() if section else ():
        last = row.rstrip("| ").split("|")[-1]
        for file, functions in re.findall(r"`([a-z_/]+\.c)`: ((?:`\w+`(?:, )?)+)", last) if row.startswith("|") else ():
            found += [(file, function) for function in re.findall(r"`(\w+)`", functions)]
    return found


def defines(path, function):
    """A definition begins a line, and no semicolon ends its head."""
    return re.search(rf"^\w[^;{{}}]*\b(tb_stats_)?{function}\([^;]*?\)\s*\{{", path.read_text(), re.MULTILINE)


def main():
    top = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    named = sources(top / "docs" / "method.md")
    faults = [] if len(named) > 20 else [f"docs/method.md: {len(named)} functions in the section Statistics"]
    for file, function in named:
        path = top / "harness" / (file if "/" in file else f"stats/{file}")
        if not path.is_file() or not defines(path, function):
            faults.append(f"docs/method.md: {path.relative_to(top)} has no function {function}")
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
