"""A script as the responder: what is answered to which question."""

import fnmatch
import json
import re
from typing import Any

import msgspec

from ._turn import Answer, ToolCall, Turn
from .responder import built_in_responder

_WORD = re.compile(r"[*]|[^\W_]+(?:'[^\W_]+)*")


class ScriptedAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of the script: either an ``answer``, or a function to ``call``.

    Attributes:
        question: what the user says; ``*`` stands for any words. Case, punctuation and space do not matter.
        answer: what is said.
        call: name of a function to call instead.
        arguments: its arguments.
        then: what is said when the function has given its output, which stands for ``{output}``.

    Raises:
        ValueError: both or neither of ``answer`` and ``call``.
    """

    question: str = "*"
    answer: str | None = None
    call: str | None = None
    arguments: dict[str, Any] = {}
    then: str = "{output}"

    def __post_init__(self) -> None:
        if (self.answer is None) == (self.call is None):
            raise ValueError(f"the line for the question {self.question!r} needs either 'answer' or 'call'")

    def fits(self, said: str) -> bool:
        """Whether this is the line for what was said."""
        return fnmatch.fnmatchcase(_plain(said.replace("*", " ")), _plain(self.question))


def _plain(text: str) -> str:
    """Words in lower case with one space between them; a ``*`` takes the space beside it along."""
    return re.sub(r"\s*\*\s*", "*", " ".join(_WORD.findall(text.casefold())))


class ScriptedResponder:
    """Gives the answer of the first line that fits what the user said.

    Args:
        answers: the lines.
        otherwise: what is said when none fits; None leaves it to the built-in responder.
    """

    def __init__(self, answers: list[ScriptedAnswer], *, otherwise: str | None = None) -> None:
        self._answers = answers
        self._otherwise = otherwise

    async def __call__(self, turn: Turn) -> Answer:
        """Answer a turn."""
        line = next((line for line in self._answers if line.fits(turn.text or "")), None)
        if line is None:
            return await built_in_responder(turn) if self._otherwise is None else self._otherwise
        if line.call is None:
            return line.answer or ""
        if turn.tool_outputs:
            return line.then.replace("{output}", ", ".join(map(_shown, turn.tool_outputs)))
        return ToolCall(line.call, line.arguments)


def _shown(output: str) -> str:
    """A text as it is, also where it stands as JSON."""
    try:
        value = json.loads(output)
    except ValueError:
        return output
    return value if isinstance(value, str) else output
