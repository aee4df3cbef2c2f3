"""What the data cannot tell, and what would settle it: open comparisons, doubtful records, metrics that no file
holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from chimera_report.tools import statements
from chimera_report.tools.claims import alerts, commands, frames, needs, say, settled
from chimera_report.tools.claims.desk import Desk
from chimera_report.tools.claims.text import Draft, listed
from chimera_report.tools.claims.theme import METRIC_WEIGHT
from chimera_report.tools.metrics import MEASURABLE, WANTED
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Alert, Change, Comparison, Effect

# Kinds of alert that qualify results, in the order in which a reader should know of them.
_GROUPS = ("too_few_runs", "few_sessions", "derived_metric", "unreadable")
# Kinds that a reader takes in together, one item each: how the runs went, and what the columns hold.
_KINDRED = (
    ("throttling", "slow_first_run", "change_point", "trend", "outliers"),
    ("implausible", "unit_in_doubt", "short_telemetry", "mixed_definitions", "constant_column"),
)
_OPEN = 3
_COINCIDING = 5
_MODELS = 2  # in a command that measures what is missing
_NAMED = 4
_RUNS = 10  # replicates of an ordinary comparison (STATISTICS.md)


def limitations(desk: Desk) -> list[list[Draft]]:
    """One item a limitation, each of one or two sentences, all of fixed wording."""
    found: list[list[Draft]] = []
    groups = alerts.groups(desk.analysis)
    for kind in _GROUPS:
        claim = say.group(desk, groups[kind], 0) if kind in groups else None
        if claim is not None:
            found.append([Draft(f"{{{{{claim.id}}}}}.", (), "fixed")])
    found += [[d] for d in (_together(desk, groups, kinds) for kinds in _KINDRED) if d is not None]
    found += _coinciding(desk)
    found += [[d] for d in _open_effects(desk)]
    found += [[d] for kind in statements.registry().values() for d in kind.open_ones(desk)]
    found += [[d] for d in _open_comparisons(desk)]
    found += _open_changes(desk)
    absent = [m for m in WANTED if m not in desk.analysis.inventory.metrics]
    claims = [say.absent(desk, m, 0) for m in absent[:4]]
    if claims:
        measurable = any(m in MEASURABLE for m in absent)
        models = [s for s in desk.analysis.inventory.subjects if commands.runnable(s)][:_MODELS] if measurable else []
        run = _test(models, {}, _RUNS).replace("this run tests it", "this run measures what the machine can")
        found.append([Draft("; ".join(f"{{{{{c.id}}}}}" for c in claims) + f"{run}.", (), "fixed")])
    return found


def _together(desk: Desk, groups: dict[str, alerts.AlertGroup], kinds: Iterable[str]) -> Draft | None:
    """One sentence on these kinds of alert: the case itself where there is a single one, else how many there are. Of
    series that move, the one that matters most is told."""
    claims = []
    for kind in kinds:
        if kind not in groups:
            continue
        items = [a for a in desk.analysis.alerts if a.kind == kind]
        first = max(items, key=lambda a: METRIC_WEIGHT.get(a.metric, 0.3))
        told = [] if len(items) == 1 else [say.group(desk, groups[kind], 0)]
        if len(items) == 1 or kind in ("change_point", "trend", "unit_in_doubt"):
            told.append(say.alert(desk, first, 0))
        claims += [c for c in told if c is not None and c.verdict == "SUPPORTED"]
    return Draft("; ".join(f"{{{{{c.id}}}}}" for c in claims) + ".", (), "fixed") if claims else None


def _coinciding(desk: Desk) -> list[list[Draft]]:
    """Factors that cannot be told from cold start, order or another: one item a suite, with the run that tells them
    apart."""
    done = settled.closed(desk)
    groups: dict[str, dict[tuple[str, str], list[Alert]]] = {}
    for item in desk.analysis.alerts:
        if item.kind == "aliased_factor" and not _closed(desk, item, done):
            first, last = sorted((item.factor, str(item.values["with"])))
            groups.setdefault(item.suite, {}).setdefault((first, last), []).append(item)
    return [[_apart(desk, list(pairs.values())[:_COINCIDING])] for pairs in list(groups.values())[:_COINCIDING]]


def _closed(desk: Desk, item: Alert, done: AbstractSet[str]) -> bool:
    """Whether new measurements told the factor's effects apart that the alert is about."""
    place = item.suite, item.subject, item.factor
    keys = [
        e.recipe.key
        for e in desk.analysis.effects
        if (e.suite, e.subject, e.factor) == place and item.values["with"] in e.aliased and e.outcome == "aliased"
    ]
    return bool(keys) and done >= set(keys)


def _apart(desk: Desk, pairs: list[list[Alert]]) -> Draft:
    """What the factors of one suite coincide with."""
    parts, claims, models, levels = [], list[str](), dict[str, None](), dict[str, tuple[str, ...]]()
    for items in pairs:
        first, partner = items[0], str(items[0].values["with"])
        mine = {a.subject: a for a in items if (a.factor, a.values["with"]) == (first.factor, partner)}
        claims += [c.id for a in mine.values() if (c := say.alert(desk, a, 0)) is not None]
        factor, other = (f"{{{{{desk.fact(first, f).id}}}}}" for f in ("factor", "values.with"))
        shown = [f"{{{{{desk.fact(a, 'subject').id}}}}}" for name, a in mine.items() if name]
        of = f" of {listed([*shown[:_NAMED], 'others'] if len(shown) > _NAMED else shown)}"
        of = of if shown and not models.keys() >= {n for n in mine if n} else ""  # the same as before them
        parts.append(
            {
                "cold start": f"the cold starts{of} are at levels of {factor}, so a model load looks like its effect",
                "order": f"each level of {factor}{of} ran in one block, so a drift looks like its effect",
            }.get(partner, f"{factor}{of} changes only together with {other}, so each looks like the other")
        )
        models |= dict.fromkeys(n for n in mine if n)
        for name in [first.factor] if partner in ("cold start", "order") else [first.factor, partner]:
            levels[name] = _levels_of(desk, first, name)
    where = f"In suite {{{{{desk.fact(pairs[0][0], 'suite').id}}}}} " if pairs[0][0].suite else "In this data "
    return Draft(f"{where}{'; '.join(parts)}{_test([*models], levels, _RUNS)}.", tuple(claims), "fixed")


def _levels_of(desk: Desk, item: Alert, factor: str) -> tuple[str, ...]:
    """The levels of the factor in the suite that an effect has most of."""
    same = [e for e in desk.analysis.effects if (e.suite, e.factor) == (item.suite, factor)]
    return max((tuple(lv.level for lv in e.levels) for e in same), key=len, default=())


def _open_effects(desk: Desk) -> list[Draft]:
    """How an effect stays open: its interval holds both directions, or reaches into the margin."""
    done = settled.closed(desk)
    items = [
        e
        for e in desk.analysis.effects
        if e.outcome == "inconclusive" and e.ratio and e.metric == "decode_rate" and e.recipe.key not in done
    ]
    return [d for d in (open_effect(desk, i) for i in _widest(items)) if d][:2]


def _widest(items: Iterable[Effect]) -> list[Effect]:
    return sorted(items, key=lambda e: -(e.ratio or 0.0))


def open_effect(desk: Desk, item: Effect) -> Draft | None:
    ratio = desk.fact(item, "ratio")
    if not ratio.interval:
        return None
    factor = desk.fact(item, "factor").id
    of = f" of {{{{{desk.fact(item, 'subject').id}}}}}" if item.subject else ""
    where = f" in suite {{{{{desk.fact(item, 'suite').id}}}}}" if item.suite else ""
    name = frames.title(item.metric, warm=item.warm)
    text = (
        f"Whether {{{{{factor}}}}} matters to the {name}{of}{where} is open: the interval of the ratio between its "
        f"extreme levels is {{{{{ratio.id}:interval}}}}"
    )
    runs = needs.MOST_RUNS if item.suite in desk.dataset.measured else _RUNS
    return Draft(text + _test([item.subject], {item.factor: (item.low, item.high)}, runs) + ".", (), "fixed")


def _open_comparisons(desk: Desk) -> list[Draft]:
    """Comparisons without a verdict, those of the metrics that matter first, with the n that would give one."""
    done = settled.closed(desk)
    found = [
        c
        for c in desk.analysis.comparisons
        if c.outcome in ("inconclusive", "exploratory")
        and c.ratio
        and metric_of(c.metric).direction != "none"
        and c.recipe.key not in done
    ]
    order = {"decode_rate": 0, "run_time": 1, "ttft": 2, "ttft_incl_load": 3}
    found.sort(key=lambda c: (order.get(c.metric, 9), c.axis != "subject", c.needed_n or 0))
    drafts: list[Draft] = []
    seen: set[tuple[str, str]] = set()
    for item in found:
        if (item.suite, item.metric) not in seen and len(drafts) < _OPEN:
            seen.add((item.suite, item.metric))
            drafts.append(open_comparison(desk, item))
    return drafts


def _open_changes(desk: Desk) -> list[list[Draft]]:
    """How many changes since the earlier report have no verdict, and what gives one."""
    changes = desk.analysis.changes
    if changes is None or not changes.counts["open"]:
        return []
    many = desk.fact(changes, "counts.open").id
    are = "condition has" if changes.counts["open"] == 1 else "conditions have"
    text = (
        f"Against the earlier report {{{{{many}}}}} {are} no verdict; more runs on both sides settle a change, when "
        "the interval of its ratio stays clear of the margin named under Methods."
    )
    found = [Draft(text, (), "fixed")]
    weighty = sorted(
        (c for c in changes.items if c.outcome == "open" and c.needed_n and c.ratio and metric_of(c.metric).core),
        key=lambda c: (-METRIC_WEIGHT.get(c.metric, 0.3), c.needed_n or 0, c.recipe.key),
    )
    if weighty:
        found.append(_open_change(desk, weighty[0]))
    return [found]


def _open_change(desk: Desk, item: Change) -> Draft:
    """The change that fewest runs of the metric that matters most would settle, and those runs."""
    name = frames.title(item.metric, warm=item.warm)
    of = f" of {{{{{desk.fact(item, 'subject').id}}}}}" if item.subject else ""
    where = f" in suite {{{{{desk.fact(item, 'suite').id}}}}}" if item.suite else ""
    given = f" with {{{{{desk.fact(item, '~condition').id}}}}}" if item.condition else ""
    needed = desk.fact(item, "needed_n").id
    text = f"For the {name}{of}{where}{given}, n = {{{{{needed}}}}} on each side would give a verdict"
    levels = {k: (v, v) for k, v in item.condition.items()}
    return Draft(text + _test([item.subject], levels, item.needed_n or _RUNS) + ".", (), "fixed")


def _test(models: list[str], levels: Mapping[str, tuple[str, ...]], runs: int) -> str:
    """The end of a sentence: the run that would test it, where this program can make it."""
    if not models or not all(commands.runnable(m) for m in models) or set(levels) - commands.BENCH_FACTORS:
        return ""
    command = commands.bench(models, factors={k: list(dict.fromkeys(v)) for k, v in levels.items()}, runs=runs)
    return f"; this run tests it: `{command}`" if command and "`" not in command else ""


def open_comparison(desk: Desk, item: Comparison) -> Draft:
    say.open_comparison(desk, item)
    observed = say.comparison(desk, item)
    n_a, n_b = desk.fact(item, "n_a").id, desk.fact(item, "n_b").id
    a, b = desk.fact(item, "a").id, desk.fact(item, "b").id
    axis = "" if item.axis == "subject" else f"{{{{{desk.fact(item, 'axis').id}}}}} "
    of = f" of {{{{{desk.fact(item, 'subject').id}}}}}" if axis and item.subject else ""
    where = f" in suite {{{{{desk.fact(item, 'suite').id}}}}}" if item.suite else ""
    where += f" with {{{{{desk.fact(item, '~condition').id}}}}}" if item.condition else ""
    name = frames.title(item.metric, warm=item.warm)
    text = (
        f"The {name}{of} has no verdict between {axis}{{{{{a}}}}} and {axis}{{{{{b}}}}}{where} at n = {{{{{n_a}}}}} "
        f"and {{{{{n_b}}}}}"
    )
    if item.needed_n:
        text += f"; n = {{{{{desk.fact(item, 'needed_n').id}}}}} each would give one"
    models = [item.a, item.b] if item.axis == "subject" else [item.subject]
    levels = {} if item.axis == "subject" else {item.axis: (item.a, item.b)}
    text += _test(models, levels, max(item.needed_n or 0, _RUNS))
    return Draft(text + ".", (observed.id,) if observed else (), "fixed")
