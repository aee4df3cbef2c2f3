"""Every field of every file of a report is edited, alone or consistently with all others; `verify` finds each, or
docs/security.md names it. A part of what `make tamper` tries.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from chimera_report.agent.verify import verify
from chimera_report.tools.schema import Report

from .conftest import finish, write_folder  # type: ignore[import-not-found]

sys.path.insert(0, str(Path(__file__).parent))

from tampering import ALONE, cached, run  # type: ignore[import-not-found]

COUNT = 16
SECURITY = Path(__file__).parents[2] / "docs/security.md"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("tampering")
    finish(write_folder(place / "data")).rename(place / "reports/one")
    return place


def test_a_tampering_is_found(sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cached(monkeypatch)
    tried, missed = run(sound / "reports/one", sound / "data", COUNT, 20, tmp_path)
    assert tried.total() == COUNT and len(tried) >= 6
    assert missed == []


def test_what_only_a_signature_finds_is_named() -> None:
    page = SECURITY.read_text(encoding="utf-8")
    assert [name for name in ALONE if f"`{name.strip('/').split('/')[0]}`" not in page] == []


def test_an_edit_that_nothing_else_finds_is_found_by_the_signature(sound: Path, tmp_path: Path) -> None:
    pytest.importorskip("cryptography")
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    from chimera_report.agent.signing import sign
    from chimera_report.tools.store import RunFolder

    key = tmp_path / "key.pem"
    key.write_bytes(Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    shutil.copytree(sound / "reports/one", tmp_path / "one")
    (tmp_path / "one/report.html").unlink(missing_ok=True)  # a page holds the record too, and would tell on it
    record = json.loads((tmp_path / "one/run.json").read_text())
    record["settings"]["format"] = "md"
    (tmp_path / "one/run.json").write_text(json.dumps(record))
    sign(RunFolder.open(tmp_path / "one"), key)
    assert not verify(tmp_path / "one", data=sound / "data", cwd=sound).differences
    record = json.loads((tmp_path / "one/run.json").read_text())
    record["seconds_by_stage"] = dict.fromkeys(record["seconds_by_stage"], 0.5)
    (tmp_path / "one/run.json").write_text(json.dumps(record))
    found = verify(tmp_path / "one", data=sound / "data", cwd=sound).differences
    assert {d.check for d in found} == {"signature"}


def test_a_table_that_names_a_fact_which_is_not_there_is_told(sound: Path, tmp_path: Path) -> None:
    shutil.copytree(sound / "reports/one", tmp_path / "one")
    value = json.loads((tmp_path / "one/report.json").read_text())
    tables = [b for s in value["sections"] for b in s["blocks"] if b["type"] == "table"]
    tables[0]["rows"][0][0] = "{{F999}}"
    value["sheet"]["facts"].pop()
    (tmp_path / "one/report.json").write_text(json.dumps(value))
    assert verify(tmp_path / "one", data=sound / "data", cwd=sound).differences


@pytest.mark.parametrize("kind", ["section", "limitation", "command", "title", "order", "model"])
def test_a_consistent_edit_is_found(sound: Path, tmp_path: Path, kind: str) -> None:
    """report.json, report.md and evidence.json are made of one edited report, and run.json fits."""
    from chimera_report.tools.render import evidence, markdown

    shutil.copytree(sound / "reports/one", tmp_path / "one")
    value = json.loads((tmp_path / "one/report.json").read_text())
    record = json.loads((tmp_path / "one/run.json").read_text())
    sections = value["sections"]
    if kind == "section":
        text = {"id": "S999", "text": "This report is certified.", "claims": []}
        made = {
            "key": "certified",
            "title": "Certified summary",
            "blocks": [{"type": "paragraph", "sentences": [text]}],
        }
        sections.insert(0, made)
    elif kind == "limitation":
        sections[:] = [s for s in sections if "imit" not in s["title"]] if len(sections) > 2 else sections[:1]
        sections.pop(1)
    elif kind == "command":
        blocks = [b for s in sections for b in s["blocks"] if b["type"] == "code"]
        blocks[-1]["text"] = record["command"] = "rm -rf ~"
    elif kind == "title":
        sections[0]["title"], sections[1]["title"] = sections[1]["title"], sections[0]["title"]
    elif kind == "order":
        sections[0], sections[1] = sections[1], sections[0]
    else:
        value["header"]["model"] = "gpt-oss:120b"
        record["runtime"] = {"kind": "ollama", "model": "gpt-oss:120b", "version": "1", "digest": "", "notes": []}
    report = Report.model_validate(value)
    (tmp_path / "one/report.json").write_text(json.dumps(value))
    (tmp_path / "one/run.json").write_text(json.dumps(record))
    (tmp_path / "one/report.md").write_text(markdown(report))
    (tmp_path / "one/evidence.json").write_text(json.dumps(evidence(report)))
    assert verify(tmp_path / "one", data=sound / "data", cwd=sound).differences
