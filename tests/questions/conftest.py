"""What the processes that run one suite share of the golden set."""

from __future__ import annotations

import os

import pytest

from . import worlds


@pytest.fixture(autouse=True, scope="session")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> None:
    if "PYTEST_XDIST_WORKER" in os.environ:
        worlds.shared = tmp_path_factory.getbasetemp().parent / "questions"
