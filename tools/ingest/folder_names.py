"""What folders of one depth say by the names that differ among them: a model, a machine, settings, repeats.

`20260714-qwen3.6-27b-bf16-turbo3-symmetric-on` beside `20260715-qwen3.6-27b-q8_0-turbo4-symmetric-off` names a time, a
model, a format of weights, a variant, and the levels of something that is called `symmetric`.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from importlib import resources

from chimera_report.tools.metrics import normalise, resolve_factor
from chimera_report.tools.schema import Role, named_role

from .machines import machine_named
from .names import DERIVED, is_model, model_within, without_stamp

REPEAT = re.compile(r"(?:r|rep|repeat|repetition|run|round|trial|iter|iteration|seed|attempt|try|pass)[-_ #]?\d+", re.I)
QUANT = re.compile(
    r"(?:(?:gguf|exl[23])[-_])?(?:i?q\d(?:_(?:\d|k|ks|km|kl|s|m|l|xl|xxs|xs|nl))*|i?q\d(?:k[sml]?|xxs|xs|s|m)|bf16|fp(?:32|16|8|4)|f16|f32|int[48]|nf4|awq|gptq|mxfp4|nvfp4|w\d+a\d+|\d{1,2}bit)",
    re.I,
)
QUANT_IN = re.compile(rf"(?<![A-Za-z0-9]){QUANT.pattern}(?![A-Za-z0-9])", re.I)
# When it was, which is no part of the system: `night-003`, `monday`, `week_2`.
_TIMED = re.compile(
    r"(?:(?:night|day|week|month|session|nightly|morning|evening)[-_ ]?\d*|(?:mon|tues|wednes|thurs|fri|satur|sun)day)",
    re.I,
)
UNNAMED = "not named"  # the level of a file whose name leaves out what the others' names say
KEYED = re.compile(r"([a-z]+)[-_=]?(\d+k?)", re.I)
_PAIR = re.compile(r"([a-z][a-z_]*[a-z])[-=](.+)", re.I)
_VARIED = (Role.SETTING, Role.WORKLOAD, Role.SYSTEM, Role.ENVIRONMENT, Role.COMPONENT)
_SWITCH = frozenset(("on", "off", "true", "false", "yes", "no", "enabled", "disabled", "0", "1"))
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_LAST_NUMBER = re.compile(r"(.*[A-Za-z].*?)[-_ .](\d{1,2})")
_MOST_ARE = 0.6  # share of the folders that are called after models, from which on the others are as well
_COUNTED = 0.8  # share of the names that have to count repeats
_KINDS = frozenset(("cpu", "gpu", "npu", "tpu", "xpu"))  # of a processor: `cpu-thread-scaling` names none
NUMBERED = re.compile(r"(\d{1,3})(?:[-_. ]+(\D.*))?")


@cache
def known_words() -> tuple[dict[str, str], dict[str, str], frozenset[str]]:
    """Word → factor, key → factor, and folders that only sort files."""
    text = resources.files("chimera_report.tools.ingest").joinpath("paths.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    plumbing = frozenset(table.pop("plumbing")["words"])
    keys = table.pop("keys")
    return {w: factor for factor, listed in table.items() for w in listed["words"]}, keys, plumbing


_NOISE = frozenset((*DERIVED, "out", "final", "test", "tests", "file", "files", "all"))


def is_noise(word: str) -> bool:
    """Whether a word only says that a file holds results: `output`, `bench`, `log`."""
    return word.lower() in known_words()[2] or word.lower() in _NOISE


def parts_of(text: str) -> list[str]:
    """The words of a name. A point between digits divides none: `v0.3`."""
    return [w for w in re.split(r"[_\- ]+|\.(?!\d)|(?<!\d)\.", text) if w]


def counts(name: str) -> bool:
    """Whether a folder's name only says which repeat it was, or when: a number alone, or behind a word that is no
    setting (`night-003`)."""
    if REPEAT.fullmatch(name) or _TIMED.fullmatch(name) or re.fullmatch(r"\d{1,3}", name):
        return True
    pair = re.fullmatch(r"([a-z][a-z_]*)[-_ ](\d{1,4})", name, re.I)
    known = pair is not None and (pair[1].lower() in known_words()[1] or named_role(pair[1]) in _VARIED)
    return pair is not None and not known


def levels_of(names: list[str], subjects: list[str]) -> dict[str, dict[str, str]]:
    """For each folder, the levels of the factors that its name tells; `model` for the model. `subjects` are the models
    that the files below name themselves."""
    words, keys, _ = known_words()
    repeats = repeated(names)
    if repeats:
        stems = list(dict.fromkeys(stem for stem, _ in repeats.values()))
        short = _shortened(stems)
        levels = levels_of(list(short.values()), subjects)
        told = {stem: levels[short[stem]] for stem in stems}
        return {v: told[stem] | ({"repeat": number} if number else {}) for v, (stem, number) in repeats.items()}
    if len(subjects) == 1 and all(refines(v, subjects[0]) for v in names):
        return _one("model", {v: v for v in names})
    if all(machine_named(v) for v in names):
        return _one("device", {v: v for v in names})
    pairs = [_PAIR.fullmatch(v) for v in names]
    keyed = [KEYED.fullmatch(v) for v in names]
    first = pairs[0]
    if (
        first
        and all(m is not None and m[1].lower() == first[1].lower() for m in pairs)
        and not _of_name(first[1], subjects)
        and not all(is_model(v) for v in names)
        and _is_pair(first[1], names)
    ):
        return _one(normalise(first[1]), {v: m[2] for v, m in zip(names, pairs, strict=True) if m})
    if all(m is not None and m[1].lower() in keys for m in keyed) and len({m[1].lower() for m in keyed if m}) == 1:
        factor = keys[keyed[0][1].lower()] if keyed[0] else ""
        return _one(factor, {v: m[2] for v, m in zip(names, keyed, strict=True) if m})
    if all(QUANT.fullmatch(v) for v in names):
        return _one("quantisation", {v: v for v in names})
    if len({words.get(v.lower(), v) for v in names}) == 1:
        return _one(words[names[0].lower()], {v: v for v in names})
    numbered = [NUMBERED.fullmatch(v) for v in names]
    if all(numbered):  # `01`, `02`, `01_old`: repeats, and a repeat of another kind
        plain = [v for v, m in zip(names, numbered, strict=True) if m and not m[2]]
        alike = ", ".join(plain) if len(plain) < 4 else f"{plain[0]} to {plain[-1]}"
        return _one("variant", {v: m[2] or alike for v, m in zip(names, numbered, strict=True) if m})
    out = _parsed(names, subjects)
    return out if any(out.values()) else _one("variant", {v: v for v in names})


def _is_pair(key: str, names: list[str]) -> bool:
    """Whether the word that names begin with is what they are levels of: `runtime-tokio`, and no `vllm-bench-gpu`."""
    words = known_words()[0]
    if any("=" in v or len(parts_of(v)) == 2 for v in names):
        return True
    told = (any(words.get(w.lower()) in ("device", "backend", "provider") for w in parts_of(v)[1:]) for v in names)
    return (named_role(key) in _VARIED or resolve_factor(key) is not None) and not all(told)


def repeated(names: list[str]) -> dict[str, tuple[str, str]]:
    """(what was run, the number of the repeat) of names that end in one: `maxn-a-1` to `maxn-a-5` beside `30w-b-1` to
    `30w-b-4`. {} where they count no repeats: each has to count from 0 or 1 on without a gap, one of them to three."""
    found = {v: m for v in names if (m := _LAST_NUMBER.fullmatch(v))}
    numbers: dict[str, set[int]] = defaultdict(set)
    for match in found.values():
        numbers[match[1]].add(int(match[2]))
    keys = known_words()[1]
    whole = {
        stem
        for stem, seen in numbers.items()
        if len(seen) > 1 and seen == set(range(min(seen), max(seen) + 1)) and min(seen) < 2
        and parts_of(stem)[-1].lower() not in keys
    }  # fmt: skip
    counted = [v for v, m in found.items() if m[1] in whole]
    if len(whole) < 2 or max(len(numbers[s]) for s in whole) < 3 or len(counted) < _COUNTED * len(names):
        return {}
    return {v: (found[v][1], found[v][2]) if v in found and found[v][1] in whole else (v, "") for v in names}


def _shortened(stems: list[str]) -> dict[str, str]:
    """Names without the time and the words that they all begin with."""
    plain = {s: without_stamp(s).strip(" _-.") or s for s in stems}
    words = {s: re.findall(r"[^ _.-]+[ _.-]*", text) for s, text in plain.items()}
    same = 0
    while len({w[same] if same < len(w) - 1 else s for s, w in words.items()}) == 1:
        same += 1
    short = {s: "".join(w[same:]) for s, w in words.items()}
    return short if len(set(short.values())) == len(stems) and all(short.values()) else {s: s for s in stems}


def _one(factor: str, shown: dict[str, str]) -> dict[str, dict[str, str]]:
    name = resolve_factor(factor) or factor or "variant"
    return {v: {name: level} for v, level in shown.items()}


def refines(name: str, subject: str) -> bool:
    """Whether a name begins with a model's: `MiniMax-M2.5-W8A8` says which `minimax-m2.5` it is."""
    plain, longer = (
        re.sub(r"^meta(?=llama)", "", re.sub(r"[^a-z0-9]", "", n.lower())) for n in (subject.rpartition("/")[2], name)
    )
    return len(plain) > 3 and longer.startswith(plain)


def _of_name(key: str, subjects: list[str]) -> bool:
    """Whether the word before the sign is the beginning of a model's name: `MiniMax-M2.5`."""
    plain = re.sub(r"[^a-z0-9]", "", key.lower())
    return any(re.sub(r"[^a-z0-9]", "", s.rpartition("/")[2].lower()).startswith(plain) for s in subjects)


def _parsed(names: list[str], subjects: list[str]) -> dict[str, dict[str, str]]:
    """Names of several words: times left out, the model and the format of weights by what they look like, and of the
    rest what differs, by the word before it where that is the same in all."""
    out: dict[str, dict[str, str]] = {v: {} for v in names}
    left = {v: without_stamp(v) for v in names}
    models = {v: model_within(text) for v, text in left.items()}
    if sum(bool(m) for m in models.values()) >= _MOST_ARE * len(names) or all(is_model(v) for v in names):
        for v in names:
            out[v]["model"] = models[v] or v
            left[v] = left[v].replace(models[v], " ", 1) if models[v] else ""
    quants = {v: QUANT_IN.search(text) or QUANT_IN.search(out[v].get("model", "")) for v, text in left.items()}
    formats = {v: m[0] if m else UNNAMED for v, m in quants.items()}
    bases = {out[v].get("model", "").replace(formats[v], "") for v in names}
    if len(set(formats.values())) > 1 and (
        len(bases) < len(names) or not all(bases)
    ):  # else each is a model of its own
        for v in names:
            out[v]["quantisation"] = formats[v]
            left[v] = re.sub(re.escape(formats[v]), " ", left[v], count=1)
    tokens = {v: parts_of(text) for v, text in left.items()}
    if len({len(t) for t in tokens.values()}) == 1 and any(tokens.values()):
        rest = _by_place(tokens, out)
    else:
        common = set.intersection(*(set(t) for t in tokens.values()))
        rest = {v: [w for w in t if w not in common] for v, t in tokens.items()}
    named = {v: " ".join(words) for v, words in rest.items()}
    if len(set(named.values())) < 2:
        return out
    if not any(out.values()):
        named = {v: v for v in names}  # nothing was taken out of them: as they stand
    factor = _kind_of(named.values()) if not any(_of_name(w, subjects) for w in named.values() if w) else "variant"
    for v in names:
        out[v].setdefault(factor, named[v] or UNNAMED)
    return out


def _by_place(tokens: dict[str, list[str]], out: dict[str, dict[str, str]]) -> dict[str, list[str]]:
    """Words at one place that a registry knows, or that a word before them names; the words that neither tells."""
    words, keys, plumbing = known_words()
    columns = list(zip(*tokens.values(), strict=True))
    rest: dict[str, list[str]] = defaultdict(list)
    for i, column in enumerate(columns):
        if len(set(column)) < 2:
            continue
        low = [w.lower() for w in column]
        keyed = [KEYED.fullmatch(w) for w in low]
        before = set(columns[i - 1]) if i else set()
        key = before.pop() if len(before) == 1 else ""
        factor, shown = "", list(column)
        if key.isalpha() and key.lower() not in plumbing and all(w in _SWITCH or w.isdigit() for w in low):
            factor = resolve_factor(key) or keys.get(key.lower()) or normalise(key)
        elif len({words.get(w, w) for w in low}) == 1:
            factor = words[low[0]]
        elif all(m and m[1] in keys for m in keyed) and len({m[1] for m in keyed if m}) == 1:
            factor, shown = keys[keyed[0][1]] if keyed[0] else "", [m[2] for m in keyed if m]
        elif all(keyed) and len({m[1] for m in keyed if m}) == 1 and _crossed(columns, i):
            factor, shown = low[0].rstrip("0123456789k-_="), [m[2] for m in keyed if m]
        elif _NUMBER.fullmatch(key) and all(map(_NUMBER.fullmatch, low)) and _crossed(columns, i):
            factor, shown = "range", [f"{key} to {w}" for w in column]  # `0.0_0.5` beside `0.0_0.8`
        for v, level in zip(tokens, shown, strict=True):
            if factor:
                out[v].setdefault(factor, level)
            else:
                rest[v].append(level)
    return {v: rest[v] for v in tokens}


def _crossed(columns: list[tuple[str, ...]], i: int) -> bool:
    """Whether each level of a counted word (`x2`, `x4`, `x8`) stands with each of what else the names say: a setting of
    its own, whatever its letters mean, and no part of a name, a repeat or a version."""
    if any(REPEAT.fullmatch(w) or re.fullmatch(r"v\d+", w, re.I) for w in columns[i]):
        return False
    rest = set(zip(*(c for j, c in enumerate(columns) if j != i), strict=True))
    return len(rest) > 1 and len(columns[i]) == len(set(columns[i])) * len(rest)


def _kind_of(levels: Iterable[str]) -> str:
    """`device` where a level names a known chip, `backend` or `provider` where all name a known one; else a variant."""
    words = known_words()[0]
    levels = [v for v in levels if v]
    told = [{words.get(w.lower(), "") for w in parts_of(level)} for level in levels]
    chips = [level for level, t in zip(levels, told, strict=True) if "device" in t]
    if any(machine_named(v) or not _KINDS & {w.lower() for w in parts_of(v)} for v in chips) and not any(
        t & {"backend", "provider"} for t in told
    ):
        return "device"
    for factor in ("backend", "provider"):
        if told and all(factor in t for t in told):
            return factor
    return "variant"
