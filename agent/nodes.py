"""The graph's nodes: thin calls into tools. Each can run twice without harm: it writes under the run's own id."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar, cast

from langgraph.runtime import Runtime as Context
from langgraph.types import Send, interrupt

from chimera_report.agent import composing, measuring, suite, writing
from chimera_report.agent.assembly import assemble_report, given, run_record
from chimera_report.agent.place import suite_of
from chimera_report.agent.probe import tier_of
from chimera_report.agent.publishing import formats, publish
from chimera_report.agent.run import REPORT, Run
from chimera_report.agent.state import SectionState, State
from chimera_report.tools.errors import ChimeraError, StoreError
from chimera_report.tools.report import WRITTEN
from chimera_report.tools.schema import LintFinding, Outline, Report

Node = TypeVar("Node", bound=Callable[..., dict[str, Any]])
Update = dict[str, Any]


def stage(name: str) -> Callable[[Node], Node]:
    """Announce a node before it runs and time it."""

    def wrap(node: Node) -> Node:
        @functools.wraps(node)
        def timed(state: State, runtime: Context[Run]) -> Update:
            runtime.context.emit("stage", {"name": name})
            started = time.perf_counter()
            update = node(state, runtime)
            return {**update, "stages": {name: time.perf_counter() - started}}

        return cast(Node, timed)

    return wrap


@stage("runtime")
def runtime(state: State, runtime: Context[Run]) -> Update:  # noqa: ARG001
    run = runtime.context
    if not run.settings.llm:
        return {"runtime": {}, "tier": "none"}
    if run.scripted is not None:
        return {"runtime": {"kind": "scripted", "model": run.scripted.name, "digest": run.scripted.digest, "notes": []}}
    found = run.runtime()
    description = {
        "kind": found.kind,
        "version": found.version,
        "model": found.model,
        "digest": found.digest,
        "details": dict(found.details),
        "notes": list(found.notes),
    }
    if run.tuned(found.kind) != run.settings:
        description["notes"] = [*found.notes, "other programs use this machine: the model gets one thread"]
    if unsent := run.settings.unsent(found.kind):
        said = f"{', '.join(unsent)} cannot be set over OpenAI's API: the server's own hold"
        description["notes"] = [*description["notes"], said]
    run.emit("runtime", description)
    return {"runtime": description}


@stage("ingest")
def ingest(state: State, runtime: Context[Run]) -> Update:  # noqa: ARG001
    from chimera_report.tools.ingest import ingest as read

    run = runtime.context
    origin: dict[str, Any] = {}
    if suite_of(run.settings.path) is not None:
        dataset, origin = suite.read(run.settings)
    else:
        dataset = read(
            run.settings.path,
            progress=lambda path, i, n: run.emit("file", {"path": path, "index": i, "total": n}),
            only=run.settings.only,
            exclude=run.settings.exclude,
        )
    run.put_dataset(dataset)
    return {"counts": {"files": len(dataset.sources), "measurements": len(dataset.table)}, "origin": origin}


@stage("analyse")
def analyse(state: State, runtime: Context[Run]) -> Update:  # noqa: ARG001
    runtime.context.analysis()
    return {}


# --- what the data leaves open, measured ------------------------------------------------------------------------------


def enough(state: State, runtime: Context[Run]) -> str:
    """Whether the analysis goes on into facts, or first into what the runtime can measure."""
    return "plan" if runtime.context.settings.measure and not state.get("measuring") else "facts"


@stage("plan")
def plan(state: State, runtime: Context[Run]) -> Update:  # noqa: ARG001
    """Benchmark plans for the questions that the data leaves open."""
    from chimera_report.tools.bench import gpus

    run = runtime.context
    proposal = measuring.propose(
        run.analysis(),
        have=run.runtime().models,
        gpu=bool(gpus().devices),
        budget_s=run.settings.time_budget,
        seed=run.settings.seed,
        # Neither a suite nor a folder of the data: evidence names both.
        taken=[
            *(s.name for s in run.analysis().inventory.suites),
            *(s.path.split("/")[1] for s in run.dataset().sources if s.path.startswith(f"{measuring.FOLDER}/")),
        ],
    )
    return {"measuring": proposal.to_state()}


def approve(state: State, runtime: Context[Run]) -> Update:
    """A person says yes before a machine is used for minutes. The run waits here, also over a kill."""
    found = state["measuring"]
    if not found["plans"]:
        answer = "nothing to measure"
    elif runtime.context.settings.yes:
        answer = "yes"
    else:
        answer = str(interrupt({"plan": measuring.shown(found)}))
    runtime.context.emit(
        "approve", {"answer": answer, "asked": not runtime.context.settings.yes, "plan": measuring.shown(found)}
    )
    return {"measuring": {**found, "answer": answer}}


def approved(state: State) -> str:
    return "measure" if state["measuring"]["answer"] == "yes" else "facts"


@stage("measure")
def measure(state: State, runtime: Context[Run]) -> Update:
    """The next plan; a checkpoint follows each, and within one its own journal says what was measured."""
    run, found = runtime.context, state["measuring"]
    entry = next(p for p in found["plans"] if p["name"] not in found["done"])
    done = measuring.measure(
        entry,
        run.runtime().base_url,
        run.folder.path / measuring.FOLDER / entry["name"],
        command=run.command,
        on_event=lambda event: run.emit("bench", {"event": event, "plan": entry["name"]}),
    )
    return {"measuring": {**found, "done": {**found["done"], entry["name"]: done}}}


def measured(state: State) -> str:
    found = state["measuring"]
    return "measure" if len(found["done"]) < len(found["plans"]) else "enlarge"


@stage("enlarge")
def enlarge(state: State, runtime: Context[Run]) -> Update:
    """The folder's data and the new results as one dataset."""
    run = runtime.context
    dataset = measuring.enlarged(run.folder_dataset(), run.folder.path / measuring.FOLDER)
    run.put_dataset(dataset)
    apart = measuring.apart(run.folder.path / measuring.FOLDER)
    none = [name for name, done in state["measuring"]["done"].items() if not done["requests"]]
    if apart or none:
        run.emit("apart", {"plans": apart, "none": none})
    found = {**state["measuring"], "suites": list(dataset.measured), "apart": apart}
    return {"counts": {"files": len(dataset.sources), "measurements": len(dataset.table)}, "measuring": found}


@stage("facts")
def facts(state: State, runtime: Context[Run]) -> Update:
    sheet = runtime.context.sheet()
    return {"counts": {**state.get("counts", {}), "facts": len(sheet.facts), "claims": len(sheet.claims)}}


@stage("outline")
def outline(state: State, runtime: Context[Run]) -> Update:
    run = runtime.context
    run.outline()
    if not state.get("runtime"):
        return {"tier": "none"}
    tier, error = tier_of(run.model())
    run.emit("tier", {"tier": tier, "error": error})
    if not error:
        return {"tier": tier}
    told = dict(state["runtime"])
    told["notes"] = [*told.get("notes", []), f"a question to the model failed: {error}"]
    return {"tier": tier, "runtime": told}


def sections_to_write(state: State, runtime: Context[Run]) -> list[Send] | str:
    """Fan out: one task a section that has sentences for the model."""
    if state.get("tier", "none") == "none":
        return "assemble"
    sections = [s for s in runtime.context.outline().sections if s.key in WRITTEN and writing.free_sentences(s)]
    if not sections:
        return "assemble"
    return [
        Send(
            "write",
            SectionState(
                section=s.key, tier=state["tier"], open={}, drafts={}, order={}, composed={}, tried={}, rounds=0
            ),
        )
        for s in sections
    ]


# --- the whole ------------------------------------------------------------------------------------------------------


def _over(run: Run, state: State) -> Outline:
    """The outline with the paragraphs that the model composed."""
    return composing.over(run.outline(), state.get("composed", {}), run.sheet())


@stage("assemble")
def assemble(state: State, runtime: Context[Run]) -> Update:
    run = runtime.context
    report = assemble_report(given(run, state), _over(run, state), run.sheet(), run.dataset())
    run.put_report(report)
    return {}


@stage("lint")
def lint(state: State, runtime: Context[Run]) -> Update:
    """Check the finished text. A model's sentence that a rule refuses is given back to code; the rest is recorded."""
    from chimera_report.tools.claims import render_text
    from chimera_report.tools.lint import lint as check_markdown
    from chimera_report.tools.render import appendix, markdown

    run = runtime.context
    report = run.report()
    outline = _over(run, state)
    findings = check_markdown(markdown(report, authorship=run.settings.authorship), report, outline=outline)
    findings += check_markdown(appendix(report), report, outline=outline, part="appendix")
    models = {i for i, d in state.get("drafts", {}).items() if d["author"] == "model"}
    # A repeated sentence is found by its words, not by its id; the model's one goes.
    shown = {i: render_text(d["text"], report.sheet) for i, d in state.get("drafts", {}).items() if i in models}
    refused = sorted(i for i in models if any(f.sentence == i or (f.span and f.span in shown[i]) for f in findings))
    back = _given_back(state, outline, report, findings)
    run.emit("lint", {"findings": len(findings), "refused": len(refused) + len(back)})
    return {
        "composed": {first: [] for first in back},
        "tried": dict.fromkeys(back, "refused by lint"),
        "lint": [f.model_dump(mode="json") for f in findings],
        "refused": sorted({*state.get("refused", []), *refused}),
        "again": bool(refused or back),
        "drafts": {i: {**state["drafts"][i], "author": "code", "outcome": "refused by lint"} for i in refused},
    }


def _given_back(state: State, outline: Outline, report: Report, findings: list[LintFinding]) -> list[str]:
    """The composed paragraphs in which a rule refuses a sentence."""
    from chimera_report.tools.claims import render_text

    texts = {s.id: render_text(s.text, report.sheet) for section in outline.sections for s in section.sentences}
    found = []
    for first, pieces in state.get("composed", {}).items():
        mine = {p[0]: texts.get(p[0], "") for p in pieces}
        if any(f.sentence in mine or (f.span and any(f.span in t for t in mine.values())) for f in findings):
            found.append(first)
    return found


def clean(state: State) -> str:
    """Assemble again while the lint takes sentences from the model; each round takes at least one, so it ends."""
    return "assemble" if state["again"] else "render"


@stage("render")
def render(state: State, runtime: Context[Run]) -> Update:  # noqa: ARG001
    run = runtime.context
    publish(run.folder, run.report(), {}, ["md"], authorship=run.settings.authorship)
    return {}


@stage("save")
def save(state: State, runtime: Context[Run]) -> Update:
    """The last files; `report.json` comes last, because it is what makes a folder a finished report."""
    run = runtime.context
    run.folder.write_table("measurements.parquet", run.dataset().whole.table)
    wanted = [name for name in formats(run.settings.format) if name != "md"]
    unmade: dict[str, str] = {}
    for name in wanted:
        if name == "html":  # comes last: it holds the record, which names those that could not be made
            continue
        try:
            publish(run.folder, run.report(), {}, [name])
        except StoreError:
            raise
        except ChimeraError as exc:  # one format that cannot be made is no reason to lose the report
            unmade[name] = exc.what
    known = replace(given(run, state), unmade=unmade)
    record = run_record(known, run.report(), run.outline(), run.dataset(), state.get("lint", []))
    run.folder.write_json("run.json", record)
    if "html" in wanted:
        publish(run.folder, run.report(), record, ["html"])
    run.folder.promote(REPORT, "report.json")
    if unmade:
        run.emit("unmade", unmade)
    return {"result": str(run.folder.path / "report.md"), "unmade": unmade}
