"""What failed, in words: in the verdict where it is much, among what not to trust wherever it is anything."""

from __future__ import annotations

from chimera_report.tools.claims import NO_REASON, Failures, counted, listed, say
from chimera_report.tools.report.book import About, Book, Line, supported

_PARTS = 4  # of the systems, whose failures a sentence tells
_SOME = 10  # of what a load was tried with, from which on its share tells something
_FEW = 3  # failures that are no finding by themselves, where nobody knows of how many
_MUCH = 0.05  # of what was tried: a service that fails as often as that is not reliable, whatever its speed
_ALL = 0.9  # of the records of the folder
_MOST = 0.5  # of what was tried: then it is the main result


def verdict(book: Book) -> tuple[Line | None, bool]:
    """The sentence for the verdict where failures are much and were not overcome later, and whether it leads."""
    item = book.desk.failures
    share = item.records / item.tried if item.tried else 0.0
    if share < _MUCH or _overcome(item) or (item.records < _FEW and not _whole(book, item)):
        return None, False
    text = f"{book.f(item, 'records')} {_noun(item)} failed"
    if _whole(book, item):
        what = "requests" if item.of_requests else "results" if item.rated else "records"
        text = f"Of {book.f(item, 'tried')} {what} {book.f(item, 'records')} failed"
    reason = item.reasons[0] if item.reasons else None
    if reason is not None and reason.reason != NO_REASON and 2 * reason.records > item.records:
        of_them = f"{book.f(item, 'reasons.0.records')} of them" if reason.records < item.records else "all"
        text += f", {of_them} with “{book.f(item, 'reasons.0.reason')}”"
    return Line(f"{text}.", About("failure", verdict="failed"), claims=_claims(book)), share >= _MOST


def _noun(item: Failures) -> str:
    return counted(item.records, "request" if item.of_requests else "result" if item.rated else "record")


def _whole(book: Book, item: Failures) -> bool:
    """Whether what was tried is counted over the whole folder: a share of a part would be taken for one of all."""
    return item.of_requests or item.rated or item.tried >= _ALL * book.analysis.inventory.records


def _overcome(item: Failures) -> bool:
    """Mostly tried again with success: then neither which system it hit nor how often says much."""
    return item.again * 2 >= item.records


def _claims(book: Book) -> tuple[str, ...]:
    return tuple(c.id for c in supported(say.alert(book.desk, a) for a in book.analysis.alerts if a.kind == "errors"))


def failed(book: Book) -> list[tuple[str, list[Line]]]:
    """What failed, of which system and at which load, and the reason where all give the same."""
    item = book.desk.failures
    if not item.records:
        return []
    claims = _claims(book)
    of = f" of {book.f(item, 'tried')}" if _whole(book, item) else ""
    text = f"{book.f(item, 'records')} {_noun(item)}{of} failed"
    if item.rated:
        text = f"{book.f(item, 'records')}{of} results state that none of their requests succeeded"
    if len(item.reasons) > 1:
        text += f", for {book.f(item, '#reasons')} reasons"
    lines = [Line(f"{text}.", About("failure", verdict="failed"), claims=claims)]
    whole = sum(p.failed for p in item.parts) == item.records  # else some are of none of the parts
    if whole and not _overcome(item) and (len(item.parts) > 1 or item.split != "subject"):
        shown = [
            f"{book.f(item, f'parts.{i}.failed')} of {book.f(item, f'parts.{i}.records')} with "
            f"{book.f(item, f'parts.{i}.level')}" + _with(book, item, i)
            for i in range(min(len(item.parts), _PARTS))
        ]
        by = "system" if item.split == "subject" else book.f(item, "split")
        rest = " and fewer with others" if len(item.parts) > _PARTS else ""
        text = f"By {by}, these are {listed(shown)}{rest}."
        lines.append(Line(text, About("failure", verdict="failed"), "elaboration", claims))
    if item.worst is not None and item.worst.records >= _SOME and not _overcome(item):
        level, lost, of = (book.f(item, f"worst.{name}") for name in ("level", "failed", "records"))
        text = f"At {book.f(item, 'load')} {level} it is {lost} of {of}."
        lines.append(Line(text, About("failure", verdict="failed"), "elaboration", claims))
    if len(item.reasons) == 1 and item.reasons[0].reason != NO_REASON:
        text = f"The reason given is “{book.f(item, 'reasons.0.reason')}”."
        lines.append(Line(text, About("failure", verdict="failed"), "elaboration", claims))
    return [("failures", lines)]


def _with(book: Book, item: Failures, i: int) -> str:
    """The reason that the failures of a part give, in brackets: how many of them, where it is not all."""
    part = item.parts[i]
    if part.reason == NO_REASON:
        return ""
    many = f"{book.f(item, f'parts.{i}.with_reason')} of them: " if 0 < part.with_reason < part.failed else ""
    return f" ({many}{book.f(item, f'parts.{i}.reason')})"
