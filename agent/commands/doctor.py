"""`chimera-report doctor`: what is there to run a model with."""

from __future__ import annotations

from typing import Annotated

import typer

from chimera_report.agent.commands.terminal import out


def doctor(
    host: Annotated[str | None, typer.Option(help="Ollama's address, as in OLLAMA_HOST.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Show what is found: Ollama, models, GPU, embedded weights, and what to do about what is missing."""
    import os

    from chimera_report.tools.runtime import diagnose

    found = diagnose(os.environ, host)
    out(found.model_dump_json(indent=2) if as_json else found.text())
