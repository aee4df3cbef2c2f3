"""The metric that a question means, and the slots that mean the same in every task."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from chimera_report.tools.metrics import METRICS
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query import words
from chimera_report.tools.query.layer import Layer, run
from chimera_report.tools.query.reader.cohering import cohere
from chimera_report.tools.query.reader.lacking import reason
from chimera_report.tools.query.reader.slots import Slots
from chimera_report.tools.schema import Aggregate, Decline, Select, Where

_AGGREGATES: dict[str, Aggregate] = {
    "mean": "mean", "gmean": "gmean", "sum": "sum", "min": "min", "max": "max", "sd": "sd", "cv": "cv",
    "share": "share",
}  # fmt: skip
_USED = re.compile(r"\b(?:used?|usage|using|consum\w+|took|takes?|needs?|needed|occup\w+)\b")
_OF_OTHERS = re.compile(r"(?:^|_)(?:speedup|vs|versus|ratio|relative|gain|delta)(?:_|$)")  # of a pair, and of no thing
_OR = re.compile(r"\b(?:or|oder|ou|o|u)\b|还是|或")
_OF_SPEED = (
    "compare",
    "crossing",
    "why_sides",
    "rank_all",
    "multiple",
    "changed",
    "why_level",
    "level_compare",
    "bounded",
    "declines",
    "with_without",
    "added",
    "reach",
    "saturates",
    "linear",
)


def base(found: Slots) -> Select:
    """The slots that mean the same in every task."""
    aggregate: Aggregate = "typical"
    q = 0.5
    for name in sorted(found.aggregates, key=lambda a: not a.startswith("p"))[:1]:
        if name.startswith("p") and name[1:].replace(".", "").isdigit():
            aggregate, q = "quantile", float(name[1:]) / 100
        else:
            aggregate = _AGGREGATES.get(name, "typical")
    wheres = list(found.wheres)
    if found.times and "changed" not in found.intents and len(found.times) == 1:
        wheres.append(Where(field="started", op="=", values=(found.times[0],)))
    order = {"best": "best", "worst": "worst"}.get(found.order, found.order)
    by = tuple(dict.fromkeys(found.by))
    end = {"high": "high", "low": "low"}.get(order, "")
    return Select(
        measure="",
        aggregate=aggregate,
        q=q,
        by=by,
        where=tuple(dict.fromkeys(wheres)),
        state=found.state if found.state in ("warm", "cold") else "",  # type: ignore[arg-type]
        order=end,  # type: ignore[arg-type]
        limit=found.limit,
        unit=found.unit,
        shape="plot" if "plot" in found.intents else "table" if "table" in found.intents else "",
        sides=tuple(found.sides) if len(found.sides) > 1 else _timed(found),
        claims="" if _choice(found) else found.claims or (found.order if found.order in ("best", "worst") else ""),
        left_out=tuple(dict.fromkeys([*found.dropped, *(f"{a} read as {b}" for a, b in found.parsed.corrected)])),
    )


def _choice(found: Slots) -> bool:
    """Whether the sides are held out to be chosen from, which takes nothing for granted: "which is faster, A or B?"."""
    return len(found.sides) > 1 and _OR.search(found.parsed.text) is not None


def _timed(found: Slots) -> tuple[Any, ...]:
    if len(found.times) > 1:
        return tuple((Where(field="started", op="=", values=(t,)),) for t in found.times[:2])
    return ()


def chosen(found: Slots, layer: Layer, task: str) -> tuple[Any, tuple[str, ...]]:
    """The metric that is meant: of the candidates the first that the rows in question hold, for every side."""
    named = list(found.metrics)
    if not named and found.degree and found.degree in words.DEGREES:
        named = [words.DEGREES[found.degree][0]]
    if not named and task in _OF_SPEED:
        named = [*_of_formats(found, layer, task), words.SPEED]
    if not named and task == "value":
        timed = any(a.startswith("p") for a in found.aggregates) or found.unit in ("s", "ms")
        named = [("e2e_latency", "ttft", "ttft_incl_load", "run_time")] if timed else [words.SPEED]
    picked: list[str] = []
    for candidates in named:
        wanted = [*candidates, *alike(candidates), *own_named(candidates, layer)]
        held = next((m for m in wanted if _held(m, found, layer, documents=False)), "")
        if not held and not found.metrics and (own := _of_suite(found, layer)):
            picked += [m for m in own if m not in picked]
            continue
        held = held or next((m for m in wanted if _held(m, found, layer)), "")
        if not held and cohere(found, wanted, layer):
            held = next((m for m in wanted if _held(m, found, layer)), "")
        if held and len(named) == 1 and not found.metrics and len(found.sides) == 2 and task in ("compare", "crossing"):
            held = _most_shared(wanted, held, found, layer)
        if held and not found.metrics and task == "rank_all" and len(named) == 1:
            held = _most_ranked(wanted, held, found, layer)
        if held and held not in picked:
            picked.append(held)
        elif not held and task not in ("definition", "present", "why_level"):
            there = next((m for m in wanted if m in layer.metrics), "")
            title = metric_of(candidates[0]).title
            why = (
                reason([m for m in wanted if m in layer.metrics], found, layer)
                if there
                else f"No file holds the {title}."
            )
            return Decline(kind="not held", reason=why, metric=candidates[0]), ()
        elif not held:
            picked.append(candidates[0])
    if used := _unused(picked, found, layer):
        return used, ()
    return (picked[0], tuple(picked[1:])) if picked else ("", ())


def _of_formats(found: Slots, layer: Layer, task: str) -> list[tuple[str, ...]]:
    """Whether one number format is better than another is a question of its answers before it is one of its speed."""
    if task != "compare" or found.degree or found.claims not in ("better", "worse") or len(found.sides) != 2:
        return []
    formats = {"quantisation", "dtype", "variant"}
    for side in found.sides:
        if not any({w.field, *layer.names.columns.get(w.values[0], ())} & formats for w in side):
            return []
    worth = ("perplexity", "accuracy", "pass_rate", "score")
    held = next((m for m in worth if _held(m, found, layer, documents=False)), "")
    return [(held,)] if held else []


def _most_shared(wanted: Sequence[str], first: str, found: Slots, layer: Layer) -> str:
    """Of metrics that all say how fast something is, the one that the sides share most conditions of: an order by one
    level of load is none of an engine under load."""
    from chimera_report.tools.query.told.strata import apart, cells, matched

    def shared(metric: str) -> int:
        if metric not in layer.metrics or metric_of(metric).direction != metric_of(first).direction:
            return 0
        select = Select(measure=metric, where=tuple(w for w in found.wheres if w.field != "started"))
        both = apart([cells(layer, select, metric, side) for side in found.sides])
        pairs = matched(*both) if all(both) else None
        return len(pairs.pairs) if pairs is not None and not pairs.several else 0

    most = max(wanted, key=shared)
    return most if shared(most) >= 2 * max(shared(first), 1) else first


def _of_suite(found: Slots, layer: Layer) -> list[str]:
    """ "Fidelity of rotor vs turbo": a suite that is named stands for what it measures, where that is little."""
    named = [w for w in found.wheres if w.field == "name" and "suite" in layer.names.columns.get(w.values[0], ())]
    if not named:
        return []
    own = [m for m in layer.metrics if _held(m, found, layer, documents=False) and not _OF_OTHERS.search(m)]
    return own if 0 < len(own) <= 3 else []


def _most_ranked(wanted: Sequence[str], first: str, found: Slots, layer: Layer) -> str:
    """Of metrics that all say how fast something is, the one that most of what is to be ordered has."""
    asked = next((w for w in (*found.which, *found.factors, *found.by) if w in layer.levels or w == "system"), "system")

    def ranked(metric: str) -> int:
        if metric not in layer.metrics:
            return 0
        probe = Select(measure=metric, where=tuple(w for w in found.wheres if w.field != "started"), by=(asked,))
        return len({g.keys[asked] for g in run(layer, probe, documents=False)} - {""})

    most = max(wanted, key=ranked)
    return most if ranked(most) > ranked(first) else first


def _unused(picked: Sequence[str], found: Slots, layer: Layer) -> Decline | None:
    """Memory that was used is not the size of a card, which is all that documents state where no system has a value."""
    if not picked or picked[0] not in ("vram", "ram") or not _USED.search(found.parsed.text):
        return None
    table = layer.dataset.table
    own = table[table["metric"] == picked[0]]
    if not len(own) or bool((own["origin"] == "measured").any()) or bool((own["subject"] != "").any()):
        return None
    title = metric_of(picked[0]).title
    reason = f"No file holds how much memory was used; the {title} that documents state is that of the machine."
    return Decline(kind="not held", reason=reason, metric=picked[0])


_SCORES = frozenset(["pass", "passed", "correct", "accuracy", "acc", "score", "exact", "f1", "solved", "quality"])


_TOKENS = frozenset(["token", "tokens", "tok", "toks"])
_RATES = frozenset(["throughput", "rate", "speed", "sec", "second", "s"])
_OF_TOKENS = frozenset(["decode_rate", "output_throughput", "total_throughput"])


def own_named(candidates: Sequence[str], layer: Layer) -> list[str]:
    """Metrics in no registry that are what is asked for: math_pass, where the accuracy is; where no rate of tokens is
    read as one that is known, the one that its name says to be one."""
    own = [(m, set(m.split("_"))) for m in layer.metrics if m not in METRICS and not _OF_OTHERS.search(m)]
    if candidates[0] in ("accuracy", "quality"):
        return [m for m, parts in own if _SCORES & parts]
    if _OF_TOKENS & set(candidates) and not _OF_TOKENS & set(layer.metrics):
        rates = [m for m, parts in own if _TOKENS & parts and _RATES & parts]
        return rates if len(rates) == 1 else []
    return []


def alike(candidates: Sequence[str]) -> tuple[str, ...]:
    """Metrics that may stand in where none of the candidates is held: those of speed for one another."""
    if candidates[0] in ("accuracy", "quality"):
        return ("accuracy", "pass_rate", "score", "quality")  # told by the name of the one that it is
    per_token = candidates[0] == "decode_rate" and len(candidates) < 4  # tokens a second are no requests a second
    if set(candidates) & {"output_throughput", "throughput"} and not per_token:
        return ("request_rate", "image_rate", "images_per_second", *(m for m in candidates if m == "ttft"))
    if candidates[0] in ("tpot", "itl"):
        return ("decode_rate",)  # whose reciprocal it is; told as such
    if "ttft" in candidates and "ttft_incl_load" not in candidates:
        return ("ttft_incl_load",)
    if set(candidates) & {"decode_rate", "output_throughput"} and len(candidates) >= 5:
        return ("ttft", "ttft_incl_load")
    return ()


def stands_in(candidates: tuple[str, ...], wanted: set[str]) -> bool:
    """Metrics of speed stand in for one another, and are named where they do."""
    if candidates[0] in ("tpot", "itl") and "decode_rate" in wanted:
        return True  # its reciprocal, told as such
    if set(candidates) & {"accuracy", "quality"} and wanted & {"accuracy", "pass_rate", "score", "quality"}:
        return True  # how good the answers were, by the name of the one that is held
    if set(candidates) & {"output_throughput", "throughput"} and wanted & {"request_rate", "image_rate"}:
        return True
    return len(candidates) >= 5 or bool(
        {"ttft", "ttft_incl_load"} & set(candidates) & {"ttft"} and "ttft_incl_load" in wanted
    )


def _held(metric: str, found: Slots, layer: Layer, *, documents: bool = True) -> bool:
    if metric not in layer.metrics:
        return False
    wheres = [w for w in found.wheres if w.field != "started"]
    probe = Select(measure=metric, where=tuple(wheres))
    sides = found.sides if len(found.sides) > 1 else [()]
    if all(run(layer, probe, wheres=side, documents=documents) for side in sides):
        return True
    stated = next((float(a[1:]) / 100 for a in found.aggregates if a[1:].replace(".", "").isdigit()), 0.0)
    if not 0 < stated < 1:
        return False
    tail = probe.model_copy(update={"aggregate": "quantile", "q": stated})  # of files that state the percentile alone
    return all(run(layer, tail, wheres=side, documents=documents) for side in sides)
