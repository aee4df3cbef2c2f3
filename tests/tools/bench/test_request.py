"""The client's stamps against a server whose instants are known, and every fault as a status with a reason."""

import itertools
import re
import time
from typing import Any

import pytest

from chimera_report.tools.bench import request
from chimera_report.tools.bench.measures import Loads, Measures, measures

PLENTY_S = 120.0  # for a request that is to succeed, on a machine however busy


def ask(scripted: Any, tokens: int = 20, timeout_s: float = PLENTY_S, http: Any = None) -> request.Exchange:
    body = {
        "model": "scripted:1m",
        "prompt": "River 123456. a b c d",
        "options": {"num_predict": tokens, "num_ctx": 2048},
    }
    if http is not None:
        return request.generate(http, body, ns=time.perf_counter_ns, timeout_s=timeout_s)
    with request.client(scripted.url, timeout_s) as own:
        return request.generate(own, body, ns=time.perf_counter_ns, timeout_s=timeout_s)


def derive(x: request.Exchange, phase: str = "measure", **more: Any) -> Measures:
    return measures(
        {
            "status": x.status, "server": x.server, "stamps_ns": x.stamps_ns, "done_ns": x.done_ns, "phase": phase,
            "done_reason": x.done_reason, "options": {"num_ctx": 2048}, "concurrency": 1, "prompt_words": 6,
        } | more
    )  # fmt: skip


def test_stamps_are_of_what_the_server_handed_over(scripted: Any) -> None:
    """What holds on a machine however busy; how close they are is for `make bench`. Both have one clock."""
    gaps = [3.0 + (i * 7 % 5) for i in range(20)]
    scripted.script(*[{"prefill_ms": 20 + i, "token_list_ms": gaps} for i in range(3)])
    with request.client(scripted.url, PLENTY_S) as http:
        got = [ask(scripted, http=http) for _ in range(3)]
    for x, entry in zip(got, scripted.log(), strict=True):
        assert (x.status, x.error, len(x.stamps_ns)) == ("ok", "", 20)
        assert x.stamps_ns == sorted(x.stamps_ns) and x.done_ns is not None and x.done_ns >= x.stamps_ns[-1]
        assert x.sent_ns <= entry["arrived"]
        assert all(x.sent_ns + seen >= sent for seen, sent in zip(x.stamps_ns, entry["sent"], strict=True))
        # The server's counters are of its own instants, kept as they came.
        assert x.server["eval_duration"] == entry["sent"][-1] - entry["sent"][0]
        found = derive(x)
        assert found.ttft == x.stamps_ns[0] / 1e9 and found.e2e_latency == x.done_ns / 1e9
        assert found.itl == pytest.approx([(b - a) / 1e9 for a, b in itertools.pairwise(x.stamps_ns)])
        rate = 19e9 / (entry["sent"][-1] - entry["sent"][0])
        assert found.decode_rate == pytest.approx(rate) if found.decode_rate else found.flags


def test_ttft_counts_from_the_scripted_delay(scripted: Any) -> None:
    """Never less than the delay, whether the headers come at once or as late as the text."""
    late = {"prefill_ms": 30, "headers_ms": 50, "late_headers": True}
    with request.client(scripted.url, PLENTY_S) as http:
        scripted.script({}, {"prefill_ms": 80}, late)
        ask(scripted, http=http)
        plain, slow = ask(scripted, http=http), ask(scripted, http=http)
    assert plain.headers_ns is not None and slow.headers_ns is not None
    assert plain.headers_ns <= plain.stamps_ns[0] and slow.headers_ns <= slow.stamps_ns[0]
    assert all(ns >= 80e6 for ns in (plain.stamps_ns[0], slow.stamps_ns[0], slow.headers_ns))


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ({"http_status": 500, "message": "out of memory"}, "HTTP 500: out of memory"),
        ({"http_status": 404}, "HTTP 404"),
        ({"error_after": 5}, "server error after 5 pieces: scripted error in the stream"),
        ({"error_after": 0}, "server error after 0 pieces"),
        ({"reset_after": 5}, "connection failed"),
        ({"garbage_after": 3}, "not a JSON object after 3 pieces"),
        ({"end_after": 4}, "ended without its last line, after 4 pieces"),
    ],
)
def test_a_fault_is_a_status_with_a_reason_and_no_number(
    scripted: Any, behaviour: dict[str, Any], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request, "ALIVE_S", PLENTY_S)
    scripted.script(behaviour)
    x = ask(scripted)
    assert (x.status, x.lost) == ("error", False)
    assert reason in x.error
    assert derive(x) == Measures()


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        # What stalls does so for longer than the test may take: whatever else is late, nothing comes in time.
        (
            {"stall_after": 5, "stall_ms": 600_000},
            r"stalled: nothing for \d+\.\d s after [0-5] pieces|no answer within",
        ),
        ({"prefill_ms": 600_000}, r"stalled: nothing for \d+\.\d s after 0 pieces|no answer within"),
        ({"prefill_ms": 600_000, "late_headers": True}, r"no answer within 0.6 s"),
        ({"token_ms": 60}, r"not done within 0.6 s, after \d+ pieces|stalled: nothing for|no answer within"),
    ],
)
def test_what_takes_too_long_is_a_timeout_and_no_number(scripted: Any, behaviour: dict[str, Any], reason: str) -> None:
    scripted.script(behaviour)
    x = ask(scripted, timeout_s=0.6)
    assert x.status == "timeout"
    assert re.match(reason, x.error), x.error
    assert x.done_ns is not None and x.done_ns >= 0.5e9
    assert derive(x) == Measures()


def test_a_response_that_is_no_text_is_a_fault(scripted: Any) -> None:
    scripted.script({"answer": ["a", 5, "b"]})
    found = ask(scripted)
    assert (found.status, found.error) == ("error", "a line whose response is no text, after 1 pieces")


def test_no_server_is_a_fault_too(scripted: Any) -> None:
    scripted.stop()
    x = ask(scripted)
    assert (x.status, x.lost) == ("error", True)
    scripted.start()


def row(*, prefill_ms: float = 10, token_ms: float = 3, tokens: int = 20, text: int = 20, **counters: Any) -> Any:
    """A request as a client would see it on a machine with nothing else to do; `counters` of the server replace the
    true ones, None leaves one out. Of `tokens` the first `text` have a text."""
    first, gap = int(prefill_ms * 1e6), int(token_ms * 1e6)
    stamps = [first + i * gap for i in range(text)]
    decoding = (tokens - 1) * gap
    true = {"total_duration": first + decoding, "load_duration": 20_000, "prompt_eval_count": 6,
            "prompt_eval_duration": first - 20_000, "eval_count": tokens, "eval_duration": decoding}  # fmt: skip
    return {
        "status": "ok", "phase": "measure", "stamps_ns": stamps, "done_ns": first + decoding + 200_000,
        "server": {k: v for k, v in (true | counters).items() if v is not None}, "done_reason": "stop",
        "options": {"num_ctx": 2048}, "concurrency": 1, "prompt_words": 6,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "flag", "void"),
    [
        ({"eval_duration": 1_000_000}, "eval_duration is too short", "decode_rate"),
        ({"eval_duration": 10**12}, "eval_duration is longer than the whole request", "decode_rate"),
        ({"eval_duration": -5}, "negative", "decode_rate"),
        ({"eval_count": 10}, "eval_count 10 is less than the 20 pieces", "decode_rate"),
        ({"eval_count": None}, "no decoding counters", "decode_rate"),
        ({"total_duration": 1_000_000}, "add up to more than their total", "decode_rate"),
        ({"prompt_eval_count": None}, "the prompt was cached", "prefill_rate"),
        ({"prompt_eval_count": 1}, "the prompt was cached", "prefill_rate"),
        ({"prompt_eval_cached_count": 5}, "came from the cache", "prefill_rate"),
        ({"eval_count": 60}, "20 pieces of text for 60 tokens", "itl"),
    ],
)
def test_a_wrong_counter_is_flagged_and_voids_what_rests_on_it(seen: dict[str, Any], flag: str, void: str) -> None:
    true = measures(row())
    assert getattr(true, void) and true.flags == ()
    found = measures(row(**seen))
    assert any(flag in f for f in found.flags), found.flags
    assert not getattr(found, void)
    assert found.ttft == true.ttft  # the client's own clock is not in doubt


def test_the_servers_counters_are_kept_as_they_come(scripted: Any) -> None:
    lies = {"eval_duration": -5, "eval_count": 60, "prompt_eval_cached_count": 5, "total_duration": None}
    scripted.script({"counters": lies, "repeat": 3})
    x = ask(scripted)
    assert {k: x.server.get(k) for k in lies} == lies
    assert (len(x.stamps_ns), x.status) == (20, "ok")


@pytest.mark.parametrize("claimed", [1.0, 2.0])
def test_tokens_of_a_stop_sequence_take_time_and_give_no_text(claimed: float) -> None:
    """Three tokens never come: the server's count and time are true, and not void; twice the time is not."""
    stopped = row(prefill_ms=500, token_ms=20, tokens=23, text=20, eval_duration=int(claimed * 22 * 20e6))
    stopped["done_ns"] = stopped["stamps_ns"][-1] + 60_200_000
    found = measures(stopped)
    if claimed == 1:
        assert found.flags == ()
        assert found.decode_rate == pytest.approx(1000 / 20)
    else:
        assert any("eval_duration is longer than the client saw" in f for f in found.flags)
        assert found.decode_rate is None


def test_a_prompt_that_fills_the_context_is_flagged(scripted: Any) -> None:
    scripted.script({"counters": {"prompt_eval_count": 2047}})
    assert any("probably cut" in f for f in derive(ask(scripted)).flags)


def test_a_cold_row_has_its_load_and_no_warm_ttft(scripted: Any) -> None:
    scripted.script({"load_ms": 120})
    found = derive(ask(scripted), phase="cold")
    assert found.ttft is None
    assert found.load_time == pytest.approx(0.120)
    assert found.ttft_incl_load is not None and found.ttft_incl_load >= 0.120


def test_a_warm_request_that_had_to_load_the_model_has_no_warm_latency(scripted: Any) -> None:
    scripted.script(load_ms=400)
    first, second = ask(scripted), ask(scripted)
    late, warm = derive(first, loaded=False), derive(second, loaded=True)
    assert (late.ttft, late.e2e_latency) == (None, None) and late.ttft_incl_load is not None
    assert any("was loaded for this request (0.40 s)" in flag for flag in late.flags)
    # On a busy machine the client may read several pieces at once, which takes the rate, with a flag that says so.
    assert late.decode_rate or any("saw the answer arrive" in flag for flag in late.flags)
    assert warm.ttft is not None and warm.ttft_incl_load is None
    assert not any("was loaded" in flag for flag in warm.flags)


@pytest.mark.parametrize(
    ("cold_s", "warm_s", "listed", "reloaded"),
    [
        (2.3, 0.34, None, False),  # of a 262k vocabulary beside a GPU
        (0.98, 0.45, None, False),  # the same on a busy machine, of a small model
        (2.3, 1.9, None, True),  # evicted, by its time
        (2.3, 3.6, True, False),  # listed: a busy machine, on which a warm load took longer than a cold one before
        (2.3, 0.2, False, True),  # the server did not list it
        (None, 0.45, None, False),
        (None, 1.5, None, True),
        (0.08, 0.02, None, False),
    ],
)
def test_a_load_is_told_by_the_models_own_loads(
    cold_s: float | None, warm_s: float, listed: bool | None, reloaded: bool
) -> None:
    def row(phase: str, seconds: float, **more: Any) -> dict[str, Any]:
        return {"phase": phase, "status": "ok", "model": "m", "server": {"load_duration": int(seconds * 1e9)}} | more

    loads = Loads.of([row("cold", cold_s)] if cold_s else [])
    assert loads.reloaded(row("measure", warm_s) | ({} if listed is None else {"loaded": listed})) is reloaded
