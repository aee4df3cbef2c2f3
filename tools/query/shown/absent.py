"""What of a question nothing was measured of: said first, with the nearest thing that is there. An absence is told only
after every name that was read and the text of every file were looked at."""

# ruff: noqa: E501 — patterns and sentences are read as a whole

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.passages import first_with, metric_term
from chimera_report.tools.query.shown.words import shown

if TYPE_CHECKING:
    from chimera_report.tools.query.shown.linked import Linked
    from chimera_report.tools.query.world import World

_UNREAD = 3  # files that are named
_MOST = 5  # things that are named
# Quantities that say nearly the same.
_NEAR = (
    ("vram", "ram", "model_size", "mem_util"),
    ("power", "energy", "energy_per_token", "gpu_util", "gpu_temperature"),
    ("accuracy", "score", "pass_rate", "perplexity", "factuality_score", "kld"),
    ("decode_rate", "output_throughput", "total_throughput", "request_rate", "prefill_rate", "tpot", "itl"),
    ("ttft", "e2e_latency", "run_time", "load_time", "prompt_eval_time"),
)
Told = tuple[str, tuple[str, ...]]  # a sentence with places for the names


def near(metric: str, world: World) -> list[str]:
    """The titles of rates or times that say nearly the same as one that was not measured."""
    family = next((f for f in _NEAR[3:] if metric in f), ())
    return [t for m in family for t, held in world.entries.titles.items() if held == m]


def unmeasured(found: Linked, world: World) -> list[Told]:
    """The quantity that is asked for and that no record holds."""
    if not found.absent:
        return []
    title = metric_of(found.absent).title
    family = next((f for f in _NEAR if found.absent in f), ())
    held = {m: t for t, m in world.entries.titles.items() if m}
    near = [held[m] for m in family if m in held] or [t for t in held.values() if "(" not in t]
    also = f" What was measured: {', '.join('{}' for _ in near[:_MOST])}." if near else ""
    files = len(world.dataset.sources)
    term = metric_term(title.lower(), (found.absent,))
    line = first_with(term, world.corpus) if world.target else None
    noun = title.rsplit(" ", 1)[-1]
    if line is None and noun not in ("rate", "time", "usage"):  # a head of a table says the noun alone
        line = next(
            (
                x
                for x in world.corpus.lines
                if re.search(rf"(?<![a-z]){noun}(?![a-z])", f"{x.head} {x.text if x.number == 1 else ''}".lower())
            ),
            None,
        )
    unread = world.corpus.unread[:_UNREAD] if world.target else []
    if unread:
        also = f" I could not read {', '.join('{}' for _ in unread)}.{also}"
    names = [title, *unread, *near[:_MOST]]
    if line is not None:
        return [(f"None of the records that I read holds the {{}}; {{}} speaks of it: “{{}}”.{also}", (title, f"{line.file}, line {line.number},", shown(line.text, 120), *unread, *near[:_MOST]))]  # fmt: skip
    searched = f": none of the {files} files has a column or a line of that name" if world.target else ""
    return [(f"The {{}} was not measured{searched}.{also}", tuple(names))]


def nowhere(found: Linked, world: World) -> list[Told]:
    """Names and numbers that no record has."""
    made: list[Told] = []
    for word in found.unknown[:2]:
        line = next(
            (x for x in world.corpus.lines if re.search(rf"(?<![\w.]){re.escape(word)}(?![\w]|\.\d)", x.low)), None
        )
        if line is not None:
            made.append(
                (
                    "None of the records that I read is of {}; {} says: “{}”.",
                    (word, f"{line.file}, line {line.number},", shown(line.text, 160)),
                )
            )
        else:
            no_file = ", and no file that I could read speaks of it" if world.target else ""
            made.append((f"Nothing that was measured is called {{}}{no_file}.", (word,)))
    return made


def unsaid(found: Linked, world: World) -> list[Told]:
    """Settings that are asked for and that no record says."""
    made: list[Told] = []
    for word in found.unsaid[:2]:
        line = next((x for x in world.corpus.lines if x.kind == "document" and re.search(rf"(?<![a-z]){re.escape(word.removesuffix('s'))}", x.low)), None)  # fmt: skip
        more = "; {} speaks of it: “{}”." if line is not None else ", and no file speaks of it."
        made.append((f"No record says the {{}}{more}", (word, *((f"{line.file}, line {line.number},", shown(line.text, 160)) if line else ()))))  # fmt: skip
    return made
