"""What the names of files and folders say that the files themselves do not: a provider, a variant, a repeat.

Files that hold the same metrics are looked at together. A word of their names, or a folder, that differs among them is
a factor, a repeat or a time; what is left of the names is their benchmark.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from chimera_report.tools.metrics import normalise
from chimera_report.tools.schema import Assignment, KnownBy, Role, named_role, role_of_levels

from .alike_files import alike_files
from .assign import some
from .folder_names import (
    KEYED,
    QUANT_IN,
    REPEAT,
    UNNAMED,
    counts,
    is_noise,
    known_words,
    levels_of,
    parts_of,
    refines,
)
from .machines import machine_in, machine_named, says_machine
from .models_of_providers import one_name
from .name_keys import are_machines, call_machines, learned, machine_of, said_elsewhere, without_versions
from .names import is_stamp, named_after, without_derived, without_stamp, without_subject
from .names_of_models import called_after_models
from .rows import Coded
from .said_inside import are_steps, constants, copies, one_grid, parallel, same_numbers, stated_by, without_folder
from .same_model import plain_name, small_weights

if TYPE_CHECKING:
    from .identify import FileTable

_FEW = 3  # files whose names are compared word by word
_RARE, _MOST_OF = 20, 0.9  # a name that fewer than one in 20 files have, and the share of the others
_FOLDERS = 3  # in which the same names stand, so that these are names of tests
_NUMBER = "#"  # of a file among those of the same name: a repeat
_SIZE = re.compile(r"\d+(?:\.\d+)?[bm]", re.I)


@dataclass
class _Name:
    """What one file's path holds: levels by factor, and the words that say nothing known."""

    folders: list[str]
    words: list[str]  # of the stem, in order
    factor: dict[str, str] = field(default_factory=dict)  # word → the factor that it is a level of, "" for a repeat
    levels: dict[str, str] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)  # factor → the word as it stands

    @property
    def template(self) -> tuple[str, ...]:
        """What is left of the path without words that a registry knows and folders that only sort files."""
        plumbing = known_words()[2]
        return (
            *(f for f in self.folders if f and f.lower() not in plumbing),
            *(w.lower() for w in self.words if w not in self.factor),
        )


def read_paths(files: list[FileTable], runs: frozenset[str] = frozenset()) -> None:
    """Give the rows of each file the factors that its path alone tells, and the file the name without them.

    `runs` are folders that one run of `chimera-report bench` wrote each: their files say all of it themselves.
    """
    role = "data" if any(f.source.role == "data" and f.rows for f in files) else "document"
    groups = alike_files([f for f in files if f.source.role == role and f.rows and f.folder not in runs])
    keys = learned([f for f in files if f.source.role == role and f.rows])
    for group in (g for g in groups if len(g) > 1):
        _read(group, keys)


def _read(group: list[FileTable], keys: dict[str, str]) -> None:
    again = {
        folder: without_versions([f.stem for f in group if f.folder == folder]) for folder in {f.folder for f in group}
    }
    stems = {id(f): again[f.folder].get(f.stem, f.stem) for f in group}
    short = {id(f): without_folder(stems[id(f)], f.place.parent.name) for f in group}
    if len(again) >= _FOLDERS and all(short[k] != stems[k] for k in stems):  # each file is called after its folder
        stems = short
    names = {id(f): _name(f, stems[id(f)], keys) for f in group}
    left = [[w for w in names[id(f)].words if w not in names[id(f)].factor] for f in group]
    models = called_after_models(group, left)
    for name in names.values():
        name.words = [w for w in name.words if w not in models]
    _tests(group, names)
    _folders(group, names)
    of_folders = {k for n in names.values() for k in n.levels if k not in n.factor.values()}
    # A program or provider that some files name and others do not says what these files are of, whatever else differs.
    elsewhere = {k for k in ("backend", "provider") if len({names[id(f)].levels.get(k) for f in group}) > 1}
    _numbers(group, names)
    by_template: dict[tuple[str, ...], list[FileTable]] = defaultdict(list)
    for file in group:
        by_template[names[id(file)].template].append(file)
    for members in by_template.values():
        varies = {""}
        for factor in dict.fromkeys(k for f in members for k in names[id(f)].levels):
            levels = [names[id(f)].levels.get(factor) for f in members]
            if len(set(levels)) < 2 and factor not in of_folders and factor not in elsewhere:
                continue  # the same for all: the name of the whole, not of a part
            if len(set(levels)) > 1 or factor in of_folders:
                varies.add(factor)
            if factor == _NUMBER or (factor == "variant" and stated_by(members, levels)):
                continue
            for file, level in zip(members, levels, strict=True):
                if level and not _told(file, factor, level):
                    _give(file, factor, level, names[id(file)].said.get(factor, ""))
                elif not level and not file.suite and not _told(file, factor, ""):
                    _give(file, factor, UNNAMED, "")  # else its rows would count among those of every level
        for file in members:
            name = names[id(file)]
            # `c16` of a file that states a concurrency of 16 is no part of its benchmark's name, also where all do.
            keyed = set(known_words()[1].values())
            gone = varies | {k for k, *told in constants(file)[1:] if k in keyed and name.levels.get(k) in told}
            name.words = [w for w in name.words if name.factor.get(w) is None or name.factor[w] not in gone]
    one_name(group)
    _variants(group, names)
    _called_elsewhere(group, names)
    for file in group:
        name = names[id(file)]
        file.bare = "_".join(name.words), [f for f in name.folders if f]


def _numbers(group: list[FileTable], names: dict[int, _Name]) -> None:
    """Repeats are counted from 0 or 1: other numbers at the end of names (`Pi 4`, `Pi 5`) are a part of these."""
    by_template: dict[tuple[str, ...], list[_Name]] = defaultdict(list)
    for file in group:
        if _NUMBER in names[id(file)].levels:
            by_template[names[id(file)].template].append(names[id(file)])
    for members in by_template.values():
        found = {int(n.levels[_NUMBER]) for n in members}
        for name in members if len(found) > 1 and min(found) > 1 else ():
            name.factor.pop(name.levels.pop(_NUMBER), None)


def _name(file: FileTable, stem: str, learned_keys: dict[str, str]) -> _Name:
    """The words of a file's name, and which of them a registry knows or the file itself states of all its records."""
    words, keys, _ = known_words()
    keys = keys | learned_keys
    told = constants(file)[1:]
    stated = {normalise(levels[0]) for _, *levels in told if len(levels) == 1}
    if learned_keys:
        stated |= {f"{key}{levels[0]}" for name, *levels in told for key, of in learned_keys.items() if name == of}
    stem = without_derived(stem)
    if len(file.subjects) == 1:
        if named_after(stem, file.subjects[0]):
            return _Name(list(file.place.parent.parts), [])  # `Qwen3.5-9B-MLX-4bit` names no engine beside the model
        stem = without_subject(stem, file.subjects[0])
    out = _Name(list(file.place.parent.parts), [])
    if machine_named(stem):
        return _Name(out.folders, [stem], {stem: "device"}, {"device": stem}, {"device": stem})
    stem = _without_stated(_without_machine(file, stem, out), stated)
    weights = any(name == "quantisation" for name, *_ in told)
    at = 0
    for match in QUANT_IN.finditer(stem):
        _split(out, stem[at : match.start()], words, keys, stated)
        out.words.append(match[0])
        if normalise(match[0]) in stated:
            out.factor[match[0]] = ""
        elif not weights:  # `q8_0` beside weights that are stated to be Q4_K is of something else, such as the cache
            _put(out, "quantisation", match[0], match[0])
        at = match.end()
    _split(out, stem[at:], words, keys, stated)
    return out


def _without_machine(file: FileTable, stem: str, out: _Name) -> str:
    """The name without the words of a machine in it (`m1-max-64gb_lmstudio`), which is the device where the file names
    none."""
    parts = parts_of(stem)
    first, end = machine_in(parts)
    if end == first or end - first == len(parts):
        return stem
    named = "-".join(parts[first:end])
    if not machine_of(file):
        out.levels["device"] = out.said["device"] = named
    elif not says_machine(named, machine_of(file)):
        return stem  # of another machine than the file names: no machine of the file
    return re.sub(r"[-_ .]+".join(map(re.escape, parts[first:end])), " ", stem, count=1).strip(" _-.")


def _tests(group: list[FileTable], names: dict[int, _Name]) -> None:
    """Several names that stand in each of several folders (`07-office-baseline`, `10-monday-peak`) are the tests that
    were run there: what was asked, and no variants of one thing."""
    places: dict[str, set[str]] = defaultdict(set)
    asked = {id(f): _asked(names[id(f)]) for f in group}
    for file in group:
        places[asked[id(file)]].add(file.folder)
    tests = {stem for stem, folders in places.items() if stem and len(folders) >= _FOLDERS}
    if len(tests) < 2:
        return
    for file in group:
        name, stem = names[id(file)], asked[id(file)]
        word = next((w for w, factor in name.factor.items() if factor == "variant"), "")
        if stem in tests and word and "workload" not in name.levels:
            del name.levels["variant"], name.said["variant"]
            name.levels["workload"] = name.said["workload"] = stem
            name.factor |= {
                w: "workload" for w in name.words if (not w.isdigit() and w not in name.factor) or w == word
            }


def _asked(name: _Name) -> str:
    """The name of a test: a file's words without numbers, repeats, levels and what only sorts files."""
    plain = [w for w in name.words if name.factor.get(w, "variant") in ("variant", "workload")]
    return "-".join(w for w in plain if not w.isdigit() and not is_noise(w))


def _without_stated(stem: str, stated: set[str]) -> str:
    """The name without what its records state in several words (`hyper_quant`)."""
    for level in sorted((v for v in stated if "_" in v and len(v) <= 40), key=len, reverse=True):
        pattern = "[-_. ]+".join(map(re.escape, level.split("_")))
        stem = re.sub(rf"(?<![A-Za-z0-9]){pattern}(?![A-Za-z0-9])", "", stem, count=1, flags=re.I).strip("_-. ")
    return stem


def _split(out: _Name, text: str, words: dict[str, str], keys: dict[str, str], stated: set[str]) -> None:
    for word in parts_of(text):
        low = word.lower()
        keyed = KEYED.fullmatch(word)
        out.words.append(word)
        if REPEAT.fullmatch(word) or (normalise(word) in stated and (len(word) > 1 or word.isdigit())):
            out.factor[word] = ""
        elif re.fullmatch(r"\d{1,3}", word):
            _put(out, _NUMBER, word, word)
        elif low in words:
            _put(out, words[low], low, word)
        elif _SIZE.fullmatch(word):
            _put(out, "model_size", low, word)
        elif keyed and keyed[1].lower() in keys:
            _put(out, keys[keyed[1].lower()], keyed[2].lower().lstrip("0") or "0", word)


def _put(name: _Name, factor: str, level: str, word: str) -> None:
    if factor not in name.levels:
        name.levels[factor], name.said[factor], name.factor[word] = level, word, factor


def _folders(group: list[FileTable], names: dict[int, _Name]) -> None:
    """Folders that differ among files of one depth: a known word, `key-value`, a repeat, or a variant of the whole."""
    plumbing = known_words()[2]
    by_depth: dict[int, list[FileTable]] = defaultdict(list)
    for file in group:
        by_depth[len(file.place.parent.parts)].append(file)
    for depth, members in by_depth.items():
        for i in range(depth):
            levels = list(dict.fromkeys(f.place.parent.parts[i] for f in members))
            if len(levels) < 2:
                continue
            kept = [v for v in levels if v.lower() not in plumbing and not is_stamp(v)]
            said = said_elsewhere(members, [f.place.parent.parts[i] for f in members], by_model=False)
            if said or all(counts(v) for v in levels) or are_steps(members, i, levels):
                _drop(members, names, i)
            elif len(kept) < len(levels) or not parallel(members, i) or copies(members, i):
                if not kept:
                    _drop(members, names, i)
            else:
                _folder_factor(members, names, i, levels)


def _drop(members: list[FileTable], names: dict[int, _Name], i: int) -> None:
    for file in members:
        names[id(file)].folders[i] = ""


def _tells_more(shown: str, stated: str) -> bool:
    return refines(shown, stated) and plain_name(shown) != plain_name(stated)  # another spelling tells no more


def _folder_factor(members: list[FileTable], names: dict[int, _Name], i: int, levels: list[str]) -> None:
    told = levels_of(levels, sorted({s for f in members for s in f.subjects}))
    ways = [told[f.place.parent.parts[i]].get("variant") for f in members]
    plain = {w: without_stamp(w) or w for w in ways if w}  # `sweep-20260720T191546Z` was the sweep
    plain = plain if len(set(plain.values())) == len(plain) else {}
    if stated_by(members, ways):
        told = {v: {k: w for k, w in t.items() if k != "variant"} for v, t in told.items()}
    elif all(ways) and are_machines(members, [w or "" for w in ways]):
        call_machines(members, [w or "" for w in ways])
        told = {v: {k: w for k, w in t.items() if k != "variant"} for v, t in told.items()}
    for file in members:
        level = file.place.parent.parts[i]
        for factor, shown in told[level].items():
            shown = plain.get(shown, shown)
            if factor == "model":
                if not file.subjects or (len(file.subjects) == 1 and _tells_more(shown, file.subjects[0])):
                    file.subjects = [shown]
                    for rows in file.rows:
                        rows.texts["subject"], rows.texts["subject_from"] = shown, "file name"
            else:
                before = names[id(file)].levels.get(factor, "")
                if factor == "variant" and before not in ("", UNNAMED) and shown != UNNAMED:
                    names[id(file)].levels[factor] = f"{before}, {shown}"  # two folders that say in which way
                elif before in ("", UNNAMED):
                    names[id(file)].levels[factor] = shown
                names[id(file)].said.setdefault(factor, level)
        names[id(file)].folders[i] = ""


def _variants(group: list[FileTable], names: dict[int, _Name]) -> None:
    """Files in one folder whose remaining names differ, where nothing else tells them apart: of a known tool, or of one
    grid of conditions (`load_cheap.json`, `load_premium.json`, each at concurrency 1, 5 and 10)."""
    by_folder: dict[str, list[FileTable]] = defaultdict(list)
    for file in group:
        by_folder["/".join(names[id(file)].folders)].append(file)
    for members in by_folder.values():
        rest = {" ".join(names[id(f)].words) for f in members}
        known = all(r.shape == "known" for f in members for r in f.rows)
        if len(rest) < 2 or not (known or (len(rest) == len(members) and one_grid(members))):
            continue
        common = set.intersection(*(set(names[id(f)].words) for f in members))
        same = len({constants(f) for f in members}) < len(members)
        named = bool(common) and all(set(names[id(f)].words) - common for f in members)
        if not known and not (same and named and not same_numbers(members)):
            continue
        for file in members:
            own = [w for w in names[id(file)].words if w not in common]
            names[id(file)].words = [w for w in names[id(file)].words if w in common]
            if same and own and "variant" not in names[id(file)].levels:
                _give(file, "variant", "_".join(own), "_".join(own))


def _called_elsewhere(group: list[FileTable], names: dict[int, _Name]) -> None:
    """Take what differs between the names of files out of their benchmark's name, where the files or their folders say
    it as well; where each of these words goes with one machine of several, they are what the machines are called."""
    plain = {id(f): [w for w in names[id(f)].words if not is_noise(w)] for f in group}
    common = set.intersection(*(set(w) for w in plain.values()))
    own = {id(f): "_".join(w for w in plain[id(f)] if w not in common) for f in group}
    usual = {w for w, n in Counter(own.values()).items() if n * _RARE >= len(group)}
    told = [f for f in group if own[id(f)] in usual]  # a run or two that is called otherwise is another
    levels = [own[id(f)] for f in told]
    if len(told) < max(_FEW, _MOST_OF * len(group)) or len(usual) < 2 or not all(usual):
        return
    if not said_elsewhere(told, levels):
        if len(told) < len(group) or not are_machines(told, levels):
            return
        call_machines(told, levels)
    for file in told:
        names[id(file)].words = [w for w in names[id(file)].words if w in common or is_noise(w)]


def _told(file: FileTable, factor: str, level: str) -> bool:
    """Whether the file itself says this: a factor of that name, or its model's name holds the word."""
    if any(factor in r.factors and r.factors[factor].used for r in file.rows):
        return True
    if factor == "model_size":
        return bool(file.subjects)
    plain, names = normalise(level).replace("_", ""), [normalise(s).replace("_", "") for s in file.subjects]
    return factor in ("quantisation", "model_size") and any(plain in name for name in names)


_COMPUTED_IN = re.compile(r"b?f(?:loat|p)?(?:16|32)|bfloat16", re.IGNORECASE)


def _give(file: FileTable, factor: str, level: str, word: str) -> None:
    names = file.subjects if factor == "quantisation" and _COMPUTED_IN.fullmatch(level) else []
    if names and all(small_weights(name) for name in names):
        factor = "dtype"  # weights of four bits that are computed with in 16: no format of the weights
    for rows in file.rows:
        rows.factors[factor] = Coded(np.zeros(len(rows), dtype=np.int64), [level])
    role = named_role(factor)
    role = role if role is not Role.UNKNOWN else role_of_levels([level])
    role = role if role is not Role.UNKNOWN else Role.SETTING  # what tells the names of a run's files apart was chosen
    where = "folder" if word in file.place.parent.parts else "file name"
    file.told.append(
        Assignment(
            name=f"{where}: {word or level}", role=role, known_by=KnownBy.PATH, means=factor, values=some([level])
        )
    )
