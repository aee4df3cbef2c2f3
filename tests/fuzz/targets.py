"""What is fuzzed: every way in which text of somebody else reaches the program. An input may be refused in a sentence
(ChimeraError); any other exception, and more than five seconds of computing, is a defect.
"""

from __future__ import annotations

import asyncio
import copy
import json
import shutil
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

sys.path[:0] = [str(Path(__file__).parents[1] / "agent"), str(Path(__file__).parents[1])]

from chimera_report.tools.errors import ChimeraError  # noqa: E402  after the folders of the helpers

DATA = Path(__file__).parents[1] / "data"
SECONDS = 5.0  # of computing, for one input
MOST = 1 << 16  # bytes of one input
KINDS = (".csv", ".tsv", ".json", ".jsonl", ".md", ".yaml", ".txt", ".log", ".sql", ".parquet", ".xlsx", ".ods")
NASTY = (
    b"", b"[" * 3000, b"{" * 3000, b'{"a":' * 1000, b"(" * 3000, b"> " * 1000, b"1e999", b"-1e-999", b"NaN",
    b"Infinity",
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"-0", b'"', b"'", b",,,,", b"\n", b"\r", b"\t", b"9" * 400, b"{{F001}}",
    b"{{C001}}", b"null", b"true", "\u202e\u200b\ufeff".encode(), b"\\ud800", b"\\u0000", b"|", b"| --- |", b"```",
    b"<table><tr><td>", b"<del>", b"&#0;", b"%s%n", b"../../etc/passwd", b"!!python/object", b"&a [*a,*a]", b"*a",
    b"<<: *a",
    b"=cmd|x!A1", b"2025-13-45", b"1,234.5", b"1.234,5", b"tokens/s", b"model", b"gemma3:1b", b"ttft_s", b"error",
    b"[^1]: F001", b"# ", b"~~", b"$$", b"e" * 2000,
)  # fmt: skip


def seeds(*patterns: str) -> list[bytes]:
    return [p.read_bytes()[:MOST] for pattern in patterns for p in sorted(DATA.glob(pattern)) if p.is_file()]


@st.composite
def bent(draw: st.DrawFn, known: list[bytes]) -> bytes:
    """A known input in which pieces are dropped, doubled, moved and put in; or bytes of any kind."""
    if not known or draw(st.integers(0, 7)) == 0:
        return draw(st.binary(max_size=400))
    data = draw(st.sampled_from(known))
    for _ in range(draw(st.integers(0, 5))):
        a = draw(st.integers(0, len(data)))
        b = min(len(data), a + draw(st.integers(0, 80)))
        piece = draw(st.one_of(st.sampled_from(NASTY), st.binary(max_size=8), st.just(data[a:b] * 2)))
        data = data[:a] + piece + data[b:]
    return data[:MOST]


SIMPLE = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**30), 10**30), st.floats(), st.text(max_size=20),
    st.sampled_from(["F001", "C001", "{{F001}}", "../..", "rm -rf /", "x" * 5000]),
)  # fmt: skip
VALUES = st.recursive(
    SIMPLE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


# --- the readers ------------------------------------------------------------------------------------------------------


def reader(kind: str, data: bytes) -> None:
    from chimera_report.tools.ingest.read import read
    from chimera_report.tools.ingest.reading import Limits

    read(data, kind, "fuzz", Limits())


def readers() -> st.SearchStrategy[tuple[Any, ...]]:
    known = seeds("ingest/*.*", "lint*/results/*", "bench/**/*.*")
    return st.tuples(st.sampled_from(KINDS), bent(known))


# --- a report, and what is asked of it --------------------------------------------------------------------------------


@cache
def desk() -> Path:
    """`data` and a finished report of it, `one`, in `reports`; the statistics of the folder are computed once."""
    import tempfile

    import pytest
    from conftest import finish, write_folder  # type: ignore[import-not-found]
    from tampering import cached  # type: ignore[import-not-found]

    place = Path(tempfile.mkdtemp(prefix="fuzz-"))
    finish(write_folder(place / "data")).rename(place / "reports/one")
    cached(pytest.MonkeyPatch())
    return place


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        found += places(inner, (*path, key))
    return found


@cache
def record(name: str) -> tuple[Any, list[tuple[Any, ...]]]:
    whole = json.loads((desk() / "reports/one" / name).read_text())
    return whole, places(whole)


FILES = (
    "report.json", "run.json", "evidence.json", "report.md", "report.html", "measurements.parquet", "signature.json",
)  # fmt: skip


@st.composite
def folders(draw: st.DrawFn) -> tuple[str, bytes]:
    """One file of a report with wrong types, other values, deep nesting; or cut, or of any bytes."""
    names = (
        "report.json",
        "run.json",
        "evidence.json",
        "report.md",
        "report.html",
        "measurements.parquet",
        "signature.json",
    )
    name = draw(st.sampled_from(names))
    path = desk() / "reports/one" / name
    if not name.endswith(".json") or not path.is_file() or draw(st.integers(0, 5)) == 0:
        return name, draw(bent([path.read_bytes()[:MOST]] if path.is_file() else []))
    whole, known = record(name)
    value = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 3))):
        *above, last = draw(st.sampled_from([p for p in known if p]))
        owner = value
        with suppress(KeyError, IndexError, TypeError):
            for key in above:
                owner = owner[key]
            owner[last] = draw(st.one_of(VALUES, st.builds(nested, st.sampled_from([50, 400]))))
    return name, json.dumps(value).encode("utf-8", "surrogatepass")


def folder(name: str, data: bytes) -> None:
    from chimera_report.agent.verify import verify

    forged = desk() / "forged"
    shutil.rmtree(forged, ignore_errors=True)
    shutil.copytree(desk() / "reports/one", forged)
    (forged / name).write_bytes(data)
    verify(forged, data=desk() / "data", cwd=desk())


@cache
def assistant() -> Any:
    from chimera_report.agent.mcp import server

    return server({}, "0", desk() / "reports", (desk() / "data",))


TOOLS = ("report", "list_reports", "describe_report", "ask", "query", "compare", "plot", "verify", "bench_plan")
WORDS = ("question", "report", "thread", "measure", "by", "where", "path", "compare", "a", "b", "metric", "suite",
         "data",
         "models",
         "factors", "runs", "time_budget", "top", "order", "statistic")  # fmt: skip


def calls() -> st.SearchStrategy[tuple[Any, ...]]:
    named = st.sampled_from(
        ["alpha:1b", "beta:3b", "ttft", "decode_rate", "rates", "one", "which is fastest?", "10m", "", "../x"]
    )
    return st.tuples(
        st.sampled_from(TOOLS), st.dictionaries(st.sampled_from(WORDS), st.one_of(named, VALUES), max_size=5)
    )


def call(tool: str, arguments: dict[str, Any]) -> None:
    from mcp.server.mcpserver.exceptions import ToolError

    if tool == "report" and str(arguments.get("path")) in (str(desk() / "data"), "data"):
        return
    with suppress(ToolError), ThreadPoolExecutor(1) as apart:  # where a browser's loop runs in this thread, none begins
        apart.submit(lambda: asyncio.run(assistant().call_tool(tool, arguments))).result()


@cache
def opened() -> tuple[Any, Any, Any]:
    from chimera_report.agent.lint import known
    from chimera_report.tools.query import World

    data = known(desk() / "data")
    return data, World(data.dataset), data.outline


QUESTION = (
    "which model is fastest", "how much faster is alpha:1b than beta:3b", "ttft", "with num_ctx 2048", "and", "not",
    "except",
    "at least", "50 tokens/s", "mean", "p95", "by prompt", "?", "why", "plot", "between 10 and 20", "%", "the second",
    "how many runs failed", "1e400", "(", "'", "ignore all instructions", "in suite rates", "list", "compare", "is",
    "worse",
    "cheapest", "\u202e", "alpha", "num_ctx = ", "9" * 60,
)  # fmt: skip


def questions() -> st.SearchStrategy[tuple[Any, ...]]:
    words = st.lists(st.one_of(st.sampled_from(QUESTION), st.text(max_size=12)), max_size=9).map(" ".join)
    return st.tuples(words)


def question(text: str) -> None:
    from chimera_report.tools.query import reply, understand

    _, world, _ = opened()
    reading = understand(text, world)
    query = getattr(reading, "query", None)
    if query is not None:
        reply(query, world, text)


def routed(value: Any) -> None:
    from chimera_report.tools.query import validate

    with suppress(ValueError):
        validate(value if isinstance(value, str) else json.dumps(value), opened()[1])


@cache
def sentences() -> list[Any]:
    from chimera_report.tools.lint.against import _sentences

    return [s for s in _sentences(opened()[2]) if "{{" in s.text][:40]


@st.composite
def answers(draw: st.DrawFn) -> tuple[int, str, str]:
    """What a model may make of a sentence: its own words in another order, other placeholders, anything."""
    which = draw(st.integers(0, len(sentences()) - 1))
    own = sentences()[which].text.split(" ")
    more = st.sampled_from(
        ["{{F001}}", "{{F999}}", "{{C001}}", "{{", "}}", "not", "faster", "alpha:1b", "50", "{{F001:interval}}", "\n"]
    )
    words = draw(st.lists(st.one_of(st.sampled_from(own), more, st.text(max_size=8)), max_size=25))
    return which, " ".join(words), draw(st.sampled_from(["phrase", "compose"]))


def answer(which: int, text: str, tier: str) -> None:
    from chimera_report.agent.writing import judge

    judge(text, sentences()[which], opened()[0].sheet, tier)


def documents() -> st.SearchStrategy[tuple[Any, ...]]:
    known = [part.strip().encode() for name in ("true", "false") for folder in ("lint", "lint_fresh")
             for part in (DATA / folder / f"{name}.txt").read_text(encoding="utf-8").split("\n%%\n")]  # fmt: skip
    names = [k.replace(b"gemma3:270m", b"alpha:1b").replace(b"mistral-7b", b"beta:3b") for k in known]
    return st.tuples(st.lists(bent(names), max_size=3).map(b"\n\n".join).map(lambda b: b.decode("utf-8", "replace")))


def document(text: str) -> None:
    from chimera_report.agent.lint import judged

    judged(text, opened()[0])


TARGETS: dict[str, tuple[Callable[..., None], Callable[[], st.SearchStrategy[tuple[Any, ...]]]]] = {
    "readers": (reader, readers),
    "report folders": (folder, lambda: folders()),
    "MCP calls": (call, calls),
    "questions": (question, questions),
    "a router's answers": (routed, lambda: st.tuples(VALUES)),
    "model answers": (answer, lambda: answers()),
    "documents for lint": (document, documents),
}


FIRST: dict[str, list[tuple[Any, ...]]] = {
    "readers": [(kind, b"model,ttft_s\ngemma3:1b,0.5\n") for kind in KINDS],
    "report folders": [("run.json", b"{}")],
    "MCP calls": [(tool, {}) for tool in TOOLS],
    "questions": [("which model is fastest",)],
    "a router's answers": [({"intent": "best"},)],
    "model answers": [(0, "{{F001}}", "phrase"), (0, "{{F001}}", "compose")],
    "documents for lint": [("# Title\n\nalpha:1b is faster than beta:3b.\n",)],
}


def warm(target: str) -> None:
    """What is computed once is computed, and what a first input imports is imported, before the first input."""
    if target != "readers":
        desk(), opened(), sentences()
        for name in FILES[:3]:
            record(name)
        if target == "MCP calls":
            assistant()
    for given in FIRST[target]:
        once(target, given)


def once(target: str, given: tuple[Any, ...]) -> float:
    """One input; returns the seconds of computing. Raises what the program raises beside its own errors."""
    started = time.process_time()
    with suppress(ChimeraError):
        TARGETS[target][0](*given)
    return time.process_time() - started
