"""A large JSON document is read one record after the other, and as it would be read whole."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chimera_report.tools.ingest import lazy
from chimera_report.tools.ingest import read as read_mod
from chimera_report.tools.ingest.lazy import depth_of
from chimera_report.tools.ingest.read import read
from chimera_report.tools.ingest.reading import Limits, Reading
from chimera_report.tools.ingest.rows import Lines
from chimera_report.tools.ingest.tree import parse

RUN = {"model": "alpha:1b", "ttft_s": 0.5, "note": "as before", "gpu": {"power_w": 200.5}, "itl_s": [0.01, 0.02]}
DOCUMENTS: dict[str, Any] = {
    "a list": [{**RUN, "ttft_s": i / 7} for i in range(9)],
    "a list below": {"engine": "x", "results": [{**RUN, "concurrency": i} for i in range(9)], "seed": 7},
    "two lists": {"runs": [RUN] * 5, "meta": {"cold": [{"load_s": i} for i in range(5)]}, "results": [RUN] * 4},
    "deeper": {"data": {"of": {"results": [{"model": f"m{i}", "tokens_per_s": i + 0.5} for i in range(6)]}}},
    "lists in records": {"results": [{"model": "m", "steps": [{"ttft_s": j} for j in range(4)]} for _ in range(4)]},
    "mixed": {"results": [RUN, 3, RUN, RUN, "x"]},
    "failures": [RUN, RUN, {"model": "beta:3b", "error": "out of memory"}, RUN],
    "no records": {"a": [1, 2, 3, 4], "b": []},
}


def told(reading: Reading) -> Any:
    shapes = [
        (
            r.shape,
            {k: list(v) for k, v in r.columns.items()},
            [*(r.where.numbers if isinstance(r.where, Lines) else r.where)],
            None if r.numbers is None else [*r.numbers],
        )
        for r in reading.records
    ]
    rows = [
        (r.shape, [str(k) for k in r.kinds], list(r.which), [repr(v) for v in r.value], list(r.record))
        for r in reading.rows
    ]
    return reading.status, reading.reason, reading.count, reading.suite, shapes, rows


def test_requests_of_a_tool_are_never_all_objects_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = (Path(__file__).parents[2] / "data/ingest/aiperf.jsonl").read_text().splitlines()
    data = json.dumps([json.loads(line) for line in lines] * 20).encode()  # begins with warm-ups, which are left out
    whole = read(data, ".json", "requests", Limits(whole_bytes=1 << 30))
    seen: list[int] = []
    real = read_mod.read_document
    monkeypatch.setattr(read_mod, "read_document", lambda d: (seen.append(list.__len__(d)), real(d))[1])
    monkeypatch.setattr(lazy, "LONG", 3)
    given = read(data, ".json", "requests", Limits(whole_bytes=0))
    assert given.rows and told(given) == told(whole)
    assert seen == [0]  # a list that holds nothing itself


@pytest.mark.parametrize("what", DOCUMENTS)
@pytest.mark.parametrize("indent", [None, 1])
def test_it_is_read_as_if_it_were_whole(what: str, indent: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lazy, "LONG", 3)
    data = json.dumps(DOCUMENTS[what], indent=indent).encode()
    assert told(read(data, ".json", "results", Limits(whole_bytes=0))) == told(read(data, ".json", "results", Limits()))


@pytest.mark.parametrize("name", sorted(p.name for p in (Path(__file__).parents[2] / "data/ingest").glob("*.json")))
def test_so_are_files_of_tools(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lazy, "LONG", 2)
    path = Path(__file__).parents[2] / "data/ingest" / name
    data = path.read_bytes()
    given, whole = (read(data, ".json", path.stem, Limits(whole_bytes=n)) for n in (0, 1 << 30))
    assert told(given) == told(whole)


def test_what_is_odd_is_told_as_of_a_whole_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lazy, "LONG", 2)
    data = b'{"a": 1, "a": 2, "runs": [%s]}' % b",".join(
        [b'{"model": "m", "ttft_s": NaN, "x": 1, "x": 2}', b'{"model": "m", "ttft_s": 1}'] * 3
    )
    given, whole = (read(data, ".json", "r", Limits(whole_bytes=n)) for n in (0, 1 << 30))
    assert told(given) == told(whole)
    assert ("NaN" in given.reason and "'a', 'x'" in given.reason) or "'x', 'a'" in given.reason


@pytest.mark.parametrize(
    "broken",
    [
        b"[",
        b"[{}",
        b"[{},",
        b"[{} {}]",
        b'{"a" 1}',
        b'{"a": [{},]}',
        b"{1: 2}",
        b'{"a": 1} x',
        b'{"a"',
        b"[{}]]",
        b'{"a":}',
    ],
)
def test_what_is_no_json_is_left_to_those_who_mend_it(broken: bytes) -> None:
    with pytest.raises(ValueError):
        lazy.Reader(broken.decode(), 64).document()
    assert told(read(broken, ".json", "r", Limits(whole_bytes=0))) == told(read(broken, ".json", "r", Limits()))


def test_nesting_is_measured_within_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lazy, "LONG", 2)
    deep: Any = 1
    for _ in range(70):
        deep = [deep]
    data = json.dumps({"runs": [{"ttft_s": 1}, {"ttft_s": deep}, {"ttft_s": 2}]}).encode()
    assert read(data, ".json", "r", Limits(whole_bytes=0)).reason == "nested too deeply"
    assert read(b"[" * 100_000, ".json", "r", Limits(whole_bytes=0)).status == "skipped"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=4), inner, max_size=5),
    max_leaves=30,
)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(JSON, st.sampled_from([None, 2]))
def test_any_document_is_the_same(value: Any, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lazy, "LONG", 1)
        reader = lazy.Reader(text, 64)
        found = reader.document()
        assert whole(found) == parse(text).document
        assert not reader.deep or depth_of(value, 64) > 64


def whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: whole(v) for k, v in value.items()}
    if isinstance(value, list):
        assert len(value) == sum(1 for _ in value) and bool(value) == (len(value) > 0)
        return [whole(v) for v in value]
    return value


def test_memory_grows_with_what_is_kept() -> None:
    record = {"model": "alpha:1b", "ttft_s": 0.5, "steps": [{"a": "x" * 8, "b": "y" * 8}] * 20}
    text = json.dumps([record] * 4000)
    tracemalloc.start()
    found = lazy.Reader(text, 64).document()
    count = sum(len(r["steps"]) for r in found)  # type: ignore[arg-type, union-attr, index, call-overload, misc]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 80_000 and peak < 8 << 20  # a quarter of it is kept for short lists; whole, it takes 40 MB
