"""What can go wrong in the local server.

::

    EmulatorError       the server cannot start
    ├── BadConfig       the file of settings says what cannot be
    ├── BadEngine       no engine has this name, or it cannot be made so
    ├── BadPort         the port is no port number
    └── PortTaken       another program listens there

    Refused             a client asked for something it may not have; an ``error`` event says so
    Incomplete          a response ends before its answer does
    └── OutOfTokens     it reached its ceiling
    EngineFailed        an engine raised what it may not, or gave nothing for too long
"""

# ruff: noqa: N818
# The names say what happened, in the terms of the protocol, as those of the core do.

from typing import Any


class EmulatorError(Exception):
    """The local server cannot do what it was asked to; the text is one line for a terminal."""


class BadConfig(EmulatorError):
    """The file of settings cannot be read, or says what cannot be."""


class BadEngine(EmulatorError):
    """No engine has this name, or it cannot be made with these options.

    Attributes:
        keys: kind of engine, and the option at fault if there is one, as they stand in a file of settings.
    """

    def __init__(self, message: str, *keys: str) -> None:
        super().__init__(message)
        self.keys = keys


class BadPort(EmulatorError):
    """The port is not a whole number from 0 to 65535."""


class PortTaken(EmulatorError):
    """Another program already listens on this address."""


class Incomplete(Exception):
    """The answer is longer than what is given of it; a responder raises this after what it gives.

    Attributes:
        reason: ``status_details.reason`` of the response: ``max_output_tokens`` or ``content_filter``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"the answer was cut short: {reason}")
        self.reason = reason


class OutOfTokens(Incomplete):
    """The response reached its ``max_output_tokens``."""

    def __init__(self) -> None:
        super().__init__("max_output_tokens")


LONGEST_TEXT_CHARACTERS = 1_000
"""Errors quote what a client sent; they are cut here."""


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT_CHARACTERS else f"{text[:LONGEST_TEXT_CHARACTERS]}..."


class EngineFailed(Exception):
    """An engine raised what it may not, or gave nothing for too long; the text says so to the client."""


class Refused(Exception):
    """A client's event may not be carried out.

    Attributes:
        code: ``error.code`` (service facts, section 9).
        param: path of the setting at fault, such as ``session.temperature``, or None.
        kind: ``error.type``: whose fault it is, the client's or the server's.
    """

    def __init__(self, message: str, *, code: str = "invalid_value", param: str | None = None, kind: str = "invalid_request_error") -> None:
        super().__init__(message)
        self.code = code
        self.param = param
        self.kind = kind

    @property
    def reply(self) -> dict[str, Any]:
        """The ``error`` object of the answer, without the client's event id."""
        return {"type": self.kind, "code": self.code, "message": _cut(str(self)), "param": self.param and _cut(self.param)}
