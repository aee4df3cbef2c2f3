"""Which JSON schemas every server takes for `format`: those that llama.cpp's converter to a grammar knows.

Ollama hands the schema to `json-schema-to-grammar.cpp` inside its own process (read in 0.12 to 0.17): what that file
does not know is dropped at best, and at worst ends `ollama serve` with a segmentation fault, as `(?:` in a pattern
does. So only a small language is spoken, the same to every server. Of a pattern: literals, classes, plain groups,
alternatives, and bounded repetition; nothing that would have to be escaped in JSON, because that converter matches a
string as it is written there, while others match what it means.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

LONGEST = 200_000  # characters of a schema: its grammar gets four times as much, and 1 MiB at most, and is cut there
DEEPEST = 32  # the converter calls itself for each level
MOST = 2000  # times that something may be repeated: llama.cpp refuses a grammar with more
TYPES = frozenset({"object", "array", "string", "integer", "number", "boolean", "null"})
WORDS = frozenset({"title", "description", "default", "examples", "$schema"})  # say something, and force nothing
_NEEDED = r"\^$.[](){}|*+?"
_TOKEN = re.compile(
    r"""(?P<escape>\\.)
      | (?P<class>\[[^\]\[^\\]+\])
      | (?P<times>\?|\{(?P<least>\d+)(?P<comma>,)?(?P<most>\d+)?\})
      | (?P<sign>[()|])
      | (?P<wrong>[\^$.\[\]{}*+?\\])
      | (?P<literal>.)""",
    re.VERBOSE | re.DOTALL,
)


def pattern_fault(pattern: object) -> str | None:
    """Why a `pattern` must not be sent to a server, or None."""
    if not isinstance(pattern, str) or len(pattern) < 3 or pattern[0] != "^" or pattern[-1] != "$":
        return "a pattern has to begin with ^ and end with $"
    body = pattern[1:-1]
    depth, empty, after = 0, True, ""  # `after`: what stands before, as far as it can be repeated
    for token in _TOKEN.finditer(body):
        kind, text, at = token.lastgroup, token[0], f"at {token.start() + 1}"
        if kind in ("least", "comma", "most"):
            kind = "times"
        if kind == "times":
            if after not in ("group", "class", "literal"):
                return f"{text!r} {at} repeats nothing that could be repeated"
            if text != "?" and (token["most"] is None) == bool(token["comma"]):
                return f"{text!r} {at} has no upper bound"
            if text != "?" and max(int(token["least"]), int(token["most"] or 0)) > MOST:
                return f"{text!r} {at} repeats more than {MOST} times"
            after = ""
        elif kind == "sign":
            if text == "(":
                depth, empty, after = depth + 1, True, ""
                continue
            if empty:
                return f"nothing stands before {text!r} {at}"
            depth -= text == ")"
            if depth < 0:
                return f"{text!r} {at} closes no group"
            empty, after = text == "|", "group" if text == ")" else ""
        elif kind == "wrong":
            return f"{text!r} {at} is no literal, class, plain group, alternative or bounded repetition"
        elif kind == "escape" and text[1] not in _NEEDED.replace("\\", ""):
            return f"{text!r} {at} is an escape that not every server knows"
        else:
            plain = text[-1] if kind != "class" else text
            if any(c in '"\\' or ord(c) < 32 for c in plain):
                return f"{plain!r} {at} is written in another way inside JSON"
            # A repetition after an escaped or a non-ASCII character would repeat more or less than that character.
            empty, after = (
                False,
                "class" if kind == "class" else "literal" if kind == "literal" and text < "\x80" else "",
            )
    if depth:
        return "a group is not closed"
    return "nothing stands at its end" if empty else None


def schema_fault(schema: object) -> str | None:
    """Why a JSON schema must not be sent as `format`, with its place; None for one that every server takes."""
    if not isinstance(schema, Mapping):
        return "a schema has to be an object"
    for place, fault in _faults(schema, "", 0):
        return f"at {place or '/'}: {fault}"
    if len(json.dumps(schema)) > LONGEST:
        return f"longer than {LONGEST} characters"
    return None


def deadly(schema: object) -> str | None:
    """Why a schema may end an Ollama server, or keep it busy for ever; None for one that it takes or refuses.

    The converter crashes where nothing stands before a repetition, and never ends at a bracket that closes nothing.
    """
    try:
        for pattern in _patterns(schema):
            if _anchored(pattern) and (fault := pattern_fault(pattern)):  # an unanchored one it refuses
                return f"pattern {str(pattern)[:60]!r}: {fault}"
    except RecursionError:
        return "nested too deeply"
    return None


def unanchored(schema: object) -> str | None:
    """The first pattern that Ollama refuses because it does not begin with ^ and end with $; None where none does.

    Only for a schema of which `deadly` said nothing."""
    return next((p for p in _patterns(schema) if isinstance(p, str) and not _anchored(p)), None)


def _anchored(pattern: object) -> bool:
    return isinstance(pattern, str) and (not pattern or (pattern[0] == "^" and pattern[-1] == "$"))


def _patterns(schema: object) -> Iterator[object]:
    """Each `pattern` in a schema. RecursionError for one that is nested too deeply."""
    stack: list[tuple[object, int]] = [(schema, 0)]
    while stack:
        node, depth = stack.pop()
        if depth > 8 * DEEPEST:
            raise RecursionError
        if isinstance(node, Mapping):
            if "pattern" in node:
                yield node["pattern"]
            stack += [(value, depth + 1) for value in node.values()]
        elif isinstance(node, list):
            stack += [(value, depth + 1) for value in node]


def _faults(node: object, place: str, depth: int) -> Iterator[tuple[str, str]]:
    if not isinstance(node, Mapping):
        yield place, "not an object"
        return
    if depth > DEEPEST:
        yield place, f"nested more than {DEEPEST} deep"
        return
    alternatives = node.get("anyOf")
    if alternatives is not None:
        if not isinstance(alternatives, list) or not alternatives:
            yield place, "anyOf needs a list"
        else:
            for number, part in enumerate(alternatives):
                yield from _faults(part, f"{place}/anyOf/{number}", depth + 1)
        yield from ((place, f"{name} beside anyOf") for name in node if name != "anyOf" and name not in WORDS)
        return
    if "const" in node or "enum" in node:
        choices = [node["const"]] if "const" in node else node["enum"]
        if not isinstance(choices, list) or not choices or any(isinstance(c, list | dict) for c in choices):
            yield place, "enum needs a list of plain values"
        yield from ((place, n) for n in node if n not in WORDS | {"const", "enum", "type"})
        return
    kind = node.get("type")
    if not isinstance(kind, str) or kind not in TYPES:
        yield place, f"type {kind!r} is not one of {', '.join(sorted(TYPES))}"
        return
    known = {
        "object": {"properties", "required", "additionalProperties"},
        "array": {"items", "minItems", "maxItems"},
        "string": {"pattern", "minLength", "maxLength"},
    }.get(str(kind), set())
    for name, value in node.items():
        if name in WORDS or name == "type":
            continue
        if name not in known:
            yield place, f"{name} of {kind} is not known everywhere"
        elif name == "pattern" and (fault := pattern_fault(value)):
            yield place, f"pattern: {fault}"
        elif name in ("minItems", "maxItems", "minLength", "maxLength") and not _count(value):
            yield place, f"{name} is no whole number up to {MOST}"
        elif name == "additionalProperties" and not isinstance(value, bool):
            yield place, "additionalProperties is neither true nor false"
        elif name == "items":
            yield from _faults(value, f"{place}/items", depth + 1)
        elif name == "properties":
            if not isinstance(value, Mapping):
                yield place, "properties is no object"
                continue
            for key, part in value.items():
                yield from _faults(part, f"{place}/properties/{key}", depth + 1)


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST
