"""Which of two systems has more of a metric, and by how much: relations held against the comparisons of the data."""

from __future__ import annotations

from chimera_report.tools.lint.binding import Verdict
from chimera_report.tools.lint.evaluate import TYPICAL, close, rows, statistics
from chimera_report.tools.lint.spoken import Read, Scope
from chimera_report.tools.lint.world import World
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.metrics import unit_factor


def direction(
    world: World, a: str, b: str, metrics: tuple[str, ...], suites: tuple[str, ...]
) -> tuple[dict[str, int], dict[str, float], str]:
    """For each metric 1 where a is higher, -1 where lower, else 0; the ratios a over b; what the data says."""
    signs: dict[str, int] = {}
    ratios: dict[str, float] = {}
    told = []
    for c in world.compared(a, b, metrics, suites):
        if c.condition or c.ratio is None:
            continue
        ratio = c.ratio if c.a == a else 1 / c.ratio
        sign = 0 if c.outcome not in ("higher", "lower") else 1 if ratio > 1 else -1
        if c.metric in signs and signs[c.metric] != sign:
            signs[c.metric] = 0
        else:
            signs[c.metric] = sign
        ratios[c.metric] = ratio
        told += [v for name in (a, b) for v in world.typical(name, (c.metric,), (c.suite,))[:1]]
        told.append(f"their ratio is {ratio:.3g}")
    return signs, ratios, "; ".join(dict.fromkeys(told[:6]))


def named(found: Read, scope: Scope, world: World) -> tuple[str, ...]:
    """The metrics that a relation is about; () where none is named."""
    names = [n for _, group in found.metrics for n in group]
    held = tuple(n for n in (names or scope.metrics) if n in world.inventory.metrics)
    return held or tuple(names[:1])  # a metric that the data lacks is none that it has


def says(signs: dict[str, int], word: str) -> set[bool | None]:
    """Whether the direction of the word is that of each metric; None where nothing is settled."""
    found: set[bool | None] = set()
    for metric, sign in signs.items():
        up = metric_of(metric).direction
        literal = word in ("HIGHER", "LOWER", "HIGHEST", "LOWEST")
        wanted = 1 if word in ("HIGHER", "HIGHEST") else -1
        if not literal:
            good = word in ("FASTER", "FASTEST", "BEATS")
            if up == "none":
                continue
            wanted = 1 if (up == "higher") == good else -1
        found.add(None if sign == 0 else sign == wanted)
    return found


def verdict(seen: set[bool | None], no: bool) -> Verdict:
    """Of a statement, or its denial, from what is seen of each metric."""
    if seen == {True}:
        return "refuted" if no else "supported"
    if seen == {False}:
        return "supported" if no else "refuted"
    return "unsupported"


def mostly(signs: dict[str, int], word: str) -> bool:
    """Whether "faster" holds where not every speed settles it: the rate or the whole time does, and none denies it."""
    main = {m: s for m, s in signs.items() if m in ("decode_rate", "output_throughput", "e2e_latency", "run_time")}
    return bool(main) and says(main, word) == {True} and False not in says(signs, word)


def quantity(
    ratio: float, given: tuple[int, str, str, str], world: World, a: str, b: str, metric: str,
    suites: tuple[str, ...], *, as_is: bool = False,
) -> bool:  # fmt: skip
    """Whether "2.4 times", "41 %" or "129 ms" is the size of the difference."""
    _, number, unit, kind = given
    up = max(ratio, 1 / ratio)
    if kind == "X":
        candidates = [ratio] if as_is and metric_of(metric).direction != "higher" else [ratio if as_is else up]
        return any(close(v, number, False) for v in candidates)
    if kind == "P":
        return any(close(v, number, False) for v in (100 * (up - 1),) + ((100 * (1 - 1 / up),) if ratio < 1 else ()))
    factor = unit_factor(unit, metric_of(metric).unit) or 1.0
    means = [statistics([float(v) for v in rows(world, s, metric, suites, ())["value"]] or [0.0]) for s in (a, b)]
    return any(close(abs(means[0][s] - means[1][s]) / factor, number, False) for s in TYPICAL if s in means[0])
