"""Headers in other languages, read by the English words that they stand for."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from chimera_report.tools.metrics import METRICS, STATS, UNITS, normalise, resolve, resolve_factor, unit_name

from .reading import ABOVE, GIVEN, STEP

_UNIT = re.compile(r"\s*([(\[（【][^()\[\]（）【】]*[)\]）】])\s*$")
_PERCENTILE = re.compile(r"p\d{2,3}")
_ENOUGH = 2  # headers of a table that are wholly of a language: one may be a name


def in_english(columns: Iterable[str]) -> dict[str, str]:
    """Column → its own name in English, for the columns of a table whose headers are in another language.

    Empty where fewer than two headers hold words of one; a header of which a word is not known keeps its name."""
    leaves = {c: _leaf(c) for c in columns if not c.startswith(GIVEN)}
    read = {c: _translated(leaf) for c, leaf in leaves.items()}
    told = {c: text for c, (text, foreign) in read.items() if text and foreign}
    if len({leaves[c] for c in told}) < _ENOUGH:
        return {}
    # Of the words that all languages share, only the order is another: `Tokens Prompt`, `Throughput Decode (tok/s)`.
    told |= {c: text for c, (text, foreign) in read.items() if text and not foreign and _unread(leaves[c])}
    return {c: text for c, text in told.items() if normalise(text) != normalise(leaves[c])}


def _leaf(column: str) -> str:
    return re.sub(r" #\d+$", "", column.removeprefix(ABOVE)).rpartition(STEP)[2]


def _unread(leaf: str) -> bool:
    meaning = resolve(leaf)
    known = meaning is not None and meaning.metric in METRICS and meaning.stat != "total"
    return not known and resolve_factor(leaf) is None


def _translated(header: str) -> tuple[str, bool]:
    """The header in English, "" where a word of it is not known, and whether a word of it was of another language."""
    unit = _UNIT.search(header)
    body = header[: unit.start()] if unit else header
    own, dictionary = _own(), _dictionary()
    words, foreign = list[str](), False
    for word in _words(body):
        if word in own["small"]:
            continue
        english = "per" if word in own["per"] else dictionary.get(word)
        if english is None:
            if (
                word in own["shared"]
                or word in STATS
                or word.isdigit()
                or _PERCENTILE.fullmatch(word)
                or unit_name(word)
            ):
                english = word
            else:
                return "", False
        else:
            foreign = foreign or english != "per"
        words += [w for w in english.split() if w not in words]
    if not words:
        return "", False
    if "per" in words:  # "tokens per second": in this order in all of them
        return " ".join(words) + (f" {unit[1]}" if unit else ""), foreign
    inside = f" ({unit[1][1:-1]})" if unit else ""
    if not unit and len(words) > 1 and any(unit_name(words[-1]) in UNITS[u] for u in ("s", "J", "W", "MiB")):
        inside = f" {words.pop()}"
    if "inference" in words and set(words) - {"inference"} <= set(STATS):
        words.append("time")  # nobody writes of what
    stats = [w for w in words if STATS.get(w, "total") != "total"]
    heads = [w for w in words if w in own["heads"] and w not in stats]
    rest = [w for w in words if w not in stats and w not in heads]
    return " ".join([*stats, *rest, *(reversed(heads) if not rest else heads)]) + inside, foreign


def _words(text: str) -> list[str]:
    """The words of a header, in lower case and without accents; of a script without spaces, the longest known first."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c) or ord(c) > 0x3000)
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", plain).casefold()
    made: list[str] = []
    for run in re.findall(r"[a-z0-9]*[\u3040-\u30ff\u4e00-\u9fff][a-z0-9\u3040-\u30ff\u4e00-\u9fff]*|[^\W_]+", plain):
        made += _cut(run) if re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", run) else [run]
    return made


def _cut(run: str) -> list[str]:
    known = _without_spaces()
    made: list[str] = []
    at = 0
    while at < len(run):
        word = next((w for w in known if run.startswith(w, at)), "")
        if not word:
            latin = re.match(r"[a-z0-9]+", run[at:])
            word = latin[0] if latin else run[at]
        made.append(word)
        at += len(word)
    return made


@cache
def _listed() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_name("languages.toml").read_text(encoding="utf-8"))


@cache
def _own() -> dict[str, frozenset[str]]:
    return {name: frozenset(words.split()) for name, words in _listed()["words"].items()}


@cache
def _dictionary() -> dict[str, str]:
    return {word: english for name, words in _listed().items() if name != "words" for word, english in words.items()}


@cache
def _without_spaces() -> tuple[str, ...]:
    return tuple(sorted((w for w in _dictionary() if re.search(r"[\u3040-\u9fff]", w)), key=len, reverse=True))
