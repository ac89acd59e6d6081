"""Decoding to plain dicts, without types or checks; and the limit, the least work for the same bytes."""

import base64
import json
from collections.abc import Callable
from typing import Any

from benchmarks import payloads

from . import cases
from .cases import Cases, bind


def _untyped(loads: Callable[[bytes], Any], dumps: Callable[[Any], bytes], b64decode: Callable[[str], bytes], b64encode: Any) -> Cases:
    def play(frames: list[bytes]) -> int:
        pcm_bytes = 0
        for frame in frames:
            event = loads(frame)
            if event["type"] == "response.audio.delta":
                pcm_bytes += len(b64decode(event["delta"]))
        return pcm_bytes

    return {
        **cases.decoding(loads, lambda frame: b64decode(loads(frame)["delta"])),
        **cases.turns(play),
        **cases.events(loads),
        **cases.appends(lambda pcm: dumps({"type": "input_audio_buffer.append", "audio": b64encode(pcm).decode()})),
        **cases.client_events(lambda message: message, dumps),
    }


def plain_json() -> Cases:
    """The standard library."""
    return _untyped(json.loads, lambda event: json.dumps(event).encode(), base64.b64decode, base64.b64encode)


def plain_orjson() -> Cases:
    """With orjson, and SIMD base64."""
    import orjson
    import pybase64

    return _untyped(orjson.loads, orjson.dumps, lambda text: pybase64.b64decode(text, None, True), pybase64.b64encode)


def plain_msgspec() -> Cases:
    """With msgspec, and SIMD base64."""
    import msgspec
    import pybase64

    return _untyped(
        msgspec.json.Decoder().decode, msgspec.json.Encoder().encode, lambda text: pybase64.b64decode(text, None, True), pybase64.b64encode
    )


def limit() -> Cases:
    """Search, copy and SIMD base64 at known offsets. Not a usable client."""
    import pybase64

    def delta(frame: bytes) -> bytes:
        copy = bytes(bytearray(frame))
        return pybase64.b64decode(copy[copy.find(b'"delta":"') + 9 : -2], None, True)

    def append(pcm: bytes) -> bytes:
        return b"".join((b'{"type":"input_audio_buffer.append","audio":"', pybase64.b64encode(pcm), b'"}'))

    def play(frames: list[bytes]) -> int:
        pcm_bytes = 0
        for frame in frames:
            if frame.find(b'"response.audio.delta"', 0, 100) > 0:
                pcm_bytes += len(delta(frame))
            else:
                bytes(bytearray(frame))
        return pcm_bytes

    audio = {cases.audio_delta(ms): bind(delta, payloads.audio_delta(ms)) for ms in cases.AUDIO_MS}
    return {**audio, **cases.turns(play), **cases.appends(append)}
