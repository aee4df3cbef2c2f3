"""Words of a question that the data writes as one: a name of several words, and not a setting before its level."""

from __future__ import annotations

import re

from chimera_report.tools.query.layer import Layer
from chimera_report.tools.query.reader.fillers import idle
from chimera_report.tools.query.reader.lexicon import Word

NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d{3})*(?:\.\d+)?(?:k|x|\s?%)?")


def is_setting(words: tuple[str, ...], table: dict[tuple[str, ...], tuple[Word, ...]], layer: Layer) -> bool:
    """ "Concurrency 128": a setting and a level of it, also where a file is called concurrency_128."""
    known = table.get(words[:1], ()) if len(words) == 2 and NUMBER.fullmatch(words[1]) else ()
    return any(w.kind == "factor" and words[1] in layer.levels.get(str(w.value), ()) for w in known)


def joined_name(words: tuple[str, ...], layer: Layer, *, numbered: bool) -> tuple[str, frozenset[int]] | None:
    """ "Llama 3.1" of "Llama-3.1-8B", "2.5 flash" of "gemini-2.5-flash", "phi 4" of "phi4", "cloud run" of
    CloudRunOllama: words that the data writes as one. `numbered`: one of them has a digit."""
    if len(words) > 4 or any(c.isdigit() for w in words for c in w) != numbered:
        return None
    written = (mark.join(words) for mark in ("-", "", "_", ":", "."))
    part = next((p for p in written if p in layer.names.owners), "")
    if not part:
        return None
    if not any(w.isalpha() for w in words) and not any(re.search(r"[a-z]{2}", w) for w in words):
        return None
    if not numbered and (len("".join(words)) < 5 or any(idle(w, "en") for w in words)):
        return None  # "smallest model that can code" is no folder of that name, unless it is said as one
    works = any(f not in layer.naming for w in words for f, _ in layer.called.get(w, ()))
    if not numbered and works and all(layer.names.having(w) for w in words):
        return None  # "vllm short": an engine and its workload
    if numbered and all(not NUMBER.fullmatch(w) and layer.names.having(w) for w in words):
        return None  # "llama3.1 q4_0" are two parts, each by itself
    return part, layer.names.owners[part]


def continued(before: frozenset[int], name: str, word: str, layer: Layer) -> frozenset[int]:
    """The groups that a word calls where the data writes it right behind the name before it: "max" after "m1", of a
    "M1 Max", is no maximum. Nothing where it does not."""
    together = re.compile(rf"(?<![a-z0-9]){re.escape(name)}[-_ .]{re.escape(word)}(?![a-z0-9])", re.IGNORECASE)
    called = (layer.names.groups[i] for i in before)
    written = any(together.search(n) for g in called for n in (*g.own(), *g.folders()))
    return layer.names.having(word) if written else frozenset()
