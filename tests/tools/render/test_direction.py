"""Names that run from the right stand between isolates, and nothing else changes."""

from __future__ import annotations

import pytest

from chimera_report.tools.render.direction import ISOLATES, isolated

OPEN, CLOSE = ISOLATES


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("llama3.1:8b, num_ctx 4096", "llama3.1:8b, num_ctx 4096"),
        ("2.87× …", "2.87× …"),
        ("通义千问-7b / модель-7b", "通义千问-7b / модель-7b"),
        ("مدل-7b / llama:8b (F16)", "<مدل-7b> / llama:8b (F16)"),
        ("llama:8b / דגם-3b (מודל-2)", "llama:8b / <דגם-3b> (<מודל-2>)"),
        ("of مدل-7b, 2.1 s; of دیگر-3b.", "of <مدل-7b>, 2.1 s; of <دیگر-3b>."),
        ("of نام بلند مدل, twice", "of <نام بلند مدل>, twice"),
    ],
)
def test_a_name_is_isolated(text: str, shown: str) -> None:
    assert isolated(text) == shown.replace("<", OPEN).replace(">", CLOSE)


def test_a_structure_keeps_its_numbers_and_keys() -> None:
    given = {"data": {"values": [{"name": "דגם", "value": 2.5, "low": None}]}, "sort": ["דגם", "b"]}
    made = isolated(given)
    assert made["sort"] == [made["data"]["values"][0]["name"], "b"] and made["data"]["values"][0]["value"] == 2.5
