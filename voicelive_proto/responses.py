"""Responses: what to ask for, what comes back, what it cost."""

from typing import ClassVar, Literal

from ._base import ABSENT, UNKNOWN_TAG, FreeJson, ModelMeta, OrMapping, OrMappings, Settings, Unknown, Value
from ._plain import Extra
from .interim_response import AnyInterimResponseConfig, InterimResponseConfigBase
from .items import AnyReadyMessage, AnyRequestItem, AnyResponseItem, ConversationRequestItem
from .tools import AnyTool, Tool
from .voices import AzureVoice, Voice


class ResponseStatusDetails(Value, metaclass=ModelMeta):
    """Details of a state other than completed; family by type."""


class ResponseCancelledDetails(ResponseStatusDetails, metaclass=ModelMeta):
    """Why the response was cancelled.

    Attributes:
        reason: Turn_detected (barge-in) or client_cancelled (response.cancel) (``turn_detected``,
            ``client_cancelled``).
    """

    type: ClassVar[Literal["cancelled"]] = "cancelled"
    reason: str


class ResponseFailedDetails(ResponseStatusDetails, metaclass=ModelMeta):
    """Why the response failed.

    Attributes:
        error: Error object, shape not fixed (usually code and message).
    """

    type: ClassVar[Literal["failed"]] = "failed"
    error: FreeJson


class ResponseIncompleteDetails(ResponseStatusDetails, metaclass=ModelMeta):
    """Why the response stopped early.

    Attributes:
        reason: Max_output_tokens or content_filter (``max_output_tokens``, ``content_filter``).
    """

    type: ClassVar[Literal["incomplete"]] = "incomplete"
    reason: str


class UnknownResponseStatusDetails(Unknown, ResponseStatusDetails, tag=UNKNOWN_TAG, tag_field="type", metaclass=ModelMeta):
    """Details of a status that has no class, such as ``completed``."""

    extra_: Extra


AnyResponseStatusDetails = ResponseCancelledDetails | ResponseFailedDetails | ResponseIncompleteDetails | UnknownResponseStatusDetails


class CachedTokenDetails(Value, metaclass=ModelMeta):
    """How many cached input tokens were of which kind.

    Attributes:
        text_tokens: Cached text tokens (tokens).
        audio_tokens: Cached audio tokens (tokens).
        image_tokens: Cached image tokens (tokens).
    """

    text_tokens: int
    audio_tokens: int
    image_tokens: int


class InputTokenDetails(Value, metaclass=ModelMeta):
    """Breakdown of input tokens.

    Attributes:
        cached_tokens: Of these, cached (tokens).
        text_tokens: Text tokens (tokens).
        audio_tokens: Audio tokens (tokens).
        image_tokens: Image tokens (tokens).
        cached_tokens_details: Breakdown of the cached ones.
        cache_write_tokens: Seen with cascaded models (not in the released SDK; observed in captures).
    """

    cached_tokens: int
    text_tokens: int
    audio_tokens: int
    image_tokens: int | None = ABSENT
    cached_tokens_details: CachedTokenDetails | None = ABSENT
    cache_write_tokens: int | None = ABSENT


class OutputTokenDetails(Value, metaclass=ModelMeta):
    """Breakdown of output tokens.

    Attributes:
        text_tokens: Text tokens (tokens).
        audio_tokens: Audio tokens (tokens).
        reasoning_tokens: Reasoning tokens (tokens).
    """

    text_tokens: int
    audio_tokens: int
    reasoning_tokens: int | None = ABSENT


class TokenUsage(Value, metaclass=ModelMeta):
    """Token usage of a response.

    Attributes:
        total_tokens: Input plus output (tokens).
        input_tokens: Input tokens (tokens).
        output_tokens: Output tokens (tokens).
        input_token_details: Breakdown of input.
        output_token_details: Breakdown of output.
    """

    total_tokens: int
    input_tokens: int
    output_tokens: int
    input_token_details: InputTokenDetails
    output_token_details: OutputTokenDetails


class Response(Value, metaclass=ModelMeta):
    """A response as reported by the service.

    Attributes:
        id: Response identifier.
        object: Constant object tag.
        status: State; final in response.done (see `ResponseStatus`).
        status_details: Reason for a state other than completed.
        output: Items produced so far; raw audio is left out.
        usage: Token counts; null until the response is done.
        conversation_id: Conversation the response was added to; null when kept out of it.
        voice: Voice used: bare name or voice object.
        modalities: Output kinds the response could use (see `Modality`).
        output_audio_format: Encoding of its audio (see `OutputAudioFormat`).
        temperature: Sampling temperature used (at least 0.6; at most 1.2).
        max_output_tokens: Token ceiling used (integer, ``inf``; tokens).
        metadata: Free key/value strings attached to the object (max_pairs 16; max_key_length 64; max_value_length
            512).
    """

    id: str | None = ABSENT
    object: str | None = ABSENT
    status: str | None = ABSENT
    status_details: AnyResponseStatusDetails | None = ABSENT
    output: list[AnyResponseItem] | None = ABSENT
    usage: TokenUsage | None = ABSENT
    conversation_id: str | None = ABSENT
    voice: Voice | None = ABSENT
    modalities: list[str] | None = ABSENT
    output_audio_format: str | None = ABSENT
    temperature: float | None = ABSENT
    max_output_tokens: int | str | None = ABSENT
    metadata: dict[str, str] | None = ABSENT


class ResponseCreateParams(Settings, metaclass=ModelMeta):
    """Settings of one response, overriding the session.

    Attributes:
        commit: Add the result to the conversation (service default true).
        cancel_previous: Cancel a running response first (service default true).
        append_input_items: Items appended to the context before generating.
        input_items: Items that replace the context for this response; empty list means no context.
        modalities: Output kinds for this response; text only gives no audio (see `Modality`).
        instructions: Instructions for this response instead of the session's.
        voice: Voice used for synthesized output: a bare name or a voice object.
        output_audio_format: Encoding (and rate) of audio the service sends back (see `OutputAudioFormat`).
        tools: Tools for this response.
        tool_choice: Tool choice mode (the SDK types it as plain text).
        temperature: Sampling temperature for this response (at least 0.6; at most 1.2; service default 0.8).
        max_output_tokens: Token ceiling for this response (integer, ``inf``; tokens; at least 1; at most 4096; or
            "inf"; service default "inf").
        pre_generated_assistant_message: Ready assistant message to be spoken instead of generating; service wants
            exactly one text part.
        reasoning_effort: How much a reasoning model may think before answering (see `ReasoningEffort`; since
            2026-01-01-preview).
        metadata: Free key/value strings attached to the object (max_pairs 16; max_key_length 64; max_value_length
            512).
        interim_response: Filler utterance settings used while the real answer is delayed (since
            2026-01-01-preview).
        invoke_input: Data passed to a hosted agent (since 2026-06-01-preview).
        conversation: None keeps the response out of the default conversation; not declared by the SDK (keyword is
            rejected, mapping key passes through) (not in the released SDK; service API reference) (``auto``, ``none``).
        max_response_output_tokens: Older name of max_output_tokens (not in the released SDK; service API reference)
            (integer, ``inf``).
    """

    commit: bool | None = ABSENT
    cancel_previous: bool | None = ABSENT
    append_input_items: OrMappings[AnyRequestItem, ConversationRequestItem, None] = ABSENT
    input_items: OrMappings[AnyRequestItem, ConversationRequestItem, None] = ABSENT
    modalities: list[str] | None = ABSENT
    instructions: str | None = ABSENT
    voice: OrMapping[Voice | None, AzureVoice] = ABSENT
    output_audio_format: str | None = ABSENT
    tools: OrMappings[AnyTool, Tool, None] = ABSENT
    tool_choice: str | None = ABSENT
    temperature: float | None = ABSENT
    max_output_tokens: int | str | None = ABSENT
    pre_generated_assistant_message: OrMapping[AnyReadyMessage | None] = ABSENT
    reasoning_effort: str | None = ABSENT
    metadata: dict[str, str] | None = ABSENT
    interim_response: OrMapping[AnyInterimResponseConfig | None, InterimResponseConfigBase] = ABSENT
    invoke_input: dict[str, FreeJson] | None = ABSENT
    conversation: str | None = ABSENT
    max_response_output_tokens: int | str | None = ABSENT
