"""What a schedule does, as it is kept: paths that hold from anywhere, options as they were given, no secret."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from chimera_report.agent.gate import gate_of
from chimera_report.agent.place import PREFIX as SUITE
from chimera_report.agent.schedule.targets import check_target
from chimera_report.agent.settings import Settings, build
from chimera_report.agent.suite import settled
from chimera_report.tools.errors import UsageError

When = Literal["change", "always", "regression"]
_GATE = ("fail_on", "max_regression", "fail_inconclusive")


class Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str  # a folder or file, absolute, or db:SUITE
    out: str  # where the reports go, absolute
    options: dict[str, Any] = {}  # of the report, as given, without path and out
    config: str | None = None  # settings file, absolute
    bench: str | None = None  # plan file, absolute
    notify: tuple[str, ...] = ()  # references and addresses without a secret
    on: When = "change"
    keep: int | None = Field(default=None, ge=1)  # reports
    keep_days: float | None = Field(default=None, gt=0)
    link: str | None = None  # address that the reports' folder has for its readers

    @property
    def of_database(self) -> bool:
        return self.path.startswith(SUITE)

    def settings(self, env: Mapping[str, str], *, compare: Path | None = None, path: str | None = None) -> Settings:
        """The settings of one run. Without an earlier report there is nothing to hold a gate against. Raises
        UsageError."""
        options = {k: v for k, v in self.options.items() if compare or k not in _GATE}
        config = Path(self.config) if self.config else None
        named = {**options, "path": path or self.path, "out": self.out}
        found = build({**named, "compare": compare} if compare else named, env, config=config)
        if compare:
            return found
        open_gate = {name: Settings.model_fields[name].default for name in _GATE}
        return found.model_copy(update={**open_gate, "compare": None})

    def digest(self, dataset: str) -> str:
        """Of the data together with what decides what a report of it says."""
        told = {"dataset": dataset, "path": self.path, "options": self.options, "config": self._configured()}
        return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()

    def _configured(self) -> str:
        try:
            return hashlib.sha256(Path(self.config).read_bytes()).hexdigest() if self.config else ""
        except OSError:
            return "unreadable"


def check(spec: Spec, env: Mapping[str, str], now: datetime) -> list[str]:
    """Everything that can be found out before the first run; what a person should know besides. Raises UsageError."""
    notes: list[str] = []
    if not spec.of_database and not Path(spec.path).exists():
        raise UsageError("no such file or folder", where=spec.path, hint="Name a folder, or db:SUITE.")
    settings = spec.settings(env, compare=Path("the-earlier-report"))
    gate_of(settings)
    settled(settings, now)
    if spec.bench is not None:
        from chimera_report.tools.bench import load_plan

        load_plan(Path(spec.bench))
        if not Path(spec.path).is_dir():
            raise UsageError("--bench puts its results into a folder", where=spec.path, hint="Name a folder as PATH.")
    if spec.keep is not None and spec.keep_days is not None:
        raise UsageError("--keep and --keep-days exclude each other", hint="Choose one.")
    if spec.link is not None and not spec.link.startswith(("https://", "http://", "file://")):
        raise UsageError(
            f"{spec.link!r} is no address", where="--link", hint="Begin with https://, http:// or file://."
        )
    for target in spec.notify:
        notes += check_target(target, env)
    return notes
