"""The nodes that write one section: paragraphs from their plan, then what is left sentence by sentence, each judged."""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime as Context

from chimera_report.agent import composing, writing
from chimera_report.agent.model import Call
from chimera_report.agent.run import Run
from chimera_report.agent.state import Draft, SectionState
from chimera_report.tools.claims import paragraphs
from chimera_report.tools.schema import LintFinding, Sentence

PARAGRAPHS = frozenset({"paragraph", "compose"})  # tiers whose models write paragraphs
Update = dict[str, Any]


def _sentences(state: SectionState, run: Run) -> dict[str, Sentence]:
    section = next(s for s in run.outline().sections if s.key == state["section"])
    return {s.id: s for s in writing.free_sentences(section)}


def compose(state: SectionState, runtime: Context[Run]) -> Update:
    """One answer a paragraph: in free words of a model that composes, else within the grammar of its plan. What the
    checker cannot take apart, or comes back as it was, is asked for once more within the grammar."""
    run = runtime.context
    if state["tier"] not in PARAGRAPHS:
        return {}
    section = next(s for s in run.outline().sections if s.key == state["section"])
    plan, sheet = composing.relations(run.outline()), run.sheet()
    composed: dict[str, list[list[str]]] = {}
    tried: dict[str, str] = {}
    for sentences in composing.runs(section):
        if not composing.joinable(sentences, plan, sheet):
            continue
        first = sentences[0].id
        tried[first] = "out of time"
        within = state["tier"] != "compose"
        for attempt in range(2):
            if not run.budget_left():
                break
            call = composing.ask_paragraph(
                run.model(), sentences, plan, sheet, within=within or attempt > 0, changed=attempt > 0
            )
            _tell(run, first, call)
            pieces = composing.parse_paragraph(call, sentences, plan, sheet)
            tried[first] = "refused" if pieces is None else "unchanged"
            if pieces is not None and paragraphs.own(pieces, sentences, sheet):
                composed[first] = [p.dump() for p in pieces]
                tried[first] = "repaired" if attempt else "first"
                break
        run.emit("sentence", {"id": first, "outcome": tried[first]})
    return {"composed": composed, "tried": tried}


def draft(state: SectionState, runtime: Context[Run]) -> Update:
    """One answer of the model for the whole section where it may compose, else one for each sentence that stands in no
    composed paragraph."""
    run = runtime.context
    run.emit("section", {"name": state["section"]})
    section = next(s for s in run.outline().sections if s.key == state["section"])
    taken = {s.id for r in composing.runs(section) if state.get("composed", {}).get(r[0].id) for s in r}
    sentences = [s for s in _sentences(state, run).values() if s.id not in taken]
    composed: dict[str, str] = {}
    order: list[str] = []
    if state["tier"] == "compose" and len(sentences) > 1 and run.budget_left():
        call = composing.ask(run.model(), section.title, sentences, run.sheet())
        _tell(run, state["section"], call)
        composed, order = composing.parse_composed(call, sentences)
        # What came back as it was is asked for alone, where there is another way to say it.
        given = {s.id: s for s in sentences}
        composed = {i: t for i, t in composed.items() if not writing.unchanged(t, given[i], run.sheet())}
    opened: dict[str, Any] = {}
    for sentence in writing.by_kind(sentences, run.sheet()):
        item: dict[str, Any] = {"text": composed.get(sentence.id), "attempts": 1, "seen": [], "rules": []}
        leads = writing.LEADS.get(state["section"], ()) if sentence is sentences[0] else ()
        choice = item["text"] is None and writing.has_choice(sentence, run.sheet(), leads)
        if choice and run.budget_left():
            call = writing.ask(run.model(), sentence, run.sheet(), leads=leads)
            _tell(run, sentence.id, call)
            item["text"] = writing.parse(call)
        elif item["text"] is None:
            item |= {"attempts": 0, "late": choice}
        opened[sentence.id] = item
    return {"open": opened, "rounds": 1, "order": {state["section"]: order} if order else {}}


def _tell(run: Run, what: str, call: Call) -> None:
    run.emit("call", {"sentence": what, "tokens": call.output_tokens, "seconds": call.eval_s})


def check(state: SectionState, runtime: Context[Run]) -> Update:
    """Judge each open sentence: accepted, to be repaired, or the code's own words."""
    run = runtime.context
    sentences = _sentences(state, run)
    still: dict[str, Any] = {}
    done: dict[str, Draft] = {}
    for identity, item in state["open"].items():
        sentence = sentences[identity]
        if item["attempts"] == 0:
            done[identity] = writing.fallback(sentence, 0, [], "out of time" if item.get("late") else "not asked")
            continue
        text, findings = writing.judge(item["text"], sentence, run.sheet(), state["tier"])
        rules = [*item["rules"], *(f.rule for f in findings)]
        if not findings:
            same = writing.unchanged(text, sentence, run.sheet())
            again = same and item["attempts"] == 1 and run.budget_left()
            if again and writing.has_choice(sentence, run.sheet(), ()):  # once more, without the words that were given
                kept = {"text": text, "badness": [0, 1], "findings": [writing.SAME.model_dump(mode="json")]}
                still[identity] = {**item, **kept}
            elif same:
                done[identity] = writing.fallback(sentence, item["attempts"], item["rules"], "unchanged")
            else:
                outcome = "first" if item["attempts"] == 1 else "repaired"
                done[identity] = Draft(
                    text=text, author="model", attempts=item["attempts"], outcome=outcome, rules=sorted(set(rules))
                )
            continue
        errors = writing.badness(findings)
        before = tuple(item.get("badness", (99, 99)))
        repeated = text in item["seen"]
        exhausted = item["attempts"] > writing.REPAIRS or state["rounds"] >= writing.ROUNDS or not run.budget_left()
        if exhausted or repeated or (item["attempts"] > 1 and errors >= before):
            done[identity] = writing.fallback(sentence, item["attempts"], rules)
            continue
        still[identity] = {
            **item,
            "text": text,
            "badness": list(errors),
            "seen": [*item["seen"], text],
            "rules": rules,
            "findings": [f.model_dump(mode="json") for f in findings],
        }
    for identity, result in done.items():
        run.emit("sentence", {"id": identity, "outcome": result["outcome"]})
    return {"open": still, "drafts": done}


def settled(state: SectionState) -> str:
    return "refine" if state["open"] else "done"


def refine(state: SectionState, runtime: Context[Run]) -> Update:
    """Another answer for each refused sentence, driven by the checker's findings."""
    run = runtime.context
    sentences = _sentences(state, run)
    opened: dict[str, Any] = {}
    for identity, item in state["open"].items():
        findings = [LintFinding.model_validate(f) for f in item["findings"]]
        sentence = sentences[identity]
        call = writing.ask(run.model(), sentence, run.sheet(), previous=item["text"], findings=findings)
        _tell(run, identity, call)
        opened[identity] = {**item, "text": writing.parse(call), "attempts": item["attempts"] + 1}
    return {"open": opened, "rounds": state["rounds"] + 1}
