"""How many GPUs ran, as the names of files and folders say it: `1gpu` beside `2gpu`, `single_gpu` beside `dual_gpu`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from chimera_report.tools.schema import Assignment, KnownBy, Role

from .rows import Coded

if TYPE_CHECKING:
    from .identify import FileTable

_WORDS = {"single": 1, "one": 1, "two": 2, "dual": 2, "three": 3, "four": 4, "quad": 4, "eight": 8}
_GPUS = re.compile(rf"(?<![a-z0-9])(\d{{1,2}}|{'|'.join(_WORDS)})[-_ x]*gpus?(?![a-z0-9])", re.I)
_CARDS = re.compile(r"(?<![a-z0-9])(\d{1,2})x[-_ ]?(?:[abhlv]\d{2,3}[a-z]*|gh?b?200|rtx|mi\d{3}|t4|l4)(?![a-z])", re.I)
_SEVERAL = re.compile(r"(?<![a-z0-9])multi[-_ ]*gpus?(?![a-z0-9])", re.I)
_STATED = ("num_gpus", "gpu_count", "n_gpus", "gpus", "tensor_parallel", "world_size", "num_devices")


def gpus_of_names(files: list[FileTable]) -> None:
    """Give files of results the number of GPUs that their names tell, where the files of the folder differ in it and
    these do not state it themselves."""
    data = [f for f in files if f.source.role == "data" and f.rows]
    stated = {id(f): _levels(f) for f in data}
    told = {id(f): n for f in data if not stated[id(f)] and (n := _told(f))}
    if len({n for n, _ in told.values()}.union(*stated.values())) < 2:
        return
    for file in data:
        bare = next((s for p in (_GPUS, _CARDS, _SEVERAL) if (s := p.sub("", file.stem)) != file.stem), "")
        file.stem = re.sub(r"[-_ ]{2,}", "_", bare).strip("-_ .") or file.stem  # what is a setting names no benchmark
        if id(file) not in told:
            continue
        count, where = told[id(file)]
        for rows in file.rows:
            rows.factors["num_gpus"] = Coded(np.zeros(len(rows), dtype=np.int64), [count])
        file.told.append(
            Assignment(name=where, role=Role.SETTING, known_by=KnownBy.PATH, means="num_gpus", values=(count,))
        )


def _levels(file: FileTable) -> set[str]:
    return {v for r in file.rows for name in _STATED if name in r.factors for v in r.factors[name].used}


def _told(file: FileTable) -> tuple[str, str] | None:
    """(number, part of the path) of the name or the nearest folder that tells one."""
    for where, step in (("file name", file.stem), *(("folder", p) for p in reversed(file.place.parent.parts))):
        found = {m[1].lower() for pattern in (_GPUS, _CARDS) for m in pattern.finditer(step)}
        if len(found) == 1:
            word = found.pop()
            return str(_WORDS.get(word) or int(word)), f"{where}: {step}"
    return None
