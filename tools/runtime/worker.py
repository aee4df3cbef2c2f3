"""The worker process of one embedded model: `python -m chimera_report.tools.runtime.worker`.

In: one JSON line on stdin (path, key, load), then nothing; it ends when stdin does. Out: one JSON line on stdout, the
address of llama.cpp's own HTTP server, or the error. Nothing else may reach stdout, and the engine prints there.
"""

from __future__ import annotations

import json
import os
import sys
import threading

from chimera_report.tools.runtime.parent import die_with_parent_thread, follow


def main() -> None:
    die_with_parent_thread()
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    line = bytearray()
    while not line.endswith(b"\n"):
        block = os.read(0, 1)  # unbuffered: what follows belongs to the watching thread
        if not block:
            return
        line += block
    given = json.loads(line)
    follow(lambda: os._exit(0))
    try:
        import xllamacpp  # its names come from a compiled module, which no type checker reads

        params = xllamacpp.CommonParams()  # pyright: ignore[reportAttributeAccessIssue]
        params.model.path = given["path"]
        params.n_ctx = given["num_ctx"]
        params.n_batch = params.n_ubatch = given["num_batch"]
        params.n_gpu_layers = given["num_gpu"]
        params.main_gpu = given["main_gpu"]
        mode = xllamacpp.llama_load_mode  # pyright: ignore[reportAttributeAccessIssue]
        params.load_mode = mode.LLAMA_LOAD_MODE_AUTO if given["use_mmap"] else mode.LLAMA_LOAD_MODE_NONE
        for cpu in (params.cpuparams, params.cpuparams_batch):
            cpu.n_threads = given["threads"]
        params.n_parallel = 1
        params.swa_full = True  # without it a sliding-window model cannot go back to a cached prefix
        params.cache_ram_mib = 0  # the slot's own cache is the prompt cache; no second one in memory
        params.fit_params = False
        params.warmup = False
        params.use_jinja = False
        params.ui = False
        params.verbosity = 1
        params.hostnames = ["127.0.0.1"]
        params.api_keys = [given["key"]]
        server = xllamacpp.Server(params)  # pyright: ignore[reportAttributeAccessIssue]
        answer.write(json.dumps({"url": server.listening_address}) + "\n")
    except Exception as exc:  # noqa: BLE001 - whatever the engine raises is the answer that the front hands on
        answer.write(json.dumps({"error": str(exc) or type(exc).__name__}) + "\n")
        answer.flush()
        sys.stderr.flush()
        os._exit(1)
    answer.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main()
