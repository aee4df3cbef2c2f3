"""Makes a sentence say what it is about. The measurements behind its numbers are compared with all measurements that
its words could mean; where there are others, what sets its own apart is added in a few words, so that a number of one
machine, one model or one file is not taken for that of all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from chimera_report.tools.claims import Desk, ids_in
from chimera_report.tools.metrics import PRIMARY
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.patterns import compiled
from chimera_report.tools.schema import (
    Comparison,
    Curve,
    Effect,
    Gain,
    Grid,
    Matched,
    Ranking,
    Result,
    Summary,
    Tradeoff,
)
from chimera_report.tools.stats import Named, metrics_of, population, prepare, scope_of, unsaid

JUDGED = (Comparison, Curve, Effect, Gain, Grid, Matched, Ranking, Summary, Tradeoff)
_BARE = re.compile(r"[\d.,+-]+|true|false|on|off|none|all|auto|default|yes|no|ok", re.IGNORECASE)
_SETTINGS = re.compile(r" with \{\{[^}]*\}\}$")  # a text that ends with settings
_MARKS = re.compile(r"\. (?:Marks|Bars): ")  # what the marks of a picture are
_FIRST = re.compile(r"\b(?:fastest|slowest|highest|lowest|best|most|least|is first)\b")
_PLACES = ("suite", "subject")


def scoped(desk: Desk, text: str, context: str = "") -> str:
    """The text with what it leaves out of its scope, before its full stop; unchanged where nothing is missing.

    `context` is what the reader has read before it, of the same finding.
    """
    shown = f"{desk.render('x' + context)[1:]} {desk.render('x' + text)[1:]}"
    for metric, items in _behind(desk, text).items():
        whole = population(prepare(desk.dataset), items[0], metric)
        named = dict(_named(shown, {c: whole.levels(c) for c in whole.columns}))
        first = _of_systems(items[0]) and _FIRST.search(desk.render("x" + text)[1:]) is not None
        if first and "subject" in named:
            named["subject"] = None  # the first of all of them, and not of those that are named
        missing = unsaid(prepare(desk.dataset), items, metric, named, first=first)
        if missing:
            return _with(desk, text, items[0], metric, missing)
    return text


def _behind(desk: Desk, text: str) -> dict[str, list[Result]]:
    """Metric → the items of which the text shows values or ratios; the one that people quote first."""
    found: dict[str, dict[str, Result]] = {}
    shown = list(_facts(desk, text))
    values = [i for i in shown if isinstance(desk.facts[i].value, int | float)]
    for ident in values or shown:
        whole = desk.items.get(ident)
        for item in desk.members.get(whole.recipe.key, (whole,)) if whole is not None else ():
            # Who is first may be told without a value; names alone may be of more than the item that they are from.
            if not isinstance(item, JUDGED) or not (values or _of_systems(item)):
                continue
            for metric in metrics_of(item):
                if metric_of(metric).direction != "none":
                    found.setdefault(metric, {})[item.recipe.key] = item
    order = {m: i for i, m in enumerate(PRIMARY)}
    return {m: list(found[m].values()) for m in sorted(found, key=lambda m: order.get(m, len(order)))}


def _of_systems(item: Result) -> bool:
    ranked = isinstance(item, Ranking) and item.of == "subjects" and not item.subject
    return ranked or (isinstance(item, Comparison) and item.axis == "subject" and not item.condition)


def _facts(desk: Desk, text: str) -> Iterable[str]:
    for ident in ids_in(text):
        claim = desk.claims.get(ident)
        yield from claim.facts if claim is not None else (ident,)


def _named(text: str, columns: Mapping[str, list[str]]) -> Named:
    """What of each column the words name: some of its levels, or it alone."""
    found: dict[str, frozenset[str] | None] = {}
    for column, levels in columns.items():
        hits = {x for x in levels if x and not _BARE.fullmatch(x) and _says(text, x)}
        if column not in _PLACES and _says(text, column):
            hits |= {
                x
                for x in levels
                if x and compiled(rf"{re.escape(column)} [“\"]?{re.escape(x)}(?![\w.]*\w)").search(text)
            }
            found[column] = None if _goes(text, column) or not hits else frozenset(hits)
        elif hits:
            found[column] = frozenset(hits)
    return found


def _says(text: str, name: str) -> bool:
    return name in text and compiled(rf"(?<![\w.]){re.escape(name)}(?!\.?\w)").search(text) is not None


def _goes(text: str, column: str) -> bool:
    """Whether the words go along a column: from one level to another, over all of them."""
    name = re.escape(column)
    return (
        compiled(rf"(?<!\w){name}[^.;]{{0,60}} to |(?:levels of|over|by|each|every) {name}(?!\w)").search(text)
        is not None
    )


def _told(desk: Desk, item: Result, metric: str, missing: Mapping[str, str], *, joined: bool) -> str:
    """ ", of Qwen2.5-7B on device cuda with batch 8 in suite night"; settings go on where the text ends with some."""
    made = scope_of(prepare(desk.dataset), item, metric, missing)
    parts = []
    if made.held and joined:
        parts.append(f" and {{{{{desk.fact(made, '&held').id}}}}},")
    elif made.subject or made.machine or made.held or made.suite:
        parts.append(",")
    if made.subject:
        parts.append(f" of {{{{{desk.fact(made, 'subject').id}}}}}")
    if made.machine:
        parts.append(f" on {{{{{desk.fact(made, '&machine').id}}}}}")
    if made.held and not joined:
        parts.append(f" with {{{{{desk.fact(made, '&held').id}}}}}")
    if made.suite:
        parts.append(f" in suite {{{{{desk.fact(made, 'suite').id}}}}}")
    return "".join(parts).removesuffix(",")


def _with(desk: Desk, text: str, item: Result, metric: str, missing: Mapping[str, str]) -> str:
    """Before the full stop; of a caption, before what its marks are."""
    marks = _MARKS.search(text)
    head, rest = (text[: marks.start()], text[marks.start() :]) if marks else (text.removesuffix("."), "")
    end = "." if not marks and text.endswith(".") else ""
    told = _told(desk, item, metric, missing, joined=_SETTINGS.search(head) is not None)
    return f"{head}{told}{end}{rest}"
