"""Plan: what is measured, how often and in what order; a versioned TOML file that repeats a run exactly."""

from __future__ import annotations

import math
import re
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from chimera_report.tools.bench.suites import Prompt, load_suite, problems
from chimera_report.tools.errors import UsageError
from chimera_report.tools.schema import BENCH_DEFAULTS, LOAD_OPTIONS, OPTION_RANGES, REQUEST_OPTIONS

PLAN_SCHEMA: Literal["chimera-report/plan/1"] = "chimera-report/plan/1"  # 1: first version

WHOLE = LOAD_OPTIONS - {"use_mmap"} | {"num_predict", "top_k", "seed", "repeat_last_n", "num_keep"}
EFFORTS = ("low", "medium", "high", "max")  # of `think`, for models that cannot be told not to
MOST_CELLS = 100_000  # settings that are written out one by one; far more than can be measured or searched

Level = int | float | bool | str
Design = Literal["full", "fractional", "plackett-burman", "lhs", "adaptive", "listed"]
OBJECTIVES = {
    "decode_rate": "higher",
    "prefill_rate": "higher",
    "ttft": "lower",
    "tpot": "lower",
    "e2e_latency": "lower",
}
SLO_METRICS = ("ttft", "tpot", "e2e_latency")
MIN_RUNS, MAX_RUNS = 6, 30  # of a cell under runs = "auto": below six there is no interval of the median


class Plan(BaseModel):
    """Times are in seconds, lengths in tokens."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)

    schema_: Literal["chimera-report/plan/1"] = Field(default=PLAN_SCHEMA, alias="schema")
    models: tuple[str, ...] = Field(min_length=1)
    suite: str = "quick"  # name of the prompts, for the reader
    design: Design = "full"
    points: int | None = Field(default=None, ge=2, le=500)  # of a Latin hypercube; trials of an adaptive search
    objective: str = "decode_rate"  # what an adaptive search looks for the best of
    settings: tuple[dict[str, Level], ...] = ()  # the configurations of a listed design
    searched: bool = False  # a trial whose setting was chosen by what was measured before it
    runs: int | Literal["auto"] = "auto"  # measured requests a cell
    rounds: int = Field(default=2, ge=1, le=100)  # shuffled passes over all blocks, so that order is not a factor
    warmups: int = Field(default=1, ge=0, le=5)  # discarded requests after each load
    seed: int = Field(default=1, ge=0, lt=2**31)
    num_predict: int = Field(default=BENCH_DEFAULTS["num_predict"], ge=1, le=32768)
    time_budget_s: float = Field(default=600.0, gt=0)
    timeout_s: float = Field(default=120.0, gt=0)  # of one request, from sending to its end
    concurrency: tuple[int, ...] = (1,)
    telemetry_hz: float = Field(default=10.0, ge=0, le=50)  # 0: none
    factors: dict[str, tuple[Level, ...]] = Field(default_factory=dict)
    options: dict[str, Level] = Field(default_factory=dict)  # the same for every request
    slo: dict[str, float] = Field(default_factory=dict)
    prompt: tuple[Prompt, ...] = Field(min_length=1)

    @field_validator("runs")
    @classmethod
    def _runs(cls, runs: int | str) -> int | str:
        if isinstance(runs, int) and not 2 <= runs <= 10000:
            raise ValueError("must be 'auto' or a number from 2")
        return runs

    @field_validator("concurrency")
    @classmethod
    def _concurrency(cls, levels: tuple[int, ...]) -> tuple[int, ...]:
        if not levels or any(not 1 <= c <= 256 for c in levels) or len(set(levels)) != len(levels):
            raise ValueError("must be different numbers from 1 to 256")
        return levels

    @field_validator("models")
    @classmethod
    def _models(cls, models: tuple[str, ...]) -> tuple[str, ...]:
        if any(not name.strip() for name in models):
            raise ValueError("a name is empty")
        if len(set(models)) != len(models):
            raise ValueError("a model is named twice")
        return models

    @model_validator(mode="after")
    def _levels(self) -> Plan:
        places = [(f"factors.{n}", n, x) for n, levels in self.factors.items() for x in levels]
        places += [(f"options.{n}", n, x) for n, x in self.options.items()]
        places += [(f"settings.{i}.{n}", n, x) for i, s in enumerate(self.settings) for n, x in s.items()]
        for place, name, value in places:
            wrong = _wrong_value(name, value)
            if wrong:
                raise ValueError(f"{place}: {value!r} {wrong}")
        return self

    @model_validator(mode="after")
    def _size(self) -> Plan:
        most = max(map(len, self.factors.values()), default=0)
        if self.points is not None and self.design not in ("lhs", "adaptive"):
            raise ValueError(f"points: a {self.design} design has none; they are of lhs and adaptive")
        if self.points is not None and self.design == "lhs" and self.points < most:
            raise ValueError(f"points: {self.points} cannot hold all {most} levels of a factor")
        if self.objective not in OBJECTIVES:
            raise ValueError(f"objective {self.objective!r}: known are {', '.join(OBJECTIVES)}")
        if self.objective != "decode_rate" and self.design not in ("adaptive", "listed"):
            raise ValueError(f"objective: a {self.design} design looks for no best; only an adaptive one does")
        size = len(self.models) * len(self.prompt) * len(self.concurrency)
        if self.design in ("full", "adaptive"):
            size *= math.prod(map(len, self.factors.values()))
        if size > MOST_CELLS:
            raise ValueError(f"factors: {size} combinations; at most {MOST_CELLS}: leave levels out, or use design lhs")
        return self

    @model_validator(mode="after")
    def _names(self) -> Plan:
        known = LOAD_OPTIONS | REQUEST_OPTIONS
        for name, levels in self.factors.items():
            if name not in known:
                raise ValueError(f"factor {name!r} is not an option of Ollama; known: {', '.join(sorted(known))}")
            if len(levels) < 2 or len(set(levels)) != len(levels):
                raise ValueError(f"factor {name!r} needs at least two different levels")
            if name in self.options:
                raise ValueError(f"{name!r} is both a factor and a fixed option")
        for name in self.options:
            if name not in known:
                raise ValueError(f"{name!r} is not an option of Ollama; known: {', '.join(sorted(known))}")
        for name, limit in self.slo.items():
            if name not in SLO_METRICS or limit <= 0:
                raise ValueError(f"slo {name!r}: known are {', '.join(SLO_METRICS)}, each a time in seconds above 0")
        for setting in self.settings:
            for name in setting:
                if name not in known or name in self.options or name in self.factors:
                    raise ValueError(f"settings: {name!r} is not an option of Ollama, or stands elsewhere in the plan")
        if (self.design == "listed") != bool(self.settings):
            raise ValueError("a listed design has its settings, and no other design has any")
        if self.rounds < 2 and not self.searched:
            raise ValueError("rounds: at least 2, so that the order is no factor")
        if self.design == "adaptive" and (not self.factors or len(self.models) > 1 or self.concurrency != (1,)):
            raise ValueError("an adaptive search has one model, at least one factor, and concurrency 1")
        if len({p.id for p in self.prompt}) != len(self.prompt):
            raise ValueError("two prompts have the same id")
        return self

    @property
    def by_level(self) -> bool:
        """Whether the requests of a cell run as a block, so that they have a wall time: a request rate, a goodput."""
        return self.concurrency != (1,) or bool(self.slo)

    @property
    def max_runs(self) -> int:
        return MAX_RUNS if self.runs == "auto" else self.runs

    @property
    def per_visit(self) -> int:
        """Measured requests of a cell in one round."""
        least = MIN_RUNS if self.runs == "auto" else self.runs
        return -(-least // self.rounds)


def _wrong_value(name: str, value: Level) -> str:
    """Why an option cannot have this value; "" when it can, or when there is no such option."""
    if name == "use_mmap":
        return "" if isinstance(value, bool) else "is neither true nor false"
    if name == "think":
        known = isinstance(value, bool) or value in EFFORTS
        return "" if known else f"is neither true nor false, nor {', '.join(EFFORTS)}"
    if name == "stop":
        return "" if isinstance(value, str) else "is no text"
    if name in WHOLE and (isinstance(value, bool) or not isinstance(value, int)):
        return "is not a whole number"
    if name in REQUEST_OPTIONS and (isinstance(value, (bool, str))):
        return "is not a number"
    if name in ("num_ctx", "num_batch") and isinstance(value, int) and value < 1:
        return "is below 1"
    low, high = OPTION_RANGES.get(name, (None, None))
    if isinstance(value, (int, float)) and ((low is not None and value < low) or (high is not None and value > high)):
        return f"is out of range: at least {low}" + (f", at most {high}" if high is not None else "")
    return ""


def sent(options: dict[str, Any]) -> dict[str, Any]:
    """Options as a request carries them: `think` stands beside the others, and what stops an answer is a list, as
    Ollama refuses a single text."""
    rest = {k: [v] if k == "stop" and isinstance(v, str) else v for k, v in options.items() if k != "think"}
    return {"options": rest} | ({"think": options["think"]} if "think" in options else {})


def make_plan(models: list[str] | tuple[str, ...], *, prompts: str = "quick", **fields: Any) -> Plan:
    """A plan for these models with the prompts of a suite (its name, or a TOML file); `fields` are Plan's own.

    UsageError names each field that is wrong.
    """
    suite = load_suite(prompts)
    try:
        return Plan.model_validate({"models": tuple(models), "suite": suite.name, "prompt": suite.prompt, **fields})
    except ValidationError as exc:
        raise UsageError(problems(exc), where="plan", hint="see docs/bench.md for the fields of a plan") from exc


def load_plan(path: Path) -> Plan:
    """A plan file. `prompts = "suite or file"` may stand in place of its [[prompt]] tables. UsageError as above."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as exc:
        raise UsageError(f"the plan cannot be read: {exc}", where=str(path)) from exc
    except tomllib.TOMLDecodeError as exc:
        raise UsageError(f"not valid TOML: {exc}", where=str(path)) from exc
    version = data.get("schema", PLAN_SCHEMA)
    if version != PLAN_SCHEMA:
        raise UsageError(f"unknown plan version {version!r}", where=f"{path}: schema", hint=f"this is {PLAN_SCHEMA}")
    if "prompts" in data and "prompt" not in data:
        name = data.pop("prompts")
        if not isinstance(name, str):
            raise UsageError("must be the name of a suite or a file", where=f"{path}: prompts")
        beside = path.parent / name
        suite = load_suite(str(beside) if beside.is_file() else name)
        data |= {"prompt": suite.prompt, "suite": suite.name}
    try:
        return Plan.model_validate(data)
    except ValidationError as exc:
        raise UsageError(problems(exc), where=str(path), hint="see docs/bench.md for the fields of a plan") from exc


def plan_toml(plan: Plan) -> str:
    """The plan as the text of its file; `load_plan` reads it back to an equal plan."""
    import tomli_w

    return tomli_w.dumps(plan.model_dump(mode="json", by_alias=True, exclude_none=True))


def level(text: str) -> Level:
    """A factor's level as written on a command line: a number where it is one, true or false, else text."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if re.fullmatch(r"[+-]?\d+", text):
        return int(text)
    try:
        value = float(text)
    except ValueError:
        return text
    return value if math.isfinite(value) else text


def parse_factor(text: str) -> tuple[str, tuple[Level, ...]]:
    """`num_ctx=1024,2048` ─► its name and levels. UsageError when it is not of that form."""
    name, equals, values = text.partition("=")
    levels = tuple(level(v.strip()) for v in values.split(",") if v.strip())
    if not equals or not name.strip() or not levels:
        raise UsageError("not of the form name=level,level", where=f"--factor {text}")
    return name.strip(), levels


def parse_seconds(text: str) -> float:
    """`90`, `90s`, `10m`, `1.5h`, `250ms` ─► seconds. UsageError otherwise."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h)?\s*", text)
    if not match:
        raise UsageError("not a duration", where=text, hint="write 90s, 10m or 1.5h")
    return float(match[1]) * {"ms": 1e-3, None: 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}[match[2]]


def parse_slo(text: str) -> dict[str, float]:
    """`ttft=500ms,tpot=0.05` ─► limits in seconds. UsageError otherwise."""
    limits = {}
    for part in text.split(","):
        name, equals, value = part.partition("=")
        if not equals or name.strip() not in SLO_METRICS:
            raise UsageError(f"not of the form metric=time with {', '.join(SLO_METRICS)}", where=f"--slo {text}")
        limits[name.strip()] = parse_seconds(value)
    return limits
