"""What a question asks for: patterns an intent, tried in order, and the words that each intent uses up."""

# ruff: noqa: E501 — patterns are read as tables

from __future__ import annotations

import re
from dataclasses import dataclass

from chimera_report.tools.query import degrees, words
from chimera_report.tools.query.found import Found
from chimera_report.tools.query.kinds import kind_asked, words_of
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


_THINGS: tuple[tuple[str, Thing], ...] = (
    (
        r"(?:failed|failing|broken) (?:records?|runs?|requests?|measurements?)|errors?|failures?|time-?outs?|timed out|(?:records?|runs?|requests?|measurements?)(?: \w+){0,3} (?:failed|fail|broken?)",
        "errors",
    ),
    (r"outliers?|outlying values?", "outliers"),
    (r"alias(?:es|ed)?|confounded|confounding", "aliases"),
    (r"contradictions?", "contradictions"),
    (r"duplicates?|duplicated(?: files?| records?)?|copies|redundant files?", "duplicates"),
    (r"cold[- ]starts?", "cold starts"),
    (r"recommendations?", "recommendations"),
    (r"limitations?|caveats?", "limitations"),
    (r"findings?|conclusions?", "findings"),
    (r"models?|systems?|subjects?|llms?", "subjects"),
    (r"suites?|benchmarks?|experiments?", "suites"),
    (r"metrics?|measures|quantities|indicators?", "metrics"),
    (r"factors?|settings?|parameters?|knobs?|options?|variables?", "factors"),
    (r"levels?|values?(?= of\s{3,})|choices", "levels"),
    (r"files?|sources?|documents?", "files"),
    (r"records?|runs?|rows?|requests?|samples?|observations?|measurements?|tests?", "records"),
    (r"values?|numbers?|data points?|datapoints?", "values"),
)
# Things that the checks of the data find.
CHECKS = ("errors", "duplicates", "cold starts", "outliers", "aliases", "contradictions")
_CHANGES = r"effects?|affect(?:s|ed)?|impacts?|influence[sd]?|matters?|depends?|chang(?:es?|ed|ing)|role|makes?|differ(?:ence)?|var(?:y|ies)|increase"


def ask_of(found: Found) -> Asked | None:
    """What is asked for; None where no pattern fits."""
    text, _whole = found.text, found.whole
    yes_no = re.search(degrees.YES_NO, text) is not None
    named = bool(found.metrics)
    thing = _thing(text)
    degree = re.search(rf"\b(?:{degrees.SUPERLATIVE})\b", text)
    comparative = re.search(rf"\b(?:{degrees.COMPARE})\b", text)
    asked = Asked("value", yes_no=yes_no)
    asked.of_subjects = re.search(r"\b(?:models?|systems?|subjects?|llms?|one)\b", text) is not None
    asked.of_settings = (
        re.search(r"\b(?:settings?|configurations?|configs?|parameters?|combinations?|setups?|options?)\b", text)
        is not None
    )

    shows_rows = re.search(
        r"\b(?:evidence|proof|prove)\b|\bwhich (?:rows|records|lines|files?) (?:is|are|was|were|does|do) .*\bfrom\b|\b(?:rows|records|raw data|data|lines|values|files?|sources?) (?:is |are |lies |lie )?(?:behind|underlying|supporting|for|that support)|\bbacked? (?:up )?by\b|\b(?:show|give|list|see|display)(?: me)?(?: all)?(?: the)? (?:raw )?(?:rows|records|raw data|raw values|sources?|evidence)\b|\bwhere (?:does|do|did) .*\bcome from\b|\bhow do (?:you|we) know\b|\bsource of\b|\bcome from\b",
        text,
    )
    if found.target or (shows_rows and not re.search(r"\bhow many\b", text)):
        return _with(asked, "evidence")
    if re.search(r"\b(?:plot|chart|graph|draw|histogram|visuali[sz]e|diagram|picture)\b", text):
        return _with(asked, "plot", term="histogram" if re.search(r"histogram|distribution|spread", text) else "")
    if kind := kind_asked(found):
        return _with(asked, "statement", term=kind)
    if term := _definition(found):
        return _with(asked, "definition", term=term)
    if (
        re.search(r"\bhow many\b|\bnumber of\b|\bcount\b|\bhow much data\b|\bhow (?:large|big) is\b", text)
        and (thing or re.search(r"data", text))
        and not (named and thing in ("values", "records", ""))
    ):
        unread = thing == "files" and re.search(
            r"\b(?:fail|failed|broken|unread|unreadable|skipped|left out|could|errors?)\b", text
        )
        if thing == "levels" and not found.factors:
            thing = "values"
        return _with(asked, "count", thing=thing or "files", term="unread" if unread else "")
    if named and re.search(
        r"\bhow many (?:values|records|measurements|samples|observations|rows|runs|data ?points)\b|\bnumber of (?:values|records|samples)\b|\bsample size\b",
        text,
    ):
        return _with(asked, "count", thing="values")
    if re.search(r"\bhow many\b", text) and degree and found.factors:
        return _best(asked, text, degree[0])
    if re.search(r"\bhow many\b", text) and not named:
        return None
    if re.search(
        r"\bwhy\b|\breasons? (?:for|why|that)\b|\bhow come\b|\bwhat (?:makes|explains|causes|caused|is the (?:cause|reason))\b|\bexplain why\b|\bcause of\b",
        text,
    ):
        return _with(asked, "why", presumes=degrees.presumed(text), worst=bool(degree and degree[0] in degrees.WORSE))
    if re.search(
        r"\bmissing\b|\bnot (?:been )?(?:measured|recorded|collected|held|covered)\b|\black(?:s|ing)?\b|\babsent\b|\bunmeasured\b",
        text,
    ):
        return _with(asked, "missing")
    if (
        named
        and not re.search(r"\b(?:trends?|drifts?|outliers?|duplicates?|difference|effect|gap|correlation)\b", text)
        and re.search(
            r"\b(?:did (?:you|we|they|it|the \w+) (?:measure|record|collect|log|capture)|is there|are there|do (?:we|you|i) have|does the (?:data|report|folder) (?:have|hold|contain|include)|do the files (?:have|hold|contain)|(?:is|are|was|were|has|have)(?: the)?\s+(?:been )?(?:measured|recorded|collected)|any (?:data|measurements?|values?|numbers?) (?:on|of|for|about))\b",
            text,
        )
        and not comparative
        and not degree
    ):
        return _with(asked, "missing")
    if (
        re.search(
            r"\bsummar(?:y|ise|ize|ies)\b|\bshort version\b|\bin short\b|\bin brief\b|\boverview\b|\btl;?dr\b|\b(?:main|key|most important) (?:findings?|points?|takeaways?|results?|conclusions?)\b|\btakeaways?\b|\bgist\b|\bwhat does (?:the|this) report say\b|\bwhat did (?:we|you) (?:learn|find)\b|\bin a nutshell\b|\bbottom line\b",
            text,
        )
        and not named
    ):
        return _with(asked, "summary", term="key")
    if re.search(
        r"\btrade[- ]?offs?\b|\bpareto\b|\bgive up\b|\bsacrific|\bat the expense\b|\bcompromise\b|\bat what cost\b|\bwhat (?:does|do|would) .* cost\b|\bprice of\b|\bbalance\b",
        text,
    ):
        return _with(asked, "trade_off")
    if re.search(
        r"\b(?:fail|fails|failed|failing|failures?|crash(?:ed|es)?|errors?|time-?outs?|timed out)\b", text
    ) and (yes_no or (found.subjects and not named)):
        return _with(asked, "count", thing="errors")
    if _quality(text, named) and not degree:
        return _with(asked, "data_quality", thing=thing if thing in CHECKS else "")
    if re.search(
        r"\btrends?\b|\bover (?:the )?(?:time|course|runs?|session)\b|\bdrift|\bdegrad|\bchange[- ]?points?\b|\bthrottl|\bsteady\b|\b(?:get|gets|got|getting|become|becomes) (?:slower|faster|worse|better)\b(?! than)|\bas (?:time|the run|the session)\b",
        text,
    ) and not (found.factors or found.condition):
        return _with(asked, "trend", presumes=degrees.presumed(text) if yes_no else "")
    if (
        re.search(
            r"\bdistribut|\bspread\b|\bhow (?:much )?(?:does|do) .*\bvary\b|\bvariab|\bvarian|\bvariation\b|\bpercentiles\b|\bquantiles\b|\bhow (?:stable|consistent|noisy|reproducible|much .* (?:vary|varies))\b|\bstatistics\b|\bstats\b|\brange of\b|\bscatter|\bdispersion\b|\bnoise\b|\bjitter\b|\bmin(?:imum)? and max|\bstability\b|\bconsistency\b",
            text,
        )
        and not comparative
        and not degree
        and not found.factors
    ):
        return _with(asked, "distribution")
    if (
        not named
        and not degrees.adjective(text)
        and re.search(
            r"\brecommend|\badvi[cs]e|\bsuggest|\bwhat (?:should|shall|can|could|do|would) (?:i|we|you|one)\b.*\b(?:do|change|try|next|improve|measure|run)|\bnext steps?\b|\bhow (?:can|could|do|should|to) (?:i |we )?(?:improve|optimi[sz]e|tune)|\bwhat next\b|\bshould i do\b",
            text,
        )
        and not (found.subjects or found.factors)
    ):
        return _with(asked, "recommend")
    if (
        re.search(
            r"\brank|\border(?:ed)? by\b|\border (?:the|all|them|these)\b|\bsort(?:ed)?\b|\bleaderboard\b|\bfrom (?:fastest|best|slowest|worst|highest|lowest)\b|\bin order\b|\bcompare (?:all|every|the models|the systems|models|them all)\b|\ball (?:the )?models by\b",
            text,
        )
        or found.limit
    ):
        return _with(
            asked,
            "rank",
            worst=bool(re.search(r"from (?:slowest|worst)|slowest first|worst first", text)),
            goal=degrees.goal(text, degree),
        )
    if degree and not (degree[0] in ("most", "least") and not re.search(r"\b(?:most|least)\b", text)):
        superlative = not yes_no or bool(found.subjects or found.condition)
    else:
        superlative = False
    if superlative and degree and re.search(rf"\b(?:second|third|2nd|3rd)[- ]+(?:{degrees.SUPERLATIVE})\b", text):
        return _with(asked, "rank", worst=degree[0] in degrees.WORSE, goal=degrees.goal(text, degree))
    if superlative and degree and named and not (asked.of_subjects or asked.of_settings or found.factors):
        measured = re.search(r"\b(?:measured|observed|recorded|seen|ever|single|any run)\b", text)
        if measured and degree[0] in degrees.LOW | degrees.HIGH:
            found.statistic = "min" if degree[0] in degrees.LOW else "max"
            return _with(asked, "value")
    if superlative and degree:
        return _best(asked, text, degree[0])
    if (
        comparative
        and asked.of_subjects
        and not (found.subjects or found.factors or found.condition or yes_no)
        and re.search(r"\b(?:which|what|who)\b", text)
    ):
        return _with(asked, "best", worst=degrees.presumed(text) == "worse", goal=_end_of(comparative[0]))
    free = [f for f in found.factors if f not in found.condition]
    if (
        found.factors
        and not _two(found)
        and (
            free
            or comparative
            or re.search(r"\b(?:effect|affect|impact|influence|matter|change)", text)
            or (yes_no and any(re.search(rf"\b(?:{pattern})\b", found.whole) for pattern, _ in degrees.CHANGES))
        )
    ):
        presumed = degrees.presumed(text) or next(
            (p for pattern, p in degrees.CHANGES if re.search(rf"\b(?:{pattern})\b", found.whole)), ""
        )
        if (
            thing in ("levels", "values")
            and re.search(r"\b(?:which|what|list)\b", text)
            and not named
            and not comparative
        ) or (re.search(r"\bwhat (?:values?|levels?) (?:of|for|did)\b", text) and not named):
            return _with(asked, "list", thing="levels")
        changes = (
            comparative
            or re.search(rf"\b(?:{_CHANGES})\b", text)
            or any(re.search(rf"\b(?:{pattern})\b", text) for pattern, _ in degrees.CHANGES)
        )
        if changes or (named and not found.subjects and not found.condition) or (named and not found.condition):
            return _with(asked, "effect", presumes=presumed)
        if re.search(r"\b(?:varied|tested|tried|used|swept)\b", text) or (
            re.search(r"\b(?:which|what)\b(?! about| if| does| do| is the (?:effect|impact))", text) and not named
        ):
            return _with(asked, "list", thing="levels")
        return _with(asked, "effect", presumes=presumed)
    if (
        named
        and thing in ("files", "subjects", "suites")
        and re.search(r"\b(?:which|what|list|name)\b", text)
        and re.search(
            r"\b(?:hold|holds|contain|contains|have|has|include|includes|measure|measures|measured|report|reports|cover|covers|with|come|comes)\b",
            text,
        )
        and not comparative
    ):
        return _with(asked, "list", thing=thing)
    if (
        _two(found)
        or (comparative and found.subjects)
        or (re.search(r"\bcompar|\bdifferen|\bvs\b|\bversus\b", text) and found.subjects)
    ) and (
        not (
            named
            and not comparative
            and not re.search(
                r"\bcompar|\bdiffer|\bvs\b|\bversus\b|\bagainst\b|\bor\b|\bbetween\b|\bsame\b|\bequal\b", text
            )
        )
        or (found.condition and _two_levels(found))
    ):
        choice = re.search(r"\b(?:which|who|what)\b", text) is not None
        return _with(asked, "compare", presumes="" if choice else degrees.presumed(text))
    if re.search(r"\bwhat (?:was|were|got|has been|is) (?:swept|varied|changed|tuned|turned)\b", text) and not named:
        return _with(asked, "list", thing="factors")
    if (
        re.search(r"\b(?:which|what|list|name|show|give|enumerate)\b", text)
        and thing
        and _near(text, thing)
        and not named
        and not degrees.adjective(text)
    ):
        return _with(asked, "list", thing=thing)
    polite = re.match(r"\s*(?:can|could|will|would|do) (?:you|we|i)\b", text)
    if (named or degrees.adjective(text)) and (not yes_no or polite):
        return _with(asked, "value")
    return None


def _with(asked: Asked, intent: Intent, **more: object) -> Asked:
    asked.intent = intent
    for name, value in more.items():
        setattr(asked, name, value)
    return asked


def _thing(text: str) -> Thing:
    """What is listed or counted: the first such word after "how many" or "which", else the first of all."""
    head = re.search(
        r"\b(?:how many|number of|count(?: the| of)?|which|what|list(?: the| all)?(?: the)?|name)\s+(?:\w+\s+){0,2}?",
        text,
    )
    start = head.end() if head else 0
    best: tuple[int, int, Thing] | None = None
    for place, (pattern, thing) in enumerate(_THINGS):
        m = re.search(rf"\b(?:{pattern})\b", text[start:])
        if m and (best is None or (m.start(), place) < best[:2]):
            best = (m.start(), place, thing)
    if best is None:
        return ""
    if best[2] in ("records", "values", "suites") and re.search(r"\b(?:fail|failed|failing|errors?|timed out)\b", text):
        return "errors"
    if best[2] in ("files", "records") and re.search(r"\bduplicat|\bcopies\b", text):
        return "duplicates"
    return best[2]


def _near(text: str, thing: Thing) -> bool:
    """Whether the thing is what "which" or "what" asks for, and not a word later in the sentence."""
    pattern = "|".join(p for p, t in _THINGS if t == thing)
    asks = r"(?:which|what|list|name|show|give|enumerate|failed|fail)\b"
    return re.search(rf"\b{asks}(?:\s+[\w'-]+){{0,4}}?\s+(?:{pattern})\b", text) is not None


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
        named = re.search(rf"(?<![\w-]){re.escape(term)}s?(?![\w-])", whole)
        if named and (asks or (bare and bare[1].rstrip("s") == term.rstrip("s"))):
            found.blank(*named.span())
            return term
    if found.metrics and (
        (asks and re.search(r"\bmean\b|\bmeans\b|defin|stand|computed|calculat|measured\b|compute|term|meant", whole))
        or bare
    ):
        return "metric"
    return ""


def _quality(text: str, named: bool) -> bool:
    return re.search(
        r"\bquality\b|\breliab|\btrust|\bproblems?\b|\bissues?\b|\bwrong with\b|\balerts?\b|\banomal|\bsuspicious\b|\bcontradict|\bduplicat|\boutliers?\b|\balias|\bconfound|\bwarnings?\b|"
        r"\bany errors\b|\bwhat errors\b|\bwhich errors\b|\berrors? (?:are|were|did|occurred|in)\b|\bfailed\b|\bfailures?\b|\bcaveats?\b|\bweakness|\bunreadable\b|\bskipped\b|\bleft out\b|\binconsisten|\bflaws?\b|\bconcerns?\b|"
        r"\bis (?:the|this) data (?:any )?(?:good|sound|clean|ok|okay|usable|enough)\b|\bgood data\b|\bcold[- ]starts?\b|\bcopies\b",
        text,
    ) is not None and not (named and re.search(r"\bhow much\b", text))


def _best(asked: Asked, text: str, word: str) -> Asked:
    if word in ("most", "least") and (
        n := re.search(
            rf"\b{word}\s+(fast|quick|slow|efficient|economical|hungry|accurate|responsive|lean|heavy)\b", text
        )
    ):
        good = words.DEGREES[n[1]][1]
        return _with(asked, "best", worst=good != (word == "most"))
    if word in degrees.BETTER:
        return _with(asked, "best")
    if word in degrees.WORSE:
        return _with(asked, "best", worst=True)
    return _with(asked, "best", goal="low" if word in degrees.LOW else "high")


def _end_of(word: str) -> str:
    """The end as numbers that a comparative names: "higher" and "lower" do, "faster" and "better" do not."""
    return {"higher": "high", "lower": "low"}.get(degrees.PRESUMES.get(word, ""), "")


def _two(found: Found) -> bool:
    return (len(found.subjects) == 2 and not found.family) or _two_levels(found)


def _two_levels(found: Found) -> bool:
    return any(len(levels) == 2 for levels in found.condition.values())


def left_over(found: Found, asked: Asked) -> list[str]:
    """Words that nothing explains."""
    soft = words_of(asked.term) if asked.intent == "statement" else words.SOFT[asked.intent]
    left = []
    for word in re.findall(r"\d+(?:[.,]\d+)+[^\s?!.,;:()\"]*|[^\s?!.,;:()\"]+", found.text):
        bare = word.strip("'’-–—/&=+*").removesuffix("'s")
        if bare and bare not in words.FILLERS and bare not in soft and not re.fullmatch(r"[^\w]+", bare):
            left.append(bare)
    return left
