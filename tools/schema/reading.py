"""What each part of a file was read as: its role, what it means, in which unit, and how that is known.

A *reading* is one file's list of assignments: one for each column, JSON key, console label and varying part of its
path. `role_of` gives the role of a factor of the measurements table from the readings, from the registry of well-known
names (roles.toml), or from the names of its levels.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from enum import StrEnum
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from pydantic import SerializerFunctionWrapHandler, model_serializer

from .frozen import Frozen

PASSES = "its first pass lies apart from the later ones"  # the note of a number of repeats that is a condition


ESTIMATED = "with estimated counts of tokens"  # of a definition: nobody counted them
ASSUMED = "the same number in every record, or computed from one: assumed, and not measured"  # the note of a column


class Role(StrEnum):
    """The part that something plays in a benchmark; see docs/readings.md for what follows from each."""

    METRIC = "metric"  # what was measured
    SYSTEM = "system"  # what the numbers are of: model, provider, engine
    SETTING = "setting"  # what the one who ran it chose, and could choose otherwise
    WORKLOAD = "workload"  # what was asked of the system: prompts, lengths, concurrency
    REPLICATE = "replicate"  # run number, seed, repeat
    COMPONENT = "component"  # a part of one request, or a role in a pipeline
    TIME = "time"
    STATUS = "status"
    ERROR = "error"
    OUTCOME = "outcome"  # right and wrong answers
    COUNT = "count"  # how many observations an aggregate rests on
    ENVIRONMENT = "environment"  # machine, driver, versions
    LABEL = "label"
    UNKNOWN = "unknown"

    @property
    def chosen(self) -> bool:
        """Whether a level of it can be recommended: somebody decides on it. Work, repeats and parts are given."""
        return self in (Role.SYSTEM, Role.SETTING)


class KnownBy(StrEnum):
    """How an assignment is known, from the surest to the least sure."""

    MAPPING = "mapping"  # the user's chimera.toml
    FORMAT = "format"  # the file's format declares it
    UNIT = "unit"  # the header names the unit
    NAME = "name"  # a registered name
    COMPANION = "companion"  # a declared companion file, whose numbers agree
    PROPOSAL = "proposal"  # a model's proposal that a person accepted
    PATH = "path"  # the name of the file or of a folder
    VALUES = "values"  # what the values look like
    ASSUMED = "assumed"  # nothing says so; the usual meaning was taken
    NOTHING = "nothing"  # not understood

    @property
    def guess(self) -> bool:
        """Whether a finding that rests on it has to say so."""
        return self in (KnownBy.PROPOSAL, KnownBy.PATH, KnownBy.VALUES, KnownBy.ASSUMED)


class Assignment(Frozen):
    """One part of a file, and what it was read as."""

    name: str  # the header, key or label as the file has it; of a path its part, as "folder 1" or "file name"
    role: Role
    known_by: KnownBy
    means: str = ""  # a metric's canonical name; the name of a factor of the table
    stat: str = ""  # of a metric: sample, mean, p50, …
    definition: str = ""  # of a metric: the variant, where it is not the canonical definition
    unit: str = ""  # of a metric: the unit that its values were read in, which may not be the canonical one
    unit_known_by: KnownBy | None = None
    values: tuple[str, ...] = ()  # a few levels, as the data writes them
    note: str = ""  # why, where that needs a sentence

    @property
    def guess(self) -> bool:
        """Whether the role or the unit is inferred rather than stated."""
        return self.known_by.guess or (self.unit_known_by is not None and self.unit_known_by.guess)

    @model_serializer(mode="wrap")
    def _short(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without what is empty: a folder of thousands of files has tens of thousands of these."""
        kept = ("name", "role", "known_by")  # of a column without a header the name is empty
        return {k: v for k, v in handler(self).items() if k in kept or v not in ("", None, (), [])}


@cache
def _registry() -> tuple[dict[str, str], dict[str, str]]:
    """Whole names, and telling words, with the table of roles.toml that lists them; the first table wins."""
    text = resources.files("chimera_report.tools.schema").joinpath("roles.toml").read_text(encoding="utf-8")
    names: dict[str, str] = {}
    words: dict[str, str] = {}
    for role, listed in tomllib.loads(text).items():
        for name in listed["names"]:
            names.setdefault(name, role)
        for word in listed["words"]:
            words.setdefault(word, role)
    return names, words


def plain(name: str) -> str:
    """A name as the registry writes it: lower case, words joined by _; camelCase is split."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


@lru_cache(maxsize=4096)
def _listed(name: str) -> str:
    names, words = _registry()
    key = plain(name)
    if key in names:
        return names[key]
    return next((words[w] for w in reversed(key.split("_")) if w in words), "")


def listed(name: str) -> bool:
    """Whether the registry lists the name as a whole; else `named_role` goes by one of its words."""
    return plain(name) in _registry()[0]


def named_role(name: str) -> Role:
    """The role that a name alone tells, UNKNOWN where it tells none."""
    found = _listed(name)
    return Role.WORKLOAD if found == "load" else Role(found) if found else Role.UNKNOWN


def is_load(name: str) -> bool:
    """Whether a factor says how much work is offered at a time (concurrency, request rate, batch size)."""
    return _listed(name) == "load"


_LASTED = frozenset((
    "num_prompts", "num_requests", "total_requests", "n_requests", "n_prompts", "request_count", "number_of_requests",
    "requests", "num_iterations", "iterations", "num_samples", "duration", "test_duration", "duration_s_target",
    "max_seconds", "num_warmups", "warmup_requests", "num_questions", "limit",
))  # fmt: skip


def is_run_length(name: str) -> bool:
    """Whether a factor says how long a load was kept up, by its requests, rounds or time: no cause of a speed."""
    return name in _LASTED


_SURE = list(KnownBy)
_SORTS = frozenset(("case", "test", "variant", "scenario", "section", "group", "entry", "experiment"))


def role_of(factor: str, assigned: Iterable[Assignment], levels: Iterable[str]) -> Role:
    """The role of a factor: the surest of the assignments that mean it, else what its name or its levels tell."""
    levels = list(levels)
    if factor in _SORTS and role_of_levels(levels) is Role.REPLICATE:
        return Role.REPLICATE  # `case`: Trial 1, Trial 2
    own = [a for a in assigned if a.means == factor and a.role not in (Role.METRIC, Role.UNKNOWN)]
    if own:
        return min(own, key=lambda a: _SURE.index(a.known_by)).role
    found = named_role(factor)
    return found if found is not Role.UNKNOWN else role_of_levels(levels)


_REPEAT = re.compile(r"(?:run|rep|repeat|trial|iter|iteration|round|seed|attempt|pass|try|sample)[\s_#-]*\d+", re.I)
_QUANT = re.compile(
    r"(?:(?:gguf|exl[23]|ud)[-_ ])?"
    r"(?:i?q\d(?:_\w+)*|[a-z]*(?:fp|bf|int|f)(?:4|8|16|32)\w*|awq|gptq|gguf|hqq|nf4|mxfp4|nvfp4|w\d+a\d+|"
    r"\d+[- ]?bit|[a-z]*[bf]loat16)"
    r"(?:[-_ ](?:int\d|\d+[- ]?bit|gguf|awq|gptq|marlin))?",
    re.I,
)
_SWITCH = frozenset(("on", "off", "true", "false", "yes", "no", "enabled", "disabled"))
_LENGTH = re.compile(r"(?:short|medium|long|tiny|small|large)(?:[\s_-]\w+)?|\w+[\s_-]\d+k|\d+k", re.I)


def is_quantisation(levels: Iterable[str]) -> bool:
    """Whether all levels are names of formats that weights are stored in: `fp16`, `awq`, `gguf_q4_k_m`."""
    known = [v.strip() for v in levels if v and v.strip()]
    return bool(known) and all(_QUANT.fullmatch(v) for v in known)


def role_of_levels(levels: Iterable[str]) -> Role:
    """What the levels themselves tell: `run_1` and `run_2` are repeats, `bf16` and `fp8` a setting."""
    known = [v.strip() for v in levels if v and v.strip()]
    if not known:
        return Role.UNKNOWN
    if {v.lower() for v in known} <= _SWITCH:
        return Role.SETTING
    for pattern, role in ((_REPEAT, Role.REPLICATE), (_QUANT, Role.SETTING), (_LENGTH, Role.WORKLOAD)):
        if all(pattern.fullmatch(v) for v in known):
            return role
    return Role.UNKNOWN
