"""A folder that holds only documents: what they state is described like results."""

# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.stats import analyse

TABLE = "# Bench\n| System | GPU | Eval rate | Power (peak) |\n| :--- | :--- | ---: | ---: |\n"
ROWS = "| Board A | GPU | 92.49 Tokens/s | 464.2W |\n| Board B | CPU | 4.12 Tokens/s | 21.0W |\n| Board C | GPU | **70.74 Tokens/s** | 1,095 W |\n"


@pytest.mark.parametrize(
    "text",
    [
        TABLE + ROWS,
        "# Bench\n\n## Board A\n- Decode rate: 92.49 tok/s\n\n## Board B\n- Decode rate: 4.12 tok/s\n\n## Board C\n- Decode rate: 70.74 tok/s\n",
        "<table><tr><th>System</th><th>Decode (t/s)</th></tr><tr><td>Board A</td><td>92.49</td></tr><tr><td>Board B</td><td>4.12</td></tr><tr><td>Board C</td><td>70.74</td></tr></table>\n",
        "| Metric | Board A | Board B | Board C |\n|---|---|---|---|\n| Decode rate | 92.49 t/s | 4.12 t/s | 70.74 t/s |\n| Power | 464 W | 21 W | 1095 W |\n",
        '```json\n[{"model": "a", "tokens_per_second": 92.49}, {"model": "b", "tokens_per_second": 4.12}, {"model": "c", "tokens_per_second": 70.74}]\n```\n',
    ],
)
def test_what_documents_alone_state_is_described(text: str, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(text)
    analysis = analyse(ingest(tmp_path))
    assert "decode_rate" in analysis.inventory.metrics
    stated = {round(s.gmean or s.mean or s.p50 or 0, 6) for s in analysis.summaries if s.metric == "decode_rate"}
    assert stated >= {92.49, 4.12, 70.74} or len(analysis.summaries) == 1


def test_what_a_document_states_beside_data_stays_apart(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(TABLE + ROWS)
    (tmp_path / "a.csv").write_text("model,ttft_s\na:1b,1\n")
    assert "decode_rate" not in analyse(ingest(tmp_path)).inventory.metrics
