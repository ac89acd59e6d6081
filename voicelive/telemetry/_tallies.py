"""What is counted and timed between the spans: audio, and the wait for a response's first piece."""

from __future__ import annotations

import time

from voicelive_proto import audio_format


class AudioTally:
    """Audio in one direction: how many frames, how many bytes, and how long that is."""

    __slots__ = ("_bytes_per_s", "_metered_bytes", "_name", "_rate_hz", "count", "total_bytes")

    def __init__(self) -> None:
        self.count = 0
        self.total_bytes = 0
        self._metered_bytes = 0
        self._bytes_per_s = 48_000
        self._name = "pcm16"
        self._rate_hz: int | None = None

    def use(self, name: object, rate_hz: object = None) -> None:
        """What a session says of the format from now on; what it leaves out stays."""
        self._name = name if isinstance(name, str) else self._name
        self._rate_hz = rate_hz if isinstance(rate_hz, int) and rate_hz > 0 else self._rate_hz
        found = audio_format(self._name, self._rate_hz)
        if found is not None:
            self._bytes_per_s = found.bytes_per_sample * found.sample_rate_hz

    def take_s(self) -> float:
        """Seconds since this was last asked."""
        new_bytes, self._metered_bytes = self.total_bytes - self._metered_bytes, self.total_bytes
        return new_bytes / self._bytes_per_s


class Waits:
    """How long a response lets the user wait.

    Attributes:
        open: something is waited for; looked at for every piece of audio.
    """

    __slots__ = ("_created_s", "_turn_ended_s", "open")

    def __init__(self) -> None:
        self._turn_ended_s: float | None = None
        self._created_s: float | None = None
        self.open = False

    def turn_ended(self) -> None:
        """The user has said all, or a response was asked for."""
        self._turn_ended_s = time.monotonic()
        self.open = True

    def response_created(self) -> None:
        """A response begins, and has said nothing yet."""
        self._created_s = time.monotonic()
        self.open = True

    def response_done(self) -> None:
        """It is over, whether or not it said anything."""
        self._created_s = None
        self._settle()

    def first_audio_s(self) -> float | None:
        """Seconds from the response's beginning to this audio; None if it is not its first."""
        since_s, self._created_s = self._created_s, None
        self._settle()
        return None if since_s is None else time.monotonic() - since_s

    def answered_s(self) -> float | None:
        """Seconds from the end of the turn to this audio or text; None if that was answered before."""
        since_s, self._turn_ended_s = self._turn_ended_s, None
        self._settle()
        return None if since_s is None else time.monotonic() - since_s

    def _settle(self) -> None:
        self.open = self._turn_ended_s is not None or self._created_s is not None
