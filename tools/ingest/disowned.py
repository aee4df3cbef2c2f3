"""Records that say of themselves that they do not hold: a status, verdict or note calls them invalid, an artefact,
superseded, discarded or a warm-up. Their values are set aside with that word, and no statistic uses them.

A wrong answer is a result and a failed run a failure: neither is meant here. What a document tells again of such a
record, with the same number, shares its fate.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from chimera_report.tools.metrics import normalise
from chimera_report.tools.schema import DISOWNED

from . import cells
from .reading import ABOVE, GIVEN, STEP, Column
from .rows import Bools

if TYPE_CHECKING:
    import pandas as pd

_TELLING = frozenset((
    "status", "state", "verdict", "validity", "valid", "quality", "flag", "flags", "note", "notes", "comment",
    "comments", "remark", "remarks", "assessment", "disposition", "classification", "reliability", "conclusion",
    "decision", "caveat", "caveats", "warning", "warnings", "integrity", "sanity", "result", "outcome", "trust",
    "bemerkung", "bewertung", "hinweis", "estado", "statut", "observaciones", "备注", "状态", "結論", "結果", "备考",
    "примечание", "статус",
))  # fmt: skip
_HOLDS = frozenset(
    ("valid", "is_valid", "reliable", "is_reliable", "usable", "trusted", "trustworthy", "measurement_valid")
)
_FAILS = frozenset((
    "invalid", "is_invalid", "discard", "discarded", "exclude", "excluded", "ignore", "ignored", "superseded",
    "aborted", "unreliable", "is_warmup", "warmup", "warm_up", "is_warm_up", "artifact", "artefact", "is_artifact",
    "contaminated", "retracted", "void", "corrupted", "flagged_invalid",
))  # fmt: skip
_WORD = (
    r"invalid(?:ated)?|falsified|unreliable|art[ei]facts?(?!: \S)|aborted|superseded|retracted|withdrawn|discarded|"
    r"corrupt(?:ed)?|garbage|bogus|void(?:ed)?|contaminated|excluded|rejected|obsolete|untrustworthy|unusable|tainted|"
    r"flawed|warm-?up|wrong outputs?|do not (?:use|trust)|not (?:a )?valid(?: (?:measurement|result|run))?|"
    r"ungültig|verworfen|abgebrochen|inválid[oa]|descartad[oa]|invalide|rejeté|écarté|недействител\w+|отклонен\w*"
)
_SAID = re.compile(
    rf"(?<![^\W_])(?:{_WORD})(?![^\W_])(?! (?:json|outputs?|response|answer|arg|tool|call|format|request|token))|"
    r"无效|作废|废弃|無効|破棄",
    re.IGNORECASE,
)
# A long note tells many things: it has to begin with the word, or to say that this is no measurement.
_BEGINS = re.compile(
    rf"^\W*(?:{_WORD}|false)(?![^\W_])(?=\W*(?:[:;.,(–—-]|(?:as|because|due|by)\b|$))|"
    r"^\W*(?:do not (?:use|trust)\b|无效|作废)",
    re.IGNORECASE,
)
_NO_RUN = re.compile(
    r"\bnot a valid (?:measurement|result|run|benchmark)|\bdo not (?:use|quote|cite|trust)\b(?! for\b)|"
    r"\b(?:produces?|produced|printed|prints|wrote|writes|emits|emitted) (?:garbage|corrupt|wrong output)|"
    r"\boutput (?:is|was) (?:garbage|corrupt(?:ed)?|wrong)",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:0|not|no|never|nothing|isn't|wasn't|without|kein\w*|nicht|pas|non)\W+(?:\w+\W+)?$", re.IGNORECASE
)
_SHORT = 48  # characters of a label; what is longer is a note
_QUOTED = 48
_MIXED = re.compile(r"(?:^|_)(?:partial|partly|mostly)(?:_|$)", re.IGNORECASE)


# In a table that somebody wrote, these tell what became of a model, and not of its measurement.
_OF_MODELS = re.compile(r"superseded|rejected|obsolete|withdrawn|excluded|retracted|discarded|aborted", re.IGNORECASE)


def disowned(table: dict[str, Column], size: int, *, stated: bool = False) -> list[tuple[str, str, Bools]]:
    """Which records do not hold, by what they say: (place in the record, reason, records). `stated`: in a document."""
    found: dict[tuple[str, str], Bools] = {}
    for name, column in table.items():
        path = name.removeprefix(ABOVE)
        place, _, leaf = path.rpartition(STEP)
        leaf = normalise(leaf) or leaf.strip()
        if name.startswith(GIVEN):
            continue
        if leaf in _HOLDS or leaf in _FAILS:
            wrong = cells.where(column, lambda w, fails=leaf in _FAILS: _flag(w) is fails)  # type: ignore[misc]
            if wrong.any():
                words = leaf.removeprefix("is_").replace("_", " ")
                found[place if not name.startswith(ABOVE) else "", f"not {words}" if leaf in _HOLDS else words] = wrong
        if column.dtype != object or not (leaf in _TELLING or _TELLING & set(leaf.split("_"))):
            continue
        told = cells.mapped(column, lambda w: _words(w) if isinstance(w, str) else None)
        for code, words in enumerate(told.levels):
            if stated and _OF_MODELS.search(words):
                continue
            key = (place if not name.startswith(ABOVE) else "", words)
            found[key] = found.get(key, np.zeros(size, dtype=bool)) | (told.codes == code)
    return [(place, f"{DISOWNED} “{words}”", at) for (place, words), at in found.items()]


def _flag(words: str) -> bool | None:
    """Whether a cell is a plain yes; None where it is neither that nor a plain no."""
    word = words.strip().lower()
    return True if word in ("true", "yes", "y") else False if word in ("false", "no", "n") else None


def _words(cell: str) -> str | None:
    """What a label or note calls its record, where that is that it does not hold."""
    text = " ".join(cell.split())
    if len(text) <= _SHORT:
        match = _SAID.search(text.replace("_", " ")) if not _MIXED.search(text) else None
        said = match is not None and not _DENIED.search(text.replace("_", " ")[: match.start()])
    else:
        match = _BEGINS.search(text) or _NO_RUN.search(text[:400])
        said = match is not None and not _DENIED.search(text[: match.start()])
    if not said:
        return None
    return text if len(text) <= _QUOTED else text[: _QUOTED - 1].rsplit(" ", 1)[0].rstrip(" ,;:(-") + "…"


def told_of_these(table: pd.DataFrame) -> pd.DataFrame:
    """The table with the values of documents set aside that a record which does not hold has, and no other."""
    aside = (table["status"] == "set aside").to_numpy()
    reasons = table["message"].to_numpy(dtype=object, na_value="")
    gone = aside & np.array([str(r).startswith(DISOWNED) for r in reasons], dtype=bool)
    stated = ((table["origin"] == "reported") & (table["status"] == "ok")).to_numpy()
    if not gone.any() or not stated.any():
        return table
    places = list(zip(table["metric"].tolist(), table["value"].tolist(), strict=True))
    said = {places[i]: str(reasons[i]) for i in np.flatnonzero(gone)}
    kept = {places[i] for i in np.flatnonzero(~aside & ~stated)}
    at = [i for i in np.flatnonzero(stated).tolist() if places[i] in said and places[i] not in kept]
    if not at:
        return table
    status, message = table["status"].astype("object"), table["message"].astype("object")
    status.iloc[at] = "set aside"
    message.iloc[at] = [said[places[i]] for i in at]
    return table.assign(status=status.astype(table["status"].dtype), message=message.astype(table["message"].dtype))
