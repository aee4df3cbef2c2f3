"""What an alert is made of: its words, alone and with the others of its kind.

The statistics find an alert, with its numbers in `values`; a frame shows them as `{v_<name>}`. A kind is one
file of this folder with one class.
"""

from __future__ import annotations

from collections.abc import Iterable

from chimera_report.tools.schema import Alert, Recipe, Result, Rows
from chimera_report.tools.statements.explained import Explained
from chimera_report.tools.statements.wording import NOTHING, Part, Wording, plural, title


class AlertGroup(Result):
    """The alerts of one kind together: how many there are, their files, and the sums of their counts."""

    kind: str
    alerts: tuple[str, ...]  # keys
    suites: tuple[str, ...]
    files: tuple[str, ...]
    totals: dict[str, int]

    def noun(self, name: str, noun: str, many: str = "") -> str:
        """The noun for the sum of that count."""
        return plural(self.totals.get(name, 0), noun, many)


class AlertKind:
    """One kind of alert. Subclass it, one file a kind."""

    kind: str = ""
    meaning: str = ""  # for a list of what is checked: "files with the same content"
    explained: Explained | None = None  # how it is found, what it does to the numbers, what helps
    measured: tuple[str, ...] = ()  # of its values, those in the unit of its metric
    doubt: float = 0.0  # its place among the doubts of a report, the greatest first; 0: the appendix alone tells it
    listed: float = 0.0  # its place in the appendix, where all of its kind are told in one sentence; 0: not there
    no_group: str = ""  # why nothing is said of several together
    actions: tuple[str, ...] = ()  # what can be recommended about one

    def frames(self, item: Alert) -> tuple[str, ...]:
        """The wordings of one alert; a frame whose roles an alert lacks is passed over."""
        raise NotImplementedError

    def together(self, item: AlertGroup) -> tuple[str, ...]:  # noqa: ARG002
        """The wordings of all alerts of the kind together."""
        return ()

    def roles(self, item: Alert) -> dict[str, Part]:  # noqa: ARG002
        """Roles beyond those that every alert has."""
        return {}

    def action_frames(self, action: str, item: Alert) -> tuple[str, ...]:  # noqa: ARG002
        """The imperative wordings of one of `actions`."""
        return ()

    def action_wording(self, action: str, item: Alert) -> Wording:
        """The sentences that ask for one of the kind's `actions`; NOTHING for any other."""
        frames = self.action_frames(action, item) if action in self.actions else ()
        return Wording(frames, roles_of(item)) if frames else NOTHING

    def wording(self, item: Alert) -> Wording:
        """The sentences that tell one alert, with the parts of it that fill them."""
        return Wording(self.frames(item), roles_of(item) | self.roles(item))

    def group_wording(self, item: AlertGroup) -> Wording:
        """The sentences that tell all alerts of the kind at once; NOTHING where the kind has none."""
        found: dict[str, Part] = {f"t_{name}": (item, f"totals.{name}") for name in item.totals}
        found |= {"alerts": (item, "#alerts"), "suites": (item, "#suites"), "files": (item, "#files")}
        frames = self.together(item)
        return Wording(frames, found) if frames else NOTHING


def roles_of(item: Alert) -> dict[str, Part]:
    """What a frame of any alert can show: v_<name> for its values, its files, names and counts."""
    found: dict[str, Part] = {f"v_{name}": (item, f"values.{name}") for name in item.values}
    found |= {"files": (item, "#files"), "factor": (item, "factor")}
    for name in ("suite", "subject"):
        if getattr(item, name):
            found[name] = (item, name)
    for place in range(min(len(item.files), 2)):
        found[f"file{place}"] = (item, f"files.{place}")
    return found


def of_place(item: Alert) -> str:
    """What the alert is about, as the middle of a frame."""
    return (" of {subject}" if item.subject else "") + (" in suite {suite}" if item.suite else "")


def among(item: Alert) -> str:
    """Whose the records are that were found among all of a suite: " in suite {suite}, of {subject},"."""
    return (" in suite {suite}" if item.suite else "") + (", of {subject}," if item.subject else "")


def name_of(item: Alert) -> str:
    """The metric as prose names it."""
    return title(item.metric) if item.metric else "value"


def group(kind: str, found: Iterable[Alert]) -> AlertGroup:
    """The group of these alerts, all of one kind, in their order."""
    items = list(found)
    totals: dict[str, int] = {}
    places: dict[str, tuple[set[int], set[str]]] = {}
    for item in items:
        for name, value in item.values.items():
            if isinstance(value, int) and not isinstance(value, bool):
                totals[name] = totals.get(name, 0) + value
        for row in item.rows:
            records, columns = places.setdefault(row.source, (set(), set()))
            records.update(row.records)
            columns.update(row.columns)
    return AlertGroup(
        recipe=Recipe(function="claims.alerts", args={"kind": kind, "keys": [a.key for a in items]}),
        rows=tuple(
            Rows(source=path, records=tuple(sorted(records)), columns=tuple(sorted(columns)))
            for path, (records, columns) in sorted(places.items())
        ),
        kind=kind,
        alerts=tuple(a.key for a in items),
        suites=tuple(dict.fromkeys(a.suite for a in items if a.suite)),
        files=tuple(dict.fromkeys(f for a in items for f in a.files)),
        totals=totals,
    )
