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
from chimera_report.tools.schema import Comparison, Correlation, Effect, Ranking, Summary
from chimera_report.tools.statements import Wording as Licence
from chimera_report.tools.statements import article, place_of, title
from chimera_report.tools.thresholds import TIMES

__all__ = ["TIMES", "Licence", "article", "fronted", "place_of", "title"]


_PLACE = re.compile(
    r"(?P<rest>(?!in |by |over |the leading ).+?)(?P<place> in suite \{suite\}(?: with \{condition\})?)"
)


def fronted(frame: str) -> str | None:
    """The same statement with its place first: "in suite {suite}, {a} leads"; None where the place is not its end."""
    found = _PLACE.fullmatch(frame)
    return f"{found['place'].strip()}, {found['rest']}" if found else None


def _bound(item: Comparison | Effect) -> str:
    """The end of the ratio's interval that is farther from 1, as a relative change."""
    ci = item.ratio_ci
    return "ratio_ci.high-1" if ci is None or ci.high >= 1 / max(ci.low, 1e-9) else "1/ratio_ci.low-1"


def comparison(item: Comparison) -> Licence:
    """`a` against `b`, the one with the higher value first."""
    where, roles = place_of(item)
    swap = item.ratio is not None and item.ratio < 1
    roles |= {
        "a": (item, "b" if swap else "a"),
        "b": (item, "a" if swap else "b"),
        "ratio": (item, "1/ratio" if swap else "ratio"),
        "change": (item, "1/ratio-1" if swap else "ratio-1"),
        "bound": (item, _bound(item)),
        "axis": (item, "axis"),
        "subject": (item, "subject"),
    }
    name = title(item.metric, warm=item.warm)
    systems = item.axis != "subject"
    a, b = ("{axis} {a}", "{axis} {b}") if systems else ("{a}", "{b}")
    if systems and item.subject:
        where = " for {subject}" + where
    if item.outcome == "equivalent":
        return Licence(
            (
                f"the {name} of {a} and that of {b} differ by at most {{bound}}{where}",
                f"{a} and {b} agree in {name} to within {{bound}}{where}",
            ),
            roles,
        )
    if item.ratio is None or item.outcome == "insufficient":
        return Licence((), roles)
    if item.outcome in ("inconclusive", "exploratory"):  # an observation, not a verdict
        return Licence(
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
    return Licence(tuple(frames), roles)


def effect(item: Effect) -> Licence:
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
        "bound": (item, _bound(item)),
        "levels": (item, "#levels"),
    }
    name = title(item.metric, warm=item.warm)
    if item.outcome == "negligible":
        return Licence(
            (
                f"the {name}{where} differs by at most {{bound}} over the {{levels}} levels of {{factor}}",
                f"over the {{levels}} levels of {{factor}}, the {name}{where} stays within {{bound}}",
            ),
            roles,
        )
    if item.ratio is None:
        return Licence((), roles)
    times = item.ratio >= TIMES
    size = "{ratio:number}-fold" if times else "{change}"
    if item.outcome == "aliased" and item.aliased:
        roles["alias"] = (item, "aliased.0")
        return Licence(
            (
                f"the {size} difference in {name} over {{factor}}{where} cannot be told from {{alias}}",
                f"over {{factor}}, the {size} difference in {name}{where} coincides with {{alias}}",
            ),
            roles,
        )
    if item.outcome != "effect":
        return Licence((), roles)
    if item.randomised:
        by = "a factor of {ratio:number}" if times else "{change}"
        return Licence((f"{{factor}} {{high}} raises the {name}{where} over {{factor}} {{low}} by {by}",), roles)
    than = "{ratio:number} times that at {low}" if times else "{change} higher than at {low}"
    return Licence(
        (
            f"the {name}{where} at {{factor}} {{high}} is {than}",
            f"{{factor}} {{high}} is associated with {article(name)} {name}{where} {than}",
        ),
        roles,
    )


def ranking(item: Ranking) -> Licence:
    """Who leads, and who follows."""
    if len(item.entries) < 2:
        return Licence((), {})
    where, roles = place_of(item)
    name = title(item.metric, warm=item.warm)
    part = "subject" if item.of == "subjects" else "~condition"
    ends = {"first": 0, "second": 1, "last": len(item.entries) - 1}
    for role, place in ends.items():
        field = f"~entries.{place}.condition" if part == "~condition" else f"entries.{place}.subject"
        roles[role] = (item, field)
    of = ""
    if item.of == "configurations" and item.subject:
        of, roles["subject"] = " of {subject}", (item, "subject")
    roles["many"] = (item, "#entries")
    if item.entries[1].tied:
        level = sum(1 for e in item.entries if e.rank == item.entries[0].rank)
        if level > 2:
            return Licence((f"by {name}{of}{where}, the leading entries of {{many}} cannot be told apart",), roles)
        return Licence(
            (
                f"{{first}} and {{second}} lead by {name}{of}{where} and cannot be told apart",
                f"by {name}{of}{where}, {{first}} and {{second}} lead and cannot be told apart",
            ),
            roles,
        )
    return Licence(
        (
            f"{{first}} leads by {name}{of}{where}, ahead of {{second}}",
            f"by {name}{of}{where}, {{first}} ranks ahead of {{second}}",
        ),
        roles,
    )


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


def correlation(item: Correlation) -> Licence:
    """Two metrics that move together, or against each other."""
    where, roles = place_of(item)
    roles |= {"subject": (item, "subject"), "rho": (item, "rho")}
    how = {"positive": "rises with", "negative": "falls with"}.get(item.outcome)
    if how is None:
        return Licence((), roles)
    x, y = title(item.x), title(item.y)
    held = {
        "settings": " at equal settings",
        "cold start": " at equal cold-start state",
        "settings and cold start": " at equal settings and cold-start state",
    }.get(item.given, "")
    rho = "with a rank correlation of {rho:number}"
    return Licence((f"the {y} of {{subject}} {how} its {x}{held}{where}, {rho}",), roles)


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
