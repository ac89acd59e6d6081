"""What the transports under test talk to: the other half of a memory pair, a WebSocket server, or a raw TCP server."""

import asyncio
import base64
import functools
import hashlib
import ssl
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
import trustme
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from voicelive_transports import ConnectOptions, TransportClosed, get_opener, memory_pair


def run(main, *args, backend="asyncio"):
    """Run a test's coroutine, and see that it leaves no task behind."""

    async def watched():
        await main(*args)
        if backend == "asyncio":
            await anyio.wait_all_tasks_blocked()
            assert asyncio.all_tasks() == {asyncio.current_task()}

    anyio.run(watched, backend=backend)


async def open_websockets(url, **options):
    return await get_opener("websockets")(url, ConnectOptions(**options))


async def ending(transport):
    """Receive until the end, and return the error that says how it ended."""
    try:
        while True:
            await transport.receive()
    except TransportClosed as exc:
        return exc


# -- the far side of the contract suite


class MemoryPeer:
    def __init__(self, transport):
        self._transport = transport
        self.send = transport.send
        self.send_binary = transport.send
        self.receive = transport.receive
        self.close = transport.aclose

    def drop(self):
        self._transport.drop()

    async def closed(self):
        """The code and reason that arrive, after reading all there is."""
        end = await ending(self._transport)
        return end.code, end.reason


class WebsocketsPeer:
    def __init__(self, connection):
        self.connection = connection
        self.close = connection.close

    async def send(self, frame):
        await self.connection.send(frame, text=True)

    async def send_binary(self, frame):
        await self.connection.send(frame)

    async def receive(self):
        return await self.connection.recv(decode=False)

    def drop(self):
        self.connection.transport.abort()

    async def closed(self):
        try:
            while True:
                await self.connection.recv()
        except ConnectionClosed as exc:
            return exc.rcvd.code, exc.rcvd.reason


@functools.cache
def tls_contexts():
    """A server's and a client's TLS settings, under an authority that only these two know."""
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("localhost").configure_cert(server)
    authority.configure_trust(client)
    return server, client


@asynccontextmanager
async def websocket_server(*, tls=False, **options):
    """Serve on loopback; gives the URL, and an awaitable function that returns the next connection."""
    arrived = asyncio.Queue()

    async def handler(connection):
        arrived.put_nowait(connection)
        await connection.wait_closed()
        # Until Python 3.11 asyncio warns of a TLS transport that the peer closed first, unless it is closed here too.
        connection.transport.abort()

    context = tls_contexts()[0] if tls else None
    async with serve(handler, "127.0.0.1", 0, ssl=context, max_size=None, **options) as server:
        port = server.sockets[0].getsockname()[1]
        yield (f"wss://localhost:{port}/realtime" if tls else f"ws://127.0.0.1:{port}/realtime"), arrived.get


@asynccontextmanager
async def joined_by_websockets(*, tls=False, compression=None, **options):
    if tls:
        options["ssl_context"] = tls_contexts()[1]
    async with websocket_server(tls=tls) as (url, accept):
        transport = await open_websockets(url, compression=compression, **options)
        peer = WebsocketsPeer(await accept())
        try:
            yield transport, peer
        finally:
            peer.drop()
            await transport.aclose()


@asynccontextmanager
async def joined_in_memory(**options):
    ours, theirs = memory_pair(**options)
    yield ours, MemoryPeer(theirs)


@dataclass
class Case:
    name: str
    backend: str
    joined: Callable[..., Any]


CASES = [
    Case("memory-asyncio", "asyncio", joined_in_memory),
    Case("memory-trio", "trio", joined_in_memory),
    Case("websockets", "asyncio", joined_by_websockets),
    Case("websockets-tls", "asyncio", functools.partial(joined_by_websockets, tls=True)),
    Case("websockets-deflate", "asyncio", functools.partial(joined_by_websockets, compression=True)),
]


# -- raw servers


@asynccontextmanager
async def tcp_server(talk):
    """Serve ``talk(reader, writer)`` on loopback; gives the port. A talk still going on at the end is cancelled."""
    talks = set()

    async def handle(reader, writer):
        talks.add(asyncio.current_task())
        try:
            await talk(reader, writer)
        except (asyncio.CancelledError, ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            talks.discard(asyncio.current_task())
            writer.transport.abort()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        ending = list(talks)
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending)
        await server.wait_closed()


async def read_request(reader):
    return (await reader.readuntil(b"\r\n\r\n")).decode()


def answering(status_line, *headers, body=b""):
    """A talk that answers the handshake with an HTTP response."""

    async def talk(reader, writer):
        await read_request(reader)
        lines = [f"HTTP/1.1 {status_line}", *headers, f"Content-Length: {len(body)}", "", ""]
        writer.write("\r\n".join(lines).encode() + body)
        await writer.drain()
        await reader.read()

    return talk


async def accept_handshake(reader, writer):
    """Answer the handshake as a WebSocket server does; from there on the bytes are the test's."""
    request = await read_request(reader)
    key = next(line.split(": ")[1] for line in request.split("\r\n") if line.lower().startswith("sec-websocket-key"))
    digest = hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode(), usedforsecurity=False).digest()
    accept = base64.b64encode(digest).decode()
    writer.write(
        f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n".encode()
    )


async def silence(reader, _):
    """Read whatever comes, and say nothing."""
    while await reader.read(65536):
        pass
