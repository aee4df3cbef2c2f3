"""A curve over a workload: how a metric goes with the context length, the kind of prompt or the load, and where more
load brings no more throughput."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Analysis, ClaimBase, Curve, Fact, Query, Result, Role
from chimera_report.tools.statements.base import (
    SUPPORTED,
    Asked,
    Desk,
    Ground,
    Statement,
    Verdict,
    importance,
    only,
    refuted,
)
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.text import Draft, Theme, ref
from chimera_report.tools.statements.wording import NOTHING, Framing, Wording, place_of, title
from chimera_report.tools.thresholds import MARGIN

RATES = ("output_throughput", "total_throughput", "throughput", "request_rate", "goodput")
_TIMES = ("e2e_latency", "ttft", "ttft_incl_load", "tpot", "itl")
_RIVALS = 3
_TOLD = 1.0 + 5 * MARGIN  # a curve whose ends differ by less is in the tables only


class CurveClaim(ClaimBase):
    kind: Literal["curve"] = "curve"
    factor: str
    metric: str
    subject: str
    higher: bool  # the value at the last level is above that at the first
    saturates: bool = False


class WorkloadCurve(Statement[CurveClaim, Curve]):
    claim = CurveClaim
    result = Curve
    meaning = "a metric over a workload"
    explained = Explained(
        "Each level of the workload has its own value, with everything else held. A load saturates at the first level "
        "that has all but a twentieth of the most throughput.",
        "A workload is given and no choice: read the value at the level that is yours, and none beyond the ends that "
        "were measured.",
    )
    function = "curve"
    fact_kind = "effect"
    at_most = 4
    no_advice = "the workload is given: no level of it is a choice"
    never_open = "a curve states what was observed at both ends"
    asks = (
        Asked(
            example="how does the decode rate change with context_length?",
            pattern=r"\b(?:curve|scal\w+|grow\w*|chang\w+ with|depend\w* on|by|with|over|saturat\w+)\b",
            settings=1,
            words="curve scale scales scaling grow grows change changes with over by depend depends on saturate "
            "saturates saturation load workload",
        ),
    )
    frames: Mapping[str, tuple[str, ...]] = {
        "curve": (
            "the <metric> of <a> goes with <factor>",
            "the <metric> of <a> depends on <factor>",
        ),
    }
    examples = (
        (
            "The decode rate of {{F701}} in suite {{F702}} falls from {{F703}} at {{F704}} {{F705}} to {{F706}} at "
            "{{F704}} {{F707}}.",
            "In suite {{F702}}, the decode rate of {{F701}} falls from {{F703}} at {{F704}} {{F705}} to {{F706}} at "
            "{{F704}} {{F707}}.",
        ),
    )

    def items(self, analysis: Analysis) -> tuple[Curve, ...]:
        return analysis.curves

    def draft(self, item: Curve) -> CurveClaim | None:
        return CurveClaim(
            id="",
            facts=(),
            factor=item.factor,
            metric=item.metric,
            subject=item.subject,
            higher=item.ratio > 1,
            saturates=item.knee is not None,
        )

    def check(self, claim: CurveClaim, items: Sequence[Result], ground: Ground) -> Verdict:  # noqa: ARG002
        item = only(items, Curve)
        if item is None:
            return refuted("it does not rest on one curve")
        if (claim.factor, claim.metric, claim.subject) != (item.factor, item.metric, item.subject):
            return refuted("the curve is of another workload, metric or subject")
        ends = item.points[0], item.points[-1]
        if (item.a, item.b) != tuple(p.level for p in ends) or item.ratio != ends[1].value / ends[0].value:
            return refuted("the ends are not those of the curve")
        if claim.higher != (item.ratio > 1):
            return refuted("the curve goes the other way")
        if claim.saturates != (item.knee is not None):
            return refuted("the curve does not end flat" if claim.saturates else "the curve ends flat")
        return SUPPORTED

    def wording(self, claim: CurveClaim, items: Sequence[Result]) -> Wording:  # noqa: ARG002
        item = only(items, Curve)
        if item is None:
            return NOTHING
        place, roles = place_of(item)
        of = " of {subject}" if item.subject else ""
        for role in ("subject", "factor", "a", "b", "value_a", "value_b"):
            roles[role] = (item, role)
        mean = "mean " if item.level == "aggregate" else ""
        name = f"{mean}{title(item.metric)}{of}{place}"
        if not item.ordered:
            return Wording(
                (f"the {name} depends on {{factor}}: {{value_a}} with {{a}}, {{value_b}} with {{b}}",),
                roles,
            )
        if item.turn is not None:
            roles["turn"] = (item, f"points.{item.turn}.level")
            roles["reached"] = (item, f"points.{item.turn}.value")
            verb = "is highest" if item.peaks else "is lowest"
            return Wording(
                (
                    f"the {name} {verb} with {{reached}} at {{factor}} {{turn}}, from {{value_a}} at {{a}}, and "
                    f"{'falls' if item.peaks else 'rises'} to {{value_b}} at {{b}}",
                ),
                roles,
            )
        if item.knee is not None:
            roles["knee"] = (item, f"points.{item.knee}.level")
            roles["reached"] = (item, f"points.{item.knee}.value")
            return Wording(
                (
                    f"the {name} reaches {{reached}} at {{factor}} {{knee}}, from {{value_a}} at {{a}}, and gains "
                    "little beyond",
                ),
                roles,
            )
        verb = {"rises": "rises from", "falls": "falls from"}.get(item.outcome, "goes from")
        return Wording(
            (f"the {name} {verb} {{value_a}} at {{factor}} {{a}} to {{value_b}} at {{factor}} {{b}}",),
            roles,
        )

    def asserts(self, claim: CurveClaim) -> None:  # noqa: ARG002
        return None  # one metric has a curve under each condition

    # --- when it matters

    def weigh(self, item: Curve) -> float:
        size = abs(math.log2(item.ratio)) if item.ratio > 0 else 0.0
        known = 0.6 if item.outcome in ("rises", "falls") else 0.0
        return 2.8 + known + 0.25 * min(size, 5.0) * importance(item.metric) + (0.3 if item.knee is not None else 0.0)

    def themes(self, desk: Desk) -> list[Theme]:
        """A workload a finding: of a load, the throughput that it brings and what it costs in time; else the metric
        that moves most. Then what its rivals do on the same work."""
        told = [c for c in self.items(desk.analysis) if _telling(c)]
        told.sort(key=lambda c: (-self.weigh(c), c.recipe.key))
        best: dict[tuple[str, str], list[Curve]] = {}
        for item in told:
            best.setdefault((item.suite, item.factor), []).append(item)
        found = []
        for (_, _), group in list(best.items())[: self.at_most]:
            head = _first(group)
            weight = self.weigh(group[0])
            claim = self.say(desk, head, 0, weight)
            if claim is None or claim.verdict != "SUPPORTED":
                continue
            sentences, claims = self.beside(desk, head, claim), [claim]
            sentences += _rivals(desk, head, claim)
            alike = [c for c in group if c.subject == head.subject and c.condition == head.condition]
            for more in _prices(alike, head):
                other = self.say(desk, more, 0, weight - 1)
                if other is not None and other.verdict == "SUPPORTED":
                    claims.append(other)
                    sentences.append(Draft(f"{ref(other.id)}."))
            found.append(Theme(self.kind, weight, ref(claim.id), sentences, [*claims], [head]))
        return found

    def beside(self, desk: Desk, item: Curve, claim: CurveClaim) -> list[Draft]:
        ratio = ref(desk.fact(item, "ratio" if item.ratio >= 1 else "1/ratio").id, "number")
        first, last = ("last", "first") if item.ratio >= 1 else ("first", "last")
        text = f"The {first} is {ratio} times the {last}"
        counts = [desk.fact(item, f).id for f in ("n_a", "n_b") if desk.has(item, f)]
        if len(counts) == 2 and (item.n_a, item.n_b) != (1, 1):
            text += f" (n = {ref(counts[0])} and {ref(counts[1])})"
        drafts = [Draft(text + ".", (claim.id,), "fixed")]
        if item.together:
            name, factor = (ref(desk.fact(item, f).id) for f in ("together.0", "factor"))
            text = f"The {name} changes together with {factor}, so the two cannot be told apart here."
            drafts.append(Draft(text, (claim.id,), "fixed"))
        return drafts

    def method(self, analysis: Analysis) -> str:
        return _METHOD if analysis.curves else ""

    # --- questions

    def asked_for(self, analysis: Analysis, query: Query) -> list[Curve]:
        found = [
            c
            for c in self.items(analysis)
            if c.factor in query.factors
            and (not query.metric or c.metric == query.metric)
            and (not query.subjects or c.subject in query.subjects)
            and (not query.suite or c.suite == query.suite)
        ]
        return sorted(found, key=lambda c: (-self.weigh(c), c.recipe.key))

    # --- a model's own words

    def framings(self, claim: CurveClaim, facts: Sequence[Fact]) -> Iterator[Framing]:  # noqa: ARG002
        name = metric_of(claim.metric).title
        yield Framing("curve", {"a": (claim.subject,), "factor": (claim.factor,), "metric": (name,)})


def _telling(item: Curve) -> bool:
    return not 1 / _TOLD < item.ratio < _TOLD or item.knee is not None or item.turn is not None


def _first(group: list[Curve]) -> Curve:
    """What a finding begins with: of a load the throughput, where it was measured."""
    if group[0].load:
        for metric in RATES:
            if found := [c for c in group if c.metric == metric]:
                return found[0]
    return group[0]


def _prices(alike: list[Curve], head: Curve) -> list[Curve]:
    """Other metrics of the same curve: of a load those of time first, one of a kind."""
    others = {c.metric: c for c in reversed(alike) if c.metric != head.metric}
    if head.load:
        times = [others[m] for m in _TIMES if m in others]
        if times:
            return times[:2]
    return [c for c in others.values() if c.metric not in RATES or head.metric not in RATES][::-1][:2]


def _rivals(desk: Desk, head: Curve, claim: CurveClaim) -> list[Draft]:
    """The same curve of others: of other systems, or under another level of one setting, the rest being equal."""
    found: list[str] = []
    for item in desk.analysis.curves:
        if item is head or (item.suite, item.factor, item.metric, item.level) != (
            head.suite, head.factor, head.metric, head.level,
        ):  # fmt: skip
            continue
        if (item.a, item.b, item.definition) != (head.a, head.b, head.definition) or item.turn is not None:
            continue  # the ends say nothing of a curve that turns between them
        other = [f for f in head.condition if item.condition.get(f) != head.condition[f]]
        if item.subject != head.subject and not other and item.condition.keys() == head.condition.keys():
            who = f"for {ref(desk.fact(item, 'subject').id)}"
        elif item.subject == head.subject and other and item.condition.keys() == head.condition.keys():
            if desk.dataset.role_of(other[0]) is Role.WORKLOAD or not _one_thing(head, item, other):
                continue
            who = f"with {other[0]} {ref(desk.fact(item, f'condition.{other[0]}').id)}"
        else:
            continue
        values = [ref(desk.fact(item, f).id) for f in ("value_a", "value_b")]
        times = ref(desk.fact(item, "ratio" if item.ratio >= 1 else "1/ratio").id, "number")
        found.append(
            f"{who} it goes from {values[0]} to {values[1]}, {times} times{'' if item.ratio >= 1 else ' less'}"
        )
        if len(found) == _RIVALS:
            break
    if not found:
        return []
    text = found[0] if len(found) == 1 else "; ".join(found)
    return [Draft(f"{text[:1].upper()}{text[1:]}.", (claim.id,), "fixed")]


def _one_thing(head: Curve, item: Curve, other: list[str]) -> bool:
    """Whether one setting differs, or several that say the same."""
    return len(other) == 1 or len({(head.condition[f], item.condition[f]) for f in other}) == 1


_METHOD = (
    "A workload (prompts, lengths, load) is given and no choice: each metric is shown over its levels, with everything "
    "else held, and no level is called the best. A load saturates at the first level that has all but a twentieth of "
    "the most throughput."
)
