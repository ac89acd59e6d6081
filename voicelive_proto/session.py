"""Session settings: what a client asks for and what the service reports."""

from typing import Any, Literal

from ._base import ABSENT, UNKNOWN_TAG, EpochSeconds, FreeJson, ModelMeta, OrMapping, OrMappings, SessionSettings, Unknown, Value
from ._plain import Extra, epoch_seconds, slot_reader, slot_writer
from .avatar import Animation, AvatarConfig
from .interim_response import AnyInterimResponseConfig, InterimResponseConfigBase
from .tools import AnyTool, Tool, ToolChoice, ToolChoiceSelection
from .turn_detection import AnyTurnDetection, TurnDetection
from .voices import AzureVoice, Voice

NULL_CLEARS = frozenset({"turn_detection", "input_audio_noise_reduction", "input_audio_echo_cancellation", "input_audio_transcription"})
"""Where null is a setting of its own (service facts, section 6); anywhere else it says that there is none."""


class AudioEchoCancellation(SessionSettings, metaclass=ModelMeta):
    """Server-side echo cancellation settings.

    Attributes:
        reference_source: Where the echo reference comes from: the service's own output (server) or a second input
            channel (client) (see `EchoCancellationReferenceSource`; only server with 1 channel, client with 2 channels;
            service default "server"; since 2026-06-01-preview).
        channels: Input channels: 1 mono; 2 interleaved microphone/reference, then reference_source must be client
            and the format pcm16 (channels; one of [1, 2]; service default 1; since 2026-06-01-preview).
    """

    type: Literal["server_echo_cancellation"] = "server_echo_cancellation"
    reference_source: str | None = ABSENT
    channels: int | None = ABSENT


class UnknownEchoCancellation(Unknown, SessionSettings, tag=UNKNOWN_TAG, tag_field="type", metaclass=ModelMeta):
    """Echo cancellation of a kind we do not know."""

    extra_: Extra


AnyEchoCancellation = AudioEchoCancellation | UnknownEchoCancellation


class AudioInputTranscriptionOptions(SessionSettings, metaclass=ModelMeta):
    """How user audio is transcribed.

    Attributes:
        model: Transcription model (``whisper-1``, ``gpt-4o-transcribe``, ``gpt-4o-mini-transcribe``,
            ``gpt-4o-transcribe-diarize``, ``mai-transcribe-1``, ``azure-speech``).
        language: One language (BCP-47 or ISO-639-1), or a comma-separated list for detection.
        custom_speech: Custom speech model identifiers, keyed by locale.
        phrase_list: Words and phrases to favour; service limit below 500 entries (items at most 499; service how-
            to: fewer than 500).
        prompt: Text that guides whisper / gpt-4o transcription (not in the released SDK; service API reference).
        delay: Null observed (not in the released SDK; observed in captures).
    """

    model: str
    language: str | None = ABSENT
    custom_speech: dict[str, str] | None = ABSENT
    phrase_list: list[str] | None = ABSENT
    prompt: str | None = ABSENT
    delay: FreeJson = ABSENT


class AudioNoiseReduction(SessionSettings, metaclass=ModelMeta):
    """Noise suppression of input audio.

    Attributes:
        type: Which suppressor (``azure_deep_noise_suppression``, ``near_field``, ``far_field``).
    """

    type: str


class AgentConfig(Value, metaclass=ModelMeta):
    """The agent behind the session, as echoed by the service.

    Attributes:
        type: Constant tag.
        name: Agent name.
        description: What the agent is for.
        agent_id: Agent identifier.
        thread_id: Conversation thread identifier.
    """

    type: str
    name: str
    description: str | None = ABSENT
    agent_id: str
    thread_id: str


class SessionBase(Value, metaclass=ModelMeta):
    """Empty base left from the specification; no fields."""


class RequestSession(SessionSettings, metaclass=ModelMeta):
    """Session settings in session.update.

    Attributes:
        model: Model of the session; fixed once the session exists.
        modalities: Output kinds the session may produce; audio alone is not accepted by the service (see
            `Modality`; service default ["text", "audio"]).
        animation: Animation (blendshape / viseme) output settings.
        voice: Voice of the session: bare name or voice object; cannot change after audio was produced.
        instructions: System prompt; empty string clears it; not supported with a custom agent.
        input_audio_sampling_rate: Sampling rate of the audio the client sends (Hz; one of {'pcm16': [8000, 16000,
            24000], 'g711_ulaw': [8000], 'g711_alaw': [8000]}; service default 24000).
        input_audio_format: Encoding of the audio the client sends; cannot change during the session (see
            `InputAudioFormat`; service default "pcm16").
        output_audio_format: Encoding of the audio the service sends (see `OutputAudioFormat`; service default
            "pcm16").
        turn_detection: Turn detection settings; null switches to manual commit (push to talk).
        input_audio_noise_reduction: Noise suppression applied to incoming audio; null turns it off.
        input_audio_echo_cancellation: Server-side echo cancellation; null turns it off.
        avatar: Avatar stream settings.
        input_audio_transcription: Transcription of user audio; null turns it off.
        output_audio_timestamp_types: Timestamps requested with output audio; Azure voices only (see
            `AudioTimestampType`).
        tools: Function tools and MCP servers of the session.
        tool_choice: Tool choice mode, or one selected tool (service default "auto").
        parallel_tool_calls: Whether the model may call several tools in one response (service default true; since
            2026-06-01-preview).
        temperature: Sampling temperature of the model (not agreed on: SDK says 0-1 with default 0.7; service API
            reference says 0.6-1.2 with default 0.8; captures show 0.8).
        max_response_output_tokens: Token ceiling of one response, tool calls included; "inf" means no ceiling
            (integer, ``inf``; tokens; integer 1-4096 or "inf" (service API reference); service default "inf").
        reasoning_effort: Reasoning effort for reasoning models (see `ReasoningEffort`; since 2026-01-01-preview).
        interim_response: Filler utterances while a response or tool call is slow; needs a text model in cascade
            with Azure speech (since 2026-01-01-preview).
        include: Extra data to add to events (log probabilities, phrase timings, file search results) (see
            `SessionIncludeOption`; since 2026-04-10).
        metadata: Key/value strings kept with the session and copied into resource logs (max_pairs 16;
            max_key_length 64; max_value_length 512; since 2026-04-10).
    """

    model: str | None = ABSENT
    modalities: list[str] | None = ABSENT
    animation: OrMapping[Animation | None] = ABSENT
    voice: OrMapping[Voice | None, AzureVoice] = ABSENT
    instructions: str | None = ABSENT
    input_audio_sampling_rate: int | None = ABSENT
    input_audio_format: str | None = ABSENT
    output_audio_format: str | None = ABSENT
    turn_detection: OrMapping[AnyTurnDetection | None, TurnDetection] = ABSENT
    input_audio_noise_reduction: OrMapping[AudioNoiseReduction | None] = ABSENT
    input_audio_echo_cancellation: OrMapping[AnyEchoCancellation | None] = ABSENT
    avatar: OrMapping[AvatarConfig | None] = ABSENT
    input_audio_transcription: OrMapping[AudioInputTranscriptionOptions | None] = ABSENT
    output_audio_timestamp_types: list[str] | None = ABSENT
    tools: OrMappings[AnyTool, Tool, None] = ABSENT
    tool_choice: OrMapping[ToolChoice | None, ToolChoiceSelection] = ABSENT
    parallel_tool_calls: bool | None = ABSENT
    temperature: float | None = ABSENT
    max_response_output_tokens: int | str | None = ABSENT
    reasoning_effort: str | None = ABSENT
    interim_response: OrMapping[AnyInterimResponseConfig | None, InterimResponseConfigBase] = ABSENT
    include: list[str] | None = ABSENT
    metadata: dict[str, str] | None = ABSENT


class ResponseSession(Value, metaclass=ModelMeta):
    """Session settings as reported by the service.

    Attributes:
        id: Session identifier.
        object: Constant realtime.session (not in the released SDK; observed in captures).
        model: Model of the session; fixed once the session exists.
        modalities: Output kinds the session may produce; audio alone is not accepted by the service (see
            `Modality`; service default ["text", "audio"]).
        animation: Animation (blendshape / viseme) output settings.
        instructions: System prompt; empty string clears it; not supported with a custom agent.
        voice: Voice of the session: bare name or voice object; cannot change after audio was produced.
        input_audio_sampling_rate: Sampling rate of the audio the client sends (Hz; one of {'pcm16': [8000, 16000,
            24000], 'g711_ulaw': [8000], 'g711_alaw': [8000]}; service default 24000).
        input_audio_format: Encoding of the audio the client sends; cannot change during the session (see
            `InputAudioFormat`; service default "pcm16").
        output_audio_format: Encoding of the audio the service sends (see `OutputAudioFormat`; service default
            "pcm16").
        turn_detection: Turn detection settings; null switches to manual commit (push to talk).
        input_audio_noise_reduction: Noise suppression applied to incoming audio; null turns it off.
        input_audio_echo_cancellation: Server-side echo cancellation; null turns it off.
        avatar: Avatar stream settings.
        input_audio_transcription: Transcription of user audio; null turns it off.
        output_audio_timestamp_types: Timestamps requested with output audio; Azure voices only (see
            `AudioTimestampType`).
        tools: Function tools and MCP servers of the session.
        tool_choice: Tool choice mode, or one selected tool (service default "auto").
        parallel_tool_calls: Whether the model may call several tools in one response (service default true; since
            2026-06-01-preview).
        temperature: Sampling temperature of the model (not agreed on: SDK says 0-1 with default 0.7; service API
            reference says 0.6-1.2 with default 0.8; captures show 0.8).
        max_response_output_tokens: Token ceiling of one response, tool calls included; "inf" means no ceiling
            (integer, ``inf``; tokens; integer 1-4096 or "inf" (service API reference); service default "inf").
        reasoning_effort: Reasoning effort for reasoning models (see `ReasoningEffort`; since 2026-01-01-preview).
        interim_response: Filler utterances while a response or tool call is slow; needs a text model in cascade
            with Azure speech (since 2026-01-01-preview).
        include: Extra data to add to events (log probabilities, phrase timings, file search results) (see
            `SessionIncludeOption`; since 2026-04-10).
        metadata: Key/value strings kept with the session and copied into resource logs (max_pairs 16;
            max_key_length 64; max_value_length 512; since 2026-04-10).
        agent: Agent that drives the session, when connected to one.
        expires_at: Moment at which the service will end the session (seconds since 1970-01-01T00:00:00Z; since
            2026-07-15).
        truncation_strategy: Null observed (not in the released SDK; observed in captures).
        greeting: Null observed (not in the released SDK; observed in captures).
        handoff: Null observed (not in the released SDK; observed in captures).
    """

    id: str | None = ABSENT
    object: str | None = ABSENT
    model: str | None = ABSENT
    modalities: list[str] | None = ABSENT
    animation: Animation | None = ABSENT
    instructions: str | None = ABSENT
    voice: Voice | None = ABSENT
    input_audio_sampling_rate: int | None = ABSENT
    input_audio_format: str | None = ABSENT
    output_audio_format: str | None = ABSENT
    turn_detection: AnyTurnDetection | None = ABSENT
    input_audio_noise_reduction: AudioNoiseReduction | None = ABSENT
    input_audio_echo_cancellation: AnyEchoCancellation | None = ABSENT
    avatar: AvatarConfig | None = ABSENT
    input_audio_transcription: AudioInputTranscriptionOptions | None = ABSENT
    output_audio_timestamp_types: list[str] | None = ABSENT
    tools: list[AnyTool] | None = ABSENT
    tool_choice: ToolChoice | None = ABSENT
    parallel_tool_calls: bool | None = ABSENT
    temperature: float | None = ABSENT
    max_response_output_tokens: int | str | None = ABSENT
    reasoning_effort: str | None = ABSENT
    interim_response: AnyInterimResponseConfig | None = ABSENT
    include: list[str] | None = ABSENT
    metadata: dict[str, str] | None = ABSENT
    agent: AgentConfig | None = ABSENT
    expires_at: EpochSeconds | None = ABSENT
    truncation_strategy: FreeJson = ABSENT
    greeting: FreeJson = ABSENT
    handoff: FreeJson = ABSENT

    def __post_init__(self) -> None:
        """Keep a datetime that a caller gave as the wire has it: the compiled encoder would write it as text."""
        if _stored_expiry(self).__class__ not in _AS_ON_THE_WIRE:
            _store_expiry(self, epoch_seconds(_stored_expiry(self)))


_EXPIRES_AT: Any = vars(ResponseSession)["expires_at"]
_stored_expiry, _store_expiry = slot_reader(_EXPIRES_AT), slot_writer(_EXPIRES_AT)
_AS_ON_THE_WIRE = frozenset({int, float, str, type(None), type(ABSENT)})
