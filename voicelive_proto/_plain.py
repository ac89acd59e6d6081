"""From models to plain JSON values, the complete way.

The compiled encoder serves every usual event. This is the way for the rest: irregular instances and ``Unknown…`` models (their keys lie
in `Extra`), the mapping view, reprs.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from math import isfinite
from numbers import Integral, Real
from typing import Any, get_args

from msgspec import UNSET, Struct, structs, to_builtins
from msgspec.structs import astuple
from pybase64 import b64encode

from ._audio import audio_as_text, audio_keys

SHOWN_CHARS = 75
EXTRA_FIELD = "extra_"
"""The field of a class whose instances carry keys that it does not declare."""

SECRET_KEYS = frozenset({"api-key", "api_key", "authorization", "credential", "headers"})

EPOCH = "epoch seconds"
"""Marks a field that is a number of seconds on the wire and reads as a datetime."""

_SCALARS: frozenset[type] = frozenset({str, int, float, bool, type(None)})
_BOOLS = frozenset({"bool", "bool_"})
"""What numpy calls its truth values, which are registered as nothing."""


class Extra:
    """The keys of an object that its class does not declare.

    A type of its own, so that the compiled encoder stops at it and the complete one takes over.
    """

    __slots__ = ("keys",)

    def __init__(self, keys: dict[str, Any]) -> None:
        self.keys = keys

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Extra) and self.keys == other.keys

    def __hash__(self) -> int:
        return hash(frozenset(self.keys))


def declared_class(cls: type) -> type:
    """The class as it stands in the source: what an irregular class was made of."""
    declared: type = cls.__dict__.get("irregular_of_", cls)
    return declared


def wire_items(model: Any) -> Iterator[tuple[str, Any]]:
    """Pairs of wire key and stored value, the discriminator first; binary audio as base64 text."""
    cls: Any = type(model)
    config, audio = cls.__struct_config__, audio_keys(cls)
    if config.tag is not None and not config.tag.startswith("\x00"):
        yield config.tag_field, config.tag
    for key, value in zip(cls.__struct_encode_fields__, astuple(model), strict=True):
        if isinstance(value, Extra):
            yield from value.keys.items()
        elif value is not UNSET:
            yield key, audio_as_text(value) if key in audio else _without_bytes(value)


def wire_value(model: Any, key: str) -> Any:
    """The stored value of one wire key, UNSET when it is absent; binary audio as base64 text."""
    kind: Any = type(model)
    reads = _reads(kind)
    if reads is None:
        return next((value for name, value in wire_items(model) if name == key), UNSET)
    read = reads.get(key)
    return UNSET if read is None else _without_bytes(read(model))


def set_wire_value(model: Any, key: str, value: Any) -> None:
    """Set the field of one wire key.

    Raises:
        KeyError: the class does not declare it; only a model that was made of a mapping carries others.
    """
    kind: Any = type(model)
    for field in structs.fields(kind):
        if field.encode_name == key and field.name != EXTRA_FIELD:
            setattr(model, field.name, value)
            return
    if not hasattr(model, EXTRA_FIELD):
        msg = f"{kind.__name__} has no key {key!r}; {kind.__name__}.from_dict() keeps those that are not declared"
        raise KeyError(msg)
    getattr(model, EXTRA_FIELD).keys[key] = value


def _without_bytes(value: Any) -> Any:
    return b64encode(bytes(value)).decode() if isinstance(value, (bytes, bytearray, memoryview)) else value


def slot_reader(attribute: Any) -> Callable[[Any], Any]:
    """Reads what a class attribute stores: UNSET for an absent field, whose property shows ``None``."""
    read: Callable[[Any], Any] = slot_writer(attribute).__self__.__get__
    return read


def slot_writer(attribute: Any) -> Any:
    """Writes what a class attribute stores, also of a frozen model."""
    return attribute.fset if isinstance(attribute, property) else attribute.__set__


@cache
def _reads(cls: Any) -> dict[str, Callable[[Any], Any]] | None:
    """Wire key -> how its slot is read, as the view shows it; None for a class whose keys are its instance's."""
    config = cls.__struct_config__
    reads: dict[str, Callable[[Any], Any]] = {}
    if config.tag is not None:
        if config.tag.startswith("\x00"):
            return None
        reads[config.tag_field] = lambda _model: config.tag
    for field in structs.fields(cls):
        if field.name == EXTRA_FIELD:
            return None
        read = slot_reader(_slot(cls, field.name))
        audio = field.encode_name in audio_keys(cls)
        reads[field.encode_name] = _composed(audio_as_text, read) if audio else read
    return reads


def _composed(outer: Callable[[Any], Any], inner: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda model: outer(inner(model))


def _slot(cls: Any, name: str) -> Any:
    return next(vars(base)[name] for base in cls.__mro__ if name in vars(base))


def is_epoch(annotation: object) -> bool:
    """Whether a field with this annotation holds seconds, or nothing."""
    return any(EPOCH in getattr(member, "__metadata__", ()) for member in get_args(annotation))


def epoch_seconds(value: Any) -> Any:
    """A datetime as the wire has it, in whole seconds where it can be; anything else as it is."""
    if not isinstance(value, datetime):
        return value
    seconds = value.timestamp()
    return int(seconds) if seconds.is_integer() else seconds


def shallow(model: Any) -> dict[str, Any]:
    """One level of the mapping view; nested models stay models."""
    return dict(wire_items(model))


def to_plain(value: Any) -> Any:
    """Any model, or value inside one, as plain dicts, lists and scalars."""
    if isinstance(value, Struct):
        return _struct_to_plain(value)
    if value.__class__ in _SCALARS:
        return value
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {to_plain(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (bytes, bytearray, memoryview)):
        return b64encode(bytes(value)).decode()
    return _other_to_plain(value)


def _struct_to_plain(value: Any) -> dict[str, Any]:
    cls: Any = type(value)
    if not audio_keys(cls):
        try:
            plain: dict[str, Any] = to_builtins(value)
        except (TypeError, BufferError):  # there is an Extra in it, or a mapping of the user's own kind
            pass
        else:
            return plain
    return {key: to_plain(item) for key, item in wire_items(value)}


def _other_to_plain(value: Any) -> Any:
    try:
        return to_builtins(value, enc_hook=plain_scalar)
    except (TypeError, BufferError):
        if is_dataclass(value) and not isinstance(value, type):
            return {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
        return value


def plain_scalar(value: Any) -> Any:
    """Text, a number or a truth value of a class of its own, as the plain one; numpy's are such.

    Raises:
        TypeError: anything else; JSON has no form for it.
    """
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value)
    if type(value).__name__ in _BOOLS:
        return bool(value)
    if isinstance(value, Extra):
        msg = "cannot send a model with undeclared keys inside a set, or inside an object of another library"
    else:
        msg = f"cannot send a {type(value).__name__} as JSON: {value!r:.60}"
    raise TypeError(msg)


def check_finite(value: Any, levels: int = 100) -> None:
    """Look for NaN and infinities among plain values: JSON has no form for them, and msgspec writes null.

    Raises:
        ValueError: there is one. What is nested more deeply than the levels say is not looked at, as it is no event's.
    """
    if isinstance(value, float):
        if not isfinite(value):
            msg = f"expected a finite number, got {value}"
            raise ValueError(msg)
    elif levels and isinstance(value, (dict, list, tuple)):
        for item in value.values() if isinstance(value, dict) else value:
            if item.__class__ is not str:
                check_finite(item, levels - 1)


class Verbatim(str):
    """Text that is its own repr."""

    __slots__ = ()
    __repr__ = str.__str__


def repr_fields(model: Any) -> Iterator[tuple[str, Verbatim]]:
    """Name and shown value of each present field: audio as its size, long text cut, secrets hidden."""
    for name, value in zip(type(model).__struct_fields__, astuple(model), strict=True):
        pairs = value.keys.items() if isinstance(value, Extra) else [(name, value)] if value is not UNSET else []
        for key, item in pairs:
            yield key, Verbatim(shown(key, item))


def shown(name: str, value: Any) -> str:
    """One value for a repr or a log line; never a credential, never audio."""
    if value is not None and name.lower() in SECRET_KEYS:
        return "<hidden>"
    if isinstance(value, str) and len(value) > SHOWN_CHARS:
        return f"{value[: SHOWN_CHARS - 15]!r}… ({len(value)} characters)"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {shown(str(key), item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(shown("", item) for item in value) + "]"
    size_bytes = _size_bytes(value)
    return repr(value) if size_bytes is None else f"<{size_bytes} bytes>"


def _size_bytes(value: Any) -> int | None:
    """Size of a buffer; None for what is none, and for numpy's scalars, which are buffers of no axis."""
    try:
        view = memoryview(value)
    except (TypeError, ValueError):
        return None
    return view.nbytes if view.ndim else None
