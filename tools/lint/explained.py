"""What each rule of the lint is for: shown by `chimera-report lint --explain` and in docs/lint.md."""

from __future__ import annotations

from chimera_report.tools.errors import UsageError
from chimera_report.tools.schema import LintRule


def rule_of(name: str) -> LintRule:
    """The rule of that name (`bare-number`) or number (`7`). Raises UsageError with the names that there are."""
    wanted = name.strip().lower().removeprefix("rule").strip()
    for rule in LintRule:
        if wanted in (rule.title, rule.name.lower(), str(rule.value)):
            return rule
    names = ", ".join(rule.title for rule in LintRule)
    raise UsageError(f"no rule is called {name!r}", where="--explain", hint=f"The rules are {names}.")


def explain(rule: LintRule) -> str:
    """A rule as plain text."""
    return (
        f"{rule.title} (rule {rule.value})\n\nForbidden: {rule.forbids}\nWhy: {rule.why}\n\n"
        f"  wrong: {rule.wrong}\n  right: {rule.right}"
    )


def page() -> str:
    """All rules as the page docs/lint.md."""
    parts = [
        "# The rules of the lint",
        "`chimera-report lint FILE.md` holds a text against these rules; `chimera-report lint --explain RULE` shows "
        "one of them, by name or number, and `--explain all` every one. Each is a function under `tools/lint`.",
    ]
    for rule in LintRule:
        body = f"{rule.forbids} {rule.why}\n\n```text\nwrong: {rule.wrong}\nright: {rule.right}\n```"
        parts.append(f"## {rule.title}\n\nRule {rule.value}. {body}")
    return "\n\n".join(parts) + "\n"
