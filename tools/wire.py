"""Talking to a model server that may be slow, broken or hostile: a time and a size for the whole of each call.

httpx's own timeouts are for a single read, so that a byte a second keeps a call alive for ever. Here every read of the
socket, of headers too, gets what is left of the call's time, and counts against its bytes. Nothing follows a redirect,
and what comes compressed is refused, because its size is not known before it is there.
"""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

MIB = 1 << 20
ANSWER = 8 * MIB  # of one drafted answer, and of what a server says about itself but for its models' vocabularies
SHOWN = 64 * MIB  # of /api/show with all its tensors
HEADERS = {"accept-encoding": "identity"}
_AT: ContextVar[_Limit | None] = ContextVar("limit", default=None)
_OWN: dict[str, str] = {}  # address of a server → what it wants as `authorization`


def entrust(url: str, token: str | None) -> None:
    """Remember the token of a server that this process started; None forgets it. It is sent to that address alone."""
    if token is None:
        _OWN.pop(url, None)
    else:
        admit(url, f"Bearer {token}")


def admit(url: str, authorization: str) -> None:
    """Remember what a server wants to be let in; it is sent to that address alone, and shown nowhere."""
    _OWN[url] = authorization


def own(url: str) -> dict[str, str]:
    """The headers by which a server lets this process in; none where nothing is known of it."""
    known = _OWN.get(url.rstrip("/"))
    return {} if known is None else {"authorization": known}


class _Limit:
    __slots__ = ("left", "most", "until")

    def __init__(self, seconds: float, most: int) -> None:
        self.until, self.left, self.most = time.monotonic() + seconds, most, most


@contextmanager
def limited(seconds: float, most: int = ANSWER) -> Iterator[None]:
    """All reading of this thread inside: `seconds` of wall time and `most` bytes together.

    Beyond them httpx raises ReadTimeout, and ReadError with a text that says how many bytes there were."""
    token = _AT.set(_Limit(seconds, most))
    try:
        yield
    finally:
        _AT.reset(token)


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        limit = _AT.get()
        data = self._stream.read(max_bytes, _rest(limit, timeout, httpcore.ReadTimeout))
        if limit is not None:
            limit.left -= len(data)
            if limit.left < 0:
                raise httpcore.ReadError(f"the answer is longer than {limit.most / MIB:g} MiB")
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _rest(_AT.get(), timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        rest = _rest(_AT.get(), timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, rest))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    def __init__(self) -> None:
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        rest = _rest(_AT.get(), timeout, httpcore.ConnectTimeout)
        return _Stream(self._backend.connect_tcp(host, port, rest, local_address, socket_options))

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


def _rest(limit: _Limit | None, timeout: float | None, late: Callable[[str], Exception]) -> float | None:
    if limit is None:
        return timeout
    rest = limit.until - time.monotonic()
    if rest <= 0:
        raise late("the time of the call is over")
    return rest if timeout is None else min(timeout, rest)


class Transport(httpx.HTTPTransport):
    """httpx's transport under the limits of `limited`; through the environment's proxy where `url` has one."""

    def __init__(self, url: str, *, proxies: bool, limits: httpx.Limits | None = None) -> None:
        proxy = _proxy(url) if proxies else None
        super().__init__(proxy=proxy, trust_env=False, limits=limits or httpx.Limits())
        self._pool._network_backend = _Backend()  # httpcore takes it as an argument that httpx does not pass on


def _proxy(url: str) -> str | None:
    target = httpx.URL(url)
    found = urllib.request.getproxies()
    if urllib.request.proxy_bypass(target.host):
        return None
    return found.get(target.scheme) or found.get("all")


def refuse_compressed(response: httpx.Response) -> None:
    """For `event_hooks`: an answer that would have to be unpacked to know its size is not read."""
    if response.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        response.close()
        raise httpx.DecodingError("the answer is compressed, which was not asked for", request=response.request)


def client(
    url: str,
    *,
    timeout: httpx.Timeout,
    proxies: bool = False,
    limits: httpx.Limits | None = None,
    headers: dict[str, str] | None = None,
) -> httpx.Client:
    """A client of one server. A redirect is an answer like any other: nobody is sent elsewhere."""
    return httpx.Client(
        base_url=url,
        timeout=timeout,
        transport=Transport(url, proxies=proxies, limits=limits),
        headers={**HEADERS, **own(url), **(headers or {})},
        event_hooks={"response": [refuse_compressed]},
        follow_redirects=False,
        trust_env=False,
    )


def parsed(text: bytes | str) -> Any:
    """JSON from a server. ValueError for what is none, also for what is nested beyond reason."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("JSON that is nested too deeply") from None


def count(value: object) -> int | None:
    """A counter that a server tells, where it can be one: whole, not negative, below 2⁵³. None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**53:
        return None
    return round(value)
