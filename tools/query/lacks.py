"""Why a question has no answer, so that the reason is true and of use: what was not measured, what no file says, which name
nothing has; and what there is instead."""

# ruff: noqa: E501 — tables are read as a whole

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chimera_report.tools.claims import english
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query import degrees
from chimera_report.tools.query.judged import COSTS, QUALITY, SPEEDS
from chimera_report.tools.query.layer.words import where_words
from chimera_report.tools.query.machines import names_a_machine, standing
from chimera_report.tools.query.reader import loads, slots_of
from chimera_report.tools.query.reader.fillers import idle, restricting
from chimera_report.tools.query.reader.settings import level_of
from chimera_report.tools.schema import Decline

if TYPE_CHECKING:
    from chimera_report.tools.query.reader.slots import Slots
    from chimera_report.tools.query.world import World

_MOST = 6  # names that are listed
# Metrics that say nearly the same: the nearest of one that is not there.
_FAMILIES = (
    ("vram", "ram"),
    ("power", "energy", "energy_per_token", "gpu_util"),
    QUALITY,
    ("decode_rate", "output_throughput", "total_throughput", "request_rate", "tpot", "itl"),
    ("ttft", "ttft_incl_load", "e2e_latency", "run_time", "prefill_rate"),
)
# What people ask of a benchmark in words that name no metric → what it is, metrics that would tell it, words of headers.
_TOPICS: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    (r"hallucinat\w*|smart(?:er|est)?|intelligen\w*|clever\w*|dumb\w*|stupid\w*|reasoning ability|correctness|how good (?:are|is|were) (?:the|its|their) (?:answers?|outputs?)|(?:answer|output|response|text) quality|wrong answers?|right answers?|quality loss",
     "How good the answers are", QUALITY, ("accuracy", "quality", "score", "similarity", "correct", "pass")),
    (r"(?:gpu|cpu|chip|core|card|board) temperatures?|temperature did|how (?:hot|warm)|hottest|overheat\w*|thermal\w*|throttl\w*|cooling",
     "The temperature of the hardware", ("gpu_temperature", "temperature"), ("temp", "thermal", "temperature")),
    (r"fans?|noise level|decibels?|how loud", "The noise of the machine", (), ("fan", "noise")),
    (r"battery(?: life)?|battery drain", "The battery", (), ("battery",)),
    (r"co2|carbon|emissions?", "The emission of CO2", ("co2", "emissions"), ("co2", "emission", "carbon")),
    (r"(?:network|memory|disk|pcie|nvlink) (?:bandwidth|traffic|speed|latency)|bandwidth", "The bandwidth", ("bandwidth", "memory_bandwidth"), ("bandwidth", "gbps")),
    (r"disk (?:space|usage|size)|on disk", "The size on disk", ("model_size",), ("size", "disk")),
    (r"(?:gpu|cpu) (?:utili[sz]ation|usage|load)", "The use of the processor", ("gpu_util", "cpu_util"), ("util", "utilization")),
)  # fmt: skip
_COMPILED = tuple(
    (re.compile(rf"\b(?:{said})\b", re.IGNORECASE), what, metrics, headers) for said, what, metrics, headers in _TOPICS
)
# What of the machine or the software is asked for → how it is called.
_WHICH = re.compile(
    r"\b(?:which|what)(?: kind of| sort of| exact| version of)? (?:\w+ )?(?P<what>gpus?|graphics cards?|cards?|cpus?|processors?|machines?|hardware|hosts?|servers?|phones?|devices?|boards?|laptops?|computers?|engines?|runtimes?|frameworks?|drivers?|os|operating systems?|cuda versions?|software)\b",
    re.IGNORECASE,
)
_ALSO = re.compile(r"\b(?:and|or|\+|/) (?:what |which )?(?P<what>gpus?|cpus?|engines?|runtimes?|frameworks?|drivers?|os|software|hardware)\b", re.IGNORECASE)  # fmt: skip
_SOFTWARE = re.compile(r"engine|runtime|framework|driver|os$|operating|cuda|software", re.IGNORECASE)
_CAPITALS = {"gpu": "GPU", "gpus": "GPU", "cpu": "CPU", "cpus": "CPU", "os": "operating system", "card": "card"}
_PEOPLE = re.compile(r"\b(?:(?:concurrent|parallel|simultaneous) )?(?:users?|clients?|people|requests|streams|sessions|connections)\b|\b(?:at the same time|in parallel|concurrenc\w+|at once)\b")  # fmt: skip


def lacking(question: str, reading: Decline, world: World) -> Decline:
    """The refusal with its true reason, and what there is instead; as it stands where nothing truer is known."""
    found = slots_of(question, world)
    if reading.kind == "not held" and not (reading.metric and _bare(reading)):
        return reading
    text = found.parsed.text
    because = _topic(text, world) or _metric(found, world) or _machine(text, found, world) or _load(text, found, world)
    if because or reading.kind == "not held":
        if not because:
            return reading
        return reading.model_copy(update={"kind": "not held", "reason": because, "nearest": _instead(found, world)})
    blamed = "but I do not see what is asked" in reading.reason or reading.reason.startswith(
        "I do not see what is asked"
    )
    if because := _unknown(found, world):
        return reading.model_copy(update={"kind": "not held", "reason": because})
    if because := _amount(found):
        return reading.model_copy(update={"kind": "not held", "reason": because})
    if not blamed:
        return reading
    return reading.model_copy(update={"reason": _heard(found, world)})


_UNITS = {"w": "W", "kw": "kW", "gb": "GB", "gib": "GiB", "mb": "MB", "mhz": "MHz", "c": "°C", "v": "V"}


def _amount(found: Slots) -> str:
    """An amount with its unit that is no level: "what if I set 100 W?"."""
    tried = re.match(r"(?:so |and |but )?what (?:if|happens|would happen)\b", found.parsed.text)
    amount = re.search(r"(?<![\w.])(\d[\d.,]*) ?([a-zµ%/]+)", found.parsed.text) if tried else None
    if amount is not None and not found.metrics:
        return f"Nothing was measured at {amount[1]} {_UNITS.get(amount[2], amount[2])}, so what happens then cannot be told."
    if not (found.numbers and found.unit) or found.metrics or found.sides or found.wheres:
        return ""
    return f"Nothing was measured at {found.numbers[0]} {found.unit}, so what happens then cannot be told."


def _bare(reading: Decline) -> bool:
    return re.fullmatch(r"No file holds the [\w\- ]+\.", reading.reason) is not None


def _metric(found: Slots, world: World) -> str:
    """A metric that no file holds."""
    from chimera_report.tools.query.reader.picked import alike, own_named

    for candidates in found.metrics:
        if any(
            m in world.layer.metrics for m in (*candidates, *alike(candidates), *own_named(candidates, world.layer))
        ):
            continue
        title = metric_of(candidates[0]).title
        columns = _columns(_words_of(candidates), world)
        said = f"No file holds the {title}{_so(found)}."
        return f"{_not_read(title, columns) if columns else said}{_near(candidates[0], world)}"
    return ""


_HEADERS = {"temperature": ("temp", "thermal"), "vram": ("mem", "memory"), "ram": ("mem", "memory"), "memory": ("mem",),
            "energy": ("joules", "joule", "wh", "kwh"), "power": ("watts", "watt"), "accuracy": ("acc", "correct", "score", "similarity", "quality"),
            "quality": ("similarity", "score"), "battery": ("battery",)}  # fmt: skip


def _words_of(candidates: tuple[str, ...]) -> tuple[str, ...]:
    """The words of headers that may hold one of these metrics."""
    own = [w for m in candidates for w in m.split("_") if len(w) > 3 and w not in ("rate", "time", "tokens", "token")]
    return tuple(dict.fromkeys((*own, *(h for w in own for h in _HEADERS.get(w, ())))))


def _not_read(title: str, columns: str) -> str:
    return f"The {title} was not read as a measurement, so nothing is computed from it.{columns}"


def _so(found: Slots) -> str:
    """ "Does fp8 hurt the accuracy?": whether it does cannot be told."""
    yes_no = degrees.yes_no(found.parsed.text)
    return ", so that cannot be told either way" if yes_no else ", so it was not measured"


def _columns(words: tuple[str, ...], world: World) -> str:
    """Columns of such a name that were not read as a measurement."""
    held = [c for c in world.layer.unread if any(w in re.split(r"[\W_]+", c.lower()) for w in words)]
    if not held:
        return ""
    one = len(held) == 1
    return f" The files have {'a column' if one else 'columns'} {_listed(held[:3])}, of which the program does not know what {'it holds' if one else 'they hold'}."


def _near(metric: str, world: World) -> str:
    """What was measured, the nearest first."""
    family = next((f for f in _FAMILIES if metric in f), ())
    near = [m for m in family if m in world.layer.metrics]
    core = [m for m in (*near, *SPEEDS, *QUALITY, *COSTS, *world.layer.metrics) if m in world.layer.metrics]
    titles = list(dict.fromkeys(metric_of(m).title for m in core))
    if not titles:
        return ""
    more = f" and {len(titles) - _MOST} more" if len(titles) > _MOST else ""
    return f" What was measured: {', '.join(titles[:_MOST]) + more if more else _listed(titles)}."


def _topic(text: str, world: World) -> str:
    """Something that is asked of benchmarks often, that no metric of this data tells."""
    for said, what, metrics, headers in _COMPILED:
        if said.search(text) is None or any(m in world.layer.metrics for m in metrics):
            continue
        first = metrics[0] if metrics else ""
        columns = _columns(headers, world)
        how = "read as a measurement" if columns else "measured: no file holds it"
        return f"{what} was not {how}.{columns}{_near(first, world)}"
    return ""


def _machine(text: str, found: Slots, world: World) -> str:
    """Which GPU, machine or engine it was, where no record and no document says so."""
    asked = _WHICH.search(text)
    if asked is None or found.metrics or found.order or found.degree:
        return ""
    kinds = [asked["what"].lower(), *(m["what"].lower() for m in _ALSO.finditer(text))]
    hard = [k for k in kinds if not _SOFTWARE.search(k)]
    rows = world.layer.fetch("SELECT setting, level FROM machines WHERE level NOT SIMILAR TO '[0-9., ]*'")
    levels = (x for f in world.layer.factors for x in world.layer.levels[f][:40])
    if hard and (rows or world.hardware or any(names_a_machine(x) for x in (*world.layer.systems, *levels))):
        kinds = [k for k in kinds if k not in hard]
        if not kinds or not found.left or any(w not in kinds for w in found.left):
            return ""
    named = [_CAPITALS.get(k, k.removesuffix("s")) for k in dict.fromkeys(kinds)]
    told = f"No file says which {' or '.join(named)} it was"
    words = [w for w in found.left if any(c.isdigit() for c in w)]
    if words and not standing(words, world.dataset, world.target):
        told += f"; {_quoted(words)} stands in none"
    return f"{told}."


def _load(text: str, found: Slots, world: World) -> str:
    """A number of users, where nothing says how many there were."""
    if not (found.numbers and _PEOPLE.search(text)):
        return ""
    held = loads.settings_of("users", world.layer)
    if held:
        return ""
    return f"I read no setting for how many users or requests there were at once, so nothing can be told of {found.numbers[0]}; what there is was measured without such a setting."


def _unknown(found: Slots, world: World) -> str:
    """A name or a number that nothing in the data has and no file says."""
    words = [w for w in dict.fromkeys((*found.left, *found.foreign)) if len(w) > 1 and w.isascii()]
    names = [
        w for w in words if (any(c.isdigit() for c in w) or not english(w)) and not restricting(w) and not idle(w, "en")
    ]
    names = [w for w in names if re.fullmatch(r"[\w.:+-]+", w) and not w.isdigit()]
    cards = re.findall(r"\bthe (\d{3,4})s?\b(?! (?:users|tokens|requests|ones))", found.parsed.text)
    names += [n for n in cards if n in found.numbers]  # "the 4090"
    if not names or found.parsed.language != "en" or standing(names, world.dataset, world.target):
        return ""
    return f"Nothing in the data is called {_quoted(names[:3])}.{_there_is(world)}"


def _heard(found: Slots, world: World) -> str:
    """What of the question was understood, where that is not enough."""
    known = [metric_of(m[0]).title for m in found.metrics]
    known += [where_words(w) for w in (*found.wheres, *(w for s in found.sides for w in s)) if w.field != "started"]
    known += found.factors
    known = list(dict.fromkeys(known))
    if known:
        unread = [w for w in (*found.left, *found.numbers) if not idle(w, "en")]
        but = f", but not what {_quoted(unread[:3])} asks of it" if unread else ", but not what is to be told of it"
        return f"I find {_listed(known[:_MOST])} in the data{but}."
    if found.numbers:
        number = found.numbers[0]
        held = [f for f in world.layer.varying if level_of(world.layer, f, number)]
        if held:
            return f"{number} is a level of {_listed(held[:4])}; I do not see what is to be told of it."
    return f"I find no name, setting or metric of the data in this question.{_there_is(world)}"


def _there_is(world: World) -> str:
    """What can be asked about: the systems, or the metrics and settings."""
    layer = world.layer
    systems = [s for s in layer.systems if len(s) < 60 and ", " not in s]
    if len(systems) > 1:
        more = f" and {len(systems) - _MOST} more" if len(systems) > _MOST else ""
        return f" It has {', '.join(systems[:_MOST]) + more if more else _listed(systems)}."
    titles = list(dict.fromkeys(metric_of(m).title for m in layer.metrics))[:_MOST]
    by = list(layer.varying)[:4]
    return f" It has {_listed(titles)}{' by ' + _listed(by) if by else ''}." if titles else ""


def _instead(found: Slots, world: World) -> tuple[str, ...]:
    """Questions of this data that have an answer, those of what was named first."""
    named = [v.lower() for w in (*found.wheres, *(w for s in found.sides for w in s)) for v in w.values]
    made = [q for q in world.askable if any(n in q.lower() for n in named)]
    return tuple(dict.fromkeys((*made, *world.askable)))[:3]


def _listed(words: list[str]) -> str:
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else "".join(words)


def _quoted(words: list[str]) -> str:
    return _listed([f'"{w}"' for w in words])
