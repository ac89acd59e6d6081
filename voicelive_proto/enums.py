"""Known values of the open string sets of the wire.

Every field that holds one is a plain ``str``: a value we do not know is a value, never an error. The constants are strings too, so they
compare and encode as themselves. Names are looked up
without regard to case (``Modality["Text"]``), and so are values (``Modality("TEXT")``).
"""

from enum import Enum, EnumMeta
from typing import Any


class _AnyCase(EnumMeta):
    def __getitem__(cls, name: str) -> Any:
        return super().__getitem__(name.upper())


class OpenEnum(str, Enum, metaclass=_AnyCase):
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

    AZURE_CUSTOM = "azure-custom"
    AZURE_STANDARD = "azure-standard"
    AZURE_PERSONAL = "azure-personal"
    AVATAR_VOICE_SYNC = "avatar-voice-sync"


class ClientEventType(OpenEnum):
    """Client event types. mcp_approval_response has no event class."""

    SESSION_UPDATE = "session.update"
    INPUT_AUDIO_BUFFER_APPEND = "input_audio_buffer.append"
    INPUT_AUDIO_BUFFER_COMMIT = "input_audio_buffer.commit"
    INPUT_AUDIO_BUFFER_CLEAR = "input_audio_buffer.clear"
    INPUT_AUDIO_TURN_START = "input_audio.turn.start"
    INPUT_AUDIO_TURN_APPEND = "input_audio.turn.append"
    INPUT_AUDIO_TURN_END = "input_audio.turn.end"
    INPUT_AUDIO_TURN_CANCEL = "input_audio.turn.cancel"
    INPUT_AUDIO_CLEAR = "input_audio.clear"
    CONVERSATION_ITEM_CREATE = "conversation.item.create"
    CONVERSATION_ITEM_RETRIEVE = "conversation.item.retrieve"
    CONVERSATION_ITEM_TRUNCATE = "conversation.item.truncate"
    CONVERSATION_ITEM_DELETE = "conversation.item.delete"
    RESPONSE_CREATE = "response.create"
    RESPONSE_CANCEL = "response.cancel"
    SESSION_AVATAR_CONNECT = "session.avatar.connect"
    MCP_APPROVAL_RESPONSE = "mcp_approval_response"
    OUTPUT_AUDIO_BUFFER_CLEAR = "output_audio_buffer.clear"
    INPUT_TEXT_DELTA = "input_text.delta"
    INPUT_TEXT_DONE = "input_text.done"


class ContentPartType(OpenEnum):
    """Discriminator values of both content part families."""

    INPUT_TEXT = "input_text"
    INPUT_AUDIO = "input_audio"
    INPUT_IMAGE = "input_image"
    TEXT = "text"
    AUDIO = "audio"


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

    STATIC_INTERIM_RESPONSE = "static_interim_response"
    LLM_INTERIM_RESPONSE = "llm_interim_response"


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

    MESSAGE = "message"
    FUNCTION_CALL = "function_call"
    FUNCTION_CALL_OUTPUT = "function_call_output"
    MCP_LIST_TOOLS = "mcp_list_tools"
    MCP_CALL = "mcp_call"
    MCP_APPROVAL_REQUEST = "mcp_approval_request"
    MCP_APPROVAL_RESPONSE = "mcp_approval_response"
    WEB_SEARCH_CALL = "web_search_call"
    FILE_SEARCH_CALL = "file_search_call"


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

    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"
    INCOMPLETE = "incomplete"
    IN_PROGRESS = "in_progress"


class ServerEventType(OpenEnum):
    """Server event types."""

    ERROR = "error"
    WARNING = "warning"
    SESSION_AVATAR_CONNECTING = "session.avatar.connecting"
    SESSION_CREATED = "session.created"
    SESSION_UPDATED = "session.updated"
    CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_COMPLETED = "conversation.item.input_audio_transcription.completed"
    CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_DELTA = "conversation.item.input_audio_transcription.delta"
    CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_FAILED = "conversation.item.input_audio_transcription.failed"
    CONVERSATION_ITEM_CREATED = "conversation.item.created"
    CONVERSATION_ITEM_RETRIEVED = "conversation.item.retrieved"
    CONVERSATION_ITEM_TRUNCATED = "conversation.item.truncated"
    CONVERSATION_ITEM_DELETED = "conversation.item.deleted"
    INPUT_AUDIO_BUFFER_COMMITTED = "input_audio_buffer.committed"
    INPUT_AUDIO_BUFFER_CLEARED = "input_audio_buffer.cleared"
    INPUT_AUDIO_BUFFER_SPEECH_STARTED = "input_audio_buffer.speech_started"
    INPUT_AUDIO_BUFFER_SPEECH_STOPPED = "input_audio_buffer.speech_stopped"
    RESPONSE_CREATED = "response.created"
    RESPONSE_DONE = "response.done"
    RESPONSE_OUTPUT_ITEM_ADDED = "response.output_item.added"
    RESPONSE_OUTPUT_ITEM_DONE = "response.output_item.done"
    RESPONSE_CONTENT_PART_ADDED = "response.content_part.added"
    RESPONSE_CONTENT_PART_DONE = "response.content_part.done"
    RESPONSE_TEXT_DELTA = "response.text.delta"
    RESPONSE_TEXT_DONE = "response.text.done"
    RESPONSE_AUDIO_TRANSCRIPT_DELTA = "response.audio_transcript.delta"
    RESPONSE_AUDIO_TRANSCRIPT_DONE = "response.audio_transcript.done"
    RESPONSE_AUDIO_DELTA = "response.audio.delta"
    RESPONSE_AUDIO_DONE = "response.audio.done"
    RESPONSE_ANIMATION_BLENDSHAPES_DELTA = "response.animation_blendshapes.delta"
    RESPONSE_ANIMATION_BLENDSHAPES_DONE = "response.animation_blendshapes.done"
    RESPONSE_AUDIO_TIMESTAMP_DELTA = "response.audio_timestamp.delta"
    RESPONSE_AUDIO_TIMESTAMP_DONE = "response.audio_timestamp.done"
    RESPONSE_ANIMATION_VISEME_DELTA = "response.animation_viseme.delta"
    RESPONSE_ANIMATION_VISEME_DONE = "response.animation_viseme.done"
    RESPONSE_FUNCTION_CALL_ARGUMENTS_DELTA = "response.function_call_arguments.delta"
    RESPONSE_FUNCTION_CALL_ARGUMENTS_DONE = "response.function_call_arguments.done"
    MCP_LIST_TOOLS_IN_PROGRESS = "mcp_list_tools.in_progress"
    MCP_LIST_TOOLS_COMPLETED = "mcp_list_tools.completed"
    MCP_LIST_TOOLS_FAILED = "mcp_list_tools.failed"
    RESPONSE_MCP_CALL_ARGUMENTS_DELTA = "response.mcp_call_arguments.delta"
    RESPONSE_MCP_CALL_ARGUMENTS_DONE = "response.mcp_call_arguments.done"
    RESPONSE_MCP_CALL_IN_PROGRESS = "response.mcp_call.in_progress"
    RESPONSE_MCP_CALL_COMPLETED = "response.mcp_call.completed"
    RESPONSE_MCP_CALL_FAILED = "response.mcp_call.failed"
    SESSION_AVATAR_SWITCH_TO_SPEAKING = "session.avatar.switch_to_speaking"
    SESSION_AVATAR_SWITCH_TO_IDLE = "session.avatar.switch_to_idle"
    RESPONSE_VIDEO_DELTA = "response.video.delta"
    RESPONSE_WEB_SEARCH_CALL_SEARCHING = "response.web_search_call.searching"
    RESPONSE_WEB_SEARCH_CALL_IN_PROGRESS = "response.web_search_call.in_progress"
    RESPONSE_WEB_SEARCH_CALL_COMPLETED = "response.web_search_call.completed"
    RESPONSE_FILE_SEARCH_CALL_SEARCHING = "response.file_search_call.searching"
    RESPONSE_FILE_SEARCH_CALL_IN_PROGRESS = "response.file_search_call.in_progress"
    RESPONSE_FILE_SEARCH_CALL_COMPLETED = "response.file_search_call.completed"
    OUTPUT_AUDIO_BUFFER_CLEARED = "output_audio_buffer.cleared"
    RESPONSE_AUDIO_TRANSCRIPT_ANNOTATION_ADDED = "response.audio_transcript.annotation.added"
    RESPONSE_INVOCATION_DELTA = "response.invocation.delta"


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

    FUNCTION = "function"
    MCP = "mcp"


class TurnDetectionType(OpenEnum):
    """Discriminator values of TurnDetection."""

    SERVER_VAD = "server_vad"
    AZURE_SEMANTIC_VAD = "azure_semantic_vad"
    AZURE_SEMANTIC_VAD_EN = "azure_semantic_vad_en"
    AZURE_SEMANTIC_VAD_MULTILINGUAL = "azure_semantic_vad_multilingual"
