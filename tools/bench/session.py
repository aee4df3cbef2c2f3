"""One process's share of a run: loads each block cold, warms up, measures in the design's order, stops when enough."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from chimera_report.tools.bench import openai, request, server
from chimera_report.tools.bench.budget import LEAST_S, Budget
from chimera_report.tools.bench.ceiling import bandwidths
from chimera_report.tools.bench.checked import checked
from chimera_report.tools.bench.compute import peaks
from chimera_report.tools.bench.converge import converged
from chimera_report.tools.bench.design import Cell, Step, Visit, cells, max_rounds, visits
from chimera_report.tools.bench.events import BUSY, Clock, Event, Stop
from chimera_report.tools.bench.journal import Journal, latest
from chimera_report.tools.bench.lengths import calibrate, template_head
from chimera_report.tools.bench.measures import Loads, measures
from chimera_report.tools.bench.plan import Plan, sent
from chimera_report.tools.bench.receipt import differences, identity, on_this_machine, parts, receipt
from chimera_report.tools.bench.sampler import Sampler
from chimera_report.tools.bench.suites import Prompt, prompt_text
from chimera_report.tools.bench.users import side_by_side
from chimera_report.tools.errors import RuntimeMissing

# Of a request's window, while it runs: %, MiB, °C, MHz, W, %, W.
SHOWN = ("gpu_util", "vram", "gpu_temperature", "clock_sm", "power", "cpu_util", "cpu_power", "ram")
KEEP_ALIVE_S = 1800  # the model stays loaded between requests; only a cold start unloads it
LOST_AFTER = 3  # consecutive requests that found no server: then the run stops, and can be resumed
BASELINE_S = 1.0  # idle, before the first load


@dataclass(slots=True)
class Session:
    """One process's share of a run."""

    plan: Plan
    http: httpx.Client
    journal: Journal
    sampler: Sampler
    clock: Clock
    on_event: Callable[[Event], None] | None
    should_stop: Callable[[], bool] | None
    proof: dict[str, Any]
    current: dict[str, Any]  # the receipt as it stands: `proof` is that of the first session
    save: Callable[[], None]  # put `proof` on disk, so that a kill does not lose what rows refer to
    prompts: dict[str, Prompt] = field(init=False)
    listed: dict[str, str] = field(init=False)  # model as the plan names it → as the server lists it
    done: set[str] = field(init=False)
    number: int = field(init=False)
    vram: dict[str, Any] | None = None  # what /api/ps says of the model that is loaded
    others: tuple[str, ...] = ()  # models that stayed loaded beside it
    budget: Budget = field(init=False)
    before_s: float = field(init=False)
    start_ns: int = field(init=False)
    total: int = field(init=False)
    lost: int = 0
    measured: int = field(init=False)
    here: int = 0  # measured requests of this session
    stop: Stop | None = None

    def __post_init__(self) -> None:
        rows = latest(self.journal.rows)
        self.prompts = {p.id: p for p in self.plan.prompt}
        self.listed = {m["name"]: m["listed_as"] for m in self.proof["models"]}
        self.done = {r["key"] for r in rows if not r["lost"]}  # what a dead server refused is asked again
        self.number = 1 + max((r["session"] for r in rows), default=0)
        self.before_s = rows[-1]["elapsed_s"] if rows else 0.0
        self.start_ns = self.clock.ns()
        self.total = sum(c.concurrency for c in cells(self.plan)) * self.plan.max_runs
        self.measured = sum(r["phase"] == "measure" and r["key"] in self.done for r in rows)
        self.budget = Budget(self.plan.time_budget_s, self.plan.timeout_s, self.elapsed_s, self.measured > 0)

    def elapsed_s(self) -> float:
        return self.before_s + (self.clock.ns() - self.start_ns) / 1e9

    def tell(self, kind: str, text: str = "", row: Mapping[str, Any] | None = None) -> None:
        if self.on_event is None:
            return
        left = self.total - self.measured
        pace = (self.clock.ns() - self.start_ns) / 1e9 / self.here if self.here else None
        eta = None if pace is None else min(max(0.0, self.budget.left_s()), pace * left)
        found = measures(dict(row), Loads.of(self.journal.rows)) if row else None
        rate = (found.decode_rate or found.client_decode_rate) if found else None
        window = row.get("telemetry") or {} if row else {}
        hardware = {k: round(window[k]) for k in SHOWN if window.get(k) is not None}
        if window.get("throttle"):
            hardware["throttled"] = ", ".join(window.get("throttle_reasons") or ()) or "yes"
        ttft = (found.ttft or found.ttft_incl_load) if found else None
        self.on_event(
            Event(kind, self.measured, self.total, self.elapsed_s(), eta, text, row, rate, hardware or None, ttft)
        )

    def halted(self) -> bool:
        if self.stop is None:
            if self.should_stop is not None and self.should_stop():
                self.stop = "interrupted"
            elif self.lost >= LOST_AFTER:
                self.stop = "server lost"
            elif self.budget.over():
                self.stop = "budget"
        return self.stop is not None

    def no_time_for(self, phase: str) -> bool:
        """Whether the run has to stop, also because a request of this phase would end after the budget."""
        if not self.halted() and not self.budget.holds(phase):
            self.stop = "budget"
        return self.stop is not None

    def measure(self) -> Stop:
        """Rounds over all blocks until every cell has its runs, or is measured well enough."""
        self.tell("start")
        if "idle" not in self.proof and self.plan.telemetry_hz and not self.plan.searched:
            self.sampler.mark()
            begin = self.clock.ns()
            time.sleep(min(BASELINE_S, self.plan.time_budget_s / 20))
            end = self.clock.ns()
            self.sampler.mark()
            idle = self.proof["idle"] = self.sampler.window(begin, end)
            if (idle["cpu_util"] or 0) > BUSY:
                self.tell(
                    "busy", text=f"other processes use {idle['cpu_util']:.0f} % of the CPU: the results will scatter"
                )
        if "memory" not in self.proof and self.plan.telemetry_hz and not self.plan.searched:
            here = on_this_machine(self.http.base_url)
            self.proof["memory"] = bandwidths(
                self.proof["gpus"], here=here, limit_s=min(3.0, self.plan.time_budget_s / 20)
            )
            self.proof["compute"] = peaks(self.proof["gpus"], here=here, limit_s=min(1.5, self.plan.time_budget_s / 40))
        if not self.calibrate():
            return self.stop or "interrupted"
        active = frozenset(c.id for c in cells(self.plan))
        auto = self.plan.runs == "auto"
        for number in range(1, max_rounds(self.plan) + 1):
            # After the least number of rounds only unsettled cells go on: never by a p-value, only by the width.
            if auto and number > self.plan.rounds:
                active = unsettled(self.plan, self.of_this_receipt(), before=number)
                if not active:
                    return "converged"
            for visit in visits(self.plan, number, active):
                if not self.visit(visit):
                    return self.stop or "interrupted"
            self.tell("round", text=f"round {number}")
        if auto and not unsettled(self.plan, self.of_this_receipt(), before=max_rounds(self.plan) + 1):
            return "converged"
        return "runs"

    def of_this_receipt(self) -> list[dict[str, Any]]:
        """The rows that may be pooled with those that come next."""
        return [r for r in latest(self.journal.rows) if r.get("receipt", self.proof["id"]) == self.current["id"]]

    def look_again(self, visit: Visit) -> None:
        """Whether machine, server, models and GPU still are the same; rows from here on belong to what is there now."""
        try:
            now = receipt(self.http, self.plan, self.clock.now(), self.proof["plan_sha256"])
        except RuntimeMissing:
            return  # the requests will say
        known = self.proof["receipts"]
        now["id"] = next((name for name, held in known.items() if identity(held) == now["id"]), now["id"])
        if now["id"] != self.current["id"]:
            found = differences(self.current, now)
            self.proof["changed"] += [f"before {visit.key}: {d}" for d in found]
            self.tell("changed", text=f"{'; '.join(found)}: what comes next is kept apart")
            self.proof["receipts"][now["id"]] = parts(now)
            self.current = now
            self.save()

    def words(self, model: str, prompt: Prompt) -> int | None:
        """How many words of filler the prompt takes for this model, where that was calibrated."""
        known = self.proof.get("prompt_lengths", {}).get(model, {}).get(prompt.id)
        return None if known is None else int(known["words"])

    def calibrate(self) -> bool:
        """Lengths of prompts and heads of templates, into the receipt; False when the run has to stop."""
        left_s = self.budget.left_s
        if not calibrate(self.plan, self.http, self.proof, self.clock.ns, KEEP_ALIVE_S, self.halted, left_s):
            return False
        if any(self.proof["prompt_lengths"].values()):
            self.save()
        return True

    def visit(self, visit: Visit) -> bool:
        """One load of a block and its steps; False when the run has to stop. Nothing happens if all of it was done."""
        steps = [s for s in visit.steps if not self.finished(s)]
        if not steps:
            return True
        if self.halted():
            return False
        first = steps[0].cell
        self.look_again(visit)
        self.sampler.blob = next((m.get("blob") or "" for m in self.current["models"] if m["name"] == visit.model), "")
        if f"{visit.key}.cold" not in self.done and not openai.speaks(self.http):
            if self.no_time_for("cold"):
                return False
            self.cold_start(visit, first)
        self.budget.loaded()
        for i in range(1, self.plan.warmups + 1):
            if self.no_time_for("warmup"):
                return False
            if self.budget.left_s() > 0:  # else one request is owed, and no more
                self.warm_up(visit, f"{visit.key}.warmup{i}.s{self.number}", first)
        self.find_head(visit, first)
        for step in steps:
            if self.no_time_for("measure"):
                return False
            if not self.plan.by_level:
                self.one(step.key, step.cell, visit, "measure", order=visit.steps.index(step))
            else:
                side_by_side(self, step, visit)
        return not self.halted()

    def finished(self, step: Step) -> bool:
        if not self.plan.by_level:
            return step.key in self.done
        return all(f"{step.key}.{i}" in self.done for i in range(1, step.requests + 1))

    def cold_start(self, visit: Visit, cell: Cell) -> None:
        self.tell("load", text=describe(cell, block_only=True))
        name = self.listed[visit.model]
        try:
            self.clear(name)
            gone = server.unload(self.http, name)
        except RuntimeMissing as exc:
            self.record(self.failed(visit, cell, f"{visit.key}.cold", exc.what, lost=not request.alive(self.http)))
            return
        if not gone:
            self.record(self.failed(visit, cell, f"{visit.key}.cold", "the model was still loaded: not a cold start"))
            return
        with self.sampler.loading():
            self.one(f"{visit.key}.cold", cell, visit, "cold", order=None)
        if (facts := self.vram) is None:
            return
        block = " ".join([visit.model, *(f"{k}={v}" for k, v in visit.load)])
        self.proof["context_in_force"][block] = facts
        asked, given = cell.options.get("num_ctx"), facts["context_length"]
        if isinstance(given, int) and isinstance(asked, int) and given < asked:
            self.tell("clamped", text=f"num_ctx {asked} was asked for; the server gives {visit.model} {given}")

    def clear(self, mine: str) -> None:
        """Unload every other model, so that none takes memory or time; who stays is told, and is in the rows."""
        self.vram = None
        names = [str(m.get("name")) for m in server.all_loaded(self.http)]
        stayed = tuple(n for n in names if n not in (mine, f"{mine}:latest") and not server.unload(self.http, n, 5.0))
        gone = [n for n in names if n not in (mine, f"{mine}:latest", *stayed, *self.listed.values())]
        if gone:
            self.tell("unloaded", text=f"{', '.join(gone)}: other models would take memory")
        if stayed and stayed != self.others:
            self.tell("stayed", text=f"{', '.join(stayed)} could not be unloaded and takes memory beside {mine}")
            self.proof["stayed_loaded"] = sorted({*self.proof.get("stayed_loaded", ()), *stayed})
        self.others = stayed

    def find_head(self, visit: Visit, cell: Cell) -> None:
        """How many tokens of every prompt are its template's first ones, once for a model, where there is time."""
        heads = self.proof.setdefault("template_head", {})
        if visit.model not in heads and not self.halted() and (left := self.budget.left_s()) > LEAST_S:
            heads[visit.model] = template_head(self.http, visit.model, cell.options, self.clock.ns, min(60.0, left))
            self.save()

    def warm_up(self, visit: Visit, key: str, cell: Cell) -> None:
        self.one(key, cell, visit, "warmup", order=None)
        self.sampler.find_runner()

    def failed(self, visit: Visit, cell: Cell, key: str, error: str, *, lost: bool = False) -> dict[str, Any]:
        exchange = request.Exchange(sent_ns=self.clock.ns(), done_ns=0, status="error", error=error, lost=lost)
        return self.row(key, cell, visit, "cold", None, exchange, 0, self.clock.now())

    def one(self, key: str, cell: Cell, visit: Visit, phase: str, order: int | None) -> None:
        row = self.ask(self.http, key, cell, visit, phase, order)
        if row is not None:
            self.record(row)

    def ask(
        self, http: httpx.Client, key: str, cell: Cell, visit: Visit, phase: str, order: int | None
    ) -> dict[str, Any] | None:
        """A request as a row; None where the time budget ended it, which says nothing of the server."""
        prompt = self.prompts[cell.prompt]
        text = prompt_text(prompt, self.plan.seed, key, self.words(cell.model, prompt))
        options = cell.options
        if openai.speaks(http):
            options = {name: value for name, value in options.items() if openai.sets(name)}
        if phase == "cold":
            options["num_predict"] = 1  # up to the first token: the rest is decoding, which is measured warm
        body: dict[str, Any] = {"model": cell.model, "prompt": text, "keep_alive": KEEP_ALIVE_S} | sent(options)
        if prompt.format is not None:
            body["format"] = prompt.format
        loaded = self.look(http, cell) if phase == "measure" else None
        limit = self.budget.limit_s(phase)
        self.sampler.mark()
        started = self.clock.now()
        exchange = request.generate(http, body, ns=self.clock.ns, timeout_s=limit)
        self.sampler.mark()
        if exchange.status == "timeout" and limit < self.plan.timeout_s:
            if not self.budget.goes_on_without(phase):
                self.stop = self.stop or "budget"
            return None
        if phase == "cold":
            self.look(http, cell)
        row = self.row(key, cell, visit, phase, order, exchange, len(text.split()), started)
        self.budget.took(phase, (exchange.done_ns or 0) / 1e9)
        row["options"] = options
        given = (self.vram or {}).get("context_length")
        if isinstance(given, int) and given < int(options["num_ctx"]):  # clamped without a word
            row["options"] = options | {"num_ctx": given}
            row["asked_num_ctx"] = options["num_ctx"]
        row |= {"loaded": loaded} if loaded is not None else {}
        row |= {"others": list(self.others)} if self.others else {}
        head = self.proof.get("template_head", {}).get(cell.model)
        row |= {"template_head": head} if head and cell.concurrency == 1 and phase == "measure" else {}
        if prompt.format is not None and exchange.status == "ok" and phase != "cold":
            row["answer_schema"] = checked(exchange.text, prompt.format)
        return row

    def look(self, http: httpx.Client, cell: Cell) -> bool | None:
        """Whether the server lists the model as loaded, None where it does not say; what it says of it is kept."""
        try:
            entry = server.loaded(http, self.listed[cell.model])
        except RuntimeMissing:
            return None
        if entry is not None:
            self.vram = {"context_length": entry.get("context_length"), "size_vram": entry.get("size_vram")}
        return entry is not None

    def row(
        self, key: str, cell: Cell, visit: Visit, phase: str, order: int | None, x: request.Exchange, words: int,
        started: datetime,
    ) -> dict[str, Any]:  # fmt: skip
        """A journal row; times in ns, offsets from `sent_ns`."""
        return {
            "key": key, "session": self.number, "phase": phase, "round": visit.round, "visit": visit.key,
            "order": order, "cell": cell.id, "model": cell.model, "prompt": cell.prompt,
            "concurrency": cell.concurrency,
            "options": cell.options, "started": started.isoformat(timespec="microseconds"),
            "status": x.status, "error": x.error, "http_status": x.http_status, "lost": x.lost,
            "done_reason": x.done_reason, "sent_ns": x.sent_ns, "headers_ns": x.headers_ns, "done_ns": x.done_ns,
            "stamps_ns": x.stamps_ns, "server": x.server, "chars": x.chars, "answer_sha256": x.answer_sha256,
            "prompt_words": words, "receipt": self.current["id"], "thinking": x.thinking,
        }  # fmt: skip

    def record(self, row: dict[str, Any]) -> None:
        """Add what telemetry saw of it, put it on disk, tell."""
        if self.plan.telemetry_hz and row["phase"] in ("measure", "cold") and row["done_ns"]:
            sent, done = row["sent_ns"], row["sent_ns"] + row["done_ns"]
            first = sent + row["stamps_ns"][0] if row["stamps_ns"] else done
            if row["phase"] == "cold":
                row["telemetry_load"] = self.sampler.window(sent, first)
            else:
                row["telemetry"] = self.sampler.window(sent, done)
                if first < done:
                    row["telemetry_prefill"] = self.sampler.window(sent, first)
                    row["telemetry_decode"] = self.sampler.window(first, done)
        if self.vram is not None and row["phase"] == "measure":
            row["size_vram"] = self.vram["size_vram"]
        row["elapsed_s"] = round(self.elapsed_s(), 3)
        self.journal.add(row)
        self.done.add(row["key"])
        self.lost = self.lost + 1 if row["lost"] else 0
        if row["phase"] == "measure":
            self.measured += 1
            self.budget.measured = True
            self.here += 1
        self.tell("request", text=self.label(row), row=row)

    def label(self, row: Mapping[str, Any]) -> str:
        """A request for a person: its cell and what tells that from the others, and which part of the visit it is."""
        plan = self.plan
        parts = [row["cell"], *([row["model"]] if len(plan.models) > 1 else [])]
        settings = list(plan.factors) or list(dict.fromkeys(n for s in plan.settings for n in s))
        parts += [f"{name}={row['options'].get(name)}" for name in settings if name in row["options"]]
        parts += [row["prompt"]] if len(plan.prompt) > 1 else []
        parts += [f"{row['concurrency']} users"] if plan.concurrency != (1,) else []
        part = {"cold": "cold start", "warmup": "warm-up"}.get(row["phase"], f"round {row['round']}")
        return f"{' '.join(parts)}, {part}"


def describe(cell: Cell, block_only: bool = False) -> str:
    """A cell in one line."""
    parts = [cell.model, *(f"{k}={v}" for k, v in cell.load)]
    if not block_only:
        parts += [*(f"{k}={v}" for k, v in cell.request), cell.prompt]
    return " ".join(parts)


def unsettled(plan: Plan, rows: list[dict[str, Any]], before: int) -> frozenset[str]:
    """Ids of the cells that have not converged on the rows of the rounds before `before`; repeatable after a resume."""
    values: dict[str, dict[str, list[float]]] = {c.id: {"decode_rate": [], "ttft": []} for c in cells(plan)}
    loads = Loads.of(rows)
    for row in rows:
        if row["phase"] != "measure" or row["round"] >= before or row["cell"] not in values:
            continue
        found = measures(row, loads)
        for metric in ("decode_rate", "ttft"):
            value = getattr(found, metric)
            if value is not None:
                values[row["cell"]][metric].append(value)
    return frozenset(cell for cell, found in values.items() if not converged(dict(found)))
