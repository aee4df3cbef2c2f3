"""The words that people use about measurements, and what they stand for in a reading of a sentence."""

from __future__ import annotations

import re

SIGN = re.compile(r"(?<![\w.)])[−–﹣－‑](?=\s?\d)")
UNIT = (
    r"tokens/second|tokens/sec|tok/sec|tokens/s|tok/s|t/s|tokens per second|tokens a second|tokens / s|"
    r"ms/token|s/token|[mµun]?s|seconds?|milliseconds?|[MG]i?B|W|J|°C"
)
VALUE = re.compile(rf"(?<![\w.:/])(-?\d+(?:,\d{{3}})*(?:\.\d+)?)\s?({UNIT}|%|percent|x|×|times)(?![\w/])")
BARE = re.compile(r"(?<![\w.:/-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w:]|\.\d)")
SPELLED = "zero one two three four five six seven eight nine ten eleven twelve"
NUMBERS = {word: str(number) for number, word in enumerate(SPELLED.split())}
UNITS = {"tok/s": "tokens/s", "t/s": "tokens/s", "tokens / s": "tokens/s", "second": "s", "seconds": "s"}
UNITS |= dict.fromkeys(("tokens/second", "tokens/sec", "tok/sec"), "tokens/s")
UNITS |= {"millisecond": "ms", "milliseconds": "ms", "tokens per second": "tokens/s", "tokens a second": "tokens/s"}
SPELLED_UNIT = re.compile(rf"\b({SPELLED.replace(' ', '|')}) (seconds?|milliseconds?|times|percent)\b", re.IGNORECASE)
ONE_AT_A_TIME = (
    r"(?:serves |with |for |and )*(?:(?:a )?single|one|1) (?:user|client|(?:concurrent )?request|stream|caller)"
    r"(?: at a time| at once| in flight)?(?!\w)|one at a time"
)
FRACTIONS = (
    (r"\btwice\b(?= (?:as|that))", "2"), (r"\b(?:one )?half\b(?= as)", "0.5"), (r"\b(?:a|one) third\b(?= as)", "0.33"),
    (r"\btwo thirds\b(?= as)", "0.67"), (r"\b(?:a|one) quarter\b(?= as)", "0.25"), (r"\bthrice\b(?= as)", "3"),
)  # fmt: skip
WORDS: tuple[tuple[str, str], ...] = (
    (r"at least|no less than|≥|>=", "CMP≥"), (r"at most|no more than|up to|≤|<=", "CMP≤"),
    (r"stays? (?:above|over)|never drops below", "CMP≫"), (r"stays? (?:below|under)", "CMP≪"),
    (r"(?:climbs?|rises?|goes|jumps?|grows?) (?:past|above|over|beyond)(?= (?:ABOUT )?V)", "UP CMP>"),
    (r"(?:drops?|falls?|sinks?) (?:below|under)(?= (?:ABOUT )?V)", "DOWN CMP<"),
    (r"more than|greater than|higher than(?= V)|over(?= V)|above|exceeds|>", "CMP>"),
    (r"less than(?= [VXP]\b)|lower than(?= V)|below|under|<", "CMP<"),
    (r"(?:climbs?|rises?|goes up|jumps?|grows?) to", "UP"),
    (r"(?:drops?|falls?|sinks?|goes down|declines?|shrinks) to", "DOWN"),
    (r"about|roughly|approximately|around|nearly(?= V)|almost(?= V)|some(?= V)|circa|ca\.|~|≈", "ABOUT"),
    (r"(?:at|for|in|under|on) (?:every|each|all|any)|across all|whatever the", "EVERY"),
    (r"(?:answers?|responds?|starts?) (?:first|soonest|quickest)", "FASTEST M:ttft"),
    (r"(?:answers?|responds?|starts?) (?:sooner|earlier)", "FASTER M:ttft"),
    (r"time to (?:its |the )?first token|to (?:produce|generate|deliver|emit) (?:its |the |a )?first token", "M:ttft"),
    (r"to the first token|for (?:its |the )?first token", "M:ttft"),
    (r"after(?=\s+(?:ABOUT\s+)?V)|from(?=\s+M)|of (?:any|all) (?:the )?(?:requests?|runs?|records?|calls?|F)", ""),
    (r"(?:is|are|was|were) read(?= (?:at|with))|prefill(?= (?:runs?|ran|reaches|reached))", "M:prefill_rate"),
    (r"to load|loads|loaded|loading(?! time)", "M:load_time"),
    (r"decodes?|decoded|decoding(?! (?:speed|rate|time))", "M:decode_rate"),
    (r"gets worse|worsens|degrades|deteriorates|suffers", "WORSE"), (r"gets better|improves", "BETTER"),
    (r"(?:as|when|with) (?:rising|growing|increasing|higher|more)(?= F)", "WHEN RISES"),
    (r"rises?|grows?|increases?|climbs?|goes up", "RISES"), (r"falls?|decreases?|drops?|shrinks?|declines?", "FALLS"),
    (r"going from|moving from|stepping from|from(?= C)", "FROM"), (r"costs?|loses?", "COSTS"), (r"gains?", "GAINS"),
    (r"is ahead of|beats?|outperforms?|ranks? ahead of|wins? (?:against|over)", "BEATS"),
    (r"is behind|trails?|loses to|ranks? behind", "TRAILS"),
    (r"(?:ranks?|comes?|places?|is) (?:the )?first", "FASTEST"), (r"(?:ranks?|comes?|is) last", "SLOWEST"),
    (r"ranked by|ranking by|ordered by|in order of|the order by|sorted by", "RANKED"),
    (r"the difference|difference|the gap", "DIFFERENCE"),
    (r"slows? down(?= (?:every|each|all))|slows?(?= .*\bdown\b)", "SLOWS"),
    (r"faster|quicker", "FASTER"), (r"slower", "SLOWER"), (r"higher|greater|larger|longer|more(?= M)", "HIGHER"),
    (r"lower|smaller|shorter|fewer|less(?= M)", "LOWER"), (r"(?:fastest|quickest) (?:runs?|requests?)", "FASTRUN"),
    (r"slowest (?:runs?|requests?)", "SLOWRUN"), (r"more slowly|less quickly", "SLOWER"), (r"more quickly", "FASTER"),
    (r"fastest|quickest", "FASTEST"), (r"slowest", "SLOWEST"), (r"highest|greatest|largest|longest|most", "HIGHEST"),
    (r"lowest|smallest|shortest|least|fewest", "LOWEST"),
    (r"does not|do not|is not|are not|was not|not|isn't|doesn't|aren't|wasn't", "NOT"),
    (r"reads? (?:its |the |a )?prompts?(?= +(?:at|with|ABOUT|V|in|X|P|FASTER|SLOWER|AS)\b)", "M:prefill_rate"),
    (r"p90|90th percentile", "STAT:p90"), (r"p95|95th percentile", "STAT:p95"), (r"p99|99th percentile", "STAT:p99"),
    (r"geometric means?", "STAT:gmean"), (r"medians?|p50", "STAT:p50"), (r"minimum|min", "STAT:min"),
    (r"maximum|max|peak", "STAT:max"),
    (r"on average|(?:arithmetic )?means?|averages?|averaged|averaging|avg", "STAT:mean"),
    (r"(?:as|so) (?:fast|quick|long|high|much|large)", "AS"),
    (r"(?:nearly|almost|about|much)? ?the same|equally|similar", "SAME"),
    (
        r"(?:generates?|writes?|streams?|outputs?)(?=\s+(?:ABOUT\s+)?(?:[XPN]\s+)?(?:FASTER|SLOWER|AS)\b)",
        "M:decode_rate",
    ),
    (r"warm", "WARM"), (r"cold|after a (?:model )?load", "COLD"),
    (r"(?:far|much|way|clearly|considerably|a lot)(?=\s+(?:FASTER|SLOWER|HIGHER|LOWER))", "FAR"),
    (r"(?:slightly|a bit|a little|somewhat)(?=\s+(?:FASTER|SLOWER|HIGHER|LOWER))", "SLIGHTLY"),
    (r"(?:long|longer|large|larger|big|bigger|high|higher|HIGHER)(?=\s+F\s+SLOWS)", "MORE"),
    (r"hardly|barely|scarcely|little", "HARDLY"), (r"changes?|affects?|influences?|moves?", "CHANGES"),
)  # fmt: skip
# Words that carry nothing: without them a sentence says the same of the data.
FILLER = frozenset(
    word
    for line in (
        "the a an this that these those is are was were be has have had do does did in of by on at for with to its it",
        "their our we i they there here model models system systems run runs rate speed value values number get gets",
        "overall test tests measured measurement measurements show shows showed recorded observed data reaches reach",
        "reached achieves achieved delivers delivered generates generated produces produced needs need needed takes",
        "took got running comes arrives answers respond responds sits lies stands impressive remarkable solid also",
        "suite set while whereas but , . ; : ( ) ! * streams streamed still manages manage managed hits hit posts",
        "clocks clocked writes wrote outputs emits emitted uses using requires required occupies holds held has",
        "when it serves serving request requests user users concurrent client clients which against versus vs",
        "came out token tokens level levels configuration config setting settings result results performance typical",
        "typically figure figures stays stayed remains remained registers registered yields yielded",
        "wait waits generation sustained sustains sees saw saw see very quite even already just",
        "my me you out where makes produce serves pushes churns turns per",
        "ran tested tried benchmarked swept these them spends spent consumes consumed consumption usage",
    )
    for word in line.split()
)
