"""What fits what, and how a difference reads."""

import re

import pytest

from voicelive.models import RequestSession
from voicelive.testing import ABSENT, ANY
from voicelive.testing._matching import differences


def is_loud(value):
    return value > 0.5


@pytest.mark.parametrize(
    ("expected", "came"),
    [
        (1, 1),
        (1.0, 1),
        (None, None),
        ({}, {"a": 1}),
        ({"a": {"b": 2}}, {"a": {"b": 2, "c": 3}}),
        ([{"a": 1}, ANY], [{"a": 1, "b": 2}, None]),
        (("text",), ["text"]),
        ({"a": ANY, "b": ABSENT}, {"a": None}),
        (re.compile("Oslo"), "weather in Oslo?"),
        (is_loud, 0.7),
        (str, "x"),
        (pytest.approx(0.3), 0.1 + 0.2),
        (b"\0\1", "AAE="),
        (RequestSession(modalities=["text"]), {"modalities": ["text"], "voice": "x"}),
    ],
)
def test_what_fits(expected, came):
    assert list(differences(expected, came)) == []


@pytest.mark.parametrize(
    ("expected", "came", "text"),
    [
        ({"a": {"b": 2}}, {"a": {"b": 3}}, "a.b: expected 2, came 3"),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": "2"}]}, "a[1].b: expected 2, came '2'"),
        ({"a": [1]}, {"a": [1, 2]}, "a: expected [1], came [1, 2]"),
        ({"a": ["x"]}, {"a": "x"}, "a: expected ['x'], came 'x'"),
        ({"a": {"b": 2}}, {"a": 2}, "a: expected {'b': 2}, came 2"),
        ({"a": {"b": 2}}, {}, "a: expected {'b': 2}, came nothing"),
        ({"a": ANY}, {}, "a: expected ANY, came nothing"),
        ({"a": ABSENT}, {"a": None}, "a: expected ABSENT, came None"),
        ({"a": True}, {"a": 1}, "a: expected True, came 1"),
        ({"a": re.compile("^O")}, {"a": "in Oslo"}, "a: expected text with /^O/, came 'in Oslo'"),
        ({"a": re.compile("1")}, {"a": 1}, "a: expected text with /1/, came 1"),
        ({"a": is_loud}, {"a": 0.2}, "a: expected what is_loud takes, came 0.2"),
        ({"a": str}, {"a": 1}, "a: expected a str, came 1"),
        ({"a": b"\0\1"}, {"a": "AAA="}, "a: expected b'\\x00\\x01', came 'AAA='"),
        ({"a": 1}, {"a": "x" * 200}, f"a: expected 1, came '{'x' * 119}... (202 characters)"),
    ],
)
def test_what_does_not(expected, came, text):
    assert [str(each) for each in differences(expected, came)] == [text]
