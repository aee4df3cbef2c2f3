"""Charts that are drawn with characters: a caption with the metric, a line for each system with its value, and perhaps
its interval and counts. One summary of the data has to give all that a line says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chimera_report.tools.lint.binding import Judgement
from chimera_report.tools.lint.document import Text
from chimera_report.tools.lint.entities import told
from chimera_report.tools.lint.evaluate import called, close
from chimera_report.tools.lint.phrases import UNIT, UNITS
from chimera_report.tools.lint.sized import BETWEEN
from chimera_report.tools.lint.world import World
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.metrics import unit_factor
from chimera_report.tools.patterns import compiled
from chimera_report.tools.schema import Summary

_INK = re.compile(r"[\u2580-\u259f\u25a0-\u25ff\u2022\u2b1b\u2b1c]+|(?<=\s)[#=*|+-]{2,}(?=\s)")
_VALUE = re.compile(rf"(?:\b(warm|cold)\b\s*:?\s*)?\ue000?\s*(?<![\w.])(\d+(?:\.\d+)?)\s?({UNIT})?(?![\w./])")
_STATS = (("geometric mean", "gmean"), ("median", "p50"), ("mean", "mean"))
_COUNTS = re.compile(r"\(?(\d+) / +(\d+)(?: runs)?\)?|\(?(?:n ?= ?)?(\d+)(?: of (\d+))?(?: runs?)?\)?")
_LOST = re.compile(r"(\d+) (?:timed out|failed|lost)")


def lines(text: Text, world: World) -> Iterator[tuple[str, Judgement]]:
    """`(line, verdict)` of each line of a chart that names a system; none for a block that is no such chart."""
    whole = [line for line in text.full.splitlines() if line.strip()]
    if len(whole) < 3 or not any(_INK.search(line) for line in whole[1:]) or world.mentions(whole[0]):
        return
    caption = whole[0].lower()
    first = min(world.metrics(caption), key=lambda m: caption.find(m[0]), default=("", ()))  # "TTFT after a load"
    metrics = called(world, first[1])
    if re.search(r"generation speed|decod", caption):
        metrics = called(world, ("decode_rate",))
    metrics = tuple(m for m in metrics if m in world.inventory.metrics)
    unit = compiled(rf",\s*({UNIT})(?=\W|$)").search(whole[0])
    stat = next((s for word, s in _STATS if word in caption), "")
    cold = re.search(r"after a (?:model )?load|\bcold\b", caption) is not None
    for line in whole[1:]:
        named = world.mentions(line)
        if len(named) == 1 and not line[: named[0].start].strip() and metrics:
            spoken = _INK.sub("\ue000", line[named[0].end :])
            yield (
                " ".join(line.split()),
                _row(spoken, named[0].subject, metrics, unit[1] if unit else "", stat, cold, world),
            )


def _row(
    line: str, subject: str, metrics: tuple[str, ...], unit: str, stat: str, cold: bool, world: World
) -> Judgement:
    """What one line says of a system."""
    lost = _LOST.search(line)
    line = _LOST.sub("", line)
    between = None
    for m in re.finditer(r"\(([^()]*)\)", line):
        if inner := BETWEEN.fullmatch(m[1].strip()):
            between, line = inner, line.replace(m[0], " ", 1)
    values: list[tuple[str, str, str]] = []  # state, number, unit
    at = 0
    while (hit := _VALUE.match(line, at + len(line[at:]) - len(line[at:].lstrip()))) and (hit[3] or not values):
        values.append((hit[1] or "", hit[2], UNITS.get(hit[3] or unit, hit[3] or unit)))
        at = hit.end()
    rest = line[at:].replace("\ue000", " ").strip(" ;,")
    counts = _COUNTS.fullmatch(rest) if rest else None
    if not values or (rest and counts is None) or not all(u for *_, u in values):
        return told("unsupported", "a line of a chart that is not read")
    numbers = [c for c in (counts.groups() if counts else ()) if c]
    pair = counts is not None and counts[1] is not None
    if pair and len(numbers) != len(values):
        return told("unsupported", "a line of a chart that is not read")
    states = [s for s, *_ in values]
    says: list[str] = []
    right, far = True, True
    for i, (state, number, of) in enumerate(values):
        warm = True if state == "warm" else False if state == "cold" or (cold and i and states[0] == "warm") else None
        count = numbers[i] if pair else numbers[0] if numbers else ""
        total = numbers[1] if numbers and not pair and len(numbers) > 1 else ""
        fitting, near = 0, False
        for s in world.summaries(subject, metrics):
            factor = unit_factor(of, metric_of(s.metric).unit)
            if (
                s.condition
                or not factor
                or (warm is not None and s.warm is not warm)
                or (warm is None and s.warm is False)
            ):
                continue
            held = {
                k: v / factor
                for k in ((stat,) if stat else ("gmean", "p50", "mean"))
                if (v := getattr(s, k)) is not None
            }
            near |= any(abs(v - float(number)) <= 0.1 * abs(v) for v in held.values())
            says += [f"{world.value(s)}"]
            fitting += any(close(v, number, False) for v in held.values()) and _all(
                s, between, factor, count, total, lost
            )
        right, far = right and bool(fitting), far and not near
    data = "; ".join(list(dict.fromkeys(t for t in says if t))[:4])
    if right:
        return told("supported", "a value of the data", data)
    return told("refuted" if far and says else "unsupported", "no such value, interval or count", data)


def _all(
    s: Summary, between: re.Match[str] | None, factor: float, count: str, total: str, lost: re.Match[str] | None
) -> bool:
    """Whether a summary gives what stands beside its value."""
    if between is not None:
        interval = s.gmean_ci
        if interval is None or not (
            close(interval.low / factor, between[1], False) and close(interval.high / factor, between[2], False)
        ):
            return False
    if count and s.n != int(count):
        return False
    if total and (s.n or 0) + s.errors != int(total):
        return False
    return lost is None or s.errors == int(lost[1])
