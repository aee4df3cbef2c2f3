"""`chimera-report` as its user calls it, within this process: what a new process would read anew each time is there.

For what only a process shows (signals, streams that close, memory, start-up), a test starts one.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping
from contextlib import chdir
from io import BytesIO, TextIOWrapper
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from unittest import mock


def run(
    *arguments: str | Path, cwd: Path, env: Mapping[str, str] | None = None, given: str = ""
) -> CompletedProcess[str]:
    """What the command prints, and its exit code; `env` stands for the whole environment."""
    from chimera_report.agent.cli import main

    words = [str(a) for a in arguments]
    streams: dict[str, Any] = {
        name: TextIOWrapper(BytesIO(given.encode() if name == "stdin" else b""), encoding="utf-8", write_through=True)
        for name in ("stdin", "stdout", "stderr")
    }
    code = 0
    collects = gc.isenabled()
    with (
        chdir(cwd),
        mock.patch.dict(os.environ, dict(os.environ if env is None else env), clear=True),
        mock.patch.object(sys, "argv", ["chimera-report", *words]),
        mock.patch.multiple(sys, **streams),
    ):
        try:
            main(words)
        except SystemExit as exc:
            code = exc.code if isinstance(exc.code, int) else 0 if exc.code is None else 1
        finally:
            if collects:
                gc.enable()  # a report is made without
    out, err = (streams[n].buffer.getvalue().decode("utf-8", "replace") for n in ("stdout", "stderr"))  # type: ignore[attr-defined]
    return CompletedProcess(words, code, out, err)
