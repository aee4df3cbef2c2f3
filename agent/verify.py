"""A finished report against its files: hashes, every fact, the Markdown, the evidence, the table, the rules.

Thin: each room checks what it made; this composes them, in the order of the data's flow, and names what differs.
"""

from __future__ import annotations

import difflib
import io
import json
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from chimera_report.agent import database
from chimera_report.agent.compare import declared, read_earlier
from chimera_report.agent.measuring import FOLDER, enlarged
from chimera_report.agent.trust import inside, named
from chimera_report.tools.errors import StoreError, UsageError
from chimera_report.tools.schema import (
    CodeBlock,
    Dataset,
    Earlier,
    FactSheet,
    Frozen,
    Json,
    Outline,
    Query,
    Report,
    Section,
)
from chimera_report.tools.store import RunFolder

SHOWN = 200  # characters of a value that differs
DRIFT = 1e-9  # of a fraction, that the arithmetic of another processor may bring


class Difference(Frozen):
    """One thing that does not hold. `check` is files, record, facts, claims, markdown, evidence, table or rules."""

    check: str
    where: str  # file, line, id
    expected: str  # what the data, or the report's own record, gives
    found: str  # what is there


@dataclass(frozen=True, slots=True)
class Verification:
    folder: Path
    data: str  # where the files, or the database, are
    counts: dict[str, int]  # what was looked at: files, facts, claims, lines, measurements
    differences: tuple[Difference, ...]


def verify(
    path: Path,
    *,
    data: Path | None = None,
    db: str | None = None,
    setting: str | None = None,
    compare: Path | None = None,
    cwd: Path,
    places: Iterable[Path] | None = None,
) -> Verification:
    """Recompute the report in `path` from the folder of files or the database that it is of.

    A report can be anybody's: what it names is opened only below `places` (the working folder, unless others are
    given). `data`, `db` and `compare` say where the rest is; `setting` is the reader's own database.

    Raises StoreError for what is no finished report, UsageError for files that are not there, or that the reader has
    to name.
    """
    folder = RunFolder.open(path.parent if path.is_file() else path)
    report = _report(folder)
    record = folder.read_json("run.json")
    allowed = (cwd,) if places is None else tuple(places)
    earlier = partial(_earlier, compare=compare, cwd=cwd, places=allowed, folder=folder)
    target = _target(record)
    if database.suite_of(Path(target)) is not None:
        dataset, place = database.read_again(record, db=db, setting=setting, data=data, cwd=cwd, places=allowed)
        return _verify(folder, report, record, _with(record, dataset, folder, earlier), place)
    source = data if data is not None else named(target, "the folder of files", "--data", cwd=cwd, places=allowed)
    if not source.exists():
        raise UsageError(
            "the files of this report are not here", where=str(source), hint="Say where they are with --data."
        )
    from chimera_report.tools.ingest import ingest

    return _verify(folder, report, record, _with(record, ingest(source), folder, earlier), str(source))


def _with(record: Json, dataset: Dataset, folder: RunFolder, earlier: Callable[[Json], Earlier]) -> Dataset:
    """The data with what was measured for the report and the earlier report that it was compared with."""
    if (record.get("measured") or {}).get("folder"):
        dataset = enlarged(dataset, folder.inside(FOLDER))
    settings = record.get("settings", {})
    if settings.get("interactions"):
        dataset = replace(dataset, interactions=declared(settings["interactions"], dataset.factors))
    if settings.get("compare"):
        dataset = replace(dataset, earlier=earlier(settings))
    return dataset


def _earlier(
    settings: Json, *, compare: Path | None, cwd: Path, places: tuple[Path, ...], folder: RunFolder
) -> Earlier:
    """The report that this one was compared with: the one that the reader names, else the one that its record names."""
    if compare is not None:
        return read_earlier(compare, folder.path.parent)
    out = cwd / str(settings.get("out") or "reports")
    beside = out / str(settings["compare"])
    if beside.is_dir() and inside(beside, places):
        return read_earlier(beside, out)
    path = named(settings["compare"], "the earlier report", "--compare", cwd=cwd, places=places)
    return read_earlier(path, folder.path.parent)


def _report(folder: RunFolder) -> Report:
    try:
        return Report.model_validate(folder.read_json("report.json"))
    except ValueError as exc:
        lines = [line.strip() for line in str(exc).splitlines() if line.strip()]
        raise StoreError(
            f"is not a report of this version ({' '.join(lines[:2])})", where=str(folder.path / "report.json")
        ) from exc


def _target(record: Json) -> str:
    """What the report is of, as the user named it; "" where that was not recorded."""
    settings = record.get("settings") if isinstance(record, dict) else None
    return str(settings.get("path", "")) if isinstance(settings, dict) else ""


def _verify(folder: RunFolder, report: Report, record: Json, dataset: Dataset, source: str) -> Verification:
    from chimera_report.tools import claims
    from chimera_report.tools.stats import analyse

    found = list(_files(report, record, dataset))
    found += _run(report, record)
    analysis = claims.compared(analyse(dataset), dataset)
    sheet, composed = claims.composed(analysis, dataset, target=_target(record) or source, title=report.title)
    if record.get("questions"):
        sheet, again = _answers(record, dataset, sheet)
        told = next((s for s in report.sections if s.key == again.key), None)
        if told != again:
            found.append(Difference(check="answers", where=again.title, expected="the answers again", found="others"))
    outline: Outline | None = None
    if alike(sheet.model_dump(), report.sheet.model_dump()):
        outline = composed
    else:  # the same sheet means that every fact came out again; another one is named fact by fact
        found += [
            Difference(check="facts", where=m.fact, expected=_short(m.found), found=_short(m.expected))
            for m in claims.verify_facts(report.sheet, dataset)
        ]
        found += _items("facts", [f.model_dump() for f in sheet.facts], [f.model_dump() for f in report.sheet.facts])
        found += _items("claims", [c.model_dump() for c in sheet.claims], [c.model_dump() for c in report.sheet.claims])
        if sheet.names != report.sheet.names:
            changed = sorted(set(sheet.names) ^ set(report.sheet.names))
            found.append(
                Difference(
                    check="claims", where="names", expected="the names of the data", found=_short(", ".join(changed))
                )
            )
    given = _text(folder, "report.md")
    found += _markdown(report, given)
    found += _evidence(report, folder.read_json("evidence.json"))
    found += _table(folder, dataset)
    found += [
        Difference(
            check="rules",
            where=f"report.md line {f.line}" if f.line else f.sentence or "report.json",
            expected=_short(f.allowed),
            found=f"rule {f.rule}, {f.message}: {f.span}",
        )
        for f in claims.lint(given, report, outline=outline)
        if f.severity == "error"
    ]
    counts = {
        "files": len(dataset.sources),
        "facts": len(report.sheet.facts),
        "claims": len(report.sheet.claims),
        "lines": given.count("\n"),
        "measurements": len(dataset.table),
    }
    return Verification(folder.path, source, counts, tuple(dict.fromkeys(found)))


def _answers(record: Json, dataset: Dataset, sheet: FactSheet) -> tuple[FactSheet, Section]:
    """What the questions that were folded into the report give now."""
    from chimera_report.agent.chat.folding import merged
    from chimera_report.tools.query import World, reply

    queries = [Query.model_validate(q) for q in record["questions"]]
    return merged(sheet, [reply(q, World(dataset), "") for q in queries])


def _short(text: object) -> str:
    shown = text if isinstance(text, str) else json.dumps(text, ensure_ascii=False, default=str)
    return shown if len(shown) <= SHOWN else shown[: SHOWN - 1] + "…"


def _text(folder: RunFolder, name: str) -> str:
    try:
        with folder.inside(name).open(encoding="utf-8", errors="surrogateescape", newline="") as file:
            return file.read()
    except OSError as exc:
        raise StoreError(f"cannot be read ({exc.strerror})", where=str(folder.path / name)) from exc


def _files(report: Report, record: Json, dataset: Dataset) -> Iterator[Difference]:
    """The hashes of the files, as the run saw them and as the facts name them."""
    here = {s.path: s.sha256 for s in dataset.sources}
    then: dict[str, set[str]] = {}
    for entry in record.get("sources", []):
        then.setdefault(str(entry.get("path")), set()).add(str(entry.get("sha256")))
    recorded = bool(then)
    for fact in report.sheet.facts:
        for evidence in fact.sources:
            then.setdefault(evidence.file, set()).add(evidence.sha256)
    for path, hashes in sorted(then.items()):
        if path not in here:
            yield Difference(check="files", where=path, expected="the file", found="no such file")
        for digest in sorted(hashes - {here.get(path, "")} if path in here else ()):
            yield Difference(check="files", where=path, expected=f"sha256 {here[path]}", found=f"sha256 {digest}")
    if recorded:
        for path in sorted(set(here) - set(then)):
            yield Difference(
                check="files", where=path, expected="no such file", found="a file that the report has not seen"
            )


def _run(report: Report, record: Json) -> Iterator[Difference]:
    """What `report.json` says of its run is what `run.json` recorded."""
    pairs = [
        ("run", record.get("run"), report.run),
        ("header.date", str(record.get("started", ""))[:10], report.header.date),
        ("header.agent", f"Chimera {record.get('version')}", report.header.agent),
        ("header.model", (record.get("runtime") or {}).get("model", "none"), report.header.model),
    ]
    commands = [
        b.text for s in report.sections if s.key == "reproduction" for b in s.blocks if isinstance(b, CodeBlock)
    ]
    pairs.append(("reproduction", record.get("command"), commands[0] if commands else ""))
    for where, wanted, found in pairs:
        same = str(found).startswith(str(wanted)) if where == "header.model" else found == wanted
        if not same:
            yield Difference(check="record", where=where, expected=_short(wanted), found=_short(found))


def alike(a: Json, b: Json) -> bool:
    """Whether two JSON values are the same, their fractions to a part in 10⁹.

    Least squares goes through BLAS, which picks its kernels by the processor: the same data gives sums that differ in
    the thirteenth digit on another machine, or in a process that is told another kernel (OPENBLAS_CORETYPE). What a
    reader sees is text, and is compared as such.
    """
    if isinstance(a, float) or isinstance(b, float):
        numbers = isinstance(a, int | float) and isinstance(b, int | float) and not isinstance(a, bool | str)
        return numbers and not isinstance(b, bool) and math.isclose(a, b, rel_tol=DRIFT, abs_tol=1e-300)
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(alike(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(alike, a, b))
    return bool(a == b)


def _items(check: str, wanted: list[dict[str, Json]], found: list[dict[str, Json]]) -> Iterator[Difference]:
    """Facts or claims by their ids: missing, added, or with another value in some field."""
    a, b = ({str(item["id"]): item for item in items} for items in (wanted, found))
    for ident in dict.fromkeys((*a, *b)):
        if ident not in b:
            yield Difference(check=check, where=ident, expected="an entry", found="missing from report.json")
        elif ident not in a:
            yield Difference(check=check, where=ident, expected="none", found="an entry that the data does not give")
        else:
            for field in dict.fromkeys((*a[ident], *b[ident])):
                left, right = a[ident].get(field), b[ident].get(field)
                if not alike(left, right):
                    yield Difference(check=check, where=f"{ident}.{field}", expected=_short(left), found=_short(right))


def _markdown(report: Report, given: str) -> Iterator[Difference]:
    """`report.md` byte for byte: the report's own rendering, with or without the marks of authorship."""
    from chimera_report.tools.render import markdown

    plain = markdown(report)
    if given in (plain, markdown(report, authorship=True)):
        return
    a, b = plain.split("\n"), given.split("\n")
    for tag, i, j, k, m in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        for step in range(max(j - i, m - k)):
            left = a[i + step] if i + step < j else None
            right = b[k + step] if k + step < m else None
            line = min(k + step, len(b) - 1) + 1
            yield Difference(
                check="markdown",
                where=f"report.md line {line}",
                expected="no such line" if left is None else _around(left, right),
                found="no such line" if right is None else _around(right, left),
            )


def _around(text: str, other: str | None) -> str:
    """The text near its first difference from the other."""
    if other is None:
        return _short(text)
    start = next((i for i, (x, y) in enumerate(zip(text, other, strict=False)) if x != y), min(len(text), len(other)))
    begin = max(0, start - 40)
    return ("…" if begin else "") + _short(text[begin : start + 80])


def _evidence(report: Report, given: Json) -> Iterator[Difference]:
    """`evidence.json` is what the report's record gives."""
    from chimera_report.tools.render import evidence

    written = json.dumps(evidence(report))
    if json.dumps(given) == written:
        return
    wanted = json.loads(written)
    yield from (
        Difference(check="evidence", where=f"evidence.json {where}", expected=_short(a), found=_short(b))
        for where, a, b in _unlike(wanted, given, "")
    )


def _unlike(a: Json, b: Json, where: str) -> Iterator[tuple[str, Json, Json]]:
    """The places in which two JSON values differ, as JSON pointers."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in dict.fromkeys((*a, *b)):
            yield from _unlike(a.get(key), b.get(key), f"{where}/{key}")
    elif isinstance(a, list) and isinstance(b, list):
        for i in range(max(len(a), len(b))):
            yield from _unlike(a[i] if i < len(a) else None, b[i] if i < len(b) else None, f"{where}/{i}")
    elif a != b or type(a) is not type(b):
        yield where or "/", a, b


def _table(folder: RunFolder, dataset: Dataset) -> Iterator[Difference]:
    """`measurements.parquet` holds the rows that the files hold."""
    import pandas as pd

    saved = folder.read_table("measurements.parquet")
    buffer = io.BytesIO()
    dataset.table.to_parquet(buffer, index=False)  # what the format makes of the types is no difference
    fresh = pd.read_parquet(io.BytesIO(buffer.getvalue()))
    name = "measurements.parquet"
    if list(saved.columns) != list(fresh.columns):
        odd = sorted(set(saved.columns) ^ set(fresh.columns)) or ["their order"]
        yield Difference(check="table", where=name, expected="the columns of the files", found=_short(", ".join(odd)))
        return
    if len(saved) != len(fresh):
        yield Difference(check="table", where=name, expected=f"{len(fresh)} rows", found=f"{len(saved)} rows")
        return
    for column in fresh.columns:
        left, right = fresh[column], saved[column]
        same = (left == right).fillna(False) | (left.isna() & right.isna())
        for row in [i for i, equal in enumerate(same) if not equal][:5]:
            where = f"{name} row {row + 1}, {column}"
            yield Difference(check="table", where=where, expected=_short(str(left[row])), found=_short(str(right[row])))


def summary(differences: Iterable[Difference]) -> dict[str, int]:
    """How many differences each check found."""
    counts: dict[str, int] = {}
    for item in differences:
        counts[item.check] = counts.get(item.check, 0) + 1
    return counts
