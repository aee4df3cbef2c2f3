"""`make questions`: the golden set in every way; writes docs/questions.md.

The embedded model gets all of it, or every so many with `EVERY=3`, for a machine that is slow or busy. Ends with 1 if
an answer was wrong, or if the embedded model made one of the three numbers worse.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable

from questions import runs
from questions.harness import Marked, shares
from questions.raw import CORPUS, ROOT

PAGE = ROOT / "docs/questions.md"
PARTS: tuple[tuple[str, Callable[[Marked], bool]], ...] = (
    ("seen while rules were made", lambda m: m.question.route is None and not m.question.held_out),
    ("held out", lambda m: m.question.route is None and m.question.held_out),
    ("loosely worded, no rule made for them", lambda m: m.question.route is not None),
    ("all", lambda _: True),
)


def row(name: str, marks: Iterable[Marked]) -> str:
    found = list(marks)
    share = shares(found)
    return (
        f"| {name} | {len(found)} | " + " | ".join(f"{100 * share[m]:.1f} %" for m in ("right", "wrong", "open")) + " |"
    )


def main() -> int:
    start = time.monotonic()
    rules = runs.by_rules()
    lines = ["| questions | n | right | wrong | asked back or declined |", "| --- | ---: | ---: | ---: | ---: |"]
    lines += [row(f"by rules: {name}", filter(kept, rules)) for name, kept in PARTS]
    capable = runs.with_a_capable_router()
    lines.append(row("with a capable router: all", capable))
    misread = runs.with_a_misreading_router()
    lines.append(
        row("with a router that misreads: what it answers, judged as what it says it answers", [m for *_, m in misread])
    )
    every = int(os.environ.get("EVERY", "1"))
    some = runs.ASKED[::every]
    of = "all" if every == 1 else f"one in {every}"
    if every > 1:
        lines.append(row(f"by rules: {of}", rules[::every]))
    embedded = runs.with_the_embedded_model(some)
    lines.append(row(f"with the embedded model (Gemma 270M): {of}", embedded))
    worded = sum(m.answer.author == "model" for m in embedded)
    note = f"Answers with a sentence that the embedded model worded: {worded}; the others stayed in code's words."
    corpus = "the corpus" if CORPUS.is_dir() else "no corpus"
    begin, end = "<!-- questions: begin -->", "<!-- questions: end -->"
    page = PAGE.read_text(encoding="utf-8")
    head, tail = page.split(begin)[0], page.split(end)[1]
    table = "\n".join(lines)
    PAGE.write_text(
        f"{head}{begin}\n{table}\n\nOver `data/`, {corpus} and generated folders. {note}\n{end}{tail}", encoding="utf-8"
    )
    print(table, f"{time.monotonic() - start:.0f} s", sep="\n")
    wrong = [m for m in (*rules, *capable, *embedded, *(m for *_, m in misread)) if m.mark == "wrong"]
    print("\n".join(f"{m.question.say!r}: {m.why}" for m in wrong))
    worse = shares(embedded)["right"] < shares(rules[::every])["right"]
    return int(bool(wrong) or worse)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "tests"))
    sys.exit(main())
