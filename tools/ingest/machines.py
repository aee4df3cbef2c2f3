"""Machines that were measured on: one device under several names is told once, and what only follows it is no setting.

A folder may hold `gpu` in one file, `gpu_name` in the next and `detected_gpu_name` beside them, and spell one card in
two ways. The number of threads that each machine was run with goes with the machine: nobody varied it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import numpy as np

from chimera_report.tools.schema import Assignment, KnownBy, Role

from .rows import Coded, Ints
from .whose import machine_of_file

if TYPE_CHECKING:
    from .identify import FileTable
    from .rows import Rows

_NAMES = (
    "device", "gpu", "gpu_name", "gpu_model", "gpu_type", "device_name", "accelerator", "accelerator_name", "chip",
    "hardware",
)  # fmt: skip
_ENDS = ("gpu_name", "gpu_model", "device_name", "gpu_device")
_VENDORS = frozenset((
    "nvidia", "geforce", "amd", "radeon", "intel", "arc", "apple", "graphics", "gpu", "tesla", "card", "rtx", "gtx",
    "tm", "r", "corporation", "cuda", "metal", "mps", "auto", "cpu",
))  # fmt: skip
# How a program was told to use the machine that it ran on.
_PLUMBING = frozenset((
    "num_thread", "n_threads", "threads", "num_gpu", "n_gpu_layers", "split_mode", "main_gpu", "use_mmap", "num_batch",
    "n_ubatch", "cpu_mask", "cpu_strict", "poll", "tensor_split", "device_index", "gpu_index", "gpu_id", "gpu_count",
))  # fmt: skip
# What a program computes with on a machine: it follows from the machine, and is no program of its own.
_WAYS = frozenset((
    "cuda", "mtl", "metal", "blas", "mps", "rocm", "hip", "vulkan", "sycl", "cpu", "accelerate", "opencl", "cann",
))  # fmt: skip
_NOT_ON_MAC = frozenset(("cuda", "rocm", "hip", "sycl"))
# How many of them ran, which the name of an arrangement says as well.
_COUNTS = frozenset(("nodes", "num_nodes", "gpu_count", "num_gpus", "n_gpus", "gpus", "world_size"))
_ARRANGED = ("topology", "sharding", "parallelism", "placement", "variant", "configuration", "config")
_MEMORY = re.compile(r"(?<!\d)\d{1,3}[ -]?gi?b\b")
_ALL_LAYERS = 99  # layers on the GPU from which on no model has more


def told_once(files: list[FileTable]) -> None:
    """Give the device of all rows one name, and its levels one spelling; take away what only follows it."""
    data = [f for f in files if f.source.role == "data" and f.rows]
    tables = [rows for file in data for rows in file.rows]
    for rows in tables:
        _within(rows)
    for file in data:
        _by_path(file)
    used = Counter(n for rows in tables for n in rows.factors if _is_device(n, rows.factors[n]))
    if not used:
        return
    name = next((n for n in ("device", "gpu") if n in used), used.most_common(1)[0][0])
    for file in data:
        for rows in file.rows:
            old = next((n for n in used if n in rows.factors and _is_device(n, rows.factors[n])), "")
            if old and old != name and name not in rows.factors:
                rows.factors[name] = rows.factors.pop(old)
                rows.told = [a.model_copy(update={"means": name}) if a.means == old else a for a in rows.told]
                file.told = [a.model_copy(update={"means": name}) if a.means == old else a for a in file.told]
    _one_spelling([rows for rows in tables if name in rows.factors], name)
    machine_of_file(data, name)
    _all_layers(data)
    _without_followers([f for f in data if any(name in r.factors for r in f.rows)], name)


def _by_path(file: FileTable) -> None:
    """The machine that the file is called by, or the nearest folder, where no column says it.

    A column that says a card of NVIDIA or AMD in a file that was written on a Mac was copied from elsewhere."""
    steps = [file.stem, *reversed(file.place.parent.parts)]
    named = next((s for s in steps if machine_named(s)), "")
    if any(_plain(named) <= _plain(s) for s in file.subjects):
        named = ""  # the system itself is called that
    for rows in file.rows:
        name = next((n for n in rows.factors if _is_device(n, rows.factors[n])), "")
        systems = [v for k in ("platform", "os") if k in rows.factors for v in rows.factors[k].used]
        on_mac = any(re.search("macos|darwin", v, re.I) for v in systems)
        if name and on_mac and not any(re.search(r"apple|\bm\d|mac", v, re.I) for v in rows.factors[name].used):
            del rows.factors[name]
            rows.told = [a for a in rows.told if a.means != name]
            name = ""
        if on_mac and "backend" in rows.factors and {v.lower() for v in rows.factors["backend"].used} <= _NOT_ON_MAC:
            del rows.factors["backend"]
            rows.told = [a for a in rows.told if a.means != "backend"]
        if not name and named and not any(n in rows.factors for n in _NAMES):
            rows.factors["device"] = Coded(np.zeros(len(rows), dtype=np.int64), [named])
            where = "file name" if named == file.stem else "folder"
            told = Assignment(
                name=f"{where}: {named}", role=Role.ENVIRONMENT, known_by=KnownBy.PATH, means="device", values=(named,)
            )
            if told not in file.told:
                file.told.append(told)


def _is_device(name: str, levels: Coded) -> bool:
    """Whether a factor names the machine by its product: an index, `cuda` or `auto` names none."""
    known = name in _NAMES or name.endswith(_ENDS)
    return known and bool(levels.used) and all(re.search(r"[A-Za-z]", v) and _plain(v) for v in levels.used)


def _plain(level: str) -> frozenset[str]:
    """The words of a device without its maker: `5060`, `rtx`, `ti`."""
    words = re.findall(r"[a-z]+|\d+", _MEMORY.sub(" ", re.sub(r"\([^()]*\)", " ", level.lower())))
    return frozenset(words) - _VENDORS


def _within(rows: Rows) -> None:
    """Of several columns of one table that name one device, keep one, and fill it from the others."""
    names = [n for n in (*_NAMES, *rows.factors) if n in rows.factors and _is_device(n, rows.factors[n])]
    names = list(dict.fromkeys(names))
    while len(names) > 1:
        kept, other, *_ = names
        one, two = rows.factors[kept], rows.factors[other]
        both = (one.codes >= 0) & (two.codes >= 0)
        pairs = {(one.levels[a], two.levels[b]) for a, b in zip(one.codes[both], two.codes[both], strict=True)}
        if not pairs or not all(_plain(a) <= _plain(b) or _plain(b) <= _plain(a) for a, b in pairs):
            names.remove(other)
            continue
        alike = {b: a for a, b in pairs}
        levels = list(dict.fromkeys([*one.levels, *(alike.get(v, v) for v in two.levels)]))
        mine: Ints = np.array([*(levels.index(alike.get(v, v)) for v in two.levels), -1], dtype=np.int64)
        rows.factors[kept] = Coded(np.where(one.codes >= 0, one.codes, mine[two.codes]), levels)
        del rows.factors[other]
        rows.told = [a for a in rows.told if a.means != other]
        names.remove(other)


def _one_spelling(tables: list[Rows], name: str) -> None:
    """One spelling for `RTX 5060` and `NVIDIA GeForce RTX 5060`: the one that most rows have."""
    counted: Counter[str] = Counter()
    for rows in tables:
        levels = rows.factors[name]
        for code, n in zip(*np.unique(levels.codes[levels.codes >= 0], return_counts=True), strict=True):
            counted[levels.levels[code]] += int(n)
    alike: dict[frozenset[str], list[str]] = defaultdict(list)
    for level, _ in sorted(
        counted.items(), key=lambda c: (not c[0][:1].isupper(), -c[1], -len(c[0]))
    ):  # a name before a slug
        alike[_plain(level)].append(level)
    spelt = {
        v: group[0]
        for plain, group in alike.items()
        for v in group
        if plain and len({m[0] for x in group if (m := _MEMORY.search(x.lower()))}) < 2  # 40 GB and 80 GB are two cards
    }
    for rows in tables:
        levels = rows.factors[name]
        new = [spelt.get(v, v) for v in levels.levels]
        unique = list(dict.fromkeys(new))
        codes: Ints = np.array([*(unique.index(v) for v in new), -1], dtype=np.int64)
        rows.factors[name] = Coded(codes[levels.codes], unique)


def _all_layers(files: list[FileTable]) -> None:
    """llama-bench writes -1, its default, or any number above a model's layers for one thing: all are on the GPU."""
    tables = [r for f in files if f.source.format == "llama-bench" for r in f.rows if "num_gpu" in r.factors]
    numbers = {v for r in tables for v in r.factors["num_gpu"].used}
    most = sorted((v for v in numbers if v.isdigit() and int(v) >= _ALL_LAYERS), key=int)
    if "-1" not in numbers or not most:
        return
    for rows in tables:
        held = rows.factors["num_gpu"]
        new = [most[-1] if v == "-1" or v in most else v for v in held.levels]
        unique = list(dict.fromkeys(new))
        codes: Ints = np.array([*(unique.index(v) for v in new), -1], dtype=np.int64)
        rows.factors["num_gpu"] = Coded(codes[held.codes], unique)


def _without_followers(files: list[FileTable], device: str) -> None:
    """Take away settings of the program of which each device has one level, where these levels differ."""
    tables = [r for f in files for r in f.rows]
    ways = {v.lower() for r in tables if "backend" in r.factors for v in r.factors["backend"].used}
    by_way = {"backend"} if all(set(re.split(r"[,;+/ ]+", v)) <= _WAYS for v in ways) else set[str]()
    for name in {n for r in tables for n in r.factors if n in _PLUMBING | by_way and n != device}:
        of: dict[str, set[str]] = defaultdict(set)
        for rows in tables:
            machine, own = rows.factors.get(device), rows.factors.get(name)
            if machine is None or own is None:
                continue
            for a, b in np.unique(np.stack([machine.codes, own.codes]), axis=1).T:
                if a >= 0 and b >= 0:
                    of[machine.levels[a]].add(own.levels[b])
        if len(of) < 2 or any(len(v) > 1 for v in of.values()) or len(set(map(frozenset, of.values()))) < 2:
            continue
        for file in files:
            for rows in file.rows:
                if device in rows.factors and rows.factors.pop(name, None) is not None:
                    rows.told = [
                        a.model_copy(update={"role": Role.ENVIRONMENT, "note": f"goes with the {device}"})
                        if a.means == name or a.name == name
                        else a
                        for a in rows.told
                    ]


def without_counts(files: list[FileTable]) -> None:
    """Take away the number of machines where the name of how they were arranged says it: `TP4` on 4, `SINGLE` on 1."""
    tables = [r for f in files if f.source.role == "data" for r in f.rows]
    for name, way in ((n, w) for n in _COUNTS for w in _ARRANGED):
        of: dict[str, set[str]] = defaultdict(set)
        for rows in tables:
            count, arranged = rows.factors.get(name), rows.factors.get(way)
            if count is None or arranged is None:
                continue
            for a, b in np.unique(np.stack([arranged.codes, count.codes]), axis=1).T:
                if a >= 0 and b >= 0:
                    of[arranged.levels[a]].add(count.levels[b])
        told = sum(bool(re.search(rf"(?<!\d){next(iter(v))}(?!\d)", k)) for k, v in of.items())
        if len(of) < 2 or any(len(v) > 1 for v in of.values()) or 2 * told < len(of):
            continue
        for rows in (r for r in tables if way in r.factors and name in r.factors):
            del rows.factors[name]
            note = f"goes with {way}"
            rows.told = [
                a.model_copy(update={"role": Role.LABEL, "note": note}) if a.means == name else a for a in rows.told
            ]


_SIZES = frozenset(("large", "medium", "med", "small", "micro", "server", "node", "d", "laptop", "desktop"))


def says_machine(words: str, device: str) -> bool:
    """Whether the chip that words name is that of a device: `m1-max-64gb` of `Apple M1 Max`."""
    chips = {w for w in re.findall(r"[a-z]+\d*[a-z]*|\d+[a-z]*", words.lower()) if _CHIP.fullmatch(w) or w.isdigit()}
    return bool(chips) and all(_plain(c) <= _plain(device) for c in chips)


_LONG = 4  # signs of a chip's name that stands alone
_SERIES = frozenset(("rtx", "gtx", "rx", "radeon", "titan", "quadro", "geforce", "mi"))  # before a number


def machine_in(words: list[str]) -> tuple[int, int]:
    """Where a machine stands among the words of a name, the first and the one after the last: (0, 4) of
    `m1 max 64gb 24gpu lmstudio`. (0, 0) where none does."""
    low = [w.lower() for w in words]
    for start in range(len(low)):
        end = start
        while end < len(low) and _WORD.fullmatch(low[end]) and low[end] not in _SIZES:
            if low[end].isdigit() and (end == start or low[end - 1] not in _SERIES):
                break
            end += 1
        chips = [w for w in low[start:end] if _CHIP.fullmatch(w)]
        sure = end - start > 1 or (chips and len(chips[0]) >= _LONG)  # `i3` and `t4` alone may count anything
        if chips and sure and machine_named(" ".join(low[start:end])):
            return start, end
    return 0, 0


def machine_named(text: str) -> bool:
    """Whether a name as a whole is that of a machine: `m4-mac-mini`, `nvidia-rtx-3080`, `apple-m3-max`, `rtx4090x2`."""
    words = re.findall(r"[a-z]+\d*[a-z]*|\d+[a-z]*", re.sub(r"[()]", " ", text.lower()))
    chips = [w for w in words if _CHIP.fullmatch(w)]
    told = bool(chips) and (len(words) > 1 or any(c.isdigit() for c in text) or len(chips[0]) > 5)
    return told and all(_WORD.fullmatch(w) for w in words)


_CHIP = re.compile(
    r"rtx\d*|gtx\d*|m[1-5]|a100|a10g?|a40|a[2-6]000|h100|h200|h20|b200|gb?200|gb10|gh200|l40s?|l4|t4|v100|p100|p40|p4|k80|titan|aws|macmini|macstudio|mi\d{2,3}x?|rx\d*|"
    r"jetson|orin|xavier|epyc|xeon|ryzen|threadripper|i[3579]|raspberry|rpi\d?|strix|spark|radeon|snapdragon|macbook|iphone"
)
_WORD = re.compile(
    rf"{_CHIP.pattern}|nvidia|geforce|apple|amd|intel|mac|mini|studio|pro|max|ultra|air|ti|super|x\d|\d+x|\d+|\d+gb?|gb|ram|vram|\d+(?:gpu|cpu|core|cores)|"
    r"laptop|desktop|gpu|cpu|core|cores|nano|agx|nx|halo|ai|dgx|pi|sxm\d?|pcie|nvl|node|server|workstation|[tgpcm]\d[a-z]{0,2}|\d*xlarge|large|med|medium|small|micro|d|xtx?|xt|ada|gen\d?"
)
