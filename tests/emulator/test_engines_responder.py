"""The built-in responder: one table for each thing it can do."""

import asyncio
import datetime

import pytest

from voicelive.emulator.engines._numbers import numbers_in, shown, solve
from voicelive.emulator.engines._tool_calls import arguments
from voicelive.emulator.engines.responder import BuiltInResponder, ToolCall, Turn, Utterance, built_in_responder, local_time

NOW = datetime.datetime(2025, 3, 3, 15, 5, tzinfo=datetime.timezone.utc)


def answer(text, now=NOW, **turn):
    return asyncio.run(BuiltInResponder(lambda: now)(Turn(text=text, **turn)))


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        ("", []),
        ("no number here", []),
        ("seven", [7]),
        ("ninety-nine", [99]),
        ("a hundred", [100]),
        ("one hundred and five", [105]),
        ("fifteen hundred", [1500]),
        ("two thousand and one", [2001]),
        ("nine hundred ninety nine thousand nine hundred ninety nine", [999_999]),
        ("twelve million three hundred thousand and six", [12_300_006]),
        ("1,234 and 5.5", [1234, 5.5]),
        ("two point five", [2.5]),
        ("what is the point", []),
        ("three point taken", [3]),
        ("one two three", [1, 2, 3]),
        ("twenty one two", [21, 2]),
        ("two and three", [2, 3]),
        ("hundred", []),
        ("9" * 16, []),
    ],
)
def test_numbers(said, numbers):
    assert [float(number) for number in numbers_in(said)] == numbers


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("what is two plus three", "2 plus 3 is 5."),
        ("What is two plus three?", "2 plus 3 is 5."),
        ("12 times 4", "12 times 4 is 48."),
        ("3 x 4", "3 times 4 is 12."),
        ("1.5+1.5", "1.5 plus 1.5 is 3."),
        ("what is seven minus ten", "7 minus 10 is -3."),
        ("ten divided by four", "10 divided by 4 is 2.5."),
        ("ten divided by three", "10 divided by 3 is about 3.3333."),
        ("minus one over minus", None),
        ("one minus two divided by three", "1 minus 2 divided by 3 is about 0.3333."),
        ("two minus eight divided by three", "2 minus 8 divided by 3 is about -0.6667."),
        ("8 / 2", "8 divided by 2 is 4."),
        ("three added to four", "3 plus 4 is 7."),
        ("six multiplied by seven", "6 times 7 is 42."),
        ("nine take away four", "9 minus 4 is 5."),
        ("two plus three times four", "2 plus 3 times 4 is 14."),
        ("seven divided by zero", "I cannot divide by zero."),
        ("999999999999999 times 10", "That is more than I can count."),
        ("nine hundred ninety nine thousand nine hundred ninety nine plus one", "999999 plus 1 is 1000000."),
        # What a recogniser makes of small words.
        ("what used to plus three", "2 plus 3 is 5."),
        ("what is for plus ate", "4 plus 8 is 12."),
        ("six plus to", "6 plus 2 is 8."),
        ("five pluss six", "5 plus 6 is 11."),
        ("five time six", "5 times 6 is 30."),
        # No sums.
        ("2024-05-06", None),
        ("on 3/4 we go to work", None),
        ("two plus", None),
        ("what is love", None),
    ],
)
def test_sums(said, expected):
    assert solve(said) == expected
    if expected:
        assert answer(said) == expected


def test_rounded_numbers_say_so():
    assert shown(numbers_in("2.00004")[0]) == "about 2"
    assert shown(-numbers_in("2.5")[0]) == "-2.5"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("count to five", "1, 2, 3, 4, 5."),
        ("Please count up to 3.", "1, 2, 3."),
        ("count from eight to ten", "8, 9, 10."),
        ("count from ten to eight", "10, 9, 8."),
        ("count down from three", "3, 2, 1."),
        ("count down to eight", "10, 9, 8."),
        ("count to a million", "That is a long way. I count 50 numbers at most."),
        ("you can count on me", "You said: you can count on me"),
        ("count to nowhere", "You said: count to nowhere"),
        ("count to 2.5", "You said: count to 2.5"),
        ("repeat after me the red boat", "The red boat"),
        ("Please repeat after me: the red boat.", "The red boat."),
        ('say "good morning"', "Good morning"),
        ("could you say two plus three", "Two plus three"),
        ("say", "You said: say"),
        ("what time is it", "It is 3:05 PM."),
        ("could you tell me the time", "It is 3:05 PM."),
        ("What's the date?", "Today is Monday, March 3, 2025."),
        ("what day is it", "Today is Monday, March 3, 2025."),
        ("hello", "Hello! How can I help you?"),
        ("Good morning!", "Hello! How can I help you?"),
        ("hi there", "Hello! How can I help you?"),
        ("hello, how are you today", "I am fine, thank you."),
        ("thank you so much", "You are welcome."),
        ("Goodbye.", "Goodbye!"),
        ("the cat sat on the mat", "You said: the cat sat on the mat"),
        ("  spaced  ", "You said: spaced"),
    ],
)
def test_skills(said, expected):
    assert answer(said) == expected


@pytest.mark.parametrize("said", [None, "", " "])
def test_nothing_said_is_not_the_same_as_nothing_understood(said):
    spoken = {"type": "message", "role": "user", "content": [{"type": "input_audio", "transcript": said}]}
    assert answer(said, items=(spoken,)) == "Sorry, I could not make out the words."
    assert answer(said) == "Hello! How can I help you?"  # the client had it speak first


@pytest.mark.parametrize(
    ("hour", "expected"), [(0, "It is 12:05 AM."), (11, "It is 11:05 AM."), (12, "It is 12:05 PM."), (23, "It is 11:05 PM.")]
)
def test_time_of_day(hour, expected):
    assert answer("what time is it", NOW.replace(hour=hour)) == expected


def test_the_usual_clock_tells_the_time_here():
    assert local_time().tzinfo is not None
    assert asyncio.run(built_in_responder(Turn(text="what time is it"))).startswith("It is ")


def test_saying_it_again():
    history = (Utterance("user", "count to two"), Utterance("assistant", "1, 2."), Utterance("user", "repeat that"))
    assert answer("repeat that", history=history) == "1, 2."
    assert answer("Please say that again.", history=history) == "1, 2."
    assert answer("what did you say?") == "I have not said anything yet."


WEATHER = {
    "type": "function",
    "name": "get_current_weather",
    "description": "Get the weather at a place",
    "parameters": {
        "type": "object",
        "properties": {"location": {"type": "string"}, "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]}},
        "required": ["location"],
    },
}
LIGHTS = {
    "type": "function",
    "name": "switchLights",
    "description": "Turn the lamp on or off",
    "parameters": {"properties": {"on": {"type": "boolean"}, "brightness": {"type": "integer"}}},
}
CLOCK = {"type": "function", "name": "get_time"}
TOOLS = (WEATHER, LIGHTS, CLOCK)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("what is the weather in oslo", ToolCall("get_current_weather", {"location": "Oslo"})),
        ("What's the weather in New York today?", ToolCall("get_current_weather", {"location": "New York"})),
        ("weather for tomorrow in new york in fahrenheit", ToolCall("get_current_weather", {"location": "New York", "unit": "fahrenheit"})),
        ("the weather of St. Louis, please", ToolCall("get_current_weather", {"location": "St. Louis"})),
        ("what is the weather", "Which location?"),
        ("turn the lights off", ToolCall("switchLights", {"on": False})),
        ("turn on the lamp", ToolCall("switchLights", {"on": True})),
        ("switch the light to forty", ToolCall("switchLights", {"on": True, "brightness": 40})),
        ("what time is it", ToolCall("get_time", {})),
        ("what is two plus three", "2 plus 3 is 5."),
        ("repeat after me the weather is nice", "The weather is nice"),
        ("good morning", "Hello! How can I help you?"),
    ],
)
def test_tools(said, expected):
    assert answer(said, tools=TOOLS) == expected


@pytest.mark.parametrize(
    ("choice", "said", "expected"),
    [
        ("none", "what is the weather in oslo", "You said: what is the weather in oslo"),
        (None, "what is the weather in oslo", ToolCall("get_current_weather", {"location": "Oslo"})),
        ("required", "switch the lights", ToolCall("switchLights", {"on": True})),
        ("required", "good morning", ToolCall("get_current_weather", {"location": "good morning"})),
        ({"type": "function", "name": "get_time"}, "the weather in oslo", ToolCall("get_time", {})),
        ({"type": "function", "name": "gone"}, "good morning", "Hello! How can I help you?"),
    ],
)
def test_tool_choice(choice, said, expected):
    assert answer(said, tools=TOOLS, tool_choice=choice) == expected


@pytest.mark.parametrize(
    ("rules", "said", "value"),
    [
        ({"type": "integer"}, "give me twelve", 12),
        ({"type": "number"}, "give me two point five", 2.5),
        ({"type": "integer"}, "give me some", 0),
        ({"type": "number", "default": 7}, "give me some", 7),
        ({"type": "boolean"}, "yes", True),
        ({"type": "boolean"}, "no", False),
        ({"enum": ["small", "large"]}, "a LARGE one", "large"),
        ({"enum": ["small", "large"]}, "any", "small"),
        ({"type": "string"}, "all that was said", "all that was said"),
        ({"type": "object"}, "anything", {}),
        ({"type": "array"}, "anything", []),
        ({"type": ["string", "null"]}, "anything", "anything"),
    ],
)
def test_a_required_argument_is_never_missing(rules, said, value):
    schema = {"type": "object", "properties": {"value": rules}, "required": ["value"]}
    assert arguments(schema, said) == {"value": value}


def test_arguments_take_numbers_in_order_and_days_by_name():
    schema = {
        "properties": {"from": {"type": "integer"}, "to": {"type": "integer"}, "date": {"type": "string"}, "note": {"type": "string"}}
    }
    assert arguments(schema, "from five to nine on Tuesday") == {"from": 5, "to": 9, "date": "tuesday"}
    assert arguments(schema, "nothing") == {}
    assert arguments(None, "nothing") == {}


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        (("21 degrees and sunny",), "21 degrees and sunny."),
        (
            ('{"temperature": 21, "wind_speed": 3.5, "rain": false, "snow": null}',),
            "Temperature is 21, wind speed is 3.5, rain is no, snow is nothing.",
        ),
        (('["one", {"two": true}]',), "One, two is yes."),
        (('"done!"', "42"), "Done! 42."),
        (("",), "The tool gave no answer."),
        (("{}",), "The tool gave no answer."),
    ],
)
def test_tool_outputs_are_told(outputs, expected):
    assert answer("what is the weather in oslo", tools=TOOLS, tool_outputs=outputs) == expected
