"""What the rows of a report are called: every name of a row, and the parts that people call it by."""

# ruff: noqa: E501 — tables are read as a whole

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from chimera_report.tools.patterns import compiled

# Parts that name nothing: what every file or model may be called.
_EMPTY = frozenset(
    ("csv", "json", "jsonl", "md", "txt", "the", "of", "and", "v1", "v2", "0", "1", "2", "3", "it", "hf")
)


# Files that every folder may have: two of one name are of nothing in common.
_PAGE = re.compile(r"readme|index|license|changelog|notes|data|results?|output", re.IGNORECASE)

_MOST_ASKED = 1 << 12  # words whose groups are remembered


def number_forms(name: str) -> tuple[str, ...]:
    """How a number format is written elsewhere: int8 and 8-bit, bf16 and bfloat16."""
    if m := re.fullmatch(r"(?:int|i|w)(\d{1,2})|(\d{1,2})[- ]?bits?", name):
        bits = m[1] or m[2]
        return (f"{bits}-bit", f"{bits}bit", f"int{bits}")
    return {"bf16": ("bfloat16",), "fp16": ("float16", "f16", "half"), "f16": ("float16", "fp16"), "fp32": ("float32", "f32"),
            "bfloat16": ("bf16",), "float16": ("fp16", "f16"), "half": ("fp16", "float16", "f16")}.get(name, ())  # fmt: skip


def _document(path: str) -> bool:
    return path.lower().endswith((".md", ".txt", ".rst", ".html"))


@lru_cache(maxsize=1 << 14)
def parts_of(name: str) -> frozenset[str]:
    """The parts by which a name may be called: "gemma3:1b-it-qat" → gemma3, gemma, 1b, 1b-it-qat, qat, …"""
    low = name.lower().strip()
    found = {low, *_humps(name)}
    for outer in re.split(r"[:/\s]+", low):
        found.add(outer)
        pieces = [p for p in re.split(r"[-\s]+", outer) if p]
        found.update(pieces)
        fine = [p for p in re.split(r"[-_\s]+", outer) if p]
        found.update(fine)
        found.update(p for x in fine for p in x.split(".") if len(p) >= 4 and re.search(r"[a-z]{3}", p))  # g5.12xlarge
        for size in (2, 3):
            for i in range(len(fine) - size + 1):
                run = fine[i : i + size]
                found.update(("".join(run), "_".join(run), "-".join(run)))
    spread = [p for p in re.split(r"[-_:/\s]+", low) if p]
    for i in range(len(spread) - 1):
        if " " in low and re.search(r"[a-z]", spread[i]):
            found.add("-".join(spread[i : i + 2]))  # "gemma 4" of "Gemma 4 26B-A4B"
    for part in tuple(found):
        if re.search(r"[^\w\s]|_", part) and len(part) <= 24:
            found.add(re.sub(r"[\W_]", "", part))  # "llama.cpp" is llamacpp, too
        if letters := re.match(r"[a-z]{3,}(?=[\d.])", part):
            found.add(letters[0])
        found.add(re.sub(r"\.(?:csv|jsonl?|md|txt|tsv|ya?ml|log)$", "", part))
    return frozenset(p for p in found if p and p not in _EMPTY and not re.fullmatch(r"[\d.]+|.", p))


def _humps(name: str) -> set[str]:
    """The words of a name that capitals hold apart, two and more at a time: "cloudrun" of "CloudRunOllama"; one alone
    where it is long and stands at an end: "endpoint" of "VertexAIEndpoint"."""
    found: set[str] = set()
    for piece in re.split(r"[^A-Za-z]+", name):
        humps = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", piece)
        if len(humps) < 3 or "".join(humps) != piece:
            continue  # "DeepSeek", "OpenAI": a name of two words is one
        words = [h.lower() for h in humps]
        for size in range(2, len(words)):
            found.update("".join(words[i : i + size]) for i in range(len(words) - size + 1))
        found.update(w for w in (words[0], words[-1]) if len(w) >= 5)
    return found


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one suite, system, file and further names."""

    suite: str
    subject: str
    source: str
    levels: tuple[tuple[str, str], ...] = ()  # of factors that name systems
    rows: int = 0

    def own(self) -> tuple[str, ...]:
        stem = re.sub(r"\.\w+$", "", self.source.rsplit("/", 1)[-1])
        return tuple(n for n in (self.subject, *(x for _, x in self.levels), self.suite, stem) if n)

    def folders(self) -> tuple[str, ...]:
        """The folders of its file, by which a machine or a day is called where no column says it."""
        return tuple(self.source.split("/")[:-1])


@dataclass(slots=True)
class Names:
    """Part of a name → the groups that have it. What files of one name in several folders hold is of one thing, so
    that a group without a system of its own is called by the names of its companions, too."""

    groups: tuple[Group, ...]
    owners: dict[str, frozenset[int]] = field(default_factory=dict)
    systems: dict[str, frozenset[int]] = field(default_factory=dict)  # the same of what names systems alone
    whole: dict[str, frozenset[int]] = field(default_factory=dict)
    columns: dict[str, frozenset[str]] = field(default_factory=dict)  # part → where it stands: subject, suite, a factor
    asked: dict[str, frozenset[int]] = field(default_factory=dict)  # what `having` found

    @classmethod
    def of(cls, groups: Iterable[Group]) -> Names:
        made = cls(tuple(groups))
        owners: dict[str, set[int]] = {}
        systems: dict[str, set[int]] = {}
        whole: dict[str, set[int]] = {}
        stems: dict[str, list[int]] = {}
        everywhere = (
            frozenset.intersection(*(frozenset(g.folders()) for g in made.groups)) if made.groups else frozenset()
        )
        for i, group in enumerate(made.groups):
            stems.setdefault(group.source.rsplit("/", 1)[-1].rsplit(".", 1)[0], []).append(i)
            for name in (*group.own(), *(f for f in group.folders() if f not in everywhere)):
                for part in parts_of(name):
                    owners.setdefault(part, set()).add(i)
            for name in (group.subject, *(x for _, x in group.levels)):
                for part in parts_of(name):
                    systems.setdefault(part, set()).add(i)
            for name in (group.subject, group.suite, *(x for _, x in group.levels)):
                if name:
                    whole.setdefault(name.lower(), set()).add(i)
        for stem, places in stems.items():
            for i in places:
                if made.groups[i].subject or len(places) < 2 or _PAGE.fullmatch(stem):
                    continue
                for j in places:
                    if made.groups[j].source == made.groups[i].source:
                        continue  # of one file each row says for itself what it is of
                    for name in (made.groups[j].subject, *(x for _, x in made.groups[j].levels)):
                        for part in parts_of(name):
                            owners.setdefault(part, set()).add(i)
        _own_first(made.groups, owners, systems)
        made.columns = _columns(made.groups)
        made.owners = {k: frozenset(v) for k, v in owners.items()}
        made.systems = {k: frozenset(v) for k, v in systems.items()}
        made.whole = {k: frozenset(v) for k, v in whole.items()}
        return made

    def having(self, part: str) -> frozenset[int]:
        """The groups that are called by this part, or by its beginning or plural."""
        low = part.lower()
        if low not in self.asked:
            if len(self.asked) >= _MOST_ASKED:
                self.asked.clear()
            self.asked[low] = self._having(low)
        return self.asked[low]

    def _having(self, low: str) -> frozenset[int]:
        squeezed = re.sub(r"[\W_]", "", low)
        own = self.whole.get(low, frozenset()) if low in self.systems else frozenset()
        if own and squeezed in self.systems:
            own |= self.whole.get(squeezed, frozenset())  # llama.cpp of a document, llamacpp of its files
        more = self.owners.get(low, frozenset()) - own
        stated = all(_document(self.groups[i].source) for i in own) and not all(
            _document(self.groups[i].source) for i in more
        )
        if own and not stated:  # "vllm" is vllm, and not vllm_awq beside it
            return own | self._silent(low)
        for form in (low, low.removesuffix("s"), low.replace(" ", ""), squeezed):
            if form in self.owners:
                return self.owners[form] | self.owners.get(squeezed, frozenset()) | self._short_for(form)
        if short := self._short_for(low):
            return short
        for form in number_forms(low):
            if form in self.owners:
                return self.owners[form]
        if len(low) >= 2 and re.search(r"\d", low):  # "q4" of q4_0, q4_K_M
            found: set[int] = set()
            for name, owned in self.owners.items():
                if name.startswith(low) and not name[len(low)].isdigit() and len(name) <= len(low) + 4:
                    found |= owned
            return frozenset(found) or self.cards(low)
        return frozenset()

    def cards(self, number: str) -> frozenset[int]:
        """The groups of a graphics card that people call by its number: 5090, of NVIDIA GeForce RTX 5090."""
        if not re.fullmatch(r"\d{3,4}", number):
            return frozenset()
        called = compiled(rf"(?:rtx|gtx|rx|arc|quadro|radeon|geforce|titan|tesla)[-_ ]?{number}(?!\d)", re.IGNORECASE)
        return frozenset(
            i for i, g in enumerate(self.groups) if any(called.search(n) for n in (*g.own(), *g.folders()))
        )

    def _short_for(self, word: str) -> frozenset[int]:
        """The groups of the one name that a word begins: "trt" of trtllm, where nothing that was measured is called by
        the word itself."""
        own = self.owners.get(word, frozenset())
        if len(word) < 3 or not word.isalpha() or any(not _document(self.groups[i].source) for i in own):
            return frozenset()
        longer = {n for n in self.owners if n.startswith(word) and n.isalpha() and 0 < len(n) - len(word) <= 4}
        owned = {n: self.owners[n] for n in longer if any(not _document(self.groups[i].source) for i in self.owners[n])}
        return next(iter(owned.values())) if len(set(owned.values())) == 1 else frozenset()

    def _silent(self, level: str) -> frozenset[int]:
        """Groups that have a level in their system's name or another column, where no column of theirs could say it: in
        their suite the columns of that name are empty for them."""
        columns: dict[str, set[str]] = {}
        for i in self.whole[level]:
            held = columns.setdefault(self.groups[i].suite, set())
            held |= {c for c, x in self._columns_of(i).items() if x.lower() == level}
        every = set().union(*columns.values())
        return frozenset(
            i
            for i in self.owners.get(level, ())
            if not any(self._columns_of(i).get(c) for c in columns.get(self.groups[i].suite, every))
        )

    def _columns_of(self, place: int) -> dict[str, str]:
        group = self.groups[place]
        return {"subject": group.subject, "suite": group.suite, **dict(group.levels)}

    def rivals(self, one: str, other: str) -> bool:
        """Whether two parts of names can stand against each other: some column has rows of the one and of the other."""
        mine, theirs = self._standing(one), self._standing(other)
        return not mine or not theirs or bool(mine & theirs)

    def _standing(self, part: str) -> frozenset[str]:
        """The columns that a part stands in, with what it is called where it is written as one: llama.cpp, llamacpp."""
        low = part.lower()
        return self.columns.get(low, frozenset()) | self.columns.get(re.sub(r"[\W_]", "", low), frozenset())

    def common(self) -> frozenset[int]:
        return frozenset(range(len(self.groups)))


def _columns(groups: tuple[Group, ...]) -> dict[str, frozenset[str]]:
    """Where the parts of names stand. Two names are rivals only where one column has both."""
    found: dict[str, set[str]] = {}
    for g in groups:
        stem = g.source.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        for column, name in (("subject", g.subject), ("suite", g.suite), ("file", stem), *g.levels):
            for part in parts_of(name) if name else ():
                found.setdefault(part, set()).add(column)
        for folder in g.folders():
            for part in parts_of(folder):
                found.setdefault(part, set()).add("folder")
    return {part: frozenset(columns) for part, columns in found.items()}


def _own_first(groups: tuple[Group, ...], owners: dict[str, set[int]], systems: dict[str, set[int]]) -> None:
    """A file called a100_h100 holds rows of both: a part that tells rows apart in a column of theirs is of those rows
    that say so there, and of no other that says something else in that column."""
    said: dict[str, set[str]] = {}
    columns = [{"subject": g.subject, **dict(g.levels)} for g in groups]
    for mine in columns:
        for column, name in mine.items():
            for part in parts_of(name):
                said.setdefault(part, set()).add(column)
    for part, owned in owners.items():
        telling = said.get(part)
        if telling and not owned <= systems.get(part, set()):
            others = owned - systems[part]
            owned -= {i for i in others if any(columns[i].get(c) for c in telling)}


def levels_of(row: Mapping[str, object], factors: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The levels of a row's naming factors that say something."""
    return tuple((f, str(row[f])) for f in factors if row[f] is not None and row[f] == row[f])
