#!/usr/bin/env python3
"""Command tests: what a user types and what must come back.

    run.py DESKFALL DESKFALL_STORY SOURCE_DIR [PART_OF_A_NAME]

Blocks in *.txt of this folder:

    NAME a sentence
    RUN a line for bash; $D is the program, $STORIES the bundles of the stories,
        $WORK an empty folder of this block, $SRC the source tree
    STATUS 0
    OUT text that standard output must contain       (any number of lines)
    NOT text that standard output must not contain
    ERR text that standard error must contain
"""
import os
import pathlib
import subprocess
import sys
import tempfile

KEYS = ("RUN", "STATUS", "OUT", "NOT", "ERR")


def blocks(path):
    """Yields (name, [(key, text)]) in file order."""
    name, lines = None, []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        key, _, text = line.partition(" ")
        if key == "NAME":
            if name:
                yield name, lines
            name, lines = text, []
        elif key in KEYS and name:
            lines.append((key, text))
        else:
            sys.exit(f"{path}:{number}: not a block line: {line}")
    if name:
        yield name, lines


def check(lines, env, work):
    """Runs one block; returns its complaints."""
    script = "\n".join(text for key, text in lines if key == "RUN")
    done = subprocess.run(["bash", "-c", script], cwd=work, env=env,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=120)
    out = done.stdout.decode("utf-8", "replace")
    err = done.stderr.decode("utf-8", "replace")
    wrong = []
    for key, text in lines:
        if key == "STATUS" and done.returncode != int(text):
            wrong.append(f"status {done.returncode}, not {text}")
        if key == "OUT" and text not in out:
            wrong.append(f"standard output lacks: {text}")
        if key == "NOT" and text in out:
            wrong.append(f"standard output has: {text}")
        if key == "ERR" and text not in err:
            wrong.append(f"standard error lacks: {text}")
    if wrong:
        wrong.append("--- standard output\n" + out[:3000])
        wrong.append("--- standard error\n" + err[:1000])
    return wrong


def main():
    program, story, source = (os.path.abspath(a) for a in sys.argv[1:4])
    wanted = sys.argv[4] if len(sys.argv) > 4 else ""
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        stories = os.path.join(folder, "stories")
        for path in sorted(pathlib.Path(source, "fixtures/stories").iterdir()):
            target = os.path.join(stories, path.name)
            os.makedirs(target)
            subprocess.run([story, str(path / "story.yaml"), target],
                           check=True, stdout=subprocess.DEVNULL)
        env = dict(os.environ, D=program, STORIES=stories, SRC=source,
                   LC_ALL="C.UTF-8")
        for path in sorted(pathlib.Path(__file__).parent.glob("*.txt")):
            for name, lines in blocks(path):
                if wanted not in name:
                    continue
                work = tempfile.mkdtemp(dir=folder)
                wrong = check(lines, dict(env, WORK=work), work)
                passed += not wrong
                failed += bool(wrong)
                if wrong:
                    print(f"FAILED {path.name}: {name}")
                    print("  " + "\n  ".join(wrong))
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
