from __future__ import annotations

import base64

import pytest

from chimera_report.tools import wire
from chimera_report.tools.errors import UsageError
from chimera_report.tools.runtime import base_url, masked
from chimera_report.tools.runtime.address import is_loopback, openai_url


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


@pytest.mark.parametrize(
    "given",
    ["gpu-box:99999", "gpu-box:0", "http://gpu-box:port", "[::1]:70000", "gpu-box:1234567890123", "http://gpu-box:٣"],
)
def test_a_port_that_is_none_is_no_other_port(given: str) -> None:
    with pytest.raises(UsageError, match="is no port") as told:
        base_url(given, "OLLAMA_HOST")
    assert told.value.where == "OLLAMA_HOST"


def test_another_scheme_is_refused() -> None:
    with pytest.raises(UsageError, match="not the address of a model server"):
        base_url("ftp://gpu-box")


@pytest.mark.parametrize(
    ("given", "dialled", "sent"),
    [
        ("http://ann:s3cret@gpu-box", "http://gpu-box:80", "ann:s3cret"),
        ("https://ann:s3cret@gpu-box/ollama", "https://gpu-box:443/ollama", "ann:s3cret"),
        ("http://ann:s3cret@gpu-box:11434", "http://gpu-box:11434", "ann:s3cret"),
        ("ann:s3cret@gpu-box", "http://gpu-box:11434", "ann:s3cret"),
        ("ann:s3cret@[::1]:9", "http://[::1]:9", "ann:s3cret"),
        ("http://ann:s3cr%40t@gpu-box:1", "http://gpu-box:1", "ann:s3cr@t"),
        ("http://ann:a/b@c@gpu-box:2", "http://gpu-box:2", "ann:a/b@c"),
    ],
)
def test_a_name_and_a_password_are_sent_and_never_shown(given: str, dialled: str, sent: str) -> None:
    assert base_url(given) == dialled
    kind, _, key = wire.own(dialled)["authorization"].partition(" ")
    assert (kind, base64.b64decode(key).decode()) == ("Basic", sent)
    wire.entrust(dialled, None)
    for text in (masked(given), masked(given, ""), masked(f"--host={given}"), openai_url(given)):
        assert "s3cr" not in text and "a/b" not in text
    scheme = given.partition("://")[0] + "://" if "://" in given else ""
    assert masked(f"--host={given}") == f"--host={masked(given)}" and masked(given).startswith(f"{scheme}***@")
    assert masked(given, "").startswith(scheme) and base_url(masked(given, "")) == dialled
    wire.entrust(dialled, None)
    wire.entrust(openai_url(given), None)


@pytest.mark.parametrize("text", ["gemma3:270m", "num_ctx=1024,2048", "http://gpu-box:1/a", "--time-budget=90s"])
def test_what_holds_no_password_stays_as_it_is(text: str) -> None:
    assert masked(text) == text
