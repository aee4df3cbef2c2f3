"""Every format of a finished report: no placeholder reaches a reader, and a copy that says something else is found."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from program import run

from chimera_report.agent import copies
from chimera_report.agent.publishing import html, render
from chimera_report.agent.verify import _unseen, verify
from chimera_report.tools.errors import ChimeraError, StoreError
from chimera_report.tools.render import MACHINE, appendix, evidence, markdown, pictures
from chimera_report.tools.render.pdf import _Content
from chimera_report.tools.schema import Report
from chimera_report.tools.store import RunFolder


@pytest.fixture(scope="module")
def made(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The finished report in all formats."""
    place = tmp_path_factory.mktemp("formats") / "one"
    shutil.copytree(finished, place)
    render(place, "html,pdf,docx,tex", None)
    return place


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "one")
    return tmp_path / "one"


def report_of(place: Path) -> Report:
    return Report.model_validate_json((place / "report.json").read_text(encoding="utf-8"))


def words(path: Path) -> str:
    with zipfile.ZipFile(path) as parts:
        return parts.read("word/document.xml").decode()


def test_no_placeholder_reaches_a_reader(made: Path, tmp_path: Path) -> None:
    report = report_of(made)
    folder = RunFolder(made)
    page = html(report, folder.read_json("run.json"), folder)
    shown = {
        "markdown": markdown(report),
        "with authors": markdown(report, authorship=True),
        "appendix": appendix(report),
        "page": re.sub(r'(<script type="application/octet-stream"[^>]*>)[^<]*|<style>.*?</style>', "", page),
        "pictures": "".join(pictures(report).values()),
        "pdf": json.dumps(_Content(report, tmp_path).document()),
        "docx": words(made / "report.docx"),
        "tex": (made / "report.tex").read_text(encoding="utf-8"),
        "texts of evidence": " ".join(f["display"] for f in evidence(report)["facts"]),
    }
    for name, text in shown.items():
        assert len(text) > 100, name
        mark = r"\\\{\\\{" if name == "tex" else r"\{\{|[FC]\d{3,}(?::\w+)?\}"  # LaTeX has braces of its own
        assert not re.search(mark, re.sub(r"(?s)<script>.*?</script>", "", text)), name


def test_every_format_comes_of_report_json_alone(made: Path, tmp_path: Path) -> None:
    shutil.copy(made / "report.json", tmp_path)
    render(tmp_path, "md,html,pdf,docx,tex", None)
    for name in ("report.md", "appendix.md", "report.pdf", "report.tex"):
        assert (tmp_path / name).read_bytes() == (made / name).read_bytes(), name
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "made without their measurements" in page and "embedded-run" not in page.split("<script>")[0]
    with pytest.raises(StoreError, match=r"report\.json alone"):
        verify(tmp_path / "report.html", cwd=tmp_path)


def test_copies_of_a_report_hold(made: Path) -> None:
    assert list((made / "charts").glob("*.png")), "LaTeX has its pictures beside it"
    assert _unseen(RunFolder(made), report_of(made)) == ()
    assert copies.compared(RunFolder(made), report_of(made)) == ([], [])


def test_a_changed_pdf_is_found(copy: Path) -> None:
    path = copy / "report.pdf"
    data = path.read_bytes()
    path.write_bytes(data[:-200] + b" " + data[-200:])
    found, unseen = copies.compared(RunFolder(copy), report_of(copy))
    assert [d.where for d in found] == ["report.pdf"] and unseen == []
    path.write_bytes(data.replace(b"/Keywords(Chimera", b"/Keywords(Chimaera", 1))
    found, unseen = copies.compared(RunFolder(copy), report_of(copy))
    assert found == [] and unseen == ["report.pdf (other versions set it: make it anew with `render`)"]


ANY_SCRIPT = [
    "大型语言模型 نموذج 🦙👩🏽\u200d🚀 e\u0301\u0301Z\u0351\u036b \U0001d11e\U00013000",
    "大型模型 نموذج 🦙🦙 e\u0301\u0323\u0308x \u202eabc zero\u200bwidth " + "x" * 300,
    "हिन्दी แบบ དཔེ་གཞི ᠮᠣᠩ דגם m" + "".join(chr(0x300 + i) for i in range(40)) + " \ue123\ufdd0\U000e0041\u0378\ufffd",
]


@pytest.mark.parametrize("name", ANY_SCRIPT, ids=["joined", "long", "complex"])
def test_names_in_any_script_are_set(made: Path, tmp_path: Path, name: str) -> None:
    import pdfua

    text = (made / "report.json").read_text(encoding="utf-8")
    system = next(f.subject for f in report_of(made).sheet.facts if f.subject)
    (tmp_path / "report.json").write_text(text.replace(json.dumps(system)[1:-1], json.dumps(name)[1:-1]))
    render(tmp_path, "pdf", None)
    data = (tmp_path / "report.pdf").read_bytes()
    assert data.startswith(b"%PDF") and MACHINE.encode() in data
    checked = pdfua.validate(str(tmp_path / "report.pdf"))
    assert [f for f in checked.findings if f.severity >= pdfua.Severity.WARNING] == []
    if name == ANY_SCRIPT[0]:
        assert list(copies._pdf(report_of(tmp_path), data, "report.pdf")) == [], "the same machine sets the same bytes"
        with pytest.raises(copies._Unseen, match="fonts"):
            list(copies._pdf(report_of(tmp_path), data + b" ", "report.pdf"))


def test_a_format_that_cannot_be_made_does_not_lose_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> str:
        raise ChimeraError("the PDF could not be set")

    monkeypatch.setattr("typst.compile", fails)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/runs.csv").write_text("model,tokens_s\n" + "a,10\nb,20\n" * 6, encoding="utf-8")
    done = run("data", "--no-llm", "--quiet", "--format", "html,pdf", cwd=tmp_path)
    (place,) = (tmp_path / "reports").iterdir()
    assert done.returncode == 1 and "could not be set" in done.stderr and f"{place.name}/report.md" in done.stderr
    names = {p.name for p in place.rglob("*")}
    assert {"report.json", "report.md", "report.html", "run.json"} <= names
    assert not [n for n in names if n.startswith(".") or n == "report.pdf"], "nothing temporary stays"
    for path in (place, place / "report.html"):
        held = run("verify", path, cwd=tmp_path)
        assert held.returncode == 0, held.stdout + held.stderr
    assert "report.pdf (the PDF could not be set)" in run("verify", place, cwd=tmp_path).stdout
    (place / "report.html").unlink()
    assert [d.where for d in verify(place, cwd=tmp_path).differences] == ["report.html"], (
        "what was made has to be there"
    )


def test_a_changed_word_document_is_found(copy: Path, tmp_path: Path) -> None:
    path = copy / "report.docx"
    text = words(path)
    number = re.search(r">([^<]*?)(\d)([^<]*)</w:t>", text)
    assert number is not None
    other = text[: number.start(2)] + str((int(number[2]) + 1) % 10) + text[number.end(2) :]
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "new.docx", "w") as new:
        for item in old.infolist():
            new.writestr(item, other if item.filename == "word/document.xml" else old.read(item))
    (tmp_path / "new.docx").replace(path)
    found, unseen = copies.compared(RunFolder(copy), report_of(copy))
    assert len(found) == 1 and found[0].where.startswith("report.docx line") and unseen == []
    path.write_bytes(b"no zip")
    assert copies.compared(RunFolder(copy), report_of(copy)) == ([], ["report.docx (it is no Word document)"])


def test_changed_latex_is_found(copy: Path) -> None:
    path = copy / "report.tex"
    path.write_text(path.read_text(encoding="utf-8").replace("alpha:1b", "beta:3b", 1), encoding="utf-8")
    found, _ = copies.compared(RunFolder(copy), report_of(copy))
    assert found and all(d.where.startswith("report.tex line") for d in found)


def test_a_changed_picture_beside_latex_is_found(copy: Path) -> None:
    (picture,) = (copy / "charts").glob("*.png")
    report, whole = report_of(copy), picture.read_bytes()
    assert copies.compared(RunFolder(copy), report) == ([], [])
    with Image.open(picture) as image:
        told = dict(image.info)
        changed = image.convert("RGB")
    changed.paste((255, 255, 255), (0, 0, changed.width // 2, changed.height))
    written = PngInfo()
    written.add_text("Software", told["Software"])
    changed.save(picture, "PNG", pnginfo=written)
    found, unseen = copies.compared(RunFolder(copy), report)
    assert [d.where for d in found] == [f"charts/{picture.name}"] and unseen == []
    for broken in (b"", whole[:200], b"GIF89a"):
        picture.write_bytes(broken)
        assert [d.where for d in copies.compared(RunFolder(copy), report)[0]] == [f"charts/{picture.name}"]
    picture.unlink()
    assert [d.found for d in copies.compared(RunFolder(copy), report)[0]] == ["none"]
    changed.save(picture, "PNG")  # of a version that says nothing of itself
    found, unseen = copies.compared(RunFolder(copy), report)
    assert found == [] and "another version drew" in unseen[0]


def _rows_as_words(report: dict[str, Any]) -> None:
    for part in parts_of(report):
        if isinstance(part.get("values"), list) and part["values"] and isinstance(part["values"][0], dict):
            part["values"][0] = "x"


def _another_fact(report: dict[str, Any]) -> None:
    for part in parts_of(report):
        if isinstance(part.get("facts"), list):
            part["facts"] = part["facts"][1:]


def _ragged(report: dict[str, Any]) -> None:
    for part in parts_of(report):
        if isinstance(part.get("rows"), list) and part["rows"]:
            part["rows"][0] = part["rows"][0][:-1] if isinstance(part["rows"][0], list) else part["rows"][0]


def _no_facts(report: dict[str, Any]) -> None:
    for part in parts_of(report):
        if "facts" in part:
            part["facts"] = type(part["facts"])()


def _data_of_a_chart(report: dict[str, Any]) -> None:
    for part in parts_of(report):
        if "$schema" in part:
            part.update({"data": 5, "layer": 7, "vconcat": "x"})


def parts_of(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts_of(inner)


@pytest.mark.parametrize("bend", [_rows_as_words, _another_fact, _ragged, _no_facts, _data_of_a_chart])
@pytest.mark.parametrize("wanted", ["html", "md", "docx"])
def test_a_report_of_others_whose_parts_do_not_belong_together_ends_in_a_sentence(
    made: Path, tmp_path: Path, bend: Callable[[dict[str, Any]], None], wanted: str
) -> None:
    shutil.copytree(made, tmp_path / "one")
    whole = json.loads((tmp_path / "one/report.json").read_text(encoding="utf-8"))
    bend(whole)
    (tmp_path / "one/report.json").write_text(json.dumps(whole), encoding="utf-8")
    with suppress(ChimeraError):  # what can be written all the same is
        render(tmp_path / "one", wanted, tmp_path / "out")
