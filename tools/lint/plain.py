"""A plain reading of a sentence that anybody wrote, evaluated on the measurements.

The sentence, as tokens, has to be a known shape from end to end; a shape that is not known is no reading, and other
judges look at it then. What is read is evaluated on the rows of the data and its comparisons, not on a report of them.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace

from chimera_report.tools.lint import bounds, entities, failing, ranking, related, relations, several, sized, steps
from chimera_report.tools.lint.binding import Judgement, Verdict
from chimera_report.tools.lint.entities import told, worst
from chimera_report.tools.lint.evaluate import Entity, value
from chimera_report.tools.lint.spoken import Read, Scope, normal, tokens
from chimera_report.tools.lint.world import World
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.patterns import compiled

_SPEEDS = ("decode_rate", "output_throughput", "ttft", "run_time", "e2e_latency")
_REL = r"(?:FASTER|SLOWER|HIGHER|LOWER)"
_SUP = r"(?:FASTEST|SLOWEST|HIGHEST|LOWEST)"


def read(text: str, world: World, scope: Scope) -> Judgement | None:
    """The verdict on a sentence whose whole shape is known; None where it is not."""
    text = normal(text)
    if failing.speaks(text) and (made := failing.read(text, world)) is not None:
        return made
    if (made := bounds.read(text, world, scope)) is not None:
        return made
    made = _clause(text, world, scope)
    made = made if made is not None else _clauses(text, world, scope)
    if made is None or made.verdict != "supported":  # several suites may each have a ratio of their own
        other = sized.read(text, world, scope)
        made = other if other is not None and (made is None or other.verdict == "supported") else made
    return made


def _clause(text: str, world: World, scope: Scope) -> Judgement | None:
    found = tokens(text, world)
    given = list(found.subjects)
    if not found.subjects and scope.subject:
        found.subjects.append((-1, scope.subject))
    for pattern, judge in _SHAPES:
        if compiled(pattern).fullmatch(found.shape):
            made = judge(found, world, scope)
            if made is not None:
                return made
    found.subjects = given
    for reader in _READERS:
        made = reader(found, world, scope)
        if made is not None:
            return made
    return None


_PARTS = re.compile(
    r",? (?:which (?:is|are|was|were) |but |while |whereas )|; |: |, and (?=\S+ (?:is|are|has|takes)\b)"
)


def _clauses(text: str, world: World, scope: Scope) -> Judgement | None:
    """A sentence of several clauses, each of which has to be read; one that names no entity speaks of the first's."""
    parts = [p for p in _PARTS.split(text) if p.strip()]
    if not 1 < len(parts) <= 4:
        return None
    judged: list[Judgement] = []
    rival = ""  # whom the first clause compared with whom: a later one may leave it out ("…; B answers sooner")
    for part in parts:
        found = tokens(part, world)
        named = [s for _, s in found.subjects]
        if (
            rival
            and len(set(named)) == 1
            and compiled(rf"\b{_REL}\b").search(found.shape)
            and "than" not in found.shape
        ):
            others = [s for s in rival.split("\n") if s != named[0]]
            part = f"{part.rstrip('.')} than {others[0]}" if len(others) == 1 else part
        made = _clause(part, world, scope)
        if made is None or made.verdict != "supported":
            other = sized.read(part, world, scope)
            made = other if other is not None and (made is None or other.verdict == "supported") else made
        if made is None:
            return None
        rival = "\n".join(dict.fromkeys(named)) if len(set(named)) == 2 else rival
        judged.append(made)
        found = tokens(part, world)
        if len(judged) == 1:
            about = entities.entity([i for i in found.items if i[0] in ("S", "C")])
            if about is None:
                about = Entity(subject=found.subjects[0][1] if found.subjects else "")
            outer = about.within(Entity(scope.subject, scope.condition, scope.suites))
            metrics = relations.named(found, scope, world)
            scope = Scope(outer.subject, metrics or scope.metrics, outer.suites, outer.condition)
    verdict = worst([j.verdict for j in judged])
    first = next(j for j in judged if j.verdict == verdict)
    return told(verdict, first.reason, "; ".join(dict.fromkeys(j.data for j in judged if j.data)))


def _scoped(found: Read, scope: Scope) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    suites = tuple(dict.fromkeys(found.suites)) or scope.suites
    levels = tuple((f, level) for _, f, level in found.levels) or scope.condition
    return suites, levels


def _relation(found: Read, world: World, scope: Scope) -> Judgement | None:
    words = found.shape.split()
    word = next(t for t in words if compiled(rf"{_REL}|BEATS|TRAILS|AS|X").fullmatch(t))
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
            return told("supported", "the ratio of the two", data)
        return told("refuted" if holds == {False} else "unsupported", "not the ratio of the two", data)
    seen = relations.says(signs, word)
    verdict = relations.verdict(seen, "NOT" in words)
    if verdict == "supported" and quantities:
        holds = {relations.quantity(ratios[m], q, world, a, b, m, suites) for q in quantities for m in signs}
        if holds != {True}:
            return told("refuted" if holds == {False} else "unsupported", "the direction is right, the size not", data)
    reason = {"supported": "the comparison of the two", "refuted": "the other way round"}.get(
        verdict, "not settled, or not the same by every metric"
    )
    return told(verdict, reason, data)


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
    says: list[str] = []
    for other in world.subjects:
        if other != subject:
            signs, _, data = relations.direction(world, subject, other, metrics, suites)
            seen |= relations.says(signs, word)
            says.append(data)
    if not seen:
        return None
    first = seen == {True}
    verdict: Verdict = "supported" if first else "refuted" if False in seen else "unsupported"
    if "NOT" in words:
        verdict = "refuted" if first else "supported" if False in seen else "unsupported"
    if verdict == "supported" and found.values:
        values = entities.values(_only_values(found), world, scope)
        if values is None or values.verdict != "supported":
            return values
    return told(verdict, "the order of the systems", "; ".join(t for t in says if t)[:300])


def _only_values(found: Read) -> Read:
    """The values of a sentence with what they are of."""
    return entities.replace_items(found, [i for i in found.items if i[0] in ("S", "V", "M", "C")])


def _both(found: Read, world: World, scope: Scope) -> Judgement | None:
    """ "A (113.9 tokens/s) is faster than B (80.9 tokens/s)": the relation, and each value."""
    values = entities.values(_only_values(found), world, scope)
    alone = replace(found, shape=found.shape.replace(" V", ""), values=[], bare=[])
    if values is None:
        return None
    if not found.metrics:  # the unit says the metric
        unit = found.values[0][2]
        slot = entities.Slot(found.values[0][1], unit)
        alone.metrics = [(0, entities.metrics_of(slot, scope, world))]
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
    says = []
    for e in world.effects([factor], found.suites or scope.suites):
        if e.subject != subject or e.metric not in metrics or not e.ratio or {one, two} != {e.high, e.low}:
            continue
        signs[e.metric] = 0 if e.outcome != "effect" else 1 if e.high == one else -1
        ratios[e.metric] = e.ratio if e.high == one else 1 / e.ratio
        says.append(
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
    return told(verdict, "the effect of the setting", "; ".join(says))


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
    return told(verdict, "the effect of the setting", ", ".join(sorted(outcomes)))


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
    return told("supported" if right and better in signs else "refuted", "the order of the systems")


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
    return told("supported" if near else "refuted" if far else "unsupported", "the comparison of the two", data)


def _range(found: Read, world: World, scope: Scope) -> Judgement | None:
    """ "ranges from 106 to 124 tokens/s": the least and the greatest sample."""
    suites, condition = _scoped(found, scope)
    numbers = [*found.bare, *(v[1] for v in found.values)]
    if len(numbers) != 2 or len(found.values) != 1 or not found.subjects:
        return None
    _, _, unit, _ = found.values[0]
    slot = entities.Slot("", unit, metrics=tuple(n for _, names in found.metrics for n in names))
    metrics, about = entities.metrics_of(slot, scope, world), Entity(found.subjects[0][1], condition, suites)
    both = [value(world, about, metrics, n, unit, stat=s) for n, s in zip(numbers, ("min", "max"), strict=True)]
    return told(worst([b[0] for b in both]), "the least and the greatest value", both[0][1])


def _listed(found: Read, world: World, scope: Scope) -> Judgement | None:  # noqa: ARG001  all shapes have these
    """ "num_ctx was set to 2048 and 8192"."""
    given: dict[str, set[str]] = {}
    for _, factor, level in found.levels:
        given.setdefault(factor, set()).add(level)
    table = world.dataset.table[world.dataset.table["origin"] == "measured"]
    held = [table] + [part for _, part in table.groupby("suite")]
    right = any(all({str(v) for v in part[f"factor.{f}"].dropna()} == g for f, g in given.items()) for part in held)
    return told("supported" if right else "unsupported", f"the levels of {', '.join(given)}")


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
    says = ", ".join(f"{n} records in suite {s}" for s, n in held.items())
    says += "".join(f"; n = {s.n}" for s in world.summaries(found.subjects[0][1], world.inventory.metrics, suites)[:1])
    right = int(found.bare[0].replace(",", "")) in {*held.values(), sum(held.values())}
    return told("supported" if right else "refuted", "the count of records", says)


def _no_failures(found: Read, world: World, scope: Scope) -> Judgement | None:  # noqa: ARG001
    failed = int((~world.dataset.table["status"].isin(failing.ENDED)).sum())
    return told("refuted" if failed else "supported", "failed records", f"{failed} values of failed records")


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
    (rf"{_SUP}(?: M)? S", _superlative),
    (r"(?:FASTEST|SLOWEST)(?: M)? S V", _superlative),
    (r"F (?:HARDLY|NOT|strongly|much|greatly|clearly) CHANGES M(?: S)?", _unmoved),
    (r"M order S(?: S| then S| and S)+", _order),
    (r"S and S (?:M )?SAME(?: M)?", _same),
    (r"M S (?:ranges|varies|lies|runs) from (?:N|V) V", _range),
    (r"(?:across )?C(?: [/×])?(?: and)? C(?: and| [/×]| C)*", _listed),
    (r"N S(?: M)?", _counted),
    (r"No failed|no failed|No failures|No errors", _no_failures),
)

_READERS = (
    ranking.best, several.extreme, entities.values, *several.READERS, *steps.READERS, related.relation,
    related.difference, related.trend, ranking.order, related.counted,
)  # fmt: skip
