"""One embedded runtime for the room's tests, with the real engine and the real Gemma weights."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import ollama
import pytest
from parts import need

from chimera_report.tools.runtime import Runtime, open_runtime
from chimera_report.tools.runtime.probe import look


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty cache folder, which the first start fills."""
    return tmp_path_factory.mktemp("weights")


@pytest.fixture(scope="session")
def env(weights: Path) -> dict[str, str]:
    return {**{k: v for k, v in os.environ.items() if k != "OLLAMA_HOST"}, "CHIMERA_REPORT_CACHE": str(weights)}


@pytest.fixture(scope="session")
def runtime(env: dict[str, str]) -> Iterator[Runtime]:
    need("xllamacpp")
    with open_runtime("embedded", None, env, None) as opened:
        yield opened


@pytest.fixture(scope="session")
def client(runtime: Runtime) -> Iterator[ollama.Client]:
    with ollama.Client(host=runtime.base_url, headers=runtime.headers, trust_env=False, timeout=600) as opened:
        yield opened


@pytest.fixture(scope="session")
def http(runtime: Runtime) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=runtime.base_url, headers=runtime.headers, trust_env=False, timeout=600) as opened:
        yield opened


@pytest.fixture
def no_ollama() -> None:
    if look("http://127.0.0.1:11434") is not None:
        pytest.skip("an Ollama runs on this machine, so nothing has to be started")
