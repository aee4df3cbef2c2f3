"""What stands around blocks of `label: value` lines says of their runs: the model, the load, the series."""

from __future__ import annotations

import re

import numpy as np

from chimera_report.tools.metrics import normalise, resolve, resolve_factor

from .amounts import amount
from .columns import is_subject
from .failure_names import ALL, DONE, FAILED
from .languages import in_plain_english, translated
from .names import is_model, model_within
from .pasted import identity
from .reading import GIVEN

_TEST = frozenset(("concurrency", "concurrent", "load", "parallel", "simultaneous", "stress"))
_TRADE = frozenset((
    "test", "tests", "testing", "result", "results", "report", "benchmark", "bench", "summary", "requests", "request",
    "users", "of", "the", "for", "with", "run",
))  # fmt: skip
_SAYS_NOTHING = frozenset(("level", "test", "run", "result", "results", "number"))
_SERIES, _OTHER_WORK = 6, 1.5  # records of several series; how far apart equal loads lie whose work was another
_CENTRAL = frozenset(("ttft", "e2e_latency", "decode_rate", "eval_time", "run_time"))


def about(blocks: list[tuple[dict[int, str], list[str]]], stem: str, rows: list[dict[str, str]]) -> None:
    """Give each row what the titles above its block say, and the file's name; `blocks` are these titles by their depth,
    and the labels."""
    for row, given in zip(rows, _identity([titles for titles, _ in blocks]), strict=True):
        for key, level in given.items():
            row.setdefault(key, level)
    _named(rows, [titles for titles, _ in blocks], stem)
    words = [stem, *{t for titles, _ in blocks for t in titles.values()}, *{k for _, labels in blocks for k in labels}]
    _at_once(rows, " ".join(words))
    _series(rows)


def _identity(titles: list[dict[int, str]]) -> list[dict[str, str]]:
    """What the titles say of each block: its load or another setting in a number, its model, or what else differs."""
    out: list[dict[str, str]] = [{} for _ in titles]
    left: list[dict[int, str]] = [dict(t) for t in titles]
    for depth in sorted({d for t in titles for d in t}):
        told = [_level(t.get(depth, "")) for t in titles]
        factors = {t[0] for t in told if t}
        if len(factors) == 1 and all(t or not own.get(depth) for t, own in zip(told, titles, strict=True)):
            for level, row, rest in zip(told, out, left, strict=True):
                rest.pop(depth, None)
                if level:
                    row[GIVEN + level[0]] = level[1]
    for row, more in zip(out, identity(left), strict=True):
        for key, own in more.items():
            row.setdefault(key, own)
    return out


_KEYED = re.compile(
    r"(?:[^\W\d]+\s*\d*\s*[:：.-]\s*)?([^\W\d_][^\d:：=]*?)\s*[:：=＝]?\s*(\d[\d,]*)\s*(?:[^\d\s]{0,3})"
)
_NUMBERED = re.compile(r"(\d[\d,]*)\s*([^\W\d_][^\d:：=]*)")


def _level(title: str) -> tuple[str, str] | None:
    """(factor, level) of a title that states one: `Concurrency 10`, `并发数：10`, `10 concurrent users`."""
    for pattern, key, number in ((_KEYED, 1, 2), (_NUMBERED, 2, 1)):
        found = pattern.fullmatch(title.strip())
        if found is None:
            continue
        name = translated(found[key]) or in_plain_english(found[key]) or found[key]
        name = " ".join(w for w in name.split() if w.lower() not in _SAYS_NOTHING)
        factor = resolve_factor(name) or (
            "concurrency" if set(normalise(name).split("_")) & _TEST - {"load", "stress"} else ""
        )
        if factor:
            return factor, found[number].replace(",", "")
    return None


def _named(rows: list[dict[str, str]], titles: list[dict[int, str]], stem: str) -> None:
    """The model that titles name: one that is known, or the word that is left of `doubao-lite 并发测试结果`."""
    if any(GIVEN + "subject" in r or any(is_subject(k) for k in r) for r in rows):
        return
    for row, own in zip(rows, titles, strict=True):
        for title in own.values():
            name = model_within(title) or _left(title, stem)
            if name:
                row[GIVEN + "subject"] = name
                break


def _left(title: str, stem: str) -> str:
    """The one word of a title that is no word of the trade, where the file is called by it as well."""
    words = title.split()
    rest = [
        w for w in words
        if not translated(w) and w.lower().strip("-–:()") not in _TRADE | _TEST and not w.isdigit()
        and resolve_factor(w) is None
    ]  # fmt: skip
    if len(rest) != 1 or len(words) < 2:
        return ""
    name = rest[0].strip("-–:()[]【】")
    plain = re.sub(r"[\W_]", "", name).lower()
    return name if is_model(name) or (len(plain) > 4 and plain in re.sub(r"[\W_]", "", stem).lower()) else ""


def _at_once(rows: list[dict[str, str]], told: str) -> None:
    """In a test of concurrency the number of requests is the load, where nothing else says it and it was varied."""
    names = {k for r in rows for k in r}
    total = next((k for k in names if ALL.fullmatch(normalise(k))), "")
    if not total or any(resolve_factor(k.removeprefix(GIVEN)) == "concurrency" for k in names):
        return
    words = {w for part in re.split(r"[\s_\-]+", told) for w in (translated(part) or part).lower().split()}
    sent = [a.value for r in rows if (a := amount(r.get(total, ""))) is not None]
    if len(sent) == len(rows) and len(set(sent)) > 1 and words & (_TEST - {"load"}):
        for row, number in zip(rows, sent, strict=True):
            row[GIVEN + "concurrency"] = f"{number:.0f}"
            if any(FAILED.fullmatch(normalise(k)) for k in row) and any(DONE.fullmatch(normalise(k)) for k in row):
                del row[total]  # these two tell it as well


def _series(rows: list[dict[str, str]]) -> None:
    """Number the series of a document in which the load rises, falls back and rises again over other work.

    Equal loads of several series are repeats of one thing where their results agree; they are none where most of them
    lie apart by half as much again."""
    loads = [_load(r) for r in rows]
    if len(rows) < _SERIES or not all(loads):
        return
    series: list[int] = []
    highest, number = 0, 1
    for load in loads:
        if load <= highest / 2:
            number, highest = number + 1, 0
        highest = max(highest, load)
        series.append(number)
    if number < 2 or any(series.count(n) < 2 for n in set(series)):
        return
    held = _by_series(rows, loads, series)
    known: dict[int, int] = {}
    for of in range(1, number + 1):
        known[of] = next((known[b] for b in known if _agree(held[of], held[b])), max(known.values(), default=0) + 1)
    if len(set(known.values())) > 1:
        for row, of in zip(rows, series, strict=True):
            row[GIVEN + "series"] = str(known[of])


_Held = dict[tuple[str, int], float]  # by label and load


def _by_series(rows: list[dict[str, str]], loads: list[int], series: list[int]) -> dict[int, _Held]:
    """The middle of each central result at each load, by series."""
    stated: dict[int, dict[tuple[str, int], list[float]]] = {of: {} for of in series}
    for row, load, of in zip(rows, loads, series, strict=True):
        for name, cell in row.items():
            number = amount(cell) if _is_central(name) else None
            if number is not None and number.value > 0:
                stated[of].setdefault((name, load), []).append(number.value)
    return {of: {at: float(np.median(v)) for at, v in own.items()} for of, own in stated.items()}


def _agree(one: _Held, other: _Held) -> bool:
    """Whether each result of two series is alike at most of the loads that both have."""
    apart: dict[str, list[bool]] = {}
    for at in one.keys() & other.keys():
        apart.setdefault(at[0], []).append(max(one[at], other[at]) > _OTHER_WORK * min(one[at], other[at]))
    return all(2 * sum(v) <= len(v) for v in apart.values())


def _load(row: dict[str, str]) -> int:
    """The concurrency that a row states, 0 for none."""
    own = next((v for k, v in row.items() if resolve_factor(k.removeprefix(GIVEN)) == "concurrency"), "")
    return int(own) if own.isdigit() else 0


def _is_central(name: str) -> bool:
    found = resolve(name)
    return found is not None and found.metric in _CENTRAL and found.stat in ("mean", "sample", "p50")
