"""Bases of every event and model: how a wire object is kept, read and compared.

A field that was never set holds msgspec's ``UNSET``, reads as ``None`` and is left out on the wire; a field set to ``None`` goes out as
``null``. Storage keeps the two apart because the service does (``turn_detection: null`` switches turn detection off). The reading side
is a property over the struct's slot; encoder and decoder work on the slots and never pay for it.

The classes accept no key they do not declare, so that one compiled decoder can take the usual frame whole. A frame with keys from a
newer service, or without keys it must have, is built by `voicelive_proto._convert` as an *irregular* instance: a subclass of the same
class with one more slot, `Extra`, for what is not declared.
"""

import copy
import datetime
from collections.abc import ItemsView, Iterator, KeysView, Mapping, Sequence, ValuesView
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, Literal, TypeVar, Union, get_origin, overload

from msgspec import UNSET, Struct, StructMeta, field

from . import _plain
from ._audio import BASE64
from ._by_hand import ByHand
from ._plain import EPOCH, Extra, is_epoch

if TYPE_CHECKING:
    from typing_extensions import Never, Self, dataclass_transform
    from typing_extensions import TypeVar as TypeVarWithDefault
else:

    def dataclass_transform(**_):
        """Do nothing: only type checkers read it."""
        return lambda cls: cls


ABSENT: Any = UNSET
"""Default of a field that is left out on the wire; reads as ``None``."""

UNKNOWN_TAG = "\x00unknown"
"""Discriminator of the ``Unknown…`` classes inside unions; no wire object carries it."""

_T = TypeVar("_T")

if TYPE_CHECKING:
    _Null = TypeVarWithDefault("_Null", default=Never)
    _Family = TypeVarWithDefault("_Family", default=Never)

    Audio = bytes
    AudioInput = Union[str, bytes, bytearray, memoryview]
    Base64 = Union[str, bytes]
    EpochSeconds = datetime.datetime
    FreeJson = Any
    JsonSchema = Any

    class OrMapping(Generic[_T, _Family]):
        """``OrMapping[X]``: a field that takes an X or a plain mapping of the same shape, and reads as an X, which it is once decoded.

        ``OrMapping[X, Base]`` also takes what is declared as the base of a family, as variables of programs are.
        """

        @overload
        def __get__(self, model: None, owner: type[Any]) -> Self: ...
        @overload
        def __get__(self, model: object, owner: type[Any]) -> _T: ...
        def __get__(self, model: object, owner: type[Any]) -> Any: ...
        def __set__(self, model: Any, value: _T | _Family | Mapping[str, Any]) -> None: ...

    class OrMappings(Generic[_T, _Family, _Null]):
        """``OrMappings[X]`` and ``OrMappings[X, Base]``: the same for a list of them; with ``None`` as the third, for a list or null."""

        @overload
        def __get__(self, model: None, owner: type[Any]) -> Self: ...
        @overload
        def __get__(self, model: object, owner: type[Any]) -> list[_T] | _Null: ...
        def __get__(self, model: object, owner: type[Any]) -> Any: ...
        def __set__(self, model: Any, value: Sequence[_T | _Family | Mapping[str, Any]] | _Null) -> None: ...

else:
    Audio = AudioInput = Annotated[str, BASE64]
    Base64 = str
    EpochSeconds = Annotated[Union[int, float, str], EPOCH]

    class _Anything(type):
        __instancecheck__ = staticmethod(id)  # never 0, and takes a third of what a function of our own does

    class FreeJson(metaclass=_Anything):
        """Any JSON value. Unlike Any, the compiled decoder shows each to the codec: only here can a frame be nested too deeply."""

    def _json_values(levels: int) -> Any:
        """Any JSON value, spelled out for so many objects inside each other, then FreeJson."""
        scalars = Union[str, int, float, bool, None]
        in_list = value = Union[dict[str, FreeJson], list[FreeJson], scalars]
        for _ in range(levels - 1):
            value = Union[dict[str, value], list[in_list], scalars]
        return value

    JsonSchema = Annotated[_json_values(6), FreeJson]
    """Any JSON value, but one that is an object as a rule: as deep as schemas usually go, the decoder needs nobody to look at it."""

    class OrMapping:
        """Decoders see the X of ``OrMapping[X]`` alone."""

        def __class_getitem__(cls, item: object) -> object:
            return item[0] if isinstance(item, tuple) else item

    class OrMappings:
        """Decoders see a list."""

        def __class_getitem__(cls, item: object) -> object:
            of, *rest = item if isinstance(item, tuple) else (item,)
            return list[of] | None if None in rest else list[of]


def _none_when_absent(slot: Any) -> property:
    """Reads an absent field as ``None``; writes go to the slot."""
    read = slot.__get__

    def value_of(model: object) -> Any:
        value = read(model)
        return None if value is UNSET else value

    return property(value_of, slot.__set__)


def _datetime_when_number(slot: Any) -> property:
    """Reads epoch seconds as an aware UTC datetime. The slot keeps the number, so that it goes out as it came; text stays text."""
    read = slot.__get__

    def moment(model: object) -> Any:
        value = read(model)
        return None if value is UNSET else moment_of(value)

    return property(moment, slot.__set__)


def moment_of(value: Any) -> Any:
    """Epoch seconds as an aware UTC datetime; what is none, or beyond the calendar, stays as it is."""
    if not isinstance(value, (int, float)):
        return value
    try:
        return datetime.datetime.fromtimestamp(value, datetime.timezone.utc)
    except (OverflowError, ValueError, OSError):
        return value


if TYPE_CHECKING:
    ModelMeta = StructMeta
else:

    def ModelMeta(name: str, bases: tuple[type, ...], namespace: dict[str, Any], **config: Any) -> StructMeta:  # noqa: N802
        """Make a plain struct that takes its discriminator from the class body and whose absent fields read as ``None``.

        The discriminator of a family member is its one class variable ``type`` (``model`` for end-of-utterance detectors): msgspec wants
        it as a class argument, readers and type checkers want it as an attribute. Where a call may name it, it is written as a field.

        A function, so each class has to name it. With a metaclass of our own, which subclasses would inherit, building and encoding a
        model takes half as long again before Python 3.12.
        """
        annotations: dict[str, Any] = namespace.get("__annotations__", {})
        for key in ("type", "model"):
            kind = annotations.get(key)
            if get_origin(kind) is Literal:
                annotations[key] = kind = ClassVar[kind]
            if get_origin(kind) is ClassVar:
                config.update(tag=namespace[key], tag_field=key)
        make = ByHand if any(isinstance(base, ByHand) for base in bases) else StructMeta
        cls = make(name, bases, namespace, kw_only=True, gc=False, forbid_unknown_fields=True, **config)
        for attribute in _optional_fields(cls) & annotations.keys():
            slot = getattr(cls, attribute)
            if not isinstance(slot, property):
                shown = _datetime_when_number if is_epoch(annotations[attribute]) else _none_when_absent
                setattr(cls, attribute, shown(slot))
        return cls


def _optional_fields(cls: StructMeta) -> set[str]:
    with_defaults = zip(reversed(cls.__struct_fields__), reversed(cls.__struct_defaults__), strict=False)
    return {attribute for attribute, default in with_defaults if default is UNSET}


class Model:
    """What every event and model can do: be read as a mapping by wire name, and be made from one.

    ``m["turn_detection"]``, ``"voice" in m``, ``dict(m)`` and ``m.items()`` show the keys that are on the wire, with nested models as
    values and audio as base64 text; `as_dict` is the same all the way down.
    """

    __slots__ = ()

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Self":
        """Build the model from a plain mapping by wire name; keys that are not declared are kept.

        On a family base (``Tool``, ``ServerEvent``...) the discriminator picks the member, and an unknown one gives the family's
        ``Unknown…`` class.

        Raises:
            MalformedFrame: a known field has the wrong type; ``path`` says which.
        """
        from ._convert import from_mapping  # noqa: PLC0415 - conversion is built on the models

        built: Self = from_mapping(cls, data)
        return built

    def as_dict(self, *, exclude_readonly: bool = False) -> dict[str, Any]:  # noqa: ARG002
        """The JSON object of this model as plain dicts, lists and scalars; audio as base64 text.

        Args:
            exclude_readonly: no effect, as no field is read-only; the official SDK has it, too.
        """
        plain: dict[str, Any] = _plain.to_plain(self)
        return plain

    def copy(self) -> "Self":
        """A shallow copy."""
        return copy.copy(self)

    def __getitem__(self, key: str) -> Any:
        value = _plain.wire_value(self, key)
        if value is UNSET:
            raise KeyError(key)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(_plain.shallow(self))

    def __len__(self) -> int:
        return len(_plain.shallow(self))

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and _plain.wire_value(self, key) is not UNSET

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a wire key, or the default when the key is absent."""
        value = _plain.wire_value(self, key)
        return default if value is UNSET else value

    def keys(self) -> KeysView[str]:
        """The wire keys that are present, the discriminator first."""
        return _plain.shallow(self).keys()

    def values(self) -> ValuesView[Any]:
        """The values of the keys that are present."""
        return _plain.shallow(self).values()

    def items(self) -> ItemsView[str, Any]:
        """Pairs of wire key and value."""
        return _plain.shallow(self).items()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value}' for name, value in _plain.repr_fields(self))})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return list(_plain.repr_fields(self))

    def __reduce__(self) -> Any:
        from ._convert import from_mapping  # noqa: PLC0415 - as above

        return from_mapping, (_plain.declared_class(type(self)), self.as_dict())


Mapping.register(Model)


class Unknown(Model):
    """Mixin of the ``Unknown…`` classes: a family member of a kind we do not know, kept whole.

    Its keys read as attributes and as mapping keys; encoding gives back an equal object.
    """

    __slots__ = ()

    if TYPE_CHECKING:
        extra_: Extra

        # Any other text; declared as one that nothing else is, because type checkers tell a union's members apart by literals alone.
        type: ClassVar[Literal["of a type that is not known"]]

    def __getattr__(self, name: str) -> Any:
        keys = self.extra_.keys
        if name in keys:
            return keys[name]
        msg = f"{type(self).__name__} of type {keys.get('type')!r} has no key {name!r}"
        raise AttributeError(msg)


class Deferred:
    """Runtime stand-in for a union that the compiled decoder can not tell apart; the tolerant way takes over where it meets one."""


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
class Settings(Model, Struct, metaclass=ModelMeta):
    """A model that people build step by step; mutable, compared by content."""

    def __setitem__(self, key: str, value: Any) -> None:
        _plain.set_wire_value(self, key, value)


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
class SessionSettings(Settings, metaclass=ByHand, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Settings of a session, which people write out: a wrong call is answered in words, and may name the discriminator."""


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
class Value(Model, Struct, metaclass=ModelMeta, frozen=True):
    """A model that only the service builds; frozen, compared by content."""
