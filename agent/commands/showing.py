"""What a person sees of a benchmark while it runs: how far, how fast, what the hardware does, how long still."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from chimera_report.agent.commands.terminal import say

_SHOWN = {
    "GPU": {"gpu_util": "%", "power": "W", "vram": "MiB", "gpu_temperature": "°C", "clock_sm": "MHz"},
    "CPU": {"cpu_util": "%", "cpu_power": "W"},
    "RAM": {"ram": "MiB"},
}
_TOLD = ("busy", "changed", "unloaded", "stayed", "clamped")  # kinds of event that stay on the screen
_WHAT = 40  # characters of what runs
_WIDE = 100  # columns from which a bar, and what was measured, stand in one line with how far it is


def hardware(seen: Mapping[str, Any]) -> list[str]:
    """Readings during the last request, by device; first that its clock was slowed, which explains the rest."""
    parts = [f"THROTTLED ({seen['throttled']})"] if seen.get("throttled") else []
    for device, units in _SHOWN.items():
        shown = " ".join(f"{seen[name]} {unit}" for name, unit in units.items() if seen.get(name) is not None)
        parts += [f"{device} {shown}"] if shown else []
    return parts


def speed(event: Any) -> list[str]:
    """Rate and TTFT of the last request, and the time left."""
    parts = [f"{event.rate:.0f} tokens/s"] if event.rate else []
    parts += [f"TTFT {event.ttft:.3g} s"] if event.ttft is not None else []
    return [*parts, *([f"about {event.eta_s:.0f} s left"] if event.eta_s is not None else [])]


class Show:
    """On a terminal a bar, and below it the hardware, both redrawn; a line a step elsewhere; nothing when quiet."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._pulled: tuple[str, int] = ("", -1)
        self._live: Any = None
        self._hardware: list[str] = []
        if quiet or not sys.stderr.isatty():
            return
        from rich.console import Console, Group
        from rich.live import Live
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
        from rich.text import Text

        console = Console(stderr=True)
        self._width = console.width
        self._wide = console.width >= _WIDE
        self._bar = Progress(
            TextColumn("{task.fields[what]}"),
            *([BarColumn(20)] if self._wide else []),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            *([TextColumn("{task.fields[now]}")] if self._wide else []),
            console=console,
        )
        self._task = self._bar.add_task("", total=None, what="starting", now="")
        self._below = Text("", style="dim")  # wrapped where it is longer than the terminal is wide
        self._live = Live(Group(self._bar, self._below), console=console)
        self._live.start()

    def __call__(self, event: Any) -> None:
        if self._quiet:
            return
        below = hardware(event.hardware or {})
        if self._live is None:
            if event.kind != "request" or event.done % 10 == 0:
                said = ", ".join([f"{event.kind} {event.done}/{event.total} {event.text}", *speed(event), *below])
                say(f"[{event.elapsed_s:7.1f} s] {said}")
            return
        from rich.markup import escape

        now = ", ".join(speed(event))
        room = self._width - (len(now) + 45 if self._wide else 24)  # how far, how fast and how long stay whole
        what = escape(f"{event.kind} {event.text}"[: max(0, min(_WHAT, room))])
        self._bar.update(self._task, completed=event.done, total=event.total, what=what, now=now)
        self._hardware = below or self._hardware
        self._below.plain = " · ".join([*([now] if now and not self._wide else []), *self._hardware])
        if event.kind in _TOLD:
            self._live.console.print(escape(event.text))

    def pulling(self, status: str, done: int, total: int) -> None:
        """A model on its way: a line for each tenth, or the bar."""
        share = 10 * done // total if total else 0
        if self._quiet or (status, share) == self._pulled:
            return
        self._pulled = (status, share)
        text = f"pulling: {status}" + (f", {done / 1e6:.0f} of {total / 1e6:.0f} MB" if total else "")
        if self._live is not None:
            self._bar.update(self._task, what=text[:60], now="")
        else:
            say(text)

    def close(self) -> None:
        """Leave the last state on the screen."""
        if self._live is not None:
            self._live.stop()
            self._live = None
