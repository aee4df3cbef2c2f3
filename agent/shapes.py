"""The shapes of what the tools of the Model Context Protocol server give: one record a tool."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from chimera_report.agent.assistant import Listed
from chimera_report.tools.schema import EvidenceRow

DIFFERENCES = 40  # that are named one by one


class Shown(BaseModel):
    """A table of an answer, its cells as a reader sees them."""

    title: str
    columns: list[str]
    rows: list[list[str]]


class Told(BaseModel):
    """An answer."""

    report: str = Field(description="The folder of the report that was asked.")
    outcome: str = Field(description="answered, asked (the question is ambiguous: see choices) or declined.")
    read_as: str = Field(description="Which question this answers.")
    verdict: str = Field(description="SUPPORTED, REFUTED or INSUFFICIENT, of the claim that the answer rests on.")
    sentences: list[str]
    tables: list[Shown]
    evidence: list[EvidenceRow] = Field(description="Some of the rows of the files behind the numbers.")
    cannot_say: list[str]
    choices: list[str] = Field(description="Questions that can be asked instead.")
    run_that_would_tell: str = Field(description="A command that would measure what is missing.")


class Reports(BaseModel):
    """The reports of the folder that the server looks in."""

    reports: list[Listed]


class Made(BaseModel):
    """A report."""

    report: str = Field(description="Its folder.")
    counts: dict[str, int]
    lint: list[dict[str, Any]] = Field(description="What breaks a rule of reports.")
    markdown: str


class Differs(BaseModel):
    check: str
    where: str
    expected: str
    found: str


class Verified(BaseModel):
    """A report against its files."""

    report: str
    holds: bool
    checked: dict[str, int] = Field(description="How many files, facts, claims and lines were looked at.")
    differences: list[Differs] = Field(description=f"The first {DIFFERENCES}.")
    differences_in_all: int


class Cell(BaseModel):
    id: str
    model: str
    options: dict[str, Any]


class Planned(BaseModel):
    """A benchmark that was not run."""

    command: str = Field(description="The command that runs it.")
    cells: list[Cell]
    requests: int
    loads: int
    expected_seconds: float
    plan_toml: str
