"""Targets: references are resolved where they are used, addresses that can hold a secret are refused."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import keyring
import keyring.backend
import keyring.errors
import pytest

from chimera_report.agent.schedule.targets import SERVICE, Unsent, check_target, resolve, scrubbed, send
from chimera_report.tools.errors import UsageError

from .receivers import http


class Ring(keyring.backend.KeyringBackend):
    """A keyring in memory, behind keyring's own interface."""

    priority = 1.0  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise keyring.errors.KeyringLocked("locked")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def ring() -> Iterator[Ring]:
    before, ring = keyring.get_keyring(), Ring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


@pytest.mark.parametrize(
    "target",
    [
        "slack://T1JJ3T3L2/A1BRTD4JD/geheim",
        "discord://4174216298/geheim",
        "tgram://123:geheim/1",
        "mailto://me:geheim@example.org",
        "mailto://example.org?to=a@b.org&pass=geheim",
        "mailto://example.org/geheim",
        "json://me:geheim@localhost/hook",
        "json://localhost/geheim",
        "json://localhost?+Authorization=geheim",
        "https://hooks.example.org/geheim",
        "geheim",
        "env:",
        "env:A B",
        "",
    ],
)
def test_what_can_hold_a_secret_is_refused_and_not_repeated(target: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_target(target, {})
    assert "geheim" not in str(caught.value)
    assert "env:NAME" in str(caught.value)


@pytest.mark.parametrize(
    "target",
    [
        "mailto://mail.example.org?from=a@example.org&to=b@example.org",
        "mailtos://mail.example.org/b@example.org?from=a@example.org",
    ],
)
def test_mail_without_a_login_can_be_written_out(target: str) -> None:
    assert check_target(target, {}) == []


def test_a_hook_without_a_path_can_be_written_out() -> None:
    assert check_target("json://127.0.0.1:8080", {}) == []


def test_a_reference_is_looked_up_and_its_absence_told(ring: Ring) -> None:
    env = {"HOOK": "json://localhost/geheim"}
    assert check_target("env:HOOK", env) == []
    assert resolve("env:HOOK", env) == "json://localhost/geheim"
    assert "environment has no HOOK" in check_target("env:HOOK", {})[0]
    with pytest.raises(UsageError) as caught:
        check_target("env:HOOK", {"HOOK": "geheim, no address"})
    assert "geheim" not in str(caught.value)
    ring.set_password(SERVICE, "team", "json://localhost/geheim")
    assert resolve("keyring:team", {}) == "json://localhost/geheim"
    with pytest.raises(Unsent, match="keyring has no other"):
        resolve("keyring:other", {})
    ring.locked = True
    with pytest.raises(Unsent, match="KeyringLocked"):
        resolve("keyring:team", {})


@contextmanager
def root_log() -> Iterator[list[logging.LogRecord]]:
    """What reaches the root logger; pytest's own fixture listens to loggers beside it too."""
    records: list[logging.LogRecord] = []
    handler = logging.Handler(logging.DEBUG)
    handler.emit = records.append  # type: ignore[method-assign]
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield records
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


def test_what_a_service_says_is_told_without_the_address() -> None:
    with http() as (hook, port), root_log() as records:
        hook.refuse = 1
        env = {"HOOK": f"json://user:geheimnis@127.0.0.1:{port}/token-abc123/x"}
        with pytest.raises(Unsent) as caught:
            send("env:HOOK", "title", "text", env)
        assert "503" in caught.value.what or "Service" in caught.value.what
        send("env:HOOK", "title", "line one\nline two", env)
    assert hook.got[0][0] == "/token-abc123/x"
    assert (hook.got[0][1]["title"], hook.got[0][1]["message"]) == ("title", "line one\nline two")
    for secret in ("geheimnis", "token-abc123"):
        assert secret not in caught.value.what
        assert not any(secret in r.getMessage() for r in records if r.name.startswith("apprise"))


def test_nobody_there_is_told_in_a_line() -> None:
    with pytest.raises(Unsent) as caught:
        send("env:HOOK", "t", "b", {"HOOK": "json://127.0.0.1:9/geheim"})
    assert "geheim" not in caught.value.what and "\n" not in caught.value.what and caught.value.what


def test_scrubbing_leaves_no_part_of_an_address() -> None:
    address = "https://me:p%40ssw0rd@host.example/T0KEN/abcd?key=SeCret"
    told = scrubbed(f"error at {address}: token t0ken, P@SSW0RD refused, key secret\nsecond", address)
    assert not any(p in told.lower() for p in ("t0ken", "ssw0rd", "secret", "host.example")) and "\n" not in told
