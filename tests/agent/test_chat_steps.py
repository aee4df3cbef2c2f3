"""The steps of a conversation: what reaches the router, and the gate that an answer passes last."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chimera_report.agent.chat.context import Context
from chimera_report.agent.chat.steps import STEPS, check
from chimera_report.tools.ingest import ingest
from chimera_report.tools.query import World
from chimera_report.tools.schema import Answer


@pytest.fixture
def world(folder: Path) -> World:
    return World(ingest(folder))


def asked(context: Context, *questions: str) -> Answer:
    turns: list[Any] = []
    state: dict[str, Any] = {}
    for question in questions:
        state = {"question": question, "turns": turns}
        for name, step in STEPS.items():
            made = step(state, context)  # type: ignore[arg-type]
            turns = [*turns, *made["turns"]] if name == "remember" else turns
            state |= {k: v for k, v in made.items() if k != "turns"}
    return Answer.model_validate(state["answer"])


def test_an_answer_that_the_gate_objects_to_is_computed_again(world: World) -> None:
    context = Context(world)
    true = asked(context, "which model is fastest?")
    assert true.text[0].startswith("alpha:1b")
    lie = true.model_copy(update={"text": (true.text[0].replace("alpha:1b", "beta:3b"), *true.text[1:])})
    state = {"question": "which model is fastest?", "turns": [], "answer": lie.model_dump(mode="json", by_alias=True)}
    reading = STEPS["understand"](state, context)  # type: ignore[arg-type]
    mended = check({**state, **reading}, context)  # type: ignore[typeddict-item]
    assert Answer.model_validate(mended["answer"]).text == true.text


def test_a_number_stands_for_a_choice(world: World) -> None:
    context = Context(world)
    first = asked(context, "the best")
    assert first.outcome == "asked"
    assert asked(context, "the best", "1").reading == asked(context, first.choices[0]).reading


Route = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.fixture
def router(scripted: Any) -> Callable[[Route], Any]:
    """A model that routes by a function of what it is told, and words nothing."""

    def made(route: Route) -> Any:
        def answer(purpose: str, messages: Any, schema: Any) -> str:
            del schema
            return json.dumps(route(json.loads(messages[-1][1]))) if purpose == "route" else "{}"

        return scripted(answer)

    return made


def test_the_router_sees_the_turn_before_and_only_what_rules_leave(world: World, router: Any) -> None:
    seen: list[dict[str, Any]] = []

    def route(told: dict[str, Any]) -> dict[str, Any]:
        seen.append(told)
        return {"intent": "value", "metric": "decode_rate", "subjects": ["beta:3b"]}

    context = Context(world, scripted=router(route))
    answer = asked(context, "what is the decode rate of alpha:1b?", "ditto for the other fellow")
    assert answer.understood_by == "router"
    assert answer.reading == "the decode rate of beta:3b"
    assert seen == [
        {
            "question": "ditto for the other fellow",
            "previous": {"intent": "value", "subjects": ["alpha:1b"], "metric": "decode_rate"},
        }
    ]


@pytest.mark.parametrize(
    "routed",
    [
        {"intent": "value", "metric": "decode_rate", "subjects": ["gamma:9b"]},
        {"intent": "value", "metric": "decode_rate", "condition": {"num_ctx": "1; DROP TABLE m"}},
        {"intent": "delete"},
        {"intent": "none"},
        {"intent": "value"},
        {"intent": "value", "metric": "decode_rate", "text": "900 tokens/s"},
        ["value"],
    ],
)
def test_what_is_no_query_of_this_data_is_thrown_away(world: World, router: Any, routed: Any) -> None:
    context = Context(world, scripted=router(lambda _: routed))
    answer = asked(context, "so what is the vibe then")
    assert answer.outcome == "declined"
    assert answer.understood_by == "rules"


def test_a_number_of_the_question_is_never_left_out(world: World, router: Any) -> None:
    context = Context(world, scripted=router(lambda _: {"intent": "value", "metric": "decode_rate"}))
    assert asked(context, "gimme the pace on a Pi 5").outcome == "declined"
    assert asked(context, "gimme the pace").outcome == "answered"


def test_a_model_of_the_lower_tier_routes_nothing(world: World, router: Any) -> None:
    model = router(lambda _: {"intent": "value", "metric": "decode_rate"})
    context = Context(world, scripted=model, scripted_tier="phrase")
    assert asked(context, "gimme the pace").outcome == "declined"
    assert "route" not in model.asked
