"""What a text says ahead of its results: `# model : a.gguf`, `# flags : -ub 512 -fa on`, `ctx: 32768`.

It holds for the results that follow, until the same is said anew. A model is its file's name; settings are those that
the registry knows, and the flags of a command line."""

from __future__ import annotations

import re

from chimera_report.tools.metrics import normalise, resolve_factor

from .columns import is_subject
from .formats.command_line import flags
from .names import is_model
from .reading import GIVEN

_COMMENT = re.compile(r"\s*(?:#{1,6}|//|;|--)\s*(?=\S)")
_SAID = re.compile(r"([A-Za-z][\w /-]{0,30}?)\s*[:=]\s+(\S.*?)\s*$|([A-Za-z][\w-]{0,30})[:=](\S.*?)\s*$")
_LEVEL = re.compile(r"[\w.:/+-]{1,40}")
_FLAGS = frozenset(("flags", "args", "arguments", "options", "command", "cmd", "cmdline", "command_line", "extra_args"))
_FLAG = re.compile(r"-{1,2}[A-Za-z]")
_SHARD = re.compile(r"(?:-\d{5}-of-\d{5})?\.(?:gguf|safetensors|bin)$", re.IGNORECASE)
# Flags that stand among other things in a line: two at least, for a minus may stand before anything.
_INLINE = re.compile(
    r"(?:\b(?:flags|args|options)\s*[:=]\s*)?"
    r"((?:(?<![\w-])-{1,2}[A-Za-z][\w-]*(?:[ =](?!-)[^\s|,;()]+)?(?:[ \t]+|$)){2,})"
)


def said_ahead(line: str) -> dict[str, str] | None:
    """What a line alone says of the results after it, by columns that are given; None where it says nothing so.

    A comment that says something else gives {}: it is no result."""
    comment = _COMMENT.match(line)
    plain = line[comment.end() :] if comment else line.strip()
    found = _SAID.fullmatch(plain.strip()) if len(plain) <= 400 else None
    if found is None:
        return {} if comment else None
    key, cell = (found[1], found[2]) if found[1] else (found[3], found[4])
    return _means(key.strip(), cell.strip(" `'\"")) or ({} if comment else None)


def _means(key: str, cell: str) -> dict[str, str]:
    name = normalise(key)
    if is_subject(key):
        model = called(cell)
        return {GIVEN + "subject": model} if model else {}
    if name in _FLAGS and _FLAG.search(cell):
        return {GIVEN + k: v for k, v in flags(cell).items()}
    factor = resolve_factor(key)
    return {GIVEN + factor: cell} if factor and factor != "prompt" and _LEVEL.fullmatch(cell) else {}


def called(cell: str) -> str:
    """The name of the model that a cell gives, by its file or as it is called; "" where it may be prose."""
    first = cell.split(" (")[0].strip()
    if " " in first and not is_model(first.split()[0]):
        return ""
    if "/" in first and _SHARD.search(first):
        first = first.rsplit("/", 1)[-1]
    return _SHARD.sub("", first) if len(first) <= 80 else ""


def without_flags(line: str) -> tuple[str, dict[str, str]]:
    """The line without the flags that stand in it, and the settings that these are."""
    if " -" not in line and not line.startswith("-"):
        return line, {}
    found = _INLINE.search(line)
    if found is None:
        return line, {}
    return line[: found.start()] + " " + line[found.end() :], {GIVEN + k: v for k, v in flags(found[1]).items()}
