"""The base of every record that passes between rooms."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A record that never changes after it is made, refuses fields it does not know, and holds no NaN."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
