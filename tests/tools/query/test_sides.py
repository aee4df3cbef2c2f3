"""Two sides, levels and percentiles on folders of others: one record a condition, and an answer with its factor."""

from __future__ import annotations

import json

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.query import World, checked
from chimera_report.tools.query.told import tell
from chimera_report.tools.schema import Answer, Query, Select


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Four prompts under two draft sizes, three boxes and two quants; a load test whose requests stand one by one."""
    folder = tmp_path_factory.mktemp("sides") / "study"
    (folder / "sweep").mkdir(parents=True)
    for size, rate in ((4, 10.0), (16, 30.0)):
        lines = ["prompt_text,draft_size,tokens_per_second"]
        said = "Write a long story number {} about the sea and all who sail on it, please"
        lines += [f'"{said.format(k)}",{size},{rate + k}' for k in range(12)]
        (folder / "sweep" / f"draft_{size}.csv").write_text("\n".join(lines) + "\n")
    for engine, base in (("oak", 0.2), ("elm-int4", 0.1)):
        for users in (1, 8):
            raw = [{"request_id": k, "latency_s": base * users + k / 1000, "ttft_s": 0.01 * users} for k in range(100)]
            top = {"engine": engine, "concurrency": users, "workload": "chat", "raw": raw}
            (folder / f"{engine}_chat_{users}.json").write_text(json.dumps(top))
    return World(ingest(folder), target=str(folder))


def ask(world: World, question: str) -> Answer:
    answer = tell(
        Query(intent="select", select=Select(measure="records", task="shown", text=question)), world, question
    )
    assert not checked(answer)
    return answer


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("draft 4 vs draft 16 speed", ("15.50 tokens/s", "35.50 tokens/s", "2.290×")),
        ("which draft size is best", ("35.50 tokens/s", "15.50 tokens/s")),
        ("what is the speed with 16", ("35.50 tokens/s",)),
        ("from 4 to 16, does it get faster", ("2.290×",)),
        ("p95 latency of oak at 8 users", ("1.694 s",)),
        ("median latency of oak with 1 user", ("249.5 ms",)),
        ("oak or elm at 8 users", ("elm", "oak", "×")),
        ("is elm faster than oak?", ("Yes: ",)),
        ("is oak faster than elm?", ("No: ",)),
    ],
)
def test_conditions_are_told_as_one(world: World, question: str, told: tuple[str, ...]) -> None:
    said = " ".join(ask(world, question).text)
    assert all(t in said for t in told), said


@pytest.mark.parametrize(
    ("question", "no"),
    [
        ("speed of oak at 64 users", "64"),
        ("elm on an h100", "h100"),
        ("how many watts does oak draw", "power"),
    ],
)
def test_what_is_not_there_is_no_record_of_something_else(world: World, question: str, no: str) -> None:
    answer = ask(world, question)
    assert answer.outcome == "declined"
    assert no in " ".join(answer.text)
