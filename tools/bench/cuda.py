"""How fast a GPU's memory is when something uses it. Run as a program, this file prints one JSON line.

Copies within the memory of the first CUDA device through the driver's own library (libcuda, CUDA Driver API), which
every NVIDIA driver brings and for which nothing has to be compiled. A copy reads and writes each byte. It is a process
of its own, so that a driver that hangs or crashes takes no benchmark with it, and nothing of it stays on the GPU.
"""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
import time

LIBRARY = "libcuda.so.1"
SIZE = 256 << 20  # bytes: far more than any cache of a GPU
TIMES = 20
TIMEOUT_S = 30.0  # the first call of a driver may take seconds


def copied(timeout_s: float = TIMEOUT_S) -> float | None:
    """Bytes a second that the first GPU reads and writes while it copies; None where that cannot be had."""
    command = [sys.executable, "-P", __file__]  # as a file: the package around it would take a second to load
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=True)
        found = json.loads(done.stdout)["bytes_s"]
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        return None
    return float(found) if isinstance(found, int | float) and found > 0 else None


def measure() -> float:
    """The best of some copies, in bytes a second. OSError without the library or with what the driver refused."""
    driver = ctypes.CDLL(LIBRARY)

    def call(name: str, *arguments: object) -> None:
        code = getattr(driver, name)(*arguments)
        if code:
            raise OSError(f"{name}: CUDA error {code}")

    device, context = ctypes.c_int(), ctypes.c_void_p()
    source, target = ctypes.c_uint64(), ctypes.c_uint64()
    call("cuInit", 0)
    call("cuDeviceGet", ctypes.byref(device), 0)
    call("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
    try:
        call("cuCtxSetCurrent", context)
        size = ctypes.c_size_t(SIZE)
        for place in (source, target):
            call("cuMemAlloc_v2", ctypes.byref(place), size)
        best = 0.0
        for _ in range(TIMES):
            begin = time.perf_counter_ns()
            call("cuMemcpyDtoD_v2", target, source, size)
            call("cuCtxSynchronize")
            best = max(best, 2 * SIZE / (time.perf_counter_ns() - begin) * 1e9)
        return best
    finally:
        for place in (source, target):
            if place.value:
                driver.cuMemFree_v2(place)
        driver.cuDevicePrimaryCtxRelease_v2(device)


if __name__ == "__main__":
    try:
        sys.stdout.write(json.dumps({"bytes_s": round(measure())}) + "\n")
    except (OSError, AttributeError) as exc:  # no driver, or one that refuses or lacks a call
        sys.exit(str(exc))
