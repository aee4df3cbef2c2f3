"""Simulates what the statistics promise, and writes the tables of docs/statistics.md: `make simulate`.

Everything runs through the functions that reports use, on seeded data, so that a second run writes the same tables.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from chimera_report.tools.schema import Comparison, Recipe
from chimera_report.tools.stats.breaks import change_places
from chimera_report.tools.stats.compare import adjust
from chimera_report.tools.stats.intervals import log_t, median_interval, welch

DOC = Path(__file__).parents[2] / "docs" / "statistics.md"
SIZES = (3, 5, 6, 10, 20, 30)
Draw = Callable[[np.random.Generator, int, int], np.ndarray]  # rounds × n logs


def normal(cv: float) -> Draw:
    return lambda rng, rounds, n: rng.normal(0.0, cv, (rounds, n))


def bimodal(rng: np.random.Generator, rounds: int, n: int) -> np.ndarray:
    """Cold and warm pooled: one record in five takes ten times as long. What the cold-start split prevents."""
    return rng.normal(0.0, 0.05, (rounds, n)) + math.log(10) * (rng.random((rounds, n)) < 0.2)


def drift(rng: np.random.Generator, rounds: int, n: int) -> np.ndarray:
    """Within a run the machine slows by 10 % from first to last, around the run's mean."""
    return rng.normal(0.0, 0.03, (rounds, n)) + np.linspace(-0.05, 0.05, n)


def outliers(rng: np.random.Generator, rounds: int, n: int) -> np.ndarray:
    """One record in twenty takes half as long again."""
    return rng.normal(0.0, 0.03, (rounds, n)) + math.log(1.5) * (rng.random((rounds, n)) < 0.05)


# Name → draw, mean of the logs, median of the logs (None where the interval of the median promises nothing).
SHAPES: dict[str, tuple[Draw, float, float | None]] = {
    "lognormal, CV 3 %": (normal(0.03), 0.0, 0.0),
    "lognormal, CV 30 %": (normal(0.3), 0.0, 0.0),
    "lognormal, CV 100 %": (normal(0.83), 0.0, 0.0),
    "drift of 10 %": (drift, 0.0, 0.0),
    "outliers, 5 % at 1.5 ×": (outliers, 0.05 * math.log(1.5), None),
    "cold and warm pooled": (bimodal, 0.2 * math.log(10), None),
}


def coverage(rounds: int) -> tuple[list[list[str]], list[list[str]]]:
    means, medians = [], []
    for seed, (name, (draw, mean, median)) in enumerate(SHAPES.items()):
        mean_row, median_row = [name], [name]
        for n in SIZES:
            logs = draw(np.random.default_rng([seed, n]), rounds, n)
            hit = sum(ci.low <= math.exp(mean) <= ci.high for x in logs if (ci := log_t(np.exp(x))[1]) is not None)
            mean_row.append(_percent(hit / rounds))
            if median is None or n < 6:
                median_row.append("–")
                continue
            found = [median_interval(np.sort(np.exp(x))) for x in logs]
            median_row.append(
                _percent(sum(ci.low <= math.exp(median) <= ci.high for ci in found if ci is not None) / rounds)
            )
        means.append(mean_row)
        if median is not None:
            medians.append(median_row)
    return means, medians


def comparison(a: np.ndarray, b: np.ndarray, names: tuple[str, str]) -> Comparison:
    """As `tools.stats` compares two subjects under one condition."""
    n, m = len(a), len(b)
    test = welch(float(a.mean()), float(a.var(ddof=1)), n, float(b.mean()), float(b.var(ddof=1)), m)
    assert test is not None
    return Comparison(
        recipe=Recipe(function="comparison"),
        suite="",
        metric="decode_rate",
        a=names[0],
        b=names[1],
        n_a=n,
        n_b=m,
        value_a=math.exp(float(a.mean())),
        value_b=math.exp(float(b.mean())),
        ratio=test.ratio,
        ratio_ci=test.interval(),
        p=test.p,
    )


def family(draws: list[np.ndarray]) -> tuple[Comparison, ...]:
    pairs = [(i, j) for i in range(len(draws)) for j in range(i)]
    return adjust([comparison(draws[i], draws[j], (str(i), str(j))) for i, j in pairs])


def false_alarms(rounds: int) -> list[list[str]]:
    """Systems that do not differ: the share of comparisons that say "faster" or "slower"."""
    rows = []
    for name, draw in (
        ("CV 3 %", normal(0.03)),
        ("CV 10 %", normal(0.1)),
        ("CV 30 %", normal(0.3)),
        ("outliers", outliers),
        ("cold and warm pooled", bimodal),
    ):
        row = [name]
        for systems in (2, 3, 5):
            for n in (6, 20):
                rng = np.random.default_rng([systems, n])
                fired = total = 0
                for _ in range(max(rounds // (4 if systems == 5 else 1), 1)):
                    found = family([draw(rng, 1, n)[0] for _ in range(systems)])
                    fired += sum(c.outcome in ("higher", "lower") for c in found)
                    total += len(found)
                row.append(_percent(fired / total, 2))
        rows.append(row)
    return rows


def power(rounds: int) -> list[list[str]]:
    """A true difference of 10 %: the share of comparisons that find it."""
    rows = []
    for cv in (0.01, 0.03, 0.05, 0.1):
        row = [f"CV {cv:.0%}".replace("%", " %")]
        for n in (6, 10, 20, 30):
            rng = np.random.default_rng([int(1000 * cv), n])
            found = [family([rng.normal(0, cv, n), rng.normal(math.log(1.1), cv, n)])[0].outcome for _ in range(rounds)]
            row.append(_percent(sum(o in ("higher", "lower") for o in found) / rounds))
        rows.append(row)
    return rows


def breaks(rounds: int) -> list[list[str]]:
    """Change points: false ones in steady series, and found ones where the level moves by 5 % half way."""
    rows = []
    for n in (30, 60, 120):
        rng = np.random.default_rng(n)
        steady = sum(bool(change_places(rng.normal(0, 0.03, n))) for _ in range(rounds)) / rounds
        step = np.where(np.arange(n) >= n // 2, math.log(1.05), 0.0)
        hit = 0
        for _ in range(rounds):
            places = [at for at, _ in change_places(rng.normal(0, 0.03, n) + step)]
            hit += len(places) == 1 and abs(places[0] - n // 2) <= 3
        rows.append([str(n), _percent(steady, 2), _percent(hit / rounds)])
    return rows


def _percent(share: float, digits: int = 1) -> str:
    return f"{100 * share:.{digits}f} %"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def tables(rounds: int) -> dict[str, str]:
    """Marker → the table that stands there."""
    means, medians = coverage(4 * rounds)
    sizes = [f"n = {n}" for n in SIZES]
    alarms = [f"{s} systems, n = {n}" for s in (2, 3, 5) for n in (6, 20)]
    return {
        "coverage-mean": _table(["interval of the geometric mean", *sizes], means),
        "coverage-median": _table(["interval of the median", *sizes], medians),
        "false-alarms": _table(["no difference", *alarms], false_alarms(2 * rounds)),
        "power": _table(["10 % difference", *(f"n = {n}" for n in (6, 10, 20, 30))], power(rounds)),
        "change-points": _table(["n", "false alarm", "5 % step found within 3"], breaks(max(rounds // 4, 1))),
    }


def fill(text: str, found: dict[str, str]) -> str:
    """The document with each table between its markers. Raises ValueError where a marker is missing."""
    for name, table in found.items():
        start, end = f"<!-- simulate:{name} -->\n", f"<!-- end:{name} -->"
        before, opened, rest = text.partition(start)
        _, closed, after = rest.partition(end)
        if not opened or not closed:
            raise ValueError(f"docs/statistics.md has no place for {name}")
        text = before + start + table + "\n" + end + after
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2000)
    rounds = parser.parse_args().rounds
    found = tables(rounds)
    DOC.write_text(fill(DOC.read_text(encoding="utf-8"), found), encoding="utf-8")
    sys.stdout.write("\n\n".join(found.values()) + "\n")


if __name__ == "__main__":
    main()
