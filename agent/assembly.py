"""The checked report from the outline and the accepted wording, and the record of the run."""

from __future__ import annotations

import shlex
from collections import Counter
from typing import Any

from chimera_report.agent.composing import reorder, reorder_items
from chimera_report.agent.measuring import FOLDER
from chimera_report.agent.run import Run
from chimera_report.agent.state import Draft, State
from chimera_report.agent.writing import WRITTEN, kind_of
from chimera_report.tools.schema import (
    RUN_SCHEMA,
    Block,
    Bullets,
    CodeBlock,
    Finding,
    Header,
    Json,
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


def header(run: Run, state: State) -> Header:
    """What stands at the head: all of it from the run."""
    runtime = state.get("runtime") or {}
    if runtime:
        label = "" if runtime["kind"] == "ollama" else f" ({runtime['kind']} runtime)"
        model = f"{runtime['model']}{label}"
        configuration = run.tuned(runtime["kind"]).configuration()
    else:
        model, configuration = "none, every sentence by code", "no model"
    return Header(
        date=run.started.date().isoformat(), model=model, agent=f"Chimera {run.version}", configuration=configuration
    )


def assemble_report(run: Run, state: State) -> Report:
    """The outline with the accepted wording, and what only the run knows: evidence and reproduction."""
    drafts = state.get("drafts", {})
    order = state.get("order", {})
    outline = run.outline()
    sections = [
        section.model_copy(
            update={"blocks": tuple(_block(b, drafts, order.get(section.key, [])) for b in section.blocks)}
        )
        for section in outline.sections
    ]
    measured, origin = bool(run.dataset().measured), state.get("origin")
    note = EVIDENCE_NOTE + (MEASURED_NOTE if measured else "") + (AUTHORSHIP_NOTE if run.settings.authorship else "")
    sections.append(Section(key="evidence", title="Evidence", blocks=(_fixed("S901", note),)))
    sections.append(
        Section(
            key="reproduction",
            title="Reproduction",
            blocks=(
                _fixed("S902", AGAIN_NOTE if measured else DATABASE_NOTE if origin else REPRODUCTION_NOTE),
                CodeBlock(text=run.command, language="bash"),
            ),
        )
    )
    return Report(
        header=header(run, state),
        title=outline.title,
        sections=tuple(sections),
        sheet=run.sheet(),
        run=run.folder.id,
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


def run_record(run: Run, state: State) -> dict[str, Json]:
    """`run.json`: what ran, every model call with its verdict, sentences by author, coverage."""
    report = run.report()
    drafts = state.get("drafts", {})
    counted = [s for section in report.sections for s in section.sentences]
    claims_told = {c for s in counted for c in s.claims}
    outcomes = Counter(d["outcome"] for d in drafts.values())
    calls = run.journal.entries()
    by_sentence = {f"{kind} {identity}": d["outcome"] for identity, d in drafts.items() for kind in ("draft", "repair")}
    settings = run.settings.model_dump(mode="json", exclude={"options"})
    sent = run.tuned(str((state.get("runtime") or {}).get("kind", "")))
    return {
        "schema": RUN_SCHEMA,
        "run": run.folder.id,
        "version": run.version,
        "started": run.started.isoformat(),
        "command": run.command,
        "settings": {**settings, "options": sent.options.sent()},
        "runtime": state.get("runtime", {}),
        "tier": state.get("tier", "none"),
        "measured": _measured(run, state),
        "database": state.get("origin", {}),
        "counts": state.get("counts", {}),
        "sources": [s.model_dump(mode="json") for s in run.dataset().sources],
        "seconds_by_stage": {k: round(v, 3) for k, v in state.get("stages", {}).items()},
        "sentences": {
            "total": len(counted),
            "by_author": dict(Counter(s.author for s in counted)),
            "offered_to_model": len(drafts),
            "outcomes": dict(sorted(outcomes.items())),
        },
        "drafting": _drafting(run, drafts),
        "coverage": {
            "claims": len(report.sheet.claims),
            "claims_supported": sum(c.verdict == "SUPPORTED" for c in report.sheet.claims),
            "claims_told": len(claims_told),
            "facts": len(report.sheet.facts),
        },
        "drafts": drafts,
        "lint": state.get("lint", []),
        "model_calls": [{**call, "verdict": by_sentence.get(str(call.get("purpose")), "")} for call in calls],
    }


def _drafting(run: Run, drafts: dict[str, Draft]) -> dict[str, Json]:
    """What became of the sentences that the model was asked for, in all and by kind of claim; shares of those asked.

    `unchanged` is an answer that repeats code's own words; `fallback` counts what the checker or the lint refused.
    `prose` counts every sentence of the sections that a model may write in, also those that are code's alone.
    """
    sentences = {s.id: s for section in run.outline().sections for s in section.sentences}
    names = {"first": "first", "repaired": "repaired", "unchanged": "unchanged"}
    kinds: dict[str, Counter[str]] = {}
    for identity, draft in drafts.items():
        if draft["attempts"] > 0 and identity in sentences:
            kind = kind_of(sentences[identity], run.sheet())
            kinds.setdefault(kind, Counter())[names.get(draft["outcome"], "fallback")] += 1
    whole = sum(kinds.values(), Counter[str]())
    asked = whole.total()
    return {
        "asked": asked,
        "shares": {name: round(whole[name] / asked, 3) for name in (*names, "fallback")} if asked else {},
        "by_kind": {kind: dict(sorted(found.items())) for kind, found in sorted(kinds.items())},
        "prose": {
            "sentences": sum(len(s.sentences) for s in run.outline().sections if s.key in WRITTEN),
            "by_model": sum(d["author"] == "model" for i, d in drafts.items() if i in sentences),
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
