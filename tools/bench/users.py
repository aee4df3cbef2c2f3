"""Several users at once: the requests of one level of concurrency."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from chimera_report.tools.bench import request
from chimera_report.tools.bench.design import Step, Visit

if TYPE_CHECKING:
    from chimera_report.tools.bench.session import Session


def side_by_side(session: Session, step: Step, visit: Visit) -> None:
    """The requests of one concurrency level: so many users, each sending its next request on its answer."""
    keys = [k for i in range(1, step.requests + 1) if (k := f"{step.key}.{i}") not in session.done]
    lock = threading.Lock()
    order = visit.steps.index(step)
    users = min(step.cell.concurrency, len(keys))
    barrier = threading.Barrier(users)
    broken: list[BaseException] = []

    secret = {k: v for k, v in session.http.headers.items() if k == "authorization"}

    def user() -> None:
        try:
            with request.client(str(session.http.base_url), session.plan.timeout_s, secret) as http:
                barrier.wait()
                while True:
                    with lock:
                        if not keys or session.halted():
                            return
                        key = keys.pop(0)
                    row = session.ask(http, key, step.cell, visit, "measure", order)
                    if row is None:
                        return
                    row["level"] = step.key
                    with lock:
                        session.record(row)
        except BaseException as exc:  # noqa: BLE001 - handed to the caller's thread below
            broken.append(exc)
            barrier.abort()

    threads = [threading.Thread(target=user, name=f"user {i}") for i in range(users)]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except BaseException:  # Ctrl-C: requests under way are finished and kept, no new ones are sent
        session.stop = "interrupted"
        for thread in threads:
            thread.join()
        raise
    if broken:
        raise next((e for e in broken if not isinstance(e, threading.BrokenBarrierError)), broken[0])
