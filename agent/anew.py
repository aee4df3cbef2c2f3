"""A finished report made anew for `verify`: what only its run could know, read from `run.json`.

That is when it was, which model answered what, how long it took, which settings came from the environment. It is held
to its types and to itself; `docs/security.md` lists it: only a signature finds an edit there that fits all the rest.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt, StrictStr, ValidationError, field_validator

from chimera_report.agent.assembly import Given
from chimera_report.agent.settings import ModelOptions, Settings, build
from chimera_report.agent.state import Draft
from chimera_report.tools.errors import ChimeraError, StoreError
from chimera_report.tools.schema import FactSheet, Json, Outline, Report

PROGRAM = "chimera-report"
_RUN = re.compile(r"\d{8}-\d{6}-[A-Za-z0-9._-]+")
_FLAGS = frozenset({"no_llm"} | {n for n, f in Settings.model_fields.items() if f.annotation is bool})
Told = tuple[str, str, str]  # where, what was expected, what was found


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RecordedRuntime(_Strict):
    kind: StrictStr
    version: StrictStr = ""
    model: StrictStr
    digest: StrictStr = ""
    details: dict[str, Any] = {}
    notes: list[StrictStr] = []


class RecordedDraft(_Strict):
    text: StrictStr
    author: Literal["code", "model"]
    attempts: StrictInt = Field(ge=0, le=100)
    outcome: Literal["first", "repaired", "fallback", "unchanged", "not asked", "out of time", "refused by lint"]
    rules: list[StrictInt]


class Recorded(BaseModel):
    """The shape of what `run.json` holds that the data does not give."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    schema_: Literal["chimera-report/run/1"] = Field(alias="schema")  # RUN_SCHEMA
    run: StrictStr
    version: StrictStr
    started: StrictStr
    command: StrictStr
    settings: dict[str, Any]
    runtime: RecordedRuntime | dict[str, Any]
    tier: Literal["none", "phrase", "paragraph", "compose"]
    measured: dict[str, Any]
    database: dict[str, Any]
    sources: list[dict[str, Any]]
    counts: dict[str, StrictInt]
    sentences: dict[str, Any]
    drafting: dict[str, Any]
    coverage: dict[str, StrictInt]
    lint: list[dict[str, Any]]
    seconds_by_stage: dict[str, StrictFloat | StrictInt]
    drafts: dict[str, RecordedDraft]
    order: dict[str, list[StrictStr]] = {}
    composed: dict[str, list[list[StrictStr]]] = {}
    tried: dict[str, Literal["first", "repaired", "unchanged", "refused", "out of time", "refused by lint"]] = {}
    model_calls: list[dict[str, Any]]
    questions: list[dict[str, Any]] = []
    unmade: dict[Literal["pdf", "docx", "tex"], StrictStr] = {}
    folded_from: StrictStr = ""
    folded_by: StrictStr = ""

    @field_validator("runtime")
    @classmethod
    def _runtime(cls, value: RecordedRuntime | dict[str, Any]) -> RecordedRuntime | dict[str, Any]:
        if isinstance(value, dict) and value:
            RecordedRuntime.model_validate(value)
        return value


def recorded(record: Json, where: Path) -> Given:
    """What `run.json` says of its run. Raises StoreError for what is no record of this version."""
    try:
        shape = Recorded.model_validate(record)
        settings = Settings.model_validate(shape.settings)
        started = datetime.fromisoformat(shape.started)
    except ValidationError as exc:
        first = exc.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise StoreError(f"is not a run record of this version ({place}: {first['msg']})", where=str(where)) from exc
    except ValueError as exc:
        raise StoreError(f"is not a run record of this version (started: {exc})", where=str(where)) from exc
    calls = [{k: v for k, v in call.items() if k != "verdict"} for call in shape.model_calls]
    return Given(
        run=shape.run,
        version=shape.version,
        started=started,
        command=shape.command,
        settings=settings,
        sent=settings,  # what was recorded of the options is what was sent
        runtime=record["runtime"],
        tier=shape.tier,
        drafts=record["drafts"],
        order=shape.order,
        composed=shape.composed,
        tried=dict(shape.tried),
        measured=shape.measured,
        origin=shape.database,
        stages=record["seconds_by_stage"],
        calls=calls,
        unmade={str(name): why for name, why in shape.unmade.items()},
    )


def ordered(known: Given, report: Report) -> dict[str, list[str]]:
    """The order of a composing model, as recorded; of reports that did not record it, as they stand."""
    if known.tier != "compose" or known.order:
        return known.order
    return {section.key: [s.id for s in section.sentences] for section in report.sections}


def contradictions(known: Given, version: str) -> Iterator[Told]:
    """What of a record cannot be, whatever the data says: it contradicts itself."""
    settings = known.settings
    if not _RUN.fullmatch(known.run):
        yield "run", "the name of a report folder", known.run
    if _numbers(known.version) > _numbers(version):
        yield "version", f"at most {version}, which verifies it", known.version
    silent = not known.runtime or not settings.llm
    if silent:
        for name, value in (
            ("drafts", known.drafts),
            ("model_calls", known.calls),
            ("order", known.order),
            ("composed", known.composed),
        ):
            if value:
                yield name, "none: no model worded this report", f"{len(value)}"
        if known.tier != "none":
            yield "tier", "none: no model worded this report", known.tier
    if known.runtime and not settings.llm and not settings.measure:
        yield "runtime", "none: settings.llm is false", str(known.runtime.get("model"))
    if known.runtime and settings.model and settings.llm and known.runtime["model"] != settings.model:
        base = str(known.runtime["model"]).removesuffix(":latest")
        if base != settings.model.removesuffix(":latest"):
            yield "runtime.model", settings.model, str(known.runtime["model"])
    if known.runtime and settings.runtime != "auto" and known.runtime["kind"] != settings.runtime:
        yield "runtime.kind", settings.runtime, str(known.runtime["kind"])
    if bool(known.origin) != str(settings.path).startswith("db:"):
        yield "database", "something for db:SUITE, and only then", str(settings.path)
    outputs = {str(c.get("purpose", "")).partition(" ")[2] for c in known.calls}
    for identity, draft in known.drafts.items():
        if draft["author"] == "model" and draft["outcome"] not in ("first", "repaired"):
            yield f"drafts/{identity}/outcome", "first or repaired: the model worded it", draft["outcome"]
        if known.tier == "phrase" and draft["attempts"] > 0 and identity not in outputs:
            yield f"model_calls/{identity}", "a call for a sentence that the model was asked for", "none"
    yield from _command(known)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(n) for n in re.findall(r"\d+", version.partition("+")[0])[:3])


def _command(known: Given) -> Iterator[Told]:
    """The command is one of this program's, and means the settings that are recorded."""
    try:
        words = shlex.split(known.command)
        path, arguments = _parsed(words)
        meant = build({**arguments, "path": path}, {})
    except (ChimeraError, ValueError) as exc:
        yield "command", f"a command of {PROGRAM} ({str(exc).splitlines()[0]})", known.command
        return
    fields = meant.model_dump(mode="json", exclude={"options"}) | meant.options.model_dump()
    there = known.settings.model_dump(mode="json", exclude={"options"}) | known.settings.options.model_dump()
    for name in ("path", *(n for n in arguments if n != "options")):
        if name in fields and fields[name] != there[name] and name not in ("yes", "context"):
            yield f"settings/{name}", f"{fields[name]}, as in the command", str(there[name])
    if ("context" in arguments) != bool(known.settings.context):  # the command names a file, the record has its words
        yield "settings/context", "a background where the command names one", known.settings.context


def _parsed(words: list[str]) -> tuple[Path, dict[str, Any]]:
    """The path and the settings of a command. Raises ValueError for another program's, or an unknown option."""
    if words[:1] != [PROGRAM] or len(words) < 2:
        raise ValueError("it calls another program")
    rest = words[1:]
    if rest[0] == "report":
        rest = rest[1:]
    if not rest or rest[0].startswith("-"):
        raise ValueError("it names no folder")
    path, rest = rest[0], rest[1:]
    found: dict[str, Any] = {}
    known = {*Settings.model_fields, *ModelOptions.model_fields, "config"} - {"options", "path", "llm"}
    while rest:
        name = rest.pop(0)
        field = name.removeprefix("--").replace("-", "_")
        if not name.startswith("--") or (field not in known and field not in _FLAGS):
            raise ValueError(f"{name!r} is no option of it")
        if field in _FLAGS:
            found |= {"llm": False} if field == "no_llm" else {field: True}
        elif not rest:
            raise ValueError(f"{name} has no value")
        else:
            found[field] = rest.pop(0)
    return Path(path), found


def title(known: Given) -> str:
    """The title that the settings give; "" where the folder's name cannot be told from its path."""
    if known.settings.title:
        return known.settings.title
    path = str(known.settings.path)
    name = path.removeprefix("db:") or "all suites" if path.startswith("db:") else Path(path).name
    return "" if name in ("", ".", "..") else f"Technical Report: {name}"


def wordings(drafts: Mapping[str, Draft], outline: Outline, sheet: FactSheet, tier: str) -> Iterator[Told]:
    """Each wording of the model is one that the checker accepts, and what is code's is code's."""
    from chimera_report.tools.claims import check_sentence
    from chimera_report.tools.report import WRITTEN

    free = {s.id: s for section in outline.sections if section.key in WRITTEN for s in section.sentences}
    for identity, draft in drafts.items():
        sentence = free.get(identity)
        if sentence is None or sentence.wording != "free":
            yield f"drafts/{identity}", "no sentence that a model may word", draft["text"]
        elif draft["author"] == "model":
            kind: Literal["phrase", "compose"] = "compose" if tier == "compose" else "phrase"
            for finding in check_sentence(draft["text"], sentence, sheet, tier=kind):
                yield f"drafts/{identity}", f"rule {finding.rule}: {finding.message}", draft["text"]
        elif draft["outcome"] != "refused by lint" and draft["text"] != sentence.text:
            yield f"drafts/{identity}", sentence.text, draft["text"]
