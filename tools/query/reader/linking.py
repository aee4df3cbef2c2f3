"""Numbers of a question, linked with the levels of the data that they stand for.

"20k", "c32", "conc 32", "bs=8", "2 fp8 gpus", "1 to 4 nodes", "level 100": a number is a level of the setting that the
word beside it names, or of the one length that has a level near a number in thousands. All numbers of a question are
linked together, so that each noun goes with one number ("input 50002 gpus 1"); what fits two settings alike stays a
number, and is asked back or told by what reads it.
"""

# ruff: noqa: E501 — tables are read as a whole

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

from chimera_report.tools.patterns import compiled
from chimera_report.tools.query.reader.text import Token
from chimera_report.tools.schema import Where

if TYPE_CHECKING:
    from chimera_report.tools.query.layer import Layer
    from chimera_report.tools.query.reader.items import Item
    from chimera_report.tools.query.reader.slots import Slots

NEAR = 0.04  # of a number in thousands: 16k is 16384 as well as 16002
_MOST = 6  # numbers of one question that are linked

# What a noun is of → parts of the names of such settings.
_KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"c|cc|conc|concurren\w*|users?|clients?|people|persons?|parallel\w*|streams?|sessions?|connections?|simultaneous\w*|u",
     ("concurren", "users", "clients", "parallel", "streams", "sessions", "load", "num_seqs", "slots")),
    (r"gpus?|cards?|accelerators?|gpu's", ("num_gpu", "n_gpu", "gpus", "gpu_count", "num_hardware", "accelerators", "devices", "device_count", "tensor_parallel", "tp", "world_size")),
    (r"tp|tensor[-_ ]?parallel\w*", ("tensor_parallel", "tp", "world_size")),
    (r"pp", ("pipeline_parallel", "pp_size")),
    (r"nodes?|macs?|machines?|hosts?|computers?|boxes", ("node", "machine", "hosts", "world_size")),
    (r"bs|batch\w*|b", ("batch",)),
    (r"input|inputs|isl|in|prompts?|prefill|pp", ("input", "prompt", "isl", "context", "ctx", "depth", "length")),
    (r"output|outputs|osl|out|generated|answers?|completions?", ("output", "osl", "predict", "generated", "completion", "max_tokens")),
    (r"ctx|contexts?|depths?|kv", ("context", "ctx", "depth", "length", "input", "prompt")),
    (r"tokens?|toks?|long|words?", ("input", "prompt", "context", "ctx", "depth", "length", "isl", "tokens", "output", "predict")),
    (r"threads?|cores?", ("thread", "core")),
    (r"layers?|ngl", ("ngl", "layer", "num_gpu")),
    (r"seqs?|sequences?", ("seqs", "sequences", "batch", "concurren")),
    (r"rates?|qps|rps", ("rate", "qps", "rps")),
)  # fmt: skip
_LENGTHS = (
    "context",
    "ctx",
    "depth",
    "length",
    "len",
    "input",
    "prompt",
    "isl",
    "output",
    "osl",
    "predict",
    "tokens",
    "seq",
)
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?[km]?")
# "c32", "bs8", "tp4", "ctx8k"
_GLUED = re.compile(r"(c|cc|conc|u|bs|b|tp|pp|ctx|isl|osl|ngl)[-_]?(\d+k?)")
# Between a noun and its number.
_OF = frozenset(["=", ":", "of", "size", "length", "level", "==", "is", "equals", "@"])
# Before a number that is no level: a bound, a rank, a count that is asked for.
_BOUNDS = frozenset(["above", "below", "over", "under", "than", "least", "most", ">", "<", ">=", "<=", "≥", "≤", "between",
                     "top", "beyond", "exceed", "exceeds", "up", "within", "until", "p", "about", "around", "reach", "hit", "those", "these"])  # fmt: skip
# After a number that is a value.
_UNITS = frozenset(["ms", "s", "sec", "secs", "second", "seconds", "minutes", "min", "tok/s", "t/s", "tps", "tokens/s", "toks/s", "req/s", "rps", "gb", "gib", "mb", "mib",
                    "w", "watt", "watts", "%", "percent", "x", "times", "j", "joules", "usd", "$", "€", "°c", "celsius", "hours", "h", "b", "days"])  # fmt: skip
_SPELLED = {"one": "1", "single": "1", "two": "2", "three": "3", "four": "4", "eight": "8", "sixteen": "16"}
_ONES = ("one", "ones")  # stand for the noun before them
_AND = frozenset(["and", "or", "to", "vs", "versus", "against", ",", "/", "-", "&", "than", "instead"])


@dataclass(frozen=True, slots=True)
class Link:
    """Tokens i to j that are a level of a setting; `beside` are the places of words that say which setting."""

    i: int
    j: int
    factor: str
    level: str
    text: str
    score: float
    beside: tuple[int, ...] = ()


def value_of(text: str) -> float | None:
    """The number that a word is: 20k, 1.5k, 1m, 2,048."""
    low = text.lower().replace(",", "")
    factor = {"k": 1e3, "m": 1e6}.get(low[-1:], 1.0)
    try:
        return float(low.rstrip("km")) * factor
    except ValueError:
        return None


@lru_cache(maxsize=1 << 12)
def _numeric(level: str) -> float | None:
    try:
        return float(level)
    except ValueError:
        return None


def near_level(levels: Sequence[str], text: str) -> str:
    """The level that a number of a question is: the same number; of a number in thousands, which people round, the
    one nearest to it within `NEAR`, or to its count in 1024; "" for none."""
    wanted = value_of(text)
    if wanted is None:
        return ""
    numbers = [(x, n) for x in levels if (n := _numeric(x)) is not None]
    if exact := [x for x, n in numbers if n == wanted]:
        return exact[0]
    if not text.lower().endswith(("k", "m")):
        return ""
    binary = wanted * (1.024 if text.lower().endswith("k") else 1.048576)
    close = sorted((min(abs(n - wanted) / wanted, abs(n - binary) / binary), x) for x, n in numbers if wanted > 0)
    return (
        close[0][1] if close and close[0][0] <= NEAR and (len(close) < 2 or close[1][0] > close[0][0] + 0.001) else ""
    )


_DEVICES = re.compile(r"gpus?|cards?|accelerators?|nodes?|macs?|machines?|hosts?|computers?|boxes")


def device_levels(number: str, layer: Layer) -> list[tuple[str, str]]:
    """The settings in words that say how many devices there were, each with its one level of this number: TP4, x4."""
    made = []
    for factor in layer.varying:
        if factor not in layer.worded:
            continue
        own = [
            x
            for x in layer.levels[factor]
            if compiled(rf"(?:tp|pp|dp|x)?{number}x?(?:gpus?|nodes?)?").fullmatch(x.lower())
        ]
        if not own and number == "1":
            own = [x for x in layer.levels[factor] if x.lower() in ("single", "one", "standalone")]
        made += [(factor, own[0])] if len(own) == 1 else []
    return made


def links(tokens: Sequence[Token], layer: Layer) -> dict[int, Link]:
    """The numbers of a question that are levels, by the place of their first token."""
    found = list(_spans(tokens, layer))
    if not found or len(found) > _MOST:
        return {}
    options = [
        sorted(_candidates(tokens, i, j, number, noun, layer), key=lambda x: -x.score)[:4]
        for i, j, number, noun in found
    ]
    best: tuple[float, tuple[Link | None, ...]] = (0.0, ())
    for chosen in product(*([*o, None] for o in options)):
        used = [p for x in chosen if x for p in x.beside]
        shared = [p for p in set(used) if used.count(p) > 1]
        if any(not _listed(tokens, p, [x for x in chosen if x and p in x.beside]) for p in shared):
            continue
        score = sum(x.score for x in chosen if x)
        if score > best[0] + 1e-9:
            best = (score, chosen)
    made = {x.i: x for x in best[1] if x is not None}
    return {i: x for i, x in made.items() if not _rivalled(x, options, made)}


def _rivalled(link: Link, options: list[list[Link]], made: dict[int, Link]) -> bool:
    """Whether another setting fits as well, so that the number may be either's."""
    own = next(o for o in options if any(x.i == link.i for x in o))
    used = {x.factor for i, x in made.items() if i != link.i}
    return any(x.factor not in (link.factor, *used) and x.score > link.score - 0.2 for x in own)


def _spans(tokens: Sequence[Token], layer: Layer) -> Iterator[tuple[int, int, str, str]]:
    """Numbers that may be levels: their place, the number, and the noun that is written with it."""
    for i, token in enumerate(tokens):
        word = token.text
        before = tokens[i - 1].text if i else ""
        after = tokens[i + 1].text if i + 1 < len(tokens) else ""
        if m := _GLUED.fullmatch(word):
            if not layer.names.having(word) or m[1] in ("c", "bs", "conc", "ctx"):
                yield i, i + 1, m[2], m[1]
        elif _NUMBER.fullmatch(word) and before not in _BOUNDS and after not in _UNITS:
            yield i, i + 1, word, ""
        elif word in _SPELLED and after and before not in _BOUNDS and after not in ("of", "model", "run"):
            yield i, i + 1, _SPELLED[word], ""


def _candidates(tokens: Sequence[Token], i: int, j: int, number: str, glued: str, layer: Layer) -> Iterator[Link]:
    nouns = [((), glued)] if glued else list(_nouns(tokens, i, j))
    text = tokens[i].text
    for places, noun in nouns:
        if _DEVICES.fullmatch(noun) and number.isdigit():
            for factor, level in device_levels(number, layer):
                yield Link(i, j, factor, level, text, 2.4, places)
    for factor in layer.varying:
        level = near_level(layer.levels[factor], number)
        if not level or layer.dataset.role_of(factor).value not in ("workload", "setting", "unknown", "environment"):
            continue
        for places, noun in nouns:
            if fit := _fits(noun, factor):
                exact = 0.3 if value_of(number) == _numeric(level) else 0.0
                yield Link(i, j, factor, level, text, 2.0 + fit + exact, places)
        if number.endswith(("k", "m")) and any(p in factor.lower() for p in _LENGTHS) and not glued:
            yield Link(i, j, factor, level, text, 1.5, ())


def _nouns(tokens: Sequence[Token], i: int, j: int) -> Iterator[tuple[tuple[int, ...], str]]:
    """The words beside a number that may say what it is of, with their places."""
    k = i - 1
    while k >= 0 and tokens[k].text in _OF and i - k < 3:
        k -= 1
    if k >= 0 and not _NUMBER.fullmatch(tokens[k].text):
        yield tuple(range(k, i)), tokens[k].text
    # "1 to 4 nodes", "1, 2 and 4 gpus": the noun is behind the last of a list; "from 1 to 64": before the first.
    k = j
    while k + 1 < len(tokens) and tokens[k].text in _AND and _NUMBER.fullmatch(tokens[k + 1].text):
        k += 2
    for n in (k, k + 1):
        if n < len(tokens) and re.fullmatch(r"[a-z][\w'-]*", tokens[n].text):
            word = tokens[n].text
            if word in _ONES:  # "2 fp8 gpus instead of 4 fp16 ones"
                for earlier in (t.text for t in reversed(tokens[:i]) if re.fullmatch(r"[a-z]{3,}", t.text)):
                    yield (n,), earlier
            else:
                yield (n,), word
            if tokens[n].text in _AND or tokens[n].text in ("for", "on", "in", "at", "with"):
                break
    k = i
    while k - 2 >= 0 and tokens[k - 1].text in _AND and _NUMBER.fullmatch(tokens[k - 2].text):
        k -= 2
    if k < i and k - 1 >= 0:
        yield (k - 1,), tokens[k - 1].text


def _fits(noun: str, factor: str) -> float:
    """How well a noun names a setting: 1 for its own name, less for its kind; 0 where it does not."""
    low, name = noun.lower(), factor.lower()
    if low in (name, f"{name}s", name.replace("_", "")):
        return 1.0
    parts = re.split(r"[\W_]+", name)
    for said, called in _KINDS:
        if compiled(said).fullmatch(low):
            place = next(
                (n for n, p in enumerate(called) if name.startswith(p) or p in parts or (len(p) > 4 and p in name)), -1
            )
            if place >= 0:
                return 0.9 - 0.05 * place
    if len(low) > 3 and (low in parts or low.removesuffix("s") in parts):
        return 0.6
    return 0.0


def _listed(tokens: Sequence[Token], place: int, of: Sequence[Link]) -> bool:
    """Whether the numbers that share a noun are a list of its levels: "1 to 4 gpus"."""
    if len({x.factor for x in of}) > 1:
        return False
    first, last = min(x.i for x in of), max(x.j for x in of)
    return all(t.text in _AND or _NUMBER.fullmatch(t.text) for t in tokens[first:last]) or place > last or place < first


def sided(found: Slots) -> None:
    """Two levels of one setting that were linked are sides: "1 to 4 gpus"; each goes to the side of the name that it
    stands beside: "2 fp8 gpus instead of 4 fp16 ones"."""
    items = [x for x in found.parsed.items if x.extra.get("linked")]
    for factor in dict.fromkeys(x.value[0] for x in items):
        own = [x for x in items if x.value[0] == factor]
        levels = list(dict.fromkeys(x.value[1] for x in own))
        held = [w for w in found.wheres if w.field == factor and w.op == "=" and w.values[0] in levels]
        if len(levels) < 2 or len(held) < 2:
            continue
        if not found.sides:
            found.wheres = [w for w in found.wheres if w not in held]
            found.sides += [(w,) for w in held]
        elif len(found.sides) == len(levels) and (each := _beside(found, own)):
            found.wheres = [w for w in found.wheres if w not in held]
            found.sides = [
                (*side, Where(field=factor, op="=", values=(level,)))
                for side, level in zip(found.sides, each, strict=True)
            ]


def _beside(found: Slots, own: Sequence[Item]) -> list[str]:
    """The level that stands nearest to the name of each side, where that is another one for each."""
    made = []
    for side in found.sides:
        names = {v.lower() for w in side for v in w.values}
        places = [x.i for x in found.parsed.items if x.text.lower() in names]
        if not places:
            return []
        made.append(min(own, key=lambda x: min(abs(x.i - p) for p in places)).value[1])
    return made if len(set(made)) == len(made) else []


_AGAINST = ("vs", "versus", "against", "than")


def opposed(found: Slots) -> None:
    """ "vllm_awq vs vllm", where the one is a variant and the other an engine that it is of: two sides, and the second
    without the first."""
    items = [x for x in found.parsed.items if x.kind != "neutral"]
    for one, link, other in zip(items, items[1:], items[2:], strict=False):
        if link.text not in _AGAINST or one.kind != "level" or other.kind != "level" or found.sides:
            continue
        pair = [Where(field=str(x.value[0]), op="=", values=(str(x.value[1]),)) for x in (one, other)]
        if pair[0].field == pair[1].field or not all(w in found.wheres for w in pair):
            continue
        found.wheres = [w for w in found.wheres if w not in pair]
        small = pair[0] if len(pair[0].values[0]) > len(pair[1].values[0]) else pair[1]
        without = small.model_copy(update={"op": "lacks"})
        found.sides = [(w,) if w is small else (w, without) for w in pair]
