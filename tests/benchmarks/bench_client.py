"""The client's stamps against a server whose instants are known, in milliseconds. `make bench` runs it.

Another process on the same cores can only add error, so each figure's best of some attempts is the client's own.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator
from typing import Any

import pytest

from chimera_report.tools.bench import request
from chimera_report.tools.bench.summary import percentile
from tests.tools.bench.conftest import Scripted
from tests.tools.bench.test_request import ask, derive


@pytest.fixture(scope="module")
def scripted() -> Iterator[Scripted]:
    server = Scripted()
    yield server
    server.stop()


def compare(scripted: Any) -> dict[str, float]:
    """Largest tolerances needed for eight requests: s for TTFT and ITL, a share for rates."""
    gaps = [3.0 + (i * 7 % 5) for i in range(60)]
    scripted.script(*[{"prefill_ms": 20 + i, "token_list_ms": gaps} for i in range(8)])
    with request.client(scripted.url, 30.0) as http:
        got = [ask(scripted, 60, http=http) for _ in range(8)]
    ttft, client_rate, server_rate = [], [], []
    seen: list[float] = []
    true_gaps: list[float] = []
    for x, entry in zip(got, scripted.log(), strict=True):
        assert x.status == "ok" and len(x.stamps_ns) == 60
        found = derive(x)
        sent = entry["sent"]
        assert found.ttft is not None and found.client_decode_rate is not None
        if found.decode_rate is None:  # the machine was too busy: see the caller
            return {"server": 1.0}
        ttft.append(abs(found.ttft - (sent[0] - x.sent_ns) / 1e9))
        client_rate.append(abs(found.client_decode_rate / (59e9 / (sent[-1] - sent[0])) - 1))
        server_rate.append(abs(found.decode_rate / (59e9 / (sent[-1] - sent[0])) - 1))
        seen += found.itl
        true_gaps += [(b - a) / 1e9 for a, b in itertools.pairwise(sent)]
    out = {"ttft": statistics.median(ttft), "client": statistics.median(client_rate), "server": max(server_rate)}
    for q in (50, 90, 95, 99):
        a, b = percentile(sorted(seen), q), percentile(sorted(true_gaps), q)
        assert a is not None and b is not None
        out[f"itl p{q}"] = abs(a - b)
    return out


def test_stamps_agree_with_the_servers_own_instants(scripted: Any) -> None:
    limits = {"ttft": 0.002, "client": 0.005, "server": 0.005} | {f"itl p{q}": 0.001 for q in (50, 90, 95, 99)}
    # Another process on the same cores can only add error, so each figure's best of some attempts is the client's own.
    best = dict.fromkeys(limits, 1.0)
    for _ in range(12):
        best |= {k: min(best[k], v) for k, v in compare(scripted).items()}
        if all(best[k] <= limit for k, limit in limits.items()):
            return
    pytest.fail(f"{best}")


def test_ttft_counts_from_the_scripted_delay(scripted: Any) -> None:
    """Never less than the delay; what a busy machine adds is least in the best of some attempts."""
    late = {"prefill_ms": 30, "headers_ms": 50, "late_headers": True}
    best = [1e9] * 4
    with request.client(scripted.url, 30.0) as http:
        for _ in range(40):
            scripted.script({}, {"prefill_ms": 80}, late)
            ask(scripted, http=http)
            plain, slow = ask(scripted, http=http), ask(scripted, http=http)
            assert plain.headers_ns is not None and slow.headers_ns is not None
            found = [x / 1e6 for x in (plain.stamps_ns[0], slow.stamps_ns[0], slow.headers_ns, plain.headers_ns)]
            assert all(ms >= 80 for ms in found[:3])
            best = [min(b, ms) for b, ms in zip(best, found, strict=True)]
            if max(best[:3]) <= 82 and best[3] < 5:
                return
    pytest.fail(f"{best}")
