"""A question into a typed query, by rules: no model, and nothing is guessed that the words do not say.

What is not understood is declined with the words that were not; what can be read in several ways is asked back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query import follow, intents, refusals
from chimera_report.tools.query.absent import absent, examples, not_understood
from chimera_report.tools.query.again import Attempt, again, unheard
from chimera_report.tools.query.audit import unbound
from chimera_report.tools.query.bounds import constraint
from chimera_report.tools.query.complete import complete
from chimera_report.tools.query.extract import as_asked, extract
from chimera_report.tools.query.found import Found
from chimera_report.tools.query.general import general, otherwise, pair
from chimera_report.tools.query.heard import declined
from chimera_report.tools.query.intents import Asked
from chimera_report.tools.query.lacks import lacking
from chimera_report.tools.query.layer import run
from chimera_report.tools.query.levelled import level_of_subjects, subjects_of_levels
from chimera_report.tools.query.meant import metrics
from chimera_report.tools.query.reader import in_english, patterned, read, several, slots_of
from chimera_report.tools.query.reader.asked import forms
from chimera_report.tools.query.reader.consult import consulted
from chimera_report.tools.query.reader.leaned import of_the_first, of_those
from chimera_report.tools.query.reader.shapes import corrected, known
from chimera_report.tools.query.reader.text import language_of
from chimera_report.tools.query.stands import STANDING, meaning, standing
from chimera_report.tools.query.world import World
from chimera_report.tools.schema import Ask, Decline, Query, Reading, Select, Where

# What the older rules ask back where they do not see what a question is about: the slots may see it.
_OPEN = (
    "What is the question about",
    "Which setting do you mean",
    "The best by which metric",
    "The worst by which metric",
    "One setting at",
)
# What a part of a question has that is about a part before it.
_LEANS = re.compile(r"\b(?:its|it|there|they|them|their|that one|those|these)\b", re.IGNORECASE)


# Words by which a question leans on the one before it.
_LEANING = re.compile(
    r"^\W*(?:and|or|but|so|why|also|now|then|ok|okay|only|just|same|what about|how about)\b|"
    r"\b(?:it|its|one|ones|that|those|this|these|them|they|their|both|other|others|former|latter|same|instead|again|"
    r"there|either|neither|two|three|else|more|less|next|second|third|slow|slower|worse|better|faster)\b"
)
_WHOLE = re.compile(r"^\W*(?:which|what|who)\s+(?:is\s+(?:an?\s+)?|does\s+|are\s+|of all\s+)?\w+")


def _whole(question: str) -> bool:
    """Whether a question says by itself what it asks: "which model …", "what is a …", and nothing points back."""
    text = question.casefold()
    return bool(_WHOLE.match(text)) and not _LEANING.search(text)


def _after_its_scope(question: str) -> str:
    """ "Llama 8B: is A faster than B?" is asked of that: "is A faster than B for Llama 8B?"."""
    scope, mark, rest = question.partition(": ")
    if not mark or len(scope.split()) > 4 or len(rest.split()) < 4 or re.search(r"[?!,;]", scope):
        return question
    for_ = {"de": "für", "fr": "pour", "es": "para", "it": "per", "pt": "para"}.get(
        language_of(question.lower()), "for"
    )
    return f"{rest.rstrip(' ?.!')} {for_} {scope}?"


def understand(question: str, world: World, previous: Sequence[Query] = ()) -> Reading:
    """How a question is read, with nothing of it dropped: a reading that leaves a condition out gives way to one that
    has it, or the question is declined with what it leaves out."""
    question = _after_its_scope(corrected(question) if previous else question)
    if (means := meaning(question, world)) is not None:
        return means
    if (by_its_words := patterned(question, world, previous)) is not None:
        return by_its_words
    if (advised := _advised(question, world, previous)) is not None:
        return advised
    if (of_parts := pair(question, world)) is not None:
        return of_parts
    if bounded := next((f for f in forms(question, world) if f.startswith("max concurrency with")), ""):
        made = understand(bounded, world, previous)  # "our SLA is 5 s, max users?": half of it is no talk
        return made.model_copy(update={"read_as": bounded}) if isinstance(made, Query) else made
    question = known(question, world)
    reading = _understood(question, world, previous)
    if isinstance(reading, Decline) and reading.kind != "off topic":
        read_again = reading.kind == "not understood" or slots_of(question, world).foreign
        if read_again and (again_ := _again(question, world, previous)) is not None:
            return again_
        if reading.kind == "not held" and (guess := otherwise(question, world, _attempt(world, previous))) is not None:
            return guess
        return declined(lacking(question, reading, world), question, world)
    if not isinstance(reading, Query) or reading.parts:
        return reading
    reading = of_those(reading, question, previous)
    found = slots_of(question, world)
    if reading.select is not None and reading.select.task == "inventory":  # "which quant would you pick for the 7b?"
        guess = otherwise(question, world, _attempt(world, previous))
        if guess is not None and guess.select is not None and guess.select.task.startswith(("consult_", "rank")):
            return guess
    left = unbound(found, reading, world)
    if not left:
        looser = reading.otherwise is not None and unbound(found, reading.otherwise, world)
        return reading.model_copy(update={"otherwise": None}) if looser else reading
    other = read(question, world, previous)
    options = [reading.otherwise, other.reading if other is not None else None]
    for option in options:
        if isinstance(option, Query) and not unbound(found, option, world):
            return option
    if (again_ := _again(question, world, previous)) is not None:
        return again_
    told = ", ".join(f'"{w}"' for w in left[:4])
    reading = Decline(
        kind="not understood",
        reason=f"I do not see how {told} bears on what is asked, and would have to leave it out.",
        nearest=examples(world),
    )
    return declined(lacking(question, reading, world), question, world)


def _again(question: str, world: World, previous: Sequence[Query]) -> Query | None:
    """The second reading, whole or not at all; else what the rows of the files say of its words; else a guess."""
    attempt = _attempt(world, previous)
    return again(question, world, attempt) or standing(question, world) or general(question, world, previous, attempt)


def _attempt(world: World, previous: Sequence[Query]) -> Attempt:
    """The rules on other words, which must have all of them."""

    def attempt(text: str) -> Query | None:
        advised = _advised(text, world, previous)
        if isinstance(advised, Query):
            return advised
        reading = _understood(known(text, world), world, previous)
        if not isinstance(reading, Query) or reading.parts:
            return reading if isinstance(reading, Query) else None
        return None if unbound(slots_of(known(text, world), world), reading, world) else reading

    return attempt


def _advised(question: str, world: World, previous: Sequence[Query]) -> Reading | None:
    """What is asked by somebody who decides, where nothing of the question steers."""
    return None if refusals.hostile(as_asked(question)) else consulted(question, world, previous)


def _understood(question: str, world: World, previous: Sequence[Query] = ()) -> Reading:
    """How the question is read: by slots over the semantic layer where they say more than the older rules can, by these
    rules else, and by slots again where the rules decline. `previous` are the queries of earlier turns, the last last.
    """
    if not question.strip():
        return Decline(kind="not understood", reason="The question is empty.", nearest=examples(world))
    found = extract(in_english(question, world), world)
    if not (refusals.hostile(found) or refusals.off_topic(found)):
        parts = several(question)
        if len(asked := unheard(parts)) < len(parts):
            return _understood(" ".join(asked), world, previous)
        if len(parts) > 1 and not previous and (whole := _several(parts, world)):
            return whole
        if previous and _whole(question) and isinstance(alone := understand(question, world), Query):
            return alone
        proposal = read(question, world, previous)
        if proposal is not None and proposal.strong and isinstance(proposal.reading, Query):
            return proposal.reading
        older = (
            ()
            if previous and previous[-1].select is not None
            else tuple(q for q in previous if q.select is None and not q.parts)
        )
        ruled = _ruled(world, older, found)
        if isinstance(ruled, Ask) and proposal is not None and isinstance(proposal.reading, Query):
            select = proposal.reading.select
            if select is not None and len(select.sides) > 1 and _two(select, world):
                return proposal.reading  # the names say which two are meant
            if select is not None and ruled.question.startswith(_OPEN):
                return proposal.reading
            return ruled
        if isinstance(ruled, Decline) and proposal is not None:
            return proposal.reading if isinstance(proposal.reading, Query) or ruled.kind == "not understood" else ruled
        lacking = proposal.reading if proposal is not None else None
        of_levels = isinstance(ruled, Query) and ruled.intent in ("compare", "effect") and len(ruled.levels) > 1
        if of_levels and isinstance(lacking, Decline) and lacking.kind == "not held":
            return lacking  # one of the levels has no value of it
        if isinstance(ruled, Query) and proposal is not None and isinstance(proposal.reading, Query):
            select = proposal.reading.select
            if (
                ruled.intent in ("list", "count")
                and ruled.constraints
                and select is not None
                and select.task == "bounded"
            ):
                return proposal.reading  # a list of names keeps no bound
            counted = ruled.intent == "count" and ruled.thing in ("records", "values") and select is not None
            if counted and select is not None and select.task == "counts" and bool(world.layer.table["copy"].any()):
                return proposal.reading  # what stands in two files is counted once
            named = select is not None and len(select.sides) > 1 and select.sides[0][0].field == "name"
            if (
                named
                and ruled.intent in ("value", "effect", "best", "rank", "trend")
                and len(ruled.subjects) < 2
                and len(ruled.levels) < 2
            ):
                return proposal.reading  # which holds two things against each other, where the other names one at most
            both = (
                ruled.intent == "compare"
                and select is not None
                and select.task == "compare"
                and select.also
                and "always" not in select.text.split()
            )
            if both and not found.metrics:
                return proposal.reading  # by what answers are worth and by speed, where the other knows speed alone
            if ruled.intent == "why" and ruled.factor and select is not None and select.task == "why_sides":
                return proposal.reading  # which is tested against what is taken for granted
            instead = proposal.reading if proposal.reading.select else proposal.reading.otherwise
            if ruled.intent == "why" and instead is not None and instead.select and instead.select.task == "course":
                instead = None  # whether it is so is what the rules tell
            return ruled.model_copy(update={"otherwise": instead}) if instead is not None else ruled
        return ruled
    return _ruled(world, previous, found)


def _two(select: Select, world: World) -> bool:
    """Whether each side is of one system alone."""
    probe = Select(measure=select.measure, aggregate="mean", where=select.where, by=("system",))
    return all(len(run(world.layer, probe, wheres=side)) == 1 for side in select.sides)


def _several(parts: Sequence[str], world: World) -> Query | None:
    """Each part as a query; a later one may lean on those before it. None where the first asks for nothing itself."""
    made: list[Query] = []
    for part in parts:
        leans = bool(made) and _LEANS.search(part) is not None
        if leans and made[-1].select is not None and made[-1].select.task in STANDING:
            return made[0] if len(made) == 1 else Query(intent="several", parts=tuple(made))
        reading = understand(part, world, made) if leans else understand(part, world)
        if not isinstance(reading, Query) and made:
            reading = understand(part, world) if leans else understand(part, world, made)
        if isinstance(reading, Query) and reading.read_as:
            return None  # what is guessed of a part says less than the whole
        if isinstance(reading, Query):
            reading = of_the_first(reading, made[0]) if made else reading
            alike = [q for q in made if _of_unit(q) == _of_unit(reading)]
            made = [q for q in made if q not in alike] + [reading]  # "the p95? in seconds" asks one thing
        elif made and isinstance(reading, Decline) and reading.kind == "not held":
            text = reading.reason.rstrip(".")
            made.append(Query(intent="select", select=Select(measure="records", task="declined", text=text)))
        else:
            return None
    return made[0] if len(made) == 1 else Query(intent="several", parts=tuple(made))


def _of_unit(query: Query) -> Query:
    """A query without the unit that it is told in, and without the columns that its sides stand in."""
    if query.select is None:
        return query
    sides = tuple(
        tuple(Where(field="name", op="has", values=tuple(v.lower() for v in w.values)) for w in side)
        for side in query.select.sides
    )
    return query.model_copy(
        update={"select": query.select.model_copy(update={"unit": "", "sides": sides, "claims": ""})}
    )


def _ruled(world: World, previous: Sequence[Query], found: Found) -> Reading:
    """The older rules: every word of the question must be known to them."""
    if refusals.hostile(found):
        return Decline(
            kind="off topic",
            reason="That asks for something else than what the measurements say; nothing was changed and nothing run.",
            nearest=examples(world),
        )
    if refusals.off_topic(found):
        return Decline(kind="off topic", reason="That is no question about this report.", nearest=examples(world))
    if rate := refusals.per_something(found):
        return Decline(kind="not held", reason=f'No metric of the data is a rate "{rate}".', nearest=examples(world))
    asked = intents.ask_of(found)
    followed = follow.merge(found, asked, previous, world)
    if followed is not None:
        asked = followed
    elif asked is None:
        return not_understood(world)
    if declined := absent(found, world):
        return declined
    # Words that only the context could explain are explained by it.
    left = intents.left_over(found, asked)
    if left:
        return not_understood(world, left)
    reading = _query(found, asked, world)
    if isinstance(reading, Query) and reading.intent == "evidence" and reading.target == "last" and previous:
        return reading.model_copy(update={"base": previous[-1].base or previous[-1].intent})
    return reading


def _first(metrics: list[tuple[str, ...]]) -> str:
    return metrics[0][0] if metrics else ""


def _query(found: Found, asked: Asked, world: World) -> Reading:
    if asked.intent == "definition" and asked.term != "metric":
        return Query(intent="definition", target=asked.term)
    subjects_of_levels(found, world)
    level_of_subjects(found, world)
    chosen = metrics(found, asked, world)
    if isinstance(chosen, Decline):
        return chosen
    metric, more = chosen
    if asked.intent == "definition":
        return Query(intent="definition", metric=found.metrics[0][0] if found.metrics else metric)
    factor, levels, condition = _settings(found, asked)
    if len(found.metrics) > 1 and asked.intent not in (
        "trade_off",
        "best",
        "missing",
        "why",
        "plot",
        "rank",
        "compare",
        "value",
        "distribution",
        "evidence",
    ):
        return Ask(question="Which metric do you mean?", choices=tuple(metric_of(m).title for m in (metric, *more)))
    constraints = []
    for bound in found.constraints:
        name = next((m for m in bound[0] if m in world.metrics), "")
        if not name and bound[0]:
            return Decline(
                kind="not held", reason=f"No file holds the {metric_of(bound[0][0]).title}.", metric=bound[0][0]
            )
        made = constraint(bound, name or metric) if name or (metric and not bound[3]) else None
        if made is None:
            return Ask(
                question=f"Which metric is {bound[1]} {bound[2]:g} {bound[3]}".rstrip() + " about?",
                choices=tuple(
                    f"{metric_of(m).title} {bound[1]} {bound[2]:g} {bound[3]}"
                    for m in world.metrics[:4]
                    if metric_of(m).core
                ),
            )
        constraints.append(made)
    subjects = tuple(found.subjects)
    query = Query.model_validate(
        {
            "intent": asked.intent,
            "subjects": subjects,
            "metric": metric,
            "metrics": more,
            "suite": found.suite,
            "factor": factor,
            "factors": tuple(f for f in found.factors if f not in found.condition)
            if asked.intent == "statement"
            else (),
            "statement": asked.term if asked.intent == "statement" else "",
            "levels": levels,
            "toward": found.toward if factor else "",
            "condition": condition,
            "state": found.state,
            "without": tuple(found.without),
            "outliers": found.outliers,
            "statistic": found.statistic,
            "worst": asked.worst,
            "goal": asked.goal,
            "limit": min(found.limit or 10, 100),
            "constraints": tuple(constraints),
            "thing": asked.thing if asked.intent in ("list", "count", "data_quality", "missing", "evidence") else "",
            "target": found.target or (asked.term if asked.intent in ("summary", "plot", "evidence", "count") else ""),
            "yes_no": asked.yes_no,
            "presumes": asked.presumes if asked.intent in ("compare", "effect", "why", "trend") or asked.yes_no else "",
        }
    )
    if constraints and asked.intent in ("list", "value", "rank") and asked.thing in ("", "subjects", "factors"):
        query = query.model_copy(update={"intent": "best", "thing": ""})
    if asked.intent == "best" and asked.yes_no and subjects:
        query = query.model_copy(update={"presumes": "better"})
    return complete(query, found, asked, world)


def _settings(found: Found, asked: Asked) -> tuple[str, tuple[str, ...], dict[str, str]]:
    """The factor that the question is about, those of its levels that it names, and the conditions."""
    pair = next((f for f, ls in found.condition.items() if len(ls) == 2), "")
    condition = {f: ls[0] for f, ls in found.condition.items() if len(ls) == 1}
    if pair:
        return pair, tuple(found.condition[pair]), condition
    free = [f for f in found.factors if f not in found.condition]
    if free:
        return free[0], (), condition
    if found.factors and asked.intent in ("effect", "why") and not condition:
        return found.factors[0], (), {}
    if len(condition) == 1 and (asked.intent == "effect" or (asked.intent == "why" and len(found.subjects) < 2)):
        factor = next(iter(condition))
        return factor, (condition[factor],), {}
    return "", (), condition
