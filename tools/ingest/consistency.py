"""Does a table mean what its headers say? Times, counts and rates of the same records are held against each other."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

import numpy as np

from chimera_report.tools.metrics import Resolved

from .bare_times import bounded
from .reading import STEP
from .rows import Bools, Floats

_NS_NAMES = frozenset(("total_duration", "load_duration", "prompt_eval_duration", "eval_duration"))  # Ollama's, in ns
_CLOSE = 1e-3
_MILLIWATTS = 2e4  # W that no server draws, and mW that a GPU does
_TOGETHER = 1.8  # times 1 / TPOT: one request cannot decode faster than its tokens come
_RECORDS, _MOSTLY = 2, 0.9  # the fewest of which a relation says something, and the share that it holds in
_RATE_CLOSE = 5e-3  # rates are often written with two decimals, and durations with four


def check(
    meanings: dict[str, Resolved],
    values: dict[str, Floats],
    ok: Bools,
    requests: Floats | None = None,
    asked: Floats | None = None,
    at_once: Floats | None = None,
    named: Collection[str] = (),
) -> tuple[dict[str, Resolved], list[str]]:
    """Corrected meanings, and notes. `requests` are those that each record completed. `asked` is the
    length of answer that each asked for, `at_once` the concurrency,
    and `named` are columns whose cells or whose user give the unit. Checked on the records that succeeded:

    - a total time over which the record's own tokens give its own rate is the request's: `e2e_latency`;
    - a bare duration in the thousands of millions is in ns (Ollama's fields have no unit in their names);
    - a bare duration that is off by a power of a thousand against tokens / rate is in that unit;
    - a run time that completed requests / their rate contradicts is in the unit that fits, or left out;
    - times without a unit that are longer than their run, or too long for their concurrency, are in a smaller one;
    - a TTFT that equals load + prompt evaluation includes the load: `ttft_incl_load`;
    - a rate far above 1 / TPOT is of all requests together: `output_throughput`;
    - a rate that equals tokens / time says so in its definition: it is not the canonical (n − 1) / decoding time.
    """
    ok, notes = np.asarray(ok, dtype=bool), list[str]()
    meanings = _of_one_request(meanings, values, ok)
    found = dict(bounded(meanings, values, ok, at_once, named))

    def of(metric: str) -> tuple[str, Floats] | None:
        for column, meaning in found.items():
            if meaning.metric == metric and meaning.stat in ("sample", "mean"):
                data = values[column][ok] * meaning.factor
                if np.isfinite(data).any():
                    return column, data
        return None

    for column, meaning in meanings.items():
        leaf = column.rpartition(STEP)[2].lower()
        if leaf in _NS_NAMES and _median(values[column][ok]) > 1e5:
            found[column] = replace(meaning, factor=1e-9, explicit=True)
    rate, tokens = of("decode_rate"), of("output_tokens")
    for metric in ("eval_time", "e2e_latency"):
        time = of(metric)
        if not (rate and tokens and time) or meanings[time[0]].stat != meanings[rate[0]].stat:
            continue
        with np.errstate(all="ignore"):
            ratio = tokens[1] / rate[1] / time[1]
        for scale in (1e3, 1e-3, 1e-6, 1e-9):
            if abs(_median(ratio) / scale - 1) < _RATE_CLOSE * 4:
                found[time[0]] = replace(found[time[0]], factor=found[time[0]].factor * scale, explicit=True)
                notes.append(f"{time[0]} is not in the unit that it seems to be in; taken by its rate")
                break
        time = of(metric)
        if time is None or found[rate[0]].definition:
            continue
        with np.errstate(all="ignore"):
            full = _error(tokens[1] / time[1], rate[1])
            less = _error((tokens[1] - 1) / time[1], rate[1])
        if full < _RATE_CLOSE and full < less:
            spelt = "output tokens / decoding time" if metric == "eval_time" else "output tokens / end-to-end latency"
            found[rate[0]] = replace(found[rate[0]], definition=spelt)
    if asked is not None and rate and not tokens:
        _of_whole_answers(found, rate, of("e2e_latency"), asked[ok])
    _of_all_requests(found, values, ok)
    if requests is not None:
        notes += _durations(found, values, ok, requests)
    settled = frozenset(
        c for c, m in meanings.items() if c in found and not m.explicit and found[c].explicit and m.metric != "run_time"
    )
    found = bounded(found, values, ok, at_once, named, settled)
    for column, meaning in list(found.items()):
        if meaning.metric == "power" and _median(values[column][ok]) > _MILLIWATTS and meaning.factor == 1.0:
            found[column] = replace(meaning, factor=1e-3, explicit=True)
            notes.append(f"{column} is taken for mW: no machine draws that many W")
    for column in _without_unit_of_energy(found, values, ok, named):
        del found[column]
        notes.append(f"{column} names no unit, and no power and time beside it tell one, so it is not used")
    ttft, load, prompt = of("ttft"), of("load_time"), of("prompt_eval_time")
    if (
        ttft
        and load
        and prompt
        and _error(load[1] + prompt[1], ttft[1]) < _CLOSE * 10
        and _share_close(load[1] + prompt[1], ttft[1]) > 0.95
    ):
        found[ttft[0]] = replace(found[ttft[0]], metric="ttft_incl_load")
    return found, notes


def _of_one_request(meanings: dict[str, Resolved], values: dict[str, Floats], ok: Bools) -> dict[str, Resolved]:
    """A `total_time` over which the record's own tokens give the record's own rate is the time of that request, and so
    is the sum of its parts: a run of many requests has a time that no one answer fits."""
    if any(m.metric == "e2e_latency" and m.stat != "total" for m in meanings.values()):
        return meanings

    def of(metric: str, stats: tuple[str, ...]) -> tuple[str, Floats] | None:
        known = ((c, m) for c, m in meanings.items() if m.metric == metric and m.stat in stats)
        return next(((c, np.where(values[c] > 0, values[c], np.nan)[ok] * m.factor) for c, m in known), None)

    rate, tokens = of("decode_rate", ("sample",)), of("output_tokens", ("sample",))
    time = of("run_time", ("sample", "total")) or of("e2e_latency", ("total",))
    if time is None:
        return meanings
    tests = [tokens[1] / rate[1]] if rate is not None and tokens is not None else []
    decoding, reading = of("eval_time", ("sample",)), of("prompt_eval_time", ("sample",)) or of("ttft", ("sample",))
    tests += [decoding[1] + reading[1]] if decoding is not None and reading is not None else []
    for expected in tests:
        with np.errstate(all="ignore"):
            apart = np.abs(time[1] / expected - 1)
        apart = apart[np.isfinite(apart)]
        if len(apart) >= _RECORDS and float(np.mean(apart < _RATE_CLOSE)) >= _MOSTLY:
            return meanings | {time[0]: replace(meanings[time[0]], metric="e2e_latency", stat="sample")}
    return meanings


_ENERGIES = (1.0, 3.6e3, 3.6e6, 1e-3)  # J, Wh, kWh and mJ: a million apart, so a bare number says nothing


def _without_unit_of_energy(
    found: dict[str, Resolved], values: dict[str, Floats], ok: Bools, named: Collection[str]
) -> list[str]:
    """The energies whose unit nothing tells; those that are the power times the time beside them get theirs."""
    bare = [c for c, m in found.items() if m.metric == "energy" and not m.explicit and c not in named]
    power = [values[c] * m.factor for c, m in found.items() if m.metric == "power" and m.stat in ("sample", "mean")]
    spans = [values[c] * m.factor for c, m in found.items() if m.metric in ("run_time", "e2e_latency", "eval_time")]
    left = []
    for column in bare:
        with np.errstate(all="ignore"):
            ratios = [_median((watts * span / values[column])[ok]) for watts in power for span in spans]
        fits = next((f for f in _ENERGIES for r in ratios if _near(r, f)), None)
        if fits is None:
            left.append(column)
        else:
            found[column] = replace(found[column], factor=fits, explicit=True)
    return left


def _of_whole_answers(
    found: dict[str, Resolved], rate: tuple[str, Floats], time: tuple[str, Floats] | None, asked: Floats
) -> None:
    """A rate that is the length that was asked for over the whole time of the answer, in most records that have both;
    an answer that ended early has fewer tokens, and none has more."""
    if time is None or found[rate[0]].definition or found[rate[0]].stat != found[time[0]].stat:
        return
    with np.errstate(all="ignore"):
        apart = asked / time[1] / rate[1] - 1
    apart = apart[np.isfinite(apart)]
    same = np.abs(apart) < 2 * _RATE_CLOSE
    if same.sum() >= 2 and same.mean() > 0.5 and bool((same | (apart > 0)).all()):
        found[rate[0]] = replace(found[rate[0]], definition="output tokens / end-to-end latency")


def _durations(found: dict[str, Resolved], values: dict[str, Floats], ok: Bools, requests: Floats) -> list[str]:
    """A run time without a unit of its own, held against completed requests / their rate: taken by what fits.

    The rate may leave out a warm-up or count the sending alone, so the two agree within a third; a unit is off by a
    thousand or sixty. A run time whose header names the unit stays, and is said to be in doubt.
    """
    rate = next(
        (values[c] * m.factor for c, m in found.items() if m.metric == "request_rate" and m.stat in ("sample", "mean")),
        None,
    )
    if rate is None:
        return []
    notes = []
    for column, meaning in list(found.items()):
        if meaning.metric != "run_time" or meaning.stat not in ("sample", "mean", "total"):
            continue
        with np.errstate(all="ignore"):
            ratio = _median((requests / rate / values[column])[ok])
        if not np.isfinite(ratio) or ratio <= 0 or _near(ratio, meaning.factor):
            continue
        fits = next((factor for factor in (1.0, 1e-3, 60.0, 1e-6, 1e-9) if _near(ratio, factor)), None)
        named = re.search(r"(?:^|[^a-z])(?:ms|msec|us|ns|sec|secs|seconds|milliseconds|minutes|s)\)?$", column.lower())
        if fits is not None and not named:
            found[column] = replace(meaning, factor=fits, explicit=True)
        elif fits is not None:
            notes.append(f"{column.rpartition(STEP)[2]} contradicts the requests and their rate; its unit is in doubt")
            del found[column]
    return notes


def _near(ratio: float, factor: float) -> bool:
    return 1 / 1.35 < ratio / factor < 1.35


def _of_all_requests(found: dict[str, Resolved], values: dict[str, Floats], ok: Bools) -> None:
    """A rate far above 1 / TPOT of the same records is that of all requests together, whatever its header says."""
    tpot = next(
        (
            values[c][ok] * m.factor
            for name in ("tpot", "itl")
            for stat in ("sample", "mean", "p50")
            for c, m in found.items()
            if (m.metric, m.stat) == (name, stat)
        ),
        None,
    )
    if tpot is None:
        return
    for column, meaning in list(found.items()):
        if meaning.metric != "decode_rate" or meaning.stat not in ("sample", "mean", "p50"):
            continue
        if _median(values[column][ok] * meaning.factor * tpot) > _TOGETHER:
            for name, other in list(found.items()):
                if other.metric == "decode_rate" and other.definition == meaning.definition:
                    found[name] = replace(other, metric="output_throughput", definition="")
            return


def _median(data: Floats) -> float:
    data = data[np.isfinite(data)]
    return float(np.median(data)) if len(data) else float("nan")


def _error(a: Floats, b: Floats) -> float:
    """Median relative difference over the records that have both; infinite when none has."""
    with np.errstate(all="ignore"):
        data = np.abs(a / b - 1)
    data = data[np.isfinite(data)]
    return float(np.median(data)) if len(data) else float("inf")


def _share_close(a: Floats, b: Floats) -> float:
    both = np.isfinite(a) & np.isfinite(b)
    # 1e-4 s is the rounding of files that write four decimals
    return float(np.isclose(a[both], b[both], rtol=_CLOSE, atol=1.5e-4).mean()) if both.any() else 0.0
