"""The measuring of a scheduled run: its plan, into a folder of its own, from where it was cut off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from chimera_report.agent.schedule.lease import Claim
from chimera_report.tools.errors import RuntimeFailed

JOURNAL = "runs.journal"


def place(mine: Claim) -> Path:
    """Where this run's results go. The folder that is reported on holds one folder, named as the schedule: that makes
    the schedule's name the suite, so that each measuring is comparable with those before."""
    return Path(mine.spec.path) / f"{mine.due_at:%Y%m%d-%H%M%S}" / mine.schedule


def measure(mine: Claim, env: Mapping[str, str], check: Callable[[], None]) -> Path:
    """Measure the plan; the folder to report on. `check` is called at each step. Raises RuntimeMissing, StoreError,
    UsageError, and what `check` raises."""
    from chimera_report.tools import bench
    from chimera_report.tools.runtime import open_runtime

    folder = place(mine)
    again = (folder / JOURNAL).exists()
    # A run that goes on has the plan that it began with.
    plan = bench.resume_plan(folder) if again else bench.load_plan(Path(str(mine.spec.bench)))
    settings = mine.spec.settings(env)
    runtime = open_runtime(settings.runtime, settings.host, env, plan.models[0])
    command = f"chimera-report bench --plan {mine.spec.bench} --out {folder}"
    how: dict[str, Any] = {"on_event": lambda _event: check(), "resume": again, "command": command}
    try:
        if plan.design == "adaptive":
            from chimera_report.tools.stats import judge

            result: Any = bench.tune(plan, runtime.base_url, folder, judge=judge, **how)
        else:
            result = bench.run(plan, runtime.base_url, folder, **how)
    finally:
        runtime.close()
    if result.stopped == "server lost":
        raise RuntimeFailed(
            "the server was lost while measuring", where=str(folder), hint="Start it; `schedule run` measures again."
        )
    return folder.parent
