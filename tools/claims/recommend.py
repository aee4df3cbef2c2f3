"""What to do, from what was found: a catalogue of actions, each with its premises, its scope and a command that does
or tests it."""

from __future__ import annotations

from collections.abc import Iterable

from chimera_report.tools import statements
from chimera_report.tools.claims import alerts, commands, say, settled
from chimera_report.tools.claims.desk import Desk
from chimera_report.tools.claims.text import Draft, listed
from chimera_report.tools.claims.theme import METRIC_WEIGHT, Theme, weigh
from chimera_report.tools.metrics import MEASURABLE, WANTED
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Alert, ClaimBase, Comparison, Effect, Ranking, RecommendationClaim, Result
from chimera_report.tools.statements import Advice

MOST = 7
_MODELS = 3  # that one command measures
# For what no model of Ollama is, or no option of it sets.
_ELSEWHERE = "Another tool has to measure it; the command makes this report again with its files."
_RUNS = 10  # replicates of an ordinary comparison (STATISTICS.md)


def recommendations(desk: Desk, themes: list[Theme], target: str) -> list[tuple[RecommendationClaim, list[Draft]]]:
    """Recommendations with their sentences, by expected effect; only such as every premise supports."""
    made: list[tuple[RecommendationClaim | None, list[Draft]]] = []
    done = settled.closed(desk)
    for theme in themes:
        for item in theme.items[:1]:
            if item.recipe.key not in done:
                made += _of(desk, theme, item, target)
    made += _avoid(desk)
    made += _settle(desk)
    made += _replicate(desk)
    made += _collect(desk)
    found: dict[str, tuple[RecommendationClaim, list[Draft]]] = {}
    for claim, drafts in made:
        if claim is not None and claim.verdict == "SUPPORTED":
            found.setdefault(claim.clause, (claim, drafts))
    order = sorted(found.values(), key=lambda pair: -pair[0].weight)
    return order[:MOST]


def _of(desk: Desk, theme: Theme, item: Result, target: str) -> list[tuple[RecommendationClaim | None, list[Draft]]]:
    premise = theme.claims[:1]
    if isinstance(item, Comparison) and item.outcome in ("higher", "lower"):
        return [_prefer(desk, item, premise, theme.weight, target)]
    if isinstance(item, Comparison) and item.outcome == "exploratory":
        return [_settle_one(desk, item, premise[0], theme.weight)]
    if isinstance(item, Effect):
        return [_tune(desk, item, premise, theme.weight, target)]
    if isinstance(item, Alert) and item.kind == "errors":
        command = commands.bench([item.subject], runs=_RUNS) if commands.runnable(item.subject) else ""
        claim = say.recommendation(
            desk,
            "investigate_errors",
            item,
            premise,
            scope=_scope(item.suite),
            command=command or commands.again(target),
            weight=theme.weight,
        )
        return [(claim, _errors(desk, item, premise))]
    if isinstance(item, Alert) and item.kind == "contradiction":
        claim = say.recommendation(
            desk,
            "correct_document",
            item,
            premise,
            scope=_scope(item.suite),
            command=commands.again(target),
            weight=theme.weight - 1.5,
        )
        text = "The command makes this report again, which compares what documents state with what was measured."
        return [(claim, [Draft(text, tuple(c.id for c in premise), "fixed")])]
    if isinstance(item, alerts.AlertGroup):
        claim = say.recommendation(
            desk,
            "remove_duplicates",
            item,
            premise,
            scope="this folder",
            command=commands.again(target),
            weight=theme.weight - 1,
        )
        files = desk.fact(item, "#files")
        noun = alerts.plural(len(item.files), "file")
        return [
            (
                claim,
                [
                    Draft(
                        f"The repeats stand in {{{{{files.id}}}}} {noun}, with their originals.",
                        tuple(c.id for c in premise),
                    )
                ],
            )
        ]
    kind = statements.of_item(item)
    return [_advised(desk, a, target) for a in kind.advise(desk, item, premise, theme.weight)] if kind else []


def _advised(desk: Desk, advice: Advice, target: str) -> tuple[RecommendationClaim | None, list[Draft]]:
    """The recommendation that a kind of statement gives. Where no run of this program tests it, the command makes the
    report again with what another tool measures."""
    claim = say.recommendation(
        desk,
        advice.action,
        advice.item,
        list(advice.because),
        scope=advice.scope,
        command=advice.command or commands.again(target),
        weight=advice.weight,
    )
    drafts = list(advice.sentences)
    if claim is not None and claim.command and not advice.command:
        drafts.append(Draft(_ELSEWHERE, (), "fixed"))
    return claim, drafts


def _scope(suite: str) -> str:
    return f"suite {suite}" if suite else "this folder"


def _prefer(
    desk: Desk, item: Comparison, premise: list[ClaimBase], weight: float, target: str
) -> tuple[RecommendationClaim | None, list[Draft]]:
    if item.axis == "subject" and item.metric == "run_time":  # workloads, not rivals
        return None, []
    models = [s for s in (item.a, item.b) if item.axis == "subject" and commands.runnable(s)]
    bench = commands.bench(models, runs=_RUNS) if len(models) == 2 else ""
    command = bench or commands.again(target)
    claim = say.recommendation(desk, "prefer", item, premise, scope=_scope(item.suite), command=command, weight=weight)
    n = [desk.fact(item, f) for f in ("value_a", "value_b")]
    factors = ""
    if item.matched:
        names = [desk.fact(item, f"matched.{i}").id for i in range(len(item.matched))]
        factors = ", matched on " + listed([f"{{{{{i}}}}}" for i in names[:4]])
    where = f" in suite {{{{{desk.fact(item, 'suite').id}}}}}" if item.suite else ""
    if item.condition:
        where += f" with {{{{{desk.fact(item, '~condition').id}}}}}"
    counts = f" (n = {{{{{n[0].id}:n}}}} and {{{{{n[1].id}:n}}}})" if all(f.n for f in n) else ""
    name = metric_of(item.metric).title
    text = f"It rests on the {name}{where}{counts}{factors}, and holds for what was measured there."
    drafts = [Draft(text, tuple(c.id for c in premise), "fixed")]
    if claim is not None and claim.command:  # the claim's: an outline is composed without the folder's name
        drafts.append(Draft("The command measures the two on this machine." if bench else _ELSEWHERE, (), "fixed"))
    return claim, drafts


def _avoid(desk: Desk) -> list[tuple[RecommendationClaim | None, list[Draft]]]:
    """The model that a ranking of three and more puts last, where its comparison with the one before it is settled."""
    found: list[tuple[float, Ranking, Comparison]] = []
    for item in desk.analysis.rankings:
        # A run time is of workloads, which are no rivals.
        if item.of != "subjects" or item.metric not in METRIC_WEIGHT or item.metric == "run_time":
            continue
        pair, place = {e.subject for e in item.entries[-2:]}, (item.suite, item.metric, item.warm)
        found += [
            (weigh(c, 1.9), item, c)
            for c in desk.analysis.comparisons
            if (c.suite, c.metric, c.warm) == place and {c.a, c.b} == pair and c.axis == "subject" and not c.condition
            if c.outcome in ("higher", "lower") and len(item.entries) > 2
        ]
    for weight, item, other in sorted(found, key=lambda f: -f[0])[:1]:
        premises = [say.ranking(desk, item, 0), say.comparison(desk, other, 0)]
        held = [p for p in premises if p is not None and p.verdict == "SUPPORTED"]
        if len(held) < 2:
            continue
        models = [item.entries[0].subject, item.entries[-1].subject]
        command = commands.bench(models, runs=_RUNS) if all(map(commands.runnable, models)) else ""
        scope = _scope(item.suite)
        claim = say.recommendation(desk, "avoid", item, held, scope=scope, command=command, weight=weight)
        drafts = [Draft(f"{{{{{held[1].id}}}}}.", (held[0].id,), "fixed")]
        if command:
            drafts.append(Draft("The command measures it beside the first.", (), "fixed"))
        return [(claim, drafts)]
    return []


def _tune(
    desk: Desk, item: Effect, premise: list[ClaimBase], weight: float, target: str
) -> tuple[RecommendationClaim | None, list[Draft]]:
    told = {"order": "randomise", "cold start": "separate_cold_start"}
    apart = told.get(item.aliased[0], "vary_apart") if item.aliased else ""
    action = {"aliased": apart, "negligible": "do_not_tune", "effect": "use_level"}.get(item.outcome, "")
    command = ""
    tests = not item.aliased or item.outcome != "aliased" or item.aliased[0] in ("cold start", "order")
    if tests and commands.runnable(item.subject) and item.factor in commands.BENCH_FACTORS:
        levels = [lv.level for lv in item.levels]
        command = commands.bench([item.subject], factors={item.factor: levels}, runs=_RUNS)
    scope, does = _scope(item.suite), command or commands.again(target)
    claim = say.recommendation(desk, action, item, premise, scope=scope, command=does, weight=weight)
    factor = desk.fact(item, "factor").id
    # Named, because a sentence that said the same of two settings would stand once, and leave one without evidence.
    of = f" of {{{{{desk.fact(item, 'subject').id}}}}}" if item.subject else ""
    reason = {
        "aliased": f"Until then, no choice of {{{{{factor}}}}} follows from this metric{of}.",
        "negligible": f"The measured levels of {{{{{factor}}}}}{of} lie within the margin of equivalence.",
        "effect": f"It holds for the measured levels of {{{{{factor}}}}}{of}, as an association.",
    }.get(item.outcome, "")
    if item.outcome == "effect" and item.randomised:
        reason = f"It holds for the measured levels of {{{{{factor}}}}}{of}."
    drafts = [Draft(reason, tuple(c.id for c in premise))] if reason else []
    if command:
        what = (
            "measures cold starts apart and in random order"
            if item.outcome == "aliased"
            else "tests it on this machine"
        )
        drafts.append(Draft(f"The command {what}.", (), "fixed"))
    elif claim is not None and claim.command:
        drafts.append(Draft(_ELSEWHERE, (), "fixed"))
    return claim, drafts


def _errors(desk: Desk, item: Alert, premise: Iterable[ClaimBase]) -> list[Draft]:
    names = [desk.fact(item, f"files.{i}").id for i in range(min(1, len(item.files)))]
    return [Draft(f"The error texts stand in {{{{{n}}}}}.", tuple(c.id for c in premise)) for n in names]


def _settle(desk: Desk) -> list[tuple[RecommendationClaim | None, list[Draft]]]:
    """Open comparisons of models that more runs would settle, the cheapest first."""
    found: list[tuple[RecommendationClaim | None, list[Draft]]] = []
    taken: set[tuple[str, str]] = set()
    order = {"decode_rate": 0, "ttft": 1, "ttft_incl_load": 2}
    done = settled.closed(desk)
    for item in sorted(desk.analysis.comparisons, key=lambda c: (order.get(c.metric, 9), c.needed_n or 0)):
        open_ = item.outcome == "exploratory" or (item.outcome == "inconclusive" and (item.needed_n or 0) <= 100)
        models = [item.a, item.b]
        if item.recipe.key in done:
            continue
        if not open_ or item.axis != "subject" or not all(commands.runnable(m) for m in models):
            continue
        if metric_of(item.metric).direction == "none" or (item.suite, item.metric) in taken or len(taken) >= 2:
            continue
        taken.add((item.suite, item.metric))
        observed = say.comparison(desk, item, 0)
        if observed is None:
            continue
        found.append(_settle_one(desk, item, observed, 2.5))
    return found


def _replicate(desk: Desk) -> list[tuple[RecommendationClaim | None, list[Draft]]]:
    """The model whose results rest on the fewest runs for the most conditions."""
    kinds = ("too_few_runs", "few_sessions")
    items = [a for a in desk.analysis.alerts if a.kind in kinds and commands.runnable(a.subject)]
    items.sort(key=lambda a: (kinds.index(a.kind), -int(a.values.get("conditions", 0)), a.key))
    for item in items[:1]:
        premise = say.alert(desk, item, 0)
        if premise is None or premise.verdict != "SUPPORTED":
            continue
        runs = int(item.values.get("needed", _RUNS))
        command = commands.bench([item.subject], runs=max(runs, _RUNS))
        claim = say.recommendation(
            desk, "replicate", item, [premise], scope=_scope(item.suite), command=command, weight=2.3
        )
        between = "runs" if item.kind == "too_few_runs" else "sessions"
        text = f"A spread between {between} needs several of them; the command measures the model in shuffled rounds."
        return [(claim, [Draft(text, (premise.id,), "fixed")])]
    return []


def _collect(desk: Desk) -> list[tuple[RecommendationClaim | None, list[Draft]]]:
    """The first metric that a reader asks for, that no file holds and that a run of this program gives."""
    inventory = desk.analysis.inventory
    absent = [m for m in WANTED if m in MEASURABLE and m not in inventory.metrics]
    models = [s for s in inventory.subjects if commands.runnable(s)][:_MODELS]
    if not absent or not models or not inventory.metrics:
        return []
    premise = say.absent(desk, absent[0], 0)
    claim = say.recommendation(
        desk,
        f"{commands.COLLECT}{absent[0]}",
        inventory,
        [premise],
        scope="this folder",
        command=commands.bench(models, runs=_RUNS),
        weight=2.2,
    )
    return [(claim, [Draft("The command measures it together with the metrics at hand.", (premise.id,), "fixed")])]


def _settle_one(
    desk: Desk, item: Comparison, observed: ClaimBase, weight: float
) -> tuple[RecommendationClaim | None, list[Draft]]:
    models = [s for s in (item.a, item.b) if item.axis == "subject" and commands.runnable(s)]
    command = commands.bench(models, runs=max(item.needed_n or _RUNS, 6)) if len(models) == 2 else ""
    scope = _scope(item.suite)
    claim = say.recommendation(desk, "settle", item, [observed], scope=scope, command=command, weight=weight)
    n = [desk.fact(item, f).id for f in ("n_a", "n_b")]
    return claim, [Draft(f"So far n = {{{{{n[0]}}}}} and {{{{{n[1]}}}}}, which gives no verdict.", (observed.id,))]
