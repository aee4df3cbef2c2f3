"""Which engine, which version, which card it was: what settings, columns and documents say of it, or that none does."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

import re
from collections import Counter

from chimera_report.tools.query.machines import lines_with
from chimera_report.tools.query.originals import leaf
from chimera_report.tools.query.told.sheet import Telling

MOST = 6
# What people call it → words of the names of settings and columns.
KINDS: dict[str, tuple[str, ...]] = {
    "engine": ("engine", "backend", "runtime", "framework", "server", "motor", "tool", "inference_engine", "provider"),
    "version": ("version", "build", "commit", "release"),
    "driver": ("driver", "cuda", "rocm"),
    "quantisation": ("quant", "quantisation", "quantization", "dtype", "precision", "cuantizacion"),
    "dataset": ("dataset", "datasets", "corpus", "task", "workload"),
    "tokenizer": ("tokenizer",),
    "os": ("os", "platform", "kernel"),
    "seed": ("seed",),
    "temperature": ("temperature",),
}
_ENGINES = re.compile(
    r"\b(?:vllm|sglang|ollama|llama[._-]?cpp|llama-server|llama-bench|tensorrt-llm|trt-?llm|tgi|text-generation-inference|lmdeploy|mlx(?:-lm)?|exllama\w*|lm studio|ctranslate2|triton|ray serve|mlc-llm|ktransformers|deepspeed|transformers)\b",
    re.IGNORECASE,
)


def used(telling: Telling) -> None:
    """What the files say of the kind that `text` names."""
    kind = telling.select.text
    words = KINDS.get(kind, (kind,))
    layer = telling.layer
    told = False
    held = [f for f in layer.factors if layer.levels[f] and set(words) & set(re.split(r"[\W_]+", f.lower()))]
    for factor in held[:3]:
        levels = [x for x in layer.levels[factor] if x]
        more = f" and {telling.fact(len(levels) - MOST)} more" if len(levels) > MOST else ""
        telling.say(f"{telling.name(factor)}: {', '.join(telling.name(x) for x in levels[:MOST])}{more}.")
        told = True
    if not told:
        cells: dict[str, Counter[str]] = {}
        for row in telling.world.originals.rows:
            for name, cell in row.cells.items():
                if set(words) & set(re.split(r"[\W_]+", leaf(name))) and len(cell) <= 120:
                    cells.setdefault(leaf(name), Counter())[cell] += 1
        for name, found in list(cells.items())[:3]:
            if len(found) <= 2 * MOST:
                telling.say(f"{telling.name(name)}: {', '.join(telling.name(x) for x, _ in found.most_common(MOST))}.")
                told = True
    if not told and kind == "engine":
        for path, line in lines_with(_ENGINES, telling.world.dataset, telling.world.target)[:3]:
            telling.say(f"{telling.name(path)} says: “{telling.name(line)}”.")
            told = True
    if not told:
        telling.refuse(f"no record and no document says which {kind} it was")
