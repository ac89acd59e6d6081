"""Audio as callers give it: raw, in a buffer of integers, or as base64 text. One rule for events, mappings and views."""

from functools import cache
from typing import Any

from msgspec.structs import fields
from pybase64 import b64decode, b64encode

BASE64 = "base64"
"""Marks a field that is base64 text on the wire and ``bytes`` once decoded."""

_INTEGER_FORMATS = frozenset({"B", "b", "c", "h", "H", "<h", "=h", "@h"})


def audio_as_base64(audio: Any) -> bytes:
    """Audio for the wire: raw audio (any contiguous or strided buffer of integers) is encoded, base64 text is checked and passed on.

    Raises:
        TypeError: neither text nor a buffer of integers.
        ValueError: text that is not base64.
    """
    if audio.__class__ is bytes:
        return b64encode(audio)
    return _checked_base64(audio) if isinstance(audio, str) else b64encode(raw_audio(audio))


def audio_as_text(audio: Any) -> str:
    """Audio for the mapping view; text stays as it is, since a relay that only looks must not pay for a check.

    Raises:
        TypeError: neither text nor a buffer of integers.
    """
    return audio if isinstance(audio, str) else b64encode(raw_audio(audio)).decode()


def raw_audio(audio: Any) -> bytes:
    """The bytes of a buffer of integers.

    Raises:
        TypeError: something else.
    """
    try:
        view = memoryview(audio)
    except TypeError:
        msg = f"audio must be raw audio as bytes (bytes, bytearray, memoryview, int16 array) or base64 as str, not {type(audio).__name__}"
        raise TypeError(msg) from None
    if view.format not in _INTEGER_FORMATS:
        msg = f"audio has samples of format {view.format!r}; convert them to 16-bit integers first"
        raise TypeError(msg)
    if sum(size > 1 for size in view.shape or ()) > 1:
        msg = f"audio has the shape {view.shape}; pass one channel with one axis (audio.ravel() if it is one channel already)"
        raise TypeError(msg)
    return view.tobytes()


def _checked_base64(text: str) -> bytes:
    encoded = text.encode(errors="replace")
    try:
        b64decode(encoded, None, True)
    except ValueError as error:
        msg = f"audio is a str but not base64 ({error}); pass raw audio as bytes, or base64 as str"
        raise ValueError(msg) from None
    return encoded


@cache
def audio_keys(cls: Any) -> frozenset[str]:
    """The wire keys of a struct whose values are audio."""
    return frozenset(field.encode_name for field in fields(cls) if BASE64 in getattr(field.type, "__metadata__", ()))
