#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares our schema interpreter with python-jsonschema on mutated documents.

    schema_agrees.py CHECKER SCHEMA DOC [--documents N] [--schemas N] [--seed N]

CHECKER is tests/schema-check.c built, DOC a document that fits SCHEMA. Both judge
DOC and N seeded mutations of it, then as many under variants of SCHEMA that lack
a rule. The verdicts must be the same, and the place in our error one of those
that jsonschema reports an error about. --every-keyword also demands that each rule of
the schema turned at least one document away by itself. Exit: 0, 1, or 77 without jsonschema.
"""
import argparse
import copy
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print("skipped: python3-jsonschema is not installed")
    sys.exit(77)

RULES = {
    "type", "$ref", "properties", "required", "additionalProperties", "items", "enum", "const",
    "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern", "oneOf",
    "anyOf",
}  # fmt: skip
# jsonschema reports these under the rule that failed inside of them.
TRANSPARENT = {"$ref", "properties"}

STRANGE = [
    None, True, False, 0, 1, -1, 3, 3.0, 2.5, 4, 4.0, -0.0, 1e300, -1e300, 2**53 + 1, 2**63 - 1,
    -(2**63), 9007199254740993.0, "", "x", "A", "warm", "null", "1", "\u00e9" * 9, "\U0001f600",
    "a\nb", "\x1b[31m", "\u009b31m", "x" * 300, [], [None], {}, {"": 0}, {"value": 1},
    {"rows": [True, 2.5, 1], "note": None}, {"note": None, "rows": [1.0, 2.5, True]},
]  # fmt: skip
KEYS = ["", "x", "extra", "name", "value", "type", "\x1b]0;title\x07", "\u009b2J", "k" * 400, "a.b"]


def places(value, parent=None, key=None):
    """Every place in a document, as (container, key); the root as (None, None)."""
    yield parent, key
    if isinstance(value, dict):
        for k in value:
            yield from places(value[k], value, k)
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from places(item, value, i)


def twist_number(value, rng):
    near = [value + 1, value - 1, -value, value * 1000, value / 3, float(value), str(value)]
    if isinstance(value, float) and value.is_integer():
        near.append(int(value))
    twisted = rng.choice(near)
    # Both parsers have to hold it: jansson's integers have 64 bits, and JSON no infinity.
    if isinstance(twisted, int) and not -(2**63) <= twisted < 2**63:
        return 0
    return 0 if twisted in (float("inf"), float("-inf")) else twisted


def twist(value, rng):
    """A value near the given one. No newline at the end: see record/schema.h on '$'."""
    if isinstance(value, bool):
        return rng.choice([not value, int(value)])
    if isinstance(value, (int, float)):
        return twist_number(value, rng)
    if isinstance(value, str):
        near = [value[:-1].rstrip("\n"), value[1:], value + "z", value + " ", " " + value]
        return rng.choice(near + [value * 3, value.upper(), value.replace("-", "\u2212"), [value]])
    if isinstance(value, list):
        return rng.choice([value[:-1], value + value, value + [None], [value], value[::-1]])
    if isinstance(value, dict):
        more = {**value, rng.choice(KEYS): rng.choice(STRANGE)}
        return rng.choice([more, dict(list(value.items())[1:]), list(value), {"in": value}])
    return rng.choice(STRANGE)


def mutate_once(doc, rng):
    spots = list(places(doc))
    box, key = rng.choice(spots)
    if box is None:
        return rng.choice([rng.choice(STRANGE), twist(doc, rng)])
    action = rng.choice(["delete", "add", "strange", "strange", "twist", "twist", "graft"])
    if action == "delete":
        del box[key]
    elif action == "add" and isinstance(box, dict):
        box[rng.choice(KEYS + list(box))] = rng.choice(STRANGE)
    elif action == "add":
        box.insert(key, rng.choice(STRANGE))
    elif action == "strange":
        box[key] = rng.choice(STRANGE)
    elif action == "twist":
        box[key] = twist(box[key], rng)
    else:
        other, name = rng.choice(spots)
        box[key] = copy.deepcopy(doc if other is None else other[name])
    return copy.deepcopy(doc)


def mutate(golden, rng):
    doc = copy.deepcopy(golden)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        doc = mutate_once(doc, rng)
    return doc


def weaken(schema, rng):
    """The schema without one rule."""
    weak = copy.deepcopy(schema)
    spots = [(box, key) for box, key in places(weak)
             if key in RULES and isinstance(box, dict) and key != "properties"]
    box, key = rng.choice(spots)
    del box[key]
    return weak


def inert(text):
    return "".join(c if " " <= c <= "~" else "?" * len(c.encode()) for c in text)


def path_text(path):
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else ("." if text else "") + inert(step)
    return text or "document"


def walk_errors(errors):
    for error in errors:
        yield error
        yield from walk_errors(error.context)


class Judge:
    def __init__(self, checker, folder):
        self.checker, self.folder = checker, Path(folder)
        self.accepted = self.refused = self.wrong = 0
        self.fired = set()

    def schema(self, schema):
        self.path = self.folder / "schema.json"
        self.path.write_text(json.dumps(schema))
        self.validator = Draft202012Validator(schema)

    def ours(self, docs):
        """(code, what it said) of each document; one process judges all."""
        paths = [self.folder / f"doc-{i}.json" for i in range(len(docs))]
        for path, doc in zip(paths, docs):
            path.write_text(json.dumps(doc, allow_nan=False))
        done = subprocess.run([self.checker, self.path, *paths], capture_output=True, check=False)
        lines = done.stdout.decode("ascii", "backslashreplace").splitlines(keepends=True)
        verdicts = [({"ok\n": 0, "no verdict\n": 2}.get(line, 1), line) for line in lines]
        # It died, or said more than it should.
        if done.returncode != max((code for code, _ in verdicts), default=0) or len(lines) != len(docs):
            self.wrong += 1
            print(f"{self.checker} ends with {done.returncode} after {len(lines)} of {len(docs)} documents: "
                  f"{done.stderr.decode('ascii', 'backslashreplace')}")  # fmt: skip
        return verdicts

    def fault(self, errors, code, said):
        if code != (1 if errors else 0):
            return "verdicts differ"
        if not errors or "..." in said:
            return None
        for error in errors:
            place = path_text(error.absolute_path)
            # Of "items": false jsonschema blames the array, we its first item.
            if said.startswith(place + ": ") or (
                error.validator == "items" and said.startswith(place + "[")
            ):
                return None
        return "places differ"

    def judge(self, docs):
        for doc, verdict in zip(docs, self.ours(docs)):
            self.compare(doc, *verdict)

    def compare(self, doc, code, said):
        top = list(self.validator.iter_errors(doc))
        errors = list(walk_errors(top))
        if len(top) == 1:  # of several, each may hide that another is not noticed
            self.fired |= {str(error.validator) for error in errors}
        self.accepted += not errors
        self.refused += bool(errors)
        fault = self.fault(errors, code, said)
        if not fault:
            return
        self.wrong += 1
        print(f"{fault}: {json.dumps(doc)}\n  ours ({code}): {said}", end="")
        for error in errors[:5]:
            print(f"  theirs: {path_text(error.absolute_path)}: {error.message[:200]}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("checker")
    parser.add_argument("schema", type=Path)
    parser.add_argument("doc", type=Path)
    parser.add_argument("--documents", type=int, default=400)
    parser.add_argument("--schemas", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every-keyword", action="store_true")
    args = parser.parse_args()
    schema = json.loads(args.schema.read_text())
    golden = json.loads(args.doc.read_text())
    Draft202012Validator.check_schema(schema)
    rng = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as folder:
        judge = Judge(args.checker, folder)
        judge.schema(schema)
        judge.judge([golden])
        if judge.refused:
            print(f"{args.doc} does not fit {args.schema}")
            return 1
        judge.judge([mutate(golden, rng) for _ in range(args.documents)])
        for _ in range(args.schemas):
            judge.schema(weaken(schema, rng))
            n = max(1, args.documents // max(1, args.schemas))
            judge.judge([mutate(golden, rng) for _ in range(n)])
    used = {key for _, key in places(schema) if key in RULES} - TRANSPARENT
    idle = sorted(used - judge.fired)
    print(f"{judge.accepted} documents fit, {judge.refused} do not, {judge.wrong} disagreements;"
          f" rules never put to the test: {', '.join(idle) or 'none'}")
    if judge.wrong or judge.accepted < 10 or judge.refused < 10:
        return 1
    return 1 if args.every_keyword and idle else 0


if __name__ == "__main__":
    sys.exit(main())
