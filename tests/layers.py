#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tests/layers.py [TREE]: the includes of the tree are those that docs/architecture.md lists.

Fails where a folder includes one that its line lacks, where a line names a folder that nothing includes,
where modules include each other in a circle, and where a file of the program has more than LINES lines.
"""
import collections
import pathlib
import re
import sys

LINES = 420
ROOTS = ("harness", "bench", "kernel-support")


def declared(page):
    block = re.search(r"<!-- layers -->\n```\n(.*?)```", page.read_text(), re.DOTALL)
    if not block:
        sys.exit(f"{page}: no list of layers")
    return {name: set(rest.split()) for name, rest in
            (line.split(":") for line in block.group(1).splitlines())}


def folder(path):
    """The folder of the list: at most two levels, and kernel-support is one."""
    return path.parts[0] if path.parts[0] == "kernel-support" else "/".join(path.parts[:-1][:2])


def included(top, path):
    for name in re.findall(r'^#include "([^"]+)"', path.read_text(), re.MULTILINE):
        for root in ROOTS:
            if (top / root / name).is_file():
                yield pathlib.Path(root) / name
                break


def circles(modules):
    """Modules that are on the way from themselves to themselves."""
    def reached(start):
        seen, todo = set(), list(modules[start])
        while todo:
            module = todo.pop()
            if module not in seen:
                seen.add(module)
                todo += modules[module]
        return seen
    return sorted(module for module in list(modules) if module in reached(module))


def main():
    top = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    may = declared(top / "docs" / "architecture.md")
    files = sorted(path for root in ROOTS for path in (top / root).rglob("*.[ch]"))
    uses, modules, faults = collections.defaultdict(set), collections.defaultdict(set), []
    for path in files:
        own = path.relative_to(top)
        length = len(path.read_text().splitlines())
        if length > LINES:
            faults.append(f"{own}: {length} lines; at most {LINES}")
        for other in included(top, path):
            if own.parts[0] == "kernel-support":
                continue
            if own.with_suffix("") != other.with_suffix(""):
                modules[own.with_suffix("")].add(other.with_suffix(""))
            if folder(own) != folder(other):
                uses[folder(own)].add(folder(other))
                if folder(other) not in may.get(folder(own), ()):
                    faults.append(f"{own}: includes {other}; docs/architecture.md does not allow {folder(own)} to use "
                                  f"{folder(other)}")
    for name, others in may.items():
        for other in sorted(others - uses[name]):
            faults.append(f"docs/architecture.md: {name} does not use {other}")
    for module in circles(modules):
        faults.append(f"{module}: stands in a circle of includes")
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
