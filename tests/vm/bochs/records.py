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
    for method, pointer in METHODS.items():
        (row,) = read(method)["benchmarks"]
        for got, controls in launches(row):
            assert got.get("last-pointer") == pointer, (method, got)
            assert got["children-ran"] == got["pointers-as-due"], (method, got)
            if method == "vfork":
                assert controls["glibc-vfork-segv-code"] == 10, controls
        if pointer == "own":
            names = {metric["name"]: metric for metric in row["metrics"]}
            for name in "full-cycle", "off-cycle", "model-cycle", "parts-over-whole":
                assert names[name]["summary"]["n_samples"] == 64, (method, name)
    for row in read("cheap")["benchmarks"]:
        for got, _ in launches(row):
            assert got["shadow-status"] == "1", (row["name"], got)


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


def storm():
    """10,000 creations with a shadow stack each, and nothing left."""
    made = 0
    for method in "clone3", "clone", "pthread":
        rows = read(f"storm-{method}")["benchmarks"]
        (row,) = [row for row in rows if row["status"] != "skipped"]
        for _, controls in launches(row):
            assert controls["others-made"] > 100, controls
            made += controls["others-made"] + row["launches"][0]["rounds"]
    assert made >= 10000, made


def others():
    create, flush = read("create"), read("flush")
    assert [row["status"] for row in create["benchmarks"]] == ["ok"]
    for row in flush["benchmarks"]:
        assert row["launches"] and all(launch["rounds"] for launch in row["launches"]), row


FOLDER = pathlib.Path(sys.argv[1])
others()
shadows()
if (FOLDER / "sizes.json").exists():
    sizes()
    huge()
else:
    storm()
