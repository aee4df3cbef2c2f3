"""What telemetry at 10 Hz costs: decode rates with and without it, paired and interleaved on the embedded runtime."""

import os
import statistics
import time
from typing import Any

import pytest

from chimera_report.tools.bench import request
from chimera_report.tools.bench.converge import width
from chimera_report.tools.bench.measures import measures
from chimera_report.tools.bench.sampler import Sampler

LEAST, MOST, TOKENS = 12, 80, 48  # pairs; tokens of an answer
ENOUGH = 0.005  # half-width of the interval of the ratio
MODEL = "gemma3:270m"
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def rate(http: Any, number: int) -> float | None:
    """Decode rate on all cores, so that telemetry has to compete for one; None where the machine was too busy for the
    server's counters and the client's clock to agree."""
    options = {"num_predict": TOKENS, "num_ctx": 1024, "seed": 1, "temperature": 0, "num_thread": CORES}
    body = {"model": MODEL, "prompt": f"{number} lighthouses. Once upon a time", "options": options}
    x = request.generate(http, body, ns=time.perf_counter_ns, timeout_s=120)
    row = {"status": x.status, "server": x.server, "stamps_ns": x.stamps_ns, "done_ns": x.done_ns, "phase": "measure"}
    assert x.status == "ok", x.error
    return measures(row | {"options": options, "concurrency": 1, "prompt_words": 5}).decode_rate


def test_telemetry_costs_at_most_one_percent_of_the_decode_rate() -> None:
    """Pairs in turned order until the interval of their ratio is narrow; never stopped by what the ratio is."""
    pytest.importorskip("xllamacpp")
    from chimera_report.tools.runtime import open_runtime

    runtime = open_runtime("embedded", None, os.environ, MODEL)
    ratios: list[float] = []
    try:
        with request.client(runtime.base_url, 120) as http:
            rate(http, 0)
            port = http.base_url.port
            for i in range(MOST):
                found = width(ratios)
                if len(ratios) >= LEAST and found.half_width is not None and found.half_width <= ENOUGH:
                    break
                got = {}
                for on in (i % 2 == 0, i % 2 == 1):
                    with Sampler(10 if on else 0, port, time.perf_counter_ns) as sampler:
                        sampler.mark()
                        got[on] = rate(http, i + 1)  # the same prompt in both: the second has it cached, decoding alike
                        sampler.mark()
                if got[True] and got[False]:
                    ratios.append(got[True] / got[False])
    finally:
        runtime.close()
    assert len(ratios) >= LEAST, "the machine is too busy to tell"
    found = width(ratios)
    assert found.gmean is not None and found.half_width is not None
    low, high = found.gmean / (1 + found.half_width), found.gmean * (1 + found.half_width)
    print(
        f"\ndecode rate with telemetry / without: {found.gmean:.4f}, 95 % interval {low:.4f} to {high:.4f} "
        f"({found.n} pairs, median {statistics.median(ratios):.4f}); load {os.getloadavg()[0]:.1f} on {CORES} cores"
    )
    assert high >= 0.99, "it costs more than 1 %"
    assert found.half_width <= ENOUGH and found.gmean >= 0.99, "the machine is too busy to tell: the interval is wide"


def test_sampling_takes_little_processor_time() -> None:
    """Its own processor time, which other processes do not lengthen much: an upper bound of what it can take away."""
    import socket

    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        Sampler(10, listening.getsockname()[1], time.monotonic_ns),
    ):
        time.sleep(0.3)
        begin, cpu = time.monotonic(), time.process_time()
        time.sleep(5)
        share = (time.process_time() - cpu) / (time.monotonic() - begin)
    print(f"\nsampling at 10 Hz takes {100 * share:.2f} % of one core, {100 * share / (CORES or 1):.2f} % of {CORES}")
    assert share <= 0.02
