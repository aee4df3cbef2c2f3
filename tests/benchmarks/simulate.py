"""Simulates what the statistics promise, and writes the tables of docs/statistics.md: `make simulate`.

Everything runs through the functions that reports use, on seeded data, so that a second run writes the same tables.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import NormalDist

import numpy as np

from chimera_report.tools.schema import Comparison, Recipe
from chimera_report.tools.stats.breaks import change_places
from chimera_report.tools.stats.compare import adjust
from chimera_report.tools.stats.course import drifts, mann_kendall, strays
from chimera_report.tools.stats.intervals import log_t, median_interval, welch
from chimera_report.tools.stats.least_squares import least_squares

DOC = Path(__file__).parents[2] / "docs" / "statistics.md"
SIZES = (3, 5, 6, 10, 20, 30)
POWERS = (3, 4, 5, 6, 10, 20, 30)
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


def skewed(rng: np.random.Generator, rounds: int, n: int) -> np.ndarray:
    """Times with a floor and a long tail: their logs are no normal values."""
    return np.log(1.0 + rng.exponential(0.3, (rounds, n)))


def _quantile_of(share: float) -> float:
    """Of the standard normal: where the median of a mixture lies whose other part is far above."""
    return NormalDist().inv_cdf(share)


# Name → draw, mean of the logs (None where the t interval on the logs promises nothing), median of the logs.
ALIKE: dict[str, tuple[Draw, float | None, float]] = {
    "lognormal, CV 3 %": (normal(0.03), 0.0, 0.0),
    "lognormal, CV 30 %": (normal(0.3), 0.0, 0.0),
    "lognormal, CV 100 %": (normal(0.83), 0.0, 0.0),
    "a floor and a long tail": (skewed, None, math.log(1.0 + 0.3 * math.log(2))),
    "outliers, 5 % at 1.5 ×": (outliers, None, 0.03 * _quantile_of(0.5 / 0.95)),
    "cold and warm pooled": (bimodal, None, 0.05 * _quantile_of(0.5 / 0.8)),
}
# Values of several kinds: name → draw, mean of the logs.
UNLIKE: dict[str, tuple[Draw, float]] = {
    "drift of 10 %": (drift, 0.0),
    "outliers, 5 % at 1.5 ×": (outliers, 0.05 * math.log(1.5)),
    "cold and warm pooled": (bimodal, 0.2 * math.log(10)),
}


def covers(logs: np.ndarray, mean: float, spread: tuple[float, float] | None = None) -> bool:
    ci = log_t(np.exp(logs), spread)[1]
    return ci is not None and ci.low <= math.exp(mean) <= ci.high


def coverage(rounds: int) -> tuple[list[list[str]], list[list[str]]]:
    means, medians = [], []
    for seed, (name, (draw, mean, median)) in enumerate(ALIKE.items()):
        mean_row, median_row = [name], [name]
        for n in SIZES:
            logs = draw(np.random.default_rng([seed, n]), rounds, n)
            if mean is not None:
                mean_row.append(_percent(sum(covers(x, mean) for x in logs) / rounds))
            found = [ci for x in logs if (ci := median_interval(np.sort(np.exp(x)))) is not None]
            hit = sum(ci.low <= math.exp(median) <= ci.high for ci in found)
            median_row.append(_percent(hit / rounds) if found else "–")
        means += [mean_row] if mean is not None else []
        medians.append(median_row)
    return [*means, _of_settings(rounds)], medians


def _of_settings(rounds: int) -> list[str]:
    """Half of the records at a setting that is 50 % faster: the error is that about the settings' own means."""
    row = ["two settings, 50 % apart"]
    for n in SIZES:
        fast = (np.arange(n) % 2).astype(np.float64)
        x = np.column_stack([np.ones(n), fast])
        effect, hit = math.log(1.5) * fast, 0
        logs = normal(0.03)(np.random.default_rng([9, n]), rounds, n) + effect
        solved = [least_squares(x, y) for y in logs]
        if any(s is None or s.noise[1] < 10 for s in solved):
            row.append("–")
            continue
        hit = sum(covers(y, float(effect.mean()), s.noise) for y, s in zip(logs, solved, strict=True) if s is not None)
        row.append(_percent(hit / rounds))
    return row


def told(logs: np.ndarray) -> bool:
    """Whether a report raises an alert on the series, and gives no interval of its mean."""
    if len(logs) < 10:
        return False
    moved = drifts(logs, mann_kendall(logs)) or change_places(logs)
    return bool(moved) or 0 < len(strays(logs)) <= max(1.0, 0.1 * len(logs))


def unlike(rounds: int) -> list[list[str]]:
    """Of each shape and size the share of series that are told, and what the interval would cover in all of them."""
    rows = []
    for seed, (name, (draw, mean)) in enumerate(UNLIKE.items()):
        row = [name]
        for n in SIZES:
            logs = draw(np.random.default_rng([3 + seed, n]), rounds, n)
            share, hit = (sum(map(f, logs)) / rounds for f in (told, lambda x, mean=mean: covers(x, mean)))
            row.append(f"{_percent(share, 0)}; {_percent(hit)}")
        rows.append(row)
    return rows


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


def heavy(rng: np.random.Generator, rounds: int, n: int) -> np.ndarray:
    """Heavy tails: t with three degrees of freedom, scaled to 3 %."""
    return 0.03 * rng.standard_t(3, (rounds, n))


def cold_pooled(rng: np.random.Generator, rounds: int, n: int) -> np.ndarray:
    """One record in five is a cold start that takes five times as long."""
    return rng.normal(0.0, 0.03, (rounds, n)) + math.log(5) * (rng.random((rounds, n)) < 0.2)


FEW = (3, 4, 5, 6)


def few(rounds: int) -> list[list[str]]:
    """Two systems that do not differ, few records a side: the share of comparisons that say "faster" or "slower"."""
    rows = []
    for seed, (name, draw) in enumerate(
        (
            ("lognormal, CV 3 %", normal(0.03)),
            ("lognormal, CV 10 %", normal(0.1)),
            ("lognormal, CV 30 %", normal(0.3)),
            ("t with 3 degrees, 3 %", heavy),
            ("outliers, 5 % at 1.5 ×", outliers),
            ("cold pooled, 20 % at 5 ×", cold_pooled),
        )
    ):
        row = [name]
        for n in FEW:
            rng = np.random.default_rng([40 + seed, n])
            found = [family([draw(rng, 1, n)[0] for _ in "ab"])[0] for _ in range(rounds)]
            row.append(_percent(sum(c.outcome in ("higher", "lower") for c in found) / rounds, 2))
        rows.append(row)
    return rows


def sessions(rounds: int) -> list[list[str]]:
    """Sessions of one system differ by 5 %, runs within one by 1 %: the share of comparisons that say "faster" or
    "slower", of these runs and for the systems. From three sessions a side on, their means are the observations."""
    rows = []
    for count in (1, 3, 6):
        row = [f"{count} session{'s' if count > 1 else ''} a side"]
        for n in FEW:
            rng = np.random.default_rng([50 + count, n])
            runs = systems = 0
            for _ in range(rounds):
                sides = rng.normal(0.0, 0.05, (2, count, 1)) + rng.normal(0.0, 0.01, (2, count, n))
                a, b = (s.mean(axis=1) if count > 1 else s.reshape(-1) for s in sides)
                (found,) = adjust([comparison(a, b, ("a", "b")).model_copy(update={"sessions": count})])
                if found.outcome in ("higher", "lower"):
                    systems += found.reach == "systems"
                    runs += found.reach == "runs"
            row.append(f"{_percent(runs / rounds, 1)}; {_percent(systems / rounds, 2)}")
        rows.append(row)
    return rows


def power(rounds: int) -> list[list[str]]:
    """A true difference of 10 %: the share of comparisons that find it."""
    rows = []
    for cv in (0.01, 0.03, 0.05, 0.1):
        row = [f"CV {cv:.0%}".replace("%", " %")]
        for n in POWERS:
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
        "coverage-unlike": _table(["told; what the interval would cover", *sizes], unlike(max(rounds // 2, 1))),
        "coverage-median": _table(["interval of the median", *sizes], medians),
        "false-alarms": _table(["no difference", *alarms], false_alarms(2 * rounds)),
        "few": _table(["no difference", *(f"n = {n}" for n in FEW)], few(4 * rounds)),
        "sessions": _table(["of these runs; for the systems", *(f"n = {n}" for n in FEW)], sessions(2 * rounds)),
        "power": _table(["10 % difference", *(f"n = {n}" for n in POWERS)], power(rounds)),
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
