"""Reports to look at: of a folder with a known truth, and of one whose every name is markup."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

import chimera_report as cr
from chimera_report.agent.chat.saved import load
from chimera_report.agent.publishing import html
from chimera_report.tools.charts import candidates, draw
from chimera_report.tools.claims import Desk
from chimera_report.tools.render import rows_of
from chimera_report.tools.schema import Chart, Report, Section
from chimera_report.tools.stats import analyse
from chimera_report.tools.store import RunFolder

MODELS = {"small:1b": 200.0, "middle:3b": 150.0, "large:7b": 100.0}


def write(place: Path, models: dict[str, float]) -> Path:
    """A sweep of each model over two settings, cold starts at one level of one of them; two engines under load, and
    what a meter read in phases, so that there is a chart of nearly every kind."""
    number = random.Random(11)
    place.mkdir(parents=True)
    with (place / "runs.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["model", "num_ctx", "temperature", "ttft_s", "tokens_s", "load_s"])
        for model, rate in models.items():
            for i in range(24):
                context, warmth = (1024, 2048, 4096)[i % 3], (0.2, 0.8)[i // 3 % 2]
                load = number.uniform(2.0, 2.2) if warmth == 0.2 else number.uniform(0.05, 0.06)
                speed = rate * number.uniform(0.99, 1.01) * (1.2 if context == 1024 else 1.0)
                out.writerow([model, context, warmth, 0.05 + load, speed, load])
    with (place / "load.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["engine", "concurrency", "output_tokens_per_second"])
        for engine, most in (("one", 2000), ("two", 1500)):
            out.writerows([engine, c, most * c / (c + 12) * number.uniform(0.99, 1.01)] for c in (1, 4, 16, 64) * 3)
    with (place / "power.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["timestamp", "phase", "gpu_power_w", "gpu_util_pct"])
        for i in range(90):
            phase, power = (("idle", 60.0), ("load", 90.0), ("decode", 220.0))[i // 30]
            near = power * number.uniform(0.98, 1.02)
            out.writerow([f"2026-01-01T00:{i // 60:02}:{i % 60:02}Z", phase, near, near / 3])
    return place


def made(place: Path) -> Path:
    """The page of a report, with one chart of every kind that its data gives."""
    folder = RunFolder(cr.report(write(place / "data", MODELS)).save(place / "reports").path)
    report = with_charts(folder)
    folder.write_json("report.json", report.model_dump(mode="json", by_alias=True))
    return folder.write("report.html", html(report, folder.read_json("run.json"), folder))


def with_charts(folder: RunFolder) -> Report:
    dataset = load(folder).world.dataset
    report = Report.model_validate(folder.read_json("report.json"))
    desk = Desk(analyse(dataset), dataset, report.sheet)
    desk._sealed = False  # the report's own facts, and those of the charts after them
    kinds = {c.kind: c for c in reversed(candidates(desk))}
    charts = [draw(c, desk) for c in kinds.values()]
    assert {"systems", "ratios", "cold", "curve", "telemetry"} <= set(kinds)
    numbered = tuple(
        c.model_copy(update={"key": f"shown-{i}", "caption": c.caption.model_copy(update={"id": f"S{800 + i}"})})
        for i, c in enumerate(charts)
    )
    pictures = Section(key="pictures", title="Pictures", blocks=numbered)
    sheet = desk.sheet(report.sheet.names)
    return report.model_copy(update={"sections": (*report.sections, pictures), "sheet": sheet})


def long_names(page: Path) -> Path:
    """The page of the same report whose charts have names of some sixty signs, on their axes and in their legends."""
    folder = RunFolder(page.parent)
    report = Report.model_validate(folder.read_json("report.json"))

    def longer(given: object) -> object:
        if isinstance(given, dict):
            return {k: longer(v) for k, v in given.items()}
        if isinstance(given, list):
            return [longer(v) for v in given]
        return f"organisation/{given}-instruct-quantised ({given}, of the longer kind)" if given in known else given

    blocks = []
    for chart in (b for s in report.sections if s.key == "pictures" for b in s.blocks if isinstance(b, Chart)):
        known = {r[k] for r in rows_of(chart.spec) for k in ("name", "line") if k in r}
        blocks.append(chart.model_copy(update={"spec": longer(chart.spec)}))
    sections = [s.model_copy(update={"blocks": tuple(blocks if s.key == "pictures" else ())}) for s in report.sections]
    report = report.model_copy(update={"sections": tuple(sections)})
    return folder.write("long.html", html(report, folder.read_json("run.json"), folder))


_TAGS = ["script", "img", "svg", "iframe", "object", "embed", "video", "audio", "body", "details", "input", "a", "math"]
_ENDS = ["script", "style", "title", "textarea", "svg", "td", "code"]
_ACTS = ["window.pwned=1", "alert(1)", "document.title='x'"]
PAYLOADS = [
    *(f"<{tag} src=x onerror={act} onload={act} open ontoggle={act}>" for tag in _TAGS for act in _ACTS),
    *(f"</{end}><script>{act}</script>" for end in _ENDS for act in _ACTS),
    *(f"{quote}{close}<svg onload={act}>" for quote in "\"'`" for close in (">", "/>", "]>", "-->") for act in _ACTS),
    *(f"{{{{constructor.constructor('{act}')()}}}}" for act in _ACTS),
    *(f"${{{act}}}" for act in _ACTS),
    *(f"javascript:{act}" for act in _ACTS),
    *(f"[x](javascript:{act})" for act in _ACTS),
    *(f"![x](x\" onerror=\"{act})" for act in _ACTS),
    *(f"<a href='data:text/html,<script>{act}</script>'>x</a>" for act in _ACTS),
    *(f"<meta http-equiv=refresh content='0;url=javascript:{act}'>" for act in _ACTS),
    *(f"<base href='http://127.0.0.1:9/{i}'>" for i in range(6)),
    *(f"<link rel=stylesheet href=http://127.0.0.1:9/{i}.css>" for i in range(6)),
    *(f"<form action=http://127.0.0.1:9/{i}><input autofocus onfocus=alert(1)>" for i in range(6)),
    *(f"<style>@import 'http://127.0.0.1:9/{i}';</style>" for i in range(6)),
    *(f"&#x3c;script&#x3e;alert({i})&#x3c;/script&#x3e;" for i in range(6)),
    *(f"\u202e<b>{i}</b>\u2066" for i in range(6)),
    *(f"<!--{'-' * i}><script>alert(1)</script>-->" for i in range(10)),
    *(f"]]><{'/' * i}script>alert(1)</script>" for i in range(6)),
    *(f"<scr{chr(c)}ipt>alert(1)</scr{chr(c)}ipt>" for c in (0, 9, 10, 13, 32, 47)),
    *(f"\ue000F{i:03d}|d\ue001" for i in range(1, 7)),
    *(f"{{{{F{i:03d}}}}}" for i in range(1, 7)),
    *(f"%3Cscript%3Ealert({i})%3C/script%3E" for i in range(6)),
    *(f"<noscript><p title='</noscript><img src=x onerror=alert({i})>'>" for i in range(6)),
    *(f"datum['x'];alert({i})//" for i in range(6)),
    *(f"\\<b\\>{'`' * i}<i>x" for i in range(6)),
]  # fmt: skip


def nasty(page: Path) -> Path:
    """A page of the same report whose names are these, in every place that holds a name; beside the other."""
    folder = RunFolder(page.parent)
    text = json.dumps(folder.read_json("report.json"))
    report = Report.model_validate_json(text)
    facts = list(report.sheet.facts)
    names = iter(PAYLOADS * 20)
    changed = [
        f.model_copy(update={"display": (n := next(names)), "number": n, "subject": n, "method": n, "suite": n})
        if f.value is None or isinstance(f.value, str)
        else f.model_copy(update={"subject": (n := next(names)), "method": n, "suite": n})
        for f in facts
    ]
    charts = json.loads(text)["sections"]
    for section in charts:
        for block in section["blocks"]:
            for row in block.get("spec", {}).get("data", {}).get("values", []):
                for key in ("name", "line", "level", "where"):
                    if key in row:
                        row[key] = PAYLOADS[hash_of(row[key]) % len(PAYLOADS)]
    sheet = report.sheet.model_copy(update={"facts": tuple(changed)})
    report = Report.model_validate(
        {**json.loads(text), "sections": charts, "title": PAYLOADS[0], "sheet": sheet.model_dump()}
    )
    return folder.write("evil.html", html(report, folder.read_json("run.json"), folder))


def hash_of(text: str) -> int:
    return sum(ord(c) * (i + 1) for i, c in enumerate(text))
