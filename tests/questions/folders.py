"""Generated folders with a known truth."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Sequence
from pathlib import Path

Row = Sequence[object]


def _write(path: Path, head: Row, rows: Sequence[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows])


def sweep(folder: Path) -> None:
    """`small:1b` decodes at about 200 tokens/s, `large:7b` at about 100, whatever the settings. The first run of each
    block is a cold start, and all of them are at temperature 0.2; one record timed out; one file is a copy."""
    head = "model num_gpu num_ctx temperature ttft_s tokens_s load_s prompt_eval_s eval_s eval_count error".split()  # noqa: SIM905
    for name, rate, seed in (("small:1b", 200.0, 1), ("large:7b", 100.0, 2)):
        draw = random.Random(seed)
        rows: list[Row] = []
        for layers in (20, 30, 40, 50):
            for context in (1024, 2048, 4096):
                for temperature in (0.2, 0.4, 0.8):
                    load = draw.uniform(2.0, 2.2) if temperature == 0.2 else draw.uniform(0.05, 0.06)
                    prompt, speed = draw.uniform(0.010, 0.012), rate * draw.uniform(0.997, 1.003)
                    count = draw.randint(200, 400)
                    rows.append([name, layers, context, temperature, load + prompt, speed, load, prompt,
                                 count / speed, count, ""])  # fmt: skip
        if name == "small:1b":
            rows[-1] = [name, 50, 4096, 0.8, *[""] * 6, "timed out after 120 s"]
        _write(folder / f"{name.partition(':')[0]}_param_tuning.csv", head, rows)
    copy = folder / "backup" / "large_param_tuning.csv"
    copy.parent.mkdir()
    copy.write_bytes((folder / "large_param_tuning.csv").read_bytes())


def power(folder: Path) -> None:
    """`alpha:3b` and `gamma:13b` decode alike, `beta:7b` at half of that and a fifth less at a context of 8192, with
    the least energy a token. Every model and context 12 times, in shuffled order."""
    head = ["model", "num_ctx", "tokens_s", "energy_per_token_j", "power_w", "vram_mib"]
    truth = {"alpha:3b": (120.0, 0.9, 108.0, 4000.0), "beta:7b": (60.0, 0.5, 30.0, 3000.0),
             "gamma:13b": (120.2, 1.6, 192.0, 9000.0)}  # fmt: skip
    draw = random.Random(7)
    cells = [(name, context) for name in truth for context in (2048, 8192) for _ in range(12)]
    draw.shuffle(cells)
    rows = []
    for name, context in cells:
        rate, energy, watts, memory = truth[name]
        slow = 0.8 if (name, context) == ("beta:7b", 8192) else 1.0
        rows.append([name, context, rate * slow * draw.lognormvariate(0, 0.004),
                     energy / slow * draw.lognormvariate(0, 0.006), watts * draw.lognormvariate(0, 0.006),
                     memory + (1000 if context == 8192 else 0) + draw.uniform(-5, 5)])  # fmt: skip
    _write(folder / "power_bench.csv", head, rows)


def drift(folder: Path) -> None:
    """`delta:1b`: the end-to-end latency rises by 1 % from run to run, one decode rate is half of the others."""
    draw = random.Random(11)
    rows = [
        ["delta:1b", run, 2.0 * 1.01**run * draw.lognormvariate(0, 0.005),
         (40.0 if run == 17 else 80.0) * draw.lognormvariate(0, 0.01)]
        for run in range(40)
    ]  # fmt: skip
    _write(folder / "drift_bench.csv", ["model", "run", "e2e_latency_s", "tokens_s"], rows)


FOLDERS: dict[str, Callable[[Path], None]] = {"sweep": sweep, "power": power, "drift": drift}
