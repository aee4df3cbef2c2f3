"""An earlier report folder as something to compare with, and the gate that a user sets on what changed."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from chimera_report.tools.errors import GateFailed, StoreError, UsageError
from chimera_report.tools.metrics import METRICS, resolve
from chimera_report.tools.schema import Change, Changes, Dataset, Earlier, Json, Source
from chimera_report.tools.store import RunFolder, is_run

if TYPE_CHECKING:
    import pandas as pd

    from chimera_report.agent.settings import Settings

TABLE = "measurements.parquet"
_KIND = "regression"
_NAMED = 3  # regressions in the one line for a job log


# --- the earlier report -----------------------------------------------------------------------------------------------


def earlier_folder(path: Path, out: Path) -> RunFolder:
    """The finished report that `--compare` names: its folder, a file in it, or its name under `out`.

    Raises UsageError.
    """
    for place in (path, path.parent if path.is_file() else path, out / path):
        if is_run(place):
            folder = RunFolder(place)
            if not folder.finished or not folder.has(TABLE) or not folder.has("run.json"):
                raise UsageError(
                    "the report to compare with is not finished", where=str(place), hint="Name a finished report."
                )
            return folder
    raise UsageError(
        "there is no report to compare with",
        where=str(path),
        hint=f"--compare names a report folder, such as one under {out}.",
    )


def read_earlier(path: Path, out: Path) -> Earlier:
    """What the earlier report measured. Raises UsageError, StoreError."""
    folder = earlier_folder(path, out)
    try:
        digest = hashlib.sha256((folder.path / TABLE).read_bytes()).hexdigest()
    except OSError as exc:
        raise StoreError(f"cannot be read ({exc.strerror})", where=str(folder.path / TABLE)) from exc
    table = folder.read_table(TABLE)
    record = folder.read_json("run.json")
    return Earlier(
        run=str(record.get("run", folder.id)),
        sha256=digest,
        dataset=Dataset(root=str(folder.path), sources=sources_of(record, table), table=table),
    )


def sources_of(record: Json, table: pd.DataFrame) -> tuple[Source, ...]:
    """The files of a saved report: as its run.json has them, which in reports of before is less than all."""
    known = {str(s.get("path")): s for s in record.get("sources", [])}
    usual = {"sha256": "", "size": 0, "format": "", "kind": "other", "encoding": "", "status": "parsed"}
    names = sorted({*known, *map(str, table["source"].unique())})
    return tuple(Source.model_validate({**usual, "path": name, **known.get(name, {})}) for name in names)


def attach(dataset: Dataset, settings: Settings) -> Dataset:
    """The dataset with what the settings add to it: the earlier report that they name, the interplays they declare."""
    if settings.interactions:
        dataset = replace(dataset, interactions=declared(settings.interactions, dataset.factors))
    if settings.compare is None:
        return dataset
    return replace(dataset, earlier=read_earlier(settings.compare, settings.out))


def declared(text: str, factors: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The pairs of `num_ctx:num_thread,…`. Raises UsageError for what is no pair of settings of the data."""
    known = sorted(factors)
    pairs: list[tuple[str, str]] = []
    for part in text.split(","):
        names = [n.strip() for n in part.split(":")]
        if len(names) != 2 or names[0] == names[1] or not all(names):
            raise UsageError(
                f"{part.strip()!r} is not a pair of settings", where="--interactions", hint="Write num_ctx:num_thread."
            )
        for name in names:
            if name not in known:
                there = f"The data has {', '.join(known)}." if known else "The data has no settings."
                raise UsageError(f"no setting {name!r} in the data", where="--interactions", hint=there)
        pairs.append((names[0], names[1]))
    return tuple(dict.fromkeys(pairs))


# --- the gate ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gate:
    """Which confirmed regressions fail a run."""

    metrics: tuple[str, ...] = ()  # () for all
    tolerated: float = 0.0  # share of the earlier value


def gate_of(settings: Settings) -> Gate | None:
    """The gate that the settings ask for; None for none. Raises UsageError for one that cannot be applied."""
    given = settings.fail_on
    if given is None and settings.max_regression is None:
        return None
    if settings.compare is None:
        name = "--fail-on" if given is not None else "--max-regression"
        raise UsageError(f"{name} needs an earlier report", hint="Name it with --compare REPORT.")
    kind, _, names = (given or _KIND).partition("=")
    if kind != _KIND or (given and given.endswith("=")):
        raise UsageError(
            f"fail-on: {given!r} is not known", where="--fail-on", hint="regression, or regression=metric,metric."
        )
    metrics = tuple(dict.fromkeys(_metric(n.strip()) for n in names.split(",")) if names else ())
    return Gate(metrics, (settings.max_regression or 0.0) / 100)


def _metric(name: str) -> str:
    found = METRICS.get(name) or METRICS.get(getattr(resolve(name), "metric", ""))
    if found is None or found.direction == "none":
        known = sorted(m.name for m in METRICS.values() if m.direction != "none" and m.core)
        raise UsageError(f"fail-on: {name!r} is no metric that can regress", hint=f"Known: {', '.join(known)}.")
    return found.name


def loss(item: Change) -> float:
    """By what share of the earlier value the metric got worse: 0.2 for 100 → 80 tokens/s and for 1 s → 1.2 s."""
    if item.ratio is None:
        return 0.0
    return item.ratio - 1 if METRICS[item.metric].direction == "lower" else 1 - item.ratio


def judge(gate: Gate, changes: Changes) -> str:
    """One line for a job log when the gate holds. Raises GateFailed with that line when it does not.

    A gate that found nothing to compare does not hold: nothing was shown.
    """
    mine = [c for c in changes.items if not gate.metrics or c.metric in gate.metrics]
    matched = [c for c in mine if c.before is not None and c.after is not None]
    if not matched:
        of = f" of {', '.join(gate.metrics)}" if gate.metrics else ""
        raise GateFailed(f"gate: nothing to compare, no condition{of} is in both this data and {changes.run}")
    bad = sorted((c for c in matched if c.outcome == _KIND and loss(c) > gate.tolerated), key=loss, reverse=True)
    unsettled = sum(c.outcome == "open" for c in matched)
    same = sum(c.outcome == "same" for c in matched)
    rest = f"{len(matched)} conditions compared, {unsettled} open, "
    rest += (f"{same} with the same measurements, " if same else "") + f"since {changes.run}"
    if not bad:
        beyond = f" beyond {100 * gate.tolerated:g} %" if gate.tolerated else ""
        return f"gate: passed, no regression{beyond} ({rest})"
    named = "; ".join(_worded(c) for c in bad[:_NAMED]) + ("; …" if len(bad) > _NAMED else "")
    raise GateFailed(f"gate: {len(bad)} regression{'' if len(bad) == 1 else 's'}: {named} ({rest})")


def _worded(item: Change) -> str:
    """`decode rate of small:1b −12.3 % in suite speed (num_ctx 2048)`, without line breaks of the data."""
    ratio = item.ratio if item.ratio is not None and math.isfinite(item.ratio) else 1.0
    sign = "−" if ratio < 1 else "+"
    text = f"{METRICS[item.metric].title} of {item.subject or 'the data'} {sign}{abs(100 * (ratio - 1)):.1f} %"
    text += f" in suite {item.suite}" if item.suite else ""
    if item.condition:
        text += f" ({', '.join(f'{k} {v}' for k, v in item.condition.items())})"
    return " ".join(text.split())
