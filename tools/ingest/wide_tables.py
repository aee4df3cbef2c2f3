"""Tables of documents with a column for each system and metric: `vLLM TPS | SGLang TPS | vLLM TTFT | SGLang TTFT`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from chimera_report.tools.metrics import METRICS, resolve, resolve_factor

from .folder_names import known_words, parts_of
from .names import is_model

_SYSTEMS = ("backend", "provider", "device")


def factor_of(names: Iterable[str]) -> str:
    """What names are of: `model`, a kind of system that a list of words knows them all as, or "" where neither."""
    listed = list(names)
    if listed and all(is_model(n) for n in listed):
        return "model"
    words = known_words()[0]
    for factor in _SYSTEMS:
        if listed and all(any(words.get(w.lower()) == factor for w in (n, *parts_of(n))) for n in listed):
            return factor
    return ""


def by_system(header: list[str], body: list[list[str]]) -> tuple[list[str], list[list[str]], list[int]]:
    """The table with a row for each system, and for each such row the number of the one that it is of, from 1; as it
    stands where its headers do not name two systems or more, each with the same metric."""
    same = header, body, list(range(1, len(body) + 1))
    split = {i: found for i, h in enumerate(header) if (found := _split(h))}
    systems = list(dict.fromkeys(name for name, _ in split.values()))
    if len(systems) < 2:
        return same
    at = {(name, metric): i for i, (name, metric) in split.items()}
    metrics = list(dict.fromkeys(metric for _, metric in split.values()))
    factor = factor_of(systems)
    if not factor or len(at) < len(split) or any((s, metrics[0]) not in at for s in systems):
        return same
    shared = [i for i in range(len(header)) if i not in split]
    if any(resolve_factor(header[i]) == factor for i in shared):
        return same
    rows, numbers = [], []
    for number, row in enumerate(body, 1):
        cells = [*row, *[""] * (len(header) - len(row))]
        for name in systems:
            own = [cells[at[name, m]] if (name, m) in at else "" for m in metrics]
            if any(own):
                rows.append([*(cells[i] for i in shared), name, *own])
                numbers.append(number)
    return [*(header[i] for i in shared), factor, *metrics], rows, numbers


def _split(head: str) -> tuple[str, str] | None:
    """(`TRT-LLM`, `TTFT avg`) of `TRT-LLM TTFT avg`, `TTFT avg (TRT-LLM)`; None for what names no system."""
    inside = re.fullmatch(r"(.+?)\s*\(([^()]+)\)", head.strip())
    options = [(inside[2], inside[1])] if inside else []
    words = head.split()
    for k in range(1, len(words)):
        options += [(" ".join(words[:k]), " ".join(words[k:])), (" ".join(words[k:]), " ".join(words[:k]))]
    for name, metric in sorted(options, key=lambda o: len(o[0])):  # "vLLM", and not "avg vLLM"
        found = resolve(metric)
        if found is not None and found.metric in METRICS and resolve(name) is None and factor_of([name]):
            return name, metric
    return None
