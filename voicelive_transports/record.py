"""Record what crosses the seam, to look at a call afterwards, play it back, or compare it with another.

::

    from voicelive_transports import get_opener
    from voicelive_transports.record import record, replay

    connect(..., transport=record(get_opener("auto"), "call.jsonl"))
    connect(..., transport=replay("call.jsonl", speed=1.0))

A recording is a file of JSON lines; ``docs/recordings.md`` describes it. Credentials are never in it.
"""

from __future__ import annotations

from pathlib import Path

import anyio

from ._closing import check_close
from ._frames import encode_frame
from ._recording import FORMAT, VERSION, AudioMode, Moment, RecordedInfo, Recording, RecordingFiles, RecordingWriter, read_recording
from .base import Opener, Transport, TransportInfo
from .errors import TransportClosed
from .options import ConnectOptions
from .replay import ReplayTransport, replay

__all__ = [
    "FORMAT",
    "VERSION",
    "AudioMode",
    "Moment",
    "RecordedInfo",
    "Recording",
    "RecordingTransport",
    "RecordingWriter",
    "ReplayTransport",
    "read_recording",
    "record",
    "replay",
]


def record(opener: Opener, path: str | Path, *, audio: AudioMode = "elided") -> Opener:
    """Make an opener whose connections are recorded, each in a file of its own: ``call.jsonl``, then ``call-2.jsonl`` and so on.

    Args:
        opener: what opens the connection.
        path: the file to write, of the first connection; what was there is overwritten.
        audio: ``"elided"`` leaves audio out but for its length; ``"kept"`` has it in the messages, which takes about 4 MB a minute and
            direction; ``"wav"`` puts what is streamed into ``<name>.sent.wav`` and ``<name>.received.wav`` beside the file.

    The opener raises OSError if the file can't be written, ValueError for an unknown ``audio``, and what ``opener`` raises.
    """
    files = RecordingFiles(path, audio)

    async def open_transport(url: str, options: ConnectOptions) -> RecordingTransport:
        # Opened first, so that a file that can't be written costs no connection.
        with files.next(url) as writer:
            transport = await opener(url, options)
        return RecordingTransport(transport, writer)

    return open_transport


class RecordingTransport:
    """A :class:`~voicelive_transports.Transport` that writes down what crosses another one.

    A line is written before its message is handed on, without leaving the event loop; it takes microseconds where
    audio is elided.
    """

    def __init__(self, transport: Transport, writer: RecordingWriter) -> None:
        self._transport = transport
        self._writer = writer
        writer.begin(self.info)

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
        data = encode_frame(frame)
        # Written first, as another task may receive the answer before send() returns; of a lost connection it may be one line too many.
        self._writer.message("sent", data)
        await self._transport.send(data)

    async def receive(self) -> bytes:
        """See :class:`~voicelive_transports.Transport`."""
        try:
            frame = await self._transport.receive()
        except TransportClosed as exc:
            self._finish(exc)
            raise
        self._writer.message("received", frame)
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
        # After the end there may be one more who waited for it.
        self._writer.closed(end.code, end.reason, clean=end.clean)
