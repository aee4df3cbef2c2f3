"""Reports of others whose fields have the right types and cannot be used: `verify` tells it, without a traceback."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chimera_report.agent.verify import verify
from chimera_report.tools.errors import ChimeraError


def parts(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(inner)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def _specs(report: Any) -> Iterator[dict[str, Any]]:
    return (p["spec"] for p in parts(report) if isinstance(p.get("spec"), dict))


def _deep(report: Any) -> None:
    next(_specs(report))["data"] = nested(300)


def _mark(report: Any) -> None:
    for spec in _specs(report):
        for part in parts(spec):
            if "mark" in part:
                part["mark"] = 7


def _encoding(report: Any) -> None:
    for spec in _specs(report):
        for part in parts(spec):
            if "type" in part:
                part["type"] = [1, 2]


def _recipe_of_words(report: Any) -> None:
    for part in parts(report):
        if isinstance(part.get("args"), dict):
            part["args"] = {k: "x" if isinstance(v, dict) else v for k, v in part["args"].items()}


def _recipe_of_numbers(report: Any) -> None:
    for part in parts(report):
        if isinstance(part.get("args"), dict):
            part["args"] = dict.fromkeys(part["args"], -1)


def _beyond_all_fractions(report: Any) -> None:
    for spec in _specs(report):
        for part in parts(spec):
            part.update({k: 10**399 for k, v in part.items() if isinstance(v, int | float) and v is not True})


@pytest.mark.parametrize("bend", [_deep, _mark, _encoding, _recipe_of_words, _recipe_of_numbers, _beyond_all_fractions])
def test_a_bent_report_is_refused_or_told_apart(finished: Path, tmp_path: Path, bend: Callable[[Any], None]) -> None:
    place = tmp_path / "all"
    shutil.copytree(finished.parent.parent, place, symlinks=True)
    folder = place / "reports" / finished.name
    whole = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    before = json.dumps(whole)
    bend(whole)
    assert json.dumps(whole) != before
    (folder / "report.json").write_text(json.dumps(whole), encoding="utf-8")
    try:
        done = verify(folder, data=place / "data", cwd=place)
    except ChimeraError:
        return  # refused in a sentence
    assert done.differences
