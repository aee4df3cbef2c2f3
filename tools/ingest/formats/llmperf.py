"""LLMPerf: the summary of a run (`…_summary.json`) and its requests (`…_individual_responses.json`).

The summary names the model, the load and the lengths that were asked for; the file of requests names none of them.
A request failed where `error_code` is set; its times are then 0. Times are in seconds. The inter-token latency is the
mean of a request, and its rate is output tokens over the whole time of a request. Source: ray-project/llmperf,
token_benchmark_ray.py.
"""

from __future__ import annotations

import re

import numpy as np

from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.schema import Json

from .build import Observations, number, objects

NAME = "llmperf"
_WHOLE = "output tokens / end-to-end latency"
_REQUEST = {
    "ttft_s": ("ttft", ""),
    "inter_token_latency_s": ("itl", "mean of a request"),
    "end_to_end_latency_s": ("e2e_latency", ""),
    "request_output_throughput_token_per_s": ("decode_rate", _WHOLE),
    "number_input_tokens": ("prompt_tokens", ""),
    "number_output_tokens": ("output_tokens", ""),
}
_RATE = "request_output_throughput_token_per_s"
_PARTS = ("number_output_tokens", "end_to_end_latency_s", _RATE)
_DOUBT = "a rate that is not the record's own output tokens over its time"  # pieces of a stream counted as tokens
_OFF = 1.25
_SAME = 2e-3  # relative: a rate further from the record's own tokens / time counts tokens that no other field states
_STATS = {"mean": "mean", "stddev": "sd", "min": "min", "max": "max"}
_KEY = re.compile(r"results_(.+?)_(?:quantiles_(p\d+)|(mean|stddev|min|max))")


def is_summary(document: Json) -> bool:
    return isinstance(document, dict) and {"results_ttft_s_mean", "num_concurrent_requests"} <= document.keys()


def read_summary(document: Json) -> Reading:
    out = Observations(NAME)
    for item in objects(document):
        n, errors = item.get("results_num_completed_requests"), number(item.get("results_number_errors"))
        factors = {
            "provider": item.get("framework") or item.get("llm_api"),
            "concurrency": item.get("num_concurrent_requests"),
            "input_length": item.get("mean_input_tokens"),
            "output_length": item.get("mean_output_tokens"),
        }
        out.record("/", subject=item.get("model"), factors=factors, started=item.get("timestamp"))
        if errors > 0:  # beside a mean of the survivors: how many did not survive
            out.fail(_codes(item.get("results_error_code_frequency")), "results_number_errors", n=errors)
        doubt = _doubt([tuple(item.get(f"results_{k}_mean") for k in _PARTS)])
        for key, value in item.items():
            match = _KEY.fullmatch(key)
            if match and match[1] in _REQUEST:
                metric, definition = _REQUEST[match[1]]
                stat = match[2] or _STATS[match[3]]
                why = doubt if match[1] == _RATE else ""
                out.add(metric, value, key, stat=stat, n=n, definition=definition, doubt=why)
        out.add(
            "output_throughput",
            item.get("results_mean_output_throughput_token_per_s"),
            "results_mean_output_throughput_token_per_s",
            stat="mean",
            n=n,
        )
    return out.done()


def _codes(frequency: Json) -> str:
    """The reason that a summary gives, where its errors have one code: `{429.0: 130}`."""
    found = re.fullmatch(r"\{\s*(-?\d+)(?:\.0)?\s*:\s*\d+\s*\}", str(frequency or ""))
    return "" if not found else f"HTTP {found[1]}" if 100 <= int(found[1]) < 600 else f"error {found[1]}"


def are_requests(document: Json) -> bool:
    rows = objects(document)[:3] if isinstance(document, list) else []
    return bool(rows) and all({"error_code", "ttft_s", "end_to_end_latency_s"} <= r.keys() for r in rows)


def read_requests(document: Json) -> Reading:
    out = Observations(NAME)
    records = [tuple(item.get(k) for k in _PARTS) for item in objects(document)]
    doubt, ratio = _doubt(records), _ratio(records)
    again = ratio is not None and abs(ratio - 1) > _SAME  # the field counts tokens in a way of its own
    for i, item in enumerate(objects(document)):
        out.record(f"/{i}")
        code = item.get("error_code")
        if code is not None and code != "":
            text = re.sub(r"[\s:]*\d+$", "", str(item.get("error_msg") or "").strip())  # a count, not a reason
            http = isinstance(code, int) and 100 <= code < 600
            reason = f"HTTP {code}" if http else f"error {code}"
            out.fail(f"{reason}: {text}" if text else reason, "error_code")
            continue
        for key, (metric, definition) in _REQUEST.items():
            if key == _RATE and again and not doubt:
                continue
            why = f"{doubt}, which is used instead" if doubt and key == _RATE else ""
            out.add(metric, item.get(key), key, definition=definition, doubt=why)
        tokens, seconds = (number(item.get(k)) for k in _PARTS[:2])
        if again and tokens > 0 and seconds > 0:  # what the record's own fields say, for all providers alike
            out.add("decode_rate", tokens / seconds, " / ".join(_PARTS[:2]), definition=_WHOLE)
    reading = out.done()
    for rows in reading.rows:  # requests run at once and end in any order, and none says when it began
        rows.order = np.full(len(rows), np.nan)
    return reading


def _doubt(records: list[tuple[Json, ...]]) -> str:
    """Why the rates of a file are set aside: some servers send several tokens in a piece, and the tool divided the
    pieces. Judged by the file's median, so that the few records that fit by chance do not stand for the rest."""
    ratio = _ratio(records)
    return _DOUBT if ratio is not None and not 1 / _OFF < ratio < _OFF else ""


def _ratio(records: list[tuple[Json, ...]]) -> float | None:
    """By how much the records' own tokens over their time exceed the rate that they state: the median."""
    parts = [[number(v) for v in record] for record in records]
    ratios = [n / s / rate for n, s, rate in parts if n > 0 and s > 0 and rate > 0]
    return float(np.median(ratios)) if ratios else None
