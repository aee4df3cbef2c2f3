"""The attacks (`make kill`, `make disks`) know every command, so that a new one is attacked as well."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

sys.path.insert(0, str(Path(__file__).parent))

from desks import commands  # type: ignore[import-not-found]

from chimera_report.agent.cli import app

# What writes nothing and reads no file of the user's, waits for ever, or is of an older version alone.
LEFT_OUT = {"doctor", "db migrate", "schedule daemon", "schedule export"}
# Like one that is attacked: a row of the same table is changed or read.
ALIKE = {f"schedule {name}" for name in ("list", "show", "history", "pause", "resume", "remove", "accept")}


def test_every_command_is_attacked() -> None:
    root = typer.main.get_command(app)
    names = set()
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        names |= {f"{name} {inner}" for inner in getattr(command, "commands", ())} or {name}
    attacked = {" ".join(c.words) for c in commands("http://127.0.0.1:1")} | {"report"}  # `data …` is short for it
    missing = {n for n in names - LEFT_OUT - ALIKE if not any(f"{words} ".startswith(f"{n} ") for words in attacked)}
    assert not missing
