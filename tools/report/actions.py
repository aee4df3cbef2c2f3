"""What to do: actions that follow from the findings, each with what to expect, what it risks, how to verify it and
what it costs, and the command where this program can run it."""

from __future__ import annotations

from chimera_report.tools.claims import noun, say, settled
from chimera_report.tools.report.advice import Action, again, claim_of, more, why
from chimera_report.tools.report.again import settle, settle_one
from chimera_report.tools.report.book import About, Book, Found, Line, supported
from chimera_report.tools.report.elsewhere import contrary
from chimera_report.tools.report.roles import chosen
from chimera_report.tools.report.statistic import firm
from chimera_report.tools.report.unlike import lengths
from chimera_report.tools.schema import (
    BENCH_FACTORS,
    Block,
    Comparison,
    Effect,
    Finding,
    Stated,
    Summary,
)
from chimera_report.tools.statements import registry, runnable

SECTION = "actions"
MOST = 6
_OF_A_KIND = 2


def actions(book: Book, findings: list[Found]) -> tuple[Block, ...]:
    """The actions, those with most to gain first."""
    made: list[Action | None] = []
    done = settled.closed(book.desk)
    read = not (book.desk.coverage.few_columns or book.desk.coverage.mostly_idle)
    for found in findings if read else ():  # no choice rests on the few columns of a file that were understood
        item = found.items[0] if found.items else None
        if item is None or item.recipe.key in done:
            continue
        match found.kind:
            case "first request":
                made.append(_keep_loaded(book, found))
            case "speed":
                made.append(_prefer(book, found))
            case "axis" | "matched":
                made.append(_prefer(book, found))
            case "idle":
                made.append(_leave(book, found))
            case "artefact":
                made.append(_repeat(book, found))
            case "effect":
                made.append(_use(book, found))
    for found in findings if read else ():
        made += _further(book, found)
    made += [_correct(book), settle(book) if read else None]
    kept: dict[str, Action] = {}
    for action in sorted((a for a in made if a is not None), key=lambda a: -a.weight):
        kept.setdefault(action.key or book.desk.render(f"{{{{{action.claim.id}}}}}"), action)
    blocks: list[Block] = []
    for action in _various(list(kept.values())):
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
    return tuple(blocks)


def _various(found: list[Action]) -> list[Action]:
    """The first of them, no more than two of a kind: a third choice between systems says nothing new."""
    kept: list[Action] = []
    for action in found:
        if len(kept) < MOST and sum(a.kind == action.kind for a in kept) < _OF_A_KIND:
            kept.append(action)
    return kept


def _further(book: Book, found: Found) -> list[Action | None]:
    """What a kind of statement of the registry advises, in its own words."""
    kind = registry().get(found.kind)
    if kind is None or not found.items:
        return []
    made: list[Action | None] = []
    for advice in kind.advise(book.desk, found.items[0], found.claims[:1], found.weight):
        premises = [c for c in found.claims if c.id in {p.id for p in advice.because}]
        claim = claim_of(book, advice.action, advice.item, found, [*premises], advice.run, advice.weight)
        if claim is not None:
            about = About("advice", verdict="advice")
            lines = [Line(d.text, about, claims=d.claims) for d in advice.sentences]
            made.append(Action(claim, lines, advice.weight, advice.action))
    return made


def _keep_loaded(book: Book, found: Found) -> Action | None:
    items = [i for i in found.items if isinstance(i, Summary)]
    worst = max(items, key=lambda s: s.p50 or 0.0)
    run = again(book, [worst.subject], worst.suite) if runnable(worst.subject) else None
    claim = claim_of(book, "keep_loaded", worst, found, [], run, found.weight + 1.0)
    if claim is None:
        return None
    lines = [
        why(found, "Finding {n} has both waits; the price is memory that stays in use."),
        more(
            "The command measures loads and warm requests apart; the change itself takes minutes."
            if run is not None
            else "To verify it, time the first request after a restart; the change takes minutes."
        ),
    ]
    return Action(claim, lines, found.weight + 1.0, "keep loaded")


def _prefer(book: Book, found: Found) -> Action | None:
    item = next((i for i in found.items if isinstance(i, Comparison)), None)
    if (
        item is None
        or item.outcome not in ("higher", "lower")
        or (item.axis == "subject" and item.metric == "run_time")
    ):
        return settle_one(book, item, found.weight) if item is not None and firm(item) else None
    if contrary(book, item):
        return None  # what is faster here is slower, or answers worse, elsewhere in the folder
    if item.axis != "subject" and not chosen(book, item.axis):
        return None  # nobody chooses what was asked, or what nothing names
    if any(g.what == item.axis and g.by == "path" for g in book.desk.readings.guesses):
        return None  # nor a part of a file's name
    if lengths(book, item):
        return None  # the two did not do the same work
    models = [s for s in (item.a, item.b) if item.axis == "subject" and runnable(s)]
    both = again(book, models, item.suite) if len(models) == 2 else None
    claim = claim_of(book, "prefer", item, found, [], both, found.weight)
    if claim is None:
        return None
    turn = book.turn(
        "prefer",
        "Expect the ratio of finding {n}, under its conditions.",
        "What to gain stands in finding {n}, and holds where conditions are alike.",
        "Finding {n} says how much there is to gain.",
    )
    lines = [why(found, turn)]
    if both is not None:
        lines.append(
            more(book.turn("verify", "The command runs both on this machine.", "To verify it here, run both."), found)
        )
    return Action(claim, lines, found.weight, "prefer")


def _leave(book: Book, found: Found) -> Action | None:
    item = next((i for i in found.items if isinstance(i, Effect)), None)
    if item is None:
        return None
    able = runnable(item.subject) and item.factor in BENCH_FACTORS
    levels = [lv.level for lv in item.levels]
    run = again(book, [item.subject], item.suite, factors={item.factor: levels}) if able else None
    claim = claim_of(book, "do_not_tune", item, found, [], run, found.weight - 0.5)
    if claim is None:
        return None
    name = noun(found.scope["metric"])
    text = f"By finding {{n}} there is no {name} to gain, so it can be set for other reasons, at no cost."
    return Action(claim, [why(found, text)], found.weight - 0.5, "leave")


def _repeat(book: Book, found: Found) -> Action | None:
    item = next((i for i in found.items if isinstance(i, Effect)), None)
    if item is None:
        return None
    levels = [lv.level for lv in item.levels]
    able = runnable(item.subject) and item.factor in BENCH_FACTORS
    run = again(book, [item.subject], item.suite, factors={item.factor: levels}) if able else None
    claim = claim_of(book, "separate_cold_start", item, found, [], run, found.weight - 1.2)
    if claim is None:
        return None
    lines = [why(found, "Only if the answer matters: finding {n} shows no effect once loads are set apart.")]
    if run is not None:
        lines.append(more("The command loads the model first, and shuffles the levels.", found))
    return Action(claim, lines, found.weight - 1.2, "repeat")


def _use(book: Book, found: Found) -> Action | None:
    item = next((i for i in found.items if isinstance(i, Effect)), None)
    if item is None:
        return None
    if not chosen(book, item.factor) or contrary(book, item):
        return None
    levels = [lv.level for lv in item.levels]
    able = runnable(item.subject) and item.factor in BENCH_FACTORS
    run = again(book, [item.subject], item.suite, factors={item.factor: levels}) if able else None
    claim = claim_of(book, "use_level", item, found, [], run, found.weight)
    if claim is None:
        return None
    turn = book.turn(
        "use",
        "Expect what finding {n} shows, and look at the other metrics there before it goes live.",
        "Finding {n} gives the size; settings that were not measured may differ.".replace(
            "may differ", "are another case"
        ),
    )
    lines = [why(found, turn)]
    if run is not None:
        lines.append(more("The command tries the levels on this machine, in random order.", found))
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
    claim = claim_of(book, "correct_document", alert, None, [premise], None, 4.8)
    if claim is None:
        return None
    span = book.desk.span([(s, "#values") for s in items])
    documents = f"{book.f(span, 'count')} sets" if len(items) > 1 else "one set"
    lines = [
        Line(
            f"The appendix lists all numbers that differ, in {documents}; whoever quotes them spreads the error.",
            About("advice", verdict="advice"),
            claims=tuple(c.id for c in supported([premise])),
        )
    ]
    return Action(claim, lines, 4.8, "correct")
