"""One answer from the semantic layer while it is written: facts of what was looked up, sentences, tables, evidence."""

# ruff: noqa: E501 — patterns are read as a whole

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from chimera_report.tools.claims import Draft, Numbering, fill_in, ids_in, unit_for
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.metrics import unit_factor
from chimera_report.tools.patterns import compiled
from chimera_report.tools.query.layer import Group, Layer, run
from chimera_report.tools.query.layer.words import described
from chimera_report.tools.schema import (
    THINGS,
    Answer,
    BenchRun,
    ClaimBase,
    Column,
    Evidence,
    EvidenceRow,
    Fact,
    FactSheet,
    Plot,
    Query,
    Recipe,
    Select,
    Table,
    Where,
)
from chimera_report.tools.statements import as_measured, command

if TYPE_CHECKING:
    from chimera_report.tools.claims import Desk
    from chimera_report.tools.query.world import World

FAILING = 0.2  # share of requests from which on a speed is mostly one of refusals
DIGITS = 4  # significant ones of a value that was looked up
SHOWN_ROWS = 20
FEW_ROWS = 6  # of a table that was not asked for
_ESTIMATED = re.compile(r"(?<![a-z])(?:estimat\w*|approximat\w*|extrapolat\w*|projected|simulated|theoretical)(?![a-z])", re.IGNORECASE)  # fmt: skip
_PLACES = ("system", "suite", "folder", "file")
_LISTS = re.compile(r"\b(?:lists?|tables?|all|every|rank\w*|rows|everything|overview|summar\w+|which (?:ones|of|files|metrics|settings))\b|全部|列出|tabelle|liste|tabla|tableau|一覧|표", re.IGNORECASE)  # fmt: skip
_PARTS = re.compile(r"\b(?:per|each|by|pro|je|par|por|cada|chaque)\b|每|各|별", re.IGNORECASE)
_MORE = re.compile(r"\d+ more (?:conditions|rows|values|groups) are not shown$")
MOST_EVIDENCE = 200  # records of one fact that are cited by number
_RECIPROCAL = {"tokens/s": "s/token", "s/token": "tokens/s"}
# Canonical unit → what one of another unit is in it, where the registry writes units in another way.
_OWN = {
    "s/token": {"ms/token": 1e-3, "ms": 1e-3, "s": 1.0, "µs": 1e-6},
    "J/token": {"mJ/token": 1e-3, "J": 1.0},
    "MiB": {"GiB": 1024.0, "KiB": 1 / 1024},
    "1/s": {"per second": 1.0},
}
_OPS = {"!=": "other than", "not in": "other than", "lacks": "without"}
_PER = {
    "Wh": ("J", 1 / 3600),
    "kWh": ("J", 1 / 3.6e6),
    "kJ": ("J", 1e-3),
    "tokens/min": ("tokens/s", 60.0),
    "tokens/h": ("tokens/s", 3600.0),
    "min": ("s", 1 / 60),
    "h": ("s", 1 / 3600),
}


class Telling:
    """Collects an answer. Every number and name of it is a fact with the look-up that gives it again."""

    def __init__(self, world: World, query: Query) -> None:
        assert query.select is not None  # noqa: S101  whoever tells has looked
        self.world = world
        self.layer: Layer = world.layer
        self.query = query
        self.select: Select = query.select
        self.facts: dict[str, Fact] = {}
        self.drafts: list[Draft] = []
        self.tables: list[Table] = []
        self.cannot: list[str] = []
        self.choices: list[str] = []
        self.places: list[int] = []
        self.plot: Plot | None = None
        self.run: BenchRun | None = None
        self.verdict = ""
        self.refusal = ""
        self.question = ""  # as it was asked
        self.open = False  # part of the question is not answered by what is told
        self._desk: Desk | None = None
        self._hashes = {s.path: s.sha256 for s in world.dataset.sources}

    @property
    def desk(self) -> Desk:
        """For claims with a verdict; its facts and those of this answer share one row of ids."""
        if self._desk is None:
            self._desk = self.world.desk()
            self._desk.facts = self.facts
        return self._desk

    # --- facts

    def fact(
        self,
        value: float | int | str,
        unit: str = "",
        *,
        metric: str = "",
        n: int | None = None,
        method: str = "",
        keys: dict[str, str] | None = None,
        positions: Sequence[int] = (),
        digits: int = DIGITS,
    ) -> str:
        """The placeholder of a value in the unit that it is shown in."""
        ident = f"F{len(self.facts) + 1:03d}"
        number = written(value, unit, digits)
        shown = f"{number}×" if unit == "×" else f"{number} {unit}".strip()
        args: dict[str, Any] = {"select": self.select.model_dump(mode="json", exclude_defaults=True)}
        if keys:
            args["keys"] = keys
        self.facts[ident] = Fact.model_construct(
            id=ident,
            kind="measurement" if metric else "inventory",
            metric=metric,
            unit=unit,
            subject=(keys or {}).get("system", ""),
            suite=(keys or {}).get("suite", ""),
            value=value,
            ci=None,
            n=n,
            method=method,
            sources=self._sources(positions),
            recipe=Recipe(function="select", args=args),
            field="value",
            warnings=(),
            display=shown,
            number=number,
            interval="",
        )
        if positions and len(self.places) < SHOWN_ROWS:
            more = [p for p in positions if p not in self.places]
            self.places += more[: SHOWN_ROWS - len(self.places)]
        return "{{" + ident + "}}"

    def name(self, text: str) -> str:
        """A name of the data: as it stands there."""
        return self.fact(text if text.strip() else "unnamed")

    def of_group(self, group: Group, metric: str, unit: str) -> str:
        """The value of a group in the unit that is shown."""
        return self.fact(
            converted(group.value, metric_of(metric).unit, unit),
            unit,
            metric=metric,
            n=group.n,
            method=group.aggregate,
            keys=group.keys,
            positions=group.positions,
        )

    def _sources(self, positions: Sequence[int]) -> tuple[Evidence, ...]:
        if not positions:
            return ()
        rows = self.world.dataset.table.iloc[list(positions)]
        found = []
        for source, part in rows.groupby("source", sort=False):
            records = tuple(int(r) for r in part["record"].dropna().unique()[:MOST_EVIDENCE])
            columns = tuple(str(c) for c in part["column"].unique()[:8])
            name = str(source)
            found.append(Evidence.of(name, self._hashes.get(name, ""), records, columns))
        return tuple(found)

    # --- words

    def say(self, text: str, claims: Iterable[ClaimBase] = ()) -> None:
        self.drafts.append(Draft(text, tuple(c.id for c in claims), "fixed"))

    def table(
        self, title: str, heads: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()
    ) -> None:
        columns = tuple(Column(title=h, align="right" if i in right else "left") for i, h in enumerate(heads))
        made = tuple(tuple(r) for r in rows)
        if made:
            facts = tuple(i for r in made for c in r for i in ids_in(c))
            self.tables.append(Table(title=title, columns=columns, rows=made, facts=facts))

    def refuse(self, reason: str, *choices: str) -> None:
        """The data does not hold it. What is said after it is the nearest thing."""
        self.refusal = self.refusal or reason
        self.choices += [c for c in choices if c not in self.choices]

    def unit(self, metric: str, values: Sequence[float]) -> str:
        """The unit that is wanted, where the metric can be said in it; else the one that suits the values."""
        canonical = metric_of(metric).unit
        wanted = self.select.unit
        if wanted and can_convert(canonical, wanted):
            return wanted
        return unit_for(canonical, list(values))

    # --- the whole

    def _conditions(self) -> None:
        """Tells the conditions of the question that no sentence names, so that an answer shows what it is of."""
        if self.refusal or not self.drafts:
            return
        for word in self.select.left_out:
            if m := re.fullmatch(r"(\S+) (\S+), which was not measured: (\S+(?: and \S+)?)", word):
                self.refuse(f"{m[1]} {m[2]} was not measured; the nearest levels are {m[3]}, with these values")
        claims = {i: c.clause for i, c in self._desk.claims.items()} if self._desk is not None else {}
        said = " ".join(fill_in(d.text, self.facts, claims) for d in self.drafts).lower()
        untold = [
            w for w in self.select.where
            if w.field not in ("column", "group") and not any(_in(v.lower(), said) for v in w.values)
        ]  # fmt: skip
        words = []
        for w in untold:
            field = "" if w.field == "name" else f"{w.field} "
            op = "" if w.op in ("=", "in", "has") else f"{_OPS.get(w.op, w.op)} "
            words.append(f"{field}{op}{' and '.join(map(self.name, w.values))}")
        self._failing()
        self._estimated()
        if words:
            self.say(f"The conditions asked for: {', '.join(words)}.")

    def _estimated(self) -> None:
        """Says which of the rates of tokens the files themselves call estimated: times beside them were measured."""
        shown = [
            f.recipe.args.get("keys", {})
            for f in self.facts.values()
            if f.metric and "token" in metric_of(f.metric).unit
        ]
        called = {(k, v) for keys in shown for k, v in keys.items() if k not in _PLACES and _ESTIMATED.search(v)}
        if called and not any(_ESTIMATED.search(v) for w in self.select.where for v in w.values):
            told = " and ".join(f"{k} {self.name(v)}" for k, v in sorted(called)[:3])
            self.say(f"Mind that values with {told} are estimates by the files' own word.")

    def _failing(self) -> None:
        """Says that most of what a speed is told of failed, where records count failures: a refusal is fast."""
        if self.select.measure in THINGS or not metric_of(self.select.measure).core or not self.layer.of_requests:
            return
        if self.layer.counts_alone:
            return
        suites = tuple(sorted({f.suite for f in self.facts.values() if f.suite}))
        told = (Where(field="suite", op="in", values=suites),) if suites else ()
        plain = Select(measure="failures", aggregate="share", where=(*self.select.where, *told))
        groups = [g for side in self.select.sides or ((),) for g in run(self.layer, plain, wheres=side)]
        most = max(groups, key=lambda g: g.value, default=None)
        if most is not None and most.value > FAILING:
            share = self.fact(100 * most.value, "%")
            self.say(f"Mind that {share} of the requests failed: a refusal is counted here, too.")

    def _shorten(self, question: str) -> None:
        """Tables that nobody asked for are short: the first rows, and how many more there are."""
        select = self.select
        wanted = select.shape in ("table", "list") or (select.by and _PARTS.search(question))
        if select.limit or wanted or _LISTS.search(question):
            return
        left = 0
        for place, table in enumerate(self.tables):
            if len(table.rows) > FEW_ROWS + 1:
                left += len(table.rows) - FEW_ROWS
                rows = table.rows[:FEW_ROWS]
                facts = tuple(i for r in rows for c in r for i in ids_in(c))
                self.tables[place] = table.model_copy(update={"rows": rows, "facts": facts})
        told = next((c for c in self.cannot if _MORE.match(c)), "")
        if left and told:
            self.cannot.remove(told)
            left += int(told.split()[0])
        if left:
            self.cannot.append(f"{left} more rows are not shown: ask for all of them in a table")

    def answer(self, question: str) -> Answer:
        self._conditions()
        self._shorten(question)
        claims = dict(self._desk.claims) if self._desk is not None else {}
        clauses = {i: c.clause for i, c in claims.items()}
        numbering = Numbering(render=lambda t: fill_in(t, self.facts, clauses))
        sentences = numbering.sentences(self.drafts)
        text = [_capital(fill_in(s.text, self.facts, clauses), named=s.text.startswith("{{")) for s in sentences]
        if self.refusal:
            text = [f"The data cannot answer that: {self.refusal.rstrip('.')}.", *text]
        used = dict.fromkeys(i for s in sentences for i in ids_in(s.text))
        used |= dict.fromkeys(i for t in self.tables for r in t.rows for c in r for i in ids_in(c))
        for ident in [i for i in used if i in claims]:
            used |= dict.fromkeys((*claims[ident].facts, *ids_in(claims[ident].clause)))
        sheet = FactSheet.model_construct(
            facts=tuple(f for i, f in self.facts.items() if i in used),
            claims=tuple(c for i, c in claims.items() if i in used),
            names=(),
        )
        outcome = "declined" if self.refusal or self.open else "answered"
        run = as_measured(self.run, self.world.dataset)
        return Answer.model_validate(
            {
                "question": question,
                "outcome": outcome,
                "reading": described(self.select),
                "query": self.query,
                "verdict": self.verdict or ("INSUFFICIENT" if outcome == "declined" else "SUPPORTED"),
                "text": tuple(text),
                "sentences": sentences,
                "sheet": sheet,
                "tables": tuple(self.tables),
                "rows": tuple(self._rows()),
                "cannot": tuple(dict.fromkeys(fill_in(c, self.facts, clauses) for c in self.cannot)),
                "run": run,
                "command": command(run),
                "choices": tuple(self.choices),
                "plot": self.plot,
            }
        )

    def _rows(self) -> list[EvidenceRow]:
        found = []
        for row in self.world.dataset.table.iloc[self.places].to_dict("records"):
            value, unit = row["value"], metric_of(row["metric"]).unit
            told = "failed" if value is None or value != value else f"{value:.6g} {unit}".strip()
            found.append(
                EvidenceRow(
                    file=str(row["source"]),
                    where=str(row["where"]),
                    column=str(row["column"]),
                    metric=str(row["metric"]),
                    value=told,
                )
            )
        return found


def written(value: float | int | str, unit: str = "", digits: int = DIGITS) -> str:
    """A value as text: whole numbers whole, fractions with so many significant digits."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or (isinstance(value, int) and abs(value) < 10**15):
        return str(value)
    if not math.isfinite(value):
        return "not available"
    if unit == "%":
        return f"{value:.1f}" if abs(value) >= 0.1 or value == 0 else f"{value:.2g}"
    if value == 0:
        return "0"
    if abs(value) >= 10 ** (digits - 1):
        return f"{value:.0f}" if abs(value) >= 10**digits or float(value).is_integer() else f"{value:.1f}"
    if unit in ("ms", "ms/token", "µs") and abs(value) >= 10:
        return f"{value:.1f}"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:.{min(decimals, 12)}f}"
    return text.rstrip("0").rstrip(".") if "." in text and float(value).is_integer() else text


def can_convert(canonical: str, wanted: str) -> bool:
    """Whether a value in the one unit can be said in the other, a rate as the time of one token with it."""
    try:
        converted(1.0, canonical, wanted)
    except KeyError:
        return False
    return True


def converted(value: float, canonical: str, wanted: str, *, turned: bool = False) -> float:
    """The value in the unit that is wanted. Raises KeyError where that is another kind of quantity.

    `turned`: it is the reciprocal already, whose own would be the value again.
    """
    if wanted in ("", canonical) or (wanted, canonical) == ("per second", "1/s"):
        return value
    if wanted == "%" and canonical == "share":
        return value * 100
    if wanted in _PER:
        base, times = _PER[wanted]
        return converted(value, canonical, base, turned=turned) * times
    own = _OWN.get(canonical, {}).get(wanted)
    plain = canonical not in _OWN or canonical == "1/s"
    factor = own or (unit_factor(wanted, canonical) if plain else None)
    if factor:
        return value / factor
    if canonical in _RECIPROCAL and value and not turned:
        return converted(1 / value, _RECIPROCAL[canonical], wanted, turned=True)
    raise KeyError(wanted)


def _in(value: str, said: str) -> bool:
    """Whether a text says a name or a level: a number as a whole, a name however it is punctuated."""
    if re.fullmatch(r"[\d.]+", value):
        return compiled(rf"(?<![\w.]){re.escape(value)}(?![\d.]*\d)").search(said) is not None
    return re.sub(r"[\W_]", "", value) in re.sub(r"[\W_]", "", said)


def _capital(text: str, *, named: bool = False) -> str:
    """A sentence with a capital, unless it begins with a name, which stands as the data writes it."""
    if named:
        return text

    return text[:1].upper() + text[1:] if re.match(r"[a-z]{2,}[ ,:]", text) else text
