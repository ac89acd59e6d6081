"""Clients that try to take the server down: each is refused or dropped, and the session beside it goes on."""

import asyncio
import json
import sys
import zlib
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import anyio
import pytest
import websockets
from emulator.support_attack import CLOSE, CONTINUATION, PING, TEXT, Held, bystander, frame, problems, raw, until
from emulator.support_server import PATIENCE_S, QUERY, client
from emulator.support_time import in_its_own_time

from voicelive.emulator import ServerLimits, serve

pytestmark = pytest.mark.anyio


@pytest.fixture
async def held():
    return Held()


@pytest.fixture
def attacked(held, caplog):
    """Serve with limits while the block runs; nothing may go wrong unseen."""
    caplog.set_level("INFO")

    def begin(*, compression=None, **limits):
        return serve(responder=held, recogniser=None, pace=None, compression=compression, limits=ServerLimits(**limits))

    yield begin
    assert problems(caplog) == []


async def test_a_full_server_refuses_with_429_until_somebody_leaves(attacked, held):
    async with attacked(max_sessions=2) as server, bystander(server, held):
        async with client(server):
            for _ in range(3):
                async with raw(server) as more:
                    assert await more.upgrade() == 429
                    assert b"as many sessions as it takes" in await more.reader.read()
        await until(lambda: len(server.sessions) == 1)
        async with client(server):
            assert len(server.sessions) == 2


@in_its_own_time
async def test_handshakes_that_never_end_are_cut_off(attacked, held):
    async with attacked(handshake_s=0.2) as server, bystander(server, held), raw(server) as silent, raw(server) as slow:
        slow.writer.write(f"GET {QUERY} HTTP/1.1\r\nHost: x\r\nX-Slow:".encode())
        assert await silent.is_cut_off()
        assert await slow.is_cut_off()


async def test_a_flood_of_connections_is_cut_off_beyond_those_that_may_wait(attacked, held, caplog):
    async with attacked(max_waiting=3) as server, bystander(server, held), raw(server) as one, raw(server), raw(server):
        for _ in range(5):
            async with raw(server) as more:
                assert await more.is_cut_off()
        assert "3 others have not asked for a session yet" in caplog.text
        assert await one.upgrade() == 101
        async with raw(server) as more:  # there is room again
            assert await more.upgrade() == 101


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)) * 4, None),
        (b"\r\n\r\n", None),
        (b"GET / HTTP/9.9\r\n\r\n", None),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", None),
        (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n", None),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 20_000 + b"\r\n\r\n", None),
        (b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 500 + b"\r\n", None),
        (b"GET / HTTP/1.1\r\nX\x00: \xff\r\n\r\n", None),
        (b"GET //[/voice-live/realtime HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /%ff%00?\xff\xfe=1 HTTP/1.1\r\nHost: x\r\n\r\n", None if sys.version_info >= (3, 11) else 404),
        (f"GET {QUERY} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n".encode(), 400),
    ],
)
async def test_requests_that_are_none(attacked, held, request_bytes, status):
    """The WebSocket library says 400 to some that it cannot parse, or just ends the connection."""
    async with attacked() as server, bystander(server, held), raw(server) as attacker:
        answer = await attacker.ask(request_bytes)
        assert answer == status or (status is None and answer in (400, 413, 414, 431, 501))
        assert await attacker.is_cut_off()


async def test_a_key_that_is_given_twice_is_none(caplog):
    async with serve(api_key="k", recogniser=None) as server, raw(server) as attacker:
        assert await attacker.upgrade("api-key: k", "api-key: k", "Authorization: \xff") == 401
    assert problems(caplog) == []


async def test_a_message_beyond_the_limit_closes_with_1009(attacked, held):
    async with attacked(max_message_bytes=100_000) as server, bystander(server, held), raw(server) as attacker:
        await attacker.upgrade()
        attacker.writer.write(frame(TEXT, b" " * 100_001))
        assert await attacker.close_code() == 1009


async def test_a_compressed_bomb_closes_with_1009(attacked, held):
    squeeze = zlib.compressobj(wbits=-15)
    bomb = squeeze.compress(b" " * 50_000_000) + squeeze.flush(zlib.Z_SYNC_FLUSH)
    assert len(bomb) < 100_000
    async with attacked(compression=True, max_message_bytes=1_000_000) as server, bystander(server, held), raw(server) as attacker:
        await attacker.upgrade("Sec-WebSocket-Extensions: permessage-deflate")
        attacker.writer.write(frame(TEXT, bomb.removesuffix(b"\x00\x00\xff\xff"), compressed=True))
        assert await attacker.close_code() == 1009


async def test_endless_fragments_close_with_1009(attacked, held):
    """Empty ones have no size that could be limited; pings between them change nothing."""
    async with attacked(max_fragments=100) as server, bystander(server, held), raw(server) as attacker:
        await attacker.upgrade()
        attacker.writer.write(frame(TEXT, fin=False) + (frame(CONTINUATION, fin=False) * 10 + frame(PING)) * 20)
        assert await attacker.close_code() == 1009


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"\xff" * 64, 1002),
        (frame(3), 1002),
        (frame(TEXT, b"\xff\xfe"), 1007),
        (frame(TEXT, b"{}", compressed=True), 1002),
        (frame(CONTINUATION, b"{}"), 1002),
        (frame(PING, bytes(126)), 1002),
        (frame(CLOSE, b"\x00"), 1002),
        (b"\x81\x02{}", 1002),  # without a mask
    ],
)
async def test_frames_that_are_none_close_with_the_library_s_code(attacked, held, sent, code):
    async with attacked() as server, bystander(server, held), raw(server) as attacker:
        await attacker.upgrade()
        attacker.writer.write(sent)
        assert await attacker.close_code() == code


@asynccontextmanager
async def stalled(server, session_index):
    """A client that has asked for much text and reads none of it; the block runs once the server can write no more."""
    url = server.url.replace("http", "ws", 1) + QUERY
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "word " * 100_000}]}
    async with websockets.connect(url, max_queue=1, proxy=None, ping_interval=None, close_timeout=0.1) as websocket:
        await websocket.send(json.dumps({"type": "conversation.item.create", "item": item}))
        await websocket.send(json.dumps({"type": "response.create", "response": {"modalities": ["text"]}}))
        await until(lambda: len(server.sessions) > session_index)
        session = server.sessions[session_index]
        await until(lambda: session._websocket.transport.get_write_buffer_size() > 0)
        yield websocket, session


async def test_who_asks_for_pongs_and_does_not_read_them_is_cut_off(attacked, held, caplog):
    async with attacked(max_unread_pongs=1_000) as server, bystander(server, held), raw(server, limit=4096) as attacker:
        await attacker.upgrade()
        attacker.writer.transport.pause_reading()
        await attacker.flood(frame(PING, bytes(125)) * 1_000)
        assert "it asks for pongs and does not read them" in caplog.text


async def test_who_asks_and_does_not_read_the_answers_is_closed_with_1008(attacked, held):
    """As the service does: an error, and the close. Whoever reads again sees both; until then nothing more is read from it."""
    ask = frame(TEXT, b'{"type":"session.update","session":{}}')
    async with attacked(max_backlog_bytes=100_000) as server, bystander(server, held), raw(server, limit=4096) as attacker:
        await attacker.upgrade()
        (victim,) = server.sessions[1:]
        attacker.writer.transport.pause_reading()
        flooding = asyncio.create_task(attacker.flood(ask * 100, enough=lambda: victim.connection.close_code))
        await until(lambda: victim.connection.close_code == 1008)
        attacker.writer.transport.resume_reading()
        received = [(opcode, payload) async for opcode, payload in attacker.frames()]
        await flooding
        errors = [payload for opcode, payload in received if opcode == TEXT and b"session_output_overflow" in payload]
        assert len(errors) == 1
        assert "read events as they come" in json.loads(errors[0])["error"]["message"]
        assert received[-1] == (CLOSE, b"\x03\xf0session_output_overflow")


@in_its_own_time
async def test_who_stops_reading_is_closed_with_1008(attacked, held):
    async with attacked(stall_s=0.1) as server, bystander(server, held), stalled(server, 1) as (attacker, session):
        await until(lambda: session.connection.close_code is not None)
        with anyio.fail_after(PATIENCE_S), suppress(websockets.ConnectionClosedError):
            async for _ in attacker:
                pass
        assert (attacker.close_code, attacker.close_reason) == (1008, "session_output_overflow")


async def test_an_answer_without_end_to_who_stops_reading_holds_nobody_up():
    async def endless(_turn):
        while True:
            yield "word "

    limits = ServerLimits(stall_s=0.1)
    async with serve(responder=endless, recogniser=None, pace=None, limits=limits) as server, stalled(server, 0) as (attacker, session):
        await until(lambda: session.connection.close_code is not None)
        with anyio.fail_after(PATIENCE_S), suppress(websockets.ConnectionClosedError):
            async for _ in attacker:
                pass
        assert attacker.close_code == 1008
        await until(lambda: not server.sessions)


@in_its_own_time
async def test_a_peer_that_does_not_answer_pings_is_closed_with_1011(attacked):
    async with attacked(ping_interval_s=0.1, ping_timeout_s=0.5) as server, client(server) as other, raw(server) as dead:
        await dead.upgrade()
        assert await dead.close_code() == 1011
        await other.settle()


@in_its_own_time
async def test_the_server_ends_in_bounded_time_whatever_its_clients_do(held, caplog):
    """One in the middle of an answer is told with 1001; one that does not read, or never asked for anything, is cut off."""
    async with AsyncExitStack() as stack:
        async with serve(responder=held, recogniser=None, pace=None, limits=ServerLimits(close_s=0.5)) as server:
            good = await stack.enter_async_context(client(server, checked=False))
            await good.say("hold")
            await good.send("response.create")
            await good.until("response.audio.delta")
            reading = asyncio.create_task(good.until("response.done"))
            silent = await stack.enter_async_context(raw(server))
            await stack.enter_async_context(stalled(server, 1))
        assert server.sessions == ()
        with pytest.raises(websockets.ConnectionClosedOK) as closed:
            await reading
        assert closed.value.rcvd.code == 1001
        assert await silent.is_cut_off()
    assert problems(caplog) == []
