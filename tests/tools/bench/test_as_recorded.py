"""The embedded server with the habits of a real one: sampling outside `eval_duration`, warm loads that take time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from parts import need

from chimera_report.tools.bench import make_plan, run
from chimera_report.tools.runtime import look
from chimera_report.tools.runtime.find import cache_folder

from .runs import rows, table


@pytest.fixture
def recorded() -> Iterator[str]:
    need("xllamacpp")
    command = [sys.executable, "-P", "-m", "chimera_report.tools.runtime.serve", "--recorded"]
    command += ["--cache", str(cache_folder(os.environ))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdin is not None
        yield f"http://127.0.0.1:{json.loads(process.stdout.readline())['port']}"
        process.stdin.close()


def test_no_rate_and_no_first_token_is_lost(recorded: str, tmp_path: Path) -> None:
    server = look(recorded)
    while server is None:  # its port is known before it can answer
        server = look(recorded)
    options = {"num_thread": 1, "num_ctx": 512}
    made = make_plan([server.models[0].name], runs=4, num_predict=12, options=options, telemetry_hz=0, timeout_s=300)
    result = run(made, recorded, tmp_path / "out")
    assert result.errors == 0
    warm = table(tmp_path / "out")
    assert len(warm) == 4
    for row in warm:
        assert row["ttft_s"] and row["client_decode_rate"], row
        # On a busy machine the client may see the answer so late that the server's counters cannot be: the row says so.
        assert (row["decode_rate"] and row["prefill_rate"]) or row["note"], row
        if row["decode_rate"]:
            assert float(row["client_decode_rate"]) < float(row["decode_rate"])
    told = [r["server"] for r in rows(tmp_path / "out") if r["phase"] == "measure"]
    assert all(t["load_duration"] >= 50_000_000 for t in told)
