"""Roles of columns and factors, how each is known, and that they survive being kept."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import Assignment, KnownBy, Role, Source, is_load, named_role, role_of_levels


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("num_gpu", Role.SETTING),
        ("tensor_parallel_size", Role.SETTING),
        ("Quantization", Role.SETTING),
        ("prompt_type", Role.WORKLOAD),
        ("contextLen", Role.WORKLOAD),
        ("max_concurrency", Role.WORKLOAD),
        ("random_input_len", Role.WORKLOAD),
        ("run_number", Role.REPLICATE),
        ("trial", Role.REPLICATE),
        ("worker", Role.COMPONENT),
        ("agent_role", Role.COMPONENT),
        ("driver_version", Role.ENVIRONMENT),
        ("vllm_version", Role.ENVIRONMENT),
        ("provider", Role.SYSTEM),
        ("timestamp", Role.TIME),
        ("error_code", Role.ERROR),
        ("frobnication", Role.UNKNOWN),
    ],
)
def test_a_name_tells_its_role(name: str, role: Role) -> None:
    assert named_role(name) is role


def test_only_what_somebody_decides_on_can_be_recommended() -> None:
    assert {r for r in Role if r.chosen} == {Role.SYSTEM, Role.SETTING}


def test_load_is_the_workload_that_saturates() -> None:
    assert is_load("concurrency") and is_load("num_concurrent_requests") and not is_load("prompt_type")


@pytest.mark.parametrize(
    ("levels", "role"),
    [
        (("run_1", "run_2"), Role.REPLICATE),
        (("bf16", "fp8"), Role.SETTING),
        (("Q4_K_M", "Q8_0"), Role.SETTING),
        (("short", "context-128k"), Role.WORKLOAD),
        (("tokio", "async-std"), Role.UNKNOWN),
    ],
)
def test_levels_tell_the_role_where_the_name_does_not(levels: tuple[str, ...], role: Role) -> None:
    assert role_of_levels(levels) is role


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sweep.csv").write_text(
        "model,num_gpu,prompt_type,flavour,ttft_ms,decode_tps\n"
        "acme-8b,0,short,red,120,40.1\nacme-8b,0,long,blue,320,39.1\n"
        "acme-8b,4,short,red,90,44.1\nacme-8b,4,long,blue,240,43.1\n"
    )
    (tmp_path / "bare.csv").write_text("model,latency\nacme-8b,2\nacme-8b,4\n")
    return tmp_path


def test_a_file_says_what_its_columns_were_read_as(folder: Path) -> None:
    readings = ingest(folder).readings
    reading = {a.name: a for a in readings["sweep.csv"]}
    assert reading["model"].role is Role.SYSTEM
    assert (reading["ttft_ms"].means, reading["ttft_ms"].unit, reading["ttft_ms"].unit_known_by) == (
        "ttft",
        "ms",
        KnownBy.UNIT,
    )
    assert [a.unit_known_by for a in readings["bare.csv"] if a.guess] == [KnownBy.ASSUMED]  # seconds, says nobody
    assert reading["num_gpu"].known_by is KnownBy.NAME and not reading["num_gpu"].guess


def test_roles_of_factors_come_from_the_reading_then_from_names(folder: Path) -> None:
    dataset = ingest(folder)
    assert dataset.role_of("num_gpu") is Role.SETTING
    assert dataset.role_of("factor.num_gpu") is Role.SETTING
    mapped = Assignment(name="num_gpu", role=Role.WORKLOAD, known_by=KnownBy.MAPPING, means="num_gpu")
    sources = tuple(s.model_copy(update={"reading": (*s.reading, mapped)}) for s in dataset.sources)
    assert replace(dataset, sources=sources).role_of("num_gpu") is Role.WORKLOAD
    without = tuple(s.model_copy(update={"reading": ()}) for s in dataset.sources)
    old = replace(dataset, sources=without)
    assert old.readings == {} and old.role_of("num_gpu") is Role.SETTING


def test_a_reading_survives_json_and_old_records_have_none(folder: Path) -> None:
    source = ingest(folder).sources[0]
    kept = json.loads(json.dumps(source.model_dump(mode="json")))
    assert Source.model_validate(kept) == source
    del kept["reading"]
    assert Source.model_validate(kept).reading == ()


@pytest.mark.parametrize("name", ["", " ", "0", "None", "a|b", "{{F1}}", "\x00", "é", "x" * 5000])
@pytest.mark.parametrize("known_by", list(KnownBy))
def test_every_name_survives_being_kept(name: str, known_by: KnownBy) -> None:
    """A table of a document may have a column without a header."""
    made = Assignment(name=name, role=Role.UNKNOWN, known_by=known_by)
    assert Assignment.model_validate(json.loads(made.model_dump_json())) == made


def test_a_document_with_a_column_without_a_header_makes_a_dataset(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("# Notes\n\n| | 8192 | 2048 |\n|---|---|---|\n| decode tok/s | 62.5 | 35.3 |\n")
    for source in ingest(tmp_path).sources:
        assert Source.model_validate(source.model_dump(mode="json")) == source
