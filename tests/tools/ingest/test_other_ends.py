"""Records that ended with a word of their own, and logs of machines whose graphics card took no part."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest

HEAD = "model_name,context_k,decode_tps,status\n"


def failed(path: Path) -> list[str]:
    table = ingest(path).table
    return sorted(set(table.loc[table["status"] != "ok", "message"].astype(str)))


@pytest.mark.parametrize("word", ["degenerate_response", "looping", "gave up", "no answer", "garbled"])
@pytest.mark.parametrize("well", ["ok", "success", "completed"])
def test_a_status_of_its_own_without_a_result_is_a_failure(tmp_path: Path, word: str, well: str) -> None:
    good = "".join(f"ember-7b,{v},{55 - v}.5,{well}\n" for v in (1, 2, 4, 8))
    (tmp_path / "r.csv").write_text(f"{HEAD}{good}ember-7b,16,,{word}\n", encoding="utf-8")
    assert failed(tmp_path) == [word]


@pytest.mark.parametrize(
    "rows",
    [
        "a-7b,1,55.5,ok\na-7b,2,54.5,ok\na-7b,4,53.5,cached\n",  # it has its result
        "a-7b,1,55.5,cold\na-7b,2,54.5,warm\na-7b,4,,hot\n",  # no word of success among them
        "a-7b,1,,ok\na-7b,2,,ok\na-7b,4,53.5,ok\na-7b,8,,late\n",  # those that went well have none either
        "a-7b,1,55.5,ok\na-7b,2,54.5,ok\na-7b,4,53.5,\n",  # nothing said
        "a-7b,1,55.5,ok\na-7b,2,54.5,night\na-7b,4,,night\na-7b,8,,night\n",  # most have another word
    ],
)
def test_and_else_it_is_none(tmp_path: Path, rows: str) -> None:
    (tmp_path / "r.csv").write_text(HEAD + rows, encoding="utf-8")
    assert failed(tmp_path) == []


RUN = "eval count: 91 token(s)\neval duration: 4.1s\neval rate: {} tokens/s\n"


def cards(path: Path, said: str) -> set[str]:
    text = f"{said}\ncpu_info: Ryzen 7\ngpu_info: Renoir [Radeon Vega]\nmodel_name = ember:7b\n" + RUN.format(22.2)
    (path / "log.txt").write_text(text + "model_name = flint:9b\n" + RUN.format(17.2), encoding="utf-8")
    return set(ingest(path).table["factor.gpu"].dropna())


@pytest.mark.parametrize(
    "said",
    [
        "No GPU detected.", "no compatible GPUs were discovered", "GPU not available, using 8 threads",
        "CUDA is not available", "Running on CPU only",
    ],
)  # fmt: skip
def test_a_card_that_took_no_part_is_no_machine(tmp_path: Path, said: str) -> None:
    assert cards(tmp_path, said) == {"CPU only"}


@pytest.mark.parametrize("said", ["GPU detected.", "no GPU limit set", "1 GPU found", "CUDA available", "cpu: fine"])
def test_and_one_that_did_is(tmp_path: Path, said: str) -> None:
    assert cards(tmp_path, said) == {"Renoir [Radeon Vega]"}
