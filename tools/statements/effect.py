"""The main effect of one setting on a metric, the others averaged over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Analysis, Comparison, Effect, EffectClaim, Fact, Result
from chimera_report.tools.statements.base import (
    SUPPORTED,
    Ground,
    Statement,
    Verdict,
    importance,
    insufficient,
    only,
    refuted,
)
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.spoken import noun
from chimera_report.tools.statements.wording import NOTHING, Framing, Wording, article, place_of, title
from chimera_report.tools.thresholds import TIMES

_BLOCKS = ": its levels stand one after the other in the files"


class MainEffect(Statement[EffectClaim, Effect]):
    claim = EffectClaim
    result = Effect
    meaning = "the effect of one setting, the others averaged over"
    explained = Explained(
        "A least-squares model on logarithms takes the settings apart: what is told of one is at equal others, "
        "averaged over them.",
        "At one level of another setting the effect may be another. A setting that changed only together with cold "
        "starts or with the order of the runs is not called a cause.",
    )
    function = "effect"
    fact_kind = "effect"
    actions = ("use_level", "do_not_tune", "separate_cold_start")
    no_advice = "what to do about a setting is planned with the settings beside it (tools/report/actions.py)"
    never_open = "an open effect is told with the others by the planner (tools/report/measured.py)"
    planned = "the planner relates it to the others (tools/report)"
    asked_by = "the intents effect and why"
    examples = (
        (
            "The warm decode rate of {{F541}} differs by at most {{F543}} over the {{F544}} levels of {{F545}}.",
            "Over the {{F544}} levels of {{F545}}, the warm decode rate of {{F541}} stays within {{F543}}.",
        ),
        (
            "The {{F571:number}}-fold difference in load time over {{F572}} of {{F573}} in suite {{F574}} "
            "cannot be told from {{F575}}.",
            "Over {{F572}}, the {{F571:number}}-fold difference in load time of {{F573}} in suite {{F574}} "
            "coincides with {{F575}}.",
        ),
        (
            "The estimates over {{F621}} reach from {{F622}} at {{F623}} (n = {{F622:n}}) to {{F624}} at "
            "{{F625}} (n = {{F624:n}}).",
            "Over {{F621}}, the estimates reach from {{F622}} at {{F623}} (n = {{F622:n}}) to {{F624}} at "
            "{{F625}} (n = {{F624:n}}).",
        ),
        (
            "The measured levels of {{F631}} of {{F632}} lie within the margin of equivalence.",
            "For {{F632}}, the measured levels of {{F631}} lie within the margin of equivalence.",
        ),
    )

    def items(self, analysis: Analysis) -> tuple[Effect, ...]:
        return analysis.effects

    def draft(self, item: Effect) -> EffectClaim:
        direction = {"negligible": "none", "aliased": "cannot be told"}.get(item.outcome, "raises")
        return EffectClaim.model_validate(
            {
                "id": "",
                "facts": (),
                "factor": item.factor,
                "metric": item.metric,
                "subject": item.subject,
                "direction": direction,
                "causal": item.outcome == "effect" and item.randomised,
            }
        )

    def wording(self, claim: EffectClaim, items: Sequence[Result]) -> Wording:  # noqa: ARG002
        item = only(items, Effect)
        return effect_wording(item) if item is not None else NOTHING

    def check(self, claim: EffectClaim, items: Sequence[Result], ground: Ground) -> Verdict:  # noqa: ARG002
        item = only(items, Effect)
        if item is None:
            return refuted("it does not rest on one effect")
        if (claim.factor, claim.metric, claim.subject) != (item.factor, item.metric, item.subject):
            return refuted("the effect is of another factor, metric or subject")
        if item.outcome in ("inconclusive", "insufficient"):
            return insufficient(item.reason or f"the effect is {item.outcome}")
        expected = {"negligible": ("none",), "aliased": ("cannot be told",), "effect": ("raises", "lowers")}
        if claim.direction not in expected[item.outcome]:
            return refuted(f"the effect is {item.outcome}")
        if claim.causal and (not item.randomised or item.aliased):
            return refuted("the factor was not randomised, or cannot be told from another")
        if item.outcome == "effect" and item.ratio_ci and item.ratio_ci.low <= 1:
            return insufficient("the interval of the effect holds no difference")
        return SUPPORTED

    def action_wording(self, action: str, item: Result) -> Wording:
        if not isinstance(item, Effect):
            return NOTHING
        roles = effect_wording(item).roles
        subject = " {subject}" if item.subject else ""
        name = noun(item)
        if item.outcome == "aliased" and item.aliased[:1] == ("cold start",):
            if action == "separate_cold_start":
                words = f"repeat the sweep of {{factor}} for{subject} in random order, with model loads apart"
                return Wording((words,), roles)
        elif action == "do_not_tune" and item.outcome == "negligible":
            return Wording((f"leave {{factor}} out of tuning{subject} for {name}",), roles)
        elif action == "use_level" and item.outcome == "effect":
            best = "high" if metric_of(item.metric).direction == "higher" else "low"
            words = f"run{subject} with {{factor}} {{best}} where {name} decides"
            return Wording((words,), roles | {"best": roles[best]})
        return NOTHING

    def weigh(self, item: Effect) -> float:
        return importance(item.metric)

    def framings(self, claim: EffectClaim, facts: Sequence[Fact]) -> Iterator[Framing]:
        roles: dict[str, tuple[str, ...]] = {"a": (claim.subject,), "factor": (claim.factor,)}
        if claim.direction == "none":
            bound = tuple(f.display for f in facts if f.field.endswith("-1") and f.display.endswith("%"))
            yield Framing("no_effect", {**roles, "bound": bound})
        elif claim.direction == "cannot be told":
            other = tuple(f.display for f in facts if f.field.startswith("aliased"))
            yield Framing("aliased", {**roles, "alias": other})


def bound_of(item: Comparison | Effect) -> str:
    """The end of the ratio's interval that is farther from 1, as a relative change."""
    ci = item.ratio_ci
    return "ratio_ci.high-1" if ci is None or ci.high >= 1 / max(ci.low, 1e-9) else "1/ratio_ci.low-1"


def effect_wording(item: Effect) -> Wording:
    """A factor's main effect on a metric of one subject; `high` is the level with the greatest estimate."""
    place, roles = place_of(item)
    where = (" of {subject}" if item.subject else "") + place
    roles |= {
        "factor": (item, "factor"),
        "subject": (item, "subject"),
        "high": (item, "high"),
        "low": (item, "low"),
        "ratio": (item, "ratio"),
        "change": (item, "ratio-1"),
        "bound": (item, bound_of(item)),
        "levels": (item, "#levels"),
    }
    name = title(item.metric, warm=item.warm)
    if item.outcome == "negligible":
        return Wording(
            (
                f"the {name}{where} differs by at most {{bound}} over the {{levels}} levels of {{factor}}",
                f"over the {{levels}} levels of {{factor}}, the {name}{where} stays within {{bound}}",
            ),
            roles,
        )
    if item.ratio is None:
        return Wording((), roles)
    times = item.ratio >= TIMES
    size = "{ratio:number}-fold" if times else "{change}"
    if item.outcome == "aliased" and item.aliased:
        roles["alias"] = (item, "aliased.0")
        if item.aliased[0] == "order":
            return Wording(
                (
                    f"the {size} difference in {name} over {{factor}}{where} cannot be told from {{alias}}{_BLOCKS}",
                    f"over {{factor}}, the {size} difference in {name}{where} coincides with {{alias}}{_BLOCKS}",
                ),
                roles,
            )
        return Wording(
            (
                f"the {size} difference in {name} over {{factor}}{where} cannot be told from {{alias}}",
                f"over {{factor}}, the {size} difference in {name}{where} coincides with {{alias}}",
            ),
            roles,
        )
    if item.outcome != "effect":
        return Wording((), roles)
    if item.randomised:
        by = "a factor of {ratio:number}" if times else "{change}"
        return Wording((f"{{factor}} {{high}} raises the {name}{where} over {{factor}} {{low}} by {by}",), roles)
    than = "{ratio:number} times that at {low}" if times else "{change} higher than at {low}"
    return Wording(
        (
            f"the {name}{where} at {{factor}} {{high}} is {than}",
            f"{{factor}} {{high}} is associated with {article(name)} {name}{where} {than}",
        ),
        roles,
    )
