"""Puts the help texts into README.md and docs/commands.md, and the rules of the lint into docs/lint.md.

`python tests/readme.py` writes, test_readme.py checks."""

from __future__ import annotations

import os
import re
from contextlib import redirect_stdout, suppress
from io import StringIO
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = {"README.md": True, "docs/commands.md": False}  # the README shows the program's own help only
BLOCK = re.compile(r"(<!-- help: begin -->\n).*?(<!-- help: end -->)", re.DOTALL)


def help_text(*command: str) -> str:
    """What the program prints on a terminal of 100 columns."""
    from chimera_report.agent.cli import main

    before, os.environ["COLUMNS"] = os.environ.get("COLUMNS"), "100"
    try:
        with redirect_stdout(StringIO()) as shown, suppress(SystemExit):
            main([*command, "--help"])
    finally:
        if before is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = before
    return "\n".join(line.rstrip() for line in shown.getvalue().strip().splitlines())


def expected(page: str) -> tuple[str, str]:
    """The page as it is and as the program's help texts make it."""
    from chimera_report.agent.cli import command_paths

    text = (ROOT / page).read_text(encoding="utf-8")
    paths = [path for path in command_paths() if PAGES[page] == (not path)]
    shown = [help_text(*path) for path in paths]
    parts = [
        (f"## {' '.join(path)}\n\n" if path else "") + f"```text\n{help_}\n```\n"
        for path, help_ in zip(paths, shown, strict=True)
    ]
    between = "" if PAGES[page] else "\n"
    return text, BLOCK.sub(lambda m: m.group(1) + between + "\n".join(parts) + between + m.group(2), text)


def rules() -> str:
    """The page of the lint's rules."""
    from chimera_report.tools.lint import page

    return page()


if __name__ == "__main__":
    (ROOT / "docs/lint.md").write_text(rules(), encoding="utf-8")
    for name in PAGES:
        (ROOT / name).write_text(expected(name)[1], encoding="utf-8")
