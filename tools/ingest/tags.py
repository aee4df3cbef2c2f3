"""Names of runs where a setting should stand: `tag: llamacpp-bf16-c008`, `engine: vllm-bf16`, `engine: qwen3-4b`.

Such a text is read part by part, as the names of files are: a model is the system, a program the backend, a format of
weights the quantisation, and a number that the record states itself says nothing more.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from chimera_report.tools.metrics import normalise
from chimera_report.tools.schema import Assignment, KnownBy, Role, is_quantisation, named_role

from .assign import some
from .folder_names import KEYED, QUANT_IN, REPEAT, is_noise, known_words, parts_of
from .names import is_model, model_within
from .rows import Coded

if TYPE_CHECKING:
    from .identify import FileTable
    from .rows import Rows

_READ = ("quantisation", "backend", "variant")  # what columns called tag, engine and label were taken for
_MOST = 500  # different texts that are looked at


def read_tags(files: list[FileTable]) -> None:
    """Put the parts of run tags in place of the tags, over all files of results."""
    data = [f for f in files if f.source.role == "data"]
    for factor in _READ:
        held = [(f, r) for f in data for r in f.rows if factor in r.factors]
        levels = {v for _, r in held for v in r.factors[factor].used}
        if not 1 <= len(levels) <= _MOST or not any(_is_tag(v, factor) for v in levels):
            continue
        for file, rows in held:
            tags = [_is_tag(v, factor) for v in rows.factors[factor].used]
            if all(tags) if factor == "variant" else any(tags):  # `SINGLE` beside `TP4` is an arrangement
                _replace(file, rows, factor)


def _is_tag(level: str, factor: str) -> bool:
    """Whether a level is no level of this setting, but a model's name or one of several parts."""
    if factor == "quantisation" and is_quantisation([level]):
        return False
    if " " in level.strip() or len(level) > 60:
        return False
    told = parsed(_COUNTED.sub(lambda m: m[0].rstrip("bcd"), level), set())
    known = told.keys() - {"rest"}
    if factor == "variant":
        return "rest" not in told and (len(known) > 1 or bool(known - {"model", "backend", "quantisation"}))
    rest = [w for w in parts_of(told.get("rest", "")) if not _OF_NAME.fullmatch(w)]
    return bool(known - {factor}) or (factor == "quantisation" and len(rest) > 1)


# What stands beside the format in a tag of Ollama: `1b-it-q8_0`.
_OF_NAME = re.compile(
    r"\d+(?:\.\d+)?[bm]|a\d+b|it|instruct|chat|text|base|qat|latest|code|vision|v\d[\d.]*", re.IGNORECASE
)


def parsed(text: str, stated: set[str]) -> dict[str, str]:
    """The parts of a tag by what they are: model, backend, quantisation, a keyed number; `rest`, the words left over.

    `stated` are levels that the record has anyway, as plain numbers and normalised texts."""
    words, keys, _ = known_words()
    out: dict[str, str] = {}
    left = _without_numbers(text, keys, stated)
    engines = [w for w in parts_of(left) if words.get(w.lower()) == "backend"]
    if is_model(left) and not engines:
        return {"model": left}
    for word in engines:  # `qwen3_vllm` is no `qwen3-vl`
        left = re.sub(rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])", "\x00", left, count=1)
    if match := QUANT_IN.search(left):
        out["quantisation"] = match[0]
        left = left[: match.start()] + " " + left[match.end() :]
    if name := max((model_within(p.strip("-_ .")) for p in left.split("\x00")), key=len):
        out["model"] = name
        left = left.replace(name, " ", 1)
    rest: list[str] = []
    for word in parts_of(left.replace("\x00", " ")):
        keyed = KEYED.fullmatch(word)
        low = word.lower()
        if REPEAT.fullmatch(word) or is_noise(word) or normalise(word) in stated:
            continue
        if keyed and keyed[1].lower() in keys:
            if keyed[2].lstrip("0") not in stated:
                out.setdefault(keys[keyed[1].lower()], keyed[2].lstrip("0"))
        elif words.get(low) == "workload" and out:
            out.setdefault("workload", low)
        else:
            rest.append(word)
    if engines:  # `mlx-openai-server` is a program, whatever its words are
        return out | {"backend": _joined(text, [*engines, *rest])}
    return out | ({"rest": "-".join(rest)} if rest else {})


def _joined(text: str, words: list[str]) -> str:
    return "-".join(sorted(words, key=text.find))


_COUNTED = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{1,12})[-_=]?0*(\d+)[b-d]?(?![A-Za-z0-9])")


def _without_numbers(text: str, keys: dict[str, str], stated: set[str]) -> str:
    """The tag without keyed numbers that its record states, `c032` and its repeat `c032b`."""
    left = _COUNTED.sub(lambda m: "" if m[1].lower() in keys and m[2] in stated else m[0], text)
    return re.sub(r"[-_ .]{2,}", "-", left).strip("-_ .")


def _replace(file: FileTable, rows: Rows, factor: str) -> None:
    """Give the rows of a table what its tags say; a tag with words that nothing explains stays what was varied."""
    held = rows.factors.pop(factor)
    new: dict[str, list[str]] = defaultdict(lambda: [""] * len(held.levels))
    for code, level in enumerate(held.levels):
        stated = _stated(rows, held.codes == code)
        told = parsed(level, stated) if _is_tag(level, factor) else {factor: level}
        if "rest" in told and factor == "backend" and not all(_is_tag(v, factor) for v in held.used):
            told = {factor: level}  # `kiln_awq` beside `kiln`: no record loses the engine that the others have
        elif "rest" in told:  # of which nobody knows what its other parts are of
            told = {k: v for k, v in told.items() if k in ("model", "backend")} | {
                "variant": told["rest"] if "model" in told or "backend" in told else level
            }
        for name, value in told.items():
            new[name][code] = value
    models = new.pop("model", None)
    if models and not rows.used("subject"):
        rows.texts["subject"] = _coded(held, models)
        rows.texts["subject_from"] = "field"
        file.subjects = sorted({*file.subjects, *filter(None, models)})
    for name, values in new.items():
        own = rows.factors.get(name)
        if own is None or not own.used:
            rows.factors[name] = _coded(held, values)
    means = {factor: next((n for n in new if n == factor), next(iter(new), ""))}
    rows.told = [_means(a, factor, means[factor]) for a in rows.told]
    for name, values in new.items():
        if name != means[factor]:
            role = named_role(name)
            file.told.append(
                Assignment(
                    name=f"part of {factor}: {next(filter(None, values))}",
                    role=Role.SETTING if role is Role.UNKNOWN else role,
                    known_by=KnownBy.VALUES, means=name, values=some(sorted({*values} - {""})),
                )
            )  # fmt: skip


def _stated(rows: Rows, at: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> set[str]:
    """What the records of one tag state: levels as texts, numbers without leading zeros."""
    found: set[str] = set()
    for levels in rows.factors.values():
        for code in np.unique(levels.codes[at]):
            if code >= 0:
                found |= {levels.levels[code], normalise(levels.levels[code])}
    subject = rows.texts.get("subject", "")
    names = subject.used if isinstance(subject, Coded) else [subject]
    for name in names:
        found |= set(re.findall(r"[a-z0-9.]+", name.lower()))
    return found


def _coded(held: Coded, values: list[str]) -> Coded:
    levels = list(dict.fromkeys(v for v in values if v))
    place = np.array([*(levels.index(v) if v else -1 for v in values), -1], dtype=np.int64)
    return Coded(place[held.codes], levels)


def _means(assigned: Assignment, factor: str, means: str) -> Assignment:
    if assigned.means != factor:
        return assigned
    if not means:
        return assigned.model_copy(update={"means": "subject", "role": Role.SYSTEM, "known_by": KnownBy.VALUES})
    role = named_role(means)
    return assigned.model_copy(
        update={"means": means, "role": Role.SETTING if role is Role.UNKNOWN else role, "known_by": KnownBy.VALUES}
    )
