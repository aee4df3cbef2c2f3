"""Prompt suites: a TOML file ─► prompts; and the text that is sent, unique from its first token.

A suite is `name`, `purpose` and `[[prompt]]` tables. A prompt has either `text` or `tokens`, a length that is filled
with plain English words of about one token each; the length in tokens that the server counted stands in every row.
"""

from __future__ import annotations

import random
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from chimera_report.tools.errors import UsageError

HEAD_TOKENS = 10  # about what the nonce takes: its word, six digits, marks


class Prompt(BaseModel):
    """One prompt of a suite. Lengths are in tokens."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    purpose: str
    text: str = ""
    tokens: int | None = Field(default=None, ge=1, le=131072)  # target length of the prompt, where there is no text
    num_predict: int | None = Field(default=None, ge=1)  # instead of the plan's, for this prompt
    format: dict[str, Any] | None = None  # JSON schema that the answer has to follow

    @model_validator(mode="after")
    def _one_source(self) -> Prompt:
        if bool(self.text.strip()) == (self.tokens is not None):
            raise ValueError("needs either text or tokens")
        if self.format is not None:  # answers are checked against it: what is no schema would end the run
            from jsonschema import Draft202012Validator, SchemaError

            try:
                Draft202012Validator.check_schema(self.format)
            except SchemaError as exc:
                raise ValueError(f"format: not a JSON schema: {exc.message}") from exc
        return self


class Suite(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    purpose: str
    prompt: tuple[Prompt, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _unique(self) -> Suite:
        ids = [p.id for p in self.prompt]
        if len(set(ids)) != len(ids):
            raise ValueError("two prompts have the same id")
        return self


def problems(error: ValidationError) -> str:
    """Field by field, what a validation found, for a person."""
    said = {
        "extra_forbidden": "no field of this name is known",
        "missing": "is missing",
        "tuple_type": "must be a list",
        "dict_type": "must be a table",
        "model_type": "must be a table",
        "too_short": "must have at least one",
    }
    found = []
    errors = error.errors()
    for e in errors:
        if e["type"] == "too_short" and any(e["loc"] == x["loc"][: len(e["loc"])] != x["loc"] for x in errors):
            continue  # its items are wrong, and told
        place = ".".join(map(str, e["loc"]))
        message = said.get(e["type"], e["msg"].removeprefix("Value error, "))
        found.append(f"{place}: {message}" if place else message)
    return "; ".join(found)


def suite_names() -> list[str]:
    """Names of the suites that ship."""
    files = resources.files("chimera_report.tools.bench").iterdir()
    return sorted(f.name[6:-5] for f in files if f.name.startswith("suite_") and f.name.endswith(".toml"))


def load_suite(name: str) -> Suite:
    """A suite that ships, by name, or a TOML file, by path. UsageError when it is neither, or not valid."""
    shipped = suite_names()
    if name in shipped:
        text = resources.files("chimera_report.tools.bench").joinpath(f"suite_{name}.toml").read_text(encoding="utf-8")
    else:
        try:
            text = Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as exc:
            raise UsageError(
                f"no prompt suite of this name, and no readable file: {exc}",
                where=f"--prompts {name}",
                hint=f"suites that ship: {', '.join(shipped)}",
            ) from exc
    try:
        return Suite.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as exc:
        raise UsageError(f"not valid TOML: {exc}", where=name) from exc
    except ValidationError as exc:
        raise UsageError(problems(exc), where=name, hint="a suite is name, purpose and [[prompt]] tables") from exc


def _words() -> list[str]:
    text = resources.files("chimera_report.tools.bench").joinpath("words.txt").read_text(encoding="utf-8")
    return [w for line in text.splitlines() if not line.startswith("#") for w in line.split()]


def nonce(seed: int, key: str) -> str:
    """What a request starts with: a word and a number drawn for it, so that no cached prefix fits. Repeatable."""
    draw = random.Random(f"{seed}/{key}")
    return f"{draw.choice(_words()).capitalize()} {draw.randrange(100000, 1000000)}. "


def prompt_text(prompt: Prompt, seed: int, key: str, count: int | None = None) -> str:
    """The text to send for one request: nonce, then the prompt's own text or `count` words of filler.

    Without a count, as many as make its tokens by a rule of thumb: a common English word is one token.
    """
    head = nonce(seed, key)
    if prompt.tokens is None:
        return head + prompt.text
    words = _words()
    draw = random.Random(f"{seed}/{prompt.id}")  # the same filler for each request of this prompt
    count = count or max(1, prompt.tokens - HEAD_TOKENS)
    return head + " ".join(draw.choice(words) for _ in range(count))
