"""Runs a command that must not outlive who started it: `python -m chimera_report.tools.runtime.guard COMMAND …`.

`ollama serve` does not watch its parent; this does it for it. When stdin is closed the command's whole process group
gets SIGTERM and, five seconds later, SIGKILL. Ends with the command's exit code.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress

GRACE = 5.0  # seconds


def main(argv: list[str]) -> int:
    from chimera_report.tools.runtime.parent import follow

    child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, start_new_session=True)

    def stop() -> None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            child.wait(GRACE)
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which closes stdin when it is done
    follow(stop)
    return child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
