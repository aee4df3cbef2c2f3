"""How it was measured, and the limits of that; the verdict that opens a report."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chimera_report.tools.claims import Setup, alert_groups, counted, listed, noun, recipes, say, tables
from chimera_report.tools.metrics import MEASURABLE, METRICS, PRIMARY, WANTED
from chimera_report.tools.per_time import is_undefined
from chimera_report.tools.report import again, clocks, failed, unread
from chimera_report.tools.report.admitted import named
from chimera_report.tools.report.book import About, Book, Found, Line
from chimera_report.tools.report.holds import holds
from chimera_report.tools.report.main_thing import slight, undecided
from chimera_report.tools.report.relations import problem
from chimera_report.tools.report.rivals import MACHINES
from chimera_report.tools.report.unread import outcomes
from chimera_report.tools.report.unsaid import may_be_held
from chimera_report.tools.schema import (
    NOT_NEEDED,
    PART,
    SUPERSEDED,
    Block,
    Bullets,
    Column,
    KnownBy,
    Relation,
    Role,
    Summary,
    is_run_length,
)
from chimera_report.tools.scored import better
from chimera_report.tools.statements import registry

_MODELS = 12
_SETTINGS = 8
_HELD = (Role.SETTING, Role.SYSTEM, Role.WORKLOAD)
_DEFINED = 5
_COSTLY = frozenset(("quantisation", "dtype", "kv_cache", "precision"))  # settings that can cost quality
_WEIGHTS = frozenset(("quantisation",))
_ORDER = {
    "speed": 0,
    "effect": 1,
    "idle": 2,
    "first request": 3,
    "artefact": 4,
    "axis": 5,
    "matched": 0,
    "lead": 0,
    "board": 1,
    "gain": 0,
    "curve": 7,
    "reading": 8,
}
# What a machine is told by, in this order; of the others, their names are told too.
_BARE = (
    "device",
    "gpu_name",
    "gpu",
    "gpu_model",
    "gpu_type",
    "cpu",
    "cpu_model",
    "cpu_name",
    "os",
    "platform",
    "machine",
    "host",
)
_CALLED = {"memory_total": "memory", "engine_version": "server", "python_version": "Python", "torch_version": "PyTorch",
           "ollama_version": "Ollama", "vllm_version": "vLLM", "driver_version": "driver", "gpu_count": "GPUs",
           "power_limit": "power limit"}  # fmt: skip
_MACHINE = 9
_OF_SYSTEM = re.compile(r"ram|rss|system|host|cpu", re.IGNORECASE)
_SOME = " where it is stated"


# --- verdict ----------------------------------------------------------------------------------------------------------


def _documents_alone(book: Book) -> bool:
    return {s.role for s in book.desk.dataset.sources if s.measurements} == {"document"}


def verdict(book: Book, findings: list[Found], warning: Line | None, changed: list[Line]) -> tuple[Block, ...]:
    """Two to five sentences: what decides, by how much, what to leave alone, what nobody should quote."""
    much, leads = failed.verdict(book)
    lines = [*unread.first(book), *changed]
    if _documents_alone(book):
        lines.insert(
            0, Line("All values were read from documents, and stand here as these state them.", About("inventory"))
        )
    if much is not None and leads:
        lines.append(much)
    # The first of the systems, then what does not matter, what users feel, what is only an artefact; one of a kind.
    ranked = sorted((f for f in findings if f.verdict), key=lambda f: (slight(f), _place(f), f.number))
    first = {(f.kind, f.scope.get("factor", "") if f.kind == "matched" else ""): f for f in reversed(ranked)}
    # That neither of two is ahead everywhere leads nothing, where something else is settled.
    first = {k: f for k, f in first.items() if not undecided(f)} or first
    told = [f for f in ranked if f in first.values()][: max(4 - len(lines) - bool(much and not leads), 1)]
    for found in told:
        about = About(found.kind, metric=found.scope.get("metric", ""), factor=found.scope.get("factor", ""))
        text = found.verdict if found.verdict.startswith("{{") else found.verdict[:1].upper() + found.verdict[1:]
        # What shares its metric or setting with what stands before it may be joined to it.
        shared: Relation = "" if problem("elaboration", about, [x.about for x in lines[-1:]]) else "elaboration"
        text = text if lines else _of_the_only_system(book, text)
        lines.append(Line(f"{text}.", about, shared, tuple(c.id for c in found.claims)))
    if not told and not changed and not (lines and not book.analysis.inventory.measurements):
        lines += holds(book)
    if much is not None and not leads:
        lines.append(much)
    if warning is not None:
        lines.append(warning)
    return tuple(book.paragraph("verdict", "verdict", lines))


def _of_the_only_system(book: Book, text: str) -> str:
    """The sentence with the name of the system in front, where all records are of one whose name the files give: it is
    said nowhere else in words."""
    names = book.analysis.inventory.subjects
    guessed = any(g.what == "subject" for g in book.desk.readings.guesses)
    if len(names) != 1 or guessed or not book.desk.dataset.table["subject"].eq(names[0]).all():
        return text
    rest = text if not text[1:2].islower() else text[:1].lower() + text[1:]
    return f"On {book.f(book.desk.setup, 'subjects.0')}, {rest}"


def _place(found: Found) -> int:
    """Where a kind stands in the verdict. A setting of one system under the same conditions is its effect, and the
    larger of two effects leads, not the one that could be matched."""
    systems = found.scope.get("factor", "") in ("subject", *MACHINES)  # what the same work ran on is no setting
    kind = "effect" if found.kind == "matched" and not systems else found.kind
    return _ORDER.get(kind, 9)


# --- how it was measured ----------------------------------------------------------------------------------------------


def measured(book: Book, metrics: list[str]) -> tuple[Block, ...]:
    """One table: what ran, when, over which settings, and what the words of the report mean."""
    item = book.desk.setup
    inventory = book.analysis.inventory
    rows: list[tuple[str, str]] = []
    rows += _environment(book, item)
    if item.subjects:
        names = [book.f(item, f"subjects.{i}") for i in range(min(len(item.subjects), _MODELS))]
        rest = f" and others, {book.f(item, '#subjects')} in all" if len(item.subjects) > _MODELS else ""
        rows.append((counted(len(item.subjects), "System", "Systems"), ", ".join(names) + rest))
    if item.first:
        when = book.f(item, "first") + (f" to {book.f(item, 'last')}" if item.last != item.first else "")
        rows.append(("Dates", when))
    chosen = [n for n in item.swept if book.desk.dataset.role_of(n) in _HELD and named(book, n)]
    swept = [book.f(item, f"~swept.{name}") for name in chosen if name not in ("cold", "section")]
    partly = [n for n in item.fixed if n not in item.everywhere and named(book, n)]
    partly = [n for n in partly if book.desk.dataset.role_of(n) in _HELD]
    swept += [f"{book.f(item, f'~fixed.{n}')}{_SOME}" for n in partly if n not in ("cold", "randomised")]
    swept = swept[:_SETTINGS]
    if swept:
        rows.append(("Settings", "; ".join(swept)))
    held = _held(book, item)
    if held:
        rows.append(("The same in all", held))
    if item.prompts and item.prompts > 1:
        rows.append(("Prompts", f"{book.f(item, 'prompts')} different"))
    rows.append(("Files", book.f(inventory, "files")))
    failed = sum(s.errors for s in inventory.suites) or any(a.kind == "partial_success" for a in book.analysis.alerts)
    if not failed and book.analysis.inventory.by_status and outcomes(book):
        rows.append(("Failures", "none: every record that says how it ended succeeded"))
    if _documents_alone(book):
        rows.append(("Source", "documents alone: every value is as they state it, and none was measured here"))
    left = _left_out(book)
    if left:
        rows.append(("Left out", left))
    for name in metrics[:_DEFINED]:
        known = METRICS.get(name)
        if known is not None:
            head = noun(_one_way(book, name) or name) + (", with the load" if name == "ttft_incl_load" else "")
            how = _definition(book, name) or _usual(book, name, known.definition)
            rows += [(head[:1].upper() + head[1:], how)] if how else []
    rows.append(("Statistics", "95 % t intervals on logarithms; ratios over matched conditions; rules in the appendix"))
    columns = (Column(title="What"), Column(title="How"))
    return (tables.table("", columns, rows),)


def _usual(book: Book, metric: str, definition: str) -> str:
    """The definition of the metric, where a known format gives it; "" where a name of a column is all there is."""
    if metric == clocks.SERVER and clocks.doubts(book):
        definition += ", by the server's counters"
    if metric == "ram" and _any_memory(book):
        return ""
    formats = {KnownBy.FORMAT, KnownBy.MAPPING}
    known = {
        a.known_by
        for s in book.desk.dataset.sources
        for a in s.reading
        if a.role is Role.METRIC and a.means == metric and s.measurements
    }
    return definition if known <= formats else ""


def _held(book: Book, item: Setup) -> str:
    """Settings, systems and work that all records state alike: what some of them leave out may differ there."""
    names = [n for n in item.everywhere if book.desk.dataset.role_of(n) in _HELD and n not in ("cold", "randomised")]
    return "; ".join(book.f(item, f"~fixed.{n}") for n in names[:_SETTINGS])


def _definition(book: Book, metric: str) -> str:
    """How the files compute a metric, where all agree on one unusual way ("output tokens / end-to-end latency")."""
    stated = _ways(book, metric)
    if summary := _one_way(book, metric):
        named = is_undefined(summary.definition)
        return book.f(summary, "definition") + (", and not defined in them" if named else ", as the files compute it")
    if len(stated) == 2 and "" in stated:
        summary = next(s for definition, s in stated.items() if definition)
        usual = _usual(book, metric, METRICS[metric].definition)
        return f"{usual}; of some values {book.f(summary, 'definition')}" if usual else ""
    told = [a for a in book.analysis.alerts if a.kind == "derived_metric" and a.metric == metric]
    found = {a.values["formula"]: a for a in told}
    suites = {s.suite for s in book.analysis.summaries if s.metric == metric}
    if len(found) != 1 or not suites <= {a.suite for a in told}:
        return ""
    (alert,) = found.values()
    return f"{book.f(alert, 'values.formula')}, as the files compute it"


def _one_way(book: Book, metric: str) -> Summary | None:
    """A summary of the metric, where all were computed in one unusual way."""
    stated = _ways(book, metric)
    return next(iter(stated.values())) if len(stated) == 1 and "" not in stated else None


def _ways(book: Book, metric: str) -> dict[str, Summary]:
    """A summary of each way in which a metric was computed; that a mean covers all records of a run is none."""
    mine = (s for s in book.analysis.summaries if s.metric == metric and s.warm is not False)
    return {s.definition: s for s in mine if not s.definition.startswith("over all ")}


def _environment(book: Book, item: Setup) -> list[tuple[str, str]]:
    """GPU, processor, memory, system and versions, as far as the files tell them."""
    fields = {**{n: f"fixed.{n}" for n in item.fixed}, **{n: f"swept.{n}" for n in item.swept}}
    names = [n for n in fields if n == "device" or book.desk.dataset.role_of(n) is Role.ENVIRONMENT]
    names.sort(key=lambda n: _BARE.index(n) if n in _BARE else len(_BARE))
    parts = []
    for n in names[:_MACHINE]:
        called = f"{_CALLED[n]} " if n in _CALLED else "" if n in _BARE else f"{n} "
        some = "" if n in item.everywhere or n in item.swept else _SOME
        parts.append(f"{called}{book.f(item, fields[n])}{some}")
    return [("Machine", "; ".join(parts))] if parts else []


def _left_out(book: Book) -> str:
    groups = alert_groups(book.analysis)
    parts = []
    for kind, total, one, many in (
        ("duplicate_files", "copies", "copied file", "copied files"),
        ("duplicate_measurements", "records", "repeated record", "repeated records"),
        (
            "derived_aggregate",
            "aggregates",
            "summary value of runs that are here",
            "summary values of runs that are here",
        ),
    ):
        if kind in groups and total in groups[kind].totals:
            parts.append(f"{book.f(groups[kind], f'totals.{total}')} {counted(groups[kind].totals[total], one, many)}")
    skipped = book.analysis.inventory.by_status.get("skipped", 0)
    if skipped:
        files = counted(skipped, *_not_used(recipes.files(book.desk.dataset, "skipped").reasons))
        parts.append(f"{book.f(book.analysis.inventory, 'by_status.skipped')} {files}")
    summed = recipes.files(book.desk.dataset, "parsed", PART)
    if summed.paths:
        files = counted(len(summed.paths), "file of a part", "files of parts")
        parts.append(f"{book.f(summed, '#paths')} {files} whose sums are read instead")
    return listed(parts)


def _not_used(reasons: Sequence[str]) -> tuple[str, str]:
    """What files were left out, one and several: what an earlier version wrote, or what is
    no result, is no file that could not be used."""
    older = sum(reason.startswith(SUPERSEDED) for reason in reasons)
    if older == len(reasons):
        read = "whose requests are read from the journal beside"
        return f"file that an earlier version wrote, {read} it", f"files that an earlier version wrote, {read} them"
    if older or any(reason.startswith(NOT_NEEDED) for reason in reasons):
        return "file that was not used", "files that were not used"
    return "file that could not be used", "files that could not be used"


# --- limits -----------------------------------------------------------------------------------------------------------


def limits(book: Book) -> tuple[Block, ...]:
    """Few and plain: what nothing here can tell."""
    told = (_absent(book), _unscored(book), _single(book), _open(book), _alike(book))
    items = [lines for lines in told if lines]
    items += [
        [Line(d.text, About("open"), claims=d.claims)]
        for kind in registry().values()
        for d in kind.open_ones(book.desk)
    ]
    found = tuple(s for s in (book.sentences("limits", "limit", lines) for lines in items) if s)
    if found:
        return (Bullets(items=found),)
    return ()


def _absent(book: Book) -> list[Line]:
    absent = [m for m in WANTED if m not in book.analysis.inventory.metrics]
    absent = [m for m in absent if not (m == "ttft" and "ttft_incl_load" in book.analysis.inventory.metrics)]
    absent = [m for m in absent if not (m == "vram" and _any_memory(book))]
    absent = [m for m in absent if not may_be_held(book.desk.dataset, m)]
    claims = [say.absent(book.desk, m) for m in absent]
    if not claims:
        return []
    names = listed([noun(m) for m in absent], "or")
    return [Line(f"No value of {names} was read from the files.", About("absence"), claims=tuple(c.id for c in claims))]


def _any_memory(book: Book) -> bool:
    """Whether a file states a memory without saying whose: it may be that of the GPU."""
    return any(
        a.means == "ram" and not _OF_SYSTEM.search(a.name)
        for s in book.desk.dataset.sources
        if s.measurements
        for a in s.reading
    )


def _unscored(book: Book) -> list[Line]:
    """Where formats of weights or models are compared by speed alone: no file says what they answer."""
    metrics = book.analysis.inventory.metrics
    speeds = [m for m in metrics if m in PRIMARY and not better(m)]
    if any(better(m) for m in metrics) or not speeds or may_be_held(book.desk.dataset, "accuracy"):
        return []
    swept = set(book.desk.setup.swept) & _COSTLY
    if not swept and book.one_subject:
        return []
    claim = say.absent(book.desk, "accuracy")
    what = "a faster format of weights" if swept & _WEIGHTS else "a faster format" if swept else "a faster model"
    text = f"No score of the answers was read from the files, so nothing here says what {what} costs in quality."
    return [Line(text, About("absence"), claims=(claim.id,))]


def _single(book: Book) -> list[Line]:
    groups = alert_groups(book.analysis)
    few = groups.get("too_few_runs")
    if few is None:
        return []
    results = counted(len(few.alerts), "result rests", "results rest")
    text = (
        f"{book.f(few, '#alerts')} {results} on fewer than six records for each condition, too few to show how "
        "repeatable they are."
    )
    claim = say.group(book.desk, few)
    return [Line(text, About("alert"), claims=(claim.id,) if claim is not None else ())]


def _open(book: Book) -> list[Line]:
    found = [c for c in book.analysis.comparisons if c.outcome == "inconclusive" and c.metric in MEASURABLE]
    if not found:
        return []
    span = book.desk.span([(c, "ratio") for c in found if c.ratio])
    pairs = counted(len(found), "comparison stays", "comparisons stay")
    return [Line(f"{book.f(span, 'count')} {pairs} without a verdict.", About("comparison"))]


def _alike(book: Book) -> list[Line]:
    """Settings that only changed together with the system."""
    items = [
        a
        for a in book.analysis.alerts
        if a.kind == "aliased_factor"
        and a.values.get("with") not in ("cold start", "order")
        and not any(is_run_length(n) for n in (a.factor, str(a.values.get("with"))))
        and not again.akin(a.factor, str(a.values.get("with")))
        and not any(
            book.desk.dataset.role_of(n) in (Role.OUTCOME, Role.STATUS, Role.ERROR, Role.LABEL)
            for n in (a.factor, str(a.values.get("with")))
        )
    ]
    pairs = {frozenset((a.factor, str(a.values.get("with")))): a for a in reversed(items)}  # each pair told once
    names = list({a.factor: a for a in pairs.values()}.values())[:3]
    if not names:
        return []
    parts = [
        f"{book.f(a, 'factor')} changed only together with {book.f(a, 'values.with')}{book.suite(a)}" for a in names
    ]
    claims = tuple(c.id for a in names if (c := say.alert(book.desk, a)) is not None)
    return [Line(f"{listed(parts)}, so their effects are not told apart.", About("alert"), claims=claims)]
