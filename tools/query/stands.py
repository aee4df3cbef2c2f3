"""Which question the rows of the files answer as they stand: of a number that it quotes, of a column that was read as no
measurement, of a word of a cell."""

# ruff: noqa: E501 — conditions are read as a whole

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chimera_report.tools.claims import english
from chimera_report.tools.patterns import compiled
from chimera_report.tools.query.again import ORDERS
from chimera_report.tools.query.machines import lines_with
from chimera_report.tools.query.originals import REMARK, leaf, number_of, word_in
from chimera_report.tools.query.quoted import places_of, quoted_in
from chimera_report.tools.query.reader import slots_of
from chimera_report.tools.query.reader.fillers import restricting
from chimera_report.tools.query.reader.text import plain
from chimera_report.tools.schema import Query, Role, Select, Where

if TYPE_CHECKING:
    from chimera_report.tools.query.reader.slots import Slots
    from chimera_report.tools.query.world import World

# "What engine was this", "which version did they use?"
_USED = re.compile(
    r"^(?:so |and |but |ok )?(?:what|which)(?: kind of| sort of)? (?P<what>engines?|inference engines?|inference software|software|serving software|backends?|runtimes?|frameworks?|servers?|versions?|software versions?|drivers?|cuda(?: version)?|driver versions?|quants?|quanti[sz]ations?|quantization|datatypes?|dtype|precision|datasets?|tokenizers?|os|operating systems?|seeds?|temperatures?)"
    r"(?: (?:was|were|is|are|did|do|does|has|have|been|this|that|it|these|those|they|we|you|used|use|run|running|on|with|here|in|there|for|the|test|tests|benchmark|benchmarks|measurements?|experiments?))*[\s?!.]*$",
    re.IGNORECASE,
)
_CALLED = (("vers", "version"), ("cuda", "driver"), ("driver", "driver"), ("quant", "quantisation"), ("dtype", "quantisation"), ("datatype", "quantisation"), ("precision", "quantisation"), ("dataset", "dataset"), ("tokenizer", "tokenizer"), ("os", "os"), ("operating", "os"), ("seed", "seed"), ("temperature", "temperature"))  # fmt: skip
# "What is arcc?", "what does tp2 mean?"
_WHAT = re.compile(
    r"^(?:so |and |but )?what(?:'s| is| are| does| do) (?:the |an? )?(?P<what>[^\W\d_][\w.+-]{1,39})(?: (?:mean|means|stand for|stands for|exactly|here|anyway|then))*[\s?!.]*$",
    re.IGNORECASE,
)
# "Was prefix caching on?"
_ON = re.compile(
    r"^(?:so |and |but )?(?:was|were|is|are) (?:the |a |an )?(?P<what>[\w -]{3,40}?) (?:turned |switched |actually |really )*(?:on|off|enabled|disabled|active|activated|in use|used)(?: here| then| there| or off| or not| at all| in (?:this|these) \w+)?[\s?!.]*$",
    re.IGNORECASE,
)
_WORKED = re.compile(r"\b(?:works?|worked|succe\w+|helps?|helped)\b", re.IGNORECASE)  # which no flag says
STANDING = ("quoted", "column", "words")  # tasks that tell what the rows of the files say
_MOST_COLUMNS = 9
_FEW = 3  # values of what is on or off
_READ = (Role.SYSTEM, Role.METRIC)
_LONGEST = 200  # letters of a cell that is a name or a remark, and no text of a model
_EVERYDAY = 5  # letters of a word of any text
_MOST_PLACES = 6  # of a quoted number, from which on it says nothing


def standing(question: str, world: World) -> Query | None:
    """What the rows say of a number that the question quotes, of a column of no known role, or of a word of a cell."""
    if m := _USED.match(plain(question)[0].strip()):
        kind = next((k for start, k in _CALLED if start in m["what"].lower()), "engine")
        return _select("used", kind)
    if (m := _ON.match(plain(question)[0].strip())) and (flags := _flags(m["what"], world)):
        return _select("column", "\n".join(flags[:_MOST_COLUMNS]))
    if re.match(r"(?:so |and |but )?what (?:if|happens|would happen)\b", plain(question)[0].strip()):
        return None  # a number that is tried out is no quotation
    found = slots_of(question, world)
    originals = world.originals
    if ORDERS.search(question) or not originals.rows:
        return None
    loose = {n.replace(",", "") for n in (*found.numbers, *found.claimed[:1], *found.left, *found.ratio[:1]) if n}
    wheres = (*found.wheres, *(w for side in found.sides for w in side))
    worded = {"name", *world.layer.worded}
    named_ = [v for w in wheres if w.field in worded and w.op in ("has", "=") for v in w.values]
    metrics = {m for candidates in found.metrics for m in candidates}
    numbers = [n for n in quoted_in(question) if n in loose or f"{n}%" in loose]
    numbers = [
        n for n in numbers if metrics or not n.endswith("k")
    ]  # "32k" of nothing measured is a size that is tried
    if any(_of_a_name(n, world) or _of_a_card(n, question) for n in numbers):
        return None  # "the 5090 against the mac": a card, and no value of 5.09
    if numbers and all(0 < len(places_of(n, world, named_, metrics)) <= _MOST_PLACES for n in numbers):
        select = Select(
            measure="records",
            task="quoted",
            text="\n".join((" ".join(numbers[:4]), *named_)),
            also=tuple(sorted(metrics)),
        )
        return Query(intent="select", select=select)
    if (m := _WHAT.match(plain(question)[0].strip())) and not found.metrics and (found.left or found.wheres):
        word = m["what"].lower()
        if _in_cells(word, world) or lines_with(word_in(word), world.dataset, world.target):
            return _select("words", word)
    words = [w for w in dict.fromkeys((*found.left, *found.foreign)) if len(w) > 2 and not restricting(w)]
    only = list(dict.fromkeys(found.foreign))
    related = found.intents & {"why", "effect", "compare", "trend", "declines"} or found.claims
    read = any(m in world.layer.metrics for m in metrics)  # what was measured is not told by another column
    columns = [] if related or read or _WORKED.search(question) else _columns(question, only or words, world)
    if only and not columns:
        return None
    if columns and any(c.isdigit() for w in (*found.numbers, *found.left) for c in w):
        return None  # "what if I set 100 W?" asks for what that does, and not whether something was set
    if columns:
        held = _conditions(found)
        return _select("column", "\n".join(columns[:_MOST_COLUMNS]), held) if held is not None else None
    for word in words:
        pattern = word_in(word)
        everyday = english(word) and word.isalpha()
        for row in originals.rows:
            for name, cell in row.cells.items():
                if number_of(cell) is not None or len(cell) > _LONGEST or not pattern.search(cell):
                    continue
                if not everyday or (len(word) > _EVERYDAY and REMARK.search(leaf(name))):
                    return _select("words", word)
    return None


def _of_a_name(number: str, world: World) -> bool:
    """Whether a number stands by itself in what the data calls its things: 5090, of NVIDIA-GeForce-RTX-5090."""
    alone = compiled(rf"(?<![\d.]){re.escape(number)}(?![\d.])")
    names = {
        n for g in world.layer.names.groups for n in (g.subject, g.suite, g.source, *(x for _, x in g.levels)) if n
    }
    return number.isdigit() and len(number) > 2 and any(alone.search(n) for n in names)


def _of_a_card(number: str, question: str) -> bool:
    """ "On the 5070 ti": a number that stands like the name of a card."""
    said = rf"\b(?:the|on|an?|my|rtx|gtx|rx|arc) {number}\b|\b{number} ?(?:ti|super|xtx?|gpus?|cards?)\b"
    return number.isdigit() and compiled(said, re.IGNORECASE).search(question) is not None


def _in_cells(word: str, world: World) -> bool:
    pattern = word_in(word)
    cells = (c for row in world.originals.rows for c in row.cells.values())
    return any(number_of(c) is None and len(c) <= _LONGEST and pattern.search(c) for c in cells)


def _flags(what: str, world: World) -> list[str]:
    """The columns and keys whose names have all words of what may be on or off, and that say no number of several."""
    wanted = {w for w in re.findall(r"[^\W_]+", what.lower()) if len(w) > 1}
    named = [c for c in world.originals.names() if wanted and wanted <= set(re.findall(r"[^\W_]+", leaf(c)))]
    return [c for c in named if len({row.cells[n] for row, n in world.originals.having(c)}) <= _FEW]


def _columns(question: str, words: list[str], world: World) -> list[str]:
    """The columns that were read as no measurement and no setting, of which the question has all words, or one word that
    nothing else explains: those of a part of a JSON file that is called so, too."""
    layer = world.layer
    said = set(re.findall(r"[^\W_]+", question.lower()))
    read = {leaf(c) for c in layer.columns} | {leaf(c.rsplit("/", 1)[-1]) for c in layer.columns}
    read |= {f.lower() for f in layer.varying}
    read |= {leaf(a.name) for assigned in world.dataset.readings.values() for a in assigned if a.role in _READ}
    unread = [c for c in world.originals.names() if c and leaf(c) not in read]
    parts = {c: re.findall(r"[^\W_]+", leaf(c)) for c in unread}
    if named := [c for c in unread if leaf(c) in words]:
        return named  # whose words the question has as they stand: "wall time", of wall_s
    whole = [c for c in unread if len(c) > 2 and set(parts[c]) <= said and set(parts[c]) & set(words)]
    if whole:
        return whole
    for word in words:
        kin = next((k for k in _KIN if word in k), frozenset((word,)))
        like = [c for c in unread if kin & set(re.findall(r"[^\W_]+", c))]
        if 0 < len(like) <= _MOST_COLUMNS:
            return like
    return []


# What a quantity is called in headers.
_KIN = (
    frozenset(["temp", "temps", "temperature", "temperatures", "thermal", "heat", "hot", "hottest"]),
    frozenset(["watt", "watts", "power"]),
    frozenset(["joule", "joules", "energy"]),
    frozenset(["mem", "memory", "vram"]),
    frozenset(["ppl", "perplexity"]),
    frozenset(["acceptance", "accepted", "accept"]),
    frozenset(["util", "utilization", "utilisation"]),
)


def _conditions(found: Slots) -> tuple[Where, ...] | None:
    """The names and levels that the question is narrowed to; None where it is narrowed by anything else."""
    wheres = (*found.wheres, *(w for side in found.sides for w in side))
    if any(w.op not in ("has", "=", "in") for w in wheres) or len(found.sides) > 1 or found.bound or found.negated:
        return None
    return tuple(w for w in wheres if w.field != "column")


def _select(task: str, text: str, where: tuple[Where, ...] = ()) -> Query:
    return Query(intent="select", select=Select(measure="records", task=task, text=text, where=where))


_MEANS = re.compile(
    r"^(?:so |and |but )?what (?:does|do) (?P<what>[\w.+-]{2,40}) (?:mean|stand for)[\s\w]*[\s?!.]*$", re.IGNORECASE
)


def meaning(question: str, world: World) -> Query | None:
    """ "What does tarea mean?": what a column that is no metric says, where the registry has no definition of it."""
    m = _MEANS.match(question.strip())
    if m is None or slots_of(m["what"], world).metrics or not world.originals.rows:
        return None
    columns = [c for c in world.originals.names() if leaf(c) == m["what"].lower()]
    if columns:
        return _select("column", columns[0])
    return _select("words", m["what"].lower()) if _in_cells(m["what"].lower(), world) else None
