"""The reports that the questions are asked of: made by the program, opened as a conversation opens them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

import warm

from chimera_report.agent.chat.saved import Saved, load
from chimera_report.tools.store import newest

from .folders import FOLDERS
from .raw import CORPUS, ROOT, Raw

NAMES = ("data", *(["corpus"] if CORPUS.is_dir() else []), *FOLDERS)


shared: Path | None = None  # of the processes that run one suite: what one has made the others need not make


@lru_cache(maxsize=1)
def root() -> Path:
    return Path(mkdtemp(prefix="questions-"))


def _place(name: str) -> tuple[Path, bool]:
    """Where a world is, and whether it is there already. One that another process is still making is made again, in a
    place of its own: nobody waits."""
    if shared is None:
        return root() / name, False
    place = shared / name
    try:
        place.mkdir(parents=True)
    except FileExistsError:
        return (place, True) if (place / "made").exists() else (root() / name, False)
    return place, False


@lru_cache(maxsize=8)
def world(name: str) -> tuple[Raw, Saved]:
    """The files and the report of a world, made once."""
    place, there = _place(name)
    folder = {"data": ROOT / "data", "corpus": CORPUS}.get(name) or place / name
    out = place / "reports"
    if not there:
        if name in FOLDERS:
            folder.mkdir(parents=True)
            FOLDERS[name](folder)
        made = warm.start(folder, "--no-llm", "--out", out, cwd=ROOT)
        assert made.wait(600) == 0
        (place / "made").touch()
    found = newest(out, finished=True)
    assert found is not None
    return Raw(name, folder), load(found)
