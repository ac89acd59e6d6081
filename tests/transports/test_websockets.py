"""What the websockets adapter does on the wire, beyond the contract."""

import asyncio

import anyio
import pytest
from websockets.asyncio.server import unix_serve
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

from voicelive_transports import ConnectFailed, TransportClosed, get_opener

from .far_side import (
    accept_handshake,
    ending,
    hang_up,
    joined_by_websockets,
    open_websockets,
    run,
    silence,
    tcp_server,
    tls_contexts,
    websocket_server,
)


def test_str_and_bytes_both_go_out_as_text():
    async def main():
        async with joined_by_websockets() as (transport, peer):
            await transport.send("é")
            await transport.send("é".encode())
            assert [await peer.connection.recv(), await peer.connection.recv()] == ["é", "é"]

    run(main)


def test_binary_and_fragmented_messages_arrive_as_bytes():
    async def main():
        async with joined_by_websockets() as (transport, peer):
            await peer.send_binary('{"a":"é"}'.encode())
            await peer.connection.send(['{"b":', '"é', '"}'])
            assert await transport.receive() == '{"a":"é"}'.encode()
            assert await transport.receive() == '{"b":"é"}'.encode()

    run(main)


def test_a_receive_cancelled_between_fragments_loses_none():
    async def main():
        more = asyncio.Event()

        async def fragments():
            yield '{"b":'
            await more.wait()
            yield "1}"

        async with joined_by_websockets() as (transport, peer):
            sending = asyncio.create_task(peer.connection.send(fragments()))
            receiving = asyncio.create_task(transport.receive())
            await asyncio.wait([receiving], timeout=0.05)
            receiving.cancel()
            more.set()
            await sending
            assert await transport.receive() == b'{"b":1}'

    run(main)


def test_info_says_where_and_how():
    async def main():
        async with websocket_server() as (url, accept):
            transport = await open_websockets(f"{url}?api-version=1&secret=x")
            connection = await accept()
            assert transport.info.adapter == "websockets"
            assert transport.info.url == url
            assert transport.info.tls is False
            assert transport.info.local_address == connection.remote_address
            assert transport.info.peer_address == connection.local_address
            assert transport.info.compression is None
            assert connection.request.path == "/realtime?api-version=1&secret=x"
            await transport.aclose()

    run(main)


def test_tls_is_seen_in_info_and_a_stranger_is_refused():
    async def main():
        async with websocket_server(tls=True) as (url, _):
            transport = await open_websockets(url, ssl_context=tls_contexts()[1])
            assert transport.info.tls is True
            await transport.aclose()
            with pytest.raises(ConnectFailed, match="certificate"):
                await open_websockets(url)

    run(main)


def test_a_unix_socket_has_no_address(tmp_path):
    async def main():
        path = str(tmp_path / "socket")
        async with unix_serve(lambda connection: connection.wait_closed(), path):
            transport = await open_websockets("ws://localhost/x", vendor_options={"unix": True, "path": path})
            assert (transport.info.local_address, transport.info.peer_address) == (None, None)
            await transport.aclose()

    run(main)


@pytest.mark.parametrize(
    ("compression", "offer", "negotiated"),
    [
        (None, None, None),
        (False, None, None),
        (True, "permessage-deflate; client_max_window_bits", "permessage-deflate"),
        (
            9,
            "permessage-deflate; server_max_window_bits=9; client_max_window_bits=9",
            "permessage-deflate; server_max_window_bits=9; client_max_window_bits=9",
        ),
        (
            15,
            "permessage-deflate; client_max_window_bits=15",
            "permessage-deflate; client_max_window_bits=15",
        ),
    ],
)
def test_compression_is_offered_as_asked(compression, offer, negotiated):
    async def main():
        factory = ServerPerMessageDeflateFactory(client_max_window_bits=None if compression is True else compression or None)
        async with websocket_server(compression=None, extensions=[factory]) as (url, accept):
            transport = await open_websockets(url, compression=compression)
            connection = await accept()
            assert connection.request.headers.get("Sec-WebSocket-Extensions") == offer
            assert transport.info.compression == negotiated
            text = "compress me " * 1000
            await transport.send(text)
            assert await connection.recv() == text
            await connection.send(text)
            assert (await transport.receive()).decode() == text
            await transport.aclose()

    run(main)


def test_a_server_without_compression_is_no_failure():
    async def main():
        async with websocket_server(compression=None) as (url, _):
            transport = await open_websockets(url, compression=12)
            assert transport.info.compression is None
            await transport.aclose()

    run(main)


def test_headers_arrive_and_replace_the_user_agent():
    async def main():
        async with websocket_server() as (url, accept):
            for own in ((), (("user-agent", "ours/1"),)):
                transport = await open_websockets(url, headers=(("api-key", "k"), ("X-A", "1"), ("X-A", "2"), *own))
                headers = (await accept()).request.headers
                assert headers.get_all("api-key") == ["k"]
                assert headers.get_all("X-A") == ["1", "2"]
                (agent,) = headers.get_all("User-Agent")
                assert agent == "ours/1" if own else "websockets" in agent
                await transport.aclose()

    run(main)


@pytest.mark.parametrize("name", ["autoclose", "autoping"])
def test_what_the_library_cannot_leave_out_is_refused(name):
    async def main():
        with pytest.raises(ValueError, match=f"{name}=False can't be had"):
            await open_websockets("ws://127.0.0.1:9/", **{name: False})

    run(main)


@pytest.mark.parametrize(
    "name", ["ping_interval", "max_size", "open_timeout", "create_connection", "logger", "additional_headers", "proxy"]
)
def test_a_vendor_option_that_another_governs_is_refused(name):
    async def main():
        with pytest.raises(ValueError, match=f"vendor option '{name}' can't be given: "):
            await open_websockets("ws://127.0.0.1:9/", vendor_options={name: None})

    run(main)


def test_other_vendor_options_reach_the_library_and_unknown_ones_are_type_errors():
    async def main():
        async with websocket_server(subprotocols=["realtime"]) as (url, accept):
            transport = await open_websockets(url, vendor_options={"subprotocols": ["realtime"], "max_queue": 1})
            assert (await accept()).subprotocol == "realtime"
            await transport.aclose()
            with pytest.raises(TypeError, match="max_qeue"):
                await open_websockets(url, vendor_options={"max_qeue": 1})

    run(main)


def test_a_peer_that_answers_no_ping_is_gone():
    async def main():
        async def deaf(reader, writer):
            await accept_handshake(reader, writer)
            await silence(reader, writer)

        async with tcp_server(deaf) as port:
            transport = await open_websockets(f"ws://127.0.0.1:{port}/", heartbeat=0.02, close_timeout=0.02)
            end = await ending(transport)
            assert (end.code, end.reason, end.clean) == (1006, "the peer stopped answering pings", False)
            assert transport.close_code == 1006

    run(main)


async def reads_nothing(reader, writer):
    await accept_handshake(reader, writer)
    writer.transport.pause_reading()
    await asyncio.Event().wait()


async def fill(transport):
    """Send until the end, which takes a peer that doesn't read; return how it ended."""
    try:
        while True:
            await transport.send(b"x" * 100_000)
    except TransportClosed as exc:
        return exc


def test_a_peer_that_stops_reading_is_gone_although_no_ping_gets_through():
    async def main():
        async with tcp_server(reads_nothing) as port:
            transport = await open_websockets(f"ws://127.0.0.1:{port}/", heartbeat=0.1)
            filling = asyncio.create_task(fill(transport))
            end = await ending(transport)
            assert (end.code, end.reason, end.clean) == (1006, "the peer stopped answering pings", False)
            assert (await filling).code == 1006

    run(main)


def test_closing_ends_although_no_close_frame_gets_through():
    async def main():
        async with tcp_server(reads_nothing) as port:
            transport = await open_websockets(f"ws://127.0.0.1:{port}/", close_timeout=0.1)
            filling = asyncio.create_task(fill(transport))
            await anyio.wait_all_tasks_blocked()
            await transport.aclose(4000)
            assert (await filling).code == 4000
            assert not (await ending(transport)).clean

    run(main)


@pytest.mark.parametrize("how", ["timeout", "cancelled"])
def test_sends_that_wait_for_room_as_the_connection_is_dropped_have_not_sent(how):
    async def main():
        async with tcp_server(reads_nothing) as port:
            transport = await open_websockets(f"ws://127.0.0.1:{port}/", close_timeout=0.2)
            sends = [asyncio.create_task(transport.send(bytes(5_000_000))) for _ in range(3)]
            await anyio.wait_all_tasks_blocked()
            assert not any(each.done() for each in sends)
            with anyio.move_on_after(0.05 if how == "cancelled" else None):
                await transport.aclose(4000)
            ends = await asyncio.gather(*sends, return_exceptions=True)
            assert [type(end) for end in ends] == [TransportClosed] * 3
            assert {end.code for end in ends} == {4000}

    run(main)


def test_a_peer_that_closes_but_keeps_the_connection_is_cut_off():
    async def main():
        async def linger(reader, writer):
            await accept_handshake(reader, writer)
            writer.write(b"\x88\x02\x03\xe8")
            await silence(reader, writer)
            await asyncio.Event().wait()

        async with tcp_server(linger) as port:
            transport = await open_websockets(f"ws://127.0.0.1:{port}/", close_timeout=0.05)
            end = await ending(transport)
            assert (end.code, end.clean) == (1000, True)

    run(main)


def test_a_slow_reader_does_not_take_its_peer_for_silent():
    async def main():
        frames = [f"{number} {'x' * 200_000}".encode() for number in range(50)]

        async def send_all(peer):
            for frame in frames:
                await peer.send(frame)

        async with joined_by_websockets(heartbeat=0.5) as (transport, peer):
            sending = asyncio.create_task(send_all(peer))
            await anyio.wait_all_tasks_blocked()
            # Two pings go out, and their pongs wait behind what isn't read.
            await asyncio.sleep(1.3)
            assert transport.close_code is None
            assert [await transport.receive() for _ in frames] == frames
            await sending

    run(main)


def test_a_peer_that_speaks_is_not_silent_though_it_sends_no_pong():
    async def main():
        async def talk(reader, writer):
            await accept_handshake(reader, writer)
            for word in (b"one", b"two"):
                assert (await reader.readexactly(10)).startswith(b"\x89\x84")
                writer.write(b"\x81\x03" + word)
            await reader.read()

        async with tcp_server(talk) as port:
            transport = await open_websockets(f"ws://127.0.0.1:{port}/", heartbeat=0.3, close_timeout=0.02)
            assert [await transport.receive(), await transport.receive()] == [b"one", b"two"]
            await transport.aclose()

    run(main)


def test_without_heartbeat_no_ping_is_sent():
    async def main():
        async def talk(reader, writer):
            await accept_handshake(reader, writer)
            received.append(await reader.readexactly(1))

        received = []
        async with tcp_server(talk) as port:
            transport = await open_websockets(f"ws://127.0.0.1:{port}/", heartbeat=None, close_timeout=0.02)
            await transport.send("first")
            assert (await ending(transport)).code == 1006
        assert received == [b"\x81"]

    run(main)


def test_heartbeat_sends_pings_and_a_pong_keeps_the_connection():
    async def main():
        async def answer_a_ping(reader, writer):
            await accept_handshake(reader, writer)
            assert await reader.readexactly(2) == b"\x89\x84"
            mask, masked = await reader.readexactly(4), await reader.readexactly(4)
            writer.write(b"\x8a\x04" + bytes(a ^ b for a, b in zip(mask, masked, strict=True)))
            writer.write(b"\x81\x05hello")
            await reader.read()

        async with tcp_server(answer_a_ping) as port:
            transport = await open_websockets(f"ws://127.0.0.1:{port}/", heartbeat=1, close_timeout=0.02)
            assert await transport.receive() == b"hello"
            await transport.aclose()

    run(main)


@pytest.mark.parametrize(
    ("sent", "code", "clean"),
    [
        (b"", 1006, False),
        (b"\x81\x7e\x10\x00half a frame", 1006, False),
        (b"\x88\x00", 1005, True),
        (b"\x88\x02\x0f\xa0", 4000, True),
        (b"\x83\x00", 1002, False),
        (b"\x81\x01\xff", 1007, False),
    ],
    ids=["nothing", "half a frame", "close without code", "close 4000", "unknown opcode", "not UTF-8"],
)
def test_every_end_has_its_code(sent, code, clean):
    async def main():
        async def talk(reader, writer):
            await accept_handshake(reader, writer)
            writer.write(sent)
            await writer.drain()
            hang_up(writer)
            await reader.read()

        async with tcp_server(talk) as port:
            transport = await open_websockets(f"ws://127.0.0.1:{port}/")
            end = await ending(transport)
            assert (end.code, end.clean) == (code, clean)

    run(main)


def test_our_code_stands_when_the_peer_never_answers_the_close():
    async def main():
        async def deaf(reader, writer):
            await accept_handshake(reader, writer)
            await silence(reader, writer)
            await asyncio.Event().wait()

        async with tcp_server(deaf) as port:
            transport = await open_websockets(f"ws://127.0.0.1:{port}/", close_timeout=0.02)
            await transport.aclose(4000, "tired")
            end = await ending(transport)
            assert (end.code, end.reason, end.clean) == (4000, "tired", False)

    run(main)


def test_after_our_close_a_late_message_is_dropped_and_our_code_stands():
    async def main():
        async def answer_late(reader, writer):
            await accept_handshake(reader, writer)
            assert await reader.readexactly(1) == b"\x88"
            writer.write(b"\x81\x04late" + b"\x88\x02\x03\xe8")
            hang_up(writer)
            await reader.read()

        async with tcp_server(answer_late) as port:
            transport = await open_websockets(f"ws://127.0.0.1:{port}/")
            waiting = asyncio.create_task(transport.receive())
            await anyio.wait_all_tasks_blocked()
            await transport.aclose(4000, "ours")
            for receiving in (waiting, transport.receive()):
                with pytest.raises(TransportClosed) as caught:
                    await receiving
                assert (caught.value.code, caught.value.reason, caught.value.clean) == (4000, "ours", True)

    run(main)


@pytest.mark.parametrize("close_timeout", [20, None])
@pytest.mark.parametrize("closes", [1, 2])
def test_closing_goes_on_when_the_receive_that_waits_is_cancelled(close_timeout, closes):
    async def chatty(reader, writer):
        await accept_handshake(reader, writer)
        assert await reader.readexactly(1) == b"\x88"
        await asyncio.sleep(0.1)
        for _ in range(300):
            writer.write(b"\x82\x7e\x27\x10" + bytes(10_000))
            await writer.drain()
        writer.write(b"\x88\x02\x03\xe8")
        hang_up(writer)
        await reader.read()

    async def main():
        async with tcp_server(chatty) as port:
            transport = await open_websockets(f"ws://127.0.0.1:{port}/", close_timeout=close_timeout)
            waiting = asyncio.create_task(transport.receive())
            await anyio.wait_all_tasks_blocked()
            closing = [asyncio.create_task(transport.aclose(4000)) for _ in range(closes)]
            await asyncio.sleep(0.05)
            waiting.cancel()
            with anyio.fail_after(10):
                await asyncio.gather(*closing)
            assert (await ending(transport)).clean

    run(main)


def test_a_receive_begun_while_closing_ends_with_our_code():
    async def main():
        async def deaf(reader, writer):
            await accept_handshake(reader, writer)
            await silence(reader, writer)
            await asyncio.Event().wait()

        async with tcp_server(deaf) as port:
            transport = await open_websockets(f"ws://127.0.0.1:{port}/", close_timeout=0.2)
            closing = asyncio.create_task(transport.aclose(4000))
            await anyio.wait_all_tasks_blocked()
            assert (await ending(transport)).code == 4000
            await closing

    run(main)


def test_cancelling_the_close_drops_the_connection():
    async def main():
        ended = asyncio.Event()

        async def deaf(reader, writer):
            await accept_handshake(reader, writer)
            try:
                await silence(reader, writer)
            finally:
                ended.set()

        async with tcp_server(deaf) as port:
            transport = await open_websockets(f"ws://127.0.0.1:{port}/", close_timeout=None)
            closing = asyncio.create_task(transport.aclose(4000))
            waiting = asyncio.create_task(ending(transport))
            await asyncio.wait([closing], timeout=0.05)
            closing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await closing
            assert (await waiting).code == 4000
            await ended.wait()

    run(main)


def test_the_adapter_is_the_named_one():
    assert get_opener("websockets").__module__ == "voicelive_transports.websockets"
