"""What the blocking adapter promises where threads wait for one another."""

import asyncio
import contextlib
import ssl
import threading
import time

import anyio.from_thread
import pytest
from websockets.client import ClientProtocol
from websockets.sync.client import ClientConnection

from voicelive_transports import ConnectOptions, TransportClosed
from voicelive_transports.websockets_sync import open_blocking_transport

from .far_side import accept_handshake, hang_up, silence, tcp_server, tls_contexts


@contextlib.contextmanager
def opened(talk, *, tls=False, **options):
    """A transport whose peer is ``talk(reader, writer)``."""
    server = {"ssl": tls_contexts()[0]} if tls else {}
    client = {"ssl_context": tls_contexts()[1]} if tls else {}
    with (
        anyio.from_thread.start_blocking_portal("asyncio") as portal,
        portal.wrap_async_context_manager(tcp_server(talk, **server)) as port,
    ):
        url = f"wss://localhost:{port}/" if tls else f"ws://127.0.0.1:{port}/"
        transport = open_blocking_transport(url, ConnectOptions(**client, **options))
        try:
            yield transport
        finally:
            transport.abort()
            transport.close()


class Running(threading.Thread):
    """A call in another thread, and how it ended."""

    def __init__(self, call, *args):
        super().__init__(daemon=True)
        self._call, self._args, self.result = call, args, None
        self.start()

    def run(self):
        try:
            self.result = self._call(*self._args)
        except TransportClosed as exc:
            self.result = exc

    def ended(self, within_s=10):
        self.join(within_s)
        assert not self.is_alive()
        return self.result


async def reads_nothing(reader, writer):
    await accept_handshake(reader, writer)
    writer.transport.pause_reading()
    await asyncio.Event().wait()


async def deaf(reader, writer):
    await accept_handshake(reader, writer)
    await silence(reader, writer)
    await asyncio.Event().wait()


async def chatty(reader, writer):
    """Has 3 MB to say before it answers the close frame."""
    await accept_handshake(reader, writer)
    assert await reader.readexactly(1) == b"\x88"
    await asyncio.sleep(0.4)
    for _ in range(300):
        writer.write(b"\x82\x7e\x27\x10" + bytes(10_000))
        await writer.drain()
    writer.write(b"\x88\x02\x03\xe8")
    hang_up(writer)
    await reader.read()


def send_on(transport):
    while True:
        transport.send("x" * 1_000_000)


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_closing_ends_in_time_behind_a_send_that_the_peer_does_not_take(tls):
    with opened(reads_nothing, tls=tls, close_timeout=0.3, heartbeat=None) as transport:
        sending = Running(send_on, transport)
        time.sleep(0.3)
        closing = Running(transport.close)
        closing.ended()
        assert isinstance(sending.ended(), TransportClosed)
        assert transport.close_code is not None


def test_the_heartbeat_finds_a_peer_that_does_not_take_what_is_sent():
    with opened(reads_nothing, heartbeat=0.4) as transport:
        sending = Running(send_on, transport)
        end = Running(transport.receive).ended()
        assert (end.code, end.reason) == (1006, "the peer stopped answering pings")
        assert isinstance(sending.ended(), TransportClosed)


def test_the_heartbeat_does_not_judge_while_nobody_receives():
    with opened(deaf, heartbeat=0.1, close_timeout=0.1) as transport:
        time.sleep(0.5)
        assert transport.close_code is None
        end = Running(transport.receive).ended()
        assert (end.code, end.reason) == (1006, "the peer stopped answering pings")


@pytest.mark.parametrize("closes", [1, 2])
def test_closing_goes_on_when_the_receive_that_waits_has_no_more_time(closes):
    with opened(chatty, close_timeout=20) as transport:
        waiting = Running(transport.receive, 0.2)
        time.sleep(0.1)
        closing = [Running(transport.close, 4000) for _ in range(closes)]
        assert waiting.ended() is None
        for each in closing:
            each.ended()
        with pytest.raises(TransportClosed) as caught:
            transport.receive()
        assert (caught.value.code, caught.value.clean) == (4000, True)


def test_a_receive_beside_a_close_keeps_its_time():
    with opened(deaf, close_timeout=2) as transport:
        closing = Running(transport.close)
        time.sleep(0.2)
        assert Running(transport.receive, 0.1).ended(1) is None
        assert isinstance(Running(transport.receive).ended(), TransportClosed)
        closing.ended()


def test_a_time_that_is_longer_than_any_clock_is_no_limit():
    async def talk(reader, writer):
        await accept_handshake(reader, writer)
        writer.write(b"\x81\x05hello")
        await silence(reader, writer)

    with opened(talk, receive_timeout=1e13, close_timeout=0.1) as transport:
        assert transport.receive(1e12) == b"hello"
        waiting = Running(transport.receive)
        time.sleep(0.1)
        transport.close()
        assert waiting.ended().code == 1000


def test_over_tls_nothing_is_read_before_the_request_is_sent(monkeypatch):
    """The server speaks first there, of sessions to resume, and OpenSSL bears no thread that reads this while another writes."""
    order = []
    send_data, recv = ClientConnection.send_data, ssl.SSLSocket.recv

    def send_late(connection):
        time.sleep(0 if order else 0.3)
        order.append("sent")
        send_data(connection)

    def note(*args):
        order.append("read")
        return recv(*args)

    monkeypatch.setattr(ClientConnection, "send_data", send_late)
    monkeypatch.setattr(ssl.SSLSocket, "recv", note)
    with opened(deaf, tls=True, close_timeout=0.1):
        assert order[:2] == ["sent", "read"]


def test_a_request_that_cannot_be_made_holds_nobody_up(monkeypatch):
    monkeypatch.setattr(ClientProtocol, "connect", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError), opened(deaf):
        pytest.fail("opened")
