"""What a right answer to a question says, computed from the files by pandas.

Each function has the name of an `expect` in the questions' TOML. It raises `Refuted` for an answer that says anything
else; what is asked back or declined never comes here, unless that is what is expected.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chimera_report.tools.schema import Answer

from . import contents, differences, orders, values
from .common import Refuted, need
from .raw import Raw


def declined(answer: Answer, raw: Raw, *, names: list[str], **_: Any) -> None:
    """The data cannot say it; that is said, with what is missing."""
    need(answer.outcome != "answered", f"answered: {answer.text}")
    told = " ".join([*answer.text, *answer.choices])
    need(all(n.lower() in told.lower() for n in names), f"{names} are not named: {told!r}")


def refused(answer: Answer, raw: Raw, **_: Any) -> None:
    need(answer.outcome != "answered", f"answered: {answer.text}")
    need(not answer.sheet.facts, "facts for what is no question")


def not_answered(answer: Answer, raw: Raw, **_: Any) -> None:
    need(answer.outcome != "answered", f"answered: {answer.text}")


__all__ = ["EXPECT", "UNANSWERED", "Refuted"]

UNANSWERED = {"declined", "refused", "not_answered", "not_varied", "value_or_asked"}  # that may come here unanswered
_MODULES = (values, differences, orders, contents)
EXPECT: dict[str, Callable[..., object]] = {
    "declined": declined,
    "refused": refused,
    "not_answered": not_answered,
    "shows": contents.shows_words,
    **{
        name: made
        for module in _MODULES
        for name, made in vars(module).items()
        if callable(made) and getattr(made, "__module__", "") == module.__name__ and not name.startswith("_")
    },
}
