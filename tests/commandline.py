"""What the program's own parser makes of a command line."""

from __future__ import annotations

import shlex

import typer

from chimera_report.agent.cli import app, command_paths


def parse(command: str) -> dict[str, object]:
    """The parameters as the command itself would get them. Raises what the parser raises."""
    program, *words = shlex.split(command)
    assert program == "chimera-report"
    if words[0] not in {path[0] for path in command_paths() if path}:
        words.insert(0, "report")  # as `main` does
    group = typer.main.get_command(app)
    context = group.make_context(program, words)
    name, command_, rest = group.resolve_command(context, [*context._protected_args, *context.args])  # type: ignore[attr-defined]
    return dict(command_.make_context(name, rest, parent=context).params)


def accepted(command: str) -> bool:
    """Whether the program takes the line."""
    try:
        return bool(parse(command))
    except Exception:  # noqa: BLE001  click's, or the program's own
        return False
