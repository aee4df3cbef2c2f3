"""Plan ─► results folder: designed benchmark runs of Ollama models with telemetry, and the receipt of the machine."""

from __future__ import annotations

from chimera_report.tools.bench.adaptive import Tuned, tune
from chimera_report.tools.bench.converge import CONVERGED
from chimera_report.tools.bench.derived import derived
from chimera_report.tools.bench.dryrun import DryRun, dry_run
from chimera_report.tools.bench.events import Clock, Event
from chimera_report.tools.bench.exports import export
from chimera_report.tools.bench.openai import OpenAIChunks, knows_variables, openai_body, thinking
from chimera_report.tools.bench.plan import (
    PLAN_SCHEMA,
    Plan,
    load_plan,
    make_plan,
    parse_factor,
    parse_seconds,
    parse_slo,
    plan_toml,
)
from chimera_report.tools.bench.runner import RunResult, resume_plan, run
from chimera_report.tools.bench.samples import Gpu, Gpus
from chimera_report.tools.bench.suites import load_suite, suite_names
from chimera_report.tools.bench.telemetry import gpus

__all__ = [
    "CONVERGED",
    "PLAN_SCHEMA",
    "Clock",
    "DryRun",
    "Event",
    "Gpu",
    "Gpus",
    "OpenAIChunks",
    "Plan",
    "RunResult",
    "Tuned",
    "derived",
    "dry_run",
    "export",
    "gpus",
    "knows_variables",
    "load_plan",
    "load_suite",
    "make_plan",
    "openai_body",
    "parse_factor",
    "parse_seconds",
    "parse_slo",
    "plan_toml",
    "resume_plan",
    "run",
    "suite_names",
    "thinking",
    "tune",
]
