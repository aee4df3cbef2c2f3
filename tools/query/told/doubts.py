"""How far the data carries: what must not be concluded, whether it was repeated, which file and which number to trust."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

from collections.abc import Sequence

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.judged import COSTS, QUALITY, SPEEDS, speed_of
from chimera_report.tools.query.layer import Group, run
from chimera_report.tools.query.told.quoted import quote, say_all, sentences_of
from chimera_report.tools.query.told.sheet import Telling
from chimera_report.tools.query.told.strata import cells, condition, varied
from chimera_report.tools.schema import Role, Select

_METRICS = 3  # of which repeats are told
_NAMED = 8  # files that are named
_UNLIKE = 30.0  # per cent, from which on records of one condition may be no repeats


def consult_limits(telling: Telling) -> None:
    """What must not be concluded: what the report itself objects to and leaves open."""
    told = say_all(telling, "limits", "limitations", most=6)
    told += say_all(telling, "doubts", most=6)
    if not told:
        telling.refuse("the report names no limits of its own")
        return
    telling.cannot.append("all of it holds for these runs on these machines; what others would measure is not tested")


def repeats_of(telling: Telling, metric: str) -> list[Group]:
    """The values of a metric, each condition over its repeats."""
    return cells(
        telling.layer, telling.select.model_copy(update={"measure": metric, "aggregate": "mean", "by": ()}), metric
    )


def _metrics(telling: Telling) -> list[str]:
    if telling.select.measure in telling.layer.metrics:
        return [telling.select.measure]
    layer = telling.layer
    first = speed_of(layer)
    held = [m for m in (first, *SPEEDS, *QUALITY, *COSTS) if m in layer.metrics]
    held = list(dict.fromkeys(held))
    most = max((layer.metrics[m] for m in held), default=0)
    return [m for m in held if 3 * layer.metrics[m] >= most][:_METRICS] or list(layer.metrics)[:1]


def consult_repeated(telling: Telling) -> None:
    """Whether conditions were measured more than once, and how far their repeats lie apart."""
    told = False
    for metric in _metrics(telling):
        told = _repeats(telling, metric, first=not told) or told
    if not told:
        telling.refuse("no value of a metric is held, so nothing can have been repeated")


def consult_noise(telling: Telling) -> None:
    """Whether a difference is more than chance: the verdict of the comparison where there is one, and the repeats."""
    select = telling.select
    if len(select.sides) == 2:
        from chimera_report.tools.query.told.against import compare

        compare(telling)
        del telling.tables[:]
        if telling.refusal:
            return
    before = len(telling.drafts)
    held = select.where
    sides = select.sides or ((),)
    for side in sides[:2]:
        telling.select = select.model_copy(update={"where": (*held, *side), "sides": ()})
        if repeats_of(telling, select.measure):
            _repeats(telling, select.measure, first=len(telling.drafts) == before)
            break
    telling.select = select
    if len(telling.drafts) == before:
        telling.refuse(f"no value of the {metric_of(select.measure).title} is held that was repeated")


def rows_of(group: Group) -> int:
    """How many values of one condition there are, each by itself."""
    return len(group.positions) if group.stated else group.n


def _stated(telling: Telling, found: Sequence[Group]) -> str:
    """How many measurements a value stands for, where the files state it: requests of one run, or repetitions."""
    counts = [
        int(n) for g in found if g.stated for n in telling.world.dataset.table["n"].iloc[list(g.positions)].dropna()
    ]
    if not counts or max(counts) < 2:
        return ""
    low, high = min(counts), max(counts)
    many = telling.fact(low) if low == high else f"between {telling.fact(low)} and {telling.fact(high)}"
    return f", which stands for {many} measurements, as the files state"


def _repeats(telling: Telling, metric: str, *, first: bool) -> bool:
    """Tells the repeats of one metric; False where it has no value."""
    found = repeats_of(telling, metric)
    if not found:
        return False
    title = metric_of(metric).title
    many = [g for g in found if rows_of(g) > 1]
    if not many:
        stands = _stated(telling, found)
        lead = "Each" if stands or not first else "Nothing was repeated: each"
        every = f"of the {telling.fact(len(found))} conditions that have" if len(found) > 1 else "condition that has"
        telling.say(
            f"{lead} {every} the {title} has one value{stands}; how far it would differ in another run, the data does not show."
        )
        _stated_spread(telling, metric)
        return True
    sizes = sorted(rows_of(g) for g in many)
    spread = (
        f"{telling.fact(sizes[0])} each"
        if sizes[0] == sizes[-1]
        else f"between {telling.fact(sizes[0])} and {telling.fact(sizes[-1])}"
    )
    telling.say(
        f"More than one measurement stands behind the {title} of {_of_all(telling, len(many), len(found))}: several records, {spread}"
        + (
            f"; the other {telling.fact(len(found) - len(many))} have one value each."
            if len(many) < len(found)
            else "."
        )
    )
    layer = telling.layer
    if not any(g.stated for g in many) and not any(layer.dataset.role_of(f) is Role.REPLICATE for f in layer.factors):
        telling.cannot.append("no column says that records of one condition are repeats of one thing")
    _scatter(telling, [g for g in many if not g.stated])
    return True


def _stated_spread(telling: Telling, metric: str) -> None:
    """The standard deviations that the files state beside their means, against these."""
    table = telling.world.dataset.table
    own = table[(table["metric"] == metric) & (table["status"] == "ok")]
    means = own[own["stat"] == "mean"].drop_duplicates(["source", "record"]).set_index(["source", "record"])["value"]
    spreads = own[own["stat"] == "sd"].drop_duplicates(["source", "record"]).set_index(["source", "record"])["value"]
    ratios = (spreads / means).dropna().abs() * 100
    if len(ratios) > 1:
        telling.say(
            f"The standard deviation that the files state is {telling.fact(float(ratios.median()), '%')} of the mean at the median and "
            f"{telling.fact(float(ratios.max()), '%')} at most."
        )


def _of_all(telling: Telling, some: int, every: int) -> str:
    """ "all 8 conditions", "3 of the 8 conditions"."""
    of = ""
    return (
        f"{of}all {telling.fact(every)} conditions"
        if some == every
        else f"{of}{telling.fact(some)} of the {telling.fact(every)} conditions"
    )


def _scatter(telling: Telling, many: Sequence[Group]) -> None:
    """How far the repeats of one condition lie apart: at the median, and where most."""
    table = telling.world.dataset.table["value"]
    spread = []
    for g in many:
        values = table.iloc[list(g.positions)].dropna()
        if len(values) > 1 and values.mean():
            spread.append((abs(float(values.std() / values.mean())) * 100, g))
    if not spread:
        return
    spread.sort(key=lambda s: s[0])
    middle, (most, where) = spread[len(spread) // 2][0], spread[-1]
    keys = varied([g for _, g in spread])
    at = condition(telling, where, keys, bare=True) if keys else ""
    telling.say(
        f"The standard deviation of the records of one condition is {telling.fact(middle, '%')} of the mean at the median"
        + (f" and {telling.fact(most, '%')} where it is largest{f' ({at})' if at else ''}." if len(spread) > 1 else ".")
    )
    if most > _UNLIKE:
        telling.cannot.append(
            "records of one condition that lie so far apart may be of unlike work that no column tells apart"
        )


def consult_trusted(telling: Telling) -> None:
    """How far the numbers carry: repeats, failures, verdicts, and what the checks of the data object to."""
    for place, metric in enumerate(_metrics(telling)[:2]):
        found = repeats_of(telling, metric)
        if len(found) < 2:
            continue
        many = [g for g in found if rows_of(g) > 1]
        title = metric_of(metric).title
        lead = "With reserve: " if not place else ""
        if many:
            telling.say(
                f"{lead}of {_of_all(telling, len(many), len(found))} that have the {title} there is more than one measurement."
            )
        else:
            telling.say(
                f"{lead}each of the {telling.fact(len(found))} conditions that have the {title} has one value{_stated(telling, found)}, so how far it would differ in another run is not known."
            )
    rates = run(telling.layer, Select(measure="failures", aggregate="share", where=telling.select.where))
    quoted = (
        [s.text for s in sentences_of(telling, "doubts")] if telling.select.measure not in telling.layer.metrics else []
    )
    if rates and rates[0].n and not any("failed" in t for t in quoted):
        telling.say(
            f"{telling.fact(rates[0].n)} of {telling.fact(rates[0].of)} {'requests' if telling.layer.of_requests else 'records'} failed."
        )
    if quoted:
        say_all(telling, "doubts", most=4)
    settled, every = _verdicts(telling)
    if every > 1:
        telling.say(
            f"{telling.fact(settled)} of the {telling.fact(every)} comparisons that the data allows have a verdict."
        )
    if any(m in QUALITY for m in _metrics(telling)[:1]):
        telling.cannot.append(
            "whether the scores themselves are just, the numbers do not show: how they were given is for their files to say"
        )
    if not telling.drafts:
        telling.refuse("no value of a metric is held that could be trusted or not")


def _verdicts(telling: Telling) -> tuple[int, int]:
    outcomes = [c.outcome for c in telling.world.analysis.comparisons]
    if telling.select.measure in telling.layer.metrics:
        outcomes = [c.outcome for c in telling.world.analysis.comparisons if c.metric == telling.select.measure]
    return sum(o in ("higher", "lower", "equivalent") for o in outcomes), len(outcomes)


def consult_files(telling: Telling) -> None:
    """On which files the values rest, and which were left out, in part or whole, and why."""
    used = run(telling.layer, Select(measure="records", aggregate="count", by=("file",)))
    held = {g.keys["file"]: g.n for g in used}
    table = telling.world.dataset.table
    counted = table.loc[table["status"] == "ok", "source"].value_counts()
    named = [s for s in telling.world.dataset.sources if s.role == "data" or s.path in held]
    carrying = [s.path for s in named if counted.get(s.path, 0)]
    if carrying:
        told = ", ".join(telling.name(p) for p in carrying[:_NAMED])
        more = f" and {telling.fact(len(carrying) - _NAMED)} more" if len(carrying) > _NAMED else ""
        telling.say(f"The values of this report rest on {told}{more}.")
    before = len(telling.drafts)
    stems = {s.path for s in telling.world.dataset.sources}
    for sentence in sentences_of(telling, "doubts"):
        text = quote(telling, sentence)
        shown = [str(telling.facts[i].value) for i in _ids(text)]
        if text and any(x in stems or any(x.endswith(p) for p in stems) for x in shown):
            telling.say(text)
        if len(telling.drafts) - before == 4:
            break
    left = [s for s in telling.world.dataset.sources if s.status == "skipped" and s.role != "none"]
    if len(telling.drafts) == before:
        telling.say(
            "The report objects to none of them."
            if not left
            else f"{telling.fact(len(left))} files were not read: {', '.join(telling.name(s.path) for s in left[:_NAMED])}."
        )
    telling.cannot.append(
        "whether a number was taken correctly, no file shows; what is told is which files the report uses and what speaks against the others"
    )


def _ids(text: str) -> list[str]:
    from chimera_report.tools.claims import ids_in

    return [i for i in ids_in(text) if i.startswith("F")]
