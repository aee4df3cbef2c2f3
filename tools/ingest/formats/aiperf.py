"""aiperf and genai-perf: the JSON and CSV of a run, and aiperf's JSON lines of single requests (0.13)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chimera_report.tools.ingest.reading import Reading, skipped
from chimera_report.tools.metrics import METRICS, normalise, unit_factor
from chimera_report.tools.schema import NOT_NEEDED, Json

from .build import STAT_NAMES, Observations, cell_value, find, items, mapping, number, objects, sample_deviation

NAME = "aiperf"


@dataclass(frozen=True, slots=True)
class Tag:
    """What a metric of aiperf is here."""

    metric: str
    definition: str = ""

    def scale(self, unit: Json) -> float | None:
        """From a unit as aiperf writes it; None where the unit is of another kind, or is not told."""
        if not isinstance(unit, str):
            return None
        return unit_factor(_UNITS.get(unit.strip().lower(), unit), METRICS[self.metric].unit)


# Its inter-token latency is one figure a request, (request latency − TTFT) / (output tokens − 1): what is TPOT here.
# The gaps themselves are `inter_chunk_latency`.
TAGS = {
    "time_to_first_token": Tag("ttft"),
    "inter_token_latency": Tag("tpot"),
    "inter_chunk_latency": Tag("itl"),
    "request_latency": Tag("e2e_latency"),
    "request_throughput": Tag("request_rate"),
    "output_token_throughput": Tag("output_throughput"),
    "output_token_throughput_per_user": Tag(
        "decode_rate", "1 / ((request latency − TTFT) / (output tokens − 1)), seen by the client"
    ),
    "prefill_throughput_per_user": Tag("prefill_rate", "prompt tokens / TTFT, seen by the client"),
    "total_token_throughput": Tag("total_throughput"),
    "effective_concurrency": Tag("in_flight"),
    "goodput": Tag("goodput"),
    "input_sequence_length": Tag("prompt_tokens"),
    "output_sequence_length": Tag("output_tokens"),
}
_UNITS = {"tokens/sec/user": "tokens/s", "requests/sec": "1/s"}  # as aiperf writes them
_NAME = re.compile(r"(.+?)(?: \(([^()]+)\))?")
# Of telemetry, a name less its maker's prefix; energy is left out: its MJ are megajoules, of a counter.
_TELEMETRY = {
    "power_usage": Tag("power"),
    "power": Tag("power"),
    "gpu_power_usage": Tag("power"),
    "gpu_utilization": Tag("gpu_util"),
    "memory_utilization": Tag("mem_util"),
    "memory_used": Tag("vram"),
    "gpu_memory_used": Tag("vram"),
    "temperature": Tag("gpu_temperature"),
    "gpu_temperature": Tag("gpu_temperature"),
}
_GB = 1e9 / 2**20  # its telemetry counts a GB as 10⁹ bytes


def matches(document: Json) -> bool:
    if not isinstance(document, dict):
        return False
    named = [k for k in TAGS if isinstance(v := document.get(k), dict) and "unit" in v and ("avg" in v or "p50" in v)]
    return len(named) >= 2


def read(document: Json) -> Reading:
    """Each metric names its unit, and the unit is trusted. `warmup_metrics` are of another phase and not read."""
    out = Observations(NAME if "aiperf_version" in document else "genai-perf")
    subject, factors = _about(document)
    about: dict[str, Any] = {"subject": subject, "started": document.get("start_time")}
    out.record("/", factors=factors, **about)
    for key, tag in TAGS.items():
        values = mapping(document.get(key))
        scale = tag.scale(values.get("unit"))
        if scale is not None:
            out.stats(tag.metric, sample_deviation(values, "std"), key, definition=tag.definition, scale=scale)
    _success(out, *(mapping(document.get(k)).get("avg") for k in ("request_count", "completed_request_count")))
    for where, device, metrics in _devices(document):
        out.record(where, factors={**factors, "device": device}, **about)
        for name, values in metrics.items():
            _telemetry(out, name, mapping(values).get("unit"), mapping(values))
    reading = out.done()
    if document.get("was_cancelled") is True or document.get("is_complete") is False:
        reading.note("the run was stopped before its end")
    return reading


def _success(out: Observations, good: Json, ended: Json) -> None:
    """From the requests that succeeded and those that ended either way."""
    if number(ended) > 0:
        out.add("success_rate", number(good) / number(ended), "request_count", stat="mean", n=ended)


def _about(document: dict[str, Json]) -> tuple[str, dict[str, Json]]:
    """The model, and what was set: in 0.13 by the phase that was measured and by the sweep, before under `loadgen`."""
    config = mapping(document.get("input_config"))
    model = next((m for key in ("model_names", "model", "models") for m in find(config, key) if m), "")
    if isinstance(model, dict):
        model = next((m.get("name") for m in objects(items(model.get("items")))), "")
    model = model[0] if isinstance(model, list) and model and isinstance(model[0], str) else model
    measured = [p for p in objects(items(config.get("phases"))) if p.get("exclude_from_results") is not True]
    factors: dict[str, Json] = {"concurrency": next(iter(find(config, "concurrency")), None)}
    if len(measured) == 1:
        factors |= {"concurrency": measured[0].get("concurrency"), "request_rate": measured[0].get("rate")}
    factors |= _lengths(config) | varied(mapping(document.get("run_info")).get("variation_values"))
    return (model if isinstance(model, str) else ""), {k: v for k, v in factors.items() if v is not None}


def _lengths(config: dict[str, Json]) -> dict[str, Json]:
    """The lengths that were asked for, in tokens: of the one data set of 0.13, before under `input.prompt`."""
    datasets = list(objects(items(config.get("datasets"))))
    prompts = mapping(datasets[0].get("prompts")) if len(datasets) == 1 else {}
    older = mapping(mapping(config.get("input")).get("prompt"))
    asked = {
        "input_length": mapping(prompts.get("isl") or older.get("input_tokens")).get("mean"),
        "output_length": mapping(prompts.get("osl") or older.get("output_tokens")).get("mean"),
    }
    return {k: int(v) if isinstance(v, float) and v.is_integer() else v for k, v in asked.items() if number(v) > 0}


def varied(values: Json) -> dict[str, Json]:
    """What a sweep varied, by the last part of each path (`phases.profiling.concurrency`); single values only."""
    return {k.rpartition(".")[2]: v for k, v in mapping(values).items() if isinstance(v, str | int | float)}


def _devices(document: dict[str, Json]) -> Iterator[tuple[str, str, dict[str, Json]]]:
    """(place, name, metrics) of each GPU of the telemetry."""
    for endpoint, data in mapping(mapping(document.get("telemetry_data")).get("endpoints")).items():
        for key, gpu in mapping(mapping(data).get("gpus")).items():
            name = f"GPU {mapping(gpu).get('gpu_index', key)}"
            yield f"/telemetry_data/{endpoint}/{key}", name, mapping(mapping(gpu).get("metrics"))


def _telemetry(out: Observations, name: str, unit: Json, values: dict[str, Json]) -> None:
    """The statistics over a run of one figure of one GPU; their counts are of readings, which are no observations."""
    tag = _TELEMETRY.get(re.sub(r"^(nvidia|amd)_", "", name).replace("gpu_power", "power"))
    scale = None if tag is None else _GB if unit == "GB" and tag.metric == "vram" else tag.scale(unit)
    if tag is not None and scale is not None:
        out.stats(tag.metric, {k: v for k, v in values.items() if k != "count"}, name, scale=scale)


def are_settings(document: Json) -> bool:
    return "benchmark_id" in mapping(document) and "models" in mapping(mapping(document).get("cfg"))


def skip_settings(_: Json) -> Reading:
    """`run_config.json`: its service levels bear the names of metrics, and are wishes."""
    return skipped(f"{NOT_NEEDED}: settings of a run", format=NAME)


# --- single requests ------------------------------------------------------------------------------------------------


def are_requests(document: Json) -> bool:
    return any(
        "request_start_ns" in mapping(d.get("metadata")) and isinstance(d.get("metrics"), dict)
        for d in objects(document)[:3]
    )


def read_requests(document: Json) -> Reading:
    """A record a request; warm-ups are left out, an error or a cancellation is a failure. It names no model."""
    out = Observations(NAME)
    warm_ups = 0
    for i, item in enumerate(objects(document)):
        about, metrics = mapping(item.get("metadata")), mapping(item.get("metrics"))
        if "warmup" in (about.get("benchmark_phase"), about.get("phase_kind")):
            warm_ups += 1
            continue
        start = number(about.get("request_start_ns"))
        out.record(f"/{i}", started=start / 1e9 if start > 0 else None)
        error = item.get("error")
        if error or about.get("was_cancelled") is True:
            out.fail(mapping(error).get("message") or error or "cancelled")
            continue
        for key, tag in TAGS.items():
            measured = mapping(metrics.get(key))
            scale = tag.scale(measured.get("unit"))
            if scale is None:
                continue
            value = measured.get("value")
            for one in items(value) if isinstance(value, list) else [value]:
                out.add(tag.metric, one, f"metrics/{key}", definition=tag.definition, scale=scale)
    reading = out.done()
    if warm_ups:
        reading.reason = reading.reason or f"{warm_ups} warm-up requests were left out"
    return reading


# --- CSV ------------------------------------------------------------------------------------------------------------


def is_table(head: str) -> bool:
    first, _, rest = head.partition("\n")
    named = (normalise(line.partition(" (")[0]) for line in rest.splitlines())
    return first.startswith("Metric,avg,min,max,") and any(name in TAGS for name in named)


def read_table(text: str) -> Reading:
    """Tables with blank lines between: statistics over requests, `Metric,Value`, and a row a GPU and figure.

    A name ends with its unit. Deviations stay those of the population: no count tells how to turn them into a sample's.
    """
    out = Observations(NAME)
    out.record("row 1")
    titles: list[str] = []
    counts: dict[str, Json] = {}
    short = False
    for number_of_row, row in enumerate(csv.reader(io.StringIO(text)), 1):
        if "Metric" in row:
            titles = ["avg" if c == "Value" else c for c in row]
        elif not row:
            titles = []
        elif titles and len(row) >= len(titles):
            cells = dict(zip(titles, row, strict=False))
            counts[row[0]] = cell_value(cells.get("avg"))
            if row[0] == "Request Count":
                _success(out, counts[row[0]], counts.get("Completed Requests (Success + Error)"))
            _row(out, cells, f"row {number_of_row}")
        else:
            short = short or bool(titles)
    reading = out.done()
    if short or not text.endswith("\n"):
        reading.note("breaks off; read up to there")
    return reading


def _row(out: Observations, cells: dict[str, str], where: str) -> None:
    """One row of one of the tables."""
    found = _NAME.fullmatch(cells["Metric"])
    if found is None:
        return
    values = {k: cell_value(cells[k]) for k in STAT_NAMES if k in cells}
    if "GPU_Index" in cells:
        out.record(where, factors={"device": f"GPU {cells['GPU_Index']}"})
        _telemetry(out, normalise(found[1].replace("NVIDIA GPU", "NVIDIA")), found[2], values)
        return
    tag = TAGS.get(normalise(found[1]))
    scale = tag.scale(found[2]) if tag is not None else None
    if tag is not None and scale is not None:
        out.stats(tag.metric, values, cells["Metric"], definition=tag.definition, scale=scale)
