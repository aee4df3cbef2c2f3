"""Settings of one run: arguments, then the environment, then a TOML file, then defaults. Built once, then frozen."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_serializer, field_validator

from chimera_report.agent.place import suite_of, without_password
from chimera_report.tools.errors import UsageError
from chimera_report.tools.extensions import extensions
from chimera_report.tools.runtime import masked
from chimera_report.tools.schema import Plan

PREFIX = "CHIMERA_REPORT_"
FILE = "chimera-report.toml"
_CONTEXT = 8_000  # characters of a background that a report quotes


OVER_OPENAI = ("num_predict", "temperature", "top_p")  # the options that OpenAI's API has a name for


class ModelOptions(BaseModel):
    """Options that Ollama knows by these names. None: not sent, the model's own default holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    num_ctx: int = Field(default=4096, ge=256)  # always sent: a prompt that is longer would be cut silently
    num_gpu: int | None = Field(default=None, ge=-1)  # layers on the GPU; −1 automatic, 0 CPU
    num_thread: int | None = Field(default=None, ge=1)
    num_batch: int | None = Field(default=None, ge=1)
    num_predict: int = Field(default=160, ge=16, le=4096)
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    top_p: float | None = Field(default=None, gt=0.0, le=1.0)
    top_k: int | None = Field(default=None, ge=1)
    repeat_penalty: float | None = Field(default=None, gt=0.0)

    def sent(self) -> dict[str, int | float]:
        """Only the options that are set."""
        return self.model_dump(exclude_none=True)


def _seconds(value: Any) -> Any:
    """`5m` as seconds; a number stays one."""
    if not isinstance(value, str):
        return value
    from chimera_report.tools.bench import parse_seconds

    return parse_seconds(value)


class Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path
    only: str | None = None  # files and folders below it to keep to, with commas between
    exclude: str | None = None  # patterns of files below it to leave out, with commas between
    out: Path = Path("reports")
    model: str | None = None
    host: str | None = None
    db: str | None = None  # the central database: a URL of SQLAlchemy's, or a file
    since: str | None = None  # of db:SUITE: runs that began then or later
    until: str | None = None  # of db:SUITE: runs that began before
    runtime: str = "auto"  # auto, ollama, embedded, or one that another package adds
    api_key: str | None = None  # of --runtime openai: env:NAME, the variable that holds it
    llm: bool = True
    pull: bool = False
    timeout: float = Field(default=60.0, gt=0)  # seconds a model call
    budget: float = Field(default=90.0, gt=0)  # seconds of model time a report
    seed: int = 0
    title: str | None = None
    format: str = "md,html"  # of the files that people open; Markdown always
    audience: Literal["engineer", "manager"] = "engineer"  # who reads it
    length: Literal["full", "short"] = "full"
    context: str = ""  # the text of the background that the report quotes
    authorship: bool = False  # mark the sentences that the model worded
    compare: Path | None = None  # an earlier report, or a folder of benchmark files
    interactions: str | None = None  # pairs of settings: "num_ctx:num_thread,…"
    fail_on: str | None = None  # "regression" or "regression=metric,…"
    max_regression: float | None = Field(default=None, ge=0, le=1000)  # percent that a regression may have
    fail_inconclusive: bool = False  # exit code 6 where the gate can neither pass nor fail
    measure: bool = False  # measure what the data leaves open
    time_budget: Annotated[float, BeforeValidator(_seconds)] = Field(default=300.0, gt=0)  # seconds of measuring
    yes: bool = False  # measure without asking
    plots: Literal["auto", "kitty", "sixel", "text"] = "auto"  # how a terminal shows pictures
    options: ModelOptions = ModelOptions()

    @field_validator("runtime")
    @classmethod
    def _known_runtime(cls, value: str) -> str:
        known = ("auto", "ollama", "embedded", "openai", *extensions("chimera_report.runtimes"))
        if value not in known:
            raise ValueError(f"should be {', '.join(known[:-1])} or {known[-1]}")
        return value

    @field_serializer("db")
    def _without_password(self, value: str | None) -> str | None:
        """What is written down of the settings has no password, and a report of a folder no database."""
        return without_password(value) if value is not None and suite_of(self.path) is not None else None

    @field_serializer("host")
    def _without_name_and_password(self, value: str | None) -> str | None:
        return masked(value, "") if value is not None else None

    def plan(self) -> Plan:
        """For whom the report is, how long it is, and what background it quotes."""
        return Plan(audience=self.audience, length=self.length, context=self.context)

    def unsent(self, kind: str) -> list[str]:
        """The options that differ from the usual ones and that this kind of runtime has no way to take."""
        usual = ModelOptions().model_dump()
        told = {k: v for k, v in self.options.model_dump().items() if v != usual[k]}
        return [k for k in told if k not in OVER_OPENAI] if kind == "openai" else []

    def configuration(self, kind: str = "") -> str:
        """The header's line: `num_ctx=4096, temperature=0.0, …`; options that are not sent are named `default`, and
        those that this kind of runtime has no way to take are left out."""
        values = self.options.model_dump()
        if kind == "openai":
            values = {k: values[k] for k in OVER_OPENAI}
        return ", ".join(f"{k}={'default' if v is None else v}" for k, v in values.items()) + f", seed={self.seed}"


def server_words(named: Mapping[str, Any], models: Iterable[str]) -> tuple[str, ...]:
    """The options of these settings (or of those of a run's record) that a benchmark of the models needs, too, to reach
    the same server. The embedded one is named only where it has them all: a report of others may still be worded by it.
    """
    host, runtime, key = (named.get(k) for k in ("host", "runtime", "api_key"))
    if runtime == "embedded":
        from chimera_report.tools.runtime import embeds

        runtime = runtime if embeds(models) else None
    given = {"--host": masked(host, "") if isinstance(host, str) else None, "--runtime": runtime, "--api-key": key}
    return tuple(w for k, v in given.items() if isinstance(v, str) and v not in ("", "auto") for w in (k, v))


def background(path: Path) -> str:
    """The text of a file that a report quotes. Raises UsageError for what is no text of a few pages."""
    try:
        with path.open("rb") as file:
            raw = file.read(4 * _CONTEXT + 1)
    except OSError as exc:
        raise UsageError(f"the file of --context cannot be read ({exc.strerror})", where=str(path)) from exc
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n").strip("\n")
    except UnicodeDecodeError as exc:
        raise UsageError("the file of --context is not UTF-8 text", where=str(path), hint="Save it as UTF-8.") from exc
    if len(text) > _CONTEXT or "\0" in text:
        hint = f"At most {_CONTEXT:,} characters of plain text are quoted."
        raise UsageError("the file of --context is too long to be quoted, or is not text", where=str(path), hint=hint)
    return text.replace("{{", "{ {")  # what looks like a mark of ours is none


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise UsageError(f"the settings file cannot be read ({exc.strerror})", where=str(path)) from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise UsageError(f"the settings file is not valid TOML ({exc})", where=str(path)) from exc


def _from_environment(env: Mapping[str, str]) -> dict[str, Any]:
    return {
        key.removeprefix(PREFIX).lower(): value for key, value in env.items() if key.startswith(PREFIX) and value != ""
    }


def _place(values: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Put option names under `options` and refuse names that nothing reads."""
    placed: dict[str, Any] = {}
    options: dict[str, Any] = {}
    for key, value in values.items():
        if key == "options" and isinstance(value, Mapping):
            options.update(value)
        elif key in ModelOptions.model_fields:
            options[key] = value
        elif key == "config":
            continue
        elif key in Settings.model_fields:
            placed[key] = value
        else:
            known = sorted({*Settings.model_fields, *ModelOptions.model_fields} - {"options", "path"})
            raise UsageError(f"unknown setting {key!r}", where=where, hint=f"Known: {', '.join(known)}.")
    if options:
        placed["options"] = options
    return placed


def build(
    arguments: Mapping[str, Any], env: Mapping[str, str], *, config: Path | None = None, cwd: Path | None = None
) -> Settings:
    """Merge the layers; a later one fills what an earlier one left open.

    `arguments` holds only what the user gave. `config` is a file that must exist; else `chimera-report.toml` of `cwd`
    is read where present. Raises UsageError naming the setting and where it came from.
    """
    chosen = config or (Path(env[PREFIX + "CONFIG"]) if env.get(PREFIX + "CONFIG") else None)
    if chosen is None and cwd is not None and (cwd / FILE).is_file():
        chosen = cwd / FILE
    layers = [
        (_place(_from_file(chosen), str(chosen)), str(chosen)) if chosen else ({}, ""),
        (_place(_from_environment(env), "environment"), "environment"),
        (_place(arguments, "command line"), "command line"),
    ]
    merged: dict[str, Any] = {}
    came_from: dict[str, str] = {}
    for values, where in layers:
        for key, value in values.items():
            if key == "options":
                merged.setdefault("options", {}).update(value)
                came_from.update(dict.fromkeys(value, where))
            else:
                merged[key] = value
                came_from[key] = where
    try:
        return Settings.model_validate(merged)
    except ValidationError as exc:
        first = exc.errors()[0]
        name = str(first["loc"][-1])
        raise UsageError(
            f"{name}: {first['msg'].lower()}, got {first.get('input')!r}", where=came_from.get(name, "command line")
        ) from exc
