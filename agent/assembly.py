"""The checked report from the outline and the accepted wording, and the record of the run."""

from __future__ import annotations

import shlex
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chimera_report.agent.composing import reorder, reorder_items
from chimera_report.agent.measuring import FOLDER
from chimera_report.agent.run import Run
from chimera_report.agent.settings import Settings
from chimera_report.agent.state import Draft, State
from chimera_report.agent.writing import kind_of
from chimera_report.tools.report import WRITTEN
from chimera_report.tools.schema import (
    RUN_SCHEMA,
    Block,
    Bullets,
    CodeBlock,
    Dataset,
    FactSheet,
    Finding,
    Header,
    Json,
    Outline,
    Paragraph,
    Report,
    Section,
    Sentence,
)

EVIDENCE_NOTE = (
    "Each footnote names the facts behind a sentence, with what the numbers among them show, how they were computed, "
    "and the files, records and columns read; records are counted from 1 in the order of the file. The file "
    "`evidence.json` beside this report holds the same with file hashes, functions and arguments."
)
AUTHORSHIP_NOTE = " The mark ⁽ᵐ⁾ stands behind each sentence that the model worded; code worded the others."
REPRODUCTION_NOTE = "This command makes the report again from the same folder."
DATABASE_NOTE = (
    "This command makes the report again from what the database then holds; `chimera-report verify` recomputes this "
    "report from the files that it is of."
)
MEASURED_NOTE = " Files under `measured/` are in this report's folder, each with its plan and its receipt."
AGAIN_NOTE = (
    "This command measures again and makes the report of the same folder again; `chimera-report verify` recomputes "
    "this report from the measurements beside it."
)


def _worded(sentence: Sentence, drafts: dict[str, Draft]) -> Sentence:
    draft = drafts.get(sentence.id)
    if draft is None or draft["author"] != "model":
        return sentence
    return sentence.model_copy(update={"text": draft["text"], "author": "model"})


def _block(block: Block, drafts: dict[str, Draft], order: list[str]) -> Block:
    match block:
        case Paragraph():
            ordered = reorder(block.sentences, order)
            return block.model_copy(update={"sentences": tuple(_worded(s, drafts) for s in ordered)})
        case Finding():
            return block.model_copy(update={"sentences": tuple(_worded(s, drafts) for s in block.sentences)})
        case Bullets():
            items = tuple(tuple(_worded(s, drafts) for s in item) for item in reorder_items(block.items, order))
            return block.model_copy(update={"items": items})
    return block


def _fixed(identity: str, text: str) -> Paragraph:
    return Paragraph(sentences=(Sentence(id=identity, text=text, claims=()),))


@dataclass(frozen=True, slots=True)
class Given:
    """What a report and its record hold that its data does not: from the run when it is made, from `run.json` when it
    is made anew for `verify`."""

    run: str
    version: str
    started: datetime
    command: str
    settings: Settings
    sent: Settings  # with the options as they were sent
    runtime: dict[str, Json]  # {} without a model
    tier: str = "none"
    drafts: dict[str, Draft] = field(default_factory=dict)
    order: dict[str, list[str]] = field(default_factory=dict)  # section → its sentences as a composing model put them
    composed: dict[str, list[list[str]]] = field(default_factory=dict)  # first sentence of a paragraph → its pieces
    tried: dict[str, str] = field(default_factory=dict)  # first sentence of a paragraph → what became of it
    measured: dict[str, Json] = field(default_factory=dict)
    origin: dict[str, Json] = field(default_factory=dict)
    stages: dict[str, float] = field(default_factory=dict)
    calls: list[dict[str, Json]] = field(default_factory=list)
    unmade: dict[str, str] = field(default_factory=dict)  # formats that were asked for and could not be made → why


def given(run: Run, state: State) -> Given:
    """What the run knows."""
    runtime = state.get("runtime") or {}
    return Given(
        run=run.folder.id,
        version=run.version,
        started=run.started,
        command=run.command,
        settings=run.settings,
        sent=run.tuned(str(runtime.get("kind", ""))),
        runtime=runtime,
        tier=state.get("tier", "none"),
        drafts=state.get("drafts", {}),
        order=state.get("order", {}),
        composed={k: v for k, v in state.get("composed", {}).items() if v},
        tried=state.get("tried", {}),
        measured=_measured(run, state),
        origin=state.get("origin", {}),
        stages={k: round(v, 3) for k, v in state.get("stages", {}).items()},
        calls=run.journal.entries(),
    )


def header(known: Given) -> Header:
    """What stands at the head: all of it from the run."""
    if known.runtime:
        label = "" if known.runtime["kind"] == "ollama" else f" ({known.runtime['kind']} runtime)"
        model = f"{known.runtime['model']}{label}"
        configuration = known.sent.configuration(str(known.runtime["kind"]))
    else:
        model, configuration = "none, every sentence by code", "no model"
    return Header(
        date=known.started.date().isoformat(),
        model=model,
        agent=f"Chimera {known.version}",
        configuration=configuration,
    )


def assemble_report(known: Given, outline: Outline, sheet: FactSheet, dataset: Dataset) -> Report:
    """The outline with the accepted wording, and what only the run knows: evidence and reproduction."""
    sections = [
        section.model_copy(
            update={"blocks": tuple(_block(b, known.drafts, known.order.get(section.key, [])) for b in section.blocks)}
        )
        for section in outline.sections
    ]
    measured = bool(dataset.measured)
    note = EVIDENCE_NOTE + (MEASURED_NOTE if measured else "") + (AUTHORSHIP_NOTE if known.settings.authorship else "")
    last = next((i for i, s in enumerate(sections) if s.part == "appendix"), len(sections))
    end = [
        Section(key="evidence", title="Evidence", blocks=(_fixed("S9001", note),)),
        Section(
            key="reproduction",
            title="Reproduction",
            blocks=(
                _fixed("S9002", AGAIN_NOTE if measured else DATABASE_NOTE if known.origin else REPRODUCTION_NOTE),
                CodeBlock(text=known.command, language="bash"),
            ),
        ),
    ]
    sections[last:last] = end
    return Report(
        header=header(known),
        title=outline.title,
        sections=tuple(sections),
        sheet=sheet,
        run=known.run,
        plan=outline.plan,
    )


def command_line(arguments: dict[str, Any], path: str) -> str:
    """The exact command: the path, then each option that was given, quoted for a POSIX shell."""
    words = ["chimera-report", path]
    for name, value in arguments.items():
        flag = "--" + name.replace("_", "-")
        if value is True:
            words.append(flag)
        elif value is not None and value is not False:
            words += [flag, str(value)]
    return shlex.join(words)


def run_record(
    known: Given, report: Report, outline: Outline, dataset: Dataset, lint: list[dict[str, Json]]
) -> dict[str, Json]:
    """`run.json`: what ran, every model call with its verdict, sentences by author, coverage."""
    drafts = known.drafts
    counted = [s for section in report.sections for s in section.sentences]
    claims_told = {c for s in counted for c in s.claims}
    outcomes = Counter(d["outcome"] for d in drafts.values())
    by_sentence = {f"{kind} {identity}": d["outcome"] for identity, d in drafts.items() for kind in ("draft", "repair")}
    settings = known.settings.model_dump(mode="json", exclude={"options"})
    facts, claims = len(report.sheet.facts), len(report.sheet.claims)
    return {
        "schema": RUN_SCHEMA,
        "run": known.run,
        "version": known.version,
        "started": known.started.isoformat(),
        "command": known.command,
        "settings": {**settings, "options": known.sent.options.sent()},
        "runtime": known.runtime,
        "tier": known.tier,
        "measured": known.measured,
        "database": known.origin,
        "counts": {
            "files": len(dataset.whole.sources),
            "measurements": len(dataset.whole.table),
            "facts": facts,
            "claims": claims,
        },
        "sources": [s.model_dump(mode="json") for s in dataset.whole.sources],
        "beside": None if dataset.whole.beside is None else dict(dataset.whole.beside),
        "seconds_by_stage": known.stages,
        "sentences": {
            "total": len(counted),
            "by_author": dict(Counter(s.author for s in counted)),
            "offered_to_model": len(drafts),
            "outcomes": dict(sorted(outcomes.items())),
        },
        "drafting": _drafting(report.sheet, outline, known),
        "coverage": {
            "claims": claims,
            "claims_supported": sum(c.verdict == "SUPPORTED" for c in report.sheet.claims),
            "claims_told": len(claims_told),
            "facts": facts,
        },
        "drafts": drafts,
        "order": known.order,
        "composed": known.composed,
        "tried": known.tried,
        "lint": lint,
        "unmade": known.unmade,
        "model_calls": [{**call, "verdict": by_sentence.get(str(call.get("purpose")), "")} for call in known.calls],
    }


def _drafting(sheet: FactSheet, outline: Outline, known: Given) -> dict[str, Json]:
    """What became of the sentences that the model was asked for, in all and by kind of claim; shares of those asked.

    `unchanged` is an answer that repeats code's own words; `fallback` counts what the checker or the lint refused.
    `prose` counts every sentence of the sections that a model may write in, also those that are code's alone.
    """
    drafts = known.drafts
    sentences = {s.id: s for section in outline.sections for s in section.sentences}
    within = {p[0] for pieces in known.composed.values() for p in pieces}
    names = {"first": "first", "repaired": "repaired", "unchanged": "unchanged"}
    kinds: dict[str, Counter[str]] = {}
    for identity, draft in drafts.items():
        if draft["attempts"] > 0 and identity in sentences:
            kind = kind_of(sentences[identity], sheet)
            kinds.setdefault(kind, Counter())[names.get(draft["outcome"], "fallback")] += 1
    whole = sum(kinds.values(), Counter[str]())
    asked = whole.total()
    return {
        "asked": asked,
        "out_of_time": sum(d["outcome"] == "out of time" for d in drafts.values()),
        "one_way": sum(d["outcome"] == "not asked" for d in drafts.values()),
        "shares": {name: round(whole[name] / asked, 3) for name in (*names, "fallback")} if asked else {},
        "by_kind": {kind: dict(sorted(found.items())) for kind, found in sorted(kinds.items())},
        "prose": {
            "sentences": sum(len(s.sentences) for s in outline.sections if s.key in WRITTEN),
            "by_model": len(within)
            + sum(d["author"] == "model" for i, d in drafts.items() if i in sentences and i not in within),
            "composed": len(within),
            "paragraphs": dict(sorted(Counter(known.tried.values()).items())),
        },
    }


def _measured(run: Run, state: State) -> dict[str, Json]:
    """What was measured for this report and what was not; {} where nobody asked for it."""
    found = state.get("measuring")
    if not found:
        return {}
    plans = [
        {"folder": f"{FOLDER}/{p['name']}", "questions": p["questions"], **found["done"].get(p["name"], {})}
        for p in found["plans"]
    ]
    return {
        "answer": found.get("answer", ""),
        "folder": FOLDER if run.dataset().measured else "",
        "suites": list(run.dataset().measured),
        "plans": plans,
        "left": found["left"],
        "apart": found.get("apart", {}),
    }
