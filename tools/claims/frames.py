"""Code's own clauses: for each kind of claim the frames that an item licenses, with the part of the item for every
role.

A frame names roles in braces. The builder picks one and fills it with the ids of facts; the checker asks for the
frames of
the item again, fills them with the facts that the sheet has for those parts, and accepts only a clause that comes
out. So a
clause whose names, numbers or direction are not the item's own cannot pass. Frames hold no number, no name, no hedge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Summary
from chimera_report.tools.statements import Wording as Licence
from chimera_report.tools.statements import article, place_of, title
from chimera_report.tools.statements import comparison_wording as comparison
from chimera_report.tools.statements import effect_wording as effect
from chimera_report.tools.statements import ranking_wording as ranking
from chimera_report.tools.thresholds import TIMES

__all__ = ["TIMES", "Licence", "article", "comparison", "effect", "fronted", "place_of", "ranking", "title"]


_PLACE = re.compile(
    r"(?P<rest>(?!in |by |over |the leading ).+?)(?P<place> in suite \{suite\}(?: with \{condition\})?)"
)


def fronted(frame: str) -> str | None:
    """The same statement with its place first: "in suite {suite}, {a} leads"; None where the place is not its end."""
    found = _PLACE.fullmatch(frame)
    return f"{found['place'].strip()}, {found['rest']}" if found else None


def measurement(item: Summary, stat: str) -> Licence:
    """One value of a summary; `stat` is the field."""
    where, roles = place_of(item)
    roles["value"] = (item, stat)
    of = ""
    if item.subject:
        of, roles["subject"] = " of {subject}", (item, "subject")
    name = title(item.metric, warm=item.warm)
    if stat == "cv":
        return Licence((f"the {name}{of} varies with a CV of {{value}}{where}",), roles)
    named = {"p50": "median ", "mean": "mean ", "gmean": ""}.get(stat, f"{stat} ")
    return Licence(
        (
            f"the {named}{name}{of} is {{value}}{where}",
            f"{{subject}} has {article(named + name)} {named}{name} of {{value}}{where}",
        )[: 2 if item.subject else 1],
        roles,
    )


def cold_and_warm(cold: Summary, warm: Summary) -> Licence:
    """The medians of cold starts and of warm runs of the same subject, suite and metric."""
    where, roles = place_of(warm)
    roles |= {"cold": (cold, "p50"), "warm": (warm, "p50")}
    of = ""
    if warm.subject:
        of, roles["subject"] = " of {subject}", (warm, "subject")
    name = title(warm.metric)
    return Licence(
        (
            f"the median {name}{of} is {{cold}} at a cold start and {{warm}} warm{where}",
            f"a cold start{of} has a median {name} of {{cold}}, a warm run {{warm}}{where}",
        ),
        roles,
    )


def availability(metric: str, metrics: Iterable[str], *, present: bool) -> tuple[str, ...]:
    """Whether any file holds a metric; there is nothing to fill in. `metrics` are those that the files hold."""
    name = metric_of(metric).title
    if present:
        return (f"the data holds the {name}",)
    if metric == "ttft" and "ttft_incl_load" in metrics:  # a reader sees columns of that name; they are another metric
        return (
            "no file holds a TTFT that leaves out the model load",
            "the TTFT without the model load is in none of the files",
        )
    return (f"no file holds the {name}", f"the {name} is in none of the files")
