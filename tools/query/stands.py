"""Which question the rows of the files answer as they stand: which engine it was, whether something was on, what a column
of no known role says."""

# ruff: noqa: E501 — conditions are read as a whole

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chimera_report.tools.query.again import ORDERS
from chimera_report.tools.query.originals import leaf
from chimera_report.tools.query.reader import slots_of
from chimera_report.tools.query.reader.fillers import restricting
from chimera_report.tools.query.reader.text import plain
from chimera_report.tools.schema import Query, Role, Select, Where

if TYPE_CHECKING:
    from chimera_report.tools.query.reader.slots import Slots
    from chimera_report.tools.query.world import World

# "What engine was this", "which version did they use?"
_USED = re.compile(
    r"^(?:so |and |but |ok )?(?:what|which)(?: kind of| sort of)? (?P<what>(?:engine|server|runtime|backend) versions?|engines?|inference engines?|inference software|software|serving software|backends?|runtimes?|frameworks?|servers?|versions?|software versions?|drivers?|cuda(?: version)?|driver versions?|quants?|quanti[sz]ations?|quantization|datatypes?|dtype|precision|datasets?|tokenizers?|os|operating systems?|seeds?|temperatures?)"
    r"(?: (?:was|were|is|are|did|do|does|has|have|been|this|that|it|these|those|they|we|you|used|use|run|running|on|with|here|in|there|for|the|test|tests|benchmark|benchmarks|measurements?|experiments?))*[\s?!.]*$",
    re.IGNORECASE,
)
_CALLED = (("vers", "version"), ("cuda", "driver"), ("driver", "driver"), ("quant", "quantisation"), ("dtype", "quantisation"), ("datatype", "quantisation"), ("precision", "quantisation"), ("dataset", "dataset"), ("tokenizer", "tokenizer"), ("os", "os"), ("operating", "os"), ("seed", "seed"), ("temperature", "temperature"))  # fmt: skip
# "Was prefix caching on?"
_ON = re.compile(
    r"^(?:so |and |but )?(?:was|were|is|are) (?:the |a |an )?(?P<what>[\w -]{3,40}?) (?:turned |switched |actually |really )*(?:on|off|enabled|disabled|active|activated|in use|used)(?: here| then| there| or off| or not| at all| in (?:this|these) \w+)?[\s?!.]*$",
    re.IGNORECASE,
)
STANDING = ("column",)  # tasks that tell what the rows of the files say
_MOST_COLUMNS = 9
_READ = (Role.SYSTEM, Role.METRIC)
_FEW = 3  # values of what is on or off


def standing(question: str, world: World) -> Query | None:
    """What the rows say of an engine or a version, of what may be on or off, or of a column by its own name."""
    if m := _USED.match(plain(question)[0].strip()):
        kind = next((k for start, k in _CALLED if start in m["what"].lower()), "engine")
        return _select("used", kind)
    if (m := _ON.match(plain(question)[0].strip())) and (flags := _flags(m["what"], world)):
        return _select("column", "\n".join(flags[:_MOST_COLUMNS]))
    found = slots_of(question, world)
    if ORDERS.search(question) or not world.originals.rows or found.foreign or found.numbers:
        return None
    words = [w for w in dict.fromkeys(found.left) if len(w) > 2 and not restricting(w) and not any(map(str.isdigit, w))]
    related = found.intents & {"why", "effect", "compare", "trend", "declines"} or found.claims
    read = any(m in world.layer.metrics for c in found.metrics for m in c)  # which another column does not tell
    columns = [] if related or read else _columns(question, words, world)
    held = _conditions(found) if columns else None
    return _select("column", "\n".join(columns[:_MOST_COLUMNS]), held) if held is not None else None


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
    return [c for c in unread if len(c) > 2 and set(parts[c]) <= said and set(parts[c]) & set(words)]


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
    return _select("column", columns[0]) if columns else None
