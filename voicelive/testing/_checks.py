"""What a test writes is checked where it writes it, so that a slip doesn't come back later as a fault of the server."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from voicelive_proto import CLIENT_EVENTS, SERVER_EVENTS
from voicelive_transports import _closing

EventName: TypeAlias = str | re.Pattern[str]
"""A wire name, or a pattern that is found in one."""

_LOST: Final = 1006


def check_client_event(name: object) -> None:
    """Refuse what isn't the name of a client event, or a pattern.

    Raises:
        TypeError, ValueError: see there.
    """
    _check_event(name, CLIENT_EVENTS, "client", "for another, give a pattern: expect(re.compile(...))")


def check_reply(name: object) -> None:
    """Refuse what isn't the name of a server event: a reply is made after its model.

    Raises:
        TypeError, ValueError: see there.
    """
    check_type("the event", name, str)
    _check_event(name, SERVER_EVENTS, "service", "for another, send raw({...})")


def check_frame(name: object) -> None:
    """Refuse what names no frame of the server.

    Raises:
        TypeError, ValueError: see there.
    """
    if name is not None:
        _check_event(name, SERVER_EVENTS, "service", "for another, give a pattern: re.compile(...)")


def _check_event(name: object, known: Mapping[str, Any], sender: str, otherwise: str) -> None:
    check_type("the event", name, str, re.Pattern)
    if isinstance(name, str) and name not in known:
        raise ValueError(f"no {sender} event is called {name!r}{meant(name, known)}; {otherwise}")


def check_slip(name: str) -> None:
    """Refuse a name that is nearly one of a client event; one that nobody knows may be new.

    Raises:
        ValueError: it is.
    """
    near = [] if name in CLIENT_EVENTS else difflib.get_close_matches(name, CLIENT_EVENTS, n=1, cutoff=0.85)
    if near:
        raise ValueError(f"no client event is called {name!r}; did you mean {near[0]!r}?")


def meant(name: str, known: Mapping[str, Any]) -> str:
    """What was likely meant, to stand behind what is wrong with a name."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def check_type(what: str, value: object, *types: type) -> None:
    """Refuse a value of another type.

    Raises:
        TypeError: it is.
    """
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        names = " or ".join({"Pattern": "re.Pattern", "NoneType": "None"}.get(each.__name__, each.__name__) for each in types)
        raise TypeError(f"{what} must be {names}, not {type(value).__name__} {value!r:.60}")


def check_number(what: str, value: object) -> None:
    """Refuse what is no number from 0.

    Raises:
        TypeError, ValueError: see there.
    """
    check_type(what, value, int, float)
    if not (isinstance(value, (int, float)) and value >= 0):
        raise ValueError(f"{what} must be 0 or more, not {value}")


def check_close(code: int, reason: str) -> None:
    """Refuse what no close frame carries.

    Raises:
        TypeError, ValueError: see there.
    """
    if code == _LOST:
        raise ValueError("close code 1006 can't be sent: it is what a client sees of a lost connection; use faults.cut()")
    _closing.check_close(code, reason)
