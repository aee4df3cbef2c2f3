"""What there is: systems, suites, levels of settings, files, hardware, and what this report can be asked."""

# ruff: noqa: E501 — a sentence is read as a whole

from __future__ import annotations

import re

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.layer import run
from chimera_report.tools.query.told.sheet import Telling
from chimera_report.tools.schema import Select

MOST = 25


def _systems(telling: Telling) -> list[str]:
    groups = run(telling.layer, Select(measure="records", where=telling.select.where, by=("system",)))
    named = [g.keys["system"] for g in groups if g.keys["system"]]
    if named:
        return named
    stated = telling.layer.fetch("SELECT DISTINCT subject FROM observations WHERE subject <> '' ORDER BY 1")
    return [str(s) for (s,) in stated]


def inventory(telling: Telling) -> None:
    """The names of what is asked for, and how many they are."""
    words = sorted(telling.select.text.split(), key=lambda w: w == "hardware")
    done = False
    for word in words:
        if word in telling.layer.levels or word == "quantisation":
            levels = _levels(telling, word)
            if levels:
                _listed(telling, f"level{'s' if len(levels) > 1 else ''} of {word}", levels)
                done = True
            continue
        found: list[str] = []
        title = ""
        if word.startswith("kind:"):
            kind = word.removeprefix("kind:")
            rows = telling.layer.fetch("SELECT path FROM files WHERE kind = ? ORDER BY 1", [kind])
            found, title = [str(p) for (p,) in rows], f"{kind} files"
            if not found:
                telling.say(f"There is no {kind} file.")
                done = True
        if word == "system":
            found, title = _systems(telling), "models and systems"
        elif word == "suite":
            groups = run(telling.layer, Select(measure="records", where=telling.select.where, by=("suite",)))
            found, title = [g.keys["suite"] for g in groups if g.keys["suite"]], "suites"
        elif word == "file":
            rows = telling.layer.fetch("SELECT path FROM files ORDER BY 1")
            found, title = [str(p) for (p,) in rows], "files"
        elif word == "day":
            from chimera_report.tools.query.told.times import when

            when(telling)
            done = True
            continue
        elif word in ("cell", "setting"):
            if "count" in words:
                _combinations(telling)
            found, title = (
                [f"{f}: {', '.join(levels[:8])}" for f, levels in telling.layer.levels.items() if len(levels) > 1],
                "settings that vary",
            )
        elif word == "hardware":
            _machines(telling)
            done = True
            continue
        if found:
            _listed(telling, title, found)
            done = True
    if not done:
        telling.refuse("the data holds nothing of that kind")


def _combinations(telling: Telling) -> None:
    """How many combinations of a system and settings were measured."""
    layer = telling.layer
    varied = [f for f in layer.varying if layer.dataset.role_of(f) not in ("replicate", "component", "environment")]
    by = ("system", *varied)
    groups = run(layer, Select(measure="records", where=telling.select.where, by=by))
    telling.say(f"There are {telling.fact(len(groups))} combinations that were measured.")


def _levels(telling: Telling, factor: str) -> list[str]:
    if factor not in telling.layer.levels:
        return _parts(telling, factor)
    groups = run(telling.layer, Select(measure="records", where=telling.select.where, by=(factor,)))
    held = [g.keys[factor] for g in groups if g.keys[factor]]
    stated = [] if telling.select.where else list(telling.layer.levels[factor])
    parts = _parts(telling, factor)
    return list({_number(x): x for x in reversed([*held, *stated, *parts])}.values())[::-1]


def _number(level: str) -> str:
    """A level as it counts: 064 is 64."""
    return f"{float(level):g}" if re.fullmatch(r"\d+(?:\.\d+)?", level) else level


def _parts(telling: Telling, factor: str) -> list[str]:
    """Of a quantisation: those that stand in names of systems and nowhere else."""
    if factor != "quantisation":
        return []
    found: dict[str, None] = {}
    for name in _systems(telling):
        for m in re.finditer(
            r"(?<![a-z0-9])(i?q\d(?:_\w+)*|fp16|bf16|fp8|int8|int4|awq|gptq|qat)(?![a-z0-9])", name, re.IGNORECASE
        ):
            found[m[0]] = None
    known = {x.lower() for x in telling.layer.levels.get(factor, ())}
    return [f for f in found if f.lower() not in known]


def _listed(telling: Telling, title: str, found: list[str]) -> None:
    shown = [telling.name(n) for n in found[:MOST]]
    tail = f" and {telling.fact(len(found) - MOST)} more" if len(found) > MOST else ""
    telling.say(
        f"There are {telling.fact(len(found))} {title}: {', '.join(shown)}{tail}."
        if len(found) != 1
        else f"There is one: {title.removesuffix('s')} {shown[0]}."
    )


def _no_name(level: str) -> bool:
    """A number is no name of a machine, and "unknown" is none either: "gpu: 0" is a count or a share."""
    return re.fullmatch(r"[\d.,% ]*|unknown.*|none|n/?a|null|nan", level.strip(), re.IGNORECASE) is not None


def hardware(telling: Telling) -> None:
    """What the machine was; where something else is counted in the same question, how many of that there are."""
    if {"system", "suite", "file"} & set(telling.select.text.split()):
        inventory(telling)
    else:
        _machines(telling)


def _machines(telling: Telling) -> None:
    """What the measurements say about hosts, devices and drivers, and what documents state."""
    rows = telling.layer.fetch("SELECT setting, level, records FROM machines ORDER BY setting, records DESC")
    rows = [r for r in rows if not _no_name(str(r[1]))]
    notes = telling.world.hardware
    if rows:
        by: dict[str, list[str]] = {}
        for setting, level, _ in rows:
            by.setdefault(str(setting), []).append(telling.name(str(level)))
        told = "; ".join(
            f"{f'{len(v)} levels of ' if len(v) > 1 else ''}{k}: {', '.join(v[:6])}" for k, v in by.items()
        )
        telling.say(f"The records say: {told}.")
    for where, line in notes[:3]:
        telling.say(f"{telling.name(where)} states: “{telling.name(line)}”.")
    metrics = [m for m in ("gpu_util", "gpu_temperature", "power", "vram") if m in telling.layer.metrics]
    if metrics and not notes:
        telling.say(f"Of a GPU, {', '.join(metric_of(m).title for m in metrics)} was measured.")
    if not rows and not notes:
        if metrics:
            telling.cannot.append("no record and no document names the machine")
        else:
            telling.refuse("no record and no document names the machine, the GPU or the processor")


def help(telling: Telling) -> None:  # noqa: A001  the name of the task
    """What this report can be asked: its names, and a question of each kind that it can answer."""
    layer = telling.layer
    systems = _systems(telling)
    core = [m for m in layer.metrics if metric_of(m).core]
    telling.say(
        f"This report can be asked about {telling.fact(len(systems))} systems, {telling.fact(len(layer.metrics))} metrics and "
        f"{telling.fact(sum(len(x) > 1 for x in layer.levels.values()))} settings that vary."
    )
    rows = [("systems", ", ".join(systems[:8])), ("metrics", ", ".join(metric_of(m).title for m in core[:10]))]
    rows += [(f, ", ".join(levels[:8])) for f, levels in layer.levels.items() if len(levels) > 1][:8]
    telling.table("Names", ["What", "For example"], rows)
    telling.choices = list(telling.world.askable)
