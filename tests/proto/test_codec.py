"""Frames: every legal spelling of an audio delta, refusals, and what may not be sent."""

import array
import base64
import dataclasses
import datetime
import fractions
import json
import math
import pickle
import random
import types

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicelive_proto import CLIENT, SERVER, Connection, Decoder, LocalProtocolError, MalformedFrame, UnexpectedEvent, encode
from voicelive_proto._audio_deltas import CUT_BYTES
from voicelive_proto.client_events import ClientEvent, InputAudioBufferAppend, InputAudioTurnAppend, ResponseCreate, SessionUpdate
from voicelive_proto.enums import Modality
from voicelive_proto.items import ResponseItem
from voicelive_proto.responses import ResponseCreateParams
from voicelive_proto.server_events import ResponseAudioDelta, UnknownServerEvent
from voicelive_proto.session import RequestSession
from voicelive_proto.tools import Tool

PART = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}
DELTA = {"type": "response.audio.delta", "event_id": "e"} | PART
BIG = bytes(random.Random(5).randbytes(4800))


def frame(message, separators=(",", ":"), *, ascii_slash=False):
    text = json.dumps(message, separators=separators)
    return (text.replace("/", "\\/") if ascii_slash else text).encode()


@pytest.mark.parametrize("size_bytes", [0, 1, 2, 3, 960, 2400, 4800, 9600, 100_000])
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), (" , ", " : ")])
@pytest.mark.parametrize("escaped", [False, True])
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_every_spelling_gives_the_same_audio(size_bytes, separators, escaped, place):
    audio = random.Random(size_bytes).randbytes(size_bytes)
    keys = list(DELTA)
    keys.insert({"first": 0, "middle": 3, "last": len(keys)}[place], "delta")
    message = DELTA | {"delta": base64.b64encode(audio).decode()}
    decoder = Decoder("server")
    for _ in range(3):
        event = decoder.decode(frame({key: message[key] for key in keys}, separators, ascii_slash=escaped))
        assert type(event) is ResponseAudioDelta
        assert event.delta == audio


def text_of(audio):
    return base64.b64encode(audio).decode()


NESTED = {
    "delta of an object": {"x": {"a": 1, "delta": text_of(b"other" * 900)}},
    "delta first in an object": {"x": {"delta": text_of(b"other" * 900), "a": 1}},
    "delta in a list": {"x": [{"a": 1, "delta": text_of(b"other" * 900)}]},
    "delta in a string": {"x": ',"delta":"' + text_of(b"other" * 900)},
    "delta in a declared string": {"item_id": ',"delta":"' + "A" * 4000 + '"}'},
}


@pytest.mark.parametrize("addition", NESTED.values(), ids=NESTED.keys())
@pytest.mark.parametrize("behind", [False, True])
def test_no_other_delta_is_taken_for_the_events_own(addition, behind):
    message = DELTA | {"delta": text_of(BIG)} | addition if behind else addition | DELTA | addition | {"delta": text_of(BIG)}
    event = Decoder("server").decode(frame(message))
    assert event.delta == BIG
    assert event.as_dict() == message


def test_a_peer_may_change_its_spelling_at_any_time():
    """What was learned of the frames before never decides what is read of this one."""
    message = DELTA | {"event_id": "event_1", "delta": text_of(BIG)}
    usual, delta_first = frame(message), frame({"delta": message["delta"]} | message)
    other = frame({"delta": message["delta"], "type": "response.video.delta"} | PART)
    nested = frame(NESTED["delta first in an object"] | message)
    others = [frame(message | {"event_id": event_id}) for event_id in ("event_2", "9b1d-7-x", 'a"b', "a\\b", "a\tb", "ä", "", None)]
    kinds = [usual, delta_first, other, nested, frame(message, (", ", ": ")), frame(message, ascii_slash=True), *others]
    kinds += [
        frame(message | {"item_id": "item"}),
        frame(DELTA | {"event_id": "event_3", "x": 1, "delta": message["delta"]}),
        frame(message).replace(b'"event_1"', b'"a","x":"1"'),
        frame(message).replace(b'"event_1","', b'"event_1","event_id":"event_4","'),
        frame(message).replace(b'"event_1","', b'"event_1","d\\u0065lta":"AAAA","'),
        frame(message)[:-1] + b" }",
        frame(message)[:-1] + b',"event_id":"late"}',
        frame({key: message[key] for key in message if key != "event_id"}),
        frame(message | {"delta": "AAAA"}),
        frame(message).replace(b"event_1", b"event_\xc3\xa4"),
    ]
    decoder, rng = Decoder("server"), random.Random(1)
    for each in [*kinds * 2, *rng.choices([usual, *kinds], k=2000), *[one for kind in kinds for one in (usual, usual, kind)]]:
        event = decoder.decode(each)
        assert event.as_dict() == json.loads(each)
        assert event["type"] != "response.audio.delta" or event["delta"] != message["delta"] or event.delta == BIG


PLACES = st.integers(0, 150) | st.integers(-4, -1)
PIECES = st.binary(max_size=4) | st.sampled_from([b'"', b"\\", b'","x":"', b'","event_id":"'])


@given(st.lists(st.tuples(PLACES, st.integers(0, 8), PIECES), max_size=4))
@settings(max_examples=400)
def test_a_decoder_that_has_read_deltas_reads_the_next_as_a_new_one_does(edits):
    for repeats in (300, 800):  # of a size to be cut, and not
        usual = frame(DELTA | {"event_id": "event_1", "delta": "AbC+" * repeats})
        edited = bytearray(usual)
        for place, removed, added in edits:
            at = place % len(edited)
            edited[at : at + removed] = added
        known = Decoder("server")
        for each in (usual, bytes(edited), usual, bytes(edited)):
            assert outcome(known, each) == outcome(Decoder("server"), each)


def outcome(decoder, each):
    try:
        event = decoder.decode(each)
    except MalformedFrame as error:
        return str(error)
    return type(event), event.as_dict(), event.get("delta")


@pytest.mark.parametrize("change", [(b"A", b"*"), (b"event_1", b"event_\xff"), (b"event_1", b"event_\n"), (b'"}', b'"]')])
def test_a_frame_like_the_last_is_still_judged(change):
    message = DELTA | {"event_id": "event_1", "delta": "A" * 4000}
    decoder = Decoder("server")
    for _ in range(3):
        assert decoder.decode(frame(message)).event_id == "event_1"
        with pytest.raises(MalformedFrame):
            decoder.decode(frame(message).replace(*change))


def test_a_repeated_key_counts_as_json_says():
    first, second = text_of(BIG), text_of(BIG[::-1])
    text = frame(DELTA)[:-1].decode() + f',"delta":"{first}","delta":"{second}"}}'
    assert Decoder("server").decode(text).delta == BIG[::-1]
    text = frame(DELTA)[:-1].decode() + f',"delta":"{first}","d\\u0065lta":"{second}"}}'
    assert Decoder("server").decode(text).delta == BIG[::-1]


@pytest.mark.parametrize("end", ['"}', '","event_id":"e"}'])
def test_a_repeated_key_where_the_frame_before_had_its_own(end):
    usual = frame(DELTA | {"item_id": "i" * 40, "delta": text_of(BIG)})
    decoder = Decoder("server")
    assert decoder.decode(usual).delta == BIG
    start = '{"type":"response.audio.delta","delta":"AAAA","response_id":"r","output_index":0,"content_index":0,"item_id":"'
    item_id = "i" * (usual.index(b',"delta":"') - len(start) - 1)
    event = decoder.decode(f'{start}{item_id}","delta":"{text_of(BIG[::-1])}{end}')
    assert event.delta == BIG[::-1]


def test_another_event_that_speaks_of_audio_deltas_is_not_cut():
    message = {"type": "weather", "about": "response.audio.delta", "a": 1, "delta": text_of(BIG)}
    event = Decoder("server").decode(frame(message))
    assert type(event) is UnknownServerEvent
    assert event.as_dict() == message
    text = {"event_id": "response.audio.delta", "type": "response.text.delta"} | PART | {"delta": text_of(BIG)}
    assert Decoder("server").decode(frame(text)).delta == text_of(BIG)
    untyped = {"about": "response.audio.delta", "a": 1, "delta": text_of(BIG)}
    with pytest.raises(MalformedFrame, match="no string key 'type'"):
        Decoder("server").decode(frame(untyped))


def test_after_a_miss_cutting_is_tried_again_later():
    decoder = Decoder("server")
    message = DELTA | {"delta": text_of(BIG)}
    for number in range(200):
        assert decoder.decode(frame(message, ascii_slash=number < 100)).delta == BIG


@given(st.binary(min_size=CUT_BYTES, max_size=CUT_BYTES + 400), st.permutations([*DELTA, "delta"]), st.text(max_size=20))
@settings(max_examples=60)
def test_any_key_order_and_any_ids(audio, keys, item_id):
    message = DELTA | {"delta": text_of(audio), "item_id": item_id}
    event = Decoder("server").decode(frame({key: message[key] for key in keys}))
    assert (event.delta, event.item_id) == (audio, item_id)


@pytest.mark.parametrize("bad", ["A", "AAA", "A===", "AA AA", "AA\nAA", "Ä" * 4, "AAA-"])
@pytest.mark.parametrize("padding", ["", "AAAA" * 1000])
def test_audio_that_is_not_base64_is_malformed(bad, padding):
    with pytest.raises(MalformedFrame, match=r"response\.audio\.delta: not base64") as caught:
        Decoder("server").decode(frame(DELTA | {"delta": padding + bad}))
    assert caught.value.path == "$.delta"


def test_an_event_of_the_other_direction_goes_on_as_it_came():
    """Not known there, so its audio is not."""
    frame = b'{"type":"response.audio.delta","delta":"no base64"}'
    assert encode(Decoder("client").decode(frame)) == frame


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, lambda data: data.decode()])
def test_frames_come_as_text_or_bytes(kind):
    assert Decoder("server").decode(kind(b'{"type":"weather"}')).type == "weather"


@pytest.mark.parametrize("frame", [None, 10, {"type": "weather"}, ["a"]])
@pytest.mark.parametrize("direction", ["client", "server"])
def test_what_is_no_frame_is_refused_in_words(frame, direction):
    with pytest.raises(TypeError, match=f"a frame is bytes, bytearray, memoryview or str, not {type(frame).__name__}"):
        Decoder(direction).decode(frame)


@pytest.mark.parametrize("size_bytes", [0, 960, 9600])
def test_a_relay_passes_audio_on_undecoded(size_bytes):
    audio = text_of(BIG * 2)[: size_bytes // 3 * 4]
    relay = Decoder("server", decode_audio=False)
    event = relay.decode(frame(DELTA | {"delta": audio}))
    assert event.delta == event["delta"] == audio
    assert json.loads(encode(event)) == DELTA | {"delta": audio}
    irregular = relay.decode(frame(DELTA | {"delta": audio, "new": 1}))
    assert irregular["delta"] == audio
    append = Decoder("client", decode_audio=False).decode(frame({"type": "input_audio_buffer.append", "audio": audio}))
    assert append["audio"] == audio


BAD = {
    "empty": b"",
    "not JSON": b"hello",
    "cut off": b'{"type":"error","error":{"type":"x"',
    "an array": b"[1]",
    "a string": b'"x"',
    "null": b"null",
    "no type": b'{"event_id":"e"}',
    "a number for a type": b'{"type":5}',
    "null for a type": b'{"type":null}',
    "invalid UTF-8": b'{"type":"weather","x":"\xff"}',
    "deep": b'{"type":"weather","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "NUL bytes": b'{"type":"weather"\x00}',
    "a lone surrogate": '{"type":"weather","x":"\ud800"}',
    "trailing text": b'{"type":"weather"} {}',
    "a huge exponent in an integer": b'{"type":"input_audio_buffer.speech_started","audio_start_ms":1e400,"item_id":"i"}',
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("direction", ["client", "server"])
def test_frames_that_are_no_event(bad, direction):
    if direction == "client" and isinstance(bad, bytes) and b"speech_started" in bad:
        bad = b'{"type":"conversation.item.truncate","item_id":"i","content_index":0,"audio_end_ms":1e400}'
    with pytest.raises(MalformedFrame) as caught:
        Decoder(direction).decode(bad)
    assert len(caught.value.excerpt) <= 120
    assert caught.value.reply["type"] == "invalid_request_error"


def test_a_malformed_known_event_names_path_type_and_id():
    with pytest.raises(MalformedFrame) as caught:
        Decoder("client").decode(b'{"type":"session.update","event_id":"su-1","session":{"temperature":"hot"}}')
    error = caught.value
    assert (error.path, error.event_type, error.event_id) == ("$.session.temperature", "session.update", "su-1")
    assert error.reply == {
        "type": "invalid_request_error",
        "code": "invalid_value",
        "message": "session.update: expected `float | null`, got `str` at $.session.temperature",
        "param": "session.temperature",
        "event_id": "su-1",
    }


@given(st.binary(max_size=300))
@settings(max_examples=300)
def test_any_bytes_give_an_event_or_a_malformed_frame(data):
    try:
        event = Decoder("server").decode(data)
    except MalformedFrame:
        return
    assert isinstance(event.type, str)


SAMPLES = [
    b"\x01\x00\x02\x00",
    bytearray(b"\x01\x00\x02\x00"),
    memoryview(b"\x01\x00\x02\x00"),
    memoryview(b"\x01_\x00_\x02_\x00_")[::2],
    array.array("h", [1, 2]),
    numpy.array([1, 2], "i2"),
    numpy.array([1, 9, 2, 9], "i2")[::2],
    numpy.array([[1], [2]], "i2"),
    "AQACAA==",
]


@pytest.mark.parametrize("audio", SAMPLES, ids=lambda audio: type(audio).__name__)
@pytest.mark.parametrize("event_id", [None, 'a"b'])
def test_audio_to_send_comes_as_bytes_or_base64(audio, event_id):
    ours = {"event_id": event_id} if event_id else {}
    expected = {"type": "input_audio_buffer.append", "audio": "AQACAA=="} | ours
    assert json.loads(encode(InputAudioBufferAppend(audio=audio, **ours))) == expected
    turn = InputAudioTurnAppend(turn_id="t", audio=audio, **ours)
    assert json.loads(encode(turn)) == expected | {"type": "input_audio.turn.append", "turn_id": "t"}
    assert turn.audio is audio


@pytest.mark.parametrize("audio", SAMPLES, ids=lambda audio: type(audio).__name__)
@pytest.mark.parametrize("mapping", [dict, types.MappingProxyType])
def test_audio_in_a_mapping_is_audio_as_in_an_event(audio, mapping):
    expected = {"type": "input_audio_buffer.append", "audio": "AQACAA=="}
    for each in (expected, expected | {"new": None}, expected | {"type": "input_audio.turn.append", "turn_id": "t"}):
        message = mapping(each | {"audio": audio})
        assert json.loads(encode(message)) == each
        assert json.loads(Connection(CLIENT, track=False).send(message)) == each
        assert message["audio"] is audio
    expected = DELTA | {"delta": "AQACAA=="}
    assert json.loads(encode(mapping(DELTA | {"delta": audio}))) == expected
    assert json.loads(Connection(SERVER, track=False).send(mapping(DELTA | {"delta": audio}))) == expected


NO_SAMPLES = [
    ("hello!", "not base64"),
    ('AAAA"', "not base64"),
    ("ÄAAA", "not base64"),
    (5, "must be raw audio as bytes"),
    (None, "must be raw audio as bytes"),
    (array.array("f", [0.5]), "format 'f'; convert"),
    (memoryview(numpy.zeros(2, "f4")), "format 'f'; convert"),
    (numpy.zeros(2, "i4"), "format 'i'; convert"),
    (numpy.zeros(2, ">i2"), "format '>h'; convert"),
    ([1, 2], "must be raw audio as bytes"),
    ({1, 2}, "must be raw audio as bytes.* not set"),
    (memoryview(bytes(8)).cast("h", (2, 2)), "one channel with one axis"),
]


@pytest.mark.parametrize(("audio", "problem"), NO_SAMPLES)
def test_audio_that_cannot_be_sent(audio, problem):
    for event in (
        InputAudioBufferAppend(audio=audio),
        InputAudioTurnAppend(turn_id="t", audio=audio),
        {"type": "input_audio_buffer.append", "audio": audio},
        types.MappingProxyType({"type": "input_audio_buffer.append", "audio": audio}),
    ):
        with pytest.raises(LocalProtocolError, match=f"append: audio .*{problem}|append: .*{problem}") as caught:
            encode(event)
        assert caught.value.event_type == event["type"]


@pytest.mark.parametrize(("audio", "problem"), NO_SAMPLES)
def test_audio_that_a_connection_does_not_send(audio, problem):
    """What JSON has a kind for is named by that, as it is where it came from a peer."""
    named = {type(None): "expected base64 text, got null", int: "got number", list: "got array"}.get(type(audio), problem)
    client = Connection(CLIENT)
    with pytest.raises(LocalProtocolError, match=named + r".* at \$\.audio"):
        client.send({"type": "input_audio_buffer.append", "audio": audio})
    assert client.input_audio.total_bytes == 0


@pytest.mark.parametrize("value", [object(), {1: object()}, {"a", 2j}, memoryview(b"abcd")[::2]])
def test_values_without_a_json_form(value):
    with pytest.raises(LocalProtocolError, match=r"session\.update"):
        encode(SessionUpdate(session={"x": value}))


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"a": object()}, "dict: cannot send a object as JSON"),
        ({"type": 5, "a": object()}, "dict: cannot send a object as JSON"),
        (RequestSession(temperature=object()), "RequestSession: cannot send a object as JSON"),
        (object(), "an event is an event object or a mapping with a 'type', not object"),
        ("text", "an event is an event object or a mapping with a 'type', not str"),
        ([], "an event is an event object or a mapping with a 'type', not list"),
        (None, "an event is an event object or a mapping with a 'type', not NoneType"),
        (types.SimpleNamespace(type="response.create"), "not SimpleNamespace"),
        ([types.MappingProxyType({"type": object()})], "not list"),
    ],
)
def test_what_is_no_event_is_refused_in_words(event, words):
    with pytest.raises(LocalProtocolError, match=words) as caught:
        encode(event)
    assert caught.value.event_type is None


class Name(str):
    """As libraries have them, to tell one kind of text from another."""

    __slots__ = ()

    def __str__(self):
        return "another"


class Count(int):
    """A number of a class of its own."""


PLAIN = [
    (Name("alloy"), "alloy"),
    (Count(3), 3),
    (numpy.float32(0.5), 0.5),
    (numpy.float64(0.5), 0.5),
    (numpy.int16(3), 3),
    (numpy.bool_(True), True),
    (numpy.str_("alloy"), "alloy"),
    (fractions.Fraction(1, 2), 0.5),
]


@pytest.mark.parametrize(("value", "plain"), PLAIN, ids=repr)
@pytest.mark.parametrize("mapping", [dict, types.MappingProxyType])
def test_scalars_of_other_classes_go_out_as_plain_ones(value, plain, mapping):
    sent = json.loads(encode(SessionUpdate(session=mapping({"x": value, "y": [value]}))))["session"]
    assert repr(sent) == repr({"x": plain, "y": [plain]})
    event = ResponseCreate(response=ResponseCreateParams(invoke_input={"x": value}))
    assert repr(event.as_dict()["response"]) == repr({"invoke_input": {"x": plain}})


@pytest.mark.parametrize(
    ("key", "value", "plain"),
    [
        ("temperature", numpy.float32(0.5), 0.5),
        ("input_audio_sampling_rate", numpy.int64(24000), 24000),
        ("parallel_tool_calls", numpy.bool_(False), False),
        ("instructions", Name("Be brief."), "Be brief."),
        ("modalities", [Name("text")], ["text"]),
        ("modalities", (Modality.TEXT,), ["text"]),
        ("avatar", {"video": {"crop": {"top_left": [numpy.int16(1), 2]}}}, {"video": {"crop": {"top_left": [1, 2]}}}),
        ("metadata", types.MappingProxyType({"a": Name("b")}), {"a": "b"}),
    ],
)
def test_scalars_of_other_classes_in_a_mapping_that_a_connection_sends(key, value, plain):
    frame = Connection(CLIENT).send({"type": "session.update", "session": {key: value}})
    assert json.loads(frame)["session"] == {key: plain}


@pytest.mark.parametrize("value", [b"Be brief.", datetime.date(2026, 1, 1), numpy.float64(1), {"a": object()}])
def test_other_values_do_not_become_text_in_a_mapping(value):
    with pytest.raises(LocalProtocolError, match=r"expected `str \| null`, got .* at \$\.session\.instructions"):
        Connection(CLIENT).send({"type": "session.update", "session": {"instructions": value}})


def test_a_structure_that_holds_itself_where_text_belongs():
    loop = []
    loop.append(loop)
    with pytest.raises(LocalProtocolError, match=r"expected `str \| null`, got `array` at \$\.session\.instructions"):
        Connection(CLIENT).send({"type": "session.update", "session": {"instructions": loop}})


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, numpy.float32("nan")])
@pytest.mark.parametrize("around", [lambda value: value, lambda value: {"a": [0.5, None, (value,)]}], ids=["alone", "nested"])
def test_numbers_that_json_has_no_form_for_are_not_sent_in_mappings(number, around):
    session = {"tools": [{"type": "function", "name": "f", "parameters": around(number)}]}
    for event in (
        {"type": "session.update", "session": session},
        types.MappingProxyType({"type": "session.update", "session": session}),
        {"type": "session.update", "session": SessionUpdate(session=session)},
        {"type": "weather", "wind": around(number)},
        ClientEvent.from_dict({"type": "weather", "wind": around(number)}),
    ):
        with pytest.raises(LocalProtocolError, match=rf"expected a finite number, got {number}"):
            encode(event)
    for event in ({"type": "session.update", "session": session}, {"type": "weather", "wind": around(number)}):
        with pytest.raises(LocalProtocolError, match=f"expected a finite number, got {number}"):
            Connection(CLIENT).send(event)


def test_in_an_event_they_go_out_as_null():
    """As the docstring of `encode` says."""
    assert (
        encode(SessionUpdate(session=RequestSession(temperature=math.nan))) == b'{"type":"session.update","session":{"temperature":null}}'
    )
    with pytest.raises(LocalProtocolError, match="expected a finite number, got nan"):
        encode(SessionUpdate(session=RequestSession(temperature=numpy.float32("nan"))))


def test_nulls_in_a_mapping_are_no_numbers():
    message = {"type": "session.update", "session": {"turn_detection": None, "temperature": 0.5, "instructions": "null"}}
    assert json.loads(encode(message)) == json.loads(Connection(CLIENT).send(message)) == message


@pytest.mark.parametrize("around", [lambda value: value, types.MappingProxyType], ids=["dict", "proxy"])
def test_a_mapping_nested_too_deeply_is_not_encoded(around):
    nested = {}
    for _ in range(200):
        nested = {"a": nested}
    with pytest.raises(LocalProtocolError, match="weather: nested more than 100 objects and arrays deep"):
        encode(around({"type": "weather", "wind": nested}))


@dataclasses.dataclass
class Order:
    """A user's own class inside an event."""

    item: object
    tags: object = ()


def test_what_stands_inside_objects_of_other_kinds_is_sent():
    irregular = Tool.from_dict({"type": "function", "name": "f", "new": 1})
    order = Order(types.MappingProxyType({"a": irregular}), [irregular])
    event = SessionUpdate(session={"order": order})
    plain = {"item": {"a": {"type": "function", "name": "f", "new": 1}}, "tags": [{"type": "function", "name": "f", "new": 1}]}
    assert json.loads(encode(event)) == event.as_dict() == {"type": "session.update", "session": {"order": plain}}


def test_what_can_not_be_sent_from_there_is_refused_in_words():
    item = ResponseItem.from_dict({"type": "web_search_call", "status": "completed", "new": 1})
    with pytest.raises(LocalProtocolError, match="cannot send a model with undeclared keys inside a set"):
        encode(SessionUpdate(session={"x": {item}}))
    with pytest.raises(LocalProtocolError, match="cannot send a type as JSON"):
        encode(SessionUpdate(session=types.MappingProxyType({"x": Order})))


def test_a_mapping_of_another_kind_is_a_mapping():
    event = SessionUpdate(session=types.MappingProxyType({"voice": "alloy", "audio": b"\x00"}))
    assert json.loads(encode(event)) == {"type": "session.update", "session": {"voice": "alloy", "audio": "AA=="}}
    with pytest.raises(LocalProtocolError, match="cannot send a object as JSON"):
        encode(SessionUpdate(session=types.MappingProxyType({"x": object()})))


def test_a_structure_that_holds_itself_is_refused():
    loop = {}
    loop["loop"] = loop
    with pytest.raises(LocalProtocolError, match=r"response\.create"):
        encode(ResponseCreate(response=loop))


def test_enum_constants_encode_as_their_values():
    assert json.loads(encode(SessionUpdate(session=RequestSession(modalities=[Modality.TEXT])))) == {
        "type": "session.update",
        "session": {"modalities": ["text"]},
    }


def test_a_direction_that_is_none_is_refused():
    with pytest.raises(ValueError, match="direction is 'sever'; frames come from a 'server' or a 'client'"):
        Decoder("sever")


@pytest.mark.parametrize(
    "error",
    [
        LocalProtocolError("m", event_type="response.create", state="CLOSED"),
        MalformedFrame("not base64", path="$.delta", excerpt=b"{", event_type="response.audio.delta"),
        UnexpectedEvent("m", event_type="response.done", state="IDLE", code="c", param="p", event_id="e"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_cross_between_processes(error):
    there = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (type(there), vars(there), there.args, str(there)) == (type(error), vars(error), error.args, str(error))
