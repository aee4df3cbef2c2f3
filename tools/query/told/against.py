"""Two or more things held against each other: the report's own verdict where it has one, else the observed ratio."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

from chimera_report.tools.claims import say
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.layer import Group, aggregate_words, run, where_words
from chimera_report.tools.query.told.common import called, default_by, matched, works
from chimera_report.tools.query.told.sheet import Telling, converted
from chimera_report.tools.schema import Comparison, Where

Side = tuple[str, Group]


def compare(telling: Telling) -> None:
    """Every side's value of the metric, and the ratio of the first two."""
    metrics = (telling.select.measure, *telling.select.also)
    fields = {w.field for side in telling.select.sides for w in side}
    if len(fields) == 1 and (factor := next(iter(fields))) in telling.layer.levels:
        # of levels of one setting, what was measured at both of them alone
        where = matched(telling, metrics[0], factor)
        telling.select = telling.select.model_copy(update={"where": (*telling.select.where, *where)})
    for metric in metrics:
        together = _matched(telling, metric)
        if together:
            for sides in together[:4]:
                _against(telling, metric, sides)
            if len(together) > 4:
                telling.cannot.append(f"{len(together) - 4} more suites hold both")
        else:
            sides = _loose(telling, metric)
            if telling.refusal:
                return
            if len(sides) < 2:
                telling.refuse(f"no {metric_of(metric).title} of both is held")
                return
            _against(telling, metric, sides)
            telling.cannot.append(
                "the two were not measured in one suite: other conditions may differ, so there is no verdict"
            )


def _label(side: tuple[Where, ...], others: tuple[tuple[Where, ...], ...] = ()) -> str:
    """A side in words, without what all sides share."""
    own = [w for w in side if not (others and all(w in other for other in others))] or list(side)
    words = [" ".join(w.values) if w.field in ("system", "suite") else where_words(w) for w in own]
    return ", ".join(words).replace("measured ", "") if any(w.field not in ("name",) for w in own) else " ".join(words)


def _side_groups(telling: Telling, metric: str, side: tuple[Where, ...], by: tuple[str, ...]) -> list[Group]:
    select = telling.select.model_copy(update={"by": by, "order": "", "limit": 0})
    return run(telling.layer, select, wheres=side, measure=metric)


def _matched(telling: Telling, metric: str) -> list[list[Side]]:
    """Sides within one suite each, the same other naming levels; by suite."""
    sides = telling.select.sides
    found: dict[str, list[Side]] = {}
    for side in sides:
        for g in _side_groups(telling, metric, side, ("suite",)):
            found.setdefault(g.keys["suite"], []).append((_label(side, sides), g))
    held = [s for s in found.values() if len(s) == len(sides)]
    return sorted(held, key=lambda s: -sum(g.n for _, g in s))  # what most records say comes first


def _loose(telling: Telling, metric: str) -> list[Side]:
    """Each side by itself, over whatever holds it."""
    found = []
    for side in telling.select.sides:
        groups = _side_groups(telling, metric, side, default_by(telling.layer, telling.select, metric))
        if len(groups) == 1:
            found.append((_label(side, telling.select.sides), groups[0]))
        elif len({g.keys["system"] or g.keys["suite"] for g in groups}) > 1:
            names = sorted({g.keys["system"] or g.keys["suite"] for g in groups})
            telling.refuse(
                f"“{_label(side)}” names several systems ({', '.join(names[:6])}), and no suite measured it with the other"
            )
            return []
        elif groups:
            whole = _side_groups(telling, metric, side, ())
            if whole:
                found.append((_label(side, telling.select.sides), whole[0]))
                telling.cannot.append(f"{_label(side)} is over {len(groups)} groups of records")
    return found


def _against(telling: Telling, metric: str, sides: list[Side]) -> None:
    select = telling.select
    unit = telling.unit(metric, [g.value for _, g in sides])
    title = aggregate_words(select) + metric_of(metric).title
    (name_a, a), (name_b, b) = sides[0], sides[1]
    suite = a.keys.get("suite", "")
    where = f" in suite {telling.name(suite)}" if suite and suite == b.keys.get("suite", "") else ""
    if not b.value or not a.value:
        telling.say(
            f"The {title} of {telling.name(name_a)} is {telling.of_group(a, metric, unit)}, of {telling.name(name_b)} {telling.of_group(b, metric, unit)}."
        )
        return
    ratio = a.value / b.value
    higher = ratio >= 1
    direction = metric_of(metric).direction
    better = None if direction == "none" or abs(ratio - 1) < 1e-9 else higher == (direction == "higher")
    answer = _opening(select.claims, select.text, higher=higher, better=better, ratio=ratio)
    big, small = (sides[0], sides[1]) if higher else (sides[1], sides[0])
    factor = telling.fact(max(ratio, 1 / ratio), "×")
    percent = telling.fact((max(ratio, 1 / ratio) - 1) * 100, "%")
    telling.say(
        f"{answer}the {title} of {telling.name(big[0])} is {factor} that of {telling.name(small[0])}{where}, "
        f"{percent} higher: {telling.of_group(big[1], metric, unit)} against {telling.of_group(small[1], metric, unit)} "
        f"(n = {big[1].n} and {small[1].n})."
    )
    if better is not None and direction == "lower":
        best = name_a if better else name_b
        telling.say(f"{telling.name(best)} is the better one, as a lower {metric_of(metric).title} is better.")
    verdict = _verdict(telling, metric, suite, a, b, sides)
    _by_work(telling, metric, unit, sides)
    if len(sides) > 2:
        rows = [(n, str(g.n), telling.of_group(g, metric, unit)) for n, g in sides]
        telling.table(title[:1].upper() + title[1:], ["", "n", title], rows, right=(1, 2))
    if not verdict:
        telling.cannot.append("this is the observed ratio; the rules of the report give no verdict on it")


def _by_work(telling: Telling, metric: str, unit: str, sides: list[Side]) -> None:
    """The first two sides once more within each workload, where they were pooled over several."""
    select = telling.select
    varied = works(telling.layer, select, metric)
    suite = sides[0][1].keys.get("suite", "")
    within = (Where(field="suite", op="=", values=(suite,)),) if suite else ()
    if not varied or not sides or len(select.sides) < 2:
        return
    plain = select.model_copy(update={"by": tuple(varied), "order": "", "limit": 0, "where": (*select.where, *within)})
    left, right = (
        {tuple(g.keys.values()): g for g in run(telling.layer, plain, wheres=side, measure=metric)}
        for side in select.sides[:2]
    )
    rows = [
        (
            *key,
            telling.of_group(g, metric, unit),
            telling.of_group(right[key], metric, unit),
            telling.fact(g.value / right[key].value, "×"),
        )
        for key, g in left.items()
        if key in right and right[key].value
    ]
    if len(rows) > 1:
        ratios = [g.value / right[key].value for key, g in left.items() if key in right and right[key].value]
        if min(ratios) < 1 < max(ratios):
            telling.say(f"The two change places between levels of {' and '.join(varied)}: see the table.")
        n = len(varied)
        telling.table(
            f"By {' and '.join(varied)}", [*varied, sides[0][0], sides[1][0], "Ratio"], rows, right=(n, n + 1, n + 2)
        )


def _opening(claims: str, text: str, *, higher: bool, better: bool | None, ratio: float) -> str:
    """What the question takes for granted or asks, told first: "Yes", "No", "It is the other way round"."""
    words = claims.split()
    holds = {
        "better": better, "best": better, "worse": None if better is None else not better,
        "worst": None if better is None else not better, "higher": higher, "lower": not higher,
    }.get(words[0] if words else "")  # fmt: skip
    if holds is None:
        return ""
    asked = "yes_no" in text.split()
    if abs(ratio - 1) < 0.005:
        return "They hardly differ: " if not asked else "Hardly: "
    if holds:
        return "Yes: " if asked else ""
    return "No: " if asked else "It is not so, it is the other way round: "


def _verdict(telling: Telling, metric: str, suite: str, a: Group, b: Group, sides: list[Side]) -> bool:
    systems = [_system(telling, g) for _, g in sides[:2]]
    if all(len(s) == 1 for s in systems) and systems[0] != systems[1]:
        return verdict_on(telling, metric, suite, systems[0][0], systems[1][0])
    del a, b
    return False


def _system(telling: Telling, group: Group) -> list[str]:
    table = telling.world.dataset.table
    return [str(s) for s in table["subject"].iloc[list(group.positions)].unique()]


def verdict_on(telling: Telling, metric: str, suite: str, a: str, b: str) -> bool:
    """Tells the report's comparison of two systems by a metric, where it has a SUPPORTED one."""
    for c in telling.world.analysis.comparisons:
        if c.metric == metric and c.suite == suite and c.axis == "subject" and {c.a, c.b} == {a, b} and not c.condition:
            return _claimed(telling, c)
    return False


def _claimed(telling: Telling, comparison: Comparison) -> bool:
    claim = say.comparison(telling.desk, comparison)
    if claim is None or claim.verdict != "SUPPORTED" or comparison.outcome not in ("higher", "lower", "equivalent"):
        return False
    telling.say(f"{{{{{claim.id}}}}}.", (claim,))
    telling.verdict = "SUPPORTED"
    return True


def multiple(telling: Telling) -> None:
    """Whether a metric grows as a setting does: "does doubling the threads double the speed?"."""
    select = telling.select
    factor = select.by[0] if select.by else next((w.field for w in select.where if w.field in telling.layer.levels), "")
    metric = select.measure
    if not factor:
        telling.refuse("no setting is named that the data varies")
        return
    plain = select.model_copy(
        update={"by": ("suite", "system", factor), "where": tuple(w for w in select.where if w.field != factor)}
    )
    groups = run(telling.layer, plain, measure=metric)
    step = 3.0 if "triple" in select.claims else 2.0
    pairs = []
    for g in groups:
        for h in groups:
            same = all(g.keys[k] == h.keys[k] for k in ("suite", "system"))
            if same and _number(g.keys[factor]) and _number(h.keys[factor]) == step * (_number(g.keys[factor]) or 0):
                pairs.append((g, h))
    if not pairs:
        telling.refuse(f"no two levels of {factor} that were measured are {step:g} times apart")
        return
    unit = telling.unit(metric, [g.value for pair in pairs for g in pair])
    title = metric_of(metric).title
    for g, h in pairs[:4]:
        ratio = h.value / g.value
        lower = metric_of(metric).direction == "lower"
        wanted = 1 / step if lower else step
        met = abs(ratio / wanted - 1) < 0.05
        lead = "Yes, about" if met else "No"
        telling.say(
            f"{lead}: with {factor} {telling.name(h.keys[factor])} instead of {telling.name(g.keys[factor])}, the {title} of "
            f"{called(telling, Group({k: v for k, v in h.keys.items() if k != factor}, 0, 0, ()), [])} is "
            f"{telling.fact(ratio, '×')} as high: {telling.of_group(h, metric, unit)} against "
            f"{telling.of_group(g, metric, unit)} (n = {h.n} and {g.n})."
        )
    telling.cannot.append("the ratio is as observed, over all other settings that were varied")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def changed(telling: Telling) -> None:
    """The values of two times against each other, for each system that both have."""
    select = telling.select
    metrics = [select.measure] if select.measure not in ("records", "") else []
    if len(select.sides) < 2:
        telling.refuse("two times are needed, to tell what changed between them")
        return
    shown = 0
    rows = []
    for metric in metrics or list(telling.layer.metrics):
        if not metric_of(metric).core and not metrics:
            continue
        earlier = _side_groups(telling, metric, select.sides[0], ("system",))
        later = _side_groups(telling, metric, select.sides[1], ("system",))
        for a in earlier:
            b = next((g for g in later if g.keys == a.keys), None)
            if b is None or not a.value:
                continue
            unit = telling.unit(metric, [a.value, b.value])
            change = telling.fact((b.value / a.value - 1) * 100, "%")
            title = aggregate_words(select) + metric_of(metric).title
            if shown < 3:
                telling.say(
                    f"The {title} of {telling.name(a.keys['system'])} went from {telling.of_group(a, metric, unit)} "
                    f"({_label(select.sides[0])}) to {telling.of_group(b, metric, unit)} ({_label(select.sides[1])}): "
                    f"{change}, as observed (n = {a.n} and {b.n})."
                )
            shown += 1
            value_a = telling.fact(
                converted(a.value, metric_of(metric).unit, unit),
                unit,
                metric=metric,
                n=a.n,
                keys=a.keys,
                positions=a.positions,
            )
            value_b = telling.fact(
                converted(b.value, metric_of(metric).unit, unit),
                unit,
                metric=metric,
                n=b.n,
                keys=b.keys,
                positions=b.positions,
            )
            rows.append((a.keys["system"], metric_of(metric).title, value_a, value_b, change))
    if not shown:
        telling.refuse("no metric was measured at both times")
        return
    if len(rows) > 1:
        telling.table(
            "Both times",
            ["System", "Metric", _label(select.sides[0]), _label(select.sides[1]), "Change"],
            rows,
            right=(2, 3, 4),
        )
    telling.cannot.append(
        "what else was different between the two times is not known; there is no verdict on the change"
    )
