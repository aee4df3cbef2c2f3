"""No schema that this program sends holds what a server's converter does not know, over claim kinds and tiers."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chimera_report.agent import composing, probe, writing
from chimera_report.tools.claims import compared
from chimera_report.tools.grammar import pattern_fault, schema_fault
from chimera_report.tools.ingest import ingest
from chimera_report.tools.query import World, router_schema
from chimera_report.tools.report import build
from chimera_report.tools.report import planned as outline
from chimera_report.tools.schema import Fact, FactSheet, InventoryClaim, Outline, Recipe, Sentence
from chimera_report.tools.stats import analyse

ROOT = Path(__file__).parents[2]
SHARED = ROOT / "../shared/corpus"
FOLDERS = [ROOT / "data", ROOT / "tests/data/ingest", *(SHARED / n for n in ("chimera-101", "h100-ollama", "data-0.1"))]


def phrased(sentence: Sentence, sheet: FactSheet) -> Iterator[dict[str, Any]]:
    for leads in ((), *writing.LEADS.values()):
        for other in (False, True):
            yield writing.phrase_schema(sentence, sheet, leads, other=other)


def of_outline(plan: Outline, sheet: FactSheet) -> Iterator[dict[str, Any]]:
    for section in plan.sections:
        free = writing.free_sentences(section)
        for sentence in free:
            yield from phrased(sentence, sheet)
        if free:
            yield composing.compose_schema(free)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_every_schema_of_a_report_is_one_that_every_server_takes(folder: Path) -> None:
    if not folder.is_dir():
        pytest.skip("not beside the project")
    dataset = ingest(folder)
    analysis = compared(analyse(dataset), dataset)
    sheet = build(analysis, dataset)
    schemas = list(of_outline(outline(sheet, analysis, dataset, title="T"), sheet))
    for claim in sheet.claims:  # also those that this outline does not tell
        if claim.clause and claim.verdict == "SUPPORTED":
            text = f"{{{{{claim.id}}}}}."
            schemas += phrased(Sentence(id="S", text=text, claims=(claim.id,), wording="free"), sheet)
    schemas.append(router_schema(World(dataset)))
    assert len(schemas) > 3
    for schema in schemas:
        assert schema_fault(schema) is None, json.dumps(schema)


def test_the_schemas_of_the_probe_too() -> None:
    for sheet, sentences in (probe.probe_sheet(), probe.order_sheet()):
        for sentence in sentences:
            for schema in phrased(sentence, sheet):
                assert schema_fault(schema) is None
        assert schema_fault(composing.compose_schema(sentences)) is None


def test_whatever_a_clause_holds_its_schema_is_safe_and_matches_it() -> None:
    """Any kind of claim, today's and those to come: a clause is text, and any text gives a schema that may be sent."""
    draw = random.Random(7)
    letters = "ab Z09.,;:()[]{}|*+?^$#%&/'’“”×−–µ°é漢\"\\-_=<>!~@"
    fact = Fact(id="F001", kind="inventory", value="x", recipe=Recipe(function="f"), field="x", display="x", number="x")
    patterns = 0
    for _ in range(400):
        clause = "".join(draw.choice(letters) for _ in range(draw.randint(1, 30))) + " {{F001}}"
        claim = InventoryClaim(id="C001", facts=("F001",), clause=clause, verdict="SUPPORTED")
        sheet = FactSheet(facts=(fact,), claims=(claim,))
        sentence = Sentence(id="S", text="{{C001}}.", claims=("C001",), wording="free")
        for schema in phrased(sentence, sheet):
            assert schema_fault(schema) is None, clause
        pattern = writing.phrase_schema(sentence, sheet)["properties"]["sentence"].get("pattern")
        if pattern is None:
            assert '"' in clause or "\\" in clause
            continue
        patterns += 1
        assert pattern_fault(pattern) is None
        assert re.fullmatch(pattern, clause[:1].upper() + clause[1:] + "."), clause
    assert patterns > 100
