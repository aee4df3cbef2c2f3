"""How many records there are, in groups; whether the groups are of one size."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

from chimera_report.tools.query.layer import run
from chimera_report.tools.query.told.common import MOST_ROWS, called
from chimera_report.tools.query.told.failures import states_failures
from chimera_report.tools.query.told.sheet import Telling
from chimera_report.tools.schema import Select, Where


def _by(telling: Telling) -> tuple[str, ...]:
    select = telling.select
    by = tuple(b for b in select.by if b not in ("record", "cell", "setting", "hardware"))
    return tuple(dict.fromkeys(("suite", *by) if "system" in by else by)) if by else ()


def _once(telling: Telling) -> tuple[Where, ...]:
    """The conditions, without files that count once more what others hold one by one."""
    again = telling.layer.counting
    return (*telling.select.where, *((Where(field="file", op="not in", values=again),) if again else ()))


def counts(telling: Telling) -> None:
    """The number of records under the conditions, by what was asked for."""
    select = telling.select
    by = _by(telling)
    where = _once(telling)
    whole = run(telling.layer, Select(measure="records", where=where))
    if not whole:
        telling.refuse("no record is left under these conditions")
        return
    total = whole[0]
    if "requests" in select.text.split() and telling.layer.of_requests:
        sent = run(telling.layer, Select(measure="failures", aggregate="share", where=where))
        every = sum(g.of for g in sent)
        if not every:
            telling.refuse("the records do not say how many requests they stand for under these conditions")
            return
        lost = sum(g.n for g in sent)
        telling.say(
            f"There are {telling.fact(every, positions=total.positions[:5])} requests, {telling.fact(lost) if lost else 'none'} of which failed."
        )
        return
    fails = run(telling.layer, Select(measure="failures", where=where))
    failed = int(fails[0].value) if fails else 0
    stated = not failed and states_failures(telling)
    tail = f", {telling.fact(failed)} of which failed" if failed else "" if stated else ", none of which failed"
    if stated:
        telling.cannot.append("which of them failed: files state error rates, their records do not say which")
    telling.say(f"There are {telling.fact(int(total.value), positions=total.positions[:5])} records{tail}.")
    if by:
        _table(telling, by)
    else:
        files = run(telling.layer, Select(measure="records", where=where, by=("file",)))
        if 1 < len(files) <= 12:
            _table(telling, ("file",))


def _table(telling: Telling, by: tuple[str, ...]) -> list[tuple[int, int]]:
    where = _once(telling)
    groups = run(telling.layer, Select(measure="records", where=where, by=by))
    fails = {
        tuple(g.keys.values()): int(g.value) for g in run(telling.layer, Select(measure="failures", where=where, by=by))
    }
    if any(fails.get(tuple(g.keys.values()), 0) > g.value for g in groups):
        return []  # failures of requests that a file counts are none of its records
    keys = [k for k in by if len({g.keys[k] for g in groups}) > 1] or list(by)[:1]
    rows = []
    sizes = []
    for g in groups:
        failed = fails.get(tuple(g.keys.values()), 0)
        sizes.append((int(g.value), failed))
        rows.append(
            [
                *(g.keys[k] or "–" for k in keys),
                telling.fact(int(g.value)),
                telling.fact(failed),
                telling.fact(int(g.value) - failed),
            ]
        )
    heads = {"system": "System", "suite": "Suite", "file": "File"}
    n = len(keys)
    telling.table(
        "Records",
        [*(heads.get(k, k) for k in keys), "Records", "Failed", "Valid"],
        rows[:MOST_ROWS],
        right=(n, n + 1, n + 2),
    )
    return sizes


def balance(telling: Telling) -> None:
    """Whether the groups hold equally many records, and equally many valid ones."""
    by = _by(telling) or ("suite", "system")
    groups = run(telling.layer, Select(measure="records", where=telling.select.where, by=by))
    if not groups:
        telling.refuse("no record is left under these conditions")
        return
    sizes = [int(g.value) for g in groups]
    small, large = min(groups, key=lambda g: g.value), max(groups, key=lambda g: g.value)
    if len(set(sizes)) == 1:
        telling.say(f"Yes: each of the {telling.fact(len(groups))} groups holds {telling.fact(sizes[0])} records.")
    else:
        common = max(set(sizes), key=sizes.count)
        telling.say(
            f"No: of {telling.fact(len(groups))} groups, {telling.fact(sizes.count(common))} hold {telling.fact(common)} records; "
            f"the smallest is {called(telling, small, groups)} with {telling.fact(int(small.value))}, "
            f"the largest {called(telling, large, groups)} with {telling.fact(int(large.value))}."
        )
    told = _table(telling, by)
    valid = [n - failed for n, failed in told]
    if len(set(valid)) > 1:
        telling.say(
            f"Of valid records, a group holds between {telling.fact(min(valid))} and {telling.fact(max(valid))}."
        )
    if "few" in telling.select.text:
        telling.cannot.append("whether that is enough depends on the spread of each metric")
