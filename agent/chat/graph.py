"""The LangGraph graph of a conversation: one turn is one run of it, a thread is its checkpoints.

understand → route → compute → word → check → remember
"""

from __future__ import annotations

from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from chimera_report.agent.chat.context import Context
from chimera_report.agent.chat.state import Talk
from chimera_report.agent.chat.steps import STEPS


def talk_graph(checkpointer: BaseCheckpointSaver[Any] | None = None) -> CompiledStateGraph[Talk, Context, Talk, Talk]:
    """The graph, with its threads in `checkpointer`."""
    graph = StateGraph(Talk, Context)
    names = list(STEPS)
    for name, step in STEPS.items():
        graph.add_node(name, _node(step))
    for before, after in zip([START, *names], [*names, END], strict=True):
        graph.add_edge(before, after)
    return graph.compile(checkpointer=checkpointer)


def _node(step: Any) -> Any:
    def node(state: Talk, runtime: Runtime[Context]) -> dict[str, Any]:
        made: dict[str, Any] = step(state, runtime.context)
        return made

    return node
