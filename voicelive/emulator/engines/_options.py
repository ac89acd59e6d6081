"""The options of an engine: the parameters of the callable that makes it, each checked against its type."""

import difflib
import inspect
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from .._errors import BadEngine


def parameters_of(factory: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The parameters that can be given by name, except for ``**more``."""
    return {name: each for name, each in inspect.signature(factory).parameters.items() if each.kind is not each.VAR_KEYWORD}


def checked(factory: Callable[..., Any], kind: str, name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options, each as the type that its parameter is declared to have.

    Raises:
        BadEngine: an option is unknown, missing, or not of its type.
    """
    parameters = parameters_of(factory)
    takes_more = len(parameters) < len(inspect.signature(factory).parameters)
    offered = f"its options are: {', '.join(parameters)}" if parameters else "it has none"
    for option in options:
        if option not in parameters and not takes_more:
            raise BadEngine(f"{kind} {name!r} has no option {option!r}{likely(option, parameters)}; {offered}", kind, option)
    missing = [each.name for each in parameters.values() if each.default is each.empty and each.name not in options]
    if missing:
        raise BadEngine(f"{kind} {name!r} needs the option {missing[0]!r}; {offered}", kind)
    hints = _hints(factory)
    return {option: _converted(value, hints.get(option, Any), kind, name, option) for option, value in options.items()}


def _hints(factory: Callable[..., Any]) -> dict[str, Any]:
    """The types of the parameters, where they can be found out: some name what is imported for type checkers alone."""
    try:
        return get_type_hints(factory.__init__ if inspect.isclass(factory) else factory)
    except NameError:
        return {}


def _converted(value: Any, hint: Any, kind: str, name: str, option: str) -> Any:
    try:
        return msgspec.convert(value, hint, dec_hook=_path_from_text)
    except msgspec.ValidationError as error:
        raise BadEngine(f"{kind} {name!r}, option {option!r}: {error}", kind, option) from error
    except (TypeError, NotImplementedError):  # a type that msgspec cannot judge; the engine has to
        return value


def _path_from_text(wanted: type, value: Any) -> Any:
    if wanted is Path and isinstance(value, (str, Path)):
        return Path(value).expanduser()
    raise NotImplementedError


def likely(name: str, names: Collection[str]) -> str:
    """What was likely meant, in brackets, or nothing."""
    close = difflib.get_close_matches(name, names, 1)
    return f" (did you mean {close[0]!r}?)" if close else ""
