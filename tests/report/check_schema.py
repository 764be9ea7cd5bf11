#!/usr/bin/env python3
"""Holds every golden JSON report to the schema, and the schema to its word.

Usage: check_schema.py SCHEMA REPORT...
Exit status 77 (skipped) when the jsonschema module is missing.
"""
import copy
import json
import sys

try:
    import jsonschema
except ImportError:
    print("skipped: python3-jsonschema is not installed")
    sys.exit(77)


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def broken_copies(report):
    """Reports that the schema must refuse, each with the reason."""
    for key in report:
        changed = copy.deepcopy(report)
        del changed[key]
        yield f"without {key}", changed
    changed = copy.deepcopy(report)
    changed["summary"] = {}
    yield "with a key that the contract does not list", changed
    if report["failures"] and report["failures"][0]["causes"]:
        changed = copy.deepcopy(report)
        changed["failures"][0]["causes"][0]["grade"] = "certain"
        yield "with an invented grade", changed
        changed = copy.deepcopy(report)
        changed["failures"][0]["code"]["error"] = "0x904"
        yield "with a code as text", changed
        changed = copy.deepcopy(report)
        changed["failures"][0]["when"] = "2026-03-02 08:14:07"
        yield "with a time of another shape", changed


def main(schema_path, *report_paths):
    schema = load(schema_path)
    validator_class = jsonschema.Draft202012Validator
    validator_class.check_schema(schema)
    validator = validator_class(schema)
    wrong = 0
    for path in report_paths:
        report = load(path)
        for error in validator.iter_errors(report):
            wrong += 1
            print(f"{path}: {error.json_path}: {error.message}")
        for reason, changed in broken_copies(report):
            if validator.is_valid(changed):
                wrong += 1
                print(f"{path}: the schema accepts a report {reason}")
    print(f"{len(report_paths)} reports checked, {wrong} complaints")
    return 1 if wrong or not report_paths else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
