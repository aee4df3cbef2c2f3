"""The rules between rooms of docs/architecture.md, checked on the imports of every file."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[1]
FLOOR = {
    "extras",
    "schema",
    "errors",
    "metrics",
    "per_time",
    "scored",
    "lock",
    "thresholds",
    "extensions",
    "grammar",
    "patterns",
    "wire",
}
ROOMS = {
    "ingest",
    "runtime",
    "bench",
    "stats",
    "charts",
    "statements",
    "claims",
    "report",
    "query",
    "render",
    "lint",
    "store",
}
# A room of tools may use these others, through their doors: the direction of the data flow.
MAY_USE = {
    "ingest": {"bench"},  # whose journals it reads by the definitions of their owner
    "stats": set(),
    "statements": set(),
    "charts": {"stats"},
    "claims": {"stats", "charts", "statements"},
    "report": {"stats", "charts", "statements", "claims"},
    "query": {"stats", "statements", "claims"},
    "render": {"charts", "statements", "claims"},
    "lint": {"stats", "statements", "claims", "render"},
    "store": set(),
    "runtime": {"bench"},  # doctor asks the owner of NVML for the GPUs
    "bench": set(),
}
# Each foreign package has one owner: path prefixes that may import it.
OWNERS = {
    "pynvml": ("tools/bench/",),
    "ollama": ("tools/bench/", "tools/runtime/"),
    "langchain_ollama": ("agent/model.py",),
    "langgraph": (
        "agent/graph.py",
        "agent/state.py",
        "agent/nodes.py",
        "agent/section.py",
        "agent/report.py",
        "agent/chat/",
    ),
    "ijson": ("tools/ingest/stream.py",),
    "python_calamine": ("tools/ingest/sheets.py",),
    "yaml": ("tools/ingest/yaml_text.py",),
    "markdown_it": ("tools/ingest/", "tools/lint/", "tools/render/"),
    "simplemma": ("tools/claims/",),
    "xllamacpp": ("tools/runtime/",),
    "starlette": ("tools/runtime/",),
    "uvicorn": ("tools/runtime/",),
    "optuna": ("tools/bench/",),
    "duckdb": ("tools/query/",),
    "rapidfuzz": ("tools/query/reader/",),
    "stop_words": ("tools/query/reader/fillers.py",),
    "sqlalchemy": ("tools/store/", "agent/schedule/"),
    "alembic": ("tools/store/",),
    "psycopg": ("tools/store/",),
    "apscheduler": ("agent/schedule/",),
    "apprise": ("agent/schedule/",),
    "keyring": ("agent/schedule/",),
    "mcp": ("agent/mcp.py", "agent/commands/mcp.py"),
    "jinja2": ("tools/render/",),
    "cryptography": ("agent/signing.py",),
    "pypandoc": ("tools/render/",),
    "typst": ("tools/render/",),
    "vl_convert": ("tools/render/",),
    "PIL": ("tools/render/",),
    "prompt_toolkit": ("agent/commands/",),
    "typer": ("agent/cli.py", "agent/commands/"),
    "rich": ("agent/progress.py", "agent/cli.py", "agent/commands/"),
}


def files() -> list[Path]:
    rooms = [p for top in ("agent", "tools", "prompts") for p in (ROOT / top).rglob("*.py")]
    return sorted([*rooms, *(ROOT / "chimera_report").glob("*.py")])  # its folders are links to the others


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes(path: Path) -> list[ast.Import | ast.ImportFrom | ast.Call]:
    """What the rules are about, at any depth of the file."""
    return [n for n in ast.walk(tree_of(path)) if isinstance(n, ast.Import | ast.ImportFrom | ast.Call)]


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every module that a file imports, at any depth of it, with the line; relative imports by their full names."""
    package = ["chimera_report", *path.relative_to(ROOT).parent.parts]
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            if module == "chimera_report.tools" or (node.level and not node.module):
                yield from ((f"{module}.{alias.name}", node.lineno) for alias in node.names)
            else:
                yield module, node.lineno


# Each of these goes over all files and names every fault: a test for each file would be two thousand of them.


def test_imports_keep_the_rules() -> None:
    wrong = [f"{where}: {fault}" for path in files() for where, fault in _wrong_imports(path)]
    assert not wrong, "\n".join(wrong)


def _wrong_imports(path: Path) -> Iterator[tuple[str, str]]:
    place = path.relative_to(ROOT).as_posix()
    room = place.split("/")[1] if place.startswith("tools/") and place.count("/") > 1 else ""
    for module, line in imports(path):
        where = f"{place}:{line} imports {module}"
        top = module.split(".")[0]
        if top in ("agent", "tools", "prompts"):
            yield where, f"say chimera_report.{module}"
        if top in OWNERS and not place.startswith(OWNERS[top]):
            yield where, f"its owner is {OWNERS[top]}"
        if place.startswith("tools/") and (
            top in ("langgraph", "langchain", "langchain_core", "langchain_ollama")
            or module.startswith("chimera_report.agent")
        ):
            yield where, "the tools know neither the agent nor its graph"
        if module.startswith("chimera_report.tools."):
            parts = module.split(".")[2:]
            other = parts[0]
            if other not in FLOOR | ROOMS:
                yield where, "no such room"
            elif other in ROOMS and other != room:
                if len(parts) > 1:
                    yield where, f"use the door of {other}"
                if room and other not in MAY_USE[room]:
                    yield where, f"{room} does not use {other}"
                if not room and place.startswith("tools/"):
                    yield where, "the floor uses no room"


def test_every_room_has_a_door_that_says_what_it_is() -> None:
    for room in sorted(ROOMS):
        tree = ast.parse((ROOT / "tools" / room / "__init__.py").read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), f"tools/{room}/__init__.py says nothing"


def test_every_package_is_packaged() -> None:
    """A subpackage that is missing from `packages` works editable and is absent from the wheel."""
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    found = {
        "chimera_report." * (p.parent.name != "chimera_report")
        + p.parent.relative_to(ROOT).as_posix().replace("/", ".")
        for p in files()
        if p.name == "__init__.py"
    }
    assert found == listed


CLOCKS = ("print", "time", "now", "random")  # the last word of what is not to be called


def test_no_printing_and_no_clock_in_tools() -> None:
    """Rule 6: time comes in as an argument; only `bench` and `runtime`, which measure and wait, read a clock."""
    for path in files():
        place = path.relative_to(ROOT).as_posix()
        if not place.startswith("tools/") or place.startswith(("tools/bench/", "tools/runtime/")):
            continue
        for node in nodes(path):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in CLOCKS:
                called = ast.unparse(node.func)
                assert called not in ("print", "time.time", "datetime.now", "datetime.datetime.now", "random.random"), (
                    f"{place}:{node.lineno} calls {called}"
                )


def names_of(path: Path) -> Iterator[tuple[str, str, int]]:
    """Every name that a file imports from a room's door: room, name, line."""
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and not node.level and node.module:
            parts = node.module.split(".")
            if parts[:2] == ["chimera_report", "tools"] and len(parts) == 3 and parts[2] in ROOMS:
                yield from ((parts[2], alias.name, node.lineno) for alias in node.names)


# Whole files of a room that others may use, until what is needed of them has a name of its own at the door.
FILES_AT_DOORS = {
    "claims": {
        "differences", "display", "english", "failures", "frames", "levels", "lexicon", "limitations",
        "needs", "prose", "say", "settled", "since", "tables", "aggregates", "choices", "withheld",
        "hardware", "changes", "recipes", "methods", "text", "wording", "facts", "fields", "paragraphs",
    },
}  # fmt: skip


def test_a_door_hands_out_what_it_lists() -> None:
    """A name that a door does not list is another room's own business, also where Python would find it."""
    wrong = []
    for path in files():
        place = path.relative_to(ROOT).as_posix()
        room = place.split("/")[1] if place.startswith("tools/") and place.count("/") > 1 else ""
        for other, name, line in names_of(path):
            listed = set(import_module(f"chimera_report.tools.{other}").__all__) | FILES_AT_DOORS.get(other, set())
            if other != room and name not in listed:
                wrong.append(f"{place}:{line} takes {name} from {other}, which its door does not list")
    assert not wrong, "\n".join(wrong)


def test_no_file_imports_itself_through_others() -> None:
    """No circle of imports, doors included, at any depth of a function; what only type checkers read is none."""
    known = {_module(p): p for p in files()}
    graph = {name: set(_imported(path, known)) - {name} for name, path in known.items()}
    while ends := [name for name, found in graph.items() if not found & graph.keys()]:
        for name in ends:
            del graph[name]
    left = {name for name in graph if any(name in found for found in graph.values())}
    assert not left, f"imports go in a circle among {', '.join(sorted(left))}"


def _module(path: Path) -> str:
    parts = [p for p in path.relative_to(ROOT).with_suffix("").parts if p != "chimera_report"]
    return ".".join(("chimera_report", *(p for p in parts if p != "__init__")))


def _imported(path: Path, known: dict[str, Path]) -> Iterator[str]:
    tree = tree_of(path)
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for statement in node.body
        for inner in ast.walk(statement)
    }
    package = _module(path.parent / "__init__.py").split(".")
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and id(node) not in for_types:
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                whole = f"{module}.{alias.name}"
                yield whole if whole in known else module


def test_a_file_is_about_one_thing() -> None:
    long = [str(p.relative_to(ROOT)) for p in files() if p.read_text(encoding="utf-8").count("\n") > 400]
    assert not long, f"split by what it is about: {', '.join(long)}"
