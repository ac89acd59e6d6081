"""Connections of both roles: dialogues, state, limits, refusals."""

import datetime
import json
import re

import pytest
from support import dialogue, scenarios

from voicelive_proto import (
    CLIENT,
    MAX_APPEND_BYTES,
    SERVER,
    Connection,
    Limits,
    LocalProtocolError,
    MalformedFrame,
    append_frame,
    audio_format,
    state,
)
from voicelive_proto._state import tables
from voicelive_proto.client_events import (
    ConversationItemCreate,
    InputAudioBufferAppend,
    InputAudioTurnStart,
    ResponseCancel,
    ResponseCreate,
    SessionUpdate,
)
from voicelive_proto.responses import Response
from voicelive_proto.server_events import (
    ConversationItemCreated,
    Error,
    ResponseAudioTranscriptDone,
    ResponseCreated,
    ResponseDone,
    SessionCreated,
)
from voicelive_proto.session import RequestSession, ResponseSession
from voicelive_proto.state import (
    BufferState,
    ItemState,
    PartState,
    ResponseState,
    SessionState,
    SpeechState,
    TranscriptionState,
)


def play(name):
    """A dialogue through a client and a server back to back; what one sends the other must see."""
    client, server = Connection(CLIENT, strict=True), Connection(SERVER, strict=True)
    for direction, message in dialogue(name):
        sender, receiver = (client, server) if direction == "client" else (server, client)
        event = receiver.receive(sender.send(message))
        assert event.as_dict() == message
    return client, server


def known(connection):
    """What a connection knows, for comparison."""
    return (
        connection.session.state,
        connection.session.id,
        connection.session.config,
        connection.session.pending_updates,
        (connection.input_audio.state, connection.input_audio.speech, connection.input_audio.total_bytes),
        [(item.id, item.state, item.transcript, item.text, item.audio_end_ms) for item in connection.conversation.items],
        [
            (response.id, response.state, response.status, response.text, response.transcript, response.audio_ms, response.usage)
            for response in connection.responses.values()
        ],
    )


@pytest.mark.parametrize("name", scenarios())
def test_both_sides_of_a_dialogue_know_the_same(name):
    client, server = play(name)
    assert known(client) == known(server)
    assert client.session.state is SessionState.READY
    assert client.responses.active is None


@pytest.mark.parametrize("name", scenarios())
def test_the_state_agrees_with_what_the_service_summed_up(name):
    """The text of a response equals the joined parts in its response.done; items stand in the order their links say."""
    client, _ = play(name)
    for direction, message in dialogue(name):
        if direction == "server" and message["type"] == "response.done":
            parts = [part for item in message["response"]["output"] for part in item.get("content", ())]
            response = client.responses[message["response"]["id"]]
            assert response.transcript == "".join(part.get("transcript") or "" for part in parts if part["type"] == "audio")
            assert response.status == message["response"]["status"]
            if message["response"].get("usage"):
                assert response.usage.total_tokens == message["response"]["usage"]["total_tokens"]


def test_a_spoken_turn_in_steps():
    client = Connection(CLIENT)
    seen = {}
    for direction, message in dialogue("audio_turn_server_vad"):
        if direction == "client":
            client.send(message)
        else:
            client.receive(json.dumps(message))
        active = client.responses.active
        seen[message["type"]] = (client.input_audio.speech, active.state if active else None, client.input_audio.state)
        if message["type"] == "input_audio_buffer.speech_started":
            assert client.input_audio.speaking
            assert client.input_audio.speech_started_ms == message["audio_start_ms"]
            assert client.input_audio.speech_item_id == message["item_id"]
        if message["type"] == "response.content_part.added":
            (item,) = client.responses.active.items.values()
            assert (item.type, item.state, item.parts[0].type, item.parts[0].state) == (
                "message",
                PartState.ADDED,
                "audio",
                PartState.ADDED,
            )
    assert seen["input_audio_buffer.append"][2] is BufferState.HOLDING
    assert seen["input_audio_buffer.speech_stopped"][0] is SpeechState.SILENT
    assert seen["input_audio_buffer.committed"][2] is BufferState.EMPTY
    assert seen["response.created"][1] is ResponseState.IN_PROGRESS
    assert client.input_audio.buffer_bytes == 0
    question, answer = client.conversation.items
    assert (question.role, question.transcript, question.transcription) == ("user", "When is the next ferry?", TranscriptionState.COMPLETED)
    assert (answer.role, answer.transcript) == ("assistant", "The next ferry leaves at 14:25.")
    assert client.conversation.get(answer.id) is answer
    assert client.conversation.get("nobody") is None


def test_the_session_and_its_pending_updates():
    client, server = Connection(CLIENT), Connection(SERVER)
    client.send(SessionUpdate(session={"voice": "alloy"}, event_id="a"))
    client.send(SessionUpdate(session=RequestSession(input_audio_format="g711_ulaw")))
    client.send(SessionUpdate(session={"temperature": 9}, event_id="c"))
    assert client.session.state is SessionState.CONNECTING
    assert client.session.pending_updates == [{"voice": "alloy"}, {"input_audio_format": "g711_ulaw"}, {"temperature": 9}]
    assert client.session.input_format == audio_format("g711_ulaw")
    created = SessionCreated(session=ResponseSession.from_dict({"id": "s", "expires_at": 1763850000}))
    client.receive(server.send(created))
    assert (client.session.state, client.session.id) == (SessionState.READY, "s")
    assert client.session.expires_at == datetime.datetime(2025, 11, 22, 22, 20, tzinfo=datetime.timezone.utc)
    error = {"type": "invalid_request_error", "message": "too hot", "event_id": "c"}
    client.receive(server.send({"type": "error", "error": error}))
    assert client.session.pending_updates == [{"voice": "alloy"}, {"input_audio_format": "g711_ulaw"}]
    client.receive(server.send({"type": "error", "error": {"type": "x", "message": "m", "param": "session.voice"}}))
    assert client.session.pending_updates == [{"input_audio_format": "g711_ulaw"}]
    client.receive(server.send({"type": "error", "error": {"type": "x", "message": "m", "event_id": "nobody's"}}))
    client.receive(server.send({"type": "session.updated", "session": {"input_audio_format": "g711_ulaw"}}))

    assert client.session.pending_updates == []
    assert client.session.input_format == audio_format("g711_ulaw")
    assert client.session.expires_at is None


@pytest.mark.parametrize(
    ("settings", "size_bytes", "duration_ms"),
    [
        ({}, 960, 20),
        ({"input_audio_sampling_rate": 16000}, 640, 20),
        ({"input_audio_sampling_rate": 8000}, 320, 20),
        ({"input_audio_format": "g711_alaw"}, 161, 20),
        ({"input_audio_format": "opus"}, 161, 0),
    ],
)
def test_the_input_buffer_counts_in_the_sessions_format(settings, size_bytes, duration_ms):
    client = Connection(CLIENT)
    client.receive(json.dumps({"type": "session.created", "session": settings}))
    client.send(InputAudioBufferAppend(audio=bytes(size_bytes)))
    assert (client.input_audio.buffer_bytes, client.input_audio.buffer_ms) == (size_bytes, duration_ms)
    client.receive(b'{"type":"input_audio_buffer.cleared"}')
    assert (client.input_audio.buffer_bytes, client.input_audio.total_bytes) == (0, size_bytes)


@pytest.mark.parametrize("audio", [b"\x00\x00\x00\x00", "AAAAAA==", bytearray(4), memoryview(b"\x00\x00\x00\x00")])
def test_audio_counts_raw_bytes_however_it_is_given(audio):
    client = Connection(CLIENT)
    client.send(InputAudioBufferAppend(audio=audio))
    assert client.input_audio.buffer_bytes == 4


def refused(connection, event):
    with pytest.raises(LocalProtocolError) as caught:
        connection.send(event)
    return str(caught.value)


def test_what_a_client_may_not_send():
    client = Connection(CLIENT)
    assert "961 bytes of audio are not whole 16-bit samples" in refused(client, InputAudioBufferAppend(audio=bytes(961)))
    assert "not whole" in refused(client, InputAudioBufferAppend(audio="AA=="))
    assert "at most 15,728,640" in refused(client, InputAudioBufferAppend(audio=bytes(MAX_APPEND_BYTES + 2)))
    assert "must be raw audio as bytes" in refused(client, InputAudioBufferAppend(audio=5))
    assert "not base64" in refused(client, InputAudioBufferAppend(audio="hello!!!"))
    assert "not base64" in refused(client, InputAudioBufferAppend(audio="hello world!"))
    assert "is not an event that a client sends" in refused(client, SessionCreated(session=ResponseSession()))
    assert "needs a string 'type'" in refused(client, {"session": {}})
    assert "needs a string 'type'" in refused(client, {"type": 5})
    assert "mapping with a 'type', not str" in refused(client, '{"type":"response.create"}')
    assert "at $.session.temperature" in refused(client, {"type": "session.update", "session": {"temperature": "hot"}})
    assert known(client) == known(Connection(CLIENT))


def test_nothing_is_sent_after_the_end():
    client = Connection(CLIENT)
    client.receive_close(1011, "server error")
    client.send_close()
    assert (client.close_code, client.close_reason) == (1011, "server error")
    assert client.session.state is SessionState.CLOSED
    assert "closed (code 1011)" in refused(client, ResponseCreate())
    server = Connection(SERVER)
    server.send_close(1001, "going away")
    assert (server.close_code, server.close_reason) == (1001, "going away")


def test_a_bad_frame_does_not_end_the_connection():
    client = Connection(CLIENT)
    with pytest.raises(MalformedFrame):
        client.receive(b"{")
    assert client.receive(b'{"type":"session.created","session":{}}').type == "session.created"
    assert not client.violations


def test_unknown_events_of_either_side_pass():
    client, server = Connection(CLIENT), Connection(SERVER)
    assert server.receive(client.send({"type": "wave", "hand": "left"})).hand == "left"
    assert client.receive(server.send({"type": "weather", "wind": 3})).wind == 3
    assert client.receive(b'{"type":"response.text.delta","delta":"x"}').delta == "x"
    assert [violation.event_type for violation in client.violations] == ["response.text.delta"]


def test_without_tracking_nothing_is_judged_or_kept():
    client = Connection(CLIENT, track=False, strict=True)
    for _, message in [pair for pair in dialogue("audio_turn_server_vad") if pair[0] == "server"]:
        client.receive(json.dumps(message))
    client.send(InputAudioBufferAppend(audio=bytes(4)))
    assert client.input_audio.total_bytes == 0
    assert len(client.responses) == len(client.conversation.items) == 0


def created(client, item_id, previous=None, **item):
    message = {"type": "message", "id": item_id, "role": "user", "content": [], "status": "completed"} | item
    client.receive(json.dumps({"type": "conversation.item.created", "previous_item_id": previous, "item": message}))


def test_the_conversation_stands_in_the_order_of_its_links():
    client = Connection(CLIENT)
    created(client, "a")
    created(client, "c", "a")
    created(client, "b", "a")
    created(client, "first", "root")
    created(client, "last", "")
    assert [item.id for item in client.conversation.items] == ["first", "a", "b", "c", "last"]
    client.receive(b'{"type":"conversation.item.deleted","item_id":"b"}')
    client.receive(b'{"type":"conversation.item.truncated","item_id":"c","content_index":0,"audio_end_ms":120}')
    assert [(item.id, item.state) for item in client.conversation.items[1:3]] == [("a", ItemState.CREATED), ("c", ItemState.TRUNCATED)]
    assert client.conversation.get("c").audio_end_ms == 120
    item = {"type": "message", "id": "a", "role": "user", "content": [{"type": "input_text", "text": "hi"}], "status": "completed"}
    client.receive(json.dumps({"type": "conversation.item.retrieved", "item": item}))
    assert client.conversation.get("a").text == "hi"
    assert not client.violations


def test_strange_items_do_no_harm():
    client = Connection(CLIENT)
    for text in (
        '{"type":"conversation.item.created"}',
        '{"type":"conversation.item.created","item":{"type":"message"}}',
        '{"type":"conversation.item.deleted","item_id":"nobody"}',
        '{"type":"conversation.item.retrieved","item":null}',
        '{"type":"conversation.item.retrieved","item":{"type":"sketch","id":"nobody"}}',
        '{"type":"response.output_item.done","response_id":"r","output_index":0,"item":null}',
        '{"type":"response.content_part.added","response_id":"r","item_id":"i","output_index":0,"content_index":0,"part":null}',
        '{"type":"response.cancel"}',
    ):
        client.receive(text)
    client.receive(b'{"type":"conversation.item.truncated","item_id":"x","content_index":0,"audio_end_ms":5}')
    assert client.conversation.get("x").type is None
    assert client.conversation.get("x").role is None
    assert client.conversation.get("x").text == ""


def test_transcripts_late_early_and_empty():
    client = Connection(CLIENT)
    start = '{"type":"conversation.item.input_audio_transcription.'
    client.receive(start + 'delta","item_id":"a","delta":"Wann "}')
    client.receive(start + 'delta","item_id":"a","delta":"fährt"}')
    assert client.conversation.get("a").transcript == "Wann fährt"
    assert client.conversation.get("a").state is ItemState.EXPECTED
    client.receive(start + 'completed","item_id":"a","content_index":0,"transcript":"Wann fährt die Fähre?"}')
    created(client, "a")
    client.receive(start + 'completed","item_id":"a","content_index":0,"transcript":""}')
    assert client.conversation.get("a").transcript == "Wann fährt die Fähre?"
    client.receive(start + 'failed","item_id":"b","content_index":0,"error":{"message":"noise"}}')
    assert client.conversation.get("b").transcription is TranscriptionState.FAILED
    assert not client.violations


def test_history_is_bounded():
    client = Connection(CLIENT, limits=Limits(max_responses=3, max_items=5))
    for number in range(20):
        created(client, f"i{number}")
        client.receive(json.dumps({"type": "response.created", "response": {"id": f"r{number}"}}))
        client.receive(json.dumps({"type": "response.done", "response": {"id": f"r{number}", "status": "completed"}}))
    client.receive(json.dumps({"type": "response.created", "response": {"id": "r20", "output_audio_format": "g711_ulaw"}}))
    assert [item.id for item in client.conversation.items] == [f"i{number}" for number in range(15, 20)]
    assert list(client.responses) == ["r17", "r18", "r19", "r20"]
    assert client.responses.active.format == audio_format("g711_ulaw")
    for _ in range(150):
        client.receive(b'{"type":"input_audio_buffer.speech_stopped","audio_end_ms":1,"item_id":"i"}')
    assert len(client.violations) == 100


def test_cancelling():
    client = Connection(CLIENT)
    client.send({"type": "response.cancel"})
    client.receive(b'{"type":"response.created","response":{"id":"r"}}')
    client.send({"type": "response.cancel"})
    assert client.responses.active.state is ResponseState.CANCELLING
    client.receive(
        b'{"type":"response.done","response":{"id":"r","status":"cancelled","status_details":{"type":"cancelled","reason":"x"}}}'
    )
    assert client.responses["r"].state is ResponseState.CANCELLED
    assert client.responses["r"].status_details.reason == "x"
    assert client.responses["r"].audio_ms == 0
    assert client.responses.active is None


def test_function_call_arguments_grow():
    client, _ = Connection(CLIENT), None
    grown = []
    for direction, message in dialogue("function_call"):
        if direction == "server":
            client.receive(json.dumps(message))
            if client.responses.active and client.responses.active.items:
                grown.append(next(iter(client.responses.active.items.values())).arguments)
    assert any(grown[index] and grown[index + 1].startswith(grown[index]) for index in range(len(grown) - 1))


@pytest.mark.parametrize(
    ("name", "rate_hz", "expected"),
    [
        (None, None, ("pcm16", 24000, 2)),
        ("PCM16", 16000, ("pcm16", 16000, 2)),
        ("pcm16_8000hz", None, ("pcm16", 8000, 2)),
        ("pcm16-16000hz", 8000, ("pcm16", 16000, 2)),
        ("g711_ulaw", 24000, ("g711_ulaw", 8000, 1)),
    ],
)
def test_audio_formats(name, rate_hz, expected):
    found = audio_format(name, rate_hz)
    assert (found.name, found.sample_rate_hz, found.bytes_per_sample) == expected
    assert found.bytes_to_ms(found.ms_to_bytes(60)) == 60


@pytest.mark.parametrize("name", ["opus", "pcm16_hz", "pcm16_0hz", "pcm16_x", "pcm16_99999999hz", "pcm16_²hz", f"pcm16_{'9' * 5000}hz", ""])
def test_unknown_audio_formats(name):
    assert audio_format(name) is None if name else audio_format(name) == audio_format("pcm16")


def test_a_format_of_a_wrong_type_is_unknown():
    client = Connection(CLIENT)
    client.send(SessionUpdate(session={"input_audio_format": 5}))
    assert client.session.input_format is None
    client.send(InputAudioBufferAppend(audio=bytes(3)))
    assert client.input_audio.buffer_ms == 0
    client.receive(b'{"type":"session.created","session":{"output_audio_format":"opus","input_audio_sampling_rate":-5}}')
    assert client.session.output_format is None
    client.receive(b'{"type":"session.updated","session":{}}')
    assert client.session.output_format == client.session.input_format == audio_format("pcm16")


# -- audio without an event


@pytest.mark.parametrize("audio", [b"\x01\x02" * 8, bytearray(16), memoryview(bytes(16)), "AAECAwQF"])
def test_audio_sent_without_an_event_is_the_same_on_the_wire_and_in_state(audio):
    plain, quick = Connection(CLIENT), Connection(CLIENT)
    assert quick.send_audio(audio) == plain.send(InputAudioBufferAppend(audio=audio))
    assert append_frame(audio) == plain.send(InputAudioBufferAppend(audio=audio))
    assert (quick.input_audio.state, quick.input_audio.buffer_bytes * 2) == (plain.input_audio.state, plain.input_audio.buffer_bytes)


@pytest.mark.parametrize("audio", [b"\x01\x02\x03", bytes(MAX_APPEND_BYTES + 2), "no base64", None])
def test_audio_sent_without_an_event_is_judged_all_the_same(audio):
    connection = Connection(CLIENT)
    with pytest.raises(LocalProtocolError) as quick:
        connection.send_audio(audio)
    with pytest.raises(LocalProtocolError) as plain:
        connection.send(InputAudioBufferAppend(audio=audio))
    assert str(quick.value) == str(plain.value)
    assert connection.input_audio.buffer_bytes == 0


def test_audio_is_not_sent_on_a_closed_connection_nor_counted_without_state():
    untracked = Connection(CLIENT, track=False)
    assert untracked.send_audio(b"\x01\x02") == append_frame(b"\x01\x02")
    assert untracked.input_audio.buffer_bytes == 0
    untracked.send_close()
    with pytest.raises(LocalProtocolError, match="the connection is closed"):
        untracked.send_audio(b"\x01\x02")


# -- which format audio is in while updates are under way

G711 = {"input_audio_format": "g711_ulaw", "output_audio_format": "g711_ulaw"}


def talk(*settings):
    """A client and a server after session.created, and the client's updates, each received."""
    client, server = Connection(CLIENT), Connection(SERVER)
    client.receive(server.send({"type": "session.created", "session": {"id": "s", "input_audio_format": "pcm16"}}))
    for number, asked in enumerate(settings):
        server.receive(client.send(SessionUpdate(session=asked, event_id=f"u{number}")))
    return client, server


def test_audio_is_in_the_format_last_asked_for():
    for side in talk(G711, {"temperature": 0.7}):
        assert side.session.input_format == audio_format("g711_ulaw")
        assert side.session.output_format == audio_format("pcm16"), "what is spoken changes with the answer"
    client, server = talk({"temperature": 0.7}, G711)
    client.receive(server.send({"type": "session.updated", "session": {"input_audio_format": "pcm16"}}))
    client.send_audio(bytes(161))
    assert client.input_audio.buffer_ms == 20
    client.receive(server.send({"type": "session.updated", "session": G711}))
    assert server.session.output_format == client.session.output_format == audio_format("g711_ulaw")


def test_an_update_sent_before_the_session_is_there_is_in_force_after_it():
    client = Connection(CLIENT)
    client.send(SessionUpdate(session=G711))
    client.receive(b'{"type":"session.created","session":{"id":"s","input_audio_format":"pcm16"}}')
    client.send_audio(bytes(161))
    assert client.input_audio.buffer_ms == 20


def test_a_refused_update_leaves_the_format_as_it_was():
    client, server = talk(G711)
    client.receive(server.send({"type": "error", "error": {"type": "x", "message": "no", "event_id": "u0"}}))
    for side in (client, server):
        assert side.session.input_format == side.session.output_format == audio_format("pcm16")
    with pytest.raises(LocalProtocolError, match="not whole 16-bit samples"):
        client.send_audio(bytes(161))


def test_without_state_no_format_is_known():
    client = Connection(CLIENT, track=False)
    assert json.loads(client.send_audio(bytes(3)))["audio"] == "AAAA"
    assert json.loads(client.send_audio(bytes(12)))["audio"] == "A" * 16
    assert client.input_audio.total_bytes == 0


# -- what is no event of ours


@pytest.mark.parametrize("kind", ["response.done", "session.created", "error"])
def test_the_service_s_events_are_not_a_client_s(kind):
    client = Connection(CLIENT)
    with pytest.raises(LocalProtocolError, match=rf"{kind} is not an event that a client sends"):
        client.send({"type": kind, "response": {}})
    with pytest.raises(LocalProtocolError, match=r"response\.create is not an event that a server sends"):
        Connection(SERVER).send({"type": "response.create"})


@pytest.mark.parametrize(
    "event",
    [ConversationItemCreate(item=5), InputAudioTurnStart(turn_id=[1]), ResponseCancel(response_id=[1])],
    ids=lambda event: event.type,
)
def test_a_field_of_another_kind_is_refused(event):
    client = Connection(CLIENT)
    with pytest.raises(LocalProtocolError, match=rf"{event.type}: a field holds something else than its class declares"):
        client.send(event)
    assert not client.conversation.items


def answering():
    """A server whose response is still being said."""
    server = Connection(SERVER)
    answer = {"id": "a", "type": "message", "role": "assistant", "content": []}
    server.send({"type": "session.created", "session": {}})
    server.send({"type": "response.created", "response": {"id": "r", "status": "in_progress"}})
    server.send({"type": "response.output_item.added", "response_id": "r", "output_index": 0, "item": answer})
    server.send({"type": "conversation.item.created", "previous_item_id": None, "item": answer})
    return server


@pytest.mark.parametrize(
    ("event", "path"),
    [
        (ResponseCreated(response=5), "$.response"),
        (ConversationItemCreated(item="i"), "$.item"),
        (Error(error=[]), "$.error"),
        (ResponseDone(response=Response(id="r", status="completed", usage=5)), "$.response.usage"),
        (ResponseDone(response=Response(id="r", status="completed", usage={"total_tokens": "3"})), "$.response.usage.total_tokens"),
        (ResponseDone(response={"id": "r", "output": [{"id": ["a"], "type": "message"}]}), "$.response.output[0].id"),
        (ResponseAudioTranscriptDone(response_id="r", item_id="a", output_index=0, content_index=0, transcript=5), "$.transcript"),
    ],
)
def test_a_field_of_another_kind_in_the_service_s_event_is_refused_with_its_place_and_nothing_changes(event, path):
    server = answering()
    with pytest.raises(LocalProtocolError, match=rf"{event.type}: expected .* at {re.escape(path)}$"):
        server.send(event)
    assert server.responses["r"].state is ResponseState.IN_PROGRESS
    assert server.responses.usage.responses == 0
    assert [item.id for item in server.conversation.items] == ["a"]
    server.send({"type": "response.done", "response": {"id": "r", "status": "completed"}})


def test_mappings_inside_the_service_s_events_are_read_as_the_client_reads_them():
    server, client = answering(), Connection(CLIENT)
    done = Response(id="r", status="completed", usage={"total_tokens": 3}, output=[{"id": "a", "type": "message", "role": "assistant"}])
    frames = [server.send(ResponseDone(response=done)), server.send(ResponseCreated(response={"id": "q", "status": "in_progress"}))]
    for frame in frames:
        client.receive(frame)
    for connection in (server, client):
        assert connection.responses["r"].state is ResponseState.COMPLETED
        assert connection.responses.usage.total_tokens == 3
        assert connection.responses.active.id == "q"


@pytest.mark.parametrize("settings", [[1], "x", 5])
def test_settings_that_are_none_are_refused(settings):
    client = Connection(CLIENT)
    with pytest.raises(LocalProtocolError, match=r"session\.update: a field holds something else than its class declares"):
        client.send(SessionUpdate(session=settings))
    assert client.session.pending_updates == []


def test_a_role_is_one_of_two():
    with pytest.raises(ValueError, match="role is 'client'; it is CLIENT or SERVER"):
        Connection("client")


def test_what_a_connection_knows_has_public_names():
    connection = Connection(CLIENT)
    for name in ("session", "input_audio", "responses", "conversation", "client_turns", "tool_lists", "tool_calls", "avatar", "errors"):
        assert type(getattr(connection, name)).__name__ in state.__all__
    assert {cls.__name__ for cls in tables.State.__subclasses__()} <= set(state.__all__)
    assert all(hasattr(state, name) for name in state.__all__)
