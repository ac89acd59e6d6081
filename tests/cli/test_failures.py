"""Which errors become one line, and which stay errors."""

import asyncio

import pytest

from voicelive.cli._failures import Failure, failure_from, printable, tell
from voicelive.exceptions import ConnectionClosed


class GroupError(Exception):
    """Shaped like a group of a task group; Python 3.10 has none of its own."""

    def __init__(self, *members):
        super().__init__("group")
        self.exceptions = members


@pytest.mark.parametrize(
    ("error", "exit_code", "part"),
    [
        (Failure("no such file", 2), 2, "no such file"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (asyncio.CancelledError(), 130, "interrupted"),
        (ConnectionClosed(1011, "overloaded"), 1, "1011: overloaded"),
        (GroupError(GroupError(ConnectionClosed(1006, "")), ValueError("second")), 1, "1006"),
    ],
    ids=["failure", "ctrl-c", "ctrl-c on Python 3.10", "of the package", "in groups"],
)
def test_what_a_user_can_meet_is_a_failure(error, exit_code, part):
    failure = failure_from(error)
    assert failure.exit_code == exit_code
    assert part in failure.message


@pytest.mark.parametrize("error", [ValueError("a bug"), GroupError(KeyError("a bug")), SystemExit(3)], ids=repr)
def test_what_nobody_expects_keeps_its_traceback(error):
    assert failure_from(error) is None


def test_a_failure_is_one_line_whatever_it_says(capsys):
    tell(Failure("first\r\nsecond\x1b]0;title\x07 \u202ethird"))
    assert capsys.readouterr().err == "voicelive: first second ]0;title third\n"


def test_printable_keeps_words_of_every_language():
    assert printable("größer  als\t日本") == "größer als 日本"
