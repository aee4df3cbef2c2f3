"""What a person sees while a run goes on: a live line on a terminal, plain lines elsewhere, nothing when quiet."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol, TextIO

STAGES = {
    "runtime": "finding a model",
    "ingest": "reading files",
    "plan": "planning measurements",
    "measure": "measuring",
    "enlarge": "adding the measurements",
    "analyse": "computing statistics",
    "facts": "deriving facts and claims",
    "outline": "planning the report",
    "assemble": "assembling",
    "lint": "checking the text",
    "render": "rendering",
    "save": "saving",
}


def bench_line(event: Any) -> str:
    """An event of a benchmark run: how far it is, the last rate, the time left."""
    rate = f", {event.rate:.0f} tokens/s" if event.rate else ""
    eta = f", about {event.eta_s:.0f} s left" if event.eta_s is not None else ""
    return f"{event.done}/{event.total} {event.kind} {event.text}{rate}{eta}"


def apart_lines(data: dict[str, Any]) -> list[str]:
    """What was measured and is no part of the report, and what was to be measured and was not, and why."""
    lines = [
        f"{name} was measured and is left out, as it must not be pooled: {why}" for name, why in data["plans"].items()
    ]
    none = "was not measured, as its time ended before the first request: --time-budget allows more"
    return [*lines, *(f"{name} {none}" for name in data.get("none", ()))]


def tier_line(data: dict[str, Any]) -> str:
    """What the model may word in this report; where a question to it failed, that, and not what it is worth."""
    if not data.get("error"):
        return f"the model is trusted with: {data['tier']}"
    rest = "code words the whole report" if data["tier"] == "none" else f"it may {data['tier']} all the same"
    return f"a question to the model failed, so {rest}: {data['error']}"


class Progress(Protocol):
    def __call__(self, event: str, data: dict[str, Any]) -> None: ...
    def close(self) -> None: ...


class Silent:
    def __call__(self, event: str, data: dict[str, Any]) -> None:  # noqa: ARG002
        return None

    def close(self) -> None:
        return None


class Plain:
    """One line a stage, section and runtime, for logs. Time since the start in seconds."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._start = clock()

    def _line(self, text: str) -> None:
        self._stream.write(f"[{self._clock() - self._start:6.1f} s] {text}\n")
        self._stream.flush()

    def __call__(self, event: str, data: dict[str, Any]) -> None:
        match event:
            case "run":
                self._line(f"run: {data['folder']}")
            case "stage":
                self._line(f"{data['name']}: {STAGES.get(data['name'], '')}".rstrip(": "))
            case "section":
                self._line(f"write: {data['name']}")
            case "runtime":
                self._line(f"runtime: {data['model']} on {data['kind']} {data['version']}")
                for note in data["notes"]:
                    self._line(f"note: {note}")
            case "approve" if data["answer"] != "no":  # who said no has seen it
                for line in data["plan"]:
                    self._line(f"plan: {line}")
            case "bench":
                told = data["event"]
                warm = told.row is not None and told.row.get("phase") == "measure"
                if told.kind != "request" or (warm and told.done % 10 == 0):
                    self._line(f"measure: {bench_line(told)}")
            case "tier":
                self._line(tier_line(data))
            case "apart":
                for line in apart_lines(data):
                    self._line(f"note: {line}")

    def close(self) -> None:
        return None


class Live:
    """A terminal: the stage, files and sentences done, and the model's rate."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console
        from rich.progress import Progress as Bar
        from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

        self._bar = Bar(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=Console(file=stream),
            transient=True,
        )
        self._task = self._bar.add_task("starting")
        self._sentences = 0
        self._rate = ""
        self._bar.start()

    def _say(self, text: str) -> None:
        from rich.markup import escape

        self._bar.update(self._task, description=escape(text))

    def __call__(self, event: str, data: dict[str, Any]) -> None:
        match event:
            case "stage":
                self._say(STAGES.get(str(data["name"]), str(data["name"])))
            case "file":
                self._say(f"reading files {data['index']}/{data['total']}")
            case "section":
                self._say(f"writing {data['name'].replace('_', ' ')} · {self._sentences} sentences{self._rate}")
            case "call":
                if data["tokens"] and data["seconds"]:
                    self._rate = f" · {data['tokens'] / data['seconds']:.0f} tokens/s"
            case "sentence":
                self._sentences += 1
                self._say(f"writing · {self._sentences} sentences{self._rate}")
            case "approve" if data["answer"] == "yes" and not data["asked"]:
                self._bar.console.print("\n".join(data["plan"]), markup=False, highlight=False)
            case "bench":
                self._say(f"measuring {bench_line(data['event'])}")
            case "asking":  # a question needs the line
                self._bar.stop()
            case "asked":
                self._bar.start()
            case "runtime":
                for note in data["notes"]:
                    self._bar.console.print(note, markup=False, highlight=False)
            case "apart":
                self._bar.console.print("\n".join(apart_lines(data)), markup=False, highlight=False)
            case "tier" if data.get("error"):
                self._bar.console.print(tier_line(data), markup=False, highlight=False)

    def close(self) -> None:
        self._bar.stop()


def progress(stream: TextIO, *, quiet: bool) -> Progress:
    """The display that fits: nothing, a live line, or plain lines."""
    if quiet:
        return Silent()
    return Live(stream) if stream.isatty() else Plain(stream)
