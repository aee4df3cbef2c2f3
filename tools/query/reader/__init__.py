"""A question into a typed query over the semantic layer: `read` by slots and frames, `several` splits a question."""

from __future__ import annotations

from chimera_report.tools.query.reader.patterned import patterned
from chimera_report.tools.query.reader.read import Proposal, in_english, propose, read, slots_of
from chimera_report.tools.query.reader.split import several

__all__ = ["Proposal", "in_english", "patterned", "propose", "read", "several", "slots_of"]
