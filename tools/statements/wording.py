"""How a statement is worded: sentence frames with roles, and the part of a computed item that fills each role.

A frame such as `"{a} leads by decode rate in suite {suite}"` holds no number and no name of the data. The builder picks
a frame and fills its roles with the ids of facts. The checker asks for the frames again, fills them with the facts that
the sheet has for the same parts, and accepts only a clause that comes out. So no clause passes whose names, numbers or
direction are not those of the item.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Result

Part = tuple[Result, str]  # a computed item and the field of it
_ROLE = re.compile(r"\{(\w+)(:\w+)?\}")


@dataclass(frozen=True, slots=True)
class Wording:
    """The wordings that items allow, and what stands for each role in them."""

    frames: tuple[str, ...]
    roles: dict[str, Part]


NOTHING = Wording((), {})


@dataclass(frozen=True, slots=True)
class Framing:
    """One way in which a model may tell a claim in words of its own: a list of sentence frames, named by `frames`, and
    the texts that may stand in each role."""

    frames: str
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def roles_in(frame: str) -> list[str]:
    """The roles of a frame, in order, each once."""
    return list(dict.fromkeys(m[1] for m in _ROLE.finditer(frame)))


def fill(frame: str, roles: Mapping[str, str]) -> str | None:
    """The frame with fact ids in place of its roles; None when a role has no fact."""
    if any(role not in roles for role in roles_in(frame)):
        return None
    return _ROLE.sub(lambda m: "{{" + roles[m[1]] + (m[2] or "") + "}}", frame)


def title(metric: str, *, warm: bool | None = None) -> str:
    """The metric as prose names it: "decode rate", "warm TTFT with load"."""
    return {True: "warm ", False: "cold-start ", None: ""}[warm] + metric_of(metric).title


def article(name: str) -> str:
    """ "a" or "an" before the name of a metric."""
    return "an" if name[:1].lower() in "aeio" or name.startswith(("ITL", "SM")) else "a"


def plural(count: int, noun: str, many: str = "") -> str:
    """The noun for that count; the count itself comes in as a placeholder beside it."""
    return noun if count == 1 else many or noun + "s"


def place_of(item: Result) -> tuple[str, dict[str, Part]]:
    """Where a statement holds, as the end of a frame, with its roles: " in suite {suite} with {condition}"."""
    words, roles = "", dict[str, Part]()
    if getattr(item, "suite", ""):
        words, roles["suite"] = " in suite {suite}", (item, "suite")
    if getattr(item, "condition", None):
        words += " with {condition}"
        roles["condition"] = (item, "~condition")
    return words, roles
