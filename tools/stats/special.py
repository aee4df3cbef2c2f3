"""scipy's special functions, loaded when the first of them is needed: an answer that tests nothing starts without."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    from scipy import special

    found = globals()[name] = getattr(special, name)
    return found
