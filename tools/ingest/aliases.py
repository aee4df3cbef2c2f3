"""Several models under one name: a server that is called after its host serves one model after the other.

What was measured then stands in the names of the files: `run-qwen36-think-on` beside `run-ornith-15-think-on`, both of
which state the model `our-dgx-spark`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from chimera_report.tools.schema import Assignment, KnownBy, Role

from .assign import some
from .folder_names import parts_of
from .names import is_model, model_within

if TYPE_CHECKING:
    from .identify import FileTable


def models_of_aliases(files: list[FileTable]) -> None:
    """Give files of results whose one system is no model's name the model that their own names tell, where several are
    named so."""
    alone: dict[str, list[FileTable]] = defaultdict(list)
    for file in files:
        subjects = {s for r in file.rows for s in r.used("subject")}
        if file.source.role == "data" and len(subjects) == 1:
            alone[subjects.pop()].append(file)
    for alias, members in alone.items():
        if is_model(alias) or any(c.isdigit() for c in alias):
            continue
        told = {id(f): _named(f, members) for f in members}
        if len({n for n in told.values() if n}) < 2:
            continue
        for file in members:
            if name := told[id(file)]:
                for rows in file.rows:
                    rows.texts["subject"], rows.texts["subject_from"] = name, "file name"
                note = f"the files call it {alias} whatever it serves"
                file.told.append(
                    Assignment(
                        name="file name", role=Role.SYSTEM, known_by=KnownBy.PATH, means="subject",
                        values=some([name]), note=note,
                    )
                )  # fmt: skip


def _named(file: FileTable, members: list[FileTable]) -> str:
    """The model in a file's name: one that is known, or what stands in its place beside a sibling's."""
    if name := model_within(file.stem):
        return name
    for sibling in members:
        name = model_within(sibling.stem) if sibling.folder == file.folder else ""
        before, _, after = sibling.stem.partition(name) if name else ("", "", "")
        words = parts_of(after)
        if not before or not words or not file.stem.startswith(before):
            continue
        inner, found, _ = file.stem[len(before) :].partition(words[0])
        if found and any(c.isdigit() for c in inner):
            return inner.strip("-_ .")
    return ""
