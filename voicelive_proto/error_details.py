"""Bodies of errors and warnings."""

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
