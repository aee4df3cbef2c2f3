"""Whether an answer is what its format asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chimera_report.tools import wire


def checked(text: str, schema: Mapping[str, Any]) -> str:
    """Whether an answer follows its JSON schema: valid, invalid, or not JSON."""
    from jsonschema import Draft202012Validator

    try:
        answer = wire.parsed(text)
    except ValueError:
        return "not JSON"
    return "valid" if Draft202012Validator(schema).is_valid(answer) else "invalid"
