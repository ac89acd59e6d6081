"""The handshake in the terms of the aiohttp library: its arguments, its errors, and what the answer says."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, NamedTuple

import anyio
from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientHandlerType,
    ClientHttpProxyError,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ClientWebSocketResponse,
    ClientWSTimeout,
    DummyCookieJar,
    TCPConnector,
    WSServerHandshakeError,
)
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from yarl import URL

from ._addresses import host_and_port
from ._asyncio_reads import read_less_at_once
from ._proxy import Proxy, find_proxy
from ._rejection import NOT_ASKED_FOR, names_another_extension, patience_s, wrong_header
from ._target import Target
from .base import TransportInfo
from .errors import MAX_BODY_BYTES, ConnectFailed, ConnectTimeout, HandshakeRejected
from .options import ConnectOptions

_GOVERNED: Final = {
    "autoclose": "the option of that name sets it",
    "autoping": "the option of that name sets it",
    "auth": "an Authorization among headers sets it",
    "compress": "compression sets it",
    "decode_text": "the adapter sets it",
    "fingerprint": "ssl_context sets it",
    "headers": "the option of that name sets it",
    "heartbeat": "the option of that name sets it",
    "max_msg_size": "the option of that name sets it",
    "method": "the WebSocket handshake sets it",
    "params": "the url sets it",
    "proxy": "the option of that name sets it",
    "proxy_auth": "proxy sets it",
    "receive_timeout": "the option of that name sets it",
    "ssl": "ssl_context sets it",
    "ssl_context": "the option of that name sets it",
    "timeout": "close_timeout sets it",
    "url": "the url sets it",
    "verify_ssl": "ssl_context sets it",
}

_KEEPS_BYTES: Final = "decode_text" in inspect.signature(ClientSession._ws_connect).parameters
"""Whether the installed version can give text as it came, without a decoding that nobody needs."""


def refusal(target: Target, options: ConnectOptions) -> str | None:
    """Say why the adapter can't honour the options; None if it can."""
    proxy = find_proxy(target, options)
    if proxy is None:
        return None
    if proxy.scheme not in ("http", "https"):
        return f"proxy with {proxy.scheme} can't be had with the aiohttp adapter: the library knows http and https alone"
    if not target.tls:
        return "proxy for ws:// can't be had with the aiohttp adapter: the library tunnels wss:// alone"
    return None


class Opened(NamedTuple):
    """An open connection, in the library's layers; to let it go, the transport, the answer and the session must be closed."""

    session: ClientSession
    answer: ClientResponse
    connection: Connection
    protocol: ResponseHandler
    transport: asyncio.Transport
    socket: ClientWebSocketResponse[Any]
    info: TransportInfo


async def shake_hands(target: Target, options: ConnectOptions) -> Opened:
    """Connect, in a session of its own.

    Raises:
        TypeError: a vendor option is unknown to the library.
        ValueError: a vendor option is governed by another option.
        ConnectFailed: no connection was made.
    """
    arguments = _arguments(options, find_proxy(target, options))
    answer = _Answer(target, "permessage-deflate" if options.compression else None)
    session = ClientSession(
        connector=TCPConnector(force_close=True, use_dns_cache=False),
        cookie_jar=DummyCookieJar(),
        middlewares=(answer.watch,),
        timeout=ClientTimeout(),
    )
    try:
        with _errors_translated(target, options):
            socket = await session.ws_connect(URL(target.url, encoded=True), **arguments)
    except BaseException:
        await session.close()
        raise
    connection = answer.response.connection
    assert connection is not None, "the library has just made use of it"
    protocol, transport = connection.protocol, connection.transport
    assert protocol is not None, "as the connection"
    assert transport is not None, "as the connection"
    read_less_at_once(transport)
    return Opened(session, answer.response, connection, protocol, transport, socket, answer.info(socket))


class _Answer:
    """The server's answer to the handshake, caught before the library follows a redirect or closes over a refusal."""

    def __init__(self, target: Target, extension: str | None) -> None:
        self.response: ClientResponse
        self._target = target
        self._extension = extension

    async def watch(self, request: ClientRequest, send: ClientHandlerType) -> ClientResponse:
        """Middleware of the session."""
        response = await send(request)
        try:
            if response.status != 101:
                raise await self._rejection(response)
            if names_another_extension(response.headers.getall("Sec-WebSocket-Extensions", []), self._extension):
                raise ConnectFailed(self._target.public_url, NOT_ASKED_FOR)
        except BaseException:
            response.close()
            raise
        self.response = response
        return response

    async def _rejection(self, response: ClientResponse) -> HandshakeRejected:
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.raw_headers)
        return HandshakeRejected(self._target.public_url, response.status, response.reason or "", headers, await _start_of_body(response))

    def info(self, socket: ClientWebSocketResponse[Any]) -> TransportInfo:
        return TransportInfo(
            adapter="aiohttp",
            url=self._target.public_url,
            tls=self._target.tls,
            local_address=host_and_port(socket.get_extra_info("sockname")),
            peer_address=host_and_port(socket.get_extra_info("peername")),
            compression=self.response.headers.get("Sec-WebSocket-Extensions"),
            sends_first=True,
        )


async def _start_of_body(response: ClientResponse) -> bytes:
    """As much as comes soon; the refusal says more than that its text broke off."""
    body = b""
    with suppress(ClientError), anyio.move_on_after(patience_s(anyio.current_effective_deadline() - anyio.current_time())):
        while len(body) < MAX_BODY_BYTES and (more := await response.content.read(MAX_BODY_BYTES - len(body))):
            body += more
    return body


@contextmanager
def _errors_translated(target: Target, options: ConnectOptions) -> Iterator[None]:
    """Limit the time, and turn the library's errors into ours; where one may quote the query, without it as the cause."""
    try:
        with anyio.fail_after(options.handshake_timeout):
            yield
    except (TimeoutError, asyncio.TimeoutError) as exc:
        raise ConnectTimeout(target.public_url, options.handshake_timeout) from exc
    except ClientConnectorError as exc:
        raise ConnectFailed(target.public_url, str(exc.os_error) or type(exc.os_error).__name__) from exc.os_error
    except ClientHttpProxyError as exc:
        raise ConnectFailed(target.public_url, f"the proxy answered HTTP {exc.status} {exc.message}") from None
    except WSServerHandshakeError as exc:
        raise ConnectFailed(target.public_url, _wrong_header(exc)) from None
    except ClientError:
        raise ConnectFailed(target.public_url, "did not receive a valid HTTP response") from None
    except OSError as exc:
        raise ConnectFailed(target.public_url, str(exc) or type(exc).__name__) from exc


def _wrong_header(exc: WSServerHandshakeError) -> str:
    names = {"upgrade": "Upgrade", "connection": "Connection", "challenge": "Sec-WebSocket-Accept"}
    name = next((name for word, name in names.items() if word in exc.message), "Sec-WebSocket-Extensions")
    return wrong_header(name, exc.headers.getall("Connection", []) if exc.headers else [], "aiohttp")


def _arguments(options: ConnectOptions, proxy: Proxy | None) -> dict[str, Any]:
    """Translate options into keyword arguments of ``ClientSession.ws_connect``."""
    arguments: dict[str, Any] = {
        "headers": options.headers,
        "compress": _window_bits(options.compression),
        # The library refuses a message of just this size.
        "max_msg_size": options.max_msg_size + 1,
        "heartbeat": options.heartbeat,
        # The adapter answers the peer's close frame, so that a cancellation doesn't lose its code.
        "autoclose": False,
        "autoping": options.autoping,
        "timeout": ClientWSTimeout(ws_close=options.close_timeout),
        **options.vendor_options_beside(_GOVERNED),
    }
    if options.ssl_context is not None:
        arguments["ssl"] = options.ssl_context
    if proxy is not None:
        arguments["proxy"] = proxy.bare_url
        if proxy.authorization:
            arguments["proxy_headers"] = {"Proxy-Authorization": proxy.authorization}
    if _KEEPS_BYTES:
        arguments["decode_text"] = False
    return arguments


def _window_bits(compression: bool | int | None) -> int:
    """Give the window as the library takes it: 0 is no compression."""
    if compression is True:
        return 15
    return compression or 0
