"""What CodeCarbon writes, alone or beside a script's own columns: energies in kWh, as its documentation says.

https://mlco2.github.io/codecarbon/output.html: `duration` in seconds, `emissions` in kg, powers in W, energies in kWh.
"""

from __future__ import annotations

from chimera_report.tools.metrics import Resolved, normalise

from .columns import Columns
from .reading import ABOVE, STEP, Column

_KWH = 3.6e6  # J
_MARKS = frozenset(("emissions", "emissions_rate"))
_ENERGY = "CPU, RAM and GPU, by CodeCarbon"


def of_codecarbon(table: dict[str, Column], found: Columns) -> None:
    """Correct the meanings of CodeCarbon's columns in place: the energy of all, how long it took, the GPU's power.

    The energies of its parts add up to that of all and are no further results; emissions follow from it and the place.
    """
    groups: dict[str, dict[str, str]] = {}
    for column in table:
        context, _, leaf = column.rpartition(STEP)
        groups.setdefault(context, {})[normalise(leaf)] = column
    for names in groups.values():
        if "energy_consumed" not in names or not _MARKS & names.keys():
            continue
        for name, column in names.items():
            if column.startswith(ABOVE):
                continue
            meaning = _meaning(name)
            if meaning is not None:
                found.metrics[column] = meaning
                found.rest = [c for c in found.rest if c != column]
            elif name in _MARKS or name.endswith("_energy"):
                found.metrics.pop(column, None)
                found.rest = [*(c for c in found.rest if c != column), column]


def _meaning(name: str) -> Resolved | None:
    if name == "energy_consumed":
        return Resolved("energy", _KWH, "sample", _ENERGY)
    if name == "duration":
        return Resolved("run_time", 1.0, "sample", "the tracked code, as CodeCarbon times it")
    return None
