"""`chimera-report verify report.html`: the page alone proves its report, and every changed digit in it is found."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import random
import re
import shutil
from pathlib import Path

import pytest
from program import run

from chimera_report.agent import embedded
from chimera_report.agent.verify import verify
from chimera_report.tools.errors import StoreError
from chimera_report.tools.render import unsealed

from .conftest import write_folder  # type: ignore[import-not-found]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`data`, its report in `one`, and the page alone in `alone`."""
    place = tmp_path_factory.mktemp("page")
    write_folder(place / "data")
    done = run("data", "--no-llm", "--quiet", cwd=place)
    assert done.returncode == 0, done.stderr
    (place / done.stdout.strip()).parent.rename(place / "one")
    (place / "alone").mkdir()
    shutil.copy(place / "one/report.html", place / "alone/report.html")
    return place


@pytest.fixture(scope="module")
def page(place: Path) -> str:
    return (place / "alone/report.html").read_text(encoding="utf-8")


def sealed(text: str) -> str:
    """The page with a last line that fits: what somebody does who knows how it is made."""
    body, _ = unsealed(text)
    return f"{body}<!-- sha256 of all above: {hashlib.sha256(body.encode()).hexdigest()} -->\n"


def test_a_page_alone_holds(place: Path) -> None:
    done = run("verify", "report.html", cwd=place / "alone")
    assert (done.returncode, "holds" in done.stdout) == (0, True), done.stdout + done.stderr


def test_a_page_with_its_files_and_a_folder_with_its_page_hold(place: Path) -> None:
    assert verify(place / "alone/report.html", data=place / "data", cwd=place).differences == ()
    assert verify(place / "one", cwd=place).differences == ()


def test_every_changed_digit_is_found(page: str) -> None:
    digits = [m.start() for m in re.finditer(r"\d", page)]
    chosen = [*random.Random(3).sample(digits, 400), digits[0], digits[-1]]
    for at in chosen:
        other = page[:at] + str((int(page[at]) + 1) % 10) + page[at + 1 :]
        assert not unsealed(other)[1], page[at - 30 : at + 30]


PARTS = {
    "policy": (r'Content-Security-Policy" content="[^"]*', "report.html line"),
    "generator": (r'name="generator" content="[^"]*', "report.html, meta generator"),
    "style": (r"(?s)<style>.*?</style>", "report.html line"),
    "head": (r'(?s)<header class="top">.*?</header>', "report.html line"),
    "picture": (r"(?s)<svg .*?</svg>", "report.html line"),
    "table": (r"(?s)<table .*?</table>", "report.html line"),
    "text": (r"(?s)<main .*</main>", "report.html line"),
    "script": (r"(?s)<script>.*?</script>", "report.html line"),
    "last line": (r"sha256 of all above: [0-9a-f]*", "report.html last line"),
} | {
    f"packed {name}": (rf'id="embedded-{name}" data-name="[^"]*">[^<]*', f"report.html, embedded {name}")
    for name in ("report", "run", "measurements", "charts", "vega")
}


@pytest.mark.parametrize("part", PARTS)
def test_a_changed_digit_in_any_part_is_told_with_its_place(page: str, tmp_path: Path, part: str) -> None:
    pattern, told = PARTS[part]
    found = re.search(pattern, page)
    assert found is not None
    digits = [m.start() for m in re.finditer(r"\d", page) if found.start() <= m.start() < found.end()]
    for at in (random.Random(part).choice(digits), *digits[: part.startswith("packed")]):  # the head of a packed file
        other = page[:at] + str((int(page[at]) + 1) % 10) + page[at + 1 :]
        path = tmp_path / "report.html"
        path.write_text(other, encoding="utf-8")
        done = run("verify", path, cwd=tmp_path)
        assert (done.returncode, told in done.stdout) == (5, True), page[at - 30 : at + 30] + done.stdout + done.stderr


def changed(name: str, pattern: str, by: str, text: str) -> str:
    """The page with something else in one of its packed files, sealed again."""
    blob = re.search(rf'(id="embedded-{name}" data-name="[^"]*">)([^<]*)', text)
    assert blob is not None
    inner = gzip.decompress(base64.b64decode(blob[2])).decode()
    other, count = re.subn(pattern, by, inner, count=1)
    assert count == 1, pattern
    packed = base64.b64encode(gzip.compress(other.encode(), mtime=0)).decode()
    return sealed(text.replace(blob[0], blob[1] + packed))


@pytest.mark.parametrize("what", ["text", "fact", "run", "picture", "script", "chart"])
def test_a_change_that_is_sealed_again_is_found(place: Path, tmp_path: Path, what: str) -> None:
    text = (place / "alone/report.html").read_text(encoding="utf-8")
    if what in ("picture", "chart") and "<figure" not in text:
        pytest.skip("the plan of this report places no chart")
    match what:
        case "text":
            number = re.search(r'class="f" data-f="F\d+">(\d+)', text)
            assert number is not None
            other = sealed(text.replace(number[0], number[0][: -len(number[1])] + str(int(number[1]) + 1), 1))
        case "fact":
            other = changed("report", r'"display":"(\d)', r'"display":"9\1', text)
        case "run":
            other = changed("run", r'"sha256": "\w', '"sha256": "g', text)
        case "picture":
            other = sealed(re.sub(r"(<svg[^>]*>.*?translate\()(\d)", r"\g<1>9\2", text, count=1, flags=re.DOTALL))
        case "script":
            other = sealed(text.replace('"use strict";', '"use strict" ;', 1))
        case "chart":
            other = changed("charts", r'"value": (\d)', r'"value": 9\1', text)
    assert other != text
    path = tmp_path / "report.html"
    path.write_text(other, encoding="utf-8")
    found = verify(path, cwd=tmp_path).differences
    assert found and not any("last line" in d.where for d in found)


def test_a_page_that_says_it_is_of_another_version_holds_in_part_only(place: Path, tmp_path: Path) -> None:
    """Its pictures and scripts cannot be compared, whatever they show."""
    text = (place / "alone/report.html").read_text(encoding="utf-8")
    forged = re.sub(r"look [0-9a-f]{8}", "look 01234567", text)
    forged = re.sub(r"(<svg[^>]*>.*?translate\()(\d)", r"\g<1>9\2", forged, count=1, flags=re.DOTALL)
    path = tmp_path / "report.html"
    path.write_text(sealed(forged), encoding="utf-8")
    done = run("verify", str(path), cwd=tmp_path)
    assert done.returncode == 7 and "holds in part:" in done.stdout and "could show anything" in done.stdout
    told = json.loads(run("verify", str(path), "--json", cwd=tmp_path).stdout)
    assert told["in_part"] and told["not_looked_at"]
    path.write_text(sealed(re.sub(r'(role="img"[^>]*aria-label="[^"0-9]*)', r"\g<1>9", forged)), encoding="utf-8")
    assert run("verify", str(path), cwd=tmp_path).returncode == 5, "what a picture is said to show"


def test_a_page_from_before_points_were_explained_holds(place: Path, tmp_path: Path) -> None:
    text = (place / "alone/report.html").read_text(encoding="utf-8")
    older = re.sub(r'<details class="why">.*?</details>', "", text, flags=re.DOTALL)
    older = re.sub(r"look [0-9a-f]{8}", "look 01234567", older)
    assert len(older) < len(text) - 1000
    path = tmp_path / "report.html"
    for page, holds in ((older, True), (text.replace("Usually ", "Always ", 1).replace("look ", "look 0", 1), False)):
        path.write_text(sealed(page), encoding="utf-8")
        done = verify(path, cwd=tmp_path)
        assert (not done.differences) is holds and done.uncompared


def test_other_measurements_give_other_facts(place: Path, tmp_path: Path) -> None:
    import io

    import pandas as pd

    text = (place / "alone/report.html").read_text(encoding="utf-8")
    table = pd.read_parquet(io.BytesIO(embedded.unpacked(text, tmp_path)["measurements.parquet"]))
    table["value"] = table["value"] * 1.1
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    packed = base64.b64encode(gzip.compress(buffer.getvalue(), mtime=0)).decode()
    path = tmp_path / "report.html"
    path.write_text(sealed(re.sub(r'(id="embedded-measurements"[^>]*>)[^<]*', rf"\g<1>{packed}", text)), "utf-8")
    assert any(d.check == "facts" for d in verify(path, cwd=tmp_path).differences)


@pytest.mark.parametrize("text", ["", "<html></html>", "\x00" * 50, "no page"])
def test_what_is_no_page_is_said(tmp_path: Path, text: str) -> None:
    path = tmp_path / "report.html"
    path.write_text(text)
    with pytest.raises(StoreError, match="did not make this page"):
        verify(path, cwd=tmp_path)


def test_a_damaged_page_is_said(place: Path, tmp_path: Path) -> None:
    text = (place / "alone/report.html").read_text(encoding="utf-8")
    path = tmp_path / "report.html"
    path.write_text(re.sub(r'(id="embedded-report"[^>]*>)....', r"\1AAAA", text), encoding="utf-8")
    done = run("verify", path, cwd=tmp_path)
    assert done.returncode == 5 and "damaged" in done.stdout and "embedded report.json" in done.stdout


def test_other_formats_from_a_finished_report(place: Path, tmp_path: Path) -> None:
    import pdfua

    done = run("render", "one", "--format", "html,pdf,docx,tex", "--out", tmp_path / "out", cwd=place)
    assert done.returncode == 0, done.stderr
    out = tmp_path / "out"
    assert (out / "report.html").read_bytes() == (place / "one/report.html").read_bytes()
    assert (out / "report.docx").read_bytes()[:2] == b"PK"
    assert "\\documentclass" in (out / "report.tex").read_text()
    assert (out / "report.pdf").read_bytes()[:5] == b"%PDF-"
    assert json.loads((place / "one/report.json").read_text())["title"]
    checked = pdfua.validate(str(out / "report.pdf"))
    assert [f for f in checked.findings if f.severity >= pdfua.Severity.WARNING] == []
