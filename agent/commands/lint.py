"""`chimera-report lint FILE.md`: any Markdown report against the rules and the data."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from chimera_report.agent.commands.terminal import CHECK_FAILED, out


def shares(numbers: dict[str, int]) -> str:
    """One line: how many of the text's numbers the data has, refutes, or knows nothing of."""
    whole = sum(numbers.values())
    if not whole:
        return "the text holds no numbers"
    told = (f"{100 * n / whole:.0f} % {what}" for what, n in numbers.items())
    return f"of {whole} numbers: {', '.join(told)}"


def lint(
    file: Annotated[Path | None, typer.Argument(help="A Markdown report, whoever wrote it.")] = None,
    against: Annotated[Path | None, typer.Option(help="Folder of benchmark files that the report is about.")] = None,
    style: Annotated[
        bool, typer.Option("--style", help="With --against: also the rules of this program's own reports.")
    ] = False,
    explain: Annotated[
        str | None, typer.Option(help="Show what a rule forbids and why, by its name or number; all for every rule.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Check a Markdown report: the wording by rule and, with --against, each statement by the data."""
    from chimera_report.agent.lint import review
    from chimera_report.tools.errors import UsageError
    from chimera_report.tools.lint import explain as explained
    from chimera_report.tools.lint import rule_of
    from chimera_report.tools.schema import LintRule

    if explain is not None:
        out("\n\n".join(map(explained, LintRule if explain == "all" else [rule_of(explain)])))
        return
    if file is None:
        raise UsageError("no file is named", hint="chimera-report lint FILE.md, or chimera-report lint --explain RULE")
    done = review(file, against)
    if as_json:
        import json

        record = {
            "file": str(file),
            "against": str(against) if against else None,
            "holds": done.holds,
            "findings": [f.model_dump() for f in done.findings],
            "numbers": done.numbers or None,
            "statements": None if done.statements is None else [s.model_dump() for s in done.statements],
        }
        out(json.dumps(record, indent=2))
    else:
        for finding in done.findings if style or done.statements is None else ():
            rule = f"rule {finding.rule} ({LintRule(finding.rule).title}), {finding.severity}"
            told = f"{rule}: {finding.message} ({finding.span!r})"
            out(f"{file}:{finding.line}: {told}" + (f"; allowed: {finding.allowed}" if finding.allowed else ""))
        for s in done.statements or []:
            out(f"{file}:{s.line}: {s.verdict}: {s.text}\n  {s.reason}" + (f"\n  the data: {s.data}" if s.data else ""))
        if done.statements is not None:
            counts = Counter(s.verdict for s in done.statements)
            out(", ".join(f"{counts[v]} {v}" for v in ("supported", "refuted", "unsupported")))
            out(shares(done.numbers))
        elif not done.findings:
            out(f"{file}: no rule is broken")
    if not done.holds:
        raise typer.Exit(CHECK_FAILED)
