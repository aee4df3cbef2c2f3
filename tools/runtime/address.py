"""Where an Ollama is: OLLAMA_HOST and --host as an address that can be dialled."""

from __future__ import annotations

import base64
import ipaddress
import re
from urllib.parse import unquote

from chimera_report.tools.errors import UsageError

DEFAULT_PORT = 11434
_SCHEMES = {"http": 80, "https": 443}
# A name and a password, neither of which is shown.
_KEY = re.compile(r"(?<=://)\S*@|(?:^|(?<=--host=))[^/\s@=]*:(?!//)\S*@")


def base_url(text: str, where: str = "") -> str:
    """`text` (host, host:port or URL) as scheme://host:port[/path], always with a port, and never with a password.

    As Ollama reads OLLAMA_HOST (envconfig/config.go): without a scheme the port is 11434, but http:// means 80 and
    https:// 443. An address to listen on (0.0.0.0, ::) is dialled as loopback. Where Ollama takes a port that is none
    for the default one, this is a UsageError that names `where`: it would ask another server than the one meant.
    """
    scheme, user, rest = _parts(text)
    port = _SCHEMES.get(scheme, DEFAULT_PORT) if scheme else DEFAULT_PORT
    if scheme not in ("", *_SCHEMES):
        raise UsageError(
            f"{scheme}:// is not the address of a model server", where=where, hint="Write http:// or https://."
        )
    hostport, _, path = rest.partition("/")
    host, given = hostport, ""
    if hostport.startswith("["):
        host, _, tail = hostport[1:].partition("]")
        given = tail.removeprefix(":")
    elif hostport.count(":") == 1:
        host, _, given = hostport.partition(":")
    if given:
        if not (given.isascii() and given.isdecimal() and 0 < int(given[:6]) <= 65535):
            raise UsageError(f"{given[:20]!r} is no port", where=where, hint="Ports are numbers from 1 to 65535.")
        port = int(given)
    try:
        address = ipaddress.ip_address(host)
        if address.is_unspecified:
            address = ipaddress.ip_address("127.0.0.1" if address.version == 4 else "::1")
        host = f"[{address}]" if address.version == 6 else str(address)
    except ValueError:
        host = host or "127.0.0.1"
    path = path.strip("/")
    url = f"{scheme or 'http'}://{host}:{port}" + (f"/{path}" if path else "")
    if user:
        from chimera_report.tools import wire  # not at import: settings mask addresses, and most commands dial none

        name, _, password = user.partition(":")
        known = f"{unquote(name)}:{unquote(password)}".encode()
        wire.admit(url, f"Basic {base64.b64encode(known).decode('ascii')}")
    return url


def _parts(text: str) -> tuple[str, str, str]:
    """Scheme, name with password, and the rest of an address; each "" where it is not there."""
    text = text.strip().strip("\"'")
    scheme, found, rest = text.partition("://")
    if not found:
        scheme, rest = "", text
    user, _, rest = rest.rpartition("@")
    return scheme.lower(), user, rest


def masked(text: str, by: str = "***@") -> str:
    """An address, or a word of a command line with one, as it may be shown: `by` for the name and the password."""
    return _KEY.sub(by, text)


def openai_url(text: str, where: str = "") -> str:
    """`text` as the address of OpenAI's API, which ends in /v1. Without a port it is the scheme's own."""
    url = base_url(text.strip().rstrip("/"), where)
    if url.endswith("/v1"):
        return url
    from chimera_report.tools import wire

    if key := wire.own(url).get("authorization"):
        wire.admit(f"{url}/v1", key)
    return f"{url}/v1"


def is_loopback(url: str) -> bool:
    """Whether an address with its port, as `base_url` returns it, is on this machine; a name other than localhost is
    not looked up, and is not."""
    host = url.partition("://")[2].partition("/")[0].rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
