"""Rules about events, items and content parts, and about what an api-version knows."""

import re
from collections.abc import Iterator, Mapping

from .._plain import declared_class
from .._state.items import TrackedItem
from ..avatar import AvatarConfig
from ..client_events import InputTextDelta, InputTextDone, OutputAudioBufferClear, RtcCallSdpCreate
from ..items import MCPApprovalResponseRequestItem
from ..responses import ResponseCreateParams
from ..session import AudioEchoCancellation, RequestSession
from ..tools import FoundryAgentTool, MCPServer
from ..turn_detection import SmartEndOfTurnDetection
from ..voices import AzureAvatarVoiceSyncVoice, AzurePersonalVoice, AzureRealtimeNativeVoice, OpenAIVoice
from ._rule import ERROR, WARNING, rule
from ._subject import Node, Problem, Subject, array, is_number, mapping, quote

JANUARY = "2026-01-01-preview"
APRIL = "2026-04-10"
JUNE = "2026-06-01-preview"

MODEL_SINCE: Mapping[type, str] = {
    AzureAvatarVoiceSyncVoice: APRIL,
    AzureRealtimeNativeVoice: JUNE,
    InputTextDelta: JUNE,
    InputTextDone: JUNE,
    MCPApprovalResponseRequestItem: JANUARY,
    MCPServer: JANUARY,
    OutputAudioBufferClear: APRIL,
    RtcCallSdpCreate: JUNE,
}
"""Events and objects -> the api-version that brought them."""

KEY_SINCE: Mapping[type, Mapping[str, str]] = {
    AudioEchoCancellation: {"reference_source": JUNE, "channels": JUNE},
    AvatarConfig: dict.fromkeys(("type", "model", "scene", "output_protocol", "output_audit_audio"), JANUARY),
    RequestSession: {
        "parallel_tool_calls": JUNE,
        "reasoning_effort": JANUARY,
        "interim_response": JANUARY,
        "include": APRIL,
        "metadata": APRIL,
    },
    ResponseCreateParams: {"reasoning_effort": JANUARY, "interim_response": JANUARY, "invoke_input": JUNE},
}
"""Keys -> the api-version that brought them."""

_OPENAI_VOICES = {"marin": JANUARY, "cedar": JANUARY}
VALUE_SINCE: Mapping[type, Mapping[str, Mapping[str, str]]] = {
    OpenAIVoice: {"name": _OPENAI_VOICES},
    RequestSession: {"voice": _OPENAI_VOICES},
    ResponseCreateParams: {"voice": _OPENAI_VOICES},
    AzurePersonalVoice: {"model": {"DragonHDOmniLatestNeural": APRIL, "MAI-Voice-1": APRIL}},
}
"""Values of keys -> the api-version that brought them; formats are judged by ``output-format-spelling``."""

PRE_RELEASE: Mapping[type, str] = {
    FoundryAgentTool: "SDK 1.2.0b3",
    RtcCallSdpCreate: "SDK 1.3.0b1",
    SmartEndOfTurnDetection: "SDK 1.3.0b1",
}
"""Events and objects that only a pre-release of the official SDK had -> that release."""

UNDOCUMENTED = {
    "mcp_approval_response": "no shape is known for this event: send conversation.item.create with an mcp_approval_response item",
    "byom_credential.update": "internal to the service, its fields are not published: open a new connection instead",
    "transcription_session.update": (
        "the API reference has it, the service's pages and specification do not, and OpenAI refuses it:"
        " set input_audio_transcription in session.update"
    ),
}
_PART_KINDS = {
    "user": ("input_text", "input_audio", "input_image"),
    "system": ("input_text",),
    "assistant": ("text", "output_text"),
}


@rule("api-version-v1", ERROR, source="SPEC-v1")
def api_version_v1(subject: Subject) -> Iterator[Problem]:
    """The api-version `v1` speaks another wire shape (session.audio.input, GA event names)."""
    if subject.api_version == "v1":
        yield "$", "the api-version v1 takes other events and settings than these: use a dated one, such as 2026-07-15"


@rule("api-version", WARNING, source="SPEC")
def api_version(subject: Subject) -> Iterator[Problem]:
    """An event, key or value is newer than the api-version in use."""
    in_use = subject.api_version
    if in_use is None or not re.match(r"\d{4}-\d\d-\d\d", in_use):
        return
    for node in subject.nodes:
        for path, since in _since(node):
            if in_use[:10] < since[:10]:
                yield path or "$", f"new in {since}, and the api-version in use is {in_use}: leave it out, or connect with {since} or later"


@rule("pre-release", WARNING, source="SDK 1.2.0b3, 1.3.0b1")
def pre_release(subject: Subject) -> Iterator[Problem]:
    """An event or object was in a pre-release of the official SDK and not in the release after it."""
    for node in subject.nodes:
        release = PRE_RELEASE.get(declared_class(type(node.model)))
        if release:
            yield node.path or "$", f"only the pre-release {release} had it; the service may not know it any more"


@rule("undocumented-event", WARNING, source="SDK, API, SPEC; OAI")
def undocumented_event(subject: Subject) -> Iterator[Problem]:
    """The name of the event is known, but the service's pages do not document it."""
    if subject.type in UNDOCUMENTED:
        yield "type", UNDOCUMENTED[subject.type]


@rule("truncate-content-index", ERROR, source="REF, OAI")
def truncate_content_index(subject: Subject) -> Iterator[Problem]:
    """Truncation takes the content index 0."""
    index = subject.event.get("content_index", 0)
    if subject.type == "conversation.item.truncate" and index != 0:
        yield "content_index", f"only part 0 can be cut, not {quote(index)}"


@rule("truncate-at-zero", WARNING, source="livekit/agents#6157, #6158, #6249")
def truncate_at_zero(subject: Subject) -> Iterator[Problem]:
    """Truncation at 0 is an error while the item has no audio yet, as it is past the end of the audio."""
    if subject.type != "conversation.item.truncate" or subject.event.get("audio_end_ms") != 0:
        return
    known = _meant(subject)
    if known is None or not known.audio_ms:
        yield "audio_end_ms", "refused while the item has no audio: cancel the response, or give the milliseconds that were played"


@rule("truncate-past-end", ERROR, source="REF, OAI; livekit/agents#6157, #6158, #6249")
def truncate_past_end(subject: Subject) -> Iterator[Problem]:
    """Truncation past the end of an item's audio is refused."""
    if subject.type != "conversation.item.truncate":
        return
    known, end_ms = _meant(subject), subject.event.get("audio_end_ms")
    if known is None or known.output is not None or not known.audio_ms:  # of one that is still said, more may be on its way
        return
    if is_number(end_ms) and end_ms > known.audio_ms:
        yield "audio_end_ms", f"the item has {known.audio_ms} ms of audio: give the milliseconds of it that were played"


@rule("text-is-a-string", ERROR, source="Microsoft Q&A 5699181; SDK")
def text_is_a_string(subject: Subject) -> Iterator[Problem]:
    """Texts of messages and outputs of tools are plain strings; a message's content is a list of parts."""
    for path, item in subject.items():
        if item.get("output") is not None and not isinstance(item["output"], str):
            yield f"{path}.output", "a tool's output is a string: send json.dumps(output)"
        if isinstance(item.get("content"), str):
            yield f"{path}.content", "content is a list of parts: [{'type': 'input_text', 'text': ...}]"
    for path, _, part in subject.parts():
        if part.get("text") is not None and not isinstance(part["text"], str):
            yield f"{path}.text", "the text of a part is a string"


@rule("output-without-call", WARNING, source="REF, OBS (same call_id)")
def output_without_call(subject: Subject) -> Iterator[Problem]:
    """A `function_call_output` answers a call that is in the conversation."""
    if subject.connection is None or not subject.in_force or subject.in_force.get("agent"):  # whose conversation may be older
        return
    asked_for = [asked.item for asked in subject.connection.requests.unanswered if asked.item is not None]
    beside = {item.get("call_id") for item in (*asked_for, *(item for _, item in subject.items())) if item.get("type") == "function_call"}
    for path, item in subject.items():
        call_id = item.get("call_id")
        if item.get("type") != "function_call_output" or not isinstance(call_id, str) or call_id in beside:
            continue
        if not subject.connection.conversation.may_have_call(call_id):
            yield f"{path}.call_id", f"no call {quote(call_id)} is known in this conversation: give the call_id of its function_call item"


@rule("part-for-role", WARNING, source="SDK; OBS (output_text)")
def part_for_role(subject: Subject) -> Iterator[Problem]:
    """Users send `input_text`, `input_audio` and `input_image` parts, the system `input_text`, and assistant parts are `text`."""
    for path, role, part in subject.parts():
        kinds = _PART_KINDS.get(str(role))
        if kinds and part.get("type") not in kinds:
            yield f"{path}.type", f"a part of a message by {role} is {' or '.join(kinds)}, not {quote(part.get('type'))}"


@rule("spoken-as-given", ERROR, source="REF")
def spoken_as_given(subject: Subject) -> Iterator[Problem]:
    """`pre_generated_assistant_message` holds exactly one text part."""
    message = subject.settings.get("pre_generated_assistant_message")
    kinds = [mapping(part).get("type") for part in array(mapping(message).get("content"))]
    if message is not None and kinds not in (["text"], ["output_text"], ["input_text"]):
        yield subject.at("pre_generated_assistant_message.content"), "must be exactly one part: [{'type': 'text', 'text': ...}]"


@rule("input-image-key", ERROR, source="SPEC")
def input_image_key(subject: Subject) -> Iterator[Problem]:
    """The address of an `input_image` is `image_url` since 2026-06-01-preview, `url` before."""
    if subject.api_version is None:
        return
    right, wrong = ("url", "image_url") if subject.api_version[:10] < JUNE[:10] else ("image_url", "url")
    for path, _, part in subject.parts():
        if part.get("type") == "input_image" and wrong in part:
            yield f"{path}.{wrong}", f"the api-version {subject.api_version} calls it {right}"


@rule("output-clear-needs-avatar", WARNING, source="REF, HOW")
def output_clear_needs_avatar(subject: Subject) -> Iterator[Problem]:
    """`output_audio_buffer.clear` is for sessions with an avatar."""
    if subject.type == "output_audio_buffer.clear" and subject.in_force and subject.in_force.get("avatar") is None:
        yield "$", "the session has no avatar, so the service holds no output: stop playing, and send response.cancel"


@rule("avatar-connect-needs-avatar", ERROR, source="REF, HOW")
def avatar_connect_needs_avatar(subject: Subject) -> Iterator[Problem]:
    """`session.avatar.connect` comes after a `session.update` with avatar settings."""
    if subject.type == "session.avatar.connect" and subject.in_force and subject.in_force.get("avatar") is None:
        yield "$", "the session has no avatar: send session.update with avatar settings first"


@rule("avatar-sdp-base64", WARNING, source="REF, HOW")
def avatar_sdp_base64(subject: Subject) -> Iterator[Problem]:
    """The SDP offer of an avatar is shown base64-encoded in the service's pages."""
    if subject.type == "session.avatar.connect" and str(subject.event.get("client_sdp")).startswith(("v=", "{")):
        yield "client_sdp", "the service's pages show the offer base64-encoded: encode it"


def _meant(subject: Subject) -> TrackedItem | None:
    """The conversation item that an event names, where the connection knows it."""
    return subject.connection.conversation.get(str(subject.event.get("item_id"))) if subject.connection is not None else None


def _since(node: Node) -> Iterator[tuple[str, str]]:
    """Path and first api-version of what is in a node."""
    cls = declared_class(type(node.model))
    if cls in MODEL_SINCE:
        yield node.path, MODEL_SINCE[cls]
    for key, since in KEY_SINCE.get(cls, {}).items():
        if key in node.keys:
            yield node.at(key), since
    for key, values in VALUE_SINCE.get(cls, {}).items():
        value = node.keys.get(key)
        if isinstance(value, str) and value in values:
            yield node.at(key), values[value]


RULES = (
    api_version_v1,
    api_version,
    pre_release,
    undocumented_event,
    truncate_content_index,
    truncate_at_zero,
    truncate_past_end,
    text_is_a_string,
    output_without_call,
    part_for_role,
    spoken_as_given,
    input_image_key,
    output_clear_needs_avatar,
    avatar_connect_needs_avatar,
    avatar_sdp_base64,
)
