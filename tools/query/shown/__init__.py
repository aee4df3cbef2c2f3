"""The answer of last resort: the records that a question is about, with their settings, where nothing can be computed.

`entries` are the records of the folder, each with what says which it is; `linked` finds what of them a question names.
"""

from __future__ import annotations

from chimera_report.tools.query.shown.entries import Entries
from chimera_report.tools.query.shown.linked import Linked, linked
from chimera_report.tools.query.shown.record import Entry

__all__ = ["Entries", "Entry", "Linked", "linked"]
