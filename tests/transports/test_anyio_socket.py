"""The socket below the anyio adapter, on both kinds of loop."""

import socket
import struct

import anyio
import pytest

from voicelive_transports._anyio_socket import Socket, connect_tcp

from .far_side import MISSING, run

BACKENDS = pytest.mark.parametrize("backend", [name for name in ("asyncio", "trio") if name not in MISSING])


def pair():
    """A Socket, and the blocking socket at its other end."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    return Socket(ours), theirs


@BACKENDS
def test_a_name_with_several_addresses_is_tried_through(backend, monkeypatch):
    async def main():
        with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))

            async def addresses(host, port, *, type):  # noqa: A002 - the name that callers give
                assert (host, port, type) == ("both.test", 1, socket.SOCK_STREAM)
                return [(socket.AF_INET, type, 0, "", each.getsockname()) for each in (bound, listening)]

            monkeypatch.setattr(anyio, "getaddrinfo", addresses)
            raw = await connect_tcp("both.test", 1)
            assert raw.getpeername() == listening.getsockname()
            raw.close()

    run(main, backend=backend)


@BACKENDS
def test_what_is_sent_is_held_whole_until_it_is_drained(backend):
    async def main():
        ours, theirs = pair()
        with theirs:
            data = bytes(range(256)) * 20_000
            await ours.send(data)
            assert 0 < ours.unsent_bytes < len(data)
            with anyio.move_on_after(0.01):
                await ours.drain()
            received = b""
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(ours.drain)
                tasks.start_soon(ours.drain)
                while len(received) < len(data):
                    received += await anyio.to_thread.run_sync(theirs.recv, 1 << 20)
            assert received == data
            assert ours.unsent_bytes == 0
            await ours.aclose()

    run(main, backend=backend)


@BACKENDS
def test_each_side_may_end(backend):
    async def main():
        ours, theirs = pair()
        with theirs:
            await ours.send_eof()
            assert theirs.recv(1) == b""
            theirs.shutdown(socket.SHUT_WR)
            with pytest.raises(anyio.EndOfStream):
                await ours.receive()
        with pytest.raises(anyio.BrokenResourceError):
            await ours.send(b"x")
        ours.close()
        ours.close()
        with pytest.raises(anyio.BrokenResourceError):
            await ours.receive()

    run(main, backend=backend)


@BACKENDS
def test_closing_wakes_who_waits(backend):
    async def main():
        ours, theirs = pair()

        async def wait():
            with pytest.raises(anyio.ClosedResourceError):
                await ours.receive()

        with theirs:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(wait)
                await anyio.wait_all_tasks_blocked()
                ours.close()

    run(main, backend=backend)


@BACKENDS
def test_a_peer_that_has_reset_is_known_by_its_address_and_heard_out(backend):
    async def main():
        with socket.create_server(("127.0.0.1", 0)) as listening:
            ours = Socket(await connect_tcp(*listening.getsockname()))
            theirs, _ = listening.accept()
            theirs.send(b"good")
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            theirs.close()
            assert ours.peer_address == listening.getsockname()
            assert await ours.receive() == b"good"
            with pytest.raises(anyio.BrokenResourceError):
                await ours.receive()
            late = Socket(ours._raw)
            assert (late.peer_address, late.local_address) == (None, ours.local_address)
            ours.close()

    run(main, backend=backend)
