"""A scripted model that lies in every class of the mutation suite, through the whole graph: no report holds any."""

from __future__ import annotations

import importlib.util
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from chimera_report.agent.model import Message
from chimera_report.agent.report import drive
from chimera_report.agent.run import Run

from .conftest import ScriptedModel, given, worded  # type: ignore[import-not-found]

Lie = Callable[[str], str]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def mutants() -> ModuleType:
    path = Path(__file__).parents[1] / "tools/claims/mutants.py"
    spec = importlib.util.spec_from_file_location("claims_mutants_of_agent", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def classes(chance: random.Random) -> dict[str, Lie]:
    """One lie a class, told of a sentence with placeholders or with what they show. The same text is no lie."""
    known = mutants()

    def edit(pattern: str, change: Callable[[str], str]) -> Lie:
        return lambda text: re.sub(pattern, lambda m: change(m[0]), text, count=1)

    def swap(text: str) -> str:
        names = list(dict.fromkeys(re.findall(r"\{\{F\d+\}\}|alpha:1b|beta:3b", text)))
        turned = {names[0]: names[1], names[1]: names[0]} if len(names) > 1 else {}
        return re.sub(r"\{\{F\d+\}\}|alpha:1b|beta:3b", lambda m: turned.get(m[0], m[0]), text)

    def table(words: dict[str, str]) -> Lie:
        def change(text: str) -> str:
            return next((text.replace(old, new, 1) for old, new in words.items() if old in text), text)

        return change

    number = r"(?<![\w.{:])\d+(?:\.\d+)?(?![\w}:]|\.\d)"
    made: dict[str, Lie] = {
        "swapped entities": swap,
        "flipped direction": table(known.DIRECTIONS),
        "changed unit": table(known.UNITS),
        "causal verb": table(known.CAUSES),
        "changed digit": edit(number, lambda t: t[:-1] + str((int(t[-1]) + 3) % 10)),
        "rounding": edit(r"(?<![\w.{:])\d+\.\d+(?![\w}:]|\.\d)", lambda t: str(round(float(t)))),
        "inverted ratio": edit(r"\d+\.\d+(?= times|-fold|×)", lambda t: f"{1 / float(t):.2f}"),
        "wrong n": edit(r"(?<=n = )\d+", lambda t: str(int(t) + 1)),
        "stale fact": edit(number, lambda _: "41.7"),
        "mixed models": lambda text: text.replace("alpha:1b", "gamma:7b").replace("{{F001}}", "gamma:7b"),
        "literal number": edit(r"\{\{F\d+(?::number)?\}\}", lambda _: "999"),
    }
    made["first person"] = lambda text: f"I think {text}"
    made["nothing"] = lambda _: ""
    for kind, sentences in known.INSERTED.items():
        made[kind] = lambda text, told=tuple(sentences): f"{text} {chance.choice(told)}"
    for kind, lie in known.LIES.items():
        made[f"worded: {kind}"] = lambda text, lie=lie: lie(text, chance)
    return made


class Liar:
    """Tells the class that it told least, of those that can be told of the sentence at hand."""

    def __init__(self, tier: str) -> None:
        self.tier = tier
        self.told: Counter[str] = Counter()
        self.seen: set[str] = set()
        self._classes = classes(random.Random(7))

    def lie(self, text: str) -> str:
        self.seen.add(text)
        for kind in sorted(self._classes, key=lambda k: self.told[k]):
            if (made := self._classes[kind](text)) != text:
                self.told[kind] += 1
                return made
        raise AssertionError(f"no class of lies can be told of {text}")

    def left(self) -> set[str]:
        """Classes that could have been told of a sentence that was given, and were not."""
        return {k for k, lie in self._classes.items() if not self.told[k] and any(lie(t) != t for t in self.seen)}

    def answer(self, purpose: str, messages: Sequence[Message], schema: Any) -> str:
        items = [line.split(": ", 1) for line in messages[-1][1].splitlines()[1:]]
        if purpose == "compose Probe":
            if self.tier == "compose":
                items.sort(key=lambda i: "35.0" not in i[1])
            return json.dumps({"sentences": [{"id": i, "text": t} for i, t in items]})
        if purpose.startswith("compose"):
            return json.dumps({"sentences": [{"id": i, "text": self.lie(t)} for i, t in items]})
        if purpose.startswith("paragraph"):
            return "{}"
        if purpose.startswith("probe"):
            return worded(given(messages))
        return worded(self.lie(given(messages)))


@pytest.mark.parametrize("tier", ["phrase", "compose"])
def test_no_class_of_lies_reaches_the_report(make_run: Callable[..., Run], tier: str) -> None:
    plain = make_run()
    drive(plain)
    liar = Liar(tier)
    for _ in range(10):
        run = make_run(ScriptedModel(liar.answer))
        done = drive(run)
        assert done.tier == tier
        assert done.sentences.keys() == {"code"}, run.folder.read_json("run.json")["drafts"]
        assert body(run) == body(plain)
        assert done.lint == []
        if not liar.left():
            break
    assert liar.left() == set()
    assert len(liar.told) >= (26 if tier == "phrase" else 32), liar.told


def body(run: Run) -> str:
    """The report without its header, which names the model."""
    return (run.folder.path / "report.md").read_text(encoding="utf-8").split("\n", 6)[-1]
