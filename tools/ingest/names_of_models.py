"""Words of files' names that only call the model that the files state: `probe__opus` of one of its many full names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .folder_names import is_noise, known_words
from .said_inside import of_models

if TYPE_CHECKING:
    from .identify import FileTable


def called_after_models(group: Sequence[FileTable], words: Sequence[Sequence[str]]) -> set[str]:
    """The words of these names that stand for the models of their files, where each goes with one model, no model has
    two of them, and most are parts of its name. `words` are those of each file that nothing else explains.

    A word that says in which way something was run is none, though each way was run with a model of its own."""
    of: dict[str, set[str]] = defaultdict(set)
    for file, mine in zip(group, words, strict=True):
        for word in mine:
            of[word] |= set(file.subjects)
    models = {s for f in group for s in f.subjects}
    found = {w for w, subjects in of.items() if len(subjects) == 1 and not is_noise(w)}
    own = ["_".join(w for w in mine if w in found) for mine in words]
    called: dict[str, set[str]] = defaultdict(set)
    for file, name in zip(group, own, strict=True):
        if len(file.subjects) == 1:
            called[file.subjects[0]].add(name)
    if len(models) < 2 or not any(own) or any(len(v) > 1 for v in called.values()):
        return set()
    if any(w.lower() in known_words()[0] for w in found):
        return set()
    members = [f for f, name in zip(group, own, strict=True) if name]
    return found if of_models(members, [name for name in own if name]) else set()
