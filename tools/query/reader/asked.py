"""Questions whose shape no rule knows, in the words of one that a rule knows: the same kind of question, asked plainly.

Each form is only tried: it must be understood whole, and the answer says that the question was read so.
"""

# ruff: noqa: E501 — patterns are read as tables

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from chimera_report.tools.query.reader.loads import kind_of
from chimera_report.tools.schema import Role

if TYPE_CHECKING:
    from chimera_report.tools.query.world import World

_OPEN = r"^(?:(?:so|and|but|ok|okay|well|then|hm+|now),? )*"
_WE = r"(?:i|we|u|you|one|they)"
_MAY = r"(?:should|shud|shall|would|could|can|do|does|must|might|may)"
_PICK = r"(?:use|pick|take|choose|go (?:with|for)|run|deploy|buy|get|select|want|prefer|recommend|suggest)"
_TAKE = r"(?:take|handle|serve|cope with|support|sustain|survive|stand|bear|carry|manage|fit|host)"
_BREAKS = r"(?:fall(?:s|ing)? (?:over|apart|down)|break(?:s|ing)?(?: down)?|collaps\w+|die[sd]?|crash\w*|fail\w*|choke\w*|give[sn]? up|errors?|go(?:es)? down|time[sd]? out|timing out)"
_MORE = r"(?:giving|getting|bringing|gaining|growing|helping|scaling|improving|increasing|paying off|adding|going up|rising|getting (?:better|faster))"
_USERS = r"(?:(?:concurrent|parallel|simultaneous) )?(?:users|clients|people|requests|sessions|streams|connections|customers|slots)"
# Shape → the question that it stands for.
_FORMS: tuple[tuple[str, str], ...] = (
    (rf"{_OPEN}(?:which|what) (?P<x>.+?) (?:{_MAY}|to) (?:{_WE} )?(?:better |best |rather )?{_PICK}\b(?P<rest>.*)$", "which {x} should we take{rest}?"),
    (rf"{_OPEN}(?:is|are) (?P<x>.+?) (?:ok|okay|fine|safe|usable|acceptable|good enough|viable|advisable|recommended|a good (?:idea|choice)|worth (?:it|using|having|taking))(?: to (?:use|run|take|deploy|have))?(?: for (?:us|me|production))?$", "should we use {x}?"),
    (rf"{_OPEN}why not (?:just |simply |rather )?(?:use |take |go with |run )?(?P<x>[\w.:-]+)(?:,? (?:it'?s?|its|since|as|because) .*)?$", "should we use {x}?"),
    (rf"{_OPEN}{_MAY} {_WE} (?:turn on|enable|switch on|activate|switch to|move to|upgrade to|go to|bother with|keep) (?P<x>.+)$", "should we use {x}?"),
    (rf"{_OPEN}how many {_USERS} (?:at (?:once|the same time) )?(?:can|could|does|will|would) (?:the |a |an )?(?P<x>.+?) {_TAKE}(?: at (?:once|the same time))?(?: (?:before|until|till|without)(?: [\w']+){{1,5}}?)?(?P<rest> (?:on|with|for|in|at) .+)?$", "at which load do errors begin for {x}{rest}?"),
    (rf"{_OPEN}(?:when|at (?:what|which) (?:load|point|level|concurrency|number of \w+)|where) (?:does|do|will|would) (?:the |a |an )?(?P<x>.+?) (?:start to )?{_BREAKS}$", "at which load do errors begin for {x}?"),
    (rf"{_OPEN}(?:at|with) (?:what|which|how many) (?P<f>[\w ]+?) (?:does|do|did|is) (?P<x>.+?) (?:peak|max out|top out|at (?:its|the) peak|reach (?:its|the) (?:peak|max|maximum|top|best))\w*(?P<rest>.*)$", "which {f} has the highest throughput for {x}{rest}?"),
    (rf"{_OPEN}(?:at|from) (?:what|which) (?P<f>[\w ]+?) (?:does|do) (?P<x>.+?) stops? {_MORE}(?: any)?(?: more)?(?: (?:tokens|throughput|speed|performance|requests))?[?,;]?(?P<rest>.*)$", "at which {f} does {x} saturate{rest}?"),
    (rf"{_OPEN}how many (?P<f>[\w ]+?) (?:until|till|before) (?:it|this|that|they|things|the \w+) (?:stops? {_MORE}|saturates?|flattens?(?: out)?|levels? off|no longer \w+|does(?:n't| not) (?:scale|help|grow)\w*)(?P<rest> (?:on|with|for|in|at) .+)?$", "at which {f} does it saturate{rest}?"),
    (rf"{_OPEN}(?:{_MAY} {_WE} |is it (?:ok|fine|possible) to )(?:run|use|take|get away with|do with|make do with|get by with|go with|have) (?P<x>.+?) (?:instead of|rather than|in place of) (?P<y>.+?)(?: ones?)?$", "{x} vs {y}"),
    (rf"{_OPEN}{_MAY} (?P<x>.+?) (?:replace|stand in for|substitute) (?P<y>.+)$", "{x} vs {y}"),
    (rf"{_OPEN}how (?:well|good|badly|much) (?:does|do|did) (?P<x>.+?) scales? (?:from )?(?P<a>\d+) ?(?:-+>|to|→|–|-) ?(?P<b>\d+) (?P<n>[a-z_]+)(?P<rest>.*)$", "{n} {b} vs {n} {a} for {x}{rest}"),
    (rf"{_OPEN}(?:can|could|may|should) (?:i|we) (?:put|write|state|report|say|claim|quote|publish|tell \w+)(?: that)? (?P<x>.*\d.*?)(?: (?:in|on) (?:the|a|my|our) (?:slides?|deck|report|paper|presentation|blog(?: post)?|docs?|readme|e?-?mail|post))?$", "{x}, right?"),
    (rf"{_OPEN}(?P<x>.*\d.*?),? (?:no|innit|wow|really|seriously|is that so)$", "{x}, right?"),
    (rf"{_OPEN}how (?:many|big|long|large|high)(?: an?| the)? (?P<f>[\w ]+?) (?:is|are|would be|should be) (?:best|optimal|ideal|fastest)(?P<rest>.*)$", "which {f} is best{rest}?"),
    (rf"{_OPEN}how many (?P<f>threads|cores|gpus|layers|slots|workers|cards|nodes|replicas|sequences|seqs) (?:(?:should|shall|do|must|to) (?:(?:i|we|you|one) )?(?:use|take|set|run|give it|pick) ?)?(?P<rest>(?:on|for|with|in) .+)$", "which {f} is fastest {rest}?"),
    (rf"{_OPEN}(?:does|do|did|will|would) (?:it|things|this|they|everything|the speed|performance) (?:get |go )?(?:slow(?:s|ed)? down|get slower|suffer|drop|degrade|get worse) (?:with|for|at|under|when|on) (?:a |an |the )?(?:more|longer|larger|bigger|higher|many|long|large|big|high) (?P<f>[\w ]+)$", "does {setting} hurt the speed?"),
    (rf"{_OPEN}(?:does|do|did|will|would) (?:adding|using|having)? ?(?:more|extra|additional|a second|another|bigger|longer|larger) (?P<f>[\w ]+?) (?:make|makes|made) (?:it|this|that|things|them|everything) (?:any |much |really )*(?:faster|quicker|better)(?P<rest>.*)$", "does {setting} help the speed?"),
    (rf"{_OPEN}(?:does|do|did|will|would) (?:adding|using|having)? ?(?:more|extra|additional|a second|another|bigger|longer|larger) (?P<f>[\w ]+?) (?:make|makes|made) (?:it|this|that|things|them|everything) (?:any |much |really )*(?:slower|worse)(?P<rest>.*)$", "does {setting} hurt the speed?"),
    (rf"{_OPEN}(?:does|do|did|will|would) (?:(?P<v>generating|producing|writing|sending|asking for|adding|using|having|getting|a|an|the) )?(?:more|longer|larger|bigger|higher|additional) (?P<f>[\w ]+?) (?:slows?|slowed|drags?|pulls?) (?:it|things|this|that|them|everything|the \w+) down(?P<rest>.*)$", "does {setting} hurt the speed{rest}?"),
    (rf"{_OPEN}(?:is|are) there (?:any |a )?(?P<x>(?:real |big |clear |noticeable )?(?:difference|gap)) between (?P<a>.+?) and (?P<b>.+)$", "{a} vs {b}"),
    (rf"{_OPEN}what(?:'s| is| are) the (?:difference|gap|gain|loss|speedup|change) (?:between|from) (?P<a>.+?) (?:and|to) (?P<b>.+)$", "{a} vs {b}"),
    (rf"{_OPEN}what (?:do|would|does|did) (?:i|we|you|one|it) (?:lose|gain|win|save|get|pay|give up|sacrifice) (?:with|by|from|going|moving|switching|using|when using|by using|for) (?:to |using )?(?P<x>.+)$", "should we use {x}?"),
    (rf"{_OPEN}how (?:much|badly|far|strongly) (?:does|do|did) (?:the )?(?P<x>.+?) (?:suffer|grow|drop|rise|fall|change|increase|decrease|degrade|worsen|improve|shrink|go (?:up|down))s? (?:from|between) (?P<a>\S+) (?:to|and) (?P<b>\S+)(?P<rest>.*)$", "{x} {b} vs {a}{rest}"),
    (rf"{_OPEN}(?:is it|would it be|is there any point(?: in)?) (?:really |actually )?(?:worth|worthwhile|useful|a good idea|smart|sensible)? ?(?:to |in )?(?:turn(?:ing)? on|us(?:e|ing)|enabl(?:e|ing)|switch(?:ing)? (?:on|to)|tak(?:e|ing)|add(?:ing)?|hav(?:e|ing)|set(?:ting)?) (?P<x>.+)$", "should we use {x}?"),
    (rf"{_OPEN}(?:does|do|did|will|would) (?:turning on |enabling |using |having )?(?P<x>.+?) (?:pay off|bring anything|do anything|change anything|make (?:a|any) difference|gain (?:us |me )?anything|give (?:us |me )?anything)(?P<rest>.*)$", "does {x} help{rest}?"),
    (rf"{_OPEN}(?:which|what) (?:of the )?(?:flags?|options?|tricks?|techniques?|optimi[sz]ations?|knobs?|features?|tweaks?|methods?|changes?|experiments?|variants?) (?:helps?|helped|brings?|brought|gives?|gave|gains?|gained|improves?|improved|speeds? (?:it |things )?up|pays? off|works?|worked|matters?|does)(?: (?:us|you|me))? (?:the )?(?P<e>most|best|least|worst)(?P<rest>.*)$", "which {variant} has the {e} speed{rest}?"),
    (rf"{_OPEN}(?:did|does|do|has|is|was|were) (?:the |its |their )?(?P<m>quality|accuracy|score|answers?|results?) (?:drop|fall|suffer|get worse|degrade|decline|decrease|change|go down|worsen|hurt|affected)\w*$", "{m} by {variant}"),
    (rf"{_OPEN}how (?:often|many times) (?:did|does|do|have|has) (?P<x>.+?) (?:work(?:ed)?|succeed(?:ed)?|pass(?:ed)?|complete[d]?|finish(?:ed)?|go through|gone through)(?P<rest>.*)$", "success rate of {x}{rest}?"),
    (rf"{_OPEN}how often (?:did|does|do|have|has) (?P<x>.+?) (?:fail(?:ed)?|crash(?:ed)?|break|broken|error(?: out)?|time[d]? out)(?P<rest>.*)$", "how many requests of {x} failed{rest}?"),
    (rf"{_OPEN}(?P<x>\d[\d,]* {_USERS}) (?:should |would |will |can )?(?:work|works|run|runs|are|is|go|goes|perform|performs)(?: just| all)? (?:fine|ok|okay|well|smooth\w*|good|stable|without (?:an? )?(?:problems?|errors?|failures?|trouble|issues?))(?P<rest> (?:on|for|in|at) [\w .:-]+?)?(?: (?:with|w/) (?:an? )?\d+ ?% (?:success|ok)\w*(?: rate)?)?(?:,? (?:right|correct|yes|no|ok|then|true))*$", "did any requests fail at {x}{rest}?"),
    (rf"^(?:so |and |but )?(?:if )?(?:our|my|the|an?|with an?|given an?)? ?(?:sla|slo|limit|target|budget|requirement|goal|maximum|threshold) (?:is|of|=|for \w+ is)? ?(?:under |below |at most |max )?(?P<n>\d+(?:\.\d+)?) ?(?P<u>ms|msec|milliseconds?|s|secs?|seconds?)\b(?P<m>[^.,;:?]*)[.,;:?]+ ?(?:what(?:'s| is) )?(?:the )?(?:max(?:imum)?|how many|most|highest|up to how many)(?: number of)? (?P<f>{_USERS})(?P<rest>.*)$", "max concurrency with {metric} below {n} {u}{rest}?"),
    (rf"{_OPEN}how (?:does|do|did|is|are) (?P<x>.+?) (?:doing|holding up|behaving|performing|do|perform|behave)(?P<rest>.*)$", "how fast is {x}{rest}?"),
)  # fmt: skip
_COMPILED = tuple((re.compile(shape, re.IGNORECASE), form) for shape, form in _FORMS)
# What people call the machines of a cluster.
MACHINES = re.compile(r"\b(?:macs?|boxes|machines?|computers?|servers?|hosts?|phones?|boards?|sparks?|nodes?)\b", re.IGNORECASE)  # fmt: skip


_QUANT = re.compile(r"\bquant(?:s|i[sz]ations?)?\b(?! level)", re.IGNORECASE)
_BITS = re.compile(r"(?<![a-z0-9])(?:i?q\d|fp?\d{1,2}|bf16|int\d|awq|gptq|nvfp4|mxfp4|w\da\d+|\d(?:\.\d)?-?bit)(?![0-9])", re.IGNORECASE)  # fmt: skip


def _of_quants(world: World) -> bool:
    """Whether quantisations stand in the names of systems alone: then those are the quantisations."""
    return sum(_BITS.search(s) is not None for s in world.layer.systems) > 1


def forms(question: str, world: World) -> Iterator[str]:
    """The plain questions that a question may stand for, nearest first."""
    text = " ".join(question.split()).strip(" ?!.")
    if "quantisation" not in world.layer.varying and _of_quants(world) and _QUANT.search(text):
        yield _QUANT.sub("model", text) + "?"
    if (implied := _the_other(text, world)) is not None:
        yield implied
    for shape, form in _COMPILED:
        found = shape.match(text)
        if found is None:
            continue
        parts = {k: (v or "").strip() for k, v in found.groupdict().items()}
        if "{setting}" in form:
            made = parts.get("v", "").lower() in ("generating", "producing", "writing")
            parts["setting"] = _setting("output" if made else parts["f"], world)
        if "{variant}" in form:
            tried = [
                f for f in (*world.layer.contenders, *world.layer.naming) if f in world.layer.varying and f != "metric"
            ]
            parts["variant"] = max(tried, key=lambda f: len(world.layer.levels[f]), default="")
            parts["e"] = {"most": "best", "least": "worst"}.get(parts.get("e", ""), parts.get("e", ""))
            parts["m"] = re.sub(r"answers?|results?", "quality", parts.get("m", ""), flags=re.IGNORECASE)
        if "{metric}" in form:
            first = re.search(r"first|ttft|start", parts["m"], re.IGNORECASE)
            parts["metric"] = "TTFT" if first or "e2e_latency" not in world.layer.metrics else "latency"
        if all(parts.get(k) for k in re.findall(r"\{(\w+)\}", form) if k != "rest"):
            rest = parts.get("rest", "")
            yield " ".join(form.format(**{**parts, "rest": f" {rest}" if rest else ""}).split()).replace(" ?", "?")


_MUCH = re.compile(r"^(?:so |and |but )?(?:by )?how much (?:better|worse|faster|slower|quicker|higher|lower|more|less|cheaper|shorter|longer) (?:is|are|was|were) (?P<rest>.+)$", re.IGNORECASE)  # fmt: skip


def _the_other(text: str, world: World) -> str | None:
    """ "How much better is A's TTFT?", of two: A against the other one."""
    found = _MUCH.match(text)
    if found is None or re.search(r"\b(?:than|vs|or|with|without|after|when)\b", found["rest"], re.IGNORECASE):
        return None
    words = found["rest"].split()
    for factor in world.layer.naming:
        levels = {x.lower(): x for x in world.layer.levels[factor]}
        named = [w for w in words if w.lower().removesuffix("'s") in levels]
        if len(levels) == 2 and len(named) == 1:
            own = named[0].lower().removesuffix("'s")
            other = next(x for x in levels if x != own)
            return f"{levels[own]} vs {levels[other]} {' '.join(w for w in words if w != named[0])}"
    return None


def _setting(words: str, world: World) -> str:
    """The setting in numbers that words of a question name: of "macs" how many nodes there were."""
    if found := kind_of(words, world.layer):
        return found
    if words == "output":
        numeric = [f for f in world.layer.varying if f not in world.layer.worded]
        return next((f for f in numeric if re.search(r"(?:^|_)(?:gen|predict|new_tokens|max_tokens)(?:_|$)", f)), "")
    return counted_machines(world) if MACHINES.search(words) else ""


def counted_machines(world: World) -> str:
    """The setting that says how many machines there were; "" for none."""
    held = [f for f in world.layer.varying if re.search(r"(?:^|_)(?:nodes|machines|hosts|replicas|world)(?:_|$)", f)]
    roles = (Role.SETTING, Role.WORKLOAD, Role.UNKNOWN)
    return next((f for f in held if world.layer.dataset.role_of(f) in roles), "")
