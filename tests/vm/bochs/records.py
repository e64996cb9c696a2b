#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: records.py FOLDER: what the records from Bochs have to say; silent when they do."""
import json
import pathlib
import sys

METHODS = {
    "clone3": "own",
    "clone": "own",
    "pthread": "own",
    "vfork": "shared",
    "fork": "copied",
    "spawn": None,
}
GIB = 1 << 30


def read(name):
    record = json.loads((FOLDER / f"{name}.json").read_text())
    assert record["environment"]["virtualization"]["hypervisor"] == "bochs", name
    return record


def launches(row):
    """Of a row that ran: those that count, and every check of them held."""
    assert row["status"] == "ok", (row["name"], row["params"], row["status"], row["reason"])
    for launch in row["launches"]:
        wrong = [check for check in launch["checks"] if not check["pass"]]
        assert launch["exit"] == "ok" and not wrong, (row["params"], launch["exit"], wrong)
        yield {check["name"]: check["got"] for check in launch["checks"]}, launch["controls"]


def shadows():
    """Every method's oracle, and that a shadow stack protects."""
    seen = set()
    for row in read("shadows")["benchmarks"]:
        method = row["params"].get("method", row["name"])
        seen.add(method)
        for got, controls in launches(row):
            if method not in METHODS:
                assert got["shadow-status"] == "1", (method, got)
                continue
            assert got.get("last-pointer") == METHODS[method], (method, got)
            assert got["children-ran"] == got["pointers-as-due"], (method, got)
            if method == "vfork":
                assert controls["glibc-vfork-segv-code"] == 10, controls
        if METHODS.get(method) == "own":
            names = {metric["name"]: metric for metric in row["metrics"]}
            for name in "full-cycle", "off-cycle", "model-cycle", "parts-over-whole":
                assert names[name]["summary"]["n_samples"] == 64, (method, name)
    assert seen == {*METHODS, "thread/call", "thread/switch", "thread/signal"}, seen


def siblings():
    """All threads of the process have a shadow stack: the checks say so."""
    for row in read("siblings")["benchmarks"]:
        for got, _ in launches(row):
            assert got["shadow-status"] == "1" and got["children-ran"] == got["pointers-as-due"], got
            assert (int(got["children-ran"]) > 15) == (row["params"]["storm"] == "threads"), got


def sizes():
    """clone3's size is not capped, clone's is 4 GiB at most."""
    want = {"clone3": 8 * GIB, "clone": 4 * GIB}
    for row in read("sizes")["benchmarks"]:
        for got, _ in launches(row):
            assert got["last-bytes"] == str(want.pop(row["params"]["method"])), got
    assert not want, want


def huge():
    """Under THP=always a shadow stack gets a huge page at its first touch."""
    (row,) = read("huge")["benchmarks"]
    for _, controls in launches(row):
        assert controls["shadow-huge-bytes"] == 2 << 20, controls


def maps():
    """Every operation, and maps by size, token and alignment; what the wrong calls got is a check."""
    moves, off, maps = (read(name)["benchmarks"] for name in ("moves", "maps-off", "maps"))
    assert [row["params"]["operation"] for row in moves] == ["map", "write", "pivot"], moves
    assert len(off) == 1 and len(maps) == 8, (len(off), len(maps))
    for row in moves + off + maps:
        params = row["params"]
        for got, _ in launches(row):
            assert got["shadow-status"] == str(int(row not in off)), (params, got)
            assert got["refusals"] == "each as documented" and got["vma-flag"] == "ss", got
            assert got["vma-bytes"] == str(-(-params["size"] // 4096) * 4096), (params, got)
            assert (got["token"] != "0") == (params["token"] == "set"), (params, got)
            assert ("words-written" in got) == (params["operation"] == "write"), got
            assert ("pivot-there" in got) == (params["operation"] == "pivot"), got


def figures(row):
    (_,) = launches(row)
    return {metric["name"]: metric["summary"]["estimate"] for metric in row["metrics"]}


def holds():
    """A real shadow stack holds what its model predicts, to the byte but for page tables."""
    held = {
        (name, row["params"]["method"], row["params"]["shadow"]): figures(row)
        for name in ("holds", "holds-huge")
        for row in read(name)["benchmarks"]
    }
    assert len(held) == 8, list(held)
    for (name, method, shadow), real in held.items():
        if shadow != "on":
            continue
        model = held[name, method, "model"]
        assert abs(real.pop("page-tables") - model.pop("page-tables")) <= 2048, (name, method)
        assert real == model, (name, method, real, model)
        assert real["huge"] == (2 << 20 if name == "holds-huge" else 0), (name, method, real)
        if name == "holds" and method != "pthread":
            want = {"vmas": 1, "committed": 8 << 20, "resident": 4096, "mapped": 8 << 20, "huge": 0}
            assert real == want, (method, real)


def ends():
    """Where memory ends, as many threads as fit have lived, and nothing of them is left."""
    for name, most in ("committed", 40), ("mapped", 48):
        rows = read(name)["benchmarks"]
        assert len(rows) == 2, rows
        for row in rows:
            assert row["status"] == "failed", (name, row["status"])
            for launch in row["launches"]:
                assert 4 < launch["controls"]["threads-made"] <= most, (name, launch["controls"])
                left = {check["name"]: check["pass"] for check in launch["checks"]}
                assert left["shadow-stacks-left"] and all(left.values()), (name, left)


def storm():
    """10,000 creations with a shadow stack each, and nothing left."""
    made = 0
    methods = set()
    for row in read("storm")["benchmarks"]:
        if row["status"] == "skipped":
            continue  # placements that Bochs has not
        methods.add(row["params"]["method"])
        for _, controls in launches(row):
            assert controls["others-made"] > 100, controls
            made += controls["others-made"] + row["launches"][0]["rounds"]
    assert made >= 10000 and methods == {"clone3", "clone", "pthread"}, (made, methods)


def plain():
    assert [row["status"] for row in read("create")["benchmarks"]] == ["ok"]


def flush():
    for row in read("flush")["benchmarks"]:
        assert row["launches"] and all(launch["rounds"] for launch in row["launches"]), row


FOLDER = pathlib.Path(sys.argv[1])
plain()
shadows()
if (FOLDER / "sizes.json").exists():
    sizes()
    huge()
    maps()
    siblings()
    holds()
    ends()
    flush()
else:
    storm()
