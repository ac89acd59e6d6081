"""Conversation items, the input audio buffer, transcription."""

from typing import ClassVar, Literal

from .._base import ABSENT, FreeJson, ModelMeta
from ..error_details import VoiceLiveErrorDetails
from ..items import AnyResponseItem
from ..transcription import LogProbProperties, TranscriptionPhrase
from ._base import ServerEvent


class ConversationItemCreated(ServerEvent, metaclass=ModelMeta):
    """An item was added: by the client, by a commit, or by a response.

    Attributes:
        previous_item_id: Item before it; null or empty for the first.
        item: The item.
    """

    type: ClassVar[Literal["conversation.item.created"]] = "conversation.item.created"
    previous_item_id: str | None = ABSENT
    item: AnyResponseItem | None = ABSENT


class ConversationItemDeleted(ServerEvent, metaclass=ModelMeta):
    """An item was removed.

    Attributes:
        item_id: Item removed.
    """

    type: ClassVar[Literal["conversation.item.deleted"]] = "conversation.item.deleted"
    item_id: str


class ConversationItemInputAudioTranscriptionCompleted(ServerEvent, metaclass=ModelMeta):
    """User transcript is complete; may come before or after the response's events.

    Attributes:
        item_id: User message item.
        content_index: Position of the part in the item's content list (zero-based).
        transcript: Whole transcript.
        logprobs: Token log probabilities, when included.
        phrases: Phrase timings, when included.
        language: Locale recognized; seen with azure-speech (not in the released SDK; observed in captures).
        usage: Token or duration usage of the transcription (not in the released SDK; observed in captures (OpenAI
            shape)).
    """

    type: ClassVar[Literal["conversation.item.input_audio_transcription.completed"]] = (
        "conversation.item.input_audio_transcription.completed"
    )
    item_id: str
    content_index: int
    transcript: str
    logprobs: list[LogProbProperties] | None = ABSENT
    phrases: list[TranscriptionPhrase] | None = ABSENT
    language: str | None = ABSENT
    usage: FreeJson = ABSENT


class ConversationItemInputAudioTranscriptionDelta(ServerEvent, metaclass=ModelMeta):
    """Piece of a user transcript.

    Attributes:
        item_id: User message item.
        content_index: Position of the part in the item's content list (zero-based).
        delta: Text piece.
        logprobs: Token log probabilities, when included.
    """

    type: ClassVar[Literal["conversation.item.input_audio_transcription.delta"]] = "conversation.item.input_audio_transcription.delta"
    item_id: str
    content_index: int | None = ABSENT
    delta: str | None = ABSENT
    logprobs: list[LogProbProperties] | None = ABSENT


class ConversationItemInputAudioTranscriptionFailed(ServerEvent, metaclass=ModelMeta):
    """Transcription of a user item failed.

    Attributes:
        item_id: User message item.
        content_index: Position of the part in the item's content list (zero-based).
        error: The error.
    """

    type: ClassVar[Literal["conversation.item.input_audio_transcription.failed"]] = "conversation.item.input_audio_transcription.failed"
    item_id: str
    content_index: int
    error: VoiceLiveErrorDetails


class ConversationItemRetrieved(ServerEvent, metaclass=ModelMeta):
    """Answer to conversation.item.retrieve.

    Attributes:
        item: The item.
    """

    type: ClassVar[Literal["conversation.item.retrieved"]] = "conversation.item.retrieved"
    item: AnyResponseItem | None = ABSENT


class ConversationItemTruncated(ServerEvent, metaclass=ModelMeta):
    """An assistant item was cut.

    Attributes:
        item_id: Item cut.
        content_index: Part cut (zero-based).
        audio_end_ms: Audio kept from the start of the item (ms).
    """

    type: ClassVar[Literal["conversation.item.truncated"]] = "conversation.item.truncated"
    item_id: str
    content_index: int
    audio_end_ms: int


class InputAudioBufferCleared(ServerEvent, metaclass=ModelMeta):
    """Answer to input_audio_buffer.clear."""

    type: ClassVar[Literal["input_audio_buffer.cleared"]] = "input_audio_buffer.cleared"


class InputAudioBufferCommitted(ServerEvent, metaclass=ModelMeta):
    """Input buffer became a user item.

    Attributes:
        previous_item_id: Item before it; null or empty for the first.
        item_id: User item that will be created.
    """

    type: ClassVar[Literal["input_audio_buffer.committed"]] = "input_audio_buffer.committed"
    previous_item_id: str | None = ABSENT
    item_id: str


class InputAudioBufferSpeechStarted(ServerEvent, metaclass=ModelMeta):
    """Speech detected; stop playback here.

    Attributes:
        audio_start_ms: Start of speech, from the first audio of the session, padding included (ms).
        item_id: User item that will be created.
    """

    type: ClassVar[Literal["input_audio_buffer.speech_started"]] = "input_audio_buffer.speech_started"
    audio_start_ms: int
    item_id: str


class InputAudioBufferSpeechStopped(ServerEvent, metaclass=ModelMeta):
    """End of speech detected.

    Attributes:
        audio_end_ms: End of speech, from the first audio of the session, silence included (ms).
        item_id: User item that will be created.
    """

    type: ClassVar[Literal["input_audio_buffer.speech_stopped"]] = "input_audio_buffer.speech_stopped"
    audio_end_ms: int
    item_id: str


class ConversationItemDone(ServerEvent, metaclass=ModelMeta):
    """Sent after a VAD user item in captured sessions; no SDK class.

    Not in the released API (observed-only).

    Attributes:
        previous_item_id: Item before it.
        item: Final item.
    """

    type: ClassVar[Literal["conversation.item.done"]] = "conversation.item.done"
    previous_item_id: str | None = ABSENT
    item: AnyResponseItem


class ConversationItemAdded(ServerEvent, metaclass=ModelMeta):
    """v1 / GA name of conversation.item.created.

    Not in the released API (spec-v1-only).

    Attributes:
        previous_item_id: Item before it.
        item: Item.
    """

    type: ClassVar[Literal["conversation.item.added"]] = "conversation.item.added"
    previous_item_id: str | None = ABSENT
    item: AnyResponseItem


class ConversationCreated(ServerEvent, metaclass=ModelMeta):
    """Listed in an early specification; no SDK class in any release.

    Not in the released API (spec-preview-only).

    Attributes:
        conversation: Conversation object (shape as in the OpenAI beta).
    """

    type: ClassVar[Literal["conversation.created"]] = "conversation.created"
    conversation: dict[str, FreeJson] | None = ABSENT
