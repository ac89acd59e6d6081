"""A recording as a transport: what was received comes again, what is sent goes nowhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
from anyio.lowlevel import checkpoint

from ._closing import ABNORMAL, check_close
from ._frames import encode_frame
from ._recording import Moment, read_recording
from .base import Opener, TransportInfo
from .errors import TransportClosed
from .options import ConnectOptions


def replay(path: str | Path, *, speed: float | None = None) -> Opener:
    """Make an opener whose connections play a recording back instead of going anywhere.

    Args:
        path: the recording.
        speed: 1.0 keeps the pace of the recording, 2.0 takes half the time; None: as fast as it is received.

    Raises:
        ValueError: ``speed`` isn't above 0.
    """
    check_speed(speed)

    async def open_transport(url: str, options: ConnectOptions) -> ReplayTransport:
        del url, options
        return ReplayTransport(*read_recording(path), speed)

    return open_transport


def check_speed(speed: float | None) -> None:
    """Refuse what is no speed.

    Raises:
        ValueError: it isn't above 0.
    """
    if speed is not None and not speed > 0:
        raise ValueError(f"speed must be above 0, or None for as fast as possible; not {speed}")


class ReplayTransport:
    """A :class:`~voicelive_transports.Transport` whose messages come from a recording. What is sent goes nowhere."""

    def __init__(self, info: TransportInfo, moments: list[Moment], speed: float | None = None) -> None:
        self.info = info
        self._moments = iter([each for each in moments if each.kind != "sent"])
        self._speed = speed
        self._begun_s: float | None = None
        self._next: Moment | None = None
        self._ending: TransportClosed | None = None

    @property
    def close_code(self) -> int | None:
        """See :class:`~voicelive_transports.Transport`."""
        return self._ending.code if self._ending else None

    @property
    def close_reason(self) -> str | None:
        """See :class:`~voicelive_transports.Transport`."""
        return self._ending.reason if self._ending else None

    async def send(self, frame: str | bytes) -> None:
        """Check the message, and forget it."""
        encode_frame(frame)
        await checkpoint()
        self._check_open()

    async def receive(self) -> bytes:
        """Give the next message that was received, at its time if there is a pace."""
        await checkpoint()
        self._check_open()
        # Kept where a cancellation finds it.
        self._next = self._next or next(self._moments, None)
        if self._next is not None:
            await self._wait_until(self._next.at_s)
            self._check_open()
        moment, self._next = self._next, None
        if moment is not None and moment.kind == "received":
            return encode_frame(moment.content)
        end: dict[str, Any] = moment.content if moment else {"code": ABNORMAL, "reason": "the recording ends here", "clean": False}
        self._ending = TransportClosed(end["code"], end["reason"], end["clean"])
        raise self._ending.anew()

    async def _wait_until(self, at_s: float) -> None:
        if self._speed is None:
            return
        if self._begun_s is None:
            self._begun_s = anyio.current_time()
        await anyio.sleep(max(0.0, self._begun_s + at_s / self._speed - anyio.current_time()))

    async def aclose(self, code: int = 1000, reason: str = "") -> None:
        """See :class:`~voicelive_transports.Transport`."""
        check_close(code, reason)
        self._ending = self._ending or TransportClosed(code, reason, clean=True)
        await checkpoint()

    def _check_open(self) -> None:
        if self._ending:
            raise self._ending.anew()
