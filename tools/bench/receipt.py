"""The receipt of a run: the machine, the server, the models, the clock; what has to be equal for runs to be pooled.

Names of users, hosts and folders stay out: a host is a short hash of its name.
"""

from __future__ import annotations

import hashlib
import os
import platform
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import psutil

from chimera_report.tools.bench import server, telemetry
from chimera_report.tools.bench.plan import Plan

RECEIPT_SCHEMA = "chimera-report/receipt/1"  # 1: first version
MUST_MATCH = ("host", "server", "models", "gpus", "clock")  # runs that differ in these are never pooled


def _cpu_model() -> str | None:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or None


def _governor() -> str | None:
    try:
        return Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").read_text(encoding="ascii").strip()
    except OSError:
        return None


def host() -> dict[str, Any]:
    """The machine, by what decides its speed."""
    return {
        "id": hashlib.sha256(platform.node().encode()).hexdigest()[:12],
        "cpu": _cpu_model(),
        "cores_physical": psutil.cpu_count(logical=False),
        "cores_logical": psutil.cpu_count(logical=True),
        "cores_usable": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else psutil.cpu_count(),
        "governor": _governor(),
        "memory_mib": psutil.virtual_memory().total // 2**20,
        "os": f"{platform.system()} {platform.release()}",
        "architecture": platform.machine(),
        "python": platform.python_version(),
    }


def receipt(http: httpx.Client, plan: Plan, started: datetime, plan_sha256: str) -> dict[str, Any]:
    """The receipt as it stands before the first request. RuntimeMissing when a model is not there."""
    clock = time.get_clock_info("perf_counter")
    gpus = telemetry.gpus()
    return {
        "schema": RECEIPT_SCHEMA,
        "started": started.isoformat(timespec="seconds"),
        "plan_sha256": plan_sha256,
        "host": host(),
        "server": server.version(http),
        "models": [server.model_info(http, model) for model in plan.models],
        "gpus": [g.to_dict() for g in gpus.devices],
        "gpus_reason": gpus.reason,
        "clock": {"source": clock.implementation, "resolution_s": clock.resolution, "monotonic": clock.monotonic},
        "load_average_before": [round(x, 2) for x in os.getloadavg()] if hasattr(os, "getloadavg") else None,
        "context_in_force": {},  # block → context_length of /api/ps, filled while it runs
        "changed": [],  # what differed at the end or at a resume
        "sessions": 1,
    }


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The parts in which two receipts differ so that their runs must not be pooled."""
    out = []
    for part in MUST_MATCH:
        a, b = before.get(part), after.get(part)
        if a != b:
            out.append(f"{part}: {a} became {b}")
    return out
