"""What a check of the data found, alone or with all others of its kind. Each alert has its words in `alerts/`."""

from __future__ import annotations

from collections.abc import Sequence

from chimera_report.tools.schema import Alert, Analysis, DataQualityClaim, Result
from chimera_report.tools.statements.alerts import (
    AlertGroup,
    alert_kinds,
    alert_wording,
    group_wording,
    groups,
)
from chimera_report.tools.statements.base import SUPPORTED, Desk, Ground, Statement, Verdict, refuted
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import NOTHING, Wording


class DataQuality(Statement[DataQualityClaim, Alert]):
    claim = DataQualityClaim
    result = Alert
    meaning = "a check of the data"
    explained = Explained(
        "Every check runs over all of the data; each has its own rule.",
        "A warning is about the data, and may be harmless for your question.",
    )
    function = "alert"
    fact_kind = "data_quality"
    actions = tuple(dict.fromkeys(a for kind in alert_kinds().values() for a in kind.actions))
    no_advice = "which alerts are worth an action is planned (tools/report/actions.py)"
    never_open = "a check finds something or does not"
    planned = "the planner says what not to trust (tools/report/doubts.py)"
    asked_by = "the intents alerts and why (tools/query/checks.py)"
    only_code = "its numbers mean nothing outside of their sentence"
    examples = (
        (
            "The measurements contradict {{F561}} numbers stated in documents.",
            "{{F561}} numbers stated in documents contradict the measurements.",
        ),
        (
            "{{F601}} of {{F602}} records of {{F603}} in suite {{F604}} failed.",
            "In suite {{F604}}, {{F601}} of {{F602}} runs of {{F603}} ended in an error.",
        ),
    )

    def items(self, analysis: Analysis) -> tuple[Alert, ...]:
        return analysis.alerts

    def draft(self, item: Alert) -> DataQualityClaim:
        return DataQualityClaim(id="", facts=(), alert=item.key, alert_kind=item.kind, files=item.files)

    def say(self, desk: Desk, item: Alert, variant: int = 0, weight: float = 0.0) -> DataQualityClaim | None:
        return self.told(desk, self.draft(item), (item,), variant, weight, seed=item.key)

    def together(self, desk: Desk, item: AlertGroup, variant: int = 0, weight: float = 0.0) -> DataQualityClaim | None:
        """The claim about all alerts of a kind."""
        draft = DataQualityClaim(id="", facts=(), alert="", alert_kind=item.kind, files=item.files)
        return self.told(desk, draft, (item,), variant, weight, seed=item.kind)

    def judged_by(self, claim: DataQualityClaim, items: Sequence[Result], ground: Ground) -> Sequence[Result]:  # noqa: ARG002
        """The alert, or the alerts of the kind, as the analysis has them: a clause may show none of its numbers."""
        if claim.alert:
            return [a for a in ground.analysis.alerts if a.key == claim.alert][:1]
        found = groups(ground.analysis).get(claim.alert_kind)
        return [found] if found is not None else []

    def wording(self, claim: DataQualityClaim, items: Sequence[Result]) -> Wording:  # noqa: ARG002
        for item in items[:1]:
            if isinstance(item, AlertGroup):
                return group_wording(item)
            if isinstance(item, Alert):
                return alert_wording(item)
        return NOTHING

    def check(self, claim: DataQualityClaim, items: Sequence[Result], ground: Ground) -> Verdict:  # noqa: ARG002
        for item in items[:1]:
            if isinstance(item, Alert | AlertGroup) and (item.kind, item.files) == (claim.alert_kind, claim.files):
                return SUPPORTED
        return refuted("there is no such alert" if claim.alert else "there are no such alerts")

    def weigh(self, item: Alert) -> float:  # noqa: ARG002
        return 1.0

    def action_wording(self, action: str, item: Result) -> Wording:
        kind = alert_kinds().get(item.kind) if isinstance(item, Alert) else None
        return kind.action_wording(action, item) if kind is not None and isinstance(item, Alert) else NOTHING
