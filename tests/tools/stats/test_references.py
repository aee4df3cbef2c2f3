"""Distances from a reference compare between systems where all files show that it is one reference."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.stats import analyse

BLOCK = """====== Perplexity statistics ======
Mean PPL(Q)                   :   {q} ±   0.077059
Mean PPL(base)                :   {base} ±   0.073762

====== KL divergence statistics ======
Mean    KLD:   {kld} ±   0.000697
Maximum KLD:   6.245871
"""


@pytest.mark.parametrize(("bases", "apart"), [((6.783609, 6.783609), False), ((6.783609, 7.123456), True)])
def test_one_reference_is_told_by_its_own_perplexity(bases: tuple[float, float], apart: bool, tmp_path: Path) -> None:
    for name, base, kld in (("acme-7b-q4", bases[0], 0.058933), ("acme-7b-q6", bases[1], 0.002019)):
        text = f"# model  : {name}.gguf\n\n" + BLOCK.format(q=base + kld, base=base, kld=kld)
        (tmp_path / name).mkdir()
        (tmp_path / name / "kld.txt").write_text(text, encoding="utf-8")
    grids = [g for g in analyse(ingest(tmp_path)).grids if g.metric == "kl_divergence"]
    assert [g.tests for g in grids] == [apart]
    assert len(grids[0].lines) == 2


def test_the_reference_is_no_value_of_the_model(tmp_path: Path) -> None:
    (tmp_path / "kld.txt").write_text(
        "# model  : acme-7b-q4.gguf\n\n" + BLOCK.format(q=7.054362, base=6.783609, kld=0.058933), encoding="utf-8"
    )
    table = ingest(tmp_path).table
    rows = table[(table["metric"] == "perplexity") & (table["stat"] == "mean")]
    assert dict(zip(rows["definition"], rows["value"], strict=True)) == {"": 7.054362, "of the reference": 6.783609}
