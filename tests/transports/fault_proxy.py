"""A TCP proxy on loopback that does harm when it is told to; it runs on asyncio, in the far side's thread."""

import asyncio
import socket
import struct
from contextlib import asynccontextmanager

from .far_side import hang_up, tcp_server, websocket_server


def reset(writer):
    """End a connection as a crashed peer does: the other side gets RST instead of FIN."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class FaultProxy:
    """Carries bytes between one client and a server, in pieces of ``segment_bytes``."""

    def __init__(self, server_port, segment_bytes):
        self._server_port = server_port
        self._segment_bytes = segment_bytes
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._pieces = asyncio.Queue()

    async def __call__(self, reader, writer):
        self._to_client = writer
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._server_port)
        try:
            await asyncio.gather(self._carry(reader, far_writer, self._pieces.put_nowait), self._carry(far_reader, writer))
        finally:
            far_writer.transport.abort()

    async def _carry(self, reader, writer, note=None):
        while data := await reader.read(self._segment_bytes):
            await self._flowing.wait()
            writer.write(data)
            if note:
                note(data)
            await writer.drain()
        hang_up(writer)

    async def heard(self, count):
        """Wait until the client has said something so many times from now on."""
        while not self._pieces.empty():
            self._pieces.get_nowait()
        for _ in range(count):
            await self._pieces.get()

    async def stall(self):
        """Carry nothing more, and keep both connections."""
        self._flowing.clear()

    async def go_on(self):
        self._flowing.set()

    async def inject(self, data):
        """Say something to the client in the server's name."""
        self._to_client.write(data)
        await self._to_client.drain()

    async def hang_up(self):
        """Say nothing more to the client, in the orderly way."""
        hang_up(self._to_client)

    async def reset(self):
        reset(self._to_client)


@asynccontextmanager
async def faulty_server(segment_bytes=65536):
    """A WebSocket server behind a fault proxy: gives the URL, the function that returns its next connection, and the proxy."""
    async with websocket_server() as (url, accept):
        proxy = FaultProxy(int(url.split(":")[2].split("/")[0]), segment_bytes)
        async with tcp_server(proxy) as port:
            yield f"ws://127.0.0.1:{port}/realtime", accept, proxy
