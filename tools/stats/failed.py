"""Failed requests: how many of how many, for what reasons, and which of them a later repeat made good."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import numpy as np

from chimera_report.tools.schema import FACTOR, Alert

from .alerting import make
from .columns import Codes, Mask, Selection
from .failed_again import told_again
from .failed_once import of_other_records
from .intervals import wilson
from .once import once
from .prepared import Prepared
from .reasons import reason_kind

_EXPLAINED = 0.9  # of the failures that a summary counts, this share stands in the requests themselves
_SHOWN = 100  # characters of a reason


def failing(rows: Selection) -> Selection:
    """The rows that say that something failed, each failure once. A value that was set aside is none of them.

    Where the single requests are at hand, what a summary of them counts again is left out.
    """
    bad = rows.keep(rows.has("status", "error") | rows.has("status", "timeout"))
    bad = bad.keep(~_counted_elsewhere(bad)) if len(bad) else bad
    if not len(bad):
        return bad
    rids = bad.number("rid")
    ok = rows.has("status", "ok")
    counts = (bad.number("n") > 1) | np.isin(rids, rows.number("rid")[ok & ~rows.has("stat", "sample")])
    if not counts.any() or counts.all():
        return bad
    place = bad.codes("suite") * (len(rows.columns.names["subject"]) + 1) + bad.codes("subject")
    again = np.zeros(len(bad), dtype=bool)
    for code in np.unique(place[counts]):
        summed, single = counts & (place == code), ~counts & (place == code)
        if single.sum() >= _EXPLAINED * requests(bad.keep(summed)):
            again |= summed
    return bad.keep(~again)


def _counted_elsewhere(bad: Selection) -> Mask:
    """Counts of a file whose figures are those of requests that are at hand in another one: `summary.csv` beside
    `requests.csv`, whatever their suites are called."""
    derived = bad.columns.numbers.get("derived")
    none: Mask = np.zeros(len(bad), dtype=bool)
    if derived is None or not derived.any():
        return none
    summing = np.isin(bad.number("rid"), bad.columns.numbers["rid"][derived])
    subject = bad.codes("subject")
    for code in np.unique(subject[summing]):
        here = summing & (subject == code)
        single = int((~summing & (subject == code)).sum())
        if _EXPLAINED * requests(bad.keep(here)) <= single:
            none |= here
    return none


def requests(rows: Selection) -> int:
    """How many requests these failing rows stand for: one each, or the count of a record that sums up many."""
    n = rows.number("n")
    return int(np.where(np.isfinite(n) & (n > 1), n, 1.0).sum())


def failures(prepared: Prepared, suite: str, subject: str, condition: dict[str, str] | None = None) -> int:
    """Measured requests of the selection that failed, duplicates aside."""
    rows = _failing(prepared).get((suite, subject))
    if rows is None:
        return 0
    for name, level in (condition or {}).items():
        rows = rows.keep(rows.has(FACTOR + name, level))
    return requests(rows)


def _once(prepared: Prepared) -> Selection:
    """The measured rows, without copies and without failures that another file tells of. Where the failures of a copy
    are those that count, so do its other rows."""
    every = prepared.all_rows()
    first = ~told_again(prepared.dataset)[every.at] & every.has("origin", "measured")
    copy = every.number("duplicate").astype(bool)
    bad = every.has("status", "error") | every.has("status", "timeout")
    kept = np.unique(every.codes("source")[first & copy & bad])
    return every.keep(first & (~copy | np.isin(every.codes("source"), kept)))


@once
def _failing(prepared: Prepared) -> dict[tuple[str, str], Selection]:
    """The rows that failed, by suite and system."""
    bad = failing(_once(prepared))
    place = bad.codes("suite") * (len(prepared.columns.names["subject"]) + 1) + bad.codes("subject")
    parts = [bad.keep(place == code) for code in np.unique(place)]
    return {(rows.name("suite"), rows.name("subject")): rows for rows in parts}


def alerts(prepared: Prepared) -> Iterator[Alert]:
    """One alert for each suite and system that has failures."""
    own = _once(prepared)
    own = own.keep(~own.number("derived"))
    failed = failing(own)
    bad = own.has("status", "error") | own.has("status", "timeout")
    own = own.keep(~bad | np.isin(own.at, failed.at))  # without what a summary counts again
    own = own.keep(np.isin(own.codes("suite"), failed.codes("suite")))
    if len(failed):
        places = prepared.dataset.table["where"].astype("object")
        own = own.keep(~of_other_records(places.iloc[own.at], places.iloc[failed.at]))
    width = len(prepared.columns.names["subject"]) + 1
    summing = np.unique(own.number("rid")[own.has("status", "ok") & ~own.has("stat", "sample")])
    single = own.has("stat", "sample") & own.has("status", "ok") & ~np.isin(own.number("rid"), summing)
    place = own.codes("suite") * width + own.codes("subject")
    # Where single results are at hand, a record of statistics is no further one that did not fail.
    bad = own.has("status", "error") | own.has("status", "timeout")
    own = own.keep(own.has("stat", "sample") | bad | ~np.isin(place, place[single]))
    total = own.codes("suite") * width + own.codes("subject")
    place = failed.codes("suite") * width + failed.codes("subject")
    for code in dict.fromkeys(place.tolist()):
        rows = failed.keep(place == code)
        suite, subject = rows.name("suite"), rows.name("subject")
        mine = own.keep(total == code)
        bad_n, of = requests(rows), _attempts(mine)
        of = max(of, bad_n)
        share = wilson(bad_n, of)
        values: dict[str, float | int | str] = {
            "failed": bad_n,
            "records": of,
            "timeouts": requests(rows.keep(rows.has("status", "timeout")))
            if rows.has("status", "timeout").any()
            else 0,
            "rate": bad_n / of,
            "rate_low": share.low,
            "rate_high": share.high,
        }
        reason, count = _reason(prepared, rows)
        if reason:
            values |= {"reason": reason, "with_reason": count}
        if (rows.number("n") > 1).any():
            values["requests"] = bad_n  # what is counted are requests, and not records
        # Where a rate of success stands beside them, the failures are of those same requests, not of earlier ones.
        again = 0 if mine.has("metric", "success_rate").any() else _made_good(prepared, mine, rows)
        if again:
            values["repeated"] = again
        yield make(
            "errors",
            f"{suite}:{subject}",
            rows,
            severity="error" if bad_n == of else "warning",
            suite=suite,
            subject=subject,
            values=values,
            advice="find the cause of the failed records and measure them again",
        )


def _attempts(rows: Selection) -> int:
    """Requests that were made: records, or what the records that sum up many say, failures included."""
    bad = rows.has("status", "error") | rows.has("status", "timeout")
    n = rows.number("n")
    places, rids = np.unique(rows.number("rid"), return_inverse=True)
    summing = ~bad & ~rows.has("stat", "sample")
    if not (n[bad] > 1).any() and not np.isin(rids[bad], rids[summing]).any():
        return len(places)
    done, lost = np.zeros(len(places)), np.zeros(len(places))
    known = np.where(np.isfinite(n), n, 1.0)
    # A rate of success rests on all requests, and not only on those that succeeded.
    rate = rows.has("metric", "success_rate") & np.isfinite(rows.number("value"))
    known[rate] = np.round(known[rate] * rows.number("value")[rate])
    np.maximum.at(done, rids[~bad], known[~bad])
    np.add.at(lost, rids[bad], known[bad])
    return int((done + lost).sum())


def _lone(rows: Selection, bad: Mask) -> Mask:
    """Failing rows of records that have no results."""
    rids = rows.number("rid")
    result: Mask = bad & ~np.isin(rids, rids[~bad])
    return result


def _reason(prepared: Prepared, rows: Selection) -> tuple[str, int]:
    """The most frequent reason as a short plain text, and how many failures name it; "" when none does."""
    texts = prepared.dataset.table["message"].to_numpy(dtype=object, na_value="")[rows.at]
    n = rows.number("n")
    counts: Counter[str] = Counter()
    first: dict[str, str] = {}
    for text, count in zip(texts, np.where(np.isfinite(n), n, 1.0), strict=True):
        if kind := reason_kind(str(text or "")):
            counts[kind] += int(count)
            first.setdefault(kind, plain(str(text)))
    if not counts:
        return "", 0
    kind, count = min(counts.items(), key=lambda item: (-item[1], item[0]))
    return first[kind], count


def plain(message: str) -> str:
    """A foreign message as words that can stand in a sentence: one line, short, without markup."""
    words = re.sub(r"[^\w\s.,:;/%+()-]+", " ", message)
    words = " ".join(words.split())
    if len(words) > _SHOWN:
        words = words[:_SHOWN].rsplit(" ", 1)[0].rstrip(" ,;:(-") + " …"
    return words.strip(" .,;:")


def _made_good(prepared: Prepared, mine: Selection, failed: Selection) -> int:
    """Failed records whose conditions a later record met with success."""
    factors = [
        f
        for f in prepared.factors
        if f not in prepared.blocks - {"prompt", "prompt_index"} and (mine.factor(f) >= 0).any()
    ]
    cells = mine.cells(factors)
    bad = np.isin(mine.at, failed.at)
    whole = bad & _lone(mine, bad) & ~(mine.number("n") > 1)  # a count of many requests is no run to repeat
    if not whole.any() or bad.all():
        return 0
    return len(_followed(mine, cells, whole, ~bad))


def _followed(rows: Selection, cells: Codes, failed: Mask, good: Mask) -> set[int]:
    """Records among `failed` of whose cell a good one started later, or stands later where no times are known.

    Single requests of one series are no repeats of each other: a cell counts only when nothing in it succeeded before.
    """
    started, place = rows.number("started"), rows.number("rid")
    timed = bool((started >= 0).all())
    when = started if timed else place
    found = set()
    for cell in np.unique(cells[failed]):
        here = cells == cell
        ok_at, bad_at = when[here & good], when[here & failed]
        if len(ok_at) and ok_at.min() > bad_at.max():
            found |= set(place[here & failed].tolist())
    return found
