"""Turns that the client names and bounds itself (``input_audio.turn.*``), any number of them open at once.

How the service answers them is not documented. Here a turn that ends becomes a user message, as a committed input buffer does: no
response follows by itself, a turn that is cancelled leaves nothing, and turn detection does not listen to either.
"""

from collections import deque
from collections.abc import Callable

import numpy as np

from voicelive._audio import Samples

from ._errors import Refused

MAX_OPEN_TURNS = 16
"""More open turns than this are refused."""

MAX_REMEMBERED = 256
"""The ids of so many turns that are over are known, so that one is not used again by mistake."""

LONGEST_ID_CHARACTERS = 512
"""A longer id of a turn is refused."""


class NamedTurns:
    """Holds the audio of the turns of one session.

    Args:
        decode: turns the audio of an append into samples; raises `Refused`.
        commit: makes a user message of a turn's samples; raises `Refused` when they are too few.
    """

    def __init__(self, decode: Callable[[bytes], Samples], commit: Callable[[Samples], None]) -> None:
        self._decode = decode
        self._commit = commit
        self._open: dict[str, bytearray] = {}
        self._over: deque[str] = deque(maxlen=MAX_REMEMBERED)
        self.received = False

    @property
    def held_bytes(self) -> int:
        """Audio in all open turns, as 16-bit samples."""
        return sum(map(len, self._open.values()))

    def start(self, turn_id: str) -> None:
        """Open a turn.

        Raises:
            Refused: the id was used before, or too many turns are open.
        """
        if len(turn_id) > LONGEST_ID_CHARACTERS:
            raise Refused(f"the turn's id has {len(turn_id)} characters; {LONGEST_ID_CHARACTERS} are allowed", param="turn_id")
        if turn_id in self._open or turn_id in self._over:
            raise Refused(f"the turn {turn_id!r} was started before; each turn needs an id of its own", param="turn_id")
        if len(self._open) >= MAX_OPEN_TURNS:
            raise Refused(f"{MAX_OPEN_TURNS} turns are open; end or cancel one first", param="turn_id")
        self._open[turn_id] = bytearray()

    def append(self, turn_id: str, audio: bytes) -> None:
        """Add audio to an open turn.

        Raises:
            Refused: no such turn is open, or the audio is not in the session's input format.
        """
        held = self._existing(turn_id)
        held += self._decode(audio).tobytes()
        self.received = True

    def end(self, turn_id: str) -> None:
        """Make a user message of a turn.

        Raises:
            Refused: no such turn is open, or it holds too little audio; then it stays open.
        """
        self._commit(np.frombuffer(self._existing(turn_id), np.int16).copy())
        self.cancel(turn_id)

    def cancel(self, turn_id: str) -> None:
        """Throw a turn away.

        Raises:
            Refused: no such turn is open.
        """
        self._existing(turn_id)
        del self._open[turn_id]
        self._over.append(turn_id)

    def clear(self) -> None:
        """Throw all open turns away."""
        for turn_id in tuple(self._open):
            self.cancel(turn_id)

    def _existing(self, turn_id: str) -> bytearray:
        if turn_id not in self._open:
            message = f"no turn {turn_id!r} is open; input_audio.turn.start opens one"
            raise Refused(message, param="turn_id")
        return self._open[turn_id]
