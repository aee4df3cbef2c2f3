"""Where the central database is, and what goes into it: a folder of benchmark files, or a finished report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def address(given: str | None, env: Mapping[str, str], *, config: Path | None = None, cwd: Path | None = None) -> str:
    """Where the database is: what was given, else the setting `db`, else the file `chimera-report/central.sqlite` in
    the user's data folder. Raises UsageError."""
    from chimera_report.agent.settings import build

    found = given or build({"path": Path()}, env, config=config, cwd=cwd).db
    if found:
        return found
    import platformdirs

    return str(Path(platformdirs.user_data_dir("chimera-report", appauthor=False)) / "central.sqlite")
