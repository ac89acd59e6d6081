import asyncio

import anyio
import pytest

from voicelive_transports import MemoryTransport, TransportClosed, TransportInfo, memory_pair

from .far_side import run

BACKENDS = pytest.mark.parametrize("backend", ["asyncio", "trio"])


def test_info_names_no_address():
    ours, theirs = memory_pair()
    assert isinstance(ours, MemoryTransport)
    assert ours.info == theirs.info == TransportInfo(adapter="memory", url="memory:", tls=False)


@BACKENDS
def test_a_pair_may_be_made_before_the_loop_runs(backend):
    ours, theirs = memory_pair()

    async def main():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ours.send, "x")
            assert await theirs.receive() == b"x"

    run(main, backend=backend)


@BACKENDS
def test_send_waits_when_the_backlog_is_full_of_bytes(backend):
    async def main():
        ours, theirs = memory_pair(max_backlog_bytes=64 + 4 + 64 + 6)
        done = []

        async def send(size):
            await ours.send(b"x" * size)
            done.append(size)

        async with anyio.create_task_group() as tasks:
            await send(4)
            await send(6)
            tasks.start_soon(send, 1)
            await anyio.wait_all_tasks_blocked()
            assert done == [4, 6]
            assert len(await theirs.receive()) == 4
            await anyio.wait_all_tasks_blocked()
            assert done == [4, 6, 1]

    run(main, backend=backend)


@BACKENDS
def test_messages_that_wait_for_room_go_out_in_the_order_of_the_calls(backend):
    async def main():
        ours, theirs = memory_pair(max_backlog_bytes=40)
        await ours.send("A" * 30)
        names = ["B" * 30, "C", *(f"{number}" * 30 for number in range(6))]
        async with anyio.create_task_group() as tasks:
            for name in names:
                tasks.start_soon(ours.send, name)
                await anyio.wait_all_tasks_blocked()
            received = [(await theirs.receive()).decode() for _ in range(1 + len(names))]
        assert received == ["A" * 30, *names]

    run(main, backend=backend)


@BACKENDS
def test_the_end_and_a_cancellation_of_a_send_that_waits_let_the_others_go_on(backend):
    async def main():
        ours, theirs = memory_pair(max_backlog_bytes=1)
        await ours.send("x")
        ended = []

        async def wait(scope):
            with scope:
                try:
                    await ours.send("y")
                except TransportClosed as exc:
                    ended.append(exc.code)

        async with anyio.create_task_group() as tasks:
            scopes = [anyio.CancelScope() for _ in range(3)]
            for scope in scopes:
                tasks.start_soon(wait, scope)
                await anyio.wait_all_tasks_blocked()
            scopes[0].cancel()
            await anyio.wait_all_tasks_blocked()
            assert ended == []
            theirs.drop()
        assert ended == [1006, 1006]

    run(main, backend=backend)


def test_a_send_that_a_task_is_cancelled_in_has_not_sent():
    async def main():
        ours, theirs = memory_pair()
        finished = []
        for number in range(12):
            sending = asyncio.create_task(ours.send(f"{number}"))
            for _ in range(number % 4):
                await asyncio.sleep(0)
            sending.cancel()
            await asyncio.wait([sending])
            if not sending.cancelled():
                finished.append(b"%d" % number)
        await ours.send("end")
        arrived = []
        while (frame := await theirs.receive()) != b"end":
            arrived.append(frame)
        assert arrived == finished

    run(main)


@BACKENDS
def test_empty_messages_fill_the_backlog_too(backend):
    async def main():
        ours, _ = memory_pair(max_backlog_bytes=1000)
        with anyio.move_on_after(0.1) as scope:
            for _ in range(100):
                await ours.send("")
        assert scope.cancelled_caught

    run(main, backend=backend)


@BACKENDS
def test_one_frame_longer_than_the_backlog_passes(backend):
    async def main():
        ours, theirs = memory_pair(max_backlog_bytes=10)
        await ours.send(b"x" * 1000)
        assert len(await theirs.receive()) == 1000

    run(main, backend=backend)


@pytest.mark.parametrize("end", [lambda side: side.drop(), lambda side: side._end(1011, "x")])
@BACKENDS
def test_the_end_wakes_a_send_that_waits(backend, end):
    async def main():
        ours, theirs = memory_pair(max_backlog_bytes=1)
        await ours.send("x")

        async def wait():
            with pytest.raises(TransportClosed):
                await ours.send("y")

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait)
            await anyio.wait_all_tasks_blocked()
            end(theirs)

    run(main, backend=backend)


@BACKENDS
def test_dropping_keeps_what_was_sent_and_the_first_end_counts(backend):
    async def main():
        ours, theirs = memory_pair()
        await ours.send("sent")
        ours.drop()
        await theirs.aclose(1000)
        assert (ours.close_code, theirs.close_code) == (1006, 1006)
        ours, theirs = memory_pair()
        await ours.send("sent")
        ours.drop()
        assert await theirs.receive() == b"sent"
        with pytest.raises(TransportClosed) as caught:
            await theirs.receive()
        assert (caught.value.code, caught.value.clean) == (1006, False)

    run(main, backend=backend)


@BACKENDS
def test_a_cancelled_close_is_a_close(backend):
    async def main():
        ours, _ = memory_pair()
        with anyio.CancelScope() as scope:
            scope.cancel()
            await ours.aclose(4000)
        assert scope.cancelled_caught
        assert ours.close_code == 4000

    run(main, backend=backend)
