#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Lists tests that were skipped, with their reasons, and tests that failed.

    summary.py FOLDER

FOLDER has what `ctest --output-junit` wrote, one PRESET-*.xml a run. The reasons are those of bats and KTAP
("ok 3 name # skip reason"), of scripts ("SKIP: reason") and of cmocka, whose tests print it before they skip.
"""
import glob
import os
import re
import sys
import xml.etree.ElementTree as ET

TAP = re.compile(r"^(not )?ok \d+ (?:- )?(.*?)(?: in \d+ms)?(?: *# *skip(?:ped)?:? *(.*))?$", re.I)
UNKNOWN = "no reason is given"
CMOCKA = re.compile(r"^\[ *(SKIPPED|FAILED) *\] (?!\d+ test)(.*)")


def parts(output):
    """Yields (kind, name, reason) of the parts of a test that did not pass."""
    before = ""
    for line in output.splitlines():
        line = line.rstrip()
        if match := TAP.match(line):
            failed, name, reason = match.groups()
            if failed:
                yield "failed", name, ""
            elif reason is not None:
                yield "skipped", name, reason or UNKNOWN
        elif match := CMOCKA.match(line):
            reason = UNKNOWN if before.startswith("[") else before
            yield match[1].lower(), match[2], reason if match[1] == "SKIPPED" else ""
        elif match := re.match(r"SKIP: (.*)", line):
            yield "skipped", "", match[1]
        before = line


def read(path):
    """Yields (kind, test, part, reason) of a run."""
    try:
        cases = ET.parse(path).getroot().iter("testcase")
    except ET.ParseError:
        yield "failed", "ctest ended before it wrote its results", "", ""
        return
    for case in cases:
        output = case.findtext("system-out") or ""
        # cmocka lists its tests again at the end, without reasons: the first of a name counts.
        first = {}
        for kind, part, reason in parts(output):
            first.setdefault((kind, part), reason)
        found = [(*key, reason) for key, reason in first.items()]
        last = (output.strip().splitlines() or [""])[-1]
        failure, skipped = case.find("failure"), case.find("skipped")
        # A missing program is "notrun", too; a test that skips itself has SKIP_RETURN_CODE.
        message = "" if skipped is None else skipped.get("message") or ""
        missing = case.get("status") == "notrun" and not message.startswith("SKIP_")
        failed = failure is not None or missing
        if missing:
            found = [("failed", "", last or message or "it was not run")]
        elif case.get("status") in ("notrun", "disabled") or skipped is not None:
            found = [one for one in found if one[0] == "skipped"]
            found = found or [("skipped", "", last.removeprefix("skipped: ") or UNKNOWN)]
        elif failed and not any(kind == "failed" for kind, _, _ in found):
            message = failure.get("message") or "Failed"
            found.append(("failed", "", last if message == "Failed" else message))
        for kind, part, reason in found:
            if kind == "skipped" or failed:
                yield kind, case.get("name"), part, reason


def main():
    seen = {"skipped": {}, "failed": {}}
    for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.xml"))):
        preset = os.path.basename(path).split("-")[0]
        for kind, test, part, reason in read(path):
            line = ": ".join(text for text in (test, part, reason) if text)
            presets = seen[kind].setdefault(line, [])
            if preset not in presets:
                presets.append(preset)
    for kind, lines in seen.items():
        if lines:
            print(f"== {kind} tests: {len(lines)}; each with its reason, and the presets in brackets")
        for line, presets in lines.items():
            print(f"  {line} ({', '.join(presets)})")


main()
