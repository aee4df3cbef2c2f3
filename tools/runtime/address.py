"""Where an Ollama is: OLLAMA_HOST and --host as an address that can be dialled."""

from __future__ import annotations

import ipaddress

DEFAULT_PORT = 11434


def base_url(text: str) -> str:
    """`text` (host, host:port or URL) as scheme://host:port[/path], always with a port.

    As Ollama reads OLLAMA_HOST (envconfig/config.go): without a scheme the port is 11434, but http:// means 80 and
    https:// 443; a port out of range is the default one. An address to listen on (0.0.0.0, ::) is dialled as loopback.
    """
    text = text.strip().strip("\"'")
    scheme, found, rest = text.partition("://")
    port = {"http": 80, "https": 443}.get(scheme, DEFAULT_PORT) if found else DEFAULT_PORT
    if not found:
        scheme, rest = "http", text
    hostport, _, path = rest.partition("/")
    host, given = hostport, ""
    if hostport.startswith("["):
        host, _, tail = hostport[1:].partition("]")
        given = tail.removeprefix(":")
    elif hostport.count(":") == 1:
        host, _, given = hostport.partition(":")
    if given.isdecimal() and 0 < int(given) <= 65535:
        port = int(given)
    try:
        address = ipaddress.ip_address(host)
        if address.is_unspecified:
            address = ipaddress.ip_address("127.0.0.1" if address.version == 4 else "::1")
        host = f"[{address}]" if address.version == 6 else str(address)
    except ValueError:
        host = host or "127.0.0.1"
    path = path.strip("/")
    return f"{scheme}://{host}:{port}" + (f"/{path}" if path else "")


def openai_url(text: str) -> str:
    """`text` as the address of OpenAI's API, which ends in /v1. Without a port it is the scheme's own."""
    scheme, found, rest = text.strip().rstrip("/").partition("://")
    host = rest if found else scheme
    name = host.partition("/")[0]
    if found and ":" not in name.rpartition("]")[2]:
        name, _, path = host.partition("/")
        host = f"{name}:{443 if scheme == 'https' else 80}" + (f"/{path}" if path else "")
    url = base_url(f"{scheme}://{host}" if found else host)
    return url if url.endswith("/v1") else f"{url}/v1"


def is_loopback(url: str) -> bool:
    host = url.partition("://")[2].partition("/")[0].rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
