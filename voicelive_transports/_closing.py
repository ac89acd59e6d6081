"""Close codes and reasons: their names, and what an endpoint may send.

Source: RFC 6455 section 7.4 and the IANA registry "WebSocket Close Code Number" that grew from it.
"""

from __future__ import annotations

from typing import Final

PROTOCOL_ERROR: Final = 1002
NO_CODE: Final = 1005
ABNORMAL: Final = 1006
INVALID_TEXT: Final = 1007
TOO_BIG: Final = 1009

NOT_UTF8: Final = "message is not UTF-8"
"""The reason that goes with 1007."""

MAX_REASON_BYTES: Final = 123
"""A control frame carries 125 bytes, and the code takes two of them (RFC 6455 section 5.5)."""

_NAMES: Final = {
    1000: "normal closure",
    1001: "going away",
    1002: "protocol error",
    1003: "unsupported data",
    1005: "no close code received",
    1006: "no close frame received",
    1007: "invalid text",
    1008: "policy violation",
    1009: "message too big",
    1010: "extension missing",
    1011: "server error",
    1012: "service restart",
    1013: "try again later",
    1014: "bad gateway",
}

_NEVER_SENT: Final = frozenset({1004, NO_CODE, ABNORMAL, 1010})
"""Reserved (1004), read only from the absence of a code or frame (1005, 1006), or about extensions (1010)."""


def describe_code(code: int) -> str:
    """Name a close code in words; codes of applications and libraries have no registered name."""
    return _NAMES.get(code, "application code")


def may_be_received(code: int) -> bool:
    """Tell whether a close frame may carry the code (RFC 6455 section 7.4); over any other the connection fails, with 1002."""
    return 1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999


def check_close(code: int, reason: str) -> None:
    """Refuse what no close frame can carry, before anything is sent.

    Raises:
        TypeError: ``code`` isn't an int or ``reason`` isn't a str.
        ValueError: ``code`` may not be sent, or ``reason`` takes more than 123 bytes as UTF-8.
    """
    if isinstance(code, bool) or not isinstance(code, int):
        raise TypeError(f"close code must be an int, not {type(code).__name__}")
    if not isinstance(reason, str):
        raise TypeError(f"close reason must be a str, not {type(reason).__name__}")
    if not (1000 <= code <= 1014 or 3000 <= code <= 4999) or code in _NEVER_SENT:
        raise ValueError(f"close code {code} can't be sent; use 1000 (normal closure), or 3000 to 4999 for your own")
    size_bytes = len(reason.encode())
    if size_bytes > MAX_REASON_BYTES:
        raise ValueError(f"close reason has {size_bytes} bytes as UTF-8; a close frame carries {MAX_REASON_BYTES}")
