"""What the data does not have, said with the nearest thing that it has."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

from chimera_report.tools.metrics import FACTORS
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.found import Found
from chimera_report.tools.query.originals import leaf
from chimera_report.tools.query.world import World
from chimera_report.tools.schema import Decline


def examples(world: World) -> tuple[str, ...]:
    """Questions that can be asked of this data."""
    named = [f"what is the {_metric_title(world, s)} of {s}?" for s in world.subjects[:1]]
    return ("which model is fastest?", *named, "what is wrong with the data?", "what should I do next?")


def _metric_title(world: World, subject: str) -> str:
    """The metric that a system is asked about first."""
    own = world.measured.get(subject, frozenset())
    held = [m for m in world.metrics if m in own]  # by the rows: the statistics of all are not needed for it
    told = next((m for m in ("decode_rate", "run_time", "ttft", "ttft_incl_load") if m in held), "")
    return metric_of(told or (held or ["decode_rate"])[0]).title


def not_understood(world: World, left: Sequence[str] = ()) -> Decline:
    told = ", ".join(f'"{w}"' for w in list(dict.fromkeys(left))[:5])
    why = f"I do not know what {told} means here." if told else "I do not see what is asked for."
    return Decline(kind="not understood", reason=why, nearest=examples(world))


def absent(found: Found, world: World) -> Decline | None:
    """Names that the data does not have."""
    if found.unknown:
        name = found.unknown[0]
        near = difflib.get_close_matches(name, [s.lower() for s in world.subjects], n=3, cutoff=0.4)
        nearest = tuple(s for s in world.subjects if s.lower() in near) or world.subjects[:4]
        return Decline(
            kind="not held",
            reason=f'The data holds nothing called "{name}"; it has {_listed(nearest)}.'
            if nearest
            else f'The data holds nothing called "{name}".',
            nearest=tuple(f"what is the {_metric_title(world, s)} of {s}?" for s in nearest[:2]),
            subject=name if ":" in name else "",
            metric=found.metrics[0][0] if found.metrics else "",
        )
    if found.absent_files:
        return Decline(
            kind="not held",
            reason=f'There is no file called "{found.absent_files[0]}" in the data.',
            nearest=("which files are there?",),
        )
    if found.absent_levels:
        factor, level = found.absent_levels[0]
        title = (FACTORS[factor].name if factor in FACTORS else factor) or factor
        if (
            level
            and _order(level.removesuffix("k"))[0] != float("inf")
            and not any(_order(x)[0] != float("inf") for x in world.levels.get(factor, ()))
        ):
            return Decline(
                kind="not understood", reason=f'I do not know what "{level}" means here.', nearest=examples(world)
            )
        if not level or factor not in world.levels:
            kin = _kin(factor, world.levels)
            columns = _kin(factor, dict.fromkeys(leaf(n) for n in world.originals.names())) if not kin else []
            if (kin or columns) and factor not in world.levels:
                alike = _listed(
                    [f"{f} ({_listed(world.levels[f][:6])})" for f in kin[:3]]
                    or [f"the column {c}" for c in columns[:3]]
                )
                return Decline(
                    kind="not held",
                    reason=f"I read no setting as the {title}; what is called nearly so: {alike}.",
                    nearest=tuple(f"does {f} matter?" for f in kin[:1] if len(world.levels[f]) > 1),
                )
            known = _listed([f for f in world.levels if f.strip()][:8])
            return Decline(
                kind="not held",
                reason=f"I read no setting as the {title}; the settings are {known}."
                if known
                else f"I read no setting as the {title}.",
                nearest=("which settings were varied?",),
            )
        levels = _listed(tuple(sorted(world.levels[factor], key=_order))[:12])
        around = _around(level, world.levels[factor])
        said = f" The nearest are {_listed(around)}." if around else ""
        return Decline(kind="not held", reason=f"No record has {title} {level}; there are {levels}.{said}", nearest=())
    return None


_COMMON = frozenset(["num", "n", "size", "length", "max", "count", "type", "total", "model", "tokens", "time"])


def _kin(factor: str, names: Iterable[str]) -> list[str]:
    """The names that share a word with a setting or with what files call it."""
    called = (factor, *(FACTORS[factor].aliases if factor in FACTORS else ()))
    words = {w for c in called for w in c.lower().split("_") if len(w) > 1} - _COMMON
    return [n for n in names if words & set(re.split(r"[\W_]+", n.lower()))]


def _around(level: str, held: Sequence[str]) -> tuple[str, ...]:
    """The levels next below and next above a number that is none; empty where levels are no numbers."""
    low = level.lower().replace(",", "")
    factor = 1000 if low.endswith("k") else 1
    try:
        wanted = float(low.removesuffix("k")) * factor
    except ValueError:
        return ()
    numbers = sorted((x for x in held if _order(x)[0] != float("inf")), key=_order)
    if len(numbers) < 3:
        return ()
    below = [x for x in numbers if float(x) < wanted]
    above = [x for x in numbers if float(x) > wanted]
    return (*below[-1:], *above[:1])


def _order(level: str) -> tuple[float, str]:
    try:
        return float(level), level
    except ValueError:
        return float("inf"), level


def _listed(names: Sequence[str]) -> str:
    shown = [str(n) for n in names]
    return ", ".join(shown[:-1]) + " and " + shown[-1] if len(shown) > 1 else "".join(shown)


def no_metric(candidates: Sequence[str], found: Found, world: World) -> Decline:
    name = metric_of(candidates[0]).title
    subject = found.subjects[0] if found.subjects else ""
    of = f" of {subject}" if subject else ""
    where = f" in suite {found.suite}" if found.suite else ""
    anywhere = [m for m in candidates if world.holds(m)]
    if anywhere and (subject or where):
        places = sorted({s.suite for s in world.analysis.summaries if s.metric == anywhere[0] and s.suite})[:3]
        reason = (
            f"The data holds no {name}{of}{where}; it has the {metric_of(anywhere[0]).title} in {_listed(places)}."
            if places
            else f"The data holds no {name}{of}{where}."
        )
    else:
        reason = f"No file holds the {name}."
    held = [
        m
        for m in world.metrics
        if metric_of(m).core and (not subject or world.holds(m, subject=subject, suite=found.suite))
    ]
    nearest = tuple(f"what is the {metric_of(m).title}{of}?" for m in held[:2])
    return Decline(kind="not held", reason=reason, nearest=nearest, metric=candidates[0], subject=subject)
