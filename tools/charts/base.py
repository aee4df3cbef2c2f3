"""A candidate for a chart, and what every kind of chart makes: data, a caption and a description in words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from chimera_report.tools.charts.scales import told
from chimera_report.tools.charts.spec import Measured, named, pruned
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import About, Chart, ChartKind, Json, Result, Sentence

_FACT = re.compile(r"\{\{(F\d+)(?::\w+)?\}\}")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chart that could be drawn. It has asked for no fact yet."""

    key: str  # unique; the name of its file
    kind: ChartKind
    message: str  # what it shows, for a person who chooses
    weight: float  # how much it tells, on the scale of findings
    about: About
    items: tuple[Result, ...]  # results that it shows
    more: bool = False  # whether there are others like them, which it has no room for


# How much a metric matters to someone who chooses or tunes a system; others weigh 0.3.
_METRIC = {
    "decode_rate": 1.0,
    "ttft": 0.95,
    "e2e_latency": 0.9,
    "output_throughput": 0.9,
    "request_rate": 0.9,
    "run_time": 0.85,
    "tpot": 0.8,
    "itl": 0.75,
    "ttft_incl_load": 0.7,
    "prefill_rate": 0.6,
    "load_time": 0.45,
    "ram": 0.4,
    "vram": 0.4,
    "energy_per_token": 0.5,
}


def importance(metric: str) -> float:
    return _METRIC.get(metric, 0.3 if metric_of(metric).core else 0.05)


def finished(
    candidate: Candidate, *, title: str, caption: str, alt: str, spec: dict[str, Json], rows: Iterable[dict[str, Json]]
) -> Chart:
    """The chart. Its caption has no id yet: who places it numbers it (`Sentence.id`)."""
    shown = [str(r["fact"]) for r in rows if r.get("fact")]
    said = [m[1] for text in (title, caption, alt) for m in _FACT.finditer(text)]
    named = dict.fromkeys(m[1] for m in _FACT.finditer(caption))
    return Chart(
        key=candidate.key,
        kind=candidate.kind,
        title=title,
        caption=Sentence(id="", text=caption, claims=(), facts=tuple(named)),
        alt=alt,
        spec=told(pruned(spec)),
        facts=tuple(dict.fromkeys((*said, *shown))),
        about=candidate.about,
        weight=candidate.weight,
    )


def caption(says: str, rows: Iterable[dict[str, Json]], each: str, *legend: str) -> str:
    """What a chart shows as one sentence, of how many observations each of its marks is, and what its marks mean."""
    return keyed(f"{says} ({sizes(rows, each)}).", *legend)


def keyed(says: str, *legend: str) -> str:
    """The same where n is not one of its numbers."""
    key = "; ".join(part for part in legend if part)
    return f"{says} {capital(key)}." if key else says


def sizes(rows: Iterable[dict[str, Json]], each: str) -> str:
    """`n = 24 to 36 a row`: over the rows that show a fact, by the facts that know it, or that are such a count."""
    shown = [r for r in rows if r.get("fact")]
    known = [r for r in shown if r.get("n") is not None]
    if not known:
        return "n is not stated"
    low, high = min(known, key=lambda r: int(r["n"])), max(known, key=lambda r: int(r["n"]))
    ends = [low] if low["n"] == high["n"] else [low, high]
    where = "" if len(known) == len(shown) else ", where it is stated"
    told = ("{{" + str(r["fact"]) + ("" if r.get("counts") else ":n") + "}}" for r in ends)
    return f"n = {' to '.join(told)} {each}{where}"


def marks(rows: Iterable[dict[str, Json]], statistic: str = "geometric means") -> tuple[str, str, str]:
    """What the marks, the bars and the dots of a chart are, of those that there are. A single dot lies under its
    estimate and is not named."""
    shown = list(rows)
    ns = {r.get("n") for r in shown if r.get("fact")}
    dots = [str(r.get("name", "")) + str(r.get("level", "")) + str(r.get("line", "")) for r in shown if "sample" in r]
    return (
        f"marks: {'single values' if ns == {1} else statistic}",
        "bars: intervals" if any("low" in r for r in shown) else "",
        "pale dots: single runs" if len(set(dots)) < len(dots) else "",
    )


def the(of: str | Measured) -> str:
    return f"the {named(of)}"


def rest(candidate: Candidate) -> str:
    """What a caption says where there was no room for all."""
    return "not all are shown" if candidate.more else ""


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]
