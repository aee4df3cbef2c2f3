"""One answer while it is written: sentences over a desk's facts and claims, tables, what it cannot say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from chimera_report.tools.claims import Draft, Numbering, ids_in
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.describe import describe
from chimera_report.tools.query.world import Narrowed, World
from chimera_report.tools.schema import (
    Answer,
    BenchRun,
    ClaimBase,
    EvidenceRow,
    Fact,
    FactSheet,
    Plot,
    Query,
    Result,
    Table,
)
from chimera_report.tools.statements import as_measured, command

SHOWN_ROWS = 5  # of evidence, unless rows are what is asked for


class Page:
    """Collects an answer. Sentences hold placeholders; only the desk makes what they stand for."""

    def __init__(self, world: World, query: Query) -> None:
        self.world = world
        self.query = query
        self.desk = world.desk()
        self.drafts: list[Draft] = []
        self.tables: list[Table] = []
        self.cannot: list[str] = []
        self.choices: list[str] = []
        self.run: BenchRun | None = None
        self.verdict = ""
        self.plot: Plot | None = None
        self.rows: list[EvidenceRow] = []
        self.refusal = ""  # why the data cannot answer; what is said after it is the nearest thing
        self.cold = False  # every record that is left is a cold start
        self.lead = ""  # "Yes", "No", "Open": what the first sentence opens with
        self.sheet: FactSheet | None = None  # of the report, where sentences are quoted from it

    def at(self, world: World) -> None:
        """Go on with another world, such as one in which the question declares what is to be computed; before any
        sentence."""
        if world is not self.world:
            self.world, self.desk = world, world.desk()

    # --- sentences

    def say(self, text: str, claims: Iterable[ClaimBase] = ()) -> None:
        self.drafts.append(Draft(text, tuple(c.id for c in claims), "fixed"))

    def claim(self, claim: ClaimBase | None, tail: str = "") -> bool:
        """The sentence that a claim makes, where it is SUPPORTED."""
        if claim is None or claim.verdict != "SUPPORTED":
            return False
        self.drafts.append(Draft(f"{{{{{claim.id}}}}}{tail}.", (claim.id,), "free" if not tail else "fixed"))
        return True

    def fact(self, item: Result, field: str, part: str = "") -> str:
        """A placeholder."""
        return "{{" + self.desk.fact(item, field).id + (f":{part}" if part else "") + "}}"

    def has(self, item: Result, field: str) -> bool:
        return self.desk.has(item, field)

    def insufficient(self, reason: str = "") -> None:
        """The data does not settle the question. Before any sentence, that is the answer, and what follows is the
        nearest thing that the data has; after one, it is among what the answer cannot say."""
        if not self.drafts:
            self.verdict = "INSUFFICIENT"
            self.refusal = self.refusal or reason
        elif reason and reason not in self.cannot:
            self.cannot.append(reason)

    # --- the whole

    def answer(self, question: str) -> Answer:
        sheet, text, numbered = self._bound()
        if self.lead and text:
            text = [f"{self.lead}: {_lowered(text[0], sheet)}", *text[1:]]
        narrowing = self.world.narrowing
        if narrowing is not None and (where := _given(narrowing, cold=self.cold)):
            text = [f"{where}, {_lowered(t, sheet)}" for t in text]
        if narrowing is not None and not narrowing.records:
            self.refusal = "no record is left under these conditions"
        if not (text or self.rows or self.tables or self.plot):
            self.refusal = self.refusal or "nothing in it bears on the question"
        if self.refusal:
            text = [f"The data cannot answer that: {self.refusal}.", *text]
        outcome = "declined" if self.refusal else "answered"
        run = as_measured(self.run, self.world.dataset, metric=self.query.metric)
        reading = describe(self.query)
        if narrowing is not None and not self.query.outliers and not narrowing.outliers:
            reading += " (the checks found none, so none is left out)"
        return Answer.model_validate(
            {
                "question": question,
                "outcome": outcome,
                "reading": reading,
                "query": self.query,
                "verdict": self.verdict or ("SUPPORTED" if outcome == "answered" else "INSUFFICIENT"),
                "text": tuple(text),
                "sentences": numbered,
                "sheet": sheet,
                "tables": tuple(self.tables),
                "rows": tuple(self.rows or self._evidence(sheet)),
                "cannot": tuple(dict.fromkeys(self.cannot)),
                "run": run,
                "command": command(run),
                "choices": tuple(self.choices),
                "plot": self.plot,
            }
        )

    def _bound(self) -> tuple[FactSheet, list[str], tuple[object, ...]]:
        from chimera_report.tools.claims import fill_in

        whole = self.sheet or self.desk.sheet()
        facts, claims = {f.id: f for f in whole.facts}, {c.id: c for c in whole.claims}
        clauses = {i: c.clause for i, c in claims.items()}
        numbering = Numbering(render=lambda t: fill_in(t, facts, clauses))
        numbered = numbering.sentences(self.drafts)
        text = [_told(s.text, facts, clauses) for s in numbered]
        used: dict[str, None] = {}
        for source in (*(s.text for s in numbered), *(f for t in self.tables for f in _texts(t))):
            used |= dict.fromkeys(ids_in(source))
        for sentence in numbered:
            used |= dict.fromkeys(sentence.claims)
        for ident in [i for i in used if i in claims]:
            used |= dict.fromkeys((*claims[ident].facts, *ids_in(claims[ident].clause)))
        kept = FactSheet.model_construct(
            facts=tuple(f for i, f in facts.items() if i in used),
            claims=tuple(c for i, c in claims.items() if i in used),
            names=(),
        )
        return kept, text, numbered

    def _evidence(self, sheet: FactSheet) -> list[EvidenceRow]:
        """A few of the rows that the first numbers come from."""
        found: list[EvidenceRow] = []
        for fact in sheet.facts:
            if isinstance(fact.value, int | float) and fact.sources and len(found) < SHOWN_ROWS:
                found += rows_of(self.world, fact, SHOWN_ROWS - len(found))
            if found:
                break
        return found


def rows_of(world: World, fact: Fact, limit: int) -> list[EvidenceRow]:
    """Rows that a fact cites."""
    found: list[EvidenceRow] = []
    metric = str(fact.recipe.args.get("metric", "") or fact.metric)
    for source in fact.sources:
        if len(found) >= limit:
            break
        for row in world.rows.of(source.file, source.records, metric, limit - len(found)):
            name = str(row["metric"])
            value = row["value"]
            unit = metric_of(name).unit
            shown = "failed" if value is None or value != value else f"{value:.6g} {unit}".strip()
            found.append(
                EvidenceRow(
                    file=str(row["file"]), where=str(row["where"]), column=str(row["column"]), metric=name, value=shown
                )
            )
    return found


def _told(template: str, facts: Mapping[str, Fact], clauses: Mapping[str, str]) -> str:
    """The sentence as a reader sees it: a capital first, unless it is a name of the data."""
    from chimera_report.tools.claims import fill_in

    opening = re.match(r"\{\{(C\d+)\}\}", template)
    start = clauses.get(opening[1], "") if opening else template
    filled = fill_in(template, facts, clauses)
    first = re.match(r"\{\{(F\d+)", start)
    name = facts.get(first[1]) if first else None
    return filled if name is not None and isinstance(name.value, str) else _capital(filled)


def _lowered(text: str, sheet: FactSheet) -> str:
    """A sentence as it goes on after other words; a name keeps its letters."""
    known = {str(f.value) for f in sheet.facts if isinstance(f.value, str)}
    if any(text.startswith(n) for n in known if n) or text[:2].isupper():
        return text
    return text[:1].lower() + text[1:]


def _given(narrowing: Narrowed, *, cold: bool) -> str:
    """The conditions that hold for every sentence of an answer."""
    parts = [f"with {k} {v}" for k, v in narrowing.condition.items()]
    parts += [f"without {name}" for name in narrowing.without]
    if narrowing.outliers:
        parts.append(f"without {narrowing.outliers} outlying value{'s' if narrowing.outliers > 1 else ''}")
    if cold:
        parts.append("cold starts alone")
    return _capital(", ".join(parts))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:] if re.match(r"[a-z]{2,}[ :]", text) else text


def _texts(table: Table) -> list[str]:
    return [table.title, table.note, *(c.title for c in table.columns), *(c for row in table.rows for c in row)]
