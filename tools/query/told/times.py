"""When something was measured, and how long it took."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from chimera_report.tools.query.layer.run import conditions
from chimera_report.tools.query.told.sheet import Telling, written

_STAMP = re.compile(r"(20\d{2})[-_]?(\d{2})[-_]?(\d{2})(?:[-_T]?(\d{2})[-_:]?(\d{2})[-_:]?(\d{2}))?")


def _runs(telling: Telling) -> list[tuple[Any, ...]]:
    where, values = conditions(telling.layer, telling.select.where)
    return telling.layer.fetch(
        "SELECT suite, subject, min(started), max(started), count(DISTINCT (source, record)) "  # noqa: S608
        f"FROM observations WHERE {where} AND started IS NOT NULL GROUP BY suite, subject ORDER BY min(started)",
        values,
    )


def _shown(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")


def when(telling: Telling) -> None:
    """The first and the last start of the records, or the date in the names of their files."""
    rows = _runs(telling)
    if rows:
        first, last = min(r[2] for r in rows), max(r[3] for r in rows)
        if first == last:
            telling.say(f"It was measured at {telling.name(_shown(first))}.")
        else:
            telling.say(f"It was measured from {telling.name(_shown(first))} to {telling.name(_shown(last))}.")
        if len(rows) > 1:
            telling.table(
                "When", ["Suite", "System", "First", "Last", "Records"],
                [(r[0], r[1] or "–", _shown(r[2]), _shown(r[3]), telling.fact(int(r[4]))) for r in rows[:30]], right=(4,),
            )  # fmt: skip
        return
    where, values = conditions(telling.layer, telling.select.where)
    paths = [
        p
        for (p,) in telling.layer.fetch(f"SELECT DISTINCT source FROM observations WHERE {where} ORDER BY 1", values)  # noqa: S608
    ]
    stamped = [(p, m) for p in paths if (m := _STAMP.search(p))]
    if stamped:
        days = sorted({f"{m[1]}-{m[2]}-{m[3]}" for _, m in stamped})
        telling.say(f"By the names of its files, it was measured on {' and '.join(telling.name(d) for d in days[:5])}.")
        telling.cannot.append("the records themselves hold no time")
        return
    telling.refuse("none of these records says when it was measured, and neither do the names of their files")


def duration(telling: Telling) -> None:
    """From the first start to the end of the last record, and the time that the records themselves add up to."""
    rows = _runs(telling)
    where, values = conditions(telling.layer, telling.select.where)
    spent = telling.layer.fetch(
        "SELECT metric, sum(value), count(*) FROM observations WHERE kept AND status = 'ok' AND stat = 'sample' "  # noqa: S608
        f"AND metric IN ('e2e_latency', 'run_time', 'ttft', 'ttft_incl_load', 'eval_time') AND {where} GROUP BY metric",
        values,
    )
    sums = {str(m): (float(v), int(n)) for m, v, n in spent}
    inside = ""
    if "e2e_latency" in sums:
        inside, total = "end-to-end latencies", sums["e2e_latency"][0]
    elif "eval_time" in sums and ("ttft_incl_load" in sums or "ttft" in sums):
        part = sums.get("ttft_incl_load") or sums["ttft"]
        inside, total = "times to the first token and decoding times", part[0] + sums["eval_time"][0]
    elif "run_time" in sums:
        inside, total = "run times", sums["run_time"][0]
    if rows:
        spans = []
        for r in rows:
            length = (r[3] - r[2]).total_seconds()
            spans.append((r, length))
        if len(spans) == 1 or telling.select.where:
            first, last = min(r[2] for r in rows), max(r[3] for r in rows)
            length = (last - first).total_seconds()
            many = len(spans) > 1 and length > 3 * sum(x for _, x in spans) + 60
            length = sum(x for _, x in spans) if many else length
            told = telling.fact(length, "s")
            minutes = f", {telling.fact(length / 60, 'min')}" if length >= 60 else ""
            telling.say(
                f"It took {told}{minutes}{', summed over its parts,' if many else ''} from the first start to the last, by the times of its records."
            )
        else:
            telling.say(
                f"The records go from {telling.name(_shown(rows[0][2]))} to {telling.name(_shown(max(r[3] for r in rows)))}; each suite by itself:"
            )
        if len(spans) > 1:
            telling.table(
                "Durations",
                ["Suite", "System", "Records", "Seconds"],
                [(r[0], r[1] or "–", telling.fact(int(r[4])), telling.fact(x)) for r, x in spans[:30]],
                right=(2, 3),
            )
    if inside:
        minutes = f" ({written(total / 60)} min)" if total >= 60 else ""
        telling.say(f"The {inside} of the records add up to {telling.fact(total, 's')}{minutes}.")
    if not rows and not inside:
        telling.refuse("the records hold neither a time nor how long they took")
    elif rows:
        telling.cannot.append("the last record's own length is not in the span of starts")
