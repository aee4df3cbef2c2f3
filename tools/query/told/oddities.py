"""Values that stand out, and cells whose interval did not become narrow enough."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.layer import Group, run
from chimera_report.tools.query.layer.run import conditions
from chimera_report.tools.query.told.common import called, cells
from chimera_report.tools.query.told.sheet import Telling, converted
from chimera_report.tools.schema import FACTOR

FAR = 3.5  # robust z-score, as of the report's own check
APART = 0.10  # and at least so far from the median
_ENOUGH = 5
TARGET = 0.02  # half-width of the 95 % interval, relative: where bench stops
_T = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}


def outliers(telling: Telling) -> None:
    """Values far from the median of their system and suite, by robust z-score, in every metric that is asked about."""
    import numpy as np

    where, values = conditions(telling.layer, telling.select.where)
    wanted = telling.select.measure if telling.select.measure not in ("records", "") else ""
    rows = telling.layer.fetch(
        "SELECT suite, subject, metric, list(value ORDER BY pos), list(pos ORDER BY pos), list(is_cold ORDER BY pos) FROM observations "  # noqa: S608
        f"WHERE kept AND status = 'ok' AND stat = 'sample' AND {where} GROUP BY suite, subject, metric ORDER BY 1, 2, 3",
        values,
    )
    found = []
    looked = 0
    for suite, subject, metric, held, places, cold in rows:
        if (wanted and metric != wanted) or len(held) < _ENOUGH:
            continue
        looked += 1
        x = np.asarray(held, dtype=float)
        middle = float(np.median(x))
        mad = float(np.median(np.abs(x - middle)))
        if mad <= 0:
            continue
        scores = 0.6745 * (x - middle) / mad
        far = np.flatnonzero((np.abs(scores) > FAR) & (np.abs(x - middle) > APART * abs(middle)))
        found += [
            (
                abs(float(scores[i])),
                float(scores[i]),
                suite,
                subject,
                metric,
                float(x[i]),
                int(places[i]),
                middle,
                cold[i] == 1,
            )
            for i in far
        ]
    if not found:
        telling.say(f"No value stands out: {telling.fact(looked)} groups of values were looked at, by robust z-score.")
        return
    found.sort(key=lambda r: (not metric_of(r[4]).core, r[8], -r[0]))
    _, z, suite, subject, metric, value, place, middle, _ = found[0]
    unit = telling.unit(metric, [value, middle])
    canonical = metric_of(metric).unit
    telling.say(
        f"Yes: {telling.fact(len(found))} values lie far from the median of their group; the {metric_of(metric).title} of "
        f"{telling.fact(converted(value, canonical, unit), unit, metric=metric, positions=(place,))}"
        f"{_place(telling, place)} stands out most, where the median is {telling.fact(converted(middle, canonical, unit), unit, metric=metric)} (z = {telling.fact(z, digits=3)})."
    )
    table = []
    for _, _, suite, subject, metric, value, place, middle, is_cold in found[:15]:
        unit = telling.unit(metric, [middle])
        canonical = metric_of(metric).unit
        table.append(
            (
                subject or suite,
                metric_of(metric).title,
                telling.fact(converted(value, canonical, unit), unit, metric=metric, positions=(place,)),
                telling.fact(converted(middle, canonical, unit), unit, metric=metric),
                _settings(telling, place),
                "cold start" if is_cold else "",
            )
        )
    telling.table("Values that stand out", ["System", "Metric", "Value", "Median", "At", ""], table, right=(2, 3))
    if len(found) > 15:
        telling.cannot.append(f"{len(found) - 15} more are not shown")


def _settings(telling: Telling, place: int) -> str:
    row = telling.world.dataset.table.iloc[place]
    told = [
        f"{f} {row[FACTOR + f]}"
        for f in telling.layer.factors
        if isinstance(row[FACTOR + f], str) and f != "prompt" and f not in telling.layer.naming
    ]
    return ", ".join(told)


def _place(telling: Telling, place: int) -> str:
    settings = _settings(telling, place)
    return f" at {telling.name(settings)}" if settings else ""


def convergence(telling: Telling) -> None:
    """Cells whose 95 % interval is wider than the target of a benchmark run, by the records themselves."""
    import math

    import numpy as np

    metric = telling.select.measure if telling.select.measure not in ("records", "") else ""
    metric = metric or next(
        (m for m in ("decode_rate", "run_time", "e2e_latency", "ttft") if m in telling.layer.metrics), ""
    )
    if not metric:
        telling.refuse("no metric was measured that a run converges on")
        return
    select = telling.select.model_copy(update={"aggregate": "gmean", "state": "warm"})
    by = ("suite", "system", *cells(telling.layer, select, metric))
    groups = [g for g in run(telling.layer, select.model_copy(update={"by": by}), measure=metric) if g.n >= 3]
    if not groups:
        telling.refuse("no cell has three records, of which an interval could be told")
        return
    table = telling.world.dataset.table["value"]
    wide: list[tuple[float, Group]] = []
    widths: list[tuple[float, Group]] = []
    for g in groups:
        x = np.log(table.iloc[list(g.positions)].to_numpy())
        t = _T.get(g.n, 2.1)
        half = math.expm1(t * float(np.std(x, ddof=1)) / math.sqrt(g.n))
        widths.append((half, g))
        if half > TARGET:
            wide.append((half, g))
    keys = [k for k in by if len({g.keys[k] for g in groups}) > 1]
    title = metric_of(metric).title
    if wide:
        names = "; ".join(called(telling, g, groups) for _, g in wide[:6])
        telling.say(
            f"{telling.fact(len(wide))} of {telling.fact(len(groups))} cells did not converge: the 95 % interval of their {title} is wider than "
            f"±{telling.fact(100 * TARGET, '%')}: {names}."
        )
    else:
        telling.say(
            f"All {telling.fact(len(groups))} cells converged: the 95 % interval of each {title} is within ±{telling.fact(100 * TARGET, '%')}."
        )
    rows = [
        [*(g.keys[k] for k in keys), str(g.n), telling.fact(100 * half, "%"), "no" if half > TARGET else "yes"]
        for half, g in widths
    ]
    telling.table(
        "Half-widths of the 95 % interval", [*keys, "n", "±", "Converged"], rows, right=(len(keys), len(keys) + 1)
    )
