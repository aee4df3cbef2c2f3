"""What telemetry at 10 Hz costs: decode rates with and without it, paired and interleaved on the embedded runtime."""

import os
import statistics
import time
from typing import Any

import pytest

from chimera_report.tools.bench import request
from chimera_report.tools.bench.measures import measures
from chimera_report.tools.bench.sampler import Sampler

pytest.importorskip("xllamacpp")

PAIRS, TOKENS = 10, 48
MODEL = "gemma3:270m"


def rate(http: Any, number: int) -> float | None:
    """Decode rate; None where the server's counters and the client's clock disagree, as on a busy machine."""
    options = {"num_predict": TOKENS, "num_ctx": 1024, "seed": 1, "temperature": 0, "num_thread": 1}
    body = {"model": MODEL, "prompt": f"{number} lighthouses. Once upon a time", "options": options}
    x = request.generate(http, body, ns=time.perf_counter_ns, timeout_s=120)
    row = {"status": x.status, "server": x.server, "stamps_ns": x.stamps_ns, "done_ns": x.done_ns, "phase": "measure"}
    assert x.status == "ok", x.error
    return measures(row | {"options": options, "concurrency": 1, "prompt_words": 5}).decode_rate


def test_telemetry_costs_at_most_one_percent_of_the_decode_rate() -> None:
    from chimera_report.tools.runtime import open_runtime

    runtime = open_runtime("embedded", None, os.environ, MODEL)
    try:
        ratios = []
        with request.client(runtime.base_url, 120) as http:
            rate(http, 0)
            port = http.base_url.port
            for i in range(PAIRS):
                on_first = i % 2 == 0
                got = {}
                for on in (on_first, not on_first):
                    with Sampler(10 if on else 0, port, time.perf_counter_ns):
                        got[on] = rate(http, 2 * i + on + 1)
                if got[True] and got[False]:
                    ratios.append(got[True] / got[False])
    finally:
        runtime.close()
    assert len(ratios) >= PAIRS / 2, "the machine is too busy to tell"
    ratio = statistics.median(ratios)
    print(f"\ndecode rate with telemetry / without: {ratio:.4f} (median of {len(ratios)} pairs)")
    assert ratio >= 0.99
