#!/usr/bin/env python3
"""Compares what a report cites with what its printed queries find.

    cited.py REPORT.json QUERIES.sql CASE

For each present item of the first cause of the first failure the query runs in
the sqlite3 shell, and must give the records of the evidence, no others.
"""
import json
import subprocess
import sys


def queries(path):
    """The queries of the first failure: {(cause, item): text}."""
    found, name, lines, failures = {}, None, [], 0
    for line in open(path, encoding="utf-8"):
        failures += line.startswith("-- failure ")
        if failures > 1:
            break
        words = line.split()
        if line.startswith("-- ") and len(words) > 2 and words[2].endswith(":"):
            name, lines = (words[1], words[2][:-1]), []
        lines.append(line)
        if line.rstrip().endswith(";"):
            found[name] = "".join(lines)
    return found


def main():
    report = json.load(open(sys.argv[1], encoding="utf-8"))
    printed = queries(sys.argv[2])
    cause = report["failures"][0]["causes"][0]
    wrong = checked = 0
    for finding in cause["findings"]:
        if finding["value"] != "present":
            continue
        cited = {(e["channel"], e["event_id"], e["record_id"])
                 for e in map(report["evidence"].get, finding["evidence"])}
        query = printed[cause["id"], finding["item"]].rstrip().rstrip(";")
        rows = subprocess.run(
            ["sqlite3", "-json", sys.argv[3],
             "SELECT channel, event_id, record_id FROM v_event JOIN (\n" +
             query + "\n) AS found ON found.id = v_event.id"],
            check=True, capture_output=True, text=True).stdout
        found = {(r["channel"], r["event_id"], r["record_id"])
                 for r in json.loads(rows or "[]")}
        for channel, event, record in sorted(found):
            print(f"{finding['item']}: {channel} {event} #{record}")
        if found != cited:
            wrong += 1
            print(f"{finding['item']}: they differ, cited {sorted(cited)}")
        checked += 1
    print("the shell found the same" if checked and not wrong else "differ")


main()
