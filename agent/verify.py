"""A finished report against its files: hashes, every fact, the Markdown, the evidence, the table, the rules.

Thin: each room checks what it made; this composes them, in the order of the data's flow, and names what differs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory

from chimera_report.agent import anew, composing, copies, embedded, signing, suite
from chimera_report.agent import differences as differ
from chimera_report.agent.anew import Told
from chimera_report.agent.assembly import Given, assemble_report, run_record
from chimera_report.agent.compare import declared, read_earlier, served
from chimera_report.agent.measuring import FOLDER, enlarged
from chimera_report.agent.periods import newest
from chimera_report.agent.place import suite_of
from chimera_report.agent.publishing import FORMATS, TABLE
from chimera_report.agent.trust import inside, named
from chimera_report.tools.errors import StoreError, UsageError
from chimera_report.tools.schema import (
    Dataset,
    Earlier,
    Json,
    Outline,
    Query,
    RecommendationClaim,
    Report,
    without_runs,
)
from chimera_report.tools.store import RunFolder

# Fields of run.json that records of 0.1.0 began to hold after some were written.
_LATER = "order composed tried paragraphs reading audience length context unmade beside"
LATER = frozenset(_LATER.split())
_OWN = "report.md appendix.md report.html report.json run.json evidence.json measurements.parquet signature.json"
OWN = frozenset(_OWN.split())
_OTHER = "the charts, the style and the scripts, which another version made: they could show anything"


@dataclass(frozen=True, slots=True)
class Verification:
    folder: Path
    data: str  # where the files, or the database, are
    counts: dict[str, int]  # what was looked at: files, facts, claims, lines, measurements
    differences: tuple[differ.Difference, ...]
    unseen: tuple[
        str, ...
    ] = ()  # files that this program does not make, which nobody has looked at; files that were not made
    uncompared: tuple[str, ...] = ()  # parts of the report itself that could not be looked at, and why
    signed: str = ""  # the public key of its signature; that it holds, or not, is among the differences


def verify(
    path: Path,
    *,
    data: Path | None = None,
    db: str | None = None,
    setting: str | None = None,
    compare: Path | None = None,
    cwd: Path,
    places: Iterable[Path] | None = None,
    version: str | None = None,
    key: str = "",
) -> Verification:
    """Recompute the report in `path` from the folder of files or the database that it is of.

    A report can be anybody's: what it names is opened only below `places` (the working folder, unless others are
    given). `data`, `db` and `compare` say where the rest is; `setting` is the reader's own database.

    Raises StoreError for what is no finished report, UsageError for files that are not there, or that the reader has
    to name.
    """
    version = version or metadata.version("chimera-report")
    if path.suffix.lower() in (".html", ".htm") and path.is_file():
        return _page(path, data=data, compare=compare, cwd=cwd, places=places, version=version, key=key)
    folder = RunFolder.open(path.parent if path.is_file() else path)
    report = _report(folder)
    record = folder.read_json("run.json")
    known = anew.recorded(record, folder.path / "run.json")
    allowed = (cwd,) if places is None else tuple(places)
    earlier = partial(_earlier, compare=compare, cwd=cwd, places=allowed, folder=folder)
    target = str(known.settings.path)
    if suite_of(known.settings.path) is not None:
        dataset, place = suite.again(record, db=db, setting=setting, data=data, cwd=cwd, places=allowed)
        dataset = _with(record, dataset, folder, earlier)
        return _signed(_whole(_verify(folder, report, record, known, dataset, place, version), record), folder, key)
    source = data if data is not None else named(target, "the folder of files", "--data", cwd=cwd, places=allowed)
    if not source.exists():
        raise UsageError(
            "the files of this report are not here", where=str(source), hint="Say where they are with --data."
        )
    from chimera_report.tools.ingest import ingest

    files = ingest(source, only=known.settings.only, exclude=known.settings.exclude)
    dataset = _with(record, files, folder, earlier)
    return _signed(_whole(_verify(folder, report, record, known, dataset, str(source), version), record), folder, key)


def _whole(done: Verification, record: Json) -> Verification:
    """Adds the files that the report was asked to make and that are gone."""
    found, unmade = copies.gone(done.folder, record)
    return replace(done, differences=(*done.differences, *found), unseen=(*done.unseen, *unmade))


def _signed(done: Verification, folder: RunFolder, key: str) -> Verification:
    """Adds what the signature says, and whether it holds."""
    found = tuple(dict.fromkeys((*done.differences, *signing.check(folder, key))))
    return replace(done, differences=found, signed=signing.signer(folder))


def _page(
    path: Path,
    *,
    data: Path | None,
    compare: Path | None,
    cwd: Path,
    places: Iterable[Path] | None,
    version: str,
    key: str,
) -> Verification:
    """A page by itself: everything is made again from the measurements in it; and from the files, where they are given.

    Raises StoreError for what is no page of this program.
    """
    from chimera_report.tools.ingest import ingest

    text = embedded.read(path)
    with TemporaryDirectory(prefix="chimera-report-") as place:
        try:
            folder = embedded.restored(text, path, Path(place))
        except embedded.Damaged as exc:
            return Verification(path, str(data or path), {"lines": text.count("\n")}, (exc.difference(),))
        report, record = _report(folder), folder.read_json("run.json")
        known = anew.recorded(record, Path("run.json"))
        allowed = (cwd,) if places is None else tuple(places)
        earlier = partial(_earlier, compare=compare, cwd=cwd, places=allowed, folder=folder)
        outside = not folder.has(TABLE)
        if data is None and outside:
            raise UsageError(
                "the measurements of this page are too many to be inside it",
                where=str(path),
                hint="Say with --data where the folder of files is.",
            )
        if data is None:
            dataset = newest(embedded.dataset(folder, record), record.get("settings", {}))
            if record.get("settings", {}).get("compare"):
                dataset = replace(dataset, earlier=earlier(record["settings"]))
        else:
            files = ingest(data, only=known.settings.only, exclude=known.settings.exclude)
            dataset = _with(record, files, folder, earlier)
        if outside:
            folder.write_table(TABLE, dataset.whole.table)
        done = _verify(folder, report, record, known, dataset, str(data or path), version)
        signed = list(signing.check_page(text, key))
        found = (*done.differences, *embedded.differences(signing.unsigned(text), report, record, folder), *signed)
    other = (_OTHER,) if embedded.other_version(text, report) else ()
    by = signing.signer(None, text)
    return replace(done, folder=path, differences=tuple(dict.fromkeys(found)), unseen=(), uncompared=other, signed=by)


def _with(record: Json, dataset: Dataset, folder: RunFolder, earlier: Callable[[Json], Earlier]) -> Dataset:
    """The data with what was measured for the report and the earlier report that it was compared with."""
    if (record.get("measured") or {}).get("folder"):
        dataset = enlarged(dataset, folder.inside(FOLDER))
    settings = record.get("settings", {})
    if settings.get("interactions"):
        dataset = replace(dataset, interactions=declared(settings["interactions"], dataset.factors))
    dataset = newest(dataset, settings)
    if settings.get("compare"):
        dataset = replace(dataset, earlier=earlier(settings))
    return dataset


def _earlier(
    settings: Json, *, compare: Path | None, cwd: Path, places: tuple[Path, ...], folder: RunFolder
) -> Earlier:
    """The report that this one was compared with: the one that the reader names, else the one that its record names."""
    if compare is not None:
        return read_earlier(compare, folder.path.parent)
    out = cwd / str(settings.get("out") or "reports")
    beside = out / str(settings["compare"])
    if beside.is_dir() and inside(beside, places):
        return read_earlier(beside, out)
    path = named(settings["compare"], "the earlier report", "--compare", cwd=cwd, places=places)
    return read_earlier(path, folder.path.parent)


def _report(folder: RunFolder) -> Report:
    try:
        return Report.model_validate(folder.read_json("report.json"))
    except ValueError as exc:
        lines = [line.strip() for line in str(exc).splitlines() if line.strip()]
        raise StoreError(
            f"is not a report of this version ({' '.join(lines[:2])})", where=str(folder.path / "report.json")
        ) from exc


def _verify(
    folder: RunFolder, report: Report, record: Json, known: Given, dataset: Dataset, source: str, version: str
) -> Verification:
    from chimera_report.tools.lint import lint
    from chimera_report.tools.render import appendix, evidence, markdown

    dataset = served(dataset, record.get("settings", {}), report)
    found = list(differ.files(report, record, dataset))
    found += [differ.told("record", *told) for told in anew.contradictions(known, version)]
    made = _made(report, record, known, dataset)
    found += [differ.told("record", *told) for told in made.refused]
    given = differ.text(folder, "report.md")
    authorship = known.settings.authorship
    same = differ.alike(made.report.sheet.model_dump(), report.sheet.model_dump())
    outline: Outline | None = None
    if report.plan is None:  # of version 0.1, which worded it otherwise: its facts have to come out again
        found += _recomputed(report, dataset)
        same, shown = False, report
    elif same:
        outline = made.over
        found += _document(differ.dumped(made.report), differ.dumped(report))
        shown = made.report
    else:  # the same sheet means that every fact came out again; another one is named fact by fact
        found += _sheet(made.report, report, dataset)
        found += _document(_heads(made.report), _heads(report))
        shown = report
    if shown is report and (lacking := differ.lacking(report)):
        found.append(
            differ.told("document", "report.json", "facts that the report holds", f"a text that names {lacking}")
        )
        return Verification(folder.path, source, _counts(report, dataset, given), tuple(dict.fromkeys(found)))
    text = markdown(shown, authorship=authorship)
    findings = lint(text, shown, outline=outline)
    if shown.has_appendix:
        found += differ.markdown(appendix(shown), differ.text(folder, "appendix.md"), "appendix.md")
        findings += lint(appendix(shown), shown, outline=outline, part="appendix")
    if same and not record.get("questions"):
        dumped = [f.model_dump(mode="json") for f in findings]
        again = run_record(made.known, shown, made.outline, dataset, dumped)
        found += _record(again, record)
    elif same:
        base = lint(markdown(made.base, authorship=authorship), made.base, outline=outline)
        base += lint(appendix(made.base), made.base, outline=outline, part="appendix")
        again = run_record(made.known, made.base, made.outline, dataset, [f.model_dump(mode="json") for f in base])
        again["run"] = record["run"]
        found += _record({**again, **{k: record[k] for k in ("questions", "folded_from", "folded_by")}}, record)
    found += differ.markdown(text, given)
    found += differ.evidence(evidence(shown), folder.read_json("evidence.json"))
    found += differ.pictures(folder, shown)
    found += differ.table(folder, dataset)
    other, uncompared = copies.compared(folder, shown)
    found += other
    if folder.has("report.html"):
        page = signing.unsigned(differ.text(folder, "report.html"))
        found += embedded.differences(page, shown, record, folder)
        uncompared += [f"report.html ({_OTHER})"] if embedded.other_version(page, shown) else []
    found += [
        differ.Difference(
            check="rules",
            where=f"report.md line {f.line}" if f.line else f.sentence or "report.json",
            expected=differ.short(f.allowed),
            found=f"rule {f.rule}, {f.message}: {f.span}",
        )
        for f in (findings if text == given and shown == report else lint(given, report, outline=outline))
        if f.severity == "error"
    ]
    counts = _counts(report, dataset, given)
    all_of = tuple(dict.fromkeys(found))
    return Verification(folder.path, source, counts, all_of, _unseen(folder, shown), tuple(uncompared))


def _counts(report: Report, dataset: Dataset, given: str) -> dict[str, int]:
    return {
        "files": len(dataset.whole.sources),
        "facts": len(report.sheet.facts),
        "claims": len(report.sheet.claims),
        "lines": given.count("\n"),
        "measurements": len(dataset.whole.table),
    }


@dataclass(frozen=True, slots=True)
class Made:
    """The report as the data gives it."""

    report: Report
    base: Report  # without the answers that were folded in
    outline: Outline  # as code words it
    over: Outline  # with the paragraphs that the model composed
    known: Given
    refused: tuple[Told, ...]  # wordings of a model that the checker does not accept


def _made(report: Report, record: Json, known: Given, dataset: Dataset) -> Made:
    from chimera_report.agent.chat.folding import folded
    from chimera_report.tools import claims
    from chimera_report.tools.query import World, reply
    from chimera_report.tools.report import composed
    from chimera_report.tools.stats import analyse

    analysis = claims.compared(analyse(dataset), dataset)
    title = anew.title(known) or report.title
    sheet, outline = composed(
        analysis,
        dataset,
        title=title,
        plan=known.settings.plan(),
    )
    refused = tuple(anew.wordings(known.drafts, outline, sheet, known.tier))
    bad = {where.removeprefix("drafts/") for where, _, _ in refused}
    known = replace(
        known,
        drafts={i: d for i, d in known.drafts.items() if i not in bad},
        order=anew.ordered(known, report),
    )
    if not any(c.run for c in report.sheet.claims if isinstance(c, RecommendationClaim)):  # of before they had one
        sheet = without_runs(sheet)
    try:
        over = composing.over(outline, known.composed, sheet)
    except ValueError as exc:  # a paragraph that the plan does not license
        over, known = outline, replace(known, composed={})
        refused += (("composed", "a composition that the plan licenses", str(exc)),)
    base = assemble_report(known, over, sheet, dataset)
    if not record.get("questions"):
        return Made(base, base, outline, over, known, refused)
    try:
        queries = [Query.model_validate(q) for q in record["questions"]]
    except ValueError as exc:
        raise StoreError("holds no questions of this version", where="run.json questions") from exc
    whole = folded(base, sheet, [reply(q, World(dataset), "") for q in queries], known.run)
    return Made(whole, base, outline, over, known, refused)


def _heads(report: Report) -> Json:
    """What does not depend on the values: what stands at the head, and which sections there are."""
    whole = differ.dumped(report)
    return {**whole, "sections": [{"key": s["key"], "title": s["title"]} for s in whole["sections"]]}


def _document(wanted: Json, given: Json) -> Iterator[differ.Difference]:
    """The whole document, part by part."""
    titles = [s["title"] for s in given["sections"]]
    for where, expected, found in differ.unlike(wanted, given, ""):
        place = re.sub(
            r"^/sections/(\d+)",
            lambda m: f"/{titles[int(m[1])]}" if int(m[1]) < len(titles) else m[0],
            where,
        )
        yield differ.told("document", f"report.json {place}", differ.shown(expected), differ.shown(found))


def _record(wanted: Json, given: Json) -> Iterator[differ.Difference]:
    """`run.json` as it is made of the data; a field that came later may be absent from an earlier record."""
    for where, expected, found in differ.unlike(json.loads(json.dumps(wanted)), given, ""):
        later = where.rpartition("/")[2] in LATER or where.startswith("/settings/")
        if where.startswith("/beside") or (later and found in (None, "no such field")):  # looked at among the files
            continue
        yield differ.told("record", f"run.json {where}", differ.shown(expected), differ.shown(found))


def _sheet(made: Report, report: Report, dataset: Dataset) -> Iterator[differ.Difference]:
    """Facts and claims that the data does not give, one by one."""
    yield from _recomputed(report, dataset)
    a, b = made.sheet, report.sheet
    yield from differ.items("facts", [f.model_dump() for f in a.facts], [f.model_dump() for f in b.facts])
    yield from differ.items("claims", [c.model_dump() for c in a.claims], [c.model_dump() for c in b.claims])
    if a.names != b.names:
        yield differ.told("claims", "names", "the names of the data", ", ".join(sorted(set(a.names) ^ set(b.names))))


def _recomputed(report: Report, dataset: Dataset) -> Iterator[differ.Difference]:
    """The facts that do not come out of the data again."""
    from chimera_report.tools import claims

    for m in claims.verify_facts(report.sheet, dataset):
        yield differ.told("facts", m.fact, m.found, m.expected)


def _unseen(folder: RunFolder, report: Report) -> tuple[str, ...]:
    """Files in the folder that this program does not make: nobody has looked at them."""
    from chimera_report.tools.render import pictures

    try:
        names = sorted(p.relative_to(folder.path).as_posix() for p in folder.path.rglob("*") if not p.is_dir())
    except OSError:
        return ()
    shown = pictures(report)
    known = {*OWN, *FORMATS.values(), *shown}
    known |= {n.removesuffix("svg") + "png" for n in shown} if folder.has(FORMATS["tex"]) else set()
    return tuple(n for n in names if n not in known and not n.startswith((f"{FOLDER}/", ".work/")))
