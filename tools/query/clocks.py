"""By whose clock an answer's decode rate is, where a server's counters leave out time that a client waits."""

from __future__ import annotations

from chimera_report.tools.claims import tables
from chimera_report.tools.schema import Analysis, Answer

TOLD = (
    "what a client gets: this decode rate is by the server's counters, which leave out some of the time that a client "
    "waits; ask for the client's decode rate"
)


def by_whose_clock(made: Answer, analysis: Analysis) -> Answer:
    """The answer, with a word on the clock where its suites hold a client's rate that is clearly lower."""
    suites = {f.suite for f in made.sheet.facts if f.metric == "decode_rate"}
    if made.outcome != "answered" or not suites:
        return made
    server, client = (
        {
            (s.suite, s.subject, str(s.condition), s.level): getattr(s, tables.typical_field(s))
            for s in analysis.summaries
            if s.metric == metric and s.suite in suites and s.warm is not False
        }
        for metric in ("decode_rate", "client_decode_rate")
    )
    lower = any(tables.apart(value, client.get(place)) for place, value in server.items())
    return made.model_copy(update={"cannot": (*made.cannot, TOLD)}) if lower else made
