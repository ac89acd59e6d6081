"""A new service feature never ends a call, and a malformed frame never does more than be refused."""

import copy
import functools
import json
import sys
import tracemalloc
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET, Struct
from support import all_messages

from voicelive_proto import (
    CLIENT,
    CLIENT_EVENTS,
    FAMILIES,
    SERVER,
    SERVER_EVENTS,
    Connection,
    Decoder,
    LocalProtocolError,
    MalformedFrame,
    encode,
)
from voicelive_proto._base import Unknown
from voicelive_proto._codec import MAX_DEPTH
from voicelive_proto._plain import declared_class
from voicelive_proto.items import AssistantMessageItem, MessageItem, UnknownRequestItem

MESSAGES = all_messages()
KNOWN = {"client": CLIENT_EVENTS, "server": SERVER_EVENTS}

scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=8
)
unknown_keys = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), min_size=1, max_size=6).map(lambda text: "x_" + text)


def places(model, message, path=()):
    """Every change that must be tolerated: (path, key or index, kind of change)."""
    yield path, None, "unknown key"
    if isinstance(model, Unknown):
        return
    for attribute, key, default, is_open in fields_of(declared_class(type(model))):
        value = getattr(model, attribute)
        if default is UNSET:
            yield path, key, "null"
        if isinstance(value, float) and isinstance(message.get(key), float):
            yield path, key, "integer"
        if isinstance(value, Struct):
            yield from places_of_child(value, message[key], path, key, is_open)
        elif isinstance(value, list) and any(isinstance(item, Struct) for item in value):
            for index, item in enumerate(value):
                yield from places_of_child(item, message[key][index], (*path, key), index, is_open)
            if is_open:
                yield (*path, key), 0, "insert variant"


def places_of_child(model, message, path, key, is_open):
    if is_open:
        yield path, key, "unknown variant"
    yield from places(model, message, (*path, key))


@functools.cache
def fields_of(cls):
    """Attribute, wire key, default, and whether a member of the field's family that nobody knows may stand there."""
    declared = [field for field in msgspec.structs.fields(cls) if field.name != "extra_"]
    return [(field.name, field.encode_name, field.default, has_unknown_member(field.type)) for field in declared]


def has_unknown_member(kind):
    return any(map(has_unknown_member, get_args(kind))) or (isinstance(kind, type) and issubclass(kind, Unknown))


def reach(root, path):
    for step in path:
        root = root[step]
    return root


def apply(message, place, data):
    """Make one change; say where a variant that nobody knows stands now, if that was it."""
    path, key, kind = place
    node = reach(message, path)
    variant = {"type": "x_variant", "model": "x_variant"} | data.draw(st.dictionaries(unknown_keys, values, max_size=2))
    if kind == "unknown key":
        node[data.draw(unknown_keys)] = data.draw(values)
    elif kind == "null":
        node[key] = None
    elif kind == "integer":
        node[key] = data.draw(st.integers(-(2**31), 2**31))
    elif kind == "insert variant":
        node.insert(data.draw(st.integers(0, len(node))), variant)
    else:
        node[key] = variant
        return (*path, key)
    return None


def test_the_places_are_many():
    """What the property draws from; a walk that finds nothing would prove nothing."""
    found = [
        (place[2], type(event).__name__)
        for line in MESSAGES[::3]
        for event in [Decoder(line["direction"]).decode(json.dumps(line["message"]))]
        for place in places(event, line["message"])
    ]
    kinds = {kind: sum(1 for found_kind, _ in found if found_kind == kind) for kind, _ in found}
    assert kinds.keys() == {"unknown key", "null", "integer", "unknown variant", "insert variant"}
    assert min(kinds.values()) > 20
    assert kinds["unknown key"] > 500


@settings(max_examples=400)
@given(st.data())
def test_what_is_new_is_kept_and_the_rest_stays_typed(data):
    line = data.draw(st.sampled_from(MESSAGES))
    decoder, declared = Decoder(line["direction"]), KNOWN[line["direction"]].get(line["type"], Unknown)
    message = copy.deepcopy(line["message"])
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(list(places(decoder.decode(json.dumps(message)), message))))
        variant_path = apply(message, place, data)
        event = decoder.decode(json.dumps(message, ensure_ascii=data.draw(st.booleans())))
        assert isinstance(event, declared)
        assert event.as_dict() == message
        assert json.loads(encode(event)) == message
        if variant_path is not None:
            assert isinstance(reach(event, variant_path), (Unknown, dict))


@settings(max_examples=200)
@given(st.data())
def test_connections_take_what_is_new(data):
    """The same through both roles with state: whatever a peer adds, receiving it never fails."""
    line = data.draw(st.sampled_from(MESSAGES))
    message = copy.deepcopy(line["message"])
    event = Decoder(line["direction"]).decode(json.dumps(message))
    apply(message, data.draw(st.sampled_from(list(places(event, message)))), data)
    connection = Connection(CLIENT if line["direction"] == "server" else SERVER)
    assert connection.receive(json.dumps(message)).as_dict() == message


# Malformed frames

JSON_OF_A_DELTA = (
    b'{"type":"response.audio.delta","response_id":"r","item_id":"i","output_index":0,"content_index":0,"delta":"' + b"AAAA" * 1500 + b'"}'
)


def deep(levels):
    return b'{"type":"x","y":' + b"[" * levels + b"]" * levels + b"}"


BAD = {
    "empty": b"",
    "white space": b" \n ",
    "truncated": b'{"type":"session.created","session":{"id":"s',
    "truncated number": b'{"type":"response.text.delta","output_index":1e',
    "two objects": b'{"type":"x"}{"type":"y"}',
    "an array": b'[{"type":"x"}]',
    "a string": b'"response.create"',
    "no type": b'{"event_id":"e"}',
    "null type": b'{"type":null}',
    "number type": b'{"type":5}',
    "wrong type of a field": b'{"type":"response.text.delta","response_id":5}',
    "wrong type inside": b'{"type":"session.created","session":{"tools":{"type":"function"}}}',
    "object for text": b'{"type":"conversation.item.deleted","item_id":{"id":"x"}}',
    "true for a number": b'{"type":"response.text.delta","output_index":true}',
    "fraction for an integer": b'{"type":"response.text.delta","output_index":0.5}',
    "huge integer": b'{"type":"response.text.delta","output_index":1' + b"0" * 5000 + b"}",
    "huge negative integer": b'{"type":"x","y":-1' + b"0" * 5000 + b"}",
    "huge number for a fraction": b'{"type":"session.created","session":{"temperature":1' + b"0" * 400 + b"}}",
    "huge exponent": b'{"type":"session.created","session":{"temperature":1e999999999}}',
    "not a number": b'{"type":"session.created","session":{"temperature":NaN}}',
    "infinity": b'{"type":"x","y":-Infinity}',
    "lone surrogate": b'{"type":"x","y":"\\ud800"}',
    "lone surrogate in utf-8": b'{"type":"x","y":"\xed\xa0\x80"}',
    "overlong utf-8": b'{"type":"x","y":"\xc0\xaf"}',
    "latin-1": '{"type":"x","y":"é"}'.encode("latin-1"),
    "utf-16": '{"type":"x"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"type":"x"}',
    "raw NUL": b'{"type":"x","y":"\x00"}',
    "NUL bytes": bytes(100),
    "binary": bytes(range(256)),
    "single quotes": b"{'type':'x'}",
    "trailing comma": b'{"type":"x",}',
    "comment": b'{"type":"x"} // odd',
    "too deep": deep(MAX_DEPTH),
    "far too deep": deep(1_000_000),
    "deep without end": b'{"type":' * 200_000,
    "deep in a known event": b'{"type":"session.created","session":{"tools":[{"type":"function","name":"f","parameters":'
    + b'{"a":' * MAX_DEPTH
    + b"1"
    + b"}" * MAX_DEPTH
    + b"}]}}",
    "audio that is not base64": JSON_OF_A_DELTA.replace(b"AAAA", b"A-A_", 1),
    "audio that is null": b'{"type":"response.audio.delta","delta":null}',
    "audio that is a number": b'{"type":"response.audio.delta","delta":5}',
    "small audio that is not base64": b'{"type":"response.audio.delta","delta":"AAA"}',
    "text that str can hold and utf-8 can not": '{"type":"x","y":"\ud800"}',
}


FOR_A_SERVER = [
    (b"response.audio.delta", b"input_audio_buffer.append"),
    (b'"delta":', b'"audio":'),
    (b"session.created", b"session.update"),
    (b"response.text.delta", b"conversation.item.truncate"),
    (b"output_index", b"content_index"),
    (b"response_id", b"item_id"),
    (b"item.deleted", b"item.delete"),
]


@pytest.mark.parametrize("frame", BAD.values(), ids=BAD)
@pytest.mark.parametrize("role", [CLIENT, SERVER])
def test_a_malformed_frame_is_refused_and_the_next_one_taken(role, frame):
    for server_word, client_word in FOR_A_SERVER if role is SERVER and isinstance(frame, bytes) else ():
        frame = frame.replace(server_word, client_word)
    connection = Connection(role)
    with pytest.raises(MalformedFrame) as caught:
        connection.receive(frame)
    error = caught.value
    assert error.path.startswith("$")
    assert len(error.excerpt) <= 120
    assert frame[:10] in (error.excerpt if isinstance(frame, bytes) else error.excerpt.decode())
    assert len(str(error)) < 500
    assert json.loads(json.dumps(error.reply))["type"] == "invalid_request_error"
    assert connection.receive(b'{"type":"weather"}').type == "weather"


def test_the_path_says_where():
    tools = [{"type": "function", "name": "f"}, {"type": "mcp", "name": []}]
    session = {"tools": tools, "voice": {"type": "azure-standard", "name": 5}}
    with pytest.raises(MalformedFrame) as caught:
        Decoder("server").decode(json.dumps({"type": "session.created", "event_id": "e", "session": session}))
    assert (caught.value.path, caught.value.event_type, caught.value.event_id) == ("$.session.voice.name", "session.created", "e")


@pytest.mark.parametrize("spaced", [True, False])
def test_nothing_is_filled_in_that_was_not_there(spaced):
    """Constants that a constructor sets are left out again where the peer left them out, and null stays null."""
    for direction, message in (
        ("server", {"type": "session.created", "session": {"input_audio_echo_cancellation": {"channels": 2}, "agent": {"name": "a"}}}),
        ("client", {"type": "session.update", "session": {"input_audio_echo_cancellation": {}}}),
        ("client", {"type": "conversation.item.create", "item": {"type": "message", "content": []}}),
        ("client", {"type": "input_audio_buffer.append", "audio": "AAAA", "event_id": None}),
        ("server", {"type": "response.audio_timestamp.delta", "text": "Hi"}),
    ):
        event = Decoder(direction).decode(json.dumps(message) if spaced else json.dumps(message, separators=(",", ":")))
        assert event.as_dict() == message
        assert json.loads(encode(event)) == message


def test_depth_is_counted_and_not_guessed_from_brackets():
    wide = {"type": "x", "y": [[] for _ in range(500)], "z": "[" * 500}
    assert Decoder("server").decode(json.dumps(wide)).as_dict() == wide
    tools = [{"type": "function", "name": f"f{number}", "parameters": {"type": "object"}} for number in range(100)]
    session = {"type": "session.created", "session": {"tools": tools}}
    assert Decoder("server").decode(json.dumps(session)).as_dict() == session
    assert Decoder("server").decode(deep(MAX_DEPTH - 1)).type == "x"


NESTINGS = {
    "objects": lambda inner: {"a": inner, "b": [1]} if inner else {"a": inner},
    "lists": lambda inner: ["b", inner],
    "objects and lists": lambda inner: [{"b": None}, inner] if isinstance(inner, dict) else {"a": inner},
}
AROUND = {
    "parameters": (
        4,
        lambda value: {
            "type": "session.created",
            "event_id": "e",
            "session": {"tools": [{"type": "function", "name": "f", "parameters": value}]},
        },
    ),
    "error": (
        3,
        lambda value: {"type": "response.done", "event_id": "e", "response": {"status_details": {"type": "failed", "error": value}}},
    ),
}


@pytest.mark.parametrize("inside", [5, 6, 7, 8, 79, 80, 81, 95, 96, 97, 98, 150])
@pytest.mark.parametrize("nest", NESTINGS.values(), ids=NESTINGS)
@pytest.mark.parametrize(("around", "message"), AROUND.values(), ids=AROUND)
@pytest.mark.parametrize("way", ["compiled", "tolerant"])
def test_a_free_value_may_be_as_deep_as_the_frame_may(inside, nest, around, message, way):
    value = {}
    for _ in range(inside - 1):
        value = nest(value)
    event = message(value) | ({"new": 1} if way == "tolerant" else {})
    frame = msgspec.json.encode(event)
    if inside + around <= MAX_DEPTH:
        assert Decoder("server").decode(frame).as_dict() == event
    else:
        with pytest.raises(MalformedFrame, match="nested more than"):
            Decoder("server").decode(frame)


@settings(max_examples=300)
@given(values)
def test_a_free_value_is_what_json_makes_of_it(value):
    """To the type, which ``==`` does not tell: ``1``, ``1.0`` and ``true`` are equal."""
    for _, message in AROUND.values():
        frame = json.dumps(message(value))
        assert repr(Decoder("server").decode(frame).as_dict()) == repr(json.loads(frame))


def kinds(annotation):
    """An annotation and all that stands inside it, down to the fields of models."""
    yield annotation
    inner = msgspec.structs.fields(annotation) if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct) else ()
    for kind in (*get_args(annotation), *(field.type for field in inner)):
        yield from kinds(kind)


@pytest.mark.parametrize("event", [*CLIENT_EVENTS.values(), *SERVER_EVENTS.values()], ids=lambda event: event.type)
def test_only_free_values_can_be_of_any_depth(event):
    """What is checked for its depth is all that needs it: no field takes just any value, and no model stands inside itself."""
    assert Any not in set(kinds(event))


@pytest.mark.parametrize("levels", [MAX_DEPTH, 900, 50_000])
def test_what_is_nested_too_deeply_can_not_be_sent(levels):
    nested = {}
    for _ in range(levels):
        nested = {"a": nested}
    client = Connection(CLIENT)
    for message in (
        {"type": "wave", "hand": nested},
        {"type": "session.update", "session": {"tools": [{"type": "function", "name": "f", "parameters": nested}]}},
    ):
        with pytest.raises(LocalProtocolError, match=rf"{message['type']}: nested more than {MAX_DEPTH} objects and arrays deep"):
            client.send(message)
    assert client.session.pending_updates == []
    while nested:  # one level at a time: freeing it at once would need as many stack frames
        nested = nested.pop("a")


def test_duplicate_keys_the_last_one_counts():
    """As in every JSON library of this language; the compiled and the tolerant way agree."""
    for odd in (b"", b',"x_new":1'):
        event = Decoder("server").decode(b'{"type":"response.text.delta","delta":"a","item_id":"i","delta":"b"' + odd + b"}")
        assert event.delta == "b"
        assert event.as_dict()["delta"] == "b"
    twice = JSON_OF_A_DELTA[:-1] + b',"delta":"AAAA"}'
    assert Decoder("server").decode(twice).delta == bytes(3)


def test_huge_numbers_where_any_value_goes():
    event = Decoder("server").decode(b'{"type":"weather","wind":' + b"9" * 40 + b',"sun":1e308,"rain":-0.0}')
    assert (float(event.wind), event.sun, event.rain) == (1e40, 1e308, 0.0)
    assert json.loads(encode(event))["sun"] == 1e308


def peak_bytes_of(receive, frame):
    tracemalloc.start()
    try:
        receive(frame)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def attempt(connection, frame):
    """The event, or None for a frame that was refused and said why."""
    try:
        return connection.receive(frame)
    except MalformedFrame as error:
        if not (error.path.startswith("$") and error.problem):
            raise
    return None


@pytest.mark.parametrize("text", [b"A", b"\\u00e9", "ß🚢".encode(), b"\x00", b'\\"', b"[", b"{"], ids=repr)
@pytest.mark.parametrize("start", [b'{"type":"weather","y":"', b'{"type":"response.text.delta","delta":"', b'"', b""], ids=repr)
def test_sixteen_megabytes_of_text_cost_no_more_than_their_size(start, text):
    size_bytes = 16 * 1024 * 1024
    frame = start + text * (size_bytes // len(text)) + b'"}'
    connection = Connection(CLIENT)
    assert peak_bytes_of(lambda frame: attempt(connection, frame), frame) < 12 * size_bytes


@pytest.mark.parametrize("element", [b"[],", b"{},", b'{"a":1},', b"0,", b"1.5,", b'"",'])
def test_many_small_values_cost_in_proportion(element):
    """An empty list takes 56 bytes and 8 for its place; three bytes of JSON stand for it. Python 3.10 takes 232 for a dict of one key."""
    size_bytes = 256 * 1024
    frame = b'{"type":"weather","y":[' + element * (size_bytes // len(element)) + b"0]}"
    assert peak_bytes_of(Connection(CLIENT).receive, frame) < (60 if sys.version_info >= (3, 11) else 64) * size_bytes


@settings(max_examples=300)
@given(
    st.binary(max_size=200) | st.text(max_size=200) | values.map(json.dumps) | st.dictionaries(st.text(max_size=9), values).map(json.dumps)
)
def test_anything_else_is_an_event_or_refused(frame):
    for role in (CLIENT, SERVER):
        connection = Connection(role)
        event = attempt(connection, frame)
        assert event is None or event.as_dict() == json.loads(frame)
        assert connection.receive(b'{"type":"weather"}').type == "weather"


@settings(max_examples=300)
@given(st.data())
def test_a_wrong_type_anywhere_is_refused_with_its_path_or_kept(data):
    """Change one value of a corpus message to any other: an event that reads back equal, or a MalformedFrame that says where."""
    line = data.draw(st.sampled_from(MESSAGES))
    message = copy.deepcopy(line["message"])
    node = message
    while True:
        key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        if not (isinstance(node[key], (dict, list)) and node[key] and data.draw(st.booleans())):
            break
        node = node[key]
    node[key] = data.draw(values)
    event = attempt(Connection(CLIENT if line["direction"] == "server" else SERVER), json.dumps(message))
    assert event is None or event.as_dict() == message
    assert event is None or msgspec.json.decode(encode(event)) == message


@pytest.mark.parametrize("base", [base for base in FAMILIES if base is not MessageItem], ids=lambda base: base.__name__)
def test_every_family_has_a_way_for_what_nobody_knows(base):
    made = base.from_dict({"type": "x_variant", "model": "x_variant", "x_key": [1]})
    assert isinstance(made, Unknown)
    assert isinstance(made, base)
    assert made.as_dict() == {"type": "x_variant", "model": "x_variant", "x_key": [1]}


def test_a_message_of_a_new_role_is_a_message():
    made = MessageItem.from_dict({"type": "message", "role": "narrator", "content": [{"type": "x_variant"}]})
    assert type(made) is MessageItem
    assert isinstance(made.content[0], Unknown)


@pytest.mark.parametrize(
    ("spoken", "kind"),
    [
        ({"type": "message", "role": "assistant", "content": []}, AssistantMessageItem),
        ({"type": "message", "content": [{"type": "text", "text": "Yes."}]}, AssistantMessageItem),
        ({"type": "message", "role": "narrator", "content": [], "new": 1}, AssistantMessageItem),
        ({"role": "assistant", "content": []}, UnknownRequestItem),
        ({"type": "note", "content": 5}, UnknownRequestItem),
        ({}, UnknownRequestItem),
    ],
)
def test_a_ready_message_is_kept_as_it_came(spoken, kind):
    """Its one class has a type and a role; neither is filled in, and another type is no reason to refuse the rest."""
    message = {"type": "response.create", "response": {"pre_generated_assistant_message": spoken, "temperature": 0.7}}
    event = Connection(SERVER).receive(json.dumps(message))
    assert isinstance(event.response.pre_generated_assistant_message, kind)
    assert event.response.temperature == 0.7
    assert event.as_dict() == json.loads(encode(event)) == json.loads(Connection(CLIENT).send(message)) == message


def test_a_ready_message_of_a_wrong_shape_is_malformed():
    frame = b'{"type":"response.create","response":{"pre_generated_assistant_message":{"type":"message","content":[5]}}}'
    with pytest.raises(MalformedFrame) as caught:
        Decoder("client").decode(frame)
    assert caught.value.path == "$.response.pre_generated_assistant_message.content[0]"
