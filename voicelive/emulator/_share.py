"""A session's share of the server's time, so that one that asks for much makes itself wait, not the others."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

BURST_S = 0.05
"""So much may be taken at once; about as late as other sessions' audio may become."""

BYTE_S = 3e-9
"""What a byte costs before it gets here, in unmasking and decompression."""


class Share:
    """Counts the time that one session's events take on the event loop.

    Args:
        rate: gives the seconds that it may take in a second, on average, as things stand.
    """

    def __init__(self, rate: Callable[[], float]) -> None:
        self._rate = rate
        self._credit_s = BURST_S
        self._counted_at_s = time.monotonic()

    @contextmanager
    def spent(self, length_bytes: int) -> Iterator[None]:
        """Count the time that the block takes, and what the message cost before."""
        began_s = time.perf_counter()
        try:
            yield
        finally:
            self._credit_s -= time.perf_counter() - began_s + length_bytes * BYTE_S

    async def wait(self) -> None:
        """Wait until there is credit again."""
        if self._credit_s > 0:
            return
        now_s, rate = time.monotonic(), self._rate()
        if rate >= 1:  # nobody else is there; nor does a test's clock need to move
            self._credit_s = BURST_S
            await asyncio.sleep(0)
            return
        self._credit_s = min(BURST_S, self._credit_s + (now_s - self._counted_at_s) * rate)
        self._counted_at_s = now_s
        await asyncio.sleep(max(0.0, -self._credit_s / rate))
