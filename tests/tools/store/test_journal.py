"""The journal survives a kill at any byte."""

from __future__ import annotations

from pathlib import Path

from chimera_report.tools.store import Journal


def test_what_was_put_is_there_in_order(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.jsonl")
    journal.put("b", {"output": "two\nlines"})
    journal.put("a", {"output": "é\u2028"})
    again = Journal(tmp_path / "j.jsonl")
    assert [e["key"] for e in again.entries()] == ["b", "a"]
    assert again.get("a") == {"output": "é\u2028", "key": "a"}
    assert again.get("c") is None


def test_a_line_torn_at_any_byte_is_dropped_and_the_next_append_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    first = Journal(path)
    first.put("a", {"output": "kept"})
    keep = path.stat().st_size
    first.put("b", {"output": "torn"})
    whole = path.read_bytes()
    for cut in range(keep + 1, len(whole)):
        path.write_bytes(whole[:cut])
        journal = Journal(path)
        assert [e["key"] for e in journal.entries()] == ["a"]
        journal.put("c", {"output": "new"})
        assert [e["key"] for e in Journal(path).entries()] == ["a", "c"]
