"""Tables whose rows are tests of llama-bench: a rate is of reading the prompt or of generating, as its test says."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest

TESTS = ("pp512", "pp2048", "pp8192", "tg128", "tg32")


def _rows(head: str, failed: str = "") -> str:
    lines = [
        f"m-7b,{b},{t},{1000 - 10 * i if t[0] == 'p' else 70 - i}{{spread}}"
        for b in ("a", "b")
        for i, t in enumerate(TESTS)
    ]
    spread = ",1.5" if "std" in head else ""
    return "\n".join([head, *(x.format(spread=spread) for x in lines), *([failed] if failed else [])]) + "\n"


@pytest.mark.parametrize(
    ("head", "failed"),
    [
        ("model,backend,test,t/s", ""),
        ("model,backend,workload,tps", "m-7b,b,load,"),
        ("model,backend,workload,tps,stddev_tps", "m-7b,b,load,,"),
        ("model,backend,metric,tokens_per_second", "m-7b,b,crashed,"),
        ("model,backend,phase,tok/s,std", ""),
    ],
)
def test_the_test_of_a_row_says_what_its_rate_is(tmp_path: Path, head: str, failed: str) -> None:
    (tmp_path / "a.csv").write_text(_rows(head, failed))
    table = ingest(tmp_path).table
    means = table[(table["status"] == "ok") & (table["stat"] != "sd")]
    assert means.loc[means["metric"] == "prefill_rate", "value"].min() > 900
    assert means.loc[means["metric"] == "decode_rate", "value"].max() < 80
    assert set(means["metric"]) == {"prefill_rate", "decode_rate"}


def test_a_rate_of_what_is_no_test_leaves_the_table_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(_rows("model,backend,workload,tps", "m-7b,b,chat,55"))
    table = ingest(tmp_path).table
    assert 55 in set(table["value"])


@pytest.mark.parametrize("names", ["pp tg128", "pp512 tg", "prefill decode", "PP TG", "prompt generation"])
def test_a_rate_is_of_what_the_column_beside_it_says_without_a_length(tmp_path: Path, names: str) -> None:
    reads, makes = names.split()
    rows = "".join(
        f"m-{m}b,{c},{n},{v + m}\n" for m in (3, 7) for c in (4096, 8192) for n, v in ((reads, 900), (makes, 50))
    )
    (tmp_path / "long.csv").write_text(f"model,context_tokens,metric,tps\n{rows}")
    table = ingest(tmp_path).table
    assert set(table[table["metric"] == "prefill_rate"]["value"]) == {903, 907}
    assert set(table[table["metric"] == "decode_rate"]["value"]) == {53, 57}
