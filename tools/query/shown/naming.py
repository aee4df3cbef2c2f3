"""Which records a few words of a question name: by every part of what the records say of themselves."""

# ruff: noqa: E501 — patterns and sentences are read as a whole

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from chimera_report.tools.claims import english
from chimera_report.tools.query.shown.record import Entry

_LONGEST_SPAN = 5  # words of a question that are one name
_LONGEST_RUN = 6  # pieces of a name by which it is called
_DIGITS = 3  # from which on a number alone is a name: 4070
# What follows a card's or a chip's name and makes it another one.
_MAKES = frozenset(["ti", "super", "pro", "max", "ultra", "mini", "plus", "xt", "xtx", "laptop", "sxm", "nvl"])
# Words that stand in file names and headers and choose nothing.
GENERIC = frozenset(
    ["model", "models", "run", "runs", "test", "tests", "result", "results", "bench", "benchmark", "benchmarks", "data",
     "file", "files", "report", "reports", "output", "summary", "log", "logs", "json", "csv", "txt", "speed", "rate",
     "time", "token", "tokens", "tok", "gpu", "cpu", "best", "fast", "faster", "fastest", "slow", "slower", "slowest",
     "request", "requests", "server", "local", "latency", "throughput", "memory", "power", "performance", "all",
     "single", "config", "configs", "name", "size", "type", "total", "mean", "metrics", "system", "machine", "state",
     "per", "at", "on", "in", "for", "with", "of", "to", "is", "the", "a", "an", "and", "or", "as", "it", "no", "yes",
     "true", "false", "ok", "none", "use", "user", "users", "long", "longer", "how", "does", "do", "what", "why", "run_time",
     "prompt", "prompts", "context", "length", "layers", "batch", "card", "cards", "value", "values", "so", "than", "not",
     "quant", "quants", "quantization", "quantisation", "kv", "pc", "pcs", "laptop", "computer", "box", "rig", "hardware",
     "start", "started", "starts", "txt", "failure", "only", "number", "numbers", "real", "new", "one", "two", "three", "more", "less", "load", "first", "last", "then"]
)  # fmt: skip
_PLACES = ("file", "folder", "file name", "case", "model")
# General words that are a name where something is called by that alone.
QUESTIONS = GENERIC - {
    "summary",
    "long",
    "load",
    "batch",
    "test",
    "context",
    "real",
    "new",
    "local",
    "server",
    "single",
    "failure",
    "code",
}
# Columns of which a name is rather a name than others: a model before a folder.
_FIRST = ("model", "quantisation", "backend", "engine", "device", "gpu_name")


@dataclass(slots=True)
class Named:
    """Words of a question with the records that they name, and where these say it."""

    words: str
    start: int
    end: int
    column: str
    places: frozenset[int]
    levels: frozenset[str] = field(default_factory=frozenset)


class Vocabulary:
    """Run of pieces → (column, level), and the records of each."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries
        self.owners: dict[tuple[str, str], set[int]] = {}
        for i, entry in enumerate(entries):
            for column, level in entry.of.items():
                self.owners.setdefault((column, level), set()).add(i)
            *folders, file = entry.file.split("/")
            for k, folder in enumerate(folders):
                self.owners.setdefault((f"path {k}", folder), set()).add(i)
            self.owners.setdefault(("file", file.rsplit(".", 1)[0]), set()).add(i)
        self.runs: dict[str, list[tuple[str, str]]] = {}
        for column, level in self.owners:
            for run in runs_of(level):
                self.runs.setdefault(run, []).append((column, level))

    def of(self, words: Sequence[str], start: int, after: str) -> Named | None:
        """What the words name as one; None for nothing."""
        squeezed = re.sub(r"[\W_]", "", "".join(words))
        forms = [squeezed, squeezed.removesuffix("s")] if len(squeezed) > 3 else [squeezed]
        held = next((self.runs[f] for f in forms if f in self.runs), [])
        if len(words) == 1 and english(words[0]) and words[0].isalpha():
            held = [x for x in held if not x[0].startswith(("file", "folder", "path")) or _folder_alone(words[0], x[1])]
        if len(words) == 1 and words[0] in GENERIC and words[0] not in ("gpu", "cpu"):
            held = [
                x for x in held if x[0] not in _PLACES and not x[0].startswith("path ") and x[1].lower() == words[0]
            ]
            if not held or words[0] in QUESTIONS:
                return None
        if len(words) == 1 and len(squeezed) < 2:
            return None
        held = [x for x in held if not _another(squeezed, x[1], after)]
        if squeezed.isdigit():  # a card, and no level or date
            held = [
                x
                for x in held
                if re.search(r"[a-z]{2}", x[1], re.IGNORECASE) and not x[0].startswith(("file", "folder", "path"))
            ]
        if not held:
            return None
        column = min({c for c, _ in held}, key=lambda c: (_FIRST.index(c) if c in _FIRST else len(_FIRST) + c.startswith(("file", "folder", "path")) + (c == "file" or c.startswith("path")), c))  # fmt: skip
        every = frozenset(i for x in held for i in self.owners[x])
        own = frozenset(i for x in held if x[0] == column for i in self.owners[x])
        whole = {x for x in held if re.sub(r"[\W_]", "", x[1].lower()) == squeezed}
        if whole:  # "turbo3" is turbo3, and not turbo3_output beside it
            own = frozenset(i for x in whole for i in self.owners[x]) or own
        silent = frozenset(i for i in every if not self.entries[i].of.get("model"))
        places = own | silent if column == "model" else every
        if words[0] in ("gpu", "cpu") and len(words) == 1 and len(places) == len(self.entries):
            return None  # which tells nothing apart
        return Named(" ".join(words), start, start + len(words), column, places, frozenset(x[1] for x in held))


def _folder_alone(word: str, level: str) -> bool:
    return word in re.split(r"[\W_]+", level.lower()) and (word not in GENERIC or word in ("gpu", "cpu"))


def _another(run: str, level: str, after: str) -> bool:
    """Whether a level goes on after the words with what makes it another thing: RTX 5070 Ti for "5070", or the question
    does and the level does not."""
    pieces = [re.sub(r"\W", "", p) for p in re.split(r"[\s_-]+", level.lower())]
    at = next((i for i, p in enumerate(pieces) if p == run or (i and pieces[i - 1] + p == run)), -1)
    if at < 0:
        return False
    following = pieces[at + 1] if at + 1 < len(pieces) else ""
    return (following in _MAKES and following != "laptop") != (after in _MAKES and after != "laptop") or (
        following in _MAKES and after in _MAKES and following != after
    )


def runs_of(level: str) -> set[str]:
    """The ways to call a name by pieces that stand together: gemma3:27b → gemma, gemma3, 27b, gemma327b."""
    low = level.lower()
    pieces = [(m[0], m.start(), m.end()) for m in re.finditer(r"[^\W\d_]+|\d+(?:\.\d+)?", low)]
    found = set()
    for i, (text, at, _) in enumerate(pieces[:24]):
        inside = at > 0 and low[at - 1].isalnum()
        if inside and not (text[0].isdigit() and len(pieces[i - 1][0]) >= _DIGITS):
            continue  # 3b of a3b
        run = ""
        for j in range(i, min(i + _LONGEST_RUN, len(pieces))):
            run += re.sub(r"\W", "", pieces[j][0])
            end = pieces[j][2]
            goes_on = end < len(low) and low[end].isalnum()
            if goes_on and (run[-1].isdigit() or len(pieces[j][0]) < _DIGITS):
                continue  # 27 of 27b, q of q4
            if len(run) > 1 and (not run.isdigit() or len(run) >= _DIGITS):
                found.add(run)
    return found


def named(
    tokens: Sequence[str], vocabulary: Vocabulary, taken: Iterable[int] = (), *, numbered_alone: bool = False
) -> list[Named]:
    """What the tokens name, the longest first and none twice. `numbered_alone`: only what is a word and its number, as
    "gpu 0", which is no level of a setting."""
    free = [i not in set(taken) for i in range(len(tokens))]
    found: list[Named] = []
    for size in range(_LONGEST_SPAN, 0, -1):
        for i in range(len(tokens) - size + 1):
            words = tokens[i : i + size]
            if numbered_alone and not (size == 2 and words[0].isalpha() and words[1].isdigit()):
                continue
            if not all(free[i : i + size]) or any(w in ("vs", "or", "and", ",", "?") for w in words):
                continue
            numbered = size == 2 and words[1].isdigit()  # "gpu 0"
            if size > 1 and not numbered and any(w in GENERIC and not w.isdigit() for w in (words[0], words[-1])):
                continue
            after = tokens[i + size] if i + size < len(tokens) else ""
            if (hit := vocabulary.of(words, i, after)) is not None:
                found.append(hit)
                free[i : i + size] = [False] * size
    return sorted(found, key=lambda n: n.start)
