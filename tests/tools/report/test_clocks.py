"""By whose clock a decode rate is, whose memory a figure is, and what the command of an advice holds."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.bench.derived import derived
from chimera_report.tools.ingest import ingest
from chimera_report.tools.report.document import composed
from chimera_report.tools.schema import Table
from chimera_report.tools.stats import analyse

from .test_of_whom import written

CLIENT = "by the client's clock it is"


def commands(folder: Path) -> list[str]:
    dataset = ingest(folder)
    _, outline = composed(analyse(dataset), dataset, title="t")
    return [str(c) for s in outline.sections for b in s.blocks if (c := getattr(b, "command", ""))]


def sweep(
    folder: Path, share: float, *, runs: int = 8, factor: str = "num_gpu", levels: Iterable[tuple[int, float]] = (),
    more: dict[str, object] | None = None,
) -> Path:  # fmt: skip
    """A bench's table: server's rates of each level, and the client's, which is `share` of it."""
    held = {"randomised": "true", "cold": "false", **(more or {})}
    lines = [f"timestamp,model,{factor},{','.join(held)},decode_rate,client_decode_rate,ttft_s"]
    pairs = list(levels) or [(0, 20.0), (99, 200.0)]
    for i in range(runs * len(pairs)):
        level, rate = pairs[i % len(pairs)]
        rate *= 1 + 0.01 * ((7 * i) % 5 - 2)
        cells = ",".join(map(str, held.values()))
        lines.append(
            f"2026-01-01T00:00:{i:02d},m:1b,{level},{cells},{rate:.4f},{rate * share:.4f},{0.2 + 0.001 * i:.4f}"
        )
    folder.mkdir(exist_ok=True)
    (folder / "runs.csv").write_text("\n".join(lines) + "\n")
    return folder


@pytest.mark.parametrize("share", [0.38, 0.66, 0.83, 0.93])
def test_a_rate_that_leaves_time_out_has_the_clients_beside_it(tmp_path: Path, share: float) -> None:
    told = written(sweep(tmp_path / "d", share))
    assert CLIENT in told["findings"] and "a factor of 10" in told["findings"]
    assert "by the server's counters" in told["verdict"]
    assert "is not what a client gets" in told["doubts"]
    page = " ".join(told.values())
    assert "which leave out some of the time that a client waits" in page


@pytest.mark.parametrize("share", [0.97, 1.0, 1.04])
def test_two_clocks_that_agree_are_one_rate(tmp_path: Path, share: float) -> None:
    told = " ".join(written(sweep(tmp_path / "d", share)).values())
    assert CLIENT not in told and "server's counters" not in told


def test_along_a_load_both_ends_have_it(tmp_path: Path) -> None:
    told = written(sweep(tmp_path / "d", 0.7, factor="concurrency", levels=[(1, 200.0), (4, 100.0)]))
    assert "by the client's clock" in told["findings"] + told["doubts"]


def test_the_table_has_both(tmp_path: Path) -> None:
    dataset = ingest(sweep(tmp_path / "d", 0.7))
    _, outline = composed(analyse(dataset), dataset, title="t")
    heads = [[c.title for c in b.columns] for s in outline.sections for b in s.blocks if isinstance(b, Table)]
    assert any(any("lient's decode rate" in t for t in titles) for titles in heads), heads


@pytest.mark.parametrize(
    ("more", "held"),
    [
        ({"num_predict": 256, "temperature": 1}, ["--option num_predict=256", "--option temperature=1"]),
        ({"num_ctx": 8192}, ["--option num_ctx=8192"]),
        ({"num_ctx": 2048, "num_predict": 64, "temperature": 0}, []),
    ],
)
def test_an_advised_run_has_the_options_of_the_runs(tmp_path: Path, more: dict[str, object], held: list[str]) -> None:
    found = [c for c in commands(sweep(tmp_path / "d", 1.0, more=more)) if "--factor num_gpu" in c]
    assert found
    for command in found:
        assert [f"--option {w.split(' ')[0]}" for w in command.split("--option ")[1:]] == held


def journal(**telemetry: Any) -> list[Any]:
    held = {"loaded": telemetry.pop("loaded", None), "size_vram": telemetry.pop("size_vram", 0)}
    row = {
        "key": "r1.b1.c001.1", "session": 1, "phase": "measure", "model": "m", "status": "ok", "lost": False,
        "options": {"num_ctx": 2048}, "prompt": "p", "concurrency": 1, "started": "2026-01-01T00:00:00", "sent_ns": 1,
        "done_ns": 10**9, "stamps_ns": [10**8, 9 * 10**8], "server": {}, "cell": "c001", "elapsed_s": 1.0,
        "telemetry": {"ram": 3000.0, "samples": 9, "coverage": 1.0, **telemetry},
        **{k: v for k, v in held.items() if v is not None},
    }  # fmt: skip
    return [{"schema": "chimera-report/journal/1"}, json.loads(json.dumps(row))]


@pytest.mark.parametrize(
    ("row", "metric"),
    [
        ({"runner_vram": 5600.0, "size_vram": 3700 << 20}, "server_ram"),  # another model beside it
        ({"runner_vram": 3900.0, "size_vram": 0}, "server_ram"),  # on the CPU, beside one on the GPU
        ({"runner_vram": 3728.0, "size_vram": 3718 << 20}, "ram"),  # alone
        ({}, "ram"),  # no GPU: nothing says that there were others
        ({"runner_vram": 5600.0, "size_vram": 3700 << 20, "loaded": True}, "ram"),  # its own runner, since then
    ],
)
def test_memory_of_all_runners_is_not_the_models(row: dict[str, Any], metric: str) -> None:
    (found,) = derived(journal(**row)) or []
    assert found["values"][metric] == 3000.0
    assert ({"ram", "server_ram"} - {metric}).isdisjoint(found["values"])


def loads(folder: Path, colds: int) -> Path:
    """Warm requests and cold starts of one model, as a bench's table has them; few of them under two settings."""
    lines = ["model,num_ctx,cold,randomised,ttft_s,e2e_latency_s"]
    for level, extra in ((1024, 0.0), (2048, 0.3))[: 2 if colds < 6 else 1]:
        lines += [f"m:1b,{level},false,true,{0.2 + 0.001 * i:.4f},{1.0 + 0.01 * i:.4f}" for i in range(8)]
        lines += [f"m:1b,{level},true,true,{2.0 + extra + 0.01 * i:.4f},{3.0 + extra:.4f}" for i in range(colds)]
    folder.mkdir()
    (folder / "runs.csv").write_text("\n".join(lines) + "\n")
    return folder


@pytest.mark.parametrize(("colds", "told"), [(1, ", of 2 cold starts"), (2, ", of 4 cold starts"), (6, "")])
def test_a_finding_on_loads_says_how_many_there_were(tmp_path: Path, colds: int, told: str) -> None:
    found = written(loads(tmp_path / "d", colds))
    text = found["verdict"] + found["findings"]
    assert "after a load" in text.lower(), found
    assert told in text and (", of " in text) == bool(told)


def test_two_loads_a_condition_are_no_course(tmp_path: Path) -> None:
    """A table of cold starts alone: 2 a condition say nothing of a setting, and 6 do."""
    for many, expected in ((2, False), (6, True)):
        folder = tmp_path / str(many)
        folder.mkdir()
        starts = [
            {"model": "m:1b", "num_ctx": c, "num_gpu": g, "cold": True, "ttft_with_load_s": round(s + 0.01 * i, 3)}
            for c, g, s in ((1024, 0, 1.3), (1024, 99, 1.29), (8192, 0, 1.4), (8192, 99, 1.8))
            for i in range(many)
        ]
        (folder / "cold_starts.json").write_text(json.dumps({"cold_starts": starts}))
        text = " ".join(written(folder).values())
        assert ("sooner than" in text) == expected, text
        assert " it rises" not in text or "the time to first token" in text.lower()
