"""NVML through a stub library that gcc compiles here, in a process of its own: the real ctypes path, its failures."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.bench.sampler import Sampler, runner_processes
from chimera_report.tools.bench.samples import GpuSample
from chimera_report.tools.bench.telemetry import gpus
from chimera_report.tools.bench.windows import Sample, energy, window

STUB = Path(__file__).parents[2] / "data" / "bench" / "nvml_stub.c"

# As many samples before as after what happens half way, over more than a second: however long a busy machine takes.
WATCH = """
import json, os, time
from dataclasses import asdict
from pathlib import Path
from chimera_report.tools.bench.sampler import Sampler, runner_processes
from chimera_report.tools.bench.telemetry import gpus

found = gpus()
with Sampler(20, 9, time.perf_counter_ns) as sampler:
    def wait(many, seconds):
        begin = time.perf_counter()
        while len(sampler.samples) < many or time.perf_counter() - begin < seconds:
            time.sleep(0.01)
    wait(6, 0.6)
    half = len(sampler.samples)
    Path(os.environ["STUB_LATER"]).touch()
    wait(2 * half + 2, 0.6)
first, last = sampler.samples[0], sampler.samples[-1]
whole = sampler.window(first.at, last.at)
before = sampler.window(first.at, sampler.samples[half - 1].at)
count = [sum(g.energy_mj or 0 for g in s.gpus) / 1000 for s in (first, last)]
told = {"whole": whole, "before": before, "last": [asdict(g) for g in last.gpus], "joules": count[1] - count[0]}
print(json.dumps({"gpus": asdict(found), **told}))
"""


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    out = {}
    for name, flags in (("full", []), ("missing", ["-DMISSING"])):
        out[name] = tmp_path_factory.mktemp(name)
        target = out[name] / "libnvidia-ml.so.1"
        subprocess.run(["gcc", "-shared", "-fPIC", "-Wall", "-Werror", *flags, "-o", target, STUB], check=True)
    return out


@pytest.fixture(scope="module")
def watched(libraries: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each mode of the stub shows; the processes mostly sleep, so they run side by side."""
    modes = ["normal", "averaged", "notsupported", "lost", "reset", "two", "mig", "missing"]
    running = {}
    for mode in modes:
        env = os.environ | {
            "LD_LIBRARY_PATH": str(libraries["missing" if mode == "missing" else "full"]),
            "STUB_MODE": mode,
            "STUB_LATER": str(tmp_path_factory.mktemp("later") / mode),
        }
        running[mode] = subprocess.Popen([sys.executable, "-W", "error", "-c", WATCH], env=env, stdout=subprocess.PIPE)
    out = {}
    for mode, process in running.items():
        text, _ = process.communicate(timeout=600)
        assert process.returncode == 0, mode
        out[mode] = json.loads(text)
    return out


@pytest.mark.needs("gcc")
def test_a_gpu_is_described_and_sampled(watched: dict[str, Any]) -> None:
    got = watched["normal"]
    (gpu,) = got["gpus"]["devices"]
    assert (gpu["name"], gpu["uuid"], gpu["memory_mib"]) == ("Stub GPU 0", "GPU-stub-0", 8192)
    assert (gpu["power_limit_w"], gpu["mig"], gpu["pcie_generation"], gpu["pcie_width"]) == (250.0, False, 4, 16)
    assert (gpu["bus_bits"], gpu["memory_mhz"], gpu["cores"], gpu["sm_mhz"]) == (5120, 2619, 16896, 1980)
    assert gpu["capability"] == [9, 0]
    assert (got["gpus"]["driver"], got["gpus"]["cuda"]) == ("999.01", "12.4")
    whole = got["whole"]
    assert (whole["gpu_util"], whole["mem_util"], whole["vram"], whole["gpu_temperature"]) == (80, 40, 1024, 65)
    assert (whole["clock_sm"], whole["clock_mem"], whole["power"]) == (1500, 7000, 100)
    assert whole["samples"] >= 14 and 0 < whole["coverage"] <= 1
    assert whole["energy_j"] == pytest.approx(got["joules"]) and got["joules"] > 50  # 100 W over more than a second
    assert whole["runner_vram"] is None and whole["other_processes"] == 2  # none of them is the server's
    assert whole["throttle_reasons"] == ["sw_power_cap", "sw_thermal"]
    assert 0.4 < whole["throttle"] < 0.8  # after the half of the samples
    assert got["before"]["throttle"] == 0  # an idle clock is not a slowed one


@pytest.mark.needs("gcc")
def test_average_power_stands_in_where_there_is_no_instant_one(watched: dict[str, Any]) -> None:
    got = watched["averaged"]
    assert got["whole"]["power"] == 90
    assert got["gpus"]["devices"][0]["instant_power"] is False


@pytest.mark.needs("gcc")
def test_what_is_not_supported_is_none_with_a_reason(watched: dict[str, Any]) -> None:
    got = watched["notsupported"]
    whole = got["whole"]
    for name in ("gpu_util", "mem_util", "vram", "power", "clock_sm", "gpu_temperature", "throttle", "energy_j"):
        assert whole[name] is None, name
    assert "power: not supported" in whole["unavailable"]
    assert "name: not supported" in got["gpus"]["devices"][0]["notes"]


@pytest.mark.needs("gcc")
def test_missing_symbols_are_none_with_a_reason(watched: dict[str, Any]) -> None:
    got = watched["missing"]
    (gpu,) = got["gpus"]["devices"]
    assert gpu["name"] == "Stub GPU 0" and gpu["uuid"] is None
    assert got["gpus"]["driver"] is None
    assert got["whole"]["power"] is None
    assert "utilisation: the driver does not know this query" in got["whole"]["unavailable"]
    assert "processes: the driver does not know this query" in got["whole"]["unavailable"]


@pytest.mark.needs("gcc")
def test_a_gpu_lost_half_way(watched: dict[str, Any]) -> None:
    got = watched["lost"]
    assert got["before"]["gpu_util"] == 80
    assert got["last"][0]["gpu_util"] is None
    assert "utilisation: the GPU was lost" in got["last"][0]["failed"]
    assert got["whole"]["energy_j"] is None
    assert got["whole"]["energy_reason"] == "the energy counter was not readable all the time"


@pytest.mark.needs("gcc")
def test_a_reset_energy_counter_gives_no_energy(watched: dict[str, Any]) -> None:
    got = watched["reset"]
    assert (got["whole"]["energy_j"], got["whole"]["energy_reason"]) == (None, "the energy counter was reset")
    assert got["whole"]["power"] == 100


@pytest.mark.needs("gcc")
def test_two_gpus_add_their_power_and_energy(watched: dict[str, Any]) -> None:
    got = watched["two"]
    assert [g["uuid"] for g in got["gpus"]["devices"]] == ["GPU-stub-0", "GPU-stub-1"]
    assert (got["whole"]["gpus"], got["whole"]["power"], got["whole"]["gpu_util"]) == (2, 200, 80)
    assert got["whole"]["vram"] == 1024 + 1536
    assert got["whole"]["energy_j"] == pytest.approx(got["joules"]) and got["joules"] > 100


@pytest.mark.needs("gcc")
def test_mig_is_told(watched: dict[str, Any]) -> None:
    got = watched["mig"]
    (gpu,) = got["gpus"]["devices"]
    assert (gpu["mig"], gpu["mig_devices"]) == (True, 2)
    assert any("MIG is on" in n for n in gpu["notes"]) and any("quarter of the time" in n for n in gpu["notes"])
    assert got["whole"]["gpu_util"] is None and got["whole"]["power"] == 100


@pytest.mark.needs("gcc")
def test_a_driver_that_is_not_loaded(libraries: dict[str, Path]) -> None:
    env = os.environ | {"LD_LIBRARY_PATH": str(libraries["full"]), "STUB_MODE": "notloaded"}
    code = "from chimera_report.tools.bench import gpus; print(gpus().reason)"
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "no NVIDIA GPU can be read: the NVIDIA driver is not loaded"


@pytest.mark.skipif(shutil.which("nvidia-smi") is not None, reason="this machine has an NVIDIA driver")
def test_without_a_gpu_it_says_so() -> None:
    assert gpus().devices == ()
    assert gpus().reason == "no NVIDIA GPU can be read: the NVIDIA driver's library is not installed"


def sampled(sampler: Sampler, enough: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """A window from now on, as soon as there is enough in it."""
    begin = time.perf_counter_ns()
    while not enough(got := sampler.window(begin, time.perf_counter_ns())):
        assert time.perf_counter_ns() - begin < 300e9, got
        time.sleep(0.02)
    return got


def test_system_and_runner_are_sampled_without_a_gpu() -> None:
    burn = "import socket; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True)\n"
    burn += "while True: pass"
    with subprocess.Popen([sys.executable, "-c", burn], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with Sampler(20, port, time.perf_counter_ns) as sampler:
            got = sampled(sampler, lambda found: found["samples"] >= 3 and (found["runner_cores"] or 0) > 0)
        process.kill()
    assert got["runner_cores"] < 2  # one busy loop; less where the machine is shared
    assert got["ram"] > 5 and 0 < got["cpu_util"] <= 100
    assert "gpu_util" not in got


def test_a_runner_that_a_load_starts_is_seen_while_it_loads() -> None:
    child = "import time; held = bytearray(200 << 20); print('up', flush=True); time.sleep(600)"
    serve = f"""
import socket, subprocess, sys
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1], flush=True)
sys.stdin.readline()
runner = subprocess.Popen([sys.executable, "-c", {child!r}], stdout=subprocess.PIPE, text=True)
print(runner.stdout.readline(), flush=True)
sys.stdin.readline()
runner.kill()
"""
    command = [sys.executable, "-c", serve]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        with Sampler(20, int(process.stdout.readline()), time.perf_counter_ns) as sampler, sampler.loading():
            process.stdin.write("load\n")
            process.stdin.flush()
            process.stdout.readline()
            sampled(sampler, lambda found: (found["ram"] or 0) > 200)
        process.stdin.write("end\n")


def test_the_runner_of_another_model_is_not_the_models_own() -> None:
    """Ollama's runners are told apart by the weights in their command lines; the rest of the server is everybody's."""
    mine, other = "sha256-" + "a" * 64, "sha256-" + "b" * 64
    serve = f"""
import socket, subprocess, sys
s = socket.create_server(("127.0.0.1", 0))
idle = "import time; print('up', flush=True); time.sleep(600)"
rest = [["-c", idle], ["runner", "--model", "/models/blobs/{mine}"], ["runner", "--model", "/models/blobs/{other}"]]
open("runner", "w").write(idle)
started = [subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True) for words in rest]
for process in started:
    process.stdout.readline()
print(s.getsockname()[1], *(p.pid for p in started), flush=True)
sys.stdin.readline()
for process in started:
    process.kill()
"""
    with (
        tempfile.TemporaryDirectory() as place,
        subprocess.Popen(
            [sys.executable, "-c", serve], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=place
        ) as process,
    ):
        assert process.stdin is not None and process.stdout is not None
        port, helper, own, others = map(int, process.stdout.readline().split())
        assert {p.pid for p in runner_processes(port)} == {process.pid, helper, own, others}
        assert {p.pid for p in runner_processes(port, mine)} == {process.pid, helper, own}
        process.stdin.write("end\n")


def sample(at_s: float, energy_mj: int | None = None, gpu: int = 0) -> Sample:
    return Sample(int(at_s * 1e9), (GpuSample(gpu, energy_mj=energy_mj),), 50.0, 100.0, at_s * 2, 10.0, None)


def test_a_window_without_samples_has_no_mean() -> None:
    got = window([sample(0.0), sample(5.0)], 1_000_000_000, 2_000_000_000, 10)
    assert (got["samples"], got["coverage"], got["cpu_util"], got["ram"]) == (0, 0.0, None, None)
    assert got["runner_cores"] == pytest.approx(2.0)  # a cumulative counter needs only the samples beside it


def test_energy_is_the_counters_difference_over_the_window() -> None:
    samples = [sample(t / 10, 1000 * t) for t in range(31)]  # 10 W
    assert energy(samples, 0, 3_000_000_000) == (pytest.approx(30.0), "")
    assert energy([], 0, 3_000_000_000) == (None, "no samples")
    assert energy(samples, 0, 999_999_999) == (None, "window under one second")


def test_the_energy_counter_is_read_off_at_the_edges_of_the_window() -> None:
    """10 W, then 30 W from the second second on; readings half a second apart, and one at each edge."""

    def joules(s: float) -> float:
        return 10 * s if s < 2 else 20 + 30 * (s - 2)

    samples = [sample(t / 2, int(1000 * joules(t / 2))) for t in range(9)]
    got, why = energy(samples, 1_250_000_000, 3_250_000_000)
    assert (got, why) == (pytest.approx(0.75 * 10 + 1.25 * 30), "")
    assert energy(samples[3:], 0, 3_000_000_000) == (None, "the energy counter was not readable all the time")
    marked = [sample(0.0, 0), *[s for s in samples if s.at > 10**9], sample(4.2, int(1000 * joules(4.2)))]
    assert energy(marked, 0, 4_200_000_000)[0] == pytest.approx(joules(4.2))


def test_readings_of_counters_alone_are_no_samples() -> None:
    edge = Sample(1_500_000_000, (GpuSample(0, energy_mj=15_000),), runner_cpu_s=1.0, edge=True)
    got = window([sample(1.0, 10_000), edge, sample(2.0, 20_000)], 1_000_000_000, 2_000_000_000, 1)
    assert (got["samples"], got["coverage"], got["cpu_util"]) == (2, 1.0, 50.0)


def test_a_rapl_counter_that_starts_anew_goes_on() -> None:
    readings = [(950_000,), (990_000,), (30_000,), (70_000,)]  # µJ, a wrap at 1 J, 40 mJ in a tenth of a second
    samples = [Sample(int(i * 1e8), rapl_uj=r) for i, r in enumerate(readings)]
    assert window(samples, 0, 300_000_000, 10, wraps=(1_000_000,))["cpu_power"] == pytest.approx(0.4)
    assert "cpu_power" not in window(samples, 0, 300_000_000, 10)


def test_a_server_elsewhere_has_no_telemetry_of_this_machine() -> None:
    import httpx

    from chimera_report.tools.bench.receipt import on_this_machine

    for url, here in (("http://127.0.0.1:11434", True), ("http://localhost:1", True), ("http://[::1]:1", True)):
        assert on_this_machine(httpx.URL(url)) is here
    assert not on_this_machine(httpx.URL("http://203.0.113.7:11434"))
    assert not on_this_machine(httpx.URL("http://gpu-box.example:11434"))
    with Sampler(20, None, time.perf_counter_ns) as sampler:
        sampler.mark()
        time.sleep(0.12)
    assert sampler.samples == []
    assert sampler.reasons == ["the server is not on this machine: nothing of its hardware can be read"]
