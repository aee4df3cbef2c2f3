"""llama-benchy: JSON, CSV and its Markdown table. Keys and definitions from its `results.py` (0.4)."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.schema import Json

from .build import Observations, cell_value, items, mapping, number, objects

NAME = "llama-benchy"
# It knows no server counters: the prompt's time is the time to the first response, less a measured network latency.
_PREFILL = "prompt tokens / (time to first response − latency)"
_DECODE = "tokens after the first / time from first to last token, seen by the client"
_PROMPT_TIME = "estimated: time to first response − latency"
_TEST = re.compile(r"(?:(ctx_)?(pp|tg)) ?(\d+)?(?: @ d(\d+))?(?: \(c(\d+)\))?")

# Columns of its Markdown table → those of its CSV; with one request at a time it writes one rate only.
_TITLES = {
    "t/s": ("t_s", "t_s_req"), "t/s (total)": ("t_s",), "t/s (req)": ("t_s_req",),
    "ttfr (ms)": ("ttfr",), "est_ppt (ms)": ("est_ppt",), "e2e_ttft (ms)": ("e2e_ttft",),
}  # fmt: skip
_FIGURE = re.compile(r"(\d+(?:\.\d+)?) ± (\d+(?:\.\d+)?)")
_MODE = re.compile(r"^date: .* \| latency mode: (\w+)\s*$", re.MULTILINE)


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
        loading = item.get("is_context_prefill_phase") is True  # sends the context alone, without the prompt
        factors = {
            "concurrency": item.get("concurrency"),
            "n_depth": item.get("context_size"),
            "n_prompt": None if loading else item.get("prompt_size"),
            "n_gen": item.get("response_size"),
            "latency_mode": document.get("latency_mode"),
            "phase": "context" if loading else None,
        }
        about: dict[str, Any] = {"subject": document.get("model"), "started": document.get("timestamp")}
        out.record(f"/benchmarks/{i}", factors=factors, **about)
        many = number(item.get("concurrency")) > 1
        own = "_req" if many else ""
        figures = [
            ("prefill_rate", f"pp{own}_throughput", _PREFILL, 1.0),
            ("decode_rate", f"tg{own}_throughput", _DECODE, 1.0),
            ("ttfr", "ttfr", "", 1e-3),
            ("prompt_eval_time", "est_ppt", _PROMPT_TIME, 1e-3),
            ("ttft", "e2e_ttft", "", 1e-3),
        ]
        for metric, key, definition, scale in figures + [("output_throughput", "tg_throughput", "", 1.0)] * many:
            stated = mapping(item.get(key))
            n = len(items(stated.get("values"))) or None
            out.stats(metric, stated, key, n=n, definition=definition, scale=scale)
    return out.done()


def is_table(head: str) -> bool:
    return head.startswith("model,test_name,t_s_mean,") and "est_ppt_mean" in head.partition("\n")[0]


def read_table(text: str) -> Reading:
    """Its CSV: a row a test, `pp2048 @ d4096 (c2)`, with the mean and standard deviation of each of its figures."""
    out = Observations(NAME)
    for number_of_row, row in enumerate(csv.DictReader(io.StringIO(text)), 1):
        test = _TEST.fullmatch(row.get("test_name") or "")
        if test is not None:
            figures = {k: cell_value(v) for k, v in row.items() if isinstance(k, str)}
            _row(out, f"row {number_of_row}", row.get("model"), test, figures)
    return out.done()


def read_markdown(text: str) -> tuple[Reading | None, str]:
    """Its Markdown tables, alone or in what it prints, and the text with their lines left empty: `12.30 ± 0.40`."""
    if "est_ppt (ms)" not in text:
        return None, text
    lines = text.split("\n")
    out = Observations(NAME)
    taken: set[int] = set()
    mode = _MODE.search(text)
    titles: list[str] = []
    for place, line in enumerate(lines):
        cells = [c.strip() for c in line.strip().strip("|").split("|")] if line.lstrip().startswith("|") else []
        if {"model", "test", "est_ppt (ms)"} <= set(cells):
            titles, head = cells, place
        elif len(cells) != len(titles):
            titles = []
        elif titles:
            row = dict(zip(titles, cells, strict=True))
            test = _TEST.fullmatch(row["test"])
            if test is not None:
                figures: dict[str, Json] = {}
                for title, cell in row.items():
                    if title in _TITLES and (found := _FIGURE.fullmatch(cell)):
                        for name in _TITLES[title]:
                            figures |= {f"{name}_mean": float(found[1]), f"{name}_std": float(found[2])}
                _row(out, f"line {place + 1}", row["model"], test, figures, mode[1] if mode else None)
                taken |= {head, place}
            elif set("".join(cells)) <= set("-: "):
                taken.add(place)
    if not out.started:
        return None, text
    return out.done(), "\n".join("" if i in taken else line for i, line in enumerate(lines))


def _row(
    out: Observations, where: str, model: Json, test: re.Match[str], figures: dict[str, Json], mode: Json = None
) -> None:
    """One test of a table: `figures` are those of the CSV, by their names there."""
    context, kind, tokens, depth, users = test.groups()
    factors: dict[str, Json] = {
        "n_prompt" if kind == "pp" else "n_gen": tokens,
        "n_depth": depth or "0",  # it names what is more than none, and more than one
        "concurrency": users or "1",
        "latency_mode": mode,
        "phase": "context" if context else None,
    }
    out.record(where, subject=model, factors=factors)
    prefill = kind == "pp"
    rate, definition = ("prefill_rate", _PREFILL) if prefill else ("decode_rate", _DECODE)
    _pair(out, rate, figures, "t_s_req", definition)
    if users and int(users) > 1 and not prefill:
        _pair(out, "output_throughput", figures, "t_s", "")
    for name, metric, said in (
        ("ttfr", "ttfr", ""),
        ("est_ppt", "prompt_eval_time", _PROMPT_TIME),
        ("e2e_ttft", "ttft", ""),
    ):
        _pair(out, metric, figures, name, said, scale=1e-3)


def _pair(
    out: Observations, metric: str, row: dict[str, Json], name: str, definition: str, *, scale: float = 1.0
) -> None:
    """The mean and the standard deviation, which is written as 0 for a single run."""
    out.add(metric, row.get(f"{name}_mean"), f"{name}_mean", stat="mean", definition=definition, scale=scale)
    if number(row.get(f"{name}_std")) > 0:
        out.add(metric, row[f"{name}_std"], f"{name}_std", stat="sd", definition=definition, scale=scale)
