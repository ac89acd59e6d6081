"""A conversation as a test wrote it down, and how far a client followed it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from ._log import shortened
from ._matching import shown
from ._steps import ClientLeft, Close, Deviation, Reply, Step

if TYPE_CHECKING:
    from ._stage import Stage

DEVIATED: Final = 4000
"""Close code for a client that left the script; of the codes that are free for applications."""

_MAX_REASON_BYTES: Final = 123
_CUT: Final = " ..."
_MAX_LINE_CHARS: Final = 160
_GREETING: Final = "session.created"


class Script:
    """One connection's conversation; made by `ScriptedServer.script`.

    Attributes:
        steps: what is to happen, in order.
        position: how many steps have been played.
        failure: what went wrong, in one line; None while nothing did.
        was_left: whether the client did something else than the script has, and didn't just go.
    """

    def __init__(self, steps: Sequence[Step], *, ignored: Iterable[str] = (), greet: bool = True) -> None:
        self.steps = tuple(steps)
        self.ignored = frozenset(ignored)
        self.position = 0
        self.failure: str | None = None
        self.was_left = False
        self._greets = greet and not (self.steps and _greets(self.steps[0]))
        self._details: list[str] = []
        self._notes: dict[int, str] = {}
        self._state = "no client connected"

    @property
    def is_complete(self) -> bool:
        """Whether the client has done all of it, and nothing else."""
        return self.failure is None and self.position == len(self.steps)

    def __str__(self) -> str:
        """The steps, how far the client came, and what is wrong."""
        if self.is_complete:
            head = f"the script of {len(self.steps)} steps is complete"
        else:
            head = self.failure or f"the script is not complete, step {self.position + 1} of {len(self.steps)} is to come: {self._state}"
        return "\n".join([head, *self._lines()])

    def _lines(self) -> Iterable[str]:
        for number, step in enumerate(self.steps):
            here = number == self.position and not self.is_complete
            note = f"   ({self._notes[number]})" if self._notes.get(number) else ""
            yield f"{'>' if here else ' '} {number + 1:3}  {str(step)[:_MAX_LINE_CHARS]}{note}"
            if here:
                yield from self._details
        if self.position == len(self.steps):
            yield from self._details

    async def play(self, stage: Stage) -> None:
        """Play all of it with a client, then see to it that nothing else comes; a client that leaves it is closed with code 4000.

        Never raises for what the client does.
        """
        self._state = "the client is connected"
        try:
            await self._play(stage)
        except Deviation as deviation:
            await self._leave(stage, _headline(self, deviation), _shown_deviation(deviation))
        except ClientLeft as left:
            self._state = str(left)
            # What is left is the server's alone, so the client has done its part.
            if not any(step.waits for step in self.steps[self.position :]):
                self.position = len(self.steps)
            else:
                self.failure = f"{left} at step {self.position + 1} of {len(self.steps)}"
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shall hear of it
            await self._leave(stage, f"step {self.position + 1} of {len(self.steps)} can't be played: {type(error).__name__}: {error}", [])

    async def _play(self, stage: Stage) -> None:
        if self._greets:
            await stage.send({"type": _GREETING})
        for number, step in enumerate(self.steps):
            self._notes[number] = await step.play(stage)
            self.position = number + 1
        try:
            event = await stage.peek(lambda _: False)
        except ClientLeft:
            return
        raise Deviation(event)

    async def _leave(self, stage: Stage, failure: str, details: list[str]) -> None:
        self._details = details
        self.was_left = True
        self.failure = failure
        await stage.close(DEVIATED, _cut(f"test script: {failure}"))


def _greets(step: Step) -> bool:
    return isinstance(step, Close) or (isinstance(step, Reply) and step.type == _GREETING)


def _headline(script: Script, deviation: Deviation) -> str:
    count = len(script.steps)
    if script.position == count:
        return f"{deviation} after the last of {count} steps"
    step = str(script.steps[script.position])[:_MAX_LINE_CHARS]
    return f"{deviation} at step {script.position + 1} of {count}, where the script has: {step}"


def _shown_deviation(deviation: Deviation) -> list[str]:
    came = json.dumps(shortened(deviation.came), ensure_ascii=False, default=shown)
    return [f"       came {came}", *(f"         {each}" for each in deviation.found)]


def _cut(text: str) -> str:
    """As many whole words as a close frame carries."""
    if len(text.encode()) <= _MAX_REASON_BYTES:
        return text
    kept = text.encode()[: _MAX_REASON_BYTES - len(_CUT)].decode(errors="ignore")
    return kept.rpartition(" ")[0] + _CUT
