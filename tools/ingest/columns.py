"""What each column of a table of records is: subject, factor, metric, error, time, count, text, or of no interest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from chimera_report.tools.metrics import METRICS, STATS, Resolved, normalise, resolve, resolve_factor, unit_factor
from chimera_report.tools.schema import Role, listed, named_role

from . import cells
from .came_out import came_out, of_agent, swept, tallies
from .counted_tokens import in_full
from .drafts import is_draft, of_drafts
from .failure_names import about_machine, counts_failures, of_helper
from .languages import in_english
from .machine_words import no_machines
from .mapping import NOTHING, ColumnRule, FolderMap
from .names import is_model
from .prompt_lengths import prompt_lengths
from .reading import ABOVE, GIVEN, STEP, Column
from .wanted import wanted
from .whole_run import of_the_run

_FACTOR_ROLES = frozenset((Role.SETTING, Role.WORKLOAD, Role.COMPONENT, Role.SYSTEM, Role.ENVIRONMENT))
_LONG = 80  # characters: a longer text is what was asked, not the name of it
_LOOK = 1000  # cells of a column that are looked at
_FEW = 4  # records, below which values group nothing
# What stands for the model where no column names one.
_STANDS_IN = ("system", "system_name", "implementation", "checkpoint", "model_variant", "provider", "server")
_SUBJECT = (
    "subject", "model", "modell", "model_name", "model_id", "model_tag", "llm", "system_under_test", "model_key",
    "model_label", "model_slug", "model_alias", "model_short_name",
)  # fmt: skip
_OF_MODEL = ("model", "models", "model_info", "model_details", "model_identity", "llm")
_ERROR = re.compile(
    r"(?:error|err|failure|fail)s?(?:_?(?:message|msg|text|reason|detail|details|str|string|type|class|name|info|description))?|"
    r"exception(?:_(?:message|type|text))?|last_error|traceback"
)
_OF_NUMBERS = frozenset(
    ("rate", "ratio", "count", "pct", "percent", "bar", "bars", "margin", "relative", "std", "mean", "max")
)
_SUCCESS = frozenset(
    (
        "success",
        "ok",
        "succeeded",
        "is_success",
        "successful",
        "status",
        "state",
        "outcome",
        "completed_ok",
        "is_ok",
        "run_status",
    )
)
_STARTED = (
    "started", "started_at", "start_time", "timestamp", "datetime", "date", "datum", "time_stamp", "created_at",
    "generated_at",
    "test_datetime", "test_timestamp", "export_datetime", "export_timestamp",
)  # fmt: skip
_COUNT = (
    "n", "completed", "num_measured_requests", "measured_requests", "num_completed", "completed_requests",
    "successful_requests", "num_completed_requests", "num_successful_requests", "requests_completed",
    "count", "samples", "num_samples", "n_samples", "samples_per_run", "runs", "num_runs", "n_runs",
    "rounds", "iterations", "repetitions", "trials", "reps", "repeats",
    *(f"{of}_{what}" for of in ("n", "num") for what in ("trials", "reps", "repeats", "repetitions", "iterations")),
    "n_iter", "num_iters", "n_measurements",
    *(f"{done}_{what}" for done in ("successful", "completed") for what in ("tasks", "calls", "queries", "jobs")),
)  # fmt: skip
_TEXT = frozenset(
    [
        "response",
        "output",
        "content",
        "completion",
        "answer",
        "generated_text",
        "banter_text",
        "output_text",
        "response_text",
        "text",
        "reply",
    ]
)
# Steps of a path that say how something is stored, not what it is.
_PLUMBING = frozenset((
    "stats", "statistics", "values", "percentiles", "summary", "metrics", "successful", "total", "benchmark",
    "metadata", "result", "aggregate",
))  # fmt: skip


@dataclass(slots=True)
class Columns:
    """The roles of a table's columns, by column name. First of a list wins."""

    subject: list[str] = field(default_factory=list)
    error: list[str] = field(default_factory=list)
    success: list[str] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    count: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    factors: dict[str, str] = field(default_factory=dict)  # factor → column
    metrics: dict[str, Resolved] = field(default_factory=dict)  # column → meaning
    run: str = ""
    ruled: dict[str, ColumnRule] = field(default_factory=dict)  # column → what the user says of it
    rest: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)  # names of what another column counts
    repeats: set[str] = field(default_factory=set)  # columns that repeat one measurement: `tps_1`, `tps_2`


def classify(
    table: dict[str, Column],
    shape: str = "",
    *,
    known_only: bool = False,
    units: Mapping[str, str] | None = None,
    said: FolderMap = NOTHING,
) -> Columns:
    """Roles by name; numbers alone do not make a metric. A record's own column goes before an inherited one.

    `known_only`: metrics that the registry does not know are left out. `units`: what stands behind the numbers of a
    column's cells, before the unit that the file's other columns have. `said`: the user's word, before all names."""
    found = Columns()
    of_process = GIVEN + "process" in table
    hint = _common_time_unit(list(table))
    numbered = in_english(table) | _numbered(table) | prompt_lengths(table)
    # Where the load is a concurrency, the rate of requests is what came out of it, not what was offered.
    by_concurrency = any(resolve_factor(_place(c.removeprefix(ABOVE))[1]) == "concurrency" for c in table)
    found.rest += [*tallies(table), *no_machines(table)]
    for column in _own_first(table, set(found.rest)):
        if column.startswith(GIVEN):
            _given(found, column, table[column])
            continue
        inherited = column.startswith(ABOVE)
        path = column.removeprefix(ABOVE)
        context, leaf = _place(path)
        leaf = numbered.get(column) or in_full(leaf, context)
        context = shape.replace("/", STEP) + STEP + context if shape else context
        name = normalise(leaf)
        parent = normalise(context.rpartition(STEP)[2])
        if rule := said.column(path.replace(STEP, "/"), leaf):
            _by_rule(found, column, leaf, context, rule)
            continue
        if name == "subject" and _of_questions(table, column, parent):
            found.factors.setdefault("topic", column)
        elif name == "tp" and _beside(table, column, _NEGATIVES):  # true positives, and no tensor parallelism
            found.rest.append(column)
        elif (name in _SUBJECT and not of_drafts(parent)) or (parent in _OF_MODEL and name in ("name", "id")):
            found.subject.append(column)
        elif name in _STARTED or (name in ("ts", "time") and _holds_times(table[column])):
            found.started.append(column)
        elif not inherited and (_ERROR.fullmatch(name) or _tells_errors(name, table[column])):
            (found.rest if of_helper(context.split(STEP), name) else found.error).append(column)
        elif not inherited and name in _SUCCESS:
            (found.count if _counts(table[column], name) else found.success).append(column)
        elif not inherited and name in _TEXT:
            found.text.append(column)
        elif (factor := _registered(table[column], name, leaf, context, inherited)) and not (
            name == "request_rate" and by_concurrency
        ):
            found.factors.setdefault(factor, column)
        elif name in _COUNT and (not inherited or name in ("runs", "rounds", "iterations", "samples")):
            found.count.append(column)
        elif factor := _by_role(table, column, leaf, context):
            found.factors.setdefault(factor, column)
        elif (
            not inherited
            and not about_machine(parent)
            and not wanted(context)
            and (meaning := _metric(leaf, context, (units or {}).get(column, hint)))
        ):
            if meaning.metric not in METRICS and not np.isfinite(cells.numbers(table[column])).any():
                found.rest.append(column)  # `precision_mode: eager` measures nothing
            elif meaning.metric in METRICS or not known_only:  # a document's made-up names are no metrics
                found.metrics[column] = replace(meaning, definition="of one process") if of_process else meaning
        else:
            found.rest.append(column)
    if not found.subject and shape == ("table" if known_only else ""):
        names = _STANDS_IN[:2] if known_only else _STANDS_IN
        alone = next((f for f in names if f in found.factors and not found.factors[f].startswith(ABOVE)), "")
        if alone:
            found.subject.append(found.factors.pop(alone))
    found.count.sort(key=lambda c: _rank(found, c, _COUNT))
    found.started.sort(key=lambda c: _rank(found, c, _STARTED))
    found.metrics |= of_the_run(found.metrics)
    return found


def _own_first(table: dict[str, Column], apart: set[str]) -> list[str]:
    return sorted((c for c in table if c not in apart), key=lambda c: c.startswith(ABOVE))


def _registered(column: Column, name: str, leaf: str, context: str, inherited: bool) -> str | None:
    if name in _LENGTHS and wanted(context):
        return _LENGTHS[name]
    return "draft_model" if not inherited and is_draft(name, column, context) else resolve_factor(leaf, context=context)


_NUMBER = re.compile(r"([A-OR-Z]\d{1,2})[_. ]+(?=[A-Za-z])")  # P95 is a statistic, Q4 a format of weights


def _numbered(table: dict[str, Column]) -> dict[str, str]:
    """The names without their number in a list: `M6_avg_power_W`, `D1_energy_per_token_J`.

    Only where several have one, and their names differ without it."""
    leaves = {c: _place(c.removeprefix(ABOVE))[1] for c in table if not c.startswith(GIVEN)}
    found = {c: leaf[match.end() :] for c, leaf in leaves.items() if (match := _NUMBER.match(leaf))}
    numbers = {leaves[c][: -len(name)].rstrip("_. ") for c, name in found.items()}
    several = len(found) > 2 and len(numbers) == len(set(found.values())) == len(found)
    return found if several else {}


# Token counts that stand among what was asked for: how long prompts and answers were to be.
_LENGTHS = {"input_tokens": "input_length", "prompt_tokens": "input_length", "output_tokens": "output_length"}
_NEGATIVES = frozenset(("fp", "fn", "tn"))
# What stands beside the subject that a question is from: what was asked, and whether the answer was right.
_ASKED = frozenset((
    "gold", "gold_answer", "question", "question_id", "choices", "answer", "answer_key", "correct_answer", "prediction",
    "predicted", "target", "expected", "ground_truth", "example_id", "is_correct", "correct",
))  # fmt: skip


def _beside(table: dict[str, Column], column: str, names: frozenset[str]) -> bool:
    """Whether a column of one of those names lies in the same place."""
    context = _place(column.removeprefix(ABOVE))[0]
    places = (_place(c.removeprefix(ABOVE)) for c in table if not c.startswith(GIVEN))
    return any(place == context and normalise(leaf) in names for place, leaf in places)


def _of_questions(table: dict[str, Column], column: str, parent: str) -> bool:
    """Whether `subject` is the field of knowledge that a question is from, as in MMLU: beside a question or its answer,
    and naming no model."""
    leaves = {normalise(_place(c)[1]) for c in table if c != column}
    asked = bool(leaves & _ASKED) and (parent in ("metadata", "meta", "doc", "item") or bool(leaves & _SYSTEMS))
    if not leaves & _ASKED or (parent == "" and not asked and len(leaves & _ASKED) < 2):
        return False
    texts = [v for v in dict.fromkeys(table[column][:_LOOK].tolist()) if isinstance(v, str) and v.strip()]
    return bool(texts) and not any(is_model(t) for t in texts)


_SYSTEMS = frozenset(_SUBJECT) - {"subject"}


def _tells_errors(name: str, column: Column) -> bool:
    """Whether a column that is named by a word for errors (`errors_l`) holds words, and one of them says a failure."""
    if column.dtype != object or named_role(name) is not Role.ERROR or set(name.split("_")) & _OF_NUMBERS:
        return False
    words = [v.strip() for v in dict.fromkeys(column[:_LOOK].tolist()) if isinstance(v, str) and v.strip()]
    return bool(words) and not any(w.replace(".", "", 1).isdigit() for w in words)


def _counts(column: Column, name: str) -> bool:
    """Whether `successful` says how many requests succeeded, and not whether this one did. A status may be a code."""
    if name in ("status", "state", "outcome", "run_status"):
        return False
    values = cells.numbers(column)
    known = values[np.isfinite(values)]
    return bool(len(known)) and bool((known > 1).any()) and bool((known % 1 == 0).all())


def _holds_times(column: Column) -> bool:
    """Whether the cells are written as dates with a time: `ts` may be tokens per second elsewhere."""
    if column.dtype != object:
        return bool(column.dtype.kind == "M")
    known = [v for v in column[:_LOOK] if isinstance(v, str) and v.strip()]
    return bool(known) and all(re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:", v.strip()) for v in known)


def meaning_of(leaf: str, context: str) -> Resolved | None:
    """The metric that a header names in its place, None where it names none."""
    return _metric(leaf, context, "")


def _rank(found: Columns, column: str, names: tuple[str, ...]) -> tuple[bool, bool, int]:
    """What the user named first, then a record's own columns, then by the registry."""
    name = normalise(_place(column)[1])
    return column not in found.ruled, column.startswith(ABOVE), names.index(name) if name in names else len(names)


def _by_role(table: dict[str, Column], column: str, leaf: str, context: str) -> str:
    """The name as a factor's, where roles.toml lists it as one; "" for a metric's name and for long texts.

    Texts that differ within a table are left to their values: `config_name` may only restate other columns.
    """
    name = normalise(leaf)
    if name == "level" and any(counts_failures(c.rpartition(STEP)[2]) for c in table):
        name = "load_level"  # beside the requests that it sent
    if of_agent(name, table):
        return ""
    if named_role(name) not in _FACTOR_ROLES or name == "host" or not (listed(name) or swept(name, table[column])):
        return ""  # a host is a machine, which is registered
    if resolve(leaf, context=context) is not None and not wanted(context):
        return ""
    cells_ = table[column]
    known = [v for v in cells_[:_LOOK].tolist() if v is not None and v == v] if cells_.dtype == object else []
    if (cells_.dtype == object and not known) or any(
        isinstance(v, list | dict) or len(str(v)) > _LONG or "\n" in str(v) for v in known
    ):
        return ""
    if cells_.dtype != object or all(isinstance(v, int | float) or _DIGITS.fullmatch(str(v)) for v in known):
        one = named_role(name) is Role.COMPONENT or name.endswith("_index")
        return "" if one or came_out(name, np.unique(cells.numbers(cells_))) else name
    levels = {str(v).casefold() for v in known}
    return name if len(cells_) < _FEW or len(levels) == 1 or levels <= _SWITCHED else ""


# What a switch that the table of names lists as a setting (`think`, `streaming`) is set to.
_SWITCHED = frozenset(("true", "false", "on", "off", "yes", "no", "enabled", "disabled"))
_DIGITS = re.compile(r"\d+(?:\.\d*)?|\.\d+")


def is_subject(label: str) -> bool:
    """Whether a header or label says that what stands under it is the system that was measured."""
    return normalise(label) in _SUBJECT


def _place(path: str) -> tuple[str, str]:
    """What a column lies in, and its name without the number that a duplicate header got."""
    context, _, leaf = re.sub(r" #\d+$", "", path).rpartition(STEP)
    return context, leaf


def _by_rule(found: Columns, column: str, leaf: str, context: str, rule: ColumnRule) -> None:
    """A column as the user says it is. A metric without a unit is in the one that its header or the registry gives."""
    found.ruled[column] = rule
    if rule.role in (Role.METRIC, Role.OUTCOME):
        plain = resolve(leaf, context=context) or Resolved(rule.means or normalise(leaf))
        metric = rule.means or plain.metric
        factor = plain.factor if metric == plain.metric else 1.0
        if rule.unit and metric in METRICS:
            factor = unit_factor(rule.unit, METRICS[metric].unit) or 1.0
        definition = plain.definition if metric == plain.metric else ""
        found.metrics[column] = Resolved(metric, factor, rule.stat or plain.stat, definition)
    elif rule.role is Role.SYSTEM and rule.means in ("", "subject", "model"):
        found.subject.insert(0, column)
    elif rule.role in _FACTOR_ROLES:
        name = rule.means or normalise(leaf)
        found.factors[resolve_factor(name) or normalise(name)] = column
    else:
        place = {Role.TIME: found.started, Role.STATUS: found.success, Role.ERROR: found.error, Role.COUNT: found.count}
        listed_ = place.get(rule.role)
        if listed_ is not None:
            listed_.insert(0, column)


def _given(found: Columns, column: str, of: Column) -> None:
    name = column.removeprefix(GIVEN)
    label, numbers = normalise(name), cells.numbers(of)
    if np.isfinite(numbers).any() and resolve_factor(name) is None:  # a line holds results beside its settings
        known = resolve(name)
        result = known is not None and known.metric in METRICS
        if (
            result
            or named_role(label) in (Role.STATUS, Role.ERROR, Role.OUTCOME, Role.COUNT)
            or came_out(label, np.unique(numbers))
        ):
            found.rest.append(column)
            return
    if name == "subject":
        found.subject.insert(0, column)
    elif name == "run":
        found.run = column
    else:
        found.factors[resolve_factor(name) or name] = column


_SPREAD = re.compile(r"_distribution$")


def _metric(leaf: str, context: str, hint: str) -> Resolved | None:
    """The meaning of a key; a bare statistic ("mean" under "ttft") is named by the nearest telling step above."""
    leaf = "stddev" if normalise(leaf) in ("std_dev", "standard_deviation") else leaf
    meaning = resolve(leaf, unit_hint=hint, context=context)
    bare = normalise(leaf) in STATS or (
        meaning is not None and normalise(leaf).split("_")[0] in STATS and meaning.metric == "run_time"
    )
    if not bare:
        return meaning
    for step in reversed([s for s in context.split(STEP) if s]):
        if normalise(step) in _PLUMBING:
            continue
        step = _SPREAD.sub("", normalise(step)) if meaning is None else step
        named = resolve(f"{leaf} {step}" if meaning is None else f"{step} {leaf}", unit_hint=hint, context=context)
        return named if named is not None and named.metric in METRICS else meaning
    return meaning


def _common_time_unit(columns: list[str]) -> str:
    """The one unit that all times with a named unit use, when it is not seconds: what a bare "p50" is then in too."""
    units = {
        m[1]
        for c in columns
        if (m := re.search(r"_(ns|us|ms|s)$", normalise(c.rpartition(STEP)[2]).replace("tokens_s", "")))
    }
    return units.pop() if len(units) == 1 else ""
