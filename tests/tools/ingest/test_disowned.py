"""Records that say of themselves that they do not hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import DISOWNED


def told(folder: Path, column: str, words: list[object]) -> list[str]:
    lines = [{"model": "a-7b", "tg_tok_s": 10.0 + i, column: w} for i, w in enumerate(words)]
    (folder / "ledger.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
    table = ingest(folder).table
    return table[table["metric"] == "decode_rate"].sort_values("value")["status"].tolist()


@pytest.mark.parametrize(
    ("column", "bad", "good"),
    [
        ("status", "invalid_artifact", "ok"),
        ("verdict", "FALSIFIED_REGRESSION_REMOVED", "CONFIRMED"),
        ("validity", "unreliable (7 tokens)", "valid"),
        (
            "note",
            "INVALID: the page cache was thrashing, so this is no measurement of the card",
            "first clean run of the day",
        ),
        ("valid", False, True),
        ("discarded", True, False),
        ("is_warmup", True, False),
        ("comment", "superseded by run 7", "no artifacts seen"),
        ("状态", "无效", "有效"),
        ("quality", "wrong output", "good output"),
    ],
)
def test_they_are_set_aside(tmp_path: Path, column: str, bad: object, good: object) -> None:
    found = told(tmp_path, column, [bad, good, good, bad])
    assert found in (["set aside", "ok", "ok", "set aside"], ["ok", "ok"])  # some were never taken for results


@pytest.mark.parametrize(
    "words",
    ["not invalid", "no artifacts", "0 invalid", "artifact: model.tar", "invalid json: 3", "ok", "mostly_falsified"],
)
def test_what_only_sounds_so_stays(tmp_path: Path, words: str) -> None:
    assert told(tmp_path, "note", [words, "ok", "ok", words]) == ["ok"] * 4


def test_a_document_that_tells_it_again_shares_its_fate(tmp_path: Path) -> None:
    told(tmp_path, "status", ["invalid", "ok", "ok"])
    (tmp_path / "RESULTS.md").write_text("| model | tg tok/s |\n|---|---|\n| a-7b | 10.0 |\n| a-7b | 11.0 |\n")
    table = ingest(tmp_path).table
    stated = {row["value"]: row for row in table[table["origin"] == "reported"].to_dict("records")}
    assert stated[10.0]["status"] == "set aside" and str(stated[10.0]["message"]).startswith(DISOWNED)
    assert stated[11.0]["status"] == "ok"
