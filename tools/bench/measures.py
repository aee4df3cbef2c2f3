"""Journal row ─► metrics by their definitions, and what disagrees. Where a check fails there is a reason, not a number.

There are two decode rates, and both are kept. The server's is (n − 1) / eval_duration, because Ollama's eval_duration
starts after the first token; it leaves sampling out, which on a GPU is a fifth to more than half of the time. The
client's is (n − 1) / time from the first streamed token to the last, which is what a user gets. The server's can be
the higher one, never the lower. TPOT is (e2e − TTFT) / (n − 1); TTFT is the client's, and of warm requests only.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

# How far the client's and the server's clocks may differ before a row's server-side rates are void.
RELATIVE, ABSOLUTE_NS = 0.05, 10_000_000
LEAST = 0.1  # of what the client saw: no sampler takes nine tenths of the time (0.38 is the least that was recorded)
# A request that has a runner ready still tells a load_duration: 0.05 s, up to 0.45 s with a large vocabulary, and 3.6 s
# were seen on a busy machine. So what the server lists decides; without that, the model's own loads; without any, this.
LOADED_NS = 1_000_000_000
LOADED = 0.5  # of the shortest load of a cold start of the same model


@dataclass(frozen=True, slots=True)
class Loads:
    """What is known of the models of a run: how long their loads take, which rows then were none."""

    shortest: dict[str, int] = field(default_factory=dict)  # model → ns, of cold starts

    @classmethod
    def of(cls, rows: Iterable[dict[str, Any]]) -> Loads:
        found: dict[str, int] = {}
        for row in rows:
            load = (row.get("server") or {}).get("load_duration")
            if row["phase"] == "cold" and row["status"] == "ok" and isinstance(load, int) and load > 0:
                found[row["model"]] = min(load, found.get(row["model"], load))
        return cls(found)

    def reloaded(self, row: dict[str, Any]) -> bool:
        """Whether a request that should have found the model loaded had to wait for a load of it.

        By what the server lists just before the request, where that was asked; else by how long its load took."""
        loading: int = (row.get("server") or {}).get("load_duration", 0)
        if row["phase"] == "cold":
            return False
        if row.get("loaded") is not None:
            return not row["loaded"]
        shortest = self.shortest.get(row.get("model", ""))
        return loading > (LOADED_NS if shortest is None else max(LOADED * shortest, LOADED_NS / 20))


NO_LOADS = Loads()


@dataclass(frozen=True, slots=True)
class Measures:
    """Seconds and tokens/s. None where not measured, not applicable, or not to be trusted (`flags` say why)."""

    ttft: float | None = None  # to the first token of any kind
    ttft_answer: float | None = None  # to the first token of the answer, of a model that thinks before it
    ttft_incl_load: float | None = None  # of a cold start, and of a request that had to wait for a load
    tpot: float | None = None
    e2e_latency: float | None = None
    decode_rate: float | None = None  # by the server's counters
    client_decode_rate: float | None = None
    prefill_rate: float | None = None
    load_time: float | None = None  # of a cold start
    prompt_eval_time: float | None = None
    eval_time: float | None = None
    queue_time: float | None = None  # where requests run side by side
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    output_tokens: int | None = None  # thinking included
    thinking_tokens: int | None = None  # of a model that thinks; where a piece of the stream is a token
    itl: tuple[float, ...] = ()  # gaps between pieces of text; empty where a piece holds several tokens
    flags: tuple[str, ...] = ()


def measures(row: dict[str, Any], loads: Loads = NO_LOADS) -> Measures:
    """The metrics of one journal row; `loads` of all rows of its run. A row that failed has none."""
    if row["status"] != "ok":
        return Measures()
    server: dict[str, int] = row.get("server") or {}
    stamps: list[int] = row.get("stamps_ns") or []
    done: int = row["done_ns"]
    flags: list[str] = []
    output = server.get("eval_count")
    evaluated, decoding = server.get("prompt_eval_duration"), server.get("eval_duration")
    trusted = _check(server, stamps, done, row.get("done_reason") == "stop", flags)
    _check_context(row, server, flags)
    cold = row["phase"] == "cold"
    ttft = stamps[0] / 1e9 if stamps else None
    reloaded = loads.reloaded(row)
    if reloaded:  # evicted by somebody else, or the first request of a visit without warm-ups that was resumed
        seconds = server.get("load_duration", 0) / 1e9
        flags.append(f"the model was loaded for this request ({seconds:.2f} s): its latencies are not warm ones")
    if not stamps:
        flags.append("no text in the answer")
    single = output is not None and 0.9 * output - 1 <= len(stamps) <= output + 1
    if stamps and output and not single:
        flags.append(f"{len(stamps)} pieces of text for {output} tokens: no inter-token latency")
    spread = (stamps[-1] - stamps[0]) / 1e9 if len(stamps) > 1 else None
    client_rate = (len(stamps) - 1) / spread if spread and single else None
    decode = (output - 1) / (decoding / 1e9) if trusted and output and output > 1 and decoding else None
    prefill, cached = _prefill(row, server, trusted, flags)
    many = (row.get("concurrency") or 1) > 1
    known = sum(server.get(k, 0) for k in ("load_duration", "prompt_eval_duration", "eval_duration"))
    total = server.get("total_duration")
    thinking = row.get("thinking") or 0
    answer = stamps[thinking] / 1e9 if 0 < thinking < len(stamps) else None
    if thinking and answer is None:
        told = "the model stopped by itself: it gave no answer after its thinking"
        if row.get("done_reason") == "length":
            told = "num_predict ended it while the model was thinking: give a longer one, or think = false"
        flags.append(told)
    return Measures(
        ttft=None if cold or reloaded else ttft,
        ttft_answer=None if cold or reloaded else answer,
        ttft_incl_load=ttft if cold or reloaded else None,
        tpot=(done / 1e9 - ttft) / (output - 1) if ttft is not None and output and output > 1 else None,
        e2e_latency=None if reloaded else done / 1e9,
        decode_rate=decode,
        client_decode_rate=client_rate,
        prefill_rate=prefill,
        load_time=server["load_duration"] / 1e9 if cold and server.get("load_duration") else None,
        prompt_eval_time=evaluated / 1e9 if trusted and evaluated else None,
        eval_time=decoding / 1e9 if trusted and decoding else None,
        queue_time=max(0.0, (total - known) / 1e9) if many and trusted and total else None,
        prompt_tokens=server.get("prompt_eval_count"),
        cached_tokens=cached,
        output_tokens=output,
        thinking_tokens=thinking if thinking and single else None,
        itl=tuple((b - a) / 1e9 for a, b in itertools.pairwise(stamps)) if single else (),
        flags=tuple(flags),
    )


def _check(server: dict[str, int], stamps: list[int], done: int, stopped: bool, flags: list[str]) -> bool:
    """Whether the server's durations can be true by the client's clock; `stopped`: the model ended the answer itself.

    That eval_duration is shorter than what the client saw says nothing: the time for sampling is not in it.
    """
    before = len(flags)
    durations = {k: v for k, v in server.items() if k.endswith("_duration")}
    if "eval_duration" not in server or "eval_count" not in server:
        flags.append("the server sent no decoding counters")
    if any(v < 0 for v in server.values()):
        flags.append("a counter of the server is negative")
    for name, value in durations.items():
        if value > done * (1 + RELATIVE) + ABSOLUTE_NS:
            flags.append(f"{name} is longer than the whole request")
    reading, first = server.get("prompt_eval_duration"), stamps[0] if stamps else done
    if reading is not None and reading > first * (1 + RELATIVE) + ABSOLUTE_NS:
        flags.append("prompt_eval_duration is longer than the TTFT")
    total = server.get("total_duration")
    parts = sum(v for k, v in durations.items() if k != "total_duration")
    if total is not None and parts > total * (1 + RELATIVE) + ABSOLUTE_NS:
        flags.append("the server's durations add up to more than their total")
    decoding, count = server.get("eval_duration"), server.get("eval_count", 0)
    if decoding is not None and len(stamps) > 1 and count > 1:
        seen = stamps[-1] - stamps[0]
        # Tokens without text of their own (half a character, an end of turn, the words that stop the answer) may stand
        # first or last, unseen: the server may have decoded for longer than we saw text, by as many tokens as we have
        # no piece of, and until its last line where the model ended the answer.
        slack = max(ABSOLUTE_NS, RELATIVE * seen)
        gap = statistics.median(b - a for a, b in itertools.pairwise(stamps))
        unseen = (1 + max(0, count - len(stamps))) * gap + (done - stamps[-1] if stopped else 0)
        if decoding > seen + slack + unseen:
            flags.append("eval_duration is longer than the client saw the answer arrive")
        if decoding < seen * LEAST:
            flags.append("eval_duration is too short for the answer that arrived")
        if len(stamps) > count + 1:
            flags.append(f"eval_count {count} is less than the {len(stamps)} pieces received")
    if decoding == 0 and count > 1:
        flags.append("eval_duration is zero")
    return len(flags) == before


def _check_context(row: dict[str, Any], server: dict[str, int], flags: list[str]) -> None:
    """A prompt that fills the context was probably cut, which Ollama does silently."""
    window, prompt = row["options"].get("num_ctx"), server.get("prompt_eval_count")
    if window and prompt is not None and prompt >= window - 1:
        flags.append("the prompt fills num_ctx: it was probably cut")
    if row.get("answer_schema") in ("invalid", "not JSON"):
        cut = row.get("done_reason") == "length"
        said = "does not follow its schema" if row["answer_schema"] == "invalid" else "is not JSON, despite its schema"
        flags.append("the JSON answer was cut off by num_predict" if cut else f"the answer {said}")


def _prefill(
    row: dict[str, Any], server: dict[str, int], trusted: bool, flags: list[str]
) -> tuple[float | None, int | None]:
    """(prefill rate, cached tokens). Void when the prompt, or most of it, came from a cache."""
    count, duration = server.get("prompt_eval_count"), server.get("prompt_eval_duration")
    cached = server.get("prompt_eval_cached_count")
    if not server.get("eval_duration"):
        return None, cached  # a server of OpenAI's API without timings of its own: nothing says what was cached
    if count is None or not duration:
        flags.append("no prompt evaluation: the prompt was cached")
        return None, cached
    if count < 0.25 * row.get("prompt_words", 0):  # servers before prompt_eval_cached_count left the cached part out
        flags.append(f"only {count} prompt tokens evaluated: the prompt was cached")
        return None, cached
    if cached and cached > 0.25 * count:
        flags.append(f"{cached} of {count} prompt tokens came from the cache")
        return None, cached
    if not trusted or row["phase"] == "cold":
        return None, cached
    if cached is None:  # the head of the template, which Ollama has in its cache and counts without saying so
        cached = min(row.get("template_head") or 0, count - 1)
    return (count - (cached or 0)) / (duration / 1e9), cached
