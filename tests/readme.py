"""Puts the help texts into README.md and docs/commands.md: `python tests/readme.py` writes, test_readme.py checks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = {"README.md": True, "docs/commands.md": False}  # the README shows the program's own help only
BLOCK = re.compile(r"(<!-- help: begin -->\n).*?(<!-- help: end -->)", re.DOTALL)


def help_text(*command: str) -> str:
    program = str(Path(sys.executable).parent / "chimera-report")
    env = {**os.environ, "COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1"}
    done = subprocess.run([program, *command, "--help"], capture_output=True, text=True, env=env, check=True)
    return "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())


def expected(page: str) -> tuple[str, str]:
    """The page as it is and as the program's help texts make it."""
    from chimera_report.agent.cli import command_paths

    text = (ROOT / page).read_text(encoding="utf-8")
    paths = [path for path in command_paths() if PAGES[page] == (not path)]
    with ThreadPoolExecutor(2) as pool:
        shown = list(pool.map(lambda path: help_text(*path), paths))
    parts = [
        (f"## {' '.join(path)}\n\n" if path else "") + f"```text\n{help_}\n```\n"
        for path, help_ in zip(paths, shown, strict=True)
    ]
    between = "" if PAGES[page] else "\n"
    return text, BLOCK.sub(lambda m: m.group(1) + between + "\n".join(parts) + between + m.group(2), text)


if __name__ == "__main__":
    for name in PAGES:
        (ROOT / name).write_text(expected(name)[1], encoding="utf-8")
