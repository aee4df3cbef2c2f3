"""Cold starts against warm records."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.layer import Group, run
from chimera_report.tools.query.told.common import called
from chimera_report.tools.query.told.sheet import Telling

# A metric that a load is part of → the same without one.
_WITH_LOAD = {"ttft_incl_load": "ttft"}


def cold_warm(telling: Telling) -> None:
    """What a cold start is against warm records, of each system that has both."""
    select = telling.select
    metric = select.measure if select.measure not in ("records", "") else ""
    metric = metric or next(
        (m for m in ("ttft_incl_load", "ttft", "load_time", "e2e_latency") if m in telling.layer.metrics), ""
    )
    if not metric:
        telling.refuse("no metric was measured that the loading of a model is part of")
        return
    pairs = []
    for candidate in dict.fromkeys((metric, "ttft_incl_load", "e2e_latency")):
        if candidate not in telling.layer.metrics:
            continue
        plain = select.model_copy(
            update={"aggregate": "quantile", "q": 0.5, "by": ("suite", "system"), "order": "", "limit": 0}
        )
        cold = run(telling.layer, plain.model_copy(update={"state": "cold"}), measure=candidate)
        warm = {
            tuple(g.keys.items()): g
            for g in run(telling.layer, plain.model_copy(update={"state": "warm"}), measure=candidate)
        }
        pairs = [(c, warm[tuple(c.keys.items())]) for c in cold if tuple(c.keys.items()) in warm]
        if pairs:
            metric = candidate
            break
    if not pairs and _with_load(telling):
        return
    if not pairs:
        telling.refuse(f"no system has cold starts and warm records of the {metric_of(metric).title} side by side")
        return
    title = metric_of(metric).title
    unit = telling.unit(metric, [pairs[0][0].value])
    cold_, warm_ = pairs[0]
    telling.say(
        f"A cold start includes the loading of the model: the median {title} of {called(telling, cold_, [c for c, _ in pairs])} is "
        f"{telling.of_group(cold_, metric, unit)} at a cold start and {telling.of_group(warm_, metric, unit)} warm, "
        f"{telling.fact(cold_.value / warm_.value, '×')} apart (n = {cold_.n} and {warm_.n})."
    )
    rows = []
    for c, w in pairs[:20]:
        rows.append(
            (
                c.keys["suite"],
                c.keys["system"] or "–",
                telling.of_group(c, metric, unit),
                telling.of_group(w, metric, unit),
                telling.fact(c.value / w.value, "×"),
            )
        )
    if len(rows) > 1:
        telling.table(f"Median {title}", ["Suite", "System", "Cold", "Warm", "Ratio"], rows, right=(2, 3, 4))


def _with_load(telling: Telling) -> bool:
    """Cold starts that the data keeps as a metric of their own, against the warm metric of the same suite."""
    for with_load, without in _WITH_LOAD.items():
        by = ("suite",)
        plain = telling.select.model_copy(
            update={"aggregate": "quantile", "q": 0.5, "by": by, "order": "", "limit": 0, "state": ""}
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
