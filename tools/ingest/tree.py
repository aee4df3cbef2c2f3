"""JSON → records: objects in lists, or under keys that are names, with what they inherit from what they lie in."""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Iterator
from typing import Any

import numpy as np

from chimera_report.tools.metrics import METRICS, STATS, normalise, resolve, resolve_factor
from chimera_report.tools.schema import Json, Role, is_quantisation, named_role

from .alike import COLLECTIONS, leaves_of, lists_by_name, only_failed
from .beside import apart_in, parts_of_record
from .folder_names import known_words, parts_of
from .lazy import Lazy, Odd
from .machine_words import cards
from .names import is_model, model_and_mode, words_of
from .numbered import are_numbers, counted_by, counted_in, is_curve
from .reading import ABOVE, GIVEN, MORE_COLUMNS, STEP, WIDE, Limits, Reading, Records, skipped
from .within import INNER, Known, read_inner


class Parsed:
    """A document and what was odd about it."""

    def __init__(self, document: Json, non_finite: int = 0, twice: tuple[str, ...] = ()) -> None:
        self.document = document
        self.non_finite = non_finite
        self.twice = twice  # keys that stand twice in one object, each once; the last value counts, as in Python


def parse(text: str) -> Parsed:
    """JSON text → document. NaN and Infinity, which JSON does not have, become missing and are counted.

    Raises ValueError when the text is no JSON, RecursionError when it is nested too deeply for the parser.
    """
    odd = Odd()
    document = json.loads(text, parse_constant=odd.missing, object_pairs_hook=odd.made)
    return Parsed(document, odd.non_finite, tuple(odd.twice))


def read_tree(
    document: Json,
    stem: str,
    limits: Limits,
    *,
    format: str = "json",  # noqa: A002
    known: Known | None = None,
) -> Reading:
    """Records of a JSON document. `stem` names the factor of a top level that is keyed by names; `known` recognises
    records of other tools within it."""
    if not isinstance(document, dict | list):
        return skipped("holds no records", format=format)
    reading = Reading(format=format)
    shapes: dict[str, _Gathered] = {}
    count = 0
    for shape, pointer, record in _Walk(stem, known).records(document):
        count += 1
        if count > limits.records:
            reading.note("more records than the limit; the first ones were read")
            break
        if shape not in shapes:
            shapes[shape] = _Gathered(limits)
        shapes[shape].add(pointer or "/", record, count)
    while shapes:  # one after the other: what is gathered is let go when it is made
        shape = next(iter(shapes))
        found = shapes.pop(shape)
        if known is not None and INNER in found.columns:
            read_inner(reading, found.rows(), shape, known)
        else:
            reading.records.append(found.records(shape))
            if found.left_out:
                reading.note(MORE_COLUMNS)
    reading.count = count
    if isinstance(document, dict):
        reading.suite = _own_name(document, stem)
    return reading


def _own_name(document: dict[str, Json], stem: str) -> str:
    """The benchmark's name where the document gives one that its file's name repeats."""
    for key in ("benchmark_name", "test_name", "suite", "benchmark", "name"):
        value = document.get(key)
        if isinstance(value, str) and value and normalise(stem).startswith(normalise(value)):
            return value
    return ""


_ABSENT: Any = object()  # no cell: the record does not have the key


class _Gathered:
    """The records of one shape as columns, so that no record outlives its place in the document."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.left_out = False  # whether keys were, beyond the limits
        self.columns: dict[str, list[Any]] = {}
        self.where: list[str] = []
        self.numbers = array("q")
        self._known: dict[str, str] = {}  # a short text that comes again is kept once

    def add(self, pointer: str, record: dict[str, Any], number: int) -> None:
        size = len(self.where)
        for name, value in record.items():
            column = self.columns.get(name)
            if column is None:
                if len(self.columns) >= self.limits.columns:
                    self.left_out = True
                    continue
                column = self.columns[name] = []
            if len(column) < size:
                column.extend([_ABSENT] * (size - len(column)))
            if type(value) is str and len(value) < 80 and len(self._known) < 10_000:
                value = self._known.setdefault(value, value)
            column.append(value)
        self.where.append(pointer)
        self.numbers.append(number)

    def records(self, shape: str) -> Records:
        size, columns = len(self.where), {}
        most = self.limits.cells // max(size, 1)
        if len(self.columns) > max(most, WIDE):  # each record has keys of its own: those that most have are read
            held = {name: sum(c is not _ABSENT for c in cells) for name, cells in self.columns.items()}
            kept = set(sorted(held, key=lambda name: -held[name])[: max(most, WIDE)])
            self.columns = {name: cells for name, cells in self.columns.items() if name in kept}
            self.left_out = True
        while self.columns:
            name = next(iter(self.columns))
            cells = self.columns.pop(name)
            columns[name] = made = np.empty(size, dtype=object)
            made[: len(cells)] = [None if c is _ABSENT else c for c in cells]
        return Records(columns, size, self.where, np.array(self.numbers, dtype=np.int64), shape)

    def rows(self) -> list[tuple[str, dict[str, Any]]]:
        """Place and record of each, with its number as "#"."""
        made: list[tuple[str, dict[str, Any]]] = [(where, {}) for where in self.where]
        for name, cells in self.columns.items():
            for (_, record), cell in zip(made, cells, strict=False):
                if cell is not _ABSENT:
                    record[name] = cell
        for (_, record), number in zip(made, self.numbers, strict=True):
            record["#"] = number
        return made


class _Walk:
    def __init__(self, stem: str, known: Known | None = None) -> None:
        self.known = known or Known()
        self.root_level = _level_name(words_of(stem))
        self.counted = counted_in(words_of(stem))
        self.stem = normalise(stem)
        self.asked: frozenset[str] = frozenset()  # keys under which the document has the texts of its prompts

    def records(self, document: Json) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """(shape, JSON pointer, flat record) in the order of the document."""
        self.asked = _asked(document)
        if isinstance(document, list):
            yield from self._list(document, "", "", "", {}, {})
        elif self._keyed(document, ""):
            yield from self._dict_of(document, "", "", self.root_level, {}, {})
        else:
            yield from self._record(document, "", "", {}, {})

    def _record(
        self, node: dict[str, Json], pointer: str, shape: str, above: dict[str, Any], given: dict[str, Any]
    ) -> Iterator[tuple[str, str, dict[str, Any]]]:
        own: dict[str, Any] = {}
        children: list[tuple[str, Json]] = []
        inner: list[tuple[str, Json]] = []
        if pointer and self.known.is_one(node):
            inner.append(("", node))
        else:
            self._collect(node, "", own, children, inner)
        if not pointer:  # the document's own name is no prompt
            own = {k: v for k, v in own.items() if not (k == "test_name" and self.stem.startswith(normalise(str(v))))}
        inherited = {k: v for k, v in above.items() if k.removeprefix(ABOVE) not in own}
        if len(inner) > 1:  # of several records of a tool in one object, the keys tell which is which
            for path, one in inner:
                level = path.rpartition(STEP)[2]
                told = {} if is_model(level) else {GIVEN + "variant": level}
                place = pointer + "".join(f"/{_escaped(s)}" for s in path.split(STEP))
                yield shape, place, {**own, **inherited, **told, **given, INNER: one}
        apart = set() if pointer else apart_in(own, [path for path, _ in children])
        if len(inner) < 2:
            of = {INNER: inner[0][1]} if inner else {}
            place = pointer + "".join(f"/{p}" for p, _ in inner if p)
            for name, part in parts_of_record(own, apart):
                yield shape + name, place + name, {**part, **inherited, **given, **of}
        below_all = {**above, **{ABOVE + k: v for k, v in own.items()}}
        for path, child in children:
            steps = path.split(STEP)
            below = below_all
            if apart:
                gone = tuple(ABOVE + p + STEP for p in apart if p != steps[0])
                below = {k: v for k, v in below_all.items() if not k.startswith(gone)}
            place, kind = pointer + "".join(f"/{_escaped(s)}" for s in steps), "/".join([shape, *steps])
            name = steps[-1]
            if isinstance(child, list):
                yield from self._list(child, place, kind, name, below, given)
            elif is_curve(name, child):
                level = counted_by(name, self.counted)
                for key, value in child.items():
                    yield f"{kind}/*", f"{place}/{_escaped(key)}", {name: value, **below, **given, GIVEN + level: key}
            else:
                yield from self._dict_of(child, place, kind, _singular(normalise(name)), below, given)

    def _collect(
        self,
        node: dict[str, Json],
        prefix: str,
        own: dict[str, Any],
        children: list[tuple[str, Json]],
        inner: list[tuple[str, Json]],
    ) -> None:
        for key, value in node.items():
            path = prefix + key
            if isinstance(value, dict | list) and self.known.is_one(value):
                inner.append((path, value))
            elif isinstance(value, dict):
                if self._keyed(value, key) or is_curve(key, value) or lists_by_name(value, key):
                    children.append((path, value))
                else:
                    self._collect(value, path + STEP, own, children, inner)
            elif isinstance(value, list):
                if not isinstance(value, Lazy) and (told := cards(key, value)):
                    own |= {prefix + name: of for name, of in told.items()}
                elif isinstance(value, Lazy) or (
                    value and (all(isinstance(v, dict) for v in value) or _is_series(key, value, node))
                ):
                    children.append((path, value))
                elif normalise(key).endswith("providers") and all(isinstance(v, str) for v in value):
                    own[path] = ", ".join(value)[:200]  # where a session ran: a label may say otherwise
            else:
                own[path] = value

    def _list(
        self, items: list[Json], pointer: str, shape: str, name: str, above: dict[str, Any], given: dict[str, Any]
    ) -> Iterator[tuple[str, str, dict[str, Any]]]:
        runs = "run" in normalise(name).split("_")
        for i, item in enumerate(items):
            extra = {**given, GIVEN + "run": f"#{i + 1}"} if runs else given
            if isinstance(item, dict):
                if "model" in normalise(name) and isinstance(item.get("name"), str) and "model" not in item:
                    extra = {**extra, GIVEN + "subject": item["name"]}
                if "process" in normalise(name) and isinstance(item.get("name"), str):
                    extra = {**extra, GIVEN + "process": item["name"]}
                yield from self._record(item, f"{pointer}/{i}", f"{shape}/*", above, extra)
            elif isinstance(item, int | float) and not isinstance(item, bool):
                yield f"{shape}/*", f"{pointer}/{i}", {name: item, **above, **extra}

    def _dict_of(
        self, node: dict[str, Json], pointer: str, shape: str, level: str, above: dict[str, Any], given: dict[str, Any]
    ) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Objects under keys that are names: the key becomes a level, or the subject where it names a model."""
        level = self._of_asked(_of_levels(level, list(node)), list(node))
        level = self._of_numbers(level, node)
        models = sum(map(is_model, node)) >= _MOSTLY * len(node)  # then the others name models too
        for key, child in node.items():
            both = model_and_mode(key)
            subject = level in ("model", "llm") or models or is_model(key)
            extra = {**given, GIVEN + ("subject" if subject else level): key}
            if both:
                extra = {**given, GIVEN + "subject": both[0], GIVEN + "mode": both[1]}
            place, kind = f"{pointer}/{_escaped(key)}", f"{shape}/*"
            if isinstance(child, list):
                yield from self._list(child, place, kind, level, above, extra)
            elif self._keyed(child, "", nested=True) and not self.known.is_one(child):
                yield from self._dict_of(
                    child, place, kind, "variant" if level != "variant" else "subvariant", above, extra
                )
            else:
                yield from self._record(child, place, kind, above, extra)

    def _of_numbers(self, level: str, node: dict[str, Json]) -> str:
        """A setting that the file's name sweeps (`conc_sweep`) has numbers as levels; names found around them belong to
        another setting."""
        if not self.counted:
            return level
        if are_numbers(node):
            return self.counted if level in ("variant", "subvariant", "case", self.root_level) else level
        inside = level == self.root_level and any(isinstance(c, dict) and are_numbers(c) for c in node.values())
        return "variant" if inside else level

    def _of_asked(self, level: str, keys: list[str]) -> str:
        """`prompt` for keys under which the document has the texts that were asked, or that are languages."""
        if level not in ("variant", "subvariant", "case"):
            return level
        small = [k.strip().lower() for k in keys]
        asked = len(keys) > 1 and set(keys) <= self.asked
        return "prompt" if asked or (len(keys) > 1 and _LANGUAGES.issuperset(small)) else level

    def _keyed(self, node: dict[str, Json], name: str, *, nested: bool = False) -> bool:
        """Whether an object's keys are names of cases: all values are objects, alike in what they hold."""
        children = list(node.values())
        if not children or not all(isinstance(c, dict) and c for c in children):
            return False
        if any(normalise(k) in STATS or resolve(k) is not None for k in node):
            return False
        if normalise(name) in COLLECTIONS or (nested and len(children) == 1):
            return True
        if len(children) > 1 and all(is_model(k) or model_and_mode(k) for k in node):
            return True
        told = [c for c in children if not only_failed(c)]  # a case that failed holds none of the others' numbers
        leaves = [leaves_of(c) for c in told or children]
        every = set().union(*leaves)
        return len(children) > 1 and bool(every) and all(len(leaf) >= 0.5 * len(every) for leaf in leaves)


_MOSTLY = 0.6
_LANGUAGES = frozenset((
    "html", "css", "python", "c", "c++", "cpp", "c#", "csharp", "java", "javascript", "js", "typescript", "rust",
    "go", "julia", "basic", "bash", "sql", "ruby", "php", "swift", "kotlin", "scala", "haskell", "perl", "lua",
    "fortran", "r",
))  # fmt: skip
_ASKED = frozenset(("prompts", "questions", "tasks", "prompt_texts", "queries", "test_prompts"))


def _asked(document: Json) -> frozenset[str]:
    """The keys under which a document lists the texts that were asked."""
    above = document if isinstance(document, dict) else {}
    texts = (v for k, v in above.items() if normalise(k) in _ASKED and isinstance(v, dict))
    return frozenset(k for found in texts for k, v in found.items() if isinstance(v, str | dict))


def _escaped(key: str) -> str:
    """A step of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def _is_series(key: str, items: list[Json], node: dict[str, Json]) -> bool:
    meaning = resolve(key)
    if (
        meaning is not None
        and meaning.metric not in METRICS
        and isinstance(node.get(key.removesuffix("s")), int | float)
    ):
        return False  # the parts of a score of nobody's registry, beside it
    numeric = all(isinstance(v, int | float) and not isinstance(v, bool) for v in items)
    return numeric and meaning is not None and meaning.stat == "sample"


def _level_name(words: list[str]) -> str:
    """What the keys of a document are levels of: `quantization_report` → quantisation, `kernel_benchmarks` → kernel."""
    telling = [
        w
        for w in words
        if _singular(w) not in ("benchmark", "bench", "report", "result", "summary", "metric", "test", "data")
    ]
    if not telling:
        return "case"
    return resolve_factor("_".join(telling)) or resolve_factor(telling[0]) or _singular(telling[0])


def _of_levels(name: str, levels: list[str]) -> str:
    """The name of what keys are levels of: as given where a registry knows it, else what all of the keys name."""
    formats = len(levels) > 1 and is_quantisation(levels) and not {"kv", "cache"} & set(name.split("_"))
    if formats and not resolve_factor(name):
        return "quantisation"
    if name in ("model", "llm") or resolve_factor(name) or named_role(name) is not Role.UNKNOWN:
        return name
    words = known_words()[0]
    for factor in ("workload", "device", "backend", "provider"):
        if all(
            len(parts := parts_of(k)) <= _NAMED and any(words.get(w.lower()) == factor for w in parts) for k in levels
        ):
            return factor
    return name


# words of a level that one of them names: `anthropic:claude-sonnet-4:static` is no data set of sonnets
_NAMED = 3
_RESULTS = re.compile(
    r"_(?:analysis|analyses|results|breakdown|stats|statistics|metrics|summary|summaries|performance)$"
)


def _singular(word: str) -> str:
    name = _RESULTS.sub("", word.removeprefix("by_").removeprefix("per_"))
    if name.endswith("ies") and len(name) > 5 and name != "series":
        name = name[:-3] + "y"  # categories, queries
    elif name.endswith(("sses", "xes", "ches", "shes")):
        name = name[:-2]
    elif name.endswith("s") and not name.endswith(("ss", "is", "us")):
        name = name[:-1]
    return resolve_factor(name) or name or "case"
