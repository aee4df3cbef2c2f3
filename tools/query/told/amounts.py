"""What a measured rate amounts to: how long so many tokens or requests take, how many are done in a time, and how many
copies of a system a wanted rate takes. Arithmetic on values as measured, each under its own condition."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.layer import Group
from chimera_report.tools.query.told.common import called
from chimera_report.tools.query.told.sheet import Telling
from chimera_report.tools.query.told.strata import cells, condition, named, once, order_of, varied
from chimera_report.tools.query.told.values import head_of, nothing

MOST_ROWS = 24
_SECONDS = {"sec": 1, "min": 60, "hour": 3600, "hr": 3600, "day": 86400, "week": 604800}
_TIMES = {"": 1.0, "k": 1e3, "thousand": 1e3, "m": 1e6, "mio": 1e6, "million": 1e6, "billion": 1e9}
# What is counted → the rates of it, the one that is meant first.
_OF_ONE = {
    "prompt tokens": ("prefill_rate", "input_throughput"),
    "tokens": ("decode_rate", "output_throughput"),
    "requests": ("request_rate", "e2e_latency"),
}
_OF_ALL = {**_OF_ONE, "tokens": ("output_throughput", "decode_rate")}  # of whatever runs at once


@dataclass(frozen=True, slots=True)
class _Asked:
    """An amount of tokens or requests, and the time that it is in (of a rate that is wanted: a second)."""

    kind: str  # "time", "done", "copies"
    things: str
    amount: float
    seconds: float


def amounts(telling: Telling) -> None:
    """The amount that is asked for, by condition: the smallest and the largest in a sentence, each in a table."""
    asked = _asked(telling.select.text)
    rates = (_OF_ONE if asked.kind == "time" else _OF_ALL)[asked.things]
    metric = next((m for m in rates if cells(telling.layer, telling.select, m)), "")
    found = [g for g in once(cells(telling.layer, telling.select, metric)) if g.value > 0] if metric else []
    if not found:
        nothing(telling, rates[0])
        return
    keys = list(varied(found))
    found.sort(key=lambda g: [order_of(g.keys[k]) for k in keys])
    of_rate = _made(asked)
    timed = metric_of(metric).unit == "s"  # requests one after another

    def made(value: float) -> float:
        return of_rate(1 / value if timed else value)

    low, high = min(found, key=lambda g: made(g.value)), max(found, key=lambda g: made(g.value))
    title, unit = metric_of(metric).title, telling.unit(metric, [g.value for g in found])
    what = _what(telling, asked)

    def told(g: Group) -> str:
        where = condition(telling, g, keys, bare=True) if len(found) > 1 else ""
        own = f"{title} of {telling.of_group(g, metric, unit)}"
        return f"{_shown(telling, asked, made(g.value), g)} ({f'{where}, ' if where else ''}{own})"

    if _alike(made(low.value), made(high.value)):
        who = called(telling, named(low, telling), found) if len(found) == 1 else head_of(telling, found)[4:]
        telling.say(f"{what} {told(low)}{f', for {who}' if who else ''}.")
    else:
        of = head_of(telling, found).replace(" of ", ", for ", 1)
        telling.say(f"{what} {told(low)} to {told(high)}{of}, over {telling.fact(len(found))} conditions.")
    if len(found) > 1:
        heads = [*({"system": "System", "suite": "Suite"}.get(k, k) for k in keys), "n", f"{title[:1].upper()}{title[1:]}", _HEADS[asked.kind]]  # fmt: skip
        rows = [
            (*(g.keys[k] or "–" for k in keys), str(g.n), telling.of_group(g, metric, unit), _shown(telling, asked, made(g.value), g))
            for g in found[:MOST_ROWS]
        ]  # fmt: skip
        telling.table(_HEADS[asked.kind], heads, rows, right=tuple(range(len(keys), len(heads))))
    if len(found) > MOST_ROWS:
        telling.cannot.append(f"{len(found) - MOST_ROWS} more conditions are not shown")
    telling.cannot += _limits(asked, metric)


_HEADS = {"time": "Time for it", "done": "Done in it", "copies": "Copies"}


def _asked(text: str) -> _Asked:
    """The words that the pattern of the frame found: "kind=time n=1000 things=tokens"."""
    said = dict(part.split("=", 1) for part in text.split() if "=" in part)
    things = "requests" if re.match(r"re?q|[rq]ps|call|quer", said["things"]) else "tokens"
    things = "prompt tokens" if things == "tokens" and ("ahead" in said or "after" in said) else things
    amount = _number(said["n"]) if "n" in said else 0.0
    unit = next((s for word, s in _SECONDS.items() if said.get("time", "s").startswith(word)), 1)
    return _Asked(said["kind"], things, amount, _number(said.get("times", "1")) * unit)


def _number(text: str) -> float:
    """ "1000", "10,000", "5k", "1.5-million"; a word for one is one."""
    m = re.fullmatch(r"(\d[\d.,]*)?[-_]?([a-z]*)", re.sub(r"(?<=\d)[,.](?=\d{3}(?!\d))", "", text))
    if m is None or (not m[1] and m[2] not in _TIMES):
        return 1.0
    return float((m[1] or "1").replace(",", ".").rstrip(".")) * _TIMES.get(m[2], 1.0)


def _made(asked: _Asked) -> Callable[[float], float]:
    """From a rate to what is asked for."""
    if asked.kind == "time":
        return lambda rate: asked.amount / rate
    if asked.kind == "done":
        return lambda rate: asked.seconds * rate
    return lambda rate: float(math.ceil(asked.amount / asked.seconds / rate - 1e-9))


def _alike(low: float, high: float) -> bool:
    return f"{low:.4g}" == f"{high:.4g}"


def _shown(telling: Telling, asked: _Asked, value: float, group: Group) -> str:
    keys, positions = group.keys, group.positions
    if asked.kind == "time":
        unit, by = next((u, s) for u, s in (("days", 86400), ("h", 3600), ("min", 60), ("s", 1)) if value >= 2 * s or u == "s")  # fmt: skip
        return telling.fact(value / by, unit, n=group.n, keys=keys, positions=positions)
    if asked.kind == "copies":
        unit = "copy" if value == 1 else "copies"
        return telling.fact(int(value), unit, n=group.n, keys=keys, positions=positions)
    return telling.fact(round(value) if value >= 1000 else value, asked.things, n=group.n, keys=keys, positions=positions)  # fmt: skip


def _what(telling: Telling, asked: _Asked) -> str:
    if asked.kind == "time":
        return f"{telling.fact(int(asked.amount))} {asked.things} take"
    if asked.kind == "done":
        unit, by = next((u, s) for u, s in (("days", 86400), ("h", 3600), ("min", 60), ("s", 1)) if asked.seconds >= s)
        n = asked.seconds / by
        return f"{telling.fact(n, unit.removesuffix('s') if n == 1 and unit == 'days' else unit)} is enough for"
    per = "requests/s" if asked.things == "requests" else "tokens/s"
    return f"{telling.fact(asked.amount / asked.seconds, per)} takes"


def _limits(asked: _Asked, metric: str) -> list[str]:
    said = []
    if asked.kind == "time" and metric == "decode_rate":
        said.append("the wait for the first token comes on top, and a longer answer can be slower toward its end")
    elif asked.kind == "copies":
        said.append("a copy is what was measured as one, with all of its devices")
        said.append("each copy is taken to keep the rate that was measured: whether they slow one another down was not")
    elif asked.kind == "done":
        said.append("nothing of that length was measured: the rate is taken to stay as it is")
    if metric == "e2e_latency":
        said.append("the requests are taken one after another, each as long as its end-to-end latency")
    if metric == "decode_rate" and asked.kind != "time":
        said.append("the decode rate is that of one answer at a time, without the waits between answers")
    return said
