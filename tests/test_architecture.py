"""The rules between rooms of docs/architecture.md, checked on the imports of every file."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOOR = {"extras", "schema", "errors", "metrics", "per_time", "lock", "thresholds", "extensions", "grammar", "wire"}
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
    "lint": {"statements", "claims", "render"},
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


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every module that a file imports, at any depth of it, with the line; relative imports by their full names."""
    package = ["chimera_report", *path.relative_to(ROOT).parent.parts]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            if module == "chimera_report.tools" or (node.level and not node.module):
                yield from ((f"{module}.{alias.name}", node.lineno) for alias in node.names)
            else:
                yield module, node.lineno


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_keep_the_rules(path: Path) -> None:
    place = path.relative_to(ROOT).as_posix()
    room = place.split("/")[1] if place.startswith("tools/") and place.count("/") > 1 else ""
    for module, line in imports(path):
        where = f"{place}:{line} imports {module}"
        top = module.split(".")[0]
        assert top not in ("agent", "tools", "prompts"), f"{where}: say chimera_report.{module}"
        if top in OWNERS:
            assert place.startswith(OWNERS[top]), f"{where}: its owner is {OWNERS[top]}"
        if place.startswith("tools/"):
            assert top not in ("langgraph", "langchain", "langchain_core", "langchain_ollama"), where
            assert not module.startswith("chimera_report.agent"), where
        if module.startswith("chimera_report.tools."):
            parts = module.split(".")[2:]
            other = parts[0]
            assert other in FLOOR | ROOMS, f"{where}: no such room"
            if other in ROOMS and other != room:
                assert len(parts) == 1, f"{where}: use the door of {other}"
                if room:
                    assert other in MAY_USE[room], f"{where}: {room} does not use {other}"
                elif place.startswith("tools/"):
                    pytest.fail(f"{where}: the floor uses no room")


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


def test_no_printing_and_no_clock_in_tools() -> None:
    """Rule 6: time comes in as an argument; only `bench` and `runtime`, which measure and wait, read a clock."""
    for path in files():
        place = path.relative_to(ROOT).as_posix()
        if not place.startswith("tools/") or place.startswith(("tools/bench/", "tools/runtime/")):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in ("print", "time.time", "datetime.now", "datetime.datetime.now", "random.random"), (
                    f"{place}:{node.lineno} calls {called}"
                )


def names_of(path: Path) -> Iterator[tuple[str, str, int]]:
    """Every name that a file imports from a room's door: room, name, line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
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


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_door_hands_out_what_it_lists(path: Path) -> None:
    """A name that a door does not list is another room's own business, also where Python would find it."""
    place = path.relative_to(ROOT).as_posix()
    room = place.split("/")[1] if place.startswith("tools/") and place.count("/") > 1 else ""
    for other, name, line in names_of(path):
        if other != room:
            listed = set(import_module(f"chimera_report.tools.{other}").__all__) | FILES_AT_DOORS.get(other, set())
            assert name in listed, f"{place}:{line} takes {name} from {other}, which its door does not list"


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
    tree = ast.parse(path.read_text(encoding="utf-8"))
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


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_is_about_one_thing(path: Path) -> None:
    assert path.read_text(encoding="utf-8").count("\n") <= 400, "split it by what it is about"
