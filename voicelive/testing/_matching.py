"""What a test expects of an event's fields, and where an event differs from that.

An expected value may be a plain value (equal), a mapping (the event's may hold more), a list (of equal length, element by element), audio
as bytes (the same as base64), a compiled pattern (found in the text), a class (of which it is), a function (true for the value), `ANY`
(there, whatever it is) or `ABSENT` (not there).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final


@final
class Mark:
    """A value that stands for itself."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


ANY: Final = Mark("ANY")
"""The field is there, with any value, null too."""

ABSENT: Final = Mark("ABSENT")
"""The field isn't there."""

_NOTHING: Final = Mark("nothing")
_SHOWN_CHARS: Final = 120


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that isn't as expected.

    Attributes:
        path: where it is, such as ``session.tools[0].name``.
        expected: what was expected, in words.
        came: what came, in words.
    """

    path: str
    expected: str
    came: str

    def __str__(self) -> str:
        return f"{self.path}: expected {self.expected}, came {self.came}"


def differences(expected: Any, came: Any, path: str = "") -> Iterator[Difference]:
    """Compare a value that came with what is expected; nothing is given when it fits."""
    if isinstance(expected, Mapping):
        if not isinstance(came, Mapping):
            yield _difference(path, expected, came)
            return
        for key, value in expected.items():
            yield from differences(value, came.get(key, _NOTHING), f"{path}.{key}" if path else str(key))
    elif _is_list(expected) and _is_list(came) and len(expected) == len(came):
        for index, (value, other) in enumerate(zip(expected, came, strict=True)):
            yield from differences(value, other, f"{path}[{index}]")
    elif not _fits(expected, came):
        yield _difference(path, expected, came)


def _fits(expected: Any, came: Any) -> bool:
    if came is _NOTHING or expected is ABSENT:
        return came is _NOTHING and expected is ABSENT
    if expected is ANY:
        return True
    if isinstance(expected, re.Pattern):
        return isinstance(came, str) and expected.search(came) is not None
    if isinstance(expected, type):
        return isinstance(came, expected)
    if callable(expected):
        return bool(expected(came))
    if isinstance(expected, bytes):
        expected = base64.b64encode(expected).decode()
    # In Python True equals 1; in JSON it doesn't.
    return bool(expected == came) and isinstance(expected, bool) == isinstance(came, bool)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def _difference(path: str, expected: Any, came: Any) -> Difference:
    return Difference(path, shown(expected), shown(came))


def shown(value: Any) -> str:
    """A value in a report: short, and of a pattern or a function what it asks for."""
    if isinstance(value, re.Pattern):
        return f"text with /{value.pattern}/"
    if isinstance(value, type):
        return f"a {value.__name__}"
    if callable(value) and not isinstance(value, Mapping):
        return f"what {getattr(value, '__name__', repr(value))} takes"
    text = repr(dict(value) if isinstance(value, Mapping) else value)
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}... ({len(text)} characters)"
