from __future__ import annotations

import pytest

from chimera_report.tools.runtime import base_url
from chimera_report.tools.runtime.address import is_loopback


@pytest.mark.parametrize(
    ("given", "dialled"),
    [
        ("", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:8080", "http://127.0.0.1:8080"),
        ("http://0.0.0.0:8080", "http://127.0.0.1:8080"),
        ("[::]:9", "http://[::1]:9"),
        ("::1", "http://[::1]:11434"),
        ("gpu-box", "http://gpu-box:11434"),
        ("gpu-box:1", "http://gpu-box:1"),
        (":5000", "http://127.0.0.1:5000"),
        ("http://gpu-box", "http://gpu-box:80"),
        ("https://gpu-box", "https://gpu-box:443"),
        ("https://gpu-box/ollama/", "https://gpu-box:443/ollama"),
        ("gpu-box:99999", "http://gpu-box:11434"),
        (" 'http://gpu-box:11434' ", "http://gpu-box:11434"),
    ],
)
def test_every_way_to_write_a_host_can_be_dialled(given: str, dialled: str) -> None:
    assert base_url(given) == dialled


def test_loopback_is_told_from_other_hosts() -> None:
    assert [is_loopback(base_url(h)) for h in ("localhost", "127.0.0.9", "::1", "10.0.0.1", "gpu-box")] == [
        True,
        True,
        True,
        False,
        False,
    ]
