"""What `mlx_lm.generate` and `mlx_lm.benchmark` print. Peak memory is in GB of 10⁹ bytes, as MLX divides it."""

from __future__ import annotations

import re

from chimera_report.tools.ingest.reading import Reading

from .build import Observations, places
from .command_line import Said, said
from .told import told

NAME = "mlx-lm"
_GENERATE = re.compile(
    r"^[ \t]{0,12}Prompt:\s*(?:(?P<prompt>\d+) tokens,\s*)?(?P<pp>[\d.]+) tokens-per-sec[ \t]*\n"
    r"[ \t]*Generation:\s*(?:(?P<output>\d+) tokens,\s*)?(?P<tg>[\d.]+) tokens-per-sec[ \t]*"
    r"(?:\n[ \t]*Peak memory:\s*(?P<memory>[\d.]+) GB)?",
    re.MULTILINE,
)
_TRIAL = re.compile(
    r"^[ \t]{0,12}(?:Trial (?P<trial>\d+)):\s*prompt_tps=(?P<pp>[\d.]+),\s*generation_tps=(?P<tg>[\d.]+)"
    r"(?:,\s*peak_memory=(?P<memory>[\d.]+))?",
    re.MULTILINE,
)
_GB = 1e9 / 2**20  # MiB


def read(text: str) -> tuple[Reading | None, str]:
    """The generations of a log; None when it holds none."""
    found = sorted([*_GENERATE.finditer(text), *_TRIAL.finditer(text)], key=lambda m: m.start())
    if not found:
        return None, text
    out = Observations(NAME)
    place = places(text)
    before, context = 0, Said()
    for match in found:
        between = text[before : match.start()]
        context = context.then(told(between)).then(said(between))
        before = match.end()
        out.record(f"line {place(match.start())}", subject=context.model, factors=context.factors)
        parts = match.groupdict()
        out.add("prefill_rate", float(parts["pp"]), "Prompt")
        out.add("decode_rate", float(parts["tg"]), "Generation")
        if parts.get("prompt"):
            out.add("prompt_tokens", int(parts["prompt"]), "Prompt")
        if parts.get("output"):
            out.add("output_tokens", int(parts["output"]), "Generation")
        if parts.get("memory"):
            out.add("ram", float(parts["memory"]), "Peak memory", stat="max", scale=_GB)
    return out.done(), text
