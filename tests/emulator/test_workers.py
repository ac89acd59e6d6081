"""Threads for engines: bounded, and a call that never ends keeps neither the others nor the program's end waiting."""

import asyncio
import subprocess
import sys
import threading
from concurrent.futures import Future

import anyio
import pytest
from emulator.support_attack import until
from emulator.support_server import PATIENCE_S

from voicelive.emulator._workers import MAX_LOST_THREADS, Workers

pytestmark = pytest.mark.anyio


@pytest.fixture
async def workers():
    made = Workers("test", 2)
    yield made
    made.close()


class Busy:
    """Calls that last until they are let go; knows how many run."""

    def __init__(self):
        self.gate = threading.Event()
        self.running = 0
        self.most = 0
        self._lock = threading.Lock()

    def __call__(self):
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        assert self.gate.wait(PATIENCE_S)
        with self._lock:
            self.running -= 1


async def test_no_more_calls_run_than_there_may_and_all_are_made(workers):
    busy = Busy()
    calls = [asyncio.create_task(workers.run(busy)) for _ in range(6)]
    await until(lambda: busy.running == 2)
    busy.gate.set()
    with anyio.fail_after(PATIENCE_S):
        await asyncio.gather(*calls)
    assert busy.most == 2
    assert await workers.run(lambda: 7) == 7


@pytest.mark.parametrize("error", [ValueError, SystemExit])
async def test_what_a_call_raises_is_the_caller_s_and_the_thread_lives_on(workers, error):
    def fail():
        raise error

    with pytest.raises(error):
        await workers.run(fail)
    assert await workers.run(lambda: 7) == 7


async def test_calls_that_hang_and_are_given_up_are_made_up_for(workers):
    hanging = Busy()
    lost = [asyncio.create_task(workers.run(hanging)) for _ in range(2)]
    await until(lambda: hanging.running == 2)
    waits = asyncio.create_task(workers.run(lambda: "its turn has come"))
    await asyncio.sleep(0)
    assert not waits.done()
    for task in lost:
        task.cancel()
    with anyio.fail_after(PATIENCE_S):
        assert await waits == "its turn has come"
        assert await workers.run(lambda: "and again") == "and again"
    hanging.gate.set()
    await until(lambda: hanging.running == 0)
    busy = Busy()
    calls = [asyncio.create_task(workers.run(busy)) for _ in range(4)]
    await until(lambda: busy.running == 2)
    busy.gate.set()
    await asyncio.gather(*calls)
    assert busy.most == 2


async def test_a_call_that_is_given_up_as_it_begins_is_made_up_for(monkeypatch):
    """Its thread has taken it, and has not come to the call itself."""
    taken, may_begin = threading.Event(), threading.Event()

    class Slow(Future):
        def set_running_or_notify_cancel(self):
            runs = super().set_running_or_notify_cancel()
            taken.set()
            assert may_begin.wait(PATIENCE_S)
            return runs

    workers, gate = Workers("test", 1), threading.Event()
    with monkeypatch.context() as patch:
        patch.setattr("voicelive.emulator._workers.Future", Slow)
        lost = asyncio.create_task(workers.run(gate.wait))
        await asyncio.to_thread(taken.wait, PATIENCE_S)
    lost.cancel()
    await asyncio.wait([lost])
    may_begin.set()
    try:
        with anyio.fail_after(PATIENCE_S):
            assert await workers.run(lambda: "another thread") == "another thread"
    finally:
        gate.set()
        workers.close()


async def test_threads_that_are_lost_are_bounded():
    workers = Workers("test", 1)
    hanging = Busy()
    for number in range(1, MAX_LOST_THREADS + 2):
        task = asyncio.create_task(workers.run(hanging))
        await until(lambda number=number: hanging.running == number)
        task.cancel()
        await asyncio.wait([task])
    more = asyncio.create_task(workers.run(lambda: "after one of them ended"))
    await asyncio.sleep(0.05)
    assert not more.done()
    hanging.gate.set()
    with anyio.fail_after(PATIENCE_S):
        assert await more == "after one of them ended"
    assert hanging.most == MAX_LOST_THREADS + 1
    workers.close()


async def test_closed_workers_drop_what_waits_and_take_nothing(workers):
    busy = Busy()
    calls = [asyncio.create_task(workers.run(busy)) for _ in range(3)]
    await until(lambda: busy.running == 2)
    workers.close()
    with anyio.fail_after(PATIENCE_S), pytest.raises(asyncio.CancelledError):
        await calls[2]
    with pytest.raises(RuntimeError, match="the server has ended"):
        await workers.run(busy)
    busy.gate.set()
    await asyncio.gather(*calls[:2])


PROGRAM = """
import asyncio, threading
from voicelive.emulator import serve
from emulator.support_server import client

entered = threading.Event()

def hang(turn):
    entered.set()
    threading.Event().wait()

async def main():
    async with serve(responder=hang, recogniser=None) as server, client(server, checked=False) as one:
        await one.send("response.create")
        await one.until("response.created")
        await asyncio.to_thread(entered.wait)

asyncio.run(main())
print("ended")
"""


def test_a_program_ends_though_an_engine_hangs():
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=PATIENCE_S, check=True, env=None, cwd="tests"
    )
    assert ran.stdout == "ended\n"
