#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Looks into a record, or makes a changed copy.

    record.py RECORD EXPRESSION                 prints it; r is the record
    record.py RECORD --to COPY STATEMENT...     runs them, and writes r to COPY

b is the record's first row, m its first metric, l its first launch (None where there is none).
"""
import json
import sys


def main():
    path, *rest = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        r = json.load(file)
    rows = r.get("benchmarks") or [{}]
    b = rows[0]
    names = {
        "r": r,
        "b": b,
        "m": (b.get("metrics") or [None])[0],
        "l": (b.get("launches") or [None])[0],
        "json": json,
    }
    if rest[0] != "--to":
        print(eval(rest[0], names))
        return
    for statement in rest[2:]:
        exec(statement, names)
    with open(rest[1], "w", encoding="utf-8") as file:
        json.dump(names["r"], file, ensure_ascii=False)


main()
