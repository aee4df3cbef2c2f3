"""Numbers that a text says of a system, held against the rows of the data: which statistic, under which settings.

Only what was measured counts: what a document of the folder states is no data, least of all for that document itself.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chimera_report.tools.lint.binding import Verdict
from chimera_report.tools.lint.world import World
from chimera_report.tools.metrics import METRICS, unit_factor
from chimera_report.tools.metrics import metric as metric_of

if TYPE_CHECKING:
    import pandas as pd

PERCENTILES = ("p50", "p90", "p95", "p99")
_AGREE = 1.1  # the greatest over the least of what runs of one configuration give as a percentile
TYPICAL = ("gmean", "p50", "mean")  # what a value without the name of its statistic may be
Condition = tuple[tuple[str, str], ...]
_UNKNOWN: Verdict = "unsupported"
_ORDER: tuple[Verdict, ...] = ("supported", "unsupported", "refuted")
_SEPARATE = 3  # values a side from which "every value of one is above every value of the other" settles an order
# Metrics that people call by one name, where the data holds only one of them.
_CALLED = {"ttft": ("ttft", "ttft_incl_load"), "decode_rate": ("decode_rate", "output_throughput")}


@dataclass(frozen=True, slots=True)
class Entity:
    """What a sentence compares, or says a value of: a system, levels of settings, or both."""

    subject: str = ""
    condition: Condition = ()
    suites: tuple[str, ...] = ()

    def within(self, outer: Entity) -> Entity:
        """This one, with what the text around it says where it says nothing itself."""
        own = {f for f, _ in self.condition}
        condition = (*self.condition, *(c for c in outer.condition if c[0] not in own))
        return Entity(self.subject or outer.subject, condition, self.suites or outer.suites)

    def told(self) -> str:
        parts = [self.subject, *(f"{f} {level}" for f, level in self.condition)]
        return ", ".join(p for p in parts if p)


def called(world: World, metrics: tuple[str, ...]) -> tuple[str, ...]:
    """The metrics of the data that are meant by these names."""
    found: dict[str, None] = {}
    for name in metrics:
        meant = _CALLED.get(name, (name,))
        found |= dict.fromkeys([next((m for m in meant if m in world.inventory.metrics), name)])
    return tuple(found)


def rows(
    world: World, subject: str, metric: str, suites: tuple[str, ...], condition: Condition, stat: str = "sample",
    *, loads: bool = False,
) -> pd.DataFrame:  # fmt: skip
    """The measured rows of a metric of a system, "" for any; failed ones left out, and warm where `World.measured`
    says so."""
    table = world.measured(metric, stat, loads=loads)
    chosen = table["value"].notna()
    if subject:
        chosen &= table["subject"] == subject
    if suites:
        chosen &= table["suite"].isin(suites)
    for factor, level in condition:
        chosen &= table[f"factor.{factor}"].astype(str) == level
    return table[chosen]


def statistics(values: list[float]) -> dict[str, float]:
    """Of at least one value."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    found = {"mean": math.fsum(values) / len(values), "p50": median, "min": ordered[0], "max": ordered[-1]}
    if ordered[0] > 0:
        found["gmean"] = math.exp(math.fsum(map(math.log, values)) / len(values))
    return found


def close(value: float, written: str, about: bool) -> bool:
    """Whether a number as it is written is the value, rounded as it is."""
    places = len(written.split(".")[1]) if "." in written else 0
    slack = 0.5 * 10.0**-places * 1.001
    if about and "." not in written:  # "about 280": to the last digit that is not a nought
        slack = min(max(slack, 0.5 * 10.0 ** (len(written) - len(written.rstrip("0")))), max(slack, 0.02 * abs(value)))
    return abs(value - float(written)) <= slack


def groups(world: World, entity: Entity, metric: str) -> list[tuple[str, dict[str, float], pd.DataFrame]]:
    """`(suite, statistics, rows)` of an entity: of each suite, and of each run of a suite with several.

    An entity without a system has none where several systems were measured so. A text asks for the same again and
    again: what was found is kept, and is not to be changed.
    """
    key = (entity, metric)
    if key not in world.grouped:
        world.grouped[key] = _groups(world, entity, metric)
    return world.grouped[key]


def _groups(world: World, entity: Entity, metric: str) -> list[tuple[str, dict[str, float], pd.DataFrame]]:
    found = []
    for stat in ("sample", "max", "mean", *PERCENTILES):
        table = rows(world, entity.subject, metric, entity.suites, entity.condition, stat)
        for suite, group in table.groupby("suite", sort=False):
            parts = [group]
            if group["run"].nunique() > 1:
                parts += [part for _, part in group.groupby("run", sort=False)]
            for part in parts:
                if not entity.subject and part["subject"].nunique() > 1:
                    continue
                have = statistics([float(x) for x in part["value"]])
                if stat in PERCENTILES:  # of several runs: their mean, where they agree
                    if have["max"] > _AGREE * have["min"]:
                        continue
                    have = {stat: have["mean"]}
                elif stat != "sample":  # rows that are statistics themselves: one, or all alike, else the greatest
                    alike = have["max"] - have["min"] <= 1e-9 * abs(have["max"])
                    have = dict.fromkeys((stat, *(("p50", "mean") if alike else ())), have["max"])
                found.append((str(suite), have, part))
    return found


def value(
    world: World,
    entity: Entity,
    metrics: tuple[str, ...],
    written: str,
    unit: str,
    *,
    stat: str = "",
    compare: str = "",
    about: bool = False,
) -> tuple[Verdict, str]:
    """Whether a number is a value of an entity, and what the data says."""
    told: list[str] = []
    verdicts: set[Verdict] = set()
    for metric in called(world, metrics):
        factor = unit_factor(unit, metric_of(metric).unit) if metric in METRICS else None
        if not factor:
            continue
        for suite, raw, _ in groups(world, entity, metric):
            have = {k: v / factor for k, v in raw.items()}
            typical = have.get("gmean", next(iter(have.values())))
            told.append(f"{metric_of(metric).title} of {entity.told()} in suite {suite}: {typical:.4g} {unit}")
            wanted = {"mean": ("mean", "gmean")}.get(stat, (stat,)) if stat else (*TYPICAL, *_alone(have))
            values = [have[s] for s in wanted if s in have]
            if not values and compare not in ("≫", "≪"):
                continue
            comparison = compare
            if compare in ("≫", "≪"):  # of all values; a percentile alone says nothing of its ends
                end = have.get("min" if compare == "≫" else "max")
                values, comparison = ([] if end is None else [end]), ">" if compare == "≫" else "<"
                if not values:
                    continue
            if comparison:
                given = float(written)
                holds = [v > given if comparison in ">≥" else v < given for v in values]
                if comparison in "≥≤":
                    holds = [h or close(v, written, False) for h, v in zip(holds, values, strict=True)]
                verdicts.add("supported" if all(holds) else "unsupported" if any(holds) else "refuted")
            elif any(close(v, written, about) for v in values):
                verdicts.add("supported")
            elif any(close(v, written, about) for v in have.values()):
                verdicts.add("unsupported")
            elif _elsewhere(world, entity, metric, factor, written):
                verdicts.add("unsupported")  # of another statistic or condition than is said
            else:
                verdicts.add("refuted")
    if not entity.subject and "refuted" in verdicts and len(world.subjects) > 1:  # it may be another system's
        verdicts.discard("refuted")
        verdicts.add("unsupported")
    data = "; ".join(list(dict.fromkeys(told))[:4])
    held: list[Verdict] = [v for v in _ORDER if verdicts & {v}]
    verdict = held[0] if held else _UNKNOWN
    return verdict, data


def _alone(have: dict[str, float]) -> tuple[str, ...]:
    """A metric that is only recorded as a maximum ("peak memory") has no other value."""
    return ("max",) if "max" in have and "min" not in have else ()


def _elsewhere(world: World, entity: Entity, metric: str, factor: float, written: str) -> bool:
    """Whether the number is one of a level of a setting, of another run or suite, or of a single record."""
    key = (entity.subject, metric)
    if key not in world.others:
        world.others[key] = _others(world, entity.subject, metric)
    return any(close(v / factor, written, False) for v in world.others[key])


def _others(world: World, subject: str, metric: str) -> list[float]:
    """Every value of a metric of a system, those that were set aside, and what is typical of each level."""
    whole = rows(world, subject, metric, (), (), loads=True)
    found = [*world.set_aside(subject, metric), *(float(x) for x in whole["value"])]
    for column in (c for c in whole.columns if c.startswith("factor.")):
        for _, part in whole.groupby(column):
            have = statistics([float(x) for x in part["value"]])
            found += [have[s] for s in TYPICAL if s in have]
    return list(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Compared:
    """One entity over another by one metric: 1 where every value of the first is higher, -1 lower, 0 not settled."""

    sign: int
    ratios: dict[str, float]  # by statistic
    differences: dict[str, float]
    spread: tuple[float, ...] = ()  # the ratios of medians, where they are of several systems or suites


def compared(world: World, a: Entity, b: Entity, metric: str, *, least: int = _SEPARATE) -> Compared | None:
    """Two entities that differ in levels, or that are held to the same levels; None where the data cannot say.

    Systems under no condition are compared by the analysis; here every value of one has to lie above every value of
    the other, in each suite that has both and for each system that is not named. `least`: values a side.
    """
    if least >= _SEPARATE and settled(world, a, b, metric) is False:
        return None
    signs: set[int] = set()
    ratios: dict[str, set[float]] = {}
    differences: dict[str, set[float]] = {}
    one, two = _values(world, a, metric), _values(world, b, metric)
    subjects = (
        [""] if a.subject or b.subject else list(dict.fromkeys(one["subject"].fillna("")))
    )  # "": files that name no system
    for suite in dict.fromkeys(one["suite"]):
        for subject in subjects:
            left, right = (t[(t["suite"] == suite)] for t in (one, two))
            if subject or not (a.subject and b.subject):
                named = subject or a.subject or b.subject
                left = left if a.subject else left[left["subject"].fillna("") == named]
                right = right if b.subject else right[right["subject"].fillna("") == named]
            x, y = [float(v) for v in left["value"]], [float(v) for v in right["value"]]
            if min(len(x), len(y)) < least:
                continue
            signs.add(_apart(x, y) or _cell_by_cell(world, left, right, {f for f, _ in (*a.condition, *b.condition)}))
            first, second = statistics(x), statistics(y)
            for stat in (s for s in TYPICAL if s in first and s in second and second[s]):
                ratios.setdefault(stat, set()).add(first[stat] / second[stat])
                differences.setdefault(stat, set()).add(first[stat] - second[stat])
    if not signs:
        return None
    sign = next(iter(signs)) if len(signs) == 1 else 0
    return Compared(
        sign,
        {s: next(iter(r)) for s, r in ratios.items() if len(r) == 1},
        {s: next(iter(r)) for s, r in differences.items() if len(r) == 1},
        tuple(sorted(ratios.get("p50", ()))),
    )


def _apart(x: list[float], y: list[float]) -> int:
    """Which of two sides lies above the other with every value; 0 where neither does."""
    return 1 if min(x) > max(y) else -1 if max(x) < min(y) else 0


def _cell_by_cell(world: World, left: pd.DataFrame, right: pd.DataFrame, held: set[str]) -> int:
    """The sign that two entities have under every combination of the other settings, where both were measured under
    the same ones; 0 where one combination has another or too few values."""
    free = [f"factor.{f}" for f in world.settings if f not in held]
    free = [c for c in free if left[c].nunique() > 1 and set(left[c].dropna()) == set(right[c].dropna())]
    if not free:
        return 0
    mine, other = ({k: [float(v) for v in g["value"]] for k, g in t.groupby(free)} for t in (left, right))
    if mine.keys() != other.keys() or any(min(len(mine[k]), len(other[k])) < _SEPARATE for k in mine):
        return 0
    found = {_apart(mine[k], other[k]) for k in mine}
    return next(iter(found)) if len(found) == 1 else 0


def _values(world: World, entity: Entity, metric: str) -> pd.DataFrame:
    """The samples of an entity, or what stands for each where only its greatest, mean or median was recorded."""
    for stat in ("sample", "max", "mean", "p50"):
        found = rows(world, entity.subject, metric, entity.suites, entity.condition, stat)
        if len(found):
            break
    return found


def settled(world: World, a: Entity, b: Entity, metric: str) -> bool | None:
    """False where the analysis found an effect of the setting between the two open or confounded; None: it has none."""
    if a.subject and b.subject and a.subject != b.subject:
        return None
    one, two = dict(a.condition), dict(b.condition)
    factors = [f for f in one if f in two and one[f] != two[f]]
    subjects = {a.subject or b.subject} - {""}
    effects = [e for e in world.effects(factors) if e.metric == metric and (not subjects or e.subject in subjects)]
    return all(e.outcome == "effect" for e in effects) if effects else None


def rising(world: World, entity: Entity, metric: str, factor: str) -> int:
    """1 where a metric rises with each step of a numeric setting, for every system; -1 falls; 0 neither."""
    levels = sorted((v for v in world.settings.get(factor, ()) if _number(v) is not None), key=float)
    signs: set[int] = set()
    for low, high in itertools.pairwise(levels):
        a, b = (replace(entity, condition=(*entity.condition, (factor, v))) for v in (high, low))
        for subject in [entity.subject] if entity.subject else world.subjects:
            found = compared(world, replace(a, subject=subject), replace(b, subject=subject), metric)
            if found is not None:
                signs.add(found.sign)
    return next(iter(signs)) if len(signs) == 1 else 0


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
