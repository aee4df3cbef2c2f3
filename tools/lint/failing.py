"""What a text says of failures, held against the records that failed: how many, of how many, whose, and why."""

from __future__ import annotations

import re

from chimera_report.tools.lint.binding import Judgement, Verdict
from chimera_report.tools.lint.phrases import NUMBERS
from chimera_report.tools.lint.world import World

ENDED = ("ok", "set aside")  # a value that is set aside is of a record that did not fail
_SPEAKS = re.compile(
    r"\b(?:fail(?:s|ed|ures?)?|ran out of memory|timed out|time-?outs?|errors?|errored|crashe[ds]|lost|succeeded|"
    r"were successful|went through)\b|\ball (?:of the )?(?:\d+ )?(?:requests|runs|calls) (?:completed|finished)\b",
    re.IGNORECASE,
)
_NUMBER = rf"(?P<%s>\d+|{'|'.join(NUMBERS)}|no)"
_RECORDS = r"(?:requests?|runs?|records?|calls?)?\s*"
_COUNTED = re.compile(
    rf"(?:only )?{_NUMBER % 'failed'} {_RECORDS}(?:out )?(?:of (?:the )?{_NUMBER % 'whole'} ?{_RECORDS})?"
    r"(?:have |has |had )?failed(?: requests| runs| records| calls)?",
    re.IGNORECASE,
)
_WHY = re.compile(r"(?P<why>timed out|failed|crashed)(?: after (?P<after>\d+(?:\.\d+)? m?s))?", re.IGNORECASE)

_ORDER: tuple[Verdict, ...] = ("refuted", "unsupported", "supported")


def speaks(text: str) -> bool:
    """Whether a sentence is about failures: its numbers are no results then."""
    return _SPEAKS.search(text) is not None


def read(text: str, world: World) -> Judgement | None:
    """ "One request out of 54 failed: A timed out after 60 s"; None for what is not of this form."""
    parts = [p.strip(" .") for p in re.split(r": |; |, (?=because)", text) if p.strip(" .")]
    told: list[tuple[Verdict, str]] = []
    for part in parts:
        made = _count(part, world) or _told(part, world) or _whose(part, world) or _of_an_entity(part, world)
        if made is None:
            return None
        told.append(made)
    if not told:
        return None
    verdict: Verdict = next(v for v in _ORDER if any(t[0] == v for t in told))
    return Judgement(verdict, "the records that failed", "; ".join(dict.fromkeys(t[1] for t in told)), (0, 0))


# What people say of requests that succeeded or failed, beside a plain count.
_EVENT = r"(?:requests?|runs?|records?|calls?)"
_BROKE = r"(?:failed|ended (?:in|with) an error|errored|was lost|were lost|got lost|timed out|crashed)"
_ALL_WELL = re.compile(
    rf"all (?:of the )?(?:{_NUMBER % 'whole'} )?{_EVENT}(?P<who>.*?) "
    r"(?:succeeded|completed|finished|were successful|went through)",
    re.IGNORECASE,
)
_NOT_ONE = re.compile(
    rf"(?:not (?:one|a single)|none of the|no) {_EVENT}(?P<who>.*?) {_BROKE}(?P<more>.*)", re.IGNORECASE
)
_LOST = re.compile(
    rf"(?P<who>.+?) (?:lost|failed|dropped) (?:on )?{_NUMBER % 'failed'} of (?:the |its |all )?{_NUMBER % 'whole'} "
    rf"{_EVENT}(?P<more>.*)",
    re.IGNORECASE,
)
_HAD = re.compile(
    rf"(?P<who>.+?) (?:had|has|saw|shows|showed) {_NUMBER % 'failed'} (?:failed {_EVENT}|failures|errors)"
    r"(?P<more>.*)",
    re.IGNORECASE,
)
_OUT_OF = re.compile(
    rf"(?:only )?{_NUMBER % 'failed'} (?:{_EVENT} )?(?:out )?of (?:the |all )?{_NUMBER % 'whole'} {_EVENT}"
    rf"(?P<who>.*?) {_BROKE}(?P<more>.*)",
    re.IGNORECASE,
)
_TOTAL = re.compile(
    rf"(?:in total,? )?{_NUMBER % 'failed'} {_EVENT}(?P<who>.*?) {_BROKE}"
    r"(?: in (?:total|all)| overall| altogether)?",
    re.IGNORECASE,
)


def _told(part: str, world: World) -> tuple[Verdict, str] | None:
    """ "All 64 requests succeeded", "A lost 2 of 150 requests", "none of the requests to A failed"."""
    for pattern in (_ALL_WELL, _NOT_ONE, _LOST, _OUT_OF, _HAD, _TOTAL):
        if m := pattern.fullmatch(part):
            given = m.groupdict()
            sizes = _sizes(" ".join(given.get(k) or "" for k in ("who", "more")), world)
            break
    else:
        return None
    if sizes is None:
        return None
    failed, wholes = sizes
    wanted = 0 if given.get("failed") is None or given["failed"].lower() == "no" else _int(given["failed"])
    told = f"{failed} of {max(wholes)} records of them failed"
    if wanted != failed:
        return "refuted", told
    return ("supported" if given.get("whole") is None or _int(given["whole"]) in wholes else "unsupported"), told


def _sizes(who: str, world: World) -> tuple[int, set[int]] | None:
    """How many records of what a text names failed, and of how many: in all, and in each file. None: it is unclear."""
    from chimera_report.tools.lint.spoken import tokens

    found = tokens(who, world)
    if any(t not in ("S", "C") for t, _ in found.items):
        return None
    table = world.dataset.table
    table = table[table["origin"] == "measured"]
    for kind, payload in found.items:
        column, level = ("subject", payload) if kind == "S" else (f"factor.{payload[0]}", payload[1])
        table = table[table[column].astype(str) == level]
    table = table[table["suite"].isin(found.suites)] if found.suites else table
    if not len(table):
        return None
    summed = set(table.loc[table["stat"] != "sample", "source"])  # a file of summaries counts the same requests again
    table = table[~table["source"].isin(summed)] if set(table["source"]) - summed else table
    warm = table[table["factor.cold"].astype(str) != "true"] if "factor.cold" in table.columns else table
    whole = warm[["source", "record"]].drop_duplicates()
    failed = table.loc[~table["status"].isin(ENDED), ["source", "record"]].drop_duplicates()
    return len(failed), {0, len(whole), *(int(n) for n in whole["source"].value_counts())}


def _count(part: str, world: World) -> tuple[Verdict, str] | None:
    m = _COUNTED.fullmatch(part)
    if m is None:
        return None
    table = world.dataset.table[world.dataset.table["origin"] == "measured"]
    records = table[["suite", "source", "record", "status"]]
    failed = records[~records["status"].isin(ENDED)].drop_duplicates(["source", "record"])
    whole = records.drop_duplicates(["source", "record"])
    sizes = [(len(failed), len(whole))]
    sizes += [(int((failed["suite"] == s).sum()), int((whole["suite"] == s).sum())) for s in whole["suite"].unique()]
    told = f"{sizes[0][0]} of {sizes[0][1]} records failed"
    given = 0 if m["failed"].lower() == "no" else _int(m["failed"])
    if m["whole"] is None:
        return ("supported" if given == sizes[0][0] else "refuted"), told
    right = (given, _int(m["whole"])) in sizes
    return ("supported" if right else "refuted" if given not in {f for f, _ in sizes} else "unsupported"), told


_NONE = re.compile(
    r"(?P<who>.+?) (?:(?:had|has|saw|shows?|showed) (?:no|zero) (?:failed (?:requests|runs|calls)|failures|errors|"
    r"time-?outs)|never failed|did not fail(?: once)?)(?P<where>.*)",
    re.IGNORECASE,
)
_SOME = re.compile(
    rf"(?P<where>(?:(?!\b(?:of|failed)\b).)*?){_NUMBER % 'failed'} of (?:the |all |its )?(?P<who>.+?) "
    r"(?:runs?|requests?|records?|calls?)(?P<more>.*?) (?P<why>ran out of memory|timed out|failed|crashed)(?P<rest>.*)",
    re.IGNORECASE,
)


def _of_an_entity(part: str, world: World) -> tuple[Verdict, str] | None:
    """ "A had no failures"; "two of the A runs on c ran out of memory": the failed records of a system or level."""
    from chimera_report.tools.lint.spoken import tokens

    m = _NONE.fullmatch(part) or _SOME.fullmatch(part)
    if m is None:
        return None
    given = m.groupdict()
    found = tokens(" ".join(given.get(k) or "" for k in ("where", "who", "more", "rest")), world)
    if not found.items or any(t not in ("S", "C") for t, _ in found.items):
        return None
    table = world.dataset.table[world.dataset.table["origin"] == "measured"]
    if table["status"].isin(ENDED).all():
        return None  # whether failures were recorded at all is not known
    chosen = table[~table["status"].isin(ENDED)]
    for kind, payload in found.items:
        column, level = ("subject", payload) if kind == "S" else (f"factor.{payload[0]}", payload[1])
        chosen = chosen[chosen[column].astype(str) == level]
    word = {"timed out": "time", "ran out of memory": "memory", "crashed": "crash"}.get(
        given.get("why", "").lower(), ""
    )
    why = chosen[chosen["message"].fillna("").str.lower().str.contains(word, regex=False)]
    count, whole = (len(t[["source", "record"]].drop_duplicates()) for t in (why, chosen))
    told = f"{whole} records of them failed"
    if given.get("failed") is None:
        return ("refuted" if whole else "supported"), told
    number = given["failed"]
    wanted = 0 if number.lower() == "no" else _int(number)
    return ("supported" if count == wanted else "refuted" if whole != wanted else "unsupported"), told


def _int(text: str) -> int:
    return int(NUMBERS.get(text.lower(), text))


def _whose(part: str, world: World) -> tuple[Verdict, str] | None:
    """ "A timed out after 60 s": the message of a failed record of A says so."""
    found = world.mentions(part)
    if len(found) != 1 or found[0].start != 0:
        return None
    m = _WHY.fullmatch(part[found[0].end :].strip())
    if m is None:
        return None
    table = world.dataset.table
    rows = table[
        (table["origin"] == "measured") & ~table["status"].isin(ENDED) & (table["subject"] == found[0].subject)
    ]
    messages = [str(v) for v in rows["message"].dropna().unique()]
    told = f"failures of {found[0].subject}: {', '.join(messages[:3]) or 'none'}"
    if not len(rows):
        return "refuted", told
    wanted = {"timed out": "time", "failed": "", "crashed": "crash"}[m["why"].lower()]
    right = any(wanted in text.lower() and (m["after"] or "") in text for text in messages)
    return ("supported" if right else "unsupported"), told
