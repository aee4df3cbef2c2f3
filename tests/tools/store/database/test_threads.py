"""Which of two states of a conversation is kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chimera_report.tools.schema import Answer
from chimera_report.tools.store import KeptThread, kept_threads, open_database, put_threads

AT = datetime(2026, 3, 1, tzinfo=UTC)


def thread(*asked: str, minutes: int = 0, report: str = "/reports/a") -> KeptThread:
    answers = (Answer(question=q, outcome="declined").model_dump(mode="json", by_alias=True) for q in asked)
    turns = tuple({"question": q, "answer": a} for q, a in zip(asked, answers, strict=True))
    return KeptThread(report, "default", AT, AT + timedelta(minutes=minutes), turns)


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (thread("a"), thread("a", "b", minutes=1), ["a", "b"]),
        (thread("a", "b"), thread("a", minutes=1), ["a", "b"]),
        (thread("a"), thread("b", minutes=1), ["b"]),  # the last answer was replaced
        (thread("b", minutes=1), thread("a"), ["b"]),
        (thread("a"), thread("a", minutes=1), ["a"]),
    ],
)
def test_more_turns_win_and_of_as_many_the_last_change(
    database_url: str, first: KeptThread, second: KeptThread, kept: list[str]
) -> None:
    with open_database(database_url, create=True) as database:
        assert put_threads(database, [first]) == 1
        wins = [t["question"] for t in second.turns] == kept and first.turns != second.turns
        assert put_threads(database, [second]) == int(wins)
        assert kept_threads(database) == [replace(second if wins else first, created=first.created)]


def test_what_postgresql_cannot_keep_is_shown_and_found_again(database_url: str) -> None:
    odd = thread("why \0?", report="/reports/\udcff")
    with open_database(database_url, create=True) as database:
        put_threads(database, [odd, thread("a")])
        (found,) = kept_threads(database, report=odd.report, name="default")
        assert found.turns[0]["question"] == "why ␀?"
        assert put_threads(database, [odd]) == 0
        assert KeptThread.from_json(found.to_json()) == found


def test_programs_that_bring_a_thread_at_once_leave_the_longest(database_url: str) -> None:
    lengths = [3, 9, 1, 12, 6, 2, 11, 5]
    states = [thread(*map(str, range(n)), minutes=n) for n in lengths]

    def put(state: KeptThread) -> None:
        with open_database(database_url) as database:
            put_threads(database, [state, replace(state, report="/reports/b")])

    open_database(database_url, create=True).close()
    with ThreadPoolExecutor(len(states)) as pool:
        list(pool.map(put, states))
    with open_database(database_url) as database:
        assert [len(x.turns) for x in kept_threads(database)] == [12, 12]
