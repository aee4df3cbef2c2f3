"""What the headings above a table say of it: its model, nearest first, and the part of the document that it is in.

A heading that names one model is about it, one that names several is about none alone. One that names something like a
model that is not known as one leaves it open: the heading further up is then not asked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from chimera_report.tools.metrics import normalise, resolve_factor
from chimera_report.tools.schema import Role, listed, named_role

from .folder_names import parts_of
from .languages import in_plain_english
from .machines import machine_in
from .names import is_model, model_in

_FAMILY = (
    r"gemma|llama|codellama|qwen|qwq|mistral|mixtral|phi|deepseek|falcon|smollm|tinyllama|starcoder|codestral|granite|"
    r"command-r|olmo|gpt-oss|nemotron|internlm|glm|exaone|minimax|kimi|ministral|devstral|magistral|hunyuan|ernie|lfm|"
    r"jamba"
)
_BEGIN = re.compile(rf"(?<![\w.-])(?:{_FAMILY})[\w.:-]*", re.IGNORECASE)
_PART = re.compile(
    r"[ _-]?\(?((?:[vmk]\d[\w.]*|[a-z]?\d+(?:\.\d+)?b|a\d+(?:\.\d+)?b|\d+(?:\.\d+)?|\d{4}|i1|ud|i?q\d\w*|"
    r"[mn]?x?v?fp\d+|bf16|f16|int[48]|awq|gptq|mini|small|medium|large|flash|pro|max|next|coder|instruct|chat|it|base|thinking|reasoning|vl|moe|"
    r"nano|lite|turbo|preview|distill|scout|maverick|r1|lightning|plus)(?:[-_](?=\w*\d)[\w.-]*)?)\)?(?![\w])",
    re.IGNORECASE,
)
_LIKE = re.compile(
    r"(?<![\w./-])[A-Z][A-Za-z]{2,}-\d+(?:\.\d+)+(?:-[A-Za-z]\w*)*(?![\w/])|(?<![\w.])\w+[-_]\d+(?:\.\d+)?[bB]\b"
)
_TOOL = re.compile(r"llama(?:\.cpp|-(?:cpp|bench|benchy|server|cli|perplexity|swap|run)\b)", re.IGNORECASE)
_SHORT = re.compile(r"\s*(?:[—–:(]|\s-\s).*$")
_GENERIC = 40  # characters of a part's name
_TRADE = re.compile(r"^(?:results?|benchmarks?|measurements?|tests?)\s*[:—–-]\s*", re.IGNORECASE)


_LATEST = re.compile(r"([a-z][\w.-]*):latest\b", re.IGNORECASE)


def latest_in(texts: Iterable[str]) -> frozenset[str]:
    """The names that texts give the tag `latest`, in small letters."""
    return frozenset(name.lower() for text in texts if ":latest" in text.lower() for name in _LATEST.findall(text))


_STATES = re.compile(r"(?:[\d.]+\s+)?([^\W\d_][\w /-]{0,30}?)(?:\s*[:=]\s*|\s+(?=\d))(\S.*)$")
_COUNTED = re.compile(r"(\d[\d,]*[kK]?)\s+([^\W\d_][\w -]{2,30})$")
_ROLES = (Role.WORKLOAD, Role.SETTING, Role.ENVIRONMENT)
_LEVEL = 60  # characters of a level


@lru_cache(maxsize=1 << 10)
def stated_in(text: str) -> dict[str, str]:
    """The setting or workload that a heading states with its level: `Prompt: story.md`, `Concurrency 8`, `GPU: A100`,
    `10 concurrent users`, or the one machine that it names: `RTX 3060 (CUDA1), MoE models`; {} for any other."""
    plain = text.replace("`", "").replace("*", "").strip().rstrip("#").strip()
    for pattern, key, level in ((_STATES, 1, 2), (_COUNTED, 2, 1)):
        if found := pattern.match(plain):
            factor = factor_called(found[key])
            if factor and (pattern is not _COUNTED or factor == "concurrency"):
                return {factor: found[level].strip()[:_LEVEL]}
    machine = machine_in(words := parts_of(re.sub(r"[^\w .-]", " ", plain)))
    rest = words[machine[1] :]
    if machine[1] > machine[0] and machine_in(rest) == (0, 0):  # one that names two is of neither
        return {"device": " ".join(words[machine[0] : machine[1]])}
    return {}


def factor_called(name: str) -> str:
    """The factor that a label names, "" where it names none that is a condition of runs."""
    plain = in_plain_english(name) or name
    if {"concurrent", "concurrency"} & set(normalise(name).split("_")) or normalise(plain) in (
        "parallel",
        "parallel_requests",
        "clients",
        "streams",
    ):
        return "concurrency"
    factor = resolve_factor(plain) or (normalise(plain) if listed(normalise(plain)) else "")
    if factor == "prompt":
        return "workload"  # a chapter of each: another work, and none of many samples
    return factor if factor and factor not in _SORTING and named_role(factor) in _ROLES else ""


_SORTING = frozenset(
    (
        "section",
        "test",
        "case",
        "benchmark",
        "evaluation",
        "eval",
        "mode",
        "config",
        "configuration",
        "setting",
        "method",
        "approach",
        "image",
        "version",
        "question",
        "category",
        "topic",
        "variant",
        "task",
        "regime",
        "mix",
        "shape",
        "limit",
    )
)


@lru_cache(maxsize=1 << 10)
def models_named(text: str) -> tuple[str, ...]:
    """The models that a heading or caption names, also with blanks in their names: `DeepSeek V4 Flash MXFP4`."""
    plain = text.replace("`", "").replace("*", "")
    found: list[str] = []
    end = -1
    for match in _BEGIN.finditer(plain):
        if match.start() < end:
            continue
        end = match.end()
        whole = ":" in match[0].rstrip(":")  # with a tag, a name is complete
        while not whole and (more := _PART.match(plain, end)):
            end = more.end()
        name = plain[match.start() : end].strip(" -_:,.")
        name = name if name.count("(") == name.count(")") else name.strip("()")
        tool = _TOOL.match(name)
        told = whole or "-" in match[0] or end > match.end()  # of a family and its version alone there are several
        if any(c.isdigit() for c in name) and told and not tool:
            found.append(name)
    if not found and (tag := model_in(plain)):
        found.append(tag)
    return tuple(dict.fromkeys(found))


@dataclass(slots=True)
class Headings:
    """The headings above a place, by their depth, and the model that an item below one of them names."""

    latest: frozenset[str] = frozenset()  # names that the document gives the tag `latest`, in small letters
    above: dict[int, str] = field(default_factory=dict)
    named: dict[int, str] = field(default_factory=dict)  # depth → what a line `Model: …` there says
    told: dict[int, dict[str, str]] = field(default_factory=dict)  # depth → settings that it or its lines state
    _model: str | None = None  # as it was found, until the headings change

    def enter(self, depth: int, text: str) -> None:
        self.above = {d: t for d, t in self.above.items() if d < depth} | {depth: text}
        self.named = {d: t for d, t in self.named.items() if d < depth}
        self.told = {d: t for d, t in self.told.items() if d < depth}
        if depth > 1 and (told := stated_in(text)):
            self.told[depth] = told
        self._model = None

    def says(self, model: str) -> None:
        """A line of this section names its model."""
        self.named[max(self.above, default=0)] = model
        self._model = None

    def states(self, factor: str, level: str) -> None:
        """A line of this section states a setting, the machine or what was asked: it holds for the tables below it."""
        self.told.setdefault(max(self.above, default=0), {}).setdefault(factor, level)

    def given(self) -> dict[str, str]:
        """What the headings above and the lines below them state, the nearest last said."""
        return {k: v for depth in sorted(self.told) for k, v in self.told[depth].items()}

    def model(self, known: frozenset[str] = frozenset()) -> str:
        """The model that is nearest above, "" where none is named or it is open. `known`: names in columns."""
        if self._model is None:
            self._model = self._nearest(known)
        return self._model

    def _nearest(self, known: frozenset[str]) -> str:
        for depth in sorted({*self.above, *self.named}, reverse=True):
            if depth in self.named:
                return self.named[depth]
            text = self.above.get(depth, "").strip(" *`")
            if text in known or is_model(text):
                return text
            names = models_named(self.above.get(depth, ""))
            if len(names) == 1:
                return names[0]
            if names or _LIKE.search(text):
                return ""
            bare = {m[0].lower().rstrip(":.-") for m in _BEGIN.finditer(text)}
            if len(bare) == 1 and bare <= self.latest:  # to Ollama, `gemma3` is `gemma3:latest`
                return f"{bare.pop()}:latest"
        return ""

    def part(self) -> str:
        """The chapter: what the highest heading below the title calls itself, shortly; "" for a document without."""
        depths = sorted(d for d in self.above if d > 1)
        if len(depths) < 2 or (depths[0] in self.told and stated_in(self.above[depths[0]])):
            return ""
        text = self.above[depths[0]]
        code = re.findall(r"`([\w.-]*[A-Za-z][\w.-]*)`", text)
        if len(code) == 1 and not code[0].startswith("-"):
            return str(code[0])
        return _SHORT.sub("", _TRADE.sub("", text)).strip(" *`")[:_GENERIC]
