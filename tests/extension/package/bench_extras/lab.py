"""A runtime: the address of a server that speaks Ollama's API, such as one behind the lab's own launcher."""

from __future__ import annotations

from collections.abc import Mapping


def opened(env: Mapping[str, str], model: str | None) -> str:
    """Where the lab's server is. What has to be stopped returns an object with `base_url` and `close`."""
    return env["LAB_SERVER"]
