"""The format of recordings, version 1: how they are written and read; ``docs/recordings.md`` describes it."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, get_args
from urllib.parse import parse_qsl

from ._scrub import ELIDED, scrub
from ._wav import WavWriter, read_wav
from .base import TransportInfo

FORMAT: Final = "voicelive-recording"
VERSION: Final = 1

AudioMode = Literal["elided", "kept", "wav"]
"""What becomes of audio: left out, kept in the messages, or written to WAV files beside the recording."""

_AUDIO_MODES: Final = get_args(AudioMode)
_LONG_AUDIO: Final = re.compile(rb'"(?=[A-Za-z0-9+/\\]{256})[A-Za-z0-9+/]*(?:\\/[A-Za-z0-9+/]*)*={0,2}"')
_STREAMED: Final = re.compile(rb'"type"\s*:\s*"(?:response\.audio\.delta|input_audio_buffer\.append|input_audio\.turn\.append)"')
_PIECE: Final = re.compile(rb'("(?:audio|delta)"\s*:\s*")([A-Za-z0-9+/]*(?:\\/[A-Za-z0-9+/]*)*={0,2})(?=")')
_PLACE: Final = re.compile(rf'("(?:audio|delta)"\s*:\s*"){re.escape(ELIDED)}(?=")')
_LAYOUT: Final = re.compile(
    rb'"(?:(in|out)put_audio_format"\s*:\s*"([\w-]+)"|input_audio_sampling_rate"\s*:\s*(\d+)|channels"\s*:\s*([12])\b)'
)
_RATE: Final = re.compile(r"pcm16[-_](\d+)hz")


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


def read_recording(path: str | Path) -> Recording:
    """Read a recording whole. Audio that lies in WAV files is put back into its messages; audio that was elided is silence.

    Raises:
        OSError: the file, or a WAV file beside it, can't be read.
        ValueError: it is no recording, one of another version, or one that was cut off.
    """
    path = Path(path)
    lines = [_object(line, path, number) for number, line in enumerate(path.read_text("utf-8").split("\n"), 1) if line]
    head = lines[0] if lines else {}
    if head.get("format") != FORMAT or head.get("version") != VERSION:
        raise ValueError(f"{path} is no recording of version {VERSION}: its first line has no such format and version")
    url = head["url"]
    info = RecordedInfo(adapter="replay", url=url, tls=url.startswith("wss:"), api_version=head.get("api_version"), model=head.get("model"))
    return Recording(info, list(_moments(lines[1:], path)))


def _object(line: str, path: Path, number: int) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if isinstance(found, dict):
        return found
    if number == 1:
        raise ValueError(f"{path} is no recording of version {VERSION}: its first line is no JSON object")
    raise ValueError(f"{path}, line {number}, is no JSON object; delete the line if the recording was cut off there")


def _moments(lines: list[dict[str, Any]], path: Path) -> Iterator[Moment]:
    tracks: dict[str, bytes] = {}
    for line in lines:
        for kind in line.keys() & {"sent", "received", "closed"}:
            content, audio = line[kind], line.get("audio")
            if audio is None:
                yield Moment(line["at_s"], kind, content)
                continue
            if "wav_at_bytes" in audio and kind not in tracks:
                tracks[kind] = read_wav(wav_path(path, kind))
            yield Moment(line["at_s"], kind, _restored(content, audio, tracks.get(kind, b"")), audio["bytes"])


def _restored(text: str, audio: dict[str, int], track: bytes) -> str:
    at, length_bytes = audio.get("wav_at_bytes"), audio["bytes"]
    piece = bytes(length_bytes) if at is None else track[at : at + length_bytes]
    encoded = base64.b64encode(piece).decode()
    return _PLACE.sub(lambda found: found[1] + encoded, text, count=1)


class RecordingFiles:
    """The files of one opener's connections, one each.

    Args:
        path: the first file.
        audio: what becomes of audio.
    """

    def __init__(self, path: str | Path, audio: AudioMode) -> None:
        self._path = Path(path)
        self._audio: AudioMode = audio
        self._opened = 0

    @contextmanager
    def next(self, url: str) -> Iterator[RecordingWriter]:
        """The next file, while its connection is opened: where there comes none, it is taken back.

        Args:
            url: of the connection.

        Raises:
            OSError, ValueError: as of `RecordingWriter`.
        """
        number = self._opened + 1
        writer = RecordingWriter(numbered(self._path, number), audio=self._audio, url=url)
        self._opened = number
        try:
            yield writer
        except BaseException:
            writer._discard()
            self._opened -= number == self._opened
            raise


class RecordingWriter:
    """Writes one recording.

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
        self._file = self._path.open("w", buffering=1, encoding="utf-8", newline="\n")  # whole lines survive a crash
        query = dict(parse_qsl(url.partition("?")[2].partition("#")[0]))
        self._asked = {member: scrub(query[name].encode()).decode() for name, member in _OF_THE_QUERY.items() if name in query}
        self._begun_s = time.monotonic()
        self._tracks: dict[str, WavWriter] = {}
        self._layouts: dict[str, tuple[str, int]] = {"sent": ("pcm16", 24_000), "received": ("pcm16", 24_000)}
        self._sent_channels = 1

    def begin(self, info: TransportInfo) -> None:
        """Write the first line; the time begins."""
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
        self._write(head)

    def message(self, kind: Literal["sent", "received"], frame: bytes) -> None:
        """Write a message down, without its secrets. Does nothing once the recording is closed."""
        if self._file.closed:
            return
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
        self._write({"at_s": self._now_s(), "closed": {"code": code, "reason": scrub(reason.encode()).decode(), "clean": clean}})
        self.close()

    def close(self) -> None:
        """Close the files."""
        self._file.close()
        for track in self._tracks.values():
            track.close()

    def _discard(self) -> None:
        self.close()
        if self._path.is_file():
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
