"""What the steps of a conversation share: the report's world, and a model where there is one."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chimera_report.agent.settings import server_words
from chimera_report.tools.errors import ChimeraError
from chimera_report.tools.query import World

if TYPE_CHECKING:
    from chimera_report.agent.model import Model
    from chimera_report.agent.settings import Settings
    from chimera_report.tools.runtime import Runtime

BUDGET = 6.0  # seconds for one answer's model, its start included, after which code's own words stand
LATE = "the model was not ready in time; these are code's own words"


@dataclass
class Context:
    """`model` is opened when first needed and only then; without one, or where it cannot be had in time, code answers
    alone."""

    world: World
    settings: Settings | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    record: Mapping[str, Any] = field(default_factory=dict)  # run.json of the report
    scripted: Model | None = None
    scripted_tier: str = "compose"
    budget: float = BUDGET
    clock: Callable[[], float] = time.monotonic
    notes: list[str] = field(default_factory=list)
    _until: float | None = None  # when the time of this answer's model is up
    _opening: Future[Runtime] | None = None
    _failed: bool = False
    _calls: tempfile.TemporaryDirectory[str] | None = None

    def __post_init__(self) -> None:
        """What an answer recommends to run goes to the server that is named now, else when the report was made."""
        models = self.world.subjects
        named = server_words(dict(self.settings or {}), models) or server_words(
            self.record.get("settings") or {}, models
        )
        if named:
            self.world = World(replace(self.world.dataset, server=named), self.world.report, target=self.world.target)

    @property
    def has_model(self) -> bool:
        """Whether there may be a model at all: without one, nothing of it is imported."""
        return self.scripted is not None or (self.settings is not None and self.settings.llm and not self._failed)

    def begin(self) -> None:
        """A new answer, with the whole budget."""
        self._until = None

    def model(self) -> tuple[Model | None, str]:
        """The model and its tier; `(None, "none")` without one. The budget runs from the first call on."""
        if self.scripted is not None:
            return self.scripted, self.scripted_tier
        if self.settings is None or not self.settings.llm or self._failed:
            return None, "none"
        if self._until is None:
            self._until = self.clock() + self.budget
        if self._opening is None:  # a thread, for no runtime says beforehand how long it takes to start
            self._opening = ThreadPoolExecutor(max_workers=1).submit(self._open, self.settings)
            from chimera_report.agent.model import prepare

            prepare()  # meanwhile
        try:
            runtime = self._opening.result(max(self._until - self.clock(), 0.0))
        except TimeoutError:
            self._note(LATE)
            return None, "none"
        except ChimeraError as exc:
            self._failed = True
            self._note(f"answered without a model: {exc}")
            return None, "none"
        left = self._until - self.clock()
        return self._made(runtime, self.settings, left) if left > 0 else (None, "none")

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def _open(self, settings: Settings) -> Runtime:
        from chimera_report.tools.runtime import open_runtime

        return open_runtime(
            settings.runtime, settings.host, self.env, settings.model, pull=settings.pull, api_key=settings.api_key
        )

    def _made(self, runtime: Runtime, settings: Settings, left: float) -> tuple[Model, str]:
        """The model, with so many seconds for a call."""
        from chimera_report.agent.behind import behind
        from chimera_report.agent.probe import known_tier
        from chimera_report.tools.store import Journal

        if self._calls is None:
            self._calls = tempfile.TemporaryDirectory(prefix="chimera-report-")
        model = behind(
            runtime,
            settings=settings.model_copy(update={"timeout": min(settings.timeout, left)}),
            journal=Journal(Path(self._calls.name) / "calls.jsonl"),
            clock=self.clock,
        )
        return model, known_tier(model, self.record)

    def close(self) -> None:
        """Stop the runtime that was started, also one that is still starting."""
        if self._opening is not None and self._opening.exception() is None:
            self._opening.result().close()
        self._opening = None
        if self._calls is not None:
            self._calls.cleanup()
            self._calls = None
