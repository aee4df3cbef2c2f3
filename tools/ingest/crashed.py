"""How logs end: where a program died a run failed, with what it said last; and with `PASS` or `ok` the runs passed.

Only a log without results counts, and only where no file of the same run holds results: a server is often killed once
its work is done.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from .formats.build import Observations
from .formats.command_line import said
from .formats.llama_text import about
from .reading import Reading

if TYPE_CHECKING:
    from .identify import FileTable

CRASHED = "ends where the program died"
_TAIL = 60  # lines of the end that are looked at: a backtrace is long
_LAST = 4  # lines in which a bare word ends a log
_LINE = 1000  # signs of a line that are looked at: no program's last words are longer, and a line may have millions
_DIED = re.compile(
    r"(?P<assert>GGML_ASSERT\([^\n]*)|(?P<trace>Traceback \(most recent call last\))|"
    r"(?P<line>Assertion [`'][^\n]* failed|OutOfMemoryError|(?:CUDA|HIP|ROCm|Vulkan|GPU)[^\n]{0,40}out of memory|"
    r"ErrorOutOfDeviceMemory|Segmentation fault|core dumped|Abort trap|terminate called after)"
)
_WORD = re.compile(r"(?:^|[:\s])(?:Killed|Aborted|Abort trap: \d+|killed by signal \d+)(?:\s|$)")
_RAISED = re.compile(r"^(?:[\w.]+\.)?\w*(?:Error|Exception|Interrupt|Exit)\b.*")
_LONGEST = 300


def crash(text: str) -> Reading | None:
    """The failed run of a log that ends where a program died; None for any other text."""
    lines = text.rstrip().splitlines()
    first = max(len(lines) - _TAIL, 0)
    for number, whole in enumerate(lines[first:], first + 1):
        line = whole[:_LINE]
        found = _DIED.search(line)
        if found is None and number > len(lines) - _LAST and (match := _WORD.search(line)):
            return _failed(match[0].strip(" :"), number, text)
        if found is None:
            continue
        reason = (found["assert"] or line).strip()
        if found["trace"]:
            raised = [x.strip() for x in (y[:_LINE] for y in lines[number:]) if _RAISED.match(x.strip())]
            if not raised:
                continue
            reason = raised[-1]
        return _failed(reason, number, text)
    return None


_WELL = re.compile(r"(?:PASS(?:ED)?|ok|OK|SUCCESS)(?:\s.*)?")


def ended_well(text: str) -> bool:
    """Whether the last line says that the runs passed, as `go test` and test scripts write it."""
    return bool(_WELL.fullmatch(text.rstrip()[-200:].rpartition("\n")[2].strip()))


def _failed(reason: str, number: int, text: str) -> Reading:
    of_llama = re.search(r"\b(?:ggml|llama)_", text) is not None
    context = about(text) if of_llama else said(text)
    out = Observations("llama.cpp" if of_llama else "text")
    out.record(f"line {number}", subject=context.model, factors=context.factors)
    out.fail(" ".join(reason.split())[:_LONGEST])
    reading = out.done()
    reading.reason, reading.suite = CRASHED, "llama.cpp" if of_llama else ""
    return reading


def without_others(files: list[FileTable]) -> None:
    """Take the failed run of a log away, where a file beside it that is named alike holds results."""
    dead = [f for f in files if f.rows and f.source.reason == CRASHED]
    alive = (
        {_run(f) for f in files if f.rows and f.source.reason != CRASHED and f.source.role == "data"} if dead else set()
    )
    for file in dead:
        folder, name = _run(file)
        if any(folder == other and (name.startswith(stem) or stem.startswith(name)) for other, stem in alive):
            file.rows = []
            file.source = file.source.model_copy(update={"role": "none", "records": 0})


_KIND = re.compile(r"(?:[_.-](?:log|out|output|err|stderr|stdout|server|console))+$", re.IGNORECASE)


def _run(file: FileTable) -> tuple[str, str]:
    path = PurePosixPath(file.source.path)
    return str(path.parent), _KIND.sub("", path.stem)
