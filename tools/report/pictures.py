"""A few charts, each beside the finding that it shows."""

from __future__ import annotations

from collections import Counter

from chimera_report.tools.charts import Candidate, candidates, draw
from chimera_report.tools.claims import say
from chimera_report.tools.report.book import About, Book, Found, Line, supported
from chimera_report.tools.schema import Chart, ClaimBase, Comparison, Matched, Summary
from chimera_report.tools.statements import registry

MOST = 3
_ALIKE = 2  # of one kind: a third says nothing that its finding does not
# What a finding of a kind is best shown by.
_KINDS = {
    "speed": ("systems", "choices"),
    "first request": ("cold",),
    "artefact": ("cold",),
    "axis": ("ratios", "systems"),
    "effect": ("curve", "levels"),
    "curve": ("curve", "conditions"),
    "matched": ("curve", "conditions", "ratios"),
    "lead": ("conditions",),
    "reading": ("systems", "curve", "course"),
}
_WAITS = {"ttft", "e2e_latency", "tpot", "itl"}
# Which show what one factor does; "subject" for the models themselves.
_OF_A_FACTOR = {"ratios", "levels", "curve", "systems"}


class Pictures:
    """Hands out charts, each once, and no more than a reader looks at."""

    def __init__(self, book: Book, findings: int = MOST) -> None:
        self._book = book
        self._pool = list(candidates(book.desk))
        self._left = MOST
        self._spare = MOST - findings  # charts for which no finding asks
        self._drawn: Counter[str] = Counter()

    def of(self, found: Found) -> list[Chart]:
        """The chart that shows the finding, where there is one and room for it."""
        kinds = _KINDS.get(found.kind, ())
        fitting = [c for c in self._pool if c.kind in kinds and _about(c, found) and self._drawn[c.kind] < _ALIKE]
        if not fitting or not self._left:
            return []
        fitting.sort(key=lambda c: (kinds.index(c.kind), not _same(c, found), -c.weight, c.key))
        made = self._draw(fitting[0], found.scope.get("metric", ""))
        waits = [c for c in self._pool if self._spare > 0 and found.kind == "curve" and _wait(c, fitting[0], found)]
        desk = self._book.desk
        beside = [desk.claims[i] for line in found.lines for i in line.claims if i in desk.claims]
        told = {id(desk.items.get(fact)) for claim in (*found.claims, *beside) for fact in claim.facts}
        waits = [c for c in waits if any(id(item) in told for item in c.items)]  # whose values the finding tells
        if made and waits and self._left:
            self._spare -= 1
            made += self._draw(max(waits, key=lambda c: (c.weight, c.key)), "")
        return made

    def _draw(self, chosen: Candidate, metric: str) -> list[Chart]:
        self._pool.remove(chosen)
        self._left -= 1
        self._drawn[chosen.kind] += 1
        made = draw(chosen, self._book.desk)
        about = About("chart", metric=metric or chosen.about.metrics[0])
        line = Line(made.caption.text, about, claims=tuple(c.id for c in supported([self._claim(chosen)])))
        said = self._book.sentences("findings", "chart", [line])
        if not said:  # a mean over unlike conditions
            return []
        caption = said[0].model_copy(update={"wording": "fixed", "ways": ()})
        return [made.model_copy(update={"caption": caption})]

    def _claim(self, chosen: Candidate) -> ClaimBase | None:
        """What is claimed of the result that the caption is about, where a kind of statement can say it."""
        item = chosen.items[0]
        if isinstance(item, Comparison):
            return say.comparison(self._book.desk, item)
        kind = next((k for k in registry().values() if k.result is type(item)), None)
        return kind.say(self._book.desk, item) if kind is not None and not isinstance(item, Summary) else None


def _same(candidate: Candidate, found: Found) -> bool:
    """Whether the chart shows a result that the finding rests on: another reading of it has other numbers."""
    return any(item is shown for item in found.items for shown in candidate.items)


def _under(candidate: Candidate, found: Found) -> bool:
    """Whether the rows of the chart are levels of what the finding is about, and its measurements among them: what is
    drawn of lines with two points."""
    heads = [item for item in candidate.items if isinstance(item, Matched)]
    conditions = [c for item in found.items if (c := _held(item, found.scope.get("factor", "")))]
    if not heads or not conditions or candidate.about.suite != found.scope.get("suite"):
        return False
    alike = all(c.get(k, level) == level for c in conditions for k, level in heads[0].within.items())
    metric = found.scope.get("metric") in candidate.about.metrics
    return alike and metric and found.scope.get("factor", "") in heads[0].matched


def _wait(candidate: Candidate, drawn: Candidate, found: Found) -> bool:
    """Whether the chart shows how long users wait under the loads of the one that is drawn."""
    about, of = candidate.about, drawn.about
    alike = (about.suite, about.factor, about.subjects) == (of.suite, of.factor, of.subjects)
    other = about.metrics != of.metrics and _WAITS.issuperset(about.metrics)
    return candidate.kind == "curve" and alike and other and not _elsewhere(candidate, found)


def _about(candidate: Candidate, found: Found) -> bool:
    """Whether the chart is about what the finding says."""
    about, scope = candidate.about, found.scope
    if candidate.kind == "conditions":
        return _same(candidate, found) or (found.kind == "curve" and _under(candidate, found))
    if scope.get("metric") and about.metrics and scope["metric"] not in about.metrics:
        return False
    if scope.get("suite") and about.suite and about.suite != scope["suite"]:
        return False
    suites = {getattr(item, "suite", "") for item in found.items} - {""}
    if suites and about.suite and about.suite not in suites:
        return False
    alike = scope.get("factor", "") in ("", about.factor or "subject")
    over_work = found.kind == "matched" and candidate.kind == "curve"  # its lines are the rivals, its factor the work
    if not alike and not over_work and candidate.kind in _OF_A_FACTOR:
        return False
    axes = {getattr(item, "axis", "") for item in found.items} - {""}
    if axes and not over_work and candidate.kind in _OF_A_FACTOR and (about.factor or "subject") not in axes:
        return False
    if found.subjects and about.subjects and not set(found.subjects) & set(about.subjects):
        return False
    return not _elsewhere(candidate, found)


def _elsewhere(candidate: Candidate, found: Found) -> bool:
    """Whether all that the chart shows was measured under other conditions than all that the finding is about."""
    shown = [c for item in candidate.items if (c := _held(item, candidate.about.factor))]
    said = [c for item in found.items if (c := _held(item, candidate.about.factor))]
    if len(shown) < len(candidate.items) or len(said) < len(found.items):
        return False
    return all(any(b.get(k, level) != level for k, level in a.items()) for a in shown for b in said)


def _held(item: object, but: str) -> dict[str, str]:
    """The condition of a result, without the factor that a chart varies."""
    condition = getattr(item, "condition", None)
    return {k: v for k, v in condition.items() if k != but} if isinstance(condition, dict) else {}
