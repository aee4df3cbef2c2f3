"""A few charts, each beside the finding that it shows."""

from __future__ import annotations

import re
from collections import Counter

from chimera_report.tools.charts import Candidate, candidates, draw
from chimera_report.tools.report.book import About, Book, Found, Line
from chimera_report.tools.schema import Chart

MOST = 3
_ALIKE = 2  # of one kind: a third says nothing that its finding does not
_LEGEND = re.compile(r"\(((?:bars|pale dots|vertical marks|dots)[^()]*)\)")
_HEAD = re.compile(r"^[^:()]*\((?:bars|pale dots|vertical marks|dots)[^()]*\): ")
_GREY = re.compile(r" An interval that reaches[^.]*\.")
# What a finding of a kind is best shown by.
_KINDS = {
    "speed": ("systems", "choices"),
    "first request": ("cold",),
    "artefact": ("cold",),
    "axis": ("ratios", "systems"),
    "effect": ("curve", "levels"),
    "curve": ("curve",),
    "matched": ("curve", "ratios"),
    "reading": ("systems", "curve", "course"),
}
_OF_A_FACTOR = {"ratios", "levels", "curve"}  # which show what one factor does; "subject" for the models themselves


class Pictures:
    """Hands out charts, each once, and no more than a reader looks at."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._pool = list(candidates(book.desk))
        self._left = MOST
        self._drawn: Counter[str] = Counter()
        self._explained = False

    def of(self, found: Found) -> list[Chart]:
        """The chart that shows the finding, where there is one and room for it."""
        kinds = _KINDS.get(found.kind, ())
        fitting = [c for c in self._pool if c.kind in kinds and _about(c, found) and self._drawn[c.kind] < _ALIKE]
        if not fitting or not self._left:
            return []
        fitting.sort(key=lambda c: (kinds.index(c.kind), -c.weight, c.key))
        chosen = fitting[0]
        self._pool.remove(chosen)
        self._left -= 1
        self._drawn[chosen.kind] += 1
        made = draw(chosen, self._book.desk)
        about = About("chart", metric=found.scope.get("metric", ""))
        text = _caption(made)
        if _GREY.search(text):  # how to read an interval is said once
            text = _GREY.sub("", text) if self._explained else text
            self._explained = True
        said = self._book.sentences("findings", "chart", [Line(text, about, claims=made.caption.claims)])
        if not said:  # the legend stands below another chart
            said = self._book.sentences("findings", "chart", [Line(_shown(made), about, claims=made.caption.claims)])
        caption = said[0].model_copy(update={"wording": "fixed", "ways": ()})
        return [made.model_copy(update={"caption": caption})]


def _caption(chart: Chart) -> str:
    """How to read the chart, where its caption says that: what it shows stands in the finding above it."""
    legend = _LEGEND.search(chart.caption.text)
    return f"{legend[1][:1].upper()}{legend[1][1:]}." if legend else _shown(chart)


def _shown(chart: Chart) -> str:
    """What the chart shows, without its title, which stands above it, and without the legend."""
    text = _HEAD.sub("", chart.caption.text.removeprefix(chart.title)).lstrip(" ,:")
    return text if text.startswith("{{") else text[:1].upper() + text[1:]


def _about(candidate: Candidate, found: Found) -> bool:
    """Whether the chart is about what the finding says."""
    about, scope = candidate.about, found.scope
    if scope.get("metric") and about.metrics and scope["metric"] not in about.metrics:
        return False
    if scope.get("suite") and about.suite and about.suite != scope["suite"]:
        return False
    suites = {getattr(item, "suite", "") for item in found.items} - {""}
    if suites and about.suite and about.suite not in suites:
        return False
    alike = scope.get("factor", "") in ("", about.factor or "subject")
    if not alike and found.kind != "matched" and candidate.kind in _OF_A_FACTOR:
        return False
    return not (found.subjects and about.subjects and not set(found.subjects) & set(about.subjects))
