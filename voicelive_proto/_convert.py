"""From plain JSON values to models, the tolerant way.

The compiled decoder takes every usual frame. When it refuses one, this module builds the same classes from the decoded object and lets
only the node that is new degrade: an unknown member of a family becomes the family's ``Unknown…`` class, an object with undeclared keys
or without required ones becomes an *irregular* instance of its own class. What is left is a known field with a wrong type, and that is
a `MalformedFrame` with its path.
"""

import functools
import re
import types
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import Enum
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
import pybase64
from msgspec import Struct

from ._audio import BASE64, raw_audio
from ._base import ABSENT, UNKNOWN_TAG, Deferred, ModelMeta, Unknown
from ._plain import EXTRA_FIELD, Extra, check_finite, epoch_seconds, is_epoch, plain_scalar
from ._registry import FAMILIES
from .errors import MalformedFrame

Converter = Callable[[Any, str], Any]

_SOME_KEY = "[...]"
"""What msgspec calls a key of a map in a path."""

_WORD = re.compile(r"\w+")


def from_mapping(cls: type[Any], data: Mapping[str, Any]) -> Any:
    """Build a model of ``cls``, or of the family member that the data names, from a mapping by wire name.

    Raises:
        MalformedFrame: a known field has the wrong type.
    """
    return converter(FAMILIES.get(cls, cls))(data, "$")


@functools.cache
def irregular(cls: Any) -> Any:
    """The subclass of ``cls`` whose instances carry undeclared keys, and read ``None`` where a required or constant key was missing."""
    required = [field for field in msgspec.structs.fields(cls) if field.default is not ABSENT]
    namespace: dict[str, Any] = {
        "__module__": cls.__module__,
        "__qualname__": cls.__qualname__,
        "__annotations__": {field.name: field.type for field in required} | {EXTRA_FIELD: Extra},
        "irregular_of_": cls,
    }
    for field in required:
        namespace[field.name] = msgspec.field(default=ABSENT, name=field.encode_name)
    return ModelMeta(cls.__name__, (cls,), namespace)


@functools.cache
def converter(kind: Any) -> Converter:
    """The function that turns a plain value into what an annotation asks for."""
    origin, args = get_origin(kind), get_args(kind)
    if is_epoch(kind):
        return functools.partial(_seconds, kind)
    if origin is Annotated:
        mark = args[1]  # what is no audio names another type than the compiled decoder's
        return _base64 if mark == BASE64 else converter(mark)
    if origin in (Union, types.UnionType):
        return _union(args)
    if origin is list and _holds_models(args[0]):
        return _list(args[0])
    if isinstance(kind, type) and issubclass(kind, Struct):
        return _struct(kind)
    return functools.partial(_leaf, kind)


def _holds_models(kind: Any) -> bool:
    if isinstance(kind, type) and not get_args(kind):
        return issubclass(kind, (Struct, Deferred))
    return any(_holds_models(arg) for arg in get_args(kind))


def _base64(value: Any, path: str) -> bytes:
    if isinstance(value, str):
        try:
            return pybase64.b64decode(value, validate=True)
        except ValueError as error:
            raise MalformedFrame(f"not base64: {error}", path=path) from None
    if type(value) in _JSON_KINDS:
        raise MalformedFrame(f"expected base64 text, got {_kind(value)}", path=path)
    try:
        return raw_audio(value)
    except (TypeError, ValueError) as error:
        raise MalformedFrame(str(error), path=path) from None


def _seconds(kind: Any, value: Any, path: str) -> Any:
    return _leaf(kind, epoch_seconds(value), path)


def _leaf(kind: Any, value: Any, path: str) -> Any:
    try:
        converted = _converted(kind, value)
        if converted.__class__ is not str:
            check_finite(converted)
    except msgspec.ValidationError as error:
        problem, _, inner = str(error).partition(" - at `$")
        if inner.startswith(_SOME_KEY):
            inner = _refused_key(kind, value) + inner.removeprefix(_SOME_KEY)
        raise MalformedFrame(problem[:1].lower() + problem[1:], path=path + inner.rstrip("`")) from None
    except ValueError as error:
        raise MalformedFrame(str(error), path=path) from None
    return converted


def _converted(kind: Any, value: Any) -> Any:
    if isinstance(value, Enum):
        value = value.value
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        with suppress(TypeError, RecursionError):
            return msgspec.convert(_with_plain_scalars(value), kind)
        raise


def _with_plain_scalars(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _with_plain_scalars(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_with_plain_scalars(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    return value if type(value) in _JSON_KINDS else plain_scalar(value)


def _refused_key(kind: Any, value: Mapping[str, Any]) -> str:
    """The step to the first value that the map may not hold, which msgspec does not tell; a key that is no word would be no step."""
    key = next(key for key, item in value.items() if not _fits(kind, {key: item}))
    return f".{key}" if _WORD.fullmatch(key) else _SOME_KEY


def _fits(kind: Any, value: Any) -> bool:
    try:
        _converted(kind, value)
    except msgspec.ValidationError:
        return False
    return True


def _list(item: Any) -> Converter:
    convert = converter(item)

    def convert_list(value: Any, path: str) -> Any:
        if not isinstance(value, (list, tuple)):
            raise MalformedFrame(f"expected an array, got {_kind(value)}", path=path)
        return [convert(element, f"{path}[{index}]") for index, element in enumerate(value)]

    return convert_list


def _union(members: tuple[Any, ...]) -> Converter:
    models = [member for member in members if _holds_models(member)]
    plain = tuple(member for member in members if member not in models)
    if not models:
        return functools.partial(_leaf, Union[plain])
    convert_model = _family(models) if len(models) > 1 else converter(models[0])
    takes_scalars = any(member is not type(None) for member in plain)

    def convert_union(value: Any, path: str) -> Any:
        if takes_scalars and not isinstance(value, Mapping):
            return _leaf(Union[plain], value, path)
        return convert_model(value, path)

    return convert_union


def _family(members: list[Any]) -> Converter:
    tag_field = members[0].__struct_config__.tag_field
    by_tag: dict[Any, list[Any]] = {}
    for member in members:
        by_tag.setdefault(member.__struct_config__.tag, []).append(member)
    fallback = by_tag.pop(UNKNOWN_TAG, None) or members

    def convert_member(value: Any, path: str) -> Any:
        if isinstance(value, Struct):
            return value
        if not isinstance(value, Mapping):
            raise MalformedFrame(f"expected an object, got {_kind(value)}", path=path)
        tag = value.get(tag_field)
        same_tag = by_tag.get(tag, fallback) if isinstance(tag, str) else fallback
        return _struct(_by_role(same_tag, value))(value, path)

    return convert_member


def _by_role(same_tag: list[Any], value: Mapping[str, Any]) -> Any:
    """Of the classes that share a type, the one for the object's role; the last is the base, for any other role."""
    for member in same_tag[:-1]:
        if _fields(member)["role"][2] == value.get("role"):
            return member
    return same_tag[-1]


@functools.cache
def _fields(cls: Any) -> dict[str, tuple[str, Converter, Any]]:
    """Wire key -> attribute, converter, default; without the slot for undeclared keys."""
    return {
        field.encode_name: (field.name, converter(field.type), field.default)
        for field in msgspec.structs.fields(cls)
        if field.name != EXTRA_FIELD
    }


@functools.cache
def _struct(cls: Any) -> Converter:
    fields = _fields(cls)
    required = {attr for attr, _, default in fields.values() if default is not ABSENT}
    config = cls.__struct_config__
    unknown = issubclass(cls, Unknown)

    def convert_struct(value: Any, path: str) -> Any:
        if isinstance(value, cls):
            return value
        if not isinstance(value, Mapping):
            raise MalformedFrame(f"expected an object, got {_kind(value)}", path=path)
        known: dict[str, Any] = {}
        extra: dict[str, Any] = {}
        for key, item in value.items():
            if key in fields:
                attr, convert, _ = fields[key]
                known[attr] = None if item is None and convert is not _base64 else convert(item, f"{path}.{key}")
            elif key != config.tag_field or unknown:
                extra[key] = item
            elif item != config.tag:
                raise MalformedFrame(f"expected {config.tag!r}, got {item!r}", path=f"{path}.{key}")
        if unknown or extra or not required <= known.keys():
            made_of = cls if unknown else irregular(cls)
            return made_of(extra_=Extra(extra), **known)
        return cls(**known)

    return convert_struct


_JSON_KINDS: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    str: "string",
    int: "number",
    float: "number",
    list: "array",
    dict: "object",
}


def _kind(value: Any) -> str:
    return _JSON_KINDS.get(type(value), type(value).__name__)
