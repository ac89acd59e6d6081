"""Large ``response.audio.delta`` frames, read around their base64, which goes straight through SIMD decoding.

One that differs from the last in its ``event_id`` and its base64 alone is made like that
one, and not parsed. The first of a content part is cut: the JSON decoder gets what stands around the base64. Whatever is in the way of
either, the JSON decoder reads the whole frame; what was learned of frames before never decides what is read of this one.
"""

import re
from collections.abc import Callable
from typing import Any, TypeAlias

from msgspec import DecodeError
from msgspec.structs import replace
from pybase64 import b64decode

from .server_events import ResponseAudioDelta

LARGE_BYTES = 1200
"""Frames up to this size are left to the JSON decoder; the usual delta of 20 ms is beyond."""

CUT_BYTES = 3000
"""Frames above this size are worth cutting; below, the JSON decoder alone is faster (benchmarks, codec)."""

_AFTER_MISS = 64
"""After a large delta that could not be cut, or learned from, so many are not tried."""

_TYPE = b'"response.audio.delta"'
_DELTA_FIRST = b'{"delta":"'
_END = b'"}'
_EVENT_ID = re.compile(rb'"event_id": ?"([^"]*)"')
_DELTA = re.compile(rb'"delta": ?"')

_Reader: TypeAlias = Callable[[bytes], ResponseAudioDelta | None]

write_delta: Callable[[ResponseAudioDelta, bytes], None] = vars(ResponseAudioDelta)["delta"].__set__
"""Completes an event, which is frozen: the compiled decoder leaves base64 text in its place."""


class AudioDeltas:
    """How one peer writes its large audio deltas.

    Args:
        decode: the compiled decoder of all events.

    Attributes:
        read_alike: a frame like the last one to its event; None for any other.
    """

    __slots__ = ("_cut_skip", "_decode", "_learn_skip", "read_alike")

    def __init__(self, decode: Callable[[bytes], Any]) -> None:
        self.read_alike: _Reader = _no_reader
        self._decode = decode
        self._cut_skip = self._learn_skip = 0

    def learn(self, frame: bytes, event: ResponseAudioDelta) -> None:
        """The next frames may be like this one."""
        if self._learn_skip:
            self._learn_skip -= 1
            return
        reader = _reader_of_more(frame, event)
        if reader is None:
            self._learn_skip = _AFTER_MISS
        else:
            self.read_alike = reader

    def cut(self, frame: bytes) -> ResponseAudioDelta | None:
        """The event of a frame, read without its base64; None leaves it to the JSON decoder."""
        if frame.find(_TYPE, 0, 160) < 0 and not frame.startswith(_DELTA_FIRST):
            return None  # another type is no miss
        if self._cut_skip:
            self._cut_skip -= 1
            return None
        key = _DELTA.search(frame, 0, 512)
        event = self._around(frame, key.end()) if key is not None else None
        if event is None:
            self._cut_skip = _AFTER_MISS
        else:
            self.learn(frame, event)
        return event

    def _around(self, frame: bytes, start: int) -> ResponseAudioDelta | None:
        """The event whose base64 begins there; None when something else is in the way.

        What was found is a key of the event itself: an object around it would be refused.
        """
        if frame.endswith(_END):  # the last key: if another one came before it, the last one counts
            end = -len(_END)
            rest = frame[:start] + _END
        else:
            end = frame.find(b'"', start)
            rest = frame[:start] + frame[end:]
            if rest.count(b'"delta"') != 1 or b"\\" in rest:
                return None
        try:
            event = self._decode(rest)
            if event.__class__ is not ResponseAudioDelta:
                return None
            write_delta(event, b64decode(frame[start:end], None, True))
        except (DecodeError, ValueError):
            return None
        return event


def _no_reader(_frame: bytes) -> None:
    """Before the first frame."""


def _reader_of_more(frame: bytes, event: ResponseAudioDelta) -> _Reader | None:
    """A function that reads frames which differ from this one in ``event_id`` and base64 alone, and gives None for all others.

    None when this frame is written in a way that leaves room for something else. No quote stands unescaped in a JSON string, so what
    looks like a key is one.
    """
    if not frame.endswith(_END) or b"\\" in frame:
        return None
    event_id = _EVENT_ID.search(frame, 0, LARGE_BYTES // 2)
    delta = _DELTA.search(frame, event_id.end(), LARGE_BYTES - len(_END)) if event_id is not None else None
    if event_id is None or delta is None or frame.find(b'"', delta.end()) != len(frame) - len(_END):
        return None
    (id_at, id_end), delta_at = event_id.span(1), delta.end()
    head, between, end = frame[:id_at], frame[id_end:delta_at], _END
    if b'"event_id"' in between:
        return None
    like = replace(event, delta=b"")  # its audio shall not be kept

    def read(frame: bytes) -> ResponseAudioDelta | None:
        if frame.startswith(between, id_end) and frame.startswith(head):
            try:
                audio = b64decode(frame[delta_at:-2], None, True)
                event_id = frame[id_at:id_end].decode()
                if (event_id.isidentifier() or _is_plain(event_id)) and frame.endswith(end):
                    return replace(like, event_id=event_id, delta=audio)
            except ValueError:
                pass
        return None

    return read


def _is_plain(event_id: str) -> bool:
    """Whether it stands in JSON as it is, like a UUID; quotes, escapes and control characters do not."""
    return f"_{event_id.replace('-', '_')}".isidentifier()
