"""optimum-benchmark: `benchmark_report.json`, and `benchmark.json` with its settings. Keys from its source (0.6)."""

from __future__ import annotations

from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.metrics import unit_factor
from chimera_report.tools.schema import Json

from .build import Observations, mapping, number

NAME = "optimum-benchmark"
_PARTS = frozenset(("memory", "latency", "throughput", "energy", "efficiency"))
# Everything is timed in the process, a call at a time, each call with the whole batch.
_LATENCY = {
    "load": ("load_time", "loading in the process"),
    "load_model": ("load_time", "loading in the process"),
    "prefill": ("prompt_eval_time", "until the first token of the whole batch, in the process"),
    "decode": ("eval_time", "tokens after the first of the whole batch, in the process"),
    "per_token": ("itl", "a decoding step of the whole batch, in the process"),
    "generate": ("e2e_latency", "a call with the whole batch, in the process"),
}
_OTHER = ("run_time", "a call with the whole batch, in the process")
# Rates by target. That of `generate` is left out: by its source it counts tokens, and is called samples.
_RATES = {
    ("decode", "tokens/s"): ("output_throughput", "tokens after the first of the whole batch / mean decoding time"),
    ("forward", "samples/s"): ("request_rate", "samples of the batch / mean time of a call"),
}
_ENERGY = "CPU, RAM and GPU by CodeCarbon, mean of a call with the whole batch"
_MEMORY = {
    "max_ram": ("ram", "of the process"),
    "max_global_vram": ("vram", ""),
    "max_process_vram": ("vram", "of the process"),
    "max_reserved": ("vram", "reserved by PyTorch's allocator"),
    "max_allocated": ("vram", "allocated by PyTorch's allocator"),
}
_MIB = {"MB": 1e6 / 2**20, "GB": 1e9 / 2**20, "MiB": 1.0, "GiB": 1024.0}  # it divides bytes by 1e6


def are_settings(document: Json) -> bool:
    """Its `benchmark_config.json`, which stands beside a report."""
    return isinstance(document, dict) and {"backend", "scenario", "launcher", "environment"} <= document.keys()


def read_settings(_: Json) -> Reading:
    return Reading(format=NAME, reason="settings; the measurements stand in the report", role="none")


def matches(document: Json) -> bool:
    """A report is an object of targets, each with all five parts unless it breaks off; a benchmark holds one."""
    targets = _targets(mapping(document)).values()
    return any(isinstance(t, dict) and t.keys() >= _PARTS for t in targets)


def _targets(document: dict[str, Json]) -> dict[str, Json]:
    return mapping(document["report"]) if {"config", "report"} <= document.keys() else document


def read(document: Json) -> Reading:
    """A record a target. Seconds, MB of 1e6 bytes, kWh; single calls and steps in `values`."""
    out = Observations(NAME)
    config = mapping(document.get("config"))
    root = "/report" if config else ""
    backend, scenario = mapping(config.get("backend")), mapping(config.get("scenario"))
    shapes = mapping(scenario.get("input_shapes"))
    factors = {
        "backend": backend.get("name"),
        "device": backend.get("device"),
        "dtype": backend.get("torch_dtype") or backend.get("dtype"),
        "quantisation": backend.get("quantization_scheme"),
        "batch_size": shapes.get("batch_size"),
        "n_prompt": shapes.get("sequence_length"),
        "num_predict": mapping(scenario.get("generate_kwargs")).get("max_new_tokens"),
    }
    unread: set[str] = set()
    warm_ups = []
    for target, parts in _targets(document).items():
        if not isinstance(parts, dict):
            continue
        if target.startswith("first_"):
            warm_ups.append(target)
            continue
        out.record(f"{root}/{target}", subject=backend.get("model"), factors={**factors, "phase": target})
        _rest(out, target, parts, unread)
        latency = mapping(parts.get("latency"))
        scale = _scale(latency, "s", unread)
        if scale is not None:
            metric, definition = _LATENCY.get(target, _OTHER)
            # its standard deviation is that of a population; the values tell the sample's
            stated = {k: v for k, v in latency.items() if k != "stdev"}
            out.stats(metric, stated, f"{target}/latency", definition=definition, scale=scale)
    reading = out.done()
    if warm_ups:
        reading.reason = reading.reason or f"calls that warm up were left out: {', '.join(warm_ups)}"[:200]
    if unread:
        reading.note("units that are not known were left out: " + ", ".join(sorted(unread))[:200])
    return reading


def _rest(out: Observations, target: str, parts: dict[str, Json], unread: set[str]) -> None:
    """Memory, throughput, energy and efficiency: one figure a target."""
    memory = mapping(parts.get("memory"))
    mib = _MIB.get(str(memory.get("unit")))
    if mib is not None:
        for key, (metric, definition) in _MEMORY.items():
            out.add(metric, memory.get(key), f"{target}/memory/{key}", stat="max", definition=definition, scale=mib)
    elif memory:
        unread.add(str(memory.get("unit")))
    throughput = mapping(parts.get("throughput"))
    if (target, throughput.get("unit")) in _RATES:
        metric, definition = _RATES[target, str(throughput["unit"])]
        out.add(metric, throughput.get("value"), f"{target}/throughput", stat="mean", definition=definition)
    energy = mapping(parts.get("energy"))
    scale = _scale(energy, "J", unread)
    if scale is not None and number(energy.get("total")) > 0:
        out.add("energy", energy["total"], f"{target}/energy/total", stat="mean", definition=_ENERGY, scale=scale)
    efficiency = mapping(parts.get("efficiency"))
    if efficiency.get("unit") == "tokens/kWh" and number(efficiency.get("value")) > 0:
        per_token = 3.6e6 / number(efficiency["value"])
        definition = "CPU, RAM and GPU by CodeCarbon / tokens after the first"
        out.add("energy_per_token", per_token, f"{target}/efficiency", stat="mean", definition=definition)


def _scale(part: dict[str, Json], canonical: str, unread: set[str]) -> float | None:
    """To the canonical unit; None where the part is missing, or its unit is of another kind."""
    if not part:
        return None
    unit = part.get("unit")
    scale = unit_factor(unit, canonical) if isinstance(unit, str) else None
    if scale is None:
        unread.add(str(unit))
    return scale
