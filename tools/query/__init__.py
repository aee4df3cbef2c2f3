"""A question and a finished report come in; a typed query and a checked answer go out.

`World` is a report opened for questions; `understand` reads a question by rules, `converse` one within a
conversation; `validate` reads the structured
output of a model that was given `router_schema`; `answer` computes, claims and words; `reply` also answers what was
asked back or declined.
"""

from __future__ import annotations

from chimera_report.tools.query.answer import answer, plotted, reply
from chimera_report.tools.query.check import checked
from chimera_report.tools.query.layer import Layer
from chimera_report.tools.query.router import routable, router_schema, validate
from chimera_report.tools.query.several import Together
from chimera_report.tools.query.thread import converse
from chimera_report.tools.query.understand import understand
from chimera_report.tools.query.words import metric_words
from chimera_report.tools.query.world import World

__all__ = [
    "Layer",
    "Together",
    "World",
    "answer",
    "checked",
    "converse",
    "metric_words",
    "plotted",
    "reply",
    "routable",
    "router_schema",
    "understand",
    "validate",
]
