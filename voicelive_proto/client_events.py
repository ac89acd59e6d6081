"""Events that a client sends, one class per wire name."""

from typing import TYPE_CHECKING, ClassVar, Literal

from ._base import ABSENT, UNKNOWN_TAG, AudioInput, FreeJson, ModelMeta, OrMapping, Settings, Unknown
from ._plain import Extra
from .items import AnyRequestItem, ConversationRequestItem
from .responses import ResponseCreateParams
from .session import RequestSession


class ClientEvent(Settings, metaclass=ModelMeta):
    """Base of the events that a client sends."""

    if TYPE_CHECKING:

        @property
        def type(self) -> str:
            """Wire name; each member of the family has its own."""

    event_id: str | None = ABSENT


class ConversationItemCreate(ClientEvent, metaclass=ModelMeta):
    """Add an item to the conversation.

    Answered by ``conversation.item.created``, error (unknown previous_item_id, bad item).

    Attributes:
        previous_item_id: Insert after this item; "root" inserts at the start; absent appends at the end.
        item: Item to add.
    """

    type: ClassVar[Literal["conversation.item.create"]] = "conversation.item.create"
    previous_item_id: str | None = ABSENT
    item: OrMapping[AnyRequestItem | None, ConversationRequestItem] = ABSENT


class ConversationItemDelete(ClientEvent, metaclass=ModelMeta):
    """Remove an item from the conversation.

    Answered by ``conversation.item.deleted``, error (unknown item).

    Attributes:
        item_id: Item to remove.
    """

    type: ClassVar[Literal["conversation.item.delete"]] = "conversation.item.delete"
    item_id: str


class ConversationItemRetrieve(ClientEvent, metaclass=ModelMeta):
    """Ask for the service's copy of an item.

    Answered by ``conversation.item.retrieved``, error (unknown item).

    Attributes:
        item_id: Item wanted.
    """

    type: ClassVar[Literal["conversation.item.retrieve"]] = "conversation.item.retrieve"
    item_id: str


class ConversationItemTruncate(ClientEvent, metaclass=ModelMeta):
    """Cut an assistant audio item to what was heard.

    Answered by ``conversation.item.truncated``, error (unknown item, audio_end_ms too large).

    Attributes:
        item_id: Assistant message item.
        content_index: Part to cut; use 0 (zero-based; one of [0]).
        audio_end_ms: Audio kept, from the start of the item, inclusive; beyond the real length is an error (ms; at
            least 0).
    """

    type: ClassVar[Literal["conversation.item.truncate"]] = "conversation.item.truncate"
    item_id: str
    content_index: int
    audio_end_ms: int


class InputAudioBufferAppend(ClientEvent, metaclass=ModelMeta):
    """Append audio to the input buffer.

    Answered by (no acknowledgement; server VAD may later send input_audio_buffer.speech_started), ``error``.

    Attributes:
        audio: Audio in the session's input format; at most 15 MiB per event (bytes at most 15728640).
    """

    type: ClassVar[Literal["input_audio_buffer.append"]] = "input_audio_buffer.append"
    audio: AudioInput


class InputAudioBufferClear(ClientEvent, metaclass=ModelMeta):
    """Throw away the input buffer.

    Answered by ``input_audio_buffer.cleared``.
    """

    type: ClassVar[Literal["input_audio_buffer.clear"]] = "input_audio_buffer.clear"


class InputAudioBufferCommit(ClientEvent, metaclass=ModelMeta):
    """Turn the input buffer into a user message (manual turn taking).

    Answered by ``input_audio_buffer.committed``, ``conversation.item.created``, error (empty buffer).
    """

    type: ClassVar[Literal["input_audio_buffer.commit"]] = "input_audio_buffer.commit"


class InputAudioClear(ClientEvent, metaclass=ModelMeta):
    """Throw away all input audio being streamed.

    Answered by (no documented answer).
    """

    type: ClassVar[Literal["input_audio.clear"]] = "input_audio.clear"


class InputAudioTurnAppend(ClientEvent, metaclass=ModelMeta):
    """Append audio to a named turn.

    Answered by (no documented answer).

    Attributes:
        turn_id: Client-chosen identifier of the audio turn.
        audio: Audio chunk in the session's input format.
    """

    type: ClassVar[Literal["input_audio.turn.append"]] = "input_audio.turn.append"
    turn_id: str
    audio: AudioInput


class InputAudioTurnCancel(ClientEvent, metaclass=ModelMeta):
    """Abandon a named turn.

    Answered by (no documented answer).

    Attributes:
        turn_id: Client-chosen identifier of the audio turn.
    """

    type: ClassVar[Literal["input_audio.turn.cancel"]] = "input_audio.turn.cancel"
    turn_id: str


class InputAudioTurnEnd(ClientEvent, metaclass=ModelMeta):
    """Close a named turn.

    Answered by (no documented answer).

    Attributes:
        turn_id: Client-chosen identifier of the audio turn.
    """

    type: ClassVar[Literal["input_audio.turn.end"]] = "input_audio.turn.end"
    turn_id: str


class InputAudioTurnStart(ClientEvent, metaclass=ModelMeta):
    """Open a named audio turn.

    Answered by (no documented answer).

    Attributes:
        turn_id: Client-chosen identifier of the audio turn.
    """

    type: ClassVar[Literal["input_audio.turn.start"]] = "input_audio.turn.start"
    turn_id: str


class InputTextDelta(ClientEvent, metaclass=ModelMeta):
    """Stream a piece of input text into an item.

    Answered by (no documented answer). Since api-version 2026-06-01-preview.

    Attributes:
        id: Item that receives the text.
        delta: Text piece.
        content_index: Content part that receives it (zero-based; service default 0).
    """

    type: ClassVar[Literal["input_text.delta"]] = "input_text.delta"
    id: str
    delta: str
    content_index: int | None = ABSENT


class InputTextDone(ClientEvent, metaclass=ModelMeta):
    """End the streamed input text of an item.

    Answered by (no documented answer). Since api-version 2026-06-01-preview.

    Attributes:
        id: Item concerned.
        content_index: Content part concerned (zero-based; service default 0).
    """

    type: ClassVar[Literal["input_text.done"]] = "input_text.done"
    id: str
    content_index: int | None = ABSENT


class OutputAudioBufferClear(ClientEvent, metaclass=ModelMeta):
    """Throw away avatar output not yet played.

    Answered by ``output_audio_buffer.cleared``. Since api-version 2026-04-10.
    """

    type: ClassVar[Literal["output_audio_buffer.clear"]] = "output_audio_buffer.clear"


class ResponseCancel(ClientEvent, metaclass=ModelMeta):
    """Cancel a response in progress.

    Answered by response.done with status cancelled, error (no active response).

    Attributes:
        response_id: Response to cancel; absent means the one in the default conversation.
    """

    type: ClassVar[Literal["response.cancel"]] = "response.cancel"
    response_id: str | None = ABSENT


class ResponseCreate(ClientEvent, metaclass=ModelMeta):
    """Ask for a response.

    Answered by response.created ... response.done, error (a response is already active).

    Attributes:
        response: Overrides for this response.
        additional_instructions: Text appended to the session instructions for this response only.
    """

    type: ClassVar[Literal["response.create"]] = "response.create"
    response: OrMapping[ResponseCreateParams | None] = ABSENT
    additional_instructions: str | None = ABSENT


class SessionAvatarConnect(ClientEvent, metaclass=ModelMeta):
    """Offer the avatar WebRTC connection.

    Answered by ``session.avatar.connecting``, ``error``.

    Attributes:
        client_sdp: SDP offer (service documentation shows it base64-encoded).
    """

    type: ClassVar[Literal["session.avatar.connect"]] = "session.avatar.connect"
    client_sdp: str


class SessionUpdate(ClientEvent, metaclass=ModelMeta):
    """Change session settings; only the given keys change.

    Answered by ``session.updated``, ``error``.

    Attributes:
        session: Settings to change.
    """

    type: ClassVar[Literal["session.update"]] = "session.update"
    session: OrMapping[RequestSession]


class TranscriptionSessionUpdate(ClientEvent, metaclass=ModelMeta):
    """Change transcription settings.

    Absent from the service documentation and specification; the OpenAI beta answers transcription_session.updated.

    Answered by transcription_session.updated (OpenAI beta name; not in the Voice Live documentation), ``error``.
    Not in the released API (documented-api-only).

    Attributes:
        session: Transcription settings; passed through unchanged.
    """

    type: ClassVar[Literal["transcription_session.update"]] = "transcription_session.update"
    session: dict[str, FreeJson]


class McpApprovalResponse(ClientEvent, metaclass=ModelMeta):
    """Listed as a type, no class and no documented shape.

    Approvals are sent with conversation.item.create and an mcp_approval_response item.

    Answered by (listed as an event type, no class and no documented shape; approvals go as a conversation item).
    Not in the released API (enum-only).
    """

    type: ClassVar[Literal["mcp_approval_response"]] = "mcp_approval_response"


class RtcCallSdpCreate(ClientEvent, metaclass=ModelMeta):
    """Offer a WebRTC call.

    Answered by ``rtc.call.sdp.created``, ``rtc.call.error``. Not in the released API (beta-only).

    Attributes:
        sdp_offer: SDP offer.
        session: Settings to start the session with.
    """

    type: ClassVar[Literal["rtc.call.sdp.create"]] = "rtc.call.sdp.create"
    sdp_offer: str
    session: OrMapping[RequestSession | None] = ABSENT


class ByomCredentialUpdate(ClientEvent, metaclass=ModelMeta):
    """Renews authorization headers of a bring-your-own-model connection; fields not published. Do not implement.

    Not in the released API (service-internal).
    """

    type: ClassVar[Literal["byom_credential.update"]] = "byom_credential.update"


class UnknownClientEvent(Unknown, ClientEvent, tag=UNKNOWN_TAG, tag_field="type", metaclass=ModelMeta):
    """An event from a client of a type we do not know, kept whole."""

    extra_: Extra


AnyClientEvent = (
    ConversationItemCreate
    | ConversationItemDelete
    | ConversationItemRetrieve
    | ConversationItemTruncate
    | InputAudioBufferAppend
    | InputAudioBufferClear
    | InputAudioBufferCommit
    | InputAudioClear
    | InputAudioTurnAppend
    | InputAudioTurnCancel
    | InputAudioTurnEnd
    | InputAudioTurnStart
    | InputTextDelta
    | InputTextDone
    | OutputAudioBufferClear
    | ResponseCancel
    | ResponseCreate
    | SessionAvatarConnect
    | SessionUpdate
    | TranscriptionSessionUpdate
    | McpApprovalResponse
    | RtcCallSdpCreate
    | ByomCredentialUpdate
    | UnknownClientEvent
)
