#!/usr/bin/env python3
"""Times deskfall and its peers on the same files, in turn.

    tests/bench/bench.py --deskfall build/release/cli/deskfall \
        --corpus FOLDER_WITH_EVTX [--peer evtx_dump] [--megabytes 128]

Builds one EVTX file by putting chunks of the corpus one after the other, runs
each command in turn several times, and prints for each the median time, the
peak memory and, against the peer, the median of the ratios of paired runs.
Never part of the tests: figures of a shared machine decide nothing alone.
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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--deskfall", required=True)
    parser.add_argument("--corpus", required=True, type=pathlib.Path)
    parser.add_argument("--peer")
    parser.add_argument("--megabytes", type=int, default=128)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "bench.evtx")
        build(args.corpus, log, args.megabytes * 1000 * 1000)
        case = os.path.join(folder, "bench.case.db")
        ours = args.deskfall
        rows = [("dump xml", [ours, "dump", "-q", log, "-f", "xml"],
                 ["-o", "xml", "-t", "1"]),
                ("dump jsonl", [ours, "dump", "-q", log, "-f", "jsonl"],
                 ["-o", "jsonl", "-t", "1"]),
                ("ingest", [ours, "ingest", "-q", log, "-o", case, "--force"],
                 None),
                ("explain", [ours, "explain", "-q", log], ["-o", "xml"])]
        print("| What | deskfall, s | MB/s | peak MB | peer, s | times faster |")
        print("|---|---|---|---|---|---|")
        size = os.path.getsize(log) / 1e6
        for name, command, peer in rows:
            times, ratios, peers, peak = [], [], [], 0
            for _ in range(args.runs):
                seconds, memory = run(command)
                times.append(seconds)
                peak = max(peak, memory)
                if args.peer and peer is not None:
                    other, _ = run([args.peer] + peer + [log])
                    peers.append(other)
                    ratios.append(other / seconds)
            median = statistics.median(times)
            peer_text = f"{statistics.median(peers):.2f}" if peers else ""
            ratio = f"{statistics.median(ratios):.2f}" if ratios else ""
            print(f"| {name} | {median:.2f} | {size / median:.0f} | "
                  f"{peak:.0f} | {peer_text} | {ratio} |")


if __name__ == "__main__":
    main()
