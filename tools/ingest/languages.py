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
_UNSPACED = "\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af"  # kana, Chinese signs and hangul: words that may stand together
_COUNTED = frozenset(("tokens", "token", "requests", "errors", "failures", "users", "concurrency"))
_PERCENTILE = re.compile(r"p\d{2,3}")
_WITH_UNIT = re.compile(r"([-+−~≈]?\s*\d[\d.,\s]*?)\s*([^\d\s.,%][^\d]{0,24})")
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


def translated(label: str) -> str:
    """A label in English, "" where a word of it is not known or none of it is of another language."""
    text, foreign = _translated(label)
    return text if foreign else ""


def in_plain_english(label: str) -> str:
    """An English label of several words as a registry writes it (`Concurrent requests` → `concurrency`, `Fastest TTFT`
    → `min ttft`); "" where it needs no other words."""
    words = [w for w in _words(label) if w not in ("of", "the", "to", "all")]
    plain = _plainly(words)
    return " ".join(plain) if plain != words else ""


def with_units(cell: str) -> str:
    """A cell with the unit behind its number as English writes it: `3.73秒` → `3.73 s`."""
    found = _WITH_UNIT.fullmatch(cell.strip())
    if found is None:
        return cell
    unit = "/".join(_units().get(part.strip().casefold(), part.strip()) for part in re.split("[/／]", found[2]))
    return f"{found[1]} {unit}".rstrip() if unit != found[2] else cell


def _unread(leaf: str) -> bool:
    meaning = resolve(leaf)
    known = meaning is not None and meaning.metric in METRICS and meaning.stat != "total"
    return not known and resolve_factor(leaf) is None


def _translated(header: str) -> tuple[str, bool]:
    """The header in English, "" where a word of it is not known, and whether a word of it was of another language."""
    unit = _UNIT.search(header)
    body = header[: unit.start()] if unit else header
    own, dictionary = _own(), _dictionary()
    words, foreign, behind = list[str](), False, ""
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
        if english.startswith("per "):  # 每秒token: said first, and written last in English
            behind = english
            continue
        words += [w for w in english.split() if w not in words]
    if not words:
        return "", False
    words = _plainly(words)
    if behind:
        return " ".join([*words, *behind.split()]) + (f" {unit[1]}" if unit else ""), foreign
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


def _plainly(words: list[str]) -> list[str]:
    """Words of a label as a registry writes them: a phrase for what it means, the fastest time for the least one."""
    for phrase, english in _listed()["phrases"].items():
        if set(phrase.split()) <= set(words):
            words = [*(w for w in words if w in STATS and w not in phrase.split()), *english.split()]
    if len(words) > 1 and _COUNTED & set(words):
        words = [w for w in words if w != "number"]
    best = next((w for w in words if w in ("fastest", "slowest")), "")
    if best:
        rest = [w for w in words if w != best]
        found = resolve(" ".join(w for w in rest))
        time = found is not None and found.metric in METRICS and METRICS[found.metric].direction == "lower"
        words = ["min" if (best == "fastest") == (time or "duration" in rest) else "max", *rest]
    return words


def _words(text: str) -> list[str]:
    """The words of a header, in lower case and without accents; of a script without spaces, the longest known first."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c) or ord(c) > 0x3000)
    plain = unicodedata.normalize("NFC", plain)  # kana and hangul as one sign each again
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", plain).casefold()
    made: list[str] = []
    for run in re.findall(rf"[a-z0-9]*[{_UNSPACED}][a-z0-9{_UNSPACED}]*|[^\W_]+", plain):
        made += _cut(run) if re.search(f"[{_UNSPACED}]", run) else [run]
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
    apart = ("words", "phrases", "units")
    return {word: english for name, words in _listed().items() if name not in apart for word, english in words.items()}


@cache
def _units() -> dict[str, str]:
    return _listed()["units"]


@cache
def _without_spaces() -> tuple[str, ...]:
    return tuple(sorted((w for w in _dictionary() if re.search(f"[{_UNSPACED}]", w)), key=len, reverse=True))
