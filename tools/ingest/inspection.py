"""What a folder was read as, for a person: files of one reading together, with systems, work, metrics, n and failures.

Also drafts `chimera.toml`, with a line for each thing that was not understood or only guessed.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chimera_report.tools.metrics import metric
from chimera_report.tools.schema import ASSUMED, FACTOR, PASSES, Assignment, Dataset, Json, KnownBy, Role, Source

from .mapping import NAME

if TYPE_CHECKING:
    import pandas as pd

INSPECT_SCHEMA = "chimera-report/inspect/1"
# How an assignment is known, as a clause behind it.
HOW: dict[KnownBy, str] = {
    KnownBy.MAPPING: f"as {NAME} says",
    KnownBy.FORMAT: "the format declares it",
    KnownBy.UNIT: "the header names the unit",
    KnownBy.NAME: "a registered name",
    KnownBy.COMPANION: "a companion file whose numbers agree",
    KnownBy.PROPOSAL: "a model's proposal that was accepted",
    KnownBy.PATH: "guessed from the path",
    KnownBy.VALUES: "guessed from the values",
    KnownBy.ASSUMED: "assumed: nothing says so",
    KnownBy.NOTHING: "not understood",
}
_SHOWN = 8  # levels of a factor


@dataclass(frozen=True, slots=True)
class Group:
    """Files that were read alike."""

    sources: tuple[Source, ...]
    assignments: tuple[Assignment, ...]
    suites: tuple[str, ...]
    systems: tuple[str, ...]
    factors: dict[str, tuple[str, ...]]  # factor → its levels in these files
    counts: tuple[int, ...]  # the numbers of observations that values rest on
    failures: dict[str, int]  # reason → records
    aside: dict[str, int]  # reason → values that were kept apart

    @property
    def unknown(self) -> tuple[Assignment, ...]:
        return tuple(a for a in self.assignments if a.role is Role.UNKNOWN and not a.means)

    @property
    def guessed(self) -> tuple[Assignment, ...]:
        return tuple(a for a in self.assignments if a.guess or (a.role is Role.UNKNOWN and a.means))


def inspect(dataset: Dataset) -> tuple[Group, ...]:
    """The files of the dataset, those of one reading together, in the order of their first paths."""
    groups: dict[tuple[Any, ...], list[Source]] = {}
    for source in dataset.sources:
        key = (source.format, source.status, source.reason, source.role, tuple(_kind(a) for a in source.reading))
        groups.setdefault(key, []).append(source)
    of = dict(list(dataset.table.groupby("source")))
    empty = dataset.table.iloc[:0]
    return tuple(_group(dataset, sources, of, empty) for sources in groups.values())


def _kind(a: Assignment) -> tuple[str, ...]:
    """What two files have to have in common: the levels of a factor may differ, and the word of a path."""
    name = a.name.partition(":")[0] if a.known_by is KnownBy.PATH else a.name
    return name, a.role, a.known_by, a.means, a.stat, a.unit


def _group(dataset: Dataset, sources: list[Source], of: dict[Any, pd.DataFrame], empty: pd.DataFrame) -> Group:
    import pandas as pd

    tables = [of[s.path] for s in sources if s.path in of]
    rows = pd.concat(tables) if tables else empty
    failed = rows[~rows["status"].isin(["ok", "set aside"])].drop_duplicates(["source", "record"])
    aside = rows[rows["status"] == "set aside"]
    levels = {}
    for name in dataset.factors:
        found = rows[FACTOR + name].dropna().unique()
        if len(found):
            levels[name] = tuple(str(v) for v in found)
    first: dict[tuple[str, str, str], Assignment] = {}
    for source in sources:
        for a in source.reading:
            first.setdefault((a.name.partition(":")[0] if a.known_by is KnownBy.PATH else a.name, a.means, a.stat), a)
    return Group(
        sources=tuple(sources),
        assignments=tuple(first.values()),
        suites=tuple(str(v) for v in rows["suite"].unique() if v),
        systems=tuple(str(v) for v in rows["subject"].unique() if v),
        factors=levels,
        counts=tuple(sorted({int(n) for n in rows.loc[rows["status"] == "ok", "n"].dropna().unique()})),
        failures=dict(Counter(str(m) or "no reason given" for m in failed["message"]).most_common()),
        aside=dict(Counter(str(m) for m in aside["message"]).most_common()),
    )


def as_json(dataset: Dataset, groups: tuple[Group, ...]) -> Json:
    """The same for programs; see docs/readings.md."""
    return {
        "schema": INSPECT_SCHEMA,
        "path": dataset.root,
        "groups": [
            {
                "files": [s.path for s in g.sources],
                "format": g.sources[0].format,
                "status": g.sources[0].status,
                "reason": g.sources[0].reason,
                "records": sum(s.records for s in g.sources),
                "values": sum(s.measurements for s in g.sources),
                "suites": list(g.suites),
                "systems": list(g.systems),
                "factors": {f: {"role": dataset.role_of(f).value, "levels": list(v)} for f, v in g.factors.items()},
                "n": list(g.counts),
                "failures": g.failures,
                "set_aside": g.aside,
                "columns": [a.model_dump(mode="json") for a in g.assignments],
            }
            for g in groups
        ],
    }


def as_text(dataset: Dataset, groups: tuple[Group, ...]) -> str:
    """The same for a person, a block a group."""
    return "\n\n".join(_block(dataset, g) for g in groups)


def _block(dataset: Dataset, group: Group) -> str:
    head = group.sources[0]
    more = len(group.sources) - 1
    lines = [head.path + (f" and {more} more {'file' if more == 1 else 'files'} like it" if more else "")]
    records = sum(s.records for s in group.sources)
    if head.role == "none":
        return f"{lines[0]}\n  {head.status if head.status != 'parsed' else 'read'}: {head.reason or 'nothing in it'}"
    what = f"{head.format or 'unknown format'}, {records} records" + (
        f", {head.status}: {head.reason}" if head.reason else ""
    )
    lines.append(f"  {'format':<12}{what}")
    if head.role == "document":
        lines.append(f"  {'document':<12}what it states is no measurement")
    lines += _told("system", list(group.systems), _of(group, Role.SYSTEM, "subject"))
    if not group.systems:
        lines.append(f"  {'system':<12}none: nothing in the file or its name says whose numbers these are")
    for factor, levels in group.factors.items():
        source = [a for a in group.assignments if a.means == factor]
        lines += _told(dataset.role_of(factor).value, list(levels), source, title=factor)
    metrics = [a for a in group.assignments if a.role in (Role.METRIC, Role.OUTCOME) and a.means]
    lines += [
        _metric(name, [a for a in metrics if a.means == name]) for name in dict.fromkeys(a.means for a in metrics)
    ]
    if group.suites:
        lines.append(f"  {'suite':<12}{', '.join(group.suites)}")
    if group.counts:
        n = [str(c) for c in group.counts]
        lines.append(f"  {'n':<12}{', '.join(n) if len(n) <= _SHOWN else f'{n[0]} to {n[-1]}'} a value")
    for reason, count in list(group.failures.items())[:_SHOWN]:
        lines.append(f"  {'failed':<12}{count} records: {_short(reason)}")
    for reason, count in list(group.aside.items())[:_SHOWN]:
        lines.append(f"  {'set aside':<12}{count} values: {_short(reason)}")
    for note in (ASSUMED, PASSES):
        if told := list(dict.fromkeys(a.name for a in group.assignments if a.note == note)):
            lines.append(f"  {'note':<12}{', '.join(told)}: {note}")
    if unknown := [a.name for a in group.unknown]:
        lines.append(f"  {'unknown':<12}{', '.join(unknown)}")
    return "\n".join(lines)


def _of(group: Group, role: Role, means: str) -> list[Assignment]:
    return [a for a in group.assignments if a.role is role and a.means == means]


def _told(role: str, levels: list[str], source: list[Assignment], *, title: str = "") -> list[str]:
    if not levels:
        return []
    shown = ", ".join(_short(v) for v in levels[:_SHOWN]) + (
        f", … ({len(levels)} in all)" if len(levels) > _SHOWN else ""
    )
    how = f"  [{source[0].name}: {HOW[source[0].known_by]}]" if source else ""
    return [f"  {role:<12}{f'{title} = ' if title else ''}{shown}{how}"]


def _metric(name: str, found: list[Assignment]) -> str:
    known = metric(name)
    stats = ", ".join(dict.fromkeys(a.stat for a in found))
    head = found[0]
    unit = ""
    if head.unit:
        unit = f" in {head.unit}" + (f" ({HOW[head.unit_known_by]})" if head.unit_known_by else "")
    definition = head.definition or known.definition
    columns = ", ".join(dict.fromkeys(a.name for a in found[:3])) + (", …" if len(found) > 3 else "")
    return f"  {'metric':<12}{known.title} ({stats}){unit}  [{columns}]: {definition}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else line[:79] + "…"


def draft_map(groups: tuple[Group, ...]) -> str:
    """A `chimera.toml` to correct: a line for each column that was not understood, and one, commented out, for each
    guess. It changes nothing as it stands."""
    lines = [
        f"# {NAME}: what the columns, files and names of this folder mean. It goes before everything else.",
        f"# Roles: {', '.join(r.value for r in Role)}.",
        "",
        "# Files that are not read, by path.",
        "leave_out = []",
        "",
        "[columns]",
    ]
    unknown: dict[str, Assignment] = {}
    guessed: dict[str, Assignment] = {}
    for group in groups:
        for a in group.unknown:
            unknown.setdefault(a.name, a)
        for a in group.guessed:
            if a.known_by is not KnownBy.PATH:
                guessed.setdefault(a.name, a)
    if unknown:
        lines.append("# Not understood: give each its role, and a metric its unit.")
    lines += [f'{json.dumps(_leaf(name))} = {{ role = "unknown" }}' for name in _once(unknown)]
    if guessed:
        lines.append("# Guessed: take the # away to change one.")
    for name in _once(guessed):
        a = guessed[name]
        role = Role.SETTING if a.role is Role.UNKNOWN else a.role  # it groups the records, and nothing says as what
        parts = [f'role = "{role.value}"'] + ([f"means = {json.dumps(a.means)}"] if a.means else [])
        parts += [f"unit = {json.dumps(a.unit)}"] if a.role is Role.METRIC and a.unit else []
        lines.append(f"# {json.dumps(_leaf(name))} = {{ {', '.join(parts)} }}")
    lines += ["", "# What the files of a pattern are of."]
    for group in groups:
        if group.sources[0].role == "data" and not group.systems:
            lines.append(f"# [files.{json.dumps(group.sources[0].path)}]")
            lines.append('# system = "name of the model or system"')
    for a in {a.name: a for g in groups for a in g.assignments if a.known_by is KnownBy.PATH}.values():
        lines.append(f"# {json.dumps(a.name)} was read as {a.role.value} {a.means} = {', '.join(a.values)}")
    lines += ["", "# Spellings of one system.", "[names]", ""]
    return "\n".join(lines)


def _leaf(name: str) -> str:
    return name.removeprefix("../")


def _once(found: dict[str, Assignment]) -> list[str]:
    """Names that the mapping would take for one another stand once."""
    from chimera_report.tools.metrics import normalise

    return list({normalise(_leaf(name)): name for name in reversed(list(found))}.values())[::-1]
