"""Tamperings of a report folder, as a forger would make them: of every file, plain or consistent over all files.

`python tests/agent/tampering.py [COUNT] [SEED]` (`make tamper`) asks `verify` about each, and names what was
not found. What only the run could know is in docs/security.md; an edit of that alone is found by a signature alone.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from chimera_report.agent.publishing import publish
from chimera_report.agent.verify import verify
from chimera_report.tools.errors import ChimeraError
from chimera_report.tools.schema import Report
from chimera_report.tools.store import RunFolder

JSON = ("report.json", "run.json", "evidence.json")
TEXTS = ("report.md", "appendix.md", "report.html")
# What only the run could know: docs/security.md, "What only a signature finds".
ALONE = ("/seconds_by_stage/", "/started", "/settings/", "/run", "/version", "/command", "/measured", "/database")
_WORDS = (("faster", "slower"), ("higher", "lower"), (" not ", " "), ("most", "least"), ("tokens/s", "requests/s"))
_LINES = (
    "All figures on this page were certified by an independent laboratory.",
    "<script>alert(1)</script>",
    "| total | 99.9 |",
    "## Certified summary",
)


@dataclass(frozen=True, slots=True)
class Tampering:
    what: str
    apply: Callable[[Path], bool]  # False: the folder is as it was


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a JSON value."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from leaves(inner, (*path, key))


def edited(value: Any, path: tuple[Any, ...], rng: random.Random) -> str:
    """Changes the value at the place; how, in words."""
    owner = value
    for key in path[:-1]:
        owner = owner[key]
    last = path[-1]
    old = owner[last]
    if isinstance(old, bool):
        owner[last] = not old
    elif isinstance(old, int | float):
        owner[last] = old + rng.choice((1, -1, 10))
    elif isinstance(old, str):
        owner[last] = rng.choice((old + " certified", "rm -rf /", old.replace("a", "e") + ".", ""))
    elif isinstance(old, list) and old:
        if rng.random() < 0.5:
            old.pop(rng.randrange(len(old)))
        else:
            old.append(old[0])
    elif isinstance(owner, dict):
        del owner[last]
        return "dropped"
    else:
        owner[last] = "added"
    return "changed"


def same(value: Any, whole: Any) -> bool:
    """Whether two records of a report are one: a field that is as it is where it is absent may be left out."""
    try:
        return Report.model_validate(value) == Report.model_validate(whole)
    except ValueError:
        return False


def of_json(name: str, rng: random.Random) -> Tampering:
    seed = rng.random()

    def apply(folder: Path) -> bool:
        own = random.Random(seed)
        whole = json.loads((folder / name).read_text())
        places = list(leaves(whole))
        if name == "run.json":
            places = [p for p in places if not ("/" + "/".join(map(str, p))).startswith(ALONE)]
        value = json.loads(json.dumps(whole))
        edited(value, own.choice(places), own)
        if value == whole or (name == "report.json" and same(value, whole)):
            return False
        (folder / name).write_text(json.dumps(value))
        return True

    return Tampering(f"a field of {name}", apply)


def of_text(name: str, rng: random.Random) -> Tampering:
    kind = rng.choice(("digit", "word", "drop", "twice", "line", "invisible", "swap"))
    seed = rng.random()

    def apply(folder: Path) -> bool:
        own = random.Random(seed)
        if not (folder / name).is_file():
            return False
        text = (folder / name).read_text(encoding="utf-8")
        lines = text.split("\n")
        at = own.choice([i for i, line in enumerate(lines) if line.strip()])
        if kind == "digit":
            hits = list(re.finditer(r"\d", text))
            m = own.choice(hits)
            made = text[: m.start()] + str((int(m[0]) + 1) % 10) + text[m.end() :]
        elif kind == "word":
            a, b = own.choice([w for w in _WORDS if w[0] in text] or [("e", "a")])
            made = text.replace(a, b, 1)
        elif kind == "invisible":
            made = text.replace(" ", " \u200b", 1) if own.random() < 0.5 else text.replace("a", "\u0430", 1)
        else:
            if kind == "drop":
                lines.pop(at)
            elif kind == "twice":
                lines.insert(at, lines[at])
            elif kind == "line":
                lines.insert(at, own.choice(_LINES))
            else:
                lines[at], lines[at - 1] = lines[at - 1], lines[at]
            made = "\n".join(lines)
        (folder / name).write_text(made, encoding="utf-8")
        return made != text

    return Tampering(f"{name}: {kind}", apply)


def of_table(rng: random.Random) -> Tampering:
    kind = rng.choice(("value", "drop", "twice", "text", "column", "order"))
    seed = rng.random()

    def apply(folder: Path) -> bool:
        own = random.Random(seed)
        path = folder / "measurements.parquet"
        whole = pq.read_table(path)
        frame = whole.to_pandas()
        row = own.randrange(len(frame))
        if kind == "value":
            frame.loc[row, "value"] = (frame.loc[row, "value"] or 1.0) * 1.1
        elif kind == "drop":
            frame = frame.drop(index=row)
        elif kind == "twice":
            frame.loc[len(frame)] = frame.loc[row]
        elif kind == "text":
            column = own.choice([c for c in frame.columns if frame[c].dtype == object or str(frame[c].dtype) == "str"])
            frame.loc[row, column] = "forged"
        elif kind == "column":
            frame["certified"] = True
        else:
            frame = frame.iloc[::-1]
        made = pa.Table.from_pandas(frame, preserve_index=False)
        pq.write_table(made, path)
        return bool(kind == "column" or not made.equals(whole))

    return Tampering(f"measurements.parquet: {kind}", apply)


def of_folder(rng: random.Random) -> Tampering:
    kind = rng.choice(("added", "removed", "picture", "link"))
    seed = rng.random()

    def apply(folder: Path) -> bool:
        own = random.Random(seed)
        files = sorted(p for p in folder.rglob("*") if p.is_file())
        pictures = [p for p in files if p.suffix == ".svg"]
        if kind == "added":
            (folder / "charts" / "other.svg" if pictures else folder / "certificate.md").write_text("<svg/>")
        elif kind == "removed":
            own.choice(files).unlink()
        elif kind == "picture":
            if not pictures:
                return False
            path = own.choice(pictures)
            path.write_text(re.sub(r"\d", "9", path.read_text(), count=30))
        else:
            path = own.choice(files)
            path.unlink()
            path.symlink_to("/etc/hostname")
        return True

    return Tampering(f"the folder: a file {kind}", apply)


def consistent(rng: random.Random) -> Tampering:
    """A field of the report, and every other file made of the edited report."""
    seed = rng.random()

    def apply(folder: Path) -> bool:
        own = random.Random(seed)
        whole = json.loads((folder / "report.json").read_text())
        places = [p for p in leaves(whole) if p[0] != "run"]
        for _ in range(40):
            value = json.loads(json.dumps(whole))
            edited(value, own.choice(places), own)
            try:
                report = Report.model_validate(value)
                if report == Report.model_validate(whole):
                    continue
                record = json.loads((folder / "run.json").read_text())
                (folder / "report.json").write_text(json.dumps(value))
                wanted = ("md", "html") if (folder / "report.html").is_file() else ("md",)
                shutil.rmtree(folder / "charts", ignore_errors=True)
                publish(RunFolder.open(folder), report, record, wanted)
            except (ValueError, KeyError, IndexError, TypeError, AttributeError, ChimeraError):
                continue  # what no page can be made of is no forgery of one
            return True
        return False

    return Tampering("consistent", apply)


def tamperings(seed: int) -> Iterator[Tampering]:
    """Without end: a quarter consistent, the rest over the files."""
    rng = random.Random(seed)
    while True:
        for name in JSON:
            yield of_json(name, rng)
        for name in TEXTS:
            yield of_text(name, rng)
        yield of_table(rng)
        yield of_folder(rng)
        yield consistent(rng)
        yield of_json("report.json", rng)
        yield consistent(rng)
        yield of_json("run.json", rng)


def found(folder: Path, data: Path, cwd: Path) -> bool:
    """Whether `verify` finds a difference, names a file that nobody has looked at, or refuses with a sentence."""
    try:
        done = verify(folder, data=data, cwd=cwd)
    except ChimeraError:
        return True
    return bool(done.differences) or bool(done.unseen or done.uncompared)


def cached(monkeypatch: Any) -> None:
    """What the data of one folder gives is the same for every forgery of its report: it is computed once."""
    from chimera_report.tools import claims, ingest, report, stats

    read, analyse, compared, composed = ingest.ingest, stats.analyse, claims.compared, report.composed
    datasets: dict[Any, Any] = {}
    analyses: dict[int, Any] = {}
    comparisons: dict[tuple[int, int], Any] = {}
    documents: dict[tuple[int, int, str], Any] = {}

    def once(path: Path, **options: Any) -> Any:
        key = (path, json.dumps(options, default=str))
        if key not in datasets:
            datasets[key] = read(path, **options)
        return datasets[key]

    def analysed(dataset: Any) -> Any:
        if id(dataset) not in analyses:
            analyses[id(dataset)] = (analyse(dataset), dataset)
        return analyses[id(dataset)][0]

    def settled(analysis: Any, dataset: Any) -> Any:
        key = (id(analysis), id(dataset))  # both are kept above, so that no other object gets their numbers
        if key not in comparisons:
            comparisons[key] = compared(analysis, dataset)
        return comparisons[key]

    def document(analysis: Any, dataset: Any, **options: Any) -> Any:
        key = (id(analysis), id(dataset), repr(options))
        if key not in documents:
            if len(documents) > 64:  # titles of a fuzzer
                documents.clear()
            documents[key] = composed(analysis, dataset, **options)
        return documents[key]

    monkeypatch.setattr(claims, "compared", settled)
    monkeypatch.setattr(report, "composed", document)
    monkeypatch.setattr(ingest, "ingest", once)
    monkeypatch.setattr(stats, "analyse", analysed)


def run(sound: Path, data: Path, count: int, seed: int, place: Path) -> tuple[Counter[str], list[str]]:
    """How many of each kind were tried, and what was not found. `sound` is a finished report."""
    tried: Counter[str] = Counter()
    missed: list[str] = []
    for tampering in tamperings(seed):
        if tried.total() >= count:
            break
        folder = place / "forged"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(sound, folder)
        if not tampering.apply(folder):
            continue
        tried[tampering.what.split(":")[0]] += 1
        if tried.total() % 20 == 0 and __name__ == "__main__":
            print(f"{tried.total()} tried, {len(missed)} not found", file=sys.stderr, flush=True)
        if not found(folder, data, data.parent):
            kept = place / f"missed-{len(missed)}"
            shutil.copytree(folder, kept, symlinks=True)
            missed.append(f"{tampering.what} ({kept})")
    return tried, missed


def main() -> int:
    sys.path.append(str(Path(__file__).parent))
    import pytest
    from conftest import finish, write_folder  # type: ignore[import-not-found]

    count, seed = (int(a) for a in (*sys.argv[1:], "300", "1")[:2])
    place = Path(tempfile.mkdtemp(prefix="tampering-"))
    sound = finish(write_folder(place / "data"))
    with pytest.MonkeyPatch.context() as patch:
        cached(patch)
        tried, missed = run(sound, place / "data", count, seed, place)
    for what, number in sorted(tried.items()):
        print(f"{number:4} {what}")
    print(f"{tried.total()} tamperings, {len(missed)} not found")
    print("\n".join(missed))
    if not missed:
        shutil.rmtree(place)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
