"""Choosing a function tool by what was said, and filling its arguments from the same words."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from ._numbers import numbers_in
from ._turn import Answer, ToolCall, Turn

_EMPTY_WORDS = frozenset(
    re.findall(
        r"\w+",
        """a all an and any are at by call can current do does fetch find for from function get given give how i in is it list look lookup
        me my of on or please query read run search send set show tell that the this to tool up use user what when which will with you
        your""",
    )
)

_NAME_WEIGHT = 2
_LEAST_SCORE = 2
"""One word of the tool's name, or two of its description."""

_PLACES = tuple(
    re.compile(rf"\b(?:{prepositions})\s+(?:the\s+city\s+of\s+)?(?P<place>[^\W\d_][^?!,;]*)", re.IGNORECASE)
    for prepositions in ("in|at|near", "for|to|of")
)
_AFTER_PLACE = re.compile(
    r"[.]*\s*\b(?:today|tonight|tomorrow|now|right now|please|this|next|at|on|in|like|be|going|and|for)\b.*$|[.\s]+$", re.IGNORECASE
)
_DAY = re.compile(r"\b(?:today|tonight|tomorrow|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b", re.IGNORECASE)
_OFF = re.compile(r"\b(?:off|no|not|never|without|disable|don't|false)\b", re.IGNORECASE)


def called_tool(turn: Turn) -> Answer | None:
    """The call that the turn's tools and words ask for; None when they ask for none.

    A forced choice is always obeyed. Otherwise the tool whose name and description share most words with what was said is called, if it
    is enough of them; where a place it must have was not said, it is asked for.
    """
    tools = [] if turn.tool_choice == "none" else list(turn.tools)
    said = turn.text or ""
    if isinstance(turn.tool_choice, Mapping):
        tools = [tool for tool in tools if tool["name"] == turn.tool_choice.get("name")]
    if not tools:
        return None
    best = max(tools, key=lambda tool: _score(tool, said))
    if turn.tool_choice in ("auto", None):
        if _score(best, said) < _LEAST_SCORE:
            return None
        missing = _missing_place(best, said)
        if missing:
            return f"Which {missing}?"
    return ToolCall(best["name"], arguments(best.get("parameters"), said))


def _score(tool: Mapping[str, Any], said: str) -> int:
    words = _words(said)
    name = _words(re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", tool["name"]))
    description = _words(tool.get("description") or "")
    return _NAME_WEIGHT * len(words & name) + len(words & (description - name))


def _words(text: str) -> set[str]:
    """Words that carry meaning, plural and singular taken for the same."""
    return {word.removesuffix("s") for word in re.findall(r"[^\W\d_]+", text.lower()) if word not in _EMPTY_WORDS}


def _missing_place(tool: Mapping[str, Any], said: str) -> str | None:
    """The name of a place that the tool must have and that was not said."""
    schema = tool.get("parameters") or {}
    for name in schema.get("required") or ():
        rules = (schema.get("properties") or {}).get(name, {})
        if not rules.get("enum") and _type(rules) == "string" and _text_reader(name) is _place and not _place(said):
            return str(name)
    return None


def arguments(schema: Mapping[str, Any] | None, said: str) -> dict[str, Any]:
    """Arguments for a JSON schema of an object, out of what was said: enum values, numbers in order, places, days, yes or no.

    Other texts that the schema requires are given all that was said. What is neither said nor required is left out.
    """
    properties = (schema or {}).get("properties") or {}
    required = (schema or {}).get("required") or ()
    numbers = iter(numbers_in(said))
    found: dict[str, Any] = {}
    for name, rules in properties.items():
        value = _read(name, rules, said, numbers)
        if value is None and name in required:
            value = _filler(rules, said)
        if value is not None:
            found[name] = value
    return found


def _read(name: str, rules: Mapping[str, Any], said: str, numbers: Iterator[Fraction]) -> Any:
    """One argument, or None when it was not said."""
    if rules.get("enum"):
        return next((value for value in rules["enum"] if str(value).lower() in said.lower()), None)
    match _type(rules):
        case "integer":
            return next((int(number) for number in numbers if number.denominator == 1), None)
        case "number":
            return next((float(number) for number in numbers), None)
        case "boolean":
            return not _OFF.search(said)
        case "string":
            return _text_reader(name)(said)
        case _:
            return None


def _type(rules: Mapping[str, Any]) -> str:
    """The type a value must have; of several the first."""
    kind = rules.get("type", "string")
    kinds = kind if isinstance(kind, (list, tuple)) else [kind]
    return next((each for each in kinds if isinstance(each, str)), "string")


def _place(said: str) -> str | None:
    for pattern in _PLACES:
        match = pattern.search(said)
        place = _AFTER_PLACE.sub("", match["place"]).strip() if match else ""
        if place:
            return place.title() if place.islower() else place
    return None


def _day(said: str) -> str | None:
    match = _DAY.search(said)
    return match[0].lower() if match else None


def _nothing(_said: str) -> None:
    return None


_TEXT_READERS: dict[str, Callable[[str], str | None]] = {
    **dict.fromkeys(("city", "location", "place", "country", "town", "address", "region"), _place),
    **dict.fromkeys(("date", "day", "when"), _day),
}
"""How to find a text in what was said, by a part of the argument's name."""


def _text_reader(name: str) -> Callable[[str], str | None]:
    return next((reader for part, reader in _TEXT_READERS.items() if part in name.lower()), _nothing)


def _filler(rules: Mapping[str, Any], said: str) -> Any:
    """A value of the right type for an argument that must be there and was not said."""
    if "default" in rules:
        return rules["default"]
    if rules.get("enum"):
        return rules["enum"][0]
    fillers: dict[str, Any] = {"integer": 0, "number": 0, "object": {}, "array": []}
    return fillers.get(_type(rules), said)


def spoken_outputs(outputs: Sequence[str]) -> str:
    """What tools gave, as sentences: JSON objects become "key is value", other text is said as it is."""
    return " ".join(_sentence(_spoken(_parsed(output))) for output in outputs)


def _parsed(output: str) -> Any:
    try:
        return json.loads(output)
    except ValueError:
        return output


def _spoken(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')} is {_spoken(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(map(_spoken, value))
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "nothing"}[value]
    return str(value)


def _sentence(text: str) -> str:
    text = text.strip() or "the tool gave no answer"
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")
