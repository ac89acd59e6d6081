"""Bodies of errors and warnings."""

import re

from ._base import ABSENT, ModelMeta, Value


class ServerEventErrorDetails(Value, metaclass=ModelMeta):
    """Error inside an error event.

    Attributes:
        type: Error category, e.g. invalid_request_error or server_error.
        code: Error code.
        message: Text for humans.
        param: Offending parameter path.
        event_id: Client event that caused it, when known.
    """

    type: str
    code: str | None = ABSENT
    message: str
    param: str | None = ABSENT
    event_id: str | None = ABSENT


class ServerEventWarningDetails(Value, metaclass=ModelMeta):
    """Warning inside a warning event.

    Attributes:
        message: Text for humans.
        code: Warning code.
        param: Parameter concerned.
    """

    message: str
    code: str | None = ABSENT
    param: str | None = ABSENT


class VoiceLiveErrorDetails(Value, metaclass=ModelMeta):
    """General error object.

    Attributes:
        code: Error code.
        message: Text for humans.
        param: Offending parameter path.
        type: Error category.
        event_id: Event concerned.
    """

    code: str | None = ABSENT
    message: str
    param: str | None = ABSENT
    type: str | None = ABSENT
    event_id: str | None = ABSENT


class ErrorResponse(Value, metaclass=ModelMeta):
    """Envelope of an error outside the event stream; referenced by no event.

    Attributes:
        error: The error.
    """

    error: VoiceLiveErrorDetails


class RtcCallErrorDetails(Value, metaclass=ModelMeta):
    """Error of a WebRTC call (pre-release 1.3.0b1).

    Attributes:
        type: Error category.
        code: Error code, e.g. missing_sdp.
        message: Text for humans.
    """

    type: str
    code: str | None = ABSENT
    message: str


_CODES = (
    ("change_in_ec_", "session.update"),
    ("invalid_ec_", "session.update"),
    ("session_", "session"),  # ends it, and refuses nothing
    ("conversation_full", "conversation.item.create"),
    ("input_audio_buffer", "input_audio_buffer.commit"),
    ("item_truncate_", "conversation.item.truncate"),
    ("item_already_truncated", "conversation.item.truncate"),
    ("item_delete_", "conversation.item.delete"),
    ("item_retrieve_", "conversation.item.retrieve"),
    ("unsupported_content_type", "conversation.item.create"),
    ("conversation_already_has_active_response", "response.create"),
    ("response_cancel_", "response.cancel"),
)
"""How codes of errors begin, and what is refused with them (service facts, section 9; service rules)."""

_PARAMS = {
    "session": "session.update",
    "response": "response.create",
    "additional_instructions": "response.create",
    "item": "conversation.item.create",
    "previous_item_id": "conversation.item.create",
    "audio_end_ms": "conversation.item.truncate",
}
"""First steps of the paths that errors name, and the client event that alone has such a field."""


def named_event(error: ServerEventErrorDetails | None) -> str | None:
    """The ``event_id`` that an error is about; None where it names none, which the service also writes as an empty string."""
    return (error.event_id or None) if error is not None else None


def refused_type(error: ServerEventErrorDetails) -> str | None:
    """Wire name of the client event that an error is surely about, by its code or its path; None where they do not tell."""
    code, param = error.code or "", error.param or ""
    by_code = next((kind for start, kind in _CODES if code.startswith(start)), None)
    return by_code or _PARAMS.get(re.split(r"[.\[]", param)[0])
