"""Statistics that are of one answer each."""

from __future__ import annotations

from chimera_report.tools.schema import Alert
from chimera_report.tools.statements.alerts.base import AlertKind
from chimera_report.tools.statements.explained import Explained


class SingleAnswers(AlertKind):
    kind = "single_answers"
    meaning = "percentiles and deviations that are of one answer each"
    doubt = 0.51
    no_group = "all of a folder are one alert"
    explained = Explained(
        "In nine of ten records and more, and in five at least, each percentile and extreme is the mean, and the "
        "deviation is 0.",
        "A p95 of one answer is that answer, and a deviation of 0 says nothing of how far repeats differ.",
        "Repeat each request several times.",
    )

    def frames(self, item: Alert) -> tuple[str, ...]:  # noqa: ARG002
        return (
            "in {v_records} of {v_of} results the percentiles and extremes are the mean: each is of one answer, so "
            "they show no spread, and differences of some per cent between two decide nothing",
        )
