"""How statements name a metric and the place where they hold."""

from __future__ import annotations

from chimera_report.tools.statements import article, comparison_wording, place_of, title

comparison = comparison_wording
__all__ = ["article", "comparison", "place_of", "title"]
