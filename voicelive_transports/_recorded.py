"""Recordings read back, each line checked; ``docs/recordings.md`` describes the format."""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TypeGuard

from ._recording import FORMAT, VERSION, Moment, RecordedInfo, Recording, wav_path
from ._scrub import ELIDED
from ._wav import read_wav

_KINDS: Final = ("sent", "received", "closed")
_PLACE: Final = re.compile(rf'("(?:audio|delta)"\s*:\s*"){re.escape(ELIDED)}(?=")')
_LONE: Final = re.compile("[\ud800-\udfff]")

_MAX_CODE: Final = 0xFFFF
_MAX_S: Final = 1e9
_MAX_PIECE_BYTES: Final = 64 * 1024 * 1024
"""No message carries more audio; a line that says so is damaged."""


def read_recording(path: str | Path) -> Recording:
    """Read a recording whole. Audio that lies in WAV files is put back into its messages; audio that was elided is silence.

    Raises:
        OSError: the file, or a WAV file beside it, can't be read.
        ValueError: it is no recording, one of another version, or one that was cut off or damaged; the message names file and line.
    """
    path = Path(path)
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as exc:
        raise ValueError(f"{path} is no recording: it is not UTF-8 from byte {exc.start} on") from None
    lines = [(number, _object(line, path, number)) for number, line in enumerate(text.split("\n"), 1) if line]
    head = lines[0][1] if lines else {}
    if head.get("format") != FORMAT or head.get("version") != VERSION:
        raise ValueError(f"{path} is no recording of version {VERSION}: its first line has no such format and version")
    url = head.get("url")
    if not _is_text(url):
        raise ValueError(f"{path} is damaged: its first line has no url")
    asked = {name: head[name] for name in ("api_version", "model") if _is_text(head.get(name))}
    info = RecordedInfo(adapter="replay", url=url, tls=url.startswith("wss:"), **asked)
    return Recording(info, list(_moments(lines[1:], path)))


def _object(line: str, path: Path, number: int) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        return found
    if number == 1:
        raise ValueError(f"{path} is no recording of version {VERSION}: its first line is no JSON object")
    raise ValueError(f"{path}, line {number}, is no JSON object; delete the line if the recording was cut off there")


def _moments(lines: list[tuple[int, dict[str, Any]]], path: Path) -> Iterator[Moment]:
    tracks: dict[str, bytes] = {}
    for number, line in lines:
        for kind in _KINDS:
            if kind not in line:
                continue
            if wrong := _wrong(line, kind):
                raise ValueError(f"{path}, line {number}, is damaged: {wrong}")
            at_s, content, audio = line["at_s"], line[kind], line.get("audio")
            if audio is None:
                yield Moment(at_s, kind, content)
                continue
            at, length_bytes = audio.get("wav_at_bytes"), audio["bytes"]
            if at is None:
                piece = bytes(length_bytes)
            else:
                if kind not in tracks:
                    tracks[kind] = read_wav(wav_path(path, kind))
                piece = tracks[kind][at : at + length_bytes]
                if len(piece) < length_bytes:
                    raise ValueError(f"{wav_path(path, kind)} ends before the audio of {path}, line {number}")
            yield Moment(at_s, kind, _restored(content, piece), length_bytes)


def _restored(text: str, piece: bytes) -> str:
    encoded = base64.b64encode(piece).decode()
    return _PLACE.sub(lambda found: found[1] + encoded, text, count=1)


def _wrong(line: dict[str, Any], kind: str) -> str | None:
    """What is wrong with a line, if anything is."""
    if not _is_number(line.get("at_s"), _MAX_S):
        return "at_s is no time in seconds"
    if kind == "closed":
        return None if _is_end(line[kind]) else "closed must have code, reason and clean"
    if not _is_text(line[kind]):
        return f"{kind} is no text of a message"
    return _wrong_audio(line.get("audio"))


def _wrong_audio(audio: object) -> str | None:
    if audio is None:
        return None
    if not isinstance(audio, dict) or not _is_whole(audio.get("bytes"), _MAX_PIECE_BYTES):
        return f"audio must have its bytes, {_MAX_PIECE_BYTES} at most"
    if audio.get("wav_at_bytes") is not None and not _is_whole(audio["wav_at_bytes"], sys.maxsize):
        return "wav_at_bytes is no place in a file"
    return None


def _is_number(found: object, largest: float) -> bool:
    return isinstance(found, (int, float)) and not isinstance(found, bool) and 0 <= found <= largest


def _is_whole(found: object, largest: float) -> bool:
    return isinstance(found, int) and _is_number(found, largest)


def _is_text(found: object) -> TypeGuard[str]:
    """Whether it is a str that can be sent: one with a lone surrogate can't."""
    return isinstance(found, str) and (found.isascii() or _LONE.search(found) is None)


def _is_end(found: object) -> bool:
    if not isinstance(found, dict):
        return False
    return _is_whole(found.get("code"), _MAX_CODE) and _is_text(found.get("reason")) and isinstance(found.get("clean"), bool)
