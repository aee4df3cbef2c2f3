"""Failed records by the reason that they give, and whether the same was tried again later with success; and how the
data was measured: when, over which settings, with how many prompts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from chimera_report.tools.metrics import PRIMARY
from chimera_report.tools.schema import FACTOR, NO_WORDS, Dataset, Frozen, Recipe, Result, Role, Rows, is_load
from chimera_report.tools.scored import better
from chimera_report.tools.stats import (
    copied_records,
    first_sentence,
    is_toy,
    of_other_records,
    plain_reason,
    reason_kind,
    told_again,
    untried,
)

if TYPE_CHECKING:
    import pandas as pd

FAILURES, SETUP = "claims.failures", "claims.setup"
NO_REASON = "no reason given"
_ASKED_BY = frozenset({"prompt", "language", "lang", "question", "task", "topic", "category"})  # how prompts are told
_LEVELS = 24  # of a part of a system, up to which failures are told for each
_LISTED = 10  # levels of a setting that are all listed
_FEW = 6  # names of a setting that failures are told for
_LONGEST = 120  # characters of a reason
_PARTS = frozenset({"provider", "backend", "engine", "device", "quantisation", "runtime"})
# Which request it was, not which setting: whether it was tried again is asked of these too.
_REPLICATES = frozenset({"seed", "round", "repeat", "iteration", "trial", "run", "run_number"})


class Failure(Frozen):
    """Failed records that give the same reason."""

    reason: str  # as the first of them gives it (untrusted)
    records: int
    timeouts: int
    suites: tuple[str, ...]
    subjects: tuple[str, ...]
    files: tuple[str, ...]
    again: int  # of the records, how many were tried again later and succeeded
    within_min: float | None = None  # minutes until the last of these succeeded


class FailedPart(Frozen):
    """What failed of one system, or of one level of what tells systems apart."""

    level: str
    failed: int
    records: int  # single records of it, failed ones included; statistics over them are none
    reason: str  # the most frequent one
    with_reason: int = 0  # of the failed, how many give it


class Failures(Result):
    """All failed records of the data; the reasons with most records first.

    Where a record sums up many requests and says how many of them failed, requests are counted."""

    records: int
    tried: int  # single records of the same suites, failed ones included; statistics over them are none
    of_requests: bool = False  # counted are requests, not records
    rated: bool = False  # counted are results that state how much of them succeeded
    again: int
    split: str = ""  # what tells the systems apart whose shares of failures differ most: a factor, or "subject"
    parts: tuple[FailedPart, ...] = ()  # its levels, most failures first
    load: str = ""  # the load under whose levels the shares of failures differ most, and its worst level
    worst: FailedPart | None = None
    reasons: tuple[Failure, ...]


def failures(dataset: Dataset) -> Failures:
    """Failed records by reason. A record counts as repeated when a later one of the same system and under the same
    settings and prompt succeeded, as far as both say what theirs were."""
    table = dataset.table
    status = table["status"].astype("object")
    twice, copied = told_again(dataset), copied_records(table)
    failed = table[status.isin(("error", "timeout")) & _own(table) & ~twice & ~copied]
    failed = failed.drop_duplicates(["source", "record"])
    failed = failed.assign(weight=_weights(failed))
    groups: dict[str, list[int]] = {}
    for place, message in zip(failed.index, failed["message"].astype("object"), strict=True):
        groups.setdefault(reason_kind(str(message or "")), []).append(place)
    done = table[(status == "ok") & table["started"].notna() & (table["origin"].astype("object") != "reported")]
    done = done.drop_duplicates(["source", "record"])
    factors = [FACTOR + f for f in dataset.factors if f not in _REPLICATES]
    begun, levels = done["started"].to_numpy(dtype="datetime64[ns]"), {f: _texts(done[f]) for f in factors}
    files = done["source"].astype("object").to_numpy()
    done = done.reset_index(drop=True)
    later = {
        str(k): _Done(begun[rows], {f: v[rows] for f, v in levels.items()}, files[rows])
        for k, rows in done.groupby(done["subject"].astype("object"), sort=False).indices.items()
    }
    tried_with = {f: _texts(failed[f]) for f in factors}
    starts, subjects = failed["started"].to_numpy(dtype="datetime64[ns]"), failed["subject"].astype("object").to_numpy()
    sources = failed["source"].astype("object").to_numpy()
    at = {place: i for i, place in enumerate(failed.index)}
    vague = _vague(dataset)
    found = []
    for places in groups.values():
        rows = failed.loc[places]
        mine = [at[place] for place in places]
        waits = [
            _wait(
                later.get(str(subjects[i])) if subjects[i] and sources[i] not in vague else None,
                starts[i],
                {f: v[i] for f, v in tried_with.items()},
                sources[i],
            )
            for i in mine
        ]
        again = [w for w in waits if w is not None]
        found.append(
            Failure(
                reason=_reason(str(rows["message"].iloc[0] or "")),
                records=_count(rows),
                timeouts=int((rows["status"].astype("object") == "timeout").sum()),
                suites=tuple(dict.fromkeys(str(s) for s in rows["suite"])),
                subjects=tuple(dict.fromkeys(str(s) for s in rows["subject"] if s)),
                files=tuple(dict.fromkeys(str(s) for s in rows["source"])),
                again=len(again),
                within_min=max(again) if again else None,
            )
        )
    found.sort(key=lambda f: -f.records)
    once = untried(dataset, failed["suite"].unique())
    tried = _tried(table[~twice & ~copied & ~once], failed)
    split, parts = _parts(dataset, tried, failed)
    load, worst = _by_load(dataset, tried, failed)
    return Failures(
        recipe=Recipe(function=FAILURES),
        rows=tuple(
            Rows(source=str(source), records=tuple(sorted(int(r) for r in part["record"])), columns=())
            for source, part in failed.groupby(failed["source"].astype("object"), sort=True)
        ),
        records=_count(failed),
        tried=_count(tried),
        of_requests=bool((tried["weight"] > 1).any()),
        rated=_rated(table[~twice & ~copied & ~once], failed) is not None,
        split=split,
        parts=parts,
        load=load,
        worst=worst,
        again=sum(f.again for f in found),
        reasons=tuple(found),
    )


def _vague(dataset: Dataset) -> set[str]:
    """Files of which most columns were not understood: records that look alike may be of unlike trials."""
    return {s.path for s in dataset.sources if 2 * sum(a.role is Role.UNKNOWN for a in s.reading) > len(s.reading)}


def _own(table: pd.DataFrame) -> pd.Series[bool]:
    """The rows that were measured; all of them where the data is documents alone, which stand as they state."""
    measured = table["origin"].astype("object") != "reported"
    return measured if measured.any() else ~measured


def _tried(table: pd.DataFrame, failed: pd.DataFrame) -> pd.DataFrame:
    """A row for each record of the suites that hold failures: failed ones, and single results."""
    rated = _rated(table, failed)
    if rated is not None:
        mine = table.loc[rated.index.union(failed.index)]  # what states how much of it succeeded is what was tried
        return mine.drop_duplicates(["source", "record"]).assign(weight=1)
    sent = (table["metric"] == "request") & (table["status"] == "ok")  # requests of records that hold nothing else
    mine = table[(table["suite"].isin(failed["suite"].unique()) | sent) & _own(table)]
    mine = mine[mine["status"].astype("object") != "set aside"]
    single = (mine["stat"].astype("object") == "sample") | (mine["status"].astype("object") != "ok")
    # A suite that holds nothing but statistics has these as its records.
    record = mine.groupby(["source", "record"], sort=False, observed=True).ngroup()
    alone = single & (mine["status"].astype("object") == "ok") & ~record.isin(record[~single].unique())
    some = mine.loc[alone, "suite"].unique()
    every = mine
    mine = mine[single | ~mine["suite"].isin(some)]
    mine = mine[~of_other_records(mine["where"].astype("object"), failed["where"].astype("object"))]
    heads = mine.drop_duplicates(["source", "record"])
    # With counts of failed requests, a record stands for the requests that it sums up.
    bad = every["status"].astype("object") != "ok"
    made = every.assign(weight=_weights(every))  # the statistics of a record say of how many they are
    keys = ["source", "record"]
    stated = (every["metric"] == "request") & ~bad & (made["weight"] > 1)
    names = every.groupby(keys, sort=False, observed=True).ngroup()
    lost_of = names[bad].unique()
    if not (failed["weight"] > 1).any() and not names[stated].isin(lost_of).any():
        return heads.assign(weight=1)
    made.loc[names.isin(names[stated].unique()) & ~bad & ~stated, "weight"] = 1  # a score rests on more than requests
    # A rate of success rests on all requests, and not only on those that succeeded.
    rate = (every["metric"].astype("object") == "success_rate") & every["value"].notna()
    made.loc[rate, "weight"] = (made["weight"] * made["value"]).round()[rate].astype(np.int64)
    done = made[~bad].groupby(keys, observed=True)["weight"].max()
    lost = made[bad].groupby(keys, observed=True)["weight"].max()
    total = done.add(lost, fill_value=0)
    return heads.assign(
        weight=[int(total.get((s, r), 0)) for s, r in zip(heads["source"], heads["record"], strict=True)]
    )


def _rated(table: pd.DataFrame, failed: pd.DataFrame) -> pd.DataFrame | None:
    """The rows of what states how much of it succeeded, where that is all that says of the failed that they did."""
    rated = table[(table["metric"] == "success_rate") & (table["status"].astype("object") == "ok") & _own(table)]
    said = failed["column"].astype("object").isin(rated["column"].astype("object").unique())
    return rated if len(rated) and said.all() else None


def _weights(rows: pd.DataFrame) -> np.ndarray[Any, Any]:
    """How many requests each row stands for; 1 where nothing says."""
    n = rows["n"].to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(n) & (n > 1), n, 1).astype(np.int64)


def _count(rows: pd.DataFrame) -> int:
    return int(rows["weight"].sum())


def _by_load(dataset: Dataset, tried: pd.DataFrame, failed: pd.DataFrame) -> tuple[str, FailedPart | None]:
    """The load that failures come with: of its levels the one with the greatest share, where that is at least twice
    the share of all."""
    whole = _count(failed) / max(_count(tried), 1)
    best: tuple[float, str, FailedPart] | None = None
    for factor in (f for f in dataset.factors if is_load(f)):
        levels = tried[FACTOR + factor].dropna().astype("object")
        counts = tried["weight"].groupby(levels).sum()
        bad = failed["weight"].groupby(failed[FACTOR + factor].dropna().astype("object")).sum()
        for level, lost in bad.items():
            share = float(lost) / float(counts.get(level, lost))
            if len(counts) > 1 and share >= 2 * whole and (best is None or share > best[0]):
                part = FailedPart(level=str(level), failed=int(lost), records=int(counts.get(level, lost)), reason="")
                best = share, factor, part
    return (best[1], best[2]) if best else ("", None)


def _parts(dataset: Dataset, tried: pd.DataFrame, failed: pd.DataFrame) -> tuple[str, tuple[FailedPart, ...]]:
    """The part of the systems by which failures differ most, and what failed at each of its levels."""
    # Settings are no cause of a failure that a wrong address or a limit explains; parts of systems may be.
    systems = [FACTOR + f for f in dataset.factors if dataset.role_of(f) is Role.SYSTEM or f in _PARTS]
    names = [*systems]
    best: tuple[float, str, tuple[FailedPart, ...]] = (0.0, "", ())
    names.append("subject")
    names += [FACTOR + f for f in dataset.factors if FACTOR + f not in names and _named(tried, FACTOR + f)]
    for column in names:
        if best[1] and column not in (*systems, "subject"):
            break  # where no system tells of it, what all records name and what is no number
        levels = tried[column].dropna().astype("object")
        known = [v for v in levels.unique() if v]
        if not 2 <= len(known) <= _LEVELS:
            continue
        counts = tried["weight"].groupby(levels).sum()
        bad = failed["weight"].groupby(failed[column].dropna().astype("object")).sum()
        shares = [float(bad.get(v, 0)) / float(counts[v]) for v in known]
        if max(shares) - min(shares) > best[0]:
            made = []
            for level in sorted(known, key=lambda v: (-int(bad.get(v, 0)), str(v))):
                if n := int(bad.get(level, 0)):
                    here = failed[failed[column].astype("object") == level]
                    made.append(FailedPart(level=str(level), failed=n, records=int(counts[level]), **_most(here)))
            best = max(shares) - min(shares), column.removeprefix(FACTOR), tuple(made)
    return best[1], best[2]


def _most(failed: pd.DataFrame) -> dict[str, Any]:
    """The reason that most of these give, as the first of them words it, and how many give it."""
    texts = failed["message"].astype("object").map(lambda m: str(m or ""))
    kinds = failed["weight"].groupby(texts.map(reason_kind)).sum()
    kinds = kinds[kinds.index != ""] if (kinds.index != "").any() else kinds
    kind = str(kinds.idxmax())
    return {"reason": _reason(next(m for m in texts if reason_kind(m) == kind)), "with_reason": int(kinds[kind])}


def _named(tried: pd.DataFrame, column: str) -> bool:
    """Whether all records state a level of it, a few names and no numbers."""
    levels = tried[column].astype("object")
    known = [str(v) for v in levels.dropna().unique()]
    return bool(levels.notna().all()) and 2 <= len(known) <= _FEW and not any(v[:1].isdigit() for v in known)


def _reason(message: str) -> str:
    """The first sentence of a message, one line, cut where it is long."""
    text = plain_reason(message)
    if not text or text == NO_WORDS:
        return NO_REASON
    first = first_sentence(text)
    return first if len(first) <= _LONGEST else first[: _LONGEST - 1].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class _Done:
    """The records of one system that succeeded: when each began, and under which settings."""

    started: np.ndarray[Any, Any]
    levels: dict[str, np.ndarray[Any, Any]]
    files: np.ndarray[Any, Any]


def _texts(column: pd.Series[Any]) -> np.ndarray[Any, Any]:
    """Levels, None where there is none."""
    return column.astype("object").where(column.notna(), None).to_numpy()


def _wait(others: _Done | None, started: Any, settings: dict[str, Any], source: str) -> float | None:
    """Minutes from a failed record to the first later success of the same; None for no such record, and where the same
    succeeded before it in its file: these are the requests of one load, of which some fail; nothing is tried again."""
    if others is None or np.isnat(started):  # nobody knows whose record it was, or when
        return None
    fits = others.started != started
    for name, level in settings.items():
        if level is not None and fits.any():
            column = others.levels[name]
            fits &= (column == level) | (column == None)  # noqa: E711  elementwise
    before = fits & (others.started < started) & (others.files == source)
    fits &= others.started > started
    if not fits.any() or before.any():
        return None
    return float((others.started[fits].min() - started) / np.timedelta64(1, "m"))


class Setup(Result):
    """How the data was measured, as far as its files say."""

    first: str = ""  # ISO dates of the first and the last record
    last: str = ""
    sessions: int  # runs of a benchmark
    prompts: int
    subjects: tuple[str, ...]
    swept: dict[str, str]  # setting → its levels, as words
    fixed: dict[str, str]  # setting → the one level that it has in all records that state it
    everywhere: tuple[str, ...] = ()  # of these, what all records state


def _asked_otherwise(dataset: Dataset, rows: pd.DataFrame) -> bool:
    """Whether the language or the kind of the prompt varies as well: the texts are not all that was asked."""
    names = [n for n in dataset.factors if n != "prompt" and n.split("_")[0] in _ASKED_BY]
    return any(rows[FACTOR + n].nunique() > 1 for n in names)


def setup(dataset: Dataset) -> Setup:
    """Dates, sessions, systems, settings and prompts of the measured records; of documents alone, as they state it."""
    table = dataset.table
    mine = table[table["origin"].astype("object") != "reported"]
    mine = mine if len(mine) else table
    when, done = mine["started"].dropna(), mine[mine["status"].astype("object") == "ok"]
    swept: dict[str, str] = {}
    fixed: dict[str, str] = {}
    for name in dataset.factors:
        levels = sorted({str(v) for v in mine[FACTOR + name].dropna()}, key=_order)
        if "0" in levels and not (done[FACTOR + name] == "0").any():
            levels.remove("0")  # what a record that failed has in place of a number
        repeat = dataset.role_of(name) is Role.REPLICATE and name not in dataset.passes
        if repeat or name in _REPLICATES or name.startswith("prompt") or not levels:
            continue
        if len(levels) == 1:
            fixed[name] = levels[0]
        else:
            swept[name] = _words(levels)
    told = mine["metric"].astype("object").map(lambda m: m in PRIMARY or better(str(m)) != "").astype(bool)
    rated = mine[told] if told.any() else mine  # what only a sensor or an error names is no system that was measured
    subjects = list(dict.fromkeys(str(s) for s in rated["subject"] if s))
    prompts = set(mine[FACTOR + "prompt"].dropna()) if "prompt" in dataset.factors else set()
    if _asked_otherwise(dataset, mine) or (prompts and mine[FACTOR + "prompt"].isna().any()):
        prompts = set()  # some records name their prompt, or what tells it, in another way: nobody counted them all
    return Setup(
        recipe=Recipe(function=SETUP),
        first=when.min().date().isoformat() if len(when) else "",
        last=when.max().date().isoformat() if len(when) else "",
        sessions=int(mine["run"].nunique()),
        prompts=len(prompts),
        subjects=tuple(s for s in subjects if not is_toy(s)) or tuple(subjects),
        swept=swept,
        fixed=fixed,
        everywhere=tuple(n for n in fixed if mine[FACTOR + n].notna().all()),
    )


def _words(levels: list[str]) -> str:
    """Levels in words: all of a few, the ends of many numbers, the first of many names."""
    if len(levels) <= _LISTED:
        return ", ".join(levels)
    numbers = not any(_order(level)[0] for level in levels)
    return f"{levels[0]} to {levels[-1]}" if numbers else f"{', '.join(levels[: _LISTED - 2])} and others"


def _order(level: str) -> tuple[bool, float, str]:
    try:
        return False, float(level), level
    except ValueError:
        return True, 0.0, level
