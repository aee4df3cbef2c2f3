"""What a question asks for: rules in their order, the first that fits decides; and the words that each intent uses up."""

# ruff: noqa: E501 — patterns are read as tables

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from chimera_report.tools.patterns import compiled
from chimera_report.tools.query import degrees, words
from chimera_report.tools.query.found import Found
from chimera_report.tools.query.kinds import kind_asked, words_of
from chimera_report.tools.query.said import CHECKS, Said
from chimera_report.tools.schema import Intent, Thing


@dataclass(slots=True)
class Asked:
    """The intent of a question, and what its words say besides."""

    intent: Intent
    thing: Thing = ""
    worst: bool = False
    goal: str = ""  # high, low: the end as numbers
    presumes: str = ""
    term: str = ""
    yes_no: bool = False
    of_subjects: bool = False  # "which model"
    of_settings: bool = False  # "which setting"


@dataclass(frozen=True, slots=True)
class Rule:
    """Fits where the words hold `says` and not `unless`, and all marks hold (`!named`: does not)."""

    intent: Intent | Literal[""]  # "": no intent at all, and no rule after this one is tried
    says: str = ""
    marks: str = ""  # attributes of Said or Found
    unless: str = ""
    things: tuple[Thing, ...] = ()  # one of them is listed or counted
    more: Callable[[Said], dict[str, Any] | None] = lambda _: {}  # fields of Asked; None where the rule does not fit

    def read(self, said: Said) -> dict[str, Any] | None:
        if not all(said[m.removeprefix("!")] != m.startswith("!") for m in self.marks.split()):
            return None
        if self.things and said.thing not in self.things:
            return None
        if (self.says and not said.has(self.says)) or (self.unless and said.has(self.unless)):
            return None
        return self.more(said)


def _kind(said: Said) -> dict[str, Any] | None:
    return {"term": kind} if (kind := kind_asked(said.found)) else None


def _term(said: Said) -> dict[str, Any] | None:
    return {"term": term} if (term := _definition(said.found)) else None


def _counted(said: Said) -> dict[str, Any] | None:
    thing = said.thing
    if not (thing or said.has(r"data")) or (said.named and thing in ("values", "records", "")):
        return None
    failed = r"\b(?:fail|failed|broken|unread|unreadable|skipped|left out|could|errors?)\b"
    unread = thing == "files" and said.has(failed)
    if thing == "levels" and not said.found.factors:
        thing = "values"
    return {"thing": thing or "files", "term": "unread" if unread else ""}


def _presumed(said: Said) -> dict[str, Any]:
    return {"presumes": degrees.presumed(said.text)}


def _why(said: Said) -> dict[str, Any]:
    return {**_presumed(said), "worst": said.degree in degrees.WORSE}


def _checked(said: Said) -> dict[str, Any] | None:
    if said.named and said.has(r"\bhow much\b"):
        return None
    return {"thing": said.thing if said.thing in CHECKS else ""}


def _order(said: Said) -> dict[str, Any]:
    worst = said.has(r"from (?:slowest|worst)|slowest first|worst first")
    return {"worst": bool(worst), "goal": degrees.goal(said.text, said.degree)}


def _second(said: Said) -> dict[str, Any]:
    return {"worst": said.degree in degrees.WORSE, "goal": degrees.goal(said.text, said.degree)}


def _extreme(said: Said) -> dict[str, Any] | None:
    """ "The highest rate ever measured" is a value."""
    if said.degree not in degrees.LOW | degrees.HIGH:
        return None
    said.found.statistic = "min" if said.degree in degrees.LOW else "max"
    return {}


def _end(said: Said) -> dict[str, Any]:
    """The end of an order that a superlative names."""
    word = said.degree
    if word in ("most", "least") and (
        n := said.has(rf"\b{word}\s+(fast|quick|slow|efficient|economical|hungry|accurate|responsive|lean|heavy)\b")
    ):
        return {"worst": words.DEGREES[n[1]][1] != (word == "most")}
    if word in degrees.BETTER:
        return {}
    if word in degrees.WORSE:
        return {"worst": True}
    return {"goal": "low" if word in degrees.LOW else "high"}


def _better(said: Said) -> dict[str, Any]:
    """ "Which one is faster?": of "higher" and "lower" the end as numbers, of "faster" and "better" none."""
    end = {"higher": "high", "lower": "low"}.get(degrees.PRESUMES.get(said.comparative, ""), "")
    return {"worst": degrees.presumed(said.text) == "worse", "goal": end}


def _effect(said: Said) -> dict[str, Any]:
    changes = (p for pattern, p in degrees.CHANGES if compiled(rf"\b(?:{pattern})\b").search(said.found.whole))
    return {"presumes": degrees.presumed(said.text) or next(changes, "")}


def _compared(said: Said) -> dict[str, Any]:
    return {} if said.has(r"\b(?:which|who|what)\b") else _presumed(said)


def _listed(said: Said) -> dict[str, Any]:
    return {"thing": said.thing}


_HOW_MANY = r"\bhow many\b"
_LEVELS: Callable[[Said], dict[str, Any]] = lambda _: {"thing": "levels"}  # noqa: E731
_FAILS = r"\b(?:fail|fails|failed|failing|failures?|crash(?:ed|es)?|errors?|time-?outs?|timed out)\b"
_HOLDS = r"\b(?:hold|holds|contain|contains|have|has|include|includes|measure|measures|measured|report|reports|cover|covers|with|come|comes)\b"
_QUALITY = (
    r"\bquality\b|\breliab|\btrust|\bproblems?\b|\bissues?\b|\bwrong with\b|\balerts?\b|\banomal|\bsuspicious\b|\bcontradict|\bduplicat|\boutliers?\b|\balias|\bconfound|\bwarnings?\b|"
    r"\bany errors\b|\bwhat errors\b|\bwhich errors\b|\berrors? (?:are|were|did|occurred|in)\b|\bfailed\b|\bfailures?\b|\bcaveats?\b|\bweakness|\bunreadable\b|\bskipped\b|\bleft out\b|\binconsisten|\bflaws?\b|\bconcerns?\b|"
    r"\bis (?:the|this) data (?:any )?(?:good|sound|clean|ok|okay|usable|enough)\b|\bgood data\b|\bcold[- ]starts?\b|\bcopies\b"
)
RULES = (
    Rule("evidence", marks="target"),
    Rule(
        "evidence",
        r"\b(?:evidence|proof|prove)\b|\bwhich (?:rows|records|lines|files?) (?:is|are|was|were|does|do) .*\bfrom\b|\b(?:rows|records|raw data|data|lines|values|files?|sources?) (?:is |are |lies |lie )?(?:behind|underlying|supporting|for|that support)|\bbacked? (?:up )?by\b|\b(?:show|give|list|see|display)(?: me)?(?: all)?(?: the)? (?:raw )?(?:rows|records|raw data|raw values|sources?|evidence)\b|\bwhere (?:does|do|did) .*\bcome from\b|\bhow do (?:you|we) know\b|\bsource of\b|\bcome from\b",
        unless=_HOW_MANY,
    ),
    Rule(
        "plot",
        r"\b(?:plot|chart|graph|draw|histogram|visuali[sz]e|diagram|picture)\b",
        more=lambda said: {"term": "histogram" if said.has(r"histogram|distribution|spread") else ""},
    ),
    Rule("statement", more=_kind),
    Rule("definition", more=_term),
    Rule("count", r"\bhow many\b|\bnumber of\b|\bcount\b|\bhow much data\b|\bhow (?:large|big) is\b", more=_counted),
    Rule(
        "count",
        r"\bhow many (?:values|records|measurements|samples|observations|rows|runs|data ?points)\b|\bnumber of (?:values|records|samples)\b|\bsample size\b",
        "named",
        more=lambda _: {"thing": "values"},
    ),
    Rule("best", _HOW_MANY, "degree factors", more=_end),
    Rule("", _HOW_MANY, "!named"),
    Rule(
        "why",
        r"\bwhy\b|\breasons? (?:for|why|that)\b|\bhow come\b|\bwhat (?:makes|explains|causes|caused|is the (?:cause|reason))\b|\bexplain why\b|\bcause of\b",
        more=_why,
    ),
    Rule(
        "missing",
        r"\bmissing\b|\bnot (?:been )?(?:measured|recorded|collected|held|covered)\b|\black(?:s|ing)?\b|\babsent\b|\bunmeasured\b",
    ),
    Rule(
        "missing",
        r"\b(?:did (?:you|we|they|it|the \w+) (?:measure|record|collect|log|capture)|is there|are there|do (?:we|you|i) have|does the (?:data|report|folder) (?:have|hold|contain|include)|do the files (?:have|hold|contain)|(?:is|are|was|were|has|have)(?: the)?\s+(?:been )?(?:measured|recorded|collected)|any (?:data|measurements?|values?|numbers?) (?:on|of|for|about))\b",
        "named !comparative !degree",
        unless=r"\b(?:trends?|drifts?|outliers?|duplicates?|difference|effect|gap|correlation)\b",
    ),
    Rule(
        "summary",
        r"\bsummar(?:y|ise|ize|ies)\b|\bshort version\b|\bin short\b|\bin brief\b|\boverview\b|\btl;?dr\b|\b(?:main|key|most important) (?:findings?|points?|takeaways?|results?|conclusions?)\b|\btakeaways?\b|\bgist\b|\bwhat does (?:the|this) report say\b|\bwhat did (?:we|you) (?:learn|find)\b|\bin a nutshell\b|\bbottom line\b",
        "!named",
        more=lambda _: {"term": "key"},
    ),
    Rule(
        "trade_off",
        r"\btrade[- ]?offs?\b|\bpareto\b|\bgive up\b|\bsacrific|\bat the expense\b|\bcompromise\b|\bat what cost\b|\bwhat (?:does|do|would) .* cost\b|\bprice of\b|\bbalance\b",
    ),
    Rule("count", _FAILS, "yes_no", more=lambda _: {"thing": "errors"}),
    Rule("count", _FAILS, "subjects !named", more=lambda _: {"thing": "errors"}),
    Rule("data_quality", _QUALITY, "!degree", more=_checked),
    Rule(
        "trend",
        r"\btrends?\b|\bover (?:the )?(?:time|course|runs?|session)\b|\bdrift|\bdegrad|\bchange[- ]?points?\b|\bthrottl|\bsteady\b|\b(?:get|gets|got|getting|become|becomes) (?:slower|faster|worse|better)\b(?! than)|\bas (?:time|the run|the session)\b",
        "!factors !condition",
        more=lambda said: _presumed(said) if said.yes_no else {},
    ),
    Rule(
        "distribution",
        r"\bdistribut|\bspread\b|\bhow (?:much )?(?:does|do) .*\bvary\b|\bvariab|\bvarian|\bvariation\b|\bpercentiles\b|\bquantiles\b|\bhow (?:stable|consistent|noisy|reproducible|much .* (?:vary|varies))\b|\bstatistics\b|\bstats\b|\brange of\b|\bscatter|\bdispersion\b|\bnoise\b|\bjitter\b|\bmin(?:imum)? and max|\bstability\b|\bconsistency\b",
        "!comparative !degree !factors",
    ),
    Rule(
        "recommend",
        r"\brecommend|\badvi[cs]e|\bsuggest|\bwhat (?:should|shall|can|could|do|would) (?:i|we|you|one)\b.*\b(?:do|change|try|next|improve|measure|run)|\bnext steps?\b|\bhow (?:can|could|do|should|to) (?:i |we )?(?:improve|optimi[sz]e|tune)|\bwhat next\b|\bshould i do\b",
        "!named !adjective !subjects !factors",
    ),
    Rule(
        "rank",
        r"\brank|\border(?:ed)? by\b|\border (?:the|all|them|these)\b|\bsort(?:ed)?\b|\bleaderboard\b|\bfrom (?:fastest|best|slowest|worst|highest|lowest)\b|\bin order\b|\bcompare (?:all|every|the models|the systems|models|them all)\b|\ball (?:the )?models by\b",
        more=_order,
    ),
    Rule("rank", marks="limit", more=_order),
    Rule("rank", rf"\b(?:second|third|2nd|3rd)[- ]+(?:{degrees.SUPERLATIVE})\b", "superlative", more=_second),
    Rule(
        "value",
        r"\b(?:measured|observed|recorded|seen|ever|single|any run)\b",
        "superlative named !of_subjects !of_settings !factors",
        more=_extreme,
    ),
    Rule("best", marks="superlative", more=_end),
    Rule(
        "best", r"\b(?:which|what|who)\b", "comparative of_subjects !subjects !factors !condition !yes_no", more=_better
    ),
    Rule("list", r"\b(?:which|what|list)\b", "along !named !comparative", things=("levels", "values"), more=_LEVELS),
    Rule("list", r"\bwhat (?:values?|levels?) (?:of|for|did)\b", "along !named", more=_LEVELS),
    Rule("effect", marks="along changes", more=_effect),
    Rule("effect", marks="along named !condition", more=_effect),
    Rule("list", r"\b(?:varied|tested|tried|used|swept)\b", "along", more=_LEVELS),
    Rule("list", r"\b(?:which|what)\b(?! about| if| does| do| is the (?:effect|impact))", "along !named", more=_LEVELS),
    Rule("effect", marks="along", more=_effect),
    Rule(
        "list",
        _HOLDS,
        "named !comparative",
        things=("files", "subjects", "suites"),
        more=lambda said: _listed(said) if said.has(r"\b(?:which|what|list|name)\b") else None,
    ),
    Rule("compare", marks="against", more=_compared),
    Rule(
        "list",
        r"\bwhat (?:was|were|got|has been|is) (?:swept|varied|changed|tuned|turned)\b",
        "!named",
        more=lambda _: {"thing": "factors"},
    ),
    Rule("list", r"\b(?:which|what|list|name|show|give|enumerate)\b", "near !named !adjective", more=_listed),
    Rule("value", marks="named !yes_no"),
    Rule("value", marks="named polite"),
    Rule("value", marks="adjective !yes_no"),
    Rule("value", marks="adjective polite"),
)


def ask_of(found: Found) -> Asked | None:
    """What is asked for; None where no rule fits."""
    said = Said(found)
    asked = Asked("value", yes_no=said.yes_no, of_subjects=said.of_subjects, of_settings=said.of_settings)
    for rule in RULES:
        if (more := rule.read(said)) is not None:
            return replace(asked, intent=rule.intent, **more) if rule.intent else None
    return None


def _definition(found: Found) -> str:
    _text, whole = found.text, found.whole
    asks = re.search(
        r"\bwhat (?:does|do|is meant by|is the meaning of|is the definition of)\b.*(?:\bmean\b|\bmeans\b|\bstand for\b|$)|\bdefine\b|\bdefinition\b|\bmeaning of\b|\bstands? for\b|"
        r"\bhow (?:is|are|was|were|do you|does)\b.*\b(?:defined|computed|calculated|measured|calculate|compute)\b|\bexplain (?:the term|what)\b|\bwhat is meant\b",
        whole,
    )
    bare = re.fullmatch(r"\s*(?:and |so )?what(?: is| are|'s|s) (?:an? )?((?!the )[\w /-]+?)\s*\?*\s*", whole)
    if found.subjects or found.condition or (not asks and not bare):
        return ""
    if asks and re.search(
        r"what do(?:es)? (?:the|this) (?:report|data)|\bmean for\b|what does .* (?:say|do|cost|affect|change|hold|contain|depend)",
        whole,
    ):
        return ""
    for term in sorted(words.TERMS, key=len, reverse=True):
        named = compiled(rf"(?<![\w-]){re.escape(term)}s?(?![\w-])").search(whole)
        if named and (asks or (bare and bare[1].rstrip("s") == term.rstrip("s"))):
            found.blank(*named.span())
            return term
    if found.metrics and (
        (asks and re.search(r"\bmean\b|\bmeans\b|defin|stand|computed|calculat|measured\b|compute|term|meant", whole))
        or bare
    ):
        return "metric"
    return ""


def left_over(found: Found, asked: Asked) -> list[str]:
    """Words that nothing explains."""
    soft = words_of(asked.term) if asked.intent == "statement" else words.SOFT[asked.intent]
    left = []
    for word in re.findall(r"\d+(?:[.,]\d+)+[^\s?!.,;:()\"]*|[^\s?!.,;:()\"]+", found.text):
        bare = word.strip("'’-–—/&=+*").removesuffix("'s")
        if bare and bare not in words.FILLERS and bare not in soft and not re.fullmatch(r"[^\w]+", bare):
            left.append(bare)
    return left
