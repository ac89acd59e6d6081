"""Recording for the blocking transport; the same files as those of ``voicelive_transports.record``.

::

    from voicelive_transports.record_sync import record
    from voicelive_transports.websockets_sync import open_blocking_transport

    voicelive.sync.connect(..., transport=record(open_blocking_transport, "call.jsonl"))
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from ._closing import check_close
from ._frames import encode_frame
from ._recording import AudioMode, RecordingFiles, RecordingWriter
from .base import TransportInfo
from .errors import TransportClosed
from .options import ConnectOptions
from .websockets_sync import BlockingOpener, BlockingTransport


def record(opener: BlockingOpener, path: str | Path, *, audio: AudioMode = "elided") -> BlockingOpener:
    """Make an opener whose connections are recorded, each in a file of its own: ``call.jsonl``, then ``call-2.jsonl`` and so on.

    Args:
        opener: what opens the connection.
        path: the file to write, of the first connection; what was there is overwritten.
        audio: ``"elided"``, ``"kept"`` or ``"wav"``, as of ``voicelive_transports.record.record``.

    The opener raises OSError if the file can't be written, ValueError for an unknown ``audio``, and what ``opener`` raises.
    """
    files = RecordingFiles(path, audio)

    def open_transport(url: str, options: ConnectOptions) -> BlockingRecordingTransport:
        with files.next(url) as writer:
            transport = opener(url, options)
        return BlockingRecordingTransport(transport, writer)

    return open_transport


class BlockingRecordingTransport:
    """A :class:`~voicelive_transports.websockets_sync.BlockingTransport` that writes down what crosses another one."""

    def __init__(self, transport: BlockingTransport, writer: RecordingWriter) -> None:
        self._transport = transport
        self._writer = writer
        self._writing = threading.Lock()
        writer.begin(self.info)

    @property
    def info(self) -> TransportInfo:
        """See :class:`~voicelive_transports.websockets_sync.BlockingTransport`."""
        return self._transport.info

    @property
    def close_code(self) -> int | None:
        """See :class:`~voicelive_transports.websockets_sync.BlockingTransport`."""
        return self._transport.close_code

    @property
    def close_reason(self) -> str | None:
        """See :class:`~voicelive_transports.websockets_sync.BlockingTransport`."""
        return self._transport.close_reason

    def send(self, frame: str | bytes) -> None:
        """See :class:`~voicelive_transports.websockets_sync.BlockingTransport`."""
        data = encode_frame(frame)
        # Written first, as another thread may read the answer before send() returns; of a lost connection it may be one line too many.
        with self._writing:
            self._writer.message("sent", data)
        self._transport.send(data)

    def receive(self, timeout_s: float | None = None, stop: Callable[[], bool] | None = None) -> bytes | None:
        """See :class:`~voicelive_transports.websockets_sync.BlockingTransport`."""
        try:
            frame = self._transport.receive(timeout_s, stop)
        except TransportClosed as end:
            self._finish(end.code, end.reason, clean=end.clean)
            raise
        if frame is not None:
            with self._writing:
                self._writer.message("received", frame)
        return frame

    def close(self, code: int = 1000, reason: str = "") -> None:
        """See :class:`~voicelive_transports.websockets_sync.BlockingTransport`."""
        check_close(code, reason)
        try:
            self._transport.close(code, reason)
        finally:
            self._finish_after_close()

    def _finish_after_close(self) -> None:
        try:
            self._transport.receive(0)  # over by now, so this gives how it ended
        except TransportClosed as end:
            self._finish(end.code, end.reason, clean=end.clean)

    def abort(self) -> None:
        """See :class:`~voicelive_transports.websockets_sync.BlockingTransport`; who receives then writes the end down."""
        self._transport.abort()

    def _finish(self, code: int, reason: str, *, clean: bool) -> None:
        with self._writing:
            self._writer.closed(code, reason, clean=clean)
