"""lm-evaluation-harness and lighteval: scores by task, metric and filter, with their standard errors and samples.

lm-evaluation-harness names a score `metric,filter` and its error `metric_stderr,filter`; lighteval names them `metric`
and `metric_stderr` under a task `suite|task|few-shots`. Both state shares of 1.
"""

from __future__ import annotations

import math
import re

from chimera_report.tools.ingest.reading import Reading
from chimera_report.tools.metrics import METRICS, normalise, resolve
from chimera_report.tools.schema import Json, is_quantisation

from .build import Observations, mapping, number

HARNESS, LIGHTEVAL = "lm-evaluation-harness", "lighteval"
_SUMS = re.compile(r"all|.*:_average(?:\|\d+)?$|.*\|_average\|.*")
_ARGS = re.compile(r"(?:^|,)(?:pretrained|model|model_name)=([^,]+)")

_OTHERS = {
    "mc1": "accuracy",
    "mc2": "accuracy",
    "qem": "accuracy",
    "pem": "accuracy",
    "extractive_match": "accuracy",
    "prompt_level_strict_acc": "accuracy",
    "inst_level_strict_acc": "accuracy",
    "prompt_level_loose_acc": "accuracy",
    "inst_level_loose_acc": "accuracy",
    "acc_all": "accuracy",
    "pass_1": "pass_rate",
    "math_pass_1_1_samples": "pass_rate",
    "math_pass_1_4_samples": "pass_rate",
    "exact_match_flex": "accuracy",
}


def matches(document: Json) -> bool:
    if not isinstance(document, dict) or not isinstance(document.get("results"), dict):
        return False
    results = [r for r in document["results"].values() if isinstance(r, dict)]
    scored = any("," in str(k) and number(v) == number(v) for r in results for k, v in r.items())
    lighteval = "config_general" in document and any(str(k).endswith("_stderr") for r in results for k in r)
    return bool(results) and (
        lighteval or (scored and ("versions" in document or "config" in document or "n-samples" in document))
    )


def read(document: Json) -> Reading:
    """One record a task and filter. A group's score is over the tasks of it, and said to be so."""
    lighteval = "config_general" in document
    out = Observations(LIGHTEVAL if lighteval else HARNESS)
    subject = _model(document)
    about = _about(document)
    if (form := subject.replace("\\", "/").rstrip("/").rpartition("/")[2]) and is_quantisation([form]):
        subject = ""  # `results/quantized/awq` names the format, not the model
        about = about if form.lower() == "gguf" else {"quantisation": form, **about}  # a container of many formats
    groups = mapping(document.get("groups")).keys() | mapping(document.get("group_subtasks")).keys()
    subtasks = mapping(document.get("group_subtasks"))
    over = {g for g in groups if subtasks.get(g)}
    for task, scores in document["results"].items():
        if not isinstance(scores, dict):
            continue
        samples = mapping(mapping(document.get("n-samples")).get(task))
        n = (
            samples.get("effective")
            if samples
            else mapping(mapping(document.get("config_tasks")).get(task)).get("effective_num_docs")
        )
        name, shots = _task(task, document)
        whole = task in over or bool(_SUMS.fullmatch(task))
        filters: dict[str, list[tuple[str, str, Json]]] = {}
        for key, value in scores.items():
            metric, _, by = str(key).partition(",")
            filters.setdefault(by if by != "none" else "", []).append((str(key), metric, value))
        for by, found in filters.items():
            if not any(_meaning(m) for _, m, _ in found):
                continue
            factors = {"workload": name, "filter": by or None, "num_fewshot": shots, **about}
            out.record(f"/results/{task}", subject=subject, factors=factors)
            for key, metric, value in found:
                error = metric.endswith("_stderr")
                meaning = _meaning(metric.removesuffix("_stderr"))
                if meaning is None:
                    continue
                definition = "over the tasks of a group" if whole else ""
                if error and number(n) > 0 and number(value) > 0:  # of the mean: that of one answer is √n times as much
                    out.add(meaning, number(value) * math.sqrt(number(n)), key, stat="sd", n=n, definition=definition)
                elif not error:
                    out.add(meaning, value, key, stat="mean", n=n, definition=definition)
    return out.done()


def _meaning(metric: str) -> str | None:
    """The registered measure of quality that a score is; None for what is none, as `alias`."""
    found = resolve(metric)
    if found is not None and found.metric in METRICS and METRICS[found.metric].direction != "none":
        return found.metric
    return _OTHERS.get(normalise(metric))


def _model(document: dict[str, Json]) -> str:
    general = mapping(document.get("config_general"))
    config = mapping(document.get("config"))
    inner = mapping(general.get("model_config"))
    for value in (document.get("model_name"), general.get("model_name"), inner.get("model_name")):
        if isinstance(value, str) and value:
            return value
    arguments = config.get("model_args")
    if isinstance(arguments, dict):
        return str(arguments.get("pretrained") or arguments.get("model") or "")
    found = _ARGS.search(str(arguments or ""))
    return found[1] if found else ""


def _about(document: dict[str, Json]) -> dict[str, Json]:
    """Settings of the run that were given for the model."""
    config = mapping(document.get("config"))
    arguments = config.get("model_args")
    found: dict[str, Json] = (
        dict(arguments)
        if isinstance(arguments, dict)
        else dict(p.split("=", 1) for p in str(arguments or "").split(",") if "=" in p)
    )
    general = mapping(mapping(document.get("config_general")).get("model_config"))
    keep = ("dtype", "quantization", "tensor_parallel_size", "load_in_4bit", "load_in_8bit", "revision")
    out = {k: found.get(k, general.get(k)) for k in keep}
    if "limit" in config:
        out["limit"] = config["limit"] or "all"  # how many questions of a task were asked
    return {
        ("tensor_parallel" if k == "tensor_parallel_size" else k): v
        for k, v in out.items()
        if isinstance(v, str | int | float)
    }


def _task(task: str, document: dict[str, Json]) -> tuple[str, Json]:
    parts = task.split("|")
    if len(parts) >= 3:
        return parts[1], parts[2]
    if len(parts) == 2 and parts[1].isdigit():
        return parts[0], parts[1]
    shots = mapping(document.get("n-shot")).get(task)
    return task, shots
