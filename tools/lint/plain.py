"""A plain reading of a sentence that anybody wrote, evaluated on the measurements.

The sentence, as tokens, has to be a known shape from end to end; a shape that is not known is no reading, and other
judges look at it then. What is read is evaluated on the rows of the data and its comparisons, not on a report of them.
"""

from __future__ import annotations

import math
import re

from chimera_report.tools.lint import relations
from chimera_report.tools.lint.binding import Judgement, Verdict
from chimera_report.tools.lint.evaluate import value
from chimera_report.tools.lint.spoken import Read, Scope, normal, tokens
from chimera_report.tools.lint.world import World
from chimera_report.tools.metrics import METRICS, unit_factor
from chimera_report.tools.metrics import metric as metric_of

_SPEEDS = ("decode_rate", "output_throughput", "ttft", "run_time", "e2e_latency")
_REL = r"(?:FASTER|SLOWER|HIGHER|LOWER)"
_SUP = r"(?:FASTEST|SLOWEST|HIGHEST|LOWEST)"


def read(text: str, world: World, scope: Scope) -> Judgement | None:
    """The verdict on a sentence whose whole shape is known; None where it is not."""
    text = normal(text)
    found = tokens(text, world)
    if not found.subjects and scope.subject:
        found.subjects.append((-1, scope.subject))
    shape = found.shape
    for pattern, judge in _SHAPES:
        if re.fullmatch(pattern, shape):
            return judge(found, world, scope)
    return None


def _told(verdict: Verdict, reason: str, data: str = "") -> Judgement:
    return Judgement(verdict, reason, data, (0, 0))


def _worst(verdicts: list[Verdict]) -> Verdict:
    order: tuple[Verdict, ...] = ("refuted", "unsupported", "supported")
    return next(v for v in order if v in verdicts)


def _scoped(found: Read, scope: Scope) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    suites = tuple(dict.fromkeys(found.suites)) or scope.suites
    levels = tuple((f, level) for _, f, level in found.levels) or scope.condition
    return suites, levels


def _values(found: Read, world: World, scope: Scope) -> Judgement | None:
    """Values of systems: each with the system and the metric that stand nearest."""
    if not found.subjects:
        return None
    suites, condition = _scoped(found, scope)
    if len({f for f, _ in condition}) < len(condition):
        return None
    words = found.shape.split()
    stat = next((t[5:] for t in words if t.startswith("STAT:")), "")
    told: list[str] = []
    verdicts: list[Verdict] = []
    compare = next((t[3:] for t in words if t.startswith("CMP")), "")
    for place, number, unit, kind in found.values:
        if kind != "V":
            return None
        before = [s for at, s in found.subjects if at < place]
        subject = before[-1] if before else found.subjects[0][1]
        metrics = _metric_at(found, place, unit, scope, world)
        if not metrics:
            return None
        wanted, names = stat, metrics
        if {"HIGHEST", "LOWEST"} & set(words):
            wanted = "max" if "HIGHEST" in words else "min"
        elif {"FASTRUN", "SLOWRUN"} & set(words):
            wanted = "max" if (metric_of(metrics[0]).direction == "higher") == ("FASTRUN" in words) else "min"
        verdict, data = value(
            world, subject, names, suites, condition, number, unit,
            stat=wanted, compare=compare, about="ABOUT" in words,
        )  # fmt: skip
        verdicts.append(verdict)
        told.append(data)
    if not verdicts or not any(told):
        return None
    worst = _worst(verdicts)
    if "NOT" in words:
        worst = "refuted" if worst == "supported" else "unsupported"
    reason = {
        "supported": "a value of the data",
        "refuted": "no such value",
        "unsupported": "a value of another statistic or condition than the sentence says",
    }[worst]
    return _told(worst, reason, "; ".join(dict.fromkeys(t for t in told if t)))


def _metric_at(found: Read, place: int, unit: str, scope: Scope, world: World) -> tuple[str, ...]:
    """The metric that a value is of: the nearest that is named and has the unit."""
    fits = [
        (at, tuple(n for n in names if n in METRICS and unit_factor(unit, metric_of(n).unit) is not None))
        for at, names in found.metrics
    ]
    fits = [(at, names) for at, names in fits if names]
    before = [names for at, names in fits if at <= place]
    if before or fits:
        return before[-1] if before else fits[0][1]
    if found.metrics:
        return ()
    named = tuple(n for n in scope.metrics if n in METRICS and unit_factor(unit, metric_of(n).unit) is not None)
    if named or scope.metrics:
        return named
    if unit == "tokens/s":
        return tuple(n for n in ("decode_rate", "output_throughput") if n in world.inventory.metrics)
    return ()


def _relation(found: Read, world: World, scope: Scope) -> Judgement | None:
    words = found.shape.split()
    word = next(t for t in words if re.fullmatch(rf"{_REL}|BEATS|TRAILS|AS|X", t))
    if len(found.subjects) != 2 or found.levels or scope.condition:
        return None
    (_, a), (_, b) = found.subjects
    if words[0].lower() == "compared":
        a, b = b, a
    named = relations.named(found, scope, world)
    if word in ("HIGHER", "LOWER", "X") and not named:
        return None
    suites, _ = _scoped(found, scope)
    metrics = named or tuple(m for m in _SPEEDS if m in world.inventory.metrics)
    signs, ratios, data = relations.direction(world, a, b, metrics, suites)
    if not signs or (len(set(named)) > 1 and len(signs) > 1 and found.values):
        return None
    quantities = found.values
    if word in ("AS", "X"):
        word = "HIGHER" if word == "X" or re.search(r"long|high|large|much", found.shape) else "FASTER"
        if not quantities:
            return None
        if next((t for t in words if t == "AS"), "") and metrics and metric_of(metrics[0]).direction == "lower":
            word = "HIGHER"  # "takes 3.87 times as long"
        holds = {
            relations.quantity(ratios[m], q, world, a, b, m, suites, as_is=True) for q in quantities for m in signs
        }
        if holds == {True}:
            return _told("supported", "the ratio of the two", data)
        return _told("refuted" if holds == {False} else "unsupported", "not the ratio of the two", data)
    seen = relations.says(signs, word)
    verdict = relations.verdict(seen, "NOT" in words)
    if verdict == "supported" and quantities:
        holds = {relations.quantity(ratios[m], q, world, a, b, m, suites) for q in quantities for m in signs}
        if holds != {True}:
            return _told("refuted" if holds == {False} else "unsupported", "the direction is right, the size not", data)
    reason = {"supported": "the comparison of the two", "refuted": "the other way round"}.get(
        verdict, "not settled, or not the same by every metric"
    )
    return _told(verdict, reason, data)


def _superlative(found: Read, world: World, scope: Scope) -> Judgement | None:
    words = found.shape.split()
    word = next(t for t in words if re.fullmatch(_SUP, t))
    subjects = {s for _, s in found.subjects}
    if len(subjects) != 1 or found.levels or scope.condition:
        return None
    subject = next(iter(subjects))
    named = relations.named(found, scope, world)
    if word in ("HIGHEST", "LOWEST") and not named:
        return None
    if found.bare and found.bare != [str(len(world.subjects))]:
        return None
    suites, _ = _scoped(found, scope)
    metrics = named or tuple(m for m in _SPEEDS if m in world.inventory.metrics)
    seen: set[bool | None] = set()
    told: list[str] = []
    for other in world.subjects:
        if other != subject:
            signs, _, data = relations.direction(world, subject, other, metrics, suites)
            seen |= relations.says(signs, word)
            told.append(data)
    if not seen:
        return None
    first = seen == {True}
    verdict: Verdict = "supported" if first else "refuted" if False in seen else "unsupported"
    if "NOT" in words:
        verdict = "refuted" if first else "supported" if False in seen else "unsupported"
    if verdict == "supported" and found.values:
        values = _values(found_values(found), world, scope)
        if values is None or values.verdict != "supported":
            return values
    return _told(verdict, "the order of the systems", "; ".join(t for t in told if t)[:300])


def found_values(found: Read) -> Read:
    """The values of a sentence alone."""
    return Read("S V", found.subjects, found.metrics, found.values, found.levels, found.suites, [])


def _both(found: Read, world: World, scope: Scope) -> Judgement | None:
    """ "A (113.9 tokens/s) is faster than B (80.9 tokens/s)": the relation, and each value."""
    values = _values(found_values(found), world, scope)
    alone = Read(found.shape.replace(" V", ""), found.subjects, found.metrics, [], found.levels, found.suites, [])
    if values is None:
        return None
    if not found.metrics:  # the unit says the metric
        unit = found.values[0][2]
        alone.metrics = [(0, _metric_at(found, 0, unit, scope, world))]
    relation = _relation(alone, world, scope)
    if relation is None:
        return None
    return relation if relation.verdict != "supported" else values


def _levels(found: Read, world: World, scope: Scope) -> Judgement | None:
    """A setting's levels against each other, for one system."""
    words = found.shape.split()
    word = next(t for t in words if re.fullmatch(_REL, t))
    if len(found.levels) != 2 or len({s for _, s in found.subjects}) != 1 or found.levels[0][1] != found.levels[1][1]:
        return None
    (_, factor, one), (_, _, two) = found.levels
    subject = found.subjects[0][1]
    named = relations.named(found, scope, world)
    metrics = named or tuple(m for m in ("decode_rate", "run_time") if m in world.inventory.metrics)
    signs: dict[str, int] = {}
    ratios: dict[str, float] = {}
    told = []
    for e in world.effects([factor], found.suites or scope.suites):
        if e.subject != subject or e.metric not in metrics or not e.ratio or {one, two} != {e.high, e.low}:
            continue
        signs[e.metric] = 0 if e.outcome != "effect" else 1 if e.high == one else -1
        ratios[e.metric] = e.ratio if e.high == one else 1 / e.ratio
        told.append(
            f"{metric_of(e.metric).title} of {subject}: {factor} {e.high} over {e.low} {e.ratio:.4g} ({e.outcome})"
        )
    if not signs:
        return None
    verdict = relations.verdict(relations.says(signs, word), "NOT" in words)
    if verdict == "supported" and found.values:
        holds = {
            relations.quantity(r, q, world, subject, subject, m, ()) for q in found.values for m, r in ratios.items()
        }
        if holds != {True}:
            verdict = "refuted"
    return _told(verdict, "the effect of the setting", "; ".join(told))


def _unmoved(found: Read, world: World, scope: Scope) -> Judgement | None:
    """ "num_ctx hardly changes the TTFT of A"."""
    metrics, factors = relations.named(found, scope, world), list(world.settings)
    subjects = {s for _, s in found.subjects}
    effects = [e for e in world.effects(factors) if e.metric in metrics and (not subjects or e.subject in subjects)]
    effects = [e for e in effects if len(factors) == 1 or e.factor in found.shape]
    if not effects:
        return None
    outcomes = {e.outcome for e in effects}
    hardly = "HARDLY" in found.shape or "NOT" in found.shape
    verdict: Verdict = "unsupported"
    if outcomes == {"negligible"}:
        verdict = "supported" if hardly else "refuted"
    elif outcomes == {"effect"}:
        verdict = "refuted" if hardly else "unsupported"
    return _told(verdict, "the effect of the setting", ", ".join(sorted(outcomes)))


def _order(found: Read, world: World, scope: Scope) -> Judgement | None:
    """Systems in their order; neighbours that cannot be told apart may stand either way."""
    metrics, (suites, _) = relations.named(found, scope, world), _scoped(found, scope)
    if len(set(metrics)) != 1 and len(metrics) != 1:
        return None
    names = [s for _, s in found.subjects]
    better = -1 if metric_of(metrics[0]).direction == "lower" else 1
    signs = [
        relations.direction(world, a, b, metrics[:1], suites)[0].get(metrics[0])
        for i, a in enumerate(names)
        for b in names[i + 1 :]
    ]
    if None in signs:
        return None
    right = all(s in (0, better) for s in signs)
    return _told("supported" if right and better in signs else "refuted", "the order of the systems")


def _same(found: Read, world: World, scope: Scope) -> Judgement | None:
    suites, _ = _scoped(found, scope)
    metrics = relations.named(found, scope, world) or tuple(m for m in _SPEEDS if m in world.inventory.metrics)
    if len(found.subjects) != 2:
        return None
    (_, a), (_, b) = found.subjects
    signs, ratios, data = relations.direction(world, a, b, metrics, suites)
    if not signs:
        return None
    near = all(abs(math.log(r)) < 0.03 for r in ratios.values())
    far = any(s and abs(math.log(ratios[m])) > 0.05 for m, s in signs.items())
    return _told("supported" if near else "refuted" if far else "unsupported", "the comparison of the two", data)


def _range(found: Read, world: World, scope: Scope) -> Judgement | None:
    """ "ranges from 106 to 124 tokens/s": the least and the greatest sample."""
    suites, condition = _scoped(found, scope)
    numbers = [*found.bare, *(v[1] for v in found.values)]
    if len(numbers) != 2 or len(found.values) != 1 or not found.subjects:
        return None
    place, _, unit, _ = found.values[0]
    metrics = _metric_at(found, place, unit, scope, world)
    both = [
        value(world, found.subjects[0][1], metrics, suites, condition, n, unit, stat=s)
        for n, s in zip(numbers, ("min", "max"), strict=True)
    ]
    worst = _worst([b[0] for b in both])
    return _told(worst, "the least and the greatest value", both[0][1])


def _listed(found: Read, world: World, scope: Scope) -> Judgement | None:  # noqa: ARG001  all shapes have these
    """ "num_ctx was set to 2048 and 8192"."""
    factors = {f for _, f, _ in found.levels}
    if len(factors) != 1:
        return None
    factor = next(iter(factors))
    told = {level for _, _, level in found.levels}
    return _told("supported" if told == set(world.settings[factor]) else "unsupported", f"the levels of {factor}")


def _counted(found: Read, world: World, scope: Scope) -> Judgement | None:
    """ "24 runs of A were recorded": the records of a system."""
    suites, condition = _scoped(found, scope)
    if len(found.subjects) != 1 or len(found.bare) != 1:
        return None
    table = world.dataset.table
    chosen = table[table["subject"] == found.subjects[0][1]]
    if suites:
        chosen = chosen[chosen["suite"].isin(suites)]
    for factor, level in condition:
        chosen = chosen[chosen[f"factor.{factor}"].astype(str) == level]
    held = {str(s): int(g[["source", "record"]].drop_duplicates().shape[0]) for s, g in chosen.groupby("suite")}
    told = ", ".join(f"{n} records in suite {s}" for s, n in held.items())
    told += "".join(f"; n = {s.n}" for s in world.summaries(found.subjects[0][1], world.inventory.metrics, suites)[:1])
    right = int(found.bare[0].replace(",", "")) in {*held.values(), sum(held.values())}
    return _told("supported" if right else "refuted", "the count of records", told)


def _no_failures(found: Read, world: World, scope: Scope) -> Judgement | None:  # noqa: ARG001
    failed = int((world.dataset.table["status"] != "ok").sum())
    return _told("refuted" if failed else "supported", "failed records", f"{failed} values of failed records")


_SHAPES = (
    (rf"(?:M )?S (?:M )?(?:NOT )?(?:[XPV] )?{_REL}(?: M)? than(?: M)? S(?: M)?", _relation),
    (rf"[Cc]ompared S S (?:M )?(?:NOT )?{_REL}(?: M)?", _relation),
    (r"(?:M )?S (?:NOT )?(?:BEATS|TRAILS) S(?: M)?", _relation),
    (r"(?:M )?S (?:M )?(?:NOT )?X AS (?:M )?as S(?: M)?", _relation),
    (r"M S X (?:M )?S", _relation),
    (rf"S V {_REL} than S V", _both),
    (rf"(?:M )?S (?:M )?(?:NOT )?(?:P )?{_REL} C than C", _levels),
    (rf"C (?:NOT )?{_REL} than C S(?: M)?", _levels),
    (rf"S (?:NOT )?{_SUP}(?: M)?(?: N)?", _superlative),
    (rf"S (?:V )?{_SUP}(?: M)?", _superlative),
    (rf"{_SUP}(?: M)? S(?: V)?", _superlative),
    (r"F (?:HARDLY|NOT|strongly|much|greatly|clearly) CHANGES M(?: S)?", _unmoved),
    (r"M order S(?: S| then S| and S)+", _order),
    (r"S and S (?:M )?SAME(?: M)?", _same),
    (r"M S (?:ranges|varies|lies|runs) from (?:N|V) V", _range),
    (r"C (?:and )?C(?: and C| C)*", _listed),
    (r"N S(?: M)?", _counted),
    (r"No failed|no failed|No failures|No errors", _no_failures),
    (
        r"(?:(?:C|F|M|S|V|and|ABOUT|while|CMP.|STAT:\w+|HIGHEST|LOWEST|FASTRUN|SLOWRUN|NOT|[Ww]ith|[Ww]here) ?)*V"
        r"(?: (?:C|M|S|V|and|STAT:\w+))*",
        _values,
    ),
)
