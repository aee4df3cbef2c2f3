"""What two that are compared were compared on, and where they did not do the same work: answers of another length."""

from __future__ import annotations

from chimera_report.tools.claims import counted, noun, tables
from chimera_report.tools.report.book import About, Book, Line
from chimera_report.tools.schema import FACTOR, Comparison, Matched, Summary

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
        if isinstance(item, Matched):
            a, b, part = _widest(book, item, metric)
        else:
            a, b, part = *(_of(book, item, metric, name) for name in (item.a, item.b)), ""
        if a is None or b is None or _apart(a, b) < _MUCH:
            continue
        shown = [book.about(s, tables.typical_field(s)) for s in (a, b)]
        alone = item.axis == "subject" and a.condition and a.condition == b.condition  # told of this one condition
        given = f" at {book.f(a, '~condition')}" if alone else ""
        work = ", so they are not the same work" if item.metric in _OF_WORK else ""
        text = (
            f"But the {what} differ in length{part}: {shown[0]} for {book.f(item, 'a')} against {shown[1]} for "
            f"{book.f(item, 'b')}{given}{work}."
        )
        about = About("covariate", item.subject, item.metric, item.suite, item.axis, "open")
        lines.append(Line(text, about, "contrast"))
    return lines


def _apart(a: Summary, b: Summary) -> float:
    """How many times the longer of two lengths is the other; 1 where one of them is not known."""
    values = [getattr(s, tables.typical_field(s)) for s in (a, b)]
    return max(values) / min(values) if all(values) else 1.0


def _widest(book: Book, item: Matched, metric: str) -> tuple[Summary | None, Summary | None, str]:
    """The lengths of both sides under that one of the conditions compared where they lie furthest apart; and words for
    it, where under others they do not lie far apart."""
    sides: list[dict[tuple[tuple[str, str], ...], Summary]] = [{}, {}]
    for row in book.desk.summaries.get((item.suite, metric), ()):
        rest = {k: v for k, v in row.condition.items() if k != item.axis}
        whose = row.subject if item.axis == "subject" else row.condition.get(item.axis)
        same = item.axis == "subject" or not item.subject or row.subject in ("", item.subject)
        held = any(all(rest.get(k) == v for k, v in p.condition.items() if k not in _WHO) for p in item.points)
        if whose not in (item.a, item.b) or not same or not held:
            continue
        if item.axis != "subject" and not item.subject:
            rest["subject"] = row.subject
        sides[whose == item.b].setdefault(tuple(sorted(rest.items())), row)
    shared = [(sides[0][k], sides[1][k]) for k in sides[0].keys() & sides[1].keys()]
    if not shared:
        return None, None, ""
    shared.sort(key=lambda pair: (-_apart(*pair), str(sorted(pair[0].condition.items()))))
    some = any(_apart(*pair) < _MUCH for pair in shared)
    return *shared[0], " under some of these conditions" if some else ""


_WHO = ("subject", "model")  # of a condition: who it is of


def of_length(book: Book, item: Comparison) -> bool:
    """Whether the times of two that were tested say that one gave much longer answers, where no file counts these."""
    if item.metric not in _OF_WORK:
        return False
    alike = ("suite", "axis", "subject", "condition", "warm")
    found: dict[str, tuple[float, float]] = {}
    for c in book.analysis.comparisons:
        if {c.a, c.b} == {item.a, item.b} and all(getattr(c, n) == getattr(item, n) for n in alike):
            found[c.metric] = (c.value_a, c.value_b) if c.a == item.a else (c.value_b, c.value_a)
    if not {"e2e_latency", "ttft", "tpot"} <= found.keys():
        return False
    whole, first, each = (found[m] for m in ("e2e_latency", "ttft", "tpot"))
    a, b = ((whole[i] - first[i]) / each[i] for i in (0, 1))
    return a > 0 and b > 0 and max(a, b) >= _MUCH * min(a, b)


def implied(book: Book, item: Matched) -> list[Line]:
    """That answers differ in length, where no file counts their tokens and the times per token beside them show it."""
    if item.metric != "e2e_latency":
        return []
    tokens = {side: _tokens(book, item, side) for side in (item.a, item.b)}
    longer, shorter = sorted(("a", "b"), key=lambda s: -(tokens[getattr(item, s)] or 0.0))
    most, least = tokens[getattr(item, longer)], tokens[getattr(item, shorter)]
    if not most or not least or most < _MUCH * least:
        return []
    text = (
        f"But by the times per token beside them the answers of {book.f(item, longer)} are much longer than those of "
        f"{book.f(item, shorter)}, so they are not the same work."
    )
    return [Line(text, About("covariate", item.subject, item.metric, item.suite, item.axis, "open"), "contrast")]


def _tokens(book: Book, item: Matched, side: str) -> float | None:
    """Tokens of a typical answer: its time after the first token over the time per token, by the definition of TPOT."""
    table = book.desk.dataset.table
    axis = "subject" if item.axis == "subject" else FACTOR + item.axis
    mine = (table["suite"] == item.suite) & (table[axis] == side) & (table["status"] == "ok")
    if item.subject:
        mine &= table["subject"] == item.subject
    mine &= table["metric"].isin(("e2e_latency", "ttft", "tpot")) & (table["stat"] == (item.stat or "sample"))
    wide = table[mine].pivot_table(index=["source", "record"], columns="metric", values="value", observed=True)
    if not {"e2e_latency", "ttft", "tpot"} <= set(wide.columns):
        return None
    found = ((wide["e2e_latency"] - wide["ttft"]) / wide["tpot"]).dropna()
    return float(found.median()) if len(found) and found.median() > 0 else None


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
