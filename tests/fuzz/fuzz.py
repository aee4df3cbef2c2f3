"""`make fuzz`: the inputs of `test_fuzz.py`, guided by coverage (atheris).

`python tests/fuzz/fuzz.py [--inputs N] [--seconds S] [--state FOLDER] [TARGET…]`: each target in its own process, until
`python tests/fuzz/fuzz.py [--inputs N] [--seconds S] [--state FOLDER] [TARGET…]`: each target in its own process,
until so many inputs or so long. With a state it goes on where it stopped: the inputs that led somewhere new, and the
counts. Prints a row of docs/robustness.md for each: inputs, the longest computing of one, the most memory, and the
defects, each once, by the line that raised it; an input that ends in one does not end the run. Without atheris, chance
alone chooses the inputs.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import traceback
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LENGTHS = (16, 64, 256, 1024, 4000)  # bytes of a first input
SAVED = 500  # inputs between two notes of how far it is
sys.path.insert(0, str(HERE))
# Whose branches guide the choice of inputs: all of the program would take minutes to prepare.
_QUERY, _CHECKER = "chimera_report.tools.query", "chimera_report.tools.claims"
COVERED = {
    "readers": ["chimera_report.tools.ingest"],
    "report folders": ["chimera_report.agent.verify", "chimera_report.agent.anew", "chimera_report.agent.differences"],
    "MCP calls": ["chimera_report.agent.mcp", "chimera_report.agent.assistant"],
    "questions": [_QUERY],
    "a router's answers": [_QUERY],
    "model answers": [_CHECKER],
    "documents for lint": ["chimera_report.tools.lint"],
}


@dataclass
class Progress:
    """What one target has been given so far."""

    target: str
    inputs: int = 0
    longest: float = 0.0  # seconds of computing, of one input
    memory: float = 0.0  # MB, the most of any of its processes
    seconds: float = 0.0
    defects: dict[str, str] = field(default_factory=dict)  # the line that raised it → what, and the first input

    @property
    def row(self) -> str:
        found = "; ".join(f"{what} at {where}" for where, what in self.defects.items())
        return f"| {self.target} | {self.inputs:,} | {self.longest:.2f} | {self.memory:,.0f} | {found or 'none'} |"

    @classmethod
    def read(cls, target: str, state: Path | None) -> Progress:
        path = state / f"{_name(target)}.json" if state else None
        return cls(**json.loads(path.read_text())) if path and path.is_file() else cls(target)

    def write(self, state: Path | None) -> None:
        self.memory = max(self.memory, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        if state:
            path = state / f"{_name(self.target)}.json"
            path.with_suffix(".part").write_text(json.dumps(asdict(self), indent=1))
            path.with_suffix(".part").replace(path)


def _name(target: str) -> str:
    return target.replace(" ", "-").replace("'", "")


def _place(exc: BaseException) -> str:
    """The last line of the program's own that an exception went through."""
    frames = traceback.extract_tb(exc.__traceback__)
    own = [f for f in frames if "chimera_report" in f.filename or "/tools/" in f.filename or "/agent/" in f.filename]
    last = (own or frames)[-1]
    return f"{type(exc).__name__} {Path(last.filename).name}:{last.lineno}"


def uncovered(covered: list[str]) -> list[str]:
    """Every module of the program outside these: atheris looks at the package alone, and all of it doubles the time."""
    place = HERE.parents[1]
    paths = [p for room in ("agent", "tools", "chimera_report") for p in (place / room).rglob("*.py")]
    dotted = [p.relative_to(place).with_suffix("").as_posix().replace("/", ".") for p in paths]
    names = [("chimera_report." * (not n.startswith("chimera_report")) + n).removesuffix(".__init__") for n in dotted]
    return [n for n in names if not any(n == c or n.startswith(f"{c}.") for c in covered)]


def one(target: str, inputs: int, seconds: float, state: Path | None) -> int:
    try:
        atheris: Any = importlib.import_module("atheris")  # its stubs know less than the module has
    except ImportError:
        atheris = None
    if atheris is not None:
        aside = uncovered(COVERED[target])
        with atheris.instrument_imports(include=["chimera_report"], exclude=aside, enable_loader_override=False):
            import targets  # type: ignore[import-not-found]

            targets.warm(target)
    else:
        import targets

        targets.warm(target)
    progress, began = Progress.read(target, state), time.monotonic()
    before = progress.seconds
    kept = corpus(target, state)
    again = [sum(1 for _ in kept.iterdir()) if progress.inputs else 0]  # what earlier runs kept is no new input
    draw = targets.TARGETS[target][1]

    def defect(where: str, what: str) -> None:
        if where not in progress.defects:
            progress.defects[where] = what
            progress.write(state)
            print(f"{target}: {where}: {what}", file=sys.stderr, flush=True)

    def ask(data: bytes) -> None:
        progress.seconds = before + time.monotonic() - began
        if progress.inputs >= inputs or progress.seconds - before > seconds:
            progress.write(state)
            print(progress.row, flush=True)
            os._exit(1 if progress.defects else 0)
        value = draw(targets.Draw(data))
        spent = 0.0
        try:
            spent = targets.once(target, value)
        except Exception as exc:  # noqa: BLE001  any of them is what is looked for
            if (where := _place(exc)) not in progress.defects:
                traceback.print_exc()
                defect(where, f"{exc!s:.80} for {value!r:.300}")
        again[0] -= again[0] > 0
        progress.inputs, progress.longest = progress.inputs + (not again[0]), max(progress.longest, spent)
        if progress.inputs % SAVED == 0:
            progress.write(state)
        if spent > targets.SECONDS:
            defect(f"more than {targets.SECONDS:.0f} s, {_name(target)}", f"{spent:.1f} s for {value!r:.300}")

    if atheris is None:
        rng = random.Random(time.time_ns())
        while True:
            ask(rng.randbytes(rng.choice(LENGTHS)))
    place = f"-artifact_prefix={tempfile.gettempdir()}/"  # what it keeps of slow inputs is none of the project's
    # Without a corpus it begins with four bytes and lengthens them slowly; an input needs tens to thousands.
    options = [sys.argv[0], "-timeout=1200", "-rss_limit_mb=4096", "-verbosity=0", "-len_control=0", place]
    atheris.Setup([*options, str(kept)], ask)
    atheris.Fuzz()
    return 0


def corpus(target: str, state: Path | None) -> Path:
    """A folder with the first inputs: bytes of many lengths, always the same ones; and what earlier runs added."""
    folder = state / _name(target) if state else Path(tempfile.mkdtemp(prefix="fuzz-corpus-"))
    if folder.is_dir() and any(folder.iterdir()):
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(1)
    for i in range(256):
        (folder / f"{i:03}").write_bytes(rng.randbytes(rng.choice(LENGTHS)))
    return folder


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--inputs", type=int, default=100_000)
    words.add_argument("--seconds", type=float, default=4 * 3600.0, help="of one target, in this run")
    words.add_argument("--state", type=Path, help="where the counts and the corpus are kept, to go on later")
    words.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    words.add_argument("targets", nargs="*")
    given = words.parse_args()
    if given.state:
        given.state.mkdir(parents=True, exist_ok=True)
    if given.here:
        return one(given.targets[0], given.inputs, given.seconds, given.state)
    from targets import TARGETS

    failed = 0
    for target in given.targets or TARGETS:
        line = [sys.executable, __file__, "--here", f"--inputs={given.inputs}", f"--seconds={given.seconds}", target]
        line += [f"--state={given.state}"] if given.state else []
        failed |= subprocess.run(line, check=False).returncode
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
