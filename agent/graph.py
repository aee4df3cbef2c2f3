"""The LangGraph graph. It reads as the architecture:

runtime → ingest → analyse ─┬─► facts → outline ─┬─► write (one a section: compose → draft ⇄ check) ┬─► assemble ⇄ lint → render → save
              ▲             │      ▲             └───────────────── without a model ─────────────┘
              │             └─► plan → approve (a person) ─► measure (plan by plan) → enlarge
              └───────────────────────────────────────────────────────────────────────┘
"""  # noqa: E501  a picture

from __future__ import annotations

from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from chimera_report.agent import nodes, section
from chimera_report.agent.run import Run
from chimera_report.agent.state import SectionResult, SectionState, State


def section_graph() -> CompiledStateGraph[SectionState, Run, SectionState, SectionResult]:
    """Writes one section: the model composes paragraphs from their plan and words what is left sentence by sentence;
    code checks, the findings drive the repair, code's own words end it."""
    graph = StateGraph(SectionState, Run, output_schema=SectionResult)
    graph.add_node("draft", section.draft)
    graph.add_node("check", section.check)
    graph.add_node("refine", section.refine)
    graph.add_node("compose", section.compose)
    graph.add_edge(START, "compose")
    graph.add_edge("compose", "draft")
    graph.add_edge("draft", "check")
    graph.add_conditional_edges("check", section.settled, {"refine": "refine", "done": END})
    graph.add_edge("refine", "check")
    return graph.compile()


def report_graph(checkpointer: BaseCheckpointSaver[Any] | None = None) -> CompiledStateGraph[State, Run, State, State]:
    """The whole run, from a folder to a saved report."""
    graph = StateGraph(State, Run)
    graph.add_node("runtime", nodes.runtime)
    graph.add_node("ingest", nodes.ingest)
    graph.add_node("analyse", nodes.analyse)
    graph.add_node("plan", nodes.plan)
    graph.add_node("approve", nodes.approve)
    graph.add_node("measure", nodes.measure)
    graph.add_node("enlarge", nodes.enlarge)
    graph.add_node("facts", nodes.facts)
    graph.add_node("outline", nodes.outline)
    graph.add_node("write", section_graph(), input_schema=SectionState)
    graph.add_node("assemble", nodes.assemble)
    graph.add_node("lint", nodes.lint)
    graph.add_node("render", nodes.render)
    graph.add_node("save", nodes.save)

    graph.add_edge(START, "runtime")
    graph.add_edge("runtime", "ingest")
    graph.add_edge("ingest", "analyse")
    graph.add_conditional_edges("analyse", nodes.enough, ["plan", "facts"])
    graph.add_edge("plan", "approve")
    graph.add_conditional_edges("approve", nodes.approved, ["measure", "facts"])
    graph.add_conditional_edges("measure", nodes.measured, ["measure", "enlarge"])
    graph.add_edge("enlarge", "analyse")
    graph.add_edge("facts", "outline")
    graph.add_conditional_edges("outline", nodes.sections_to_write, ["write", "assemble"])
    graph.add_edge("write", "assemble")
    graph.add_edge("assemble", "lint")
    graph.add_conditional_edges("lint", nodes.clean, {"render": "render", "assemble": "assemble"})
    graph.add_edge("render", "save")
    graph.add_edge("save", END)
    return graph.compile(checkpointer=checkpointer)
