"""Raw audio in a WAV file, appended to piece by piece and read back by place."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Final

_UNKNOWN_LENGTH: Final = 0xFFFF_FFFF
"""Stands in the header until the file is closed; readers take what is there."""

_MAX_LENGTH: Final = _UNKNOWN_LENGTH - 1024
"""More has no place in the header's 32 bits; it takes a day to come there."""

_TAGS: Final = {"pcm16": (1, 16), "g711_alaw": (6, 8), "g711_ulaw": (7, 8)}
"""Format -> its number in a WAV, and bits a sample."""


class WavWriter:
    """A WAV file that is being written.

    Args:
        path: the file.
        encoding: ``pcm16``, ``g711_alaw`` or ``g711_ulaw``.
        rate_hz: samples a second.
        channels: 1, or 2 for interleaved ones.

    Attributes:
        length_bytes: audio written so far.
    """

    def __init__(self, path: Path, encoding: str, rate_hz: int, channels: int = 1) -> None:
        self.length_bytes = 0
        self._layout = (encoding, rate_hz, channels)
        self._file = path.open("wb")
        self._write(_header(*self._layout, None))

    def append(self, audio: bytes) -> int:
        """Write a piece; gives the place in the audio at which it begins, in bytes."""
        at_bytes = self.length_bytes
        self._write(audio)
        self.length_bytes += len(audio)
        return at_bytes

    def _write(self, piece: bytes) -> None:
        self._file.write(piece)
        self._file.flush()  # the line that points to it survives a crash, so it must, too

    def close(self) -> None:
        """Complete the header, and close the file."""
        if self._file.closed:
            return
        with self._file as file:
            if self.length_bytes % 2:
                file.write(b"\0")  # chunks begin at even places
            file.seek(0)
            file.write(_header(*self._layout, self.length_bytes))


def _header(encoding: str, rate_hz: int, channels: int, length_bytes: int | None) -> bytes:
    tag, bits = _TAGS[encoding]
    frame_bytes = channels * bits // 8
    layout = struct.pack("<HHIIHHH", tag, channels, rate_hz, rate_hz * frame_bytes, frame_bytes, bits, 0)
    if length_bytes is not None and length_bytes > _MAX_LENGTH:
        length_bytes = None
    data_bytes = _UNKNOWN_LENGTH if length_bytes is None else length_bytes
    chunks = struct.pack("<4sI", b"fmt ", len(layout)) + layout
    if tag != 1:  # what isn't PCM says how many samples there are
        chunks += struct.pack("<4sII", b"fact", 4, data_bytes if length_bytes is None else length_bytes // frame_bytes)
    whole = _UNKNOWN_LENGTH if length_bytes is None else 4 + len(chunks) + 8 + length_bytes + length_bytes % 2
    return struct.pack("<4sI4s", b"RIFF", whole, b"WAVE") + chunks + struct.pack("<4sI", b"data", data_bytes)


def read_wav(path: Path) -> bytes:
    """The audio of a WAV file, whole; also of one that was never completed.

    Raises:
        OSError: the file can't be read.
        ValueError: it is no WAV file.
    """
    content = path.read_bytes()
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise ValueError(f"{path} is no WAV file")
    at = 12
    while len(content) - at >= 8:
        name, length_bytes = struct.unpack_from("<4sI", content, at)
        if name == b"data":
            return content[at + 8 : at + 8 + length_bytes]
        at += 8 + length_bytes + length_bytes % 2
    raise ValueError(f"{path} is a WAV file without audio")
