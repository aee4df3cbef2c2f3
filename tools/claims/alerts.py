"""Clauses about the data itself: alerts, groups of alerts of a kind, and what the inventory counts.

An alert's numbers come in by the names that the statistics give them (`values`); a frame whose numbers an alert lacks
is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable

from chimera_report.tools.claims.frames import Licence, title
from chimera_report.tools.schema import Alert, Analysis, Inventory, Recipe, Result, Rows

Roles = dict[str, tuple[Result, str]]


class AlertGroup(Result):
    """The alerts of one kind together: how many there are, their files, and the sums of their counts."""

    kind: str
    alerts: tuple[str, ...]  # keys
    suites: tuple[str, ...]
    files: tuple[str, ...]
    totals: dict[str, int]


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


def groups(analysis: Analysis) -> dict[str, AlertGroup]:
    """Kind → the group of all alerts of that kind."""
    kinds = dict.fromkeys(a.kind for a in analysis.alerts)
    return {kind: group(kind, (a for a in analysis.alerts if a.kind == kind)) for kind in kinds}


# --- one alert ------------------------------------------------------------------------------------------------------


def roles(item: Alert) -> Roles:
    """What a frame of an alert can show: v_<name> for its values, its files, names and counts."""
    found: Roles = {f"v_{name}": (item, f"values.{name}") for name in item.values}
    found |= {"files": (item, "#files"), "factor": (item, "factor")}
    for name in ("suite", "subject"):
        if getattr(item, name):
            found[name] = (item, name)
    for place in range(min(len(item.files), 2)):
        found[f"file{place}"] = (item, f"files.{place}")
    return found


def licence(item: Alert) -> Licence:
    """The wordings of an alert's kind."""
    of = (" of {subject}" if item.subject else "") + (" in suite {suite}" if item.suite else "")
    name = title(item.metric) if item.metric else "value"
    return Licence(_frames(item, of, name), roles(item))


def _frames(item: Alert, of: str, name: str) -> tuple[str, ...]:
    match item.kind:
        case "duplicate_files":
            return ("{file1} has the same content as {file0}", "{file0} and {file1} have the same content")
        case "duplicate_measurements":
            return (
                "{v_records} of {v_of} records in {file1} stand in {file0} too",
                "{file1} repeats {v_records} records of {file0}",
            )
        case "derived_aggregate":
            return (
                f"{{v_aggregates}} aggregates{of} in {{v_left_out}} are computed from samples at hand",
                f"{{v_left_out}} holds {{v_aggregates}} aggregates{of} that its samples give again",
            )
        case "derived_metric":
            return (f"the {name}{of} is computed as {{v_formula}} in {{v_records}} of {{v_of}} records",)
        case "cold_start":
            return (
                f"{{v_cold}} of the records{of} hold a cold start, {{v_warm}} are warm",
                f"{{v_cold}} cold starts stand beside {{v_warm}} warm records{of}",
            )
        case "aliased_factor" if item.values.get("with") == "cold start" and "levels" in item.values:
            return (
                f"the cold starts{of} coincide with {{factor}} {{v_levels}}",
                f"the cold starts{of} are at {{factor}} {{v_levels}}",
            )
        case "aliased_factor":
            return (f"{{factor}}{of} cannot be told from {{v_with}}",)
        case "errors" if not item.values.get("timeouts"):
            return (
                f"{{v_failed}} of {{v_records}} records{of} failed{_why(item)}",
                f"{{v_failed}} of {{v_records}} runs{of} ended in an error{_why(item)}",
            )
        case "errors" if item.values["timeouts"] == item.values["failed"]:
            return (f"{{v_timeouts}} of {{v_records}} records{of} timed out{_again(item)}",)
        case "errors":
            return (
                f"{{v_failed}} of {{v_records}} records{of} failed, {{v_timeouts}} of them by a timeout{_again(item)}",
            )
        case "too_few_runs" | "few_sessions":
            return (f"{{v_records}} records over {{v_conditions}} conditions{of} come from {{v_runs}} runs",)
        case "contradiction":
            given = " with {v_condition}" if item.values.get("condition") else ""
            return (
                f"{{file0}} states a {name} of {{v_stated}}{of}{given}, the measurements give {{v_measured}}",
                f"the {name}{of}{given} is {{v_measured}} as measured and {{v_stated}} as {{file0}} states it",
            )
        case "slow_first_run":
            return (f"the {name}{of} is {{v_first}} in the first run and {{v_others}} in the others",)
        case "trend":
            verb = "rises" if item.values.get("direction") == "rises" else "falls"
            return (
                f"the {name}{of} {verb} over the order of {{v_n}} runs, to {{v_ratio:number}} times its first level",
            )
        case "outliers":
            lie = plural(int(item.values.get("outliers", 0)), "lies", "lie")
            return (
                f"{{v_outliers}} of {{v_of}} values of the {name}{of} {lie} far from the others, {{v_value}} against a "
                "median of {v_median}",
            )
        case "mixed_definitions":
            return (f"the {name}{of} stands under {{v_count}} definitions, which are kept apart",)
        case "unit_in_doubt":
            whose = " of {subject}" if item.subject else ""
            return (
                f"the {name}{whose} is {{v_highest}} in {{file0}} and {{v_lowest}} in {{file1}}, "
                "as far apart as seconds and milliseconds",
            )
        case "constant_column":
            return (f"the {name}{of} is {{v_value}} in each of {{v_records}} records",)
        case "implausible":
            return (
                f"{{v_values}} of {{v_of}} values of the {name}{of} cannot be true: {{v_rule}}",
                f"the {name}{of} holds {{v_values}} values that cannot be true, {{v_rule}}",
            )
        case "change_point":
            return (
                f"the {name}{of} moves to another level at run {{v_run}} of {{v_of}}, from {{v_before}} to {{v_after}}",
                f"from run {{v_run}} of {{v_of}} on, the {name}{of} is at {{v_after}} in place of {{v_before}}",
            )
        case "throttling" if item.values.get("sign") == "clock":
            return (
                f"the clock fell in {{v_records}} of {{v_of}} records{of} at full heat or power, to {{v_lowest}} "
                "against {v_others} in the others",
            )
        case "throttling":
            return (
                f"the clock was throttled in {{v_records}} of {{v_of}} records{of}",
                f"{{v_records}} of {{v_of}} records{of} ran on a throttled clock",
            )
        case "short_telemetry":
            return (f"the telemetry window is too short in {{v_records}} of {{v_of}} records{of}",)
        case "high_cv":
            return (f"the {name}{of} varies with a CV of {{v_cv}} over {{v_n}} records",)
        case "unreadable" if item.values.get("status") == "skipped":
            return (
                "{files} files were left out, {file0} among them" if len(item.files) > 1 else "{file0} was left out",
            )
        case "unreadable":
            return ("{files} files were read in part",)
        case _:
            return ()


def _why(item: Alert) -> str:
    """The reason that most failures give, and what became of them."""
    most = item.values.get("with_reason", 0) != item.values["failed"]
    said = (
        ""
        if "reason" not in item.values
        else ", {v_with_reason} of them with {v_reason}"
        if most
        else " with {v_reason}"
    )
    return said + _again(item)


def _again(item: Alert) -> str:
    """That a later run under the same conditions succeeded."""
    count = int(item.values.get("repeated", 0))
    if not count:
        return ""
    if count == item.values["failed"]:
        return ", and a later run under the same conditions succeeded"
    return f", and {{v_repeated}} of them {plural(count, 'was', 'were')} repeated later with success"


# --- a group of alerts ----------------------------------------------------------------------------------------------


def plural(count: int, noun: str, many: str = "") -> str:
    """The noun for that count; the count itself comes in as a placeholder beside it."""
    return noun if count == 1 else many or noun + "s"


def group_licence(item: AlertGroup) -> Licence:
    """The wordings of all alerts of a kind together."""
    found: Roles = {f"t_{name}": (item, f"totals.{name}") for name in item.totals}
    found |= {"alerts": (item, "#alerts"), "suites": (item, "#suites"), "files": (item, "#files")}
    return Licence(_group_frames(item), found)


def _group_frames(item: AlertGroup) -> tuple[str, ...]:
    def total(name: str, noun: str, many: str = "") -> str:
        return plural(item.totals.get(name, 0), noun, many)

    suites = plural(len(item.suites), "suite")
    cases = plural(len(item.alerts), "combination")
    match item.kind:
        case "duplicate_files":
            copy = total("copies", "file is a copy of another", "files are copies of others")
            left = total("copies", "copy of another file is", "copies of other files are")
            return (f"{{t_copies}} {copy}", f"{{t_copies}} {left} left out of every statistic")
        case "duplicate_measurements":
            stand, repeat = (
                total("records", "record stands", "records stand"),
                total("records", "record repeats", "records repeat"),
            )
            return (
                f"{{t_records}} {stand} in more than a single file",
                f"{{t_records}} {repeat} measurements of another file",
            )
        case "derived_aggregate":
            noun = total("aggregates", "aggregate")
            return (
                f"{{t_aggregates}} {noun} {total('aggregates', 'is', 'are')} computed from samples at hand",
                f"{{t_aggregates}} {noun} {total('aggregates', 'repeats', 'repeat')} what the samples at hand give",
            )
        case "errors":
            noun = total("failed", "record")
            return (
                f"{{t_failed}} {noun} failed, in {{suites}} {suites}",
                f"{{suites}} {suites} {plural(len(item.suites), 'holds', 'hold')} {{t_failed}} failed {noun}",
            )
        case "cold_start":
            return (
                f"{{t_cold}} {total('cold', 'record holds', 'records hold')} a cold start beside {{t_warm}} warm "
                + total("warm", "record"),
                f"{{t_cold}} cold {total('cold', 'start is', 'starts are')} kept apart from {{t_warm}} warm "
                + total("warm", "record"),
            )
        case "too_few_runs":
            have = plural(len(item.alerts), "has", "have")
            return (
                f"{{alerts}} {cases} of system and suite {have} too few runs for a spread between runs",
                f"too few runs stand behind {{alerts}} {cases} of system and suite",
            )
        case "few_sessions":
            return (
                f"the records of {{alerts}} {cases} of system and suite come from too few sessions "
                "to show how sessions differ",
            )
        case "contradiction":
            noun = total("contradicted", "number")
            return (
                f"{{t_contradicted}} {noun} stated in documents {total('contradicted', 'contradicts', 'contradict')} "
                "the measurements",
                f"the measurements contradict {{t_contradicted}} {noun} stated in documents",
            )
        case "derived_metric":
            return (
                f"in {{suites}} {suites} a metric is computed from others of its records, and not correlated with them",
            )
        case "slow_first_run":
            return (f"in {{alerts}} series of {{suites}} {suites} the first run is far from the others",)
        case "trend":
            return (
                f"{{alerts}} series of {{suites}} {suites} move over the order of the runs",
                f"over the order of the runs, {{alerts}} series of {{suites}} {suites} move",
            )
        case "outliers":
            lie = total("outliers", "value lies", "values lie")
            kept = total("outliers", "is", "are")
            return (f"{{t_outliers}} {lie} far from the others of the same series, and {kept} kept",)
        case "mixed_definitions":
            return (f"in {{suites}} {suites} a metric stands under several definitions, which are kept apart",)
        case "unit_in_doubt":
            return (f"the unit of {{alerts}} {plural(len(item.alerts), 'time')} is in doubt",)
        case "constant_column":
            return (f"{{alerts}} columns of {{suites}} {suites} hold the same number in each record",)
        case "implausible":
            return (
                f"{{t_values}} {total('values', 'value')} of {{suites}} {suites} cannot be true",
                f"{{suites}} {suites} {plural(len(item.suites), 'holds', 'hold')} {{t_values}} "
                f"{total('values', 'value')} that cannot be true",
            )
        case "throttling":
            return (
                f"the clock was slowed in {{t_records}} {total('records', 'record')}",
                f"{{t_records}} {total('records', 'record')} ran on a slowed clock",
            )
        case "change_point":
            return (
                f"{{alerts}} series of {{suites}} {suites} {plural(len(item.alerts), 'moves', 'move')} to another "
                "level between runs",
            )
        case "short_telemetry":
            return (f"the telemetry window is too short in {{t_records}} {total('records', 'record')}",)
        case "unreadable":
            noun = plural(len(item.files), "file was", "files were")
            return (f"{{files}} {noun} read in part or left out",)
        case _:
            return ()


# --- the inventory --------------------------------------------------------------------------------------------------


def inventory(item: Inventory) -> Licence:
    """What the folder holds."""
    found: Roles = {
        "files": (item, "files"),
        "records": (item, "records"),
        "measurements": (item, "measurements"),
        "suites": (item, "#suites"),
        "subjects": (item, "#subjects"),
        "metrics": (item, "#metrics"),
        "parsed": (item, "by_status.parsed"),
        "partial": (item, "by_status.partial"),
        "skipped": (item, "by_status.skipped"),
    }
    files, suites = plural(item.files, "file"), plural(len(item.suites), "suite")
    values = plural(item.measurements, "value")
    if not item.metrics:  # nothing measured: at most what documents state
        was = plural(item.measurements, "was", "were")
        stated = (
            f"the folder holds {{files}} {files}, and documents state {{measurements}} {values}",
            f"documents state {{measurements}} {values} in {{files}} {files}",
            f"{{measurements}} stated {values} {was} read from {{files}} {files}",
        )
        nothing = (
            f"the folder holds {{files}} {files}, and {{measurements}} {values} were read",
            f"{{measurements}} {values} were read from {{files}} {files}",
            f"{{files}} {files} gave {{measurements}} {values}",
        )
        return Licence(stated if item.measurements else nothing, found)
    metrics, records = plural(len(item.metrics), "metric"), plural(item.records, "record")
    return Licence(
        (
            f"the folder holds {{files}} {files} with {{measurements}} {values} of {{metrics}} {metrics} "
            f"in {{suites}} {suites}",
            f"{{measurements}} {values} of {{metrics}} {metrics} were read from {{files}} {files}",
            f"the analysis rests on {{measurements}} {values} from {{records}} {records} in {{files}} {files}",
        ),
        found,
    )
