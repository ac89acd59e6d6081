"""What is judged as the plain JSON that goes out, and the places where it has no form in JSON."""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from .._audio import audio_as_base64
from .._codec import MAX_DEPTH
from .._plain import shallow

_UNENCODABLE = (TypeError, ValueError, OverflowError, RecursionError)


def as_json(value: Any) -> tuple[Any, tuple[tuple[str, str], ...]]:
    """The value as it goes out, and path and message of what has no form: such keys are left out, such elements of arrays are null."""
    walk = _Walk()
    plain = walk.value(value, "")
    return (None if plain is UNSET else plain), tuple(walk.problems)


class _Walk:
    """Through objects and arrays, no deeper than the codec sends them, and never into one that it is in already."""

    def __init__(self) -> None:
        self.problems: list[tuple[str, str]] = []
        self._inside: set[int] = set()

    def value(self, value: Any, path: str) -> Any:
        """The value; UNSET where it has no form."""
        if isinstance(value, Enum):
            value = value.value
        return self._container(value, path) if isinstance(value, (Mapping, list, tuple)) else self._leaf(value, path)

    def _container(self, value: Any, path: str) -> Any:
        if id(value) in self._inside:
            return self._formless(path, "contains itself, which has no form in JSON")
        if len(self._inside) == MAX_DEPTH:
            return self._formless(path, f"nested more than {MAX_DEPTH} objects and arrays deep, which is not sent")
        self._inside.add(id(value))
        if isinstance(value, Mapping):
            plain: Any = {key: item for key, item in self._items(value, path) if item is not UNSET}
        else:
            elements = [self.value(item, f"{path}[{index}]") for index, item in enumerate(value)]
            plain = [None if item is UNSET else item for item in elements]
        self._inside.remove(id(value))
        return plain

    def _items(self, value: Mapping[Any, Any], path: str) -> Iterator[tuple[str, Any]]:
        for key, item in (shallow(value) if isinstance(value, Struct) else value).items():
            name = self._name(key, path)
            if name is not None:
                yield name, self.value(item, f"{path}.{name}" if path else name)

    def _name(self, key: Any, path: str) -> str | None:
        """A key as it goes out: numbers become text."""
        try:
            return next(iter(msgspec.json.decode(msgspec.json.encode({key: None}), type=dict[str, None])))
        except _UNENCODABLE as error:
            self._formless(path, f"has a key without a form in JSON: {error}")
            return None

    def _leaf(self, value: Any, path: str) -> Any:
        try:
            if _is_binary(value):
                return audio_as_base64(value).decode()
            form = msgspec.json.encode(value)
        except _UNENCODABLE as error:
            return self._formless(path, f"has no form in JSON: {error}")
        if form == b"null" and value is not None:
            return self._formless(path, f"{value} has no form in JSON: an event has null in its place, a mapping is refused")
        return value

    def _formless(self, path: str, message: str) -> Any:
        self.problems.append((path or "$", message))
        return UNSET


def _is_binary(value: Any) -> bool:
    try:
        memoryview(value)
    except TypeError:
        return False
    return True
