"""What a model can be trusted with, measured once per model digest and kept in the user's cache.

none: it words no sentence, the report is code's own. phrase: it words one sentence at a time. compose: it also words
and orders several findings in one answer.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Literal

from chimera_report.agent import composing, writing
from chimera_report.agent.model import Model
from chimera_report.tools.schema import Fact, FactSheet, InventoryClaim, Recipe, Sentence

Tier = Literal["none", "phrase", "compose"]
NEEDED = 2  # accepted wordings, of three


def _fact(identity: str, display: str) -> Fact:
    return Fact(
        id=identity,
        kind="inventory",
        value=display,
        recipe=Recipe(function="probe"),
        field="",
        display=display,
        number=display,
        n=12,
    )


def probe_sheet() -> tuple[FactSheet, tuple[Sentence, ...]]:
    """Three made-up sentences of the kinds that reports hold; nothing of them reaches a report."""
    sheet = FactSheet(
        facts=(_fact("F001", "alpha"), _fact("F002", "beta"), _fact("F003", "sweep")),
        claims=(
            InventoryClaim(id="C001", facts=("F001", "F002"), clause="{{F001}} precedes {{F002}}", verdict="SUPPORTED"),
        ),
    )
    texts = (
        "In the suite {{F003}}, {{C001}}.",
        "{{C001}}, over {{F001:n}} runs.",
        "The suite {{F003}} holds {{F002:n}} runs of {{F002}}.",
    )
    return sheet, tuple(
        Sentence(id=f"P{i}", text=t, claims=("C001",) if "C001" in t else (), wording="free")
        for i, t in enumerate(texts, 1)
    )


def measure(model: Model) -> Tier:
    """Ask for the three sentences; the checker counts."""
    sheet, sentences = probe_sheet()
    accepted = 0
    for sentence in sentences:
        call = model.ask(
            f"probe {sentence.id}", writing.phrase_messages(sentence, sheet), writing.phrase_schema(sentence, sheet)
        )
        accepted += not writing.judge(writing.parse(call), sentence, sheet, "phrase")[1]
    if accepted < NEEDED:
        return "none"
    composed, _ = composing.parse_composed(composing.ask(model, "Probe", sentences), sentences)
    good = [not writing.judge(composed.get(s.id), s, sheet, "compose")[1] for s in sentences]
    return "compose" if all(good) else "phrase"


def tier_of(model: Model, cache: Path | None = None) -> Tier:
    """The cached tier of this digest, or a probe. A cache that cannot be read or written is no error."""
    from platformdirs import user_cache_path

    folder = cache or user_cache_path("chimera-report") / "probes"
    prompts = hashlib.sha256((writing.prompt("phrase") + writing.prompt("examples")).encode()).hexdigest()[:12]
    name = hashlib.sha256(f"{model.digest or model.name} {prompts}".encode()).hexdigest()[:24]
    path = folder / f"{name}.json"
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        if saved["tier"] in ("none", "phrase", "compose"):
            return saved["tier"]  # type: ignore[no-any-return]
    except (OSError, ValueError, KeyError, TypeError):
        pass
    tier = measure(model)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps({"tier": tier, "model": model.name}), encoding="utf-8")
        temporary.replace(path)
    except OSError:
        pass
    return tier
