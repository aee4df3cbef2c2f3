"""What the data cannot tell, and what would settle it: open comparisons, doubtful records, metrics that no file
holds."""

from __future__ import annotations

from collections.abc import Iterable

from chimera_report.tools.claims import alerts, frames, say
from chimera_report.tools.claims.desk import Desk
from chimera_report.tools.claims.text import Draft
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Comparison, Effect

# Kinds of alert that qualify results, in the order in which a reader should know of them.
_GROUPS = ("too_few_runs", "derived_metric", "unreadable")
# What a report on LLM performance is asked for and a folder often lacks.
WANTED = ("decode_rate", "ttft", "prefill_rate", "energy_per_token", "vram")
_OPEN = 3


def limitations(desk: Desk) -> list[list[Draft]]:
    """One item a limitation, each of one or two sentences, all of fixed wording."""
    found: list[list[Draft]] = []
    groups = alerts.groups(desk.analysis)
    for kind in _GROUPS:
        claim = say.group(desk, groups[kind], 0) if kind in groups else None
        if claim is not None:
            found.append([Draft(f"{{{{{claim.id}}}}}.", (), "fixed")])
    found += _order(desk)
    found += [[d] for d in _open_effects(desk)]
    found += [[d] for d in _open_comparisons(desk)]
    absent = [m for m in WANTED if m not in desk.analysis.inventory.metrics]
    claims = [say.absent(desk, m, 0) for m in absent[:4]]
    if claims:
        found.append([Draft("; ".join(f"{{{{{c.id}}}}}" for c in claims) + ".", (), "fixed")])
    return found


def _order(desk: Desk) -> list[list[Draft]]:
    """Factors that ran in blocks: their effect cannot be told from the order of the runs."""
    found = [a for a in desk.analysis.alerts if a.kind == "aliased_factor" and a.values.get("with") == "order"]
    if not found:
        return []
    claims = [c for c in (say.alert(desk, a, 0) for a in found[:1]) if c is not None]
    return [[Draft(f"{{{{{c.id}}}}}.", (), "fixed")] for c in claims]


def _open_effects(desk: Desk) -> list[Draft]:
    """How an effect stays open: its interval holds both directions, or reaches into the margin."""
    items = [e for e in desk.analysis.effects if e.outcome == "inconclusive" and e.ratio and e.metric == "decode_rate"]
    return [d for d in (_open_effect(desk, i) for i in _widest(items)) if d][:2]


def _widest(items: Iterable[Effect]) -> list[Effect]:
    return sorted(items, key=lambda e: -(e.ratio or 0.0))


def _open_effect(desk: Desk, item: Effect) -> Draft | None:
    ratio = desk.fact(item, "ratio")
    if not ratio.interval:
        return None
    factor = desk.fact(item, "factor").id
    of = f" of {{{{{desk.fact(item, 'subject').id}}}}}" if item.subject else ""
    where = f" in suite {{{{{desk.fact(item, 'suite').id}}}}}" if item.suite else ""
    name = frames.title(item.metric, warm=item.warm)
    text = (
        f"Whether {{{{{factor}}}}} matters to the {name}{of}{where} is open: the interval of the ratio between its "
        f"extreme levels is {{{{{ratio.id}:interval}}}}."
    )
    return Draft(text, (), "fixed")


def _open_comparisons(desk: Desk) -> list[Draft]:
    """Comparisons without a verdict, those of the metrics that matter first, with the n that would give one."""
    found = [
        c
        for c in desk.analysis.comparisons
        if c.outcome in ("inconclusive", "exploratory") and c.ratio and metric_of(c.metric).direction != "none"
    ]
    order = {"decode_rate": 0, "run_time": 1, "ttft": 2, "ttft_incl_load": 3}
    found.sort(key=lambda c: (order.get(c.metric, 9), c.axis != "subject", c.needed_n or 0))
    drafts: list[Draft] = []
    seen: set[tuple[str, str]] = set()
    for item in found:
        if (item.suite, item.metric) not in seen and len(drafts) < _OPEN:
            seen.add((item.suite, item.metric))
            drafts.append(_open_comparison(desk, item))
    return drafts


def _open_comparison(desk: Desk, item: Comparison) -> Draft:
    say.open_comparison(desk, item)
    observed = say.comparison(desk, item)
    n_a, n_b = desk.fact(item, "n_a").id, desk.fact(item, "n_b").id
    a, b = desk.fact(item, "a").id, desk.fact(item, "b").id
    axis = "" if item.axis == "subject" else f"{{{{{desk.fact(item, 'axis').id}}}}} "
    of = f" of {{{{{desk.fact(item, 'subject').id}}}}}" if axis and item.subject else ""
    where = f" in suite {{{{{desk.fact(item, 'suite').id}}}}}" if item.suite else ""
    name = frames.title(item.metric, warm=item.warm)
    text = (
        f"The {name}{of} has no verdict between {axis}{{{{{a}}}}} and {axis}{{{{{b}}}}}{where} at n = {{{{{n_a}}}}} "
        f"and {{{{{n_b}}}}}"
    )
    if item.needed_n:
        text += f"; n = {{{{{desk.fact(item, 'needed_n').id}}}}} each would give one"
    return Draft(text + ".", (observed.id,) if observed else (), "fixed")
