"""Settings that can be left out: what each level brings against none, counted again from the files by pandas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from chimera_report.tools.claims import render_text
from chimera_report.tools.ingest import ingest
from chimera_report.tools.report.document import composed
from chimera_report.tools.schema import Paragraph
from chimera_report.tools.statements import outcome_of, registry
from chimera_report.tools.stats import analyse

MODELS = {"a-7b": 30.0, "b-14b": 17.0, "c-32b": 11.0}
# The setting, its level to do without as the file has it, its other levels with what each does to the three models.
KINDS: list[tuple[str, Any, dict[str, tuple[float, float, float]]]] = [
    ("draft", None, {"0.5B Q4": (2.4, 2.6, 1.9), "1.5B Q4": (2.2, 3.1, 2.0), "3B F16": (0.8, 1.4, 1.2)}),
    ("prefix_caching_mode", "off", {"lru": (1.1, 1.3, 1.2), "radix": (1.4, 0.9, 1.5)}),
    ("kv_cache", "f16", {"q8_0": (1.02, 0.97, 1.04), "q4_0": (1.05, 1.1, 0.8), "q5_1": (0.9, 0.95, 0.99)}),
    ("lora", "none", {"r8": (0.95, 0.94, 0.97), "r64": (0.8, 0.7, 0.85)}),
    ("speculative", "none", {"ngram": (1.2, 1.1, 1.3), "eagle": (1.9, 2.1, 1.7), "medusa": (1.5, 1.6, 1.4)}),
]


def rows_of(name: str, base: Any, levels: dict[str, tuple[float, float, float]]) -> list[dict[str, Any]]:
    made = []
    for batch in (1, 8):
        for i, (model, speed) in enumerate(MODELS.items()):
            for level, gain in ((base, 1.0), *((x, g[i]) for x, g in levels.items())):
                rate = speed * batch**0.5 * gain * (1 - 0.02 * (batch > 1) * (level != base))
                made.append({"model": model, "batch_size": batch, name: level, "tokens_per_second": round(rate, 4)})
    return made


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k[0])
def test_each_level_is_held_against_none(kind: tuple[str, Any, dict[str, Any]], tmp_path: Path) -> None:
    rows = rows_of(*kind)
    (tmp_path / "r.json").write_text(json.dumps(rows), encoding="utf-8")
    frame = pd.DataFrame(rows)
    frame["level"] = frame[kind[0]].fillna("none").astype(str)
    plain = frame[frame["level"] == (kind[1] or "none")].set_index(["model", "batch_size"])["tokens_per_second"]
    others = frame[frame["level"] != (kind[1] or "none")].copy()
    others["gain"] = (
        others["tokens_per_second"] / others.set_index(["model", "batch_size"]).index.map(plain.to_dict()).to_numpy()
    )
    analysis = analyse(ingest(tmp_path))
    (item,) = (g for g in analysis.gains if g.metric == "decode_rate")
    assert (item.pairs, item.worse, item.better) == (
        len(others), int((others["gain"] < 1 / 1.02).sum()), int((others["gain"] > 1.02).sum()),
    )  # fmt: skip
    assert item.best.ratio == pytest.approx(others["gain"].max())
    assert item.worst.ratio == pytest.approx(others["gain"].min())
    assert item.best.level == others["level"].iloc[int(others["gain"].to_numpy().argmax())]
    assert len(item.winners) == item.conditions == len(plain)
    best = others.loc[others.groupby(["model", "batch_size"])["gain"].idxmax()]
    told = {(p.condition["model"], p.condition["batch_size"], p.level) for p in item.winners}
    assert told == {(m, str(b), x) for m, b, x in best[["model", "batch_size", "level"]].itertuples(index=False)}


def test_it_leads_the_report_and_counts_what_loses(tmp_path: Path) -> None:
    name, base, levels = KINDS[0]
    (tmp_path / "r.json").write_text(json.dumps(rows_of(name, base, levels)), encoding="utf-8")
    dataset = ingest(tmp_path)
    sheet, outline = composed(analyse(dataset), dataset, title="t")
    first = next(s for s in outline.sections if s.key == "verdict").blocks[0]
    assert isinstance(first, Paragraph)
    text = render_text(first.sentences[0].text, sheet)
    assert "0.78 to 3.1 times that with none" in text
    assert "in 2 of 18 pairs it is worse than with none" in text


def test_of_draft_models_the_size_that_wins_is_told(tmp_path: Path) -> None:
    name, base, levels = KINDS[0]
    (tmp_path / "r.json").write_text(json.dumps(rows_of(name, base, levels)), encoding="utf-8")
    (item,) = (g for g in analyse(ingest(tmp_path)).gains if g.metric == "decode_rate")
    assert [(g.name, g.wins) for g in item.groups] == [("0.5B", 2), ("1.5B", 4), ("3B", 0)]


def test_what_only_goes_along_with_a_level_keeps_no_pair_apart(tmp_path: Path) -> None:
    rows = rows_of(*KINDS[2])
    for row in rows:
        row["num_gpu"] = {"f16": 20, "q8_0": 28, "q4_0": 33, "q5_1": 30}[row["kv_cache"]]
    (tmp_path / "r.json").write_text(json.dumps(rows), encoding="utf-8")
    (item,) = (g for g in analyse(ingest(tmp_path)).gains if g.metric == "decode_rate" and g.axis == "kv_cache")
    assert item.pairs == 18


def test_one_level_against_none_is_a_comparison_of_two(tmp_path: Path) -> None:
    rows = rows_of("speculative", "none", {"eagle": (1.9, 2.1, 1.7)})
    (tmp_path / "r.json").write_text(json.dumps(rows), encoding="utf-8")
    assert not analyse(ingest(tmp_path)).gains


def test_a_setting_that_changes_nothing_is_told_as_that_and_leads_nothing(tmp_path: Path) -> None:
    rows = [
        {"model": f"m{m}:7b", "prefix_caching": mode, "concurrency": c, "response_time_s": (4.0 + c + m) * times}
        for m in range(3)
        for c in (1, 4, 8)
        for mode, times in (("off", 1.0), ("lru", 1.004), ("radix", 1.0))
    ]
    (tmp_path / "r.json").write_text(json.dumps(rows), encoding="utf-8")
    dataset = ingest(tmp_path)
    analysis = analyse(dataset)
    kind = registry()["gain"]
    assert analysis.gains and all(outcome_of(i) == "same" and kind.weigh(i) < 2 for i in analysis.gains)
    sheet, outline = composed(analysis, dataset, title="t")
    blocks = next(s for s in outline.sections if s.key == "verdict").blocks
    verdict = " ".join(render_text(s.text, sheet) for b in blocks if isinstance(b, Paragraph) for s in b.sentences)
    assert not any(words in verdict for words in ("shortens", "makes no difference", "factor of 1.00"))
