"""What `--measure` does for an answer: shows the plan of the run that would tell, asks, measures, answers again."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import typer

from chimera_report.agent.commands.terminal import say


def measured(answer: Any, context: Any, settings: Any, *, yes: bool, previous: Sequence[Any] = ()) -> Any:
    """The answer over the enlarged data; None where nothing was measured. `previous` are the queries of earlier turns.
    Raises RuntimeMissing."""
    from datetime import datetime

    from chimera_report.agent.chat import measure

    plan = measure.plan_of(answer.run, settings)
    say("\n".join(measure.shown(plan)))
    if not yes:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            say("nothing was measured: this is no terminal; --yes measures without asking")
            return None
        try:
            agreed = typer.confirm("Measure this now?", default=False, err=True)
        except typer.Abort:  # Ctrl-C at the question
            raise KeyboardInterrupt from None
        if not agreed:
            say("nothing was measured: as you said")
            return None
    return measure.again(
        answer,
        plan,
        context,
        settings,
        started=datetime.now().astimezone(),
        on_event=_line,
        previous=previous,
    )


def _line(event: Any) -> None:
    if event.kind != "request" or event.done % 10 == 0:
        say(f"[{event.elapsed_s:7.1f} s] {event.kind} {event.done}/{event.total} {event.text}")
