"""What a right answer says about what there is: counts, names, rows, pictures."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from typing import Any

import pandas as pd

from chimera_report.tools.schema import Answer

from .common import cells, everything, need, typical
from .differences import balanced
from .numbers import numbers
from .raw import Raw, gmean


def _records(raw: Raw) -> int:
    if raw.name == "data":
        place = raw.folder / "threads-context-prompt"
        starts = json.loads((place / "cold_starts.json").read_text())["cold_starts"]
        return sum(len(pd.read_csv(place / name)) for name in ("runs.csv", "itl.csv")) + len(starts)
    raise KeyError(raw.name)


def _errors(raw: Raw, pattern: str) -> int:
    total = 0
    for path in raw.folder.rglob(pattern):
        frame = pd.read_csv(path)
        if "error" in frame and "backup" not in path.parts:
            total += int(frame["error"].notna().sum())
        elif "status" in frame:
            total += int((frame["status"] != "ok").sum())
    return total


def _subjects(raw: Raw) -> int:
    """The models of the tables, and the networks of the compilation benchmarks."""
    networks = {
        json.loads(p.read_text())["model"]["name"] for p in raw.folder.glob("outputs/reports/compilation/*.json")
    }
    return len({*raw.table["subject"].dropna()} | networks)


COUNTS: dict[str, Callable[[Raw], int]] = {
    "records": _records,
    "files": lambda raw: len([p for p in raw.files() if p.name not in ("plan.toml", "receipt.json", "summary.json")]),
    "subjects": _subjects,
    "cold starts": lambda raw: len(raw.pick("load_time", state="cold")),
    "errors": lambda raw: _errors(raw, "*.csv"),
    "errors in benchmark": lambda raw: _errors(raw, "outputs/reports/ollama/20251008-1227*/*_benchmark_runs.csv"),
    "runs of latest": lambda raw: len(pd.read_csv(raw.folder / "outputs/reports/gemma3/gemma3_param_tuning.csv")),
    "failed 270m": lambda raw: _errors(raw, "outputs/reports/gemma3/gemma3_270m_param_tuning.csv"),
}


def count(answer: Answer, raw: Raw, *, of: str, **_: Any) -> None:
    """The first sentence has the number; none may be said in words."""
    number = COUNTS[of](raw)
    first = answer.text[0]
    if number == 0:
        need(re.search(r"\b(?:no|none|No|0)\b", first), f"none it is: {first!r}")
        return
    told = " ".join(answer.text)
    need(any(n.unit == "" and n.value == number for n in numbers(told)), f"{number} it is: {told!r}")


def listed(answer: Answer, raw: Raw, *, names: list[str], absent: list[str], **_: Any) -> None:
    told = everything(answer)
    for name in names:
        need(name.lower() in told.lower(), f"{name} is missing: {told[:300]!r}")
    shown = "\n".join([*answer.text, *(" | ".join(r) for r in cells(answer))])
    for name in absent:
        need(not re.search(rf"\b{re.escape(name)}\b", shown), f"{name} is not in the data: {shown[:300]!r}")


def missing(answer: Answer, raw: Raw, *, present: bool, **_: Any) -> None:
    told = " ".join(answer.text)
    denied = re.search(r"\bno file holds\b|in none of the files|^No\b|holds no\b", told, re.IGNORECASE)
    need(bool(denied) != present, f"{'present' if present else 'absent'} it is: {told!r}")
    if present:
        need(re.search(r"\bYes\b|holds? ", told), f"not said: {told!r}")


def definition(answer: Answer, raw: Raw, *, words: list[str], **_: Any) -> None:
    told = " ".join(answer.text)
    need(all(w in told for w in words), f"not defined: {told!r}")


def evidence(
    answer: Answer, raw: Raw, *, metric: str, suite: str = "", subject: str = "",
    where: dict[str, str] | None = None, **_: Any,
) -> None:  # fmt: skip
    """Every row shown stands in its file at that line, in that column, with that value, under those conditions."""
    need(answer.rows, "no rows")
    for row in answer.rows:
        lines = list(csv.reader((raw.folder / row.file).read_text(encoding="utf-8").splitlines()))
        m = re.fullmatch(r"line (\d+)", row.where)
        need(m, f"no line: {row.where}")
        assert m is not None
        if row.file.endswith(".journal"):  # times in nanoseconds, of which the value is made
            text = (raw.folder / row.file).read_text(encoding="utf-8").splitlines()[int(m[1]) - 1]
            need(json.loads(text)["phase"], f"no request: {text}")
            continue
        head, cells_ = lines[0], lines[int(m[1]) - 1]
        at = dict(zip(head, cells_, strict=True))
        need(row.metric == metric, f"a row of another metric: {row}")
        shown = numbers(row.value)[0]
        need(
            abs(shown.value - float(at[row.column])) <= 1e-4 * abs(shown.value) + shown.half,
            f"{row} is {at[row.column]}",
        )
        if subject and "model" in at:
            need(at["model"] == subject, f"a row of {at['model']}: {row}")
        elif subject:
            here = raw.table[(raw.table["file"] == row.file)]["subject"].unique()
            need(list(here) == [subject], f"a file of {here}: {row}")
        for factor, level in (where or {}).items():
            need(float(at[factor]) == float(level), f"{factor} is {at[factor]}: {row}")


def plotted(
    answer: Answer,
    raw: Raw,
    *,
    metric: str,
    factor: str = "",
    suite: str = "",
    order: list[str] | None = None,
    **_: Any,
) -> None:
    """The points of the picture are the values of pandas, in the unit of its axis."""
    need(answer.plot is not None, "no picture")
    assert answer.plot is not None
    plot = answer.plot
    unit = m[1] if (m := re.search(r"\((.+)\)", plot.x_label if plot.kind == "histogram" else plot.y_label)) else ""
    scale = numbers(f"1 {unit}")[0].value
    for series in plot.series:
        if plot.kind == "histogram":
            rows = raw.pick(metric)
            every = {len(rows), *(rows["f_prompt"].value_counts() if "f_prompt" in rows else ())}
            need(len(series.y) in every or sum(series.y) in every, "not all values")
            continue
        for x, y in zip(series.x, series.y, strict=True):
            if factor:
                level = m[0] if (m := re.search(r"[\d.]+", str(x))) else str(x)
                expected = balanced(raw, metric, factor, level)
            else:
                subject = next((s for s in order or [] if s in (str(x), series.name)), "")
                need(subject or not order, f"{x} is none of them")
                expected = typical(raw, metric, subject, suite=suite) if order else _of_condition(raw, metric, str(x))
            need(abs(y * scale / expected - 1) < 0.01, f"{x} is {expected:.4g}, drawn {y} {unit}")
    if order:
        drawn = [str(x) for s in plot.series for x in s.x]
        need(set(order) <= {o for o in order if any(o in d for d in drawn)}, f"{order} are to be drawn: {drawn}")


def _of_condition(raw: Raw, metric: str, said: str) -> float:
    """The value of the condition that a bar is called by: "1024 1 long"; of all, where it names none."""
    rows = raw.pick(metric)
    settings = [c for c in map(str, rows) if c.startswith("f_") and rows[c].nunique() > 1]
    for levels, part in rows.groupby(settings) if settings else ():
        if sorted(said.split()) == sorted(f"{x:g}" if isinstance(x, float) else str(x) for x in levels):
            return gmean(part["value"])
    return gmean(rows["value"])


def trend(answer: Answer, raw: Raw, *, metric: str, up: bool, **_: Any) -> None:
    told = " ".join(answer.text)
    need(not answer.text[0].startswith("No"), f"denied: {told!r}")
    need(re.search(r"ris(?:es|ing)|increas|trend|moves? .*level|upward", told), f"no trend is told: {told!r}")
    need(not re.search(r"\bfalls?\b|\bdecreas", told) or not up, f"the wrong way: {told!r}")


def counted_below(answer: Answer, raw: Raw, *, metric: str, bound: float, number: int, **_: Any) -> None:
    """How many subjects are below a bound by their typical value, and which."""
    worth = {s: typical(raw, metric, s) for s in raw.table["subject"].unique()}
    below = {s for s, v in worth.items() if v < bound}
    need(len(below) == number, f"pandas counts {len(below)}; the question is wrong")
    need(any(n.unit == "" and n.value == number for n in numbers(answer.text[0])), f"{number} it is: {answer.text}")
    told = everything(answer)
    need(all(s in told for s in below), f"{below} it is: {told!r}")
    need(not any(s in told for s in set(worth) - below), f"only {below}: {told!r}")


def answers(answer: Answer, raw: Raw, *, words: list[str], intent: str, **_: Any) -> None:
    need(answer.query is not None and answer.query.intent == intent, f"read as {answer.query and answer.query.intent}")
    shown(answer, words)


def shows_words(answer: Answer, raw: Raw, *, words: list[str], **_: Any) -> None:
    shown(answer, words)


def shown(answer: Answer, words: list[str]) -> None:
    told = everything(answer)
    for word in words:
        need(word.lower() in told.lower(), f"{word} is missing: {told[:400]!r}")
