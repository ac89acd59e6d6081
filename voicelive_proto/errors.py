"""What can go wrong in the protocol, and whose fault it is.

::

    ProtocolError
    ├── LocalProtocolError     we tried to send something that may not be sent; nothing was changed
    └── RemoteProtocolError    the peer sent something that may not be sent; ``reply`` is the answer a server would give
        ├── MalformedFrame     not JSON, not an object, no type, or a known type with a wrong field
        └── UnexpectedEvent    a well-formed event that its entity's state does not allow

A service ``error`` event is none of these: it is an event like any other.
"""

from typing import Any

EXCERPT_BYTES = 120


class ProtocolError(Exception):
    """Base of the protocol's errors."""

    def __reduce__(self) -> Any:
        # Not by a call with args, which hold the whole message and not what it was made of.
        return type(self).__new__, (type(self), *self.args), vars(self)


class LocalProtocolError(ProtocolError):
    """An event that may not be sent now, or not in this form. No state was changed.

    Attributes:
        event_type: wire name of the refused event, or None when it had none.
        state: name of the state that refused it, or None when the event itself is wrong.
    """

    def __init__(self, message: str, *, event_type: str | None = None, state: str | None = None) -> None:
        super().__init__(message)
        self.event_type = event_type
        self.state = state


class RemoteProtocolError(ProtocolError):
    """The peer broke the protocol.

    Attributes:
        event_type: wire name of the event, where it is known.
        state: name of the state that does not allow it, where one does.
        code: the ``error.code`` that fits (service facts, section 9), or None.
        param: path of the field at fault, or None.
        event_id: the peer's own id of its event, or None.
    """

    def __init__(
        self,
        message: str,
        *,
        event_type: str | None = None,
        state: str | None = None,
        code: str | None = None,
        param: str | None = None,
        event_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.event_type = event_type
        self.state = state
        self.code = code
        self.param = param
        self.event_id = event_id

    @property
    def reply(self) -> dict[str, Any]:
        """The body of the ``error`` event that a server answers with (its ``error`` object)."""
        return {
            "type": "invalid_request_error",
            "code": self.code,
            "message": str(self),
            "param": self.param,
            "event_id": self.event_id,
        }


class MalformedFrame(RemoteProtocolError):
    """A frame that is no event.

    Attributes:
        path: where in the object, such as ``$.session.tools[0].name``; ``$`` for the frame as a whole.
        excerpt: the frame's first bytes.
    """

    def __init__(self, problem: str, *, path: str = "$", excerpt: bytes = b"", event_type: str | None = None) -> None:
        self.problem = problem
        self.path = path
        self.excerpt = excerpt[:EXCERPT_BYTES]
        code = "invalid_event" if path == "$" else "invalid_value"
        super().__init__(
            f"{event_type or 'frame'}: {problem} at {path}",
            event_type=event_type,
            code=code,
            param=path.removeprefix("$").removeprefix(".") or None,
        )


class UnexpectedEvent(RemoteProtocolError):
    """A well-formed event that its entity's state does not allow."""
