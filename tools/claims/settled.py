"""The section on what new measurements made clear: each question that the folder leaves open and that was measured for
this report, with the verdict or with what is still missing."""

from __future__ import annotations

from chimera_report.tools.claims import frames, needs, say
from chimera_report.tools.claims.desk import Desk
from chimera_report.tools.claims.needs import Question
from chimera_report.tools.claims.text import Draft
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Alert, ClaimBase, Comparison, Effect, Result, Summary

TITLE = "What the New Measurements Settled"
MOST = 12  # questions told one by one, those with a verdict first


def closed(desk: Desk) -> frozenset[str]:
    """Keys of the recipes of open items that the new measurements settle: no limitation any more."""
    pairs = needs.answered(desk.analysis, desk.dataset.measured)
    return frozenset(q.item.recipe.key for q, a in pairs if needs.settles(a) and not isinstance(q.item, Alert))


def tally(desk: Desk, variant: int = 0) -> Draft | None:
    """How many questions were measured and how many have a verdict, in one sentence."""
    if not desk.dataset.measured:
        return None
    item = needs.settled(desk.analysis, desk.dataset)
    if not item.asked:
        return None
    asked, have, left = (desk.fact(item, f).id for f in ("asked", "settled", "open"))
    one = item.asked == 1
    noun = "open question" if one else "open questions"
    verdicts = (
        f"{{{{{have}}}}} {'has' if item.settled == 1 else 'have'} a verdict" if item.settled else "none has a verdict"
    )
    rest = f"{{{{{left}}}}} {'stays' if item.open == 1 else 'stay'} open" if item.open else "none stays open"
    if variant:
        text = f"New measurements on this machine took up {{{{{asked}}}}} {noun} of the folder: {verdicts}, {rest}."
    else:
        was = "was" if one else "were"
        text = f"Of the folder, {{{{{asked}}}}} {noun} {was} measured anew on this machine; {verdicts} and {rest}."
    return Draft(text, (), "fixed")


def files(desk: Desk) -> Draft | None:
    """How many of the files lie outside the folder that the report is about."""
    if not desk.dataset.measured:
        return None
    item = needs.settled(desk.analysis, desk.dataset)
    many = desk.fact(item, "files").id
    return Draft(
        f"{{{{{many}}}}} of them {'was' if item.files == 1 else 'were'} measured for this report.", (), "fixed"
    )


def parts(desk: Desk) -> tuple[list[Draft], list[list[Draft]]]:
    """The lead, and an item a question: what was open, and what the new measurements say."""
    none = "The new measurements on this machine give no value that answers an open question of the folder."
    lead = [tally(desk) or Draft(none, (), "fixed")]
    items = []
    for question, answer in needs.answered(desk.analysis, desk.dataset.measured)[:MOST]:
        items.append([_question(desk, question), _answer(desk, question, answer)])
    return lead, items


def _question(desk: Desk, question: Question) -> Draft:
    item = question.item
    suite = f" in suite {{{{{desk.fact(item, 'suite').id}}}}}" if getattr(item, "suite", "") else ""
    name = frames.title(question.metric, warm=getattr(item, "warm", None)) if question.metric else ""
    if isinstance(item, Comparison):
        a, b, n_a, n_b = (desk.fact(item, f).id for f in ("a", "b", "n_a", "n_b"))
        text = f"Open{suite}: the {name} of {{{{{a}}}}} against {{{{{b}}}}}, at n = {{{{{n_a}}}}} and {{{{{n_b}}}}}."
    elif isinstance(item, Effect):
        factor, subject = desk.fact(item, "factor").id, desk.fact(item, "subject").id
        text = f"Open{suite}: whether {{{{{factor}}}}} matters to the {name} of {{{{{subject}}}}}"
        if question.kind == "alias":
            text += f", which could not be told from {{{{{desk.fact(item, 'aliased.0').id}}}}}"
        text += "."
    elif isinstance(item, Alert):
        subject, needed = desk.fact(item, "subject").id, desk.fact(item, "values.needed").id
        text = f"Open{suite}: {{{{{subject}}}}} has fewer than {{{{{needed}}}}} records for a condition."
    else:
        text = f"Open: no other file holds the {metric_of(question.metric).title} of {_model(desk, question)}."
    return Draft(text, (), "fixed")


def _model(desk: Desk, question: Question) -> str:
    """The placeholder of the model that a question is about."""
    place = desk.analysis.inventory.subjects.index(question.models[0])
    return f"{{{{{desk.fact(desk.analysis.inventory, f'subjects.{place}').id}}}}}"


def _answer(desk: Desk, question: Question, item: Result) -> Draft:
    """The verdict with its n and interval; or how far the new measurements came without one."""
    if isinstance(question.item, Alert) and isinstance(item, Summary) and needs.settles(item):
        suite, value = desk.fact(item, "suite").id, desk.fact(item, "gmean").id
        name = frames.title(item.metric, warm=item.warm)
        return Draft(f"Settled here: suite {{{{{suite}}}}} has n = {{{{{value}:n}}}} of its {name}.", (), "fixed")
    claim = _claim(desk, item) if needs.settles(item) else None
    if claim is not None and claim.verdict == "SUPPORTED":
        return Draft(f"Settled here: {{{{{claim.id}}}}}{_evidence(desk, item)}.", (), "fixed")
    suite = f"{{{{{desk.fact(item, 'suite').id}}}}}" if getattr(item, "suite", "") else ""
    if isinstance(item, Comparison | Effect) and item.ratio is not None and desk.fact(item, "ratio").interval:
        ratio = desk.fact(item, "ratio").id
        text = f"Still open in suite {suite}: the interval of the ratio is {{{{{ratio}:interval}}}}."
        return Draft(text, (), "fixed")
    return Draft(f"Still open in suite {suite}: the time gave too few runs for an interval.", (), "fixed")


def _claim(desk: Desk, item: Result) -> ClaimBase | None:
    match item:
        case Comparison():
            return say.comparison(desk, item)
        case Effect():
            return say.effect(desk, item)
        case Summary():
            return say.measurement(desk, item, "gmean")
    return None


def _evidence(desk: Desk, item: Result) -> str:
    match item:
        case Comparison():
            n_a, n_b = (desk.fact(item, f).id for f in ("n_a", "n_b"))
            return f" (n = {{{{{n_a}}}}} and {{{{{n_b}}}}})"
        case Effect():
            counts = [level.n for level in item.levels]
            fewest = desk.fact(item, f"levels.{counts.index(min(counts))}.n").id
            return f" (at least n = {{{{{fewest}}}}} at a level)"
        case Summary():
            value = desk.fact(item, "gmean")
            interval = f", {{{{{value.id}:interval}}}}" if value.interval else ""
            return f" (n = {{{{{value.id}:n}}}}{interval})"
    return ""
