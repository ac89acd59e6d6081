"""WebSocket libraries by themselves, and the limit: no events, nothing decoded but what is said below."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pybase64

from .frames import Walker, ask_websocket, masked_frame
from .server import Address

DELTA_KEY = b'"delta":"'
AUDIO_TYPE = b'"response.audio.delta"'


def append_text(pcm: bytes) -> bytes:
    """An ``input_audio_buffer.append``, in the cheapest way."""
    return b"".join((b'{"type":"input_audio_buffer.append","audio":"', pybase64.b64encode(pcm), b'"}'))


class _Raw:
    """What the sessions of this module share."""

    def __init__(self) -> None:
        self.taken = self.pcm_bytes = 0


class WebsocketsSession(_Raw):
    """The websockets library; bytes, not str."""

    def __init__(self, connection: object) -> None:
        from websockets.asyncio.client import ClientConnection

        assert isinstance(connection, ClientConnection)
        super().__init__()
        self._connection = connection

    async def receive(self, events: int) -> None:
        """Messages as bytes, nothing done to them."""
        recv = self._connection.recv
        for _ in range(events):
            await recv(decode=False)
        self.taken += events

    async def send(self, pcm: bytes, times: int) -> None:
        """One message after the other."""
        send = self._connection.send
        for _ in range(times):
            await send(append_text(pcm), text=True)


class AiohttpSession(_Raw):
    """The aiohttp library; bytes, not str."""

    def __init__(self, connection: object) -> None:
        import aiohttp

        assert isinstance(connection, aiohttp.ClientWebSocketResponse)
        super().__init__()
        self._connection = connection

    async def receive(self, events: int) -> None:
        """Messages as bytes, nothing done to them."""
        receive = self._connection.receive
        for _ in range(events):
            await receive()
        self.taken += events

    async def send(self, pcm: bytes, times: int) -> None:
        """One message after the other."""
        from aiohttp import WSMsgType

        send = self._connection.send_frame
        for _ in range(times):
            await send(append_text(pcm), WSMsgType.TEXT)


@contextlib.asynccontextmanager
async def open_websockets(address: Address, model: str) -> AsyncIterator[WebsocketsSession]:
    """Connect with websockets."""
    from websockets.asyncio.client import connect

    async with connect(address.websocket(model), ssl=address.tls, compression=None, proxy=None) as connection:
        yield WebsocketsSession(connection)


@contextlib.asynccontextmanager
async def open_aiohttp(address: Address, model: str) -> AsyncIterator[AiohttpSession]:
    """Connect with aiohttp."""
    import aiohttp

    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(address.websocket(model), ssl=address.tls or True, decode_text=False) as connection,
    ):
        yield AiohttpSession(connection)


class PicowsSession(_Raw):
    """The picows library: its callback takes each message as bytes, in no queue."""

    def __init__(self) -> None:
        super().__init__()
        self._wanted = 0
        self._enough = asyncio.Event()

    def attach(self, transport: object) -> None:
        """Send over this transport."""
        from picows import WSTransport

        assert isinstance(transport, WSTransport)
        self._transport = transport

    def take(self, _payload: bytes) -> None:
        """Called for each message."""
        self.taken += 1
        if self.taken == self._wanted:
            self._enough.set()

    async def receive(self, events: int) -> None:
        """Wait until the callback has had so many more."""
        self._wanted += events
        self._enough.clear()
        if self.taken < self._wanted:
            await self._enough.wait()

    async def send(self, pcm: bytes, times: int) -> None:
        """One message after the other; picows buffers what the socket doesn't take."""
        from picows import WSMsgType

        send = self._transport.send
        for _ in range(times):
            send(WSMsgType.TEXT, append_text(pcm))


@contextlib.asynccontextmanager
async def open_picows(address: Address, model: str) -> AsyncIterator[PicowsSession]:
    """Connect with picows."""
    from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

    session = PicowsSession()

    class Listener(WSListener):
        def on_ws_frame(self, _transport: WSTransport, frame: WSFrame) -> None:
            if frame.msg_type == WSMsgType.TEXT:
                session.take(frame.get_payload_as_bytes())

    transport, _ = await ws_connect(Listener, address.websocket(model), ssl_context=address.tls)
    session.attach(transport)
    try:
        yield session
    finally:
        transport.send_close(WSCloseCode.OK)
        await transport.wait_disconnected()


class LimitSession(_Raw):
    """The least work: one blocking socket, frame headers walked in place, PCM by SIMD base64 from where it lies. Not a usable client."""

    def __init__(self, peer: socket.socket) -> None:
        super().__init__()
        self._send = peer.sendall
        self._walker = Walker(peer)

    async def receive(self, events: int) -> None:
        """Blocks; awaits nothing."""
        walker, pcm_bytes = self._walker, 0
        for _ in range(events):
            _, start, end = walker.next_frame()
            if walker.buffer.find(AUDIO_TYPE, start, start + 100) >= 0:
                delta = walker.buffer.find(DELTA_KEY, start, end) + len(DELTA_KEY)
                pcm_bytes += len(pybase64.b64decode(walker.view[delta : end - 2], None, True))
        self.taken += events
        self.pcm_bytes += pcm_bytes

    async def send(self, pcm: bytes, times: int) -> None:
        """Blocks; awaits nothing."""
        send = self._send
        for _ in range(times):
            send(masked_frame(append_text(pcm)))


@contextlib.asynccontextmanager
async def open_limit(address: Address, model: str) -> AsyncIterator[LimitSession]:
    """A blocking socket."""
    with socket.create_connection(("127.0.0.1", address.port)) as plain:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with address.tls.wrap_socket(plain, server_hostname="127.0.0.1") if address.tls else plain as peer:
            ask_websocket(peer, model)
            yield LimitSession(peer)
            peer.sendall(b"\x88\x80\0\0\0\0")
