"""What goes wrong on networks, on every adapter: each fault gives its documented error and leaves nothing behind."""

import socket
from contextlib import asynccontextmanager

import anyio
import pytest

from voicelive_transports import ConnectFailed, ConnectTimeout, HandshakeRejected, ReceiveTimeout, TransportClosed

from .far_side import (
    ASYNCIO_ADAPTERS,
    MISSING,
    accept_handshake,
    ending,
    far_server,
    hang_up,
    open_sockets,
    open_with,
    read_request,
    run,
    silence,
    tcp_server,
    tls_contexts,
)
from .fault_proxy import faulty_server, reset

KINDS = [(adapter, "asyncio") for adapter in ASYNCIO_ADAPTERS] + ([("anyio", "trio")] if "trio" not in MISSING else [])
LOST = (1006, "the connection was lost", False)


@pytest.fixture(params=KINDS, ids="-".join)
def kind(request):
    return request.param


def over(kind, main):
    """Run a test's coroutine with the adapter's name; the limit is for a hang alone."""
    adapter, backend = kind

    async def within_limits():
        with anyio.fail_after(60):
            await main(adapter)

    run(within_limits, backend=backend)


async def fail_to_open(adapter, url, **options):
    with pytest.raises(ConnectFailed) as caught:
        await open_with(adapter, url, **options)
    return caught.value


# -- before the connection is open


async def reset_at_once(_, writer):
    reset(writer)


async def reset_after_the_request(reader, writer):
    await read_request(reader)
    reset(writer)


async def reset_within_the_answer(reader, writer):
    await read_request(reader)
    writer.write(b"HTTP/1.1 101 Switching Proto")
    await writer.drain()
    reset(writer)


async def hang_up_within_the_answer(reader, writer):
    await read_request(reader)
    writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websoc")
    hang_up(writer)
    await reader.read()


async def speak_http_1_0(reader, writer):
    await read_request(reader)
    writer.write(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<html>hello</html>")
    hang_up(writer)
    await reader.read()


async def speak_garbage(reader, writer):
    await read_request(reader)
    writer.write(bytes(range(256)) * 4)
    hang_up(writer)
    await reader.read()


@pytest.mark.parametrize(
    "talk",
    [reset_at_once, reset_after_the_request, reset_within_the_answer, hang_up_within_the_answer, speak_http_1_0, speak_garbage],
)
def test_a_handshake_that_breaks_is_a_failed_connect(kind, talk):
    async def main(adapter):
        async with far_server(tcp_server, talk) as (_, port):
            error = await fail_to_open(adapter, f"ws://127.0.0.1:{port}/")
            assert not isinstance(error, ConnectTimeout)

    over(kind, main)


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (b"429 Too Many\r\nContent-Length: 100\r\n\r\nslow", 429, b"slow"),
        (b"403 F\r\nContent-Length: 2000000\r\n\r\n" + b"x" * 2_000_000, 403, b"x" * 2048),
        (b"503 Busy\r\n\r\nno end", 503, b"no end"),
        (b"520 Odd\r\nContent-Length: 2\r\n\r\nhi", 520, b"hi"),
        (b"404 NF\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n3\r\n ho\r\n0\r\n\r\n", 404, b"hi ho"),
        (b"404 NF\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n20\r\n hoo", 404, b"hi hoo"),
        (b"204 Empty\r\n\r\n", 204, b""),
    ],
    ids=["slow", "long", "endless", "unlisted status", "chunked", "slow chunks", "no body"],
)
def test_a_refusal_keeps_its_status_however_its_body_comes(kind, answer, status, body):
    async def refuse(reader, writer):
        await read_request(reader)
        writer.write(b"HTTP/1.1 " + answer)
        await reader.read()

    async def main(adapter):
        async with far_server(tcp_server, refuse) as (_, port):
            error = await fail_to_open(adapter, f"ws://127.0.0.1:{port}/", handshake_timeout=2)
            assert isinstance(error, HandshakeRejected)
            # aiohttp doesn't look for a body whose length isn't said.
            assert (error.status, error.body) == (status, b"" if adapter == "aiohttp" and body == b"no end" else body)

    over(kind, main)


async def hang_up_in_silence(reader, writer):
    await reader.read(65536)
    hang_up(writer)
    await reader.read()


@pytest.mark.parametrize("talk", [reset_at_once, speak_garbage, hang_up_in_silence])
def test_a_server_that_speaks_no_tls_is_a_failed_connect(kind, talk):
    async def talk_at_once(reader, writer):
        if talk is speak_garbage:
            await reader.read(1)
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            hang_up(writer)
            await reader.read()
        else:
            await talk(reader, writer)

    async def main(adapter):
        async with far_server(tcp_server, talk_at_once) as (_, port):
            error = await fail_to_open(adapter, f"wss://localhost:{port}/")
            assert not isinstance(error, ConnectTimeout)
            assert error.detail

    over(kind, main)


@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_a_server_that_says_nothing_is_a_timeout(kind, scheme):
    async def main(adapter):
        async with far_server(tcp_server, silence) as (_, port):
            error = await fail_to_open(adapter, f"{scheme}://localhost:{port}/", handshake_timeout=0.1)
            assert isinstance(error, ConnectTimeout)

    over(kind, main)


def test_a_refused_port_and_an_unknown_name_are_failed_connects(kind):
    async def main(adapter):
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            refused = await fail_to_open(adapter, f"ws://127.0.0.1:{bound.getsockname()[1]}/")
        assert isinstance(refused.__cause__, ConnectionRefusedError)
        unknown = await fail_to_open(adapter, "wss://no-such-host.invalid/")
        assert isinstance(unknown.__cause__, socket.gaierror)

    over(kind, main)


# -- when it is open


@asynccontextmanager
async def faulty(adapter, *, segment_bytes=65536, **options):
    """An open connection through the fault proxy: the transport, the far connection, the proxy, and how to call these."""
    async with far_server(faulty_server, segment_bytes) as (far, (url, accept, proxy)):
        transport = await open_with(adapter, url, **{"close_timeout": 0.2} | options)
        try:
            yield transport, await far(accept), proxy, far
        finally:
            await transport.aclose()


def test_a_reset_ends_with_1006(kind):
    async def main(adapter):
        async with faulty(adapter) as (transport, _, proxy, far):
            await far(proxy.reset)
            end = await ending(transport)
            assert (end.code, end.reason, end.clean) == LOST
            assert transport.close_code == 1006
            with pytest.raises(TransportClosed):
                await transport.send("late")

    over(kind, main)


@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_what_a_server_says_before_it_closes_at_once_is_delivered(kind, scheme):
    async def say_and_close(reader, writer):
        said = b"\x81\x04good" + b"\x88\x07\x03\xf0quota"
        await accept_handshake(reader, writer, said)
        writer.close()
        await writer.wait_closed()

    async def main(adapter):
        of_server, of_client = tls_contexts() if scheme == "wss" else (None, None)
        async with far_server(tcp_server, say_and_close, ssl=of_server) as (_, port):
            transport = await open_with(adapter, f"{scheme}://localhost:{port}/", ssl_context=of_client)
            assert transport.info.peer_address[1] == port
            assert await transport.receive() == b"good"
            end = await ending(transport)
            assert (end.code, end.reason) == (1008, "quota")

    over(kind, main)


def test_a_reset_while_sending_ends_the_send(kind):
    async def main(adapter):
        async with faulty(adapter) as (transport, _, proxy, far):
            await far(proxy.stall)
            async with anyio.create_task_group() as tasks:

                async def send_on():
                    while True:
                        await transport.send(b"x" * 100_000)
                        await anyio.lowlevel.checkpoint()

                async def send_to_the_end():
                    with pytest.raises(TransportClosed) as caught:
                        await send_on()
                    assert caught.value.code == 1006

                tasks.start_soon(send_to_the_end)
                await anyio.wait_all_tasks_blocked()
                await far(proxy.reset)
            assert (await ending(transport)).code == 1006

    over(kind, main)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"", 1006),
        (b"\x81\x7e\x10\x00half a frame", 1006),
        (b"\x81", 1006),
        (b"\x83\x00", 1002),
        (b"\xc1\x01a", 1002),
        (b"\xa1\x01a", 1002),
        (b"\x80\x01a", 1002),
        (b"\xff" * 64, 1002),
        (b"\x81\x02\xc3\x28", 1007),
        (b"\x82\x01\xff", 1007),
        *((b"\x88\x02" + code.to_bytes(2, "big"), 1002) for code in (0, 999, 1004, 1005, 1006, 1015, 2999, 5000)),
    ],
    ids=[
        *("nothing", "half a frame", "half a header", "opcode 3", "RSV1", "RSV2", "lone continuation", "garbage", "text", "binary"),
        *("code 0", "code 999", "code 1004", "code 1005", "code 1006", "code 1015", "code 2999", "code 5000"),
    ],
)
def test_what_is_no_websocket_ends_with_its_code_after_what_came_before(kind, said, code):
    async def main(adapter):
        async with faulty(adapter) as (transport, _, proxy, far):
            await far(proxy.inject, b"\x81\x04good" + said)
            await far(proxy.hang_up)
            assert await transport.receive() == b"good"
            end = await ending(transport)
            assert (end.code, end.clean) == (code, False)

    over(kind, main)


def test_single_bytes_make_whole_messages(kind):
    async def main(adapter):
        async with faulty(adapter, segment_bytes=1) as (transport, peer, _, far):
            for frame in ("", "é", "x" * 300):
                await transport.send(frame)
                assert await far(peer.recv) == frame
                await far(peer.send, frame)
                assert (await transport.receive()).decode() == frame
            await far(peer.send, ["fragments ", "are ", "joined"])
            assert await transport.receive() == b"fragments are joined"

    over(kind, main)


def test_a_peer_that_falls_silent_without_a_word_is_found_by_the_heartbeat(kind):
    async def main(adapter):
        # Long enough that it is not found silent before it falls so.
        async with faulty(adapter, heartbeat=1) as (transport, peer, proxy, far):
            await far(peer.send, "alive")
            assert await transport.receive() == b"alive"
            await far(proxy.stall)
            end = await ending(transport)
            assert (end.code, end.reason, end.clean) == (1006, "the peer stopped answering pings", False)

    over(kind, main)


def test_a_heartbeat_leaves_a_quiet_peer_alone(kind):
    async def main(adapter):
        async with faulty(adapter, heartbeat=1.5) as (transport, peer, proxy, far):

            async def speak_after_two_pings():
                await far(proxy.heard, 2)
                await far(peer.send, "still here")

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(speak_after_two_pings)
                assert await transport.receive() == b"still here"

    over(kind, main)


def test_a_peer_that_speaks_is_not_silent_though_it_answers_no_ping(kind):
    async def speak(proxy):
        for _ in range(60):
            await anyio.sleep(0.05)
            await proxy.inject(b"\x81\x01x")
        await proxy.inject(b"\x81\x03end")

    async def main(adapter):
        async with faulty(adapter, heartbeat=1) as (transport, _, proxy, far):
            await far(proxy.stall)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(far, speak, proxy)
                while (frame := await transport.receive()) != b"end":
                    assert frame == b"x"

    over(kind, main)


def test_messages_left_unread_do_not_make_the_peer_silent(kind):
    if kind[0] == "aiohttp":
        pytest.skip("the library can't tell")

    async def send_all(peer, frames):
        for frame in frames:
            await peer.send(frame)

    async def main(adapter):
        frames = [f"{number} {'x' * 200_000}" for number in range(50)]
        async with faulty(adapter, heartbeat=1) as (transport, peer, _, far), anyio.create_task_group() as tasks:
            tasks.start_soon(far, send_all, peer, frames)
            await anyio.sleep(2.7)  # two pings, where they go out by themselves
            for frame in frames:
                assert (await transport.receive()).decode() == frame

    over(kind, main)


def test_a_stall_is_waited_out(kind):
    async def main(adapter):
        async with faulty(adapter, heartbeat=None, receive_timeout=0.05) as (transport, peer, proxy, far):
            await far(proxy.stall)
            await far(peer.send, "late")
            with pytest.raises(ReceiveTimeout):
                await transport.receive()
            await far(proxy.go_on)
            while True:
                try:
                    assert await transport.receive() == b"late"
                    break
                except ReceiveTimeout:
                    continue

    over(kind, main)


@pytest.mark.parametrize("waiting", [False, True])
def test_closing_over_a_stall_takes_no_longer_than_close_timeout(kind, waiting):
    async def main(adapter):
        async with faulty(adapter, close_timeout=0.1) as (transport, _, proxy, far), anyio.create_task_group() as tasks:
            await far(proxy.stall)

            async def wait():
                assert (await ending(transport)).code == 4000

            if waiting:
                tasks.start_soon(wait)
                await anyio.wait_all_tasks_blocked()
            await transport.aclose(4000, "tired")
            end = await ending(transport)
            assert (end.code, end.reason, end.clean) == (4000, "tired", False)

    over(kind, main)


@pytest.mark.parametrize("how", ["close", "cancelled close", "heartbeat"])
def test_sends_that_wait_for_room_end_with_the_connection(kind, how):
    async def main(adapter):
        heartbeat = 0.6 if how == "heartbeat" else None
        async with faulty(adapter, close_timeout=0.3, heartbeat=heartbeat) as (transport, _, proxy, far):
            await far(proxy.stall)
            ends = []

            async def send():
                try:
                    await transport.send(b"x" * 15_000_000)  # more than the system holds for a peer
                except TransportClosed as end:
                    ends.append(end)

            before = open_sockets()
            with anyio.fail_after(10):
                async with anyio.create_task_group() as tasks:
                    for _ in range(3):
                        tasks.start_soon(send)
                    await anyio.wait_all_tasks_blocked()
                    if how == "heartbeat":
                        assert (await ending(transport)).code == 1006
                    else:
                        with anyio.move_on_after(0.1 if how == "cancelled close" else 10):
                            await transport.aclose()
            # Other libraries take one message whole, or don't tell who waits.
            assert len(ends) == 3 or adapter != "aiohttp"
            assert {(end.code, end.clean) for end in ends} <= {(1006 if how == "heartbeat" else 1000, False)}
            await anyio.wait_all_tasks_blocked()
            assert len(open_sockets()) < len(before)

    over(kind, main)


@pytest.mark.skipif("aiohttp" in MISSING, reason="aiohttp is not installed")
def test_with_aiohttp_the_heartbeat_ends_sends_that_wait_though_nobody_receives():
    async def main(adapter):
        async with faulty(adapter, heartbeat=0.2) as (transport, _, proxy, far):
            await far(proxy.stall)

            async def send_on():
                while True:
                    await transport.send(b"x" * 1_000_000)

            with pytest.raises(TransportClosed, match="stopped answering pings"), anyio.fail_after(10):
                await send_on()

    over(("aiohttp", "asyncio"), main)
