"""What failed, in words: in the verdict where it is much, among what not to trust wherever it is anything."""

from __future__ import annotations

from chimera_report.tools.claims import NO_REASON, Failures, counted, listed, say, tables
from chimera_report.tools.report.book import About, Book, Line, supported
from chimera_report.tools.schema import Column, Table

_PARTS = 4  # of the systems, whose failures a sentence tells
_REASONS = 8
_MUCH = 0.05  # of what was tried: a service that fails as often as that is not reliable, whatever its speed
_MOST = 0.5  # of what was tried: then it is the main result


def verdict(book: Book) -> tuple[Line | None, bool]:
    """The sentence for the verdict where failures are much and were not overcome later, and whether it leads."""
    item = book.desk.failures
    share = item.records / item.tried if item.tried else 0.0
    if share < _MUCH or _overcome(item):
        return None, False
    text = (
        f"Of {book.f(item, 'tried')} {'requests' if item.of_requests else 'records'} {book.f(item, 'records')} failed"
    )
    reason = item.reasons[0] if item.reasons else None
    if reason is not None and reason.reason != NO_REASON and 2 * reason.records > item.records:
        of_them = f"{book.f(item, 'reasons.0.records')} of them" if reason.records < item.records else "all"
        text += f", {of_them} with “{book.f(item, 'reasons.0.reason')}”"
    return Line(f"{text}.", About("failure", verdict="failed"), claims=_claims(book)), share >= _MOST


def _overcome(item: Failures) -> bool:
    """Mostly tried again with success: then neither which system it hit nor how often says much."""
    return item.again * 2 >= item.records


def _claims(book: Book) -> tuple[str, ...]:
    return tuple(c.id for c in supported(say.alert(book.desk, a) for a in book.analysis.alerts if a.kind == "errors"))


def failed(book: Book) -> list[tuple[str, list[Line]]]:
    """What failed, why, and whether it was tried again with success: one item, most records first."""
    item = book.desk.failures
    if not item.records:
        return []
    claims = _claims(book)
    noun_ = counted(item.records, "request" if item.of_requests else "record")
    total = book.f(item, "records")
    lines = [
        Line(
            f"{total} {noun_} of {book.f(item, 'tried')} failed"
            + (f", for {book.f(item, '#reasons')} reasons." if len(item.reasons) > 1 else "."),
            About("failure", verdict="failed"),
            claims=claims,
        )
    ]
    if not _overcome(item) and (len(item.parts) > 1 or (item.parts and item.split != "subject")):
        shown = [
            f"{book.f(item, f'parts.{i}.failed')} of {book.f(item, f'parts.{i}.records')} with "
            f"{book.f(item, f'parts.{i}.level')}" + _with(book, item, i)
            for i in range(min(len(item.parts), _PARTS))
        ]
        by = "system" if item.split == "subject" else book.f(item, "split")
        rest = " and fewer with others" if len(item.parts) > _PARTS else ""
        text = f"By {by}, these are {listed(shown)}{rest}."
        lines.append(Line(text, About("failure", verdict="failed"), "elaboration", claims))
    if item.worst is not None and not _overcome(item):
        level, lost, of = (book.f(item, f"worst.{name}") for name in ("level", "failed", "records"))
        text = f"At {book.f(item, 'load')} {level} it is {lost} of {of}."
        lines.append(Line(text, About("failure", verdict="failed"), "elaboration", claims))
    rates = [a for a in book.analysis.alerts if a.kind == "errors"]
    if len(rates) == 1 and not item.again and rates[0].values.get("records") == item.tried:
        ends = " to ".join(book.f(rates[0], f"values.rate_{end}") for end in ("low", "high"))
        lines.append(
            Line(
                f"The interval of the rate of failure is {ends}.",
                About("failure", verdict="failed"),
                "elaboration",
                claims,
            )
        )
    if len(item.reasons) == 1 and item.reasons[0].reason != NO_REASON:
        lines.append(_reason(book, item, claims))
    elif item.again:
        were = counted(item.again, "was", "were")
        text = f"{book.f(item, 'again')} of them {were} tried again later and succeeded; the table has the reasons."
        lines.append(Line(text, About("failure", verdict="done"), "contrast", claims))
    return [("failures", lines)]


def _with(book: Book, item: Failures, i: int) -> str:
    """The reason that the failures of a part give, in brackets: how many of them, where it is not all."""
    part = item.parts[i]
    if part.reason == NO_REASON:
        return ""
    many = f"{book.f(item, f'parts.{i}.with_reason')} of them: " if 0 < part.with_reason < part.failed else ""
    return f" ({many}{book.f(item, f'parts.{i}.reason')})"


def _reason(book: Book, item: Failures, claims: tuple[str, ...]) -> Line:
    """The only reason, and whether it was overcome."""
    reason = item.reasons[0]
    text = f"The reason given is “{book.f(item, 'reasons.0.reason')}”"
    if reason.again == reason.records:
        text += ", and the same succeeded later"
        if reason.within_min is not None and reason.within_min < 120:
            text += f", within {book.about(item, 'reasons.0.within_min')} minutes"
        return Line(f"{text}.", About("failure", verdict="done"), "contrast", claims)
    if reason.again:
        text += f", and {book.f(item, 'reasons.0.again')} of these succeeded when tried again"
    return Line(f"{text}.", About("failure", verdict="failed"), "elaboration", claims)


def reasons(book: Book) -> list[Table]:
    """The reasons of failures, each with what became of it; one reason alone is told in a sentence."""
    item = book.desk.failures
    if len(item.reasons) < 2:
        return []
    columns = (
        Column(title="Reason of failure"),
        Column(title="Records", align="right"),
        Column(title="Succeeded later", align="right"),
        Column(title="Within (min)", align="right"),
    )
    rows = [
        (
            tables.cell(book.desk, item, f"reasons.{i}.reason"),
            tables.cell(book.desk, item, f"reasons.{i}.records"),
            tables.cell(book.desk, item, f"reasons.{i}.again"),
            book.about(item, f"reasons.{i}.within_min") if r.within_min is not None else tables.EMPTY,
        )
        for i, r in enumerate(item.reasons[:_REASONS])
    ]
    return [tables.table("", columns, rows)]
