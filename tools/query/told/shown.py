"""The records that a question is about, where nothing else of it can be computed: the value where it is one, the values
along what varies, who comes first, how far two lie apart, else the records with their settings. What was left out of the
question, and what of it nothing was measured of, is said."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

import re
from collections.abc import Sequence

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.shown import Entry, Linked, linked
from chimera_report.tools.query.shown.absent import near, nowhere, unmeasured, unsaid
from chimera_report.tools.query.shown.entries import REPEATS, pooled
from chimera_report.tools.query.shown.sizes import parameters
from chimera_report.tools.query.told.records import (
    all_varying,
    along_of,
    called,
    chosen_by,
    determined,
    ends_of,
    implied_by,
    level_words,
    listed,
    order_of,
    table,
    value_of,
    varying_of,
)
from chimera_report.tools.query.told.sheet import Telling

_FEW = 8  # values of one condition each that are told in one sentence
_MAIN = ("decode_rate", "output_throughput", "total_throughput", "request_rate", "prefill_rate", "ttft", "e2e_latency",
         "run_time", "accuracy", "score", "vram", "power")  # fmt: skip
_RATE = re.compile(r"tok\w*[ _/]*(?:per[ _])?s|throughput|speed|tps", re.IGNORECASE)
_MEAN = re.compile(r"(?:avg|mean|average|total).*(?:time|duration|latency)", re.IGNORECASE)
_LOWER = re.compile(r"latency|duration|elapsed|time|ttft|temp|power|watt|mem|error|loss|fail|wait|wall", re.IGNORECASE)


def shown(telling: Telling) -> None:
    """The answer of last resort."""
    question, _, earlier = telling.select.text.partition("\n")
    found = linked(question, telling.world, earlier)
    failed = [e for e in found.entries if e.failed]
    absent = [*unmeasured(found, telling.world), *nowhere(found, telling.world), *unsaid(found, telling.world)]
    vague = found.many and (found.degree or not found.titles) and not (found.order and found.titles) and not found.trend
    names_it = not vague or found.quoted or found.sized
    aims = found.order or found.trend or found.quoted or found.sized or found.absent or found.unsaid
    spoken = any("says:" in text for text, _ in absent)
    if (
        found.many
        and not aims
        and not spoken
        and (found.left or found.unknown or found.why)
        and not (found.failed and failed)
    ):
        telling.refuse("what narrows it is under no name of the data")  # all records would answer another question
        return
    if not absent and not (names_it or (found.failed and failed)):
        telling.refuse("no name, setting or metric of the data is in this question")
        return
    for text, names in absent:
        telling.say(text.format(*map(telling.name, names)))
    if found.unmet and found.entries:
        _unmet(telling, found)
    if found.quoted:
        _quoted(telling, found)
    elif not _of_others(found):
        if found.left and found.many and not absent:
            telling.say(
                f"{listed([telling.name(w) for w in found.left[:5]])}: that I could not read; the records that the rest may be about follow."
            )
        _told(telling, found, absent=bool(absent))
    if not telling.drafts:
        telling.refuse("no record has all that the question names")
    vague = not found.titles and not found.quoted and not (found.failed and failed)
    telling.open = telling.open or bool(absent or found.unmet or found.left or found.why or found.threshold or vague)
    if found.left:
        telling.cannot.append(f"left out of the question: {', '.join(found.left[:5])}")
    if found.why:
        telling.cannot.append("why it is so is recorded nowhere")


def _of_others(found: Linked) -> bool:
    """Whether a thing that the question names is in none of the records: what they hold is of other things."""
    return any(not u.startswith("without ") and not u.rpartition(" ")[2][:1].isdigit() for u in found.unmet) or any(
        n.words in found.unmet for n in found.names
    )


def _unmet(telling: Telling, found: Linked) -> None:
    """What is named and no record has together with the rest."""
    for said in found.unmet[:2]:
        if said.startswith("without "):
            telling.say(f"Every one of these records is of {telling.name(said.removeprefix('without '))}.")
            continue
        column, _, level = said.rpartition(" ")
        held = sorted({e.of[column] for e in found.entries if column in e.of}, key=order_of) if column else []
        own = sorted((e for e in found.entries if column in e.values), key=lambda e: e.values[column].number)
        if own and level[:1].isdigit():
            telling.say(
                f"None of the records that I read is at {telling.name(column)} {telling.name(level)}: they go from {value_of(telling, own[0], column)} to {value_of(telling, own[-1], column)}."
            )
            continue
        if held and level[:1].isdigit():
            near = listed([telling.name(x) for x in _nearest(level, held)])
            telling.say(
                f"None of the records that I read is at {telling.name(column)} {telling.name(level)}; there is {near}."
            )
        else:
            others = [
                u
                for u in (*(n.words for n in found.names), *(b.said for b in found.bounds))
                if u not in said and u not in found.unmet
            ]
            rest = f" together with {listed([telling.name(o) for o in others[:3]])}" if others else ""
            telling.say(f"None of the records that I read is of {telling.name(said)}{rest}.")


def _quoted(telling: Telling, found: Linked) -> None:
    """Where a number of the question stands."""
    seen: list[Entry] = []
    titles: list[str] = list(found.titles)
    for number, hits in found.quoted[:3]:
        entry, title = hits[0]
        more = f", and so in {telling.fact(len(hits) - 1)} more places" if len(hits) > 1 else ""
        telling.say(
            f"{telling.name(number)} is the {telling.name(title)} of {called(telling, entry, found)}: {value_of(telling, entry, title)}{more}."
        )
        seen += [e for e, _ in hits]
        titles += [t for _, t in hits]
    own = list({id(e): e for e in seen}.values())
    table(telling, own, list(dict.fromkeys(titles)), order="")
    telling.cannot.append("this is where the numbers stand; what follows from them is not judged")


def _nearest(level: str, held: Sequence[str]) -> Sequence[str]:
    """The levels around one that was not measured, or all where they are few."""
    digits = re.sub(r"[^\d.]", "", level)
    if len(held) <= _FEW or not digits:
        return held[:_FEW]
    wanted = float(digits) * (1000 if level.lower().endswith("k") else 1)
    return sorted(sorted(held, key=lambda x: abs(order_of(x)[0] - wanted))[:4], key=order_of)


def _told(telling: Telling, found: Linked, *, absent: bool) -> None:
    entries = _sound(found)
    failed = [e for e in found.entries if e.failed]
    spoken = found.titles or any(v.metric in _MAIN for e in entries for v in e.values.values())
    if failed and (found.failed or not entries or not spoken):
        _failures(telling, failed, found)
        return
    if found.failed and not found.titles and not found.why:
        return
    if found.titles and entries and not any(t in e.values for t in found.titles for e in entries):
        telling.say(f"No record{chosen_by(telling, found)} holds the {telling.name(found.titles[0])}; others do.")
        telling.open = True
        return
    if not found.each:
        entries = pooled(entries)
    titles = _titles(telling, found, entries)
    entries = [e for e in entries if titles and titles[0] in e.values]
    if not entries or (absent and found.many):
        return
    title = titles[0]
    for number in found.denied[:2]:
        telling.say(f"{telling.name(number)} is none of the values that are held of it.")
    along = along_of(entries, found)
    order = _order(found, title)
    if len(found.sides) > 1 and _compared(telling, found, titles):
        return
    for said, own in found.sides:
        if not any(title in e.values for e in own):
            telling.say(f"No record of {telling.name(said)} holds the {telling.name(title)}.")
            found.names = [n for n in found.names if n.words != said]
            telling.open = True
    if found.sized and _largest(telling, entries, title, found):
        return
    if len(entries) == 1:
        telling.say(
            f"The {telling.name(title)} of {called(telling, entries[0], found)} is {value_of(telling, entries[0], title)}."
        )
        _others(telling, entries[0], titles)
    elif order:
        _first(telling, entries, title, order, found)
    elif len(entries) <= _FEW:
        _each(telling, entries, title, along)
    elif not (along and _course(telling, entries, title, along)):
        low, high = ends_of(entries, title)
        telling.say(
            f"{telling.fact(len(entries))} records{chosen_by(telling, found)} hold the {telling.name(title)}: from {value_of(telling, low, title)} ({called(telling, low, found, entries)}) "
            f"to {value_of(telling, high, title)} ({called(telling, high, found, entries)})."
        )
    table(telling, entries, titles, order=order, along=along)


def _others(telling: Telling, entry: Entry, titles: Sequence[str]) -> None:
    """What else was asked for of the one record."""
    more = [t for t in titles[1:] if t in entry.values]
    if more:
        told = listed([f"the {telling.name(t)} {value_of(telling, entry, t)}" for t in more])
        telling.say(f"Of the same record: {told}.")


def _sound(found: Linked) -> list[Entry]:
    return [e for e in found.entries if not e.failed and e.values]


def _titles(telling: Telling, found: Linked, entries: Sequence[Entry]) -> list[str]:
    """What is asked for of these records, or the main things that were measured of them: speeds before all else."""
    own = [t for t in found.titles if any(t in e.values for e in entries)]
    own = [t for t in own if not t.endswith(("(sd)", "(se)"))] or own
    if own:
        return own[:4]
    if found.absent:
        return [t for t in near(found.absent, telling.world) if any(t in e.values for e in entries)][:1]
    metrics = {t: v.metric for e in entries for t, v in e.values.items()}
    main = sorted(
        (t for t, m in metrics.items() if m in _MAIN and not t.endswith(")")), key=lambda t: _MAIN.index(metrics[t])
    )
    main = main or sorted((t for t, m in metrics.items() if m in _MAIN), key=lambda t: _MAIN.index(metrics[t]))
    first = [e for e in entries if main and main[0] in e.values]
    if main:
        return [t for t in main if any(t in e.values for e in first)][:3]
    return sorted(
        metrics, key=lambda t: (not _RATE.search(t), not _MEAN.search(t), bool(re.search("load|min|max|sd", t)))
    )[:3]


def _parameters(entry: Entry) -> float | None:
    """The size of the model of a record: by its name, or by a column of parameters."""
    own = parameters(entry.of.get("model", ""))
    stated = (parameters(x) for c, x in entry.of.items() if c.lower().startswith("param"))
    return own if own is not None else next((x for x in stated if x is not None), None)


def _largest(telling: Telling, entries: Sequence[Entry], title: str, found: Linked) -> bool:
    """The biggest or smallest model, by the parameters that names say."""
    sized = [(x, e) for e in entries if (x := _parameters(e)) is not None]
    if not sized:
        return False
    end = (max if found.sized == "high" else min)(x for x, _ in sized)
    own = [e for x, e in sized if x == end]
    word = "largest" if found.sized == "high" else "smallest"
    names = list(dict.fromkeys(e.of["model"] for e in own))
    telling.say(
        f"The {word} model{chosen_by(telling, found)} by its name is {listed([telling.name(n) for n in names])}."
    )
    low, high = ends_of(own, title)
    telling.say(
        f"Its {telling.name(title)} is {value_of(telling, low, title)} ({called(telling, low, found, own)}) to {value_of(telling, high, title)} ({called(telling, high, found, own)})."
        if len(own) > 1
        else f"Its {telling.name(title)} is {value_of(telling, own[0], title)}."
    )
    table(telling, [e for _, e in sorted(sized, key=lambda x: x[0], reverse=found.sized == "high")], [title], order="")
    return True


def _order(found: Linked, title: str) -> str:
    if found.order in ("best", "worst"):
        if not found.titles and not found.by:
            return ""
        metric = next((e.values[title].metric for e in found.entries if title in e.values), "")
        up = metric_of(metric).direction != "lower" if metric else not _LOWER.search(title)
        return "high" if up == (found.order == "best") else "low"
    return found.order


# --- what is said


def _first(telling: Telling, entries: Sequence[Entry], title: str, order: str, found: Linked) -> None:
    ranked = sorted(entries, key=lambda e: e.values[title].number, reverse=order == "high")
    if len({(e.values[title].metric, e.values[title].unit) for e in ranked}) > 1:
        return
    word = "highest" if order == "high" else "lowest"
    text = f"The {word} {telling.name(title)} of {telling.fact(len(entries))} records{chosen_by(telling, found)} is {value_of(telling, ranked[0], title)}: {called(telling, ranked[0], found, entries)}."
    telling.say(text)
    if len(ranked) > 1:
        telling.say(
            f"The next is {value_of(telling, ranked[1], title)} ({called(telling, ranked[1], found, entries)})."
        )


def _each(telling: Telling, entries: Sequence[Entry], title: str, along: str) -> None:
    """A handful of values, each with what tells it from the others."""
    varying = varying_of(entries)
    same = {c: entries[0].of[c] for c in entries[0].of if all(e.of.get(c) == entries[0].of[c] for e in entries)}
    ranked = sorted(entries, key=lambda e: order_of(e.of.get(along, ""))) if along else list(entries)
    of = telling.name(same["model"]) if "model" in same else ""
    head = f"The {telling.name(title)}{f' of {of}' if of else ''} is"
    if not varying:
        values = listed([value_of(telling, e, title) for e in ranked])
        telling.say(f"{head} {values} in {telling.fact(len(ranked))} records.")
        return
    own = [along] if along else varying
    told = []
    for e in ranked:
        where = [level_words(telling, e, c) for c in own[:3] if c in e.of]
        where = where or [telling.name(e.file)]
        told.append(
            f"{value_of(telling, e, title)} at {', '.join(where)}"
            if own[0] != "model"
            else f"{value_of(telling, e, title)} ({', '.join(where)})"
        )
    telling.say(f"{head} {listed(told)}.")


def _course(telling: Telling, entries: Sequence[Entry], title: str, along: str) -> bool:
    """How the value goes along a setting, among records that are alike in all else: of each where these are few, else
    how often it rises or falls and how much at most."""
    others = [
        c for c in all_varying(entries) if c != along and c.lower() not in REPEATS and not implied_by(c, along, entries)
    ]
    groups: dict[tuple[str, ...], list[Entry]] = {}
    for e in entries:
        if along in e.of:
            groups.setdefault(tuple(e.of.get(c, "") for c in others), []).append(e)
    paths = [sorted(own, key=lambda e: order_of(e.of[along])) for own in groups.values()]
    paths = [p for p in paths if len({e.of[along] for e in p}) == len(p) > 1 and p[0].values[title].number > 0]
    if not paths:
        return False
    shown_ = varying_of([p[0] for p in paths])
    for low, high in [(p[0], p[-1]) for p in paths[:3]] if len(paths) <= 3 else []:
        what = f" of {', '.join(telling.name(low.of[c]) for c in shown_[:3] if c in low.of)}" if shown_ else ""
        ratio = telling.fact(high.values[title].number / low.values[title].number, "×")
        telling.say(
            f"The {telling.name(title)}{what} goes from {value_of(telling, low, title)} at {along} {telling.name(low.of[along])} to {value_of(telling, high, title)} at {along} {telling.name(high.of[along])}, which is {ratio}."
        )
    if len(paths) > 3:
        ratios = sorted(
            ((p[-1].values[title].number / p[0].values[title].number, p) for p in paths), key=lambda x: x[0]
        )
        fall = sum(r < 1 for r, _ in ratios)
        ends = {(p[0].of[along], p[-1].of[along]) for p in paths}
        if len(ends) > 1:
            return False
        a, b = next(iter(ends))
        (least, p), (most, q) = ratios[0], ratios[-1]
        telling.say(
            f"From {along} {telling.name(a)} to {telling.name(b)} the {telling.name(title)} falls in {telling.fact(fall)} of {telling.fact(len(paths))} rows that are alike in all else and "
            f"rises in {telling.fact(sum(r > 1 for r, _ in ratios))}: it becomes {telling.fact(least, '×')} ({called(telling, p[0], found=None, among=[x[0] for x in paths])}) to {telling.fact(most, '×')} ({called(telling, q[0], found=None, among=[x[0] for x in paths])})."
        )
    return True


def _compared(telling: Telling, found: Linked, titles: Sequence[str]) -> bool:
    """What several things have under the same conditions."""
    title = titles[0]
    sides = [(w, pooled([e for e in own if title in e.values and not e.failed])) for w, own in found.sides]
    if any(not own for _, own in sides):
        return False
    names = {found.across}
    every = [e for _, own in sides for e in own]
    kept = [c for c in varying_of(every) if c not in names and not determined(c, names, every)]
    cells: list[dict[tuple[str, ...], list[Entry]]] = []
    for _, own in sides:
        by: dict[tuple[str, ...], list[Entry]] = {}
        for e in own:
            by.setdefault(tuple(e.of.get(c, "") for c in kept), []).append(e)
        cells.append(by)
    shared = [k for k in cells[0] if all(len(c.get(k, ())) == 1 for c in cells)]
    if not shared:
        return False
    for key in shared[:3] if len(shared) <= 3 else ():
        where = ", ".join(f"{c} {telling.name(x)}" for c, x in zip(kept, key, strict=True) if x)
        own = [c[key][0] for c in cells]
        told = [f"{value_of(telling, e, title)} for {telling.name(w)}" for e, (w, _) in zip(own, sides, strict=True)]
        telling.say(f"The {telling.name(title)}{f' at {where}' if where else ''} is {listed(told)}.")
    pairs = [(cells[0][k][0], cells[1][k][0]) for k in shared]
    ratios = [(a.values[title].number / b.values[title].number, a, b) for a, b in pairs if b.values[title].number > 0]
    if ratios and len(sides) == 2 and min(r for r, _, _ in ratios) > 0:
        one, other = telling.name(sides[0][0]), telling.name(sides[1][0])
        ratios.sort(key=lambda r: r[0])
        (low, a, b), (high, c, d) = ratios[0], ratios[-1]
        if len(ratios) == 1:
            telling.say(f"{one} has {telling.fact(low, '×')} of what {other} has.")
        else:
            more, less = sum(r > 1 for r, _, _ in ratios), sum(r < 1 for r, _, _ in ratios)
            every = [x for _, x, _ in ratios]
            telling.say(
                f"Of {telling.fact(len(ratios))} conditions that both have, the {telling.name(title)} of {one} is higher than that of {other} in {telling.fact(more)} and lower in {telling.fact(less)}: "
                f"it is {telling.fact(low, '×')} ({value_of(telling, a, title)} against {value_of(telling, b, title)}, {called(telling, a, found, every)}) to {telling.fact(high, '×')} ({value_of(telling, c, title)} against {value_of(telling, d, title)}, {called(telling, c, found, every)})."
            )
    table(telling, [c[k][0] for k in shared for c in cells], titles, order="")
    return True


def _failures(telling: Telling, failed: Sequence[Entry], found: Linked) -> None:
    messages = list(dict.fromkeys(e.message for e in failed if e.message))
    said = f", with {telling.name('“' + messages[0][:120] + '”')}" if messages else ""
    one = len(failed) == 1
    telling.say(
        f"{telling.fact(len(failed))} {'record' if one else 'records'}{chosen_by(telling, found)} failed{said}: there is no value of {'it' if one else 'them'}."
    )
    table(telling, failed, [], order="")
