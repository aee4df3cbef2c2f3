"""Every alert that the statistics find is worded, alone and with others, and the checker accepts the words."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from chimera_report.tools.claims import Desk, check, render_text, say
from chimera_report.tools.claims.units import canonical_unit
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.statements import alert_kinds, groups, in_place
from chimera_report.tools.stats import analyse

STATS = Path(__file__).parents[3] / "tools" / "stats"


def found_by_statistics() -> set[str]:
    """The first argument of each call of `make`: the kinds that the statistics can find."""
    kinds = set()
    for path in STATS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "make" and node.args:
                given = [node.args[0]]
                given += [given[0].body, given[0].orelse] if isinstance(given[0], ast.IfExp) else []
                kinds |= {str(n.value) for n in given if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return kinds


def test_every_alert_of_the_statistics_has_its_file() -> None:
    kinds = found_by_statistics()
    assert len(kinds) > 15, "the search finds them"
    assert kinds <= set(alert_kinds())


@pytest.mark.parametrize("kind", alert_kinds().values(), ids=lambda k: k.kind)
def test_an_alert_is_worded_alone_and_together(kind) -> None:
    assert kind.meaning
    assert kind.explained is None or (kind.explained.found and kind.explained.matters)
    assert type(kind).__module__.endswith(f".alerts.{kind.kind}"), "one file an alert"
    grouped = type(kind).together is not type(kind).__mro__[1].together
    assert bool(kind.no_group) != grouped, "it says something of several together, or why it does not"


def test_an_alert_says_in_its_own_file_where_it_is_told(grid) -> None:
    for place in ("doubt", "listed"):
        weights = [getattr(kind, place) for kind in alert_kinds().values() if getattr(kind, place)]
        assert len(set(weights)) == len(weights) > 10, "no two at one place"
        assert [getattr(k, place) for k in in_place(place)] == sorted(weights, reverse=True)
    analysis = analyse(grid(together=0.0, threads=0.0, cv=0.002, times=10))
    for alert in analysis.alerts:
        kind = alert_kinds()[alert.kind]
        for name in kind.measured:
            assert canonical_unit(alert, f"values.{name}") == metric_of(alert.metric).unit
        for name in set(alert.values) - set(kind.measured):
            assert canonical_unit(alert, f"values.{name}") in ("", "share", "×")


def test_saturated_settings_are_told_with_their_bound_and_computed_again(grid) -> None:
    dataset = grid(together=0.0, threads=0.0, cv=0.002, times=10)
    analysis = analyse(dataset)
    (alert,) = [a for a in analysis.alerts if a.kind == "saturated"]
    desk = Desk(analysis, dataset)
    claim, group = say.alert(desk, alert), say.group(desk, groups(analysis)["saturated"])
    sheet = desk.sheet()
    assert claim is not None and group is not None
    for said in (claim, group):
        assert said.verdict == "SUPPORTED"
        assert check(said, sheet, analysis).verdict == "SUPPORTED"
    text = render_text(f"{{{{{claim.id}}}}}.", sheet)
    assert "num_ctx" in text and "3 settings" in text.replace("Over 3", "3") and "%" in text
    turned = claim.model_copy(
        update={"clause": claim.clause.replace("behave alike", "differ").replace("stays", "moves")}
    )
    assert check(turned, sheet, analysis).verdict == "REFUTED"
