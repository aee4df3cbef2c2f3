"""The model behind a runtime, by the API that its server speaks."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chimera_report.agent.model import OllamaModel
from chimera_report.agent.openai_model import OpenAIModel
from chimera_report.agent.settings import Settings
from chimera_report.tools.store import Journal

if TYPE_CHECKING:
    from chimera_report.tools.runtime import Runtime


def behind(
    runtime: Runtime, *, settings: Settings, journal: Journal, clock: Callable[[], float] = time.monotonic
) -> OllamaModel:
    """The model of a runtime, by the API that its server speaks."""
    given: dict[str, Any] = {
        "base_url": runtime.base_url, "name": runtime.model, "digest": runtime.digest, "settings": settings,
        "journal": journal, "clock": clock,
    }  # fmt: skip
    if runtime.kind == "openai":
        return OpenAIModel(headers=runtime.headers, **given)
    return OllamaModel(think=runtime.think, **given)
