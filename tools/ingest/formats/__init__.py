"""A foreign tool's file, recognised by its keys → a Reading with that tool's own definitions and units, or None."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from chimera_report.tools.extensions import extensions
from chimera_report.tools.ingest.reading import Reading, skipped
from chimera_report.tools.schema import Json

from . import (
    aiperf,
    aiperf_runs,
    bench_journal,
    evalscope,
    genai_console,
    google_benchmark,
    guidellm,
    hyperfine,
    koboldcpp,
    llama_bench,
    llama_benchy,
    llama_text,
    llmperf,
    lm_eval,
    mllog,
    mlperf,
    mlperf_tiny,
    mlx_text,
    nvidia_smi,
    ollama_api,
    ollama_bench,
    ollama_verbose,
    optimum_benchmark,
    pytest_benchmark,
    serving_block,
    vllm_bench,
    vllm_server,
)

# Each: does the document look like it, and its reader; the first that fits reads. Here are those that have several
# pairs or share keys with others; each other file of this folder with `matches` and `read` is asked after them.
_DOCUMENTS = (
    (bench_journal.matches, bench_journal.read),
    (llama_bench.matches, llama_bench.read),
    (vllm_bench.matches, vllm_bench.read),
    (guidellm.matches, guidellm.read),
    (llama_benchy.matches, llama_benchy.read),
    (aiperf.matches, aiperf.read),
    (aiperf.are_requests, aiperf.read_requests),
    (aiperf.are_settings, aiperf.skip_settings),
    (aiperf_runs.are_runs, aiperf_runs.read_runs),
    (aiperf_runs.is_sweep, aiperf_runs.read_sweep),
    (aiperf_runs.are_slices, aiperf_runs.skip_slices),
    (aiperf_runs.lies_beside, aiperf_runs.skip_beside),
    (optimum_benchmark.matches, optimum_benchmark.read),
    (optimum_benchmark.are_settings, optimum_benchmark.read_settings),
    (llmperf.is_summary, llmperf.read_summary),
    (llmperf.are_requests, llmperf.read_requests),
    (ollama_api.matches, ollama_api.read),
    (evalscope.matches, evalscope.read_document),
)

# Each: does the beginning of a delimited file look like it, and its reader; after them, each file with `is_table` and
# `read_table`.
_TABLES = (
    (llama_bench.is_table, llama_bench.read_csv),
    (llama_benchy.is_table, llama_benchy.read_table),
    (guidellm.is_table, guidellm.read_table),
    (aiperf.is_table, aiperf.read_table),
    (aiperf_runs.is_table, aiperf_runs.read_table),
    (ollama_bench.is_table, ollama_bench.read),
)

# Each: a text → what it holds of that tool, and the text without it.
_TEXTS = (
    llama_bench.read_table,
    llama_bench.read_sql,
    llama_benchy.read_markdown,
    hyperfine.read_markdown,
    mlperf.read,
    mlperf_tiny.read,
    mllog.read,
    serving_block.read,
    genai_console.read,
    evalscope.read,
    llama_text.read,
    ollama_verbose.read,
    mlx_text.read,
    koboldcpp.read,
    nvidia_smi.read,
    vllm_server.read,
)


def read_document(document: Json) -> Reading | None:
    """A JSON document, or the list of the documents of a JSON lines file.

    None also when a known format turned out to hold nothing of what it promises: the generic reader then tries.
    """
    for matches, read in (*_DOCUMENTS, *_added("matches", "read")):
        if matches(document):
            reading = read(document)
            return reading if reading.rows or reading.role == "none" else None
    return None


def is_document(document: Json) -> bool:
    """Whether a JSON document looks like one of a known format, whatever it turns out to hold."""
    return any(matches(document) for matches, _ in (*_DOCUMENTS, *_added("matches", "read")))


# What other programs put into records of their own, told by keys that nothing else has.
_EMBEDDED = (
    llama_bench.matches,
    vllm_bench.matches,
    guidellm.matches,
    llama_benchy.matches,
    hyperfine.matches,
    pytest_benchmark.matches,
    google_benchmark.matches,
    lm_eval.matches,
)


def is_embedded(document: Json) -> bool:
    """Whether an object or a list within a document is what a known tool wrote."""
    return any(matches(document) for matches in _EMBEDDED)


@cache
def _own(fits: str, reads: str) -> list[tuple[Callable[[Any], bool], Callable[[Any], Any]]]:
    """The functions of those names, of each file of this folder that has both and is not entered above."""
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    pairs = [(getattr(m, fits), getattr(m, reads)) for m in modules if hasattr(m, fits) and hasattr(m, reads)]
    entered = {matches for matches, _ in (*_DOCUMENTS, *_TABLES)}
    return [pair for pair in pairs if pair[0] not in entered]


def _added(fits: str, reads: str) -> list[tuple[Callable[[Any], bool], Callable[[Any], Any]]]:
    """Those of this folder, then those of other packages (docs/extending.md), whose readers may raise anything."""
    others = [
        (getattr(given, fits), partial(_guarded, name, getattr(given, reads)))
        for name, given in extensions("chimera_report.formats").items()
        if callable(getattr(given, fits, None)) and callable(getattr(given, reads, None))
    ]
    return [*_own(fits, reads), *others]


def _guarded(name: str, read: Callable[[Any], Reading], given: Any) -> Reading:
    """What the code of another package raises becomes the reason for which the file was skipped."""
    try:
        return read(given)
    except Exception as exc:  # noqa: BLE001  another package's reader can raise anything, and one file must not end the run
        return skipped(f"the format {name} could not read it ({type(exc).__name__}: {exc})", format=name)


def read_known_table(text: str) -> Reading | None:
    """A delimited file of a known tool."""
    head = text[:20_000]
    for is_table, read in (*_TABLES, *_added("is_table", "read_table")):
        if is_table(head):
            # a carriage return alone within a line, as in a damaged file, would end csv's reading
            reading = read(text.replace("\r\n", "\n").replace("\r", "\n"))
            return reading if reading and (reading.rows or reading.role == "none") else None
    return None


def read_text(text: str) -> tuple[Reading | None, str]:
    """Console output of known tools, alone or in a log or document, and the text without the tables that were read."""
    found: Reading | None = None
    for read in _TEXTS:
        reading, text = read(text)
        if reading is None or not reading.rows:
            continue
        if found is None:
            found = reading
            continue
        for rows in reading.rows:
            rows.record = rows.record + found.count
            found.rows.append(rows)
        found.count += reading.count
        if reading.status == "partial":
            found.note(reading.reason)
    return found, text
