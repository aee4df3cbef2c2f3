"""A small folder with known truth, and a scripted model at the one seam where a fake is right."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chimera_report.agent import report as reports
from chimera_report.agent.model import Call, Message, call_key
from chimera_report.agent.run import Run
from chimera_report.agent.settings import build
from chimera_report.tools.store import RunFolder

Answer = Callable[[str, Sequence[Message], Any], str]


class ScriptedModel:
    """Answers by a function of (purpose, messages, schema); remembers what it was asked."""

    def __init__(self, answer: Answer, name: str = "fake:1b") -> None:
        self.name = name
        self.digest = ""
        self.answer = answer
        self.asked: list[str] = []

    def ask(self, purpose: str, messages: Sequence[Message], schema: Any, *, tokens: int | None = None) -> Call:
        self.asked.append(purpose)
        return Call(
            key=call_key(self.name, {}, messages, schema),
            purpose=purpose,
            messages=list(messages),
            schema_=schema,
            output=self.answer(purpose, messages, schema),
            done_reason="stop",
        )


def given(messages: Sequence[Message]) -> str:
    """The code's sentence that a phrase request asks about: the last line of the last message."""
    return messages[-1][1].splitlines()[-1]


def worded(text: str) -> str:
    return json.dumps({"sentence": text})


@pytest.fixture
def scripted() -> type[ScriptedModel]:
    return ScriptedModel


def write_folder(data: Path) -> Path:
    """Two models, one of them clearly faster; one file is not data."""
    data.mkdir()
    lines = ["timestamp,model,num_ctx,prompt_index,tokens_s,ttft_s"]
    for m, (model, rate, ttft) in enumerate((("alpha:1b", 50.0, 0.200), ("beta:3b", 20.0, 0.450))):
        for i in range(12):
            wobble = 1 + 0.01 * ((i * 7 + m) % 5 - 2)
            when = f"2026-01-01T00:{m:02d}:{i:02d}"
            lines.append(f"{when},{model},{1024 * (1 + i % 2)},{i % 6},{rate * wobble:.3f},{ttft / wobble:.4f}")
    (data / "rates.csv").write_text("\n".join(lines) + "\n")
    (data / "broken.json").write_text('{"model": "gamma", "results": [')
    return data


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "data")


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished report of the small folder, beside it; to be copied, not changed."""
    return finish(write_folder(tmp_path_factory.mktemp("finished") / "data"))


def finish(data: Path) -> Path:
    """A report of the folder in `reports` beside it."""
    settings = build({"path": data, "out": data.parent / "reports", "llm": False}, {})
    done = reports.make(
        settings,
        env={},
        started=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        command=f"chimera-report {data} --no-llm",
        version="0",
        emit=lambda _event, _data: None,
    )
    return done.folder.path


@pytest.fixture
def desk(tmp_path: Path, finished: Path) -> Path:
    """A place to work in: `data` and `reports` with the finished report."""
    shutil.copytree(finished.parents[1], tmp_path / "desk")
    return tmp_path / "desk"


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment whose user has no threads, no settings and no model."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("CHIMERA", "OLLAMA", "XDG", "TERM", "TMUX"))}
    places = {f"XDG_{name}_HOME": str(tmp_path / name.lower()) for name in ("DATA", "CACHE", "CONFIG")}
    return {**kept, **places, "TERM": "xterm-256color"}


@pytest.fixture
def make_run(tmp_path: Path, folder: Path) -> Callable[..., Run]:
    """A run on the small folder, with the clock and the environment given."""

    def make(model: ScriptedModel | None = None, path: Path | None = None) -> Run:
        settings = build({"path": path or folder, "out": tmp_path / "reports", **({} if model else {"llm": False})}, {})
        started = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        return Run(
            settings=settings,
            folder=RunFolder.create(settings.out, "data", started),
            started=started,
            env={},
            command="chimera-report data",
            version="0",
            scripted=model,
        )

    return make
