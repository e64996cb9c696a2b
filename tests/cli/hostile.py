#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes a hostile record, and judges a page made of one.

    hostile.py make RECORD COPY TEXT    TEXT, with Python's escapes, wherever RECORD holds free text
    hostile.py judge PAGE               exit 1 if it contains scripts, loads or external links
"""
import base64
import json
import sys
import unicodedata
import xml.etree.ElementTree
from html.parser import HTMLParser

# Members with a fixed set of words, and those that assign a row to a curve of the plots.
KEPT = {
    "schema", "run_id", "started_at", "finished_at", "complete", "exit_reason", "class", "realm",
    "status", "exit", "policy", "unit", "direction", "within", "column", "warnings", "file",
    "sha256", "victim", "buffer", "type",
}  # fmt: skip
TAGS = set(
    "html head meta title style body h1 h2 h3 p em b br div span table tr th td ul li pre figure img"
    " figcaption a details summary".split()
)
VOID = {"meta", "img", "br"}


def spoil(value, text, key="", where=()):
    if isinstance(value, dict):
        free = bool({"environment", "controls", "params"} & set(where))
        spoiled = {k: spoil(v, text, k, (*where, k)) for k, v in value.items()}
        if free:
            spoiled["k" + text[:200]] = text[:64] if "params" in where else None
        return spoiled
    if isinstance(value, list):
        return [spoil(v, text, key, where) for v in value]
    named = key == "name" and where[-2:-1] != ("cpu",) and "environment" not in where
    if not isinstance(value, str) or key in KEPT or named:
        return value
    return text[:64] if "params" in where else text


def make(source, target, text):
    with open(source, encoding="utf-8") as file:
        record = json.load(file)
    text = text.encode("latin-1", "backslashreplace").decode("unicode_escape")
    record = spoil(record, text)
    record["x"] = {text: [text]}
    with open(target, "w", encoding="utf-8") as file:
        # Surrogates only as escapes: alone they are no UTF-8.
        json.dump(record, file, ensure_ascii=any(0xD800 <= ord(c) < 0xE000 for c in text))


class Judge(HTMLParser):
    def __init__(self):
        super().__init__()
        self.faults = []
        self.tags = 0
        self.open = []

    def handle_starttag(self, tag, attrs):
        self.tags += 1
        if tag not in VOID:
            self.open.append(tag)
        if tag not in TAGS:
            self.faults.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") or name not in (
                "lang charset name content http-equiv class alt src href download open".split()
            ):
                self.faults.append(f"{name}={value}")
            if name in ("src", "href"):
                self.data(value)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def data(self, url):
        kind, _, content = url.partition(";base64,")
        content = base64.b64decode(content, validate=True).decode()
        if kind == "data:image/svg+xml":
            for node in xml.etree.ElementTree.fromstring(content).iter():
                tag = node.tag.rpartition("}")[2]
                outward = [v for k, v in node.items() if k.endswith("href") and v[:1] != "#"]
                if tag in ("script", "foreignObject", "image", "a") or outward:
                    self.faults.append(f"svg: {tag} {outward}")
                self.faults += [f"svg: {k}" for k, v in node.items() if k.startswith("on")]
        elif kind != "data:text/plain":
            self.faults.append(url[:60])

    def handle_comment(self, data):
        self.faults.append(f"<!--{data[:40]}")

    handle_decl = handle_pi = unknown_decl = lambda self, data: (
        None if data == "doctype html" else self.faults.append(f"<!{data[:40]}")
    )


def faults_of(page):
    with open(page, encoding="utf-8", newline="") as file:
        text = file.read()
    judge = Judge()
    judge.feed(text)
    judge.close()
    judge.faults += [f"<{tag}> is left open" for tag in judge.open]
    for c in sorted(set(text) - {"\n"}):
        if unicodedata.category(c) == "Cc" or c in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069":
            judge.faults.append(f"U+{ord(c):04X}")
    if judge.tags < 20:
        judge.faults.append(f"{judge.tags} tags only")
    return judge.faults[:20]


def main():
    if sys.argv[1] == "make":
        make(*sys.argv[2:])
    else:
        faults = faults_of(sys.argv[2])
        print("\n".join(faults))
        sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
