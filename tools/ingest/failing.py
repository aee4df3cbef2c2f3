"""What failed, and why: from wherever tools put it. Each failure counts once.

A record fails by an error's text or code, a success flag, a status, a finish reason, an error in place of output, an
answer that is empty among others that are not, or a word where its only results should stand ("OOM"). A record that
sums up many requests says how many failed: by a count, by completed against all, or by a rate of a known number.
A wrong answer is a result, not a failure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np

from chimera_report.tools.metrics import HARDWARE, METRICS, Resolved

from . import cells
from .amounts import Written, failure_in, says_failure
from .columns import Columns
from .counted_reasons import counted_reasons
from .failure_names import ALL as _ALL
from .failure_names import DONE as _DONE
from .failure_names import FAILED as _FAILED
from .failures_said import Counted, Said, leaf_of, own
from .other_ends import other_end
from .reading import STEP, Column
from .rows import Bools, Coded, Floats, Ints
from .wrong_answers import answered_wrongly, flags, graded

STATES = ["ok", "error", "timeout", "set aside"]
_TIMEOUT = re.compile(r"timed?[\s_-]*out|deadline exceeded", re.IGNORECASE)
_ERROR_TEXT = re.compile(r"(?:error\b|traceback \(most recent|exception:|failed to )", re.IGNORECASE)
_CODE = re.compile(
    r"(?:error|err)_?(?:code|no)|(?:http_?)?status_?code|http_?(?:status|code)|return_?code|exit_?(?:code|status)|rc"
)
_FINISH = frozenset(("finish_reason", "stop_reason", "done_reason"))
_NOTES = re.compile(r"notes?|comments?|remarks?|outcome|state|result|observations?|info|details?")
_TIMES = re.compile(r"(?:num_|n_|error_|failure_|total_)?(?:occurrences?|occurences?)(?:_count)?")
_OF_ALL = frozenset(("aggregated", "aggregate", "total", "overall", "all", "sum", "totals"))
_BAD_RATE = re.compile(r"(?:error|failure|fail|failed)_(?:rate|ratio|share|pct|percent)")
_GOOD_RATE = re.compile(r"success_(?:rate|ratio|share|pct|percent)")
# What a machine drew or how long a run took is there whether the run gave a result or not.
_OF_THE_RUN = HARDWARE | {"run_time", "e2e_latency", "load_time"}
_WITHOUT_RESULT = HARDWARE | {"success_rate", "error_rate", "response_chars", "prompt_tokens", "request"}
_TIMED = frozenset(("s", "s/token", "tokens/s", "1/s"))
_SHORT = 8  # characters of a note that is none
_FLAG = frozenset(("true", "yes", "1", "1.0", "error", "failed"))


@dataclass(slots=True)
class Failures:
    """`status` holds codes of STATES, one a record; `n` is how many requests a failed record stands for."""

    status: Coded
    message: Coded
    n: Floats
    column: str = ""  # that said so first
    beside: list[Counted] = field(default_factory=list)
    succeeded: Counted | None = None  # requests of records that say how many were sent

    @property
    def ok(self) -> Bools:
        result: Bools = self.status.codes == 0
        return result


def failures(
    table: dict[str, Column],
    found: Columns,
    meanings: dict[str, Resolved],
    values: dict[str, Floats],
    written: dict[str, Written],
    size: int,
    message_chars: int,
) -> Failures:
    """What failed among the records. `values` are those of the metrics, in the units of their headers."""
    said = Said(size)
    _by_text(table, found, values, meanings, said)
    _by_flag(table, found, values, meanings, said)
    _by_code(table, said)
    _by_output(table, found, meanings, values, said)
    beside = _by_word(table, found, meanings, values, written, said)
    _by_nothing(meanings, values, said)
    _by_no_success(table, meanings, values, said)
    counted, whole, made = _by_count(table, meanings, said)
    beside += _of_summaries(meanings, values, said)
    if not np.isfinite(whole).any() and said.bad.any():
        whole = _times(table)
    n = np.where(said.bad & np.isfinite(whole), np.maximum(whole, 1.0), 1.0)
    if not said.bad.any():
        none = Coded(np.zeros(size, dtype=np.int64), STATES), Coded(np.full(size, -1, dtype=np.int64), [])
        return Failures(*none, n, beside=beside + counted, succeeded=made)
    _by_notes(table, said)
    message = said.texts()
    late = cells.where(message, lambda t: bool(_TIMEOUT.search(t)))
    status = Coded(np.select([late, said.bad], [2, 1], 0).astype(np.int64), STATES)
    short = cells.mapped(message, lambda t: " ".join(str(t).split())[:message_chars])
    return Failures(status, short, n, said.column, beside + counted, made)


def _by_text(
    table: dict[str, Column], found: Columns, values: dict[str, Floats], meanings: dict[str, Resolved], said: Said
) -> None:
    wrong = answered_wrongly(table, values, meanings)
    for name in found.error:
        if _FAILED.fullmatch(leaf_of(name)) and np.isfinite(cells.numbers(table[name])).any():
            continue  # a count
        text = cells.mapped(table[name], cells.error_text)
        if text.levels:
            told = (text.codes >= 0) & ~wrong
            flags = np.array([level.lower() in _FLAG for level in text.levels] + [False], dtype=bool)[text.codes]
            said.reason(text.array(), told & ~flags)
            said.fails(told, name)


def _by_flag(
    table: dict[str, Column], found: Columns, values: dict[str, Floats], meanings: dict[str, Resolved], said: Said
) -> None:
    for name in found.success:
        numbers = cells.numbers(table[name])
        if (numbers[np.isfinite(numbers)] > 1).any() and leaf_of(name) != "status":
            continue  # a count of those that succeeded
        status = leaf_of(name) in ("status", "state", "outcome")
        if status and np.isfinite(numbers).any() and (numbers[np.isfinite(numbers)] >= 100).all():
            bad = numbers >= 400
            said.reason(cells.mapped(table[name], lambda v: f"HTTP status {cells.level(v)}").array(), bad)
        elif status:
            text = cells.mapped(table[name], cells.text)
            bad = cells.where(table[name], lambda w: cells.says_no(w) or bool(failure_in(w)))
            bad &= ~graded(table[name], table, values, meanings)
            said.reason(text.array(), bad & cells.where(table[name], _is_reason))
            other = other_end(table[name], meanings, values)
            said.reason(text.array(), other)
            bad |= other
        else:
            bad = cells.where(table[name], lambda w: cells.says_no(w) or bool(failure_in(w)))
            said.reason(
                cells.mapped(table[name], lambda v: failure_in(str(v)) or None).array(), bad & _telling(table[name])
            )
        said.fails(bad, name)
    for name in own(table, _FINISH.__contains__):
        bad = cells.where(table[name], lambda w: bool(failure_in(w)) or w.lower() in ("cancelled", "canceled"))
        said.reason(cells.mapped(table[name], cells.text).array(), bad)
        said.fails(bad, name)


def _is_reason(words: str) -> bool:
    """Whether a status says why, and not only that: "CUDA out of memory", "timeout", but not "failed-local"."""
    plain = re.sub(r"[\s_-]+", " ", words.strip().lower())
    return bool(failure_in(words)) and not re.fullmatch(
        r"(?:(?:\w+ )?(?:failed|failure|fail|error|errored)(?: \w+)?|false|no|0|n)", plain
    )


def _by_notes(table: dict[str, Column], said: Said) -> None:
    """What a note says beside a record that failed without a reason."""
    for name in own(table, _NOTES.fullmatch) if said.bad.any() else []:
        if table[name].dtype == object:
            told = cells.where(table[name], lambda w: _SHORT < len(w) < 200 and " " in w.strip())
            said.reason(cells.mapped(table[name], cells.text).array(), told & said.bad)


def _telling(column: Column) -> Bools:
    """Where a cell says more than "failed" or "no"."""
    return cells.where(column, lambda w: w.lower() not in ("false", "no", "0", "0.0", "n", "failed", "fail", "failure"))


def _by_code(table: dict[str, Column], said: Said) -> None:
    for name in own(table, lambda leaf: _CODE.fullmatch(leaf)):
        leaf = leaf_of(name)
        http = "status" in leaf or leaf.startswith("http")
        if http and "exit" not in leaf:
            bad = cells.where(table[name], lambda w: _http_failed(w))
        else:
            bad = cells.where(
                table[name],
                lambda w: not cells.is_nothing(w) and cells.level(w) not in ("0", "200", "ok", "OK", "false"),
            )
        what = "HTTP status" if http else leaf.replace("_", " ").replace("rc", "return code")
        said.reason(cells.mapped(table[name], lambda v, what=what: f"{what} {cells.level(v)}").array(), bad)  # type: ignore[misc]
        said.fails(bad, name)


def _http_failed(words: str) -> bool:
    number = cells.numbers(np.array([words], dtype=object))[0]
    return bool(number >= 400 or number < 0) if np.isfinite(number) else bool(failure_in(words))


_RIGHT = frozenset(("pass_rate", "accuracy", "score", "f1"))


def _by_output(
    table: dict[str, Column], found: Columns, meanings: dict[str, Resolved], values: dict[str, Floats], said: Said
) -> None:
    """An error's text that was taken for output; no output where the other records have some, unless it is right all
    the same: a call of a tool is an answer without text."""
    right = np.zeros(len(said.bad), dtype=bool)
    for name, meaning in meanings.items():
        if meaning.metric in _RIGHT and name in values:
            right |= values[name] > 0
    for name in found.text:
        wrong = cells.where(table[name], lambda t: len(t) < 300 and bool(_ERROR_TEXT.match(t)))
        said.reason(cells.mapped(table[name], cells.text).array(), wrong)
        said.fails(wrong, name)
        blank = cells.where(table[name], lambda t: not t) & ~right
        if blank.any() and cells.where(table[name], bool).any():
            said.reason("an empty answer", blank)
            said.fails(blank, name)
    for name, meaning in meanings.items():
        if meaning.metric == "output_tokens" and meaning.stat == "sample" and name in values:
            none = values[name] == 0
            if none.any() and (values[name] > 0).any():
                said.reason("an answer without tokens", none)
                said.fails(none, name)


def _by_word(
    table: dict[str, Column],
    found: Columns,
    meanings: dict[str, Resolved],
    values: dict[str, Floats],
    written: dict[str, Written],
    said: Said,
) -> list[Counted]:
    """Words where results should stand: of the whole record where it has no other, else of that result alone."""
    size = len(said.bad)
    any_value = np.zeros(size, dtype=bool)
    result = any_value.copy()  # other than what the machine held, which a run that failed has too
    for name, meaning in meanings.items():
        any_value |= np.isfinite(values[name]) if name in values else False
        result |= np.isfinite(values[name]) if name in values and meaning.metric not in HARDWARE else False
    beside = []
    for name in meanings:
        if name not in written:
            continue
        words = written[name].failed
        told = words.codes >= 0
        whole = told & ~any_value
        said.reason(words.array(), whole)
        said.fails(whole, name)
        part = np.flatnonzero(told & any_value & ~said.bad)
        if len(part):
            beside.append(Counted(name, part, np.ones(len(part)), words.take(part)))
    known = {*found.error, *found.success, *found.text, *meanings}
    for name in own(table, bool):
        if table[name].dtype != object or name in known or result.all():
            continue
        telling = bool(_NOTES.fullmatch(leaf_of(name)))
        if meanings or telling:  # elsewhere a word is a word
            told = cells.where(table[name], says_failure) & ~result & ~graded(table[name], table, values, meanings)
            said.reason(cells.mapped(table[name], cells.text).array(), told)
            said.fails(told, name)
    return beside


def _by_nothing(meanings: dict[str, Resolved], values: dict[str, Floats], said: Said) -> None:
    """Records whose times and rates are all zero, two at least, where those of others are not: nothing ran."""
    timed = {
        name: values[name]
        for name, m in meanings.items()
        if name in values and m.stat in ("sample", "mean") and (known := METRICS.get(m.metric)) and known.unit in _TIMED
    }
    if len(timed) < 2:
        return
    stack = np.stack(list(timed.values()))
    told = np.isfinite(stack).sum(axis=0) > 1
    zero = told & (np.where(np.isfinite(stack), stack, 0.0) == 0).all(axis=0)
    if zero.any() and (told & ~zero).any():
        zero &= ~said.bad
        said.reason("times and rates of 0, so nothing was measured", zero)
        said.fails(zero, next(iter(timed)))


def _by_no_success(
    table: dict[str, Column], meanings: dict[str, Resolved], values: dict[str, Floats], said: Said
) -> None:
    """Records that state a success rate of 0 and hold no other result."""
    result = np.zeros(len(said.bad), dtype=bool)
    for name, meaning in meanings.items():
        if name in values and meaning.metric not in _WITHOUT_RESULT:
            result |= np.isfinite(values[name])
    for name in own(table, _GOOD_RATE.fullmatch):
        said.fails((cells.numbers(table[name]) == 0) & ~result & ~said.bad, name)


def _of_summaries(meanings: dict[str, Resolved], values: dict[str, Floats], said: Said) -> list[Counted]:
    """A run that ended badly after it had summed up results keeps them: the failure stands beside."""
    results = np.zeros(len(said.bad), dtype=bool)
    for name, meaning in meanings.items():
        if meaning.stat != "sample" and name in values and meaning.metric not in _OF_THE_RUN:
            results |= np.isfinite(values[name]) & (values[name] != 0)
    at = np.flatnonzero(said.bad & results)
    if not len(at):
        return []
    reason = cells.mapped(said.texts()[at], cells.text)
    said.bad[at] = False
    return [Counted(said.column, at, np.ones(len(at)), reason)]


def _by_count(
    table: dict[str, Column], meanings: dict[str, Resolved], said: Said
) -> tuple[list[Counted], Floats, Counted | None]:
    """Counts of failed requests in records that sum up many; for records that failed as a whole, of how many; and how
    many requests of the others succeeded."""
    size = len(said.bad)

    def first(pattern: re.Pattern[str]) -> tuple[str, Floats] | None:
        for name in own(table, lambda leaf: pattern.fullmatch(leaf)):
            numbers = cells.numbers(table[name])
            if np.isfinite(numbers).any():
                return name, numbers
        return None

    failed, done, every = first(_FAILED), first(_DONE), first(_ALL)
    if failed and not done and not every and _of_one(table, meanings):
        return [], np.full(size, np.nan), None  # what failed in the work of one answer is no request
    bad_rate, good_rate = first(_BAD_RATE), first(_GOOD_RATE)
    nothing = np.full(size, np.nan)
    count, column = nothing, ""
    if (failed and (failed[1][np.isfinite(failed[1])] > 1).any()) or (failed and (done or every or _sums_up(meanings))):
        column, count = failed
    elif done and every:
        column, count = done[0], every[1] - done[1]
    elif every and (bad_rate or good_rate):
        column, share = bad_rate or good_rate or ("", nothing)
        scale = 100.0 if "%" in column or leaf_of(column).endswith(("pct", "percent")) or (share > 1).any() else 1.0
        share = share / scale
        count = np.round((share if bad_rate else 1 - share) * every[1])
    elif failed:  # a flag of single requests
        said.fails(failed[1] == 1, failed[0])
        return [], nothing, None
    if not column:
        return [], nothing, None
    count = np.where(count > 0, np.floor(count), 0.0)
    summing = _of_others(table, np.where(np.isfinite(every[1]), every[1], 0.0) if every else count)
    count = np.where(summing, 0.0, count)
    total = every[1] if every else done[1] + count if done else nothing
    whole = (count > 0) & ((done[1] == 0) if done else count >= total)
    whole &= ~said.bad
    said.reason("every request failed", whole)
    said.fails(whole, column)
    good = np.flatnonzero(np.isfinite(total) & (total > count) & ~said.bad & ~summing)
    stated = own(table, lambda leaf: _FAILED.fullmatch(leaf) or _DONE.fullmatch(leaf) or _ALL.fullmatch(leaf))
    places = {c.rpartition(STEP)[0] for c in stated}  # one record of several levels tells of none of them alone
    told = bool(len(good)) and len(places) == 1
    made = Counted(every[0] if every else column, good, (total - count)[good], _silent(good)) if told else None
    at = np.flatnonzero((count > 0) & ~said.bad)
    if not len(at):
        return [], count, made
    return [Counted(column, at, count[at], counted_reasons(table, at, count))], count, made


def _of_one(table: dict[str, Column], meanings: dict[str, Resolved]) -> bool:
    """Whether each record is of one answer: it has its tokens, and says whether it passed."""
    tokens = any(m.metric == "output_tokens" and m.stat == "sample" for m in meanings.values())
    said = [c for c in flags(table) if not (cells.numbers(table[c]) > 1).any()]
    return (tokens or bool(said)) and not _sums_up(meanings)


def _silent(at: Ints) -> Coded:
    """No reason at all, for each of these records."""
    return Coded(np.full(len(at), -1, dtype=np.int64), [])


def _times(table: dict[str, Column]) -> Floats:
    """How often each error of a list of errors occurred, where a column says so; NaN else."""
    for name in own(table, lambda leaf: _TIMES.fullmatch(leaf)):
        numbers = cells.numbers(table[name])
        if np.isfinite(numbers).any():
            return numbers
    return np.full(len(next(iter(table.values()))), np.nan)


def _of_others(table: dict[str, Column], count: Floats) -> Bools:
    """Records that sum up the others of their table: named so ("Aggregated"), with the sum of their counts."""
    named = np.zeros(len(count), dtype=bool)
    for name in own(table, bool):
        if table[name].dtype == object:
            named |= cells.where(table[name], lambda w: w.strip().lower() in _OF_ALL)
    if not named.any() or named.all():
        return np.zeros(len(count), dtype=bool)
    parts = float(np.nansum(np.where(named, 0.0, count)))
    result: Bools = named & (count > 0) & (count == parts)
    return result


def _sums_up(meanings: dict[str, Resolved]) -> bool:
    return any(m.stat != "sample" for m in meanings.values())
