"""Settings: layers, and errors that name the setting and where it came from."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.agent.settings import build
from chimera_report.tools.errors import UsageError


def test_arguments_win_over_environment_over_file_over_defaults(tmp_path: Path) -> None:
    (tmp_path / "chimera-report.toml").write_text('num_ctx = 1024\nseed = 3\ntimeout = 5\nmodel = "a"\n')
    env = {"CHIMERA_REPORT_NUM_CTX": "2048", "CHIMERA_REPORT_SEED": "4", "HOME": "/"}
    settings = build({"path": "data", "num_ctx": 8192}, env, cwd=tmp_path)
    assert (settings.options.num_ctx, settings.seed, settings.timeout, settings.model) == (8192, 4, 5.0, "a")
    assert settings.options.temperature == 0.0
    assert settings.options.top_p is None


def test_options_table_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[options]\ntemperature = 0.5\n")
    assert build({"path": "."}, {}, config=file).options.temperature == 0.5


@pytest.mark.parametrize(
    ("arguments", "env", "says"),
    [
        ({"path": ".", "num_ctx": 1}, {}, "command line: num_ctx"),
        ({"path": "."}, {"CHIMERA_REPORT_TIMEOUT": "soon"}, "environment: timeout"),
        ({"path": "."}, {"CHIMERA_REPORT_NUM_CTZ": "1"}, "unknown setting 'num_ctz'"),
        ({"path": ".", "runtime": "cloud"}, {}, "runtime"),
    ],
)
def test_a_wrong_setting_is_named_with_its_place(arguments: dict[str, object], env: dict[str, str], says: str) -> None:
    with pytest.raises(UsageError) as caught:
        build(arguments, env)
    assert says in str(caught.value)


def test_a_broken_or_missing_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("num_ctx = = 1\n")
    with pytest.raises(UsageError, match="not valid TOML"):
        build({"path": "."}, {}, config=tmp_path / "bad.toml")
    with pytest.raises(UsageError, match="cannot be read"):
        build({"path": "."}, {}, config=tmp_path / "none.toml")


def test_the_header_names_every_option() -> None:
    line = build({"path": ".", "num_gpu": 12}, {}).configuration()
    assert line.startswith("num_ctx=4096, num_gpu=12, ")
    assert "top_p=default" in line
    assert line.endswith("seed=0")


def test_on_a_busy_machine_the_embedded_engine_gets_one_thread(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from chimera_report.agent.run import Run
    from chimera_report.tools.store import RunFolder

    def sent(kind: str, *, busy: bool, **given: int) -> int | None:
        run = Run(
            settings=build({"path": tmp_path, **given}, {}),
            folder=RunFolder(tmp_path),
            started=datetime(2026, 1, 2, tzinfo=UTC),
            env={},
            command="",
            version="0",
            busy=busy,
        )
        return run.tuned(kind).options.num_thread

    assert sent("embedded", busy=True) == 1
    assert sent("embedded", busy=False) is None
    assert sent("ollama", busy=True) is None
    assert sent("embedded", busy=True, num_thread=4) == 4


def test_a_time_budget_is_a_duration(tmp_path: Path) -> None:
    assert build({"path": tmp_path}, {}).time_budget == 300
    assert build({"path": tmp_path, "time_budget": "90s"}, {}).time_budget == 90
    assert build({"path": tmp_path}, {"CHIMERA_REPORT_TIME_BUDGET": "1h"}).time_budget == 3600
    with pytest.raises(UsageError, match="not a duration"):
        build({"path": tmp_path, "time_budget": "later"}, {})
    with pytest.raises(UsageError, match="time_budget"):
        build({"path": tmp_path, "time_budget": 0}, {})


def test_what_an_api_cannot_be_told_is_not_called_sent() -> None:
    given = {"path": ".", "runtime": "openai", "num_ctx": 8192, "num_thread": 2, "temperature": 0.5}
    settings = build(given, {})
    assert settings.unsent("openai") == ["num_ctx", "num_thread"] and settings.unsent("ollama") == []
    assert settings.configuration("openai") == "num_predict=160, temperature=0.5, top_p=default, seed=0"
    assert "num_ctx=8192" in settings.configuration("ollama")
    assert build({"path": "."}, {}).unsent("openai") == []


def test_a_password_of_a_host_is_not_written_down() -> None:
    settings = build({"path": ".", "host": "http://ann:s3cret@gpu-box:1"}, {})
    assert settings.host == "http://ann:s3cret@gpu-box:1"
    assert settings.model_dump(mode="json")["host"] == "http://gpu-box:1"
