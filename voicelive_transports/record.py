"""Record what crosses the seam, and play it back: the base of tools that look at a call afterwards.

::

    from voicelive_transports import get_opener
    from voicelive_transports.record import record, replay

    connect(..., transport=record(get_opener("auto"), "call.jsonl"))
    connect(..., transport=replay("call.jsonl", speed=1.0))

A recording is a text file in UTF-8 of JSON objects, one a line, in the order of what happened. Version 1:

* The first line: ``{"format": "voicelive-recording", "version": 1, "adapter": ..., "url": ..., "audio": ...}``; ``url``
  is without its query, ``audio`` is ``"kept"`` or ``"elided"``.
* A message: ``{"at_s": 0.25, "sent": "<text>"}`` or ``{"at_s": 0.25, "received": "<text>"}``. ``at_s`` is in seconds
  since the connection was opened, by a clock that never goes back; the text is the message as it was, except for what
  is elided.
* The end, if there was one: ``{"at_s": 9.5, "closed": {"code": 1000, "reason": "", "clean": true}}``.

Elided is, by ``"..."`` in its place: audio, unless it is to be kept, that is each string of 256 or more base64
characters; and always the value of a member whose name says that it is a credential (``authorization``, ``api-key``,
``credential``, ``password``, ``secret``, ``token``) or holds some (``headers``). Headers of the handshake, and with
them the key or token of the connection, aren't recorded at all.

Later versions may add members, which readers shall ignore; anything else gets a new version, which this one refuses.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, TextIO

import anyio
from anyio.lowlevel import checkpoint

from ._closing import ABNORMAL, check_close
from ._frames import encode_frame
from .base import Opener, Transport, TransportInfo
from .errors import TransportClosed
from .options import ConnectOptions

FORMAT: Final = "voicelive-recording"
VERSION: Final = 1

_AUDIO: Final = re.compile(rb'"(?:[A-Za-z0-9+/]|\\/){256,}={0,2}"')
_SECRET: Final = re.compile(
    rb'("(?:authorization|api[-_]?key|credential|password|secret|token)"\s*:\s*)"(?:[^"\\]|\\.)*"'
    rb'|("headers"\s*:\s*)\{(?:[^{}"]|"(?:[^"\\]|\\.)*")*\}',
    re.IGNORECASE,
)


def record(opener: Opener, path: str | Path, *, keep_audio: bool = False) -> Opener:
    """Make an opener whose connections are recorded; each one overwrites the file.

    Args:
        opener: what opens the connection.
        path: the file to write.
        keep_audio: write audio whole; a call then takes about 4 MB a minute and direction.

    The opener raises OSError if the file can't be written, and what ``opener`` raises.
    """

    async def open_transport(url: str, options: ConnectOptions) -> RecordingTransport:
        # Opened first, so that a file that can't be written costs no connection.
        file = _create(path)
        try:
            transport = await opener(url, options)
        except BaseException:
            file.close()
            raise
        return RecordingTransport(transport, file, keep_audio=keep_audio)

    return open_transport


def _create(path: str | Path) -> TextIO:
    return Path(path).open("w", encoding="utf-8", newline="\n")


def replay(path: str | Path, *, speed: float | None = None) -> Opener:
    """Make an opener whose connections play a recording back instead of going anywhere.

    Args:
        path: the recording.
        speed: 1.0 keeps the pace of the recording, 2.0 takes half the time; None: as fast as it is received.

    Raises:
        ValueError: ``speed`` isn't above 0.
    """
    if speed is not None and not speed > 0:
        raise ValueError(f"speed must be above 0, or None for as fast as possible; not {speed}")

    async def open_transport(url: str, options: ConnectOptions) -> ReplayTransport:
        del url, options
        return ReplayTransport(*read_recording(path), speed)

    return open_transport


class Moment(NamedTuple):
    """One line of a recording after the first."""

    at_s: float
    """Seconds since the connection was opened."""
    kind: str
    """``"sent"``, ``"received"`` or ``"closed"``."""
    content: Any
    """The text of a message, or a dict with code, reason and clean."""


def read_recording(path: str | Path) -> tuple[TransportInfo, list[Moment]]:
    """Read a recording whole: which connection it was, and what happened.

    Raises:
        OSError: the file can't be read.
        ValueError: it is no recording, or one of another version.
    """
    lines = [json.loads(line) for line in Path(path).read_text("utf-8").split("\n") if line]
    head = lines[0] if lines and isinstance(lines[0], dict) else {}
    if head.get("format") != FORMAT or head.get("version") != VERSION:
        raise ValueError(f"{path} is no recording of version {VERSION}: its first line has no such format and version")
    info = TransportInfo(adapter="replay", url=head["url"], tls=head["url"].startswith("wss:"))
    return info, list(_moments(lines[1:]))


def _moments(lines: list[dict[str, Any]]) -> Iterator[Moment]:
    for line in lines:
        for kind in line.keys() & {"sent", "received", "closed"}:
            yield Moment(line["at_s"], kind, line[kind])


class RecordingTransport:
    """A :class:`~voicelive_transports.Transport` that writes down what crosses another one.

    A line is written before its message is handed on, without leaving the event loop; it takes microseconds where
    audio is elided.
    """

    def __init__(self, transport: Transport, file: TextIO, *, keep_audio: bool = False) -> None:
        self._transport = transport
        self._file = file
        self._keep_audio = keep_audio
        self._begun_s = time.monotonic()
        audio = "kept" if keep_audio else "elided"
        self._write({"format": FORMAT, "version": VERSION, "adapter": self.info.adapter, "url": self.info.url, "audio": audio})

    @property
    def info(self) -> TransportInfo:
        """See :class:`~voicelive_transports.Transport`."""
        return self._transport.info

    @property
    def close_code(self) -> int | None:
        """See :class:`~voicelive_transports.Transport`."""
        return self._transport.close_code

    @property
    def close_reason(self) -> str | None:
        """See :class:`~voicelive_transports.Transport`."""
        return self._transport.close_reason

    async def send(self, frame: str | bytes) -> None:
        """See :class:`~voicelive_transports.Transport`."""
        await self._transport.send(frame)
        self._note("sent", self._shown(encode_frame(frame)))

    async def receive(self) -> bytes:
        """See :class:`~voicelive_transports.Transport`."""
        try:
            frame = await self._transport.receive()
        except TransportClosed as exc:
            self._finish(exc)
            raise
        self._note("received", self._shown(frame))
        return frame

    async def aclose(self, code: int = 1000, reason: str = "") -> None:
        """See :class:`~voicelive_transports.Transport`."""
        check_close(code, reason)
        try:
            await self._transport.aclose(code, reason)
        finally:
            await self._finish_after_close()

    async def _finish_after_close(self) -> None:
        # Over by now, so this gives how it ended at once.
        with anyio.CancelScope(shield=True):
            try:
                await self._transport.receive()
            except TransportClosed as exc:
                self._finish(exc)

    def _finish(self, end: TransportClosed) -> None:
        self._note("closed", {"code": end.code, "reason": end.reason, "clean": end.clean})
        self._file.close()

    def _shown(self, frame: bytes) -> str:
        if not self._keep_audio:
            frame = _AUDIO.sub(b'"..."', frame)
        return _SECRET.sub(rb'\1\2"..."', frame).decode()

    def _note(self, kind: str, content: object) -> None:
        # After the end there may be one more who waited for it.
        if not self._file.closed:
            self._write({"at_s": round(time.monotonic() - self._begun_s, 6), kind: content})

    def _write(self, line: dict[str, object]) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")


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
        raise self._closed(self._ending)

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
            raise self._closed(self._ending)

    def _closed(self, end: TransportClosed) -> TransportClosed:
        """A new exception each time, as a raised one keeps its traceback."""
        return TransportClosed(end.code, end.reason, end.clean)
