"""The JSON Schemas in docs/ are those of the types, and reports that the program makes are valid by them.

python -m pytest tests/test_schemas.py    # fails where they differ; run this file as a program to write them
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from chimera_report.tools.render import evidence
from chimera_report.tools.schema import Report

FOLDER = Path(__file__).parents[1] / "docs/schemas"
DRAFT = "https://json-schema.org/draft/2020-12/schema"


def report_schema() -> dict[str, Any]:
    made = Report.model_json_schema(by_alias=True, mode="serialization")
    made["$defs"]["ClaimBase"]["additionalProperties"] = True  # each kind of claim, an extension's too, adds its own
    return {"$schema": DRAFT, **made}


def evidence_schema() -> dict[str, Any]:
    """Of what `tools.render.evidence` writes: sentences and tables, and the claims and facts that they rest on."""
    text, texts = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
    number = {"type": ["integer", "null"]}

    def table(of: dict[str, Any], *, optional: tuple[str, ...] = ()) -> dict[str, Any]:
        needed = [k for k in of if k not in optional]
        return {"type": "object", "properties": of, "required": needed, "additionalProperties": False}

    source = table({"file": text, "sha256": text, "records": text, "columns": texts})
    fact = table(
        {
            **dict.fromkeys(("id", "kind", "subject", "suite", "metric", "unit", "display", "method"), text),
            "value": {"type": ["number", "integer", "string", "null"]},
            "ci": {"type": ["object", "null"]},
            "n": number,
            "function": text,
            "arguments": {"type": "object"},
            "field": text,
            "sources": {"type": "array", "items": source},
        }
    )
    sentence = table(
        {
            **dict.fromkeys(("id", "section", "text"), text),
            "footnote": number,
            "author": {"enum": ["code", "model"]},
            "claims": texts,
            "facts": texts,
            "file": text,
        },
        optional=("file",),
    )
    shown = table({"section": text, "title": text, "facts": texts, "file": text}, optional=("file",))
    claim = {**report_schema()["$defs"]["ClaimBase"]}
    return {
        "$schema": DRAFT,
        "title": "Evidence",
        "type": "object",
        "required": ["schema", "run", "sentences", "tables", "claims", "facts"],
        "properties": {
            "schema": text,
            "run": text,
            "sentences": {"type": "array", "items": sentence},
            "tables": {"type": "array", "items": shown},
            "claims": {"type": "array", "items": claim},
            "facts": {"type": "array", "items": fact},
        },
    }


SCHEMAS = {"report.schema.json": report_schema, "evidence.schema.json": evidence_schema}


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schemas_in_docs_are_those_of_the_types(name: str) -> None:
    made = SCHEMAS[name]()
    jsonschema.Draft202012Validator.check_schema(made)
    assert json.loads((FOLDER / name).read_text(encoding="utf-8")) == made, "run: python tests/test_schemas.py"


def test_the_sample_is_valid() -> None:
    folder = FOLDER.parents[1] / "reports/sample"
    report = Report.model_validate_json((folder / "report.json").read_text(encoding="utf-8"))
    dumped = report.model_dump(mode="json", by_alias=True)
    jsonschema.validate(dumped, report_schema(), cls=jsonschema.Draft202012Validator)
    jsonschema.validate(evidence(report), evidence_schema(), cls=jsonschema.Draft202012Validator)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**dumped, "more": 1}, report_schema(), cls=jsonschema.Draft202012Validator)


if __name__ == "__main__":
    for file, make in SCHEMAS.items():
        (FOLDER / file).write_text(json.dumps(make(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
