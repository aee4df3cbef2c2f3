"""Packages that only some commands need: loaded when asked for, with the extra named where one is missing."""

from __future__ import annotations

import importlib
from types import ModuleType

from chimera_report.tools.errors import UsageError

# package → the extra of pyproject.toml that brings it, and what it is for
EXTRAS = {
    "apprise": ("schedule", "messages of a schedule"),
    "apscheduler": ("schedule", "the daemon of the schedules"),
    "keyring": ("schedule", "keyring:NAME"),
    "mcp": ("mcp", "the MCP server"),
    "optuna": ("tune", "bench --adaptive"),
    "psycopg": ("postgres", "a PostgreSQL database"),
    "pyDOE3": ("tune", "Plackett-Burman designs"),
}


def load(module: str) -> ModuleType:
    """Import `module`, whose package an extra brings. Raises UsageError where the package is not installed."""
    package = module.split(".")[0]
    extra, purpose = EXTRAS[package]
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as exc:
        if (exc.name or "").split(".")[0] != package:
            raise
        raise UsageError(
            f"{purpose} needs the package {package}, which is not installed",
            hint=f"pip install 'chimera-report[{extra}]'",
        ) from exc


def require(*packages: str) -> None:
    """The same for packages that other files import: called at the door of a command. Raises UsageError."""
    for package in packages:
        load(package)
