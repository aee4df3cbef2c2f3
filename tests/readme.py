"""Puts the commands' help texts into README.md; `python tests/readme.py` writes, tests/test_readme.py checks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
BLOCK = re.compile(r"(<!-- help: begin -->\n).*?(<!-- help: end -->)", re.DOTALL)


def help_text(*command: str) -> str:
    program = str(Path(sys.executable).parent / "chimera-report")
    env = {**os.environ, "COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1"}
    done = subprocess.run([program, *command, "--help"], capture_output=True, text=True, env=env, check=True)
    return "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())


def expected(readme: str) -> str:
    from chimera_report.agent.cli import command_paths

    parts = [f"```text\n{help_text(*path)}\n```\n" for path in command_paths()]
    return BLOCK.sub(lambda m: m.group(1) + "\n".join(parts) + m.group(2), readme)


if __name__ == "__main__":
    README.write_text(expected(README.read_text(encoding="utf-8")), encoding="utf-8")
