"""Session, avatar, call set-up, errors and warnings."""

from typing import ClassVar, Literal

from .._base import ABSENT, FreeJson, ModelMeta
from ..error_details import RtcCallErrorDetails, ServerEventErrorDetails, ServerEventWarningDetails
from ..session import ResponseSession
from ._base import ServerEvent


class Error(ServerEvent, metaclass=ModelMeta):
    """Something went wrong; the session usually stays open.

    Attributes:
        error: The error.
    """

    type: ClassVar[Literal["error"]] = "error"
    error: ServerEventErrorDetails


class OutputAudioBufferCleared(ServerEvent, metaclass=ModelMeta):
    """Answer to output_audio_buffer.clear.

    Since api-version 2026-04-10.
    """

    type: ClassVar[Literal["output_audio_buffer.cleared"]] = "output_audio_buffer.cleared"


class SessionAvatarConnecting(ServerEvent, metaclass=ModelMeta):
    """Answer to session.avatar.connect.

    Attributes:
        server_sdp: SDP answer (service documentation shows it base64-encoded).
    """

    type: ClassVar[Literal["session.avatar.connecting"]] = "session.avatar.connecting"
    server_sdp: str


class SessionAvatarSwitchToIdle(ServerEvent, metaclass=ModelMeta):
    """Avatar went idle.

    Attributes:
        turn_id: Turn concerned.
    """

    type: ClassVar[Literal["session.avatar.switch_to_idle"]] = "session.avatar.switch_to_idle"
    turn_id: str | None = ABSENT


class SessionAvatarSwitchToSpeaking(ServerEvent, metaclass=ModelMeta):
    """Avatar begins to speak.

    Attributes:
        turn_id: Turn concerned.
    """

    type: ClassVar[Literal["session.avatar.switch_to_speaking"]] = "session.avatar.switch_to_speaking"
    turn_id: str | None = ABSENT


class SessionCreated(ServerEvent, metaclass=ModelMeta):
    """First event of a connection; default session settings.

    Attributes:
        session: Session as it stands.
    """

    type: ClassVar[Literal["session.created"]] = "session.created"
    session: ResponseSession


class SessionUpdated(ServerEvent, metaclass=ModelMeta):
    """Answer to session.update; full session settings.

    Attributes:
        session: Session as it stands.
    """

    type: ClassVar[Literal["session.updated"]] = "session.updated"
    session: ResponseSession


class Warning(ServerEvent, metaclass=ModelMeta):
    """Something worth knowing; the session continues.

    Since api-version 2026-01-01-preview.

    Attributes:
        warning: The warning.
    """

    type: ClassVar[Literal["warning"]] = "warning"
    warning: ServerEventWarningDetails


class TranscriptionSessionUpdated(ServerEvent, metaclass=ModelMeta):
    """OpenAI beta answer to transcription_session.update; tolerate.

    Not in the released API (openai-beta-only).

    Attributes:
        session: Settings as they stand.
    """

    type: ClassVar[Literal["transcription_session.updated"]] = "transcription_session.updated"
    session: dict[str, FreeJson]


class RateLimitsUpdated(ServerEvent, metaclass=ModelMeta):
    """Remaining quota, at the start of a response.

    Not in the released API (service-docs-only).

    Attributes:
        rate_limits: Entries {name: string, limit: integer, remaining: integer, reset_seconds: number}.
    """

    type: ClassVar[Literal["rate_limits.updated"]] = "rate_limits.updated"
    rate_limits: list[dict[str, FreeJson]]


class OutputAudioBufferStarted(ServerEvent, metaclass=ModelMeta):
    """Output audio started to play (WebRTC).

    Not in the released API (beta-only).

    Attributes:
        response_id: Response that this event belongs to.
    """

    type: ClassVar[Literal["output_audio_buffer.started"]] = "output_audio_buffer.started"
    response_id: str | None = ABSENT


class OutputAudioBufferStopped(ServerEvent, metaclass=ModelMeta):
    """Output audio stopped playing (WebRTC).

    Not in the released API (beta-only).

    Attributes:
        response_id: Response that this event belongs to.
    """

    type: ClassVar[Literal["output_audio_buffer.stopped"]] = "output_audio_buffer.stopped"
    response_id: str | None = ABSENT


class RtcCallSdpCreated(ServerEvent, metaclass=ModelMeta):
    """Answer to rtc.call.sdp.create.

    Not in the released API (beta-only).

    Attributes:
        rtc_call_id: Call created.
        sdp_answer: SDP answer.
    """

    type: ClassVar[Literal["rtc.call.sdp.created"]] = "rtc.call.sdp.created"
    rtc_call_id: str
    sdp_answer: str


class RtcCallError(ServerEvent, metaclass=ModelMeta):
    """A WebRTC call operation failed.

    Not in the released API (beta-only).

    Attributes:
        operation: Operation that failed.
        rtc_call_id: Call concerned.
        error: The error.
    """

    type: ClassVar[Literal["rtc.call.error"]] = "rtc.call.error"
    operation: str | None = ABSENT
    rtc_call_id: str | None = ABSENT
    error: RtcCallErrorDetails


class ByomCredentialUpdated(ServerEvent, metaclass=ModelMeta):
    """Answer to byom_credential.update; fields not published. Tolerate.

    Not in the released API (service-internal).
    """

    type: ClassVar[Literal["byom_credential.updated"]] = "byom_credential.updated"
