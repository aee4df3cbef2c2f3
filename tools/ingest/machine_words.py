"""What names a machine and what does not: an operating system or an instruction set does not, a list of cards does."""

from __future__ import annotations

import re
from typing import Any

from chimera_report.tools.metrics import normalise, resolve
from chimera_report.tools.schema import Json

from .reading import ABOVE, GIVEN, STEP, Column

_OS = (
    r"(?:ms[- ]?)?windows\b.*|win(?:32|64|dows|10|11|_amd64)|(?:gnu/)?linux\b.*|darwin\b.*|mac ?os\b.*|"
    r"os ?x\b.*|posix|nt|"
    r"(?:ubuntu|debian|fedora|centos|rhel|rocky|alpine|arch linux|manjaro|opensuse|freebsd|android|ipados|wsl2?)\b.*"
)
_ARCHITECTURE = r"amd64|x86(?:[_-]?64)?|x64|i[36]86|arm64\w?|aarch64\w*|armv\d\w*|riscv\d*|ppc64\w*|(?:32|64)[- ]?bit"
# Where a server listens.
_HERE = r"(?:https?://)?(?:localhost|127(?:\.\d+){3}|0\.0\.0\.0|\[?::1?\]?)(?::\d+)?(?:/[\w./-]*)?"
_NO_MACHINE = re.compile(rf"(?:{_OS}|{_ARCHITECTURE}|{_HERE})", re.IGNORECASE)
_PLACES = frozenset((
    "system", "machine", "host", "hostname", "device", "hardware", "node", "endpoint", "base_url", "server", "api_base",
))  # fmt: skip
_PROCESSORS = frozenset(("cpu", "processor", "cpu_info", "ram", "disk", "motherboard"))
# Graphics within a processor, beside a card of its own.
_BUILT_IN = re.compile(
    r"radeon(?:\(tm\))? graphics|(?:uhd|hd|iris)\b.*graphics|graphics (?:uhd|hd)|microsoft basic|llvmpipe", re.I
)
_CARDS = frozenset((
    "gpus", "gpu", "gpu_info", "gpu_list", "gpu_devices", "devices", "accelerators", "cards", "graphics",
))  # fmt: skip
_CALLED = ("name", "model", "product_name", "product", "device_name", "gpu_name", "marketing_name")
_LIVE = re.compile(r"power|draw|watt|util|temp|clock|fan|process", re.IGNORECASE)
_LOOK = 200  # cells that are looked at


def no_machines(table: dict[str, Column]) -> list[str]:
    """The columns called `system`, `machine` and the like whose cells all name an operating system or an instruction
    set, as Python's `platform` module writes them, or this computer as an address, and the model of a processor: they
    tell no machine and no system under test."""
    found = []
    for column, held in table.items():
        path = column.removeprefix(ABOVE).removeprefix(GIVEN)
        above, _, leaf = path.rpartition(STEP)
        name = normalise(leaf)
        if name in ("model", "model_name") and normalise(above.rpartition(STEP)[2]) in _PROCESSORS:
            found.append(column)
        elif name in _PLACES and held.dtype == object:
            known = {v.strip() for v in held[:_LOOK].tolist() if isinstance(v, str) and v.strip()}
            if known and all(_NO_MACHINE.fullmatch(v) for v in known):
                found.append(column)
    return found


def cards(key: str, value: list[Json]) -> dict[str, Any]:
    """What a list of graphics cards says of the machine: `gpu`, the name of the card or cards, and how many there are.

    {} for a list of anything else, also of readings that were taken while something ran."""
    if normalise(key) not in _CARDS or not value or len(value) > 64:
        return {}
    names: list[str] = []
    for item in value:
        if isinstance(item, str):
            names.append(item.strip())
            continue
        if not isinstance(item, dict) or any(_measures(k, v) for k, v in item.items()):
            return {}
        name = next((item[k] for k in _CALLED if isinstance(item.get(k), str) and item[k].strip()), "")
        if not name:
            return {}
        names.append(str(name).strip())
    if not all(re.search(r"[A-Za-z]", n) and len(n) <= 80 for n in names):
        return {}
    names = [n for n in names if not _BUILT_IN.search(n)] or names
    told: dict[str, Any] = {"gpu": " + ".join(dict.fromkeys(names))}
    return told | ({"num_gpus": len(names)} if len(names) > 1 else {})


def _measures(key: str, value: Json) -> bool:
    """Whether a card's field is a reading or a result, and no part of what it is."""
    if isinstance(value, list | dict):
        return True
    found = resolve(key) if isinstance(value, int | float) and not isinstance(value, bool) else None
    return bool(found and (_LIVE.search(key) or found.metric not in ("vram", "ram", "model_size", "memory_share")))
