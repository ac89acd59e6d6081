"""Known values of the open string sets of the wire.

Every field that holds one is a plain ``str``: a value we do not know is a value, never an error. The constants are strings too, so they
compare and encode as themselves. Names are looked up without regard to case (``Modality["Text"]``), and so are values
(``Modality("TEXT")``).
"""

from enum import Enum, EnumMeta
from typing import Any, Literal, get_args


class _OpenEnumMeta(EnumMeta):
    """Makes members of ``NAME: Literal["value"]``, and looks names up without regard to case.

    To a type checker such a member is its text and no more, as the discriminators of the models are: comparing with
    ``ServerEventType.ERROR`` narrows as comparing with ``"error"`` does.
    """

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: Any, **config: Any) -> Any:
        for member, literal in namespace.get("__annotations__", {}).items():
            (namespace[member],) = get_args(literal)
        return super().__new__(mcs, name, bases, namespace, **config)

    def __getitem__(cls, name: str) -> Any:
        return super().__getitem__(name.upper())


class OpenEnum(str, Enum, metaclass=_OpenEnumMeta):
    """A set of known strings; members are strings."""

    __str__ = str.__str__

    def __format__(self, format_spec: str) -> str:
        return str.__format__(self, format_spec)

    @classmethod
    def _missing_(cls, value: object) -> Any:
        text = str(value).lower()
        return next((member for member in cls if member.value.lower() == text), None)


class AnimationOutputType(OpenEnum):
    """Kinds of animation data."""

    BLENDSHAPES = "blendshapes"
    VISEME_ID = "viseme_id"


class AudioTimestampType(OpenEnum):
    """Kinds of audio timestamps."""

    WORD = "word"


class AvatarConfigTypes(OpenEnum):
    """Kinds of avatar."""

    VIDEO_AVATAR = "video-avatar"
    PHOTO_AVATAR = "photo-avatar"


class AvatarOutputProtocol(OpenEnum):
    """Delivery of avatar video."""

    WEBRTC = "webrtc"
    WEBSOCKET = "websocket"


class AzureRealtimeNativeVoiceName(OpenEnum):
    """Voices built into the azure-realtime model (list may grow)."""

    AARTI = "aarti"
    ANDREW = "andrew"
    AVA = "ava"
    DENISE = "denise"
    DIYA = "diya"
    ELSA = "elsa"
    FLORIAN = "florian"
    FRANCISCA = "francisca"
    MEERA = "meera"
    XIAOXIAO = "xiaoxiao"
    YUNXI = "yunxi"
    XIMENA = "ximena"


class AzureVoiceType(OpenEnum):
    """Discriminator values of AzureVoice."""

    AZURE_CUSTOM: Literal["azure-custom"]
    AZURE_STANDARD: Literal["azure-standard"]
    AZURE_PERSONAL: Literal["azure-personal"]
    AVATAR_VOICE_SYNC: Literal["avatar-voice-sync"]


class ClientEventType(OpenEnum):
    """Client event types. mcp_approval_response has no event class."""

    SESSION_UPDATE: Literal["session.update"]
    INPUT_AUDIO_BUFFER_APPEND: Literal["input_audio_buffer.append"]
    INPUT_AUDIO_BUFFER_COMMIT: Literal["input_audio_buffer.commit"]
    INPUT_AUDIO_BUFFER_CLEAR: Literal["input_audio_buffer.clear"]
    INPUT_AUDIO_TURN_START: Literal["input_audio.turn.start"]
    INPUT_AUDIO_TURN_APPEND: Literal["input_audio.turn.append"]
    INPUT_AUDIO_TURN_END: Literal["input_audio.turn.end"]
    INPUT_AUDIO_TURN_CANCEL: Literal["input_audio.turn.cancel"]
    INPUT_AUDIO_CLEAR: Literal["input_audio.clear"]
    CONVERSATION_ITEM_CREATE: Literal["conversation.item.create"]
    CONVERSATION_ITEM_RETRIEVE: Literal["conversation.item.retrieve"]
    CONVERSATION_ITEM_TRUNCATE: Literal["conversation.item.truncate"]
    CONVERSATION_ITEM_DELETE: Literal["conversation.item.delete"]
    RESPONSE_CREATE: Literal["response.create"]
    RESPONSE_CANCEL: Literal["response.cancel"]
    SESSION_AVATAR_CONNECT: Literal["session.avatar.connect"]
    MCP_APPROVAL_RESPONSE: Literal["mcp_approval_response"]
    OUTPUT_AUDIO_BUFFER_CLEAR: Literal["output_audio_buffer.clear"]
    INPUT_TEXT_DELTA: Literal["input_text.delta"]
    INPUT_TEXT_DONE: Literal["input_text.done"]


class ContentPartType(OpenEnum):
    """Discriminator values of both content part families."""

    INPUT_TEXT: Literal["input_text"]
    INPUT_AUDIO: Literal["input_audio"]
    INPUT_IMAGE: Literal["input_image"]
    TEXT: Literal["text"]
    AUDIO: Literal["audio"]


class EchoCancellationReferenceSource(OpenEnum):
    """Source of the echo reference."""

    SERVER = "server"
    CLIENT = "client"


class EouThresholdLevel(OpenEnum):
    """Sensitivity of end-of-utterance detection."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    DEFAULT = "default"


class InputAudioFormat(OpenEnum):
    """Encodings of input audio."""

    PCM16 = "pcm16"
    G711_ULAW = "g711_ulaw"
    G711_ALAW = "g711_alaw"


class InterimResponseConfigType(OpenEnum):
    """Discriminator values of the interim response family."""

    STATIC_INTERIM_RESPONSE: Literal["static_interim_response"]
    LLM_INTERIM_RESPONSE: Literal["llm_interim_response"]


class InterimResponseTrigger(OpenEnum):
    """What triggers a filler."""

    LATENCY = "latency"
    TOOL = "tool"


class ItemParamStatus(OpenEnum):
    """State of an item sent by a client."""

    COMPLETED = "completed"
    INCOMPLETE = "incomplete"


class ItemType(OpenEnum):
    """Discriminator values of both item families."""

    MESSAGE: Literal["message"]
    FUNCTION_CALL: Literal["function_call"]
    FUNCTION_CALL_OUTPUT: Literal["function_call_output"]
    MCP_LIST_TOOLS: Literal["mcp_list_tools"]
    MCP_CALL: Literal["mcp_call"]
    MCP_APPROVAL_REQUEST: Literal["mcp_approval_request"]
    MCP_APPROVAL_RESPONSE: Literal["mcp_approval_response"]
    WEB_SEARCH_CALL: Literal["web_search_call"]
    FILE_SEARCH_CALL: Literal["file_search_call"]


class MCPApprovalType(OpenEnum):
    """Approval modes of an MCP server."""

    NEVER = "never"
    ALWAYS = "always"


class MessageRole(OpenEnum):
    """Message authors."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class Modality(OpenEnum):
    """Output kinds."""

    TEXT = "text"
    AUDIO = "audio"
    ANIMATION = "animation"
    AVATAR = "avatar"


class OpenAIVoiceName(OpenEnum):
    """OpenAI voice names."""

    ALLOY = "alloy"
    ASH = "ash"
    BALLAD = "ballad"
    CORAL = "coral"
    ECHO = "echo"
    SAGE = "sage"
    SHIMMER = "shimmer"
    VERSE = "verse"
    MARIN = "marin"
    CEDAR = "cedar"


class OutputAudioFormat(OpenEnum):
    """Encodings of output audio."""

    PCM16 = "pcm16"
    PCM16_8000_HZ = "pcm16_8000hz"
    PCM16_16000_HZ = "pcm16_16000hz"
    G711_ULAW = "g711_ulaw"
    G711_ALAW = "g711_alaw"

    @classmethod
    def _missing_(cls, value: object) -> Any:
        # SDK releases up to 1.2.0b2 wrote a hyphen.
        return super()._missing_(str(value).replace("-", "_"))


class PersonalVoiceModels(OpenEnum):
    """Base models of personal voices."""

    DRAGON_LATEST_NEURAL = "DragonLatestNeural"
    PHOENIX_LATEST_NEURAL = "PhoenixLatestNeural"
    PHOENIX_V2_NEURAL = "PhoenixV2Neural"
    DRAGON_HD_OMNI_LATEST_NEURAL = "DragonHDOmniLatestNeural"
    MAI_VOICE1 = "MAI-Voice-1"


class PhotoAvatarBaseModes(OpenEnum):
    """Base models of photo avatars."""

    VASA1 = "vasa-1"


class ReasoningEffort(OpenEnum):
    """Reasoning effort levels."""

    NONE = "none"
    MINIMAL = "minimal"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    XHIGH = "xhigh"


class RequestImageContentPartDetail(OpenEnum):
    """Image detail hints."""

    AUTO = "auto"
    LOW = "low"
    HIGH = "high"


class ResponseItemStatus(OpenEnum):
    """State of an item reported by the service."""

    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    INCOMPLETE = "incomplete"


class ResponseStatus(OpenEnum):
    """State of a response; discriminator values of ResponseStatusDetails."""

    COMPLETED: Literal["completed"]
    CANCELLED: Literal["cancelled"]
    FAILED: Literal["failed"]
    INCOMPLETE: Literal["incomplete"]
    IN_PROGRESS: Literal["in_progress"]


class ServerEventType(OpenEnum):
    """Server event types."""

    ERROR: Literal["error"]
    WARNING: Literal["warning"]
    SESSION_AVATAR_CONNECTING: Literal["session.avatar.connecting"]
    SESSION_CREATED: Literal["session.created"]
    SESSION_UPDATED: Literal["session.updated"]
    CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_COMPLETED: Literal["conversation.item.input_audio_transcription.completed"]
    CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_DELTA: Literal["conversation.item.input_audio_transcription.delta"]
    CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_FAILED: Literal["conversation.item.input_audio_transcription.failed"]
    CONVERSATION_ITEM_CREATED: Literal["conversation.item.created"]
    CONVERSATION_ITEM_RETRIEVED: Literal["conversation.item.retrieved"]
    CONVERSATION_ITEM_TRUNCATED: Literal["conversation.item.truncated"]
    CONVERSATION_ITEM_DELETED: Literal["conversation.item.deleted"]
    INPUT_AUDIO_BUFFER_COMMITTED: Literal["input_audio_buffer.committed"]
    INPUT_AUDIO_BUFFER_CLEARED: Literal["input_audio_buffer.cleared"]
    INPUT_AUDIO_BUFFER_SPEECH_STARTED: Literal["input_audio_buffer.speech_started"]
    INPUT_AUDIO_BUFFER_SPEECH_STOPPED: Literal["input_audio_buffer.speech_stopped"]
    RESPONSE_CREATED: Literal["response.created"]
    RESPONSE_DONE: Literal["response.done"]
    RESPONSE_OUTPUT_ITEM_ADDED: Literal["response.output_item.added"]
    RESPONSE_OUTPUT_ITEM_DONE: Literal["response.output_item.done"]
    RESPONSE_CONTENT_PART_ADDED: Literal["response.content_part.added"]
    RESPONSE_CONTENT_PART_DONE: Literal["response.content_part.done"]
    RESPONSE_TEXT_DELTA: Literal["response.text.delta"]
    RESPONSE_TEXT_DONE: Literal["response.text.done"]
    RESPONSE_AUDIO_TRANSCRIPT_DELTA: Literal["response.audio_transcript.delta"]
    RESPONSE_AUDIO_TRANSCRIPT_DONE: Literal["response.audio_transcript.done"]
    RESPONSE_AUDIO_DELTA: Literal["response.audio.delta"]
    RESPONSE_AUDIO_DONE: Literal["response.audio.done"]
    RESPONSE_ANIMATION_BLENDSHAPES_DELTA: Literal["response.animation_blendshapes.delta"]
    RESPONSE_ANIMATION_BLENDSHAPES_DONE: Literal["response.animation_blendshapes.done"]
    RESPONSE_AUDIO_TIMESTAMP_DELTA: Literal["response.audio_timestamp.delta"]
    RESPONSE_AUDIO_TIMESTAMP_DONE: Literal["response.audio_timestamp.done"]
    RESPONSE_ANIMATION_VISEME_DELTA: Literal["response.animation_viseme.delta"]
    RESPONSE_ANIMATION_VISEME_DONE: Literal["response.animation_viseme.done"]
    RESPONSE_FUNCTION_CALL_ARGUMENTS_DELTA: Literal["response.function_call_arguments.delta"]
    RESPONSE_FUNCTION_CALL_ARGUMENTS_DONE: Literal["response.function_call_arguments.done"]
    MCP_LIST_TOOLS_IN_PROGRESS: Literal["mcp_list_tools.in_progress"]
    MCP_LIST_TOOLS_COMPLETED: Literal["mcp_list_tools.completed"]
    MCP_LIST_TOOLS_FAILED: Literal["mcp_list_tools.failed"]
    RESPONSE_MCP_CALL_ARGUMENTS_DELTA: Literal["response.mcp_call_arguments.delta"]
    RESPONSE_MCP_CALL_ARGUMENTS_DONE: Literal["response.mcp_call_arguments.done"]
    RESPONSE_MCP_CALL_IN_PROGRESS: Literal["response.mcp_call.in_progress"]
    RESPONSE_MCP_CALL_COMPLETED: Literal["response.mcp_call.completed"]
    RESPONSE_MCP_CALL_FAILED: Literal["response.mcp_call.failed"]
    SESSION_AVATAR_SWITCH_TO_SPEAKING: Literal["session.avatar.switch_to_speaking"]
    SESSION_AVATAR_SWITCH_TO_IDLE: Literal["session.avatar.switch_to_idle"]
    RESPONSE_VIDEO_DELTA: Literal["response.video.delta"]
    RESPONSE_WEB_SEARCH_CALL_SEARCHING: Literal["response.web_search_call.searching"]
    RESPONSE_WEB_SEARCH_CALL_IN_PROGRESS: Literal["response.web_search_call.in_progress"]
    RESPONSE_WEB_SEARCH_CALL_COMPLETED: Literal["response.web_search_call.completed"]
    RESPONSE_FILE_SEARCH_CALL_SEARCHING: Literal["response.file_search_call.searching"]
    RESPONSE_FILE_SEARCH_CALL_IN_PROGRESS: Literal["response.file_search_call.in_progress"]
    RESPONSE_FILE_SEARCH_CALL_COMPLETED: Literal["response.file_search_call.completed"]
    OUTPUT_AUDIO_BUFFER_CLEARED: Literal["output_audio_buffer.cleared"]
    RESPONSE_AUDIO_TRANSCRIPT_ANNOTATION_ADDED: Literal["response.audio_transcript.annotation.added"]
    RESPONSE_INVOCATION_DELTA: Literal["response.invocation.delta"]


class SessionIncludeOption(OpenEnum):
    """Extra data that a session can ask for."""

    ITEM_INPUT_AUDIO_TRANSCRIPTION_LOGPROBS = "item.input_audio_transcription.logprobs"
    ITEM_INPUT_AUDIO_TRANSCRIPTION_PHRASES = "item.input_audio_transcription.phrases"
    FILE_SEARCH_CALL_RESULTS = "file_search_call.results"


class ToolChoiceLiteral(OpenEnum):
    """Tool choice modes."""

    AUTO = "auto"
    NONE = "none"
    REQUIRED = "required"


class ToolType(OpenEnum):
    """Discriminator values of Tool and ToolChoiceSelection."""

    FUNCTION: Literal["function"]
    MCP: Literal["mcp"]


class TurnDetectionType(OpenEnum):
    """Discriminator values of TurnDetection."""

    SERVER_VAD: Literal["server_vad"]
    AZURE_SEMANTIC_VAD: Literal["azure_semantic_vad"]
    AZURE_SEMANTIC_VAD_EN: Literal["azure_semantic_vad_en"]
    AZURE_SEMANTIC_VAD_MULTILINGUAL: Literal["azure_semantic_vad_multilingual"]
