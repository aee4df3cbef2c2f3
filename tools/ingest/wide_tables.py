"""Tables of documents with a column for each system and metric: `vLLM TPS | SGLang TPS | vLLM TTFT | SGLang TTFT`.

Also those whose columns are systems alone, where the cells say what was measured (`6.7 tok/s`), or the heading that
the table stands under (`### Throughput (tok/s)`).
"""

# ruff: noqa: E501 — tables are read as a whole

from __future__ import annotations

import re
from collections.abc import Iterable

from chimera_report.tools.metrics import METRICS, STATS, normalise, resolve, resolve_factor, unit_name
from chimera_report.tools.schema import Role, named_role

from .amounts import amount
from .cells import is_nothing
from .folder_names import known_words, parts_of
from .names import is_model
from .reading import GIVEN

_SYSTEMS = ("backend", "provider", "device")
_MOST = 0.6  # share of a column's cells that state an amount of one unit
_WORDS = 24  # of a head that names a system and a metric
# What tells apart two metrics of one run, and never two systems.
_SIDES = frozenset((
    *STATS, "prompt", "prefill", "pp", "tg", "gen", "generation", "decode", "decoding", "eval", "input", "output", "in", "out", "total", "system",
    "aggregate", "agg", "combined", "user", "per", "request", "req", "cold", "warm", "first", "last", "best", "worst", "target", "baseline_delta",
    "single", "batch", "end", "e2e", "overall", "cached", "draft", "delta", "diff", "change", "speedup", "token", "tokens", "peak", "idle",
))  # fmt: skip
_STARTS = frozenset(("start", "run", "request"))
_STATES = frozenset(("cold", "warm"))  # `Cold Start TTFT | Warm Start TTFT`: two rows, and no sides of one
_NO_SYSTEMS = frozenset((
    "delta", "difference", "diff", "change", "winner", "notes", "note", "target", "unit", "improvement", "status", "speedup", "ratio", "gain",
    "best", "worst", "fastest", "slowest", "highest", "lowest", "leader", "expected", "limit", "threshold", "sd", "std", "ci", "range", "error", "margin", "published", "claimed", "theoretical",
))  # fmt: skip
# What a table says of a model or a run beside its results.
_ABOUT = frozenset(("size", "params", "parameters", "layers", "date", "year", "n", "count", "runs", "samples", "questions", "price", "cost", "rank", "bits"))  # fmt: skip

Split = tuple[list[str], list[list[str]], list[int]]


def factor_of(names: Iterable[str]) -> str:
    """What names are of: `model`, a kind of system that a list of words knows them all as, or "" where neither."""
    listed = list(names)
    if listed and all(is_model(n) for n in listed):
        return "model"
    words = known_words()[0]
    for factor in _SYSTEMS:
        if listed and all(any(words.get(w.lower()) == factor for w in (n, *parts_of(n))) for n in listed):
            return factor
    return ""


def by_system(header: list[str], body: list[list[str]], about: str = "") -> Split:
    """The table with a row for each system, and for each such row the number of the one that it is of, from 1; as it
    stands where its headers do not name two systems or more, each with the same metric. `about`: the heading above it.
    """
    split = {i: found for i, h in enumerate(header) if (found := _split(h))}
    if len({name for name, _ in split.values()}) < 2:
        split = _by_prefix(header)
    if len({name for name, _ in split.values()}) < 2:
        split = _by_cells(header, body, about)
    return _divided(header, body, split) or (header, body, list(range(1, len(body) + 1)))


def _divided(header: list[str], body: list[list[str]], split: dict[int, tuple[str, str]]) -> Split | None:
    """The rows with one for each system; None where the columns do not make a whole of systems and metrics."""
    systems = list(dict.fromkeys(name for name, _ in split.values()))
    if len(systems) < 2:
        return None
    at = {(name, metric): i for i, (name, metric) in split.items()}
    metrics = list(dict.fromkeys(metric for _, metric in split.values()))
    factor = factor_of(systems) or f"{GIVEN}variant"
    if len(at) < len(split) or any((s, metrics[0]) not in at for s in systems):
        return None
    shared = [i for i in range(len(header)) if i not in split]
    if any((resolve_factor(header[i]) or normalise(header[i])) == factor for i in shared):
        return None
    rows, numbers = [], []
    for number, row in enumerate(body, 1):
        cells = [*row, *[""] * (len(header) - len(row))]
        for name in systems:
            own = [cells[at[name, m]] if (name, m) in at else "" for m in metrics]
            if any(own):
                rows.append([*(cells[i] for i in shared), name, *own])
                numbers.append(number)
    return [*(header[i] for i in shared), factor, *metrics], rows, numbers


def _by_prefix(header: list[str]) -> dict[int, tuple[str, str]]:
    """Columns of which two or more have the same metric behind different names: `DFlash tok/s | DSpark tok/s`.

    What else these names stand before is theirs as well: `DFlash accept`."""
    found: dict[int, tuple[str, str]] = {}
    for i, head in enumerate(header):
        words = head.split()
        for k in range(1, min(len(words), 4)):
            name, metric = " ".join(words[:k]).strip("*_` "), " ".join(words[k:]).strip("*_` ")
            said = set(normalise(name).split("_"))
            state = bool(said & _STATES) and said <= _STATES | _STARTS
            if not normalise(name) or (
                not state and (said & _SIDES or resolve(name) is not None or resolve_factor(name))
            ):
                break
            meant, whole = resolve(metric), resolve(head)
            if meant is not None and meant.metric in METRICS and (whole is None or whole.metric == meant.metric):
                found[i] = name, metric
                break
    counts: dict[str, set[str]] = {}
    for name, metric in found.values():
        counts.setdefault(normalise(metric), set()).add(name)
    names = max(counts.values(), key=len, default=set())
    if len(names) < 2:
        return {}
    for i, head in enumerate(header):
        own = next((n for n in names if head.startswith(f"{n} ")), "")
        if own and i not in found:
            found[i] = own, head[len(own) :].strip()
    return {i: pair for i, pair in found.items() if pair[0] in names}


def _by_cells(header: list[str], body: list[list[str]], about: str) -> dict[int, tuple[str, str]]:
    """Columns after the first that are named by systems alone, with what their cells or the heading say they hold."""
    named = [(i, h) for i, h in enumerate(header) if i and _may_be_system(h)]
    unit: dict[int, str] = {}
    bare: list[int] = []
    for i, _ in named:
        cells = [r[i].strip(" *_`") for r in body if len(r) > i and r[i].strip() and not is_nothing(r[i])]
        stated = [a for c in cells if (a := amount(c)) is not None]
        if not stated or len(stated) < _MOST * len(cells):
            continue
        units = {a.unit for a in stated}
        if units == {""}:
            bare.append(i)
        elif len(units - {""}) == 1:
            unit[i] = next(iter(units - {""}))
    heads = dict(named)
    rates = {i: u for i, u in unit.items() if (m := resolve(u)) is not None and m.metric in METRICS}
    if any(_phase(heads[i]) for i in rates):
        return _by_phase(header, heads, rates)
    if len(rates) > 1 and len({unit_name(u) for u in rates.values()}) == 1:
        said = next(iter(rates.values()))
        told = _metric_in(about) or f"{_phase(about)} {said}".strip()
        meant = resolve(told)
        if meant is not None and meant.metric != "run_time":  # of a time, its unit says nothing but that it is one
            return {i: (heads[i], told) for i in rates}
    told = _metric_in(about)
    return {i: (heads[i], told) for i in bare} if told and len(bare) > 1 else {}


_PHASES = {
    **dict.fromkeys(("prefill", "prompt", "pp"), "prefill"),
    **dict.fromkeys(("decode", "decoding", "generation", "gen", "tg"), "decode"),
}


def _phase(head: str) -> str:
    """The one part of a request that a header names, "" for none or both."""
    found = {_PHASES[w] for w in normalise(head).split("_") if w in _PHASES}
    return found.pop() if len(found) == 1 else ""


def _by_phase(header: list[str], heads: dict[int, str], rates: dict[int, str]) -> dict[int, tuple[str, str]]:
    """Columns whose headers name a phase hold its rate: what else they say is the system's where all are of one phase
    (`b1 prefill | b2 prefill`), and of the column alone where they are not (`Prefill @ 4K | Decode + MTP`)."""
    phases = {i: _phase(heads[i]) for i in rates}
    names = {i: " ".join(w for w in heads[i].split() if normalise(w) not in _PHASES) for i in rates}
    if len(set(phases.values())) == 1 and all(normalise(n) for n in names.values()) and len(set(names.values())) > 1:
        return {i: (names[i], f"{phases[i]} {rates[i]}") for i in rates}
    for i, phase in phases.items():
        if phase:
            header[i] = f"{phase} {rates[i]} ({heads[i]})"
    return {}


def _may_be_system(head: str) -> bool:
    """Whether a header could be a system's name: no metric, no setting, no workload, no difference of others."""
    name = normalise(head)
    words = set(name.split("_"))
    plain = bool(name) and resolve(head) is None and not resolve_factor(head) and not words & (_NO_SYSTEMS | _ABOUT)
    return plain and (named_role(name) in (Role.UNKNOWN, Role.SYSTEM, Role.SETTING) or bool(factor_of([head])))


def _metric_in(heading: str) -> str:
    """A heading that is the name of a metric with its unit, or a metric that needs none; else ""."""
    plain = re.sub(r"^[\d.]+\s+|\bin\b", " ", heading).strip(" :*_`")
    found = resolve(plain) if plain else None
    return plain if found is not None and found.metric in METRICS and found.explicit else ""


def _split(head: str) -> tuple[str, str] | None:
    """(`TRT-LLM`, `TTFT avg`) of `TRT-LLM TTFT avg`, `TTFT avg (TRT-LLM)`; None for what names no system."""
    inside = re.fullmatch(r"(.+?)\s*\(([^()]+)\)", head.strip())
    options = [(inside[2], inside[1])] if inside else []
    words = head.split()
    if len(words) > _WORDS:  # a paragraph, and each of its words would be read as often as there are others
        return None
    for k in range(1, len(words)):
        options += [(" ".join(words[:k]), " ".join(words[k:])), (" ".join(words[k:]), " ".join(words[:k]))]
    for name, metric in sorted(options, key=lambda o: len(o[0])):  # "vLLM", and not "avg vLLM"
        found = resolve(metric)
        if found is not None and found.metric in METRICS and resolve(name) is None and factor_of([name]):
            return name, metric
    return None
