"""Other shapes of a question that is known already: "does 256 bring anything over 128?" asks which of the two is faster.

A shape says the same in words that the slots read; names, numbers and metrics stay as they were written. What a shape does
not fit stays as it is.
"""

# ruff: noqa: E501 — patterns are read as tables

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.reader.loads import kind_of
from chimera_report.tools.query.reader.typed import QUALITY as _QUALITY
from chimera_report.tools.query.reader.typed import typed

if TYPE_CHECKING:
    from chimera_report.tools.query.world import World

_ANY = r"(?:anything|something|much|a lot|any (?:benefit|gain|speed|advantage|improvement))(?: at all| more)*"
_OVER = r"(?:over|than|versus|vs\.?|against|compared (?:to|with)|instead of)"
_IS = r"(?:does|do|did|will|would|can)"
_END = r"[\s?!.]*$"
# Shape → the same in words that are known. The first that fits is taken.
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(shape, re.IGNORECASE), known)
    for shape, known in (
        (
            rf"^(?:so )?(?:is|are|was|were) (.+?) (?:influenced|affected|impacted) by (.+?){_END}",
            r"does \2 affect \1?",
        ),
        (
            rf"^(?:so )?{_IS} (.+?) (?:bring|give|buy|gain|get|add|yield)(?: us| me| you)? {_ANY} {_OVER} (.+?){_END}",
            r"\1 vs \2",
        ),
        (
            rf"^(?:so )?{_IS} (.+?) (?:bring|give|buy|gain|get|add|yield|do)(?: us| me| you)? {_ANY}(?: for (.+?))?{_END}",
            r"does \1 help \2?",
        ),
        (rf"^(?:so )?is (.+?) (?:any )?(?:faster|better|quicker) or (?:not|slower|worse){_END}", r"does \1 help?"),
        (
            rf"^(?:so )?(?:is|are) (.+?) (?:just |exactly |really |about )?as (?:fast|quick|good) as (.+?)(?:,? (?:right|correct|true|or not))?{_END}",
            r"\1 vs \2",
        ),
        (
            rf"^(?:so )?(.+?) (?:is|are) (?:just |exactly |really |about )?as (?:fast|quick|good) as (.+?)(?:,? (?:right|correct|true|or not))?{_END}",
            r"\1 vs \2",
        ),
        (
            r"^(?:so |and )?what happens (?:to (.+?) )?(?:between|from|when (?:i|we|you) go from) (.+?) (?:and|to) (.+?)(?: in terms of .+)?[\s?!.]*$",
            r"\1 \2 vs \3",
        ),
        (
            rf"^how much (?:more |less )?(speed|throughput|performance) (?:do|would|will|does|did|can) (?:we|i|you|it|one) (?:lose|give up|sacrifice|pay)(?: (?:with|by using|by|when using|from|using|for))? (.+?){_END}",
            r"how much slower is \2?",
        ),
        (
            rf"^how much (?:more |less )?(speed|throughput|performance) (?:do|would|will|does|did|can) (?:we|i|you|it|one) (?:gain|win|get)(?: (?:with|by using|by|when using|from|using))? (.+?){_END}",
            r"how much faster is \2?",
        ),
        (
            rf"^how much ([\w -]+?) (?:do|would|will|does|did|can) (?:we|i|you|it|one) (?:lose|give up|sacrifice|pay|save)(?: (?:with|by using|by|when using|from|using|for)) (.+?){_END}",
            r"how much lower is the \1 with \2?",
        ),
        (
            rf"^how much ([\w -]+?) (?:do|would|will|does|did|can) (?:we|i|you|it|one) (?:gain|win)(?: (?:with|by using|by|when using|from|using|for)) (.+?){_END}",
            r"how much higher is the \1 with \2?",
        ),
        (
            rf"^(?:so )?{_IS} (.+?) (?:lose|drop|sacrifice|give up|cost)(?: any| much| some)? ([\w -]+?) (?:vs\.?|versus|compared (?:to|with)|over|against|relative to) (.+?){_END}",
            r"is the \2 of \1 lower than that of \3?",
        ),
        (rf"^(?:and )?what does (?:it|that|this) cost (?:in|of) (?:terms of )?(.+?){_END}", r"and the \1?"),
        (rf"^what does (.+?) cost (?:in|of) (?:terms of )?(.+?){_END}", r"does \1 hurt \2?"),
        (
            rf"^{_IS} (?:a )?(?:higher|more|larger|bigger|longer) (.+?) (?:cost|hurt|harm|slow down) (?:the )?((?!more|less).+?)(?: here)?{_END}",
            r"does \1 hurt \2?",
        ),
        (
            rf"^(?:so )?{_IS} ((?!higher|more|larger|bigger|longer).+?) cost (?:any |us |much |some )*(speed|performance|throughput|latency|memory|accuracy|quality|time)(?: here)?{_END}",
            r"does \1 hurt the \2?",
        ),
        (rf"^did (.+?) make (.+?) (faster|slower|better|worse|quicker){_END}", r"is \2 \3 with \1?"),
        (
            rf"^(?:so )?did (?:everything|all(?: of (?:it|them))?|every(?: single)? (?:model|run|test|config|configuration|benchmark)|all (?:the )?(?:models|runs|tests|configs|requests)) (?:run|work|finish|succeed|pass|complete|go through|go well|run through)(?: (?:fine|ok|okay|well|cleanly|through))?{_END}",
            "did any records fail, and why?",
        ),
        (rf"^(?:is|was) everything (?:ok|okay|fine|successful|complete){_END}", "did any records fail, and why?"),
        (
            r"^(?:so )?(?:what|which(?: ones?| runs?)?|anything)(?: would you| should (?:we|i)| do (?:we|i) (?:have|need))? (?:to )?(?:rerun|re-run|retest|re-test|remeasure|re-measure|redo|measure again|run again|test again)\b.*$",
            "what should be measured next?",
        ),
        (
            rf"^(?:so )?how much (?:does|do|did|can|will) (.+?) (?:speed up|accelerate|help|improve|slow down|hurt) (.+?){_END}",
            r"does \1 help \2?",
        ),
        (
            rf"^(?:so )?what (?:does|do|did) (.+?) (?:bring|do|gain|buy|give)(?: us| me)? (?:for|on|with) (.+?){_END}",
            r"does \1 help \2?",
        ),
        (rf"^(?:so )?how (?:did|does|do) (.+?) (?:do|perform|fare|hold up|behave){_END}", r"how fast is \1?"),
        (
            rf"^(?:and )?is (?:it|that one|that) (?:any good|good enough|any use)(?: though| then| at all)?{_END}",
            "and its QUALITY?",
        ),
    )
)


_SAID = re.compile(
    r"^(?:the |their |your |our )?(?:readme|report|docs?|documentation|paper|[\w.-]+\.(?:md|txt|pdf)|[\w-]+ md|table|page|text|author|authors|vendor)(?:\.md)? (?:says?|claims?|states?|writes?|tells? (?:us|me)|reports?|promises|suggests?)(?: that)? (?P<what>.+?)(?:[,;.?]? *(?:is (?:that|this|it) )?(?:true|right|correct|so|agreed?|really|confirmed|do you agree|ok|is it|or not))?[\s?!.]*$",
    re.IGNORECASE,
)
_CLAIM_OF = re.compile(
    r"^(?P<who>.+?) (?:is|was|has|gives|shows|reaches) (?:the |by far the )?(?P<end>best|fastest|slowest|worst|highest|lowest|quickest|most accurate|smallest|largest)(?P<rest> .*)?$",
    re.IGNORECASE,
)


_AS_SAID = re.compile(
    r",? (?:like|as|just like|the way) (?:is )?(?:the |their |your |our )?(?:readme|report|docs?|documentation|paper|table|page|text|authors?|vendor)(?:\.md)? (?:says?|claims?|states?|writes?|shows?|suggests?)(?= *[?.!]*$)",
    re.IGNORECASE,
)


def said(question: str) -> str:
    """What a document says, as the question whether it is so."""
    question = _AS_SAID.sub("", question)
    found = _SAID.match(question.strip())
    if found is None:
        return question
    what = found["what"].strip(" ,")
    if claim := _CLAIM_OF.match(what):
        return f"is {claim['who']} the {claim['end']}{claim['rest'] or ''}?"
    return f"{what}, right?"


_MEANT = re.compile(
    r"^(?:(?:no|nope|nah|sorry|oops|wait|hm+|uh|actually|not that(?: one)?)[,.!: ]+(?:but )?(?:i |we )?|(?:i|we) )(?:meant|mean|was asking (?:about|for)|asked (?:about|for)|was talking about|wanted)(?: to say| it)?[,: ]+(?:the |for the )?(?P<what>.+)$",
    re.IGNORECASE,
)


def corrected(question: str) -> str:
    """ "No, I meant the 9b" changes what was asked before as "and the 9b?" does."""
    found = _MEANT.match(question.strip())
    return f"and {found['what']}" if found else question


_EACH = re.compile(
    r"\b(?:for|of|on|across) all (?:the )?(?:two|three|four|five|six|seven|eight|\d{1,2})(?: of (?:them|these))?\b(?! [a-z])",
    re.IGNORECASE,
)


_COUNTED = re.compile(
    r"\b(?:on|with|for|using|across|over) (?:a |only |just )?(one|single|two|three|four|eight|\d{1,2}) (?:gpus?|cards?|accelerators?|devices?)\b",
    re.IGNORECASE,
)
_COUNTS = {"one": "1", "single": "1", "two": "2", "three": "3", "four": "4", "eight": "8"}


def _devices(question: str, world: World) -> str:
    """ "On one GPU" is a level of how many there are, where the data says that."""
    held = next((f for f in world.layer.varying if re.fullmatch(r"(?:num|nr|n)?_?(?:of_)?(?:gpus|hardware|devices|accelerators)|gpu_count|device_count|tensor_parallel(?:_size)?|tp(?:_size)?", f)), "")  # fmt: skip
    found = _COUNTED.search(question)
    if not held or found is None:
        return question
    count = _COUNTS.get(found[1].lower(), found[1])
    return f"{question[: found.start()]}with {held} {count}{question[found.end() :]}"


_EFFICIENT = re.compile(
    r"\b(?:(?P<end>most|least|more|less)|(?:energy|power)[- ])? ?(?:(?:energy|power)[- ])?efficient(?:ly)?\b",
    re.IGNORECASE,
)
_ENDS = {"most": "lowest", "least": "highest", "more": "lower", "less": "higher"}


def _energy(question: str, world: World) -> str:
    """ "The most efficient one" has the lowest energy, where energy is what the data holds."""
    held = next((m for m in ("energy_per_token", "energy") if m in world.layer.metrics), "")
    found = _EFFICIENT.search(question)
    if not held or found is None or not found["end"]:
        return question
    return f"{question[: found.start()]}{_ENDS[found['end'].lower()]} {metric_of(held).title}{question[found.end() :]}"


# Words that open a question; what opens with another one and ends in "right?" states something.
_OPENS = r"(?!(?:so |and |but )?(?:how|what|which|why|when|where|who|is|are|was|were|does|do|did|has|have|can|will|if|at|for|from|on|in|with)\b)"
_SURE = r"[,;.]?\s+(?:correct|right|true|agreed?|really|yes|no|ok|or not|is it true|is that (?:so|right|true|correct)|isn'?t it|aren'?t they|doesn'?t it)"
_BE = re.compile(
    rf"^{_OPENS}(?:so |and |but )?(.+?) (is|are|was|were) (.+? (?:than|as) .+?)(?:{_SURE})?\s*[?.!]*$", re.IGNORECASE
)
_HAS = re.compile(
    rf"^{_OPENS}(?:so |and |but )?(.+?) (?:eats?|uses?|needs?|takes?|consumes?|burns?|draws?|has|have|gets?|requires?|wants?|reaches|delivers?|does) "
    rf"((?:(?:much|far|way|a lot|\d+(?:\.\d+)?(?:x| ?%| times)) )?(?:less|more|fewer|higher|lower|better|worse) .+? than .+?)(?:{_SURE})?\s*[?.!]*$",
    re.IGNORECASE,
)
_AS = re.compile(r"\b(twice|double|thrice|(\d+(?:\.\d+)?) ?(?:x|times)) as (\w+) as\b", re.IGNORECASE)
_OF = re.compile(
    r"^(is|are) (.+?) (\d+(?:\.\d+)?)(?: ?x| times) (?!as |faster|slower|more|less|better|worse|higher|lower|quicker)(.+?)[?.!]*$",
    re.IGNORECASE,
)
_MORE = {"fast": "faster", "quick": "faster", "slow": "slower", "good": "better", "bad": "worse", "high": "higher",
         "low": "lower", "large": "higher", "big": "higher", "long": "longer"}  # fmt: skip


def stated(question: str) -> str:
    """A statement that is to be confirmed, as the question whether it is so: "vllm is twice as fast as tgi, right?"."""
    text = question.strip()
    if m := _BE.match(text):
        text = f"{m[2]} {m[1]} {m[3]}?"
    elif m := _HAS.match(text):
        text = f"is {m[1]} {m[2]}?"
    times = {"twice": "2", "double": "2", "thrice": "3"}
    text = _AS.sub(
        lambda m: (
            f"{m[2] or times[m[1].lower()]}x {_MORE.get(m[3].lower()) or 'more ' + ('' if m[3].lower() in ('much', 'many') else m[3])} than"
        ),
        text,
    )
    if m := _OF.match(text):
        text = f"{m[1]} {m[2]} {m[3]}x higher than {m[4]}?"
    return text


_LONGER = re.compile(
    r"^(?:so |and |but )?(?:does|do|will|would|is it true that) (?:an? |the |using |having |running )?(?:longer|bigger|larger|higher|more|greater) (?P<what>[\w -]+?) "
    r"(?P<verb>costs?|needs?|uses?|takes?|hurts?|means?|brings?|gives?|increases?|raises?|reduces?|lowers?|slows?(?: down)?|helps?|improves?|makes?|leads? to|causes?) "
    r"(?P<more>more |less |higher |lower |better |worse )?(?:the )?(?P<metric>[\w -]+?)(?: here| too| as well)?[\s?.!]*$",
    re.IGNORECASE,
)


_ELSE = ("cost", "need", "use", "take", "mean", "bring", "give", "make", "lead", "cause")


def _longer(question: str, world: World) -> str:
    """ "Does a longer answer cost more energy?" asks what the one length that varies does to it."""
    m = _LONGER.match(question.strip())
    if m is None or not (m["more"] or m["verb"].lower().startswith(_ELSE)):
        return question  # "does a larger context raise the VRAM?" is read as it stands
    factor = kind_of(m["what"], world.layer)
    if not factor:
        return question
    more, verb = (m["more"] or "").strip().lower(), m["verb"].lower()
    does = (
        "hurt" if verb.startswith(("hurt", "slow")) or more == "worse"
        else "help" if verb.startswith(("help", "improve")) or more == "better"
        else "reduce" if verb.startswith(("reduce", "lower")) or more in ("less", "lower")
        else "raise"
    )  # fmt: skip
    return f"does {factor} {does} the {m['metric']}?"


_THOSE = re.compile(r"\b(those|these) \d+(?= (?:fail\w*|crash\w*|error\w*|succeed\w*|requests?|runs?|records?)\b)", re.IGNORECASE)  # fmt: skip


def known(question: str, world: World) -> str:
    """The question in words that are read, where its shape is another one; else as it stands."""
    question = typed(_THOSE.sub(r"\1", question), world)
    question = _EACH.sub("for all", question)  # how many there are is no level
    question = _longer(stated(_energy(_devices(said(question), world), world)), world)
    for shape, instead in _SHAPES:
        if not (found := shape.match(question.strip())):
            continue
        good = instead == r"\1 vs \2" and re.search(r"\bas good as\b", question, re.IGNORECASE)
        if good and any(m in world.layer.metrics for m in _QUALITY):
            instead = r"QUALITY of \1 vs \2"
        filled = found.expand(instead).strip() if found.re.groups else instead
        if "QUALITY" in filled:
            held = next((m for m in _QUALITY if m in world.layer.metrics), "")
            if not held:
                return question  # nothing here says how good an answer is
            filled = filled.replace("QUALITY", metric_of(held).title)
        return re.sub(r"\s+\?", "?", filled)
    return question
