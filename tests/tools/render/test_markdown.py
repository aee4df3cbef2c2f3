"""Rendering: texts of the data stay texts, footnotes lead to files, ranges are short."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from chimera_report.tools.render import escape, evidence, footnotes, markdown
from chimera_report.tools.render.evidence import ranges
from chimera_report.tools.schema import (
    Column,
    Evidence,
    Fact,
    FactSheet,
    Finding,
    Header,
    InventoryClaim,
    Paragraph,
    Recipe,
    Report,
    Section,
    Sentence,
    Table,
)

NASTY = [
    "<script>alert(1)</script>",
    "[link](javascript:alert(1))",
    "![i](http://x/y.png)",
    "a|b|c",
    "`code` and ```fence```",
    "# heading",
    "*em* _em_ ~~del~~ **strong**",
    "line\nbreak\r\n\n# new",
    "&lt;b&gt; &amp;",
    "\\*not escaped",
    "<http://example.org>",
    "\u202egnirts desrever",
    "$x$",
    "- item",
    "1. item",
]


def text_of(source: str) -> str:
    """What a reader sees of a paragraph, or an error if there is anything but text."""
    tokens = MarkdownIt("commonmark").enable("table").parse(source)
    assert [t.type for t in tokens] == ["paragraph_open", "inline", "paragraph_close"], source
    children = tokens[1].children or []
    assert {c.type for c in children} <= {"text", "text_special"}, source
    return "".join(c.content for c in children)


@pytest.mark.parametrize("nasty", NASTY)
def test_escaped_text_is_read_back_as_it_was(nasty: str) -> None:
    shown = text_of(f"The model {escape(nasty)} is here.")
    cleaned = " ".join("".join(" " if ord(c) < 32 or 0x202A <= ord(c) <= 0x202E else c for c in nasty).split())
    assert " ".join(shown.split()) == f"The model {cleaned} is here."


@pytest.mark.parametrize("name", ["gemma3_270m_param", "llama3.1:8b-instruct-q4_0", "a-b_c.d"])
def test_ordinary_names_are_not_littered_with_backslashes(name: str) -> None:
    assert escape(name) == name


@pytest.mark.parametrize(
    ("records", "shown"), [((), ""), ((4,), "4"), ((1, 2, 3, 7), "1–3, 7"), ((9, 1, 2), "1–2, 9"), ((1, 1, 2), "1–2")]
)
def test_ranges(records: tuple[int, ...], shown: str) -> None:
    assert ranges(records) == shown


def fact(identity: str, display: str, **more: object) -> Fact:
    return Fact.model_validate(
        {
            "id": identity,
            "kind": "measurement",
            "value": display,
            "recipe": {"function": "summary", "args": {"subject": display}},
            "field": "gmean",
            "display": display,
            "number": display,
            **more,
        }
    )


def report(name: str) -> Report:
    source = Evidence(file="a`b|c.csv", sha256="0" * 64, records=(1, 2, 3), columns=("tokens_s",))
    facts = (fact("F001", name), fact("F002", "50 tokens/s", n=3, method="geometric mean", sources=(source,)))
    claim = InventoryClaim(
        id="C001", facts=("F001", "F002"), clause="{{F001}} decodes {{F002}}", verdict="SUPPORTED", variants=()
    )
    sentences = (
        Sentence(id="S001", text="{{C001}}.", claims=("C001",)),
        Sentence(id="S002", text="{{F001}} ran {{F002:n}} times.", claims=(), facts=("F001", "F002"), author="model"),
        Sentence(id="S003", text="Plain.", claims=()),
    )
    table = Table(
        title="Rates",
        columns=(Column(title="Model"), Column(title="Rate", align="right")),
        rows=(("{{F001}}", "{{F002}}"),),
    )
    finding = Finding(title="{{F001}} leads", sentences=sentences[:1], claims=("C001",), command="chimera-report x")
    return Report(
        header=Header(date="2026-01-02", model=name, agent="Chimera 0", configuration="none"),
        title="Technical Report: x",
        sections=(
            Section(key="a", title="A", blocks=(Paragraph(sentences=sentences), table)),
            Section(key="b", title="B", blocks=(finding,)),
            Section(key="evidence", title="Evidence", blocks=()),
        ),
        sheet=FactSheet(facts=facts, claims=(claim,)),
        run="r",
    )


def test_sentences_with_the_same_support_share_a_footnote() -> None:
    assert footnotes(report("m")) == {"S001": 1, "S002": 1}


@pytest.mark.parametrize("name", NASTY)
def test_a_hostile_name_is_no_markup_anywhere(name: str) -> None:
    source = markdown(report(name))
    tokens = MarkdownIt("commonmark").enable("table").parse(source)
    kinds = [t.type for t in tokens] + [c.type for t in tokens for c in t.children or []]
    clean = MarkdownIt("commonmark").enable("table").parse(markdown(report("m")))
    assert kinds == [t.type for t in clean] + [c.type for t in clean for c in t.children or []] or (
        {k for k in kinds if k not in ("text_special", "text")}
        <= {t.type for t in clean} | {c.type for t in clean for c in t.children or []}
    )
    assert not {"html_inline", "html_block", "link_open", "image"} & set(kinds)


def test_authorship_is_shown_on_request_only() -> None:
    assert "⁽ᵐ⁾" not in markdown(report("m"))
    assert markdown(report("m"), authorship=True).count("⁽ᵐ⁾") == 1


def test_evidence_leads_from_a_sentence_to_the_file() -> None:
    record = evidence(report("m"))
    first = record["sentences"][0]
    assert (first["claims"], first["facts"], first["footnote"]) == (["C001"], ["F001", "F002"], 1)
    rate = next(f for f in record["facts"] if f["id"] == "F002")
    assert rate["sources"] == [{"file": "a`b|c.csv", "sha256": "0" * 64, "records": "1–3", "columns": ["tokens_s"]}]
    assert rate["function"] == "summary"
    assert Recipe(function=rate["function"], args=rate["arguments"]).key.startswith("summary(")
