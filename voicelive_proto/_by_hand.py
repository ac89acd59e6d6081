"""Making a model by hand: of keywords, or of a mapping; a call that is wrong is answered with the class, the field and the nearest name.

For the settings of a session, which people write out. Events, items and content parts are made again and again, and msgspec's own call
takes a third of the time of this one.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from msgspec import StructMeta, structs

if TYPE_CHECKING:
    ByHand = StructMeta
else:

    class ByHand(StructMeta):
        """Metaclass of settings, which take what the official SDK's models do: their own discriminator, or a mapping."""

        def __call__(cls, *args: Any, **fields: Any) -> Any:  # noqa: N805 - a class is what is called
            """Make an instance.

            Raises:
                TypeError: a keyword that is no field, a field that is missing, or a value without a keyword that is no mapping.
                ValueError: the discriminator of another class.
                MalformedFrame: a field of the mapping has the wrong type.
            """
            key = cls.__struct_config__.tag_field
            if key in fields:
                _check_discriminator(cls, key, fields.pop(key))
            try:
                return super().__call__(*args, **fields)
            except TypeError as error:
                if len(args) == 1 and not fields and isinstance(args[0], Mapping):
                    return cls.from_dict(args[0])
                raise TypeError(_explanation(cls, args, fields) or str(error)) from None


def _check_discriminator(cls: Any, key: str, value: object) -> None:
    tag = cls.__struct_config__.tag
    if value != tag:
        msg = f"{cls.__name__} is of {key} {tag!r}, not {value!r}; leave it out, or take another class"
        raise ValueError(msg)


def _explanation(cls: Any, args: tuple[Any, ...], fields: dict[str, Any]) -> str | None:
    known = cls.__struct_fields__
    if args:
        return f"{cls.__name__} takes its fields by keyword, or one mapping"
    for name in fields:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            return f"{cls.__name__} has no field {name!r}; " + (f"did you mean {near[0]!r}?" if near else f"it has {', '.join(known)}")
    missing = [field.name for field in structs.fields(cls) if field.required and field.name not in fields]
    return f"{cls.__name__} needs {' and '.join(repr(name) for name in missing)}" if missing else None
