"""One column of rates that two programs filled: for some systems the engine's own rate, for others tokens over the
whole time of the answer.

The second is lower by what waiting and reading the prompt took, so the two do not compare. Which systems have which is
told by the tokens and times of the same records.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from chimera_report.tools.metrics import Resolved, normalise
from chimera_report.tools.schema import ESTIMATED

from . import cells
from .reading import STEP, Column
from .rows import Bools, Coded, Floats

_BY_TOKENS = frozenset((
    "decode_rate", "client_decode_rate", "prefill_rate", "output_throughput", "total_throughput", "tpot",
    "output_tokens", "prompt_tokens", "total_tokens", "energy_per_token",
))  # fmt: skip
_GUESSED = re.compile(r"estimat|approx|heurist|guess", re.IGNORECASE)
WHOLE = "output tokens / end-to-end latency"
_SAME, _OTHER = 2e-3, 2e-2  # medians of how far the rates lie from tokens / time: rounding, and another definition
_FEWEST = 3  # records of a system


def told_apart(metrics: dict[str, Resolved], values: dict[str, Floats], ok: Bools, subject: Coded) -> dict[str, str]:
    """Move the rates of systems whose rate is tokens over the whole time into a column of their own, in place.

    New column → the one that its values stand in."""

    def of(metric: str) -> str:
        return next((c for c, m in metrics.items() if (m.metric, m.stat) == (metric, "sample") and c in values), "")

    rate, tokens, time = of("decode_rate"), of("output_tokens"), of("e2e_latency")
    if not (rate and tokens and time) or metrics[rate].definition or len(subject.levels) < 2:
        return {}
    with np.errstate(all="ignore"):
        made = values[tokens] / (values[time] * metrics[time].factor) / (values[rate] * metrics[rate].factor)
    apart = np.where(ok, np.abs(made - 1), np.nan)
    whole: Bools = np.zeros(len(apart), dtype=bool)
    others = False
    for code in range(len(subject.levels)):
        mine = subject.codes == code
        known = apart[mine & np.isfinite(apart)]
        if len(known) < _FEWEST:
            continue
        if float(np.median(known)) < _SAME and float(known.max()) < _OTHER:
            whole |= mine
        elif float(np.median(known)) > _OTHER:
            others = True
    if not others or not whole.any():
        return {}
    column = f"{rate} "  # the same header, once more
    metrics[column] = replace(metrics[rate], definition=WHOLE)
    values[column] = np.where(whole, values[rate], np.nan)
    values[rate] = np.where(whole, np.nan, values[rate])
    return {column: rate}


def estimated(table: dict[str, Column], metrics: dict[str, Resolved], values: dict[str, Floats]) -> dict[str, str]:
    """Tell counts of tokens that somebody estimated, and rates over them, apart from counted ones, in place: where a
    column says of each record which it is (`token_source`: api, estimated). New column → the one that its values stand
    in."""
    said = None
    for column, texts in table.items():
        if texts.dtype == object and "token" in normalise(column.rpartition(STEP)[2]).split("_"):
            mask = cells.where(texts, lambda text: bool(_GUESSED.search(text)))
            said = mask if said is None else said | mask
    if said is None or not said.any():
        return {}
    titles = {}
    for column, meaning in list(metrics.items()):
        if meaning.metric not in _BY_TOKENS or column not in values or meaning.definition.endswith(ESTIMATED):
            continue
        new = f"{column}  "
        words = f"{meaning.definition}, {ESTIMATED}" if meaning.definition else ESTIMATED
        metrics[new] = replace(meaning, definition=words)
        values[new] = np.where(said, values[column], np.nan)
        values[column] = np.where(said, np.nan, values[column])
        titles[new] = column
        if not np.isfinite(values[column]).any():
            del metrics[column], values[column]
    return titles
