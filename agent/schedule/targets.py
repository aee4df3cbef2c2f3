"""Where messages go: `env:NAME` and `keyring:NAME` hold an Apprise address, which only this module ever sees.

An address with a secret in it is never kept: not in the database, not in a log, not in a report. Written out, only
addresses that cannot hold one are taken: mail to a server without a login, a web hook without a path.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import parse_qsl, unquote, urlsplit

from chimera_report.tools.errors import ChimeraError, UsageError
from chimera_report.tools.extras import require

SERVICE = "chimera-report"  # in the keyring
_MAIL = ("mailto", "mailtos")
_HOOKS = ("json", "jsons", "form", "forms", "xml", "xmls")
_OPEN = frozenset({"to", "from", "cc", "bcc", "name", "format", "reply"})  # of mail; none of them is a secret
_ADDRESS = re.compile(r"[^@/\s:]+@[^@/\s:]+")
_REFERENCE = re.compile(r"(env|keyring):([A-Za-z0-9_.@-]{1,100})", re.ASCII)
_LOGGER = logging.getLogger("apprise")
_LOGGER.propagate = False  # it can name an address: what it says is heard here and nowhere else
_ONE_AT_A_TIME = threading.Lock()
_HINT = (
    "Keep it in the environment or the keyring: --notify env:NAME, or `keyring set chimera-report NAME` and "
    "--notify keyring:NAME."
)


class Unsent(ChimeraError):
    """A message that did not go out; `what` holds no secret."""


def check_target(target: str, env: Mapping[str, str]) -> list[str]:
    """What a person should know about a target; [] for one that is ready. Raises UsageError, which shows no secret."""
    if _REFERENCE.fullmatch(target):
        try:
            address = resolve(target, env)
        except Unsent as exc:
            return [f"{target}: {exc.what}; where the schedule runs it has to be there"]
    else:
        address = _plain(target)
    if not _known(address):
        raise UsageError("no address that Apprise knows", where=_shown(target), hint="See https://appriseit.com.")
    return []


def _shown(target: str) -> str:
    """A target for a message: a reference as it is, else the kind of address only."""
    if _REFERENCE.fullmatch(target):
        return f"--notify {target}"
    return f"--notify {target.partition('://')[0][:20]}://…" if "://" in target else "--notify"


def _plain(target: str) -> str:
    """An address that is written out and holds no secret. Raises UsageError for any other."""
    refused = UsageError("this address can hold a secret, and would be kept as it is", where=_shown(target), hint=_HINT)
    try:
        parts = urlsplit(target)
        if "://" not in target or parts.username or parts.password or "@" in parts.netloc or parts.fragment:
            raise refused
        words = [unquote(w) for w in parts.path.split("/") if w]
        queried = {k.lower() for k, _ in parse_qsl(parts.query, keep_blank_values=True)}
    except ValueError:
        raise refused from None
    mail = parts.scheme in _MAIL and queried <= _OPEN and all(_ADDRESS.fullmatch(w) for w in words)
    hook = parts.scheme in _HOOKS and not queried and not words
    if not mail and not hook:
        raise refused
    return target


def resolve(target: str, env: Mapping[str, str]) -> str:
    """The address of a target. Raises Unsent where it is not there."""
    found = _REFERENCE.fullmatch(target)
    if not found:
        return target
    kind, name = found.groups()
    if kind == "env":
        if not env.get(name, "").strip():
            raise Unsent(f"the environment has no {name}")
        return env[name].strip()
    require("keyring")
    import keyring
    import keyring.errors

    try:
        value = keyring.get_password(SERVICE, name)
    except keyring.errors.KeyringError as exc:
        raise Unsent(f"the keyring cannot be read ({type(exc).__name__})") from exc
    if not value:
        raise Unsent(f"the keyring has no {name} of {SERVICE}")
    return value.strip()


def send(target: str, title: str, body: str, env: Mapping[str, str], *, bad: bool = False) -> None:
    """One message to one target, as text. Raises Unsent with the reason, without the address."""
    require("apprise")
    from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType

    address = resolve(target, env)
    asset = AppriseAsset(app_id="chimera-report", app_desc="chimera-report", app_url="", async_mode=False)
    service = Apprise(asset=asset)
    with _heard() as said:
        try:
            if not service.add(address):
                raise Unsent("no address that Apprise knows")
            done = service.notify(
                title=title,
                body=body,
                body_format=NotifyFormat.TEXT,
                notify_type=NotifyType.WARNING if bad else NotifyType.INFO,
            )
        except (TypeError, ValueError, OSError) as exc:
            raise Unsent(scrubbed(f"{type(exc).__name__}: {exc}", address)) from None
    if not done:
        raise Unsent(scrubbed("; ".join(said) or "the service did not take it", address))


def _known(address: str) -> bool:
    require("apprise")
    from apprise import Apprise

    with _heard():
        try:
            return Apprise.instantiate(address) is not None
        except (TypeError, ValueError):
            return False


def scrubbed(text: str, address: str) -> str:
    """A foreign message without the address or any part of it that could be a secret, in one short line."""
    pieces = {address, *(p for p in re.split(r"[/:@?&=#,]+", unquote(address)) if len(p) >= 4)}
    pieces |= {p for p in re.split(r"[/:@?&=#,]+", address) if len(p) >= 4}
    for piece in sorted(pieces, key=len, reverse=True):
        text = re.sub(re.escape(piece), "…", text, flags=re.IGNORECASE)
    return " ".join(text.split())[:300]


class _Keep(logging.Handler):
    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        self._said.append(record.getMessage())


@contextmanager
def _heard() -> Iterator[list[str]]:
    """What Apprise logs meanwhile. One message at a time: what is said of one could name the address of another."""
    said: list[str] = []
    handler = _Keep(said)
    with _ONE_AT_A_TIME:
        _LOGGER.addHandler(handler)
        try:
            yield said
        finally:
            _LOGGER.removeHandler(handler)
