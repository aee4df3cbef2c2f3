"""What somebody who decides asks: which to use in production, and how sure that is."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.layer import run
from chimera_report.tools.query.told.common import best_end, called, grouped, table_of
from chimera_report.tools.query.told.ranked import leading
from chimera_report.tools.query.told.sheet import Telling
from chimera_report.tools.schema import Select

# What a choice for production rests on, and what people call it.
_NEEDS = {
    "concurrency": "requests at the same time",
    "accuracy": "the quality of the answers",
    "energy_per_token": "energy",
    "vram": "memory",
}
_FIRST = ("decode_rate", "output_throughput", "ttft", "ttft_incl_load", "e2e_latency", "run_time")


def production(telling: Telling) -> None:
    """The lead by each metric of speed within a suite, with its verdict; and what was not measured for such a choice."""
    layer = telling.layer
    told = 0
    for metric in [m for m in _FIRST if m in layer.metrics]:
        if leading(telling, metric):
            told += 1
        if told == 2:
            break
    if not told and not _settings(telling):
        telling.refuse(
            "no suite measured two systems or two settings by a metric of speed, so there is nothing to choose between"
        )
        return
    rates = run(layer, Select(measure="failures", aggregate="share", where=telling.select.where))
    if rates and rates[0].n:
        telling.say(
            f"{telling.fact(rates[0].n)} of {telling.fact(rates[0].of)} records failed; look at their reasons before a choice."
        )
    held = {*layer.metrics, *(f for f, x in layer.levels.items() if len(x) > 1)}
    missing = [words for name, words in _NEEDS.items() if name not in held]
    if missing:
        telling.cannot.append(f"not measured, and needed for a choice for production: {', '.join(missing)}")
    telling.cannot.append("speed alone decides nothing: whether the answers are good enough is not in these numbers")


def _settings(telling: Telling) -> bool:
    """Of one system alone, its settings are what can be chosen."""
    metric = next((m for m in _FIRST if m in telling.layer.metrics), "")
    if not metric:
        return False
    select = telling.select.model_copy(update={"by": ("setting",)})
    groups = grouped(telling, metric, extra=select)
    if len(groups) < 2:
        return False
    groups.sort(key=lambda g: -g.value if best_end(metric, "") == "high" else g.value)
    unit = telling.unit(metric, [g.value for g in groups])
    telling.say(
        f"There is one system; of its settings, {called(telling, groups[0], groups)} has the best {metric_of(metric).title}, "
        f"{telling.of_group(groups[0], metric, unit)}."
    )
    table_of(telling, groups, metric, unit)
    return True


def sure(telling: Telling) -> None:
    """How well founded the report is: verdicts, sizes of samples, repeated measurements, and what weakens it."""
    analysis = telling.world.analysis
    outcomes: dict[str, int] = {}
    for c in analysis.comparisons:
        outcomes[c.outcome] = outcomes.get(c.outcome, 0) + 1
    settled = sum(outcomes.get(k, 0) for k in ("higher", "lower", "equivalent"))
    total = sum(outcomes.values())
    if total:
        open_ = total - settled
        telling.say(
            f"Of {telling.fact(total)} comparisons that the data allows, {telling.fact(settled)} have a verdict; "
            f"{telling.fact(open_)} are open, for too few records or an interval that is too wide."
        )
    sizes = sorted(s.n for s in analysis.summaries if s.n and s.level == "sample")
    if sizes:
        telling.say(
            f"A value rests on {telling.fact(sizes[len(sizes) // 2])} records at the median, between {telling.fact(sizes[0])} and {telling.fact(sizes[-1])}."
        )
    kinds: dict[str, int] = {}
    for a in analysis.alerts:
        kinds[a.kind] = kinds.get(a.kind, 0) + 1
    weak = [f"{k.replace('_', ' ')} ({n})" for k, n in sorted(kinds.items(), key=lambda kv: -kv[1])][:4]
    if weak:
        telling.cannot.append(f"the checks of the data object: {', '.join(weak)}")
    telling.cannot.append(
        "intervals and verdicts hold for these runs on this machine; whether they repeat elsewhere is not tested"
    )
    if not telling.drafts:
        telling.refuse("nothing was compared, so there is nothing to be sure of")
