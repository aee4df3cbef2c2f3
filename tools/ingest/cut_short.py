"""Logs of runs that never began, or that end in the middle: they hold no result, and a reader wants to know why."""

from __future__ import annotations

import re

_TAIL = 4000  # signs of the end that are looked at
_SHORT = 6  # lines of a log of a start that failed at once
_NO_START = re.compile(
    r"(?P<what>[\w.+-]+): (?P<why>(?:command )?not found|No such file or directory|Permission denied|"
    r"cannot execute(?: binary file)?)\s*$",
    re.IGNORECASE | re.MULTILINE,
)
# "347/1000 [01:42<01:47, 6.10it/s]", as tqdm draws it
_PROGRESS = re.compile(r"(?<![\d/.])(?P<done>\d+)/(?P<all>\d+)\s*\[\d+:\d\d(?::\d\d)?<")
_FEWEST = 10  # steps of a run


def cut_short(text: str) -> str:
    """Why a log without results has none, in words; "" where it does not say."""
    end = text.rstrip()[-_TAIL:]
    lines = [line for line in text.split("\n", _SHORT + 1) if line.strip()]
    if len(lines) <= _SHORT and (failed := list(_NO_START.finditer(end))):
        return f"the start failed: {failed[-1]['what']}: {failed[-1]['why']}"
    bars = list(_PROGRESS.finditer(end))
    if not bars:
        return ""
    last = bars[-1]
    done, every = int(last["done"]), int(last["all"])
    rest = end[last.end() :]
    if every < _FEWEST or not 0 < done < every or "\n" in rest.strip():
        return ""  # something else was said after the bar
    return f"an unfinished run, {done} of {every} done"
