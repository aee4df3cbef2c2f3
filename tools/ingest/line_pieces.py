"""One line of a text as its pieces: `run1  pp 52.4 tok/s | tg 24.7 tok/s` is an index and two labelled amounts.

Lines of one shape have the same pieces with other values; `line_shapes.py` looks for those."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from chimera_report.tools.metrics import normalise, resolve, resolve_factor, unit_name
from chimera_report.tools.schema import is_quantisation

_BETWEEN = re.compile(r"\||,\s+|;\s*|\t|\s{2,}|[()\[\]{}<>]|\s(?:->|=>|→|—|–|-)\s")
_TOKEN = re.compile(r"=|:(?=\s|$)|[^\s=:]+(?::[^\s=:]+)*:?(?=\s|$|=)|[^\s=]+")
_NUMBER = re.compile(
    r"[~≈]?([-+−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?|[-+−]?\.\d+)([%A-Za-zµ°][\w%/°µ]*)?[,.;:]?"
)
_RATIO = re.compile(r"(\d+)/(\d+)[,.;:]?")
_INDEX = re.compile(r"([A-Za-z]{3,})[ _#-]{0,2}(\d+)(?![\w.])")
_SMALL = frozenset((
    "in", "of", "at", "over", "per", "/", "with", "for", "and", "the", "a", "an", "is", "was", "to", "~", "≈", "+", "x",
    "took", "@", "from", "after",
))  # fmt: skip
_NO_NUMBER = frozenset(("nan", "none", "null", "n/a", "na", "-", "--", "inf"))
_MARK = re.compile(r"\*\*|__|`")
_FRONT = re.compile(r"^(?:[-*+•·▪‣–>]+\s+)?")
_STAMP = re.compile(
    r"^(?:\[?\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\]?\s*[:-]?\s*)?"
    r"(?:\[?(?:INFO|DEBUG|WARN(?:ING)?|ERROR|NOTICE)\]?\s*[:|-]\s*)?"
)
_MOST = 24  # pieces of a line


@dataclass(frozen=True, slots=True)
class Piece:
    """What stands between two separators. `label` stands in front of a value, `behind` after it."""

    kind: str  # "amount", "ratio" or "word"
    label: str = ""
    value: str = ""
    unit: str = ""  # as written
    behind: str = ""
    numbers: tuple[tuple[str, str], ...] = ()  # that count what the label names: (("run", "1"),)

    @property
    def shape(self) -> tuple[str, str, str, str]:
        """What the pieces of lines of one shape have in common."""
        return (self.kind, self.label, unit_name(self.unit), "" if self.kind == "word" else self.behind)

    @property
    def name(self) -> str:
        """The words beside an amount that may say what it is."""
        return self.label or self.behind


Shape = tuple[tuple[str, str, str, str], ...]


@dataclass(slots=True)
class Line:
    """A line of a text with its pieces and what holds for it."""

    number: int
    raw: str
    pieces: tuple[Piece, ...]
    given: dict[str, str]  # what was said ahead of it, and by its own flags
    verdict: str = ""  # the word that it begins with, of a failure or of none
    title: str = ""


def factor_of_piece(piece: Piece) -> str:
    return "" if piece.kind == "ratio" or piece.numbers else resolve_factor(piece.label) or normalise(piece.label)


def pieces(line: str) -> tuple[Piece, ...]:
    """The pieces of a line, in order; () for one that has too many or no number and no pair."""
    plain = _MARK.sub("", _FRONT.sub("", _STAMP.sub("", line.strip(), count=1), count=1))
    if "|" in plain:
        plain = " ".join(plain.split())
    out: list[Piece] = []
    for segment in _BETWEEN.split(plain):
        if segment and segment.strip():
            out += _segment(segment.strip())
        if len(out) > _MOST:
            return ()
    return tuple(map(_counted, out))


def _segment(text: str) -> list[Piece]:
    out: list[Piece] = []
    words: list[str] = []
    tokens = list(_TOKEN.finditer(text))
    i = 0
    while i < len(tokens):
        word, start, end = tokens[i][0], tokens[i].start(), tokens[i].end()
        if word in ("=", ":") and words:
            glued = word == "=" and text[start - 1 : start] != " " and text[end : end + 1] not in ("", " ")
            if glued and len(words) > 1:  # `case cache=dynamic`: the key is one word
                out.append(Piece("word", value=_joined(words[:-1])))
                words = words[-1:]
            if i + 1 < len(tokens) and not _starts_number(tokens[i + 1][0]):
                last = i + 1 if glued else len(tokens) - 1
                value = text[tokens[i + 1].start() : tokens[last].end()].strip("\"' ,")
                if value and "=" not in value:
                    kind = "amount" if value.lower() in _NO_NUMBER else "word"
                    out.append(Piece(kind, _joined(words), value))
                    words, i = [], last + 1
                    continue
            elif i + 1 == len(tokens):
                out.append(Piece("word", _joined(words)))  # `err=`: nothing was said
                words = []
        elif ratio := _RATIO.fullmatch(word):
            out.append(Piece("ratio", _joined(words), f"{ratio[1]}/{ratio[2]}"))
            words = []
        elif number := _NUMBER.fullmatch(word):
            unit, used = _unit(number[2] or "", _before_pair([t[0] for t in tokens[i + 1 : i + 5]]))
            if number[2] and not unit:
                words.append(word)  # `27B`, `q8`: a name
            else:
                out.append(Piece("amount", _joined(words), number[1].replace("−", "-"), unit))
                words, i = [], i + used
        elif word.rstrip(":") and word not in ("=", ":"):
            if word.lower() in _SMALL and words and out and out[-1].kind != "word" and not out[-1].name:
                out[-1], words = replace(out[-1], behind=_joined(words)), []  # `700 tok in 28.31s`
            words.append(word.rstrip(":"))
        i += 1
    left = _joined(words) or (words[0] if len(words) == 1 else "")
    if left and out and out[-1].kind != "word" and not out[-1].behind:
        out[-1] = replace(out[-1], behind=left)
    elif left:
        out.append(Piece("word", value=left))
    return out


def _before_pair(after: list[str]) -> list[str]:
    """The words behind a number that are no key of the next pair: none of `512 tps=80.8`."""
    at = next((i for i, w in enumerate(after) if w in ("=", ":")), len(after))
    return after[: at - 1 if at < len(after) else 3][:3] if at else []


def _starts_number(token: str) -> bool:
    return bool(_NUMBER.fullmatch(token) or _RATIO.fullmatch(token))


def _unit(glued: str, after: list[str]) -> tuple[str, int]:
    """The unit behind a number and how many tokens after it are its words; "" for none."""
    if glued:
        whole = " ".join([glued, *after[:2]]).rstrip(",.;:")
        if len(after) > 1 and after[0] == "per" and unit_name(whole):  # `12ms per token`
            return whole, 2
        return (glued.rstrip(",.;:"), 0) if unit_name(glued.rstrip(",.;:")) else ("", 0)
    for size in (3, 2, 1):
        name = " ".join(after[:size]).rstrip(",.;:")
        if len(after) >= size and re.match(r"[\w%°]", after[size - 1]) and unit_name(name):
            return name, size
    return "", 0


def _joined(words: list[str]) -> str:
    """Words as a label: without the small ones at its ends."""
    kept = [w.strip("\"',.;") for w in words]
    while kept and (kept[0].lower() in _SMALL or not kept[0]):
        kept.pop(0)
    while kept and (kept[-1].lower() in _SMALL or not kept[-1]):
        kept.pop()
    return " ".join(kept)


def _counted(piece: Piece) -> Piece:
    """The piece with the numbers that count at the beginning of its label, or in the word that it is, taken out: `run1`
    is 1, `run1 pp` is 1 and `pp`. A format of weights and what names a metric count nothing."""
    alone = piece.kind == "word" and not piece.label
    text = piece.value if alone else piece.label
    found: list[tuple[str, str]] = []
    rest = text
    while match := _INDEX.match(rest):
        if is_quantisation([match[0]]) or resolve(match[0], unit_hint=piece.unit) is not None:
            break
        found.append((match[1].lower(), match[2]))
        rest = rest[match.end() :].lstrip(" ,:-#")
    if not found or (alone and rest):
        return piece
    if alone:
        return replace(piece, value="", label=" ".join(f"{word}#" for word, _ in found), numbers=tuple(found))
    return replace(piece, label=rest, numbers=tuple(found))
