"""Every field of every file of a report is edited, one at a time; `verify` finds each, or docs/security.md names it.

An edit changes a value as a forger would: another word, another number, an entry dropped, an entry twice, one added.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chimera_report.agent.verify import verify
from chimera_report.tools.errors import ChimeraError
from chimera_report.tools.schema import Report

from .conftest import finish, write_folder  # type: ignore[import-not-found]

# What only the run could know: docs/security.md, "What only a signature finds".
ALONE = ("/seconds_by_stage/", "/started", "/settings/", "/run", "/version", "/command", "/measured", "/database")
EDITS = 24  # a file; `make fuzz` is longer
FILES = ("report.json", "run.json", "evidence.json")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("tampering")
    finish(write_folder(place / "data")).rename(place / "reports/one")
    return place


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a JSON value."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from leaves(inner, (*path, key))


def edited(value: Any, path: tuple[Any, ...], rng: random.Random) -> str:
    """Changes the value at the place; how, in words."""
    owner = value
    for key in path[:-1]:
        owner = owner[key]
    last = path[-1]
    old = owner[last]
    if isinstance(old, bool):
        owner[last] = not old
    elif isinstance(old, int | float):
        owner[last] = old + rng.choice((1, -1, 10))
    elif isinstance(old, str):
        owner[last] = rng.choice((old + " certified", "rm -rf /", old.replace("a", "e") + "."))
    elif isinstance(old, list) and old:
        if rng.random() < 0.5:
            old.pop(rng.randrange(len(old)))
        else:
            old.append(old[0])
    elif isinstance(owner, dict):
        del owner[last]
        return "dropped"
    else:
        owner[last] = "added"
    return "changed"


def same(value: Any, whole: Any) -> bool:
    try:
        return Report.model_validate(value) == Report.model_validate(whole)
    except ValueError:
        return False


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_an_edit_of_any_field_is_found(sound: Path, tmp_path: Path, name: str) -> None:
    rng = random.Random(name)
    whole = json.loads((sound / "reports/one" / name).read_text())
    places = list(leaves(whole))
    missed = []
    shutil.copytree(sound / "reports/one", tmp_path / "one")
    for path in rng.sample(places, min(EDITS, len(places))):
        value = json.loads(json.dumps(whole))
        how = edited(value, path, rng)
        where = "/" + "/".join(map(str, path))
        if value == whole or (name == "run.json" and where.startswith(ALONE)):
            continue
        if name == "report.json" and same(value, whole):
            continue  # a field that is as it is where it is absent
        (tmp_path / "one" / name).write_text(json.dumps(value))
        try:
            found = bool(verify(tmp_path / "one", data=sound / "data", cwd=sound).differences)
        except ChimeraError:
            found = True  # told in a sentence
        if not found:
            missed.append(f"{where} {how}")
    assert missed == []


@pytest.mark.parametrize("kind", ["section", "limitation", "command", "title", "order", "model"])
def test_a_consistent_edit_is_found(sound: Path, tmp_path: Path, kind: str) -> None:
    """report.json, report.md and evidence.json are made of one edited report, and run.json fits."""
    from chimera_report.tools.render import evidence, markdown

    shutil.copytree(sound / "reports/one", tmp_path / "one")
    value = json.loads((tmp_path / "one/report.json").read_text())
    record = json.loads((tmp_path / "one/run.json").read_text())
    sections = value["sections"]
    if kind == "section":
        text = {"id": "S999", "text": "This report is certified.", "claims": []}
        made = {
            "key": "certified",
            "title": "Certified summary",
            "blocks": [{"type": "paragraph", "sentences": [text]}],
        }
        sections.insert(0, made)
    elif kind == "limitation":
        sections[:] = [s for s in sections if "imit" not in s["title"]] if len(sections) > 2 else sections[:1]
        sections.pop(1)
    elif kind == "command":
        blocks = [b for s in sections for b in s["blocks"] if b["type"] == "code"]
        blocks[-1]["text"] = record["command"] = "rm -rf ~"
    elif kind == "title":
        sections[0]["title"], sections[1]["title"] = sections[1]["title"], sections[0]["title"]
    elif kind == "order":
        sections[0], sections[1] = sections[1], sections[0]
    else:
        value["header"]["model"] = "gpt-oss:120b"
        record["runtime"] = {"kind": "ollama", "model": "gpt-oss:120b", "version": "1", "digest": "", "notes": []}
    report = Report.model_validate(value)
    (tmp_path / "one/report.json").write_text(json.dumps(value))
    (tmp_path / "one/run.json").write_text(json.dumps(record))
    (tmp_path / "one/report.md").write_text(markdown(report))
    (tmp_path / "one/evidence.json").write_text(json.dumps(evidence(report)))
    assert verify(tmp_path / "one", data=sound / "data", cwd=sound).differences
