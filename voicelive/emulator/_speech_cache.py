"""Speech that was made once, for every session that says the same in the same way."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from weakref import WeakValueDictionary

from .engines.timing import SpokenSentence

_OVERHEAD_BYTES = 200
"""About what an entry, a word or a mouth shape takes beside its sound."""


@dataclass(frozen=True, slots=True)
class Speech:
    """A text, spoken.

    Attributes:
        audio: in the output format.
        times: the sentences with the times of their words and mouth shapes, without their sound.
    """

    audio: bytes
    times: tuple[SpokenSentence, ...]

    @property
    def size_bytes(self) -> int:
        """About what it takes in memory."""
        return len(self.audio) + _OVERHEAD_BYTES * (1 + sum(len(each.words) + len(each.visemes) for each in self.times))


class SpeechCache:
    """Keeps what was used last. Sessions that ask for the same at once wait for the first of them.

    Args:
        max_bytes: of all speech together.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._held: OrderedDict[Hashable, Speech] = OrderedDict()
        self._held_bytes = 0
        self._making: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    @property
    def held_bytes(self) -> int:
        """About what it takes in memory."""
        return self._held_bytes

    async def get(self, key: Hashable, make: Callable[[], Awaitable[Speech]]) -> Speech:
        """The speech under a key, made if it is not there.

        Args:
            key: everything that the speech depends on.
            make: makes it.

        Raises:
            Exception: what ``make`` raises; nothing is kept then.
        """
        if key not in self._held:
            making = self._making.setdefault(key, asyncio.Lock())
            async with making:
                if key not in self._held:
                    speech = await make()
                    self._keep(key, speech)
                    return speech
        self._held.move_to_end(key)
        return self._held[key]

    def _keep(self, key: Hashable, speech: Speech) -> None:
        self._held[key] = speech
        self._held_bytes += speech.size_bytes
        while self._held_bytes > self._max_bytes:
            _, oldest = self._held.popitem(last=False)
            self._held_bytes -= oldest.size_bytes
