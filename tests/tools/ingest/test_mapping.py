"""`chimera.toml`: what the user says goes before everything else, and what is wrong in it is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.errors import UsageError
from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import KnownBy, Role

DATA = "who,clients,lat,foo,notes2,tps\nA,1,120,3,x,50\nA,4,180,4,y,40\nB,1,100,5,z,60\nB,4,150,6,w,45\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "night").mkdir()
    (tmp_path / "night/s.csv").write_text(DATA)
    return tmp_path


def say(folder: Path, text: str) -> Path:
    (folder / "chimera.toml").write_text(text)
    return folder


def test_roles_units_and_names_of_columns(folder: Path) -> None:
    say(
        folder,
        """
        [columns]
        who = { role = "system" }
        clients = { role = "workload", means = "concurrency" }
        lat = { role = "metric", means = "e2e_latency", unit = "ms" }
        foo = { role = "setting" }
        notes2 = { role = "label" }
        [names]
        A = "Acme 8B"
        """,
    )
    dataset = ingest(folder)
    table = dataset.table
    assert set(table["subject"]) == {"Acme 8B", "B"}
    latency = table[table["metric"] == "e2e_latency"]
    assert list(latency["value"]) == pytest.approx([0.12, 0.18, 0.1, 0.15])
    assert dataset.role_of("concurrency") is Role.WORKLOAD and dataset.role_of("foo") is Role.SETTING
    reading = {a.name: a for a in dataset.readings["night/s.csv"]}
    assert reading["lat"].known_by is KnownBy.MAPPING and reading["lat"].unit_known_by is KnownBy.MAPPING
    assert reading["notes2"].role is Role.LABEL


def test_files_have_systems_suites_and_settings(folder: Path) -> None:
    say(folder, '[files."night/*.csv"]\nsystem = "m"\nsuite = "serving"\nsettings = { quant = "fp8", eager = true }\n')
    table = ingest(folder).table
    assert set(table["subject"]) == {"m"} and set(table["suite"]) == {"serving"}
    assert set(table["factor.quantisation"]) == {"fp8"} and set(table["factor.eager"]) == {"true"}


def test_files_that_are_left_out_are_named(folder: Path) -> None:
    (folder / "old.csv").write_text(DATA)
    found = {s.path: (s.status, s.reason) for s in ingest(say(folder, 'leave_out = ["old*"]')).sources}
    assert found["old.csv"] == ("skipped", "left out by chimera.toml")
    assert found["night/s.csv"][0] == "parsed" and "chimera.toml" in found, "the mapping itself is a source"


def test_a_column_that_was_accepted_as_a_proposal_says_so(folder: Path) -> None:
    dataset = ingest(say(folder, '[columns]\nclients = { role = "workload", by = "proposal" }\n'))
    (found,) = [a for a in dataset.readings["night/s.csv"] if a.name == "clients"]
    assert found.known_by is KnownBy.PROPOSAL and found.guess


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("[columns\n", "", "not valid TOML"),
        ("leave_out = []\ncolums = {}\n", "line 2", "'colums'"),
        ('[columns]\n\nlat = { roll = "metric" }\n', "line 3", "'roll'"),
        ('[columns]\nlat = { role = "speed" }\n', "line 2", "'speed'"),
        ('[columns]\nlat = { role = "metric", means = "ttft", unit = "tokens/s" }\n', "line 2", "no unit of ttft"),
        ('[columns]\nlat = { role = "metric", means = "ttft", stat = "typical" }\n', "line 2", "'typical'"),
        ('[columns]\nlat = { role = "setting", unit = "ms" }\n', "line 2", "needs the metric"),
        ('[files."a*"]\nmodel = "x"\n', "line 2", "'model'"),
        ("[files]\nnight = 3\n", "line 2", "'night'"),
        ('leave_out = "old"\n', "line 1", "list of patterns"),
        ("[names]\nA = 3\n", "line 2", "'A'"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(folder: Path, text: str, line: str, what: str) -> None:
    with pytest.raises(UsageError) as error:
        ingest(say(folder, text))
    assert "chimera.toml" in str(error.value) and line in str(error.value) and what in str(error.value)
