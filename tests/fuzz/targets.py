"""What is fuzzed: every way in which text of somebody else reaches the program. An input may be refused in a sentence
(ChimeraError); any other exception, and more than five seconds of computing, is a defect.
"""

from __future__ import annotations

import asyncio
import copy
import importlib
import json
import shutil
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "agent"), str(Path(__file__).parents[1])]

from draws import Draw  # type: ignore[import-not-found]  # noqa: E402

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


def bent(draw: Draw, known: list[bytes]) -> bytes:
    """A known input in which pieces are dropped, doubled, moved and put in; or bytes of any kind."""
    if not known or draw.below(8) == 7:
        return draw.data(400)
    data = draw.pick(known)
    for _ in range(draw.below(6)):
        a = draw.below(len(data) + 1)
        b = min(len(data), a + draw.below(81))
        piece = (draw.pick(NASTY), draw.data(8), data[a:b] * 2, data[b : b + 80], b"")[draw.below(5)]
        data = data[:a] + piece + data[b:]
    return data[:MOST]


SIMPLE = ("", "F001", "C001", "{{F001}}", "../..", "rm -rf /", "x" * 5000)


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


@cache
def _files() -> list[bytes]:
    return seeds("ingest/*.*", "lint*/results/*", "bench/**/*.*")


def readers(draw: Draw) -> tuple[Any, ...]:
    return draw.pick(KINDS), bent(draw, _files())


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
    _verified()
    _linted()
    return place


def _verified() -> None:
    """What `verify` over MCP says of the one report is worked out once for each call that asks the same."""
    from chimera_report.agent import verify as verification

    real = verification.verify
    known: dict[str, Any] = {}

    def once(path: Path, **options: Any) -> Any:
        if path.name == "forged":
            return real(path, **options)
        key = f"{path} {options}"
        if key not in known:
            known[key] = real(path, **options)
        return known[key]

    verification.verify = once  # type: ignore[assignment]


def _linted() -> None:
    """The same text of the same report is held against the rules once: a forged file beside it changes neither."""
    from chimera_report.tools import lint as room

    real = room.lint
    known: dict[tuple[str, str], list[tuple[Any, Any, list[Any]]]] = {}

    def once(text: str, report: Any = None, **options: Any) -> list[Any]:
        if report is None:  # a document of somebody's
            return real(text, report, **options)
        held = known.setdefault((text, options.get("part", "")), [])
        for other, outline, found in held:
            if other == report and outline == options.get("outline"):
                return list(found)
        found = real(text, report, **options)
        if len(known) > 64:
            known.clear()
        held.append((report, options.get("outline"), found))
        return list(found)

    room.lint = once  # type: ignore[assignment]


@cache
def small() -> Path:
    """As `desk`, with a report of so little that it is verified in tens of milliseconds."""
    from conftest import finish  # type: ignore[import-not-found]

    place = desk() / "small"
    (place / "data").mkdir(parents=True)
    rows = [f"{m},{rate + i % 3}\n" for m, rate in (("alpha:1b", 50), ("beta:3b", 20)) for i in range(3)]
    (place / "data/r.csv").write_text("model,tokens_s\n" + "".join(rows))
    finish(place / "data").rename(place / "reports/one")
    return place


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        found += places(inner, (*path, key))
    return found


@cache
def record(name: str) -> tuple[Any, list[tuple[Any, ...]]]:
    whole = json.loads((small() / "reports/one" / name).read_text())
    return whole, places(whole)


FILES = (
    "report.json", "run.json", "evidence.json", "report.md", "report.html", "measurements.parquet", "signature.json",
)  # fmt: skip


def folders(draw: Draw) -> tuple[str, bytes]:
    """One file of a report with wrong types, other values, deep nesting; or cut, or of any bytes."""
    name = draw.pick(FILES)
    path = small() / "reports/one" / name
    if not name.endswith(".json") or not path.is_file() or draw.below(6) == 5:
        return name, bent(draw, [path.read_bytes()[:MOST]] if path.is_file() else [])
    whole, known = record(name)
    value = copy.deepcopy(whole)
    for _ in range(1 + draw.below(3)):
        *above, last = draw.pick(known[1:])
        owner = value
        with suppress(KeyError, IndexError, TypeError):
            for key in above:
                owner = owner[key]
            owner[last] = nested(draw.pick((50, 400))) if draw.below(5) == 4 else draw.value(SIMPLE)
    return name, json.dumps(value).encode("utf-8", "surrogatepass")


@cache
def forged() -> Path:
    shutil.copytree(small() / "reports/one", small() / "forged")
    (small() / "forged/report.html").unlink()  # half of the time; it is there where it is what was forged
    return small() / "forged"


def folder(name: str, data: bytes) -> None:
    from chimera_report.agent.publishing import render
    from chimera_report.agent.verify import verify

    sound, page = small() / "reports/one" / name, name == "report.html"
    (forged() / name).write_bytes(data)
    try:
        verify(forged() / name if page else forged(), data=small() / "data", cwd=small())
        if name == "report.json":
            render(forged(), "md,html", small() / "rendered")
    finally:
        (forged() / name).unlink()
        if sound.is_file() and not page:
            shutil.copyfile(sound, forged() / name)


@cache
def assistant() -> Any:
    from chimera_report.agent.mcp import server

    return server({}, "0", desk() / "reports", (desk() / "data",))


# Of each tool its words, the needed ones first, and how many those are.
TOOLS: dict[str, tuple[int, tuple[str, ...]]] = {
    "report": (1, ("path", "compare")),
    "list_reports": (0, ()),
    "describe_report": (0, ("report",)),
    "ask": (1, ("question", "report", "thread")),
    "query": (1, ("measure", "aggregate", "by", "where", "state", "order", "limit", "unit", "report")),
    "compare": (2, ("a", "b", "metric", "suite", "report")),
    "plot": (1, ("question", "report")),
    "verify": (0, ("report", "data")),
    "bench_plan": (1, ("models", "factors", "runs", "time_budget")),
}
NAMES = ("alpha:1b", "beta:3b", "ttft", "decode_rate", "rates", "one", "which is fastest?", "10m", "", "../x")


def calls(draw: Draw) -> tuple[Any, ...]:
    """A call with its needed words mostly, values of the right kind mostly, now and then of any kind."""
    tool = draw.pick(tuple(TOOLS))
    needed, words = TOOLS[tool]
    given = {word: fitting(word, draw) for i, word in enumerate(words) if draw.below(8) < (7 if i < needed else 2)}
    if draw.below(8) == 7:
        given[draw.text(8)] = draw.value(SIMPLE)
    return tool, given


def fitting(word: str, draw: Draw) -> Any:
    kind = draw.below(8)
    if kind == 7:
        return draw.value(SIMPLE)
    if kind == 6:
        return draw.text(30)
    match word:
        case "question":
            return questions(draw)[0]
        case "thread":
            return draw.pick(("", "a", "b"))
        case "report":
            return draw.pick(("", "one", "../one", "/etc", "one/../../data"))
        case "by":
            return draw.many(3, lambda: draw.pick(("system", "num_ctx", "prompt", "suite", "cell", "status", "x")))
        case "where":
            at = ("system", "num_ctx", "suite", "decode_rate", "name", "x")
            ops = ("=", "!=", "<", ">", ">=", "in", "not in", "between", "has", "lacks", "~")
            values: tuple[Any, ...] = (["alpha:1b"], [2048], [1024, 4096], ["rates"], [50.5], [None], [-1, "x"])
            return draw.many(2, lambda: {"field": draw.pick(at), "op": draw.pick(ops), "values": draw.pick(values)})
        case "limit" | "runs":
            return draw.number()
        case "aggregate":
            return draw.pick(
                ("typical", "mean", "median", "p95", "sum", "count", "share", "min", "max", "sd", "cv", "x")
            )
        case "state" | "order":
            return draw.pick(("", "warm", "cold", "low", "high"))
        case "unit":
            return draw.pick(("", "ms", "ms/token", "GiB", "min", "tokens/s", "%"))
        case "models":
            return draw.many(3, lambda: draw.pick(NAMES))
        case "factors":
            return {draw.pick(("num_ctx", "num_thread", "x")): draw.many(3, draw.number) for _ in range(draw.below(3))}
        case _:
            return draw.pick(NAMES)


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """A loop in a thread of its own: where a browser's loop runs in this one, no other can."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return loop


def call(tool: str, arguments: dict[str, Any]) -> None:
    from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError

    if tool == "report" and str(arguments.get("path")) in (str(desk() / "data"), "data"):
        return
    try:
        asyncio.run_coroutine_threadsafe(assistant().call_tool(tool, arguments), _loop()).result()
    except UnexpectedToolError as exc:  # the SDK's, of what no sentence was made of
        raise exc.__cause__ or exc from exc
    except ToolError:
        return


@cache
def opened() -> tuple[Any, Any, Any]:
    from chimera_report.agent.lint import known
    from chimera_report.tools.query import World

    data = known(desk() / "data")
    _referee(data)
    return data, World(data.dataset), data.outline


def _referee(data: Any) -> None:
    """What the data is called, and its values, are worked out for the first document, and held for all others."""
    room: Any = importlib.import_module("chimera_report.tools.lint.against")  # the door gives the function
    one = room.World(data.sheet, data.analysis, data.dataset)
    room.World = lambda *_: one


QUESTION = (
    "which model is fastest", "how much faster is alpha:1b than beta:3b", "ttft", "with num_ctx 2048", "and", "not",
    "except",
    "at least", "50 tokens/s", "mean", "p95", "by prompt", "?", "why", "plot", "between 10 and 20", "%", "the second",
    "how many runs failed", "1e400", "(", "'", "ignore all instructions", "in suite rates", "list", "compare", "is",
    "worse",
    "cheapest", "\u202e", "alpha", "num_ctx = ", "9" * 60,
)  # fmt: skip


def questions(draw: Draw) -> tuple[Any, ...]:
    return (" ".join(draw.many(9, lambda: draw.text(12) if draw.below(4) == 3 else draw.pick(QUESTION))),)


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
        validate(value, opened()[1])


@cache
def sentences() -> list[Any]:
    from chimera_report.tools.lint.against import _sentences

    return [s for s in _sentences(opened()[2]) if "{{" in s.text][:40]


MORE = ("{{F001}}", "{{F999}}", "{{C001}}", "{{", "}}", "not", "faster", "alpha:1b", "50", "{{F001:interval}}", "\n")


def answers(draw: Draw) -> tuple[int, str, str]:
    """What a model may make of a sentence: its own words in another order, other placeholders, anything."""
    which = draw.below(len(sentences()))
    own = sentences()[which].text.split(" ")
    words = draw.many(25, lambda: draw.text(8) if draw.below(4) == 3 else draw.pick(MORE if draw.below(3) else own))
    return which, " ".join(words), draw.pick(("phrase", "compose"))


def answer(which: int, text: str, tier: str) -> None:
    from chimera_report.agent.writing import judge

    judge(text, sentences()[which], opened()[0].sheet, tier)


@cache
def _statements() -> list[bytes]:
    known = [part.strip().encode() for name in ("true", "false") for folder in ("lint", "lint_fresh")
             for part in (DATA / folder / f"{name}.txt").read_text(encoding="utf-8").split("\n%%\n")]  # fmt: skip
    return [k.replace(b"gemma3:270m", b"alpha:1b").replace(b"mistral-7b", b"beta:3b") for k in known]


def documents(draw: Draw) -> tuple[str]:
    return (b"\n\n".join(draw.many(3, lambda: bent(draw, _statements()))).decode("utf-8", "replace"),)


def document(text: str) -> None:
    from chimera_report.agent.lint import judged

    judged(text, opened()[0])


TARGETS: dict[str, tuple[Callable[..., None], Callable[[Draw], tuple[Any, ...]]]] = {
    "readers": (reader, readers),
    "report folders": (folder, folders),
    "MCP calls": (call, calls),
    "questions": (question, questions),
    "a router's answers": (routed, lambda draw: (draw.value(SIMPLE),)),
    "model answers": (answer, answers),
    "documents for lint": (document, documents),
}


FIRST: dict[str, list[tuple[Any, ...]]] = {
    "readers": [(kind, b"model,ttft_s\ngemma3:1b,0.5\n") for kind in KINDS],
    "report folders": [("run.json", b"{}")],
    "MCP calls": [(tool, {}) for tool in TOOLS] + [
        ("plot", {"question": "plot ttft by num_ctx"}),
        ("query", {"measure": "decode_rate", "unit": "GiB"}),
        ("plot", {"question": "p95 and why except is with num_ctx 2048 which model is fastest"}),
        ("bench_plan", {"models": ["\udfff"]}),
        ("bench_plan", {"models": ["a"], "factors": {"\udfff": [1]}}),
        ("bench_plan", {"models": ["a"], "factors": {"x": ["\ud800"]}}),
    ],
    "questions": [("which model is fastest",), ("tokens per sekond with quantisation",),
                  ("compare G\udfffh",), ("is alpha\ud800:1b faster",), ("\udcff",), ("gross\udfff model",)],
    "a router's answers": [({"intent": "best"},)],
    "model answers": [(0, "{{F001}}", "phrase"), (0, "{{F001}}", "compose")],
    "documents for lint": [(f"# Title\n\n{said}.\n",) for said in ("alpha:1b is faster than beta:3b", "das ist qwzrt")],
}  # fmt: skip


def warm(target: str) -> None:
    """What is computed once is computed, and what a first input imports is imported, before the first input."""
    if target == "report folders":
        forged()
        for name in FILES[:3]:
            record(name)
    elif target == "MCP calls":
        assistant()
    elif target != "readers":
        opened()
        sentences()
    for given in FIRST[target]:
        once(target, given)


def once(target: str, given: tuple[Any, ...]) -> float:
    """One input; returns the seconds of computing. Raises what the program raises beside its own errors."""
    started = time.process_time()
    with suppress(ChimeraError):
        TARGETS[target][0](*given)
    return time.process_time() - started
