"""Files of weights that differ in their format alone are one model in several quantisations."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import FACTOR

HEAD = "model,quantization,task,decode_tps\n"


def _rows(name: str, formats: tuple[str, ...], column: tuple[str, ...] | None = None) -> str:
    return "".join(
        f"{name.format(f)},{c},{t},{20 + 3 * i + j}\n"
        for i, (f, c) in enumerate(zip(formats, column or formats, strict=True))
        for j, t in enumerate(("mmlu", "ifeval"))
    )


@pytest.mark.parametrize(
    ("name", "formats", "column"),
    [
        ("Org/Foo-3B-GGUF/foo-3b-instruct-{}.gguf", ("fp16", "q8_0", "q4_k_m"), ("f16", "q8_0", "q4_K_M")),
        ("foo-3b-instruct.{}.gguf", ("Q8_0", "Q4_K_M"), None),
        ("/models/foo-3b-instruct_{}.gguf", ("bf16", "IQ4_XS"), None),
    ],
)
def test_the_format_is_a_setting_and_no_part_of_the_name(
    tmp_path: Path, name: str, formats: tuple[str, ...], column: tuple[str, ...] | None
) -> None:
    other = name.replace("foo-3b", "bar-7b")
    (tmp_path / "a.csv").write_text(HEAD + _rows(name, formats, column) + _rows(other, formats, column))
    table = ingest(tmp_path).table
    assert set(table["subject"].astype(str)) == {"foo-3b-instruct", "bar-7b-instruct"}
    assert set(table[FACTOR + "quantisation"].astype(str)) == set(column or formats)


@pytest.mark.parametrize(
    "rows",
    [
        _rows("foo-3b-{}.gguf", ("q8_0", "q4_0"), ("q8_0", "q8_0")),  # the column says something else
        _rows("foo-3b-{}.gguf", ("q8_0",)) + _rows("bar-7b-{}.gguf", ("q4_0",)),  # one format each
        _rows("foo:3b-{}", ("q8_0", "q4_0")),  # tags, by which people call a model
    ],
)
def test_other_names_stay(tmp_path: Path, rows: str) -> None:
    (tmp_path / "a.csv").write_text(HEAD + rows)
    assert all("q" in s for s in set(ingest(tmp_path).table["subject"].astype(str)))
