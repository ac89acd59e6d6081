"""What the adapters make of the options on the wire, and that the table of them in the docs is up to date."""

import asyncio
import logging
import runpy
import ssl
import time
from pathlib import Path

import pytest
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

from voicelive_transports import ConnectFailed

from .far_side import (
    MISSING,
    accept_handshake,
    ending,
    joined_by_socket,
    open_with,
    run,
    silence,
    tcp_server,
    tls_contexts,
    websocket_server,
)

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(bool(MISSING), reason="needs all libraries")
def test_the_table_of_options_is_up_to_date():
    script = runpy.run_path(str(ROOT / "docs" / "make_transport_table.py"))
    assert script["PAGE"].read_text(encoding="utf-8") == script["page"](), "run: python docs/make_transport_table.py"


def test_text_goes_out_as_text_and_info_says_where(adapter):
    async def main():
        async with joined_by_socket(adapter) as (transport, peer):
            await transport.send("é")
            await transport.send("é".encode())
            assert [await peer.connection.recv(), await peer.connection.recv()] == ["é", "é"]
            assert transport.info.adapter == adapter
            assert transport.info.local_address == peer.connection.remote_address
            assert transport.info.peer_address == peer.connection.local_address
            assert (transport.info.tls, transport.info.compression) == (False, None)

    run(main)


def test_the_query_and_headers_arrive_as_they_are(adapter):
    async def main():
        async with websocket_server() as (url, accept):
            own = (("api-key", "k"), ("X-A", "1"), ("X-A", "2"), ("User-Agent", "ours/1"))
            transport = await open_with(adapter, f"{url}?a=%2B+1&b=%C3%A9", headers=own)
            request = (await accept()).request
            assert request.path == "/realtime?a=%2B+1&b=%C3%A9"
            for name, values in {"api-key": ["k"], "X-A": ["1", "2"], "User-Agent": ["ours/1"]}.items():
                assert request.headers.get_all(name) == values
            assert transport.info.url == url
            await transport.aclose()

    run(main)


def test_tls_is_verified(adapter):
    async def main():
        async with websocket_server(tls=True) as (url, _):
            transport = await open_with(adapter, url, ssl_context=tls_contexts()[1])
            assert transport.info.tls is True
            await transport.aclose()
            with pytest.raises(ConnectFailed, match=r"(?i)certificate") as caught:
                await open_with(adapter, url)
            assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)

    run(main)


@pytest.mark.parametrize("compression", [True, 9, 12, 15])
def test_compression_is_negotiated(adapter, compression):
    if adapter == "picows":
        pytest.skip("has none")

    async def main():
        extension = ServerPerMessageDeflateFactory(server_max_window_bits=9)
        async with websocket_server(compression=None, extensions=[extension]) as (url, accept):
            transport = await open_with(adapter, url, compression=compression)
            connection = await accept()
            assert transport.info.compression == connection.response.headers["Sec-WebSocket-Extensions"]
            for text in ("compress me " * 1000, "", "é" * 50_000):
                await transport.send(text)
                assert await connection.recv() == text
                await connection.send(text)
                assert (await transport.receive()).decode() == text
            await transport.aclose()

    run(main)


@pytest.mark.parametrize("autoclose", [True, False])
@pytest.mark.parametrize("name", [name for name in ("aiohttp", "picows") if name not in MISSING])
def test_the_peers_close_frame_is_answered_or_not(name, autoclose):
    async def main():
        heard = asyncio.get_running_loop().create_future()

        async def close(reader, writer):
            await accept_handshake(reader, writer)
            writer.write(b"\x88\x02\x0f\xa0")
            heard.set_result(await reader.read())

        async with tcp_server(close) as port:
            transport = await open_with(name, f"ws://127.0.0.1:{port}/", autoclose=autoclose)
            end = await ending(transport)
            assert (end.code, end.clean) == (4000, autoclose)
            assert (await heard)[:1] == (b"\x88" if autoclose else b"")

    run(main)


@pytest.mark.parametrize("autoping", [True, False])
@pytest.mark.parametrize("name", [name for name in ("aiohttp", "picows") if name not in MISSING])
def test_the_peers_pings_are_answered_or_not(name, autoping):
    async def main():
        async def ping(reader, writer):
            await accept_handshake(reader, writer)
            writer.write(b"\x89\x02hi" + b"\x8a\x00" + b"\x81\x02on")
            assert (await reader.readexactly(1)) == (b"\x8a" if autoping else b"\x81")
            writer.write(b"\x81\x02ok")
            await silence(reader, writer)

        async with tcp_server(ping) as port:
            transport = await open_with(name, f"ws://127.0.0.1:{port}/", autoping=autoping, close_timeout=0.1)
            assert await transport.receive() == b"on"
            await transport.send("next")
            assert await transport.receive() == b"ok"
            await transport.aclose()

    run(main)


@pytest.mark.parametrize("name", ["autoclose", "autoping"])
def test_the_anyio_adapter_always_answers(name):
    async def main():
        with pytest.raises(ValueError, match=f"{name}=False can't be had with the anyio adapter"):
            await open_with("anyio", "ws://127.0.0.1:9/", **{name: False})

    run(main)


def test_vendor_options_reach_the_library_unless_another_governs_them(adapter):
    free = {"websockets": {"max_queue": 1}, "aiohttp": {"origin": "https://h"}, "picows": {"read_buffer_init_size": 4096}}
    governed = {"websockets": "ping_interval", "aiohttp": "compress", "picows": "max_frame_size"}

    async def main():
        async with websocket_server() as (url, accept):
            if adapter in free:
                transport = await open_with(adapter, url, vendor_options=free[adapter])
                await transport.aclose()
                assert (await accept()).request.headers.get("Origin") == free[adapter].get("origin")
                with pytest.raises(ValueError, match=f"vendor option '{governed[adapter]}' can't be given: "):
                    await open_with(adapter, url, vendor_options={governed[adapter]: 1})
            with pytest.raises(TypeError, match="read_bufer_init_size"):
                await open_with(adapter, url, vendor_options={"read_bufer_init_size": 1})

    run(main)


def test_fragments_out_of_order_end_with_1002(adapter):
    async def main():
        async def talk(reader, writer):
            await accept_handshake(reader, writer)
            writer.write(b"\x01\x01a" + b"\x81\x01b")
            await silence(reader, writer)

        async with tcp_server(talk) as port:
            transport = await open_with(adapter, f"ws://127.0.0.1:{port}/", close_timeout=0.1)
            assert (await ending(transport)).code == 1002

    run(main)


def test_many_fragments_take_time_in_proportion(adapter):
    if adapter == "websockets":
        pytest.skip("the library refuses so many")

    async def main():
        async def talk(reader, writer):
            await accept_handshake(reader, writer, b"\x01\x01a" + b"\x00\x01a" * 100_000 + b"\x80\x01a")
            await silence(reader, writer)

        async with tcp_server(talk) as port:
            begun_s = time.process_time()
            transport = await open_with(adapter, f"ws://127.0.0.1:{port}/", close_timeout=0.1)
            assert await transport.receive() == b"a" * 100_002
            assert time.process_time() - begun_s < 5
            await transport.aclose()

    run(main)


@pytest.mark.skipif("picows" in MISSING, reason="picows is not installed")
def test_with_picows_the_latest_ping_is_answered_once_there_is_room():
    """More pings than the system holds, from a peer that reads no pong before it has sent them all."""
    count = 300_000

    async def main():
        heard = asyncio.get_running_loop().create_future()

        async def talk(reader, writer):
            await accept_handshake(reader, writer)
            reader._transport.pause_reading()
            for first in range(0, count, 1000):
                writer.write(b"".join(b"\x89\x7d" + b"%0125d" % number for number in range(first, first + 1000)))
                await writer.drain()
            writer.write(b"\x81\x03end")
            await writer.drain()
            reader._transport.resume_reading()
            pongs = 0
            while True:
                header, mask, payload = (part := await reader.readexactly(131))[:2], part[2:6], part[6:]
                assert header == b"\x8a\xfd"
                pongs += 1
                number = int(bytes(left ^ right for left, right in zip(payload[-8:], mask[1:] + mask + mask[:1], strict=True)))
                if number == count - 1:
                    break
            heard.set_result(pongs)
            await silence(reader, writer)

        async with tcp_server(talk) as port:
            transport = await open_with("picows", f"ws://127.0.0.1:{port}/", close_timeout=0.1, heartbeat=None)
            assert await transport.receive() == b"end"
            assert await heard < count
            await transport.aclose()

    run(main)


@pytest.mark.skipif("picows" in MISSING, reason="picows is not installed")
def test_with_picows_empty_messages_count_as_waiting():
    count = 200_000

    async def main():
        async def talk(reader, writer):
            await accept_handshake(reader, writer)
            for _ in range(count // 1000):
                writer.write(b"\x81\x00" * 1000)
                await writer.drain()
            await silence(reader, writer)

        async with tcp_server(talk) as port:
            transport = await open_with("picows", f"ws://127.0.0.1:{port}/", close_timeout=0.1)
            await asyncio.sleep(0.5)
            assert len(transport._inbox._frames) < count / 2
            for _ in range(count):
                assert await transport.receive() == b""
            await transport.aclose()

    run(main)


def test_fragments_over_the_limit_end_with_1009(adapter):
    async def main():
        async with joined_by_socket(adapter, max_msg_size=100, close_timeout=0.1) as (transport, peer):
            await peer.connection.send(["x" * 60, "x" * 40])
            await peer.connection.send(["x" * 60, "x" * 41])
            assert await transport.receive() == b"x" * 100
            assert (await ending(transport)).code == 1009

    run(main)


def test_a_close_frame_with_a_code_that_none_may_carry_is_answered_with_1002(adapter):
    async def main():
        heard = asyncio.get_running_loop().create_future()

        async def talk(reader, writer):
            await accept_handshake(reader, writer, b"\x88\x02\x03\xee")
            heard.set_result(await reader.readexactly(8))
            await silence(reader, writer)

        async with tcp_server(talk) as port:
            transport = await open_with(adapter, f"ws://127.0.0.1:{port}/", close_timeout=0.1)
            end = await ending(transport)
            assert (end.code, end.clean) == (1002, False)
            header, mask, code = (part := await heard)[:1], part[2:6], part[6:]
            assert header == b"\x88"
            assert int.from_bytes(bytes(left ^ right for left, right in zip(code, mask, strict=False)), "big") == 1002

    run(main)


def test_a_message_that_cannot_be_decompressed_ends_with_1002(adapter):
    if adapter == "picows":
        pytest.skip("has none")

    async def main():
        async def talk(reader, writer):
            await accept_handshake(reader, writer, b"\xc1\x04\xff\xff\xff\xff", extensions="permessage-deflate")
            await silence(reader, writer)

        async with tcp_server(talk) as port:
            transport = await open_with(adapter, f"ws://127.0.0.1:{port}/", close_timeout=0.1, compression=True)
            end = await ending(transport)
            assert (end.code, end.clean) == (1002, False)

    run(main)


def test_a_close_frame_without_a_code_is_1005(adapter):
    async def main():
        async def talk(reader, writer):
            await accept_handshake(reader, writer)
            writer.write(b"\x88\x00")
            await silence(reader, writer)

        async with tcp_server(talk) as port:
            transport = await open_with(adapter, f"ws://127.0.0.1:{port}/", close_timeout=0.1)
            end = await ending(transport)
            assert (end.code, end.reason, end.clean) == (1005, "", True)

    run(main)


@pytest.mark.parametrize("level", [1, logging.DEBUG, logging.ERROR])
def test_credentials_and_speech_stay_out_of_the_log(adapter, level, caplog):
    # A handler of our own, as an application's: those of pytest are given to loggers that keep their records, too.
    records = []
    handler = logging.Handler()
    handler.emit = records.append
    for name, least in (("", level), (f"voicelive_transports.{adapter}", level), ("quiet", logging.ERROR)):
        caplog.set_level(least, name)

    async def main():
        async with websocket_server(logger=logging.getLogger("quiet")) as (url, accept):
            transport = await open_with(adapter, f"{url}?q=top-secret", headers=(("api-key", "top-secret"),))
            await transport.send("top-secret")
            peer = await accept()
            await peer.send("top-secret")
            assert await transport.receive() == b"top-secret"
            peer.transport.write(b"\x83\x00")
            assert (await ending(transport)).code == 1002

    logging.getLogger().addHandler(handler)
    try:
        run(main)
    finally:
        logging.getLogger().removeHandler(handler)
    assert "top-secret" not in "".join(record.getMessage() for record in records)
    assert [record for record in records if record.levelno >= logging.WARNING] == []
