"""Tables, made by hand or by a script, whose rows are tests of llama-bench: what the rate of a row is of stands in the
name of its test.

`pp512` reads a prompt of 512 tokens, `tg128` generates 128, `pp512+tg128` does both; ` @ d4096` is behind a context of
4096 (llama.cpp, `tools/llama-bench/README.md`).
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from chimera_report.tools.metrics import METRICS, normalise, resolve

from . import cells
from .reading import ABOVE, GIVEN, STEP, Column, Records

_TEST = re.compile(r"(?:(pp)\s?(\d+))?\s*(\+)?\s*(?:(tg)\s?(\d+))?(?:\s*@\s*d(\d+))?", re.IGNORECASE)
# What stands there without a length: which of the two rates it is.
_BARE = {
    **dict.fromkeys(("pp", "prefill", "prompt", "prompt processing", "prompt eval", "prompt_eval"), 0),
    **dict.fromkeys(("tg", "decode", "generation", "text generation", "token generation", "gen", "eval"), 1),
}
_NAMES = frozenset(("metric", "measure", "measurement", "test", "test_name", "bench", "benchmark", "what", "rate_of"))
_HEADS = ("prompt tok/s", "generation tok/s", "total tok/s")
_ENOUGH, _MOST = 4, 0.8  # tests among the names of a column: a load that failed may stand among them
_DEVIATIONS = ("std", "stddev", "stdev", "sd", "sigma", "+/-")


def by_test(records: Records) -> Records:
    """The records with a column for each kind of rate, and the lengths that a test's name tells; unchanged where no
    column holds names of tests, or no column a rate that is told by its unit alone."""
    tests = next((c for c, v in records.columns.items() if not c.startswith((ABOVE, GIVEN)) and _names_tests(c, v)), "")
    if not tests:
        return records
    rates = [c for c in records.columns if c != tests and not c.startswith((ABOVE, GIVEN)) and _is_rate(c)]
    if len(rates) != 1:
        return records
    parsed = [_parts(v) for v in records.columns[tests]]
    kind = np.array([p[0] if p else -1 for p in parsed])
    if np.isfinite(cells.numbers(records.columns[rates[0]][kind < 0])).any():
        return records  # a rate of what is no test would have no name
    columns: dict[str, Column] = {c: v for c, v in records.columns.items() if c not in (tests, rates[0])}
    titles = dict(records.titles)
    spread = [c for c in columns if _is_deviation(normalise(c.rpartition(STEP)[2]))]
    for i, head in enumerate(_HEADS):
        if not (kind == i).any():
            continue
        columns[head] = _only(records.columns[rates[0]], kind == i)
        titles[head] = records.titles.get(rates[0], rates[0])
        if len(spread) == 1:
            columns[f"std {head}"] = _only(records.columns[spread[0]], kind == i)
            titles[f"std {head}"] = spread[0]
    if len(spread) == 1:
        del columns[spread[0]]
    for behind in [c for c in columns if normalise(c) == "depth"]:
        columns[GIVEN + "n_depth"] = columns.pop(behind)
    for at, name in ((1, "n_prompt"), (2, "n_gen"), (3, "n_depth")):
        told = [p[at] if p else None for p in parsed]
        if any(v is not None for v in told) and not any(normalise(c.removeprefix(GIVEN)) == name for c in columns):
            columns[GIVEN + name] = np.array(told, dtype=object)
    return replace(records, columns=columns, titles=titles)


def _only(column: Column, mask: np.ndarray) -> Column:
    out = np.empty(len(column), dtype=object)
    out[:] = None
    out[mask] = column[mask]
    return out


def _names_tests(name: str, column: Column) -> bool:
    if column.dtype != object:
        return False
    texts = [v for v in dict.fromkeys(column.tolist()) if isinstance(v, str) and v.strip()]
    known = sum(_parts(t) is not None for t in texts)
    bare = {_BARE[t.strip().lower()] for t in texts if t.strip().lower() in _BARE}
    words = {t.strip().lower() for t in texts} & _BARE.keys() - {"pp", "tg"}
    if words and normalise(name.rpartition(STEP)[2]) not in _NAMES:
        return False  # a worker that decodes is a part of a request
    if bare and len(bare) < 2 and not any(_TEST.fullmatch(t.strip()) for t in texts):
        return False  # a word alone says nothing of the column
    return known == len(texts) > 0 or (known >= _ENOUGH and known >= _MOST * len(texts))


def _parts(text: object) -> tuple[int, str | None, str | None, str | None] | None:
    """(kind of rate, tokens of the prompt, tokens generated, depth); None for what names no test."""
    if text is not None and (kind := _BARE.get(str(text).strip().lower())) is not None:
        return kind, None, None, None
    found = _TEST.fullmatch(str(text).strip()) if text is not None else None
    if found is None or not (found[2] or found[5]) or bool(found[3]) != bool(found[2] and found[5]):
        return None
    return (2 if found[3] else 0 if found[2] else 1), found[2], found[5], found[6]


def _is_deviation(name: str) -> bool:
    """`stddev`, and `stddev_tps` beside the one rate of the table."""
    head, _, tail = name.partition("_")
    return name in _DEVIATIONS or (head in _DEVIATIONS and bool(tail) and _is_rate(tail))


def _is_rate(column: str) -> bool:
    found = resolve(column.rpartition(STEP)[2])
    known = METRICS.get(found.metric) if found is not None else None
    return known is not None and known.unit == "tokens/s" and found is not None and found.stat in ("sample", "mean")
