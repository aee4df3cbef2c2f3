"""A thread that samples GPUs and processes while a benchmark runs, and the windows that are cut out of its samples.

A window is the time of one phase of one request (load, prefill, decode) or of the idle baseline: see windows.py.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from chimera_report.tools.bench import amd, apple
from chimera_report.tools.bench.samples import GpuSample
from chimera_report.tools.bench.telemetry import Nvml, open_nvml
from chimera_report.tools.bench.windows import Sample, window

RAPL = Path("/sys/class/powercap")
PCIE_EVERY_S = 2.0  # a reading blocks for 20 ms and more, so it has a thread of its own
# What listens on a port for a server in a container or a virtual machine: its memory is not the server's.
FORWARDERS = frozenset({"docker-proxy", "rootlessport", "com.docker.backend", "wslrelay.exe", "gvproxy", "ssh"})


class Sampler:
    """Use as a context: samples from entering to leaving. With `hz` 0, or nothing to read, there are no samples.

    `port` is where the server listens on this machine; None for a server elsewhere, of which nothing can be seen.
    """

    def __init__(self, hz: float, port: int | None, ns: Callable[[], int]) -> None:
        self.hz = hz
        self.ns = ns
        self.samples: list[Sample] = []
        self.pcie: list[tuple[int, float, float]] = []  # at, MB/s received and sent, over all GPUs
        self.reasons: list[str] = []
        self._port = port
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._nvml: Nvml | None = None
        self._amd: list[Path] = []
        self._apple: tuple[int, GpuSample] | None = None  # when it was read, and what it said
        self._rapl = rapl_domains()
        self._wraps = rapl_wraps(self._rapl)
        self._processes: list[psutil.Process] = []
        self._pids: frozenset[int] = frozenset()
        self._loading = False
        self.blob = ""  # the weights of the model that is measured, by which its runner is told from those of others

    def __enter__(self) -> Sampler:
        if self.hz <= 0:
            self.reasons.append("telemetry is off")
            return self
        if self._port is None:
            self.reasons.append("the server is not on this machine: nothing of its hardware can be read")
            return self
        self._nvml, reason = open_nvml()
        self._amd = amd.cards() if self._nvml is None else []
        if self._nvml is None and apple.here():
            self._apple = self.ns(), apple.sample()
        if reason and not self._amd and self._apple is None:
            self.reasons.append(reason)
        if not self._rapl:
            self.reasons.append("RAPL energy of the CPU is not available here")
        psutil.cpu_percent()  # the first call has nothing to compare with
        self.find_runner()
        if not self._processes:
            self.reasons.append("the server's processes cannot be seen (another user's, or in a container)")
        self._start("telemetry", self._run)
        if self._nvml is not None:
            self._start("PCIe telemetry", self._run_pcie)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=5)
        if self._nvml is not None:
            self._nvml.close()

    def _start(self, name: str, work: Callable[[], None]) -> None:
        self._threads.append(threading.Thread(target=work, name=name, daemon=True))
        self._threads[-1].start()

    def find_runner(self) -> None:
        """Look for the server's processes again: after a load the runner is a new one."""
        self._processes = runner_processes(self._port, self.blob) if self._port and self.hz > 0 else []
        self._pids = frozenset(p.pid for p in self._processes)

    @contextmanager
    def loading(self) -> Iterator[None]:
        """A load goes on: each sample looks for the server's processes first, as the runner is a new one."""
        self._loading = True
        try:
            yield
        finally:
            self._loading = False
            self.find_runner()

    def mark(self) -> None:
        """Read the cumulative counters now, just before a request and just after it, so that its window has edges."""
        if self._threads:
            with self._lock:
                self.samples.append(self._edge())

    def _run(self) -> None:
        while not self._stop.wait(1 / self.hz):
            with self._lock:
                self.samples.append(self._take())

    def _run_pcie(self) -> None:
        assert self._nvml is not None  # noqa: S101 — started only where there is one
        while not self._stop.wait(PCIE_EVERY_S):
            found = [r for i in range(len(self._nvml.handles)) if (r := self._nvml.pcie(i)) is not None]
            if not found:
                return
            self.pcie.append((self.ns(), sum(r[0] for r in found), sum(r[1] for r in found)))

    def _runner(self) -> tuple[float | None, float | None]:
        """CPU seconds so far and resident MiB of the server's processes."""
        cpu = ram = None
        if self._loading:
            self.find_runner()
        for process in self._processes:
            try:
                with process.oneshot():
                    times = process.cpu_times()
                    ram = (ram or 0.0) + process.memory_info().rss / 2**20
                    cpu = (cpu or 0.0) + times.user + times.system
            except psutil.Error:
                continue  # it ended; find_runner looks again after the next load
        return cpu, ram

    def _take(self) -> Sample:
        cpu, ram = self._runner()
        nvml = self._nvml
        others = tuple(amd.sample(i, card) for i, card in enumerate(self._amd))
        if self._apple is not None:
            if self.ns() - self._apple[0] > apple.EVERY_NS:
                self._apple = self.ns(), apple.sample()
            others = (self._apple[1],)
        return Sample(
            at=self.ns(),
            gpus=tuple(nvml.sample(i) for i in range(len(nvml.handles))) if nvml else others,
            system_cpu=psutil.cpu_percent(),
            system_ram=psutil.virtual_memory().used / 2**20,
            runner_cpu_s=cpu,
            own_cpu_s=time.process_time(),
            runner_ram=ram,
            rapl_uj=read_rapl(self._rapl),
        )

    def _edge(self) -> Sample:
        nvml = self._nvml
        return Sample(
            at=self.ns(),
            gpus=tuple(nvml.energy(i) for i in range(len(nvml.handles))) if nvml else (),
            runner_cpu_s=self._runner()[0],
            own_cpu_s=time.process_time(),
            rapl_uj=read_rapl(self._rapl),
            edge=True,
        )

    def window(self, start_ns: int, end_ns: int) -> dict[str, Any]:
        """The samples of [start, end], summed up. See `windows.window`."""
        with self._lock:
            samples = list(self.samples)
        found = window(samples, start_ns, end_ns, self.hz, pids=self._pids, wraps=self._wraps)
        link = [(r, s) for at, r, s in self.pcie if start_ns <= at <= end_ns]
        if link:
            found["pcie_received_mb_s"] = sum(r for r, _ in link) / len(link)
            found["pcie_sent_mb_s"] = sum(s for _, s in link) / len(link)
        return found


def runner_processes(port: int, blob: str = "") -> list[psutil.Process]:
    """The process that listens on a local port, and its children, of Ollama's runners those with these weights.

    [] when it is not ours to see."""
    try:
        owner = next(
            (
                c.pid
                for c in psutil.net_connections("tcp")
                if c.status == psutil.CONN_LISTEN and c.laddr and c.laddr.port == port
            ),
            None,
        )
        if owner is None:
            return []
        process = psutil.Process(owner)
        if process.name() in FORWARDERS:
            return []
        return [process, *(p for p in process.children(recursive=True) if not _of_another(p, blob))]
    except psutil.Error:
        return []


def _of_another(process: psutil.Process, blob: str) -> bool:
    """Whether a process is the runner of another model: `ollama runner … --model …/blobs/sha256-…`."""
    try:
        words = process.cmdline()
    except psutil.Error:
        return False
    return bool(blob) and "runner" in words[1:2] and any("sha256-" in w for w in words) and blob not in " ".join(words)


def rapl_domains() -> list[Path]:
    """Readable energy counters of the CPU packages (Linux, mostly root only)."""
    found = []
    for path in sorted(RAPL.glob("intel-rapl:[0-9]*/energy_uj")):
        if path.parent.name.count(":") > 1:  # a core or memory domain is a part of its package
            continue
        try:
            path.read_text(encoding="ascii")
        except OSError:
            continue
        found.append(path)
    return found


def rapl_wraps(domains: Sequence[Path]) -> tuple[int, ...]:
    """Where each counter starts anew, in µJ; 0 where that is not told."""
    found = []
    for path in domains:
        try:
            found.append(int(path.with_name("max_energy_range_uj").read_text(encoding="ascii")))
        except (OSError, ValueError):
            found.append(0)
    return tuple(found)


def read_rapl(domains: Sequence[Path]) -> tuple[int, ...] | None:
    try:
        return tuple(int(p.read_text(encoding="ascii")) for p in domains) or None
    except (OSError, ValueError):
        return None
