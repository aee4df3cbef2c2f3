"""What makes a finding unsafe, said beside it: the checks of the data that concern the very things it names."""

from __future__ import annotations

from collections.abc import Callable

from chimera_report.tools.report.book import About, Book, Found, Line
from chimera_report.tools.schema import Alert, Result

_WAITS = ("ttft", "ttft_incl_load", "e2e_latency", "queue_time")
_MOST = 2  # of one finding
_OF_WORK = ("total_throughput", "output_throughput", "energy_per_token", "e2e_latency", "run_time")
_SPEEDS = ("decode_rate", "output_throughput", "total_throughput", "tpot", "itl", "energy_per_token", "request_rate")


def beside(book: Book, found: Found) -> list[Line]:
    """One line for each check that concerns what the finding names."""
    made = []
    for alert in book.analysis.alerts:
        told = _KINDS.get(alert.kind)
        if told is None or not any(_of_suite(item, alert) for item in found.items):
            continue
        text = told(book, found, alert)
        if text:
            about = About("alert", alert.subject, alert.metric, alert.suite, alert.factor)
            made.append(Line(text, about))
    return made[:_MOST]


def _of_suite(item: Result, alert: Alert) -> bool:
    return not alert.suite or getattr(item, "suite", "") == alert.suite


def _named(found: Found) -> set[str]:
    """The systems and levels that its items name."""
    names: set[str] = set()
    for item in found.items:
        names |= {str(getattr(item, field, "") or "") for field in ("a", "b", "subject", "high", "low", "best")}
    return names - {""}


def _axes(found: Found) -> set[str]:
    return {str(getattr(item, field, "") or "") for item in found.items for field in ("axis", "factor")} - {""}


def _metric(found: Found) -> str:
    return found.scope.get("metric", "") or next((str(getattr(i, "metric", "")) for i in found.items), "")


def _overload(book: Book, found: Found, alert: Alert) -> str:
    if _metric(found) not in _WAITS and alert.factor not in _axes(found):
        return ""
    return (
        f"Of the {book.f(alert, 'values.of')} runs {book.f(alert, 'values.runs')} were offered more requests a second "
        "than they completed: the waits of these are of a queue, and no response time of the system."
    )


def _no_score(book: Book, found: Found, alert: Alert) -> str:
    level = str(alert.values["level"])
    if _metric(found) not in _SPEEDS or level not in _named(found):
        return ""
    return f"{book.f(alert, 'values.level')} scores nothing there, so its speed is none to quote."


def _without_effect(book: Book, found: Found, alert: Alert) -> str:
    levels = set(str(alert.values["levels"]).split(", "))
    if alert.factor not in _axes(found) or not levels & _named(found):
        return ""
    return (
        f"{book.f(alert, 'values.levels')} gave the very same numbers of tokens, so it is not known that the "
        "setting took effect."
    )


def _size_order(book: Book, found: Found, alert: Alert) -> str:
    if not {str(alert.values["small"]), str(alert.values["large"])} <= _named(found):
        return ""
    large, small = (book.f(alert, f"values.{which}") for which in ("large", "small"))
    return f"{large} is faster than the smaller {small}, which is odd unless it is a mixture of experts."


def _unequal_tokens(book: Book, found: Found, alert: Alert) -> str:
    names, short, long = _named(found), str(alert.values["short"]), str(alert.values["long"])
    if _metric(found) not in _OF_WORK or not {short, long} & names:
        return ""
    few, many = book.f(alert, "values.lowest"), book.f(alert, "values.highest")
    if {short, long} <= names:
        return (
            f"Their requests are not the same work: {few} each for {book.f(alert, 'values.short')}, {many} for "
            f"{book.f(alert, 'values.long')}."
        )
    whose, own, far, rest = ("short", few, many, "up to") if short in names else ("long", many, few, "down to")
    return (
        f"A request of {book.f(alert, f'values.{whose}')} has {own} there, and those of others {rest} {far}: they are "
        "not the same work."
    )


_KINDS: dict[str, Callable[[Book, Found, Alert], str]] = {
    "overload": _overload,
    "no_score": _no_score,
    "without_effect": _without_effect,
    "size_order": _size_order,
    "unequal_tokens": _unequal_tokens,
}
