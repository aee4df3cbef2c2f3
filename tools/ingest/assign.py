"""What each column, key and part of the path of a file was read as, and how that is known: its reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from chimera_report.tools.metrics import METRICS, STATS, UNITS, Resolved, metric, normalise, resolve
from chimera_report.tools.schema import Assignment, KnownBy, Role, listed, named_role, role_of_levels

from .failure_names import counts_failures
from .mapping import NOTHING, ColumnRule, FolderMap
from .reading import ABOVE, GIVEN, STEP
from .rows import Coded, Rows

if TYPE_CHECKING:
    from .columns import Columns
    from .identify import FileTable

_SHOWN = 6  # levels of a factor that a reading names
_LONGEST = 60  # characters of each
_UNITS = {unit for units in UNITS.values() for unit in units}
_SPELT_BY_NAME = frozenset(("tokens", "requests", "characters", "tokens/s", "1/s"))  # what is counted, the name says
_BINARY = "counted as 2³⁰ bytes a GB, as the tools that write it do; a file that writes GiB too means 10⁹"
_COMPANION = ("sibling", "companion")


def of_columns(
    found: Columns, kinds: dict[str, Resolved], factors: dict[str, Coded], counting: frozenset[str] = frozenset()
) -> list[Assignment]:
    """The assignments of a table's columns: `found` by name, `factors` with those that their values gave; `counting`
    are columns that only number the rows."""
    out: list[Assignment] = []
    for names, role in (
        (found.subject, Role.SYSTEM),
        (found.error, Role.ERROR),
        (found.success, Role.STATUS),
        (found.started, Role.TIME),
        (found.count, Role.COUNT),
    ):
        known = KnownBy.VALUES if role is Role.SYSTEM else KnownBy.NAME
        out += [
            Assignment(
                name=shown(c),
                role=role,
                known_by=known if c.startswith(GIVEN) else KnownBy.NAME,
                means="subject" if role is Role.SYSTEM else "",
            )
            for c in names
        ]
    out += [
        Assignment(name=shown(c), role=Role.LABEL, known_by=KnownBy.NAME, note="the text of an answer")
        for c in found.text
    ]
    out += [
        Assignment(name=shown(c), role=Role.LABEL, known_by=KnownBy.VALUES, note="another column says what counts")
        for c in found.labels
    ]
    if found.run:
        out.append(Assignment(name=shown(found.run), role=Role.REPLICATE, known_by=KnownBy.NAME, means="run"))
    by_name = {column: factor for factor, column in found.factors.items()}
    for column, factor in by_name.items():
        out.append(_factor(shown(column), factor, factors[factor].used if factor in factors else []))
    for column, meaning in kinds.items():
        unit = unit_of(meaning)
        out.append(
            Assignment(
                name=shown(column),
                role=Role.METRIC,
                known_by=KnownBy.NAME if meaning.metric in METRICS else KnownBy.ASSUMED,
                means=meaning.metric,
                stat=meaning.stat,
                definition=meaning.definition,
                unit=unit,
                unit_known_by=_unit_known_by(column, meaning) if unit else None,
                note=_BINARY if unit in ("gb", "mb", "tb", "kb") else "",
            )
        )
    for column in found.rest:
        if column in counting and named_role(column.rpartition(STEP)[2]) is Role.UNKNOWN:
            out.append(
                Assignment(name=shown(column), role=Role.LABEL, known_by=KnownBy.VALUES, note="it numbers the rows")
            )
            continue
        if counts_failures(column.rpartition(STEP)[2]):
            note = "how many requests failed or were sent"
            out.append(Assignment(name=shown(column), role=Role.ERROR, known_by=KnownBy.NAME, note=note))
            continue
        role = named_role(column.rpartition(STEP)[2])
        if role in (Role.METRIC, Role.UNKNOWN):
            out.append(Assignment(name=shown(column), role=Role.UNKNOWN, known_by=KnownBy.NOTHING))
        else:
            out.append(Assignment(name=shown(column), role=role, known_by=KnownBy.NAME, note="not used"))
    said = {shown(c): rule for c, rule in found.ruled.items()}
    out = [a if a.name not in said else ruled(a, said[a.name]) for a in out]
    named = {a.name for a in out}
    return out + [Assignment(name=n, role=r.role, known_by=r.known_by) for n, r in said.items() if n not in named]


def ruled(found: Assignment, rule: ColumnRule) -> Assignment:
    """An assignment as the user, or a proposal that a person accepted, corrects it."""
    update: dict[str, object] = {"role": rule.role, "known_by": rule.known_by}
    if rule.unit:
        update |= {"unit": rule.unit, "unit_known_by": rule.known_by}
    return found.model_copy(update=update)


def _unit_known_by(column: str, meaning: Resolved) -> KnownBy:
    """The header names the unit, or the file's other columns or values tell it, or it is the usual one."""
    above, _, leaf = column.rpartition(STEP)
    if normalise(leaf) in STATS:  # `latency_ms/p50`: the step above names what it is of, and the unit
        leaf = f"{leaf} {above.rpartition(STEP)[2]}"
    words = normalise(leaf.replace("%", " percent ")).split("_")
    spelt = any(
        "_".join(words[i:j]) in _UNITS for i in range(len(words)) for j in range(i + 1, min(i + 4, len(words) + 1))
    )
    alone = resolve(leaf)
    if meaning.explicit and alone is not None and not alone.explicit:
        return KnownBy.VALUES
    if meaning.explicit and (spelt or metric(meaning.metric).unit in _SPELT_BY_NAME):
        return KnownBy.UNIT
    return KnownBy.ASSUMED


def by_values(column: str, factor: str, levels: list[str]) -> Assignment:
    """A factor that its values gave: a registered name too where the column is called so, else one that they tell."""
    name = normalise(column.rpartition(STEP)[2])
    known_by = KnownBy.NAME if listed(name) and name == factor else KnownBy.VALUES
    return _factor(shown(column), factor, levels, known_by)


def _factor(name: str, factor: str, levels: list[str], known_by: KnownBy = KnownBy.NAME) -> Assignment:
    role = named_role(factor)
    if role is Role.UNKNOWN:
        role, known_by = role_of_levels(levels), KnownBy.VALUES
    return Assignment(name=name, role=role, known_by=known_by, means=factor, values=some(levels))


def some(levels: Iterable[str]) -> tuple[str, ...]:
    """The first few levels, cut where they are long."""
    few = [v for v, _ in zip(levels, range(_SHOWN), strict=False)]
    return tuple(_kept(v if len(v) <= _LONGEST else v[: _LONGEST - 1] + "…") for v in few)


def shown(column: str) -> str:
    """A column's name as the file has it: "/" between the steps of a path, "../" before one that was inherited."""
    return _kept(column.replace(ABOVE, "../").replace(STEP, "/").removeprefix(GIVEN))


def _kept(text: str) -> str:
    """Text that every store keeps as it is: no NUL, no lone surrogates."""
    return (
        text
        if text.isascii() and "\0" not in text
        else text.replace("\0", "␀").encode("utf-8", "backslashreplace").decode()
    )


def unit_of(meaning: Resolved) -> str:
    """The unit that the values were read in: the canonical one, or the one that the factor belongs to."""
    unit = metric(meaning.metric).unit
    if not unit or meaning.factor == 1.0:
        return unit
    return next((name for name, factor in UNITS.get(unit, {}).items() if factor == meaning.factor), unit)


def of_rows(rows: Rows) -> Iterator[Assignment]:
    """The assignments of rows that the reader of a known format made: the format declares what each is."""
    for kind in rows.kinds:
        if kind.metric == "request":
            continue
        yield Assignment(
            name=_kept(kind.column),
            role=Role.METRIC,
            known_by=KnownBy.FORMAT,
            means=kind.metric,
            stat=kind.stat,
            definition=kind.definition,
            unit=metric(kind.metric).unit,
            unit_known_by=KnownBy.FORMAT if metric(kind.metric).unit else None,
        )
    for name, levels in rows.factors.items():
        yield _factor(name, name, levels.used, KnownBy.FORMAT)
    if rows.used("subject") and not set(rows.used("subject_from")) & {"file name", *_COMPANION}:
        yield Assignment(name="model", role=Role.SYSTEM, known_by=KnownBy.FORMAT, means="subject")


def reading_of(file: FileTable, mapping: FolderMap = NOTHING) -> tuple[Assignment, ...]:
    """The reading of a file: one assignment a name and meaning, in the order of the file."""
    out: dict[tuple[str, str, str], Assignment] = {}
    of_path = {a.means for a in file.told}
    for rows in file.rows:
        for a in rows.told or of_rows(rows):
            if a.known_by is KnownBy.FORMAT and a.role is not Role.METRIC and a.means in of_path and a.name == a.means:
                continue  # the path told it, not the format
            out.setdefault((a.name, a.means, a.stat), a)
        where = set(rows.used("subject_from"))
        if "file name" in where:
            out["file name", "subject", ""] = Assignment(
                name="file name", role=Role.SYSTEM, known_by=KnownBy.PATH, means="subject", values=some(file.subjects)
            )
        if where & set(_COMPANION):
            out["companion", "subject", ""] = Assignment(
                name="companion file",
                role=Role.SYSTEM,
                known_by=KnownBy.COMPANION,
                means="subject",
                values=some(file.subjects),
            )
    for a in file.told:
        out[a.name, a.means, a.stat] = a
    for key, a in out.items():  # of a known format, the roles alone can be corrected
        rule = mapping.column(a.name, a.name.rpartition("/")[2])
        if rule is not None and a.known_by is KnownBy.FORMAT:
            out[key] = a.model_copy(update={"role": rule.role, "known_by": rule.known_by})
    return tuple(out.values())
