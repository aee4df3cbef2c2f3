"""What holds of all values of a system: that none is a number, which is the greatest, how little settings change it."""

from __future__ import annotations

import re

from chimera_report.tools.lint.binding import Judgement
from chimera_report.tools.lint.called import parts
from chimera_report.tools.lint.entities import told, worst
from chimera_report.tools.lint.evaluate import called, close, rows
from chimera_report.tools.lint.phrases import UNIT, UNITS
from chimera_report.tools.lint.spoken import Scope
from chimera_report.tools.lint.world import World
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.metrics import unit_factor

_NUMBER = r"(\d+(?:\.\d+)?)"
_ABSENT = re.compile(
    rf"[\"“]?{_NUMBER} ({UNIT})[\"”]? (?:for|of|as (?:the )?[\w ]+ of) (.+?) "
    r"(?:stands|is|appears|occurs|is found|exists) (?:in no (?:data )?files?|nowhere in the (?:data|files))"
    rf"(?:[;,] (?:the |its )(highest|greatest|lowest|least) (?:measured )?value is {_NUMBER}(?: (?:{UNIT}))?)?\.?",
    re.IGNORECASE,
)
_BOUND = re.compile(
    rf"(?:the )?(.+?) (?:differs?|changes?|varies) by (?:at most|no more than|less than) {_NUMBER} ?(%|percent) "
    r"(?:over|across|with|for|between) (?:any|all|every|each)(?: of the)? (?:settings?|parameters?|levels?)"
    r"(?: (?:for|of|with) (.+?))?\.?",
    re.IGNORECASE,
)


def read(text: str, world: World, scope: Scope) -> Judgement | None:
    """The verdict on such a sentence; None for any other."""
    if m := _ABSENT.fullmatch(text):
        return _absent(m, world)
    if m := _BOUND.fullmatch(text):
        return _bounded(m, world, scope)
    return None


def _absent(m: re.Match[str], world: World) -> Judgement | None:
    """ "250 tokens/s for A stands in no data file; the highest measured value is 103.4"."""
    number, unit, name, end, extreme = m[1], UNITS.get(m[2], m[2]), m[3], m[4], m[5]
    named = world.mentions(name)
    if len(named) != 1 or (named[0].start, named[0].end) != (0, len(name)):
        return None
    subject = named[0].subject
    values: dict[str, list[float]] = {}
    table = world.dataset.table
    for metric in dict.fromkeys(str(x) for x in table.loc[table["subject"] == subject, "metric"]):
        if factor := unit_factor(unit, metric_of(metric).unit):
            for stat in ("sample", "max", "mean", "p50", "min"):
                found = rows(world, subject, metric, (), (), stat)["value"]
                values.setdefault(metric, []).extend(float(v) / factor for v in found)
    if not any(values.values()):
        return None
    held = any(close(v, number, False) for listed in values.values() for v in listed)
    verdicts = [told("refuted" if held else "supported", "whether a measured value is that number")]
    if end:
        best = [max(v) if end.lower() in ("highest", "greatest") else min(v) for v in values.values() if v]
        right = any(close(b, extreme, False) for b in best)
        verdicts.append(told("supported" if right else "unsupported", f"the {end.lower()} value"))
    verdict = worst(v.verdict for v in verdicts)
    data = (
        f"{sum(map(len, values.values()))} values of {subject} in {unit}, from {min(map(min, values.values())):.4g} to "
        f"{max(map(max, values.values())):.4g}"
    )
    return told(verdict, next(v.reason for v in verdicts if v.verdict == verdict), data)


def _bounded(m: re.Match[str], world: World, scope: Scope) -> Judgement | None:
    """ "The decode rate differs by at most 0.9 % over any setting for A and B": by the estimates of each level."""
    words = m[1].lower()
    metrics = [n for _, names in world.metrics(words) for n in names]
    if re.fullmatch(r"generation speed|decoding speed", words):
        metrics = ["decode_rate"]
    metrics = [n for n in called(world, tuple(metrics)) if n in world.inventory.metrics]
    if len(metrics) != 1:
        return None
    subjects = _all(m[4], world) if m[4] else [scope.subject] if scope.subject else list(world.subjects)
    if not subjects:
        return None
    most: list[tuple[float, str]] = []
    for subject in subjects:
        effects = [e for e in world.effects(world.dataset.factors) if e.subject == subject and e.metric == metrics[0]]
        known = [e for e in effects if e.ratio is not None]
        if not known or len(known) < len(effects):
            return told("unsupported", f"the effects on {subject} are not known")
        most += [
            (100 * ((e.ratio or 1.0) - 1), f"{e.factor} of {subject}: {100 * ((e.ratio or 1.0) - 1):.2g} %")
            for e in known
        ]
    greatest, says = max(most)
    data = f"the greatest difference is by {says}"
    bound = float(m[2])
    if greatest <= bound or close(greatest, m[2], False):
        return told("supported", "the estimates of the levels", data)
    return told("refuted" if greatest > 1.5 * bound else "unsupported", "the estimates of the levels", data)


def _all(names: str, world: World) -> list[str]:
    """The systems that a list names; a family stands for all of its systems that were measured in several settings."""
    found: list[str] = []
    families = parts(world)
    for name in (n for n in re.split(r",? and |, ", names) if n):
        whole = world.mentions(name)
        if len(whole) == 1 and (whole[0].start, whole[0].end) == (0, len(name)):
            found.append(whole[0].subject)
        elif name in families:
            having = {e.subject for e in world.effects(world.dataset.factors)}
            found += [s for s in families[name] if s in having]
        else:
            return []
    return found
