"""An Analysis comes in through a desk that hands out its facts; candidates for charts go out, each with what it shows,
its weight and what it is about; and those that are chosen, as Vega-Lite data whose numbers are facts.

Nothing is drawn here: `render` makes pictures of the data.
"""

from __future__ import annotations

from chimera_report.tools.charts.answers import bins, plotted
from chimera_report.tools.charts.base import Candidate
from chimera_report.tools.charts.candidates import candidates, draw
from chimera_report.tools.charts.proof import Proofs
from chimera_report.tools.charts.scales import alike

__all__ = ["Candidate", "Proofs", "alike", "bins", "candidates", "draw", "plotted"]
