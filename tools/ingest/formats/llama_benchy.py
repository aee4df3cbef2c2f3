"""llama-benchy: JSON and CSV. Keys and definitions from its `results.py` (0.4)."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.schema import Json

from .build import Observations, cell_value, mapping, number, objects

NAME = "llama-benchy"
# It knows no server counters: the prompt's time is the time to the first response, less a measured network latency.
_PREFILL = "prompt tokens / (time to first response − latency)"
_DECODE = "tokens after the first / time from first to last token, seen by the client"
_PROMPT_TIME = "estimated: time to first response − latency"
_TEST = re.compile(r"(?:(ctx_)?(pp|tg)) ?(\d+)?(?: @ d(\d+))?(?: \(c(\d+)\))?")


def matches(document: Json) -> bool:
    first = objects(mapping(document).get("benchmarks"))[:1]
    return any("pp_throughput" in b or "tg_throughput" in b for b in first)


def read(document: Json) -> Reading:
    """Times in ms. Its time to first response is not TTFT: the first response may be empty.

    `tg_throughput` is the rate of a request where they run alone, else that of all together; `tg_req_throughput` is
    the rate of a request. `context_size` is what stands before the prompt, no num_ctx.
    """
    out = Observations(NAME)
    for i, item in enumerate(objects(document["benchmarks"])):
        factors = {
            "concurrency": item.get("concurrency"),
            "n_depth": item.get("context_size"),
            "n_prompt": item.get("prompt_size"),
            "n_gen": item.get("response_size"),
            "latency_mode": document.get("latency_mode"),
            "phase": "context" if item.get("is_context_prefill_phase") is True else None,
        }
        about: dict[str, Any] = {"subject": document.get("model"), "started": document.get("timestamp")}
        out.record(f"/benchmarks/{i}", factors=factors, **about)
        many = number(item.get("concurrency")) > 1
        own = "_req" if many else ""
        out.stats("prefill_rate", item.get(f"pp{own}_throughput"), f"pp{own}_throughput", definition=_PREFILL)
        out.stats("decode_rate", item.get(f"tg{own}_throughput"), f"tg{own}_throughput", definition=_DECODE)
        if many:
            out.stats("output_throughput", item.get("tg_throughput"), "tg_throughput")
        out.stats("ttfr", item.get("ttfr"), "ttfr", scale=1e-3)
        out.stats("prompt_eval_time", item.get("est_ppt"), "est_ppt", definition=_PROMPT_TIME, scale=1e-3)
        out.stats("ttft", item.get("e2e_ttft"), "e2e_ttft", scale=1e-3)
    return out.done()


def is_table(head: str) -> bool:
    return head.startswith("model,test_name,t_s_mean,") and "est_ppt_mean" in head.partition("\n")[0]


def read_table(text: str) -> Reading:
    """Its CSV: a row a test, `pp2048 @ d4096 (c2)`, with the mean and standard deviation of each of its figures."""
    out = Observations(NAME)
    for number_of_row, row in enumerate(csv.DictReader(io.StringIO(text)), 1):
        test = _TEST.fullmatch(row.get("test_name") or "")
        if test is None:
            continue
        context, kind, tokens, depth, users = test.groups()
        factors = {
            "n_prompt" if kind == "pp" else "n_gen": tokens,
            "n_depth": depth,
            "concurrency": users,
            "phase": "context" if context else None,
        }
        out.record(f"row {number_of_row}", subject=row.get("model"), factors=factors)
        prefill = kind == "pp"
        rate, definition = ("prefill_rate", _PREFILL) if prefill else ("decode_rate", _DECODE)
        _pair(out, rate, row, "t_s_req", definition)
        if users and int(users) > 1 and not prefill:
            _pair(out, "output_throughput", row, "t_s", "")
        for name, metric, said in (
            ("ttfr", "ttfr", ""),
            ("est_ppt", "prompt_eval_time", _PROMPT_TIME),
            ("e2e_ttft", "ttft", ""),
        ):
            _pair(out, metric, row, name, said, scale=1e-3)
    return out.done()


def _pair(
    out: Observations, metric: str, row: dict[str, str], name: str, definition: str, *, scale: float = 1.0
) -> None:
    for tail, stat in (("mean", "mean"), ("std", "sd")):
        value = cell_value(row.get(f"{name}_{tail}"))
        out.add(metric, value, f"{name}_{tail}", stat=stat, definition=definition, scale=scale)
