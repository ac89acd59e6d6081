"""What to answer: the seam for a user's own code, and the built-in responder, which really uses what was said."""

import datetime

from ._skills import Clock, answer
from ._turn import Answer, FileSearch, Piece, Reply, Responder, ToolCall, ToolCallDelta, Turn, Utterance, WebSearch, is_asynchronous

__all__ = [
    "Answer",
    "BuiltInResponder",
    "FileSearch",
    "Piece",
    "Reply",
    "Responder",
    "ToolCall",
    "ToolCallDelta",
    "Turn",
    "Utterance",
    "WebSearch",
    "built_in_responder",
    "is_asynchronous",
]


def local_time() -> datetime.datetime:
    """Now, where this machine is."""
    return datetime.datetime.now().astimezone()


class BuiltInResponder:
    """Repeats, calculates, counts, tells the time, calls tools; what it cannot do it says back. Invents nothing.

    Args:
        clock: what time it is.
    """

    def __init__(self, clock: Clock = local_time) -> None:
        self._clock = clock

    async def __call__(self, turn: Turn) -> Answer:
        """Answer a turn."""
        return answer(turn, self._clock)


built_in_responder = BuiltInResponder()
"""The responder of a server that was given none."""
