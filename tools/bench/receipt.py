"""The receipt of a run: the machine, the server, the models, the clock; what has to be equal for runs to be pooled.

Names of users, hosts and folders stay out: a host is a short hash of its name.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import os
import platform
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import psutil

from chimera_report.tools.bench import server, telemetry
from chimera_report.tools.bench.plan import Plan
from chimera_report.tools.errors import StoreError

# 1: first version. 2: the driver and CUDA, options, the model's own parameters, where the server runs, `receipts`, `id`
RECEIPT_SCHEMA = "chimera-report/receipt/2"
MUST_MATCH = ("host", "server", "models", "gpus", "driver", "clock")  # runs that differ in these are never pooled
# What of a GPU decides whether it is the same one under the same limits; its link and its notes change with its load.
GPU_IDENTITY = ("name", "uuid", "memory_mib", "power_limit_w", "mig", "mig_devices")

TOLD = (
    "capabilities",
    "weight_bytes",
    "prompt_weights",
    "header",
    "blob",
)  # what one version of a server tells of a model and another does not


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


def on_this_machine(url: httpx.URL) -> bool:
    """Whether a server is on this machine, so that this machine's telemetry is about it."""
    if url.host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(url.host)
    except ValueError:
        return url.host == platform.node()
    own = {a.address for found in psutil.net_if_addrs().values() for a in found}
    return address.is_loopback or url.host in own


def receipt(http: httpx.Client, plan: Plan, started: datetime, plan_sha256: str) -> dict[str, Any]:
    """The receipt as it stands before the first request. RuntimeMissing when a model is not there."""
    clock = time.get_clock_info("perf_counter")
    gpus = telemetry.gpus()
    here = on_this_machine(http.base_url)
    found = {
        "schema": RECEIPT_SCHEMA,
        "started": started.isoformat(timespec="seconds"),
        "plan_sha256": plan_sha256,
        "host": host(),
        "server_is": "on this machine" if here else "elsewhere: host, GPU and load are of the client only",
        "server": server.version(http),
        "models": [server.model_info(http, model) for model in plan.models],
        "gpus": [g.to_dict() for g in gpus.devices],
        "gpus_reason": gpus.reason,
        "driver": {"version": gpus.driver, "cuda": gpus.cuda},
        "options": {"fixed": plan.options, "factors": {k: list(v) for k, v in plan.factors.items()}},
        "clock": {"source": clock.implementation, "resolution_s": clock.resolution, "monotonic": clock.monotonic},
        "load_average_before": [round(x, 2) for x in os.getloadavg()] if hasattr(os, "getloadavg") else None,
        "context_in_force": {},  # block → context_length of /api/ps, filled while it runs
        "changed": [],  # what differed half-way, at the end or at a resume
        "sessions": 1,
    }
    plain: dict[str, Any] = json.loads(json.dumps(found))  # as it is read back: a tuple is a list
    return plain | {"id": identity(plain)}


def read_receipt(path: Path) -> dict[str, Any]:
    """A receipt as it was written. StoreError when it cannot be read, or is none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise StoreError(f"no receipt to read: {exc}", where=str(path)) from exc
    held = {"host": dict, "server": dict, "models": list, "gpus": list, "changed": list, "sessions": int}
    wrong = [k for k, kind in held.items() if not isinstance(found, dict) or not isinstance(found.get(k), kind)]
    if wrong:
        raise StoreError(f"the receipt is damaged: no {', '.join(wrong)}", where=str(path))
    return dict(found)


def parts(proof: Mapping[str, Any]) -> dict[str, Any]:
    """Of a receipt, what has to be equal for runs to be pooled."""
    found = {part: proof.get(part) for part in MUST_MATCH}
    found["gpus"] = [{k: g.get(k) for k in GPU_IDENTITY} for g in proof.get("gpus") or []]
    # Receipts of earlier versions have the parameters in the order in which the server happened to give them.
    models = [m for m in proof.get("models") or [] if isinstance(m, dict)]
    found["models"] = [
        {k: v for k, v in m.items() if k not in TOLD} | {"own_parameters": server.in_order(m.get("own_parameters"))}
        for m in models
    ]
    return found


def identity(proof: Mapping[str, Any]) -> str:
    """A short name of those parts: measurements are pooled only where it is the same."""
    text = json.dumps(parts(proof), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The parts in which two receipts differ so that their runs must not be pooled."""
    return [f"{place}: {_told(a)} became {_told(b)}" for place, a, b in _differ("", parts(before), parts(after))]


def _told(value: Any) -> str:
    """A value in one line: a model's own parameters come a line each."""
    lines = str(value).splitlines() if isinstance(value, str) else [str(value)]
    return "; ".join(lines) or "nothing"


def _differ(place: str, a: Any, b: Any) -> Iterator[tuple[str, Any, Any]]:
    """Each value that differs, with its place: `models 1 digest`."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in dict.fromkeys((*a, *b)):
            yield from _differ(f"{place} {key}".strip(), a.get(key), b.get(key))
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for number, (x, y) in enumerate(zip(a, b, strict=True), 1):
            yield from _differ(f"{place} {number}", x, y)
    elif a != b:
        yield place, a, b
