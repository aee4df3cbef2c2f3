"""The steps from a question to an answer, each a thin call: understand → route → compute → word → check → remember."""

from __future__ import annotations

import re
from typing import Any

from chimera_report.agent.chat.context import Context
from chimera_report.agent.chat.state import Talk, last_asked, last_choices, packed, queries, unpacked
from chimera_report.tools.query import checked, converse, reply
from chimera_report.tools.schema import Answer, Decline

Update = dict[str, Any]


def read(state: Talk, context: Context) -> Update:
    """The question by rules; the number of a choice stands for the choice."""
    turns = state.get("turns", [])
    question = state["question"].strip()
    choices = last_choices(turns)
    if re.fullmatch(r"\d{1,2}", question) and 0 < int(question) <= len(choices):
        question = choices[int(question) - 1]
    reading, asked = converse(question, context.world, queries(turns), last_asked(turns))
    return {"question": question, "asked": asked, "reading": packed(reading), "understood_by": "rules"}


def route(state: Talk, context: Context) -> Update:
    """What the rules do not understand, by a model that can be trusted with it. Its answer is a query over the data's
    own names, or nothing."""
    reading = unpacked(state["reading"])
    if not (isinstance(reading, Decline) and reading.kind == "not understood"):
        return {}
    if not context.has_model:
        return {}
    from chimera_report.agent.chat import routing

    previous = queries(state.get("turns", []))
    query = routing.route(state["question"], context, previous[-1] if previous else None)
    return {"reading": packed(query), "understood_by": "router"} if query is not None else {}


def compute(state: Talk, context: Context) -> Update:
    whole = state.get("asked", "")
    meant = whole if whole and whole != last_asked(state.get("turns", [])) else state["question"]
    made = reply(unpacked(state["reading"]), context.world, meant, last_asked(state.get("turns", [])))
    answer = made.model_copy(update={"question": state["question"]})
    if (asked := state.get("asked", "")) != state["question"]:
        answer = answer.model_copy(update={"asked": asked})
    if state.get("understood_by") == "router":
        answer = answer.model_copy(update={"understood_by": "router"})
    return {"answer": answer.model_dump(mode="json", by_alias=True)}


def word(state: Talk, context: Context) -> Update:
    if not context.has_model:
        return {}
    from chimera_report.agent.chat import wording

    answer = Answer.model_validate(state["answer"])
    worded = wording.word(answer, context)
    return {"answer": worded.model_dump(mode="json", by_alias=True)} if worded is not answer else {}


def check(state: Talk, context: Context) -> Update:
    """An answer that the checker objects to is computed again in code's own words."""
    answer = Answer.model_validate(state["answer"])
    if not checked(answer):
        return {}
    return compute(state, context)


def remember(state: Talk, context: Context) -> Update:  # noqa: ARG001  the shape of every step
    return {"turns": [{"question": state["question"], "answer": state["answer"]}]}


STEPS = {"understand": read, "route": route, "compute": compute, "word": word, "check": check, "remember": remember}
