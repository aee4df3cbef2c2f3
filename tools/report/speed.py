"""Findings about systems measured side by side: who is ahead, by how much, how often that was seen, at what price."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from chimera_report.tools.claims import METRIC_WEIGHT, listed, noun, say, words
from chimera_report.tools.metrics import PRIMARY
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.per_time import called
from chimera_report.tools.report.book import About, Book, Found, Line, supported
from chimera_report.tools.report.elsewhere import scope
from chimera_report.tools.report.statistic import firm
from chimera_report.tools.report.unlike import as_stated, lengths, of_length, of_the_wait, often, pairs
from chimera_report.tools.schema import ONCE, Comparison, RankEntry, Ranking

LATENCY = ("ttft", "ttft_incl_load", "e2e_latency")
_FAILED = 0.1  # share of failed records from which on a comparison of the others has to say so
_PLENTY = 6  # pairs from which on nobody has to be told that they are few
NAMED = 4  # systems named in a sentence


@dataclass(slots=True)
class Race:
    """The systems of one suite on one metric."""

    suite: str
    metric: str
    warm: bool | None
    ranking: Ranking
    pairs: dict[frozenset[str], Comparison] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        return [e.subject for e in self.ranking.entries]

    @property
    def definition(self) -> str:
        return self.ranking.definition

    def of(self, a: str, b: str) -> Comparison | None:
        return self.pairs.get(frozenset((a, b)))

    @property
    def weight(self) -> int:
        return sum(e.n or 0 for e in self.ranking.entries)


def ahead(item: Comparison, name: str) -> str:
    """The field of the ratio by which the named one is ahead, 1 or more where it has the higher value."""
    return "ratio" if item.a == name else "1/ratio"


def races(book: Book) -> dict[frozenset[str], list[Race]]:
    """Sets of systems → where they ran side by side, on every metric with a better direction."""
    analysis = book.analysis
    workloads = {
        c.suite for c in analysis.comparisons if c.axis != "subject" and c.metric == "run_time"
    }  # their subjects are what the systems were tried on
    found: dict[tuple[str, str, bool | None], Race] = {}
    # A rate that is what its metric's name says goes before one of the same name over another time.
    for item in sorted(analysis.rankings, key=lambda r: bool(called(r.metric, r.definition))):
        if item.over:
            continue  # no value over unlike conditions: the rivals under each of them are told (varied.py)
        if item.of == "subjects" and len(item.entries) > 1 and item.warm is not False and item.suite not in workloads:
            found.setdefault((item.suite, item.metric, item.warm), Race(item.suite, item.metric, item.warm, item))
    for pair in analysis.comparisons:
        race = found.get((pair.suite, pair.metric, pair.warm))
        alike = race is not None and pair.definition == race.definition and not pair.over and pair.reason != ONCE
        if race is not None and alike and pair.axis == "subject" and not pair.condition:
            race.pairs[frozenset((pair.a, pair.b))] = pair
    groups: dict[frozenset[str], list[Race]] = {}
    for race in found.values():
        groups.setdefault(frozenset(race.names), []).append(race)
    return groups


def speed(book: Book) -> list[Found]:
    """One finding a set of systems, by the metric that matters most of those measured."""
    chosen: list[tuple[list[Race], list[Race]]] = []
    for group in races(book).values():
        metric = next(
            (m for m in PRIMARY if any(r.metric == m and not of_the_wait(book, r.suite, r.metric) for r in group)), ""
        )
        mine = [r for r in group if r.metric == metric]
        if mine:
            mine.sort(key=lambda r: (-sum(map(firm, r.pairs.values())), -r.weight))
            chosen.append((mine, [r for r in group if r.metric != metric]))
    # The values of the first stand in the verdict already.
    chosen.sort(key=lambda c: -_importance(c[0][0]))
    made = [_finding(book, mine, others, told=place == 0) for place, (mine, others) in enumerate(chosen)]
    return [f for f in made if f is not None]


def _importance(race: Race) -> float:
    """How much a finding about these systems matters: confirmed, wide, of a metric that people choose by."""
    widest = race.of(race.names[0], race.names[-1])
    if widest is None or not widest.ratio:
        return 0.0
    size = abs(math.log2(widest.ratio)) * METRIC_WEIGHT.get(race.metric, 0.3)
    return (5.0 if firm(widest) else 2.0) + min(size, 2.0) + 0.01 * min(race.weight, 100) + 0.2 * (len(race.names) > 2)


def _finding(book: Book, mine: list[Race], others: list[Race], *, told: bool) -> Found | None:
    race = mine[0]
    first, last = race.names[0], race.names[-1]
    widest = race.of(first, last)
    if widest is None or widest.ratio is None or of_length(book, widest):
        return None
    up = metric_of(race.metric).direction == "higher"
    claims = supported([say.comparison(book.desk, widest), say.ranking(book.desk, race.ranking)])
    scope = {"suite": race.suite, "metric": race.metric}
    settled = firm(widest)
    if not settled and widest.ratio_ci is not None:
        return None  # that a test left it open is no finding
    lines = _ratios(book, race, widest, up) if settled else [_values(book, race), _open(book, race, widest)]
    if settled and not told:
        lines.append(replace(_values(book, race), relation="elaboration"))
    lines += _again(book, race, mine[1:], up) if settled else []
    lines += [*lengths(book, widest), *failed(book, [widest])] if settled else failed(book, [widest])
    price = _latency(book, race, others)
    lines += price
    return Found(
        kind="speed",
        weight=_importance(race),
        title=_title(book, race, widest, price, settled=settled),
        lines=lines,
        verdict=_verdict(book, race, settled=settled),
        scope=scope,
        items=[widest, race.ranking],
        claims=claims,
        subjects=tuple(race.names),
    )


def failed(book: Book, items: list[Comparison]) -> list[Line]:
    """That many records failed beside those that are compared: what is left may be the easy ones."""
    keys = dict.fromkeys(w for i in items for w in i.warnings)
    for alert in (a for a in book.analysis.alerts if a.kind == "errors" and a.key in keys):
        left = int(alert.values["records"]) - int(alert.values["failed"])
        sides = [n for i in items for s, n in ((i.a, i.n_a), (i.b, i.n_b)) if alert.subject in (s, "")]
        compared = max(sides, default=0)
        if float(alert.values["rate"]) >= _FAILED and left >= compared:
            claim = say.alert(book.desk, alert, 0)
            if claim is not None and claim.verdict == "SUPPORTED":
                about = About("failure", alert.subject, "", alert.suite, verdict="failed")
                return [Line(f"{{{{{claim.id}}}}}.", about, "elaboration")]
    return []


def _entry(book: Book, race: Race, place: int, part: str = "subject") -> str:
    field_ = f"entries.{place}.{part}"
    return book.about(race.ranking, field_) if part == "value" else book.f(race.ranking, field_)


def _mean(item: Comparison) -> str:
    return "means" if item.method.startswith("ratio of means") else "geometric means"


def _values(book: Book, race: Race) -> Line:
    """What each of them does, best first; the ends alone where there are many."""
    entries: tuple[RankEntry, ...] = race.ranking.entries
    word = words(race)
    about = About("ranking", entries[0].subject, race.metric, race.suite, verdict="higher")
    places = list(range(len(entries))) if len(entries) <= NAMED else [0, 1, len(entries) - 1]
    head = f"{_entry(book, race, 0)} {word.value.format(v=_entry(book, race, 0, 'value'))}"
    rest = [f"{_entry(book, race, i)} {_entry(book, race, i, 'value')}" for i in places[1:]]
    warm = "warm " if race.warm else ""
    some = race.of(race.names[0], race.names[-1])
    mean = _mean(some) if some else "geometric means"
    if all((e.n or 0) == 1 for e in entries) and not (some and _mean(some) == "means"):
        mean = "single readings"
    of = _of_all(book, race) if len(entries) > NAMED else ""
    text = book.turn(
        "values",
        f"{head}, {listed(rest)} ({warm}{mean}{of}).",
        f"By {warm}{mean}{of}, {head}, {listed(rest)}.",
        f"The {warm}{mean} are {_entry(book, race, 0, 'value')} for {_entry(book, race, 0)}, "
        + listed([f"{_entry(book, race, i, 'value')} for {_entry(book, race, i)}" for i in places[1:]])
        + f"{of}.",
    )
    return Line(text, about)


def _of_all(book: Book, race: Race) -> str:
    """Of how many systems these are the ends, and whether others have the metric by another definition."""
    many = book.f(race.ranking, "#entries")
    others = {
        s.subject: s
        for s in book.desk.summaries.get((race.suite, race.metric), ())
        if s.subject and s.subject not in race.names and s.gmean
    }
    if not others:
        return f", the extremes of {many} systems"
    mine = {s.subject: s for s in book.desk.summaries.get((race.suite, race.metric), ()) if s.subject}
    span = book.desk.span([(s, "errors") for s in mine.values()])
    return f", the extremes of {many} of {book.f(span, '#names')} systems"


def _ratios(book: Book, race: Race, widest: Comparison, up: bool) -> list[Line]:
    """By how much the first is ahead of the last and of the second, with intervals; few pairs are called few."""
    first, last = race.names[0], race.names[-1]
    lead, back = (first, last) if up else (last, first)
    about = About("comparison", lead, race.metric, race.suite, verdict="higher")
    times = words(race).times.format(x=book.about(widest, ahead(widest, lead)), b=_named(book, widest, back))
    sure = _sure(book, widest, lead, "interval ")
    second = race.of(first, race.names[1]) if len(race.names) > 2 else None
    step = ""
    if second is not None and firm(second):
        near = first if up else race.names[1]
        step = f". The step to {_named(book, second, race.names[1])} is {book.about(second, ahead(second, near))} times"
        step += _sure(book, second, near)
    where = book.suite(widest)
    on = f"{pairs(book, widest)}{where}"
    shown = sure.strip(" ()").removeprefix("interval ")
    text = book.turn(
        "ratio",
        f"Over {on} the interval of that ratio is {shown}{step}.",
        f"That is seen on {on}, with an interval of {shown}{step}.",
        f"The ratio rests on {on}, and its interval is {shown}{step}.",
    )
    if not shown:
        text = f"Over {on}, {_named(book, widest, lead)} {times}{step}."
    lines = [Line(text, about, "", _ids(book, widest))]
    reach, few = _reach(book, widest), min(widest.n_a, widest.n_b)
    if reach:
        lines.append(Line(reach, About("comparison", lead, race.metric, race.suite), "elaboration", _ids(book, widest)))
    if few < _PLENTY:
        text = book.turn(
            "few",
            "So few pairs are enough to plan with, and too few to publish.",
            "That is a small sample: good for a plan, not for a publication.",
            "With that few pairs the size of the difference is rough.",
        )
        lines.append(Line(text, About("comparison", first, race.metric, race.suite), "elaboration", _ids(book, widest)))
    return lines


def _sure(book: Book, item: Comparison, lead: str, name: str = "") -> str:
    """ " (95 % interval 2.74 to 2.87)"; nothing without one."""
    field_ = ahead(item, lead)
    return f" ({name}{book.f(item, field_, 'interval')})" if book.desk.fact(item, field_).interval else ""


def _reach(book: Book, item: Comparison) -> str:
    """What the verdict is about, where that is not the systems themselves."""
    if item.reach != "runs":
        return ""
    return book.turn(
        "reach",
        "That holds between these runs: another session of either can move it by as much.",
        "It speaks of these runs, not yet of the systems, since sessions of one system differ too.",
        "Each side is one sitting, so it is a result of these runs alone.",
    )


def _ids(book: Book, item: Comparison) -> tuple[str, ...]:
    claim = say.comparison(book.desk, item)
    return (claim.id,) if claim is not None else ()


def _named(book: Book, item: Comparison, name: str) -> str:
    return book.f(item, "a" if item.a == name else "b")


def _open(book: Book, race: Race, item: Comparison) -> Line:
    about = About("comparison", race.names[0], race.metric, race.suite, verdict="open")
    lead = race.names[0] if metric_of(race.metric).direction == "higher" else race.names[-1]
    seen = f", seen with {pairs(book, item)}: too few for a verdict" if item.n_a and item.n_b else ""
    if as_stated(item):
        seen = ", of one stated figure each: no repeat shows how firm it is"
    text = (
        f"The ratio of the ends is {book.about(item, ahead(item, lead))}{seen or ', which no scatter stands beside'}."
    )
    return Line(text, about, "contrast", _ids(book, item))


def _again(book: Book, race: Race, more: list[Race], up: bool) -> list[Line]:
    """Whether other suites with the same systems give the same order, and the ratio that they give."""
    first, last = race.names[0], race.names[-1]
    same = [r for r in more if r.names == race.names and firm(r.of(first, last))]
    turned = [r for r in more if r.of(first, last) is not None and r.names[0] == last]
    lines: list[Line] = []
    if same:
        lead = first if up else last
        members = [(c, ahead(c, lead)) for r in (race, *same) if (c := r.of(first, last)) is not None]
        item = book.desk.span(members)
        claims = tuple(i for c, _ in members for i in _ids(book, c))
        about = About("span", first, race.metric, race.suite, verdict="higher")
        if len(same) == 1:
            where = book.suite(same[0].ranking, "") or "another session"
            other = members[1]
            text = book.turn(
                "again",
                f"{where} repeats the order, at a ratio of {book.about(*other)}.",
                f"The same order came out in {where}, at a ratio of {book.about(*other)}.",
            )
            text = text[:1].upper() + text[1:] if not text.startswith("{{") else text
        else:
            text = (
                f"In {book.f(item, 'count')} suites the same order is beyond doubt, with ratios from "
                f"{book.about(item, 'low')} to {book.about(item, 'high')}."
            )
        lines.append(Line(text, about, "elaboration", claims))
    for back in turned[:1]:
        last_one = _entry(book, back, len(back.names) - 1)
        text = f"But in {book.f(back.ranking, 'suite')} {_entry(book, back, 0)} is ahead of {last_one}."
        lines.append(Line(text, About("comparison", last, race.metric, back.suite, verdict="lower"), "contrast"))
    return lines


def _latency(book: Book, race: Race, others: list[Race]) -> list[Line]:
    """What the order is by the time that a user waits: the same, turned round, or open."""
    told = next(
        (o for m in LATENCY for o in others if (o.metric, o.suite) == (m, race.suite) and m != race.metric), None
    )
    first, last = race.names[0], race.names[-1]
    if told is None:  # no order over all of them, as each ran under other conditions: by those that both ran
        return next((x for m in LATENCY if (x := often(book, race.suite, m, (first, last)))), [])
    pair = told.of(first, last)
    if pair is None or pair.ratio is None:
        return []
    name = noun(told, warm=told.warm)
    values = {n: book.about(told.ranking, f"entries.{told.names.index(n)}.value") for n in (first, last)}
    shown = f"{values[first]} against {values[last]}"
    claims = _ids(book, pair)
    if not firm(pair):
        span = book.desk.span([(told.ranking, f"entries.{i}.value") for i in range(len(told.names))])
        low, high = book.about(span, "low"), book.about(span, "high")
        near = span.high < 1.25 * span.low
        text = book.turn(
            "latency open near" if near else "latency open",
            f"Their {name} hardly tells them apart, with means from {low} to {high}."
            if near
            else f"In {name} no difference is settled: the means lie between {low} and {high}.",
            f"The {name} stays open, with means between {low} and {high}.",
        )
        about = About("comparison", first, told.metric, race.suite, verdict="open")
        return [Line(text, about, "contrast", claims)]
    if told.names.index(first) < told.names.index(last):
        text = book.turn(
            "latency same",
            f"{_named(book, pair, first)} is also ahead in {name}, {shown} for {_named(book, pair, last)}.",
            f"The {name} points the same way: {shown}.",
        )
        return [
            Line(text, About("comparison", first, told.metric, race.suite, verdict="higher"), "elaboration", claims)
        ]
    text = (
        f"But {_named(book, pair, last)} answers sooner: its {name} is {values[last]} against {values[first]} "
        "(geometric means)."
    )
    return [Line(text, About("comparison", last, told.metric, race.suite, verdict="lower"), "contrast", claims)]


def _title(book: Book, race: Race, widest: Comparison, price: list[Line], *, settled: bool) -> str:
    first, last = race.names[0], race.names[-1]
    word = words(race)
    if not settled:
        single = widest.n_a == widest.n_b == 1
        return f"{_named(book, widest, first)} {word.best}, as far as {'single' if single else 'few'} readings tell"
    up = metric_of(race.metric).direction == "higher"
    lead, back = (first, last) if up else (last, first)
    times = word.times.format(x=book.about(widest, ahead(widest, lead)), b=_named(book, widest, back))
    head = f"{_named(book, widest, lead)} {times}{_with(book, race)}{scope(book, widest)}"
    sooner = bool(price) and price[0].relation == "contrast" and price[0].about.verdict == "lower"
    return f"{head}, but {_named(book, widest, last)} answers sooner" if sooner else head


def _with(book: Book, race: Race) -> str:
    """ " with backend llm.rs": what all of them share, and others in the suite do not."""
    return f" with {book.f(race.ranking, '&within')}" if race.ranking.within else ""


def _verdict(book: Book, race: Race, *, settled: bool) -> str:
    """The clause for the verdict: the first and what it does, then the others."""
    widest = race.of(race.names[0], race.names[-1])
    shown = range(len(race.names)) if len(race.names) <= NAMED else (0, 1, len(race.names) - 1)
    value = {i: book.desk.render(_entry(book, race, i, "value")) for i in shown}
    level = [i for i in shown if value[i] == value[0]]  # of what reads the same, none is ahead
    many = level[1:] and len(race.names) > NAMED  # then there may be more that are not looked at
    if len(level) == len(value) or (many and book.desk.render(_entry(book, race, 2, "value")) == value[0]):
        return ""
    places = [i for i in shown if i not in level]
    rest = [f"{_entry(book, race, i, 'value')} for {_entry(book, race, i)}" for i in places]
    where = scope(book, widest) if widest is not None else ""
    how = ("are" if settled else "were seen") if level[1:] else "is" if settled else "was seen"
    who = f"In {noun(race, warm=race.warm)} {listed([_entry(book, race, i) for i in level])} {how} ahead"
    return f"{who} with {_entry(book, race, 0, 'value')}, against {listed(rest)}{_with(book, race)}{where}"
