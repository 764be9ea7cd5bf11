#!/usr/bin/env python3
"""Differential test: our dumps against other EVTX programs, field by field.

    evtx_differential.py DESKFALL DESKFALL_STORY SOURCE_DIR [--all] [-v]

Both forms of `deskfall dump` are compared with `evtxexport -f xml` (libevtx)
and, where it is installed, with `evtx_dump -o xml` and `-o jsonl` (the
evtx crate; found by PATH, or named by DESKFALL_EVTX_DUMP). Inputs are logs made
from our stories and, where it lies beside the source tree, a sample of the
corpus of public logs; --all takes the whole of it. Exit status 77 says that
nothing could be compared.

Every record becomes a sorted list of (path, text), one pair for each attribute
and each element that holds a text or nothing at all. <Data Name="x"> has the
path x, as the JSON of both programs has it. Live records only, paired by
record number and time. What differs by dialect, not by content, is evened out
by the functions of NORMALISE and in Flattener, flatten_json and repeats, and
nowhere else:

  times        we print the 100 ns that are stored; libevtx adds two zeros, the
               crate cuts to microseconds. Compared to the microsecond.
  guids        the crate prints no braces.
  hexadecimal  libevtx prints HexInt32 and HexInt64 with all leading zeros.
  line ends    an XML parser turns CR LF into LF where CR was not escaped;
               evened out on every side.
  characters   control characters that XML cannot carry: U+FFFD here, raw or
               left out elsewhere. Compared without them.
  blank        elements holding only blanks: pretty-printers add them, so that
               they cannot be told from an empty element.
  edges        libevtx and the crate trim blanks at the ends of some texts.
  reals        libevtx prints six decimals; compared to six digits.
  empty        attributes whose value is empty or NULL: we print those that
               Windows prints (not optional), others leave them out.

  repeats      names that repeat: an array here; x, x_1, x_2 or x three times in
               the crate's JSON.
  no text      an element with attributes and a NULL text: nothing in XML, a
               "#text" of null in JSON.

What remains is either in KNOWN, with the reason, or a failure.
"""
import argparse
import collections
import json
import math
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.parsers.expat

SKIPPED = 77
SMALL = 70_000   # bytes; files up to this are always compared
SAMPLE = 9       # of the larger ones and of the stories, every SAMPLE-th

# --- dialects --------------------------------------------------------------

TIME = re.compile(r"(\d{4,}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z| UTC)?")
GUID = re.compile(r"\{?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\}?")
HEX = re.compile(r"0x0*([0-9a-fA-F]+)")
REAL = re.compile(r"-?\d+\.\d+(?:e[+-]?\d+)?")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffd\ufffe\uffff]")


def times(text):
    """2026-03-02T08:14:07.4123456Z, .412345600Z and .412345Z are one time."""
    match = TIME.fullmatch(text)
    if not match:
        return text
    return match[1].replace(" ", "T") + "." + (match[2] or "").ljust(6, "0")[:6]


def guids(text):
    """{ABC...} and ABC... are one GUID."""
    match = GUID.fullmatch(text)
    return match[1].upper() if match else text


def hexadecimal(text):
    """0x00000000000003e7 is 0x3e7."""
    match = HEX.fullmatch(text)
    return "0x" + match[1].lower() if match else text


def line_ends(text):
    return text.replace("\r\n", "\n").replace("\r", "\n")


def characters(text):
    """What XML 1.0 cannot carry."""
    return CONTROL.sub("", text)


def edges(text):
    """Blanks at the ends, which also empties blank texts."""
    return text.strip()


def reals(text):
    if REAL.fullmatch(text) and math.isfinite(float(text)):
        return f"{float(text):.6g}"
    return text


NORMALISE = (line_ends, characters, edges, times, guids, hexadecimal, reals)


def normal(text):
    for step in NORMALISE:
        text = step(text)
    return text


# --- records as lists of (path, text) --------------------------------------


class Record:
    def __init__(self, leaves):
        self.leaves = sorted((path, normal(text)) for path, text in leaves
                             if "@" not in path or normal(text))
        values = dict(self.leaves)
        self.key = (values.get("System/EventRecordID", ""),
                    values.get("System/TimeCreated/@SystemTime", ""))


class Flattener:
    """Takes one <Event> apart."""

    def __init__(self):
        self.leaves = []
        self.stack = []

    def start(self, name, attributes):
        attributes = dict(attributes)
        if self.stack:
            self.stack[-1]["children"] = True
            if name == "Data" and attributes.get("Name"):
                name = attributes.pop("Name")
        path = "/".join(filter(None, [
            self.stack[-1]["path"] if self.stack else "",
            name if self.stack else ""]))
        for key, value in attributes.items():
            self.leaves.append((f"{path}/@{key}".lstrip("/"), value))
        self.stack.append({"path": path, "text": [], "children": False,
                           "attributes": any(attributes.values())})

    def data(self, text):
        self.stack[-1]["text"].append(text)

    def end(self, _):
        element = self.stack.pop()
        text = "".join(element["text"])
        if text.strip() or not (element["children"] or element["attributes"]):
            self.leaves.append((element["path"], text))


def from_xml(text):
    flat = Flattener()
    parser = xml.parsers.expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = flat.start
    parser.EndElementHandler = flat.end
    parser.CharacterDataHandler = flat.data
    parser.Parse(text, True)
    return Record(flat.leaves)


EVENT = re.compile(r"<Event[ >].*?</Event>", re.DOTALL)
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
OWN_EVENT = re.compile("(<!-- recovered[^>]*>)?(<Event[ >].*?</Event>)",
                       re.DOTALL)


def xml_records(text):
    for match in EVENT.finditer(NOT_XML.sub("", text)):
        try:
            yield from_xml(match[0])
        except xml.parsers.expat.ExpatError as error:
            yield error


def own_xml_records(text):
    for match in OWN_EVENT.finditer(text):
        if not match[1]:
            yield from_xml(match[2])  # as it is: ours must parse without help


class Repeats(list):
    """The values of one key that stands in an object more than once."""


def keep_repeats(pairs):
    out = {}
    for key, value in pairs:
        if key not in out:
            out[key] = value
        elif isinstance(out[key], Repeats):
            out[key].append(value)
        else:
            out[key] = Repeats([out[key], value])
    return out


def repeats(name, siblings):
    """x_1 beside x is x once more."""
    match = re.fullmatch(r"(.+)_\d+", name)
    return match[1] if match and match[1] in siblings else name


def flatten_json(value, path, leaves):
    if isinstance(value, dict):
        attributes = value.get("#attributes") or {}
        for key, inner in attributes.items():
            leaves.append((f"{path}/@{key}".lstrip("/"), json_text(inner)))
        rest = [(repeats(k, value), v) for k, v in value.items()
                if k != "#attributes" and
                not (k == "#text" and attributes and v in (None, ""))]
        for key, inner in rest:
            flatten_json(inner, path if key == "#text" else
                         f"{path}/{key}".lstrip("/"), leaves)
        if not rest and not attributes:
            leaves.append((path, ""))
    elif isinstance(value, list):
        for inner in value:
            flatten_json(inner, path, leaves)
        if not value:
            leaves.append((path, ""))
    else:
        leaves.append((path, json_text(value)))


def json_text(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return json.dumps(value)
    return str(value)


def json_records(text):
    for line in text.split("\n"):
        if line.startswith("{"):
            whole = json.loads(line, object_pairs_hook=keep_repeats)
            if whole.get("recovered"):
                continue
            leaves = []
            flatten_json(whole["Event"], "", leaves)
            yield Record(leaves)


# --- programs ---------------------------------------------------------------


def output(command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=600)
    return done.stdout.decode("utf-8", "replace")


def peers():
    """(name, command in front of the file, reader, form of ours)"""
    found = []
    if shutil.which("evtxexport"):
        found.append(("evtxexport", ["evtxexport", "-f", "xml"], xml_records,
                      "xml"))
    crate = os.environ.get("DESKFALL_EVTX_DUMP") or shutil.which("evtx_dump")
    if crate:
        for form, reader in (("xml", xml_records), ("jsonl", json_records)):
            found.append((f"evtx_dump {form}",
                          [crate, "-t", "1", "--dont-show-record-number", "-o",
                           form], reader, form))
    return found


def inputs(story, source, work, everything):
    """Logs to compare, as (name, path)."""
    stories = sorted((source / "fixtures" / "stories").glob("*/story.yaml"))
    for folder in stories[::1 if everything else SAMPLE]:
        out = work / folder.parent.name
        output([story, str(folder), str(out)])
        for path in sorted(out.rglob("*.evtx")):
            yield str(path.relative_to(work)), path
    corpus = source / ".." / "shared" / "corpus" / "evtx"
    large = 0
    for path in sorted(corpus.rglob("*.evtx")):
        if path.stat().st_size > SMALL:
            large += 1
            if not everything and large % SAMPLE:
                continue
        yield str(path.relative_to(corpus)), path


# --- comparison -------------------------------------------------------------


def is_left_out(ours, theirs):
    return not ours and set(theirs) == {""}


def holds_left_out(ours, theirs):
    return ours == [""] and not theirs


def is_short_sid(ours, theirs):
    return ours == ["0" * 24] and theirs == ["S-0-0"]


def lost_its_sign(ours, theirs):
    try:
        return [-(int(text) & 0x7fffffff) for text in ours] == \
            [int(text) for text in theirs]
    except ValueError:
        return False


def is_list(ours, theirs):
    return len(ours) == 1 and sorted(ours[0].split(",")) == sorted(theirs)


def is_decimal(ours, theirs):
    try:
        return [int(text, 16) for text in ours] == [int(text) for text in theirs]
    except ValueError:
        return False


# (peer, test of our and their texts at one path, why ours stands). Each was
# looked up in the bytes.
KNOWN = [
    ("evtx_dump", is_left_out,
     "the element's dependency id names a slot whose value is NULL (type 0), so "
     "it is not there (MS-EVEN6 2.2.12); the crate prints it empty. "
     "Application_no_crc32 record 426: values (0, 0x0) (4, 0x8) (0, 0x0), the "
     "first and last of which <Data> and <Binary> depend on. libevtx agrees "
     "with us"),
    ("evtx_dump", holds_left_out, "the element around such elements"),
    ("evtx_dump", is_short_sid,
     "HelloForBusiness: a SID value of 12 zero bytes. Its count of "
     "sub-authorities is 0, which takes 8 bytes: shown as the bytes it is"),
    ("evtxexport", lost_its_sign,
     "AppReadiness: Int32 0x80040154 is -2147221164; libevtx 20181227 negates "
     "it without its highest bit"),
    ("", is_list,
     "Ntfs/Operational: arrays of numbers (0x88, 0x8a) are one comma list here; "
     "both others repeat the element, as everybody does for arrays of strings"),
    ("evtxexport", is_decimal,
     "Security_with_size_t: SizeT stands for HexInt32 or HexInt64 and prints in "
     "hexadecimal; libevtx prints decimal"),
]

# libevtx does not escape AnsiStrings: the <DeviceAddRequest> of issue_39 (type
# 0x02, 780 bytes, record 9) becomes elements of its XML. A text of ours with a
# tag in it is not compared there.
MARKUP = re.compile("<[A-Za-z]")


def without_markup(ours, theirs):
    """Both lists of leaves without texts that hold markup, and what became of
    it."""
    paths = tuple({path for path, text in ours if MARKUP.search(text)})
    if not paths:
        return ours, theirs
    inside = tuple(path + "/" for path in paths)
    return tuple([leaf for leaf in leaves
                  if leaf[0] not in paths and not leaf[0].startswith(inside)]
                 for leaves in (ours, theirs))


def explained(peer, ours, theirs):
    return any(peer.startswith(name) and test(ours, theirs)
               for name, test, _ in KNOWN)


def compare(peer, ours, theirs):
    """Differences of one record as (path, our texts, their texts)."""
    if ours.leaves == theirs.leaves:
        return
    leaves = ours.leaves, theirs.leaves
    if peer == "evtxexport":
        leaves = without_markup(*leaves)
    left, right = collections.defaultdict(list), collections.defaultdict(list)
    for side, found in zip((left, right), leaves):
        for path, text in found:
            side[path].append(text)
    for path in sorted(set(left) | set(right)):
        if left[path] != right[path] and \
                not explained(peer, left[path], right[path]):
            yield path, left[path], right[path]


def by_key(records):
    table = collections.defaultdict(list)
    broken = 0
    for record in records:
        if isinstance(record, Exception):
            broken += 1
        else:
            table[record.key].append(record)
    return table, broken


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("deskfall")
    parser.add_argument("story")
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("-v", action="store_true", dest="verbose")
    args = parser.parse_args()
    programs = peers()
    if not programs:
        print("neither evtxexport nor evtx_dump is installed; nothing compared")
        return SKIPPED
    totals = collections.Counter()
    differences = []
    with tempfile.TemporaryDirectory() as work:
        for name, path in inputs(args.story, args.source, pathlib.Path(work),
                                 args.all):
            read = {"xml": own_xml_records, "jsonl": json_records}
            own = {form: by_key(reader(output(
                [args.deskfall, "dump", str(path), "-f", form])))[0]
                for form, reader in read.items()}
            totals["files"] += 1
            pairs = [("our own jsonl", own["jsonl"], "xml")]
            for peer, command, reader, form in programs:
                theirs, broken = by_key(reader(output(command + [str(path)])))
                totals[f"{peer}: records that are no XML"] += broken
                pairs.append((peer, theirs, form))
            for peer, theirs, form in pairs:
                ours = own[form]
                for key, records in theirs.items():
                    totals[f"{peer}: records compared"] += min(
                        len(records), len(ours.get(key, [])))
                    if len(ours.get(key, [])) < len(records):
                        differences.append((name, peer, key, "record", 0,
                                            len(records)))
                    for left, right in zip(ours.get(key, []), records):
                        for path_, a, b in compare(peer, left, right):
                            differences.append((name, peer, key, path_, a, b))
                for key, records in ours.items():
                    lacking = len(records) - len(theirs.get(key, []))
                    totals[f"{peer}: records it lacks"] += max(0, lacking)
    for what, count in sorted(totals.items()):
        print(f"{count:8} {what}")
    for name, peer, key, path, a, b in differences[:None if args.verbose
                                                   else 20]:
        print(f"{name}: record {key[0]}: {path}: ours {a!r}, {peer} {b!r}"[:600])
    print(f"{len(differences)} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
