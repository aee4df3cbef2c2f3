"""Which factors say what machine it was, and which of them says it best."""

from __future__ import annotations

from .columns import Selection, alike

# What the same work ran on. No machine is recommended here, but how far two are apart is what many measure for.
MACHINES = frozenset(
    (
        "gpu", "gpu_name", "gpu_model", "gpu_type", "host", "hostname", "machine", "machine_name", "chip", "soc",
        "instance_type", "platform", "node_name", "cpu", "cpu_model", "cpu_name",
    )
)  # fmt: skip


def machines_once(rows: Selection, factors: list[str]) -> list[str]:
    """Without what only says anew which machine it was: a machine is known by its accelerator, where a processor or a
    host's name changes along with it."""
    machines = sorted(
        (f for f in factors if f in MACHINES), key=lambda f: (not f.startswith("gpu"), f.startswith("cpu"))
    )
    again = {f for i, f in enumerate(machines) if any(alike(rows.factor(f), rows.factor(g)) for g in machines[:i])}
    return [f for f in factors if f not in again]


def machines_first(factors: list[str]) -> list[str]:
    """What it ran on before settings that each machine has of its own: of what changes together, the first is told."""
    return sorted(factors, key=lambda f: (not f.startswith("gpu"), f != "device", f not in MACHINES))
