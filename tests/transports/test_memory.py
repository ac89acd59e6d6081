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
        ours, theirs = memory_pair(max_backlog_bytes=10)
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
