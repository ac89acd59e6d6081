"""Cancelling at every point where an operation may wait: nothing is lost, torn or left behind."""

import asyncio
import functools
import itertools
from contextlib import suppress

import anyio
import pytest
from websockets.exceptions import ConnectionClosed

from voicelive_transports import TransportClosed

from .far_side import ASYNCIO_ADAPTERS, MISSING, FarPeer, WebsocketsPeer, ending, far_server, open_with, run, tls_contexts, websocket_server

KINDS = [
    *(
        (adapter, backend, by)
        for backend in ("asyncio", "uvloop")
        if backend not in MISSING
        for adapter in ASYNCIO_ADAPTERS
        for by in ("scope", "task")
    ),
    *([("anyio", "trio", "scope")] if "trio" not in MISSING else []),
]
"""Adapter, event loop, and what is cancelled: a scope of anyio; or a task, as ``asyncio.wait_for`` does, which passes anyio's shields."""


def over_all(test):
    """Run ``test(connect, accept_peer, finishes_within)`` over every adapter, event loop and kind of cancellation, with and without TLS."""

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
                    await test(connect, accept_peer, _within_task if kind[2] == "task" else _within_scope)

        if test.__name__ == "test_opening" and kind[:2] == ("picows", "uvloop"):
            pytest.skip("uvloop forgets the socket of a connection that is cut as it is attached")
        run(main, backend=kind[1])

    over_each.__doc__ = test.__doc__
    return over_each


async def _within_scope(steps, operation):
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


async def _within_task(steps, operation):
    """The same with a task that is cancelled itself."""
    task = asyncio.create_task(operation())
    for _ in range(steps + 1):
        await asyncio.sleep(0)
        if task.done():
            break
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()
    return not task.cancelled()


def ever_more_steps():
    """Every number of steps at first; then, where only the far side is waited for, twice as many each time."""
    return itertools.chain(range(40), (40 * 2**power for power in range(20)))


@over_all
async def test_opening(connect, accept_peer, finishes_within):
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
async def test_receiving(connect, accept_peer, finishes_within):
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
async def test_sending(connect, accept_peer, finishes_within):
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
async def test_a_send_that_is_cancelled_with_room_has_sent_or_not_as_the_transport_says(connect, accept_peer, finishes_within):
    transport = await connect()
    peer = await accept_peer()
    finished = [number for number in range(20) if await finishes_within(number % 5, functools.partial(transport.send, f"{number}"))]
    await transport.send("end")
    arrived = []
    while (frame := await peer.receive()) != b"end":
        arrived.append(int(frame))
    assert arrived == sorted(arrived)
    assert set(finished) <= set(arrived)
    if not transport.info.sends_first:
        assert arrived == finished
    await transport.aclose()


@over_all
async def test_closing(connect, accept_peer, finishes_within):
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


@over_all
async def test_sends_that_are_cancelled_while_they_wait_for_room(connect, accept_peer, *_):
    """They have sent their message or not, as the transport says, and those that wait beside them or come after go on."""
    transport = await connect()
    peer = await accept_peer()
    finished, cancelled = [], []

    async def send(name):
        await transport.send(f"{name} {'x' * 200_000}")
        finished.append(name)

    # Until the peer, which does not read, has no room left.
    for number in itertools.count():
        with anyio.move_on_after(0.3) as scope:
            await send(f"fill-{number}")
        if scope.cancelled_caught:
            cancelled.append(f"fill-{number}")
            break
    async with anyio.create_task_group() as waiting:
        waiting.start_soon(send, "beside")
        await anyio.sleep(0.1)
        for name in ("first", "second"):
            with anyio.move_on_after(0.1) as scope:
                await send(name)
            if scope.cancelled_caught:
                cancelled.append(name)
        waiting.start_soon(send, "after")
        await anyio.sleep(0.1)
        arrived = []
        while not {"beside", "after"} <= set(arrived):
            arrived.append((await peer.receive()).decode().split(" ")[0])
    assert cancelled
    # What the anyio adapter was writing as the room ended is in the socket in part, and goes out.
    maybe = set(cancelled) if transport.info.adapter == "anyio" else set()
    sent = {*finished, *cancelled} if transport.info.sends_first else set(finished)
    assert set(arrived) - maybe == sent - maybe
    assert len(arrived) == len(set(arrived))
    await transport.aclose()


@pytest.mark.skipif("aiohttp" in MISSING, reason="aiohttp is not installed")
def test_with_aiohttp_a_wait_that_others_end_ends_no_send():
    """The library cancels its own pings as it closes, and with them the future that all who send wait for."""

    async def main():
        async with far_server(websocket_server) as (far, (url, accept)):
            transport = await open_with("aiohttp", url)
            peer = FarPeer(far, WebsocketsPeer(await far(accept)))
            room = None
            sent = 0
            while room is None:
                sending = asyncio.create_task(transport.send(f"{sent} {'x' * 200_000}"))
                sent += 1
                await asyncio.sleep(0)
                room = transport._socket._writer.protocol._drain_waiter
            room.cancel()
            await sending
            assert [(await peer.receive()).split(b" ")[0] for _ in range(sent)] == [b"%d" % number for number in range(sent)]
            await transport.aclose()

    run(main)
