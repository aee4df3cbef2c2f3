"""Runners of an Ollama that died: each still holds a model in memory, and nothing ends them."""

from __future__ import annotations

import psutil


def orphans() -> list[tuple[str, int]]:
    """(name, process id) of the runners on this machine whose `ollama serve` is gone. [] where none can be seen."""
    found = []
    for process in psutil.process_iter(["pid", "ppid", "name", "cmdline"]):
        words = process.info["cmdline"] or []
        if len(words) < 2 or words[1] != "runner" or "ollama" not in (process.info["name"] or "").lower():
            continue
        try:
            parent = psutil.Process(process.info["ppid"])
            if "ollama" in parent.name().lower() and "serve" in parent.cmdline():
                continue
        except psutil.Error:
            pass
        found.append((f"{process.info['name']} runner", int(process.info["pid"])))
    return found
