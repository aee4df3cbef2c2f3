"""README and docs/commands.md cannot drift: their help texts are those of the program."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("readme", Path(__file__).with_name("readme.py"))
assert _spec and _spec.loader
readme = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(readme)


@pytest.mark.parametrize("page", readme.PAGES)
def test_help_texts_are_those_of_the_program(page: str) -> None:
    text, wanted = readme.expected(page)
    assert text == wanted, "run `python tests/readme.py`"


def test_every_command_and_option_has_help() -> None:
    import typer

    from chimera_report.agent.cli import app, command_paths

    root = typer.main.get_command(app)
    for path in command_paths():
        command = root
        for word in path:
            command = command.commands[word]  # type: ignore[attr-defined]
        assert command.help, path
        for parameter in command.params:
            assert getattr(parameter, "help", "") or parameter.name == "help", (path, parameter.name)
