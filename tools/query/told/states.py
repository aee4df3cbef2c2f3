"""Cold starts against warm records."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

from dataclasses import replace

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.layer import START, Group, run
from chimera_report.tools.query.told.sheet import Telling
from chimera_report.tools.query.told.strata import cells, condition, varied

# A metric that a load is part of → the same without one.
_WITH_LOAD = {"ttft_incl_load": "ttft"}
_WAITS = ("ttft_incl_load", "ttft", "load_time", "e2e_latency")
MOST_ROWS = 20
ALIKE = 0.02


def cold_warm(telling: Telling) -> None:
    """What a cold start is against warm records, under each condition that has both; never over several."""
    select = telling.select
    metric = select.measure if select.measure not in ("records", "") else ""
    metric = metric or next((m for m in _WAITS if m in telling.layer.metrics), "")
    if not metric:
        telling.refuse("no metric was measured that the loading of a model is part of")
        return
    pairs: list[tuple[Group, Group]] = []
    for candidate in dict.fromkeys((metric, "ttft_incl_load", "e2e_latency")):
        pairs = _pairs(telling, candidate) if candidate in telling.layer.metrics else []
        if pairs:
            metric = candidate
            break
    if not pairs and _with_load(telling):
        return
    if not pairs:
        telling.refuse(f"no system has cold starts and warm records of the {metric_of(metric).title} side by side")
        return
    _told(telling, metric, pairs)


def _pairs(telling: Telling, metric: str) -> list[tuple[Group, Group]]:
    """The cold and the warm records of each condition that has both."""
    plain = telling.select.model_copy(update={"aggregate": "quantile", "q": 0.5, "order": "", "limit": 0, "state": ""})
    held: dict[tuple[str, ...], dict[str, Group]] = {}
    for g in cells(telling.layer, plain, metric):
        rest = tuple(v for k, v in g.keys.items() if k != START)
        held.setdefault(rest, {})[g.keys.get(START, "")] = g
    return [(x["cold"], x["warm"]) for x in held.values() if "cold" in x and "warm" in x and x["warm"].value > 0]


def _told(telling: Telling, metric: str, pairs: list[tuple[Group, Group]]) -> None:
    title = metric_of(metric).title
    unit = telling.unit(metric, [pairs[0][0].value])
    ratios = [c.value / w.value for c, w in pairs]
    lower = metric_of(metric).direction == "lower"
    slower = [r for r in ratios if (r > 1 + ALIKE if lower else r < 1 - ALIKE)]
    faster = [r for r in ratios if (r < 1 - ALIKE if lower else r > 1 + ALIKE)]
    lead = _lead(telling.select.claims, telling.select.text, len(slower), len(faster), len(ratios))
    keys = varied([replace(c, keys={k: v for k, v in c.keys.items() if k != START}) for c, _ in pairs])
    shown = sorted(zip(ratios, pairs, strict=True), key=lambda x: x[0])
    ends = [shown[0], shown[-1]] if len(shown) > 1 else shown
    told = [
        f"{telling.of_group(c, metric, unit)} at a cold start against {telling.of_group(w, metric, unit)} warm ({telling.fact(r, '×')}{f'; {condition(telling, c, keys, bare=True)}' if keys else ''})"
        for r, (c, w) in ends
    ]
    several = f"of {telling.fact(len(pairs))} that have both, " if len(pairs) > 1 else ""
    which = (
        f"cold starts are slower in {telling.fact(len(slower))} and faster in {telling.fact(len(faster))}"
        if len(pairs) > 1
        else ""
    )
    head = f"{lead}{several}{which}; the {title} goes from " if which else f"{lead}the {title} is "
    telling.say(f"{head}{' to '.join(told)}.")
    if metric in _WAITS and lower and len(slower) == len(ratios):
        telling.say("A cold start includes the loading of the model.")
    elif "why" in telling.select.text.split():
        telling.say("Why that is so is not in the data.")
    few = min(min(c.n, w.n) for c, w in pairs)
    if few < 2:
        telling.cannot.append("some of these conditions were measured once each, cold and warm")
    elif any(max(c.n, w.n) > 1 for c, w in pairs):
        telling.cannot.append("of several records of one condition the median is told")
    rows = [
        (*(c.keys[k] or "–" for k in keys), telling.of_group(c, metric, unit), telling.of_group(w, metric, unit), telling.fact(r, "×"))
        for r, (c, w) in shown[:MOST_ROWS]
    ]  # fmt: skip
    if len(rows) > 1:
        heads = [{"system": "System", "suite": "Suite"}.get(k, k) for k in keys]
        n = len(keys)
        telling.table(title[:1].upper() + title[1:], [*heads, "Cold", "Warm", "Cold over warm"], rows, right=(n, n + 1, n + 2))  # fmt: skip


def _lead(claims: str, text: str, slower: int, faster: int, every: int) -> str:
    """ "Yes: ", "No: ", where it was asked or taken for granted that cold starts are slower or faster."""
    words = text.split()
    claim = claims.split()[0] if claims else ""
    if claim not in ("better", "worse") or not ({"yes_no", "why"} & set(words)):
        return ""
    wanted = (slower if "cold_first" in words else faster) if claim == "worse" else (faster if "cold_first" in words else slower)  # fmt: skip
    if wanted == every:
        return "Yes: " if "yes_no" in words else ""
    return ("No: " if "yes_no" in words else "It is not so: ") if not wanted else "It depends: "


def _with_load(telling: Telling) -> bool:
    """Cold starts that the data keeps as a metric of their own, against the warm metric of the same suite."""
    for with_load, without in _WITH_LOAD.items():
        plain = telling.select.model_copy(
            update={"aggregate": "quantile", "q": 0.5, "by": ("suite",), "order": "", "limit": 0, "state": ""}
        )
        cold = run(telling.layer, plain, measure=with_load) if with_load in telling.layer.metrics else []
        warm = run(telling.layer, plain, measure=without) if without in telling.layer.metrics else []
        known = {g.keys["suite"]: g for g in warm}
        pairs: list[tuple[Group, Group]] = [(g, known[g.keys["suite"]]) for g in cold if g.keys["suite"] in known]
        for c, w in pairs[:3]:
            unit = telling.unit(without, [c.value])
            telling.say(
                f"In suite {telling.name(c.keys['suite'])}, the median {metric_of(with_load).title} of a cold start is "
                f"{telling.of_group(c, with_load, unit)} and the median {metric_of(without).title} of warm records "
                f"{telling.of_group(w, without, unit)}, {telling.fact(c.value / w.value, '×')} apart (n = {c.n} and {w.n})."
            )
        if pairs:
            telling.cannot.append(
                "the two are kept in records of their own, so that other settings may differ between them"
            )
            return True
    return False
