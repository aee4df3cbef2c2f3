"""What the path of one file holds: the levels that its words are, and the words that say nothing known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .folder_names import known_words
from .name_numbers import numbers_of_names

if TYPE_CHECKING:
    from .identify import FileTable

NUMBER = "#"  # of a file among those of the same name: a repeat


@dataclass
class PathName:
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


def machines_of_few(names: Collection[PathName]) -> None:
    """A machine that the names of a few files hold among many is no axis: `inter_node_h100_a100` says between which two
    it was."""
    named = [n for n in names if n.said.get("device") and n.said["device"] not in n.folders]
    if 2 * len(named) < len(names):
        for name in named:
            word = name.said.pop("device")
            del name.levels["device"]
            name.factor.pop(word, None)
            name.words += [] if word in name.words else [word]


def levels_of_words(group: list[FileTable], names: dict[int, PathName]) -> None:
    """Take the numbers that differ between names for levels of what the word before them says."""
    left = [[w for w in n.words if n.factor.get(w, NUMBER) == NUMBER] for n in names.values()]
    subjects = [f.subjects[0] if len(f.subjects) == 1 else "" for f in group]
    for name, told in zip(names.values(), numbers_of_names(left, subjects), strict=True):
        for word, (factor, level) in told.items():
            if name.factor.get(word) == NUMBER:
                del name.levels[NUMBER], name.said[NUMBER], name.factor[word]
            put(name, factor, level, word)


def without_counts(group: list[FileTable], names: dict[int, PathName]) -> None:
    """Repeats are counted from 0 or 1: other numbers at the end of names (`Pi 4`, `Pi 5`) are a part of these."""
    by_template: dict[tuple[str, ...], list[PathName]] = defaultdict(list)
    for file in group:
        if NUMBER in names[id(file)].levels:
            by_template[names[id(file)].template].append(names[id(file)])
    for members in by_template.values():
        found = {int(n.levels[NUMBER]) for n in members}
        for name in members if len(found) > 1 and min(found) > 1 else ():
            name.factor.pop(name.levels.pop(NUMBER), None)


def put(name: PathName, factor: str, level: str, word: str) -> None:
    if factor not in name.levels:
        name.levels[factor], name.said[factor], name.factor[word] = level, word, factor
