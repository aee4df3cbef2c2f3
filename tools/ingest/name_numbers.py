"""Numbers in which the names of files differ: `sweep_steps_5`, `_50` and `_512` are levels of the word before."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from chimera_report.tools.metrics import normalise, resolve_factor

from .folder_names import QUANT_IN, REPEAT, is_noise, known_words

_WORD = re.compile(r"([A-Za-z]*)[-=]?(\d+(?:\.\d+)?)([kK]?)")
_FEWEST = 3  # numbers that tell a setting from a version or the size of a machine
# Letters before the number of a product, of what was asked, or of a date.
_NO_SETTING = frozenset((
    "i", "v", "q", "ver", "version", "rev", "part", "vol", "gen", "pi", "rpi", "ryzen", "pixel", "iphone", "rtx", "gtx",
    "arc", "mi", "exp", "experiment", "test", "case", "sample", "prompt", "question", "task", "id", "no", "nr", "step",
    "day", "night", "week", "hour", "epoch", "model", "gpu", "cpu", "node", "server", "host", "worker", "user",
    "problem", "chunk", "job", "pid",
))  # fmt: skip


def numbers_of_names(words: Sequence[Sequence[str]], subjects: Sequence[str]) -> list[dict[str, tuple[str, str]]]:
    """For each file, its words that are a level, with the setting and the level. `words` are those of each name that
    nothing explains, `subjects` the models.

    The names differ in nothing but the number, of which there are three at least that count no repeats and go with no
    model each."""
    out: list[dict[str, tuple[str, str]]] = [{} for _ in words]
    alike: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for at, mine in enumerate(words):
        alike[tuple(re.sub(r"\d+(?:\.\d+)?", "#", w.lower()) for w in mine)].append(at)
    for shape, members in alike.items():
        for i, form in enumerate(shape):
            if form.count("#") != 1 or len(members) < _FEWEST:
                continue
            found = [_WORD.fullmatch(words[at][i]) for at in members]
            if not all(found) or any(
                REPEAT.fullmatch(words[at][i]) or QUANT_IN.fullmatch(words[at][i]) for at in members
            ):
                continue
            levels = [m[2].lstrip("0") + m[3].lower() or "0" for m in found if m]
            name = _name(found[0][1] if found[0] else "", words[members[0]][:i])
            if name and _varied(levels, [subjects[at] for at in members]):
                for at, level in zip(members, levels, strict=True):
                    out[at][words[at][i]] = name, level
    return out


def _name(letters: str, before: Sequence[str]) -> str:
    """What the number is of: the letters before it, or the words; "" for what counts or names a product."""
    keys = known_words()[1]
    if letters:
        plain = letters.lower()
        return "" if plain in _NO_SETTING else keys.get(plain) or resolve_factor(plain) or normalise(plain)
    told = [w for w in before[-2:] if w.isalpha() and not is_noise(w)]
    if not told or told[-1] != before[-1]:
        return ""
    last = told[-1].lower()
    known = resolve_factor("_".join(told)) or keys.get(last) or resolve_factor(last)
    if known or (last in _NO_SETTING and len(told) < 2):
        return known or ""
    return normalise("_".join(told) if len(before) > len(told) else last)


def _varied(levels: Sequence[str], subjects: Sequence[str]) -> bool:
    numbers = sorted({float(v.rstrip("k")) * (1000 if v.endswith("k") else 1) for v in levels})
    if len(numbers) < _FEWEST or numbers[-1] - numbers[0] + 1 <= len(numbers):
        return False  # 1, 2, 3 and 11, 12, 13 count
    models = set(subjects)
    return not (len(models) > 1 and len(models) == len(set(levels)) == len(set(zip(subjects, levels, strict=True))))
