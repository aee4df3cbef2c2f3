"""The records that a question is about, where nothing else of it can be computed: the value where it is one, the values
along what varies, who comes first, how far two lie apart, else the records with their settings. What was left out of the
question, and what of it nothing was measured of, is said."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

import re
from collections.abc import Sequence

from chimera_report.tools.query.originals import number_of
from chimera_report.tools.query.shown import Entry, Linked, linked
from chimera_report.tools.query.shown.absent import near, nowhere, unmeasured, unsaid
from chimera_report.tools.query.shown.condensed import condensed
from chimera_report.tools.query.told.biggest import largest
from chimera_report.tools.query.told.graded import over_prompts, per_level, quality
from chimera_report.tools.query.told.inside import in_a_file
from chimera_report.tools.query.told.records import (
    along_of,
    called,
    chosen_by,
    ends_of,
    level_words,
    listed,
    order_of,
    table,
    value_of,
    varying_of,
)
from chimera_report.tools.query.told.sheet import Telling
from chimera_report.tools.query.told.sided import better_is_less, by_level, cells, compared

_OTHERS = ("(sd)", "(se)", "(min)", "(max)", "(p99)", "(p95)", "(p90)", "(total)")
_FEW = 8  # values of one condition each that are told in one sentence
_MAIN = ("decode_rate", "output_throughput", "total_throughput", "request_rate", "prefill_rate", "ttft", "e2e_latency",
         "run_time", "accuracy", "score", "vram", "power")  # fmt: skip
_RATE = re.compile(r"tok\w*[ _/]*(?:per[ _])?s|throughput|speed|tps", re.IGNORECASE)
_MEAN = re.compile(r"(?:avg|mean|average|total).*(?:time|duration|latency)", re.IGNORECASE)


def shown(telling: Telling) -> None:
    """The answer of last resort."""
    question, _, earlier = telling.select.text.partition("\n")
    if in_a_file(telling, question):
        return
    found = linked(question, telling.world, earlier)
    failed = [e for e in found.entries if e.failed]
    absent = [*unmeasured(found, telling.world), *nowhere(found, telling.world), *unsaid(found, telling.world)]
    vague = found.many and not (found.trend or found.by)
    vague = vague and (found.degree or not found.titles) and not (found.order and found.titles)
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
    aside = bool(found.absent or found.unknown)
    if found.left and aside:
        telling.cannot.append(f"left out of the question: {', '.join(found.left[:5])}")
    elif found.left and not found.many:
        telling.say(
            f"I could not read {listed(['“' + telling.name(w) + '”' for w in found.left[:5]])} in this; what follows leaves that out."
        )
    for a in found.read_as:
        telling.say(
            f"“{telling.name(a.name.words)}” is read as {listed([telling.name(x) for x in a.levels])}, as {telling.name(a.place)} writes “{telling.name(a.written)}”."
        )
    if found.money:
        telling.say("No column or record that I read holds a price or a cost in money.")
    counted = found.titles or found.by or found.trend or found.failed or found.bounds or absent
    if re.match(r"(?:so |and )?how many\b", question.strip().lower()) and not counted:
        telling.refuse("no column of the records counts that")
        return
    for text, names in absent:
        telling.say(text.format(*map(telling.name, names)))
    if found.unmet and found.entries:
        _unmet(telling, found)
    if found.quoted:
        _quoted(telling, found)
    elif not _of_others(found) and not found.unknown:
        if found.left and found.many and not absent:
            telling.say(
                f"I could not read {listed(['“' + telling.name(w) + '”' for w in found.left[:5]])} in this; what follows leaves that out."
            )
        _told(telling, found, absent=bool(absent))
    if not telling.drafts:
        telling.refuse("no record has all that the question names")
    vague = not found.titles and not found.quoted and not (found.failed and failed)
    telling.open = telling.open or bool(
        absent or found.unmet or found.left or found.why or found.threshold or found.money or vague
    )
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
    held = any(t in e.values for t in found.titles for e in entries)
    if found.titles and entries and not held and found.degree and not found.money:
        found.titles = []  # "faster" is by whatever speed these hold
    elif found.titles and entries and not held:
        telling.say(f"No record{chosen_by(telling, found)} holds the {telling.name(found.titles[0])}; others do.")
        telling.open = True
        return
    if not found.each:
        entries = _condense(telling, found, entries)
    titles = _titles(telling, found, entries)
    entries = [e for e in entries if titles and titles[0] in e.values]
    if not entries or (absent and found.many):
        return
    title = titles[0]
    for number in found.denied[:2]:
        telling.say(f"{telling.name(number)} is none of the values that are held of it.")
    along = along_of(entries, found)
    order = _order(found, title)
    if found.trend and not found.sides and not order and _courses(telling, found, entries, titles, along):
        return
    if len(found.sides) > 1 and compared(telling, found, titles):
        return
    for said, own in found.sides:
        if not any(title in e.values for e in own):
            telling.say(f"No record of {telling.name(said)} holds the {telling.name(title)}.")
            found.names = [n for n in found.names if n.words != said]
            telling.open = True
    if found.sized and largest(telling, entries, title, found):
        return
    if len(entries) == 1:
        telling.say(
            f"The {telling.name(title)} of {called(telling, entries[0], found)} is {value_of(telling, entries[0], title)}."
        )
        _others(telling, entries[0], titles)
    elif order and found.by and by_level(telling, entries, title, found.by, order):
        return
    elif order:
        _first(telling, entries, title, order, found)
    elif (found.by and per_level(telling, entries, title, found.by)) or over_prompts(telling, entries, title):
        pass
    elif len(entries) <= (_FEW if along or len(varying_of(entries)) < 2 else _FEW // 2):
        _each(telling, entries, title, along)
    elif not (along and _course(telling, found, entries, title, along)):
        low, high = ends_of(entries, title)
        telling.say(
            f"{telling.fact(len(entries))} records{chosen_by(telling, found)} hold the {telling.name(title)}: from {value_of(telling, low, title)} ({called(telling, low, found, entries)}) "
            f"to {value_of(telling, high, title)} ({called(telling, high, found, entries)})."
        )
        quality(telling, entries, found)
    table(telling, entries, titles, order=order, along=along)


def _courses(telling: Telling, found: Linked, entries: Sequence[Entry], titles: Sequence[str], along: str) -> bool:
    """The course of what is asked for, or of the first two main things that have one along the setting."""
    own = (
        titles
        if found.titles
        else [t for t in _mains(entries) if sum(t in e.values and along in e.of for e in entries) > 1]
    )
    done = 0
    for title in own:
        done += (
            done < 2
            and bool(along)
            and _course(telling, found, [e for e in entries if title in e.values], title, along)
        )
    return done > 0


def _condense(telling: Telling, found: Linked, entries: Sequence[Entry]) -> list[Entry]:
    """The records with those of one condition as one, unless they are asked for by what tells them apart."""
    asked = {
        found.by,
        found.trend,
        *found.crossing,
        *(n.column for n in found.names),
        *(b.column for b in found.bounds),
    }
    away = telling.world.entries.aside - asked
    share: float | str | None = "sum" if found.stat == "sum" else None
    share = float(found.stat[1:]) / 100 if re.fullmatch(r"p[\d.]+", found.stat) else share
    found.sides = [(w, condensed([e for e in own if not e.failed], away, share)) for w, own in found.sides]
    return condensed(entries, away, share)


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
        count = {t: sum(t in e.values for e in entries) for t in own}
        if not found.stat and 2 * count[own[0]] < max(count.values()):
            own.sort(key=lambda t: 2 * count[t] < max(count.values()))  # what most of them have
        return own[:4]
    if found.absent:
        return [t for t in near(found.absent, telling.world) if any(t in e.values for e in entries)][:1]
    metrics = {t: v.metric for e in entries for t, v in e.values.items()}
    main = _mains(entries)
    first = [e for e in entries if main and main[0] in e.values]
    if main:
        return [t for t in main if any(t in e.values for e in first)][:3]
    return sorted(
        metrics, key=lambda t: (not _RATE.search(t), not _MEAN.search(t), bool(re.search("load|min|max|sd", t)))
    )[:3]


def _mains(entries: Sequence[Entry]) -> list[str]:
    """The main things that were measured, speeds first; of one metric the value or mean before others."""
    metrics = {t: v.metric for e in entries for t, v in e.values.items()}
    count = {t: sum(t in e.values for e in entries) for t in metrics}
    held = [t for t, m in metrics.items() if m in _MAIN and not t.endswith(_OTHERS)]
    held.sort(key=lambda t: (_MAIN.index(metrics[t]), t.endswith(")")))
    often = [t for t in held if 2 * count[t] >= max(count[x] for x in held)]  # what most of them have
    return list({metrics[t]: t for t in reversed([*often, *(t for t in held if t not in often)])}.values())[::-1]


def _order(found: Linked, title: str) -> str:
    if found.order in ("best", "worst"):
        if not found.titles and not found.by:
            return ""
        return "high" if better_is_less(title, found.entries) != (found.order == "best") else "low"
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


def _course(telling: Telling, found: Linked, entries: Sequence[Entry], title: str, along: str) -> bool:
    """How the value goes along a setting: level by level where all else is one condition, else the last level against
    the first under the conditions that both have."""
    levels = sorted({e.of[along] for e in entries if along in e.of and title in e.values}, key=order_of)
    if len(levels) < 2:
        return False
    own = [(x, [e for e in entries if e.of.get(along) == x]) for x in levels]
    _, by = cells(own, title, (along,))
    shared = set.intersection(*(set(c) for c in by))
    if len(shared) == 1 and len(levels) <= _FEW and all(len(c) == 1 for c in by):
        key = next(iter(shared))
        told = [
            f"{value_of(telling, c[key], title)} at {level_words(telling, c[key] if along in c[key].of else e[0], along)}"
            for c, (_, e) in zip(by, own, strict=True)
        ]
        telling.say(f"The {telling.name(title)}{chosen_by(telling, found)} is {listed(told)}.")
        return True
    ends = [own[0], own[-1]]
    if any(number_of(x) is None for x, _ in ends) and len(levels) > 2:
        return False
    said, found.sides, crossing, found.crossing = (
        found.sides,
        [(f"{along} {x}", e) for x, e in ends],
        found.crossing,
        (along,),
    )
    _, by = cells(found.sides, title, found.crossing)
    done = bool(by and set.intersection(*(set(c) for c in by))) and compared(telling, found, [title])
    found.sides, found.crossing = said, crossing
    return done


def _failures(telling: Telling, failed: Sequence[Entry], found: Linked) -> None:
    messages = list(dict.fromkeys(e.message for e in failed if e.message))
    said = f", with {telling.name('“' + messages[0][:120] + '”')}" if messages else ""
    one = len(failed) == 1
    telling.say(
        f"{telling.fact(len(failed))} {'record' if one else 'records'}{chosen_by(telling, found)} failed{said}: there is no value of {'it' if one else 'them'}."
    )
    table(telling, failed, [], order="")
