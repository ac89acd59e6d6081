"""What the built-in responder can do: a table of small skills, asked one after the other until one has an answer.

A skill is a function of a `Request` that returns its answer, or None when the words are not for it.
"""

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from ._numbers import read_number, solve, tokens_of
from ._tool_calls import called_tool, spoken_outputs
from ._turn import Answer, Turn

Clock: TypeAlias = Callable[[], datetime.datetime]

GREETING = "Hello! How can I help you?"
NOT_UNDERSTOOD = "Sorry, I could not make out the words."
LONGEST_COUNT = 50


@dataclass(frozen=True, slots=True)
class Request:
    """What a skill sees.

    Attributes:
        turn: the whole turn.
        said: the last user's words, without space around them.
        clock: tells the time.
    """

    turn: Turn
    said: str
    clock: Clock


def answer(turn: Turn, clock: Clock) -> Answer:
    """The first skill's answer."""
    request = Request(turn, (turn.text or "").strip(), clock)
    return next(found for skill in _SKILLS if (found := skill(request)) is not None)


def _tell_tool_outputs(request: Request) -> Answer | None:
    return spoken_outputs(request.turn.tool_outputs) if request.turn.tool_outputs else None


def _take_refusal(request: Request) -> Answer | None:
    """A call that the user refused stays refused until the user says something else."""
    items = request.turn.items
    for item in reversed(items):
        if item["type"] == "message" and item["role"] == "user":
            return None
        if item["type"] == "mcp_approval_response":
            asked = next((each for each in items if each.get("id") == item["approval_request_id"]), {"name": "the tool"})
            return None if item["approve"] else f"I may not call {asked['name']}."
    return None


def _obey_tool_choice(request: Request) -> Answer | None:
    return called_tool(request.turn) if request.turn.tool_choice not in ("auto", "none", None) else None


def _greet(request: Request) -> Answer | None:
    return None if request.said or request.turn.items else GREETING


def _admit_not_understood(request: Request) -> Answer | None:
    return None if request.said else NOT_UNDERSTOOD


_REPEAT = re.compile(
    r"(?:please\s+|can you\s+|could you\s+)*(?:(?:repeat|say)(?:\s+after\s+me)?|repeat\s+the\s+words)(?:\s*[:,]\s*|\s+)(?P<words>.+)",
    re.IGNORECASE | re.DOTALL,
)
_AGAIN = re.compile(r"(?:please\s+)?(?:repeat|say)\s+(?:that|it)(?:\s+again)?(?:\s+please)?[.!?]*|what did you say[.?]*", re.IGNORECASE)


def _say_again(request: Request) -> Answer | None:
    if not _AGAIN.fullmatch(request.said):
        return None
    earlier = [utterance.text for utterance in request.turn.history if utterance.role == "assistant"]
    return earlier[-1] if earlier else "I have not said anything yet."


def _repeat(request: Request) -> Answer | None:
    match = _REPEAT.fullmatch(request.said)
    return _capitalised(match["words"].strip(" \"'")) if match else None


def _call_tool(request: Request) -> Answer | None:
    return called_tool(request.turn)


def _calculate(request: Request) -> Answer | None:
    return solve(request.said)


_COUNT = re.compile(r"\bcount(?:ing)?\b(?P<down>\s+down)?\b(?P<bounds>.*)", re.IGNORECASE | re.DOTALL)


def _count(request: Request) -> Answer | None:
    match = _COUNT.search(request.said)
    bounds = _bounds(match["bounds"]) if match else {}
    if not match or not bounds:
        return None
    start = bounds.get("from", 10 if match["down"] else 1)
    end = bounds.get("to", 1 if match["down"] else 10)
    step = 1 if end >= start else -1
    if abs(end - start) >= LONGEST_COUNT:
        return f"That is a long way. I count {LONGEST_COUNT} numbers at most."
    return ", ".join(map(str, range(start, end + step, step))) + "."


def _bounds(text: str) -> dict[str, int]:
    """The numbers after "from" and "to"."""
    tokens = tokens_of(text)
    found = {}
    for place, token in enumerate(tokens):
        number = read_number(tokens, place + 1) if token in ("from", "to") else None
        if number and number.value.denominator == 1:
            found[token] = int(number.value)
    return found


_TIME = re.compile(r"\b(?:what(?:'s| is)?|tell me|know) the time\b|\btime is it\b|\bwhat time\b", re.IGNORECASE)
_DATE = re.compile(
    r"\b(?:what(?:'s| is)?|tell me|know) the (?:date|day)\b|\b(?:date|day) (?:is it|is today)\b|\btoday's date\b|\bwhat day\b",
    re.IGNORECASE,
)
_MONTHS = ["January", "February", "March", "April", "May", "June"]
_MONTHS += ["July", "August", "September", "October", "November", "December"]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def _tell_time(request: Request) -> Answer | None:
    if not _TIME.search(request.said):
        return None
    now = request.clock()
    return f"It is {now.hour % 12 or 12}:{now.minute:02} {'AM' if now.hour < 12 else 'PM'}."


def _tell_date(request: Request) -> Answer | None:
    if not _DATE.search(request.said):
        return None
    now = request.clock()
    return f"Today is {_DAYS[now.weekday()]}, {_MONTHS[now.month - 1]} {now.day}, {now.year}."


_SMALL_TALK = (
    (
        re.compile(r"(?:(?:hello|hi|hey|good (?:morning|afternoon|evening))\b[ ,.!]*)+(?:there)?[.!]*", re.IGNORECASE),
        GREETING,
    ),
    (re.compile(r".*\bhow are you\b.*", re.IGNORECASE), "I am fine, thank you."),
    (re.compile(r"(?:thanks?|thank you)\b.*", re.IGNORECASE), "You are welcome."),
    (re.compile(r"(?:good ?bye|bye)\b.*", re.IGNORECASE), "Goodbye!"),
)


def _make_small_talk(request: Request) -> Answer | None:
    return next((reply for words, reply in _SMALL_TALK if words.fullmatch(request.said)), None)


def _say_back(request: Request) -> Answer:
    return f"You said: {request.said}"


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


_SKILLS: tuple[Callable[[Request], Answer | None], ...] = (
    _tell_tool_outputs,
    _take_refusal,
    _obey_tool_choice,
    _greet,
    _admit_not_understood,
    _say_again,
    _repeat,
    _call_tool,
    _calculate,
    _count,
    _tell_time,
    _tell_date,
    _make_small_talk,
    _say_back,
)
"""In the order they are asked; the last always answers."""
