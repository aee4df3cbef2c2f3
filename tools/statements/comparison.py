"""Two systems, or two levels of a setting, by the ratio of one metric under matched conditions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Analysis, Comparison, ComparisonClaim, Fact, MeasurementClaim, Result
from chimera_report.tools.statements.base import (
    SUPPORTED,
    Desk,
    Ground,
    Statement,
    Verdict,
    importance,
    insufficient,
    only,
    refuted,
    worded,
)
from chimera_report.tools.statements.effect import bound_of
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.spoken import noun
from chimera_report.tools.statements.wording import NOTHING, Framing, Wording, place_of, title
from chimera_report.tools.thresholds import TIMES, beyond, claimable, inside

OPEN = ("inconclusive", "exploratory")  # outcomes that are an observation, not a verdict


class Difference(Statement[ComparisonClaim, Comparison]):
    claim = ComparisonClaim
    result = Comparison
    meaning = "a comparison under matched conditions"
    explained = Explained(
        "Two systems are compared by the ratio of their geometric means, over matched pairs where they ran the same "
        "conditions, else by Welch on logarithms. It counts as a difference where the Holm-adjusted p is below 0.01 "
        "and the whole 95 % interval lies beyond ±2 %.",
        "A ratio of 1.28 is 28 % more. Where the interval reaches 1, the order may turn round in the next run; of "
        "fewer than three observations a side only the ratio is told, and no verdict.",
    )
    function = "comparison"
    fact_kind = "comparison"
    actions = ("prefer", "settle")
    no_advice = "what to take is planned with what else was measured (tools/report/actions.py)"
    never_open = "an open comparison is told with the others by the planner (tools/report/measured.py)"
    planned = "the planner relates it to the others (tools/report)"
    asked_by = "the intents compare, best and why"
    examples = (
        (
            "{{F511}} decodes {{F512:number}} times as fast as {{F513}} in suite {{F514}} ({{F515}} against {{F516}}).",
            "In suite {{F514}}, the decode rate of {{F511}} is {{F512:number}} times that of {{F513}} "
            "({{F515}} against {{F516}}).",
        ),
        (
            "In suite {{F581}}, the TTFT of {{F582}} and that of {{F583}} differ by at most {{F584}}.",
            "{{F582}} and {{F583}} agree in TTFT to within {{F584}} in suite {{F581}}.",
        ),
    )

    def items(self, analysis: Analysis) -> tuple[Comparison, ...]:
        return analysis.comparisons

    def draft(self, item: Comparison) -> ComparisonClaim | None:
        """The verdict; None where the comparison is open, or its ratio that of means over unlike conditions."""
        return None if item.outcome in OPEN or item.over else verdict_of(item)

    def wording(self, claim: ComparisonClaim, items: Sequence[Result]) -> Wording:  # noqa: ARG002
        item = only(items, Comparison)
        return comparison_wording(item) if item is not None else NOTHING

    def check(self, claim: ComparisonClaim, items: Sequence[Result], ground: Ground) -> Verdict:  # noqa: ARG002
        item = only(items, Comparison)
        if item is None:
            return refuted("it does not rest on one comparison")
        if {claim.a, claim.b} != {item.a, item.b} or claim.metric != item.metric:
            return refuted("the comparison is of other names or another metric")
        if item.outcome in ("inconclusive", "exploratory", "insufficient"):
            return insufficient(item.reason or f"the comparison is {item.outcome}")
        if item.ratio is None or item.ratio_ci is None:
            return insufficient("the comparison has no interval")
        ratio, low, high = item.ratio, item.ratio_ci.low, item.ratio_ci.high
        if claim.a != item.a:
            ratio, low, high = 1 / ratio, 1 / high, 1 / low
        found = "equivalent" if inside(low, high) else ("higher" if ratio > 1 else "lower") if beyond(low, high) else ""
        if not found:
            return insufficient("the interval of the ratio reaches into the margin")
        if found != claim.direction or (item.outcome == "equivalent") != (found == "equivalent"):
            return refuted(f"the ratio says {found}")
        if found != "equivalent" and item.p_adjusted is not None and not claimable(item.p_adjusted):
            return insufficient("the adjusted p-value is not below the limit")
        polarity = metric_of(item.metric).direction
        better = ""
        if found != "equivalent" and polarity != "none":
            better = claim.a if found == polarity else claim.b
        if claim.better != better:
            return refuted(f"the better of the two is {better or 'neither'}")
        return SUPPORTED

    def every(self, desk: Desk) -> None:
        for item in self.items(desk.analysis):
            if item.outcome in OPEN:
                observed(desk, item)
            else:
                self.say(desk, item)

    def action_wording(self, action: str, item: Result) -> Wording:
        if not isinstance(item, Comparison):
            return NOTHING
        roles = comparison_wording(item).roles
        axis = "" if item.axis == "subject" else "{axis} "
        if action == "prefer" and item.outcome in ("higher", "lower"):
            up = metric_of(item.metric).direction == "higher"
            roles = roles | {"best": roles["a" if up else "b"], "other": roles["b" if up else "a"]}
            end = " with {condition}" if item.condition else ""
            if axis and item.subject:
                end = " of {subject}" + end
            goal = f"where {noun(item)}{end} decides"
            return Wording((f"use {axis}{{best}} rather than {{other}} {goal}",), roles)
        if action == "settle":
            roles = roles | {"needed": (item, "needed_n"), "n_a": (item, "n_a"), "n_b": (item, "n_b")}
            how = "{needed} runs each" if item.needed_n else "in random order"
            goal = f"to settle their {noun(item, warm=item.warm)}"
            return Wording((f"measure {axis}{{a}} and {axis}{{b}} again, {how}, {goal}",), roles)
        return NOTHING

    def weigh(self, item: Comparison) -> float:
        return importance(item.metric)

    def framings(self, claim: ComparisonClaim, facts: Sequence[Fact]) -> Iterator[Framing]:
        common: dict[str, tuple[str, ...]] = {}
        what = metric_of(claim.metric)
        axis = next((f"{f.display} " for f in facts if f.field == "axis"), "")  # levels of a factor: "backend jit"
        if axis:
            common["subject"] = tuple(f.display for f in facts if f.field == "subject")
        percent = tuple(f.display for f in facts if f.field.endswith("-1") and f.display.endswith("%"))
        if claim.direction == "equivalent":
            for a, b in ((claim.a, claim.b), (claim.b, claim.a)):
                yield Framing("equivalent", {**common, "a": (axis + a,), "b": (axis + b,), "bound": percent})
            return
        # The amounts are those of the higher over the lower; told of the lower they would be another number.
        amounts: dict[str, tuple[str, ...]] = {}
        if claim.direction == "higher":
            ratio = tuple(f.number for f in facts if f.field in ("ratio", "1/ratio"))
            values = {s: tuple(f.display for f in facts if f.field == f"value_{s}" and f.metric) for s in ("a", "b")}
            amounts = {"ratio": ratio, "change": percent, "value_a": values["a"], "value_b": values["b"]}
        high, low = (axis + n for n in ((claim.a, claim.b) if claim.direction == "higher" else (claim.b, claim.a)))
        told: dict[str, tuple[str, ...]] = {**common, **amounts, "a": (high,), "b": (low,)}
        yield Framing("higher", told)
        if what.unit in ("s", "s/token"):
            yield Framing("longer", told)
        if what.direction == "none":
            return
        best, worst = (high, low) if what.direction == "higher" else (low, high)
        judged: dict[str, tuple[str, ...]] = {**common, "a": (best,), "b": (worst,)}
        yield Framing("better", judged)
        if what.unit in ("tokens/s", "s", "s/token", "1/s"):
            yield Framing("faster", judged)
        if claim.metric == "decode_rate":
            yield Framing("decodes", {**told, "a": (best,), "b": (worst,)})
        if claim.metric == "run_time":
            yield Framing("runs", told)


def observed(desk: Desk, item: Comparison, variant: int = 0, weight: float = 0.0) -> MeasurementClaim | None:
    """The ratio of a comparison without a verdict, as an observation."""
    made = worded(desk, comparison_wording(item), variant, item.recipe.key)
    if made is None:
        return None
    clause, facts = made
    draft = MeasurementClaim(id="", facts=facts, stat="ratio", metric=item.metric, subject=item.subject)
    return desk.claim(draft.model_copy(update={"clause": clause, "weight": weight}))


def verdict_of(item: Comparison) -> ComparisonClaim:
    """The claim that the comparison makes, or would make if it were settled: the one with the higher value first."""
    swap = item.ratio is not None and item.ratio < 1
    a, b = (item.b, item.a) if swap else (item.a, item.b)
    polarity = metric_of(item.metric).direction
    settled = item.outcome in ("higher", "lower")
    return ComparisonClaim(
        id="",
        facts=(),
        a=a,
        b=b,
        metric=item.metric,
        direction="equivalent" if item.outcome == "equivalent" else "higher",
        better=(a if polarity == "higher" else b) if settled and polarity != "none" else "",
    )


def comparison_wording(item: Comparison) -> Wording:
    """`a` against `b`, the one with the higher value first."""
    where, roles = place_of(item)
    swap = item.ratio is not None and item.ratio < 1
    roles |= {
        "a": (item, "b" if swap else "a"),
        "b": (item, "a" if swap else "b"),
        "ratio": (item, "1/ratio" if swap else "ratio"),
        "change": (item, "1/ratio-1" if swap else "ratio-1"),
        "bound": (item, bound_of(item)),
        "axis": (item, "axis"),
        "subject": (item, "subject"),
    }
    name = title(item.metric, warm=item.warm)
    systems = item.axis != "subject"
    a, b = ("{axis} {a}", "{axis} {b}") if systems else ("{a}", "{b}")
    if systems and item.subject:
        where = " for {subject}" + where
    if item.outcome == "equivalent":
        return Wording(
            (
                f"the {name} of {a} and that of {b} differ by at most {{bound}}{where}",
                f"{a} and {b} agree in {name} to within {{bound}}{where}",
            ),
            roles,
        )
    if item.ratio is None or item.outcome == "insufficient":
        return Wording((), roles)
    if item.outcome in ("inconclusive", "exploratory"):  # an observation, not a verdict
        return Wording(
            (
                f"the {name} of {a} and that of {b} stand in the ratio {{ratio:number}}{where}",
                f"the observed {name} of {a} against {b} gives a ratio of {{ratio:number}}{where}",
            ),
            roles,
        )
    times = max(item.ratio, 1 / item.ratio) >= TIMES
    if times:
        frames = [f"the {name} of {a} is {{ratio:number}} times that of {b}{where}"]
        special = {
            "decode_rate": f"{a} decodes {{ratio:number}} times as fast as {b}{where}",
            "run_time": f"a run with {a} takes {{ratio:number}} times as long as with {b}{where}"
            if systems
            else f"a run of {a} takes {{ratio:number}} times as long as one of {b}{where}",
        }
    else:
        frames = [f"the {name} of {a} is {{change}} higher than that of {b}{where}"]
        special = {
            "decode_rate": f"{a} decodes {{change}} faster than {b}{where}",
            "run_time": f"a run with {a} takes {{change}} longer than with {b}{where}"
            if systems
            else f"a run of {a} takes {{change}} longer than one of {b}{where}",
        }
    if item.metric in special:
        frames.insert(0, special[item.metric])
    return Wording(tuple(frames), roles)
