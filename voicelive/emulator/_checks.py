"""Checks of single values: each takes a value and its path, and returns the value to keep or raises `Refused` with that path."""

from collections.abc import Callable, Container, Mapping
from typing import Any, TypeAlias

from ._errors import Refused

Check: TypeAlias = Callable[[Any, str], Any]


def anything(value: Any, _path: str) -> Any:
    """Every value will do."""
    return value


def one_of(*allowed: str) -> Check:
    """A value that is one of these."""

    def check(value: Any, path: str) -> Any:
        if value not in allowed:
            raise Refused(f"'{path}' is {value!r}; it can be {', '.join(map(repr, allowed))}", param=path)
        return value

    return check


def between(low: float, high: float) -> Check:
    """A number from one to the other, both included."""

    def check(value: Any, path: str) -> Any:
        if not low <= value <= high:
            raise Refused(f"'{path}' is {value}; it can be {low:g} to {high:g}", param=path)
        return value

    return check


def an_object(value: Any, path: str) -> Any:
    """Any object."""
    if not isinstance(value, Mapping):
        raise Refused(f"'{path}' is a {type(value).__name__}; it can be an object", param=path)
    return value


def a_list(value: Any, path: str) -> Any:
    """Any list."""
    if not isinstance(value, (list, tuple)):
        raise Refused(f"'{path}' is a {type(value).__name__}; it can be a list", param=path)
    return value


def each(check: Check) -> Check:
    """A list whose values all pass."""
    return lambda values, path: [check(value, f"{path}[{index}]") for index, value in enumerate(values)]


def having(**checks: Check) -> Check:
    """An object whose values under these keys pass; a key may be left out or null."""

    def check(value: Any, path: str) -> Any:
        for key, check_key in checks.items():
            if value.get(key) is not None:
                check_key(value[key], f"{path}.{key}")
        return value

    return check


def typed(*kinds: str, **checks: Check) -> Check:
    """An object whose ``type`` is one of these, and which passes `having` the rest."""
    check_type, check_rest = one_of(*kinds), having(**checks)

    def check(value: Any, path: str) -> Any:
        required(value, "type", path)
        check_type(value["type"], f"{path}.type")
        return check_rest(value, path)

    return check


def required(value: Mapping[str, Any], key: str, path: str) -> None:
    """An object must have this key.

    Raises:
        Refused: it has not.
    """
    if value.get(key) is None:
        raise Refused(f"'{path}' needs '{key}'", code="missing_required_parameter", param=f"{path}.{key}")


def only_declared(value: Mapping[str, Any], declared: Container[str], path: str) -> None:
    """An object may have no other keys than these.

    Raises:
        Refused: it has.
    """
    for key in value:
        if key not in declared:
            raise Refused(f"unknown setting '{path}.{key}'", code="unknown_parameter", param=f"{path}.{key}")
