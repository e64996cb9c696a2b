#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes malformed records and runs each command on them.

    crafted.py PROGRAM GOLDEN SIDE FOLDER    from GOLDEN, a record with all inline, and SIDE.json
                                             with its SIDE.samples.zst: FOLDER/NAME/evil.json and
                                             what lies beside

Each command must end within some seconds with a documented status and no side effect. Exit: 0, or 1 with
a line for each fault.
"""
import copy
import ctypes
import hashlib
import json
import os
import re
import shutil
import struct
import subprocess
import sys

import hostile

PROGRAM, GOLDEN, SIDE, FOLDER = sys.argv[1:5]
LIMIT_S = 20
with open(GOLDEN, encoding="utf-8") as text:
    PLAIN = json.load(text)
with open(f"{SIDE}.json", encoding="utf-8") as text:
    ASIDE = json.load(text)
# One text for every reader: terminal, HTML, gnuplot, shell, CSV.
EVIL = (
    "\x1b]0;pwned\x07\x1b[31m\r\n\x9b31m\u202e<script>alert(1)</script>'\"><img src=x onerror=alert(1)>"
    "`touch pwned`$(touch pwned)'.system('touch pwned').'\n!touch pwned\n=cmd|'/C calc'!A0"
)
MADE = []


def folder(name):
    path = os.path.join(FOLDER, name)
    os.makedirs(path)
    MADE.append(name)
    return path


def put(name, data):
    with open(os.path.join(folder(name), "evil.json"), "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass"))


def changed(name, change, base=None, side=None):
    """A record with one change; of ASIDE with its side file, or `side` in its place."""
    record = copy.deepcopy(base or PLAIN)
    change(record)
    put(name, json.dumps(record))
    if base is ASIDE:
        beside = os.path.join(FOLDER, name, ASIDE["samples_file"]["file"])
        if side is None:
            shutil.copy(f"{SIDE}.samples.zst", beside)
        else:
            with open(beside, "wb") as file:
                file.write(side)


def member(*path):
    """A function that sets what lies at the path to a value, and one that is given a record."""

    def setter(value):
        def change(record):
            at = record
            for key in path[:-1]:
                at = at[key]
            at[path[-1]] = value

        return change

    return setter


def texts():
    changed("terminal", member("host", "cpu", "name")("\x1b[2J\x1b]52;c;cHduZWQ=\x07\x9b6n"))
    changed("bidirectional", member("host", "cpu", "derived", "uarch")("\u202e\u2066evil\u2069\u200f"))
    changed("markup", member("environment", "kernel", "cmdline")(EVIL))
    changed("plot-command", member("benchmarks", 0, "params", "loop")("`touch pwned`'.system('x').'"))
    changed("formula", member("benchmarks", 0, "params", "loop")("=HYPERLINK(\"http://pwned\")"))
    changed("formula-at", member("benchmarks", 0, "params", "loop")("@SUM(1+1)*cmd|' /C calc'!A0"))
    changed("member-name", member("environment", EVIL)(EVIL))
    changed("reason", member("benchmarks", 0, "reason")(EVIL))
    changed("note", member("x")({EVIL: [EVIL] * 100}))
    changed("command", member("suite", "command")([EVIL] * 1024))
    changed("long-text", member("host", "cpu", "name")("x" * 1_000_000))
    changed("long-name", member("benchmarks", 0, "name")("x" * 65))
    changed("path-name", member("benchmarks", 0, "name")("../../../../tmp/pwned"))
    put("nul", json.dumps(PLAIN).replace('"custom"', '"cus\\u0000tom"', 1))
    put("half-a-character", json.dumps(PLAIN).replace('"tollbooth"', '"\\ud800"', 1))
    put("latin", json.dumps(PLAIN).encode().replace(b'"tollbooth"', b'"toll\xff\xc0booth"', 1))
    put("overlong", json.dumps(PLAIN).encode().replace(b'"tollbooth"', b'"\xc0\xaf\xe0\x80\xaf"', 1))


def numbers():
    text = json.dumps(PLAIN)
    for name, value in ("nan", "NaN"), ("infinity", "-Infinity"), ("huge", "1e999"), ("hex", "0x10"):
        put(name, text.replace('"memory_bytes": ', f'"memory_bytes": {value}, "x": ', 1))
    first = member("benchmarks", 0, "metrics", 0, "samples", 0, "ungated")
    changed("negative-count", first({"first": 0, "count": -1}))
    changed("negative-first", first({"first": -(2**53), "count": 2**53}))
    changed("real-count", first({"first": 0.5, "count": 1.5}))
    changed("large-samples", first([1.7e308] * 100))
    changed("small-samples", first([5e-324, -5e-324, -0.0] * 30))
    changed("negative-seq", member("benchmarks", 0, "launches", 0, "seq")(-(2**63)))
    changed("version", member("benchmarks", 0, "version")(2**63 - 1))
    changed("estimate", member("benchmarks", 0, "metrics", 0, "summary", "estimate")(1e308))
    changed("size", member("benchmarks", 0, "params", "size")(-(2**63)))
    put("digits", text.replace('"memory_bytes": ', '"memory_bytes": ' + "9" * 1_000_000 + ', "x": ', 1))


def shapes():
    text = json.dumps(PLAIN)
    put("deep-arrays", "[" * 1_000_000)
    put("deep-objects", '{"a":' * 100_000 + "1" + "}" * 100_000)
    put("twice", text.replace("{", '{"schema": "tollbooth.run/2", ', 1))
    put("null", "null")
    put("empty", "")
    put("bom", "\ufeff" + text)
    for name, path, value in (
        ("rows-of-nothing", ("benchmarks",), [None] * 1000),
        ("rows-as-object", ("benchmarks",), {"0": PLAIN["benchmarks"][0]}),
        ("metrics-as-text", ("benchmarks", 0, "metrics"), "latency"),
        ("samples-as-number", ("benchmarks", 0, "metrics", 0, "samples"), 7),
        ("launch-as-array", ("benchmarks", 0, "launches", 0), []),
        ("summary-as-array", ("benchmarks", 0, "metrics", 0, "summary"), []),
        ("host-as-null", ("host",), None),
        ("environment-as-text", ("environment",), EVIL),
        ("many-rows", ("benchmarks",), [{}] * 100_000),
        ("many-metrics", ("benchmarks", 0, "metrics"), [PLAIN["benchmarks"][0]["metrics"][0]] * 65),
    ):
        changed(name, member(*path)(value))
    changed("giant-array", member("benchmarks", 0, "metrics", 0, "samples", 0, "ungated")([1] * 1_000_001))


def frame_of(numbers):
    zstd = ctypes.CDLL("libzstd.so.1")
    room = ctypes.create_string_buffer(1 << 22)
    size = zstd.ZSTD_compress(room, len(room), numbers, len(numbers), 19)
    return room.raw[:size], hashlib.sha256(numbers).hexdigest()


def side_files():
    def frames(change):
        def of(record):
            change(record["samples_file"], record["samples_file"]["frames"])

        return of

    def described(name, change):
        changed(name, frames(change), ASIDE)

    for name in "../evil.json", "/etc/passwd", "..", "", ".hidden", "a/b", "a\nb", "a\x1b[31m":
        described("file-" + hashlib.sha256(name.encode()).hexdigest()[:6],
                  lambda file, _, name=name: file.update(file=name))  # fmt: skip
    described("sha-differs", lambda _, f: f[0].update(sha256="0" * 64))
    described("sha-short", lambda _, f: f[0].update(sha256="0"))
    described("offset-beyond", lambda _, f: f[0].update(offset=2**62))
    described("bytes-beyond", lambda _, f: f[0].update(bytes=2**62))
    described("overlap", lambda file, f: file.update(frames=[f[0], f[0]], numbers=2 * file["numbers"]))
    described("many-numbers", lambda file, f: (file.update(numbers=2**53), f[0].update(numbers=2**53)))
    described("many-frames", lambda file, f: file.update(frames=f * 100_001))
    # A small input with a huge content: one frame claims a TiB of zeros, another holds them.
    header = struct.pack("<IBQ", 0xFD2FB528, 0xE0, 1 << 40)
    changed("bomb-claims", frames(lambda file, f: f[0].update(bytes=len(header))), ASIDE, header)
    packed, sha = frame_of(b"\0" * (1 << 27))
    changed("bomb-holds", frames(lambda file, f: f[0].update(bytes=len(packed), sha256=sha)), ASIDE, packed)
    packed, sha = frame_of(struct.pack("<2d", float("nan"), float("inf")))
    changed("nan-aside", frames(lambda file, f: (file.update(numbers=2),
            f[0].update(bytes=len(packed), sha256=sha, numbers=2))), ASIDE, packed)  # fmt: skip
    many = {"first": 0, "count": ASIDE["samples_file"]["numbers"]}
    changed("ranges-overlap", lambda record: [
        entry.update(ungated=many) for entry in record["benchmarks"][0]["metrics"][0]["samples"]], ASIDE)  # fmt: skip
    for name, make in (
        ("side-is-link", lambda at: os.symlink(os.path.abspath(f"{SIDE}.samples.zst"), at)),
        ("side-is-fifo", os.mkfifo),
        ("side-is-folder", os.mkdir),
        ("side-is-device", lambda at: os.symlink("/dev/zero", at)),
        ("side-is-absent", lambda at: None),
    ):
        changed(name, lambda record: None, ASIDE)
        at = os.path.join(FOLDER, name, ASIDE["samples_file"]["file"])
        os.unlink(at)
        make(at)


def no_files():
    os.mkdir(os.path.join(folder("folder"), "evil.json"))
    os.mkfifo(os.path.join(folder("fifo"), "evil.json"))
    for name in "zero", "null", "full", "tty":
        os.symlink(f"/dev/{name}", os.path.join(folder(f"dev-{name}"), "evil.json"))
    os.symlink("evil.json", os.path.join(folder("link-to-itself"), "evil.json"))
    os.symlink("/proc/self/mem", os.path.join(folder("own-memory"), "evil.json"))
    with open(os.path.join(folder("sparse"), "evil.json"), "wb") as file:
        file.truncate(1 << 40)


# C0 but newline, DEL, C1 and the characters that turn text around.
COMMANDING = re.compile(
    rb"[\x01-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]"
)
# A cell of a spreadsheet that is a formula.
FORMULA = re.compile(rb'^(.*,)?"?[=@]', re.MULTILINE)
FAULTS = []


class Case:
    """One crafted record, read by each command."""

    def __init__(self, name):
        self.name, self.folder = name, os.path.join(FOLDER, name)
        self.valid = self.shown = False

    def fault(self, text):
        FAULTS.append(f"{self.name}: {text}")

    def path(self, name):
        return os.path.join(self.folder, name)

    def inert(self, what, text):
        if found := COMMANDING.search(text):
            near = text[max(0, found.start() - 30) : found.end() + 30]
            self.fault(f"{what}: control characters: {near!r}")

    def run(self, *words):
        """Status, stdout and stderr of a command."""
        try:
            done = subprocess.run([PROGRAM, *words], cwd=self.folder, capture_output=True,
                                  stdin=subprocess.DEVNULL, timeout=LIMIT_S, check=False)  # fmt: skip
        except subprocess.TimeoutExpired:
            self.fault(f"{' '.join(words)}: runs for more than {LIMIT_S} s")
            return 124, b"", b""
        return done.returncode, done.stdout, done.stderr

    def ends(self, *words):
        """The same, of a command that ends as documented, with nothing that commands the terminal."""
        what = " ".join(words)
        status, out, err = self.run(*words)
        if status in (2, 74):
            if len(err.splitlines()) != 1 or not err.endswith(b"\n"):
                self.fault(f"{what}: not one line: {err[:500]!r}")
            if b"tollbooth: " not in err:
                self.fault(f"{what}: without 'tollbooth: ': {err[:500]!r}")
        elif status != 0:
            self.fault(f"{what} ends with {status}")
        self.inert(what, out)
        self.inert(what, err)
        return status, out

    def succeeds(self, *words):
        """stdout of a command that has to succeed. DEL may be in it: jansson leaves it."""
        what = " ".join(words)
        status, out, err = self.run(*words)
        if status != 0:
            self.fault(f"{what} ends with {status}: {err[:500]!r}")
        self.inert(what, out.replace(b"\x7f", b""))
        return out, err

    def read(self):
        self.valid = self.ends("validate", "evil.json")[0] == 0
        # It reads summaries only, and may accept records that others reject.
        for form in "table", "csv", "md", "json":
            status, out, err = self.run("compare", "--format", form, GOLDEN, "evil.json")
            if not 0 <= status <= 2:
                self.fault(f"compare --format {form} ends with {status}")
            self.inert(f"compare --format {form}", out.replace(b"\x7f", b"") + err)
        status, out = self.ends("show", "evil.json")
        self.shown = status == 0
        if self.shown:
            self.read_on()
            return
        # A record that show rejects cannot be printed, drawn or exported.
        if status != 2 or out:
            self.fault(f"show ends with {status} and prints {out[:100]!r}")
        for words in ("show", "--json"), ("report",), ("export", "-o", "data"):
            if self.ends(*words, "evil.json")[0] != 2:
                self.fault(f"{words[0]} takes what show refuses")
        for name in "evil.html", "data":
            if os.path.exists(self.path(name)):
                self.fault(f"{name} was made")

    def read_on(self):
        self.succeeds("show", "--json", "evil.json")
        for form in "csv", "json", "gbench":
            out, err = self.succeeds("export", "evil.json", "--format", form, "-o", "-")
            self.inert(f"export --format {form}", err)
            if form == "csv" and (found := FORMULA.search(out)):
                self.fault(f"a formula: {found.group()[-100:]!r}")
        self.ends("export", "evil.json", "-o", "data")
        for name in os.listdir(self.path("data")) if os.path.isdir(self.path("data")) else ():
            if name.endswith((".dat", ".names")):
                with open(self.path(f"data/{name}"), "rb") as file:
                    self.inert(f"data/{name}", file.read())
        if self.ends("report", "evil.json")[0] == 0:
            if faults := hostile.faults_of(self.path("evil.html")):
                self.fault(f"evil.html: {' '.join(faults)}")


def main():
    for make_some in texts, numbers, shapes, side_files, no_files:
        make_some()
    cases = [Case(name) for name in MADE]
    for case in cases:
        case.read()
    shown, valid = sum(case.shown for case in cases), sum(case.valid for case in cases)
    print(f"{shown} of {len(cases)} are shown, {valid} valid")
    print("\n".join(FAULTS))
    # Hostile text in a place for text is no reason to refuse a record: otherwise this tests nothing.
    sys.exit(1 if FAULTS or len(cases) < 60 or shown < 8 else 0)


main()
