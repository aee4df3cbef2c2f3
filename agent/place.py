"""What a path or an address of the command line means: a folder, or a suite of the central database."""

from __future__ import annotations

from pathlib import Path

PREFIX = "db:"


def suite_of(path: Path) -> str | None:
    """The suite that `db:SUITE` names, "" for all of them; None for a folder."""
    return str(path).removeprefix(PREFIX) if str(path).startswith(PREFIX) else None


def without_password(place: str) -> str:
    """The address of a database as it may be shown and kept."""
    from chimera_report.tools.store import parse_url, shown

    return shown(parse_url(place))
