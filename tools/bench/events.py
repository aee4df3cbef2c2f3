"""What a run takes its time from, what it tells while it goes, and why it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

BUSY = 20.0  # % of all cores in use by others that is worth a word
Stop = Literal["converged", "runs", "budget", "interrupted", "server lost"]


@dataclass(frozen=True, slots=True)
class Clock:
    """Where a run takes its time from."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ns: Callable[[], int] = time.perf_counter_ns


@dataclass(frozen=True, slots=True)
class Event:
    """What a run tells while it goes. `kind`: start, busy, changed, load, unloaded, stayed, clamped,
    request, round, done."""

    kind: str
    done: int  # measured requests so far, those of an earlier session included
    total: int  # at most this many will be
    elapsed_s: float
    eta_s: float | None = None
    text: str = ""  # "gemma3:270m num_thread=2 short-long"
    row: Mapping[str, Any] | None = None
    rate: float | None = None  # tokens/s of the last request, by the server, else by the client
    hardware: Mapping[str, Any] | None = None  # during it, by the names of SHOWN
    ttft: float | None = None  # s, of the last request
