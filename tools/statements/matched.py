"""Two systems, or two levels of a setting, over every condition that both ran: ahead in all of them, in most, or on
either side of a load at which the order turns round."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Analysis, ClaimBase, Fact, Matched, Query, Result
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
from chimera_report.tools.statements.wording import NOTHING, Framing, Wording, title
from chimera_report.tools.thresholds import MARGIN, TIMES


class MatchedClaim(ClaimBase):
    kind: Literal["matched"] = "matched"
    axis: str
    metric: str
    subject: str
    a: str
    b: str
    outcome: Literal["all", "turns", "mixed", "alike"]


class OverConditions(Statement[MatchedClaim, Matched]):
    claim = MatchedClaim
    result = Matched
    meaning = "a comparison over all conditions that both ran"
    explained = Explained(
        "Where two ran under the same conditions, each condition gives a ratio: under how many of them which is ahead "
        "by more than 2 %, their geometric mean, the narrowest and the widest are told.",
        "Ahead under most conditions is not ahead everywhere: the tables have each of them. Of single readings it is "
        "an observation, and no test.",
    )
    function = "matched"
    fact_kind = "comparison"
    at_most = 4
    no_advice = (
        "single readings show an order and no size to rely on: what to take is planned with the tested comparisons"
    )
    never_open = "it states what was observed under each condition"
    asks = (
        Asked(
            example="is a always faster than b?",
            pattern=r"\b(?:always|consistently|everywhere|(?:in|under|at) (?:all|every)|across)\b",
            words="always consistently everywhere all every under across condition conditions faster slower ahead "
            "better",
        ),
    )
    frames: Mapping[str, tuple[str, ...]] = {
        "matched": (
            "<a> is ahead of <b> in <metric> wherever both ran",
            "wherever both ran, <a> is ahead of <b> in <metric>",
        ),
    }
    examples = (
        (
            "{{F801}} {{F802}} is ahead of {{F803}} in output throughput by {{F805:number}} times (geometric mean), "
            "and so under all {{F804}} conditions that they share.",
            "Under all {{F804}} conditions that they share, {{F801}} {{F802}} is ahead of {{F803}} in output "
            "throughput, by {{F805:number}} times (geometric mean).",
        ),
    )

    def items(self, analysis: Analysis) -> tuple[Matched, ...]:
        return analysis.matched

    def draft(self, item: Matched) -> MatchedClaim | None:
        return MatchedClaim(
            id="",
            facts=(),
            axis=item.axis,
            metric=item.metric,
            subject=item.subject,
            a=item.a,
            b=item.b,
            outcome=item.outcome,
        )

    def check(self, claim: MatchedClaim, items: Sequence[Result], ground: Ground) -> Verdict:  # noqa: ARG002
        item = only(items, Matched)
        if item is None:
            return refuted("it does not rest on one comparison over conditions")
        if (claim.axis, claim.metric, claim.subject) != (item.axis, item.metric, item.subject):
            return refuted("the comparison is of another setting, metric or subject")
        if (claim.a, claim.b) != (item.a, item.b):
            return refuted("the comparison is of other names, or the other way round")
        found = _outcome(item)
        if claim.outcome != found:
            return refuted(f"the conditions say {found}")
        return SUPPORTED

    def wording(self, claim: MatchedClaim, items: Sequence[Result]) -> Wording:  # noqa: ARG002
        item = only(items, Matched)
        if item is None:
            return NOTHING
        roles: dict[str, tuple[Result, str]] = {
            r: (item, r)
            for r in ("axis", "a", "b", "suite", "subject", "ahead", "behind", "same", "turn", "before", "after")
        }
        roles["count"] = (item, "#points")
        where = " in suite {suite}" if item.suite else ""
        a, b = "{a}", "{b}"
        if item.axis != "subject":
            a = "{axis} {a}"
            where = (" for {subject}" if item.subject else "") + where
        name = title(item.metric)
        turned = "" if item.ratio > 1 else "1/"
        roles["ratio"], roles["change"] = (item, turned + "ratio"), (item, turned + "ratio-1")
        by = "{ratio:number} times" if max(item.ratio, 1 / item.ratio) >= TIMES else "{change}"
        every = "both conditions" if len(item.points) == 2 else "all {count} conditions"
        roles["within"] = (item, "~within")
        where += " with {within}" if item.within else ""
        frames = {
            "all": (
                f"{a} is ahead of {b} in {name} by {by} (geometric mean), and so under {every} that they share{where}",
                f"under {every} that they share{where}, {a} is ahead of {b} in {name}, by {by} (geometric mean)",
            ),
            "turns": (
                f"up to {{turn}} {{before}} {a} is ahead of {b} in {name}, from {{turn}} {{after}} on {b} is{where}",
            ),
            "mixed": (
                f"{a} is ahead of {b} in {name} by more than 2 % under {{ahead}} of the {{count}} conditions that they "
                f"share, behind under {{behind}} and level under {{same}}{where}",
            ),
            "alike": (f"{a} and {b} are within 2 % in {name} under {every} that they share{where}",),
        }
        if len(item.points) == 1:
            high, low = ("a", "b") if item.ratio > 1 else ("b", "a")
            roles |= {"high": (item, f"points.0.value_{high}"), "low": (item, f"points.0.value_{low}")}
            first, second = ("{high}", "{low}") if high == "a" else ("{low}", "{high}")
            one = f"{first} against {second}, under the one condition that they share"
            frames["all"] = (f"{a} is ahead of {b} in {name} by {by}{where}, {one}",)
            frames["alike"] = (f"{a} and {b} are within 2 % in {name}{where}, {one}",)
        return Wording(frames[item.outcome], roles)

    def asserts(self, claim: MatchedClaim) -> None:  # noqa: ARG002
        return None  # one pair has one such comparison in a suite, and others in others

    # --- when it matters

    def weigh(self, item: Matched) -> float:
        size = abs(math.log2(item.ratio))
        sure = {"all": 0.9, "turns": 0.7, "mixed": 0.0, "alike": -0.6}[item.outcome]
        if 2 * item.same > len(item.points):
            sure -= 0.8
        many = 0.12 * min(len(item.points), 10) if len(item.points) > 1 else -1.5
        return 3.0 + sure + many + min(size, 2.0) * importance(item.metric)

    def themes(self, desk: Desk) -> list[Theme]:  # noqa: ARG002
        """None: tools/report/varied.py plans what was varied."""
        return []

    def beside(self, desk: Desk, item: Matched, claim: MatchedClaim) -> list[Draft]:
        """By how much, from the narrowest to the widest condition, and what changed along with the two."""
        if len(item.points) == 1:
            single = "Each is a single reading, and no repeat shows how far runs differ."
            more = "What holds under one condition need not hold under another."
            return [Draft(single if item.readings == 1 and not item.stat else more, (claim.id,), "fixed")]
        if item.outcome == "alike":
            return []
        up = item.ratio > 1
        turned = "" if up else "1/"

        def number(field: str) -> str:
            return ref(desk.fact(item, turned + field if "ratio" in field else field).id, "number")

        name = metric_of(item.metric).title
        high, low = ("a", "b") if up else ("b", "a")
        if item.axis == "subject":
            names = {s: ref(desk.fact(item, s).id) for s in "ab"}
        else:
            axis = ref(desk.fact(item, "axis").id)
            names = {s: f"{axis} {ref(desk.fact(item, s).id)}" for s in "ab"}
        drafts = []
        if item.outcome == "all":
            parts = []
            for end in (f"points.{item.least}", f"points.{item.most}"):
                at = f" at {ref(desk.fact(item, f'~{end}.condition').id)}" if _named(item, end) else ""
                values = [ref(desk.fact(item, f"{end}.value_{s}").id) for s in (high, low)]
                parts.append(f"{number(f'{end}.ratio')}{at} ({values[0]} against {values[1]})")
            text = f"The ratio of {names[high]} to {names[low]} goes from {parts[0]} to {parts[1]}."
            drafts.append(Draft(text, (claim.id,), "fixed"))
        else:
            parts = []
            for end in (f"points.{item.most}", f"points.{item.least}"):
                at = ref(desk.fact(item, f"~{end}.condition").id) if _named(item, end) else "the other"
                values = [ref(desk.fact(item, f"{end}.value_{s}").id) for s in "ab"]
                parts.append(f"{values[0]} against {values[1]} at {at}")
            text = f"The {name} of {names['a']} and {names['b']} is {parts[0]}, and {parts[1]}"
            drafts.append(Draft(f"{text}.", (claim.id,), "fixed"))
        if item.together:
            other = ref(desk.fact(item, "together.0").id)
            text = f"The two differ in {other} as well, so the difference is that of both together."
            drafts.append(Draft(text, (claim.id,), "fixed"))
        return drafts

    def method(self, analysis: Analysis) -> str:
        return _METHOD if analysis.matched else ""

    # --- questions

    def asked_for(self, analysis: Analysis, query: Query) -> list[Matched]:
        named = set(query.levels if query.factor else query.subjects)
        found = [
            i
            for i in self.items(analysis)
            if (not named or {i.a, i.b} <= named or (len(named) == 1 and bool(named & {i.a, i.b})))
            and query.metric in ("", i.metric)
            and (not query.suite or i.suite == query.suite)
        ]
        return sorted(found, key=lambda i: (-self.weigh(i), i.recipe.key))

    # --- a model's own words

    def framings(self, claim: MatchedClaim, facts: Sequence[Fact]) -> Iterator[Framing]:
        if claim.outcome != "all":
            return
        axis = next((f"{f.display} " for f in facts if f.field == "axis"), "")
        name = metric_of(claim.metric).title
        yield Framing("matched", {"a": (axis + claim.a,), "b": (claim.b, axis + claim.b), "metric": (name,)})


def _outcome(item: Matched) -> str:
    """The outcome again, from the points alone."""
    higher = metric_of(item.metric).direction != "lower"
    signs = [
        0 if 1 / (1 + MARGIN) <= p.ratio <= 1 + MARGIN else 1 if (p.ratio > 1) == higher else -1 for p in item.points
    ]
    if not any(signs):
        return "alike"
    if all(s == 1 for s in signs):
        return "all"
    if item.turn:
        split = [(float(p.condition[item.turn]), s) for p, s in zip(item.points, signs, strict=True)]
        low = {s for x, s in split if x <= float(item.before)}
        high = {s for x, s in split if x >= float(item.after)}
        if 1 in low and -1 not in low and -1 in high and 1 not in high:
            return "turns"
    return "mixed" if signs.count(1) >= signs.count(-1) else "the other way round"


def _named(item: Matched, point: str) -> bool:
    return bool(item.points[int(point.rpartition(".")[2])].condition)


_METHOD = (
    "Where two systems or settings ran under the same conditions, each condition gives a ratio: under how many of them "
    "which is ahead by more than 2 %, their geometric mean, the narrowest and the widest are told; of single readings "
    "that is an observation, and no test."
)
