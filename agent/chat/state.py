"""The state of a conversation: plain and serialisable, so that a checkpoint of it can be read by any later run."""

from __future__ import annotations

from operator import add
from typing import Annotated, Any, TypedDict

from chimera_report.tools.schema import Ask, Decline, Query, Reading


class Turn(TypedDict):
    """One question and its answer, as JSON."""

    question: str
    answer: dict[str, Any]


class Talk(TypedDict):
    """One thread. The fields of the turn that is being answered are overwritten by the next."""

    question: str
    asked: str  # the whole question that it stands for within its conversation
    reading: dict[str, Any]  # {"type": query | ask | decline, …}
    understood_by: str
    answer: dict[str, Any]
    turns: Annotated[list[Turn], add]
    began: str  # when the first question was asked, in UTC


_KINDS: dict[str, type[Query] | type[Ask] | type[Decline]] = {"query": Query, "ask": Ask, "decline": Decline}


def packed(reading: Reading) -> dict[str, Any]:
    """A reading as JSON, with what kind it is."""
    kind = next(name for name, cls in _KINDS.items() if isinstance(reading, cls))
    return {"type": kind, **reading.model_dump(mode="json")}


def unpacked(saved: dict[str, Any]) -> Reading:
    fields = {k: v for k, v in saved.items() if k != "type"}
    return _KINDS[saved["type"]].model_validate(fields)


def queries(turns: list[Turn]) -> list[Query]:
    """The queries of the turns that were answered, in their order."""
    found = [t["answer"].get("query") for t in turns]
    return [Query.model_validate(q) for q in found if q]


def last_choices(turns: list[Turn]) -> list[str]:
    return list(turns[-1]["answer"].get("choices", ())) if turns else []


def last_asked(turns: list[Turn]) -> str:
    """The last whole question: what a short one goes on with, whether it was answered or not."""
    return str(turns[-1]["answer"].get("asked") or turns[-1]["question"]) if turns else ""
