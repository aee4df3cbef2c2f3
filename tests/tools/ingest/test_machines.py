"""What was measured on: one device under several names, machines in names of files and folders, what follows them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.ingest.machines import machine_named
from chimera_report.tools.schema import FACTOR, Dataset


def read(tmp_path: Path, files: dict[str, str]) -> Dataset:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return ingest(tmp_path)


def machines(found: Dataset) -> dict[str, set[str]]:
    """The factors that name a card or a computer."""
    names = ("gpu", "device", "gpu_name", "detected_gpu_name", "gpu_model", "accelerator")
    return {
        n: set(found.table[FACTOR + n].dropna().astype(str)) for n in names if FACTOR + n in found.table.columns
    }  # fmt: skip


HEADS = ["gpu,detected_gpu_name", "gpu_name,gpu", "device,gpu_model", "accelerator,gpu_name", "gpu,device_name"]


@pytest.mark.parametrize("heads", HEADS)
def test_one_card_under_two_headers_is_told_once(tmp_path: Path, heads: str) -> None:
    rows = [f"RTX {n},NVIDIA GeForce RTX {n},{c},{n / c:.1f}" for n in (5060, 5080) for c in (1, 2, 4)]
    found = read(tmp_path, {"grid.csv": "\n".join([f"{heads},concurrency,decode_tps", *rows]) + "\n"})
    assert len(machines(found)) == 1
    assert len(next(iter(machines(found).values()))) == 2


def test_files_that_spell_one_card_in_several_ways_agree(tmp_path: Path) -> None:
    spelt = {"a": ("gpu", "RTX 5060"), "b": ("gpu_name", "NVIDIA GeForce RTX 5060"), "c": ("gpu_model", "rtx5060-8gb")}
    files = {
        f"{k}.csv": f"model,{head},batch_size,decode_tps\n" + "".join(f"m-1b,{card},{b},{b * 10}\n" for b in (1, 2, 4))
        for k, (head, card) in spelt.items()
    }
    assert machines(read(tmp_path, files)) == {"gpu": {"NVIDIA GeForce RTX 5060"}}


def test_cards_that_differ_in_memory_alone_are_two(tmp_path: Path) -> None:
    rows = "".join(f"m-1b,A100-{gb}GB,{b},{b * gb}\n" for gb in (40, 80) for b in (1, 2, 4))
    found = read(tmp_path, {"a.csv": "model,gpu,batch_size,decode_tps\n" + rows})
    assert machines(found) == {"gpu": {"A100-40GB", "A100-80GB"}}


@pytest.mark.parametrize(
    "names",
    [
        ("m4-mac-mini/x.csv", "nvidia-rtx-3080/x.csv"),
        ("apple-m3-max.csv", "rtx4090.csv"),
        ("runs/jetson-orin-nano/x.csv", "runs/raspberry-pi-5/x.csv"),
        ("h100-80gb/a/x.csv", "mi300x/a/x.csv"),
        ("Ryzen-9-7950X.csv", "Apple_M2_Pro.csv"),
        ("aws-t2-large/x.csv", "macmini/x.csv"),
    ],
)
def test_machines_in_names_are_the_device(tmp_path: Path, names: tuple[str, str]) -> None:
    files = {n: f"model,prompt,decode_tps\nm-1b,short,{i}0\nm-1b,long,{i}1\n" for i, n in enumerate(names, 1)}
    told = machines(read(tmp_path, files))["device"]
    assert {v.lower() for v in told} == {
        next(p for p in reversed(Path(n).with_suffix("").parts) if machine_named(p)).lower() for n in names
    }


@pytest.mark.parametrize(
    "name", ["cpu-thread-scaling", "pro-max", "speculative-decoding", "m3gan", "data", "a-b", "ai"]
)
def test_other_names_are_no_machines(name: str) -> None:
    assert not machine_named(name)


def bench(model: str, card: str, threads: int, split: str, layers: int, speed: float) -> dict[str, object]:
    return {
        "build_commit": "abc", "model_type": model, "gpu_info": card, "cpu_info": "x",
        "backends": "CUDA" if "RTX" in card else "MTL,BLAS",
        "model_filename": f"{model}.gguf", "n_batch": 2048,
        "n_threads": threads, "n_gpu_layers": layers, "split_mode": split, "n_prompt": 0, "n_gen": 128, "n_depth": 0,
        "avg_ts": speed, "stddev_ts": 0.1, "samples_ts": [speed],
    }  # fmt: skip


def test_settings_that_only_follow_the_machine_are_none(tmp_path: Path) -> None:
    runs = {
        "mac": [bench(f"m{i} 3B Q8_0", "Apple M4", 4, "layer", -1, 20.0 + i) for i in range(3)],
        "card": [bench(f"m{i} 3B Q8_0", "NVIDIA GeForce RTX 3080", 8, "none", 999, 99.0 + i) for i in range(2)]
        + [bench("m2 3B Q8_0", "NVIDIA GeForce RTX 3080", 8, "none", -1, 101.0)],  # the default: all layers too
    }
    found = read(tmp_path, {f"{k}.json": json.dumps(v) for k, v in runs.items()})
    assert machines(found) == {"device": {"Apple M4", "NVIDIA GeForce RTX 3080"}}
    assert not {FACTOR + n for n in ("num_thread", "split_mode", "backend")} & set(found.table.columns)
    assert set(found.table[FACTOR + "num_gpu"]) == {"999"}


def test_a_setting_that_one_machine_varied_stays(tmp_path: Path) -> None:
    runs = [bench("m 3B Q8_0", "Apple M4", n, "layer", -1, 20.0 + n) for n in (2, 4)]
    runs.append(bench("m 3B Q8_0", "NVIDIA GeForce RTX 3080", 8, "none", -1, 99.0))
    assert set(read(tmp_path, {"a.json": json.dumps(runs)}).table[FACTOR + "num_thread"]) == {"2", "4", "8"}


def test_a_card_that_a_mac_cannot_have_is_not_believed(tmp_path: Path) -> None:
    runs = [{"category": c, "tps": s} for c, s in (("code", 10.0), ("chat", 12.0))]
    copied = {"meta": {"model": "m-1b", "gpu": "RTX 5060 Ti"}, "hardware": {"platform": "macOS-26.5"}, "results": runs}
    other = {"meta": {"model": "m-1b", "gpu": "RTX 5060 Ti"}, "results": runs}
    found = read(tmp_path, {"apple-m3-max.json": json.dumps(copied), "results.json": json.dumps(other)})
    assert set().union(*machines(found).values()) == {"apple-m3-max", "RTX 5060 Ti"}


@pytest.mark.parametrize("column", ["topology", "config", "variant"])
@pytest.mark.parametrize("ways", [("SINGLE", "TP2", "TP4"), ("1xT", "2xT", "4xT")])
def test_a_number_that_the_arrangement_says_is_no_second_setting(
    tmp_path: Path, column: str, ways: tuple[str, ...]
) -> None:
    rows = [
        f"m-7b,{w},{n},{c},{n * 10 + c / 1e4}" for w, n in zip(ways, (1, 2, 4), strict=True) for c in (1024, 4096, 8192)
    ]
    rows += [f"m-7b,{ways[1].replace('T', 'P')},2,{c},5" for c in (1024, 4096)]
    found = read(tmp_path, {"a.csv": "\n".join([f"model,{column},nodes,context_length,decode_tps", *rows]) + "\n"})
    assert FACTOR + "nodes" not in found.table.columns and set(found.table[FACTOR + column]) >= set(ways)


def test_a_number_of_its_own_stays(tmp_path: Path) -> None:
    rows = [
        f"m-7b,{w},{n},{c},{n * 10 + c / 1e4}" for w in ("fast", "slow") for n in (1, 2) for c in (1024, 4096, 8192)
    ]
    found = read(tmp_path, {"a.csv": "\n".join(["model,topology,nodes,context_length,decode_tps", *rows]) + "\n"})
    assert set(found.table[FACTOR + "nodes"]) == {"1", "2"}
