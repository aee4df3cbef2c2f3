"""`chimera-report inspect` as a person runs it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from program import run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    for engine, rate in (("vllm", 50), ("sglang", 60)):
        place = data / engine
        place.mkdir(parents=True)
        lines = [f"acme-8b,{c},{1000 * c},{rate + i},{i * 7},boom" for c in (1, 4) for i in range(2)]
        lines[0] = lines[0].replace("boom", "")
        text = "model,num_clients,latency,decode_tps,wobble,error\n" + "\n".join(x.replace("boom", "") for x in lines)
        (place / "serve.csv").write_text(text + "\nacme-8b,8,,,,out of memory\n")
    return data


def test_it_says_what_the_files_are_read_as_and_how_that_is_known(folder: Path) -> None:
    done = run("inspect", folder, cwd=folder)
    assert done.returncode == 0, done.stderr
    text = done.stdout
    assert "and 1 more file like it" in text, "two files of one reading stand together"
    assert "system      acme-8b  [model: a registered name]" in text
    assert "workload    num_clients = 1, 4, 8" in text
    assert "backend = sglang, vllm  [folder: sglang: guessed from the path]" in text
    assert "decode rate (sample) in tokens/s (the header names the unit)  [decode_tps]:" in text
    assert "end-to-end latency (sample) in s (assumed: nothing says so)  [latency]:" in text
    assert "2 records: out of memory" in text
    assert "unknown     wobble" in text
    assert "1 column not understood" in text


def test_json_holds_the_same(folder: Path) -> None:
    record = json.loads(run("inspect", folder, "--json", cwd=folder).stdout)
    assert record["schema"] == "chimera-report/inspect/1"
    (group,) = record["groups"]
    assert group["systems"] == ["acme-8b"] and group["failures"] == {"out of memory": 2}
    assert group["factors"]["num_clients"] == {"role": "workload", "levels": ["1", "4", "8"]}
    assert {c["name"]: c["role"] for c in group["columns"]}["wobble"] == "unknown"


def test_a_map_is_drafted_corrected_and_followed(folder: Path) -> None:
    done = run("inspect", folder, "--write-map", cwd=folder)
    assert done.returncode == 0, done.stderr
    target = folder / "chimera.toml"
    drafted = target.read_text()
    assert tomllib.loads(drafted)["columns"] == {"wobble": {"role": "unknown"}}
    assert '# "latency" = { role = "metric", means = "e2e_latency", unit = "s" }' in drafted
    assert run("inspect", folder, "--write-map", cwd=folder).returncode == 2, "it never writes over one"
    target.write_text(
        drafted.replace('role = "unknown"', 'role = "label"')
        .replace('# "latency"', '"latency"')
        .replace('unit = "s"', 'unit = "ms"')
    )
    after = json.loads(run("inspect", folder, "--json", cwd=folder).stdout)
    columns = {c["name"]: c for g in after["groups"] for c in g["columns"]}
    assert columns["latency"]["unit"] == "ms" and columns["latency"]["unit_known_by"] == "mapping"
    assert columns["wobble"]["role"] == "label"


def test_a_wrong_map_is_named_with_its_line(folder: Path) -> None:
    (folder / "chimera.toml").write_text('[columns]\nlatency = { role = "speed" }\n')
    done = run("inspect", folder, cwd=folder)
    assert done.returncode == 2 and "line 2" in done.stderr and "Traceback" not in done.stderr


def test_verify_reads_again_what_the_columns_are(folder: Path) -> None:
    done = run(folder, "--no-llm", "--quiet", "--out", "reports", cwd=folder.parent)
    assert done.returncode == 0, done.stderr
    report = Path(done.stdout.strip()).parent
    report = report if report.is_absolute() else folder.parent / report
    assert run("verify", report, "--data", folder, cwd=folder.parent).returncode == 0
    record = json.loads((report / "run.json").read_text())
    source = next(s for s in record["sources"] if s["path"] == "vllm/serve.csv")
    column = next(a for a in source["reading"] if a["name"] == "num_clients")
    assert column["role"] == "workload"
    column["role"] = "setting"
    (report / "run.json").write_text(json.dumps(record))
    done = run("verify", report, "--data", folder, cwd=folder.parent)
    assert done.returncode == 5 and "num_clients" in done.stdout + done.stderr


def test_a_guess_stands_beside_the_finding_that_rests_on_it(folder: Path) -> None:
    done = run(folder, "--no-llm", "--quiet", "--out", "reports", cwd=folder.parent)
    path = Path(done.stdout.strip())
    text = (path if path.is_absolute() else folder.parent / path).read_text()
    assert "is read from the names of files and folders." in text
    assert "1 column was not understood and not used (wobble of" in text
