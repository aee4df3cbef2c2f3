"""The one place that decides what an answer may call absent.

Whoever declines knows only what was read as measurements. Before that is said, the text of every file of the folder is
searched for what the question names: where lines say it, they are quoted, with file and number, and nothing follows
from them; where none does, the absence is of the names that are known, and what could not be read is named.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chimera_report.tools.claims import english
from chimera_report.tools.metrics import METRICS
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query import refusals
from chimera_report.tools.query.extract import extract
from chimera_report.tools.query.passages import Passage, first_with, passages, terms_of
from chimera_report.tools.query.reader import slots_of
from chimera_report.tools.schema import Answer, EvidenceRow

if TYPE_CHECKING:
    from chimera_report.tools.query.corpus import Corpus
    from chimera_report.tools.query.reader.slots import Slots
    from chimera_report.tools.query.world import World

_LONGEST = 200  # letters of a line that are quoted
_LONGEST_HEAD = 120
_WHOLE = 0.999
_NAMED = 3  # files that are named
# Reasons that deny something, or that blame a word: what the files say of it is truer.
_DENIES = re.compile(
    r"^(?:The data cannot answer that: )?(?:[Nn]o |[Nn]othing |[Tt]he data holds no|There is no file|"
    r"I do not (?:know|see)|I find |I read no |The files have |\S+ is not in the data|\S+ speaks of |"
    r"\"[^\"]+\" stands in )|"
    r"was not (?:read as a )?measure",
)
_REFUSES = "The data cannot answer that"
_LEAD = "I computed nothing for this. The files say this, quoted as it stands and not judged"


def settled(answer: Answer, question: str, world: World) -> Answer:
    """The answer as it is, unless it denies what a file says: then those lines; or with how far its denial reaches."""
    if answer.outcome != "declined" or answer.sentences or not answer.text or not world.target:
        return answer
    words = extract(question, world)
    denies = _DENIES.search(answer.text[0]) is not None
    if refusals.hostile(words) or refusals.off_topic(words) or not (denies or answer.text[0].startswith(_REFUSES)):
        return answer
    corpus = world.corpus
    if not corpus.files:
        return answer
    found = slots_of(question, world)
    told = passages(terms_of(found, _names_before(answer), _denied(answer.text[0])), corpus)
    if told and (denies or all(p.share > _WHOLE for p in told)):
        return _quoting(answer, told)
    if reason := _nowhere(found, answer, corpus, world) or _somewhere(found, answer, corpus):
        return answer.model_copy(update={"text": (reason, *answer.text[1:])})
    return answer


def _somewhere(found: Slots, answer: Answer, corpus: Corpus) -> str:
    """Where the first word stands that a reason denies outright; "" where it denies none that a file has."""
    if not answer.text[0].startswith(("I find no name", "Nothing in the data is called")):
        return ""
    for term in terms_of(found):
        line = first_with(term, corpus) if term.kind in ("name", "word") and not english(term.text) else None
        if line is not None:
            told = f'I computed nothing for this. "{term.text}" stands in'
            if not term.pattern.search(line.low):
                return f"{told} the name or the head of {line.file}, and no value of it was read."
            return f"{told} {line.file}, line {line.number}: “{shown(line.text)}”."
    return ""


def _denied(reason: str) -> str:
    """The metric that a reason denies, which a question that leans on the one before it does not name."""
    m = re.search(r"\bholds? (?:the|an?) ([\w -]+?)(?: under| for|,|\.)", reason)
    return next((x.name for x in METRICS.values() if m and x.title == m[1]), "")


def _names_before(answer: Answer) -> tuple[str, ...]:
    """The names that what was understood of the question has, of the one before it, too."""
    select = answer.query.select if answer.query is not None else None
    if select is None:
        return ()
    wheres = (*select.where, *(w for side in select.sides for w in side))
    return tuple(v for w in wheres if w.field in ("name", "system") for v in w.values)[:3]


def _quoting(answer: Answer, told: Sequence[Passage]) -> Answer:
    whole = all(p.share > _WHOLE for p in told)
    lead = f"{_LEAD}:" if whole else f"{_LEAD} (no line has all that the question names):"
    rows = tuple(
        EvidenceRow(file=p.line.file, where=f"line {p.line.number}", column="", metric="", value=shown(p.line.text))
        for p in told
    )
    return answer.model_copy(
        update={
            "text": (lead, *map(_quote, told)),
            "rows": rows,
            "run": None,
            "command": "",
            "verdict": "",
            "read_as": "",
        }
    )


def _quote(passage: Passage) -> str:
    line = passage.line
    head = f" (under: {shown(line.head, _LONGEST_HEAD)})" if line.head else ""
    return f"{line.file}, line {line.number}{head}: “{shown(line.text)}”"


def shown(text: str, most: int = _LONGEST) -> str:
    """A line as it is quoted: without marks of its format, in printable letters, and no longer than a glance."""
    plain = re.sub(r"(?<!\S)(?:#+|[-*+>])\s|\*\*|`", "", text)
    plain = " ".join("".join(c if c.isprintable() else " " for c in plain).split()).strip("| ")
    return plain if len(plain) <= most else plain[:most].rsplit(" ", 1)[0] + " …"


def _nowhere(found: Slots, answer: Answer, corpus: Corpus, world: World) -> str:
    """That a metric which was asked for stands in no file under a name that is known; "" where it may."""
    missing = [c for c in found.metrics if not any(m in world.layer.metrics for m in c)]
    if not missing or not answer.text[0].startswith(("No file holds", "The data holds no")):
        return ""
    title = metric_of(missing[0][0]).title
    term = next((t for t in terms_of(found) if t.kind == "metric" and t.text == title), None)
    if term is None:
        return ""
    if (line := first_with(term, corpus)) is not None:
        where = f"{line.file}, line {line.number}: “{shown(line.text)}”"
        return f"No column was read as the {title}; words for it stand in {where}.{_rest(answer)}"
    kin = [c for c in (*world.layer.columns, *world.layer.unread) if _head(title) in re.split(r"[\W_]+", c.lower())]
    if kin:
        return f"No column was read as the {title}; {_listed(kin[:_NAMED])} may be near it.{_rest(answer)}"
    foreign = " (part of them is not in English)" if corpus.foreign else ""
    so = ", so that cannot be told either way" if "either way" in answer.text[0] else ""
    unread = f" I could not read {_listed(corpus.unread[:_NAMED])}{' and more' if len(corpus.unread) > _NAMED else ''}."
    where = f"in the {corpus.files} files{foreign}" if corpus.files > 1 else f"in the file{foreign}"
    told = f"I find the {title} under none of its usual names {where}, neither as a column nor in words{so}."
    return f"{told}{unread if corpus.unread else ''}{_rest(answer)}"


def _rest(answer: Answer) -> str:
    """What was said after the denial: what was measured."""
    rest = answer.text[0].partition(". ")[2]
    return f" {rest}" if rest.startswith("What was measured") else ""


def _head(title: str) -> str:
    """The noun of a metric's title: throughput, of output throughput."""
    word = title.lower().split()[-1]
    return word if word not in ("rate", "time", "tokens") else title.lower()


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)
