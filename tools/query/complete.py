"""What a query still needs; asked back where there are several."""

from __future__ import annotations

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query import degrees
from chimera_report.tools.query.describe import describe
from chimera_report.tools.query.found import Found
from chimera_report.tools.query.intents import Asked
from chimera_report.tools.query.world import World
from chimera_report.tools.schema import Ask, Decline, Query, Reading

# What "the best" may be about.
_BEST_BY = ("decode_rate", "run_time", "ttft", "ttft_incl_load", "energy_per_token", "vram", "ram", "accuracy")


def _groups(found: Found) -> list[set[str]]:
    """What stands against each other where a family of systems is one of the two."""
    families = [set(names) for names in found.families]
    rest = set(found.subjects) - {name for names in families for name in names}
    return [*([rest] if rest and families else []), *families]


def _which_pair(query: Query, groups: list[set[str]], world: World) -> Reading:
    """ "gemma or llama": families of several systems each; which of the pairs that were measured together is meant?"""
    first, second = groups
    pairs = {
        (c.a, c.b)
        for c in world.analysis.comparisons
        if c.axis == "subject"
        and c.metric == query.metric
        and (not query.suite or c.suite == query.suite)
        and ((c.a in first and c.b in second) or (c.a in second and c.b in first))
    }
    title = metric_of(query.metric).title
    if pairs:
        choices = tuple(f"how does {a} compare with {b} by {title}?" for a, b in sorted(pairs)[:6])
        return Ask(question="That names several systems; which two do you mean?", choices=choices)
    return Decline(
        kind="not held",
        reason="That names several systems, and no suite measured one of the first with one of the second.",
        nearest=("rank the models",),
        metric=query.metric,
    )


def _best_by(query: Query, asked: Asked, world: World) -> Ask:
    """ "The best" of nothing in particular: by which metric?"""
    of = "settings" if asked.of_settings or query.factor else "model"
    where = f" in suite {query.suite}" if query.suite else ""
    who = f" for {query.subjects[0]}" if len(query.subjects) == 1 else ""
    subjects = query.subjects or ("",)
    held = [m for m in _BEST_BY if any(world.holds(m, subject=s, suite=query.suite) for s in subjects)]
    end = "worst" if query.worst else "best"
    name = query.factor or of
    has = "have" if name == "settings" else "has"
    return Ask(
        question=f"The {end} by which metric?",
        choices=tuple(f"which {name} {has} the {end} {metric_of(m).title}{who}{where}?" for m in held[:5]),
    )


def complete(query: Query, found: Found, asked: Asked, world: World) -> Reading:
    """What a query still needs; asked back where there are several."""
    if query.intent == "compare" and not query.factor:
        if len(query.subjects) == 1:
            others = sorted(
                {
                    x
                    for c in world.analysis.comparisons
                    if c.axis == "subject"
                    and c.metric == query.metric
                    and query.subjects[0] in (c.a, c.b)
                    and (not query.suite or c.suite == query.suite)
                    for x in (c.a, c.b)
                }
                - set(query.subjects)
            )
            if len(others) == 1:
                return query.model_copy(update={"subjects": (query.subjects[0], others[0])})
            if not others:
                return Decline(
                    kind="not held",
                    reason=f"The data compares {query.subjects[0]} with nothing else by {metric_of(query.metric).title}.",  # noqa: E501
                    nearest=(f"what is the {metric_of(query.metric).title} of {query.subjects[0]}?",),
                )
            word = {"better": "better than", "worse": "worse than", "higher": "higher than", "lower": "lower than"}.get(
                query.presumes, "compared with"
            )
            return Ask(
                question="Compared with which one?",
                choices=tuple(
                    describe(query.model_copy(update={"subjects": (query.subjects[0], o)})) for o in others[:6]
                )
                if not word
                else tuple(
                    f"how does {query.subjects[0]} compare with {o} by {metric_of(query.metric).title}?"
                    for o in others[:6]
                ),
            )
        if not query.subjects:
            return query.model_copy(update={"intent": "rank"})
    free = [f for f in found.factors if f not in found.condition]
    if query.intent == "effect" and len(free) > 1:
        on = f" to the {metric_of(query.metric).title}" if query.metric else ""
        return Ask(question="One setting at a time: which?", choices=tuple(f"what does {f} do{on}?" for f in free[:6]))
    if query.intent in ("compare", "why") and not query.factor and len(groups := _groups(found)) == 2:
        return _which_pair(query, groups, world)
    if query.intent == "value" and len(query.levels) == 2:
        apart = any(s.metric == query.metric and query.factor in s.condition for s in world.analysis.summaries)
        return query if apart else query.model_copy(update={"intent": "compare"})
    if query.intent == "rank" and asked.of_settings and not query.subjects:
        return query.model_copy(update={"target": "settings"})
    if query.intent == "best" and not (found.metrics or query.constraints or degrees.adjectives(found.whole)):
        return _best_by(query, asked, world)
    if query.intent == "effect" and not query.factor:
        return Ask(question="Which setting do you mean?", choices=tuple(world.levels)[:8])
    if query.intent == "why" and not query.factor and not query.subjects:
        return Ask(
            question="What is the question about?", choices=tuple(f"why is {s} faster?" for s in world.subjects[:4])
        )
    if query.intent == "list" and query.thing == "levels" and not (query.factor or query.condition):
        return query.model_copy(update={"thing": "factors"})
    if (
        query.intent == "best"
        and not found.subjects
        and not asked.of_subjects
        and not query.factor
        and asked.of_settings
    ):
        return query.model_copy(update={"target": "settings"})
    if query.intent == "best" and asked.of_settings:
        return query.model_copy(update={"target": "settings"})
    if query.state == "cold" and query.intent not in (
        "value",
        "distribution",
        "plot",
        "evidence",
        "list",
        "count",
        "data_quality",
    ):
        return Ask(
            question="Cold starts alone are summarised, not compared. Do you mean one of these?",
            choices=tuple(
                f"what is the {metric_of(query.metric).title} of {s} at a cold start?"
                for s in (query.subjects or world.subjects)[:3]
            ),
        )
    return query
