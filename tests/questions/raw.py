"""The files of the golden set as plain pandas reads them: no code of the program is used here.

`table` is one row a value: world's suite, subject, metric (the registry's name), value in its canonical unit, whether
the record was a cold start, where it stands (file, line, column), and the settings as `f_<name>`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "../shared/corpus/chimera-101"
# Column → metric. The corpus's and the sweep's `ttft_s` is load + prompt evaluation, as their other columns show.
_COLUMNS = {
    "tokens_s": "decode_rate",
    "decode_rate": "decode_rate",
    "prefill_rate": "prefill_rate",
    "load_s": "load_time",
    "prompt_eval_s": "prompt_eval_time",
    "eval_s": "eval_time",
    "e2e_latency_s": "e2e_latency",
    "tpot_s": "tpot",
    "ram_mib": "ram",
    "cpu_util": "cpu_util",
    "vram_mib": "vram",
    "power_w": "power",
    "energy_per_token_j": "energy_per_token",
    "eval_count": "output_tokens",
    "output_tokens": "output_tokens",
    "response_chars": "response_chars",
    "ttft_with_load_s": "ttft_incl_load",
}
_SETTINGS = ("num_gpu", "num_ctx", "num_thread", "temperature", "prompt")
_COLD_S = 0.5  # loads of these files are below 0.2 s or above 0.9 s; the long ones are cold starts


@dataclass
class Raw:
    """One folder."""

    name: str
    folder: Path
    extra: dict[str, object] = field(default_factory=dict)

    @cached_property
    def table(self) -> pd.DataFrame:
        return {"data": _data, "corpus": _corpus}.get(self.name, _generated)(self.folder)

    def pick(
        self,
        metric: str,
        *,
        suite: str = "",
        subject: str = "",
        state: str = "",
        where: dict[str, str] | None = None,
    ) -> pd.DataFrame:
        t = self.table
        kept = (t["metric"] == metric) & t["value"].notna()
        if suite:
            kept &= t["suite"] == suite
        if subject:
            kept &= t["subject"] == subject
        if state:
            kept &= t["cold"] == (state == "cold")
        for name, level in (where or {}).items():
            column = t["f_" + name]
            kept &= column.map(lambda x, level=level: _same(x, level))
        return t[kept]

    def files(self) -> list[Path]:
        return [p for p in sorted(self.folder.rglob("*")) if p.is_file()]


def _same(a: object, b: str) -> bool:
    try:
        return float(a) == float(b)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return str(a) == b


def _csv(path: Path, root: Path, suite: str, subject: str = "") -> pd.DataFrame:
    frame = pd.read_csv(path)
    frame["line"] = np.arange(len(frame)) + 2
    if "error" in frame:
        frame = frame[frame["error"].isna()]
    if "status" in frame:
        frame = frame[frame["status"] == "ok"]
    warm_ttft = "load_s" not in frame
    columns = {**_COLUMNS, "ttft_s": "ttft" if warm_ttft else "ttft_incl_load"}
    cold = frame["load_s"] >= _COLD_S if "load_s" in frame else pd.Series(data=False, index=frame.index)
    rows = []
    for column, metric in columns.items():
        if column in frame:
            part = pd.DataFrame({"value": pd.to_numeric(frame[column], errors="coerce"), "line": frame["line"]})
            part["metric"], part["column"], part["cold"] = metric, column, cold
            part["subject"] = frame.get("model", subject)
            for name in _SETTINGS:
                if name in frame:
                    part["f_" + name] = frame[name].astype(str)
            rows.append(part)
    found = pd.concat(rows, ignore_index=True)
    found["file"], found["suite"] = path.relative_to(root).as_posix(), suite
    return found


def _data(folder: Path) -> pd.DataFrame:
    place = folder / "threads-context-prompt"
    warm = _csv(place / "runs.csv", folder, place.name)
    starts = pd.DataFrame(json.loads((place / "cold_starts.json").read_text())["cold_starts"])
    rows = []
    for column, metric in (("load_s", "load_time"), ("ttft_with_load_s", "ttft_incl_load")):
        part = pd.DataFrame({"value": starts[column], "subject": starts["model"]})
        part["metric"], part["cold"], part["column"] = metric, True, column
        for name in ("num_ctx", "num_thread"):
            part["f_" + name] = starts[name].astype(str)
        rows.append(part)
    cold = pd.concat(rows, ignore_index=True)
    cold["file"], cold["suite"] = "threads-context-prompt/cold_starts.json", place.name
    return pd.concat([warm, cold], ignore_index=True)


def _corpus(folder: Path) -> pd.DataFrame:
    reports = folder / "outputs/reports"
    parts = []
    for stem, subject in (
        ("gemma3", "gemma3:latest"),
        ("gemma3_270m", "gemma3:270m"),
        ("gemma3_1b-it-qat", "gemma3:1b-it-qat"),
    ):
        parts += [
            _csv(reports / f"gemma3/{stem}_{suite}.csv", folder, suite, subject)
            for suite in ("param_tuning", "baseline")
        ]
    parts.append(_csv(folder / "data/csv/ollama_param_tuning.csv", folder, "ollama_param_tuning"))
    parts.append(_csv(folder / "data/csv/ollama_quant_bench.csv", folder, "ollama_quant_bench"))
    for path in sorted(reports.glob("ollama/*/*_runs.csv")):
        suite = "prompt_suite" if "prompt_suite" in path.name else "benchmark_fixed"
        if "prompt_suite" in path.name or "fixed" in path.name:
            parts.append(_csv(path, folder, suite))
    return pd.concat(parts, ignore_index=True)


def _generated(folder: Path) -> pd.DataFrame:
    paths = [p for p in sorted(folder.rglob("*.csv")) if "backup" not in p.parts]
    suites = {"power_bench.csv": "power", "drift_bench.csv": "drift"}
    return pd.concat([_csv(p, folder, suites.get(p.name, "param_tuning")) for p in paths], ignore_index=True)


# --- statistics, written out here once more ---------------------------------------------------------------------------


def gmean(values: pd.Series) -> float:
    return float(np.exp(np.log(values.astype(float)).mean()))


def interval(picked: pd.DataFrame) -> tuple[float, float] | None:
    """95 % t interval of the geometric mean, on logarithms; None where there are too few values. Where settings vary,
    the error is the spread within their combinations, or else what their main effects leave over, with at least 10
    degrees of freedom."""
    logs = np.log(picked["value"].astype(float).to_numpy())
    n = len(logs)
    settings = [c for c in picked if str(c).startswith("f_") and picked[c].nunique() > 1]
    design = np.ones((n, 1))
    for column in settings:
        dummies = pd.get_dummies(picked[column], drop_first=True).to_numpy(dtype=float)
        design = np.hstack([design, dummies])
    fitted = design @ np.linalg.lstsq(design, logs, rcond=None)[0]
    free = n - int(np.linalg.matrix_rank(design))
    if settings:
        cells = picked.groupby(settings, dropna=False).ngroup().to_numpy()
        if n - len(np.unique(cells)) >= 10:
            free = n - len(np.unique(cells))
            fitted = pd.Series(logs).groupby(cells).transform("mean").to_numpy()
    if n < 3 or free < (10 if settings else 2):
        return None
    error = np.sqrt(((logs - fitted) ** 2).sum() / free)
    half = stats.t.ppf(0.975, free) * error / np.sqrt(n)
    return float(np.exp(logs.mean() - half)), float(np.exp(logs.mean() + half))


def statistic(values: pd.Series, name: str) -> float:
    values = values.astype(float)
    if name.startswith("p"):
        return float(values.quantile(int(name[1:]) / 100))
    if name == "gmean":
        return gmean(values)
    if name == "cv":
        return float(values.std(ddof=1) / values.mean())
    made = {"mean": values.mean, "min": values.min, "max": values.max, "sd": values.std}[name]
    return float(made())
