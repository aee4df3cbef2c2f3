"""What a vLLM server logs of itself every ten seconds: tokens in and out, requests under way.

Lines from vLLM's `v1/metrics/loggers.py` ("Engine 000: Avg prompt throughput: … tokens/s, Avg generation throughput: …,
Running: … reqs, Waiting: … reqs, GPU KV cache usage: …"), and of its version 0 ("Avg prompt throughput" after
"metrics.py"). Each rate is of all requests together over the last interval, idle time included.
"""

from __future__ import annotations

import re

from chimera_report.tools.ingest.reading import Reading

from .build import Observations, places
from .command_line import Said, said

NAME = "vllm-server-log"
_LINE = re.compile(
    r"^(?P<head>[^\n]{0,200}?)Avg prompt throughput: (?P<prompt>[\d.]+) tokens/s, "
    r"Avg generation throughput: (?P<generation>[\d.]+) tokens/s, Running: (?P<running>\d+) reqs",
    re.MULTILINE,
)
_MODEL = re.compile(
    r"\bmodel=['\"]([^'\"\n]{1,200})['\"]|'model(?:_tag)?': '([^'\n]{1,200})'|\bmodel   +(\S+)\s*$", re.MULTILINE
)
_VERSION = re.compile(r"vLLM API server version ([\w.+-]+)|\bversion (\d+\.\d+[\w.+-]*)\s*$", re.MULTILINE)
_ARGS = re.compile(r"non-default args: \{([^\n}]{0,4000})\}")
_SETTINGS = {
    "dtype": "dtype",
    "max_model_len": "max_model_len",
    "enforce_eager": "enforce_eager",
    "max_num_seqs": "max_num_seqs",
    "tensor_parallel_size": "tensor_parallel",
    "quantization": "quantisation",
    "gpu_memory_utilization": "gpu_memory_utilization",
    "kv_cache_dtype": "kv_cache",
}
_DEFINITION = "of all requests over the last interval, as the server logs it"


def read(text: str) -> tuple[Reading | None, str]:
    """One record an interval in which tokens were generated; None when the text holds none."""
    if "Avg generation throughput" not in text:
        return None, text
    lines = list(_LINE.finditer(text))
    if not lines:
        return None, text
    context = _about(text[: lines[0].start()])
    out = Observations(NAME)
    place = places(text)
    for line in lines:
        if float(line["generation"]) <= 0:
            continue
        out.record(f"line {place(line.start())}", subject=context.model, factors=context.factors)
        out.add("output_throughput", float(line["generation"]), "Avg generation throughput", definition=_DEFINITION)
        out.add("in_flight", float(line["running"]), "Running")
    return (out.done(), text) if out.started else (None, text)


def _about(head: str) -> Said:
    found = said(head)
    model = next((next(g for g in m.groups() if g) for m in _MODEL.finditer(head)), "")
    own: dict[str, str] = {"backend": "vllm"}
    if args := _ARGS.search(head):
        for key, value in re.findall(r"'(\w+)': ('[^']*'|[^,{}\[\]]+)", args[1]):
            if key in _SETTINGS:
                own[_SETTINGS[key]] = value.strip("' ")
    if version := _VERSION.search(head):
        own["vllm_version"] = next(g for g in version.groups() if g)
    return Said(model, own).then(Said(found.model, found.factors))
