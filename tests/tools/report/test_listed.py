"""Where nothing compares, the values are listed: a line a condition that is named in full."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.claims import render_text
from chimera_report.tools.claims.fields import read
from chimera_report.tools.ingest import ingest
from chimera_report.tools.report import composed
from chimera_report.tools.schema import ListedRecord, Listing, Paragraph, Recipe, Table
from chimera_report.tools.stats import analyse, evaluate

# Each system ran under a context and a concurrency of its own.
OWN: dict[str, tuple[int, int, float, float]] = {
    "ant-1b": (2048, 128, 3160.0, 12.1),
    "bee-2b": (147456, 192, 927.0, 62.0),
    "cat-4b": (8192, 32, 178.0, 31.3),
    "dog-9b": (20480, 16, 153.0, 31.6),
}


def _listing(folder: Path, rows: list[dict[str, Any]]) -> Listing:
    (folder / "r.json").write_text(json.dumps(rows), encoding="utf-8")
    analysis = analyse(ingest(folder))
    assert all(evaluate(ingest(folder), item.recipe) == item for item in analysis.listings)
    return analysis.listings[0]


def _section(folder: Path) -> tuple[str, list[Table]]:
    dataset = ingest(folder)
    sheet, made = composed(analyse(dataset), dataset, title="t")
    blocks = [b for s in made.sections if s.key == "figures" for b in s.blocks]
    prose = [render_text(s.text, sheet) for b in blocks if isinstance(b, Paragraph) for s in b.sentences]
    found = [b for b in blocks if isinstance(b, Table)]
    tables = [
        b.model_copy(update={"rows": tuple(tuple(render_text(c, sheet) for c in r) for r in b.rows)}) for b in found
    ]
    return " ".join(prose), tables


def test_each_system_stands_with_its_settings(tmp_path: Path) -> None:
    rows = [
        {"model": m, "num_ctx": c, "concurrency": n, "output_throughput_tok_s": v, "e2e_latency_s": t}
        for m, (c, n, v, t) in OWN.items()
    ]
    item = _listing(tmp_path, rows)
    assert item.metrics[:2] == ("output_throughput", "e2e_latency")
    assert {e.subject: e.values[0] for e in item.entries} == {m: v for m, (_, _, v, _) in OWN.items()}
    prose, (table,) = _section(tmp_path)
    assert "at its own best condition is 3160 tokens/s for ant-1b, 927 tokens/s for bee-2b" in prose
    assert "reach" not in prose
    assert len(table.rows) == len(OWN) and any("num_ctx 8192" in r[1] and "178" in r for r in table.rows)


@pytest.mark.parametrize("spread", [1.3, 1.6, 2.0, 3.5, 8.0])
def test_records_that_lie_apart_are_two_values(spread: float, tmp_path: Path) -> None:
    """Requests in parallel that end one after another: of these no one value stands for the condition."""
    rows = [
        {"model": m, "task": "document", "e2e_latency_s": t * by}
        for m, t in (("ant", 18.0), ("bee", 31.0), ("cat", 72.0))
        for by in (1.0, 1.1, spread)
    ]
    item = _listing(tmp_path, rows)
    entry = next(e for e in item.entries if e.subject == "ant")
    assert entry.values == (None,) and entry.low == (18.0,) and entry.high == pytest.approx((18.0 * spread,))


def test_a_condition_that_all_share_is_told_in_words(tmp_path: Path) -> None:
    rows = [
        {"model": m, "task": "document", "e2e_latency_s": t * by}
        for m, t in (("ant", 18.0), ("bee", 31.0), ("cat", 72.0))
        for by in (1.0, 1.4, 2.5)
    ]
    _listing(tmp_path, rows)
    prose, _ = _section(tmp_path)
    assert "18.0 to 45.0 s for ant" in prose and prose.index("for ant") < prose.index("for bee") < prose.index(
        "for cat"
    )


def test_what_loaded_the_model_is_in_no_line(tmp_path: Path) -> None:
    states = ((True, 1.2, 4.0), (False, 1.0, 0.01))
    rows = [
        {"model": m, "prompt_kind": k, "cold_start": cold, "tokens_per_s": v * by, "load_time_s": load}
        for m, v in (("ant", 90.0), ("bee", 40.0), ("cat", 20.0))
        for k in ("short", "long")
        for cold, by, load in states
    ]
    item = _listing(tmp_path, rows)
    assert {e.values[0] for e in item.entries} == {90.0, 40.0, 20.0} and item.cold == 6


def test_an_entry_of_a_mapping_is_read_as_the_whole_is() -> None:
    """ "with device x86", and not "with not available"."""
    item = Listing(recipe=Recipe(function="listing"), suite="s", metrics=("ttft",), conditions=1, entries=(
        ListedRecord(condition={"device": "x86", "os": "a, b"}, values=(1.0,)),))  # fmt: skip
    assert read(item, "&entries.0.condition.device").value == "device x86"
    assert read(item, "&entries.0.condition.os").value == "os “a, b”"
