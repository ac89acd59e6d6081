"""The format of recordings, version 1, and how they are written; ``docs/recordings.md`` describes it."""

from __future__ import annotations

import base64
import json
import logging
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, get_args
from urllib.parse import parse_qsl

from ._scrub import ELIDED, scrub
from ._wav import WavWriter
from .base import TransportInfo

FORMAT: Final = "voicelive-recording"
VERSION: Final = 1

AudioMode = Literal["elided", "kept", "wav"]
"""What becomes of audio: left out, kept in the messages, or written to WAV files beside the recording."""

_log = logging.getLogger("voicelive_transports.record")

_AUDIO_MODES: Final = get_args(AudioMode)
_LONG_AUDIO: Final = re.compile(rb'"(?=[A-Za-z0-9+/\\]{256})[A-Za-z0-9+/]*(?:\\/[A-Za-z0-9+/]*)*={0,2}"')
_STREAMED: Final = re.compile(rb'"type"\s*:\s*"(?:response\.audio\.delta|input_audio_buffer\.append|input_audio\.turn\.append)"')
_PIECE: Final = re.compile(rb'("(?:audio|delta)"\s*:\s*")([A-Za-z0-9+/]*(?:\\/[A-Za-z0-9+/]*)*={0,2})(?=")')
_LAYOUT: Final = re.compile(
    rb'"(?:(in|out)put_audio_format"\s*:\s*"([\w-]+)"|input_audio_sampling_rate"\s*:\s*(\d{1,6})\b|channels"\s*:\s*([12])\b)'
)
_RATE: Final = re.compile(r"pcm16[-_](\d{1,6})hz")


_OF_THE_QUERY: Final = {"api-version": "api_version", "model": "model"}
"""What is kept of a URL's query -> its member of the first line. The rest may be secret."""


@dataclass(frozen=True)
class RecordedInfo(TransportInfo):
    """Facts about the connection that was recorded."""

    api_version: str | None = None
    """The version of the service's interface that was asked for; None where the recording doesn't say."""
    model: str | None = None
    """The model that was asked for; None where the recording doesn't say, or there was none."""


class Moment(NamedTuple):
    """One line of a recording after the first."""

    at_s: float
    """Seconds since the connection was opened."""
    kind: str
    """``"sent"``, ``"received"`` or ``"closed"``."""
    content: Any
    """The text of a message, or a dict with code, reason and clean."""
    audio_bytes: int | None = None
    """Length of the audio that a message streamed, in bytes, where the recording says so."""


class Recording(NamedTuple):
    """A recording, read whole."""

    info: RecordedInfo
    """Which connection it was."""
    moments: list[Moment]
    """What happened, in order."""


def wav_path(path: Path, kind: str) -> Path:
    """Where the audio of one direction lies: ``call.sent.wav`` and ``call.received.wav`` beside ``call.jsonl``."""
    return path.with_name(f"{path.stem}.{kind}.wav")


def numbered(path: Path, number: int) -> Path:
    """The file of the first, second... connection that is recorded to a path."""
    return path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")


class RecordingFiles:
    """The files of one opener's connections, one each.

    Args:
        path: the first file.
        audio: what becomes of audio.
    """

    def __init__(self, path: str | Path, audio: AudioMode) -> None:
        self._path = Path(path)
        self._audio: AudioMode = audio
        self._last = 0
        self._taken_back: set[int] = set()
        self._numbering = threading.Lock()

    @contextmanager
    def next(self, url: str) -> Iterator[RecordingWriter]:
        """The next file, while its connection is opened and its first line written: where that fails, it is taken back.

        Args:
            url: of the connection.

        Raises:
            OSError, ValueError: as of `RecordingWriter`.
        """
        with self._numbering:
            number = min(self._taken_back, default=self._last + 1)
            writer = RecordingWriter(numbered(self._path, number), audio=self._audio, url=url)
            self._taken_back.discard(number)
            self._last = max(self._last, number)
        try:
            yield writer
        except BaseException:
            writer._discard()
            with self._numbering:
                self._taken_back.add(number)
            raise


class RecordingWriter:
    """Writes one recording.

    What fails once it has begun, as on a full disk, ends the recording with an error in the log, and not the call.

    Args:
        path: the file.
        audio: what becomes of audio.
        url: the whole URL of the connection; of its query only the version and the model are written.

    Raises:
        OSError: the file can't be written.
        ValueError: an unknown ``audio``.
    """

    def __init__(self, path: str | Path, *, audio: AudioMode = "elided", url: str = "") -> None:
        if audio not in _AUDIO_MODES:
            raise ValueError(f"audio is {audio!r}; it can be {', '.join(map(repr, _AUDIO_MODES))}")
        self._path = Path(path)
        self._audio: AudioMode = audio
        self._is_new = not self._path.exists()
        # Whole lines survive a crash. An older recording stays until this one begins.
        self._file = self._path.open("a", buffering=1, encoding="utf-8", newline="\n")
        query = dict(parse_qsl(url.partition("?")[2].partition("#")[0]))
        self._asked = {member: scrub(query[name].encode()).decode() for name, member in _OF_THE_QUERY.items() if name in query}
        self._begun_s = time.monotonic()
        self._tracks: dict[str, WavWriter] = {}
        self._layouts: dict[str, tuple[str, int]] = {"sent": ("pcm16", 24_000), "received": ("pcm16", 24_000)}
        self._sent_channels = 1

    def begin(self, info: TransportInfo) -> None:
        """Write the first line, in place of what was there; the time begins.

        Raises:
            OSError: it can't be written.
        """
        head: dict[str, object] = {
            "format": FORMAT,
            "version": VERSION,
            "adapter": info.adapter,
            "url": scrub(info.url.encode()).decode(),
            **self._asked,
            "audio": self._audio,
        }
        if self._audio == "wav":
            head["wav"] = {kind: wav_path(self._path, kind).name for kind in ("sent", "received")}
        self._begun_s = time.monotonic()
        if self._path.is_file():
            self._file.truncate(0)
        self._write(head)

    def message(self, kind: Literal["sent", "received"], frame: bytes) -> None:
        """Write a message down, without its secrets. Does nothing once the recording is closed."""
        if self._file.closed:
            return
        try:
            self._write_message(kind, frame)
        except OSError as exc:
            self._give_up(exc)

    def _write_message(self, kind: str, frame: bytes) -> None:
        line: dict[str, object] = {"at_s": self._now_s()}
        streamed = _PIECE.search(frame) if _STREAMED.search(frame) else None
        audio = _decoded(streamed[2]) if streamed else None
        if streamed is None or audio is None:
            self._write({**line, kind: self._shown(frame)})
            return
        if self._audio == "kept":
            shown = streamed[2]
        else:
            shown = ELIDED.encode()
            line["audio"] = self._take(kind, audio)
        text = scrub(frame[: streamed.end(1)]) + shown + scrub(frame[streamed.end() :])
        self._write({**line, kind: text.decode(errors="replace")})

    def _shown(self, frame: bytes) -> str:
        """A message that streams no audio, though it may hold some, as an item that was retrieved does."""
        if self._audio == "wav":
            self._note_layout(frame)
        if self._audio == "elided":
            frame = _LONG_AUDIO.sub(b'"..."', frame)
        return scrub(frame).decode(errors="replace")

    def _take(self, kind: str, audio: bytes) -> dict[str, int]:
        """What the line says of the audio that isn't in its message."""
        if self._audio == "elided":
            return {"bytes": len(audio)}
        track = self._tracks.get(kind)
        if track is None:
            channels = self._sent_channels if kind == "sent" else 1
            track = self._tracks[kind] = WavWriter(wav_path(self._path, kind), *self._layouts[kind], channels)
        return {"bytes": len(audio), "wav_at_bytes": track.append(audio)}

    def _note_layout(self, frame: bytes) -> None:
        """Formats are fixed once audio has flowed, so the last ones that were named before it hold."""
        for side, name, rate, channels in _LAYOUT.findall(frame):
            if channels:
                self._sent_channels = int(channels)
            elif rate:
                encoding, _ = self._layouts["sent"]
                self._layouts["sent"] = (encoding, int(rate) if encoding == "pcm16" else 8_000)
            else:
                self._layouts["sent" if side == b"in" else "received"] = _layout(name.decode().lower())

    def closed(self, code: int, reason: str, *, clean: bool) -> None:
        """Write down how the connection ended, and close the recording. Does nothing the second time."""
        if self._file.closed:
            return
        try:
            self._write({"at_s": self._now_s(), "closed": {"code": code, "reason": scrub(reason.encode()).decode(), "clean": clean}})
            self.close()
        except OSError as exc:
            self._give_up(exc)

    def close(self) -> None:
        """Close the files."""
        self._file.close()
        for track in self._tracks.values():
            track.close()

    def _give_up(self, error: OSError) -> None:
        _log.error("%s can't be written, so the recording ends here; the call goes on: %s", self._path, error)
        for close in (self._file.close, *(track.close for track in self._tracks.values())):
            with suppress(OSError):  # each is closed all the same
                close()

    def _discard(self) -> None:
        """Close the file; where there was none before, there is none again."""
        with suppress(OSError):
            self._file.close()
        if self._is_new and self._path.is_file():
            self._path.unlink()

    def _now_s(self) -> float:
        return round(time.monotonic() - self._begun_s, 6)

    def _write(self, line: dict[str, object]) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _decoded(piece: bytes) -> bytes | None:
    """The audio of a base64 text; None for what is none."""
    try:
        return base64.b64decode(piece.replace(b"\\/", b"/"))
    except ValueError:
        return None


def _layout(name: str) -> tuple[str, int]:
    """Encoding and rate of a format by its wire name."""
    plain = name.replace("-", "_")
    if plain in ("g711_ulaw", "g711_alaw"):
        return plain, 8_000
    rate = _RATE.fullmatch(name)
    return "pcm16", int(rate[1]) if rate else 24_000
