"""Lines on a terminal and in a pipe."""

import io

import pytest

from voicelive.cli._screen import Screen


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def narrow(monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


def show(stream):
    screen = Screen(stream)
    screen.row(("12.000 s  ", "dim"), ("-> session.update of great length [bold]", ""))
    screen.spoken("you", "first\nsecond \x1b[31m and so on for more than a row")
    screen.line("a last line that is longer than thirty columns are wide")
    return stream.getvalue()


def test_a_pipe_gets_whole_plain_lines():
    assert show(io.StringIO()).split("\n") == [
        "12.000 s  -> session.update of great length [bold]",
        "             you  first second [31m and so on for more than a row",
        "a last line that is longer than thirty columns are wide",
        "",
    ]


def test_a_terminal_gets_colours_and_rows_that_fit():
    row, *rest = show(Terminal()).split("\n")
    assert row == "\x1b[2m12.000 s  \x1b[0m-> session.update o…"
    assert "\x1b[1m" in rest[0]
    assert "\x1b[31m" not in rest[0]
    assert rest[1].startswith("a last line")
