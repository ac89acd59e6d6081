"""Models as people use them: absent and null, mapping view, conversion, repr."""

import array
import copy
import dataclasses
import datetime
import enum
import json
import math
import pickle
import subprocess
import sys
import types

import msgspec
import numpy
import pytest
from msgspec import UNSET

import voicelive_proto
from voicelive_proto import FAMILIES, SERVER, Connection, LocalProtocolError, MalformedFrame, encode
from voicelive_proto._base import SessionSettings, Unknown
from voicelive_proto._state.base import _STATUSES
from voicelive_proto.avatar import AvatarConfig
from voicelive_proto.client_events import (
    ClientEvent,
    InputAudioBufferAppend,
    InputAudioBufferCommit,
    InputAudioTurnAppend,
    ResponseCreate,
    SessionAvatarConnect,
    SessionUpdate,
)
from voicelive_proto.content import InputTextContentPart, UnknownMessageContentPart
from voicelive_proto.enums import Modality, ResponseStatus
from voicelive_proto.items import (
    ConversationRequestItem,
    FunctionCallOutputItem,
    MessageItem,
    ResponseItem,
    ResponseMessageItem,
    UnknownRequestItem,
    UnknownResponseItem,
    UserMessageItem,
)
from voicelive_proto.responses import AnyResponseStatusDetails, Response, ResponseCancelledDetails, ResponseCreateParams
from voicelive_proto.server_events import (
    ResponseAudioDelta,
    ResponseTextDelta,
    ServerEvent,
    SessionCreated,
    SessionUpdated,
    UnknownServerEvent,
)
from voicelive_proto.session import AudioNoiseReduction, RequestSession, ResponseSession
from voicelive_proto.tools import FunctionTool, MCPServer, Tool, UnknownTool
from voicelive_proto.turn_detection import EouDetection, ServerVad, TurnDetection, UnknownEouDetection
from voicelive_proto.voices import AzureStandardVoice, AzureVoice, OpenAIVoice


def sent(model):
    return json.loads(encode(model))


def test_absent_reads_as_none_and_is_left_out():
    session = RequestSession(instructions="Be brief.")
    assert session.turn_detection is None
    assert sent(session) == {"instructions": "Be brief."}


def test_none_goes_out_as_null():
    assert sent(RequestSession(turn_detection=None)) == {"turn_detection": None}


def test_settings_are_built_step_by_step():
    session = RequestSession()
    session.turn_detection = ServerVad(threshold=0.3)
    session.modalities = [Modality.TEXT]
    assert sent(session) == {"turn_detection": {"type": "server_vad", "threshold": 0.3}, "modalities": ["text"]}
    session.turn_detection = UNSET
    assert session.turn_detection is None
    assert "turn_detection" not in session


def test_events_of_the_service_are_frozen_values():
    event = ResponseTextDelta(response_id="r", item_id="i", output_index=0, content_index=0, delta="a")
    with pytest.raises(AttributeError):
        event.delta = "b"
    assert event == copy.deepcopy(event)
    assert event != ResponseTextDelta(response_id="r", item_id="i", output_index=0, content_index=0, delta="b")
    assert event.event_id is None


def test_events_of_a_client_may_be_written_until_they_are_sent():
    event = InputAudioBufferCommit()
    event.event_id = "e"
    assert sent(event) == {"type": "input_audio_buffer.commit", "event_id": "e"}
    assert event == InputAudioBufferCommit(event_id="e")


def test_a_copy_is_shallow():
    session = RequestSession(modalities=["text"])
    other = session.copy()
    other.instructions = "Be brief."
    assert session.instructions is None
    assert other.modalities is session.modalities


def test_a_misspelt_keyword_is_refused():
    with pytest.raises(TypeError, match="treshold"):
        ServerVad(treshold=0.5)


def test_mapping_view():
    tool = FunctionTool(name="lookup", description=None)
    assert tool["type"] == "function"
    assert dict(tool) == {"type": "function", "name": "lookup", "description": None}
    assert list(tool) == list(tool.keys()) == ["type", "name", "description"]
    assert len(tool) == 3
    assert "parameters" not in tool
    assert tool.get("parameters", "none") == "none"
    assert list(tool.values()) == ["function", "lookup", None]
    assert ("name", "lookup") in tool.items()
    with pytest.raises(KeyError):
        tool["parameters"]


def test_mapping_view_shows_nested_models_and_as_dict_does_not():
    session = RequestSession(turn_detection=ServerVad())
    assert session["turn_detection"] == ServerVad()
    assert session.as_dict() == {"turn_detection": {"type": "server_vad"}}


def test_audio_is_text_in_the_mapping_view():
    event = ResponseAudioDelta(response_id="r", item_id="i", output_index=0, content_index=0, delta=b"\x01\x02\x03")
    assert event["delta"] == "AQID"
    assert event.as_dict()["delta"] == "AQID"


SAMPLES = [
    b"\x01\x00\x02\x00",
    array.array("h", [1, 2]),
    numpy.array([1, 2], "i2"),
    memoryview(b"\x01_\x00_\x02_\x00_")[::2],
    memoryview(bytearray(b"\x01\x00\x02\x00")).cast("h"),
    "AQACAA==",
]


@pytest.mark.parametrize("audio", SAMPLES, ids=lambda audio: type(audio).__name__)
def test_audio_of_any_kind_is_text_in_the_mapping_view(audio):
    event = InputAudioBufferAppend(audio=audio)
    wire = {"type": "input_audio_buffer.append", "audio": "AQACAA=="}
    assert event["audio"] == event.get("audio") == "AQACAA=="
    assert dict(event) == dict(event.items()) == event.as_dict() == wire
    for copied in (copy.deepcopy(event), pickle.loads(pickle.dumps(event))):  # noqa: S301 - our own
        assert copied.audio == b"\x01\x00\x02\x00"
        assert sent(copied) == sent(event) == wire


@pytest.mark.parametrize(
    ("audio", "problem"),
    [
        (array.array("f", [0.5]), "audio has samples of format 'f'; convert them to 16-bit integers first"),
        (memoryview(numpy.zeros(2, "f4")), "audio has samples of format 'f'; convert them to 16-bit integers first"),
        (numpy.zeros((2, 2), "i2"), r"audio has the shape \(2, 2\); pass one channel"),
        (5, "audio must be raw audio as bytes .* not int"),
    ],
)
def test_what_is_no_audio_has_no_view(audio, problem):
    event = InputAudioTurnAppend(turn_id="t", audio=audio)
    assert event["turn_id"] == "t"
    for view in (lambda: event["audio"], event.as_dict, lambda: dict(event), lambda: copy.deepcopy(event), lambda: encode(event)):
        with pytest.raises((TypeError, LocalProtocolError), match=problem):
            view()


def test_other_binary_values_are_text_in_the_mapping_view():
    """A field that is text for both sides: what `encode` makes of bytes there, the views show."""
    event = SessionAvatarConnect(client_sdp=memoryview(b"v_=_0_")[::2])
    assert event["client_sdp"] == event.as_dict()["client_sdp"] == "dj0w"
    assert SessionAvatarConnect(client_sdp=b"v=0")["client_sdp"] == "dj0w"


class Colour(enum.Enum):
    """An enumeration of the user's own."""

    RED = "red"


@dataclasses.dataclass
class Point:
    """A class of the user's own."""

    x: int
    colour: object


def test_as_dict_is_plain_whatever_stands_inside():
    day = datetime.date(2026, 1, 2)
    free = {"set": {1}, "day": day, "colour": Colour.RED, "point": Point(1, Colour.RED), Colour.RED: ({2},), "scalar": numpy.int16(3)}
    plain = {"set": [1], "day": "2026-01-02", "colour": "red", "point": {"x": 1, "colour": "red"}, "red": [[2]], "scalar": 3}
    for around in (lambda value: value, types.MappingProxyType):
        tool = FunctionTool(name="f", parameters=around(free))
        assert json.dumps(tool.as_dict()) == json.dumps({"type": "function", "name": "f", "parameters": plain})
    irregular = Tool.from_dict({"type": "function", "name": "f", "new": free})
    assert json.dumps(irregular.as_dict()) == json.dumps({"type": "function", "name": "f", "new": plain})


def test_what_has_no_plain_form_stays_in_as_dict():
    thing = object()
    assert FunctionTool(name="f", parameters={"a": thing, "b": {1, 2j}}).as_dict()["parameters"] == {"a": thing, "b": {1, 2j}}


@pytest.mark.parametrize("data", [{"type": "function", "name": "a"}, {"name": "a"}])
def test_from_dict_on_the_class(data):
    assert FunctionTool.from_dict(data) == FunctionTool(name="a")


def test_from_dict_on_a_family_picks_the_member():
    assert Tool.from_dict({"type": "function", "name": "a"}) == FunctionTool(name="a")
    assert TurnDetection.from_dict({"type": "server_vad"}) == ServerVad()
    unknown = Tool.from_dict({"type": "sketch", "colour": "red"})
    assert isinstance(unknown, UnknownTool)
    assert unknown.type == "sketch"
    assert unknown.colour == "red"
    assert sent(unknown) == {"type": "sketch", "colour": "red"}
    with pytest.raises(AttributeError, match=r"UnknownTool of type 'sketch' has no key 'size'"):
        _ = unknown.size


def test_unknown_members_still_show_the_fields_of_their_base():
    item = ResponseItem.from_dict({"type": "sketch", "id": "i1", "strokes": [1]})
    assert isinstance(item, UnknownResponseItem)
    assert item.id == "i1"
    assert item["strokes"] == [1]
    event = ServerEvent.from_dict({"type": "weather", "event_id": "e1", "wind": 3})
    assert isinstance(event, UnknownServerEvent)
    assert (event.event_id, event.wind) == ("e1", 3)


def test_members_that_share_a_type_differ_by_role():
    for role in ("user", "assistant", "system"):
        item = ConversationRequestItem.from_dict({"type": "message", "role": role, "content": []})
        assert type(item).__name__ == f"{role.capitalize()}MessageItem"
    narrator = ConversationRequestItem.from_dict({"type": "message", "role": "narrator", "content": []})
    assert type(narrator) is MessageItem
    assert isinstance(MessageItem.from_dict({"role": "user", "content": []}), UserMessageItem)


def test_unknown_part_in_a_known_item():
    image = {"type": "input_image", "image_url": "data:"}
    item = UserMessageItem.from_dict({"role": "user", "content": [{"type": "input_text", "text": "a"}, image]})
    assert item.content[0] == InputTextContentPart(text="a")
    assert isinstance(item.content[1], UnknownMessageContentPart)
    assert sent(item)["content"][1] == image


def test_end_of_utterance_detectors_are_told_by_model():
    unknown = EouDetection.from_dict({"model": "crystal_ball", "depth": 2})
    assert isinstance(unknown, UnknownEouDetection)
    assert sent(unknown) == {"model": "crystal_ball", "depth": 2}


@pytest.mark.parametrize("base", FAMILIES, ids=lambda base: base.__name__)
def test_every_family_keeps_an_unknown_member(base):
    data = {"type": "from the future", "model": "from the future", "role": "narrator", "new": [1, {"a": None}]}
    if base is MessageItem:
        data = {"type": "message", "role": "narrator", "content": [], "new": 1}
    member = base.from_dict(data)
    assert isinstance(member, base)
    assert sent(member) == data


def test_undeclared_keys_are_kept_on_an_instance_of_the_same_class():
    message = {"type": "response.text.delta", "response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0, "delta": "a"}
    event = ServerEvent.from_dict(message | {"trace": "abc"})
    assert isinstance(event, ResponseTextDelta)
    assert event["trace"] == "abc"
    assert sent(event) == message | {"trace": "abc"}
    assert event != ServerEvent.from_dict(message)
    assert event == ServerEvent.from_dict(message | {"trace": "abc"})
    assert event != ServerEvent.from_dict(message | {"trace": "xyz"})
    assert hash(event) == hash(ServerEvent.from_dict(message | {"trace": "abc"}))


def test_missing_required_keys_read_as_none():
    event = ServerEvent.from_dict({"type": "response.text.delta", "delta": "x"})
    assert isinstance(event, ResponseTextDelta)
    assert (event.response_id, event.delta) == (None, "x")
    assert sent(event) == {"type": "response.text.delta", "delta": "x"}


def test_a_plain_mapping_stands_for_a_model_anywhere():
    update = SessionUpdate(session={"turn_detection": {"type": "server_vad"}})
    assert sent(update) == {"type": "session.update", "session": {"turn_detection": {"type": "server_vad"}}}
    create = ResponseCreate(
        response=ResponseCreateParams(input_items=[{"type": "message"}, FunctionCallOutputItem(call_id="c", output="1")])
    )
    assert sent(create)["response"]["input_items"] == [{"type": "message"}, {"type": "function_call_output", "call_id": "c", "output": "1"}]


def test_models_inside_mappings_are_kept():
    update = ClientEvent.from_dict({"type": "session.update", "session": RequestSession(tools=[FunctionTool(name="a")])})
    assert update.session.tools == [FunctionTool(name="a")]
    update = ClientEvent.from_dict({"type": "session.update", "session": {"tools": [FunctionTool(name="a"), {"type": "sketch"}]}})
    assert [tool.type for tool in update.session.tools] == ["function", "sketch"]


@pytest.mark.parametrize("audio", [b"\x01\x02", bytearray(b"\x01\x02"), memoryview(b"\x01\x02"), "AQI="])
def test_audio_in_a_mapping_may_be_bytes(audio):
    assert ClientEvent.from_dict({"type": "input_audio_buffer.append", "audio": audio}).audio == b"\x01\x02"


def test_enum_members_stand_for_their_values():
    update = ClientEvent.from_dict(
        {"type": "session.update", "session": {"modalities": [Modality.AUDIO], "input_audio_format": Modality.TEXT}}
    )
    assert sent(update)["session"] == {"modalities": ["audio"], "input_audio_format": "text"}


@pytest.mark.parametrize(
    ("cls", "data", "path"),
    [
        (ServerVad, {"threshold": "high"}, "$.threshold"),
        (RequestSession, {"turn_detection": {"type": "server_vad", "prefix_padding_ms": 1.5}}, "$.turn_detection.prefix_padding_ms"),
        (RequestSession, {"tools": [{"type": "function", "name": 5}]}, "$.tools[0].name"),
        (RequestSession, {"tools": {"type": "function"}}, "$.tools"),
        (RequestSession, {"tools": [7]}, "$.tools[0]"),
        (RequestSession, {"turn_detection": "none"}, "$.turn_detection"),
        (RequestSession, {"avatar": []}, "$.avatar"),
        (RequestSession, {"voice": 5}, "$.voice"),
        (RequestSession, {"metadata": {"a": 1}}, "$.metadata.a"),
        (RequestSession, {"metadata": {"a": "b", "desk": None, "c": 1}}, "$.metadata.desk"),
        (RequestSession, {"metadata": types.MappingProxyType({"a": "b", "desk": None})}, "$.metadata.desk"),
        (RequestSession, {"metadata": {"a": "b", "front.desk": None}}, "$.metadata[...]"),
        (RequestSession, {"metadata": {"a": Colour.RED, "desk": None}}, "$.metadata.desk"),
        (RequestSession, {"tools": [{"type": "mcp", "require_approval": {"never": ["a", 5]}}]}, "$.tools[0].require_approval.never[1]"),
        (RequestSession, {"temperature": math.inf}, "$.temperature"),
        (FunctionTool, {"type": "mcp", "name": "a"}, "$.type"),
        (InputAudioBufferAppend, {"audio": "not base64!"}, "$.audio"),
        (InputAudioBufferAppend, {"audio": 5}, "$.audio"),
        (ServerEvent, [1], "$"),
        (ServerVad, "server_vad", "$"),
    ],
)
def test_a_wrong_type_is_named_by_its_path(cls, data, path):
    with pytest.raises(MalformedFrame) as caught:
        cls.from_dict(data)
    assert caught.value.path == path


def test_integers_stand_for_floats_and_null_for_anything():
    assert ServerVad.from_dict({"threshold": 1}).threshold == 1.0
    assert ServerVad.from_dict({"threshold": None}).threshold is None
    assert ResponseMessageItem.from_dict({"role": None, "content": None, "status": None}).content is None


def test_times_read_as_datetimes_and_go_out_as_they_came():
    event = SessionCreated(session=ResponseSession.from_dict({"expires_at": 1763850000.5}))
    assert event.session.expires_at == datetime.datetime(2025, 11, 22, 22, 20, 0, 500000, tzinfo=datetime.timezone.utc)
    assert event.as_dict()["session"] == {"expires_at": 1763850000.5}
    assert ResponseSession.from_dict({"expires_at": "soon"}).expires_at == "soon"
    assert ResponseSession().expires_at is None


MOMENT = datetime.datetime(2025, 11, 22, 22, 20, tzinfo=datetime.timezone.utc)
HALF_A_SECOND = datetime.timedelta(seconds=0.5)
IN_INDIA = datetime.timezone(datetime.timedelta(hours=5.5))


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (MOMENT, 1763850000),
        (MOMENT + HALF_A_SECOND, 1763850000.5),
        (MOMENT.astimezone(IN_INDIA), 1763850000),
        (MOMENT.astimezone().replace(tzinfo=None), 1763850000),
        (1763850000.0, 1763850000.0),
        ("soon", "soon"),
        (None, None),
    ],
    ids=str,
)
def test_a_time_may_be_given_as_a_datetime(given, seconds):
    wire = {"type": "session.created", "session": {"id": "s", "expires_at": seconds}}
    for view in (sent, lambda model: model.as_dict(), lambda model: json.loads(Connection(SERVER).send(model))):
        assert repr(view(SessionCreated(session=ResponseSession(id="s", expires_at=given)))) == repr(wire)
    session = ResponseSession(id="s", expires_at=given)
    assert repr(sent(session)) == repr(session.as_dict()) == repr(wire["session"])
    assert dict(ResponseSession(expires_at=given)) == {"expires_at": seconds}
    assert ResponseSession(expires_at=given)["expires_at"] == seconds
    for message in ({"session": {"id": "s", "expires_at": given}}, {"session": {"id": "s", "expires_at": given, "new": 1}}):
        expected = wire | {"session": message["session"] | {"expires_at": seconds}}
        assert repr(ServerEvent.from_dict(wire | message).as_dict()) == repr(expected)
        assert repr(json.loads(Connection(SERVER).send(wire | message))) == repr(expected)
    changed = msgspec.structs.replace(ResponseSession(id="s", expires_at=5), expires_at=given)
    assert repr(sent(SessionUpdated(session=changed))["session"]) == repr(wire["session"])


def test_a_time_reads_as_an_aware_datetime_however_it_was_given():
    session = ResponseSession(expires_at=MOMENT.astimezone(IN_INDIA))
    for _ in range(2):
        assert (session.expires_at, session.expires_at.tzinfo) == (MOMENT, datetime.timezone.utc)
        assert sent(session) == {"expires_at": 1763850000}
    connection = Connection(SERVER)
    connection.send(SessionCreated(session=ResponseSession(expires_at=MOMENT)))
    assert connection.session.expires_at == MOMENT


def test_status_details_of_a_status_without_class():
    response = Response.from_dict({"status": "paused", "status_details": {"type": "paused", "until": 5}})
    assert response.status_details["until"] == 5
    assert isinstance(response.status_details, AnyResponseStatusDetails)
    assert Response.from_dict({"status_details": {"type": "cancelled", "reason": "turn_detected"}}).status_details == (
        ResponseCancelledDetails(reason="turn_detected")
    )


def test_reprs_hide_secrets_and_audio():
    server = MCPServer(server_label="a", server_url="u", authorization="Bearer sesame", headers={"x": "sesame"})
    assert "sesame" not in repr(server)
    assert "sesame" not in repr(UnknownRequestItem.from_dict({"type": "x", "deep": [{"api-key": "sesame"}]}))
    assert "sesame" not in repr(server.__rich_repr__())
    event = InputAudioBufferAppend(audio=b"\x00" * 960)
    assert repr(event) == "InputAudioBufferAppend(audio=<960 bytes>)"
    for audio in (array.array("h", [0] * 480), numpy.zeros(480, "i2"), memoryview(bytes(960)).cast("h"), bytearray(960)):
        assert repr(InputAudioBufferAppend(audio=audio)) == repr(event)
    assert repr(RequestSession(temperature=numpy.float64(0.5))) == f"RequestSession(temperature={numpy.float64(0.5)!r})"
    long = repr(InputAudioBufferAppend(audio="A" * 1000))
    assert len(long) < 140
    assert "1000 characters" in long


def test_constants_are_loaded_when_they_are_asked_for():
    program = """
import sys
import voicelive_proto
assert "voicelive_proto.enums" not in sys.modules
assert voicelive_proto.enums.Modality.TEXT == "text"
try:
    voicelive_proto.enum
except AttributeError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == "module 'voicelive_proto' has no attribute 'enum'\n"
    assert voicelive_proto.__getattr__("enums").Modality is Modality
    with pytest.raises(AttributeError):
        voicelive_proto.__getattr__("enum")


def test_the_statuses_that_the_tables_know_are_all_there_are():
    assert {*ResponseStatus, None} == _STATUSES


def settings_classes(base=SessionSettings):
    return [base, *(each for derived in base.__subclasses__() for each in settings_classes(derived))]


@pytest.mark.parametrize(
    "cls",
    [cls for cls in settings_classes() if isinstance(cls.__struct_config__.tag, str) and not issubclass(cls, Unknown)],
    ids=lambda cls: cls.__name__,
)
def test_settings_may_be_made_with_their_discriminator(cls):
    """As the official SDK's models may; another class's is refused."""
    key, tag = cls.__struct_config__.tag_field, cls.__struct_config__.tag
    needed = {field.name: "x" for field in msgspec.structs.fields(cls) if field.required}
    assert cls(**needed, **{key: tag}) == cls(**needed)
    assert sent(cls(**needed, **{key: tag}))[key] == tag
    with pytest.raises(ValueError, match=f"^{cls.__name__} is of {key} '{tag}', not 'other'; leave it out"):
        cls(**needed, **{key: "other"})


def test_settings_may_be_made_of_a_mapping():
    """As the official SDK's models may; as ``from_dict`` makes them."""
    plain = {"voice": {"type": "azure-standard", "name": "n"}, "newer": 1}
    assert RequestSession(plain) == RequestSession.from_dict(plain)
    assert RequestSession(RequestSession(plain)).as_dict() == plain
    assert type(AzureVoice(plain["voice"])) is AzureStandardVoice
    with pytest.raises(MalformedFrame, match=r"\$\.voice\.name"):
        RequestSession({"voice": {"type": "azure-standard", "name": 5}})


def test_keys_of_what_people_build_may_be_set():
    avatar = AvatarConfig(character="lisa", customized=False)
    avatar["type"] = "photo-avatar"
    assert (avatar.avatar_type, avatar["type"]) == ("photo-avatar", "photo-avatar")
    for key in ("newer", "avatar_type", "extra_"):
        with pytest.raises(KeyError, match="has no key"):
            avatar[key] = 1
    of_a_mapping = AvatarConfig({"character": "lisa", "newer": 1})
    of_a_mapping["newer"] = of_a_mapping["extra_"] = 2
    assert of_a_mapping.as_dict() == {"character": "lisa", "newer": 2, "extra_": 2}
    event = InputAudioBufferCommit()
    event["event_id"] = "e"
    assert event.event_id == "e"
    with pytest.raises(TypeError, match="item assignment"):
        ResponseItem.from_dict({"type": "message", "role": "user", "content": []})["id"] = "i"


def test_settings_that_are_made_wrongly_say_how():
    for make, problem in {
        lambda: ServerVad(thresold=0.5): "ServerVad has no field 'thresold'; did you mean 'threshold'?",
        lambda: AudioNoiseReduction(kind="x"): "AudioNoiseReduction has no field 'kind'; it has type",
        lambda: RequestSession("alloy"): "RequestSession takes its fields by keyword, or one mapping",
        lambda: RequestSession({"voice": "alloy"}, temperature=0.5): "RequestSession takes its fields by keyword, or one mapping",
        FunctionTool: "FunctionTool needs 'name'",
        lambda: OpenAIVoice(name="alloy", model="x"): "OpenAIVoice has no field 'model'; it has name",
    }.items():
        with pytest.raises(TypeError) as raised:
            make()
        assert str(raised.value) == problem
