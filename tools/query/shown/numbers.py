"""Numbers of a question: bounds and levels of what records are of, sizes that names say, and values that were measured."""

# ruff: noqa: E501 — patterns and sentences are read as a whole

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.originals import number_of
from chimera_report.tools.query.reader import loads
from chimera_report.tools.query.shown import sizes
from chimera_report.tools.query.words import FACTOR_WORDS

if TYPE_CHECKING:
    from chimera_report.tools.query.shown.record import Entry
    from chimera_report.tools.query.world import World

_OVER = {"over": ">", "above": ">", "beyond": ">", "bigger": ">", "larger": ">", ">": ">", "under": "<", "below": "<",
         "smaller": "<", "<": "<", ">=": ">=", "<=": "<="}  # fmt: skip
_NUMBER = re.compile(r"(?P<number>\d[\d,]*(?:\.\d+)?)(?P<k>k?)")
_SCALES = (1.0, 1e3, 1e-3, 60.0, 1 / 60, 1024.0, 1 / 1024)
_OF_UNIT = {"t": (1.0,), "s": (1.0,), "m": (1e-3,), "%": (1.0, 0.01), "w": (1.0,), "j": (1.0,)}  # value → canonical
_MOST = 40  # places of a number from which on it says nothing


@dataclass(slots=True)
class Bound:
    """A condition on records by a number."""

    said: str
    column: str
    holds: Callable[[Entry], bool]
    equal: bool = False  # one level, and no bound
    at: int = -1  # the word of the question that it is


def bounds_in(tokens: Sequence[str], world: World, used: set[int], before: Sequence[Bound] = ()) -> list[Bound]:
    """The numbers that are a size or a level, with the words beside them. `before`: of the question that this one goes on
    with, whose setting a bare number is of."""
    found: list[Bound] = _together(tokens, world, used)
    for i, token in enumerate(tokens):
        if i in used:
            continue
        near = [*tokens[max(0, i - 2) : i]]
        after = list(tokens[i + 1 : i + 3])
        op = next((_OVER[w] for w in (*reversed(near), token) if w in _OVER), "=")
        made: Bound | None = None
        if m := re.fullmatch(r"(\d+(?:\.\d+)?)b", token):
            made = _parameters(float(m[1]), op, token) if op != "=" else None
        elif (m := re.fullmatch(r"(\d+(?:\.\d+)?)(g(?:i?b)?)?", token)) and (m[2] or (after[:1] and after[0] in ("gb", "gib", "gig", "gigs"))):  # fmt: skip
            made = _card(float(m[1]), op, world)
            if made is not None and not m[2]:
                used.add(i + 1)
        elif m := _NUMBER.fullmatch(token):
            made = _level(m, op, i, tokens, world, used, found or before)
        if made is not None:
            used.add(i)
            made.at = i
            if op != "=":
                used |= {j for j in range(max(0, i - 2), i) if tokens[j] in _OVER}
            found.append(made)
    return found


def _together(tokens: Sequence[str], world: World, used: set[int]) -> list[Bound]:
    """Two bare numbers or more that are levels of one setting, and of no other: "5 vs 512", "20, 40 and 60"."""
    bare = [
        i
        for i, t in enumerate(tokens)
        if i not in used and re.fullmatch(r"\d[\d,]*", t) and not (tokens[i - 1] in _OVER if i else False)
    ]
    if len(bare) < 2:
        return []
    held: list[tuple[str, list[Bound]]] = []
    for column in world.entries.columns:
        if column.startswith(("file", "folder", "path", "run")) or column in world.entries.aside:
            continue
        made = [_at(column, "=", {float(tokens[i].replace(",", ""))}, world) for i in bare]
        if all(b is not None for b in made):
            held.append((column, [b for b in made if b is not None]))
    named = [c for c in {c for t in tokens for c in settings_called(t, world)} if c in dict(held)] if held else []
    held = [h for h in held if h[0] in named] or held
    if (
        len(
            {tuple(frozenset(i for i, e in enumerate(world.entries.all) if b.holds(e)) for b in own) for _, own in held}
        )
        != 1
    ):
        return []
    for i, bound in zip(bare, held[0][1], strict=True):
        bound.at = i
        used.add(i)
    return held[0][1]


def _parameters(size: float, op: str, said: str) -> Bound:
    def holds(entry: Entry) -> bool:
        own = sizes.parameters(entry.of.get("model", ""))
        return own is not None and compare(own, op, size)

    words = {">": "more than", "<": "fewer than"}.get(op, op)
    return Bound(f"{words} {said} parameters by the name", "model", holds)


def _card(size: float, op: str, world: World) -> Bound | None:
    """A card of so many gigabytes: by a column of its memory, or by its name."""
    titles = [
        c for c in world.entries.columns
        if re.search(r"total", c.lower()) and re.search(r"gpu|vram|card", c.lower()) and re.search(r"mem|vram", c.lower())
    ]  # fmt: skip
    columns = [c for c in world.entries.columns if any(sizes.gigabytes(e.of.get(c, "")) for e in world.entries.all)]
    if not titles and not columns:
        return None

    def holds(entry: Entry) -> bool:
        own = [x for t in titles if (x := number_of(entry.of.get(t, ""))) is not None]
        own = [x / 1024 if x > 1000 else x for x in own]
        own += [x for c in columns if (x := sizes.gigabytes(entry.of.get(c, ""))) is not None]
        return any(compare(round(x), op, round(size)) for x in own)

    return Bound(f"a card with {size:g} GB", (titles or columns)[0], holds)


def settings_called(word: str, world: World) -> list[str]:
    """The columns that a word names a setting by: its own name, a part or the beginning of it, or a usual word."""
    columns = world.entries.columns
    plain = word.removesuffix("s") if len(word) > 3 else word
    said = _SAME.get(plain, (plain,))
    parts = {c: re.findall(r"[a-z]{3,}", c.lower()) for c in columns}
    found = [c for c in columns if c in (word, f"{plain}s")]
    found += [c for c in columns if plain in parts[c] or word in parts[c]]
    found += [c for c in loads.settings_of(word, world.layer) if c in columns]
    found += [f for f in (FACTOR_WORDS.get(word), FACTOR_WORDS.get(plain)) if f in columns]
    found += [
        c
        for c in columns
        if any(p.startswith(w) for w in said for p in parts[c] if len(w) > 3 or p.removesuffix("s") == w)
    ]
    found += [c for c in MEANT.get(plain, ()) if c in columns]
    return [
        c
        for c in dict.fromkeys(found)
        if c in MEANT.get(plain, ()) or not c.startswith(("file", "folder", "case", "model", "report", "host", "run"))
    ]


MEANT = {"api": ("provider",), "vendor": ("provider",), "service": ("provider",), "machine": ("host", "machine", "device"), "box": ("host", "machine", "device"),
          "computer": ("host", "machine", "device"), "host": ("host",), "gpu": ("device", "gpu"), "card": ("device", "gpu"), "technique": ("method",), "approach": ("method",)}  # fmt: skip
_SAME = {"slot": ("slots", "parallel"), "user": ("users", "concurrency"), "client": ("clients", "concurrency"), "ubatch": ("ubatch", "micro"),
         "quant": ("quant",), "context": ("context", "ctx"), "layer": ("layers",), "temp": ("temperature",)}  # fmt: skip


def _level(
    m: re.Match[str], op: str, i: int, tokens: Sequence[str], world: World, used: set[int], before: Sequence[Bound]
) -> Bound | None:
    """A number of what the word beside it names ("64 users", "slots 256"), or a level after "at" or "with"; after a
    level of a setting and "and", "to" or "vs" another one of it."""
    number = float(m["number"].replace(",", ""))
    wanted = {number * 1000, number * 1024} if m["k"] else {number}
    columns = world.entries.columns
    joined = [
        t for t in tokens[max(0, i - 3) : i] if t in ("to", "and", "vs", "or", "than", "at", ",", "does", "about")
    ] or i == 0
    if before and joined and before[-1].equal and (more := _at(before[-1].column, op, wanted, world)) is not None:
        return more
    for j in (i + 1, i - 1, i + 2):
        if not 0 <= j < len(tokens) or len(tokens[j]) < 3 or j in used:
            continue
        own = settings_called(tokens[j], world)
        if tokens[j] in _INPUT and not own and max(wanted) >= 100:
            return _prompts(m[0], wanted, world)
        for column in own:
            made = _at(column, op, wanted, world)
            if made is not None:
                used.add(j)
                return made
        if own and j != i + 2:
            used.add(j)
            return Bound(f"{own[0]} {m[0]}", own[0], lambda _: False)
    said = tokens[i - 1] if i else ""
    if said in ("at", "with", "to", "from", "and", "vs", "c", "=", "than", "does", "t", "for") or m["k"] or i == 0:
        held = [
            c
            for c in columns
            if not c.startswith(("file", "folder", "run"))
            and c not in world.entries.aside
            and _at(c, op, wanted, world) is not None
        ]
        if held:
            return _at(held[0], op, wanted, world)
    return None


_INPUT = frozenset(["prompt", "prompts", "input", "inputs"])


def _prompts(said: str, wanted: set[float], world: World) -> Bound | None:
    """Prompts of so many tokens, by the tokens that were counted, within a tenth."""
    titles = [t for t, m in world.entries.titles.items() if m == "prompt_tokens"]
    if not titles:
        return None

    def holds(entry: Entry) -> bool:
        return any(abs(entry.values[t].number - w) <= 0.1 * w for t in titles if t in entry.values for w in wanted)

    return Bound(f"{titles[0]} {said}", titles[0], holds, equal=True)


def _at(column: str, op: str, wanted: set[float], world: World) -> Bound | None:
    def own(entry: Entry) -> float | None:
        if column in entry.of:
            return number_of(entry.of[column])
        return entry.values[column].number if column in entry.values else None

    def holds(entry: Entry) -> bool:
        x = own(entry)
        return x is not None and any(compare(x, op, w) or (op == "=" and abs(x - w) <= 0.02 * w and w > 1000) for w in wanted)  # fmt: skip

    if not any(holds(e) for e in world.entries.all):
        return None
    said = "" if op == "=" else f"{op} "
    shown = min(wanted) if len(wanted) == 1 else max(wanted)
    return Bound(f"{column} {said}{shown:g}", column, holds, op == "=")


def compare(x: float, op: str, y: float) -> bool:
    return {"=": x == y, ">": x > y, "<": x < y, ">=": x >= y, "<=": x <= y}[op]


def metric_bounds(tokens: Sequence[str], titles: Sequence[str], world: World, used: set[int]) -> list[Bound]:
    """ ">40 tok/s", "at least 20 tok/s and below 2 s": bounds on what is asked for, or on the first metric of the unit."""
    made: list[Bound] = []
    known = world.entries.titles
    for i, token in enumerate(tokens):
        m = re.fullmatch(r"(\d[\d,]*(?:\.\d+)?)(ms|s|w|%|j)?", token)
        before = tokens[max(0, i - 2) : i]
        op = next((_OVER[w] for w in reversed(before) if w in _OVER), "")
        op = {"least": ">=", "most": "<="}.get(before[-1], op) if before and "at" in before else op
        if m is None or not op or not titles or i in used:
            continue
        unit = m[2] or next(
            (t for t in tokens[i + 1 : i + 2] if re.fullmatch(r"m?s|sec\w*|tok\w*/s|tps|t/s|%|w|watts?|j", t)), ""
        )
        fit = [t for t in (*titles, *known) if known.get(t) and fits(unit, metric_of(known[t]).unit, t)] if unit else []
        if not fit:
            continue
        number = float(m[1].replace(",", "")) * (1e-3 if unit == "ms" else 1.0)
        used |= {
            j
            for j in range(max(0, i - 2), min(i + 2, len(tokens)))
            if j == i or tokens[j] in (*_OVER, unit, "at", "least", "most")
        }

        def holds(entry: Entry, title: str = fit[0], op: str = op, number: float = number) -> bool:
            return title in entry.values and compare(entry.values[title].number, op, number)

        made.append(Bound(f"{fit[0]} {op} {m[1]} {unit}", fit[0], holds))
    return made


def fits(unit: str, own: str, title: str) -> bool:
    """Whether a value in a unit can be of a title."""
    if not unit or not own:
        return not unit or not own or unit in title.lower()
    if unit.startswith(("tok", "t/s", "tps")):
        return own == "tokens/s"
    if unit in ("s", "ms") or unit.startswith("sec"):
        return own in ("s", "s/token")
    return unit[0] == own[0].lower()


def values_of(
    token: str, entries: Sequence[Entry], titles: Sequence[str] = (), fits: Sequence[str] = (), unit: str = ""
) -> list[tuple[Entry, str]]:
    """(record, title) where a number is the value, to the digits that are given: of the titles that are asked about
    where it stands there, else of those that its unit fits. In another power of ten only where it has digits enough."""
    m = re.fullmatch(r"(\d[\d,]*(?:\.\d+)?)(k?)[a-z%]*", token)
    if m is None:
        return []
    wanted = float(m[1].replace(",", "")) * (1000 if m[2] else 1)
    half = 0.5 * 10.0 ** -len(m[1].partition(".")[2]) * (1000 if m[2] else 1)
    if wanted >= 1000 and wanted % 1000 == 0:  # "73,000"
        half = max(half, 500.0)
    digits = len(re.sub(r"\D", "", m[1]).strip("0"))
    scales = _OF_UNIT.get(unit[:1]) or (_SCALES if digits >= 3 else (1.0, 1e-3))
    for scale in (*scales, 1e3) if 1e3 not in scales else scales:  # milliseconds, where no unit was read
        hits = [
            (abs(v.number / scale - wanted), e, t)
            for e in entries
            for t, v in e.values.items()
            if (scale in scales or not (v.metric or v.unit))
            and abs(v.number / scale - wanted) <= half * (1 + 1e-9)
            and (t in fits or (not unit and t in titles))
        ]
        own = [h for h in hits if h[2] in titles] or hits
        if own and len(own) <= _MOST:
            return [(e, t) for _, e, t in sorted(own, key=lambda h: h[0])]
    return []
