"""Clients that do not behave, and one beside them that does."""

import asyncio
import base64
import logging
import struct
from contextlib import asynccontextmanager, suppress

import anyio
from emulator.support_server import PATIENCE_S, QUERY, client

TEXT, BINARY, CLOSE, PING, PONG, CONTINUATION = 1, 2, 8, 9, 10, 0
FIRST, SECOND = "Here is the first sentence. ", "And here is the last one."


class Held:
    """A responder that stands still in the middle of its answer to "hold" until it is let go."""

    def __init__(self):
        self.gate = asyncio.Event()

    async def __call__(self, turn):
        if turn.text != "hold":
            yield turn.text or "nothing"
            return
        yield FIRST
        await self.gate.wait()
        yield SECOND


@asynccontextmanager
async def bystander(server, held):
    """A session in the middle of a spoken answer while the block runs; afterwards it must get the rest, and be good for another turn."""
    async with client(server) as one:
        await one.say("hold")
        await one.send("response.create")
        await one.until("response.audio.delta")
        yield one
        held.gate.set()
        done = (await one.until("response.done"))["response"]
        assert done["status"] == "completed"
        assert done["output"][0]["content"][0]["transcript"] == FIRST + SECOND
        assert len(one.audio()) > 48_000
        assert (await one.ask("once more"))["status"] == "completed"
        session = next(each for each in server.sessions if each.id == one.events[0]["session"]["id"])
        assert [item["role"] for item in session.items] == ["user", "assistant", "user", "assistant"]


def frame(opcode, payload=b"", *, fin=True, compressed=False):
    """A WebSocket frame as a client sends it, under a mask of zeros."""
    head = bytes([fin << 7 | compressed << 6 | opcode])
    if len(payload) < 126:
        size = bytes([0x80 | len(payload)])
    elif len(payload) < 65_536:
        size = b"\xfe" + struct.pack(">H", len(payload))
    else:
        size = b"\xff" + struct.pack(">Q", len(payload))
    return head + size + bytes(4) + payload


class Raw:
    """A TCP connection to the server that does what it likes."""

    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer

    async def upgrade(self, *headers):
        """Open the WebSocket; the status of the answer."""
        lines = [
            f"GET {QUERY} HTTP/1.1",
            "Host: x",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {base64.b64encode(bytes(16)).decode()}",
            *headers,
        ]
        return await self.ask("\r\n".join([*lines, "", ""]).encode())

    async def ask(self, request):
        """Send a request; the status of the answer, or None when there is none."""
        self.writer.write(request)
        with anyio.fail_after(PATIENCE_S):
            try:
                answer = await self.reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                return None
        return int(answer.split()[1])

    async def flood(self, data, *, enough=lambda: False):
        """Send the same again and again, reading nothing, until the server, or the test, has had enough."""
        with anyio.fail_after(PATIENCE_S), suppress(ConnectionError):
            while not enough():
                self.writer.write(data)
                await self.writer.drain()

    async def frames(self):
        """Opcode and payload of everything that still comes, up to the end of the connection."""
        with anyio.fail_after(PATIENCE_S), suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                opcode, size = await self.reader.readexactly(2)
                if size == 126:
                    (size,) = struct.unpack(">H", await self.reader.readexactly(2))
                elif size == 127:
                    (size,) = struct.unpack(">Q", await self.reader.readexactly(8))
                payload = await self.reader.readexactly(size)
                if opcode & 15 == CLOSE:
                    self.writer.write(frame(CLOSE, payload))
                yield opcode & 15, payload

    async def close_code(self):
        """Read to the end; the code of the server's close, or None when there was none."""
        code = None
        async for opcode, payload in self.frames():
            if opcode == CLOSE:
                (code,) = struct.unpack(">H", payload[:2])
        return code

    async def is_cut_off(self):
        """Wait for the end of the connection."""
        with anyio.fail_after(PATIENCE_S), suppress(ConnectionError):
            await self.reader.read()
        return True


@asynccontextmanager
async def raw(server, **options):
    """A connection without a handshake so far."""
    reader, writer = await asyncio.open_connection(server.host, server.port, **options)
    try:
        yield Raw(reader, writer)
    finally:
        writer.transport.abort()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def until(condition):
    """Wait for something of the server that has no event."""
    with anyio.fail_after(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - the server has no event for it
            await asyncio.sleep(0.005)


def problems(caplog):
    """What the server logged that nobody handled."""
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR or record.exc_info]
