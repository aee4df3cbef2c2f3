"""Finished Markdown, and where there is one its Report, come in; what breaks a rule goes out."""

from __future__ import annotations

import inspect
from types import FunctionType, ModuleType
from typing import Literal

from chimera_report.tools.lint import exact, language, numbers, structure, wording
from chimera_report.tools.lint.base import Context, Rule
from chimera_report.tools.lint.document import parse
from chimera_report.tools.lint.expected import CONTROL, flat
from chimera_report.tools.metrics import METRICS
from chimera_report.tools.schema import LintFinding, Outline, Report


def _looks(name: str, value: object, module: ModuleType) -> bool:
    """Whether something of a module is a function that looks for breaches: public, its own, and of a `Context`."""
    own = isinstance(value, FunctionType) and value.__module__ == module.__name__ and not name.startswith("_")
    return own and list(inspect.signature(value).parameters) == ["context"]  # type: ignore[arg-type]


# A rule may have several functions, and one function several rules.
RULES: tuple[Rule, ...] = tuple(
    value
    for module in (structure, wording, exact, numbers, language)
    for name, value in vars(module).items()
    if _looks(name, value, module)
)


def lint(
    markdown: str,
    report: Report | None = None,
    *,
    known: frozenset[str] = frozenset(),
    outline: Outline | None = None,
    part: Literal["report", "appendix"] = "report",
) -> list[LintFinding]:
    """What breaks a rule, in the order of the lines. `known` are words of the data that rule 17 accepts.

    With the Report every text and number of the Markdown has to be what the Report's sentences and facts render to, and
    the claims themselves are looked at; without it the rules look at the words alone. With the outline too, each
    sentence has to be the code's own, or a wording of it that `check_sentence` accepts. `part` is the file of the
    report that the Markdown is.
    """
    report = report.document(part) if report is not None else None
    names = report.sheet.names if report else ()
    if report:
        names += tuple(f.display for f in report.sheet.facts if isinstance(f.value, str))
        names += tuple(f.subject for f in report.sheet.facts) + tuple(f.suite for f in report.sheet.facts)
        names += (report.title.removeprefix("Technical Report: "),)  # the folder's name, or the user's own title
    shown = {*names, *(flat(CONTROL.sub(" ", n)) for n in names)}  # a name of several lines is rendered as one
    whole = tuple(sorted({n for n in shown if n.strip()}, key=len, reverse=True))
    # The title and the header come from the run: the folder's name, the model's.
    from_run = {report.title, report.header.model, report.header.agent, report.run} if report else set()
    # A metric that only the files know has the files' words in its name.
    own = {f.metric.replace("_", " ") for f in report.sheet.facts if f.metric not in METRICS} if report else set()
    words = language.words_of(frozenset(whole) | known | own | from_run)
    context = Context(parse(markdown), report, words, outline, whole)
    found = {f: None for rule in RULES for f in rule(context)}
    return sorted(found, key=lambda f: (f.line, f.rule))


__all__ = ["RULES", "Context", "Rule", "lint"]
