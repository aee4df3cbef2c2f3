"""Files that an earlier version wrote, beside the journal that has their requests: they are no limitation."""

from __future__ import annotations

import pytest

from chimera_report.tools.report.measured import _not_used
from chimera_report.tools.schema import SUPERSEDED


@pytest.mark.parametrize(
    ("reasons", "said"),
    [
        ([f"{SUPERSEDED}, with other definitions"] * 2, "files that an earlier version wrote, whose requests are read"),
        ([f"{SUPERSEDED}, with other definitions", "not valid JSON"], "files that were not used"),
        (["not valid JSON"] * 2, "files that could not be used"),
    ],
)
def test_what_is_left_out_is_told_as_it_is(reasons: list[str], said: str) -> None:
    assert _not_used(reasons)[1].startswith(said)
