"""What differs between a report folder and what the program makes: file by file, field by field, line by line."""

from __future__ import annotations

import difflib
import io
import json
import math
from collections.abc import Iterable, Iterator
from itertools import zip_longest

from chimera_report.tools.errors import StoreError
from chimera_report.tools.schema import Dataset, Frozen, Json, Report
from chimera_report.tools.store import RunFolder

SHOWN = 200  # characters of a value that differs
DRIFT = 1e-9  # of a fraction, that the arithmetic of another processor may bring


class Difference(Frozen):
    """One thing that does not hold. `check` is what was compared: files, record, facts, claims, document, rules, …"""

    check: str
    where: str  # file, line, id
    expected: str  # what the data, or the report's own record, gives
    found: str  # what is there


def told(check: str, where: str, expected: str, found: str) -> Difference:
    return Difference(check=check, where=where, expected=short(expected), found=short(found))


def shown(value: Json) -> str:
    """A value of JSON for a reader."""
    return "nothing" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def short(text: object) -> str:
    shown = text if isinstance(text, str) else json.dumps(text, ensure_ascii=False, default=str)
    return shown if len(shown) <= SHOWN else shown[: SHOWN - 1] + "…"


def text(folder: RunFolder, name: str) -> str:
    try:
        with folder.inside(name).open(encoding="utf-8", errors="surrogateescape", newline="") as file:
            return file.read()
    except OSError as exc:
        raise StoreError(f"cannot be read ({exc.strerror})", where=str(folder.path / name)) from exc


def files(report: Report, record: Json, dataset: Dataset) -> Iterator[Difference]:
    """The hashes of the files, as the run saw them and as the facts name them."""
    here = {s.path: s.sha256 for s in dataset.whole.sources}
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
    yield from readings(record, dataset)
    yield from beside(record, dataset)
    if recorded:
        for path in sorted(set(here) - set(then)):
            yield Difference(
                check="files", where=path, expected="no such file", found="a file that the report has not seen"
            )


def beside(record: Json, dataset: Dataset) -> Iterator[Difference]:
    """Files that hold nothing for the report, or were left out of it. A record of before has none to compare, and a
    dataset that was not read from a folder none either."""
    then, now = record.get("beside"), dataset.whole.beside
    if now is None or then is None:
        return
    if not isinstance(then, dict):
        yield told("files", "run.json /beside", "the files that were left out", shown(then))
        return
    for path in sorted({*then, *now}):
        if then.get(path) != now.get(path):
            here = f"sha256 {now[path]}" if path in now else "no such file"
            yield told("files", path, here, f"sha256 {then[path]}" if path in then else "not there")


def readings(record: Json, dataset: Dataset) -> Iterator[Difference]:
    """What each file was read as, column by column. A record of before there were readings has none to compare."""
    now = {s.path: s for s in dataset.whole.sources}
    for entry in record.get("sources", []):
        then, source = entry.get("reading"), now.get(str(entry.get("path")))
        if not then or source is None:
            continue
        left = [a.model_dump(mode="json") for a in source.reading]
        for one, other in zip_longest(left, then):
            if one != other:
                name = str((one or other or {}).get("name", ""))
                yield told("reading", f"{source.path}, {name}", shown(one), shown(other))
                break


def items(check: str, wanted: list[dict[str, Json]], found: list[dict[str, Json]]) -> Iterator[Difference]:
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
                    yield Difference(check=check, where=f"{ident}.{field}", expected=short(left), found=short(right))


def markdown(plain: str, given: str, name: str = "report.md") -> Iterator[Difference]:
    """`report.md`, or another file of the report, byte for byte."""
    yield from lines("markdown", name, plain, given)


def lines(check: str, file: str, plain: str, given: str) -> Iterator[Difference]:
    """The lines in which a text differs from the one that it has to be."""
    if given == plain:
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
                check=check,
                where=f"{file} line {line}",
                expected="no such line" if left is None else around(left, right),
                found="no such line" if right is None else around(right, left),
            )


def pictures(folder: RunFolder, report: Report) -> Iterator[Difference]:
    """Each chart's SVG is what its data gives. A report without charts is not drawn again."""
    from chimera_report.tools.render import pictures

    for path, picture in pictures(report).items():
        if not folder.has(path):
            yield Difference(check="pictures", where=path, expected="the picture", found="no such file")
            continue
        given = text(folder, path)
        if given != picture:
            yield Difference(
                check="pictures", where=path, expected=around(picture, given), found=around(given, picture)
            )


def around(text: str, other: str | None) -> str:
    """The text near its first difference from the other."""
    if other is None:
        return short(text)
    start = next((i for i, (x, y) in enumerate(zip(text, other, strict=False)) if x != y), min(len(text), len(other)))
    begin = max(0, start - 40)
    return ("…" if begin else "") + short(text[begin : start + 80])


def evidence(made: Json, given: Json) -> Iterator[Difference]:
    """`evidence.json` is what the report gives."""
    written = json.dumps(made)
    if json.dumps(given) == written:
        return
    wanted = json.loads(written)
    yield from (
        Difference(check="evidence", where=f"evidence.json {where}", expected=short(a), found=short(b))
        for where, a, b in unlike(wanted, given, "")
    )


def alike(a: Json, b: Json) -> bool:
    """Whether two JSON values are the same, their fractions to a part in 10⁹.

    Least squares goes through BLAS, which picks its kernels by the processor: the same data gives sums that differ in
    the thirteenth digit on another machine, or in a process that is told another kernel (OPENBLAS_CORETYPE). What a
    reader sees is text, and is compared as such.
    """
    if isinstance(a, bool) or isinstance(b, bool):
        return type(a) is type(b) and bool(a == b)
    if isinstance(a, int | float) and isinstance(b, int | float):
        return math.isclose(a, b, rel_tol=DRIFT, abs_tol=1e-300) if isinstance(a + b, float) else a == b
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(alike(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(alike, a, b))
    return bool(a == b)


def unlike(a: Json, b: Json, where: str) -> Iterator[tuple[str, Json, Json]]:
    """The places in which two JSON values differ, as JSON pointers; what is missing on one side is None there."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in dict.fromkeys((*a, *b)):
            if (key in a) != (key in b) and a.get(key) is b.get(key):  # a null that the other side lacks
                yield f"{where}/{key}", a.get(key, "no such field"), b.get(key, "no such field")
            yield from unlike(a.get(key), b.get(key), f"{where}/{key}")
    elif isinstance(a, list) and isinstance(b, list):
        for i in range(max(len(a), len(b))):
            yield from unlike(a[i] if i < len(a) else None, b[i] if i < len(b) else None, f"{where}/{i}")
    elif isinstance(a, float) and isinstance(b, float) and math.isclose(a, b, rel_tol=1e-9):
        return  # the last digits of a sum depend on the processor
    elif a != b or type(a) is not type(b):
        yield where or "/", a, b


def table(folder: RunFolder, dataset: Dataset) -> Iterator[Difference]:
    """`measurements.parquet` holds the rows that the files hold."""
    import pandas as pd

    saved = folder.read_table("measurements.parquet")
    buffer = io.BytesIO()
    dataset.whole.table.to_parquet(buffer, index=False)  # what the format makes of the types is no difference
    fresh = pd.read_parquet(io.BytesIO(buffer.getvalue()))
    name = "measurements.parquet"
    if saved.equals(fresh):
        return
    if list(saved.columns) != list(fresh.columns):
        odd = sorted(set(saved.columns) ^ set(fresh.columns)) or ["their order"]
        yield Difference(check="table", where=name, expected="the columns of the files", found=short(", ".join(odd)))
        return
    if len(saved) != len(fresh):
        yield Difference(check="table", where=name, expected=f"{len(fresh)} rows", found=f"{len(saved)} rows")
        return
    for column in fresh.columns:
        left, right = fresh[column], saved[column]
        same = (left == right).fillna(False) | (left.isna() & right.isna())
        for row in [i for i, equal in enumerate(same) if not equal][:5]:
            where = f"{name} row {row + 1}, {column}"
            yield Difference(check="table", where=where, expected=short(str(left[row])), found=short(str(right[row])))


def summary(differences: Iterable[Difference]) -> dict[str, int]:
    """How many differences each check found."""
    counts: dict[str, int] = {}
    for item in differences:
        counts[item.check] = counts.get(item.check, 0) + 1
    return counts


def lacking(report: Report) -> str:
    """The fact, or the part of one, that an edited report's texts name and its evidence does not hold; "" for none."""
    from chimera_report.tools.render import appendix, evidence, markdown, pictures

    try:
        for made in (markdown, appendix, evidence, pictures):
            made(report)
    except (KeyError, IndexError) as exc:
        return str(exc.args[0] if exc.args else exc)
    return ""
