"""What the transports under test talk to: the other half of a memory pair, a WebSocket server, or a raw TCP server."""

import asyncio
import base64
import contextlib
import functools
import hashlib
import importlib.util
import ssl
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import anyio.from_thread
import anyio.to_thread
import trustme
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from voicelive_transports import ConnectOptions, TransportClosed, get_opener, memory_pair


def run(main, *args, backend="asyncio"):
    """Run a test's coroutine, and see that it leaves no task and no socket behind."""

    async def watched():
        await main(*args)
        if backend != "trio":
            await anyio.wait_all_tasks_blocked()
            assert asyncio.all_tasks() == {asyncio.current_task()}

    before = open_sockets()
    if backend == "uvloop":
        anyio.run(watched, backend_options={"use_uvloop": True})
    else:
        anyio.run(watched, backend=backend)
    assert open_sockets() - before == set()


def open_sockets():
    """The sockets of this process, where the system lists its descriptors."""
    found = set()
    if (listing := Path("/proc/self/fd")).exists():
        for each in listing.iterdir():
            # The listing has a descriptor itself, which is gone by now.
            with contextlib.suppress(FileNotFoundError):
                found.add(str(each.readlink()))
    return {each for each in found if each.startswith("socket:")}


async def open_with(adapter, url, **options):
    return await get_opener(adapter)(url, ConnectOptions(**options))


open_websockets = functools.partial(open_with, "websockets")


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

    async def drop(self):
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

    async def drop(self):
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
        try:
            yield (f"wss://localhost:{port}/realtime" if tls else f"ws://127.0.0.1:{port}/realtime"), arrived.get
        finally:
            await let_everybody_in()


@asynccontextmanager
async def joined_by_socket(adapter, *, tls=False, compression=None, **options):
    if tls:
        options["ssl_context"] = tls_contexts()[1]
    async with websocket_server(tls=tls) as (url, accept):
        transport = await open_with(adapter, url, compression=compression, **options)
        peer = WebsocketsPeer(await accept())
        try:
            yield transport, peer
        finally:
            await peer.drop()
            await transport.aclose()


@asynccontextmanager
async def joined_across_threads(adapter, *, tls=False, compression=None, **options):
    """Our side on whatever loop runs here, the far side on asyncio in another thread."""
    if tls:
        options["ssl_context"] = tls_contexts()[1]
    async with far_server(websocket_server, tls=tls) as (far, (url, accept)):
        transport = await open_with(adapter, url, compression=compression, **options)
        peer = FarPeer(far, WebsocketsPeer(await far(accept)))
        try:
            yield transport, peer
        finally:
            await peer.drop()
            await transport.aclose()


@asynccontextmanager
async def far_server(server, *args, **options):
    """Run an asyncio server in a thread; gives a function that awaits coroutines there, and what the server gives."""

    async def far(function, *args):
        future = portal.start_task_soon(function, *args)
        try:
            return await anyio.to_thread.run_sync(future.result, abandon_on_cancel=True)
        except anyio.get_cancelled_exc_class():
            future.cancel()
            raise

    with anyio.from_thread.start_blocking_portal("asyncio") as portal, portal.wrap_async_context_manager(server(*args, **options)) as given:
        yield far, given


class FarPeer:
    """A peer that lives in another thread."""

    def __init__(self, far, peer):
        for name in ("send", "send_binary", "receive", "close", "closed", "drop"):
            setattr(self, name, functools.partial(far, getattr(peer, name)))


joined_by_websockets = functools.partial(joined_by_socket, "websockets")


@asynccontextmanager
async def joined_in_memory(**options):
    ours, theirs = memory_pair(**options)
    yield ours, MemoryPeer(theirs)


@dataclass
class Case:
    name: str
    backend: str
    joined: Callable[..., Any]


def cases_of(adapter, backend="asyncio", *, deflate=True):
    """One adapter on one kind of loop: plain, with TLS and with compression."""
    kinds = {"": {}, "-tls": {"tls": True}} | ({"-deflate": {"compression": True}} if deflate else {})
    joined = joined_across_threads if backend == "trio" else joined_by_socket
    name = adapter if backend == "asyncio" else f"{adapter}-{backend}"
    return [Case(name + kind, backend, functools.partial(joined, adapter, **how)) for kind, how in kinds.items()]


MISSING = [name for name in ("aiohttp", "picows", "trio", "uvloop") if importlib.util.find_spec(name) is None]
"""Libraries whose cases are left out; none where all development dependencies are installed."""

ASYNCIO_ADAPTERS = [name for name in ("websockets", "aiohttp", "picows", "anyio") if name not in MISSING]

CASES = [
    Case("memory-asyncio", "asyncio", joined_in_memory),
    *(case for adapter in ASYNCIO_ADAPTERS for case in cases_of(adapter, deflate=adapter != "picows")),
]
if "trio" not in MISSING:
    CASES += [Case("memory-trio", "trio", joined_in_memory), *cases_of("anyio", "trio")]
if "uvloop" not in MISSING:
    CASES += [case for adapter in ASYNCIO_ADAPTERS for case in cases_of(adapter, "uvloop", deflate=False)]


# -- raw servers


def hang_up(writer):
    """Say nothing more, in the orderly way; who was told nonsense before may have gone already."""
    with contextlib.suppress(OSError):
        writer.write_eof()


async def let_everybody_in():
    """Give those their turns whom a server has just accepted; their clients may be gone. One that closes before forgets the sockets."""
    for _ in range(10):
        await asyncio.sleep(0)


@asynccontextmanager
async def tcp_server(talk, **options):
    """Serve ``talk(reader, writer)`` on loopback; gives the port. A talk still going on at the end is cancelled."""
    talks = set()

    async def handle(reader, writer):
        with contextlib.suppress(asyncio.CancelledError, ConnectionError, asyncio.IncompleteReadError):
            await talk(reader, writer)

    def begin(reader, writer):
        # All that belongs to a talk is seen to here: one that is cancelled before its first turn does nothing itself.
        talks.add(task := asyncio.create_task(handle(reader, writer)))
        task.add_done_callback(talks.discard)
        task.add_done_callback(lambda _: writer.transport.abort())

    server = await asyncio.start_server(begin, "127.0.0.1", 0, **options)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        await let_everybody_in()
        server.close()
        ending = list(talks)
        for task in ending:
            task.cancel()
        for ended in await asyncio.gather(*ending, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended
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


async def accept_handshake(reader, writer, then=b"", *, connection="Upgrade", extensions=None):
    """Answer the handshake as a WebSocket server does, and say ``then`` in the same breath; from there on the bytes are the test's."""
    request = await read_request(reader)
    key = next(line.split(": ")[1] for line in request.split("\r\n") if line.lower().startswith("sec-websocket-key"))
    digest = hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode(), usedforsecurity=False).digest()
    lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", f"Connection: {connection}"]
    lines.append(f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}")
    if extensions:
        lines.append(f"Sec-WebSocket-Extensions: {extensions}")
    writer.write("\r\n".join([*lines, "", ""]).encode() + then)


async def silence(reader, _):
    """Read whatever comes, and say nothing."""
    while await reader.read(65536):
        pass
