"""Text of no known tool that states results line by line: `TTFT: 120 ms`, `decode rate = 45.2 tok/s`, `Model: a:1b`.

A label that comes again, or a rule between the lines, begins another record; what no number follows (the model, a
setting) holds for the records after it until it is said anew.
"""

from __future__ import annotations

import re

from chimera_report.tools.metrics import METRICS, normalise, resolve, resolve_factor

from .amounts import amount
from .columns import is_subject
from .reading import Reading, records_of

_LOG = re.compile(
    r"^\s*(?:\[?\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\]?\s*)?"
    r"(?:\[?(?:INFO|DEBUG|WARN(?:ING)?|ERROR|NOTICE)\]?\s*[:|-]?\s*)?"
)
_PAIR = re.compile(r"^\W*([A-Za-z][\w ()/%.+-]{0,48}?)\s*(?:\.{2,}\s*:?|[:=])\s*(\S.*?)\s*$")
_RULE = re.compile(r"^\s*(?:[-=*_#]{3,}.*|\[[^\]]+\]|(?:run|test|trial|iteration|round)\s*#?\d+\b.*)$", re.IGNORECASE)
_FEW = 2  # results, before a text counts as results
_LINES = 200_000


def read_lines(text: str) -> Reading | None:
    """The records of a text; None when it states no results that a registry knows."""
    records: list[dict[str, str]] = []
    where: list[str] = []
    fields: dict[str, str] = {}
    current: dict[str, str] = {}
    begun = told = 0

    def close() -> None:
        nonlocal current, told
        if told:
            records.append({**fields, **current})
            where.append(f"line {begun}")
        current, told = {}, 0

    for number, line in enumerate(text.splitlines()[:_LINES], 1):
        plain = _LOG.sub("", line.strip(), count=1)
        if _RULE.match(plain):
            close()
            continue
        pair = _PAIR.match(plain) if len(plain) < 200 else None
        if pair is None:
            continue
        label, cell = pair[1].strip(), pair[2].strip()
        found = _result(label, cell)
        if found is None:
            if is_subject(label) or resolve_factor(label):
                close()
                fields[label] = cell
            continue
        if label in current:
            close()
        if not told:
            begun = number
        current[label] = cell
        told += 1
    close()
    if sum(len(r) for r in records) < _FEW or not any(_result(k, v) for r in records for k, v in r.items()):
        return None
    reading = Reading(format="text")
    made = records_of(records, where)
    made.flat = True
    reading.records.append(made)
    reading.count = len(records)
    return reading


def _result(label: str, cell: str) -> str | None:
    """The metric that a line states; None where it states none that is registered."""
    stated = amount(cell)
    if stated is None or stated.value != stated.value or len(normalise(label).split("_")) > 6:
        return None
    found = resolve(label, unit_hint=stated.unit)
    return found.metric if found is not None and found.metric in METRICS else None
