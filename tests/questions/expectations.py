"""What a right answer to a question says, computed from the files by pandas.

Each function has the name of an `expect` in the questions' TOML. It raises `Refuted` for an answer that says anything
else; what is asked back or declined never comes here, unless that is what is expected.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from typing import Any

import pandas as pd

from chimera_report.tools.schema import Answer, Table

from .numbers import UNITS, numbers, shows, shows_interval
from .raw import Raw, gmean, interval, statistic

LEADS = re.compile(r"^(Yes|No|Open|It is not so|Not so|That cannot be told): ")
LOWER_IS_BETTER = {"ttft", "ttft_incl_load", "e2e_latency", "load_time", "ram", "vram", "power", "energy_per_token"}


class Refuted(AssertionError):
    """The answer is wrong, and why."""


def need(condition: object, why: str) -> None:
    if not condition:
        raise Refuted(why)


def cells(answer: Answer) -> list[list[str]]:
    """All rows of the answer's tables, as a reader sees them."""
    from chimera_report.tools.claims import render_text

    def rows(table: Table) -> list[list[str]]:
        return [[render_text(c, answer.sheet) for c in row] for row in table.rows]

    return [row for table in answer.tables for row in rows(table)]


def everything(answer: Answer) -> str:
    return "\n".join([*answer.text, *answer.cannot, *(" | ".join(r) for r in cells(answer))])


def plain(sentence: str) -> str:
    return LEADS.sub("", sentence)


def typical(raw: Raw, metric: str, subject: str, **given: Any) -> float:
    values = raw.pick(metric, subject=subject, **given)["value"]
    need(len(values), f"pandas finds no {metric} of {subject}")
    return gmean(values)


# --- values -----------------------------------------------------------------------------------------------------------


def value(
    answer: Answer,
    raw: Raw,
    *,
    metric: str,
    suite: str = "",
    subject: str = "",
    state: str = "",
    stat: str = "",
    where: dict[str, str] | None = None,
    trimmed: bool = False,
    **_: Any,
) -> None:
    """A sentence of the answer gives the value of that subject in that suite, with n and interval where it shows any;
    the conditions are said."""
    if metric in ("load_time", "ttft_incl_load") and not state and subject:
        state = "warm" if (raw.pick(metric, subject=subject, suite=suite)["cold"]).any() else ""
    picked = raw.pick(metric, suite=suite, subject=subject, state=state, where=where)["value"]
    if trimmed:
        median = picked.median()
        mad = (picked - median).abs().median() * 1.4826
        picked = picked[(picked - median).abs() <= 3.5 * mad]
    need(len(picked) > 0, f"pandas finds no {metric} for {suite} {subject} {where}")
    unit = UNITS[metric]
    first = answer.text[0]
    name = stat or ("p50" if "median" in first else "mean" if re.search(r"\bmean\b", first) else "gmean")
    expected = statistic(picked, name)
    need(shows(first, expected, unit), f"{name} of {metric} is {expected:.6g} {unit} (n = {len(picked)}): {first!r}")
    if stat and stat != "gmean":
        word = {"p50": "median", "max": "max", "min": "min"}.get(stat, stat)
        need(word in first.lower(), f"the statistic {stat} is not named: {first!r}")
    if subject and raw.table["subject"].nunique() > 1:
        need(subject in first, f"{subject} is not named: {first!r}")
    if suite and raw.table["suite"].nunique() > 1:
        need(re.search(rf"suite {re.escape(suite)}\b", first), f"suite {suite} is not named: {first!r}")
    if m := re.search(r"n = (\d+)", first):
        need(int(m[1]) == len(picked), f"n is {len(picked)}: {first!r}")
    ends = interval(picked)
    if name == "gmean" and ends and re.search(r"\d to \d", first):
        need(shows_interval(first, *ends, unit), f"the interval is {ends[0]:.4g} to {ends[1]:.4g}: {first!r}")
    for factor, level in (where or {}).items():
        need(re.search(rf"{factor}\W+{re.escape(level)}", first + answer.reading), f"{factor} {level} is not said")
    if state and suite:
        need(state in first + answer.reading or "cold" in first, f"{state} is not said: {first!r}")


def value_or_asked(answer: Answer, raw: Raw, *, metric: str, subject: str, suites: list[str], **_: Any) -> None:
    """Several suites hold it: each is told apart, or one is asked for."""
    if answer.outcome == "asked":
        return
    told = " ".join(answer.text)
    for suite in suites:
        expected = typical(raw, metric, subject, suite=suite)
        need(shows(told, expected, UNITS[metric]), f"{suite}: {expected:.4g} is not told: {told!r}")


def distribution(answer: Answer, raw: Raw, *, metric: str, suite: str = "", subject: str = "", **_: Any) -> None:
    values = raw.pick(metric, suite=suite, subject=subject)["value"]
    row = next((r for r in cells(answer) if str(len(values)) in r), None)
    need(row, f"no row with n = {len(values)}")
    assert row is not None
    text = " ".join(f"{c} {UNITS[metric]}" for c in row if re.fullmatch(r"[\d.,]+", c))
    ms = " ".join(f"{c} ms" for c in row if re.fullmatch(r"[\d.,]+", c))
    for name in ("min", "p50", "p90", "max"):
        expected = statistic(values, name)
        found = any(n.is_(expected) for n in numbers(text) + numbers(ms)) or any(
            shows(c, expected, UNITS[metric]) for c in row
        )
        need(found, f"{name} is {expected:.6g}: {row}")
    if m := re.search(r"CV of (\d+(?:\.\d+)?) ?%", answer.text[0]):
        shown = numbers(f"{m[1]} %")[0]
        need(shown.is_(100 * statistic(values, "cv")), f"cv is {100 * statistic(values, 'cv'):.3g} %: {answer.text[0]}")


# --- one against another ----------------------------------------------------------------------------------------------


def _ratio(sentence: str, first: str, second: str, ratio: float) -> None:
    """The sentence's ratio and direction are those of first over second. `ratio` is that of the metric's values."""
    at = [sentence.find(n) for n in (first, second)]
    need(min(at) >= 0, f"{first} and {second} are not both named: {sentence!r}")
    if at[0] > at[1]:
        ratio = 1 / ratio
    if m := re.search(r"(?:is|decodes|takes) (\d+(?:\.\d+)?) times", sentence) or re.search(
        r"ratio (?:of )?(\d+(?:\.\d+)?)", sentence
    ):
        shown = numbers(m[1])[0]
        need(abs(shown.value - ratio) <= shown.half * 1.05 + 0.003 * ratio, f"the ratio is {ratio:.4g}: {sentence!r}")
    elif m := re.search(r"(\d+(?:\.\d+)?) ?% (higher|faster|longer|lower|slower|shorter|less|more)", sentence):
        sign = 1 if m[2] in ("higher", "faster", "longer", "more") else -1
        shown = numbers(m[1])[0]
        change = 100 * (ratio - 1) * sign
        need(abs(shown.value - change) <= shown.half + 0.3, f"the change is {change:.3g} %: {sentence!r}")
    elif re.search(r"differ by at most|agree in|within", sentence):
        need(abs(ratio - 1) < 0.02, f"they differ, by {ratio:.3f}: {sentence!r}")
    else:
        raise Refuted(f"no ratio is told: {sentence!r}")


def _matched(raw: Raw, metric: str, a: str, b: str, suite: str) -> float:
    """Ratio of geometric means over the settings (or prompts) that both have."""
    left, right = (raw.pick(metric, suite=suite, subject=s) for s in (a, b))
    keys = [c for c in left if c.startswith("f_") and left[c].notna().all() and right[c].notna().all()]
    for frame in (left, right):
        if not keys or frame.duplicated(keys).any():
            return gmean(left["value"]) / gmean(right["value"])
    both = left.merge(right, on=keys)
    return gmean(both["value_x"]) / gmean(both["value_y"])


def compared(answer: Answer, raw: Raw, *, metric: str, a: str, b: str, suite: str = "", **_: Any) -> None:
    """The first sentence has the ratio of the two in the right direction; no lead denies what is true."""
    need(not answer.text[0].startswith(("No", "It is not so")), f"a true thing is denied: {answer.text[0]!r}")
    sentence = plain(answer.text[0])
    if "has no verdict" in sentence and len(answer.text) > 1:
        sentence = " ".join(answer.text[:3])
    in_suite = re.search(r"in suite (\w+)", " ".join(answer.text))
    where = suite or ""
    if in_suite and in_suite[1] != suite and suite and f"suite {suite}" not in " ".join(answer.text):
        raise Refuted(f"another suite is told: {answer.text}")
    _ratio(sentence, a, b, _matched(raw, metric, a, b, where))


def levels(answer: Answer, raw: Raw, *, metric: str, factor: str, a: str, b: str, **_: Any) -> None:
    """Two levels of a setting, `a` with the higher value; the metric may be one that moves with it."""
    ratio = _balanced(raw, metric, factor, a) / _balanced(raw, metric, factor, b)
    told = " ".join(answer.text)
    need(not answer.text[0].startswith(("No", "It is not so")), f"a true thing is denied: {told!r}")
    _raises(answer.text[0], factor, a, b, ratio)


def _balanced(raw: Raw, metric: str, factor: str, level: str, subject: str = "") -> float:
    return gmean(raw.pick(metric, subject=subject, where={factor: level})["value"])


def _raises(sentence: str, factor: str, high: str, low: str, ratio: float) -> None:
    sentence = plain(sentence)
    m = re.search(rf"{factor} (\S+) raises .*? over {factor} (\S+) by (?:a factor of )?(\d+(?:\.\d+)?)( %)?", sentence)
    if m:
        first, second = m[1], m[2]
        told = float(m[3]) / 100 + 1 if m[4] else float(m[3])
    else:
        m = re.search(
            rf"at {factor} (\S+) is (\d+(?:\.\d+)?)( % higher than| times that) at (\S+?)[.\s]", sentence + " "
        ) or re.search(
            rf"{factor} (\S+) is associated with .*? (\d+(?:\.\d+)?)( % higher than| times that) at (\S+?)[.\s]",
            sentence + " ",
        )
        need(m, f"no effect is told: {sentence!r}")
        assert m is not None
        first, second = m[1], m[4]
        told = float(m[2]) / 100 + 1 if "%" in m[3] else float(m[2])
    need({first, second} == {high, low}, f"levels are {high} and {low}: {sentence!r}")
    true = ratio if first == high else 1 / ratio
    need(abs(told - true) < 0.02 * true, f"the ratio is {true:.4g}: {sentence!r}")


def effect(answer: Answer, raw: Raw, *, metric: str, factor: str, verdict: str, subject: str = "", **_: Any) -> None:
    """A change with its levels, direction and size; or that it is open, where the interval of pandas holds 1."""
    found = raw.pick(metric, subject=subject)
    level = {x: gmean(g["value"]) for x, g in found.groupby("f_" + factor)}
    high, low = max(level, key=lambda x: level[x]), min(level, key=lambda x: level[x])
    if verdict == "changes":
        need(level[high] / level[low] > 1.05, "pandas sees no change; the question is wrong")
        sentence = next(
            (t for t in answer.text if factor in t and re.search(r"raises|is associated|times that|higher", t)),
            answer.text[0],
        )
        need(not answer.text[0].startswith(("No", "It is not so", "That cannot")), f"denied: {answer.text[0]!r}")
        _raises(sentence, factor, high, low, level[high] / level[low])
    else:
        told = " ".join(answer.text)
        need("raises" not in told and "is associated" not in told, f"an effect is claimed: {told!r}")
        need(re.search(r"open|does not settle|cannot be told", told, re.IGNORECASE), f"not said to be open: {told!r}")


def refutes(answer: Answer, raw: Raw, *, metric: str, factor: str, a: str, b: str, **_: Any) -> None:
    """The question takes for granted that `b` is ahead; it is denied, and the truth told."""
    need(answer.text[0].startswith(("It is not so", "No")), f"not denied: {answer.text[0]!r}")
    _raises(answer.text[0], factor, a, b, _balanced(raw, metric, factor, a) / _balanced(raw, metric, factor, b))


def false_premise(answer: Answer, raw: Raw, *, metric: str, a: str, suite: str = "", **_: Any) -> None:
    """The question takes for granted that another is ahead of `a`; it is denied."""
    first = answer.text[0]
    need(
        re.match(r"It is not so|No", first) or re.search(r"differ by at most|agree in", first), f"not denied: {first!r}"
    )
    others = [s for s in raw.table["subject"].dropna().unique() if s != a and s in first]
    need(others, f"the other one is not named: {first!r}")
    _ratio(plain(first), a, others[0], _matched(raw, metric, a, others[0], suite))


def says_no(answer: Answer, raw: Raw, **_: Any) -> None:
    need(answer.text[0].startswith("No: "), f"not a no: {answer.text[0]!r}")


def not_yes(answer: Answer, raw: Raw, **_: Any) -> None:
    first = answer.text[0]
    need(not first.startswith("Yes"), f"a yes to what is not so: {first!r}")
    need(re.search(r"^No: |differ by at most|agree in|no verdict", first), f"not said: {first!r}")


def no_effect(answer: Answer, raw: Raw, *, factor: str, words: tuple[str, ...] = (), **_: Any) -> None:
    """No effect is claimed: it is none, open, or cannot be told from something else, and which is said."""
    told = " ".join(answer.text)
    need(
        not re.search(rf"{factor} \S+ (?:raises|is associated)|at {factor} \S+ is [\d.]+ (?:%|times)", told),
        f"an effect is claimed: {told!r}",
    )
    need(
        re.search(
            r"cannot be told|coincides with|differs? by at most|stays within|is open|does not settle|one level|cannot answer",
            told,
        ),
        f"nothing is said of it: {told!r}",
    )
    need(factor in told, f"{factor} is not named: {told!r}")
    for word in words:
        need(word in everything(answer), f"{word} is not named: {told!r}")


def not_varied(answer: Answer, raw: Raw, *, factor: str, **_: Any) -> None:
    """The setting was never varied: that is the answer."""
    if answer.outcome == "answered":
        raise Refuted(f"answered: {answer.text}")
    need(factor in " ".join(answer.text), f"{factor} is not named: {answer.text}")


def why(answer: Answer, raw: Raw, *, a: str, suite: str, **_: Any) -> None:
    """What differs is told, with the rate first, and no cause is claimed."""
    told = " ".join(answer.text)
    need(a in told and not answer.text[0].startswith(("No", "It is not so")), f"{a} is not told of: {told!r}")
    need(not re.search(r"\bbecause\b|\bdue to\b|\bcaused by\b", told), f"a cause is claimed: {told!r}")
    other = next((s for s in ("gemma3:latest", "gemma3:1b-it-qat") if s in answer.text[0]), "")
    need(other, f"nothing to differ from: {answer.text[0]!r}")
    _ratio(plain(answer.text[0]), a, other, _matched(raw, "decode_rate", a, other, suite))


def run_times(answer: Answer, raw: Raw, *, file: str, a: str, b: str, **_: Any) -> None:
    made = json.loads((raw.folder / file).read_text())["backends"]
    ratio = made[a]["benchmark"]["mean_time_ms"] / made[b]["benchmark"]["mean_time_ms"]
    need(not answer.text[0].startswith("No"), f"denied: {answer.text[0]!r}")
    sentence = next((t for t in answer.text if "torchtrt" in t and a in t and b in t), "")
    need(sentence, f"not told: {answer.text}")
    _ratio(plain(sentence), f"backend {a}", f"backend {b}", ratio)


# --- orders -----------------------------------------------------------------------------------------------------------


def best(
    answer: Answer, raw: Raw, *, metric: str, among: list[str], suite: str = "", worst: bool = False,
    low: bool = False, **_: Any,
) -> None:  # fmt: skip
    """The first name of the first sentence is the first of pandas's order; ties (within 2 %) may stand for each other."""
    worth = {s: typical(raw, metric, s, suite=suite) for s in among}
    down = low or (metric in LOWER_IS_BETTER and not worst and metric not in ("vram", "power")) or worst
    end = (min if down else max)(worth.values())
    winners = {s for s, v in worth.items() if abs(v / end - 1) < 0.02}
    first = plain(answer.text[0])
    named = sorted((first.find(s), s) for s in raw.table["subject"].dropna().unique() if s in first)
    need(named, f"no name: {first!r}")
    need(named[0][1] in winners, f"{sorted(winners)} it is: {first!r}")
    if suite and raw.table["suite"].nunique() > 1:
        need(suite in first, f"suite {suite} is not named: {first!r}")


def ranked(answer: Answer, raw: Raw, *, metric: str, order: list[str], suite: str = "", **_: Any) -> None:
    worth = {s: typical(raw, metric, s, suite=suite) for s in order}
    need(order == sorted(order, key=lambda s: -worth[s]), "the question's order is not that of pandas")
    column = [c for row in cells(answer) for c in row if c in order]
    need(list(dict.fromkeys(column)) == order, f"the order is {order}: {column}")
    first = answer.text[0]
    named = [s for _, s in sorted((first.find(s), s) for s in order if s in first)]
    need(named == [s for s in order if s in named], f"the order is {order}: {first!r}")
    for name in order:
        row = next((r for r in cells(answer) if name in r), [])
        need(any(n.is_(worth[name]) for c in row for n in numbers(c)), f"{name} has {worth[name]:.4g}: {row}")


def best_setting(answer: Answer, raw: Raw, *, metric: str, factors: list[str], **_: Any) -> None:
    found = raw.pick(metric)
    worth = {k: gmean(g["value"]) for k, g in found.groupby(["f_" + f for f in factors])}
    end = (min if metric in LOWER_IS_BETTER else max)(worth.values())
    winners = [dict(zip(factors, k, strict=True)) for k, v in worth.items() if abs(v / end - 1) < 0.02]
    first = answer.text[0].replace(" = ", " ")
    named: dict[str, str] = {}
    for name, level in re.findall(rf"({'|'.join(factors)}) (\d+)", first):
        named.setdefault(name, level)
    need(named, f"no setting is named: {first!r}")
    need(any(all(w[f] == x for f, x in named.items()) for w in winners), f"{winners} it is: {first!r}")


def best_level(answer: Answer, raw: Raw, *, factor: str, level: str, **_: Any) -> None:
    """The level is named first, or as the one that others are compared with to their loss."""
    first = plain(answer.text[0]).replace(" = ", " ")
    named = re.findall(rf"{factor} ([\w.-]*\w)", first)
    need(named, f"no level: {first!r}")
    ahead = re.search(rf"{factor} {re.escape(level)} (?:leads|comes first|ranks|and|has the)", first)
    need(ahead or re.search(rf"lead.*{factor} {re.escape(level)}", first), f"{level} it is: {first!r}")


def constrained(answer: Answer, raw: Raw, *, suite: str, **_: Any) -> None:
    asked = numbers(answer.question)[-1].value
    worth = {
        s: typical(raw, "decode_rate", s, suite=suite) for s in raw.pick("decode_rate", suite=suite)["subject"].unique()
    }
    kept = {s for s, v in worth.items() if v >= asked}
    told = everything(answer)
    if not kept:
        need(re.search(r"\b(?:none|no)\b", answer.text[0], re.IGNORECASE), f"none it is: {answer.text[0]!r}")
        return
    need(all(s in told for s in kept), f"{kept} are to be named: {told!r}")
    need(not any(s in answer.text[0] for s in set(worth) - kept), f"only {kept}: {answer.text[0]!r}")


# --- what there is ----------------------------------------------------------------------------------------------------


def _records(raw: Raw) -> int:
    if raw.name == "data":
        place = raw.folder / "threads-context-prompt"
        starts = json.loads((place / "cold_starts.json").read_text())["cold_starts"]
        return len(pd.read_csv(place / "runs.csv")) + len(starts)
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


COUNTS: dict[str, Callable[[Raw], int]] = {
    "records": _records,
    "files": lambda raw: len(
        [p for p in raw.files() if p.name not in ("plan.toml", "runs.journal", "receipt.json", "summary.json")]
    ),
    "subjects": lambda raw: 9,
    "cold starts": lambda raw: 8,
    "errors": lambda raw: _errors(raw, "*.csv"),
    "errors in benchmark": lambda raw: _errors(raw, "outputs/reports/ollama/20251008-1227*/*_benchmark_runs.csv"),
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
        lines = list(csv.reader((raw.folder / row.file).open(encoding="utf-8", newline="")))
        m = re.fullmatch(r"line (\d+)", row.where)
        need(m, f"no line: {row.where}")
        assert m is not None
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
            need(len(series.y) == len(raw.pick(metric)) or sum(series.y) == len(raw.pick(metric)), "not all values")
            continue
        for x, y in zip(series.x, series.y, strict=True):
            if factor:
                level = m[0] if (m := re.search(r"[\d.]+", str(x))) else str(x)
                expected = _balanced(raw, metric, factor, level)
            else:
                subject = next((s for s in order or [] if s in (str(x), series.name)), "")
                need(subject or not order, f"{x} is none of them")
                expected = typical(raw, metric, subject, suite=suite) if order else gmean(raw.pick(metric)["value"])
            need(abs(y * scale / expected - 1) < 0.01, f"{x} is {expected:.4g}, drawn {y} {unit}")
    if order:
        drawn = [str(x) for s in plot.series for x in s.x]
        need(set(order) <= {o for o in order if any(o in d for d in drawn)}, f"{order} are to be drawn: {drawn}")


def trend(answer: Answer, raw: Raw, *, metric: str, up: bool, **_: Any) -> None:
    told = " ".join(answer.text)
    need(not answer.text[0].startswith("No"), f"denied: {told!r}")
    need(re.search(r"ris(?:es|ing)|increas|trend|moves? .*level|upward", told), f"no trend is told: {told!r}")
    need(not re.search(r"\bfalls?\b|\bdecreas", told) or not up, f"the wrong way: {told!r}")


def not_wrong_count(answer: Answer, raw: Raw, *, number: int, **_: Any) -> None:
    """Two of three models are below 5000 MiB; what was not measured is not told."""
    need("MiB" in answer.question, f"what was not measured is told: {answer.text}")
    told = everything(answer)
    need("alpha:3b" in told and "beta:7b" in told, f"alpha and beta it is: {told!r}")
    need("gamma:13b" not in " ".join(answer.text), f"not gamma: {answer.text}")


def answers(answer: Answer, raw: Raw, *, words: list[str], intent: str, **_: Any) -> None:
    need(answer.query is not None and answer.query.intent == intent, f"read as {answer.query and answer.query.intent}")
    shown(answer, words)


def shows_words(answer: Answer, raw: Raw, *, words: list[str], **_: Any) -> None:
    shown(answer, words)


def shown(answer: Answer, words: list[str]) -> None:
    told = everything(answer)
    for word in words:
        need(word.lower() in told.lower(), f"{word} is missing: {told[:400]!r}")


# --- what is not answered ---------------------------------------------------------------------------------------------


def declined(answer: Answer, raw: Raw, *, names: list[str], **_: Any) -> None:
    """The data cannot say it; that is said, with what is missing."""
    need(answer.outcome != "answered", f"answered: {answer.text}")
    told = " ".join([*answer.text, *answer.choices])
    need(all(n.lower() in told.lower() for n in names), f"{names} are not named: {told!r}")


def refused(answer: Answer, raw: Raw, **_: Any) -> None:
    need(answer.outcome != "answered", f"answered: {answer.text}")
    need(not answer.sheet.facts, "facts for what is no question")


def not_answered(answer: Answer, raw: Raw, **_: Any) -> None:
    need(answer.outcome != "answered", f"answered: {answer.text}")


UNANSWERED = {"declined", "refused", "not_answered", "not_varied", "value_or_asked"}  # that may come here unanswered
EXPECT: dict[str, Callable[..., None]] = {
    "shows": shows_words,
    **{
        f.__name__: f
        for f in (
            value, value_or_asked, distribution, compared, levels, effect, refutes, false_premise, says_no, not_yes,
            no_effect, not_varied, why, run_times, best, ranked, best_setting, best_level, constrained, count, listed,
            missing, definition, evidence, plotted, trend, not_wrong_count, answers, declined, refused, not_answered,
        )
    },
}  # fmt: skip
