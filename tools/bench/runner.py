"""The run: server and plan ─► receipt, journal and results in a folder; takes up a run that was cut off."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from chimera_report.tools.bench import openai, request
from chimera_report.tools.bench.design import cells, refuse_narrow
from chimera_report.tools.bench.events import Clock, Event, Stop
from chimera_report.tools.bench.journal import NAME, ROOM, Journal, begun, latest, read, refuse_begun, refuse_others
from chimera_report.tools.bench.measures import Loads, measures
from chimera_report.tools.bench.outputs import RESULTS, write_outputs
from chimera_report.tools.bench.plan import Plan, load_plan, plan_toml
from chimera_report.tools.bench.receipt import differences, identity, on_this_machine, parts, read_receipt, receipt
from chimera_report.tools.bench.sampler import Sampler
from chimera_report.tools.bench.session import Session
from chimera_report.tools.bench.summary import short
from chimera_report.tools.errors import RuntimeMissing, StoreError, UsageError
from chimera_report.tools.lock import held

LOCK = ".lock"  # while a process is at the folder


_REASONS = 3  # why requests failed, that are told at the end


@dataclass(frozen=True, slots=True)
class RunResult:
    out: Path
    requests: int  # measured requests in the journal
    errors: int  # of them, and of the cold starts
    stopped: Stop
    not_converged: tuple[str, ...]  # ids of cells whose intervals are still too wide
    files: tuple[str, ...]
    rateless: tuple[str, ...] = ()  # ids of cells whose requests succeeded and gave no decode rate
    unmeasured: tuple[str, ...] = ()  # ids of cells without a request
    short: tuple[str, ...] = ()  # ids of cells with fewer requests than planned, those without any among them
    reasons: tuple[str, ...] = ()  # why requests failed, each reason once with how often, the most frequent first
    changed: tuple[str, ...] = ()  # what the receipts of two sessions, or of start and end, differ in
    apart: int = 0  # measured requests under another receipt than the first ones, in a folder of their own


def run(
    plan: Plan,
    base_url: str,
    out: Path,
    *,
    clock: Clock | None = None,
    on_event: Callable[[Event], None] | None = None,
    resume: bool = False,
    should_stop: Callable[[], bool] | None = None,
    command: str = "",
    headers: dict[str, str] | None = None,
) -> RunResult:
    """Measure the plan on the server at `base_url`; `out` gets journal, CSV, JSON, receipt, plan and note.

    RuntimeMissing when the server or a model is not there at the start; StoreError when `out` cannot be used,
    UsageError when another process is at it. After that nothing raises: what fails is a row. `command` is what to write
    into the note as the command of this run; `headers` are sent with each request and written nowhere.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise StoreError(f"the results cannot be written: {exc}", where=str(out)) from exc
    with held(out / LOCK, "this run", hint="Use another --out.", remove=True):
        return _alone(plan, base_url, out, clock or Clock(), on_event, resume, should_stop, command, headers)


def _alone(
    plan: Plan,
    base_url: str,
    out: Path,
    clock: Clock,
    on_event: Callable[[Event], None] | None,
    resume: bool,
    should_stop: Callable[[], bool] | None,
    command: str,
    headers: dict[str, str] | None,
) -> RunResult:
    text = plan_toml(plan)
    digest = hashlib.sha256(text.encode()).hexdigest()
    with request.client(base_url, plan.timeout_s, headers) as http:
        if openai.speaks(http):
            _only_requests(plan, http)
        elif not begun(out):  # what an earlier version began is finished
            refuse_narrow(plan)

        def save() -> None:
            keep(out / "receipt.json", json.dumps(proof, indent=2, ensure_ascii=False) + "\n")

        now = receipt(http, plan, clock.now(), digest)
        _only_thinkers(plan, now["models"])
        now["command"] = command
        try:
            if resume and begun(out):
                proof = _continue(out / "receipt.json", now)
                journal = Journal.reopen(out, digest)
            else:  # the journal last: who finds one finds what belongs to it, whenever this was killed
                refuse_begun(out)
                if not resume:
                    refuse_others(out, [*RESULTS, *([] if holds(out / "plan.toml", plan) else ["plan.toml"])])
                keep(out / "plan.toml", text)
                proof = now | {"receipts": {now["id"]: parts(now)}}
                save()
                journal = Journal.create(out, digest)
            save()
        except OSError as exc:
            raise StoreError(f"the results cannot be written: {exc}", where=str(out)) from exc
        url = httpx.URL(base_url)
        port = (url.port or 80) if on_this_machine(url) else None
        try:
            with Sampler(plan.telemetry_hz, port, clock.ns) as sampler:
                session = Session(plan, http, journal, sampler, clock, on_event, should_stop, proof, now, save)
                stopped = session.measure()
            proof["telemetry"] = sampler.reasons
            _note_changes(http, plan, proof, session.current, clock)
        finally:
            journal.close()
            # Also after an interrupt: what was measured is there to be read.
            save()
            # What is on disk: an interrupt can fall between the disk and the memory.
            rows = latest(read(out / NAME)[1])
            files, open_cells = write_all(out, plan, rows, proof)
        measured = [r for r in rows if r["phase"] == "measure"]
        failed = Counter(
            str(r.get("error") or r["status"]) for r in rows if r["phase"] != "warmup" and r["status"] != "ok"
        )
    session.tell("done", text=stopped)
    seen = {r["cell"] for r in measured}
    never = tuple(c.id for c in cells(plan) if c.id not in seen)
    return RunResult(
        out, len(measured), failed.total(), stopped, open_cells, files, rateless(rows), never, short(plan, rows),
        tuple(f"{why} ({n} times)" if n > 1 else why for why, n in failed.most_common(_REASONS)),
        tuple(proof["changed"]), sum(r.get("receipt", proof["id"]) != proof["id"] for r in measured),
    )  # fmt: skip


def _only_requests(plan: Plan, http: httpx.Client) -> None:
    """UsageError for options that OpenAI's API, or this server, does not take: levels that are all the same say
    nothing, and a setting that was asked for and never sent would be believed."""
    varied: dict[str, list[Any]] = {name: list(levels) for name, levels in plan.factors.items()}
    for setting in plan.settings:
        for name, value in setting.items():
            varied.setdefault(name, []).append(value)
    fixed = {name: [value] for name, value in plan.options.items()}
    for asked, where, hint in (
        (varied, "--factor", "start the server with one level at a time, each with its own --out"),
        (fixed, "--option", "start the server with it, and leave it out here"),
    ):
        if unset := [n for n in asked if not openai.sets(n)]:
            raise UsageError(
                f"{', '.join(unset)} cannot be set over OpenAI's API",
                where=where,
                hint=f"{hint}; or measure with Ollama",
            )
        if any(isinstance(v, bool) for v in asked.get("think", ())) and not openai.knows_variables(http):
            raise UsageError(
                "thinking cannot be switched on this server: it hands nothing on to a model's template",
                where=where,
                hint="vLLM, SGLang and llama.cpp do; elsewhere only a level can be sent, as in think=low",
            )


def _only_thinkers(plan: Plan, models: list[dict[str, Any]]) -> None:
    """UsageError where thinking is asked of a model that cannot: each of its requests would fail."""
    fixed, varied = plan.options.get("think", False), list(plan.factors.get("think", ()))
    levels = [fixed, *varied, *(s["think"] for s in plan.settings if "think" in s)]
    # A server that tells nothing of what its models can do is taken at its word when it is asked.
    without = [m["listed_as"] for m in models if m.get("capabilities") and "thinking" not in m["capabilities"]]
    if without and any(level is not False for level in levels):
        raise UsageError(
            f"{', '.join(without)} cannot think: the server lists no such capability",
            where="--factor" if varied else "--option",
            hint="leave think out, or measure the models that can in a run of their own",
        )


def rateless(rows: list[dict[str, Any]]) -> tuple[str, ...]:
    """Ids of the cells in which no request that succeeded has a decode rate, the server's or the client's."""
    loads = Loads.of(rows)
    found: dict[str, bool] = {}
    for row in rows:
        if row["phase"] == "measure" and row["status"] == "ok":
            of = measures(row, loads)
            has = of.decode_rate is not None or of.client_decode_rate is not None or (of.output_tokens or 2) < 2
            found[row["cell"]] = found.get(row["cell"], False) or has
    return tuple(cell for cell, has in sorted(found.items()) if not has)


def write_all(
    out: Path, plan: Plan, rows: list[dict[str, Any]], proof: dict[str, Any]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The results; what was measured under another receipt than the first goes into a folder of its own.

    No reader can then pool them: a folder is a suite. (Names of files, ids of cells that converged under none.)
    """
    ids = list(dict.fromkeys([proof["id"], *(r.get("receipt", proof["id"]) for r in rows)]))
    names: list[str] = []
    wide: list[set[str]] = []
    for number, receipt_id in enumerate(ids, 1):
        mine = [r for r in rows if r.get("receipt", proof["id"]) == receipt_id]
        folder, own = out, proof
        if number > 1:
            folder = out / f"{out.resolve().name}-receipt-{number}"
            folder.mkdir(exist_ok=True)
            own = proof | proof["receipts"][receipt_id] | {"id": receipt_id}
            keep(folder / "receipt.json", json.dumps(own, indent=2, ensure_ascii=False) + "\n")
        files, open_cells = write_outputs(folder, plan, mine, own)
        names += [str((folder / f).relative_to(out)) for f in files if (folder / f).exists()]
        wide.append(set(open_cells))
    return tuple(names), tuple(sorted(set.intersection(*wide)))


def resume_plan(out: Path) -> Plan:
    """The plan of an earlier run in this folder. UsageError when there is none."""
    if not (out / "plan.toml").is_file():
        raise UsageError("there is no run to go on with: no plan.toml", where=str(out), hint="leave --resume out")
    return load_plan(out / "plan.toml")


def holds(path: Path, plan: Plan) -> bool:
    """Whether a file holds this plan, as where a run was killed before its journal, or takes its plan from there."""
    try:
        return load_plan(path) == plan
    except UsageError:
        return False


def keep(path: Path, text: str) -> None:
    """Write a text file whole or not at all. StoreError when it cannot be."""
    beside = path.with_name(path.name + ".tmp")
    try:
        beside.write_text(text, encoding="utf-8", newline="")
        beside.replace(path)
    except OSError as exc:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise StoreError(
            f"the results cannot be written: {exc.strerror}", where=str(path), hint=f"{ROOM}, then --resume goes on"
        ) from exc


def _continue(path: Path, now: dict[str, Any]) -> dict[str, Any]:
    """The first session's receipt, with what has changed since."""
    before = read_receipt(path)
    before.setdefault("id", identity(before))
    known = before.setdefault("receipts", {before["id"]: parts(before)})
    # What was the same all the time keeps its id, also where an earlier version reckoned that in another way.
    now["id"] = next((name for name, held in known.items() if identity(held) == now["id"]), now["id"])
    if now["id"] not in known:
        changed = [f"before session {before['sessions'] + 1}: {d}" for d in differences(before, now)]
        before["changed"] = before["changed"] + changed
        known[now["id"]] = parts(now)
    before["changed"] = [c.replace("at the end: ", "at the end of session 1: ", 1) for c in before["changed"]]
    before["sessions"] += 1
    return before


def _note_changes(http: httpx.Client, plan: Plan, proof: dict[str, Any], current: dict[str, Any], clock: Clock) -> None:
    # Of a session: a run that was taken up again has more ends than one.
    when = "at the end" if proof["sessions"] == 1 else f"at the end of session {proof['sessions']}"
    try:
        after = receipt(http, plan, clock.now(), proof["plan_sha256"])
    except RuntimeMissing as exc:
        proof["changed"] = [*proof["changed"], f"{when}: {exc.what}"]
        return
    proof["changed"] = [*proof["changed"], *(f"{when}: {d}" for d in differences(current, after))]
    proof["load_average_after"] = after["load_average_before"]
