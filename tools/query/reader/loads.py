"""Questions along a load or a length: up to which level a bound is kept, at which one failures begin, where it
saturates, whether it is linear."""

# ruff: noqa: E501 — patterns are read as tables

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from chimera_report.tools.patterns import compiled
from chimera_report.tools.query.layer import Layer, run
from chimera_report.tools.schema import Select

if TYPE_CHECKING:
    from chimera_report.tools.query.reader.items import Item
    from chimera_report.tools.query.reader.slots import Slots

_ENDS = r"(?<!at )\b(?:max(?:imum)?|highest|most|largest|biggest|longest|how many|how much|how (?:high|large|big|long) (?:a|an)?|(?:up to|at|from|above|beyond|below|until|with) (?:which|what|how many))"
_NOUNS = (
    r"users?|clients?|people|slots?|concurren\w+|parallel\w*|load|streams?|sessions?|connections?|simultaneous|rates?|qps|rps|batch\w*|contexts?|ctx|depths?|"
    r"req/s|reqs|requests?|lengths?|prompts?|input|threads?|cores?|gpus?|replicas?|num_\w+|point|size"
)
_UP_TO = re.compile(
    rf"{_ENDS}\s+(?:\w+ ){{0,2}}?(?:{_NOUNS})\b|\b(?:how far|how high) can\b|\b(?:when|where) (?:does|do)\b"
)
_STARTS = re.compile(
    r"\b(?:start|starts|begin|begins|first|at (?:which|what|how many)|from (?:which|what|how many)|when)\b"
)
_SATURATES = re.compile(
    r"\b(?:saturat\w+|plateaus?|level(?:s)? off|flattens?|tops? out|maxe?s? out|stops? (?:scaling|growing|increasing|improving|gaining)|"
    r"diminishing returns|peaks? at|knee|sweet spot)\b"
)
_LINEAR = re.compile(r"\b(?:linear(?:ly)?|proportional(?:ly)?|perfectly|one to one|1:1)\b")
# What a question calls a load or a length → parts of the names of such settings.
_KINDS = (
    (r"users?|clients?|people|slots?|concurren\w+|parallel\w*|load|streams?|sessions?|connections?|simultaneous|workers?",
     ("concurrency", "concurrent", "users", "clients", "parallel", "streams", "workers", "slots", "load", "num_seqs", "level", "batch")),
    (r"rates?|qps|rps|requests? per second|req/s", ("rate", "qps", "rps")),
    (r"batch\w*", ("batch", "num_seqs")),
    (r"contexts?|ctx|depths?|lengths?|prompts?|tokens?|inputs?|long", ("context", "ctx", "depth", "length", "len", "prompt", "input", "tokens", "predict", "isl", "osl")),
    (r"threads?|cores?", ("thread", "core")),
    (r"gpus?|replicas?|nodes?|devices?", ("gpu", "replica", "node", "devices", "tensor_parallel", "world")),
    (r"size|parameters?", ("size", "param")),
)  # fmt: skip


def along(found: Slots, layer: Layer) -> str:
    """The setting in numbers that the question goes along: one that is named, one of the kind that is, or the only load
    that varies where the question looks; "" for none."""
    numeric = [f for f in layer.varying if f not in layer.worded and _numbers(layer, f) > 1]
    named = [f for f in (*found.factors, *found.which, *found.by) if f in numeric]
    if named:
        return named[0]
    held = {w.field for w in found.wheres if w.op == "="}
    free = [f for f in numeric if f not in held and _varies(f, found, layer)]
    for said, parts in _KINDS:
        if compiled(rf"\b(?:{said})\b").search(found.parsed.text):
            fit = [f for f in free if any(p in f.lower() for p in parts)]
            if fit:
                return fit[0]
    loads = [f for f in free if any(p in f.lower() for p in _KINDS[0][1])]
    return loads[0] if len(loads) == 1 else free[0] if len(free) == 1 else ""


def kind_of(words: str, layer: Layer) -> str:
    """The one setting in numbers of the kind that words name: "length" for "answer length" or "longer answers"; ""."""
    low = words.lower().strip()
    numeric = [f for f in layer.varying if f not in layer.worded and _numbers(layer, f) > 1]
    for said, parts in (
        (r"answers?|responses?|outputs?|completions?|generations?", ("length", "predict", "output", "osl", "len")),
        *_KINDS,
    ):
        if compiled(rf"\b(?:{said})\b").search(low):
            fit = [f for f in numeric if any(p in f.lower() for p in parts)]
            if fit:
                return fit[0]
    return low.replace(" ", "_") if low.replace(" ", "_") in numeric else ""


_MORE = frozenset(["longer", "more", "bigger", "larger", "higher", "shorter", "fewer", "smaller", "growing", "increasing"])  # fmt: skip
_BEFORE = frozenset(["with", "for", "at", "under", "on", "when", "as", "of", "over"])  # of a setting that grows


def growing(items: list[Item], layer: Layer) -> list[Item]:
    """ "With longer output", "at more users": what grows is a setting, and the comparative says nothing of the metric."""
    kept = list(items)
    for i, (one, two) in enumerate(pairwise(items)):
        before = items[i - 1].text if i else ""
        if one.text not in _MORE or before not in _BEFORE or two.kind in ("name", "level", "number"):
            continue
        factor = str(two.value) if two.kind == "factor" else kind_of(two.text, layer)
        if factor:
            kept[i] = replace(one, kind="neutral", value="")
            kept[i + 1] = replace(two, kind="factor", value=factor)
    return kept


def settings_of(noun: str, layer: Layer) -> list[str]:
    """The settings in numbers that a noun beside a number may name, those that most records say first."""
    numeric = [f for f in layer.varying if f not in layer.worded and _numbers(layer, f) > 1]
    for said, parts in _KINDS:
        if compiled(rf"\b(?:{said})\b").search(noun.lower()):
            fit = [f for f in numeric if any(p in f.lower() for p in parts)]
            return sorted(fit, key=lambda f: min(i for i, p in enumerate(parts) if p in f.lower()))
    return []


def _numbers(layer: Layer, factor: str) -> int:
    return sum(1 for x in layer.levels[factor] if re.fullmatch(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", x))


def _varies(factor: str, found: Slots, layer: Layer) -> bool:
    if layer.dataset.role_of(factor).value not in ("workload", "setting", "unknown"):
        return False
    names = [m for metric in found.metrics[:1] for m in metric if m in layer.metrics] or list(layer.metrics)
    probe = Select(measure=names[0], where=tuple(w for w in found.wheres if w.field != "started"), by=(factor,))
    return len({g.keys[factor] for g in run(layer, probe)} - {""}) > 1


def as_axis(found: Slots, layer: Layer) -> None:
    """ "How many req/s with a TTFT below 200 ms": what was set and came out, too, is the setting where another metric is
    bounded."""
    if not found.having[1] or len(found.metrics) < 2:
        return
    set_ = next((f for f in found.metrics[0] if f in layer.varying and f not in layer.worded), "")
    if set_ and _UP_TO.search(found.parsed.text):
        found.metrics = found.metrics[1:]
        found.factors.append(set_)


def marks(found: Slots, layer: Layer) -> set[str]:
    """What of this file's kinds a question asks: reach, fails_from, saturates, linear."""
    text = found.parsed.text
    wanted = set()
    as_axis(found, layer)
    if found.having[1] and _UP_TO.search(text):
        wanted.add("reach")
    if (
        found.intents & {"failed", "timeout"}
        and _STARTS.search(text)
        and re.search(r"\bstart|\bbegin|\bfirst\b|\bat (?:which|what|how many)", text)
    ):
        wanted.add("fails_from")
    if _SATURATES.search(text):
        wanted.add("saturates")
    if _LINEAR.search(text):
        wanted.add("linear")
    return wanted if wanted and along(found, layer) else set()


def no_level(found: Slots, layer: Layer) -> str:
    """Why a number that stands like a level is none: which levels the one setting of its kind has; "" where that is not
    known."""
    number = found.numbers[0]
    at = compiled(rf"\b(?:at|with|for|on) (?:an? )?(?:\w+ )?{re.escape(number)}\b(?: (\w+))?").search(found.parsed.text)
    if at is None or not re.fullmatch(r"\d+(?:\.\d+)?k?", number):
        return ""
    numeric = [f for f in layer.factors if layer.levels[f] and _numbers(layer, f) == len(layer.levels[f])]
    numeric = [f for f in numeric if layer.dataset.role_of(f).value in ("workload", "setting")]
    kinds = [parts for said, parts in _KINDS if at[1] and compiled(said).fullmatch(at[1])] or (
        [_KINDS[3][1]] if number.endswith("k") else []
    )
    fit = [f for f in numeric if any(p in f.lower() for parts in kinds for p in parts)]
    if not fit:
        return ""
    told = "; ".join(f"{f} {', '.join(layer.levels[f][:8])}" for f in fit[:2])
    return f"Nothing was measured at {number}; there is {told}."


def unsaid(found: Slots, layer: Layer) -> str:
    """Why the load at which failures begin cannot be told, where that is asked and no record says its load."""
    asked = found.intents & {"failed", "timeout"} and re.search(
        r"\b(?:at|from) (?:which|what|how many)\b", found.parsed.text
    )
    held = {w.field for w in found.wheres}
    if not asked or along(found, layer) or held & set(settings_of("users", layer)):
        return ""
    return "No record says the load that it was measured under (users, concurrency, rate), so where failures begin cannot be told."


def explained(found: Slots) -> None:
    """The words of such a shape are no words that nothing explains."""
    said = compiled(rf"{_SATURATES.pattern}|{_LINEAR.pattern}")
    spoken = {w for m in said.finditer(found.parsed.text) for w in m[0].split()}
    found.left = [w for w in found.left if w not in spoken and not said.fullmatch(w)]
