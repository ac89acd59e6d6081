"""How fast audio goes out: ahead of real time, by a bounded lead.

Dumping an answer at once would end each response before a client could cancel or interrupt it. The service sends faster than real time
too (service facts, section 4).
"""

import asyncio

HEAD_START_MS = 400
"""So much goes at once, so that playback can begin."""

SPEED = 3
"""After that, milliseconds of audio per millisecond, until the lead is reached."""

MAX_LEAD_MS = 2_000
"""Audio is never further ahead of its playback than this."""

TEXT_DELTA_MS = 10
"""A written answer takes so long for each word."""


def due_ms(sent_ms: int) -> float:
    """Milliseconds after a response's first audio at which audio may follow that ``sent_ms`` went before."""
    return max(0, (sent_ms - HEAD_START_MS) / SPEED, sent_ms - MAX_LEAD_MS)


class Pacer:
    """Times the audio of one response.

    Args:
        paced: without it audio is always due.
    """

    def __init__(self, *, paced: bool) -> None:
        self._paced = paced
        self._started_s: float | None = None

    def _elapsed_ms(self) -> float:
        now_s = asyncio.get_running_loop().time()
        if self._started_s is None:
            self._started_s = now_s
        return (now_s - self._started_s) * 1000

    async def wait_for_text(self) -> None:
        """Wait between two words of a written answer."""
        if self._paced:
            await asyncio.sleep(TEXT_DELTA_MS / 1000)

    async def wait(self, sent_ms: int) -> None:
        """Wait until audio is due that ``sent_ms`` of audio went before."""
        if self._paced:
            await asyncio.sleep(max(0.0, due_ms(sent_ms) - self._elapsed_ms()) / 1000)

    def played_ms(self, sent_ms: int) -> int:
        """How much of the audio a client can have played that started with the first of it."""
        if not self._paced:
            return sent_ms
        return min(sent_ms, round(self._elapsed_ms())) if sent_ms else 0
