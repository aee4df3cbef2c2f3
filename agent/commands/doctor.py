"""`chimera-report doctor`: what is there to run a model with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from chimera_report.agent.commands.terminal import out

if TYPE_CHECKING:
    from chimera_report.tools.runtime import Diagnosis


def doctor(
    host: Annotated[str | None, typer.Option(help="Ollama's address, as in OLLAMA_HOST.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Show what is found: Ollama, models, GPU, embedded weights, and what to do about what is missing."""
    import os

    from chimera_report.tools.runtime import diagnose

    found = diagnose(os.environ, host)
    out(found.model_dump_json(indent=2) if as_json else _text(found))


def _text(found: Diagnosis) -> str:
    """The diagnosis for a person: what is there, then what to do."""
    ollama, embedded = found.ollama, found.embedded
    if ollama.url:
        lines = [f"Ollama      {ollama.version} at {ollama.url}"]
        lines.append(f"  models    {', '.join(ollama.models) or 'none'}")
    else:
        lines = [f"Ollama      not running (tried {', '.join(ollama.tried) or 'nothing'})"]
        lines.append(f"  program   {ollama.executable or 'not on PATH'}")
    lines.append(f"Embedded    {f'xllamacpp {embedded.engine}' if embedded.engine else 'not installed'}")
    for model in embedded.models:
        state = "not installed" if model.version is None else f"{model.distribution} {model.version}"
        checked = {True: ", sha256 right", False: ", sha256 WRONG", None: ""}[model.sha256_ok]
        lines.append(f"  model     {model.name} ({state}{checked})")
    lines += [f"GPU         {gpu}" for gpu in found.gpus.found] or [f"GPU         {found.gpus.reason or 'none'}"]
    lines += [f"  driver    {found.gpus.driver}"] if found.gpus.driver else []
    if found.model:
        lines.append(f"A report uses {found.model} on {found.runtime}.")
    else:
        lines.append("A report finds no model: it ends with an error, unless it is made with --no-llm.")
    return "\n".join([*lines, *(f"- {text}" for text in found.advice)])
