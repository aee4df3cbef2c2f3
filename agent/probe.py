"""What a model can be trusted with, measured once per model digest and kept in the user's cache.

none: it words no sentence, the report is code's own. phrase: it words one sentence at a time. paragraph: it gives three
statements back as one paragraph, none lost, so it joins statements within the grammar of their plan. compose: it also
words and orders several findings in one answer, as a reader sees them, and writes paragraphs in free words first.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from chimera_report.agent import composing, writing
from chimera_report.agent.model import Call, Model
from chimera_report.tools.schema import (
    ComparisonClaim,
    Fact,
    FactSheet,
    MeasurementClaim,
    RankingClaim,
    Recipe,
    Sentence,
)

Tier = Literal["none", "phrase", "paragraph", "compose"]
NEEDED = 2  # accepted wordings, of three
RATIOS = ("1.10", "2.40", "35.0", "1.30")
VERSION = "4"  # of the sentences below: another one asks a known model again


def _fact(identity: str, field: str, display: str, *, number: str = "", metric: str = "", n: int | None = None) -> Fact:
    return Fact(
        id=identity,
        kind="measurement" if metric else "comparison",
        metric=metric,
        suite="sweep",
        value=display,
        recipe=Recipe(function="probe"),
        field=field,
        display=display,
        number=number or display,
        n=n,
    )


def probe_sheet() -> tuple[FactSheet, tuple[Sentence, ...]]:
    """Three made-up sentences of the kinds that reports hold; nothing of them reaches a report."""
    facts = (
        _fact("F001", "a", "alpha:1b"),
        _fact("F002", "b", "beta:3b"),
        _fact("F003", "ratio", "2.50×", number="2.50"),
        _fact("F004", "suite", "sweep"),
        _fact("F005", "gmean", "50.0 tokens/s", metric="decode_rate", n=12),
    )
    claims = (
        ComparisonClaim(
            id="C001", facts=("F001", "F002", "F003", "F004"), a="alpha:1b", b="beta:3b", metric="decode_rate",
            direction="higher", better="alpha:1b", verdict="SUPPORTED",
            clause="{{F001}} decodes {{F003:number}} times as fast as {{F002}} in suite {{F004}}",
            variants=("in suite {{F004}}, {{F001}} decodes {{F003:number}} times as fast as {{F002}}",),
        ),
        MeasurementClaim(
            id="C002", facts=("F001", "F004", "F005"), stat="gmean", metric="decode_rate", subject="alpha:1b",
            verdict="SUPPORTED", clause="the decode rate of {{F001}} is {{F005}} in suite {{F004}}",
            variants=("{{F001}} has a decode rate of {{F005}} in suite {{F004}}",),
        ),
        RankingClaim(
            id="C003", facts=("F001", "F002", "F004"), metric="decode_rate", order=(("alpha:1b",), ("beta:3b",)),
            verdict="SUPPORTED", clause="{{F001}} leads by decode rate in suite {{F004}}, ahead of {{F002}}",
            variants=("by decode rate in suite {{F004}}, {{F001}} ranks ahead of {{F002}}",),
        ),
    )  # fmt: skip
    texts = ("{{C001}}.", "{{C002}} (n = {{F005:n}}).", "{{C003}}.")
    return FactSheet(facts=facts, claims=claims), tuple(
        Sentence(id=f"P{i}", text=t, claims=(f"C00{i}",), wording="free") for i, t in enumerate(texts, 1)
    )


def order_sheet() -> tuple[FactSheet, tuple[Sentence, ...]]:
    """Made-up comparisons, the one that matters most neither first nor last."""
    facts: list[Fact] = [_fact("F001", "suite", "sweep")]
    claims: list[ComparisonClaim] = []
    for ratio in RATIOS:
        at = len(facts)
        a, b, times = (f"F{at + i:03d}" for i in (1, 2, 3))
        names = f"model-{at}:1b", f"model-{at + 1}:1b"
        facts += [_fact(a, "a", names[0]), _fact(b, "b", names[1]), _fact(times, "ratio", f"{ratio}×", number=ratio)]
        claims.append(
            ComparisonClaim(
                id=f"C{len(claims) + 1:03d}", facts=("F001", a, b, times), a=names[0], b=names[1], metric="decode_rate",
                direction="higher", better=names[0], verdict="SUPPORTED",
                clause=f"{{{{{a}}}}} decodes {{{{{times}:number}}}} times as fast as {{{{{b}}}}} in suite {{{{F001}}}}",
            )
        )  # fmt: skip
    return FactSheet(facts=tuple(facts), claims=tuple(claims)), tuple(
        Sentence(id=f"P{i}", text=f"{{{{{c.id}}}}}.", claims=(c.id,), wording="free") for i, c in enumerate(claims, 4)
    )


def measure(model: Model) -> tuple[Tier, str]:
    """Ask for the sentences; the checker counts. Who composes gives every sentence back and sees which one matters:
    a model that only copies keeps the order in which they came.

    With the tier, how a call failed: then the tier is what this run may rely on, and says nothing of the model.
    """
    sheet, sentences = probe_sheet()
    accepted, error = 0, ""
    for sentence in sentences:
        call = model.ask(
            f"probe {sentence.id}", writing.phrase_messages(sentence, sheet), writing.phrase_schema(sentence, sheet)
        )
        error = error or _failure(call)
        accepted += not writing.judge(writing.parse(call), sentence, sheet, "phrase")[1]
    if accepted < NEEDED:
        return "none", error
    sheet, sentences = order_sheet()
    call = composing.ask(model, "Probe", sentences, sheet)
    composed, order = composing.parse_composed(call, sentences)
    good = all(not writing.judge(composed.get(s.id), s, sheet, "compose")[1] for s in sentences)
    most = sentences[max(range(len(RATIOS)), key=lambda i: float(RATIOS[i]))].id
    error = error or _failure(call)
    if good and order[:1] == [most]:
        return "compose", error
    sheet, sentences = probe_sheet()
    plan: composing.Plans = {"P2": "elaboration", "P3": "elaboration"}
    call = composing.ask_paragraph(model, sentences, plan, sheet, within=False)
    whole = composing.parse_paragraph(call, sentences, plan, sheet) is not None
    return "paragraph" if whole else "phrase", error or _failure(call)


def _failure(call: Call) -> str:
    return call.error or ("no answer in time" if call.done_reason == "timeout" else "")


def known_tier(model: Model, record: Mapping[str, Any], cache: Path | None = None) -> Tier:
    """The tier where it is known already: of the report's own model by its run.json, or from the cache; "none" else.

    Asking a model anew takes longer than a question may.
    """
    runtime = record.get("runtime")
    same = isinstance(runtime, Mapping) and model.digest and runtime.get("digest") == model.digest
    if same and record.get("tier") in get_args(Tier):
        return record["tier"]  # type: ignore[no-any-return]
    return _saved(_place(model, cache)) or "none"


def _place(model: Model, cache: Path | None) -> Path:
    """Where the tier of this digest under these prompts is kept."""
    from platformdirs import user_cache_path

    folder = cache or user_cache_path("chimera-report") / "probes"
    asked = "".join(
        (*map(writing.prompt, ("phrase", "compose", "paragraph")), str([writing.examples(k) for k in writing.COMMON]))
    )
    prompts = hashlib.sha256((asked + VERSION).encode()).hexdigest()[:12]
    name = hashlib.sha256(f"{model.digest or model.name} {prompts}".encode()).hexdigest()[:24]
    return folder / f"{name}.json"


def _saved(path: Path) -> Tier | None:
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        return saved["tier"] if saved["tier"] in get_args(Tier) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def tier_of(model: Model, cache: Path | None = None) -> tuple[Tier, str]:
    """The cached tier of this digest, or a probe; and how a call of the probe failed, "" where none did.

    A tier that was found under an error is not kept. A cache that cannot be read or written is no error.
    """
    path = _place(model, cache)
    if (known := _saved(path)) is not None:
        return known, ""
    tier, error = measure(model)
    if error:
        return tier, error
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps({"tier": tier, "model": model.name}), encoding="utf-8")
        temporary.replace(path)
    except OSError:
        pass
    return tier, ""
