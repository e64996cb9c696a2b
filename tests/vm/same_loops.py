#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: same_loops.py PROGRAM MODULE
The flush loops' machine code, between the labels of flush_loops.h, is the same in
both files, in every copy that a compiler made. Exits 1 and names the differences."""
import re
import subprocess
import sys

LOOPS = {"kvm", "kvm_lfence", "kvm_serialize", "unroll8", "avx512", "prefetcht0",
         "page_interleaved", "chase", "store", "clflushopt"}


def readelf(flags, path):
    return subprocess.run(["readelf", "-W", flags, path], check=True, text=True,
                          capture_output=True).stdout


def sections(path):
    """number -> (address, offset in the file)"""
    found = {}
    for line in readelf("-S", path).splitlines():
        m = re.match(r"\s*\[\s*(\d+)\]\s+\S*\s+\S+\s+([0-9a-f]+)\s+([0-9a-f]+)\s", line)
        if m:
            found[int(m[1])] = (int(m[2], 16), int(m[3], 16))
    return found


def loops(path):
    """name -> [bytes of each copy]"""
    where = sections(path)
    ends = {}
    for line in readelf("-s", path).splitlines():
        m = re.search(r"^\s*\d+:\s+([0-9a-f]+)\s.*\s(\d+)\s+tb_loop\.(\w+)\.(begin|end)\.(\d+)$", line)
        if m:
            address, offset = where[int(m[2])]
            # The number is the compiler's, once a file of source: two files may have the same.
            ends.setdefault((m[3], m[4]), []).append(int(m[1], 16) - address + offset)
    with open(path, "rb") as f:
        image = f.read()
    found = {}
    for name in {n for n, _ in ends}:
        begin, end = sorted(ends[name, "begin"]), sorted(ends[name, "end"])
        found[name] = [image[a:b] for a, b in zip(begin, end, strict=True)]
    return found


def main(program, module):
    ours, theirs = loops(program), loops(module)
    bad = 0
    for name in sorted(LOOPS | set(ours) | set(theirs)):
        copies = ours.get(name, []) + theirs.get(name, [])
        if name not in ours or name not in theirs or name not in LOOPS:
            bad = 1
            print(f"not ok - loop {name} is not in both, or not known")
        elif len(set(copies)) != 1 or len(copies[0]) < 12:
            bad = 1
            print(f"not ok - loop {name} differs: " + ", ".join(c.hex() for c in copies))
    if not bad:
        print(f"ok - {len(LOOPS)} loops, the same bytes in program and module")
    return bad


sys.exit(main(*sys.argv[1:]))
