"""The work of one scheduled run: measure, import, report, compare with the last accepted report, judge.

Each step is done again or gone on with when a run is taken up: the measuring by its journal, the import because it
stores everything once, the report by its checkpoint; a report that was finished is not made again.
"""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from chimera_report.agent import report as reports
from chimera_report.agent.assembly import command_line
from chimera_report.agent.compare import TABLE, attach, sources_of
from chimera_report.agent.database import bring_folder, bring_report
from chimera_report.agent.dating import Dating
from chimera_report.agent.gate import finding, gate_of, judge
from chimera_report.agent.place import without_password
from chimera_report.agent.schedule import lease, message
from chimera_report.agent.schedule.execute import Heart
from chimera_report.agent.schedule.history import Past, last_accepted, last_done
from chimera_report.agent.schedule.lease import LEASE, Claim, Ended
from chimera_report.agent.schedule.log import Log
from chimera_report.agent.schedule.measure import measure
from chimera_report.agent.schedule.spec import Spec
from chimera_report.agent.settings import Settings
from chimera_report.agent.suite import read, settled
from chimera_report.tools.schema import Changes, Dataset, Json
from chimera_report.tools.store import Database, RunFolder, is_run

_QUIET = ("unchanged", "open")  # outcomes that are no news


@dataclass(frozen=True, slots=True)
class Worker:
    """Does a claimed run; the environment and the machine's load come in as arguments."""

    database: Database
    env: Mapping[str, str]
    version: str
    log: Log
    busy: bool = False

    def __call__(self, mine: Claim, heart: Heart) -> Ended:
        spec, started = mine.spec, datetime.now().astimezone()
        path = str(measure(mine, self.env, heart.check)) if spec.bench else spec.path
        digest = spec.digest(heart.patient(lambda: self._bring(spec, path, started)))
        heart.check()
        late = message.on_time(mine.kind, mine.due_at, mine.missed, mine.missed_since)
        before = heart.patient(lambda: last_done(self.database, mine.schedule))
        if mine.folder is None and not spec.bench and before is not None and before.dataset == digest:
            return self._unchanged(mine, before, digest, late)
        base = heart.patient(lambda: last_accepted(self.database, mine.schedule))
        here = base is not None and base.here
        if base is not None and not here:
            late = f"{late} The report to compare with is not on this machine: {base.folder}.".strip()
        folder = self._report(mine, heart, path, Path(str(base.folder)) if base and here else None, started)
        heart.check()
        kept: dict[str, Any] = {"at": started, "version": self.version, "schedule": mine.schedule}
        heart.patient(lambda: bring_report(self.database, folder.path, dating=Dating(), **kept))
        return self._judged(mine, folder, digest, late)

    def _bring(self, spec: Spec, path: str, started: datetime) -> str:
        """The data into the database; a digest of it."""
        if not spec.of_database:
            data, undated = bring_folder(self.database, Path(path), at=started, version=self.version, dating=Dating())
            if undated:
                self.log(
                    "files without times", level="warning", files=len(undated), first=undated[0], counted_as_of=started
                )
            return data.dataset
        dataset, _ = read(self._settings(spec, path, None, started))
        told = sorted((s.path, s.sha256, s.measurements) for s in dataset.sources)
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def _settings(self, spec: Spec, path: str, compare: Path | None, started: datetime) -> Settings:
        found = spec.settings(self.env, compare=compare, path=path)
        update: dict[str, Any] = {"yes": True} if found.measure else {}
        if spec.of_database:
            update["db"] = self.database.url.render_as_string(hide_password=False)
        return settled(found.model_copy(update=update), started)

    def _report(self, mine: Claim, heart: Heart, path: str, base: Path | None, started: datetime) -> RunFolder:
        """The finished report of this run, however much of it an earlier attempt made."""
        began = RunFolder(Path(mine.folder)) if mine.folder and is_run(Path(mine.folder)) else None
        if began is not None and began.finished:
            return began
        if began is not None and not began.has(reports.START):
            began = None
        settings = self._settings(mine.spec, path, base, started)

        def emit(event: str, data: dict[str, Any]) -> None:
            heart.check()
            if event == "run":
                place = str(Path(data["folder"]).resolve())
                heart.patient(lambda: lease.begin_folder(self.database, mine, place))
            if event == "stage":
                self.log("stage", run=mine.name, stage=data["name"])

        shown: dict[str, Any] = {**mine.spec.options, "out": settings.out, "compare": base}
        if shown.pop("llm", True) is False:
            shown["no_llm"] = True
        if mine.spec.of_database:
            shown |= {"since": settings.since, "until": settings.until, "db": without_password(settings.db or "")}
        shown |= {"config": mine.spec.config}
        done = reports.make(
            settings,
            env=self.env,
            started=started,
            command=command_line({k: v for k, v in shown.items() if v is not None}, path),
            version=self.version,
            emit=emit,
            busy=self.busy,
            resume=began,
            wait_s=LEASE.total_seconds(),  # of a process on this machine that lost the run and has not seen it yet
        )
        return done.folder

    def _judged(self, mine: Claim, folder: RunFolder, digest: str, late: str) -> Ended:
        """What the finished report says about what was before it."""
        record = folder.read_json("run.json")
        settings = Settings.model_validate(record["settings"])
        changes = changes_of(folder, record, settings)
        verdict, broken = "", False
        gate = gate_of(settings) if changes is not None else None
        if gate is not None and changes is not None:
            found = judge(gate, changes)
            verdict, broken = found.line, found.state == "failed"
        errors = sum(f["severity"] == "error" for f in record["lint"])
        notes = [late] if late else []
        notes += [f"The check of the text found {errors} errors; this report is no base for later ones."] * bool(errors)
        if changes is None and any(k in mine.spec.options for k in ("fail_on", "max_regression")):
            notes.append("There is no earlier report: the gate holds from the next one on.")
        counts = dict(changes.counts) if changes else {}
        told: dict[str, Json] = {
            **message.of_report(folder, link=mine.spec.link, host=socket.gethostname()),
            "finding": finding(changes) or message.first(folder),
            "counts": counts,
            # Within a gate that tolerates it, a regression is no alarm.
            "regressions": 0 if gate is not None else counts.get("regression", 0),
            "gate": verdict,
            "gate_failed": broken,
            "gate_open": bool(gate and gate.strict and found.state == "inconclusive"),
            "note": " ".join(notes),
        }
        news = changes is None or any(n for outcome, n in counts.items() if outcome not in _QUIET)
        wanted = {"always": True, "change": news or broken, "regression": broken or told["regressions"] > 0}
        return Ended(
            "done",
            told,
            report_run=folder.id,
            dataset=digest,
            gate=verdict or None,
            accepted=not broken and not errors,
            notify=mine.spec.notify if wanted[mine.spec.on] else (),
        )

    @staticmethod
    def _unchanged(mine: Claim, before: Past, digest: str, late: str) -> Ended:
        told = {
            "what": f"The data and the options are those of the report {before.report_run}: no new report.",
            "report": f"{before.folder}/report.md",
            "host": socket.gethostname(),
            "note": late,
        }
        return Ended("unchanged", told, dataset=digest, notify=mine.spec.notify if mine.spec.on == "always" else ())


def changes_of(folder: RunFolder, record: Json, settings: Settings) -> Changes | None:
    """What changed since the report that a finished one was compared with; None where there was none."""
    if settings.compare is None:
        return None
    from chimera_report.tools.claims import compared
    from chimera_report.tools.stats import analyse

    table = folder.read_table(TABLE)
    dataset = attach(Dataset(root=str(folder.path), sources=sources_of(record, table), table=table), settings)
    return compared(analyse(dataset), dataset).changes
