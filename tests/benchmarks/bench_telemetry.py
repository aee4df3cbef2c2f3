"""What telemetry at 10 Hz costs: decode rates with and without it, paired and interleaved on the embedded runtime."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from parts import need

from chimera_report.tools.bench import request
from chimera_report.tools.bench.measures import measures
from chimera_report.tools.bench.sampler import Sampler
from chimera_report.tools.stats.intervals import median_interval

LEAST, MOST = 40, 300  # pairs
TOKENS = 24  # of an answer, half a second: what disturbs the machine for longer than that spoils few pairs
ENOUGH = 0.003  # half-width of the interval of the median ratio
MODEL = "gemma3:270m"
CORES = os.cpu_count() or 1


@contextmanager
def one_core() -> Iterator[None]:
    """This process and the server that it starts on a single core, so that telemetry takes its time from decoding and
    from nothing else. On all cores the engine's threads wait for each other, and rates vary far more than by this."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def rate(http: Any, number: int) -> float | None:
    """Decode rate of one thread; None where the server's counters and the client's clock disagree."""
    options = {"num_predict": TOKENS, "num_ctx": 1024, "seed": 1, "temperature": 0, "num_thread": 1}
    body = {"model": MODEL, "prompt": f"{number} lighthouses. Once upon a time", "options": options}
    x = request.generate(http, body, ns=time.perf_counter_ns, timeout_s=120)
    row = {"status": x.status, "server": x.server, "stamps_ns": x.stamps_ns, "done_ns": x.done_ns, "phase": "measure"}
    assert x.status == "ok", x.error
    return measures(row | {"options": options, "concurrency": 1, "prompt_words": 5}).decode_rate


def half_width(ratios: list[float]) -> float:
    """Of the order-statistic interval of the median, as a share; single disturbed pairs move it little."""
    interval = median_interval(np.sort(np.array(ratios)))
    return (interval.high - interval.low) / 2 if interval else float("inf")


def test_telemetry_costs_at_most_one_percent_of_the_decode_rate() -> None:
    """Pairs in turned order until the interval of their ratio is narrow; never stopped by what the ratio is."""
    need("xllamacpp")
    from chimera_report.tools.runtime import open_runtime

    ratios: list[float] = []
    with one_core():
        runtime = open_runtime("embedded", None, os.environ, MODEL)
        try:
            with request.client(runtime.base_url, 120) as http:
                rate(http, 0)
                port = http.base_url.port
                for i in range(MOST):
                    if len(ratios) >= LEAST and half_width(ratios) <= ENOUGH:
                        break
                    got = {}
                    for on in (i % 2 == 0, i % 2 == 1):
                        with Sampler(10 if on else 0, port, time.perf_counter_ns) as sampler:
                            sampler.mark()
                            got[on] = rate(http, i + 1)  # the same prompt: the second has it cached, decoding alike
                            sampler.mark()
                    if got[True] and got[False]:
                        ratios.append(got[True] / got[False])
        finally:
            runtime.close()
    assert len(ratios) >= LEAST, "the machine is too busy to tell"
    median, half = float(np.median(ratios)), half_width(ratios)
    interval = median_interval(np.sort(np.array(ratios)))
    assert interval is not None
    print(
        f"\ndecode rate with telemetry / without, on one core: {median:.4f}, 95 % interval {interval.low:.4f} to "
        f"{interval.high:.4f} ({len(ratios)} pairs); load {os.getloadavg()[0]:.1f} on {CORES} cores"
    )
    assert interval.high >= 0.99, "it costs more than 1 %"
    assert half <= ENOUGH and interval.low >= 0.99, "the machine is too busy to tell: the interval is wide"


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
    print(f"\nsampling at 10 Hz takes {100 * share:.2f} % of one core, {100 * share / CORES:.2f} % of {CORES}")
    assert share <= 0.02
