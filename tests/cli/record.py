#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Evaluates an expression on a record, or makes a changed copy.

    record.py RECORD EXPRESSION                 prints it; r is the record
    record.py RECORD --to COPY STATEMENT...     runs them, and writes r to COPY
    record.py --make RECORD COPY TEXT           as hostile.py make, and
    record.py --judge PAGE                      as hostile.py judge
    record.py --serve                           answers such commands until stdin ends

b is the record's first row, m its first metric, l its first launch (None where there is none).
A command to --serve is its working directory and its arguments, each followed by a NUL, then an
empty line and a NUL. The answer is 0 or 1, a space, the text and a NUL.
"""
import json
import os
import sys
import traceback


def answer(path, *rest):
    if path in ("--make", "--judge"):
        sys.dont_write_bytecode = True
        import hostile

        if path == "--make":
            hostile.make(*rest)
        elif faults := hostile.faults_of(*rest):
            raise ValueError("\n".join(faults))
        return ""
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
        return str(eval(rest[0], names))
    for statement in rest[2:]:
        exec(statement, names)
    with open(rest[1], "w", encoding="utf-8") as file:
        json.dump(names["r"], file, ensure_ascii=False)
    return ""


def texts(stream):
    """What stdin holds between NULs, as soon as it is there."""
    text = b""
    while chunk := os.read(stream, 65536):
        *whole, text = (text + chunk).split(b"\0")
        yield from map(os.fsdecode, whole)


def serve():
    command = []
    for text in texts(0):
        if text != "\n":
            command.append(text)
            continue
        os.chdir(command[0])
        try:
            said = "0 " + answer(*command[1:])
        except Exception:
            said = "1 " + traceback.format_exc()
        # A test may unmount or remove its folder.
        os.chdir("/")
        command = []
        sys.stdout.buffer.write(os.fsencode(said.replace("\0", "?")) + b"\0")
        sys.stdout.buffer.flush()


def main():
    if sys.argv[1] == "--serve":
        serve()
    elif text := answer(*sys.argv[1:]):
        print(text)


main()
