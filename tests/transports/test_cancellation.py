"""Cancelling at every point where an operation may wait: nothing is lost, torn or left behind."""

import itertools
from contextlib import suppress

import anyio
import pytest
from websockets.exceptions import ConnectionClosed

from voicelive_transports import TransportClosed

from .far_side import ASYNCIO_ADAPTERS, MISSING, FarPeer, WebsocketsPeer, ending, far_server, open_with, run, tls_contexts, websocket_server

KINDS = [
    *((adapter, backend) for backend in ("asyncio", "uvloop") if backend not in MISSING for adapter in ASYNCIO_ADAPTERS),
    *([("anyio", "trio")] if "trio" not in MISSING else []),
]


def over_all(test):
    """Run ``test(connect)`` over every adapter and event loop, with and without TLS; ``connect()`` opens a connection."""

    @pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
    @pytest.mark.parametrize("kind", KINDS, ids="-".join)
    def over_each(kind, tls):
        async def main():
            options = {"ssl_context": tls_contexts()[1]} if tls else {}
            async with far_server(websocket_server, tls=tls) as (far, (url, accept)):

                async def connect():
                    return await open_with(kind[0], url, **options)

                async def accept_peer():
                    return FarPeer(far, WebsocketsPeer(await far(accept)))

                with anyio.fail_after(100):
                    await test(connect, accept_peer)

        if test.__name__ == "test_opening" and kind == ("picows", "uvloop"):
            pytest.skip("uvloop forgets the socket of a connection that is cut as it is attached")
        run(main, backend=kind[1])

    over_each.__doc__ = test.__doc__
    return over_each


async def finishes_within(steps, operation):
    """Give an operation so many turns of the event loop, then cancel it; tells whether it finished."""
    finished = False

    async def finish():
        nonlocal finished
        await operation()
        finished = True

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(finish)
        for _ in range(steps):
            await anyio.lowlevel.checkpoint()
            if finished:
                break
        tasks.cancel_scope.cancel()
    return finished


def ever_more_steps():
    """Every number of steps at first; then, where only the far side is waited for, twice as many each time."""
    return itertools.chain(range(40), (40 * 2**power for power in range(20)))


@over_all
async def test_opening(connect, accept_peer):
    opened = []

    async def open_one():
        opened.append(await connect())

    for steps in ever_more_steps():
        if await finishes_within(steps, open_one):
            break
    # One that finished as it was cancelled is open as well.
    for transport in opened:
        await transport.send("open")
        await transport.aclose()
    arrived = b""
    while arrived != b"open":
        peer = await accept_peer()
        with suppress(ConnectionClosed):
            arrived = await peer.receive()


@over_all
async def test_receiving(connect, accept_peer):
    transport = await connect()
    peer = await accept_peer()
    received = []

    async def receive_one():
        received.append(await transport.receive())

    sent = 0
    for steps in range(60):
        await peer.send(f"{sent}")
        sent += 1
        await finishes_within(steps, receive_one)
    while len(received) < sent:
        await receive_one()
    assert received == [f"{number}".encode() for number in range(sent)]
    await transport.aclose()


@over_all
async def test_sending(connect, accept_peer):
    transport = await connect()
    peer = await accept_peer()
    finished, number = [], 0

    async def send_one():
        await transport.send(f"{number} {'x' * 50_000}")
        finished.append(number)

    for steps in (*range(20), *range(20)):
        await finishes_within(steps, send_one)
        number += 1
    arrived = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(transport.send, "end")
        while (frame := await peer.receive()) != b"end":
            first, padding = frame.decode().split(" ")
            assert padding == "x" * 50_000
            arrived.append(int(first))
    assert arrived == sorted(arrived)
    assert set(finished) <= set(arrived)
    await transport.aclose()


@over_all
async def test_closing(connect, accept_peer):
    for steps in ever_more_steps():
        transport = await connect()
        await accept_peer()

        async def close(transport=transport):
            await transport.aclose(4000, "enough")

        finished = await finishes_within(steps, close)
        if steps == 0 and transport.close_code is None:
            # It hadn't begun.
            await transport.aclose(4000, "enough")
        end = await ending(transport)
        assert end.code in (4000, 1006)
        with pytest.raises(TransportClosed):
            await transport.send("late")
        if finished:
            break
    assert (end.code, end.reason, end.clean) == (4000, "enough", True)
