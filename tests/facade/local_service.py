"""What the facade under test talks to: a WebSocket server on loopback, or the other half of a memory pair."""

import asyncio
import json
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl, urlsplit

import anyio
from azure.core.credentials import AzureKeyCredential
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed as LibraryClosed

from voicelive import VoiceLiveConnection, connect
from voicelive_proto import SERVER, Connection, server_events
from voicelive_proto.session import ResponseSession
from voicelive_transports import TransportClosed, memory_pair

KEY = "0f3c-very-secret-key-5b7d"
CREATED = server_events.SessionCreated(event_id="event_1", session=ResponseSession(id="sess_1", model="gpt-realtime"))
CLEARED = server_events.InputAudioBufferCleared(event_id="event_2")


def run(main, *args, backend="asyncio"):
    """Run a test's coroutine, and see that it leaves no task behind."""

    async def watched():
        await main(*args)
        if backend == "asyncio":
            await anyio.wait_all_tasks_blocked()
            assert asyncio.all_tasks() == {asyncio.current_task()}

    anyio.run(watched, backend=backend)


class Peer:
    """The service's side of one WebSocket, on a core of the same kind as ours."""

    def __init__(self, websocket):
        self.core = Connection(SERVER)
        self.websocket = websocket
        self.request = websocket.request
        self.frames = []

    @property
    def query(self):
        return dict(parse_qsl(urlsplit(self.request.path).query))

    async def send(self, event):
        await self.send_frame(self.core.send(event))

    async def send_frame(self, frame):
        await self.websocket.send(frame, text=True)

    async def receive(self):
        frame = await self.websocket.recv(decode=False)
        self.frames.append(frame)
        return self.core.receive(frame)

    async def receive_all(self):
        """Receive until the client closes; returns its close code and reason."""
        try:
            while True:
                await self.receive()
        except LibraryClosed as closed:
            return closed.rcvd.code, closed.rcvd.reason

    def messages(self):
        return [json.loads(frame) for frame in self.frames]


class Service:
    def __init__(self):
        self.peers = []
        self._done = asyncio.Queue()

    async def finished(self):
        """Wait until the script of one more connection is through; returns its peer and what the script returned."""
        return await self._done.get()


async def listen(peer):
    await peer.send(CREATED)
    return await peer.receive_all()


@asynccontextmanager
async def local_service(script=listen, **options):
    """Serve on loopback: ``script(peer)`` for each connection. Gives the service, with its ``url``."""
    service = Service()

    async def handler(websocket):
        peer = Peer(websocket)
        service.peers.append(peer)
        service._done.put_nowait((peer, await script(peer)))

    async with serve(handler, "127.0.0.1", 0, max_size=None, **options) as server:
        service.port = server.sockets[0].getsockname()[1]
        service.url = f"http://127.0.0.1:{service.port}"
        yield service


def connect_to(url, **arguments):
    """``connect()`` with the arguments that are always needed."""
    return connect(**{"credential": AzureKeyCredential(KEY), "endpoint": url, "model": "gpt-realtime"} | arguments)


class MemoryPeer:
    """The service's side of a memory pair."""

    def __init__(self, transport):
        self.core = Connection(SERVER)
        self.transport = transport
        self.close = transport.aclose
        self.drop = transport.drop
        self.send_frame = transport.send

    async def send(self, event):
        await self.transport.send(self.core.send(event))

    async def receive_frame(self):
        frame = await self.transport.receive()
        self.core.receive(frame)
        return frame

    async def closed(self):
        try:
            while True:
                await self.transport.receive()
        except TransportClosed as closed:
            return closed.code, closed.reason


def joined_in_memory(*, when_response_active="send", harmless_errors=False, echoes_metadata=False, watch=None, **options):
    """A connection over a memory pair, and the service's side of it."""
    ours, theirs = memory_pair(**options)
    settings = {"when_response_active": when_response_active, "harmless_errors": harmless_errors, "echoes_metadata": echoes_metadata}
    connection = VoiceLiveConnection(ours, watch=watch, **settings)
    return connection, MemoryPeer(theirs)
