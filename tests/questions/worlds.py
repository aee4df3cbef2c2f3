"""The reports that the questions are asked of: made by the program, opened as a conversation opens them."""

from __future__ import annotations

import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

from chimera_report.agent.chat.saved import Saved, load
from chimera_report.tools.store import newest

from .folders import FOLDERS
from .raw import CORPUS, ROOT, Raw

NAMES = ("data", *(["corpus"] if CORPUS.is_dir() else []), *FOLDERS)


@lru_cache(maxsize=1)
def root() -> Path:
    return Path(mkdtemp(prefix="questions-"))


@lru_cache(maxsize=8)
def world(name: str) -> tuple[Raw, Saved]:
    """The files and the report of a world, made once."""
    folder = {"data": ROOT / "data", "corpus": CORPUS}.get(name) or root() / name
    if name in FOLDERS:
        folder.mkdir()
        FOLDERS[name](folder)
    out = root() / f"report-{name}"
    program = Path(sys.executable).parent / "chimera-report"
    made = [str(program), str(folder), "--no-llm", "--out", str(out)]
    subprocess.run(made, check=True, capture_output=True, timeout=600)
    found = newest(out, finished=True)
    assert found is not None
    return Raw(name, folder), load(found)
