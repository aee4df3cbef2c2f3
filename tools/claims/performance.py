"""The performance analysis: a table a suite, best first, with a lead sentence; what the settings do; the rest for the
appendix."""

from __future__ import annotations

from collections import Counter

from chimera_report.tools.charts import Candidate, candidates, draw
from chimera_report.tools.claims import choices, levels, say, tables
from chimera_report.tools.claims.desk import Desk
from chimera_report.tools.claims.hardware import hardware
from chimera_report.tools.claims.text import Draft
from chimera_report.tools.schema import Chart, Ranking, SuiteInfo, Summary, Table

MOST = 6  # tables of suites in the body
MOST_OF_A_METRIC = 3
MOST_CHARTS = 5
MOST_OF_A_KIND = 2


def performance(desk: Desk) -> tuple[list[list[Draft] | Table | Chart], tuple[Table, ...]]:
    """Blocks of the body, and tables of the appendix."""
    body: list[list[Draft] | Table | Chart] = []
    pictures = chosen(desk)
    rest: list[Table] = []
    shown: Counter[str] = Counter()
    for suite, metric in _ordered(desk):
        lines = tables.rows_of(desk, suite.name, metric)
        for subject in _split(lines):
            mine = [s for s in lines if subject is None or s.subject == subject]
            made = tables.results(desk, suite, metric, mine, subject=subject or "")
            room = shown.total() < MOST and shown[metric] < MOST_OF_A_METRIC
            if room and (len(mine) > 1 or not body):
                body += [_lead(desk, suite.name, metric, mine), made]
                ran = hardware(desk, suite, mine)
                if ran is not None:
                    body.append(ran)
                shown[metric] += 1
                for picture in [p for p in pictures if (p.about.suite, *p.about.metrics) == (suite.name, metric)]:
                    pictures.remove(picture)
                    body.append(draw(picture, desk))
                if len(mine) > tables.ROWS:
                    full = tables.results(desk, suite, metric, mine, subject=subject or "", rows=tables.APPENDIX_ROWS)
                    rest.append(full.model_copy(update={"title": f"{full.title}, longer"}))
            elif len(rest) < 20:
                rest.append(made)
    told, more = levels.settings(desk)
    body += told
    rest += more
    traded, costs = choices.choices(desk)
    body += traded
    rest += costs
    body += [draw(picture, desk) for picture in pictures]
    moved = choices.together(desk)
    if moved is not None:
        body.append([moved])
    if not body:
        body.append([Draft("Nothing measured is there to set out in a table.", (), "fixed")])
    return body, tuple(rest)


def chosen(desk: Desk) -> list[Candidate]:
    """The few charts that tell the most, each of something else: one a suite and metric, few of a kind."""
    found: list[Candidate] = []
    kinds: Counter[str] = Counter()
    for candidate in candidates(desk):
        same = any(
            c.about.metrics == candidate.about.metrics
            and (c.kind == candidate.kind or c.about.suite == candidate.about.suite)
            for c in found
        )
        if not same and kinds[candidate.kind] < MOST_OF_A_KIND and len(found) < MOST_CHARTS:
            found.append(candidate)
            kinds[candidate.kind] += 1
    return found


def _ordered(desk: Desk) -> list[tuple[SuiteInfo, str]]:
    """Suites with the metric that orders each, the most telling first: more systems side by side, then more records."""
    found = []
    for suite in desk.analysis.inventory.suites:
        metric = tables.primary(desk, suite.name)
        if metric:
            rows = tables.rows_of(desk, suite.name, metric)
            rank = tables.PRIMARY.index(metric) if metric in tables.PRIMARY else len(tables.PRIMARY)
            named = any(r.subject for r in rows)
            found.append(((not named, len(rows) < 2, rank, -sum(r.n or 0 for r in rows)), suite, metric))
    return [(suite, metric) for _, suite, metric in sorted(found, key=lambda f: (f[0], f[1].name))]


def _split(lines: list[Summary]) -> list[str | None]:
    """One table for all, or one a subject where all would be too long and each has its own systems."""
    subjects = list(dict.fromkeys(s.subject for s in lines))
    if len(lines) <= tables.ROWS or len(subjects) < 2 or len(lines) == len(subjects):
        return [None]
    return list(subjects)


def _lead(desk: Desk, suite: str, metric: str, lines: list[Summary]) -> list[Draft]:
    """Who leads, or the best value where there is no ranking."""
    subjects = {s.subject for s in lines}
    ranking = next((r for r in desk.analysis.rankings if _fits(r, suite, metric, subjects)), None)
    if ranking is not None:
        claim = say.ranking(desk, ranking, 1)
        if claim is not None and claim.verdict == "SUPPORTED":
            return [Draft(f"{{{{{claim.id}}}}}.")]
    best = lines[0]
    field = tables.typical_field(best)
    claim = say.measurement(desk, best, field, 1) if best.subject else None
    if claim is None:
        return []
    value = desk.fact(best, field)
    tail = (
        f", with an interval of {{{{{value.id}:interval}}}} (n = {{{{{value.id}:n}}}})"
        if value.interval and value.n
        else ""
    )
    return [Draft(f"{{{{{claim.id}}}}}{tail}.")]


def _fits(ranking: Ranking, suite: str, metric: str, subjects: set[str]) -> bool:
    if (ranking.suite, ranking.metric) != (suite, metric) or ranking.warm is False or len(ranking.entries) < 2:
        return False
    if ranking.of == "subjects":
        return len(subjects) > 1
    return subjects == {ranking.subject} and ranking.recipe.function == "rank_systems"
