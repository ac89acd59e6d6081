"""What crosses the seam: text messages as UTF-8 bytes."""

from __future__ import annotations


def encode_frame(frame: str | bytes) -> bytes:
    """Turn what a caller sends into UTF-8 bytes.

    Raises:
        TypeError: it is neither str nor bytes.
        UnicodeEncodeError: it is a str with a lone surrogate.
    """
    if isinstance(frame, bytes):
        return frame
    if isinstance(frame, str):
        return frame.encode()
    raise TypeError(f"frame must be str or bytes, not {type(frame).__name__}")


def is_utf8(frame: bytes) -> bool:
    """Tell whether a received message is valid UTF-8."""
    # Nearly all messages are ASCII, and to ask for that makes no copy.
    if frame.isascii():
        return True
    try:
        frame.decode()
    except UnicodeDecodeError:
        return False
    return True
