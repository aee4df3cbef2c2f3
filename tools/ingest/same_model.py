"""One name for one model: paths shortened, and the spellings that files have of it brought together."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from chimera_report.tools.metrics import normalise
from chimera_report.tools.schema import Assignment, KnownBy, Role, is_quantisation

from .assign import some
from .file_formats import base_names
from .formats.llama_bench import MODEL_FILE
from .rows import Coded, Rows, coded

if TYPE_CHECKING:
    from .identify import FileTable

_HASH = re.compile(r"(?:^|[/\\])(?:blobs[/\\])?sha256[-:]([0-9a-f]{12})[0-9a-f]*$")
_LOCAL = re.compile(r"(?:[A-Za-z]:[\\/]|[\\/]|~[\\/]|\.{1,2}[\\/])")
_VARIANTS = ("variant", "method", "technique", "precision", "format", "config", "type", "scheme")
_SHARD = re.compile(r"-\d{5}-of-\d{5}$")  # the first of several files
_SHELVES = frozenset(("models", "model", "weights", "checkpoints", "ckpt", "snapshots", "gguf"))
_ENDS = re.compile(r"[-_. ](?:bf16|fp?16|fp?32)$", re.IGNORECASE)  # as the weights were trained


_FORMAT = re.compile(
    r"(?<![a-z0-9])(?:[2-8][-_ ]?bits?|i?q[2-8](?:[-_]\w+)?|int[48]|w[48]a\d+|awq|gptq|nf4|(?:nv|mx)fp4|fp8)"
    r"(?![a-z0-9])",
    re.IGNORECASE,
)


def small_weights(name: str) -> bool:
    """Whether a model's name says that its weights have eight bits or fewer."""
    return bool(_FORMAT.search(name))


def without_float(name: str) -> str:
    """The name without `-f16` at its end, as the weights were trained; behind another format it is what these are
    computed with, `-4bit-fp16`, and says something."""
    rest = _ENDS.sub("", name)
    return name if small_weights(rest) else rest


def short(name: str) -> str:
    """A model's name for readers: a place on somebody's disk is none.

    `/home/me/models/foo-7b.Q4_0.gguf` → `foo-7b.Q4_0`; `…/blobs/sha256-1cd1209c98d8…` → `sha256-1cd1209c98d8`;
    `models/Qwen3-0.6B` → `Qwen3-0.6B`. A name like `Qwen/Qwen3-0.6B` stays.
    """
    text = name.strip()
    if found := _HASH.search(text):
        return f"sha256-{found[1]}"
    parts = PurePosixPath(text.replace("\\", "/")).parts
    local = bool(_LOCAL.match(text)) or (len(parts) > 1 and parts[0].lower() in _SHELVES)
    if not local or not parts or parts[-1] == "/":
        return _SHARD.sub("", text.removesuffix(".gguf")) if len(text) > 5 else text
    return _SHARD.sub("", parts[-1].removesuffix(".gguf")) or text


def one_name(files: list[FileTable], kept: frozenset[str]) -> None:
    """Shorten what names models, and give the spellings of one model one name; the reading keeps how it was spelt.

    Names that the user gave (`kept`) stay."""
    _by_file_of_weights(files)
    names = [s for s in dict.fromkeys(s for f in files for r in f.rows for s in r.used("subject")) if s not in kept]
    bases = base_names(files)
    plain = {n: bases.get(n) or short(n) for n in names}
    plain = {
        n: p if n in bases or list(plain.values()).count(p) == 1 or _alike(n, plain) else n for n, p in plain.items()
    }
    chosen = _chosen(files, plain)
    for file in files:
        rename(file, {n: chosen.get(p, p) for n, p in plain.items()})
    _base_model(files)


def one_quantisation(files: list[FileTable]) -> None:
    """A `variant` all of whose levels, over all files, are formats of weights is the quantisation."""
    for name in _VARIANTS:
        held = [(f, r) for f in files for r in f.rows if name in r.factors and r.factors[name].used]
        levels = {v for _, r in held for v in r.factors[name].used}
        if len(levels) < 2 or not is_quantisation(levels) or any("quantisation" in r.factors for _, r in held):
            continue
        for file, rows in held:
            rows.factors = {"quantisation" if k == name else k: v for k, v in rows.factors.items()}
            rows.told = [_means(a, name) for a in rows.told]
            file.told = [_means(a, name) for a in file.told]


def _means(assigned: Assignment, name: str) -> Assignment:
    if assigned.means != name:
        return assigned
    return assigned.model_copy(update={"means": "quantisation", "role": Role.SETTING, "known_by": KnownBy.VALUES})


def _by_file_of_weights(files: list[FileTable]) -> None:
    """A tool's one word for several files of weights ("llama 8B Q4_K - Medium") gives way to the files' names."""
    held: dict[str, set[str]] = defaultdict(set)
    for _, subject, weights in _with_weights(files):
        for s, w in set(zip(subject.codes.tolist(), weights.codes.tolist(), strict=True)):
            if s >= 0 and w >= 0:
                held[subject.levels[s]].add(weights.levels[w])
    for rows, subject, weights in _with_weights(files):
        old, new = subject.array(), weights.array()
        several = np.array([s is not None and len(held[s]) > 1 for s in old], dtype=bool)
        if several.any():
            rows.texts["subject"] = coded(
                [str(n if many and n else s or "") for s, n, many in zip(old, new, several, strict=True)]
            )
    for file in files:
        for rows in file.rows:
            rows.factors.pop(MODEL_FILE, None)


def _with_weights(files: list[FileTable]) -> Iterator[tuple[Rows, Coded, Coded]]:
    for file in files:
        for rows in file.rows:
            weights, subject = rows.factors.get(MODEL_FILE), rows.texts.get("subject", "")
            if weights is not None:
                yield rows, subject if isinstance(subject, Coded) else coded([subject] * len(rows)), weights


def _base_model(files: list[FileTable]) -> None:
    """Files of a tool that name a format of weights and no model are of the one model that its other files name."""
    by_format: dict[str, list[FileTable]] = defaultdict(list)
    for file in files:
        if file.source.role == "data" and any(r.shape == "known" for r in file.rows):
            by_format[file.source.format].append(file)
    for members in by_format.values():
        named = {s for f in members for r in f.rows for s in r.used("subject")}
        without = [f for f in members if not any(r.used("subject") for r in f.rows)]
        without = [f for f in without if f.source.format.startswith("lm-") or _has_format(f)]
        if len(named) != 1:
            continue
        name = next(iter(named))
        for file in without:
            for rows in file.rows:
                rows.texts["subject"], rows.texts["subject_from"] = name, "field"
            file.told.append(
                Assignment(
                    name="model",
                    role=Role.SYSTEM,
                    known_by=KnownBy.ASSUMED,
                    means="subject",
                    values=some([name]),
                    note="the file names the format of the weights alone; its neighbours name one model",
                )
            )


def _has_format(file: FileTable) -> bool:
    return any("quantisation" in r.factors for r in file.rows)


def _base(name: str) -> str:
    """A model's name up to the format of its weights."""
    found = _FORMAT.search(name)
    return plain_name(name[: found.start()] if found else name)


def _alike(name: str, plain: dict[str, str]) -> bool:
    """Whether all names that would be shortened to the same are places of one file."""
    same = [n for n, p in plain.items() if p == plain[name]]
    return len({PurePosixPath(n.replace("\\", "/")).name.lower().removesuffix(".gguf") for n in same}) == 1


def _chosen(files: list[FileTable], plain: dict[str, str]) -> dict[str, str]:
    """Shortened name → the one that stands for it: that of the most files, the shortest among equals.

    Names that differ only in signs, in who publishes the model or in the format that its weights were trained in are
    one model, unless one file holds two of them, or two such formats are named. A quantised model is another one.
    """
    held: dict[str, set[int]] = defaultdict(set)
    stated: set[str] = set()  # by a file, and not by its name
    measured: set[str] = set()  # by a file of results, and not by a document
    for at, file in enumerate(files):
        for rows in file.rows:
            for name in rows.used("subject"):
                if name in plain:
                    held[plain[name]].add(at)
                    measured |= {plain[name]} if file.source.role == "data" else set()
                    stated |= {plain[name]} if rows.texts.get("subject_from") in ("field", "column") else set()
    groups: dict[str, list[str]] = defaultdict(list)
    small = {_base(n) for n in held if small_weights(n)}
    for name in held:
        # Beside the same model in four bits, `BF16` is a format like these.
        apart = without_float(name) != name and _base(without_float(name)) in small
        groups[name if apart else plain_name(name)].append(name)
    out: dict[str, str] = {}
    for key, members in groups.items():
        formats = {normalise(m[0]) for n in members if (m := _ENDS.search(n))}
        apart = sum(len(held[n]) for n in members) == len(set().union(*(held[n] for n in members)))
        if len(members) < 2 or len(formats) > 1 or not apart or not re.search(r"\d", key):
            continue
        best = min(members, key=lambda n: (n not in measured, n not in stated, -len(held[n]), len(n), n))
        out |= dict.fromkeys(members, best)
    return out


def plain_name(name: str) -> str:
    """A name without its signs, but for one between numbers: `v0-3` is `v0.3`, and `gemma3:1b` is no `gemma-31b`."""
    leaf = re.sub(r"(?<=\d)[-_:. ](?=\d)", ".", without_float(name.rpartition("/")[2]).lower())
    return re.sub(r"^meta(?=llama)", "", re.sub(r"[^a-z0-9.]", "", leaf))


def rename(file: FileTable, name_of: dict[str, str], known_by: KnownBy = KnownBy.VALUES) -> None:
    """Give the systems of a file other names; its reading says how they were spelt."""
    changed: dict[str, str] = {}
    for rows in file.rows:
        subject = rows.texts.get("subject", "")
        if isinstance(subject, Coded):
            new = [name_of.get(s, s) for s in subject.levels]
            changed |= {b: a for a, b in zip(subject.levels, new, strict=True) if a != b}
            levels = list(dict.fromkeys(new))
            place = np.array([*(levels.index(n) for n in new), -1], dtype=np.int64)
            rows.texts["subject"] = Coded(place[subject.codes], levels)
        elif subject:
            rows.texts["subject"] = name_of.get(subject, subject)
            changed |= {name_of[subject]: subject} if name_of.get(subject, subject) != subject else {}
    file.subjects = sorted({name_of.get(s, s) for s in file.subjects})
    for name, spelt in changed.items():
        if normalise(short(spelt)) != normalise(name):
            file.told.append(
                Assignment(
                    name="model",
                    role=Role.SYSTEM,
                    known_by=known_by,
                    means="subject",
                    values=some([name]),
                    note=f"one name for what the files spell in their own ways, here {some([short(spelt)])[0]}",
                )
            )
