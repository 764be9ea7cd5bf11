#!/usr/bin/env python3
"""Times deskfall and its peer on the same files, in turn.

    tests/bench/bench.py --deskfall build/release/cli/deskfall \\
        [--corpus FOLDER_WITH_EVTX] [--peer evtx_dump] [--write README.md]

Builds one EVTX file by putting chunks one after the other - those of a folder
of logs, or else those that the tree's own writer makes of its stories - runs
each command in turn several times, and prints for each the median time, the
peak memory and, against the peer, the median of the ratios of paired runs.
--write puts the table, with commit and machine, between the bench marks of a
page. Never part of the tests: figures of a busy machine decide nothing.
"""
import argparse
import os
import pathlib
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import zlib

CHUNK = 65536


def chunks_of(corpus):
    """Whole chunks of every file below the folder, by path."""
    for path in sorted(corpus.rglob("*.evtx")):
        data = path.read_bytes()
        for at in range(4096, len(data) - CHUNK + 1, CHUNK):
            chunk = data[at:at + CHUNK]
            if chunk[:8] == b"ElfChnk\0":
                yield chunk


def file_header(count):
    head = bytearray(128)
    struct.pack_into("<8sQQQIHHHH", head, 0, b"ElfFile\0", 0,
                     max(count - 1, 0), 1, 128, 1, 3, 4096, count & 0xffff)
    struct.pack_into("<I", head, 124, zlib.crc32(bytes(head[:120])))
    return bytes(head).ljust(4096, b"\0")


def build(corpus, target, size):
    """Repeats the chunks of the corpus until the file has its size."""
    chunks = list(chunks_of(corpus))
    if not chunks:
        sys.exit("bench: no EVTX chunk below " + str(corpus))
    count = max(1, size // CHUNK)
    with open(target, "wb") as out:
        out.write(file_header(count))
        for i in range(count):
            out.write(chunks[i % len(chunks)])


def run(command):
    """Seconds and peak megabytes of one run, output thrown away."""
    begin = time.perf_counter()
    with open(os.devnull, "wb") as null:
        child = subprocess.Popen(command, stdout=null, stderr=null)
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 3):
        sys.exit(f"bench: {command[0]} left with {child.returncode}")
    return time.perf_counter() - begin, usage.ru_maxrss / 1024


def from_stories(tool, folder):
    """EVTX files of every story in the tree; returns their folder."""
    stories = pathlib.Path(__file__).parents[2] / "fixtures" / "stories"
    for story in sorted(stories.glob("*.yaml")):
        subprocess.run([tool, story, folder / story.stem], check=True,
                       stdout=subprocess.DEVNULL)
    return folder


def machine():
    """Processor, its count and the system, from this machine."""
    model = "unknown processor"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return f"{os.cpu_count()} x {model}"


def commit():
    tree = pathlib.Path(__file__).parents[2]
    told = subprocess.run(["git", "-C", tree, "rev-parse", "--short", "HEAD"],
                          capture_output=True, text=True)
    return told.stdout.strip() or "unknown commit"


def count_records(deskfall, log):
    told = subprocess.run([deskfall, "dump", "-f", "files", log],
                          capture_output=True, text=True)
    return int(told.stdout.split()[0])


class Row:
    """One command, timed in turn with its peer if it has one."""

    def __init__(self, name, ours, peer=None, makes=None):
        """`makes`: a file that ours makes; it is deleted before each turn,
        outside the time taken."""
        self.name, self.ours, self.peer, self.makes = name, ours, peer, makes
        self.times, self.peers, self.ratios, self.peak = [], [], [], 0

    def take_turn(self):
        if self.makes:
            pathlib.Path(self.makes).unlink(missing_ok=True)
        seconds, memory = run(self.ours)
        self.times.append(seconds)
        self.peak = max(self.peak, memory)
        if self.peer:
            other, _ = run(self.peer)
            self.peers.append(other)
            self.ratios.append(other / seconds)

    def text(self, megabytes, records):
        median = statistics.median(self.times)
        peer = f"{statistics.median(self.peers):.3f}" if self.peers else ""
        ratio = f"{statistics.median(self.ratios):.2f}" if self.ratios else ""
        return (f"| {self.name} | {median:.3f} | {megabytes / median:.0f} | "
                f"{records / median / 1e6:.2f} | {self.peak:.0f} | {peer} | "
                f"{ratio} |")


def write_table(page, table):
    """Replaces what stands between the bench marks of the page."""
    begin, end = "<!-- bench -->\n", "<!-- /bench -->"
    text = page.read_text()
    head, rest = text.split(begin, 1)
    _, tail = rest.split(end, 1)
    page.write_text(head + begin + "\n" + table + "\n" + end + tail)


def rows_for(deskfall, log, case, peer):
    rows = []
    for form in ("xml", "jsonl"):
        for jobs in ("1", "2"):
            other = peer and [peer, "-t", jobs, "-o", form, log]
            rows.append(Row(f"dump -f {form}, {jobs} thread"
                            + ("s" if jobs == "2" else ""),
                            [deskfall, "dump", "-q", log, "-f", form, "--jobs",
                             jobs], other))
    question = [deskfall, "dump", "-q", log, "-f", "files", "--event", "1026"]
    rows.append(Row("dump -f files --event 1026", question))
    rows.append(Row("the same, of one month", question +
                    ["--from", "2020-09-01", "--to", "2020-10-01"]))
    rows.append(Row("ingest", [deskfall, "ingest", "-q", log, "-o", case],
                    makes=case))
    rows.append(Row("explain, beside the peer's XML",
                    [deskfall, "explain", "-q", log],
                    peer and [peer, "-t", "2", "-o", "xml", log]))
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--deskfall", required=True)
    parser.add_argument("--story-tool",
                        help="deskfall_story, to build logs without a corpus")
    parser.add_argument("--corpus", type=pathlib.Path)
    parser.add_argument("--peer")
    parser.add_argument("--megabytes", type=int, default=128)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--write", type=pathlib.Path)
    args = parser.parse_args()
    if not args.corpus and not args.story_tool:
        parser.error("give --corpus or --story-tool")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        corpus = args.corpus or from_stories(args.story_tool,
                                             folder / "stories")
        log = str(folder / "bench.evtx")
        build(corpus, log, args.megabytes * 1000 * 1000)
        records = count_records(args.deskfall, log)
        megabytes = os.path.getsize(log) / 1e6
        rows = rows_for(args.deskfall, log, str(folder / "bench.case.db"),
                        args.peer)
        for _ in range(args.runs):
            for row in rows:
                row.take_turn()
        lines = [
            "| What | s | MB/s | M records/s | peak MB | peer, s | "
            "times faster |", "|---|---|---|---|---|---|---|"]
        lines += [row.text(megabytes, records) for row in rows]
        peer = "" if not args.peer else "; peer " + subprocess.run(
            [args.peer, "--version"], capture_output=True,
            text=True).stdout.strip()
        lines += ["", f"{megabytes:.0f} MB, {records} records, medians of "
                  f"{args.runs} paired runs; commit {commit()} on "
                  f"{machine()}{peer}."]
        table = "\n".join(lines) + "\n"
        print(table)
        if args.write:
            write_table(args.write, table)


if __name__ == "__main__":
    main()
