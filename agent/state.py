"""The graph's state: plain and serialisable, so that a checkpoint of it can be read by any later run.

A field is there from the node that fills it on; who comes before asks with `get`.
"""

from __future__ import annotations

from typing import Annotated, Any, TypedDict


def merge(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Sections are written side by side; each adds its own sentences."""
    return {**old, **new}


class Draft(TypedDict):
    """What became of one sentence that the model was asked to word."""

    text: str  # with placeholders
    author: str  # model or code
    attempts: int  # model calls
    outcome: str  # first, repaired, fallback, unchanged, out of time; not asked: one way to say it
    rules: list[int]  # rules that the rejected attempts broke


class SectionState(TypedDict):
    """One section while it is written."""

    section: str
    tier: str
    open: dict[str, dict[str, Any]]  # sentence id → {text, attempts, findings, errors, seen}
    drafts: Annotated[dict[str, Draft], merge]
    order: Annotated[dict[str, list[str]], merge]  # section → its sentences in a composing model's order
    composed: Annotated[dict[str, list[list[str]]], merge]  # first sentence of a paragraph → its pieces
    tried: Annotated[dict[str, str], merge]  # first sentence of a paragraph → what became of it
    rounds: int


class SectionResult(TypedDict):
    """What a written section adds to the run."""

    drafts: Annotated[dict[str, Draft], merge]
    order: Annotated[dict[str, list[str]], merge]
    composed: Annotated[dict[str, list[list[str]]], merge]
    tried: Annotated[dict[str, str], merge]


class State(TypedDict):
    """One run."""

    runtime: dict[str, Any]  # kind, version, model, digest, details, notes; {} without a model
    tier: str  # none, phrase, compose
    measuring: dict[str, Any]  # plans, answer, what each plan gave; {} where nothing was asked for
    origin: dict[str, Any]  # of data from the database: its address, the folders and files it is from; {} for a folder
    counts: dict[str, int]  # files, measurements, facts, claims, sentences
    drafts: Annotated[dict[str, Draft], merge]
    order: Annotated[dict[str, list[str]], merge]
    composed: Annotated[dict[str, list[list[str]]], merge]  # first sentence of a paragraph → its pieces; [] given back
    tried: Annotated[dict[str, str], merge]
    refused: list[str]  # sentences whose wording the lint refused
    again: bool  # the last lint refused some
    lint: list[dict[str, Any]]
    stages: Annotated[dict[str, float], merge]  # seconds a stage
    unmade: dict[str, str]  # formats that were asked for and could not be made → why
    result: str  # path of report.md
