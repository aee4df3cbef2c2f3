"""What claims hands on: numbered facts, and the claims that they support."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, SerializeAsAny

from .actions import Run
from .frozen import Frozen
from .item import Interval, Recipe

FactKind = Literal[
    "measurement", "comparison", "effect", "ranking", "correlation", "data_quality", "availability", "inventory"
]


LISTED = 1000  # records of a file, up to which a fact lists them …
STRETCHES = 200  # … where they lie in no more stretches


class Evidence(Frozen):
    """One source behind a fact."""

    file: str
    sha256: str
    records: tuple[int, ...]  # all of them; the first and the last where there are `many`
    columns: tuple[str, ...]
    many: int = 0  # how many, where they are too many to list: the recipe says which

    @classmethod
    def of(cls, file: str, sha256: str, records: tuple[int, ...], columns: tuple[str, ...]) -> Self:
        """The source, with its records listed where there are not too many. A fact about a quarter of a million
        records would else take a megabyte, and a report has hundreds of such facts."""
        if len(records) > STRETCHES:
            ordered = sorted(set(records))
            stretches = 1 + sum(b != a + 1 for a, b in pairwise(ordered))
            if stretches > STRETCHES or len(ordered) > LISTED:
                ends = (ordered[0], ordered[-1])
                return cls(file=file, sha256=sha256, records=ends, columns=columns, many=len(ordered))
        return cls(file=file, sha256=sha256, records=records, columns=columns)


class Fact(Frozen):
    """One value that code derived, and how to derive it again. Only code makes facts."""

    id: str  # F001
    kind: FactKind
    metric: str = ""
    unit: str = ""
    subject: str = ""
    suite: str = ""
    value: float | int | str | None = None  # in the canonical unit; a name for ranking and inventory facts
    ci: Interval | None = None
    n: int | None = None
    method: str = ""  # for a person: "geometric mean of warm runs, log-t interval"
    sources: tuple[Evidence, ...] = ()
    recipe: Recipe  # what computes the result …
    field: str  # … and which field of it this is: "gmean", "ratio", "levels.0.value", "by_kind.CSV"
    warnings: tuple[str, ...] = ()
    display: str  # the value as a reader sees it, with its unit: "292 tokens/s"
    number: str  # the same without the unit, for table cells: "292"
    interval: str = ""  # "288 to 296 tokens/s" where there is a ci


class ClaimBase(Frozen):
    """What every claim carries. A class with a default for `kind` is known by it as soon as it is defined."""

    id: str  # C001
    facts: tuple[str, ...]  # ids that it rests on
    clause: str = ""  # the verified clause with {{F…}} placeholders, no leading capital, no full stop
    variants: tuple[str, ...] = ()  # other clauses that the same facts license; set by the checker
    verdict: Literal["SUPPORTED", "REFUTED", "INSUFFICIENT"] = "INSUFFICIENT"
    reason: str = ""  # for a verdict that is not SUPPORTED: what is missing
    weight: float = 0.0  # importance; orders findings
    kind: str = ""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        kind = cls.model_fields["kind"].default
        if kind and _CLASSES.setdefault(kind, cls) is not cls:
            raise TypeError(f"two classes claim the kind {kind!r}: {_CLASSES[kind].__name__} and {cls.__name__}")


_CLASSES: dict[str, type[ClaimBase]] = {}


def claim_class(kind: str) -> type[ClaimBase]:
    """The class of a kind of claim. Raises ValueError for a kind that neither this program nor a package has."""
    if kind not in _CLASSES:
        load_statements()
    if kind not in _CLASSES:
        raise ValueError(f"no kind of claim is called {kind!r}; the package that adds it may not be installed")
    return _CLASSES[kind]


def load_statements() -> None:
    """Define the claims of every kind of statement, which come with the kinds themselves."""
    # The one place where the floor looks up: by name, as it would look for a package's, when a claim is first read.
    import_module("chimera_report.tools.statements").registry()


def _claim(value: object) -> object:
    """A claim of its own class, from what a file holds of it."""
    return claim_class(str(value.get("kind", ""))).model_validate(value) if isinstance(value, Mapping) else value


# A claim of any kind: read back as its own class, written with all of its own fields.
Claim = Annotated[SerializeAsAny[ClaimBase], BeforeValidator(_claim)]


class MeasurementClaim(ClaimBase):
    kind: Literal["measurement"] = "measurement"
    stat: str
    metric: str
    subject: str


class ComparisonClaim(ClaimBase):
    kind: Literal["comparison"] = "comparison"
    a: str
    b: str
    metric: str
    direction: Literal["higher", "lower", "equivalent"]
    better: str = ""  # which of a, b is the better by the metric's direction; "" when neither is


class EffectClaim(ClaimBase):
    kind: Literal["effect"] = "effect"
    factor: str
    metric: str
    subject: str
    direction: Literal["raises", "lowers", "none", "cannot be told"]
    causal: bool = False


class RankingClaim(ClaimBase):
    kind: Literal["ranking"] = "ranking"
    metric: str
    order: tuple[tuple[str, ...], ...]  # best first; tied names share a tuple


class CorrelationClaim(ClaimBase):
    kind: Literal["correlation"] = "correlation"
    x: str
    y: str
    sign: Literal["positive", "negative"]


class AvailabilityClaim(ClaimBase):
    kind: Literal["availability"] = "availability"
    metric: str
    present: bool


class DataQualityClaim(ClaimBase):
    kind: Literal["data_quality"] = "data_quality"
    alert: str  # key of the alert
    alert_kind: str
    files: tuple[str, ...] = ()


class InventoryClaim(ClaimBase):
    kind: Literal["inventory"] = "inventory"


class ChangeClaim(ClaimBase):
    kind: Literal["change"] = "change"
    since: str  # run of the earlier report
    outcome: str  # of a Change; "" for how many there are of each
    metric: str = ""
    subject: str = ""


class RecommendationClaim(ClaimBase):
    kind: Literal["recommendation"] = "recommendation"
    action: str  # a key of the catalogue of actions
    because: tuple[str, ...]  # ids of the claims that it follows from
    scope: str
    run: Run | None = Field(default=None, exclude_if=lambda run: run is None)  # what does or tests it
    command: str = ""  # the same as a line for a shell


class FactSheet(Frozen):
    facts: tuple[Fact, ...]
    claims: tuple[Claim, ...]
    names: tuple[str, ...] = ()  # subjects, suites, files, factors, levels: the words that belong to the data


def without_runs(sheet: FactSheet) -> FactSheet:
    """The sheet as it was written before recommendations held their run as data."""
    bare = (c.model_copy(update={"run": None}) if isinstance(c, RecommendationClaim) else c for c in sheet.claims)
    return sheet.model_copy(update={"claims": tuple(bare)})
