"""The steps of a scripted conversation, as a test writes them from top to bottom.

A step is played by a `Stage`; it waits for the client, sends something, or lets time pass.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ._checks import EventName, check_client_event, check_close, check_number, check_reply, check_type
from ._matching import Difference, differences, shown

if TYPE_CHECKING:
    from ._stage import Stage


@runtime_checkable
class Step(Protocol):
    """One step of a script; `expect`, `reply` and their companions make them."""

    @property
    def waits(self) -> bool:
        """Whether the client has to do something for it."""
        ...

    def __str__(self) -> str:
        """The step as a report lists it."""
        ...

    async def play(self, stage: Stage) -> str:
        """Do it; gives a note for the report, or nothing.

        Raises:
            Deviation: the client did something else.
            ClientLeft: the connection is over.
        """
        ...


def check_step(step: object) -> None:
    """Refuse what is no step.

    Raises:
        TypeError: it isn't.
    """
    if isinstance(step, type) or not isinstance(step, Step):
        raise TypeError(f"{step!r:.60} is no step; a script is made of expect(...), reply(...), answer_text(...) and the like, one by one")


class Deviation(Exception):  # noqa: N818 - the client's, not an error of this package
    """The client left the script.

    Attributes:
        came: the event that came.
        found: where it differs from what was expected.
    """

    def __init__(self, came: Mapping[str, Any], found: Iterable[Difference] = ()) -> None:
        super().__init__(f"came {came.get('type')}")
        self.came = came
        self.found = tuple(found)


class ClientLeft(Exception):  # noqa: N818 - it may be just what the script wants
    """The client closed the connection, or lost it."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"the connection ended with code {code}{f' ({reason})' if reason else ''}")
        self.code = code


@dataclass(frozen=True)
class Expect:
    """Waits for one event of the client; see `expect`."""

    type: EventName
    fields: Mapping[str, Any]
    waits = True

    def __str__(self) -> str:
        return f"expect {_listed(self.type, self.fields)}"

    def differences(self, event: Mapping[str, Any]) -> list[Difference]:
        """Where an event isn't what is waited for; of another type, that alone."""
        return list(differences({"type": self.type}, event)) or list(differences(self.fields, event))

    def fits(self, event: Mapping[str, Any]) -> bool:
        """Whether an event is what is waited for."""
        return not self.differences(event)

    async def play(self, stage: Stage) -> str:
        """See `Step`."""
        event = await stage.peek(self.fits)
        if found := self.differences(event):
            raise Deviation(event, found)
        stage.take()
        return ""


@dataclass(frozen=True)
class MayExpect:
    """Takes one event of the client if it is the next; see `optional`."""

    expected: Expect
    waits = False

    def __str__(self) -> str:
        return f"optional {_listed(self.expected.type, self.expected.fields)}"

    async def play(self, stage: Stage) -> str:
        """See `Step`."""
        try:
            event = await stage.peek(self.expected.fits)
        except ClientLeft:
            return "did not come"
        if not self.expected.fits(event):
            return "did not come"
        stage.take()
        return ""


@dataclass(frozen=True)
class Unordered:
    """Waits for several events in any order; see `unordered`."""

    expected: tuple[Expect, ...]
    waits = True

    def __str__(self) -> str:
        return "expect in any order " + " | ".join(_listed(each.type, each.fields) for each in self.expected)

    async def play(self, stage: Stage) -> str:
        """See `Step`."""
        fitting: list[list[int]] = []
        while len(fitting) < len(self.expected):
            event = await stage.peek(lambda event: _assigned([*fitting, self._fitting(event)]) is not None)
            if _assigned([*fitting, self._fitting(event)]) is None:
                taken = _assigned(fitting) or {}
                left = [each for place, each in enumerate(self.expected) if place not in taken]
                nearest = min([each.differences(event) for each in left], key=_how_far)
                raise Deviation(event, nearest)
            fitting.append(self._fitting(event))
            stage.take()
        return ""

    def _fitting(self, event: Mapping[str, Any]) -> list[int]:
        return [place for place, each in enumerate(self.expected) if each.fits(event)]


def _assigned(fitting: Sequence[Sequence[int]]) -> dict[int, int] | None:
    """Place -> which event has it, so that each event has one of the places that fit it; None if that can't be."""
    assigned: dict[int, int] = {}

    def assign(number: int, tried: set[int]) -> bool:
        for place in fitting[number]:
            if place not in tried:
                tried.add(place)
                # Whoever has it may have another one.
                if place not in assigned or assign(assigned[place], tried):
                    assigned[place] = number
                    return True
        return False

    return assigned if all(assign(number, set()) for number in range(len(fitting))) else None


def _how_far(found: list[Difference]) -> tuple[bool, int]:
    return found[0].path == "type", len(found)


@dataclass(frozen=True)
class Reply:
    """Sends one event of the service; see `reply`."""

    type: str
    fields: Mapping[str, Any]
    waits = False

    def __str__(self) -> str:
        return f"reply  {_listed(self.type, self.fields)}"

    async def play(self, stage: Stage) -> str:
        """See `Step`."""
        given = {name: value(stage.heard) if callable(value) else value for name, value in self.fields.items()}
        await stage.send({"type": self.type, **given})
        return ""


@dataclass(frozen=True)
class Answer:
    """Sends the events of a whole response; see `answer_text` and its companions."""

    name: str
    replies: tuple[Reply, ...]
    waits = False

    def __str__(self) -> str:
        return self.name

    async def play(self, stage: Stage) -> str:
        """See `Step`."""
        for each in self.replies:
            await each.play(stage)
        return ""


@dataclass(frozen=True)
class Raw:
    """Sends a frame that nothing checks; see `raw`."""

    frame: bytes
    waits = False

    def __str__(self) -> str:
        return f"raw    {shown(self.frame.decode(errors='replace'))}"

    async def play(self, stage: Stage) -> str:
        """See `Step`."""
        await stage.write(self.frame)
        return ""


@dataclass(frozen=True)
class Pause:
    """Lets time pass; see `pause`."""

    duration_ms: float
    waits = False

    def __str__(self) -> str:
        return f"pause  {self.duration_ms:g} ms"

    async def play(self, stage: Stage) -> str:
        """See `Step`."""
        await stage.pause(self.duration_ms)
        return ""


@dataclass(frozen=True)
class Close:
    """Closes the connection; see `close`."""

    code: int
    reason: str
    waits = False

    def __str__(self) -> str:
        return f"close  {self.code} {self.reason}".rstrip()

    async def play(self, stage: Stage) -> str:
        """See `Step`."""
        await stage.close(self.code, self.reason)
        return ""


@dataclass(frozen=True)
class Cut:
    """Ends the connection without a close frame, as a recording may."""

    waits = False

    def __str__(self) -> str:
        return "cut    the connection"

    async def play(self, stage: Stage) -> str:
        """See `Step`."""
        stage.cut()
        return ""


@dataclass(frozen=True)
class ExpectClose:
    """Waits until the client closes; see `expect_close`."""

    code: int | None
    waits = True

    def __str__(self) -> str:
        return "expect the client's close" + ("" if self.code is None else f" with code {self.code}")

    async def play(self, stage: Stage) -> str:
        """See `Step`."""
        try:
            event = await stage.peek(lambda _: False)
        except ClientLeft as left:
            if self.code not in (None, left.code):
                raise Deviation(
                    {"type": "the client's close", "code": left.code}, differences({"code": self.code}, {"code": left.code})
                ) from left
            return ""
        raise Deviation(event)


def expect(event_type: EventName, /, **fields: Any) -> Expect:
    """The client sends this event next, with at least these fields.

    Args:
        event_type: wire name, such as ``session.update``; a pattern for one that isn't known here.
        **fields: expected values: plain ones, mappings (the event's may hold more), lists, audio as bytes, ``re.compile(...)`` for text in
            which it is found, a class of which it is, a function that is true for it, `ANY`, `ABSENT`.

    Raises:
        ValueError: no client sends such an event.
    """
    check_client_event(event_type)
    return Expect(event_type, fields)


def optional(expected: Expect, /) -> MayExpect:
    """The client may send this event next, or not."""
    check_type("what may come", expected, Expect)
    return MayExpect(expected)


def unordered(*expected: Expect) -> Unordered:
    """The client sends these events next, in any order. One that fits several counts for that which lets the others fit, too."""
    for each in expected:
        check_type("what comes in any order", each, Expect)
    return Unordered(expected)


def expect_close(code: int | None = None) -> ExpectClose:
    """The client closes the connection now; with this code, unless None."""
    check_type("the close code", code, int, type(None))
    return ExpectClose(code)


def reply(event_type: str, /, **fields: Any) -> Reply:
    """The server sends this event, which its state must allow.

    What the event needs and isn't given is filled in from what was said before: ids, places, the settings in ``session.updated``, the
    item that the client created, the whole text of the deltas.

    Args:
        event_type: wire name, such as ``session.updated``.
        **fields: of the event; a function is called with the client's last event and gives the value. ``session``, ``response``, ``item``,
            ``part`` and ``error`` may be given in part.

    Raises:
        ValueError: the service sends no such event.
    """
    check_reply(event_type)
    return Reply(event_type, fields)


def raw(frame: str | bytes | Mapping[str, Any], /) -> Raw:
    """The server sends this, whatever it is: an event that no client knows, one out of order, no event at all."""
    check_type("a raw frame", frame, str, bytes, Mapping)
    if isinstance(frame, Mapping):
        frame = json.dumps(dict(frame))
    return Raw(frame.encode() if isinstance(frame, str) else frame)


def pause(duration_ms: float, /) -> Pause:
    """So many milliseconds pass on the server's clock.

    Raises:
        ValueError: ``duration_ms`` is below 0.
    """
    check_number("duration_ms", duration_ms)
    return Pause(duration_ms)


def close(code: int = 1000, reason: str = "") -> Close:
    """The server closes the connection.

    Raises:
        ValueError: no close frame carries this code or reason.
    """
    check_close(code, reason)
    return Close(code, reason)


def _listed(event_type: EventName, fields: Mapping[str, Any]) -> str:
    name = event_type if isinstance(event_type, str) else f"/{event_type.pattern}/"
    return " ".join([name, *(f"{key}={shown(value)}" for key, value in fields.items())])
