"""The embedded runtime as a process: `python -m chimera_report.tools.runtime.serve [--port N] [--cache DIR] [--stay]`.

Prints `{"port": N}` as one line on stdout once it can be reached. It ends when its stdin is closed, that is with the
process that started it, whatever ended that; `--stay` serves until interrupted. With a token in
CHIMERA_REPORT_SERVER_TOKEN, it answers only requests that carry it. `--recorded` is for tests (`engine.Habits`).
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import socket
import sys
from pathlib import Path


def versions() -> dict[str, str]:
    """What /api/version answers: a version that says embedded, and the engine's."""
    own, engine = (importlib.metadata.version(name) for name in ("chimera-report", "xllamacpp"))
    return {"version": f"{own}+embedded", "runtime": "chimera-report embedded", "engine": f"xllamacpp {engine}"}


def listen(port: int) -> socket.socket:
    """A socket that listens on this machine alone; port 0 takes a free one.

    The protocol is named, as by it asyncio knows that small pieces are to be sent at once: without that, the first
    piece of an answer on a connection that is kept waits for an acknowledgement, which comes after 40 ms.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    listening.listen(128)
    return listening


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="chimera_report.tools.runtime.serve", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--cache", type=Path, required=True, help="folder of the joined weights")
    parser.add_argument("--weights", type=Path, help="a GGUF file to serve beside the installed models")
    parser.add_argument("--recorded", action="store_true", help="wait and count as a recorded Ollama beside a GPU does")
    parser.add_argument("--stay", action="store_true", help="do not end with the standard input")
    args = parser.parse_args(argv)

    listening = listen(args.port)
    # The port is known and connections queue already while the slow imports below go on.
    sys.stdout.write(f'{{"port": {listening.getsockname()[1]}}}\n')
    sys.stdout.flush()

    if not args.stay:
        from chimera_report.tools.runtime.parent import follow

        follow(lambda: os._exit(0))  # the workers follow this process in the same way

    import uvicorn

    from chimera_report.tools.runtime.api import create
    from chimera_report.tools.runtime.fence import HANDED

    # Taken out of the environment: a worker, and what it starts, has no use for it.
    app = create(args.cache, versions(), args.weights, os.environ.pop(HANDED, None) or None, args.recorded)
    config = uvicorn.Config(app, log_level="error", access_log=False, lifespan="on")
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
