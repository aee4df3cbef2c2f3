"""Questions that are none: those that steer, those about something else, rates that no metric is."""

# ruff: noqa: E501 — patterns are read as tables

from __future__ import annotations

import re

from chimera_report.tools.query.found import Found

HOSTILE = re.compile(
    r"ignore (?:all |any |the |your |every )*(?:previous|prior|above|rules?|instructions?|evidence|facts|data)|disregard (?:all|any|the|your|previous)|system prompt|"
    r"jailbreak|pretend|you are now|act as|role ?play|developer mode|override|do anything|new instructions?|"
    r"(?:say|claim|write|state|report|tell (?:me|them|everyone|users)|answer|reply|respond|conclude|confirm|print|output|repeat|admit|assert) (?:that |with |only |just |exactly )+|"
    r"(?:^\W*|[.;!,:]\s*|\b(?:please|and|now|then|just|to|you|must|should) )make (?:it|them|up|the numbers|gemma|llama)\b|\bmake \w+ (?:look|win)\b|\bmake up\b|invent|fabricat|fake|\blie\b|(?:^\W*|\bplease )hallucinat|"
    r"\b(?:drop|truncate|delete|alter|create|insert|update)\s+(?:table|from|into|database|all|the|every|file|data|report|my)|\bselect\b.+\bfrom\b|union select|--\s|;\s*(?:drop|delete|select|insert|update|alter|create|truncate|exec|rm|cat|ls|sudo|sh|bash)\b|"
    r"\brm -|sudo|/etc/|\.\./|\bcurl\b|\bwget\b|\beval\(|\bexec\b|__\w+__|os\.system|subprocess|\bimport os\b|"
    r"<\s*/?\s*[a-z][\w-]*(?:\s[^<>]*)?/?>|<\s*/?\s*(?:script|img|iframe|svg|style|a|object|embed|form|body|html|link|meta)\b|javascript:|\{\{|\}\}|\$\{|\$\(|<%|password|api[_ ]?key|\btokens? of my\b|secret|credential|"
    r"\b(?:upload|email|e-mail|send|post|publish|execute|shell|hack|exploit)\b"
)
_OFF_TOPIC = re.compile(
    r"\b(?:poem|joke|story|song|haiku|weather|recipe|capital of|president|football|translate|lyrics|movie|"
    r"who are you|your name|how are you|love|sing|dance|stock|bitcoin|news|homework|essay|cook|meaning of life)\b"
)
_PER = re.compile(
    r"\bper (?:watt|joule|euro|dollar|gb|gib|core|layer|parameter|user|kwh|cent|day|hour|month|year|gpu)\b"
)


def hostile(found: Found) -> bool:
    """Whether the question tries to steer, to reach something else, or to have something said."""
    return HOSTILE.search(found.whole) is not None


def off_topic(found: Found) -> bool:
    """Whether a question is of something else; a model may be called by such a word."""
    m = _OFF_TOPIC.search(found.whole)
    names = " ".join([*found.subjects, *found.parts]).lower()
    return m is not None and not re.search(rf"(?<![a-z]){re.escape(m[0])}(?![a-z])", names)


def per_something(found: Found) -> str:
    """A rate "per euro" or "per watt", which no metric is."""
    m = _PER.search(found.whole)
    return m[0] if m else ""
