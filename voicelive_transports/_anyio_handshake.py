"""From a URL to an open WebSocket on anyio streams: TCP, a proxy's tunnel, TLS, and the handshake."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from typing import Final, NamedTuple

import anyio
from anyio.abc import ByteStream
from anyio.streams.tls import TLSStream
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidHandshake
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import Frame
from websockets.http11 import USER_AGENT, Response
from websockets.uri import WebSocketURI, parse_uri

from ._anyio_socket import Socket, connect_tcp
from ._proxy import Proxy, find_proxy
from ._rejection import Rejection, patience_s, read_rejection
from ._target import Target
from ._websockets_arguments import deflate_offer
from ._websockets_facts import detail
from .base import TransportInfo
from .errors import ConnectFailed, ConnectTimeout
from .options import ConnectOptions

_MAX_ANSWER_BYTES: Final = 16 * 1024
"""A proxy that says more before the tunnel is open is none."""

_logger: Final = logging.getLogger("voicelive_transports.anyio")
# At DEBUG the library writes each header, with the credentials, and each message.
_logger.addFilter(lambda record: record.levelno > logging.DEBUG)


class Opened(NamedTuple):
    """An open connection, in its layers."""

    socket: Socket
    stream: ByteStream
    """What carries the frames: the socket, or TLS over it."""
    protocol: ClientProtocol
    frames: Sequence[Frame]
    """What came with the answer already."""
    info: TransportInfo


async def shake_hands(target: Target, options: ConnectOptions) -> Opened:
    """Connect, within ``handshake_timeout``.

    Raises:
        ConnectFailed: no connection was made.
    """
    try:
        with anyio.fail_after(options.handshake_timeout):
            return await _open(target, options)
    except TimeoutError as exc:
        raise ConnectTimeout(target.public_url, options.handshake_timeout) from exc
    except InvalidHandshake as exc:
        raise ConnectFailed(target.public_url, detail(exc)) from exc
    except (anyio.BrokenResourceError, anyio.EndOfStream) as exc:
        raise ConnectFailed(target.public_url, "the connection was lost during the handshake") from exc
    except OSError as exc:
        raise ConnectFailed(target.public_url, str(exc) or type(exc).__name__) from exc


async def _open(target: Target, options: ConnectOptions) -> Opened:
    uri = parse_uri(target.url)
    proxy = find_proxy(target, options)
    async with AsyncExitStack() as cleanup:
        socket = Socket(await connect_tcp(*((proxy.host, proxy.port) if proxy else (uri.host, uri.port))))
        cleanup.callback(socket.close)
        stream: ByteStream = socket
        if proxy:
            stream = await _tunnel(stream, proxy, uri, target)
        if target.tls:
            stream = await _encrypt(stream, uri.host, options.ssl_context)
        protocol = ClientProtocol(uri, extensions=_extensions(options.compression), max_size=options.max_msg_size, logger=_logger)
        answer, frames = await _upgrade(stream, protocol, options.headers, target)
        cleanup.pop_all()
    return Opened(socket, stream, protocol, frames, _info(target, socket, answer))


async def _encrypt(stream: ByteStream, host: str, context: ssl.SSLContext | None) -> ByteStream:
    # Not the standard's closing, which would wait for the peer: frames tell where the conversation ends.
    return await TLSStream.wrap(stream, hostname=host, ssl_context=context or ssl.create_default_context(), standard_compatible=False)


async def _tunnel(stream: ByteStream, proxy: Proxy, uri: WebSocketURI, target: Target) -> ByteStream:
    """Ask an HTTP proxy for a tunnel (RFC 9110 section 9.3.6); to ``https://`` proxies over TLS."""
    if proxy.scheme == "https":
        stream = await _encrypt(stream, proxy.host, None)
    host = f"[{uri.host}]" if ":" in uri.host else uri.host
    lines = [f"CONNECT {host}:{uri.port} HTTP/1.1", f"Host: {host}:{uri.port}"]
    if proxy.authorization:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    await stream.send("\r\n".join([*lines, "", ""]).encode())
    answer = b""
    while b"\r\n\r\n" not in answer and len(answer) < _MAX_ANSWER_BYTES:
        # One by one: what follows the answer belongs to the tunnel.
        answer += await stream.receive(1)
    version, _, status = answer.partition(b"\r\n")[0].decode("latin-1").partition(" ")
    if not version.startswith("HTTP/1.") or not answer.endswith(b"\r\n\r\n"):
        raise ConnectFailed(target.public_url, "the proxy did not send a valid HTTP response")
    if not status.startswith("2"):
        raise ConnectFailed(target.public_url, f"the proxy answered HTTP {status}")
    return stream


async def _upgrade(
    stream: ByteStream, protocol: ClientProtocol, headers: tuple[tuple[str, str], ...], target: Target
) -> tuple[Response, Sequence[Frame]]:
    request = protocol.connect()
    request.headers.update(headers)
    if "User-Agent" not in request.headers:
        request.headers["User-Agent"] = USER_AGENT
    protocol.send_request(request)
    await stream.send(b"".join(protocol.data_to_send()))
    heard = b""
    while True:
        try:
            more = await stream.receive()
        except (anyio.EndOfStream, anyio.BrokenResourceError):
            protocol.receive_eof()
        else:
            heard += more
            if rejection := read_rejection(heard):
                # The protocol core would wait for the whole body, and refuse a long one.
                raise (await _with_body(rejection, stream, heard)).error(target)
            protocol.receive_data(more)
        if protocol.handshake_exc is not None:
            raise protocol.handshake_exc
        if events := protocol.events_received():
            answer, *frames = events
            assert isinstance(answer, Response), "it comes first"
            return answer, [frame for frame in frames if isinstance(frame, Frame)]


async def _with_body(rejection: Rejection, stream: ByteStream, heard: bytes) -> Rejection:
    """Wait for the body of a refusal, but not long."""
    with (
        suppress(anyio.EndOfStream, anyio.BrokenResourceError),
        anyio.move_on_after(patience_s(anyio.current_effective_deadline() - anyio.current_time())),
    ):
        while not rejection.complete:
            heard += await stream.receive()
            rejection = read_rejection(heard) or rejection
    return rejection


def _extensions(compression: bool | int | None) -> list[ClientPerMessageDeflateFactory] | None:
    if compression is None or compression is False:
        return None
    if compression is True:
        return [ClientPerMessageDeflateFactory()]
    return [deflate_offer(compression)]


def _info(target: Target, socket: Socket, answer: Response) -> TransportInfo:
    return TransportInfo(
        adapter="anyio",
        url=target.public_url,
        tls=target.tls,
        local_address=socket.local_address,
        peer_address=socket.peer_address,
        compression=answer.headers.get("Sec-WebSocket-Extensions"),
    )
