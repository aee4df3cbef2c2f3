"""`chimera-report fill`: living numbers in a reader's own files, and the drift that --check finds."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
from program import run

from chimera_report.agent.filling import fill
from chimera_report.tools.errors import UsageError
from chimera_report.tools.render import badge
from chimera_report.tools.schema import Report

from .conftest import write_folder  # type: ignore[import-not-found]

END = "<!-- /chimera -->"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("fill")
    write_folder(place / "data")
    done = run("data", "--no-llm", "--quiet", "--format", "md", cwd=place)
    assert done.returncode == 0, done.stderr
    return place


@pytest.fixture(scope="module")
def report(place: Path) -> Report:
    return Report.model_validate_json(next(place.glob("reports/*/report.json")).read_text())


@pytest.fixture(scope="module")
def marker(report: Report) -> str:
    """What chooses one fact of the report: a mean of a metric of one system."""
    fact = next(f for f in report.sheet.facts if f.recipe.function == "summary" and f.field == "gmean")
    parts = [f"metric={fact.metric}", f'subject="{fact.subject}"', f'suite="{fact.suite}"', "field=gmean"]
    same = [
        f
        for f in report.sheet.facts
        if (f.metric, f.subject, f.suite, f.field) == (fact.metric, fact.subject, fact.suite, "gmean")
    ]
    return " ".join(parts) if len({f.display for f in same}) == 1 else f"id={fact.id}"


def test_a_file_is_filled_and_then_holds_and_drift_is_found(place: Path, marker: str) -> None:
    file = place / "CARD.md"
    file.write_text(
        f"Decodes <!-- chimera: fact {marker} -->?{END}, "
        f"n = <!-- chimera: fact {marker} show=n -->0{END}.\n\n<!-- chimera: badge {marker} file=b/rate.svg -->{END}\n"
    )
    first = run("fill", "CARD.md", cwd=place)
    assert first.returncode == 0 and "3 of 3 markers and 1 of 1 badge filled" in first.stdout, (
        first.stdout + first.stderr
    )
    text = file.read_text()
    assert "?" not in text.split("n =")[0] and re.search(r"-->\d[^<]*<!-- /chimera", text)
    ElementTree.fromstring((place / "b/rate.svg").read_text())
    again = run("fill", "CARD.md", "--check", cwd=place)
    assert again.returncode == 0 and "holds: 3 markers and 1 badge" in again.stdout
    before = os.stat(file).st_mtime_ns
    run("fill", "CARD.md", cwd=place)
    assert os.stat(file).st_mtime_ns == before, "a file that holds is not written"
    file.write_text(re.sub(r"(-->)\d", r"\g<1>9", text, count=1))
    drifted = run("fill", "CARD.md", "--check", cwd=place)
    assert drifted.returncode == 5 and "CARD.md line 1" in drifted.stdout
    (place / "b/rate.svg").write_text("<svg/>")
    file.write_text(text)
    other = run("fill", "CARD.md", "--check", cwd=place)
    assert other.returncode == 5 and "does not hold: 1 of 1 badge differ" in other.stdout


def test_report_json_alone_fills(place: Path, tmp_path: Path, marker: str) -> None:
    (tmp_path / "alone").mkdir()
    shutil.copy(next(place.glob("reports/*/report.json")), tmp_path / "alone")
    (tmp_path / "CARD.md").write_text(f"<!-- chimera: fact {marker} -->?{END}\n")
    for named in ("alone", "alone/report.json"):
        done = run("fill", "CARD.md", "--report", named, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert "?" not in (tmp_path / "CARD.md").read_text()


def test_examples_in_code_are_left_alone(report: Report, marker: str) -> None:
    shown = f"<!-- chimera: fact {marker} -->x{END}"
    text = f"```html\n{shown}\n```\n\n`{shown}` and ~~~\n\n{shown}\n"
    done = fill(Path("a.md"), text, report)
    assert len(done.markers) == 1 and done.text.startswith(f"```html\n{shown}\n```")


def test_html_is_escaped_as_html(report: Report, marker: str) -> None:
    sheet = report.sheet.model_copy(
        update={"facts": tuple(f.model_copy(update={"display": "<b>&1</b>"}) for f in report.sheet.facts)}
    )
    nasty = report.model_copy(update={"sheet": sheet})
    done = fill(Path("a.html"), f"<p><!-- chimera: fact {marker} -->{END}</p>", nasty)
    assert "&lt;b&gt;&amp;1&lt;/b&gt;" in done.text
    assert "<b>" not in fill(Path("a.md"), f"<!-- chimera: fact {marker} -->{END}", nasty).text.replace("\\<b", "")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"<!-- chimera: fact metric=no_such -->{END}", "no such fact"),
        (f"<!-- chimera: fact colour=red -->{END}", "unknown part"),
        (f"<!-- chimera: number metric=ttft -->{END}", "no such marker"),
        ("<!-- chimera: fact metric=ttft --> and no end", "no end"),
        (f'<!-- chimera: fact metric="ttft -->{END}', "cannot be read"),
        (f"<!-- chimera: badge id=F001 file=../out.svg -->{END}", "badge needs|no such fact"),
        (f"<!-- chimera: badge id=F001 file=/etc/x.svg -->{END}", "badge needs|no such fact"),
        (f"<!-- chimera: fact id=F001 show=secret -->{END}", "unknown|no such fact"),
    ],
)
def test_what_cannot_be_filled_is_said_with_its_line(report: Report, text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        fill(Path("a.md"), f"one\n{text}\n", report)


def test_a_value_is_named_by_the_level_at_which_it_was_measured(report: Report) -> None:
    facts = {(f.recipe.key, f.field): f for f in report.sheet.facts if f.recipe.function == "effect"}
    level = next(f for (_, field), f in facts.items() if field.startswith("levels.") and field.endswith(".level"))
    value = facts[level.recipe.key, level.field.replace(".level", ".value")]
    args = level.recipe.args
    of = f'metric={args["metric"]} subject="{args["subject"]}" suite="{args["suite"]}"'
    text = f"<!-- chimera: fact {of} condition={args['factor']}={level.display} -->0{END}"
    assert fill(Path("a.md"), text, report).markers[0].after == value.display
    with pytest.raises(UsageError, match=f"none has condition={args['factor']}=99 beside metric=") as caught:
        fill(Path("a.md"), text.replace(f"={level.display} -->", "=99 -->"), report)
    assert f"condition={args['factor']}={level.display}" in (caught.value.hint or "")
    with pytest.raises(UsageError, match="none has subject=nobody") as caught:
        fill(Path("a.md"), text.replace(f'"{args["subject"]}"', "nobody"), report)
    assert args["subject"] in (caught.value.hint or "")


def test_several_facts_that_differ_are_not_guessed_between(report: Report) -> None:
    metric = next(f.metric for f in report.sheet.facts if f.metric and f.recipe.function == "summary")
    with pytest.raises(UsageError, match="fits"):
        fill(Path("a.md"), f"<!-- chimera: fact metric={metric} -->{END}", report)


@pytest.mark.parametrize("text", ["", "a" * 500, "<script>", "\x00\u202e", "日本 🎉", "\"&'"])
def test_a_badge_is_xml_whatever_it_says(text: str) -> None:
    tree = ElementTree.fromstring(badge(text, text))
    assert {e.tag.rpartition("}")[2] for e in tree.iter()} == {"svg", "title", "rect", "g", "text"}
    assert int(tree.attrib["width"]) < 1400
