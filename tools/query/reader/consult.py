"""Questions of somebody who decides: what to take, whether to turn something on, what to measure next, what to trust, what
must not be concluded. They are known by their shape, whatever the data is about, and never lean on an order or a value
that was told before as if they asked for another one."""

# ruff: noqa: E501 — patterns are read as tables

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.judged import COSTS, SPEEDS, speed_of
from chimera_report.tools.query.reader.leaned import as_select
from chimera_report.tools.query.reader.picked import chosen
from chimera_report.tools.query.reader.read import propose, slots_of
from chimera_report.tools.query.reader.reasons import BARE_WHY, bare_why
from chimera_report.tools.query.reader.split import several
from chimera_report.tools.schema import Ask, Decline, Query, Reading, Role, Select, Where

if TYPE_CHECKING:
    from chimera_report.tools.query.layer import Layer
    from chimera_report.tools.query.reader.slots import Slots
    from chimera_report.tools.query.world import World

_WE = r"(?:i|we|you|one|they|anyone|somebody|someone)"
_ALL = r"(?:this|it|that|these|those|them|the (?:data|numbers?|results?|report|benchmarks?|measurements?|values?|findings?|runs?|whole thing|test|tests|comparison|setup|experiment)|(?:this|these|that) (?:data|numbers?|results?|report|benchmarks?|measurements?|values?|findings?|runs?|test|tests))"
_NOT = r"(?:not|n't|n’t)"
_OPEN = r"^(?:(?:ok|okay|so|and|but|well|hm+|right|then|now|fine|thanks|cool|great|hi|hello)[,.!:]? )*"
_END = r"(?: (?:then|now|anyway|really|actually|at all|please|for us|for me|here|overall|exactly))*[\s?!.]*$"
_THING = r"(?:models?|ones?|systems?|variants?|configs?|configurations?|settings?|services?|engines?|backends?|quants?|quantisations?|quantizations?|formats?|of them|of these|of those|candidates?)"

# Kind → how people ask it. The first that fits is taken; (?P<x>…) is what it is asked of.
_KINDS: tuple[tuple[str, str], ...] = (
    ("limits", rf"\b(?:must|may|can|could|should|shall|do|would|am|are) ?{_NOT}? ?{_WE}? ?{_NOT}? ?(?:not )?(?:be )?(?:allowed to |able to )?(?:not )?(?:conclude|concluded|infer|inferred|claim|deduce|read into|generali[sz]e)\b"),
    ("limits", rf"\bwhat (?:does|do|did|can|could) {_ALL} {_NOT} (?:say|tell|show|prove|support|cover|answer)"),
    ("limits", rf"\bwhat (?:doesn|can|don)['’]?t {_ALL} (?:say|tell|show|prove|support|cover|answer)"),
    ("limits", r"\b(?:what|which|any|are there|list|name)\b.*\b(?:limits|limitations?|caveats?|weaknesses|weak (?:points|spots)|shortcomings|pitfalls|blind spots)\b"),
    ("limits", rf"\bwhat should {_WE} (?:be )?(?:careful|cautious|wary|watch out|look out|mind|beware)"),
    ("files", rf"\b(?:which|what) (?:of the |of these )?(?:files?|csvs?|jsons?|tables?|logs?|version|one of the (?:files|csvs))(?: of (?:these|them|those|the \w+))? (?:\w+ )?(?:can|should|do|would|to|is|are|may|must) ?{_WE}? ?(?:the )?(?:trust|rely on|believe|use|take|current|right|correct|valid|latest|newest|good|real|authoritative|up to date|trustworthy|reliable)"),
    ("repeated", rf"\b(?:did|do|have|has|was|were|is|are) (?:{_WE}|it|{_ALL}|each|every|everything|all|any(?:thing)?)(?: of (?:it|them|this))?(?: (?:each|every|a|the|single|test|tests|run|runs|measurement|measurements|config|configs|configuration|configurations|condition|conditions|point|points|experiment|experiments|benchmark|benchmarks|value|number))* (?:repeat(?:ed|s)?|replicat(?:ed|e)|measured (?:once|twice|more than once|several times|repeatedly)|run (?:once|twice|more than once|several times|repeatedly|again)|only (?:run|measured) once|averaged)\b"),
    ("repeated", r"\bhow (?:noisy|repeatable|reproducible|consistent|stable|noise[- ]?free|much noise|much (?:do|does|did) (?:repeats|repetitions|runs|it|they|the runs|the numbers|the results) (?:vary|differ|scatter|jitter|fluctuate))\b"),
    ("repeated", rf"\bhow many (?:repeats|repetitions|reps|iterations|trials|replicates|(?:runs|measurements|samples|values)(?= (?:per|for each|for every|in each|each)\b))\b(?: (?:did|do|were|was|are|is|there|{_WE}|it|they|made|done|run|ran|make|have|used?|per|each|for|in|of|a|every|condition|conditions|config|configuration|test|tests|point|value|measurement|setting))*{_END}"),
    ("repeated", rf"\bhow (?:often|many times) (?:did|was|were|is|are|do|have) (?:{_WE}|it|{_ALL}|each|every\w*|all)\b[^?]*\b(?:repeat\w*|measured?|run|ran|tested|done|executed)\b"),
    ("repeated", r"\b(?:any|were there|are there|is there) (?:repeats|repetitions|repeat runs|replicates|repeated runs|reruns)\b|\b(?:single|one) (?:run|shot|measurement)s? or\b|\bjust (?:one|a single) (?:run|measurement)\b"),
    ("trusted", rf"{_OPEN}(?:can|could|should|may|do|would) {_WE} (?:really |actually |even )?(?:trust|rely on|believe|depend on|count on) (?P<x>[^?]+?)(?: in (?:the )?[\w.-]+)?{_END}"),
    ("trusted", rf"{_OPEN}(?:is|are|was|were) {_ALL} (?:really |actually |even )?(?:reliable|trustworthy|solid|sound|credible|believable|robust|representative|any good|valid|serious|meaningful|conclusive|fair|comparable|like for like|apples[- ]to[- ]apples){_END}"),
    ("trusted", rf"{_OPEN}how (?:much|far|well) (?:can|could|should|do|may) {_WE} (?:trust|rely on|believe|depend on)"),
    ("trusted", rf"{_OPEN}how (?:reliable|trustworthy|solid|credible|robust|sure|certain|confident) (?:is|are|can {_WE} be|do {_WE} feel)(?: (?:of|about|in|with))?(?: {_ALL})?{_END}"),
    ("trusted", rf"{_OPEN}how (?:good|accurate|real|reliable|exact) (?:is|are|was|were) (?:the |that |this |those |these )?(?P<x>[^?]+?) (?:numbers?|values?|figures?|columns?|measurements?){_END}"),
    ("drop", rf"\b(?:which|what)\b.{{0,40}}\b(?:can|could|should|to|do|would|shall|must) ?{_WE}? ?(?:safely )?(?:drop|remove|skip|exclude|retire|throw (?:out|away)|leave out|get rid of|discard|ditch|rule out|scrap|eliminate|forget(?: about)?|avoid)\b"),
    ("drop", rf"\b(?:which|what|are any of the|any) (?:\w+ )?{_THING}? ?(?:is|are) (?:useless|not worth|hopeless|pointless|a waste|dominated|obsolete|never worth)"),
    ("next", rf"\bwhat (?:else )?(?:would|should|do|could|shall|must|can) {_WE} (?:still |do and |then |also )?(?:have to |need to |want to |like to )?(?:re-?)?(?:measure|test|benchmark|bench|run|repeat|redo|collect)(?: (?:again|next|first|now|else|before\b.*|after (?:this|that)|from here|to be sure|in the next round))+{_END}"),
    ("next", rf"\bwhat (?:else )?(?:would|should|do|could|shall|must) {_WE} (?:still |also |then )?(?:have to |need to )?(?:re-?)(?:run|measure|test|bench|do)\b"),
    ("next", rf"\bwhat (?:to|needs? to be|should be|has to be|must be|is (?:there )?to) (?:re-?)?(?:measured?|run|test(?:ed)?|repeat(?:ed)?|bench(?:marked)?|done|checked)\b(?:.*\b(?:next|again|before|first|still)\b.*)?{_END}"),
    ("next", rf"{_OPEN}(?:what|anything|which (?:runs?|ones?|tests?|measurements?))(?: is| are| else)? (?:still |yet )?(?:missing|left to (?:do|measure|test)|to (?:rerun|re-run|repeat|redo|remeasure|retest))\b(?! (?:for|from|in|at|of) [a-z0-9])"),
    ("next", rf"\bwhat (?:would|should|do|could|shall|must|can) {_WE} (?:do|check|change|fix|look at) before (?:the next |an?other |more )?(?:test|measur|benchmark|run|re-?run)\w*\b"),
    ("next", rf"\bbefore {_WE} (?:buy|decide|order|purchase|commit|sign|deploy|publish|go live)\b"),
    ("everything", rf"{_OPEN}(?:did|has|have|was|were|is) (?:everything|all(?: of (?:it|them|the \w+))?|every(?: single)? \w+|all (?:the )?\w+) (?:run|ran|work(?:ed)?|finish(?:ed)?|succeed(?:ed)?|pass(?:ed)?|complete[d]?|go(?:ne)? (?:well|through|fine)|ok|okay|fine|successful|clean)\b"),
    ("everything", rf"{_OPEN}(?:did|does|has|have|was|were|is|are)? ?(?:there )?(?:anything|something|any(?: of (?:it|them|the \w+))?|any (?:runs?|models?|tests?|jobs?|configs?|ones?)) (?:ever )?(?:crash(?:ed|es)?|fail(?:ed|s)?|br(?:eak|oke|oken)|go(?:ne)? wrong|went wrong|not (?:run|work|finish|complete)|blow up|missing|error(?:ed)?(?: out)?|oom(?:ed)?|run out of memory|abort(?:ed)?|hang|hung)\b(?! (?:for|on|in|with|at|when|under|above|below) (?!all|there|here|the end|it))"),
    ("everything", rf"{_OPEN}(?:were there |are there |is there |was there )?any (?:problems?|crashes|trouble|issues?|incidents?|hiccups|errors|failures|breakdowns|aborts)(?: (?:during|in|with) (?:the )?(?:runs?|tests?|benchmarks?|measurements?|data))?{_END}"),
    ("prices", r"\b(?:cost|costs|price|prices|pricing|priced|expensive|cheap(?:er|est)?|dollars?|usd|euros?|money|budget|\$|€)\b"),
    ("normal", rf"{_OPEN}(?:is|was|are) (?:that|this|it|these|those)(?: (?:value|number|result|much|one))? (?:really |actually |even |just |already )?(?:normal|expected|usual|typical|plausible|realistic|reasonable|to be expected|common|ok|okay|a lot|much|a good (?:value|number|result)|a bad (?:value|number|result)|high|low|bad|good|weird|odd|strange|suspicious|an outlier){_END}"),
    ("noise", rf"{_OPEN}(?:is|was|are|could|can|may|might) (?:that|this|it|these|those)(?: (?:difference|gap|value|number))?(?: be)? (?:really |actually |just |only |mere |within |more than )*(?:the |a )?(?:noise|chance|luck|random|coincidence|fluke|measurement error|significant|real|repeatable|reproducible)(?: difference| effect)?{_END}"),
    ("worth", rf"{_OPEN}(?:is|was|would|will) (?:it|that|this)(?: be)?(?: all| really| even)? worth (?:it|the \w+(?: \w+)?|doing|having|using){_END}"),
    ("worth", rf"{_OPEN}(?:does|do|would|will|did) (?:it|that|this|they)(?: really| even)? (?:pay off|pay|make sense|bring anything|help(?: (?:much|a lot|at all|anything))?|matter(?: much)?){_END}"),
    ("worth", rf"{_OPEN}(?:should|shall|can|do) {_WE}(?: (?:always|really|just|then|generally|simply|even))* (?:turn|switch|keep|leave) (?:it|that|this|them) (?:on|off){_END}"),
    ("worth", rf"{_OPEN}(?:should|shall|do) {_WE}(?: (?:always|really|just|then|generally|simply|even))* (?:enable|disable|use|take|activate|bother(?: with)?|do|adopt|deploy|ship) (?:it|that|this|them|that one)?(?: (?:everywhere|in general|by default|always))?{_END}"),
    ("should", rf"{_OPEN}(?:should|shall|do|would) {_WE}(?: (?:always|really|just|then|generally|simply|even|better))* (?:turn on|switch on|enable|activate|use|take|adopt|switch to|move to|go with|go for|upgrade to|buy|get|deploy|ship|prefer|stick with|stick to) (?P<x>.+?)(?: in production)?{_END}"),
    ("should", rf"{_OPEN}(?:should|shall|do) {_WE}(?: (?:always|really|just|then|generally))* (?:turn|switch) (?P<x>.+?) on{_END}"),
    ("should", rf"{_OPEN}(?:is|would|are) (?P<x>(?!it\b|that\b|this\b).+?) (?:be )?worth (?:it|the \w+(?: \w+)?|using|having|turning on|enabling|buying|the switch){_END}"),
    ("should", rf"{_OPEN}(?:is|are|would) (?P<x>(?!it\b|that\b|this\b).+?) (?:be )?worth (?:it|the \w+(?: \w+)?) (?:over|instead of|compared (?:to|with)|versus|vs\.?|against|rather than) (?P<y>.+?){_END}"),
    ("should", rf"{_OPEN}(?P<x>(?!it\b|that\b|this\b|what\b|which\b).+?) (?:is|are|was) ?(?:n't|nt|not|n’t)? ?(?:really )?(?:not )?worth (?:it|the \w+(?: \w+)?)(?: (?:over|instead of|compared (?:to|with)|versus|vs\.?|against|rather than|than) (?P<y>.+?))?(?:,? right)? ?{_END}"),
    ("which_for", rf"{_OPEN}(?:which|what)(?: (?:one|ones))?(?P<d> .{{0,40}}?)? (?:should|would|shall|do|could|can|must) {_WE}(?: (?:then|now|really|best|rather|actually))* (?:take|use|pick|choose|select|recommend|go with|go for|buy|get|prefer|deploy|ship|run|serve)\b(?P<x> .*?)?{_END}"),
    ("which_for", rf"{_OPEN}(?:so )?which(?: (?:one|model|is it|of them|would it be|now|then))*(?: then| now)?[\s?!.]*$"),
    ("it_first", rf"{_OPEN}(?:is|was) (?:it|that|that one|this one)(?: (?:also|really|still|then|always|even|actually))* the (?:fastest|slowest|quickest|highest|lowest|most [\w-]+|least [\w-]+|smallest|largest|cheapest)(?: (?:one|too|as well|overall|model|of all|of them))*(?: (?:for|on|at|with|in) [^?]+?)?{_END}"),
    ("each", rf"{_OPEN}(?:so |then )?(?:is |was |are )?(?:that['’]?s|thats|that is|that one is|that one|it['’]?s|its|it is|that|it|this(?: one)?(?: is)?)(?: then| really| just| overall| clearly)* (?:the )?best(?: (?:one|model|choice|option|service|engine|overall|system|pick))*{_END}"),
)  # fmt: skip
_COMPILED = tuple((kind, re.compile(pattern)) for kind, pattern in _KINDS)
# Columns that hold money.
_MONEY = re.compile(r"(?:^|[_\W])(?:cost|price|usd|eur|dollars?|euros?)(?:[_\W]|$)", re.IGNORECASE)
# Tasks that tell values of a metric, which others can be held beside.
_VALUES = ("value", "rank_all", "compare", "", "bounded", "claimed", "course")
# Levels that say that nothing was done: what others of their setting are held against.
_PLAIN = (
    "f16",
    "fp16",
    "bf16",
    "f32",
    "fp32",
    "none",
    "off",
    "default",
    "baseline",
    "base",
    "disabled",
    "auto",
    "false",
    "0",
    "no",
)


def kind_of(question: str) -> tuple[str, str]:
    """The kind of a question of advice and what it is asked of; ("", "") for another question."""
    text = " ".join(question.casefold().replace("’", "'").split())
    for kind, pattern in _COMPILED:
        if found := pattern.search(text):
            groups = found.groupdict()
            x = (groups.get("x") or "").strip()
            return kind, f"{x} vs {groups['y']}" if groups.get("y") else x
    return "", ""


def consult(question: str, world: World, previous: Sequence[Query]) -> Reading | None:
    """The reading of a question of advice; None where it is none, or asks for something that another rule answers."""
    kind, x = kind_of(question)
    if not kind:
        return None
    layer = world.layer
    if kind in ("limits", "files", "next", "everything"):
        named = _named(slots_of(question, world)) if kind == "everything" else ()
        asked = (
            "yes_no"
            if kind == "everything" and re.search(r"\b(?:any|anything|something)\b", question.casefold())
            else ""
        )
        return None if named else _query(Select(measure="records", task=f"consult_{kind}", text=asked))
    if kind == "prices":
        return _prices(question, world)
    found = slots_of(question, world)
    if kind in ("repeated", "trusted"):
        if found.sides or (kind == "trusted" and found.files):
            return None
        before = as_select(previous[-1]) if previous else None
        if kind == "trusted" and before is not None and len(before.sides) == 2 and not x and not found.metrics:
            return _query(Select(measure=before.measure, where=before.where, sides=before.sides, task="consult_noise"))
        metric = next((m for c in found.metrics for m in c if m in layer.metrics), "")
        if found.metrics and not metric:
            return None
        return _query(Select(measure=metric or "records", where=_named(found), task=f"consult_{kind}"))
    last = next((s for q in reversed(previous) if (s := as_select(q)) is not None and s.measure in layer.metrics), None)
    if kind == "noise":
        if last is None:
            return _query(Select(measure="records", task="consult_repeated"))
        return _query(Select(measure=last.measure, where=last.where, sides=last.sides, task="consult_noise"))
    if kind == "it_first":
        return _it_first(found, last, world)
    if kind == "drop":
        by = tuple(b for b in (*found.which, *found.by) if b in layer.levels)
        return _query(Select(measure="records", where=_named(found), by=by, task="consult_drop"))
    if kind == "each":
        return _each(found, last, previous)
    if kind == "normal":
        if last is None or as_select(previous[-1]) is not last or last.task not in _VALUES:
            reason = "Nothing in the data says what is normal, and no value was told before that others could be held beside."
            return Decline(kind="not held", reason=reason, nearest=("which values stand out?", "how noisy is it?"))
        return _query(last.model_copy(update={"task": "consult_normal", "limit": 0, "order": "", "by": ()}))
    if kind == "worth":
        pair = next((s for q in reversed(previous) if (s := as_select(q)) is not None and len(s.sides) == 2 and s.measure in layer.metrics), None)  # fmt: skip
        return _advised(pair) if pair is not None else _unclear(world)
    if kind == "should":
        return _within(_should(x, world), as_select(previous[-1]) if previous else None, layer)
    bare = not (found.which or found.wheres or found.metrics or found.degree or found.by or found.factors)
    if (
        last is None
        and bare
        and re.match(r"\W*what (?:do|would|can) you (?:recommend|suggest)\W*$", question.casefold())
    ):
        return None  # the report has recommendations of its own
    return _which(found, last, world)


def consulted(question: str, world: World, previous: Sequence[Query]) -> Reading | None:
    """The reading of one question of advice, or of several that are all of advice."""
    if previous and previous[-1].select is not None and BARE_WHY.search(question.casefold().strip()):
        return bare_why(slots_of(question, world), previous, world)
    parts = [p for p in re.split(r"(?<=[^,]{8})[,;?] +(?:and )?(?=\S{2,} \S)", question.strip(" ?")) if p]
    if len(parts) > 1:
        kinds = [kind_of(p)[0] for p in parts]
        if all(kinds):
            made = [
                consult(p, world, previous)
                for p, k in zip(parts, kinds, strict=True)
                if kinds.index(k) == parts.index(p)
            ]
            queries = [q for q in made if isinstance(q, Query)]
            if len(queries) == len(made):
                return queries[0] if len(queries) == 1 else Query(intent="several", parts=tuple(queries))
    if len(several(question)) > 1:
        return None
    return consult(question, world, previous)


def _query(select: Select) -> Query:
    return Query(intent="select", metric="" if select.measure == "records" else select.measure, select=select)


def _named(found: Slots) -> tuple[Where, ...]:
    return tuple(w for w in found.wheres if w.field not in ("file", "started"))


def _unclear(world: World) -> Ask:
    """A question back where nothing was told that "it" could be."""
    layer = world.layer
    speed = next((m for m in SPEEDS if m in layer.metrics), "")
    title = metric_of(speed).title if speed else ""
    choices = [f"is {a} faster than {b}?" for a, b in [layer.systems[:2]] if speed] if len(layer.systems) > 1 else []
    choices += [f"does {f} matter?" for f in layer.varying[:2]]
    choices += [f"rank all by {title}"] if title else []
    return Ask(question="What is that about?", choices=tuple(choices[:4]))


def _prices(question: str, world: World) -> Reading | None:
    """Money, where no file holds any; a cost in something else is another question."""
    text = question.casefold()
    if re.search(r"\bcosts? (?:\S+ )?(?:in|of)\b|\bbudget\b.*\b(?:token|memory|power|gib|gb|ms|s)\b|\b(?:extra|more|higher|longer|additional) cost|\bcost (?:latency|speed|throughput|memory|vram|time|accuracy|quality|energy|me)\b|\bbefore\b|\b(?:j|joules?|k?wh|energy|watts?|co2|latency|tokens? per)\b", text):  # fmt: skip
        return None
    if not re.search(r"\b(?:price|prices|pricing|priced|expensive|cheap(?:er|est)?|dollars?|usd|euros?|money|\$|€)\b|\$|€", text) and not re.search(r"\b(?:what|how much|which)\b.*\bcosts?\b", text):  # fmt: skip
        return None
    layer = world.layer
    held = [h for h in (*layer.columns, *layer.unread, *layer.metrics) if _MONEY.search(h)]
    if held:
        return None
    speed = next((m for m in (*SPEEDS, *COSTS) if m in layer.metrics), "")
    near = (f"rank all by {metric_of(speed).title}",) if speed else ()
    return Decline(
        kind="not held", reason="No file holds a price or a cost in money, so none can be told.", nearest=near
    )


def _advised(pair: Select, text: str = "") -> Query:
    """Whether the first side is to be taken: over all conditions, not only those that were asked about before."""
    kept = tuple(w for w in pair.where if w.field == "name" or w.field in ("system", "suite"))
    update = {
        "task": "consult_advised",
        "where": kept,
        "claims": "",
        "text": text,
        "by": (),
        "order": "",
        "limit": 0,
        "unit": "",
        "aggregate": "typical",
    }
    return _query(pair.model_copy(update=update))


def _should(x: str, world: World) -> Reading | None:
    """ "Should I use q4 for llama?": it against what it can be told from, by every metric that both have; of a setting
    with more than two levels, all of them."""
    x = re.sub(r"^(?:the|a|an) ", "", x)
    found = slots_of(f"how much faster is {x}?" if " vs " not in x else f"{x}?", world)
    if found.left or found.numbers or found.foreign:
        return None
    if (made := _of_level(found, world)) is not None:
        return made
    for shape in (f"{x}?",) if " vs " in x else (f"does {x} help?", f"how much faster is {x}?"):
        proposal = propose(slots_of(shape, world), world)
        reading = proposal.reading if proposal is not None else None
        if isinstance(reading, Query) and reading.otherwise is not None and reading.select is None:
            reading = reading.otherwise
        if isinstance(reading, Query) and reading.select is not None and len(reading.select.sides) == 2:
            return _advised(reading.select)
    return None


def _within(made: Reading | None, last: Select | None, layer: Layer) -> Reading | None:
    """ "Why not q2?", after one of a model: of that model."""
    if last is None or not isinstance(made, Query) or made.select is None or made.select.where:
        return made
    own = {*made.select.by, *(w.field for side in made.select.sides for w in side)}
    levels = {x.lower() for f in own for x in layer.levels.get(f, ())}
    kept = tuple(w for w in last.where if w.field not in own and not levels & {v.lower() for v in w.values})
    return made.model_copy(update={"select": made.select.model_copy(update={"where": kept})})


def _of_level(found: Slots, world: World) -> Query | None:
    """A level of a setting that is asked about: against the plain one of it, or among all."""
    layer = world.layer
    held: list[tuple[Where, str, str]] = []
    for w in found.wheres:
        value = w.values[0]
        if w.field in layer.levels:
            held.append((w, w.field, value))
        elif w.field == "name" and w.op == "has":
            own = [f for f in layer.names.columns.get(value, ()) if f in layer.levels and value in {v.lower() for v in layer.levels[f]}]  # fmt: skip
            own = [f for f in own if f in layer.contenders] or own
            if len(own) == 1:
                held.append((w, own[0], next(v for v in layer.levels[own[0]] if v.lower() == value)))
    if not held or len(found.sides) > 1:
        return None
    where, factor, level = held[0]
    rest = tuple(w for w in found.wheres if w is not where and w.field != factor)
    others = [v for v in layer.levels[factor] if v != level]
    plain = [v for v in others if v.lower() in _PLAIN] if len(others) > 1 else others
    if not others:
        return None
    if len(plain) == 1:
        sides = tuple((Where(field=factor, op="=", values=(v,)),) for v in (level, plain[0]))
        return _advised(Select(measure=speed_of(layer), sides=sides, where=rest))
    return _query(Select(measure="records", where=rest, by=(factor,), task="consult_which"))


def _each(found: Slots, last: Select | None, previous: Sequence[Query]) -> Reading | None:
    """ "So that is the best one?", after something: who leads by each metric."""
    if not previous:
        return None
    where = _named(found) or (last.where if last is not None and not last.by else ())
    return _query(
        Select(
            measure="records", where=tuple(w for w in where if w.field not in ("name", "system")), task="consult_each"
        )
    )


def _it_first(found: Slots, last: Select | None, world: World) -> Reading | None:
    """ "Is it also the fastest?": what was told last, or what came first, against all others."""
    from chimera_report.tools.query.told.ranked import leader

    if last is None:
        return _unclear(world)
    named = tuple(w for w in (last.sides[0] if last.sides else last.where) if w.field in ("name", "system") or w.field in world.layer.naming)  # fmt: skip
    among = tuple(found.wheres)
    if last.task in ("rank_all", "consult_which"):
        keys = leader(world.layer, last if last.by else last.model_copy(update={"text": "named"}))
        named = tuple(Where(field=k, op="=", values=(v,)) for k, v in keys.items() if v)
        among = tuple(dict.fromkeys((*last.where, *among)))
    own = tuple(w for w in named if w not in among)
    metric, _ = chosen(found, world.layer, "rank_all")
    if not isinstance(metric, str) or not metric or not named:
        return metric if isinstance(metric, Decline) else _unclear(world)
    if among and own:
        return _query(Select(measure=metric, where=among, sides=(own,), task="why_first", claims=found.order or "best", text="asked"))  # fmt: skip
    where = tuple(Where(field="name", op="has", values=w.values) for w in named)
    return _query(Select(measure=metric, where=where, task="why_first", claims=found.order or "best", text="asked"))


# Words of a purpose, which no row of a benchmark says.
_PURPOSE = re.compile(r"\b(?:for|in|on) (?:a |an |my |our |the |some )?(?P<purpose>[^?!.,]+)")


def _which(found: Slots, last: Select | None, world: World) -> Reading | None:
    """ "Which cache type should I take for 24k?": who leads under the conditions that are named, by each metric."""
    layer = world.layer
    if found.numbers or found.foreign or found.negated or found.bound or len(found.sides) > 1:
        return None
    purpose = _PURPOSE.search(found.parsed.text)
    said = set(re.findall(r"[\w-]+", purpose["purpose"])) if purpose else set()
    if any(not w.isalpha() or w not in said for w in found.left):
        return None
    leans = last is not None and not found.wheres and not found.which and not found.metrics and not found.left
    loads = {f for f in layer.levels if layer.dataset.role_of(f) is Role.WORKLOAD}  # given, and no choice
    one = loads if "which one" in found.parsed.text else set()
    wanted = [*(d for d in found.which if d not in one), *found.by, *(f for f in found.factors if f not in loads)]
    wanted = [d for d in wanted if d in layer.levels or d == "system"]
    if leans and last is not None:
        wanted = wanted or [b for b in last.by if b in layer.levels or b == "system"]
        own = {w.field for side in last.sides for w in side}
        if not wanted and len(own) == 1 and (factor := next(iter(own))) in layer.levels:
            wanted = [factor]  # of a pair of levels all levels are to be chosen from
        elif not wanted and len(last.sides) == 2:
            return _advised(last, "which")
    where = last.where if leans and last is not None else _named(found)
    metrics = [m for c in found.metrics for m in c if m in layer.metrics][:1]
    if leans and last is not None:
        metrics = [last.measure]
    if found.degree and not metrics:
        metrics = [speed_of(layer)]
    by = tuple(dict.fromkeys(wanted))[:1] or (("system",) if len(layer.systems) > 1 else layer.contenders[:1])
    if by == ("system",) and len(layer.systems) < 2:
        by = layer.contenders[:1]  # "which variant", where that is a column
    if not by:
        return None
    where = tuple(w for w in where if w.field != (by[0] if by[0] != "system" or not leans else "name"))
    left = tuple(dict.fromkeys(found.left))
    return _query(
        Select(measure=metrics[0] if metrics else "records", where=where, by=by, task="consult_which", left_out=left)
    )
