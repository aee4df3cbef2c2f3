"""Files that one program wrote: they hold the same metrics at the same level, or the same keys.

What such files are called is compared word by word (`paths.py`), and what one of them tells of a key holds for all.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .identify import FileTable

_MOSTLY = 0.7  # share of the metrics that both have
_SHARED, _FEWEST = 0.8, 6  # share of the keys of the one that has fewer, and how many keys


def alike_files(files: list[FileTable]) -> Iterable[list[FileTable]]:
    """Files of one kind that hold the same metrics at the same level, most of them at least, or the same keys: an
    answer that was streamed has times that one in one piece lacks."""
    groups: list[tuple[str, set[tuple[str, bool]], set[str], list[FileTable]]] = []
    for file in files:
        mine = {(k.metric, k.stat == "sample") for r in file.rows for k in r.kinds if k.metric != "request"}
        keys = {a.name for r in file.rows for a in r.told}
        for kind, known, named, members in groups:
            alike = len(known & mine) >= _MOSTLY * max(len(known | mine), 1)
            if kind == file.source.format and (
                alike or _in_part(file, mine, known, members) or (known & mine and _same_keys(keys, named))
            ):
                members.append(file)
                known |= mine
                named |= keys
                break
        else:
            groups.append((file.source.format, mine, keys, [file]))
    return [members for _, _, _, members in groups]


def _same_keys(mine: set[str], known: set[str]) -> bool:
    shared = len(mine & known)
    return shared >= _FEWEST and shared >= _SHARED * min(len(mine), len(known))


def _in_part(file: FileTable, mine: set[tuple[str, bool]], known: set[tuple[str, bool]], of: list[FileTable]) -> bool:
    """Whether one of the two only lacks what the other has too, in one folder: a system that gives no first token."""
    shared = known & mine
    return bool(shared) and shared in (known, mine) and any(f.folder == file.folder for f in of)
