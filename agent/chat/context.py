"""What the steps of a conversation share: the report's world, and a model where there is one."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chimera_report.tools.errors import ChimeraError
from chimera_report.tools.query import World

if TYPE_CHECKING:
    from chimera_report.agent.model import Model
    from chimera_report.agent.settings import Settings
    from chimera_report.tools.runtime import Runtime

BUDGET = 6.0  # seconds of model time for one answer, after which code's own words stand


@dataclass
class Context:
    """`model` is opened when first needed and only then; without one, or where it cannot be had, code answers alone."""

    world: World
    settings: Settings | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    work: Path | None = None  # where model calls are kept
    record: Mapping[str, Any] = field(default_factory=dict)  # run.json of the report
    scripted: Model | None = None
    scripted_tier: str = "compose"
    budget: float = BUDGET
    clock: Callable[[], float] = time.monotonic
    notes: list[str] = field(default_factory=list)
    _model: Model | None = None
    _tier: str = ""
    _runtime: Runtime | None = None
    _failed: bool = False

    def model(self) -> tuple[Model | None, str]:
        """The model and its tier; `(None, "none")` without one."""
        if self.scripted is not None:
            return self.scripted, self.scripted_tier
        if self._model is None and not self._failed and self.settings is not None and self.settings.llm:
            try:
                self._open(self.settings)
            except ChimeraError as exc:
                self._failed = True
                self.notes.append(f"answered without a model: {exc}")
        return self._model, self._tier or "none"

    def _open(self, settings: Settings) -> None:
        import tempfile

        from chimera_report.agent.model import OllamaModel
        from chimera_report.agent.probe import known_tier
        from chimera_report.tools.runtime import open_runtime
        from chimera_report.tools.store import Journal

        runtime = open_runtime(settings.runtime, settings.host, self.env, settings.model, pull=settings.pull)
        self._runtime = runtime
        work = self.work or Path(tempfile.mkdtemp(prefix="chimera-report-"))
        timed = settings.model_copy(update={"timeout": min(settings.timeout, self.budget)})
        model = OllamaModel(
            base_url=runtime.base_url,
            name=runtime.model,
            digest=runtime.digest,
            settings=timed,
            journal=Journal(work / "calls.jsonl"),
            clock=self.clock,
        )
        self._tier = known_tier(model, self.record)
        self._model = model

    def close(self) -> None:
        if self._runtime is not None:
            self._runtime.close()
            self._runtime = self._model = None
