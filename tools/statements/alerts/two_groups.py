"""Results of one condition in two groups."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertGroup, AlertKind, name_of
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import plural


class TwoGroups(AlertKind):
    kind = "two_groups"
    meaning = "results of one condition that fall into two groups"
    measured = ("low_median", "high_median", "mean", "median")
    doubt = 0.66
    explained = Explained(
        "Thirty results of one condition or more are cut where the two parts scatter least; the smaller part has a "
        "fifth of them or more, the medians are 2.5 times apart, and the middle third between them holds fewer "
        "results than chance would leave (binomial test, 0.5 %).",
        "A mean or median of two groups is a value of neither, and their shares decide it more than any setting.",
        "Tell the two groups apart by what was asked, and give a value of each.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:
        of = " of {subject}" if item.subject else ""
        at = " at {v_condition}" if item.values.get("condition") else ""
        where = " in suite {suite}" if item.suite else ""
        many = ", and so under {v_cells} of {v_of} conditions" if int(item.values["cells"]) > 1 else ""
        lengths = ""
        if "low_tokens" in item.values:
            lengths = "; the answers of the lower group have {v_low_tokens} tokens, those of the other {v_high_tokens}"
        return (
            f"the {name_of(item)}{of}{at}{where} falls into two groups, {{v_low}} values around {{v_low_median}} and "
            f"{{v_high}} around {{v_high_median}}{many}: the mean of all, {{v_mean}}, is a value of neither (median "
            f"{{v_median}}){lengths}",
        )

    def together(self, item: AlertGroup) -> tuple[str, ...]:
        metrics = plural(len(item.alerts), "metric falls", "metrics fall")
        return (f"{{alerts}} {metrics} into two groups under one condition",)
