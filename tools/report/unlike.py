"""What two that are compared were compared on, and where they did not do the same work: answers of another length."""

from __future__ import annotations

import math
from statistics import median

from chimera_report.tools.claims import counted, noun, tables
from chimera_report.tools.report.book import About, Book, Line
from chimera_report.tools.schema import Comparison, Matched, Summary

_MUCH = 1.5  # from this ratio on, the lengths are part of the difference
# What a longer answer changes by itself; a rate of one request is told a token.
_OF_WORK = ("e2e_latency", "request_rate", "output_throughput", "total_throughput", "goodput", "run_time")
_LENGTHS = {"output_tokens": "answers", "prompt_tokens": "prompts"}


def lengths(book: Book, item: Comparison | Matched) -> list[Line]:
    """ "But the answers differ in length: 247 tokens for gptq against 58 for managed.", where they do by much."""
    lines = []
    for metric, what in _LENGTHS.items():
        if metric == item.metric:
            continue
        sides = [_of(book, item, metric, name) for name in (item.a, item.b)]
        values = [getattr(s, tables.typical_field(s)) if s is not None else None for s in sides]
        a, b = sides
        if a is None or b is None or not values[0] or not values[1]:
            continue
        if max(values[0], values[1]) < _MUCH * min(values[0], values[1]):
            continue
        shown = [book.about(s, tables.typical_field(s)) for s in (a, b)]
        alone = item.axis == "subject" and a.condition and a.condition == b.condition  # told of this one condition
        given = f" at {book.f(a, '~condition')}" if alone else ""
        work = ", so they are not the same work" if item.metric in _OF_WORK else ""
        text = (
            f"But the {what} differ in length: {shown[0]} for {book.f(item, 'a')} against {shown[1]} for "
            f"{book.f(item, 'b')}{given}{work}."
        )
        about = About("covariate", item.subject, item.metric, item.suite, item.axis, "open")
        lines.append(Line(text, about, "contrast"))
    return lines


def implied(book: Book, item: Comparison | Matched) -> bool:
    """Whether the times of the two say that one gave much longer answers, where no file counts these: what a request
    took after its first token, over the time of one token."""
    if item.metric not in _OF_WORK:
        return False
    whole, first, each = (_sides(book, item, metric) for metric in ("e2e_latency", "ttft", "tpot"))
    ratios = []
    for key in whole.keys() & first.keys() & each.keys():
        a, b = ((v - w) / p for v, w, p in zip(whole[key], first[key], each[key], strict=True))
        ratios.append(abs(math.log(a / b)) if a > 0 and b > 0 else 0.0)
    return bool(ratios) and median(ratios) >= math.log(_MUCH)


def _sides(book: Book, item: Comparison | Matched, metric: str) -> dict[str, tuple[float, float]]:
    """Condition → the values of the two in a metric, that of the item's first side first."""

    def same(other: Comparison | Matched, *names: str) -> bool:
        ends = {other.a, other.b} == {item.a, item.b} and other.metric == metric
        return ends and all(getattr(other, n) == getattr(item, n) for n in ("suite", "axis", "subject", *names))

    def turned(other: Comparison | Matched, a: float, b: float) -> tuple[float, float]:
        return (a, b) if other.a == item.a else (b, a)

    if isinstance(item, Comparison):
        tested = (c for c in book.analysis.comparisons if same(c, "condition", "warm"))
        return next(({"": turned(c, c.value_a, c.value_b)} for c in tested), {})
    matched = (m for m in book.analysis.matched if same(m, "stat", "within"))
    return next(
        ({str(sorted(p.condition.items())): turned(m, p.value_a, p.value_b) for p in m.points} for m in matched), {}
    )


def unequal(book: Book, item: Comparison | Matched) -> bool:
    """Whether the answers of the two differ in length by much."""
    return bool(lengths(book, item))


def often(book: Book, suite: str, metric: str, pair: tuple[str, str]) -> list[Line]:
    """Under how many conditions the first of two systems is ahead, where no mean stands for all of them."""
    for item in book.analysis.matched:
        alike = (item.suite, item.metric, item.axis, item.subject) == (suite, metric, "subject", "")
        if alike and {item.a, item.b} == set(pair) and not item.over and item.outcome in ("all", "mixed"):
            some = f"{book.f(item, 'ahead')} of {book.f(item, '#points')} conditions"
            text = f"In {noun(metric)} {book.f(item, 'a')} is ahead of {book.f(item, 'b')} under {some}."
            about = About("comparison", pair[0], metric, suite, verdict="higher" if item.a == pair[0] else "lower")
            return [Line(text, about, "elaboration" if item.a == pair[0] else "contrast")]
    return []


def of_the_wait(book: Book, suite: str, metric: str) -> bool:
    """Whether a rate is of the whole request, its wait included, where the time per token stands beside it."""
    measured = {m for s in book.analysis.inventory.suites if s.name == suite for m in s.metrics}
    if metric != "decode_rate" or not {"tpot", "itl"} & measured:
        return False
    alerts = (a for a in book.analysis.alerts if a.kind == "derived_metric" and a.suite == suite)
    formulas = {str(a.values.get("formula")) for a in alerts if a.metric == metric}
    formulas |= {s.definition for s in book.desk.summaries.get((suite, metric), ())}
    return any("latency" in f for f in formulas)


def _of(book: Book, item: Comparison | Matched, metric: str, name: str) -> Summary | None:
    """The lengths of one side: over the whole suite, or under the condition of the comparison."""
    condition = dict(getattr(item, "condition", {}) or {})
    found = []
    for row in book.desk.summaries.get((item.suite, metric), ()):
        mine = row.subject == name if item.axis == "subject" else row.condition.get(item.axis) == name
        same = item.axis == "subject" or not item.subject or row.subject in ("", item.subject)
        if mine and same and all(row.condition.get(k, v) == v for k, v in condition.items()):
            found.append(row)
    return max(found, key=lambda r: (-len(r.condition), r.n or 0), default=None)


def pairs(book: Book, item: Comparison) -> str:
    """Over what the two were compared: "34 settings that both ran", "4 prompts", "10 and 10 records"."""
    if item.paired:
        count = book.f(item, "n_a")
        what = counted(item.n_a, "prompt") if set(item.matched) <= {"prompt"} else counted(item.n_a, "setting")
        return f"{count} {what if item.matched else counted(item.n_a, 'pair')} that both ran"
    return f"{book.f(item, 'n_a')} and {book.f(item, 'n_b')} {'readings' if as_stated(item) else 'records'}"


def as_stated(item: Comparison) -> bool:
    """Whether the two are figures that the files state, of however many requests, and none of them was repeated."""
    return item.recipe.args.get("level") == "aggregate"


def over(book: Book, item: Comparison, field: str) -> str:
    """Over what the two were compared, and how sure that is, where a title says by how much (`field` is the ratio)."""
    told = book.desk.fact(item, field).interval
    sure = f"the interval of that ratio is {book.f(item, field, 'interval')}" if told else "it was seen"
    return f"Over {pairs(book, item)} {sure}."
