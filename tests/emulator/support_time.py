"""Time for tests of short limits: a busy machine makes nothing late."""

import asyncio
import selectors

import pytest


class _Selector(selectors.DefaultSelector):
    """Tells its loop how long it has waited for nothing."""

    def __init__(self, loop):
        super().__init__()
        self._loop = loop

    def select(self, timeout=None):
        ready = super().select(0)
        if not ready and timeout != 0:
            ready = super().select(timeout)
            if not ready and timeout is not None and not (self._loop.at_work and self._loop.waits_for_threads):
                self._loop.now_s += timeout
        return ready


class OwnTimeLoop(asyncio.SelectorEventLoop):
    """Its time passes only while nothing is to be done: not while it works, or a thread for it, or others have the processor.

    Attributes:
        waits_for_threads: for a test in which one never ends, this can be turned off.
    """

    def __init__(self):
        self.now_s = 0.0
        self.at_work = 0
        self.waits_for_threads = True
        super().__init__(_Selector(self))

    def time(self):
        return self.now_s

    def run_in_executor(self, executor, func, *args):
        future = super().run_in_executor(executor, func, *args)
        self.at_work += 1
        future.add_done_callback(self._worked)
        return future

    def _worked(self, _future):
        self.at_work -= 1


in_its_own_time = pytest.mark.parametrize("anyio_backend", [("asyncio", {"loop_factory": OwnTimeLoop})], ids=["own time"])
