"""The handshake in the terms of the picows library: its arguments, its errors, and what the answer says."""

from __future__ import annotations

import asyncio
import difflib
import inspect
import logging
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final

import anyio
from picows import (
    WSError,
    WSHandshakeError,
    WSInvalidHeaderError,
    WSListener,
    WSParsedURL,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    ws_connect,
)
from python_socks import ProxyError

from ._anyio_socket import connect_tcp
from ._picows_inbox import Inbox
from ._proxy import find_proxy
from ._rejection import NOT_ASKED_FOR, names_another_extension, read_rejection, wrong_header
from ._target import Target
from .base import TransportInfo
from .errors import ConnectFailed, ConnectTimeout
from .options import ConnectOptions

_GOVERNED: Final = {
    "auto_ping_idle_timeout": "heartbeat sets it",
    "auto_ping_reply_timeout": "heartbeat sets it",
    "disconnect_on_exception": "the adapter sets it",
    "enable_auto_ping": "heartbeat sets it",
    "enable_auto_pong": "the adapter answers pings as autoping says",
    "extra_headers": "headers sets it",
    "logger_name": "the library's own log shows credentials",
    "max_frame_size": "max_msg_size sets it",
    "max_redirects": "the adapter refuses redirects",
    "proxy": "the option of that name sets it",
    "socket_factory": "the adapter needs it to leave no socket behind",
    "ssl_context": "the option of that name sets it",
    "url": "the url sets it",
    "websocket_handshake_timeout": "handshake_timeout sets it",
    "ws_listener_factory": "the adapter is the listener",
}
_SOCKET_BUFFER_BYTES: Final = 64 * 1024
"""What the system keeps for us to read. The library's buffer grows to whatever that is, and all of it comes at once, pause or not."""

_KNOWN: Final = [each.name for each in inspect.signature(ws_connect).parameters.values() if each.kind is not each.VAR_KEYWORD]

_silent_logger: Final = logging.getLogger("voicelive_transports.picows")
# What the library has to say is in our exceptions; and below DEBUG it writes the credentials. It logs to children of this logger, which
# ask its level and its handlers, and not its filters.
_silent_logger.setLevel(logging.CRITICAL + 1)
_silent_logger.addHandler(logging.NullHandler())
_silent_logger.propagate = False


def refusal(_: Target, options: ConnectOptions) -> str | None:
    """Say why the adapter can't honour the options; None if it can."""
    if options.compression is None or options.compression is False:
        return None
    return f"compression={options.compression} can't be had with the picows adapter: the library has none"


async def shake_hands(target: Target, options: ConnectOptions) -> tuple[WSTransport, Inbox, TransportInfo]:
    """Connect, within ``handshake_timeout``.

    Raises:
        TypeError: a vendor option is unknown to the library.
        ValueError: a vendor option is governed by another option.
        ConnectFailed: no connection was made.
    """
    arguments = _arguments(target, options)
    with _errors_translated(target, options):
        connection, inbox = await _connect(target, options, arguments)
        # The connection was lost before there was an answer, and the library doesn't mind.
        if not isinstance(inbox, Inbox):
            raise WSHandshakeError("no answer")
    return connection, inbox, _info(target, inbox)


async def _connect(target: Target, options: ConnectOptions, arguments: dict[str, Any]) -> tuple[WSTransport, WSListener]:
    """Connect, on a socket of our own: a handshake that is cancelled the library would leave open."""
    opened: list[socket.socket] = []

    async def open_socket(address: WSParsedURL) -> socket.socket:
        opened.append(await connect_tcp(address.host, address.port))
        opened[-1].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SOCKET_BUFFER_BYTES)
        return opened[-1]

    def accept(_: WSUpgradeRequest, answer: WSUpgradeResponse) -> Inbox:
        if names_another_extension(answer.headers.getall("Sec-WebSocket-Extensions", []), None):
            raise ConnectFailed(target.public_url, NOT_ASKED_FOR)
        return Inbox(options)

    connecting = asyncio.ensure_future(ws_connect(accept, target.url, socket_factory=open_socket, **arguments))
    try:
        return await asyncio.shield(connecting)
    except asyncio.CancelledError:
        with anyio.CancelScope(shield=True):
            await _end(connecting, opened)
        raise


async def _end(connecting: asyncio.Future[tuple[WSTransport, WSListener]], opened: list[socket.socket]) -> None:
    """Cut the connection under a handshake, which soon ends it, and close what comes of it."""
    if not opened:
        connecting.cancel()
    for each in opened:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
    await asyncio.wait([connecting])
    if not connecting.cancelled() and connecting.exception() is None:
        connection, _ = connecting.result()
        connection.disconnect(graceful=False)


@contextmanager
def _errors_translated(target: Target, options: ConnectOptions) -> Iterator[None]:
    """Limit the time, and turn the library's errors into ours; where one may quote an answer, without it as the cause."""
    try:
        with anyio.fail_after(options.handshake_timeout):
            yield
    except (TimeoutError, asyncio.TimeoutError) as exc:
        raise ConnectTimeout(target.public_url, options.handshake_timeout) from exc
    except WSError as exc:
        raise _handshake_error(target, exc) from None
    except ProxyError as exc:
        raise ConnectFailed(target.public_url, str(exc)) from exc
    except OSError as exc:
        raise ConnectFailed(target.public_url, str(exc) or type(exc).__name__) from exc


def _handshake_error(target: Target, exc: WSError) -> ConnectFailed:
    # By the answer itself: the library takes a status that it doesn't know for no HTTP, and leaves the body as it travelled.
    answer = b"\r\n\r\n".join((exc.raw_header or b"", exc.raw_body or b"")) if isinstance(exc, WSHandshakeError) else b""
    if rejection := read_rejection(answer):
        return rejection.error(target)
    if isinstance(exc, WSInvalidHeaderError):
        connection = exc.response.headers.getall("Connection", []) if exc.response else []
        return ConnectFailed(target.public_url, wrong_header(exc.name, connection, "picows"))
    return ConnectFailed(target.public_url, "did not receive a valid HTTP response")


def _arguments(target: Target, options: ConnectOptions) -> dict[str, Any]:
    """Translate options into keyword arguments of ``picows.ws_connect``."""
    proxy = find_proxy(target, options)
    arguments: dict[str, Any] = {
        "extra_headers": options.headers,
        "ssl_context": options.ssl_context,
        "websocket_handshake_timeout": None,
        "max_frame_size": options.max_msg_size,
        "max_redirects": 0,
        "enable_auto_pong": False,  # it would hold pongs without bound
        "logger_name": _silent_logger,
        "proxy": proxy.url if proxy else None,
        # Its sockets, which the library else takes if they are installed, are left open by a cancelled handshake, and break the next one.
        "use_aiofastnet": False,
        **_vendor(options.vendor_options_beside(_GOVERNED)),
    }
    if options.heartbeat is not None:
        arguments |= {
            "enable_auto_ping": True,
            "auto_ping_idle_timeout": options.heartbeat,
            "auto_ping_reply_timeout": options.heartbeat / 2,
        }
    return arguments


def _vendor(vendor_options: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in vendor_options:
        if name not in _KNOWN:
            near = difflib.get_close_matches(name, [each for each in _KNOWN if each not in _GOVERNED], n=1)
            raise TypeError(f"unknown vendor option {name!r}{f'; did you mean {near[0]!r}?' if near else ''}")
    return vendor_options


def _info(target: Target, inbox: Inbox) -> TransportInfo:
    return TransportInfo(
        adapter="picows",
        url=target.public_url,
        tls=target.tls,
        local_address=inbox.local_address,
        peer_address=inbox.peer_address,
    )
