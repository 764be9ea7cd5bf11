#!/usr/bin/env python3
"""The house rules that a machine can hold.

Usage: house.py CHECK SOURCE_DIR [BUILD_DIR]
Each check is a function below; what it wants is its first line.
"""
import json
import os
import re
import subprocess
import sys

LAYERS = ["ingest", "rules", "engine", "report", "cli"]
ONLOOKERS = ["fixtures", "tests"]
CODE = (".h", ".cc", ".py", ".sh", ".cmake", ".css", ".mustache",
        "CMakeLists.txt")
MOST_LINES = 800
# The language of the stories needs a screen more than a folder does.
MOST_README_LINES = 80
# Written apart, so that this file does not mention what it looks for.
MACHINE = re.compile(rb"(?<![\w.\-])/(?:" +
                     b"|".join([b"work", b"tmp", b"root", b"home"]) + rb")/\w")


def tracked(root):
    """Files that are, or are about to be, under version control."""
    out = subprocess.run(
        ["git", "-C", root, "ls-files", "-z", "--cached", "--others",
         "--exclude-standard"], capture_output=True, check=True).stdout
    names = sorted(set(filter(None, out.decode().split("\0"))))
    return [name for name in names if os.path.isfile(os.path.join(root, name))]


def read(root, name):
    with open(os.path.join(root, name), "rb") as file:
        return file.read()


def check_includes(root, _build):
    """Includes point left: ingest <- rules <- engine <- report <- cli."""
    for name in tracked(root):
        if not name.endswith((".h", ".cc")):
            continue
        folder = name.split("/")[0]
        text = read(root, name).decode("utf-8", "replace")
        for line, target in re.findall(r'^(\s*#include "([^"/]+)/[^"]*")',
                                       text, re.M):
            if folder in ONLOOKERS or target == "embedded":
                continue
            if target not in LAYERS or (
                    LAYERS.index(target) > LAYERS.index(folder)):
                yield f"{name}: {line.strip()} points the wrong way"


def check_sizes(root, _build):
    """No source file has more lines than a person reads in one sitting."""
    for name in tracked(root):
        lines = read(root, name).count(b"\n") if name.endswith(CODE) else 0
        if lines > MOST_LINES:
            yield f"{name}: {lines} lines, {MOST_LINES} are the most"


def check_readmes(root, _build):
    """Every folder at the top says on one screen what it owns."""
    names = tracked(root)
    folders = {name.split("/")[0] for name in names if "/" in name}
    for folder in sorted(f for f in folders if not f.startswith(".")):
        readme = folder + "/README.md"
        if readme not in names:
            yield f"{readme} is missing"
        elif read(root, readme).count(b"\n") > MOST_README_LINES:
            yield f"{readme}: longer than {MOST_README_LINES} lines"


def check_paths(root, _build):
    """No file mentions a path of the machine it was written on."""
    for name in tracked(root):
        found = MACHINE.search(read(root, name))
        if found:
            yield f"{name}: mentions {found.group().decode()}..."


def check_format(root, _build):
    """Sources are as clang-format writes them."""
    sources = [n for n in tracked(root) if n.endswith((".h", ".cc"))]
    done = subprocess.run(
        ["clang-format-14", "--dry-run", "--Werror", *sources], cwd=root,
        capture_output=True, text=True)
    for line in done.stderr.splitlines():
        if ": error:" in line:
            yield line


def check_tidy(root, build):
    """clang-tidy has nothing to say about any source of the product.

    Tests are left out: each costs as much as a source (Catch2), and all
    together more than the rest of the test run.
    """
    with open(os.path.join(build, "compile_commands.json")) as file:
        known = {os.path.relpath(entry["file"], root)
                 for entry in json.load(file)}
    sources = [n for n in tracked(root) if n in known
               and n.split("/")[0] in LAYERS]
    running = []
    while sources or running:
        while sources and len(running) < (os.cpu_count() or 1):
            running.append(subprocess.Popen(
                ["clang-tidy-14", "--quiet", "-p", build, sources.pop(0)],
                cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                text=True))
        out, _ = running[0].communicate()
        if running.pop(0).returncode != 0:
            yield out.strip()


def main(check, root, build=None):
    complaints = list(globals()["check_" + check](root, build))
    for complaint in complaints:
        print(complaint)
    print(f"house {check}: {len(complaints)} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
