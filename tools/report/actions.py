"""What to do: actions that follow from the findings, each with what to expect, what it risks, how to verify it and
what it costs, and the command where this program can run it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from chimera_report.tools.claims import noun, say, settled
from chimera_report.tools.metrics import MEASURABLE, WANTED
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.report.book import About, Book, Found, Line, supported
from chimera_report.tools.report.speed import firm
from chimera_report.tools.schema import (
    BENCH_FACTORS,
    Block,
    ClaimBase,
    Comparison,
    Effect,
    Finding,
    RecommendationClaim,
    Result,
    Run,
    Stated,
    Summary,
)
from chimera_report.tools.statements import COLLECT, again, bench, registry, runnable

SECTION = "actions"
RUNS = 10  # replicates of an ordinary comparison (docs/statistics.md)
MOST = 5
_QUALITY = ("accuracy", "pass_rate", "schema_valid", "loss")


@dataclass(slots=True)
class Action:
    claim: RecommendationClaim
    lines: list[Line]
    weight: float
    kind: str = ""
    key: str = field(default="")  # actions of one key are one


def actions(book: Book, findings: list[Found], target: str) -> tuple[Block, ...]:
    """The actions, those with most to gain first."""
    made: list[Action | None] = []
    done = settled.closed(book.desk)
    for found in findings:
        item = found.items[0] if found.items else None
        if item is None or item.recipe.key in done:
            continue
        match found.kind:
            case "first request":
                made.append(_keep_loaded(book, found))
            case "speed":
                made.append(_prefer(book, found, target))
            case "axis":
                made.append(_prefer(book, found, target))
            case "idle":
                made.append(_leave(book, found))
            case "artefact":
                made.append(_repeat(book, found))
            case "effect":
                made.append(_use(book, found, target))
    for found in findings:
        made += _further(book, found)
    made += [_correct(book), _errors(book, target), _settle(book), _collect(book), _replicate(book)]
    made += _apart(book)
    kept: dict[str, Action] = {}
    for action in sorted((a for a in made if a is not None), key=lambda a: -a.weight):
        kept.setdefault(action.key or action.claim.clause, action)
    blocks: list[Block] = []
    for action in list(kept.values())[:MOST]:
        sentences = book.sentences(SECTION, action.kind, action.lines)
        claim = action.claim
        blocks.append(
            Finding(
                title=f"{{{{{claim.id}}}}}",
                sentences=sentences,
                claims=(claim.id, *claim.because),
                command=claim.command,
            )
        )
    if blocks:
        return tuple(blocks)
    lines = [Line("Nothing that this data shows asks for a change.", About("advice"))]
    return tuple(book.paragraph(SECTION, "none", lines))


def _claim(
    book: Book,
    name: str,
    item: Result,
    found: Found | None,
    because: list[ClaimBase | None],
    run: Run | None,
    weight: float,
) -> RecommendationClaim | None:
    premises = supported(because) or (found.claims[:1] if found is not None else [])
    if not premises:
        return None
    suite = str(getattr(item, "suite", ""))
    claim = say.recommendation(
        book.desk,
        name,
        item,
        premises,
        scope=f"suite {suite}" if suite else "this folder",
        run=run,
        weight=weight,
    )
    return claim if claim is not None and claim.verdict == "SUPPORTED" else None


def _why(found: Found, text: str) -> Line:
    """The line that says which finding an action follows from."""
    claims = tuple(c.id for c in found.claims[:1])
    about = About("advice", metric=found.scope.get("metric", ""), verdict="advice", rests_on=found.kind)
    return Line(text.replace("{n}", str(found.number)), about, claims=claims)


def _more(text: str, found: Found | None = None) -> Line:
    metric = found.scope.get("metric", "") if found else ""
    return Line(text, About("advice", metric=metric, verdict="advice"), "elaboration")


def _further(book: Book, found: Found) -> list[Action | None]:
    """What a kind of statement of the registry advises, in its own words."""
    kind = registry().get(found.kind)
    if kind is None or not found.items:
        return []
    made: list[Action | None] = []
    for advice in kind.advise(book.desk, found.items[0], found.claims[:1], found.weight):
        premises = [c for c in found.claims if c.id in {p.id for p in advice.because}]
        claim = _claim(book, advice.action, advice.item, found, [*premises], advice.run, advice.weight)
        if claim is not None:
            about = About("advice", verdict="advice")
            lines = [Line(d.text, about, claims=d.claims) for d in advice.sentences]
            made.append(Action(claim, lines, advice.weight, advice.action))
    return made


def _keep_loaded(book: Book, found: Found) -> Action | None:
    items = [i for i in found.items if isinstance(i, Summary)]
    worst = max(items, key=lambda s: s.p50 or 0.0)
    run = bench([worst.subject], runs=RUNS) if runnable(worst.subject) else None
    claim = _claim(book, "keep_loaded", worst, found, [], run, found.weight + 1.0)
    if claim is None:
        return None
    lines = [
        _why(found, "Expect the warm wait of finding {n} for everybody; the price is memory that stays in use."),
        _more(
            "The command measures loads and warm requests apart; the change itself takes minutes."
            if run is not None
            else "To verify it, time the first request after a restart; the change takes minutes."
        ),
    ]
    return Action(claim, lines, found.weight + 1.0, "keep loaded")


def _prefer(book: Book, found: Found, target: str) -> Action | None:
    item = next((i for i in found.items if isinstance(i, Comparison)), None)
    if (
        item is None
        or item.outcome not in ("higher", "lower")
        or (item.axis == "subject" and item.metric == "run_time")
    ):
        return _settle_one(book, item, found.weight) if item is not None and firm(item) else None
    models = [s for s in (item.a, item.b) if item.axis == "subject" and runnable(s)]
    both = bench(models, runs=RUNS) if len(models) == 2 else None
    claim = _claim(book, "prefer", item, found, [], both or again(target), found.weight)
    if claim is None:
        return None
    quality = any(m in book.analysis.inventory.metrics for m in _QUALITY)
    risk = "" if quality else " Speed says nothing of the quality of answers, which no file holds: score it first."
    turn = book.turn(
        "prefer",
        "Expect the ratio of finding {n}, under the conditions that it names.",
        "What to gain stands in finding {n}, and holds where conditions are alike.",
        "Finding {n} says how much there is to gain.",
    )
    lines = [_why(found, turn)]
    if risk and item.axis == "subject":
        lines.append(_more(risk.strip(), found))
    if both is not None:
        lines.append(
            _more(book.turn("verify", "The command runs both on this machine.", "To verify it here, run both."), found)
        )
    return Action(claim, lines, found.weight, "prefer")


def _leave(book: Book, found: Found) -> Action | None:
    item = next((i for i in found.items if isinstance(i, Effect)), None)
    if item is None:
        return None
    able = runnable(item.subject) and item.factor in BENCH_FACTORS
    levels = [lv.level for lv in item.levels]
    run = bench([item.subject], factors={item.factor: levels}, runs=RUNS) if able else None
    claim = _claim(book, "do_not_tune", item, found, [], run, found.weight - 0.5)
    if claim is None:
        return None
    name = noun(found.scope["metric"])
    text = f"By finding {{n}} there is no {name} to gain, so these can be set for other reasons; it costs nothing."
    return Action(claim, [_why(found, text)], found.weight - 0.5, "leave")


def _repeat(book: Book, found: Found) -> Action | None:
    item = next((i for i in found.items if isinstance(i, Effect)), None)
    if item is None:
        return None
    levels = [lv.level for lv in item.levels]
    able = runnable(item.subject) and item.factor in BENCH_FACTORS
    run = bench([item.subject], factors={item.factor: levels}, runs=RUNS) if able else None
    claim = _claim(book, "separate_cold_start", item, found, [], run, found.weight - 1.2)
    if claim is None:
        return None
    lines = [_why(found, "Only if the answer matters: finding {n} shows no effect once loads are set apart.")]
    if run is not None:
        lines.append(_more("The command loads the model first, and shuffles the levels.", found))
    return Action(claim, lines, found.weight - 1.2, "repeat")


def _use(book: Book, found: Found, target: str) -> Action | None:
    item = next((i for i in found.items if isinstance(i, Effect)), None)
    if item is None:
        return None
    from chimera_report.tools.report.roles import chosen

    if not chosen(book, item.factor):
        return None
    levels = [lv.level for lv in item.levels]
    able = runnable(item.subject) and item.factor in BENCH_FACTORS
    run = bench([item.subject], factors={item.factor: levels}, runs=RUNS) if able else None
    claim = _claim(book, "use_level", item, found, [], run or again(target), found.weight)
    if claim is None:
        return None
    turn = book.turn(
        "use",
        "Expect what finding {n} shows, and look at the other metrics there before it goes live.",
        "Finding {n} gives the size; settings that were not measured may differ.".replace(
            "may differ", "are another case"
        ),
    )
    lines = [_why(found, turn)]
    if run is not None:
        lines.append(_more("The command tries the levels on this machine, in random order.", found))
    return Action(claim, lines, found.weight, "use")


def _correct(book: Book) -> Action | None:
    """Correct the document whose numbers are farthest from the data."""
    items = sorted(book.analysis.stated, key=lambda s: -s.values[0].off)
    if not items:
        return None
    worst: Stated = items[0]
    alert = next(
        (a for a in book.analysis.alerts if a.kind == "contradiction" and a.files[:1] == (worst.document,)), None
    )
    if alert is None:
        return None
    premise = say.alert(book.desk, alert)
    claim = _claim(book, "correct_document", alert, None, [premise], None, 4.0)
    if claim is None:
        return None
    span = book.desk.span([(s, "#values") for s in items])
    documents = f"{book.f(span, '#names')} sets of numbers" if len(items) > 1 else "one set of numbers"
    lines = [
        Line(
            f"The appendix lists what differs, in {documents}; whoever quotes them spreads the error.",
            About("advice", verdict="advice"),
            claims=tuple(c.id for c in supported([premise])),
        )
    ]
    return Action(claim, lines, 4.0, "correct")


def _errors(book: Book, target: str) -> Action | None:
    """Find out about failures that nobody has repeated with success."""
    item = book.desk.failures
    left = [(i, r) for i, r in enumerate(item.reasons) if not r.again]
    alerts = [a for a in book.analysis.alerts if a.kind == "errors"]
    if not left or not alerts:
        return None
    place, reason = left[0]
    alert = next(
        (a for a in alerts if a.suite in reason.suites and (a.subject in reason.subjects or not a.subject)), None
    )
    if alert is None:
        return None
    premise = say.alert(book.desk, alert)
    run = bench([alert.subject], runs=RUNS) if runnable(alert.subject) else again(target)
    claim = _claim(book, "investigate_errors", alert, None, [premise], run, 3.0)
    if claim is None:
        return None
    text = f"“{book.f(item, f'reasons.{place}.reason')}” is what the log says, and no later record shows it solved."
    about = About("advice", verdict="advice")
    return Action(claim, [Line(text, about, claims=tuple(c.id for c in supported([premise])))], 3.0, "errors")


def _apart(book: Book) -> list[Action | None]:
    """Settings that cannot be told from the order of the runs or from another setting: one action each way."""
    found: dict[str, Effect] = {}
    for item in book.analysis.effects:
        other = item.aliased[0] if item.outcome == "aliased" and item.aliased else ""
        # What follows from the length of the answers is told by the rate already.
        if item.ratio and other not in ("", "cold start", "output_tokens") and abs(math.log2(item.ratio)) > 0.25:
            found.setdefault("randomise" if other == "order" else "vary_apart", item)
    made: list[Action | None] = []
    for name, item in found.items():
        levels = [lv.level for lv in item.levels]
        able = name == "randomise" and runnable(item.subject) and item.factor in BENCH_FACTORS
        run = bench([item.subject], factors={item.factor: levels}, runs=RUNS) if able else None
        premise = say.effect(book.desk, item)
        claim = _claim(book, name, item, None, [premise], run, 2.8)
        if claim is None:
            continue
        factor, other = book.f(item, "factor"), book.f(item, "aliased.0")
        text = f"As it ran, {factor} cannot be told from {other}, so no choice follows."
        about = About("advice", metric=item.metric, verdict="advice")
        line = Line(text, about, claims=tuple(c.id for c in supported([premise])))
        made.append(Action(claim, [line], 2.8, name, name))
    return made


def _replicate(book: Book) -> Action | None:
    """More runs of what rests on the fewest for the most conditions."""
    kinds = ("too_few_runs", "few_sessions")
    items = [a for a in book.analysis.alerts if a.kind in kinds and runnable(a.subject)]
    items.sort(key=lambda a: (kinds.index(a.kind), -int(a.values.get("conditions", 0)), a.key))
    for item in items[:1]:
        premise = say.alert(book.desk, item)
        runs = max(int(item.values.get("needed", RUNS)), RUNS)
        claim = _claim(book, "replicate", item, None, [premise], bench([item.subject], runs=runs), 2.3)
        if claim is None:
            return None
        between = "runs" if item.kind == "too_few_runs" else "sessions"
        about = About("advice", verdict="advice")
        text = f"Until then nobody knows how far {between} differ."
        line = Line(text, about, claims=tuple(c.id for c in supported([premise])))
        return Action(claim, [line], 2.3, "replicate", "replicate")
    return None


def _settle(book: Book) -> Action | None:
    """The open comparison of systems that a run of this program could settle, the telling metrics first."""
    order = {m: i for i, m in enumerate(MEASURABLE)}
    done = settled.closed(book.desk)
    found = [
        c
        for c in book.analysis.comparisons
        if c.axis == "subject"
        and c.metric in order
        and c.recipe.key not in done
        and (c.outcome == "exploratory" or (c.outcome == "inconclusive" and (c.needed_n or 0) <= 100))
        and runnable(c.a)
        and runnable(c.b)
        and metric_of(c.metric).direction != "none"
    ]
    found.sort(key=lambda c: (order[c.metric], c.needed_n or 0))
    return _settle_one(book, found[0], 2.5) if found else None


def _settle_one(book: Book, item: Comparison, weight: float) -> Action | None:
    models = [s for s in (item.a, item.b) if item.axis == "subject" and runnable(s)]
    run = bench(models, runs=max(item.needed_n or RUNS, 6)) if len(models) == 2 else None
    observed = say.comparison(book.desk, item)
    claim = _claim(book, "settle", item, None, [observed], run, weight - 1.0)
    if claim is None:
        return None
    text = book.turn(
        "settle",
        f"So far {book.f(item, 'n_a')} and {book.f(item, 'n_b')} records stand behind the comparison.",
        f"It rests on {book.f(item, 'n_a')} records against {book.f(item, 'n_b')} now.",
    )
    about = About("advice", metric=item.metric, verdict="advice")
    lines = [Line(text, about, claims=tuple(c.id for c in supported([observed])))]
    return Action(claim, lines, weight - 1.0, "settle", "settle")


def _collect(book: Book) -> Action | None:
    """Measure what a reader asks for and no file holds, where this program can."""
    inventory = book.analysis.inventory
    absent = [m for m in WANTED if m in MEASURABLE and m not in inventory.metrics]
    models = [s for s in inventory.subjects if runnable(s)][:3]
    if not absent or not models or not inventory.metrics:
        return None
    premise = say.absent(book.desk, absent[0])
    run = bench(models, runs=RUNS)
    claim = _claim(book, f"{COLLECT}{absent[0]}", inventory, None, [premise], run, 2.2)
    if claim is None:
        return None
    text = f"No file holds the {noun(absent[0])} yet; the command measures it beside the rest."
    return Action(claim, [Line(text, About("advice", verdict="advice"), claims=(premise.id,))], 2.2, "collect")
