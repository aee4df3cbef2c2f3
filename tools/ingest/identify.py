"""Across files: whose records they are, which benchmark they belong to, and which ran together."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

import numpy as np

from chimera_report.tools.metrics import STATS, normalise, resolve_factor
from chimera_report.tools.schema import RAN_ON_CPU, Assignment, KnownBy, Role, Source, named_role

from .across_files import settings_of_files
from .agreement import agree, beside
from .aliases import models_of_aliases
from .cache_types import one_cache_type, told_once_of_load
from .formats import mlperf_tiny
from .joined_labels import without_joined
from .machines import told_once, without_counts
from .mapping import NAME as MAPPED
from .mapping import NOTHING, FolderMap
from .names import is_stamp, model_of_stem, named_after, subject_prefix, suite_of, without_derived
from .never_varied import without_constants
from .paths import read_paths
from .rows import Coded, Rows
from .run_names import by_names_of_runs
from .runners import one_model
from .same_model import one_name, one_quantisation
from .tags import read_tags
from .unnamed import named_by_path
from .whose import systems_of_columns, systems_of_names


@dataclass
class FileTable:
    """One file's rows before they join the table."""

    source: Source
    path: Path
    stem: str  # without time stamps
    rows: list[Rows]
    suite: str = ""  # as the file itself names it
    subjects: list[str] = field(default_factory=list)
    told: list[Assignment] = field(default_factory=list)  # what parts of its path were read as
    ruled: bool = False  # the rules of its format say what its path means
    retracts: list[tuple[tuple[str, ...], str]] = field(
        default_factory=list
    )  # names that a document takes back, and how
    units: dict[str, set[float]] = field(default_factory=dict)  # of metrics, as a text that holds no records gives them
    bare: tuple[str, list[str]] = ("", [])  # stem and folders without what is a factor, a repeat or a time

    @property
    def place(self) -> PurePosixPath:
        return PurePosixPath(self.source.path)

    @cached_property
    def folder(self) -> str:
        return str(self.place.parent)


def identify(files: list[FileTable], mapping: FolderMap = NOTHING, runs: frozenset[str] = frozenset()) -> None:
    """Fill in subject, suite and run of every file's rows, and give aggregates the definition of their samples.

    `runs` are the folders that one run of `chimera-report bench` wrote each.
    """
    for file in files:
        _by_mapping(file, mapping)
    without_constants(files)
    read_tags(files)
    systems_of_columns(files)
    without_joined(files)
    kept = frozenset((*mapping.names.values(), *(r.system for r in mapping.files)))
    one_name(files, kept)
    models_of_aliases(files)
    one_model(files)
    for file in files:
        file.subjects = sorted({s for r in file.rows for s in r.used("subject")})
        file.bare = file.stem, list(file.place.parent.parts)
    settings_of_files(files)
    one_quantisation(files)
    one_cache_type(files)
    _by_rules(files)
    data = [f for f in files if f.source.role == "data"]
    for file in [f for f in data if not f.subjects]:
        _find_subject(file, [f for f in data if f is not file and beside(f, file)])
    systems_of_names(data)
    for file in files:  # what one run of bench wrote is one suite, named as its folder
        if str(file.place.parent) in runs:
            file.suite = file.suite or file.place.parent.name
    stated = {
        id(file): [
            level
            for r in file.rows
            for f in r.factors.values()
            if len(levels := {v.removesuffix(RAN_ON_CPU) for v in f.levels}) == 1
            for level in levels
        ]
        for file in files
    }
    by_names_of_runs([f for f in data if not f.ruled and f.folder not in runs])
    read_paths([f for f in files if not f.ruled], runs)
    named_by_path(files)
    told_once(files)
    without_counts(files)
    told_once_of_load(files)
    one_name(files, kept)  # those that the names of files gave too
    _of_one_test(data)
    for file in files:
        constant = stated[id(file)]
        if file.source.role == "document":
            # The README of a folder among others is of what the folder is of.
            inner = file.stem.lower() == "readme" and len(file.place.parts) > 1
            named = file.place.parent.name if inner else file.stem
            if file.bare[0] != file.stem or (len(file.subjects) == 1 and named_after(file.stem, file.subjects[0])):
                named = suite_of(file.bare[0] or "results", file.bare[1], file.subjects, [])
            file.suite = file.suite or named
        stem, folders = file.bare
        tool = _fallback(file)
        plain = bool(stem) or tool == "results"
        named = suite_of(stem or "results", folders, file.subjects, constant) if plain else tool
        named = tool if named.lower() in ("results", "output", "outputs", "out") else named
        file.suite = file.suite or named
        stem = without_derived(file.stem) if is_stamp(file.place.parent.name) else without_derived(file.place.stem)
        run = str(file.place.parent / stem).removeprefix("./")
        for rows in file.rows:
            own = rows.texts.get("run", "")
            if isinstance(own, Coded):
                rows.texts["run"] = Coded(own.codes + 1, [run, *(run + v for v in own.levels)])
            else:
                rows.texts["run"] = run + own
    _documents_follow(files)
    for file in files:
        for rows in file.rows:
            rows.texts["suite"] = file.suite
    _definitions(data)


# What a load generator calls the files of one test: its statistics, their course, and what failed.
_OF_A_TEST = ("stats_history", "stats", "failures", "exceptions", "errors")


def _of_one_test(files: list[FileTable]) -> None:
    """`run_stats.csv` beside `run_failures.csv` is one test, and one suite: what failed is of what was sent."""
    tests: dict[tuple[str, str], list[FileTable]] = {}
    for file in files:
        stem = file.place.stem
        kind = next((k for k in _OF_A_TEST if stem.lower().endswith("_" + k)), "")
        if kind:
            tests.setdefault((file.folder, stem[: -len(kind) - 1]), []).append(file)
    paired = {folder for (folder, _), found in tests.items() if len(found) > 1}
    for (folder, test), found in tests.items():  # of a test in which nothing failed, that file is empty
        if folder in paired:
            for file in found:
                file.suite = file.suite or test


def _by_rules(files: list[FileTable]) -> None:
    """Where a format's rules say what the path means, it is that."""
    for file in files:
        told = mlperf_tiny.of_path(file.source.path) if file.source.format == mlperf_tiny.NAME else {}
        if not told:
            continue
        system = told["system"]
        # Systems are comparable within one benchmark of one division, measured in one mode.
        file.suite = " ".join(told[k] for k in ("division", "benchmark", "mode") if k in told)
        file.ruled = True
        scored = "accuracy" if told["benchmark"] == "ad" else "auc"  # what the runner prints and the rules do not use
        file.rows = [r.take(np.array([k.metric != scored for k in r.kinds], dtype=bool)[r.which]) for r in file.rows]
        for rows in file.rows:
            rows.texts["subject"] = f"{system} ({told['model']})" if "model" in told else system
            rows.texts["subject_from"] = "field"


def _by_mapping(file: FileTable, mapping: FolderMap) -> None:
    """What the user says of the file: its system, its suite, its settings, and one name for each spelling."""
    for rule in mapping.of_file(file.source.path):
        file.suite = rule.suite or file.suite
        about = {"subject": rule.system} if rule.system else {}
        for name, level in {**about, **rule.settings}.items():
            for rows in file.rows:
                if name == "subject":
                    rows.texts["subject"], rows.texts["subject_from"] = level, "field"
                else:
                    rows.factors[resolve_factor(name) or name] = Coded(np.zeros(len(rows), dtype=np.int64), [level])
            role = Role.SYSTEM if name == "subject" else named_role(name)
            file.told.append(
                Assignment(
                    name=f"{MAPPED}: {rule.pattern}",
                    role=Role.SETTING if role is Role.UNKNOWN else role,
                    known_by=KnownBy.MAPPING,
                    means=name if name == "subject" else resolve_factor(name) or name,
                    values=(level,),
                )
            )
    for rows in file.rows:
        subject = rows.texts.get("subject", "")
        if isinstance(subject, Coded):
            rows.texts["subject"] = Coded(subject.codes, [mapping.names.get(s, s) for s in subject.levels])
        else:
            rows.texts["subject"] = mapping.names.get(subject, subject)


def _fallback(file: FileTable) -> str:
    """What a benchmark is called whose files' names say only what differs among them: as its tool, or plainly."""
    plain = ("csv", "tsv", "json", "jsonl", "markdown", "text")
    return "results" if file.source.format in plain else file.source.format


def _find_subject(file: FileTable, siblings: list[FileTable]) -> None:
    """From the file that it was derived from or that was derived from it, where their numbers agree, or from its name.

    A neighbour with other numbers says nothing about it.
    """
    known = sorted((s for s in siblings if len(s.subjects) == 1), key=lambda s: s.source.path)
    for sibling in known:
        if without_derived(sibling.stem) == without_derived(file.stem) and agree(file, sibling):
            _set_subject(file, sibling.subjects[0], "sibling")
            return
    best, name = 0, ""
    for sibling in known:
        end = subject_prefix(sibling.stem, sibling.subjects[0])
        if end > best and file.stem[:end] == sibling.stem[:end] and not file.stem[end : end + 1].isalnum():
            best, name = end, sibling.subjects[0]  # the name itself begins with the model's, spelt as in the sibling
    name = name or model_of_stem(file.stem)
    if name:
        _set_subject(file, name, "file name")


def _set_subject(file: FileTable, name: str, origin: str) -> None:
    file.subjects = [name]
    for rows in file.rows:
        rows.texts["subject"], rows.texts["subject_from"] = name, origin


def _documents_follow(files: list[FileTable]) -> None:
    """A document beside a data file of its own name reports on that file's suite and subject."""
    twins = {(f.folder, f.stem): f for f in files if f.source.role == "data" and f.rows}
    for file in files:
        twin = twins.get((file.folder, file.stem)) if file.source.role == "document" else None
        if twin is None:
            continue
        file.suite = twin.suite
        if not file.subjects and len(twin.subjects) == 1:
            _set_subject(file, twin.subjects[0], "sibling")


def _definitions(data: list[FileTable]) -> None:
    """A summary's `mean_ttft_s` means what `ttft_s` was found to mean in the samples of the same suite and folder."""
    found: dict[tuple[str, str, str], set[tuple[str, str]]] = {}
    for file in data:
        for kind in (k for r in file.rows for k in r.kinds if k.stat == "sample" and k.metric != "request"):
            found.setdefault((file.folder, file.suite, normalise(kind.column)), set()).add(
                (kind.metric, kind.definition)
            )
    for file in data:
        for rows in file.rows:
            for i, kind in enumerate(rows.kinds):
                if kind.stat == "sample" or kind.definition:
                    continue
                base = "_".join(w for w in normalise(kind.column.rpartition("/")[2]).split("_") if w not in STATS)
                options = found.get((file.folder, file.suite, base), set())
                if base and len(options) == 1:  # a header of a script without Latin letters has none
                    metric, definition = next(iter(options))
                    rows.kinds[i] = replace(kind, metric=metric, definition=definition)
