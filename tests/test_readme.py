"""The README cannot drift: its help texts are those of the program."""

from __future__ import annotations

import importlib.util
from pathlib import Path

_spec = importlib.util.spec_from_file_location("readme", Path(__file__).with_name("readme.py"))
assert _spec and _spec.loader
readme = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(readme)


def test_help_texts_are_those_of_the_program() -> None:
    text = readme.README.read_text(encoding="utf-8")
    assert text == readme.expected(text), "run `python tests/readme.py`"


def test_every_command_has_help() -> None:
    from chimera_report.agent.cli import app

    for command in app.registered_commands:
        assert command.callback and command.callback.__doc__, command.name
