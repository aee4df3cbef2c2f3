"""Whether the numbers of a column came out of the runs, or somebody chose them before.

A number that was chosen is round, and is crossed with what else was chosen. Counts of what was done, statistics, and
ratios of two other numbers are results: as a condition they would match no record with another.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from chimera_report.tools.metrics import normalise, resolve_factor, unit_name
from chimera_report.tools.schema import KnownBy, Role, listed, named_role

from . import cells
from .reading import ABOVE, GIVEN, STEP, Column
from .rows import Floats

if TYPE_CHECKING:
    from .identify import FileTable
    from .rows import Rows

_STATISTICS = frozenset((
    "avg", "average", "mean", "median", "peak", "std", "stddev", "stdev", "sd", "variance", "observed", "actual",
    "achieved", "measured", "generated", "elapsed", "final", "processed", "evaluated", "cached", "reused",
    "consumed", "spent", "dominant", "predicted", "detected", "classified", "p50", "p75", "p90", "p95", "p99",
))  # fmt: skip
# What is known by a name: a number there is a reading, or the place of a device in a list.
_NAMED = frozenset(
    ("gpu", "gpu_name", "gpu_model", "cpu", "cpu_name", "cpu_model", "os", "platform", "host", "machine")
)
_VERDICTS = frozenset(
    ("best", "worst", "fastest", "slowest", "winner", "loser", "optimal", "leader", "champion", "recommended",
     "feasibility", "feasible", "viability", "viable", "usability", "usable", "suitability", "practicality",
     "recommendation", "assessment", "conclusion", "fits")
)  # fmt: skip
# What is counted of the work, or said of its outcome: no name of anything that somebody sets.
_OUTCOMES = frozenset((
    "fail", "fails", "failed", "failures", "ok", "errors", "errored", "malformed", "passed", "solved", "correct",
    "wrong", "hits", "misses", "violations", "truncated", "score", "scores", "efficiency", "reward", "calls", "unknown",
    "rejected", "accepted", "hallucinated", "stalled", "winners", "wins", "losses",
))  # fmt: skip
_ALONE = frozenset(("min", "max", "minimum", "maximum", "sum", "total", "count"))
# What a run counts: as a plan these are round, and as a result they are not.
_COUNTED = frozenset((
    "requests", "prompts", "tasks", "questions", "problems", "items", "conversations", "samples", "calls", "batches",
    "messages", "events", "chunks", "turns", "tokens", "documents", "images", "steps", "runs",
))  # fmt: skip
_TEXTS = frozenset(
    (
        "paragraph",
        "paragraphs",
        "sentence",
        "sentences",
        "word",
        "words",
        "line",
        "lines",
        "character",
        "characters",
        "bullets",
    )
)
_MANY = frozenset(("count", "counts", "num", "n", "number", "total"))
_SWITCHES = frozenset(
    ("streaming", "stream", "think", "thinking", "enable_thinking", "cold", "warm", "compile", "speculative")
)
# An object that says how many of each kind there were: its numbers are no settings called by the kinds' names.
_TALLY = re.compile(r"(?:\w+_)?(?:distribution|counts|histogram|breakdown|tally|frequencies)|(?:by|per)_\w+")
_CHOSEN = (Role.SETTING, Role.WORKLOAD, Role.SYSTEM, Role.ENVIRONMENT)
_SMALL = 16  # whole numbers up to it are chosen as often as counted
_ROUGH = 1 / 3  # share of the levels that are not round, from which on nobody chose them
_DIGITS = 2  # significant digits of a fraction that somebody chose
_NEARLY_ALL = 0.5  # share of the records that have a level of their own
_FEW = 6  # records, below which that says nothing
_MOST = 16  # columns that are tried in pairs
_CLOSE = 2e-3
_STEPS, _DUST = 20, 1e-6  # somebody who sets a number with a unit goes by twentieths of it, at the finest
_SUMS, _EXACT = 4, 1000  # records, below which a sum may be chance, unless each number is this many of its last digit


def is_verdict(label: str) -> bool:
    """Whether a column says which level came out first (`best_backend`): that is a result of the others."""
    return bool(set(label.split("_")) & _VERDICTS)


# What a header of no known name may speak of, where its numbers were gone through one by one.
_GONE_THROUGH = frozenset(("context", "ctx", "depth", "prompt", "input", "concurrency", "batch"))
_MOST_LEVELS = 64


def swept(label: str, column: Column) -> bool:
    """Whether a column that no registry knows (`context_k`) holds the levels of a sweep: a word of a load or a length,
    no word of a result, and whole numbers that each come back, twice or more in the mean."""
    words = set(label.split("_"))
    if not words & _GONE_THROUGH or words & (_STATISTICS | _OUTCOMES | _ALONE | _COUNTED | _TIMES):
        return False
    numbers = cells.numbers(column)
    known = numbers[np.isfinite(numbers)]
    levels = np.unique(known)
    whole = bool(len(known)) and bool((known >= 0).all()) and not bool((known % 1).any())
    return whole and 1 < len(levels) <= _MOST_LEVELS and 2 * len(levels) <= len(known)


_TIMES = frozenset(
    ("ms", "s", "sec", "secs", "seconds", "us", "ns", "min", "time", "latency", "tps", "rate", "mb", "gb")
)


def came_out(label: str, levels: Floats) -> bool:
    """Whether the distinct numbers of a column with that (normalised) name are results rather than levels.

    A registered setting keeps its numbers, however odd: somebody did offload 27 layers.
    """
    words = set(label.split("_"))
    levels = levels[np.isfinite(levels)]
    known = listed(label) or resolve_factor(label) is not None
    role = named_role(label)
    if not len(levels):
        return False
    if label in _NAMED:
        return bool((levels < _SMALL).all())  # its place in a list: an RTX 3060 is a name
    if not known and words & _TEXTS and words & _MANY:
        return True  # paragraphs of an answer
    if not known and (words & (_STATISTICS | _OUTCOMES) or label in _ALONE):
        return True
    if not known and unit_name(label.rpartition("_")[2]) and bool((levels * _STEPS % 1 > _DUST).any()):
        return True  # 0.097 W: nobody sets a machine to that
    if label in _SWITCHES:
        return bool((levels > 1).any()) and _rough(levels)
    if known and not (role is Role.WORKLOAD and words & _COUNTED):
        return False
    return len(levels) > 1 and _rough(levels)


def _rough(levels: Floats) -> bool:
    return float(np.mean([not _round(float(v)) for v in levels])) > _ROUGH


def _round(number: float) -> bool:
    """Whether somebody would choose the number: a small or round one, a power of two, a fraction of few digits."""
    number = abs(number)
    if number % 1 == 0:
        whole = int(number)
        return whole <= _SMALL or whole % 8 == 0 or whole % 10 == 0 or whole % 25 == 0 or whole in range(0, 100, 5)
    return number * 8 % 1 == 0 or float(f"{number:.{_DIGITS - 1}e}") == number


_TURNS = frozenset(("turns", "num_turns", "n_turns", "steps", "num_steps", "iterations"))
_AGENT = re.compile(r"(?:^|_)tool_calls|^(?:passed|solved|resolved|stop_reason)$")


def of_agent(label: str, table: dict[str, Column]) -> bool:
    """Whether a column counts the turns that an agent took, beside its calls of tools or whether it solved the task:
    they came out, where those of a conversation were sent."""
    return label in _TURNS and any(_AGENT.search(_leaf(c)) for c in table)


def tallies(table: dict[str, Column]) -> list[str]:
    """The columns that say how many of a kind there were, and are called by the kind: `by_mode/streaming` 350."""
    return [c for c in table if is_tally(c) and named_role(_leaf(c)) in _CHOSEN and _whole(table[c])]


def is_tally(path: str) -> bool:
    """Whether a column lies in an object that counts how many of each kind there were."""
    steps = path.removeprefix(ABOVE).removeprefix(GIVEN).split(STEP)
    return len(steps) > 1 and bool(_TALLY.fullmatch(normalise(steps[-2])))


def _leaf(path: str) -> str:
    return normalise(path.rpartition(STEP)[2])


def _whole(column: Column) -> bool:
    values = cells.numbers(column)
    values = values[np.isfinite(values)]
    return bool(len(values)) and bool((values % 1 == 0).all())


def made_of_others(name: str, table: dict[str, Column]) -> bool:
    """Whether a column of fractions is computed from two other columns: their quotient, the one's share in both, their
    sum, difference or product."""
    mine = cells.numbers(table[name])
    if bool((mine[np.isfinite(mine)] % 1 == 0).all()):
        return False
    others = [cells.numbers(column) for other, column in table.items() if other != name][:_MOST]
    return computed(mine, others) or computed(mine, others, sums=True) or computed(mine, others, products=True)


def computed(mine: Floats, others: Sequence[Floats], *, sums: bool = False, products: bool = False) -> bool:
    """Whether numbers are two others divided by each other, or the one's share in both; with `sums` whether they are
    their sum or difference, with `products` their product: of a few records only where each number has four digits."""
    known = np.isfinite(mine)
    mine = mine[known]
    exact = len(mine) > 1 and bool((np.abs(mine) * 10.0 ** _decimals(mine) >= _EXACT).all())
    if len(mine) < (2 if sums and exact else _SUMS if sums or products else 3) or len(np.unique(mine)) < 2:
        return False
    rounding = max(10.0 ** -_decimals(mine) / 2, _CLOSE * float(np.abs(mine).min()))
    usable = [o[known] for o in others if bool((np.isfinite(o) & (o > 0))[known].all())]
    for i, a in enumerate(usable):
        for b in usable[i + 1 :]:
            made = (
                (a + b, np.abs(a - b)) if sums else (a * b,) if products else (a / b, b / a, a / (a + b), b / (a + b))
            )
            if any(bool((np.abs(m - mine) <= rounding * 1.01).all()) for m in made):
                return True
    return False


def _decimals(values: Floats) -> int:
    return max(len(f"{v:.10g}".partition(".")[2]) for v in values.tolist())


def without_results(files: list[FileTable]) -> None:
    """Take factors away that the files together show to be results: each file of a sweep has a count of its own."""
    found: dict[str, list[tuple[FileTable, Rows]]] = defaultdict(list)
    for file in files:
        for rows in file.rows:
            for name in rows.factors if file.source.role == "data" and rows.told else ():
                found[name].append((file, rows))
    for name, members in found.items():
        known = [a for _, rows in members for a in rows.told if a.means == name]
        if not known or any(a.known_by not in (KnownBy.NAME, KnownBy.VALUES) for a in known):
            continue  # a format, a mapping or a path says so
        texts = list(dict.fromkeys(v for _, rows in members for v in rows.factors[name].used))
        levels = cells.numbers(np.array(texts, dtype=object))
        if len(texts) < 2 or not np.isfinite(levels).all():
            continue
        if came_out(name, np.unique(levels)) or (named_role(name) is Role.UNKNOWN and _each_its_own(name, members)):
            for _, rows in members:
                del rows.factors[name]
                rows.told = [
                    a.model_copy(update={"role": Role.UNKNOWN, "known_by": KnownBy.NOTHING, "means": "", "values": ()})
                    if a.means == name
                    else a
                    for a in rows.told
                ]


def _each_its_own(name: str, members: list[tuple[FileTable, Rows]]) -> bool:
    """Whether most records have a number that no other has."""
    records = sum(len(np.unique(rows.record)) for _, rows in members)
    levels = {v for _, rows in members for v in rows.factors[name].used}
    return records >= _FEW and len(levels) > _NEARLY_ALL * records
