"""Questions as people type them, in the words that the slots read: "can it reach 100 t/s", "what if I have 50 users",
"best for coding", "how long does a run take"."""

# ruff: noqa: E501 — patterns are read as tables

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.patterns import compiled
from chimera_report.tools.query.reader.loads import kind_of

if TYPE_CHECKING:
    from chimera_report.tools.query.layer import Layer
    from chimera_report.tools.query.world import World

QUALITY = ("accuracy", "quality", "score", "pass_rate")

_UNTIL = re.compile(r"\b(?:until|till) (?=(?:how many|how much|which|what)\b)", re.IGNORECASE)
_CAN = r"^(?:so |and |but )?(?:can|could|does|do|will|would|did) (?P<who>.+?) (?:(?:really|actually|even|still|ever|also) )*"
_REACH = re.compile(
    _CAN
    + r"(?:reach|hit|get to|get|manage|achieve|deliver|make|break|exceed|beat|do) (?:more than |over |at least |about |the )*(?P<number>\d[\d,]*(?:\.\d+)?) ?"
    r"(?:tok/s|toks/s|t/s|tokens?/s(?:ec)?|tokens? (?:per|a) second|tps)\b(?P<rest>.*?)[\s?!.]*$",
    re.IGNORECASE,
)
_COPE = re.compile(
    _CAN
    + r"(?:handle|handles|cope with|support|serve|sustain|survive|manage|stand|withstand|deal with|take on) (?:up to |about |around |as many as )?"
    r"(?P<load>\d[\d,]*k? (?:[\w-]+ )*?(?:users?|clients?|people|persons?|customers?|requests?|connections?|streams?|slots?|sessions?|agents?)\b.*?)[\s?!.]*$",
    re.IGNORECASE,
)
_REST = re.compile(
    r"^(?:so |and |but )?(?:is|are|was|were) (?P<who>.+?) (?:(?:really|actually|that|so|much|far|way|clearly|always) )*(?P<more>faster|slower|better|worse|quicker) than (?:all |any of |every )?(?:of )?(?:the )?(?:rest|others?|other ones|everyone else|everything else|competition)\b.*$",
    re.IGNORECASE,
)
_MOST = {"faster": "fastest", "quicker": "fastest", "slower": "slowest", "better": "best", "worse": "worst"}
_WITH_MORE = re.compile(
    r"^(?:so |and |but )?(?:does|do|did|will|would) (?P<who>.+?) (?:get|gets|become|becomes|run|go|goes|perform) (?:(?:any|much|really|even|significantly) )*(?P<more>faster|slower|better|worse)(?: (?:with|when|under|if|at|the))? (?:(?:i|we|you|it) (?:add|adds|use|have|has|run|get|gets) )?(?:more|higher|larger|bigger|longer|greater|additional|increasing) (?P<what>[\w -]+?)[\s?!.]*$",
    re.IGNORECASE,
)
# What a task of answers tests → the parts of names of such tests.
_TASKS = (
    (r"coding|programming|code generation|writing code|python", ("humaneval", "mbpp", "livecodebench", "code", "coding")),
    (r"instruction[- ]following|following instructions", ("ifeval", "instruction")),
    (r"maths?|arithmetic|mathematics", ("gsm8k", "math", "maths", "aime")),
    (r"general knowledge|world knowledge|knowledge questions", ("mmlu", "knowledge")),
    (r"summari[sz]ation|summari[sz]ing|summaries", ("summarization", "summary", "resumen", "cnn_dailymail", "xsum")),
    (r"translation|translating", ("translation", "wmt", "flores")),
)  # fmt: skip


def _tested(question: str, world: World) -> str:
    """ "Coding" is the level of the data that tests it, where one does and none is called so: HumanEval, MBPP."""
    layer = world.layer
    for said, names in _TASKS:
        found = compiled(rf"(?<![\w-])(?:{said})(?![\w-])", re.IGNORECASE).search(question)
        if found is None or layer.names.having(found[0].lower()):
            continue
        held = {x.lower(): x for f in layer.varying for x in layer.levels[f]}
        one = next((held[n] for n in names if n in held), "")
        if one:
            return f"{_by_quality(question[: found.start()], layer)}{one}{_by_quality(question[found.end() :], layer)}"
    return question


def _by_quality(text: str, layer: Layer) -> str:
    """ "The best at coding" is so by how good its answers were, where that was measured."""
    held = next((m for m in QUALITY if m in layer.metrics), "")
    title = metric_of(held).title if held else ""
    return (
        re.sub(r"\b(best|worst|better|worse)\b(?! accuracy| score| quality)", rf"\1 {title}", text, flags=re.IGNORECASE)
        if title
        else text
    )


_ON = re.compile(
    r"^(?:so |and |but )?(?:from|at|beyond|above) (?:which|what|how many|how much) (?P<what>[\w -]+?)(?: on| onwards| upwards)? (?:does|do|is|are|will|would) (?P<who>.*?)\b(?:not|no longer|stop|stops|hardly|barely)\b.*?\b(?:help|helps|helping|pay|pays|paying|gain|gains|gaining|bring|brings|matter|matters|worth|scale|scales|scaling|improve|improves|improving)\b.*$",
    re.IGNORECASE,
)
_LOADS = re.compile(r"\b(which|what) loads?\b(?! time)", re.IGNORECASE)


_STARTS = re.compile(
    r"^(?:so |and |but )?how (?:fast|quickly|quick|long|slow|slowly) (?:does|do|did|can) (?P<who>.+?) (?:take to )?(?:start(?: up)?|boot(?: up)?|load(?: up)?|come up|get ready)[\s?!.]*$",
    re.IGNORECASE,
)


def _tests(text: str, world: World) -> bool:
    """Whether a text names a level of a setting in words: a task or a workload."""
    levels = {x.lower() for f in world.layer.varying if f in world.layer.worded for x in world.layer.levels[f]}
    return bool(levels & set(re.findall(r"[\w.-]+", text.lower())))


_FIRST = re.compile(
    r"\bhow long (?:(?:does|do|did|will|would|must|should|have) (?:it|i|we|you|they|a user|users|one)(?: (?:have to|need to|had to))? ?(?:take|wait)? ?|is the wait ?)?(?:until|till|to|before|for)(?: (?:i|we|you|they|a user|users) (?:get|see|receive|read)s?)? (?:the |a |my )?(?:first|1st) (?:word|token|character|letter|response|reply|output)s?\b(?: (?:arrives|appears|comes|shows up|is (?:there|out)))?",
    re.IGNORECASE,
)


_TAKES = re.compile(
    r"^(?:so |and |but )?how long (?:does|did|do) (?:a |an |one |each |the )?(?P<what>.+?) (?:take|takes|last|lasts|need)(?P<rest> .*?)?[\s?!.]*$",
    re.IGNORECASE,
)


_IF = re.compile(r"^(?:so |and |but )?what (?:if|about|when|happens (?:if|when|with)) (?:i|we|you|they|one) (?:have|had|get|got|run|use|go to|put) (?P<load>\d[\d,]*k? [\w -]+?)[\s?!.]*$", re.IGNORECASE)  # fmt: skip
_MATTERS = re.compile(
    r"^(?P<what>.*\b(?P<end>best|better|worst|worse)\b.*?),? (?:if|when|where|as|because|since|and) (?:the |low |good |high )*(?P<metric>[\w -]+?) (?:matters?|counts?|is (?:important|key|critical|what matters|all that matters))(?: most| more| to (?:me|us))?[\s?!.]*$",
    re.IGNORECASE,
)
_FOR_LOW = re.compile(r"\b(?P<end>best) (?P<what>\w+) for (?:low|lowest|good|high|highest|minimal|fast|short) (?P<metric>latency|ttft|throughput|memory|vram|power|energy|response times?|accuracy)\b", re.IGNORECASE)  # fmt: skip
_MORE_HELPS = re.compile(
    r"^(?:so |and |but )?(?:do|does|did|will|would) (?:(?:using|having|a) )?(?:more|adding(?: more)?|extra|higher|increasing(?: the)?|raising(?: the)?|larger|bigger|longer) (?P<what>[\w -]+?) (?P<does>help|hurt|pay off|matter|make (?:it|things) (?:faster|slower|better|worse)|slow (?:it|things) down|speed (?:it|things) up)[\s?!.]*$",
    re.IGNORECASE,
)
_LOAD = re.compile(r"\b(?P<before>depends? on|with|under|by|of|increasing|rising|growing|more|higher) (?:the )?(?:more |higher |increasing )?load\b(?! ?(?:time|test|s\b))", re.IGNORECASE)  # fmt: skip


def _asked_of_load(text: str, world: World) -> str:
    """ "What if I have 150 users?", "do more users help?", "does power depend on load?"."""
    layer = world.layer
    if m := _IF.match(text):
        return f"how fast is it with {m['load']}?"
    if m := _MATTERS.match(text):
        return f"{m['what'][: m.start('end')]}{m['end']} {m['metric']} {m['what'][m.end('end') :]}?"
    text = _FOR_LOW.sub(lambda m: f"{m['end']} {m['metric']} {m['what']}", text)
    if (m := _MORE_HELPS.match(text)) and (factor := kind_of(m["what"], layer)):
        worse = re.search(r"hurt|slower|worse|slow", m["does"], re.IGNORECASE)
        return f"does {factor} {'hurt' if worse else 'help'} the speed?"
    if _LOAD.search(text) and not layer.names.whole.get("load") and (factor := kind_of("load", layer)):
        text = _LOAD.sub(lambda m: f"{m['before']} {factor}", text)
    return text


def _plain_shape(question: str, world: World) -> str:
    """ "Can it reach 100 t/s", "does it cope with 50 users", "is it faster than the rest", "faster with more users"."""
    text = question = _FIRST.sub("what is the ttft", _asked_of_load(question.strip(), world))
    if (m := _ON.match(text)) and (factor := kind_of(m["what"], world.layer)):
        return f"at which {factor} does {m['who'].strip() or 'it'} saturate?"
    if _LOADS.search(text) and (factor := kind_of("load", world.layer)):
        text = _LOADS.sub(rf"\1 {factor}", text)
        question = text
    timed = next((t for t in ("run_time", "e2e_latency") if t in world.layer.metrics), "")
    if timed and (m := _TAKES.match(text)) and _tests(f"{m['what']} {m['rest'] or ''}", world):
        return f"what is the {metric_of(timed).title} of {m['what']}{m['rest'] or ''}?"
    if m := _STARTS.match(text):
        return f"what is the load time of {m['who']}?"
    if m := _REACH.match(text):
        rates = [r for r in ("decode_rate", "output_throughput") if r in world.layer.metrics] or ["decode_rate"]
        return " ".join(
            f"which conditions of {m['who']} have a {metric_of(r).title} of at least {m['number']} tokens/s{m['rest']}?"
            for r in rates
        )  # of one user, and of all together
    if m := _COPE.match(text):
        return f"how many requests of {m['who']} failed with {m['load']}?"
    if m := _REST.match(text):
        return f"is {m['who']} the {_MOST[m['more'].lower()]}?"
    if (m := _WITH_MORE.match(text)) and (factor := kind_of(m["what"], world.layer)):
        does = "help" if m["more"].lower() in ("faster", "better") else "hurt"
        return (
            f"does {factor} {does} the speed of {m['who']}?"
            if m["who"].lower() not in ("it", "this", "that")
            else f"does {factor} {does} the speed?"
        )
    return question


def typed(question: str, world: World) -> str:
    """The question in words that are read; as it stands where it has none of these shapes."""
    return _plain_shape(_tested(_UNTIL.sub("up to ", question), world), world)
