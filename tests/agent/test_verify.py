"""`chimera-report verify` as a person runs it: a sound report holds, and each kind of tampering is found and named."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from program import run

from chimera_report.agent.differences import alike
from chimera_report.agent.verify import verify

from .conftest import write_folder  # type: ignore[import-not-found]

# What a run of bench keeps beside its results: read as no results, and under watch as well.
LEFT_OUT = {
    "kept/plan.toml": 'schema = "chimera-report/plan/1"\nruns = 8\n',
    "kept/runs.journal": '{"at": 1}\n',
    "kept/receipt.json": '{"schema": "chimera-report/receipt/1", "machine": "a"}\n',
    "kept/summary.json": '{"schema": "chimera-report/summary/1", "n": 8}\n',
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder `data` and the finished report of it in `reports/one`, made by the command itself."""
    place = tmp_path_factory.mktemp("verify")
    write_folder(place / "data")
    (place / "data/notes.md").write_text("# Notes\n\nNothing measured here.\n")
    (place / "data/kept").mkdir()
    for name, text in LEFT_OUT.items():
        (place / "data" / name).write_text(text)
    done = run("data", "--no-llm", "--quiet", cwd=place)
    assert done.returncode == 0, done.stderr
    (place / done.stdout.strip()).parent.rename(place / "reports/one")
    return place


@pytest.fixture
def copy(sound: Path, tmp_path: Path) -> Path:
    shutil.copytree(sound, tmp_path / "case")
    return tmp_path / "case"


def checks(place: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in verify(place / "reports/one", cwd=place).differences:
        found.setdefault(item.check, []).append(item.where)
    return found


def test_a_sound_report_holds(sound: Path) -> None:
    done = run("verify", "reports/one", cwd=sound)
    assert (done.returncode, "holds" in done.stdout) == (0, True), done.stdout + done.stderr
    as_json = run("verify", "reports/one/report.md", "--json", cwd=sound)
    record = json.loads(as_json.stdout)
    assert as_json.returncode == 0 and record["holds"] and record["differences"] == []
    assert record["checked"]["files"] == 3 and record["checked"]["facts"] > 10


@pytest.mark.parametrize("name", ["report.html", "report.pdf"])
def test_a_file_that_was_asked_for_and_is_gone_is_told(copy: Path, name: str) -> None:
    record = json.loads((copy / "reports/one/run.json").read_text())
    if name == "report.html":
        (copy / "reports/one" / name).unlink()
    else:  # asked for by the environment, so that no option in the command says it
        record["settings"]["format"] = "md,html,pdf"
        (copy / "reports/one/run.json").write_text(json.dumps(record))
    assert checks(copy)["files"] == [name]


def test_a_page_alone_and_a_report_of_markdown_alone_hold(copy: Path) -> None:
    shutil.copy(copy / "reports/one/report.html", copy / "alone.html")
    assert verify(copy / "alone.html", cwd=copy).differences == ()
    done = run("data", "--no-llm", "--quiet", "--format", "md", cwd=copy)
    assert verify((copy / done.stdout.strip()).parent, cwd=copy).differences == ()


def test_tampering_ends_with_exit_code_five_and_is_named(copy: Path) -> None:
    text = (copy / "reports/one/report.md").read_text()
    line = next(i for i, x in enumerate(text.split("\n"), 1) if re.search(r"\d tokens/s", x))
    lines = text.split("\n")
    lines[line - 1] = re.sub(r"(\d) tokens/s", lambda m: f"{(int(m[1]) + 1) % 10} tokens/s", lines[line - 1], count=1)
    (copy / "reports/one/report.md").write_text("\n".join(lines))
    done = run("verify", "reports/one", cwd=copy)
    assert done.returncode == 5
    assert f"report.md line {line}" in done.stdout and "rule 9" in done.stdout
    record = json.loads(run("verify", "reports/one", "--json", cwd=copy).stdout)
    assert not record["holds"] and {d["check"] for d in record["differences"]} == {"markdown", "rules"}


def edit_json(path: Path, change: Callable[[Any], None]) -> None:
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))


def test_a_changed_byte_of_a_data_file(copy: Path) -> None:
    data = copy / "data/rates.csv"
    data.write_bytes(data.read_bytes().replace(b",50.", b",51.", 1))
    found = checks(copy)
    assert "rates.csv" in found["files"]
    assert found["facts"] and found["table"]


@pytest.mark.parametrize("name", ["notes.md", "broken.json"])
def test_a_changed_byte_of_a_file_that_no_fact_reads(copy: Path, name: str) -> None:
    path = copy / "data" / name
    path.write_bytes(path.read_bytes() + b" ")
    assert name in checks(copy)["files"]


@pytest.mark.parametrize("how", ["edited", "gone", "new"])
def test_files_that_were_left_out_of_the_report_are_under_watch(copy: Path, how: str) -> None:
    if how == "edited":
        changed = list(LEFT_OUT)
        for name in changed:
            (copy / "data" / name).write_text(
                LEFT_OUT[name].replace("8", "9").replace("1}", "2}").replace('a"}', 'b"}')
            )
    elif how == "gone":
        changed = ["kept/receipt.json", "kept/summary.json"]
        for name in changed:
            (copy / "data" / name).unlink()
    else:
        changed = ["kept/other.json"]
        (copy / "data/kept/other.json").write_text(LEFT_OUT["kept/summary.json"])
    assert sorted(checks(copy)["files"]) == sorted(changed)


def test_a_report_of_before_files_were_left_out_has_none_to_compare(copy: Path) -> None:
    record = json.loads((copy / "reports/one/run.json").read_text())
    del record["beside"]
    (copy / "reports/one/run.json").write_text(json.dumps(record))
    (copy / "reports/one/report.html").unlink()
    assert set(checks(copy)) == {"files"}  # the page that was asked for is gone


def test_a_file_that_is_gone_and_one_that_is_new(copy: Path) -> None:
    (copy / "data/notes.md").rename(copy / "data/other.md")
    assert {"notes.md", "other.md"} <= set(checks(copy)["files"])


def test_every_digit_of_the_text_is_under_watch(sound: Path, tmp_path: Path) -> None:
    """A changed digit, wherever it stands, is named with its line."""
    copy = tmp_path / "case"
    shutil.copytree(sound, copy)
    path = copy / "reports/one/report.md"
    text = path.read_text()
    digits = [m.start() for m in re.finditer(r"\d", text)]
    for place in digits[:: max(1, len(digits) // 5)]:
        path.write_text(text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :])
        line = text.count("\n", 0, place) + 1
        assert f"report.md line {line}" in checks(copy)["markdown"], text[place - 30 : place + 10]


def test_an_edited_evidence_file(copy: Path) -> None:
    path = copy / "reports/one/evidence.json"
    edit_json(path, lambda e: e["facts"][0]["sources"][0].update(sha256="0" * 64))
    assert checks(copy) == {"evidence": ["evidence.json /facts/0/sources/0/sha256"]}


def test_an_edited_report_that_is_consistent_with_itself(copy: Path) -> None:
    """A fact changed in report.json, and Markdown and evidence rendered from it again: the data does not agree."""
    from chimera_report.tools.render import evidence, markdown
    from chimera_report.tools.schema import Report

    folder = copy / "reports/one"
    value = json.loads((folder / "report.json").read_text())
    fact = next(f for f in value["sheet"]["facts"] if f["metric"] == "decode_rate" and f["unit"] == "tokens/s")
    fact.update(display="999 tokens/s", number="999", value=999.0)
    report = Report.model_validate(value)
    (folder / "report.json").write_text(json.dumps(value))
    (folder / "report.md").write_text(markdown(report))
    (folder / "evidence.json").write_text(json.dumps(evidence(report)))
    found = checks(copy)
    assert fact["id"] in found["facts"] and "markdown" not in found and "evidence" not in found


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (lambda r: r["header"].update(date="2020-01-01"), "document"),
        (lambda r: r["header"].update(agent="Chimera 9.9"), "document"),
        (lambda r: r["sheet"]["claims"][0].update(clause="all is well"), "claims"),
        (lambda r: r["sheet"]["names"].append("invented"), "claims"),
        (lambda r: r["sections"][0]["blocks"][0]["sentences"][0].update(text="All systems are fast."), "rules"),
        (lambda r: r["sections"][0]["blocks"][0]["sentences"][0].update(claims=[]), "rules"),
        (lambda r: r["sections"].pop(3), "document"),
    ],
)
def test_an_edited_report(copy: Path, change: Callable[[Any], None], check: str) -> None:
    edit_json(copy / "reports/one/report.json", change)
    assert check in checks(copy)


def test_an_edited_table(copy: Path) -> None:
    import pandas as pd

    path = copy / "reports/one/measurements.parquet"
    table = pd.read_parquet(path)
    table.loc[3, "value"] = 1.0
    table.to_parquet(path, index=False)
    assert checks(copy) == {"table": ["measurements.parquet row 4, value"]}


def test_files_that_moved_and_what_cannot_be_verified(copy: Path, tmp_path: Path) -> None:
    (copy / "data").rename(tmp_path / "elsewhere")
    gone = run("verify", "reports/one", cwd=copy)
    assert gone.returncode == 2 and "--data" in gone.stderr
    assert verify(copy / "reports/one", data=tmp_path / "elsewhere", cwd=copy).differences == ()
    assert run("verify", "reports", cwd=copy).returncode == 2
    (copy / "reports/one/report.json").write_text('{"schema": "chimera-report/report/1"}')
    broken = run("verify", "reports/one", "--data", tmp_path / "elsewhere", cwd=copy)
    assert broken.returncode == 2 and "report.json" in broken.stderr


def test_a_report_that_says_what_changed(copy: Path) -> None:
    data = copy / "data/rates.csv"
    data.write_text(
        "\n".join(x.replace(",5", ",4", 1) if "alpha" in x else x for x in data.read_text().splitlines()) + "\n"
    )
    done = run("data", "--no-llm", "--quiet", "--compare", "reports/one", cwd=copy)
    assert done.returncode == 0, done.stderr
    again = copy / done.stdout.strip()
    assert verify(again, cwd=copy).differences == ()
    (copy / "reports/one/measurements.parquet").write_bytes(again.with_name("measurements.parquet").read_bytes())
    found = {d.check for d in verify(again, cwd=copy).differences}
    assert found & {"facts", "claims", "files"}


def test_code_words_need_no_dictionary() -> None:
    """The English dictionary takes a fifth of a second to load, which every check of a report would wait for."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom chimera_report.agent.verify import verify\n"
        "verify(Path('reports/sample'), cwd=Path())\nprint('simplemma' in sys.modules)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_arithmetic_of_another_processor_is_no_difference() -> None:
    assert alike({"a": (1.0582614630584322, "x")}, {"a": [1.058261463058431, "x"]})
    for other in (1.0582615, "1.0582614630584322", None, True):
        assert not alike(1.0582614630584322, other)
    assert not alike({"a": 1.0}, {"a": 1.0, "b": 2})
    assert not alike([1.0], [1.0, 1.0])
    assert not alike(True, 1.0)


def test_another_kernel_for_matrices_verifies_the_same_report(sound: Path) -> None:
    """OpenBLAS takes the kernel that it is told, as it takes another one on another processor."""
    program = str(Path(sys.executable).parent / "chimera-report")
    env = {**os.environ, "OPENBLAS_CORETYPE": "Prescott"}  # read when the library is loaded, so a process of its own
    done = subprocess.run(
        [program, "verify", "reports/one"], cwd=sound, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
