"""The interplay of two settings: whether the effect of one on a metric depends on the level of the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from chimera_report.tools.schema import (
    BENCH_FACTORS,
    Analysis,
    BenchRun,
    ClaimBase,
    Dataset,
    Fact,
    Interaction,
    Query,
    Result,
)
from chimera_report.tools.statements.actions import as_measured, bench, command, runnable
from chimera_report.tools.statements.base import (
    SUPPORTED,
    Asked,
    Desk,
    Ground,
    Statement,
    Verdict,
    importance,
    insufficient,
    only,
    refuted,
)
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.text import Advice, Draft, Theme, ref
from chimera_report.tools.statements.wording import NOTHING, Framing, Wording, place_of, title
from chimera_report.tools.thresholds import beyond, claimable, inside

_RUNS = 10  # replicates of each combination that a run asks for
_SETTLED = ("interaction", "negligible")


class InteractionClaim(ClaimBase):
    kind: Literal["interaction"] = "interaction"
    factor: str
    other: str
    metric: str
    subject: str
    depends: bool


class Interplay(Statement[InteractionClaim, Interaction]):
    claim = InteractionClaim
    result = Interaction
    meaning = "the interplay of two settings"
    explained = Explained(
        "Tested only for the pairs of settings that were declared, by the ratio of ratios that is farthest from 1, "
        "with an interval that holds for all of them.",
        "The best level of one setting depends on the other, so the two have to be chosen together.",
    )
    function = "interaction"
    fact_kind = "effect"
    at_most = 2
    actions = ("tune_together", "tune_apart")
    asks = (
        Asked(
            example="does the effect of num_ctx depend on num_thread?",
            pattern=r"\b(?:interact(?:s|ion|ions|ing)?|interplay|depends?|depending|together|jointly|combin\w+)\b",
            settings=2,
            words="interact interacts interaction interactions interacting interplay depend depends depending together "
            "jointly combine combined combination effect affect affects influence impact change changes matter matters "
            "work works each other",
        ),
    )
    frames: Mapping[str, tuple[str, ...]] = {
        "interplay": (
            "the effect of <factor> on the <metric> of <a> depends on <other>",
            "how much <factor> changes the <metric> of <a> depends on <other>",
            "for the <metric> of <a>, the effect of <factor> depends on <other>",
        ),
        "no_interplay": (
            "the effect of <factor> on the <metric> of <a> is the same within <bound> over the levels of <other>",
            "the effect of <factor> on the <metric> of <a> differs by at most <bound> {over} <other>",
        ),
    }
    examples = (
        (
            "The effect of {{F641}} on the decode rate of {{F642}} in suite {{F643}} depends on {{F644}}: "
            "{{F645}} over {{F646}} is {{F647:number}} times at {{F644}} {{F648}} and {{F649:number}} times at "
            "{{F644}} {{F650}}.",
            "In suite {{F643}}, the effect of {{F641}} on the decode rate of {{F642}} depends on {{F644}}: "
            "{{F645}} over {{F646}} is {{F647:number}} times at {{F644}} {{F648}} and {{F649:number}} times at "
            "{{F644}} {{F650}}.",
        ),
    )

    def items(self, analysis: Analysis) -> tuple[Interaction, ...]:
        return analysis.interactions

    def draft(self, item: Interaction) -> InteractionClaim | None:
        if item.outcome not in _SETTLED:
            return None
        return InteractionClaim(
            id="",
            facts=(),
            factor=item.factor,
            other=item.other,
            metric=item.metric,
            subject=item.subject,
            depends=item.outcome == "interaction",
        )

    def check(self, claim: InteractionClaim, items: Sequence[Result], ground: Ground) -> Verdict:  # noqa: ARG002
        item = only(items, Interaction)
        if item is None:
            return refuted("it does not rest on one interaction")
        said = (claim.factor, claim.other, claim.metric, claim.subject)
        if said != (item.factor, item.other, item.metric, item.subject):
            return refuted("the interaction is of other settings, another metric or subject")
        if item.outcome not in _SETTLED or item.ratio_ci is None:
            return insufficient(item.reason or f"the interaction is {item.outcome}")
        if claim.depends != (item.outcome == "interaction"):
            return refuted(f"the interaction is {item.outcome}")
        low, high = item.ratio_ci.low, item.ratio_ci.high
        if claim.depends and not (beyond(low, high) and claimable(item.p_adjusted)):
            return insufficient("the interval of the ratio of ratios reaches into the margin")
        if not claim.depends and not inside(low, high):
            return insufficient("the interval of the ratio of ratios leaves the margin")
        return SUPPORTED

    def wording(self, claim: InteractionClaim, items: Sequence[Result]) -> Wording:  # noqa: ARG002
        item = only(items, Interaction)
        if item is None or item.outcome not in _SETTLED:
            return NOTHING
        place, roles = place_of(item)
        where = (" of {subject}" if item.subject else "") + place
        for role in ("factor", "other", "subject", "high", "low", "strong", "weak"):
            roles[role] = (item, role)
        roles |= {
            "at_strong": (item, "ratio_strong"),
            "at_weak": (item, "ratio_weak"),
            "bound": (item, "ratio_ci.high-1"),
        }
        name = title(item.metric, warm=item.warm)
        if item.outcome == "negligible":
            return Wording(
                (
                    f"the effect of {{factor}} on the {name}{where} differs by at most {{bound}} over the levels of "
                    "{other}",
                ),
                roles,
            )
        return Wording(
            (
                f"the effect of {{factor}} on the {name}{where} depends on {{other}}: {{high}} over {{low}} is "
                "{at_strong:number} times at {other} {strong} and {at_weak:number} times at {other} {weak}",
            ),
            roles,
        )

    def asserts(self, claim: InteractionClaim) -> tuple[tuple[str, ...], str]:
        pair = sorted((claim.factor, claim.other))
        return (*pair, claim.metric, claim.subject), str(claim.depends)

    # --- when it matters

    def weigh(self, item: Interaction) -> float:
        return 3.6 if item.outcome == "interaction" else 2.6

    def themes(self, desk: Desk) -> list[Theme]:
        """Declared pairs of settings, each by the metric that matters most of those with a verdict."""
        told = [i for i in self.items(desk.analysis) if i.outcome in _SETTLED]
        told.sort(key=lambda i: (i.outcome != "interaction", -importance(i.metric), -abs((i.ratio or 1) - 1)))
        best: dict[tuple[str, str], Interaction] = {}
        for item in told:
            best.setdefault((item.factor, item.other), item)
        found = []
        for item in best.values():
            weight = self.weigh(item)
            head = self.say(desk, item, 0, weight)
            if head is None:
                continue
            sentences, claims = self.beside(desk, item, head), [head]
            for more in [i for i in told if i is not item and (i.factor, i.other) == (item.factor, item.other)][:1]:
                claim = self.say(desk, more, 0, weight - 1)
                if claim is not None:
                    claims.append(claim)
                    sentences.append(Draft(f"{ref(claim.id)}."))
            found.append(Theme(self.kind, weight, ref(head.id), sentences, [*claims], [item]))
        return found

    def beside(self, desk: Desk, item: Interaction, claim: InteractionClaim) -> list[Draft]:
        ratio, count = desk.fact(item, "ratio"), desk.fact(item, "n").id
        text = f"The ratio of ratios is {ref(ratio.id)}, over {ref(count)} records that do not differ."
        if ratio.interval:
            text = f"The interval of the ratio of ratios is {ref(ratio.id, 'interval')}, over {ref(count)} records."
        return [Draft(text, (claim.id,), "fixed")]

    # --- what follows from it, and what stays open

    def advise(self, desk: Desk, item: Interaction, premise: Sequence[ClaimBase], weight: float) -> list[Advice]:
        together = item.outcome == "interaction"
        factor, other = (ref(desk.fact(item, f).id) for f in ("factor", "other"))
        of = f" of {ref(desk.fact(item, 'subject').id)}" if item.subject else ""
        text = (
            f"The size of the effect of {factor}{of} at one level of {other} does not carry over to the others."
            if together
            else f"The effect of {factor}{of} carries over to each measured level of {other}, within the margin."
        )
        run = self._run(item)
        drafts = [Draft(text, tuple(c.id for c in premise), "fixed")]
        if run is not None:
            drafts.append(Draft("The command measures their combinations on this machine.", (), "fixed"))
        return [
            Advice(
                action="tune_together" if together else "tune_apart",
                item=item,
                because=premise,
                scope=f"suite {item.suite}" if item.suite else "this folder",
                weight=weight,
                run=run,
                sentences=tuple(drafts),
            )
        ]

    def action_wording(self, action: str, item: Result) -> Wording:
        if not isinstance(item, Interaction) or item.outcome not in _SETTLED:
            return NOTHING
        if action != ("tune_together" if item.outcome == "interaction" else "tune_apart"):
            return NOTHING
        place, roles = place_of(item)
        roles |= {role: (item, role) for role in ("factor", "other", "subject")}
        of = " of {subject}" if item.subject else ""
        name = title(item.metric, warm=item.warm)
        how = "together, not in turn," if item.outcome == "interaction" else "in turn"
        return Wording((f"tune {{factor}} and {{other}}{of} {how} for the {name}{place}",), roles)

    def open_ones(self, desk: Desk) -> list[Draft]:
        """Declared pairs of settings without a verdict, one a pair, by the metric that matters most."""
        order = sorted(self.items(desk.analysis), key=lambda i: -importance(i.metric))
        settled = {(i.factor, i.other) for i in order if i.outcome in _SETTLED}
        best: dict[tuple[str, str], Interaction] = {}
        for item in order:
            if (item.factor, item.other) not in settled:
                best.setdefault((item.factor, item.other), item)
        return [self._open(desk, item) for item in best.values()]

    def _open(self, desk: Desk, item: Interaction) -> Draft:
        factor, other = desk.fact(item, "factor").id, desk.fact(item, "other").id
        of = f" of {ref(desk.fact(item, 'subject').id)}" if item.subject else ""
        where = f" in suite {ref(desk.fact(item, 'suite').id)}" if item.suite else ""
        text = f"Whether the effect of {ref(factor)} on the {title(item.metric, warm=item.warm)}{of}{where} "
        text += f"depends on {ref(other)} is open"
        if item.ratio_ci is not None:
            text += f": the interval of the ratio of ratios is {ref(desk.fact(item, 'ratio').id, 'interval')}"
        else:
            text += ": their combinations were not measured often enough"
        run = as_measured(self._run(item, ends=True), desk.dataset, item.suite)
        text += f"; this run tests it: `{command(run)}`" if run is not None else ""
        return Draft(text + ".", (), "fixed")

    def run_for(self, item: Interaction) -> BenchRun | None:
        return self._run(item, ends=True)

    def affirms(self, claim: InteractionClaim) -> bool:
        return claim.depends

    def _run(self, item: Interaction, *, ends: bool = False) -> BenchRun | None:
        """The run that measures the combinations of the two settings; None where this program cannot make it."""
        if not runnable(item.subject) or {item.factor, item.other} - BENCH_FACTORS:
            return None
        factors: dict[str, tuple[str, ...]] = {
            item.factor: (item.low, item.high),
            item.other: (item.weak, item.strong),
        }
        if not ends:
            factors = {name: tuple(sorted(levels, key=_as_number)) for name, levels in factors.items()}
        return bench([item.subject], factors=factors, runs=_RUNS)

    def method(self, analysis: Analysis) -> str:
        return _METHOD if analysis.interactions else ""

    # --- questions

    def declare(self, dataset: Dataset, query: Query) -> Dataset:
        """Asking about a pair declares it: its interplay is computed even where the report did not look for it."""
        pair = tuple(query.factors[:2])
        held = {frozenset(p) for p in dataset.interactions}
        if len(pair) < 2 or frozenset(pair) in held:
            return dataset
        return replace(dataset, interactions=(*dataset.interactions, (pair[0], pair[1])))

    def asked_for(self, analysis: Analysis, query: Query) -> list[Interaction]:
        found = [
            i
            for i in self.items(analysis)
            if {i.factor, i.other} == set(query.factors)
            and (not query.metric or i.metric == query.metric)
            and (not query.subjects or i.subject in query.subjects)
            and (not query.suite or i.suite == query.suite)
        ]
        return sorted(found, key=lambda i: (i.outcome not in _SETTLED, -importance(i.metric), i.suite, i.subject))

    # --- a model's own words

    def framings(self, claim: InteractionClaim, facts: Sequence[Fact]) -> Iterator[Framing]:
        roles: dict[str, tuple[str, ...]] = {"a": (claim.subject,), "factor": (claim.factor,), "other": (claim.other,)}
        if claim.depends:
            # The sizes belong to the claim as well, so only a sentence that is silent on them is another wording.
            yield Framing("interplay", roles)
        else:
            bound = tuple(f.display for f in facts if f.field.endswith("-1") and f.display.endswith("%"))
            yield Framing("no_interplay", {**roles, "bound": bound})


_METHOD = (
    "Whether the effect of a setting depends on another is tested only for the pairs that were declared, by the ratio "
    "of ratios that is farthest from 1, with an interval that holds for all of them."
)


def _as_number(level: str) -> tuple[int, float, str]:
    try:
        return (0, float(level), level)
    except ValueError:
        return (1, 0.0, level)
