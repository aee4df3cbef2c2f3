"""What the sizes in models' names say: a larger one that is faster than a smaller one of its family, and memory that is
the same for all of them, so that it was reserved."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from chimera_report.tools.metrics import metric as registered
from chimera_report.tools.schema import FACTOR, Alert

from .alerting import make
from .checked import per_record, told_by, usable, where
from .columns import Selection
from .intervals import Floats
from .prepared import Prepared
from .score_checks import FORMATS, bits_of

# 7B, 0.5b, 1.7B, 360M; experts that are active or many ("A3B", "8x7B", "E2B") say nothing of how much is computed
_SIZE = re.compile(r"(?<![A-Za-z0-9.])(?P<n>\d+(?:\.\d+)?)(?P<u>[bBmM])(?![A-Za-z0-9])")
_EXPERTS = re.compile(r"(?<![A-Za-z])[AaEe]\d+(?:\.\d+)?[bB](?![A-Za-z0-9])|\d+x\d+|moe|gpt-oss", re.IGNORECASE)
_SPEEDS = ("decode_rate", "output_throughput", "tpot", "run_time", "e2e_latency")
_OF_WORK = ("run_time", "e2e_latency")
_FASTER = 1.08  # the larger over the smaller
_LARGER = 1.8  # in size
_FEWEST = 3  # sizes
_ALIKE = 1.02  # the greatest memory over the least
_WIDE = 2.0  # the greatest size, or width of a weight, over the least
_EQUAL_WORK = 1.15
_MACHINE = ("device", "gpu", "num_gpus", "gpu_count", "tensor_parallel", "host")


def size_of(name: str) -> float | None:
    """Billions of parameters, as a dense model's name says; None where it says none or several."""
    found = {float(m["n"]) * (1e-3 if m["u"] in "mM" else 1.0) for m in _SIZE.finditer(name)}
    return found.pop() if len(found) == 1 and not _EXPERTS.search(name) else None


def family_of(name: str) -> str:
    """The name without its size."""
    return _SIZE.sub("#", name)


def sizes_out_of_order(prepared: Prepared) -> Iterator[Alert]:
    """One alert a suite and metric: of three sizes of a family and more on one machine, a larger one that is faster
    than a smaller one, while most go the other way."""
    for rows in usable(prepared).split("suite"):
        told = False
        for metric in _SPEEDS:
            part = rows.keep(rows.has("metric", metric) & (rows.has("stat", "sample") | rows.has("stat", "mean")))
            if told or len(part.known("subject")) < _FEWEST:
                continue
            found = _inverted(prepared, part, metric)
            if found is None:
                continue
            told = True
            small, large, values, cited = found
            yield make(
                "size_order",
                f"{rows.name('suite')}:{metric}",
                cited,
                severity="warning",
                suite=rows.name("suite"),
                metric=metric,
                values={"small": small, "large": large, **values},
                advice=f"check which model was served as {large} and as {small}",
            )


def _inverted(
    prepared: Prepared, part: Selection, metric: str
) -> tuple[str, str, dict[str, float | int | str], Selection] | None:
    if (part.codes(FACTOR + "provider") >= 0).any() if FACTOR + "provider" in part.columns.codes else False:
        return None  # each of their models has machines of its own
    names = list(dict.fromkeys([*_machine(part), *told_by(prepared, part)]))
    better = registered(metric).direction == "higher"
    work = per_record(prepared, "output_tokens")
    best = None
    cells = part.cells(names)
    for cell in np.unique(cells):
        one = part.keep(cells == cell)
        typical: dict[str, tuple[float, float, str, Selection]] = {}
        for mine in one.split("subject"):
            name = mine.name("subject")
            size = size_of(name)
            if size is not None and mine.values.min() > 0:
                tokens = work[mine.number("rid")]
                length = float(np.nanmedian(tokens)) if np.isfinite(tokens).any() else float("nan")
                typical[name] = size, float(np.median(mine.values)), family_of(name), mine
                if metric in _OF_WORK and not np.isfinite(length):
                    typical.pop(name)
        for family in {t[2] for t in typical.values()}:
            rows = sorted((t[0], t[1], n) for n, t in typical.items() if t[2] == family)
            if len({r[0] for r in rows}) < _FEWEST:
                continue
            pairs = [(a, b) for i, a in enumerate(rows) for b in rows[i + 1 :] if b[0] >= _LARGER * a[0]]
            gains = [(b[1] / a[1] if better else a[1] / b[1], a, b) for a, b in pairs]
            odd = [g for g in gains if g[0] >= _FASTER and _same_work(work, typical, g[1][2], g[2][2], metric)]
            if not odd or 2 * len(odd) >= len(gains):
                continue  # sizes say nothing there
            worst = max(odd, key=lambda g: g[0])
            if best is None or worst[0] > best[0]:
                cited = typical[worst[1][2]][3].joined(typical[worst[2][2]][3])
                best = worst[0], worst[1], worst[2], where(one, names, 0, subject=False), cited, len(rows)
    if best is None:
        return None
    _, small, large, condition, cited, many = best
    values: dict[str, float | int | str] = {"value_small": small[1], "value_large": large[1], "sizes": many}
    return small[2], large[2], values | ({"condition": condition} if condition else {}), cited


def _same_work(
    work: Floats, typical: dict[str, tuple[float, float, str, Selection]], a: str, b: str, metric: str
) -> bool:
    """Whether two gave answers of about one length, where the metric is of whole answers."""
    if metric not in _OF_WORK:
        return True
    lengths = [float(np.nanmedian(work[typical[n][3].number("rid")])) for n in (a, b)]
    return max(lengths) <= _EQUAL_WORK * min(lengths)


def reserved_memory(prepared: Prepared) -> Iterator[Alert]:
    """One alert a suite: three models or formats of weights and more, of which one is at least twice as large as
    another, that hold the same memory on the same machine."""
    for rows in usable(prepared).split("suite"):
        part = rows.keep(rows.has("metric", "vram") & (rows.values > 0))
        if len(part) < _FEWEST:
            continue
        found = _reserved(prepared, part)
        if found is None:
            continue
        axis, sides, cited, condition = found
        yield make(
            "reserved_memory",
            f"{rows.name('suite')}:vram",
            cited,
            severity="warning",
            suite=rows.name("suite"),
            metric="vram",
            factor="" if axis == "subject" else axis,
            values={
                "lowest": float(cited.values.min()),
                "highest": float(cited.values.max()),
                "names": len(sides),
                "first": sides[0],
                "last": sides[-1],
                **({"condition": condition} if condition else {}),
            },
            advice="ask the server how much its weights and its cache take",
        )


def _reserved(prepared: Prepared, part: Selection) -> tuple[str, list[str], Selection, str] | None:
    machine = _machine(part)
    for axis in ["subject", *(n for n in told_by(prepared, part) if n not in machine)]:
        column = axis if axis == "subject" else FACTOR + axis
        for one in part.split(*(FACTOR + m for m in machine)) if machine else [part]:
            widths = {n: size_of(n) if axis == "subject" else _width(n, axis) for n in one.known(column)}
            known = {n: float(w) for n, w in widths.items() if w}
            if len(known) < _FEWEST or max(known.values()) < _WIDE * min(known.values()):
                continue
            sides = sorted(known, key=lambda n: known[n])
            cited = one.keep(np.any([one.has(column, n) for n in sides], axis=0))
            medians = [float(np.median(one.values[one.has(column, n)])) for n in sides]
            if max(medians) <= _ALIKE * min(medians) and len(cited) >= _FEWEST:
                return axis, sides, cited, where(one, machine, 0, subject=False)
    return None


_FORMATS = {"awq": 4, "gptq": 4, "nf4": 4, "bf16": 16, "fp16": 16, "f16": 16, "fp8": 8, "int8": 8, "int4": 4}


def _width(level: str, axis: str) -> int | None:
    """Bits of a weight, where a level is called by its format; a bare number only under a format's name."""
    if level.lower() in _FORMATS:
        return _FORMATS[level.lower()]
    return bits_of(level) if axis in FORMATS or not level[:1].isdigit() else None


def _machine(rows: Selection) -> list[str]:
    """What says on what and on how much of it these records ran, even where only some of them say it."""
    present = [n for n in _MACHINE if FACTOR + n in rows.columns.codes]
    return [n for n in present if len(np.unique(rows.factor(n))) > 1]
