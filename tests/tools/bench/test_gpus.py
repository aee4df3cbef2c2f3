"""What doctor says of GPUs: one, several, split ones, AMD's; with stubs of the driver and of sysfs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from chimera_report.tools.bench import amd, apple, cuda

STUB = Path(__file__).parents[2] / "data" / "bench" / "nvml_stub.c"
PROGRAM = str(Path(sys.executable).parent / "chimera-report")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nvml")
    target = folder / "libnvidia-ml.so.1"
    subprocess.run(["gcc", "-shared", "-fPIC", "-Wall", "-Werror", "-o", target, STUB], check=True)
    return folder


@pytest.mark.needs("gcc")
@pytest.mark.parametrize(
    ("mode", "gpus"),
    [
        ("normal", ["Stub GPU 0 (8192 MiB, 250 W at most)"]),
        ("two", ["Stub GPU 0 (8192 MiB, 250 W at most)", "Stub GPU 1 (8192 MiB, 250 W at most)"]),
        ("mig", ["NVIDIA A100-SXM4-40GB (8192 MiB, 250 W at most, MIG on, 2 instances)"]),
        ("notsupported", ["NVIDIA GPU 0"]),
        ("notloaded", []),
    ],
)
def test_doctor_on_an_nvidia_machine(library: Path, tmp_path: Path, mode: str, gpus: list[str]) -> None:
    env = os.environ | {"LD_LIBRARY_PATH": str(library), "STUB_MODE": mode, "OLLAMA_HOST": "127.0.0.1:9"}
    command = [PROGRAM, "doctor", "--json"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["gpus"]
    assert found["found"] == gpus
    assert found["driver"] == ("driver 999.01, CUDA 12.4" if gpus else "")
    assert bool(found["reason"]) == (not gpus)


@pytest.mark.needs("gcc")
@pytest.mark.parametrize(("watts", "holds"), [(100, True), (110, False)])
def test_the_comparison_with_nvidia_smi_decides(library: Path, tmp_path: Path, watts: int, holds: bool) -> None:
    """`make gpu`, against the stub, which draws 100 W and holds 1024 MiB, and a script in the place of nvidia-smi."""
    smi = tmp_path / "nvidia-smi"
    smi.write_text(f"#!/bin/sh\nwhile echo '0, {watts}.0, 1024'; do sleep 0.05; done\n")
    smi.chmod(0o755)
    env = os.environ | {"LD_LIBRARY_PATH": str(library), "STUB_MODE": "normal", "PATH": f"{tmp_path}:/usr/bin:/bin"}
    env |= {"GPU_WINDOWS": "1", "GPU_SECONDS": "1.1", "PYTHONPATH": str(Path(__file__).parents[2])}
    script = "import real_gpu; print(real_gpu.compare())"
    done = subprocess.run(
        [sys.executable, "-c", script], env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]" if holds else "'power: -0.09" in done.stdout, done.stdout


def card(root: Path, name: str, files: dict[str, str]) -> None:
    for path, text in files.items():
        at = root / name / "device" / path
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(text + "\n")


def test_an_amd_card_is_read_from_sysfs(tmp_path: Path) -> None:
    full = {
        "vendor": "0x1002", "device": "0x744c", "product_name": "Radeon RX 7900 XTX", "unique_id": "abc123",
        "gpu_busy_percent": "97", "mem_busy_percent": "40", "mem_info_vram_total": str(24 * 2**30),
        "mem_info_vram_used": str(6 * 2**30), "max_link_width": "16", "hwmon/hwmon3/power1_average": "213000000",
        "hwmon/hwmon3/power1_cap": "327000000", "hwmon/hwmon3/temp1_input": "61000",
        "hwmon/hwmon3/freq1_input": "2304000000", "hwmon/hwmon3/freq2_input": "1249000000",
    }  # fmt: skip
    card(tmp_path, "card1", full)
    card(tmp_path, "card0", {"vendor": "0x8086"})
    card(tmp_path, "card2", {"vendor": "0x1002", "device": "0x1638"})
    (tmp_path / "card1-DP-1").mkdir()
    found = amd.cards(tmp_path)
    assert [p.parent.name for p in found] == ["card1", "card2"]
    gpu = amd.describe(0, found[0])
    assert gpu.words == "Radeon RX 7900 XTX (24576 MiB, 327 W at most)" and gpu.pcie_width == 16
    seen = amd.sample(0, found[0])
    assert (seen.gpu_util, seen.vram, seen.power, seen.gpu_temperature) == (97, 6144, 213, 61)
    assert (seen.clock_sm, seen.clock_mem, seen.energy_mj, seen.failed) == (2304, 1249, None, ())
    bare = amd.sample(1, found[1])
    assert bare.power is None and "power: not in sysfs" in bare.failed
    assert amd.describe(1, found[1]).words == "AMD GPU 0x1638"


# What a MacBook with an M1 Pro prints, shortened; the vendor's own formats.
PROFILER = """{
  "SPDisplaysDataType" : [
    {
      "_name" : "Apple M1 Pro",
      "spdisplays_mtlgpufamilysupport" : "spdisplays_metal3",
      "spdisplays_ndrvs" : [ { "_name" : "Color LCD", "_spdisplays_pixels" : "3024 x 1964" } ],
      "spdisplays_vendor" : "sppci_vendor_Apple",
      "sppci_bus" : "spdisplays_builtin",
      "sppci_cores" : "16",
      "sppci_device_type" : "spdisplays_gpu",
      "sppci_model" : "Apple M1 Pro"
    }
  ]
}"""
IOREG = """+-o AGXAcceleratorG13X  <class AGXAcceleratorG13X, id 0x100000411, registered, matched, active, busy 0 (0 ms), retain 89>
    {
      "IOReportLegend" = ({"IOReportChannels"=((1,2,"Alloc system memory"),(3,4,"In use system memory"))})
      "model" = "Apple M1 Pro"
      "gpu-core-count" = 16
      "PerformanceStatistics" = {"In use system memory (driver)"=0,"Alloc system memory"=5254348800,"Tiler Utilization %"=31,"recoveryCount"=0,"lastRecoveryTime"=0,"Renderer Utilization %"=88,"TiledSceneBytes"=393216,"Device Utilization %"=93,"SplitSceneCount"=0,"Allocated PB Size"=63438848,"In use system memory"=2147483648}
    }
"""  # noqa: E501
POWER = """*** Sampled system activity (Sat Nov 28 02:31:53 2026 +0000) (100.12ms elapsed) ***


**** GPU usage ****

GPU HW active frequency: 1296 MHz
GPU HW active residency:  97.52% (389 MHz:   0% 486 MHz:   0% 1296 MHz:  98%)
GPU SW requested state: (P1 :   0% P2 :   0% P15 : 100%)
GPU idle residency:   2.48%
GPU Power: 14210 mW
"""
PRINTED = {"system_profiler": PROFILER, "ioreg": IOREG, "powermetrics": POWER, "sysctl": "Apple M1 Pro\n"}


def printed(command: Sequence[str]) -> str:
    return PRINTED[Path(command[0]).name]


def test_an_apple_gpu_is_read_from_what_macos_prints() -> None:
    (gpu,) = apple.gpus(printed, mac=True)
    assert (gpu.name, gpu.cores, gpu.vendor) == ("Apple M1 Pro GPU", 16, "Apple") and gpu.memory_mib
    user = apple.sample(printed, root=False)
    assert (user.gpu_util, user.vram, user.power, user.clock_sm) == (93, 2048, None, None)
    assert user.failed == ("power: not told", "clock_sm: not told")
    root = apple.sample(printed, root=True)
    assert (root.power, root.clock_sm, root.failed) == (14.21, 1296, ())


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"SPDisplaysDataType": 5}', '"PerformanceStatistics" = {"a"=1}'])
def test_what_macos_does_not_print_is_missing(text: str) -> None:
    (gpu,) = apple.gpus(lambda c: "" if "sysctl" in c[0] else text, mac=True)
    assert gpu.name == "Apple silicon GPU" and gpu.cores is None
    seen = apple.sample(lambda _: text, root=True)
    assert (seen.gpu_util, seen.vram, seen.power) == (None, None, None) and len(seen.failed) == 4
    assert apple.gpus(printed, mac=False) == ()


# --- CUDA: copies within a GPU's memory -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cuda_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cuda")
    source = STUB.with_name("cuda_stub.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-Wall", "-Werror", "-o", folder / "libcuda.so.1", source], check=True)
    return folder


@pytest.mark.needs("gcc")
@pytest.mark.parametrize(("mode", "works"), [("", True), ("none", False), ("full", False), ("hang", False)])
def test_copies_within_a_gpus_memory(
    cuda_library: Path, monkeypatch: pytest.MonkeyPatch, mode: str, works: bool
) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", str(cuda_library))
    monkeypatch.setenv("CUDA_STUB", mode)
    found = cuda.copied(timeout_s=2.0 if mode == "hang" else 60.0)
    assert (found is not None and found > 1e8) if works else found is None


def test_without_a_driver_nothing_is_copied(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    monkeypatch.setattr(cuda, "LIBRARY", "libcuda-of-nobody.so")
    with pytest.raises(OSError, match="libcuda-of-nobody"):
        cuda.measure()
