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


def test_the_page_of_the_lint_is_what_the_program_explains() -> None:
    page = Path(__file__).parents[1] / "docs/lint.md"
    assert page.read_text(encoding="utf-8") == readme.rules(), "run `python tests/readme.py`"


def test_what_is_quoted_of_the_sample_stands_in_it() -> None:
    root = Path(__file__).parents[1]
    quoted = (
        (root / "README.md").read_text().partition("<!-- sample: begin -->\n")[2].partition("<!-- sample: end -->")[0]
    )
    lines = [line.removeprefix(">").strip() for line in quoted.splitlines()]
    report = (root / "reports/sample/report.md").read_text().splitlines()
    assert sum(line in report for line in lines if line) == sum(bool(line) for line in lines) >= 3


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
