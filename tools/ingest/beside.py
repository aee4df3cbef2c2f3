"""Objects that lie beside each other in a document, each with results of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chimera_report.tools.metrics import PRIMARY, resolve

from .reading import STEP


def apart_in(own: dict[str, Any], lists: list[str]) -> set[str]:
    """Objects of a document that each hold results of their own and say in words what these are of, where there are
    several: what one of them says of itself (its model, its benchmark) says nothing of the lists beside it."""
    found = {path.split(STEP)[0] for path in lists if STEP in path}
    for path, value in own.items():
        first, inside, _ = path.partition(STEP)
        if inside and first not in found and isinstance(value, int | float) and not isinstance(value, bool):
            meaning = resolve(path.rpartition(STEP)[2])
            if meaning is not None and meaning.metric in PRIMARY:
                found.add(first)
    found &= {path.partition(STEP)[0] for path, value in own.items() if STEP in path and isinstance(value, str)}
    return found if len(found) > 1 else set()


def parts_of_record(own: dict[str, Any], apart: set[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The record of an object, and one of each of those in it, with what the object says of them all."""
    inside = tuple(p + STEP for p in sorted(apart))
    shared = {k: v for k, v in own.items() if not k.startswith(inside)} if inside else own
    yield "", shared
    for prefix in inside:
        yield f"/{prefix.removesuffix(STEP)}", {**shared, **{k: v for k, v in own.items() if k.startswith(prefix)}}
