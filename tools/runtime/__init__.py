"""In: where to look for a model. Out: a `Runtime`, a server that speaks Ollama's API, found, started or embedded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chimera_report.tools.runtime.address import base_url, is_loopback, masked
    from chimera_report.tools.runtime.catalog import embeds
    from chimera_report.tools.runtime.doctor import Diagnosis, diagnose
    from chimera_report.tools.runtime.find import Runtime, open_runtime
    from chimera_report.tools.runtime.probe import alive, look
    from chimera_report.tools.runtime.runners import orphans

__all__ = [
    "Diagnosis", "Runtime", "alive", "base_url", "diagnose", "embeds", "is_loopback", "look", "masked", "open_runtime",
    "orphans",
]  # fmt: skip

_FILES = {
    "Diagnosis": "doctor",
    "Runtime": "find",
    "alive": "probe",
    "base_url": "address",
    "diagnose": "doctor",
    "embeds": "catalog",
    "is_loopback": "address",
    "look": "probe",
    "masked": "address",
    "open_runtime": "find",
    "orphans": "runners",
}


def __getattr__(name: str) -> Any:  # the worker and `--help` pass this door without paying for httpx and pydantic
    if name in _FILES:
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_FILES[name]}"), name)
    raise AttributeError(name)
