"""What the public door hands out, and how it shows itself in a notebook: statements, answers, reports, verifications.

Every object has `_repr_markdown_` and `_repr_html_`; what comes from files is escaped in both. Tables are DataFrames.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chimera_report.tools.claims import render_text
from chimera_report.tools.render import escape
from chimera_report.tools.schema import Answer as Answered
from chimera_report.tools.schema import ClaimBase, Fact, FactSheet, Interval, Result, Table

if TYPE_CHECKING:
    import pandas as pd

    from chimera_report.agent.verify import Verification


def frame(kind: type[Result], items: Sequence[Result]) -> pd.DataFrame:
    """Items of an analysis as a table: a column a field; an interval as two, a condition in words."""
    import pandas as pd

    columns: dict[str, list[Any]] = {}
    for name, about in kind.model_fields.items():
        values = [getattr(item, name) for item in items]
        if name in ("recipe", "rows", "warnings"):
            continue
        if about.annotation == Interval | None:
            for end in ("low", "high"):
                columns[f"{name}_{end}"] = [getattr(v, end) if v is not None else None for v in values]
        elif any(isinstance(v, dict) for v in values):
            columns[name] = [", ".join(f"{k} {x}" for k, x in v.items()) for v in values]
        elif any(isinstance(v, tuple) for v in values):
            columns[name] = [", ".join(str(getattr(x, "level", x)) for x in v) for v in values]
        else:
            columns[name] = values
    return pd.DataFrame(columns)


def facts_frame(facts: Iterable[Fact]) -> pd.DataFrame:
    """Facts as a table: the value in its canonical unit, how a reader sees it, its interval and n, and its method."""
    import pandas as pd

    rows = [
        {
            "id": f.id,
            "shown": f.display,
            "value": f.value,
            "low": f.ci.low if f.ci else None,
            "high": f.ci.high if f.ci else None,
            "n": f.n,
            "metric": f.metric,
            "system": f.subject,
            "suite": f.suite,
            "method": f.method,
            "files": ", ".join(dict.fromkeys(e.file for e in f.sources)),
        }
        for f in facts
    ]
    columns = ["id", "shown", "value", "low", "high", "n", "metric", "system", "suite", "method", "files"]
    return pd.DataFrame(rows, columns=columns).set_index("id")


def evidence_frame(facts: Iterable[Fact]) -> pd.DataFrame:
    """The rows that facts were read from: file, its hash, the records (from 1, in the order of the file), columns."""
    import pandas as pd

    rows = {
        (e.file, e.sha256, e.records, e.columns): {
            "file": e.file,
            "sha256": e.sha256,
            "records": list(e.records),
            "columns": list(e.columns),
        }
        for f in facts
        for e in f.sources
    }
    return pd.DataFrame(list(rows.values()), columns=["file", "sha256", "records", "columns"])


class Shown:
    """Shows itself as HTML from its Markdown, where it has nothing better."""

    def _repr_markdown_(self) -> str:
        raise NotImplementedError

    def _repr_html_(self) -> str:
        from chimera_report.tools.render import fragment

        return f'<div class="chimera-report">{fragment(self._repr_markdown_())}</div>'


@dataclass(frozen=True, repr=False)
class Statement(Shown):
    """One thing that the data says, with the verdict of the checker and its evidence."""

    claim: ClaimBase
    sheet: FactSheet  # the facts that it rests on, and itself
    result: Result | None = None  # the computed item: ratio, interval, n, method, reason

    @property
    def text(self) -> str:
        """The statement as a sentence; what is missing, where it is not supported."""
        if not self.claim.clause:
            return self.claim.reason
        return render_text(f"{{{{{self.claim.id}}}}}.", self.sheet)

    @property
    def verdict(self) -> str:
        """SUPPORTED, REFUTED or INSUFFICIENT; INSUFFICIENT as well where the data gives a number and no verdict."""
        outcome = getattr(self.result, "outcome", "")
        settled = outcome not in ("inconclusive", "exploratory", "insufficient")
        return self.claim.verdict if settled else "INSUFFICIENT"

    @property
    def reason(self) -> str:
        """What is missing for a verdict; "" where nothing is."""
        return self.claim.reason or str(getattr(self.result, "reason", ""))

    @property
    def ratio(self) -> float | None:
        """The ratio that the statement is about, as computed: the first name over the second."""
        return getattr(self.result, "ratio", None)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of that ratio."""
        found = getattr(self.result, "ratio_ci", None)
        return (found.low, found.high) if isinstance(found, Interval) else None

    @property
    def facts(self) -> pd.DataFrame:
        """The facts that it rests on."""
        return facts_frame(f for f in self.sheet.facts if f.id in self.claim.facts)

    @property
    def evidence(self) -> pd.DataFrame:
        """The files, records and columns that it was computed from."""
        return evidence_frame(f for f in self.sheet.facts if f.id in self.claim.facts)

    def __repr__(self) -> str:
        return f"{self.verdict}: {self.text}"

    def _repr_markdown_(self) -> str:
        lines = [f"**{self.verdict}** {render_or(self.claim, self.sheet)}"]
        if self.interval is not None:
            low, high = self.interval
            lines.append(f"Ratio {self.ratio:.4g}, 95 % interval {low:.4g} to {high:.4g}.")
        if self.reason and self.verdict != "SUPPORTED":
            lines.append(f"Open: {escape(self.reason)}.")
        files = list(self.evidence["file"].unique())
        if files:
            more = f" and {len(files) - 4} more" if len(files) > 4 else ""
            lines.append("From " + ", ".join(escape(f) for f in files[:4]) + more + ".")
        return "\n\n".join(lines)


def render_or(claim: ClaimBase, sheet: FactSheet) -> str:
    """The statement in Markdown, with the names of the data escaped."""
    if not claim.clause:
        return escape(claim.reason)
    return render_text(f"{{{{{claim.id}}}}}.", sheet, escape)


@dataclass(frozen=True, repr=False)
class Answer(Shown):
    """The answer to a question: each number of it is a fact that was computed from the files."""

    answer: Answered

    def _repr_html_(self) -> str:
        """With its picture, where it has one: drawn as the charts of a report are."""
        from chimera_report.tools.render import svg

        shown = super()._repr_html_()
        if self.answer.plot is None:
            return shown
        drawn = base64.b64encode(svg(self.answer.plot).encode()).decode("ascii")
        title = html.escape(self.answer.plot.title, quote=True)
        return f'{shown}<img alt="{title}" src="data:image/svg+xml;base64,{drawn}">'

    @property
    def text(self) -> str:
        return "\n".join(self.answer.text)

    @property
    def verdict(self) -> str:
        """SUPPORTED, REFUTED or INSUFFICIENT, of what the answer rests on; "" where a question came back."""
        return self.answer.verdict

    @property
    def outcome(self) -> str:
        """answered, asked (`choices` are the readings to choose from) or declined."""
        return self.answer.outcome

    @property
    def choices(self) -> tuple[str, ...]:
        return self.answer.choices

    @property
    def cannot(self) -> tuple[str, ...]:
        """What the answer does not say."""
        return self.answer.cannot

    @property
    def command(self) -> str:
        """The run that would tell; "" where none would."""
        return self.answer.command

    @property
    def tables(self) -> list[pd.DataFrame]:
        return [table_frame(t, self.answer.sheet) for t in self.answer.tables]

    @property
    def rows(self) -> pd.DataFrame:
        """Values of files that the answer rests on."""
        import pandas as pd

        return pd.DataFrame([r.model_dump() for r in self.answer.rows])

    @property
    def facts(self) -> pd.DataFrame:
        return facts_frame(self.answer.sheet.facts)

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        parts = [escape(t) for t in self.answer.text]
        parts += [_table_markdown(t, self.answer.sheet) for t in self.answer.tables]
        if self.choices:
            parts.append("\n".join(f"{i}. {escape(c)}" for i, c in enumerate(self.choices, 1)))
        if self.cannot:
            parts.append("What this does not say:\n\n" + "\n".join(f"- {escape(c)}" for c in self.cannot))
        if self.command:
            parts.append(f"The run that would tell:\n\n    {self.command}")
        return "\n\n".join(parts)


def table_frame(table: Table, sheet: FactSheet) -> pd.DataFrame:
    """A table of a report or answer, as a reader sees it."""
    import pandas as pd

    rows = [[render_text(cell, sheet) for cell in row] for row in table.rows]
    return pd.DataFrame(rows, columns=[c.title for c in table.columns])


def _table_markdown(table: Table, sheet: FactSheet) -> str:
    lines = [[escape(c.title) for c in table.columns], ["---:" if c.align == "right" else "---" for c in table.columns]]
    lines += [[render_text(cell, sheet, escape) for cell in row] for row in table.rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


@dataclass(frozen=True, repr=False)
class Verified(Shown):
    """What became of a report that was computed again from its files."""

    verification: Verification

    @property
    def holds(self) -> bool:
        return not self.verification.differences

    def __bool__(self) -> bool:
        return self.holds

    @property
    def differences(self) -> pd.DataFrame:
        """check, where, expected, found: a row for each thing that does not hold."""
        import pandas as pd

        rows = [d.model_dump() for d in self.verification.differences]
        return pd.DataFrame(rows, columns=["check", "where", "expected", "found"])

    def __repr__(self) -> str:
        looked = ", ".join(f"{n} {what}" for what, n in self.verification.counts.items())
        if self.holds:
            return f"holds: {looked}"
        return f"does not hold: {len(self.verification.differences)} differences (looked at {looked})"

    def _repr_markdown_(self) -> str:
        lines = [escape(repr(self))]
        lines += [f"- {d.check}, {escape(d.where)}" for d in self.verification.differences[:20]]
        return "\n".join([lines[0], "", *lines[1:]])


def overview(rows: Sequence[tuple[str, str]], tables: Sequence[tuple[str, pd.DataFrame]]) -> str:
    """A short page: pairs of a word and a text, then tables, all escaped."""
    told = "".join(f"<tr><th>{html.escape(a)}</th><td>{html.escape(b)}</td></tr>" for a, b in rows)
    parts = [f"<table><tbody>{told}</tbody></table>"]
    for title, table in tables:
        parts.append(f"<p><b>{html.escape(title)}</b></p>{table.to_html(index=False, escape=True, border=0)}")
    return '<div class="chimera-report">' + "".join(parts) + "</div>"
