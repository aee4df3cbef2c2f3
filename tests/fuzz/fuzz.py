"""`make fuzz`: the inputs of `test_fuzz.py`, guided by coverage (atheris).

`python tests/fuzz/fuzz.py [--inputs N] [--seconds S] [TARGET…]`: each target in its own process, until so many inputs
or so long. Prints a row of docs/robustness.md for each: inputs, the longest computing of one, the most memory, and the
defect with which it ended, if it did. Without atheris, chance alone chooses the inputs.
"""

from __future__ import annotations

import argparse
import importlib
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LENGTHS = (16, 64, 256, 1024, 4000)  # bytes of a first input
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


def one(target: str, inputs: int, seconds: float) -> int:
    import os

    try:
        atheris: Any = importlib.import_module("atheris")  # its stubs know less than the module has
    except ImportError:
        atheris = None
    if atheris is not None:
        with atheris.instrument_imports(include=COVERED[target], enable_loader_override=False):
            import targets  # type: ignore[import-not-found]

            targets.warm(target)
    else:
        import targets

        targets.warm(target)
    count, longest, began = 0, 0.0, time.monotonic()
    draw = targets.TARGETS[target][1]

    def report(defect: str) -> None:
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"| {target} | {count:,} | {longest:.2f} | {memory:,.0f} | {defect or 'none'} |", flush=True)

    def ask(data: bytes) -> None:
        nonlocal count, longest
        if count >= inputs or time.monotonic() - began > seconds:
            report("")
            os._exit(0)
        value = draw(targets.Draw(data))
        try:
            spent = targets.once(target, value)
        except Exception as exc:  # noqa: BLE001  any of them is what is looked for
            report(f"{type(exc).__name__}: {exc!s:.80} for {value!r:.200}")
            import traceback

            traceback.print_exc()
            os._exit(1)
        count, longest = count + 1, max(longest, spent)
        if count % 1000 == 0:
            print(f"{target}: {count:,} after {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        if spent > targets.SECONDS:
            report(f"{spent:.1f} s for {value!r:.200}")
            os._exit(1)

    if atheris is None:
        rng = random.Random(time.time_ns())
        while True:
            ask(rng.randbytes(rng.choice(LENGTHS)))
    place = f"-artifact_prefix={tempfile.gettempdir()}/"  # what it keeps of slow inputs is none of the project's
    # Without a corpus it begins with four bytes and lengthens them slowly; an input needs tens to thousands.
    options = [sys.argv[0], "-timeout=1200", "-rss_limit_mb=4096", "-verbosity=0", "-len_control=0", place, corpus()]
    atheris.Setup(options, ask)
    atheris.Fuzz()
    return 0


def corpus() -> str:
    """A folder with the first inputs: bytes of many lengths, always the same ones."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-corpus-"))
    rng = random.Random(1)
    for i in range(256):
        (folder / f"{i:03}").write_bytes(rng.randbytes(rng.choice(LENGTHS)))
    return str(folder)


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--inputs", type=int, default=100_000)
    words.add_argument("--seconds", type=float, default=4 * 3600.0, help="of one target")
    words.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    words.add_argument("targets", nargs="*")
    given = words.parse_args()
    if given.here:
        return one(given.targets[0], given.inputs, given.seconds)
    from targets import TARGETS

    failed = 0
    for target in given.targets or TARGETS:
        line = [sys.executable, __file__, "--here", f"--inputs={given.inputs}", f"--seconds={given.seconds}", target]
        failed |= subprocess.run(line, check=False).returncode
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
