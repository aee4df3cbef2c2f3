"""Records that failed: which, how many, and with which message."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

import re

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.layer import Group, run
from chimera_report.tools.query.machines import failing_lines
from chimera_report.tools.query.told.apart import counted_apart
from chimera_report.tools.query.told.bounds import HOLDS, WORDS
from chimera_report.tools.query.told.common import called
from chimera_report.tools.query.told.sheet import Telling
from chimera_report.tools.query.told.successes import unsuccessful
from chimera_report.tools.schema import Role, Select, Where

MOST = 20
FEW = 4  # groups that are told in words
HALF = 0.5  # of the records say it
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\[(?:\?\d+[hl]|\d*(?:;\d+)*[mKGJH](?![a-zA-Z]))|[\x00-\x08\x0b-\x1f\u2800-\u28ff]"
)  # of a terminal, with its spinners
UNSAID = "No record of them says why."
_LONG = 160  # characters of a message that are shown


def _short(text: str) -> str:
    line = " ".join(_ESCAPES.sub("", text).split())
    return line if len(line) <= _LONG else line[: _LONG - 1] + "…"


def _of_requests(telling: Telling) -> tuple[Where, ...]:
    """The conditions, without files that count once more what others hold request by request."""
    again = telling.layer.counting
    return (*telling.select.where, *((Where(field="file", op="not in", values=again),) if again else ()))


def _wheres(telling: Telling) -> tuple[Where, ...]:
    where = _of_requests(telling)
    if "timeout" in telling.select.text.split():
        where = (*where, Where(field="status", op="=", values=("timeout",)))
    return where


def _percent(telling: Telling, n: int, every: int) -> str:
    """The share, where thousands are hard to set against each other."""
    return f" ({telling.fact(100 * n / every, '%')})" if telling.layer.of_requests and every else ""


def _noun(telling: Telling) -> str:
    return "requests" if telling.layer.of_requests else "records"


def _every(telling: Telling, by: tuple[str, ...] = ()) -> dict[tuple[str, ...], int]:
    """How many records there are, or requests where these are counted, by the levels of `by`."""
    found = run(telling.layer, Select(measure="failures", aggregate="share", where=_of_requests(telling), by=by))
    return {tuple(g.keys.get(k, "") for k in by): g.of for g in found}


def _reasons(telling: Telling, where: tuple[Where, ...]) -> list[Group]:
    found = run(telling.layer, Select(measure="failures", where=where, by=("message",)))
    return sorted((g for g in found if g.value), key=lambda g: -g.value)


def _messages(telling: Telling, reasons: list[Group]) -> list[str]:
    """The messages with how many have each; how many have none."""
    return [
        f"“{telling.name(_short(g.keys['message']))}” ({telling.fact(int(g.value))})"
        if g.keys["message"]
        else f"{telling.fact(int(g.value))} without a message"
        for g in reasons
    ]


def _under(telling: Telling, where: tuple[Where, ...], n: int) -> None:
    """The one level of a setting under which all of them failed, where others did not."""
    layer, roles = telling.layer, (Role.SETTING, Role.WORKLOAD, Role.SYSTEM, Role.UNKNOWN)
    for factor in (f for f in layer.varying if layer.dataset.role_of(f) in roles):
        groups = run(layer, Select(measure="failures", aggregate="share", where=where, by=(factor,)))
        bad = [g for g in groups if g.n]
        if len(groups) > 1 and len(bad) == 1 and bad[0].keys[factor] and bad[0].n == n and bad[0].of:
            telling.say(
                f"All of them are at {factor} {telling.name(bad[0].keys[factor])}: {telling.fact(n)} of {telling.fact(bad[0].of)} there; none failed at the others."
            )
            return


def failures(telling: Telling) -> None:
    """Which records failed, with their settings, or how many with which message where they are many."""
    where = _wheres(telling)
    timeout = "timeout" in telling.select.text.split()
    word = "timed out" if timeout else "failed"
    every = _every(telling).get((), 0)
    noun = _noun(telling)
    failed = run(telling.layer, Select(measure="failures", where=where))
    n = int(failed[0].value) if failed else 0
    if not every:
        telling.refuse("no record is left under these conditions")
        return
    if not n:
        rate = _own_rate(telling)
        broke = [] if rate or telling.select.where else failing_lines(telling.world.dataset, telling.world.target)
        if broke:
            lines = "; ".join(f"{telling.name(path)}: “{telling.name(_short(line))}”" for path, line in broke[:4])
            telling.say(f"Not in the records, but documents and logs tell of it: {lines}.")
        elif not rate and (counted := counted_apart(telling)):
            telling.refuse(counted)
        if not rate and not telling.refusal:
            looked = "looked at for an error and for a status."
            if "yes_no" in telling.select.text.split() and not broke:
                telling.say(f"No: none of the {telling.fact(every)} {noun} {word}: each was {looked}")
            else:
                telling.say(f"No {noun[:-1]} {word}: each of the {telling.fact(every)} was {looked}")
            _aside(telling)
        return
    if "succeeded" in telling.select.text.split() and not timeout:
        telling.say(f"{telling.fact(every - n)} of {telling.fact(every)} {noun} succeeded.")
    yes = "Yes: " if "yes_no" in telling.select.text.split() else ""
    told_ = telling.fact(n, positions=failed[0].positions)
    if telling.layer.counts_alone:
        telling.say(f"{yes}{told_} {noun} {word}; of how many is not read from the files.")
    else:
        telling.say(f"{yes}{told_} of {telling.fact(every)} {noun} {word}{_percent(telling, n, every)}.")
    reasons = _reasons(telling, where)
    if "other" in telling.select.text.split() and len(reasons) == 1:
        telling.say(f"No other: this is the one reason of all {telling.fact(n)}.")
    if len(reasons) == 1 or n <= 3:
        told = [f"“{telling.name(_short(g.keys['message']))}”" for g in reasons[:3] if g.keys["message"]]
        telling.say(f"The message is {' and '.join(told)}." if told else UNSAID)
    else:
        told = _messages(telling, reasons[:3])
        telling.say(f"The reasons, most frequent first: {'; '.join(told)}.")
    if not telling.layer.counts_alone and n > 1:
        _under(telling, where, n)
    if n <= MOST:
        _listed(telling, where)
    else:
        _counted(telling, where)


def _aside(telling: Telling) -> None:
    """Values that cannot be true are no failures that a file tells of, and yet nothing was measured there."""
    table = telling.world.dataset.table
    rows = table[(table["status"] == "set aside") & (table["origin"] != "reported")]
    if len(rows):
        why = rows["message"].astype(str).value_counts().index[0]
        telling.cannot.append(f"{len(rows)} values that cannot be true are set aside, most of them as “{_short(why)}”")


def _listed(telling: Telling, where: tuple[Where, ...]) -> None:
    factors = [f for f in telling.layer.factors if f not in telling.layer.naming]
    by = ("suite", "system", *telling.layer.naming, *factors, "file", "message")
    groups = [g for g in run(telling.layer, Select(measure="failures", where=where, by=by)) if g.value]
    keys = [k for k in by if any(g.keys[k] for g in groups) and k != "prompt"]
    names = {"system": "System", "suite": "Suite", "file": "File", "message": "Message"}
    rows = [[*(_short(g.keys[k]) or "–" for k in keys), telling.fact(int(g.value))] for g in groups]
    telling.table(
        "What failed", [*(names.get(k, k) for k in keys), _noun(telling).capitalize()], rows[:MOST], right=(len(keys),)
    )
    if len(groups) == 1 or len(groups) <= 4:
        settings = [k for k in keys if k in factors]
        if settings:
            told = []
            for g in groups:
                parts = [f"{k} {telling.name(g.keys[k])}" for k in settings if g.keys[k]]
                told.append(", ".join(parts))
            told = [t for t in told if t]
            if told:
                telling.say("They are at " + "; and at ".join(told) + ".")


def _counted(telling: Telling, where: tuple[Where, ...]) -> None:
    wanted = tuple(b for b in telling.select.by if b not in ("record", "run", "cell", "setting"))
    by = wanted or _apart(telling)
    groups = [g for g in run(telling.layer, Select(measure="failures", where=where, by=(*by, "message"))) if g.value]
    groups.sort(key=lambda g: -g.value)
    names = {"system": "System", "suite": "Suite", "file": "File", "message": "Message"}
    keys = [k for k in (*by, "message") if any(g.keys[k] for g in groups)]
    rows = [[*(_short(g.keys[k]) or "–" for k in keys), telling.fact(int(g.value))] for g in groups[:MOST]]
    telling.table(
        "Failed records", [*(names.get(k, k) for k in keys), _noun(telling).capitalize()], rows, right=(len(keys),)
    )


def failure_rate(telling: Telling) -> None:
    """The share of records that failed, or succeeded, under the conditions."""
    good = "success_rate" in telling.select.text or "success_rate" in telling.select.task
    if telling.layer.counts_alone:
        telling.refuse("the records say how many requests failed, and of how many was not read from the files")
        return
    select = telling.select
    by = tuple(b for b in select.by if b not in ("record", "cell", "setting")) or _apart(telling)
    groups = run(telling.layer, Select(measure="failures", aggregate="share", where=_of_requests(telling), by=by))
    if sum(g.n for g in groups) == 0 and _own_rate(telling):
        return
    if not groups:
        telling.refuse("no record is left under these conditions")
        return
    if select.having is not None:
        _bounded(telling, groups, good=good)
        return
    named = bool(select.where)
    total, failed = sum(g.of for g in groups), sum(g.n for g in groups)
    share = telling.fact(100 * (1 - failed / total if good else failed / total), "%")
    of = f" of {called(telling, groups[0], groups)}" if named and len(groups) == 1 else ""
    word = "succeeded" if good else "failed"
    telling.say(
        f"The {'success' if good else 'error'} rate{of} is {share}: {telling.fact(total - failed if good else failed)} of {telling.fact(total)} {_noun(telling)} {word}."
    )
    if failed:
        reasons = _reasons(telling, _of_requests(telling))
        told = _messages(telling, reasons[:3])
        telling.say(
            f"The most frequent reasons: {'; '.join(told)}." if any(g.keys["message"] for g in reasons) else UNSAID
        )
    if 1 < len(groups) <= FEW and failed:
        each = [
            f"{telling.fact(100 * (1 - g.value if good else g.value), '%')} of {called(telling, g, groups)} ({telling.fact(g.of - g.n if good else g.n)} of {telling.fact(g.of)})"
            for g in sorted(groups, key=lambda g: -g.value)
        ]
        telling.say(f"Apart, it is {', '.join(each[:-1])} and {each[-1]}.")
    if len(groups) > 1:
        groups.sort(key=lambda g: -g.value)
        keys = [k for k in by if len({g.keys[k] for g in groups}) > 1]
        rows = [
            [*(g.keys[k] or "–" for k in keys), telling.fact(g.of), telling.fact(g.n), telling.fact(100 * g.value, "%")]
            for g in groups[:40]
        ]
        n = len(keys)
        telling.table(
            "Error rates", [*keys, _noun(telling).capitalize(), "Failed", "Error rate"], rows, right=(n, n + 1, n + 2)
        )


def _apart(telling: Telling) -> tuple[str, ...]:
    """By what failures are told apart where nothing is named: suites, systems, and what else names those of a suite."""
    layer = telling.layer
    by: tuple[str, ...] = ("suite", "system")
    for factor in sorted(layer.naming, key=lambda f: -layer.coverage[f]):
        if layer.coverage[factor] < HALF or len(layer.levels[factor]) < 2:
            continue
        more = run(layer, Select(measure="failures", aggregate="share", where=_of_requests(telling), by=(*by, factor)))
        seen: dict[tuple[str, ...], set[str]] = {}
        for g in more:
            seen.setdefault(tuple(g.keys[k] for k in by), set()).add(g.keys[factor])
        if any(len(x) > 1 for x in seen.values()):
            by = (*by, factor)
    return by


def _bounded(telling: Telling, groups: list[Group], *, good: bool) -> None:
    """Which groups keep a bound on their rate of errors or successes."""
    assert telling.select.having is not None  # noqa: S101  who asks has looked
    op, limit = telling.select.having
    rates = [(1 - g.n / g.of if good else g.n / g.of, g) for g in groups if g.of]
    kept = sorted(((r, g) for r, g in rates if HOLDS[op](r, limit)), key=lambda x: -x[0])
    word = "success" if good else "error"
    told = ", ".join(f"{called(telling, g, groups)} ({telling.fact(100 * r, '%')})" for r, g in kept[:8])
    telling.say(
        f"{telling.fact(len(kept))} of {telling.fact(len(rates))} have an {word} rate {WORDS[op]} {telling.fact(100 * limit, '%')}"
        f"{f': {told}' if kept else ''}{' and more' if len(kept) > 8 else ''}."
    )


def _own_rate(telling: Telling) -> bool:
    """A rate of errors that a file states itself, where its records do not say which of them failed."""
    if unsuccessful(telling):
        return True
    own = [m for m in telling.layer.metrics if "error" in m and ("rate" in m or "share" in m)]
    for metric in own:
        groups = run(
            telling.layer,
            telling.select.model_copy(update={"aggregate": "mean", "by": ("suite", "system")}),
            measure=metric,
        )
        if not groups:
            continue
        groups.sort(key=lambda g: -g.value)
        if not any(g.value for g in groups):
            continue
        if len(groups) > 3:
            telling.say(f"Its files state the {metric_of(metric).title} themselves, the highest first:")
        for g in groups[:3]:
            value = g.value
            shown = telling.fact(
                value * 100 if value <= 1 and metric_of(metric).unit in ("", "share") else value,
                "%" if value <= 1 else "",
                metric=metric,
                keys=g.keys,
                positions=g.positions,
                digits=5,
            )
            telling.say(f"{metric_of(metric).title} of {called(telling, g, groups)}: {shown}, as its file states it.")
        telling.cannot.append("the records themselves do not say which of them failed")
        return True
    return False


def why_failed(telling: Telling) -> None:
    """The messages behind failures, the most frequent first; a cause beyond a message is not known."""
    where = _wheres(telling)
    reasons = _reasons(telling, where)
    n = sum(int(g.value) for g in reasons)
    if not n:
        failures(telling)
        return
    every = _every(telling).get((), n)
    told = _messages(telling, reasons[:4])
    share = f"{telling.fact(n)} of {telling.fact(every)} {_noun(telling)} failed{_percent(telling, n, every)}"
    silent = not any(g.keys["message"] for g in reasons)
    words = "this message" if len(told) == 1 else "these messages"
    telling.say(f"{share}. {UNSAID}" if silent else f"{share}, with {words}: {'; '.join(told)}.")
    _under(telling, where, n)
    _counted(telling, where)
    telling.cannot.append(f"what caused them{'' if silent else ' beyond these messages'} is not in the data")


def states_failures(telling: Telling) -> bool:
    """Whether files state a rate of errors that is not zero, while no record says which one failed."""
    own = [m for m in telling.layer.metrics if "error" in m and ("rate" in m or "share" in m)]
    table = telling.world.dataset.table
    return bool(own) and bool((table[table["metric"].isin(own)]["value"] > 0).any())


def _places(groups: list[Group], by: tuple[str, ...]) -> set[tuple[str, ...]]:
    return {tuple(g.keys.get(k, "") for k in by) for g in groups}


def _most_successes(telling: Telling, groups: list[Group], by: tuple[str, ...]) -> None:
    """The groups by how many of their records did not fail."""
    low = telling.select.claims == "worst" or telling.select.order == "low"
    failed = {tuple(g.keys.get(k, "") for k in by): int(g.value) for g in groups}
    done = [(int(n) - failed.get(place, 0), int(n), place) for place, n in _every(telling, by).items() if any(place)]
    done.sort(key=lambda x: (x[0] if low else -x[0], x[2]))
    if not done:
        failures(telling)
        return
    best, of, place = done[0]
    telling.say(
        f"{telling.name(' '.join(x for x in place if x))} has the {'fewest' if low else 'most'} successful {_noun(telling)}: "
        f"{telling.fact(best)} of {telling.fact(of)}."
    )
    rows = [[*(x or "–" for x in where), telling.fact(n), telling.fact(every)] for n, every, where in done[:MOST]]
    telling.table("Successes", [*by, "Succeeded", _noun(telling).capitalize()], rows, right=(len(by), len(by) + 1))


def most_failures(telling: Telling) -> None:
    """The groups by how many of their records failed, the most first."""
    where = _wheres(telling)
    by = telling.select.by
    groups = [g for g in run(telling.layer, Select(measure="failures", where=where, by=by)) if any(g.keys.values())]
    low = telling.select.order == "low" or telling.select.claims == "best"
    if "succeeded" in telling.select.text.split():
        _most_successes(telling, groups, by)
        return
    groups.sort(key=lambda g: (g.value if low else -g.value, sorted(g.keys.items())))
    if not groups or not any(g.value for g in groups):
        failures(telling)
        return
    every = _every(telling, by)
    none = [place for place in every if any(place) and place not in _places(groups, by)] if low else []
    if none:
        names = [telling.name(" ".join(x for x in place if x)) for place in sorted(none)]
        telling.say(
            f"None of the {_noun(telling)} of {', '.join(names[:6])}{' and more' if len(names) > 6 else ''} failed."
        )
    first = groups[0]
    place = tuple(first.keys.get(k, "") for k in by)
    end = "fewest" if low else "most"
    of = "Of those with failures, " if none else ""
    if telling.layer.counts_alone:
        count = telling.fact(int(first.value), positions=first.positions)
        telling.say(
            f"{of}{called(telling, first, groups)} has the {end} failures: {count}; of how many is not read from the files."
        )
    else:
        telling.say(
            f"{of}{called(telling, first, groups)} has the {end} failures: {telling.fact(int(first.value), positions=first.positions)} of "
            f"{telling.fact(every.get(place, first.n))} {_noun(telling)}{_percent(telling, int(first.value), every.get(place, first.n))}."
        )
    alone = telling.layer.counts_alone
    rows = [
        [
            *(g.keys[k] or "–" for k in by),
            telling.fact(int(g.value)),
            *(() if alone else (telling.fact(every.get(tuple(g.keys.get(k, "") for k in by), 0)),)),
        ]
        for g in groups[:MOST]
    ]
    heads = [*by, "Failed", *(() if alone else (_noun(telling).capitalize(),))]
    telling.table("Failures", heads, rows, right=tuple(range(len(by), len(heads))))
    if not low:
        reasons = _reasons(
            telling, (*where, *(Where(field=k, op="=", values=(v,)) for k, v in first.keys.items() if v))
        )
        told = _messages(telling, reasons[:2])
        if any(g.keys["message"] for g in reasons):
            telling.say(f"Its reasons: {'; '.join(told)}.")
