"""What llama.cpp prints at the end of a run: timings, by any of its names through the years, and perplexity.

Lines from llama.cpp's `llama_print_timings` (until 2024), `llama_perf_context_print`, `common_perf_print` and the
server's `print_timing`; perplexity from its `perplexity` tool.
A log may hold several runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from chimera_report.tools.ingest.reading import Reading

from .build import Observations, places
from .command_line import Said, said

NAME = "llama.cpp"
_SIGN = re.compile(r"\b(?:prompt eval|eval|load|total|sample|sampling) time\s*=\s*[\d.]+ ms")
_TOOL = re.compile(r"llama_print_timings|llama_perf_\w+|common_perf_print|print_timings?")
_LINE = re.compile(
    r"\b(?P<kind>load|sample|sampling|prompt eval|eval|total) time\s*=\s*(?P<ms>[\d.]+) ms"
    r"(?:\s*/\s*(?P<count>\d+)\s*(?:tokens|runs))?(?:[^\n]{0,80}?(?P<rate>[\d.]+|inf|-?nan) tokens per second)?"
)
_PERPLEXITY = re.compile(
    r"Final estimate: PPL(?: over (?P<chunks>\d+) chunks)?(?: for n_ctx=(?P<ctx>\d+))?\s*=\s*(?P<value>[\d.]+)"
    r"(?:\s*\+/-\s*(?P<error>[\d.]+))?"
)
_SERVER = re.compile(r"\b(?:llama-server|server|ollama)\b")
_BLOB = re.compile(r"[/\\]blobs[/\\]sha256-")
_ABOUT = {
    "model": re.compile(
        r"(?:general\.name\s+str\s*=|print_info: general\.name\s*=|llm_load_print_meta: general\.name\s*=)\s*(.+)"
    ),
    "quantisation": re.compile(r"(?:print_info: file type|llm_load_print_meta: model ftype)\s*=\s*([\w.]+)"),
    "num_parallel": re.compile(r"\bOLLAMA_NUM_PARALLEL[=:](\d+)"),
    "num_gpu": re.compile(r"offloaded (\d+)/\d+ layers to GPU"),
    "num_thread": re.compile(r"n_threads = (\d+)"),
    "type_k": re.compile(r"llama_(?:kv_cache|context|new_context)\w*:[^\n]*\bK \((\w+)\):"),
    "type_v": re.compile(r"llama_(?:kv_cache|context|new_context)\w*:[^\n]*\bV \((\w+)\):"),
    "num_ctx": re.compile(r"llama_(?:new_context_with_model|context|init_from_model): n_ctx\s*=\s*(\d+)"),
}
# Which card a number stands for, as the loader of each backend writes it.
_CARDS = (
    re.compile(r"\bDevice (\d+): ([^,\n]+), compute capability"),
    re.compile(r"\bggml_vulkan: (\d+) = ([^(\n]+?) \("),
    re.compile(r"\bggml_metal_device_init: GPU name: +MTL(\d+) \(([^)\n]+)\)"),
)


def read(text: str) -> tuple[Reading | None, str]:
    """The runs of a log; None when it holds none."""
    lines = _timings(text)
    estimates = list(_PERPLEXITY.finditer(text))
    if not lines and not estimates:
        return None, text
    out = Observations(NAME)
    before, context = 0, Said()
    place = places(text)
    for run in _runs(lines, place):
        context = context.then(about(text[before : run[0][0]]))
        before = run[-1][0]
        _run(out, [found for _, found in run], f"line {place(run[0][0])}", context)
    before, context = 0, Said()
    for found in estimates:
        context = context.then(about(text[before : found.start()]))
        before = found.end()
        factors = context.factors | ({"num_ctx": found["ctx"]} if found["ctx"] else {})
        out.record(f"line {place(found.start())}", subject=context.model, factors=factors)
        out.add("perplexity", float(found["value"]), "Final estimate: PPL", stat="mean")
        if found["error"]:
            out.add("perplexity", float(found["error"]), "Final estimate: PPL", stat="se")
    return out.done(), text


_Timing = tuple[int, re.Match[str]]  # where its line begins; what the line says


def _timings(text: str) -> list[_Timing]:
    """The lines of timings: those of llama.cpp by name, and the bare ones of its server that tell tokens."""
    found = []
    for sign in _SIGN.finditer(text):
        start = text.rfind("\n", max(0, sign.start() - 200), sign.start()) + 1
        head = text[max(start, sign.start() - 200) : sign.start()]
        line = _LINE.match(text[sign.start() : sign.end() + 200].split("\n")[0])
        if line is not None and (line["count"] or _TOOL.search(head)):
            found.append((start, line))
    return found


def _runs(lines: list[_Timing], place: Callable[[int], int]) -> list[list[_Timing]]:
    """Lines of one run each: a kind of time that was there already, or much text between, begins another."""
    runs: list[list[_Timing]] = []
    kinds: set[str] = set()
    for line in lines:
        kind = line[1]["kind"]
        if not runs or kind in kinds or place(line[0]) - place(runs[-1][-1][0]) > 12:
            runs.append([])
            kinds = set()
        runs[-1].append(line)
        kinds.add(kind)
    return runs


def about(text: str) -> Said:
    """What the command line and the loader's lines say of the run; the file's own name goes before the general one."""
    found = said(text)
    own = Said()
    for name, pattern in _ABOUT.items():
        hits = pattern.findall(text)
        if hits and name == "model":
            own.model = hits[-1].strip()
            if _BLOB.search(found.model):
                found.model = ""  # Ollama's store names a file by its hash
        elif hits:
            own.factors[name] = hits[-1]
    cards = dict(found for pattern in _CARDS for found in pattern.findall(text))
    if cards:
        own.factors["device"] = " + ".join(dict.fromkeys(name.strip() for name in cards.values()))
    if len(cards) > 1:
        own.factors["num_gpus"] = str(len(cards))
    if (
        _SERVER.search(text) and "concurrency" in found.factors
    ):  # how many it may serve at once, and not how many it did
        own.factors.setdefault("num_parallel", found.factors.pop("concurrency"))
    return own.then(found)


def _run(out: Observations, run: list[re.Match[str]], where: str, context: Said) -> None:
    out.record(where, subject=context.model, factors=context.factors)
    for line in run:
        kind, time, tokens, rate = line["kind"], float(line["ms"]), int(line["count"] or 0), line["rate"]
        column = f"{kind} time"
        if kind == "load":
            out.add("load_time", time, column, scale=1e-3)
        elif kind == "total":
            out.add("e2e_latency", time, column, scale=1e-3, definition="of the whole run, prompt and output")
        elif kind == "prompt eval" and tokens and time:
            out.add("prompt_eval_time", time, column, scale=1e-3)
            out.add("prompt_tokens", tokens, column)
            out.add("prefill_rate", _rate(rate, tokens, time), column)
        elif kind == "eval" and tokens and time:
            out.add("eval_time", time, column, scale=1e-3)
            out.add("output_tokens", tokens, column)
            # `runs` are the tokens that were decoded after the first one
            out.add("decode_rate", _rate(rate, tokens, time), column)


def _rate(written: str | None, tokens: int, ms: float) -> float:
    try:
        value = float(written) if written else 0.0
    except ValueError:
        value = 0.0
    return value if 0 < value < 1e9 else tokens / ms * 1e3
