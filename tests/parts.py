"""Parts that some tests need and a machine may lack: a test without one is skipped; with CI set, where each can be had,
it fails."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from typing import NoReturn

import pytest

HOW = {
    "gcc": "apt-get install gcc",
    "systemd-analyze": "apt-get install systemd",
    "xllamacpp": "pip install '.[embedded]'",
}


def installer(python: str = sys.executable) -> list[str]:
    """The start of a command that installs wheels for an interpreter: pip, or uv where the environment has no pip."""
    if importlib.util.find_spec("pip") is None:
        return ["uv", "pip", "install", "--quiet", "--python", python]
    return [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--disable-pip-version-check"]


def need(part: str) -> None:
    """Skips the test that is running, or fails it in CI, unless the program or module is there."""
    if shutil.which(part) is None and importlib.util.find_spec(part.replace("-", "_")) is None:
        lacks(f"{part} is not installed: {HOW[part]}")


def lacks(what: str) -> NoReturn:
    """Ends a test for want of a part that CI can provide."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)
