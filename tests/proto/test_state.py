"""What can be asked of a connection's state, shown by steps through real connections of both roles."""

import base64
import json

import pytest
from support import dialogue, scenarios

from voicelive_proto import CLIENT, SERVER, Connection, Limits, LocalProtocolError, UnexpectedEvent, encode
from voicelive_proto._state.base import text_chars
from voicelive_proto._state.session import effective
from voicelive_proto._state.tables import (
    AvatarState,
    BufferState,
    ItemState,
    PartState,
    ResponseState,
    SessionState,
    ToolState,
    TranscriptionState,
    TurnState,
)
from voicelive_proto.client_events import SessionUpdate
from voicelive_proto.content import InputTextContentPart
from voicelive_proto.items import UserMessageItem
from voicelive_proto.session import RequestSession

READY = {"type": "session.created", "session": {"id": "s"}}


class Pair:
    """A client and a server back to back, both strict: what one sends the other must see."""

    def __init__(self, **options):
        self.client = Connection(CLIENT, strict=True, **options)
        self.server = Connection(SERVER, strict=True, **options)
        self.says(READY)

    def asks(self, *messages):
        for message in messages:
            self.server.receive(self.client.send(message))

    def says(self, *messages):
        for message in messages:
            self.client.receive(self.server.send(message))

    def both(self):
        return (self.client, self.server)


def item_event(kind, item, response="r", index=0):
    return {"type": f"response.output_item.{kind}", "response_id": response, "output_index": index, "item": item}


def created(item, previous=None):
    return {"type": "conversation.item.created", "previous_item_id": previous, "item": item}


def message(item_id, *parts, role="assistant", status="completed"):
    return {"type": "message", "id": item_id, "role": role, "status": status, "content": list(parts)}


def call(status, item_id="f", call_id="c1", arguments='{"to":"Pico"}'):
    return {"type": "function_call", "id": item_id, "name": "ferry", "call_id": call_id, "arguments": arguments, "status": status}


def output(call_id="c1", item_id="o", text="14:25"):
    return {"type": "function_call_output", "id": item_id, "call_id": call_id, "output": text}


def begin(response="r"):
    return {"type": "response.created", "response": {"id": response, "status": "in_progress", "output": []}}


def done(response="r", status="completed", **more):
    return {"type": "response.done", "response": {"id": response, "status": status, **more}}


def part_event(kind, response="r", item="a", index=0, **fields):
    return {"type": f"response.{kind}", "response_id": response, "item_id": item, "output_index": 0, "content_index": index, **fields}


def sound(duration_ms):
    return base64.b64encode(bytes(48 * duration_ms)).decode()


def spoken(text, duration_ms, response="r", item="a", previous=None):
    """The events of a spoken answer, from response.created to its last delta."""
    yield begin(response)
    yield item_event("added", message(item, status="in_progress"), response)
    yield created(message(item, status="in_progress"), previous)
    yield part_event("content_part.added", response, item, part={"type": "audio", "transcript": ""})
    yield part_event("audio_transcript.delta", response, item, delta=text)
    yield part_event("audio.delta", response, item, delta=sound(duration_ms))


def ended(text, response="r", item="a", status="completed"):
    """The rest of it."""
    yield part_event("audio.done", response, item)
    yield part_event("audio_transcript.done", response, item, transcript=text)
    yield part_event("content_part.done", response, item, part={"type": "audio", "transcript": text})
    yield item_event("done", message(item, {"type": "audio", "transcript": text}, status=status), response)


# Calls and approvals


def test_a_function_call_awaits_its_output_until_it_is_there():
    pair = Pair()
    pair.says(begin(), item_event("added", call("in_progress", arguments="")), created(call("in_progress", arguments="")))
    assert pair.client.conversation.pending_calls == ()
    pair.says({"type": "response.function_call_arguments.delta", "response_id": "r", "item_id": "f", "output_index": 0, "delta": '{"to"'})
    assert pair.client.responses["r"].items["f"].arguments == '{"to"'
    pair.says(item_event("done", call("completed")), done())
    for connection in pair.both():
        (pending,) = connection.conversation.pending_calls
        assert (pending.call_id, pending.name, pending.arguments) == ("c1", "ferry", '{"to":"Pico"}')
    pair.asks({"type": "conversation.item.create", "item": output()})
    assert len(pair.client.conversation.pending_calls) == 1, "only the service puts items into the conversation"
    pair.says(created(output(), "f"))
    assert all(connection.conversation.pending_calls == () for connection in pair.both())


@pytest.mark.parametrize("reports_the_item", [True, False])
def test_a_call_that_was_cancelled_awaits_nothing(reports_the_item):
    pair = Pair()
    pair.says(begin(), item_event("added", call("in_progress")), created(call("in_progress")))
    pair.asks({"type": "response.cancel", "response_id": "r"})
    if reports_the_item:
        pair.says(item_event("done", call("incomplete")))
    pair.says(done(status="cancelled", status_details={"type": "cancelled", "reason": "client_cancelled"}))
    for connection in pair.both():
        assert connection.conversation.pending_calls == ()
        assert connection.responses["r"].state is ResponseState.CANCELLED
        assert connection.responses["r"].items["f"].state is PartState.DONE


def test_an_approval_awaits_its_answer():
    request = {"type": "mcp_approval_request", "id": "q", "name": "list_departures", "server_label": "harbour", "arguments": "{}"}
    pair = Pair()
    pair.says(created(request))
    (pending,) = pair.client.conversation.pending_approvals
    assert (pending.id, pending.name) == ("q", "list_departures")
    answer = {"type": "mcp_approval_response", "id": "y", "approval_request_id": "q", "approve": True}
    pair.asks({"type": "conversation.item.create", "item": answer})
    pair.says(created(answer, "q"))
    assert all(connection.conversation.pending_approvals == () for connection in pair.both())


MCP_CALL = {"type": "mcp_call", "id": "m", "server_label": "harbour", "name": "list_departures", "arguments": "{}"}


def mcp_state(kind, item="m"):
    return {"type": f"response.mcp_call.{kind}", "item_id": item, "output_index": 0}


def test_a_call_of_the_service_may_be_done_after_its_response():
    pair = Pair()
    pair.says(begin(), item_event("added", MCP_CALL), created(MCP_CALL))
    pair.says({"type": "response.mcp_call_arguments.delta", "response_id": "r", "item_id": "m", "output_index": 0, "delta": "{}"})
    pair.says({"type": "response.mcp_call_arguments.done", "response_id": "r", "item_id": "m", "output_index": 0, "arguments": "{}"})
    pair.says(done())
    pair.says(mcp_state("in_progress"))
    for connection in pair.both():
        assert connection.tool_calls["m"] is ToolState.IN_PROGRESS
        assert connection.responses.active is None
        assert connection.responses["r"].items["m"].state is PartState.ADDED
    pair.says(mcp_state("completed"), item_event("done", MCP_CALL | {"output": "14:25"}))
    for connection in pair.both():
        assert connection.tool_calls["m"] is ToolState.COMPLETED
        assert list(connection.responses) == ["r"]
        assert connection.responses.active is None
        assert connection.responses["r"].items["m"].state is PartState.DONE
        assert connection.conversation.get("m").item.output == "14:25"
        assert not connection.violations


def test_a_call_may_be_done_when_its_response_is_long_forgotten():
    pair = Pair(limits=Limits(max_responses=1))
    pair.says(begin(), item_event("added", MCP_CALL), created(MCP_CALL), done())
    for number in range(3):
        pair.says(begin(f"r{number}"), done(f"r{number}"))
    pair.says(mcp_state("in_progress"), mcp_state("failed"), item_event("done", MCP_CALL | {"error": {"message": "no line"}}))
    for connection in pair.both():
        assert list(connection.responses) == ["r2"]
        assert connection.responses.active is None
        assert connection.responses.output_item("m") is None
        assert connection.conversation.get("m").item.error == {"message": "no line"}
        assert connection.tool_calls["m"] is ToolState.FAILED


def test_calls_that_outlive_their_responses_are_bounded():
    pair = Pair(limits=Limits(max_responses=1, max_calls=2))
    for number in range(5):
        running = MCP_CALL | {"id": f"m{number}"}
        pair.says(begin(f"r{number}"), item_event("added", running, f"r{number}"), done(f"r{number}"))
    assert [pair.client.responses.output_item(f"m{number}") is not None for number in range(5)] == [False, False, True, True, True]


def test_tool_lists_go_from_state_to_state():
    pair = Pair()
    listing = {"type": "mcp_list_tools", "id": "l", "server_label": "harbour", "tools": []}
    pair.says({"type": "mcp_list_tools.in_progress", "item_id": "l"}, created(listing))
    assert dict(pair.client.tool_lists) == {"l": ToolState.IN_PROGRESS}
    assert len(pair.server.tool_lists) == 1
    pair.says({"type": "mcp_list_tools.completed", "item_id": "l"}, {"type": "mcp_list_tools.failed", "item_id": "k"})
    assert dict(pair.client.tool_lists) == {"l": ToolState.COMPLETED, "k": ToolState.FAILED}
    with pytest.raises(LocalProtocolError, match=r"mcp_list_tools\.in_progress for the tool list 'l' in state COMPLETED") as caught:
        pair.server.send({"type": "mcp_list_tools.in_progress", "item_id": "l"})
    assert caught.value.state == "COMPLETED"


def test_a_call_out_of_order_goes_where_its_event_leads():
    client = Connection(CLIENT, limits=Limits(max_calls=2))
    client.receive(encode_plain(mcp_state("completed", "x")))
    client.receive(encode_plain(mcp_state("failed", "x")))
    assert client.tool_calls["x"] is ToolState.FAILED
    assert [violation.state for violation in client.violations] == ["COMPLETED"]
    for number in range(3):
        client.receive(encode_plain(mcp_state("in_progress", f"c{number}")))
    assert list(client.tool_calls) == ["c1", "c2"]


def encode_plain(wire_message):
    return json.dumps(wire_message)


# Client turns, avatar, errors


def test_client_turns():
    pair = Pair()
    pair.asks({"type": "input_audio.turn.start", "turn_id": "t"})
    pair.asks({"type": "input_audio.turn.append", "turn_id": "t", "audio": "AAAA"})
    assert pair.server.client_turns["t"] is TurnState.OPEN
    pair.asks({"type": "input_audio.turn.end", "turn_id": "t"}, {"type": "input_audio.turn.start", "turn_id": "u"})
    pair.asks({"type": "input_audio.turn.cancel", "turn_id": "u"})
    assert dict(pair.client.client_turns) == dict(pair.server.client_turns) == {"t": TurnState.ENDED, "u": TurnState.CANCELLED}


def test_a_turn_that_is_still_open_outlives_those_that_are_over():
    client = Connection(CLIENT, limits=Limits(max_calls=3))
    client.send({"type": "input_audio.turn.start", "turn_id": "long"})
    for number in range(6):
        client.send({"type": "input_audio.turn.start", "turn_id": f"t{number}"})
        client.send({"type": "input_audio.turn.end", "turn_id": f"t{number}"})
    client.send({"type": "input_audio.turn.append", "turn_id": "long", "audio": "AAAA"})
    assert list(client.client_turns) == ["long", "t4", "t5"]
    for number in range(6):
        client.send({"type": "input_audio.turn.start", "turn_id": f"o{number}"})
    assert list(client.client_turns) == ["o3", "o4", "o5"]


def test_a_client_may_not_go_on_with_a_turn_that_is_over():
    client = Connection(CLIENT)
    with pytest.raises(LocalProtocolError, match=r"which does not exist; allowed are: input_audio\.turn\.start"):
        client.send({"type": "input_audio.turn.append", "turn_id": "t", "audio": "AAAA"})
    client.send({"type": "input_audio.turn.start", "turn_id": "t"})
    client.send({"type": "input_audio.turn.cancel", "turn_id": "t"})
    with pytest.raises(LocalProtocolError, match="in state CANCELLED") as caught:
        client.send({"type": "input_audio.turn.end", "turn_id": "t"})
    assert (caught.value.event_type, caught.value.state) == ("input_audio.turn.end", "CANCELLED")
    assert dict(client.client_turns) == {"t": TurnState.CANCELLED}


def test_the_avatar():
    pair = Pair()
    assert dict(pair.client.avatar) == {}
    states = []
    connect = {"type": "session.avatar.connect", "client_sdp": "b2ZmZXI="}
    pair.asks(connect)
    states.append(pair.client.avatar[""])
    pair.says({"type": "error", "error": {"type": "server_error", "message": "busy"}})
    pair.asks(connect)
    for kind in ("connecting", "switch_to_speaking", "switch_to_idle"):
        pair.says({"type": f"session.avatar.{kind}", **({"server_sdp": "YW5zd2Vy"} if kind == "connecting" else {"turn_id": "t"})})
        states.append(pair.client.avatar[""])
    assert states == [AvatarState.CONNECTING, AvatarState.IDLE, AvatarState.SPEAKING, AvatarState.IDLE]
    assert pair.server.avatar[""] is AvatarState.IDLE


def test_each_of_several_requests_for_the_avatar_is_answered_and_switches_cross_them():
    pair = Pair()
    connect = {"type": "session.avatar.connect", "client_sdp": "YQ=="}
    connecting = {"type": "session.avatar.connecting", "server_sdp": "YQ=="}
    pair.asks(connect, connect)
    pair.says(connecting, connecting, {"type": "session.avatar.switch_to_speaking"}, connecting)
    assert pair.client.avatar[""] is pair.server.avatar[""] is AvatarState.SPEAKING
    pair.asks(connect)
    pair.says({"type": "session.avatar.switch_to_idle"}, connecting)
    assert pair.client.avatar[""] is pair.server.avatar[""] is AvatarState.IDLE
    with pytest.raises(LocalProtocolError, match="avatar in state OFF"):
        Pair().server.send(connecting)


def test_an_avatar_may_speak_though_its_connection_was_refused():
    """Video over the WebSocket needs none."""
    pair = Pair()
    pair.asks({"type": "session.avatar.connect", "event_id": "q", "client_sdp": "YQ=="})
    pair.says({"type": "error", "error": {"type": "invalid_request_error", "message": "no", "event_id": "q"}})
    pair.says({"type": "session.avatar.switch_to_speaking"}, {"type": "session.avatar.switch_to_idle"})


def test_errors_by_the_event_they_answer():
    pair = Pair(limits=Limits(max_errors=2))
    assert pair.client.errors.last is None

    def fails(text, event_id=None):
        pair.says({"type": "error", "error": {"type": "invalid_request_error", "message": text, "event_id": event_id}})

    fails("first", "e1")
    fails("nobody's")
    fails("nobody's", "")
    assert (pair.client.errors["e1"].message, pair.client.errors.last.message) == ("first", "nobody's")
    fails("second", "e2")
    fails("first again", "e1")
    fails("third", "e3")
    fails("nobody's again", "")
    assert {event_id: error.message for event_id, error in pair.client.errors.items()} == {"e1": "first again", "e3": "third"}
    assert len(pair.server.errors) == 2


def test_an_error_event_without_its_error_is_only_delivered():
    client = Connection(CLIENT)
    client.receive(b'{"type":"error","error":null}')
    assert client.errors.last is None
    assert len(client.errors) == 0


# Tokens and audio


def test_tokens_by_response_and_together():
    pair = Pair()
    usage = {
        "total_tokens": 30,
        "input_tokens": 20,
        "output_tokens": 10,
        "input_token_details": {"cached_tokens": 5, "text_tokens": 12, "audio_tokens": 8},
        "output_token_details": {"text_tokens": 4, "audio_tokens": 6},
    }
    pair.says(
        begin("r1"), done("r1", usage=usage), begin("r2"), done("r2", usage={"total_tokens": 7, "input_tokens": 7, "output_tokens": 0})
    )
    pair.says(begin("r3"), done("r3"))
    total = pair.client.responses.usage
    assert (pair.client.responses["r1"].usage.total_tokens, pair.client.responses["r3"].usage) == (30, None)
    assert (total.responses, total.total_tokens, total.input_tokens, total.output_tokens) == (2, 37, 27, 10)
    assert (total.cached_tokens, total.input_text_tokens, total.input_audio_tokens) == (5, 12, 8)
    assert (total.output_text_tokens, total.output_audio_tokens) == (4, 6)
    assert pair.server.responses.usage == total


def test_tokens_count_once():
    client = Connection(CLIENT)
    client.receive(encode_plain(begin()))
    for _ in range(2):
        client.receive(encode_plain(done(usage={"total_tokens": 3})))
    client.receive(encode_plain(begin()))
    assert client.responses.usage.total_tokens == 3
    assert client.responses["r"].state is ResponseState.COMPLETED
    assert client.responses.active is None
    assert [violation.state for violation in client.violations] == ["COMPLETED", "COMPLETED"]


def test_audio_by_item_and_part():
    pair = Pair()
    pair.says({"type": "session.updated", "session": {"output_audio_format": "pcm16_16000hz"}})
    pair.says(begin(), item_event("added", message("a")), item_event("added", message("b"), index=1))
    for item, index, duration_ms in (("a", 0, 100), ("a", 1, 40), ("b", 0, 20)):
        pair.says(part_event("content_part.added", item=item, index=index, part={"type": "audio"}))
        pair.says(part_event("audio.delta", item=item, index=index, delta=base64.b64encode(bytes(32 * duration_ms)).decode()))
    for responses in (pair.client.responses, pair.server.responses):
        assert (responses.audio_ms("a"), responses.audio_ms("a", 1), responses.audio_ms("b"), responses.audio_ms("b", 9)) == (
            140,
            40,
            20,
            0,
        )
        assert responses.audio_ms("nobody") == 0
        assert (responses["r"].audio_ms, responses["r"].audio_bytes) == (160, 160 * 32)
        assert responses["r"].items["a"].parts[1].audio_bytes == 40 * 32


def test_audio_of_an_unknown_format_counts_bytes_only():
    client = Connection(CLIENT)
    client.receive(b'{"type":"session.created","session":{"output_audio_format":"opus"}}')
    for event in spoken("Hi", 20):
        client.receive(encode_plain(event))
    assert (client.responses.audio_ms("a"), client.responses["r"].audio_bytes, client.responses["r"].audio_ms) == (0, 960, 0)
    assert client.conversation.get("a").heard_ms == 0


def test_what_was_heard_of_an_answer():
    pair = Pair()
    pair.says(*spoken("The next ferry leaves at 14:25.", 1000))
    item = pair.client.conversation.get("a")
    assert (item.audio_ms, item.heard_ms, item.transcript) == (1000, 1000, "The next ferry leaves at 14:25.")
    pair.client.conversation.report_playback("a", 400)
    assert item.heard_ms == 400
    pair.client.conversation.report_playback("a", 5000)
    assert item.heard_ms == 1000
    pair.says(part_event("audio.delta", delta=sound(500)), *ended("The next ferry leaves at 14:25."), done())
    assert (item.audio_ms, item.heard_ms, item.output) == (1500, 1500, None)
    pair.asks({"type": "conversation.item.truncate", "item_id": "a", "content_index": 0, "audio_end_ms": 600})
    assert item.heard_ms == 1500, "the service has not answered yet"
    pair.says({"type": "conversation.item.truncated", "item_id": "a", "content_index": 0, "audio_end_ms": 600})
    assert (item.heard_ms, item.audio_end_ms, item.state) == (600, 600, ItemState.TRUNCATED)
    pair.client.conversation.report_playback("a", 250)
    assert item.heard_ms == 250
    with pytest.raises(ValueError, match="played_ms is -1; it counts from the start"):
        pair.client.conversation.report_playback("a", -1)
    with pytest.raises(KeyError):
        pair.client.conversation.report_playback("nobody", 1)


def test_an_answer_reads_while_it_is_said():
    pair = Pair()
    pair.says(*spoken("The next", 100))
    for connection in pair.both():
        assert connection.conversation.get("a").transcript == "The next"
    pair.says(part_event("audio_transcript.delta", delta=" ferry"))
    assert pair.client.conversation.get("a").transcript == "The next ferry"
    assert pair.client.responses["r"].transcript == "The next ferry"


@pytest.mark.parametrize("output", [[], [message("z"), message("a", {"type": "audio", "transcript": "The next"}, status="incomplete")]])
def test_an_answer_that_was_cut_off_without_being_done_keeps_what_was_said(output):
    pair = Pair()
    pair.says(*spoken("The next", 100), done(status="cancelled", output=output))
    for connection in pair.both():
        item = connection.conversation.get("a")
        assert (item.transcript, item.audio_ms, item.output) == ("The next", 100, None)
        assert connection.responses["r"].items["a"].parts[0].state is PartState.DONE


def test_text_that_only_the_text_events_carry():
    """In captures the done part and item may be empty (service facts, section 7)."""
    pair = Pair()
    pair.says(begin(), created(message("a")), item_event("added", message("a")))
    pair.says(part_event("content_part.added", part={"type": "text", "text": ""}))
    pair.says(part_event("text.delta", delta="Half past "), part_event("text.delta", delta="two"))
    assert pair.client.conversation.get("a").text == "Half past two"
    pair.says(part_event("text.done", text="Half past two."), part_event("content_part.done", part={"type": "text", "text": ""}))
    pair.says(item_event("done", message("a", {"type": "text", "text": ""})), done())
    for connection in pair.both():
        assert connection.conversation.get("a").text == "Half past two."
        assert connection.responses["r"].text == "Half past two."


def test_done_events_without_their_text_change_nothing():
    client = Connection(CLIENT)
    for event in spoken("The next", 20):
        client.receive(encode_plain(event))
    client.receive(encode_plain(part_event("text.delta", delta="x")))
    client.receive(encode_plain(part_event("audio_transcript.done")))
    client.receive(encode_plain(part_event("text.done", text=None)))
    client.receive(b'{"type":"response.function_call_arguments.delta","response_id":"r","item_id":"f","output_index":1,"delta":"{}"}')
    client.receive(b'{"type":"response.function_call_arguments.done","response_id":"r","item_id":"f","output_index":1}')
    assert (client.responses["r"].transcript, client.responses["r"].text) == ("The next", "x")
    assert client.responses["r"].items["f"].arguments == "{}"
    assert client.responses["r"].items["f"].type is None


def test_what_is_done_takes_no_more():
    client = Connection(CLIENT)
    for event in (*spoken("Hi", 20), part_event("text.delta", delta="x"), *ended("Hi"), done()):
        client.receive(encode_plain(event))
    for kind in ("audio_transcript.delta", "text.delta"):
        client.receive(encode_plain(part_event(kind, delta="more")))
        client.receive(encode_plain(part_event(kind, index=5, delta="more")))
    client.receive(b'{"type":"response.function_call_arguments.delta","response_id":"r","item_id":"a","output_index":0,"delta":"more"}')
    response = client.responses["r"]
    assert (response.transcript, response.text, response.items["a"].arguments) == ("Hi", "x", "")
    assert len(client.violations) == 5
    assert client.responses.active is None


# Order


def order(connection):
    return [item.id for item in connection.conversation.items]


def test_an_item_that_comes_before_the_one_it_follows_is_placed_when_that_one_comes():
    pair = Pair()
    user = {"role": "user"}
    pair.says(created(message("a", **user)))
    pair.says(created(message("c", **user), "b"), created(message("d", **user), "c"), created(message("b", **user), "a"))
    assert order(pair.client) == order(pair.server) == ["a", "b", "c", "d"]
    pair.says(created(message("f", **user), "e"), {"type": "conversation.item.deleted", "item_id": "f"}, created(message("e", **user), "a"))
    assert order(pair.client) == ["a", "e", "b", "c", "d"]
    pair.says(created(message("h", **user), "g"), created(message("i", **user), "g"))
    pair.says({"type": "conversation.item.deleted", "item_id": "h"}, created(message("g", **user), "a"))
    assert order(pair.server) == ["a", "g", "i", "e", "b", "c", "d"]


def test_an_item_asked_for_at_the_start_is_there():
    """The answer names no item before it."""
    pair = Pair(limits=Limits(max_calls=1))
    ask = {"type": "conversation.item.create", "previous_item_id": "root"}
    pair.says(created(message("a", role="user")))
    pair.asks(ask | {"item": message("s", {"type": "input_text", "text": "Be brief."}, role="system")})
    pair.says(created(message("s", role="system")))
    pair.asks(
        {"type": "conversation.item.create", "item": output()},
        ask,
        ask | {"item": output(item_id="x")},
        ask | {"item": output(item_id="y")},
    )
    pair.says(created(output()), created(output(item_id="x")), created(output(item_id="y")))
    assert order(pair.client) == order(pair.server) == ["y", "s", "a", "o", "x"]


def test_transcripts_come_before_and_long_after_their_items():
    pair = Pair()
    heard = {"type": "conversation.item.input_audio_transcription.completed", "content_index": 0}
    pair.says(heard | {"item_id": "late", "transcript": "Wann?"})
    assert pair.client.conversation.get("late").state is ItemState.EXPECTED
    pair.says(created(message("first", role="user")), created(message("late", role="user"), "first"), created(message("x", role="user")))
    pair.says(heard | {"item_id": "first", "transcript": "Hallo."})
    for connection in pair.both():
        assert [(item.id, item.transcript) for item in connection.conversation.items] == [("first", "Hallo."), ("late", "Wann?"), ("x", "")]
        assert connection.conversation.get("late").transcription is TranscriptionState.COMPLETED


def test_items_are_in_the_order_in_which_they_were_told_of_whatever_was_heard_first():
    """Cascaded models: the transcripts come first, and no item names the one before it."""
    pair = Pair()
    heard = {"type": "conversation.item.input_audio_transcription.completed", "content_index": 0}
    pair.says(*(heard | {"item_id": item_id, "transcript": item_id} for item_id in ("u3", "u2", "u1")))
    pair.says(*(created(message(item_id, role="user"), "") for item_id in ("u1", "u2", "u3")))
    assert order(pair.client) == order(pair.server) == ["u1", "u2", "u3"]


def test_an_answer_is_behind_its_question_whichever_is_told_of_first():
    pair = Pair()
    heard = {"type": "conversation.item.input_audio_transcription.completed", "content_index": 0}
    pair.says(created(message("u", role="user")), created(message("a"), "q"))
    pair.says(heard | {"item_id": "q", "transcript": "Wann?"})
    assert order(pair.client) == order(pair.server) == ["u", "q", "a"]
    pair.says(created(message("v", role="user")), created(message("q", role="user")))
    assert order(pair.client) == order(pair.server) == ["u", "q", "a", "v"]


def test_what_comes_for_a_deleted_item_does_not_bring_it_back():
    pair = Pair()
    pair.says(created(message("u", role="user")), {"type": "conversation.item.deleted", "item_id": "u"})
    start = "conversation.item.input_audio_transcription."
    pair.says({"type": start + "delta", "item_id": "u", "content_index": 0, "delta": "Wa"})
    pair.says({"type": start + "completed", "item_id": "u", "content_index": 0, "transcript": "Wann?"})
    pair.says({"type": start + "failed", "item_id": "u", "content_index": 0, "error": {"message": "noise"}})
    assert pair.client.conversation.items == pair.server.conversation.items == ()
    with pytest.raises(LocalProtocolError, match=r"in state DELETED; allowed are: conversation\.item\.created"):
        pair.server.send({"type": "conversation.item.truncated", "item_id": "u", "content_index": 0, "audio_end_ms": 1})
    with pytest.raises(UnexpectedEvent):
        pair.client.receive(b'{"type":"conversation.item.deleted","item_id":"u"}')
    careless = Connection(CLIENT)
    careless.receive(encode_plain(created(message("u"))))
    for frame in (b'{"type":"conversation.item.deleted","item_id":"u"}', b'{"type":"conversation.item.truncated","item_id":"u"}'):
        careless.receive(frame)
    assert careless.conversation.get("u") is None
    pair.says(created(message("u", role="user")))
    assert order(pair.client) == ["u"]


def test_an_item_may_come_after_its_output_item_is_done():
    pair = Pair()
    late = list(spoken("The next ferry", 100))
    pair.says(*late[:2], *late[3:], *ended("The next ferry"))
    pair.says(created(message("a")), done())
    for connection in pair.both():
        item = connection.conversation.get("a")
        assert (item.transcript, item.audio_ms, item.state) == ("The next ferry", 100, ItemState.CREATED)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([("a", "u"), ("u2", "a"), ("u", None)], ["u", "a", "u2"]),
        ([("x", "p"), ("y", "p"), ("p", None)], ["p", "y", "x"]),
        ([("q", None), ("m", "q"), ("a", "p"), ("a2", "a"), ("p", "q")], ["q", "p", "a", "a2", "m"]),
        ([("b", "a"), ("c", "b"), ("a", "zero"), ("d", "c"), ("zero", None)], ["zero", "a", "b", "c", "d"]),
        ([("a", None), ("b", "a"), ("c", "b"), ("b", "c")], ["a", "c", "b"]),
        ([("a", "a"), ("b", "a")], ["a", "b"]),
        ([("b", "a"), ("c", "b"), ("x", "b"), ("z", None), ("a", "z")], ["z", "a", "b", "x", "c"]),
    ],
)
def test_a_late_item_has_all_that_follows_it_behind_it(steps, expected):
    client = Connection(CLIENT)
    for item_id, previous in steps:
        client.receive(encode_plain(created(message(item_id, role="user"), previous)))
    assert order(client) == expected


def test_an_item_asked_for_at_the_start_may_have_no_id():
    pair = Pair()
    ask = {"type": "conversation.item.create", "previous_item_id": "root"}
    hint = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}
    pair.says(created(message("a", role="user")))
    pair.asks(ask | {"item": hint})
    pair.says(created(message("s", role="system")), created(message("n", role="user")))
    assert order(pair.client) == order(pair.server) == ["n", "a", "s"]
    pair.says(created(message("z", role="user")))
    assert order(pair.client)[-1] == "z", "asked for once"


def test_speech_is_no_answer_to_a_request_for_text():
    pair = Pair()
    ask = {"type": "conversation.item.create", "previous_item_id": "root"}
    text = {"type": "input_text", "text": "context"}
    pair.asks(ask | {"item": {"type": "message", "role": "user", "content": [text]}})
    pair.asks(ask | {"item": {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello."}]}})
    pair.says(created(message("u1", {"type": "input_audio"}, role="user")), created(message("x1", text, role="user")))
    pair.says(created(message("a1", {"type": "text", "text": "Hello."})))
    assert order(pair.client) == order(pair.server) == ["a1", "x1", "u1"]


def test_a_deletion_leaves_what_followed_in_its_place():
    client = Connection(CLIENT)
    for item_id, previous in (("a", "z"), ("b", "a"), ("c", "b"), ("x", None)):
        client.receive(encode_plain(created(message(item_id, role="user"), previous)))
    client.receive(b'{"type":"conversation.item.deleted","item_id":"b"}')
    client.receive(encode_plain(created(message("z", role="user"), "x")))
    assert order(client) == ["x", "z", "a", "c"]


def test_an_empty_predecessor_tells_nothing_of_a_request_without_an_id():
    """Cascaded models have it in each item of the user's."""
    pair = Pair()
    hint = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}
    pair.says(created(message("m", role="user"), ""))
    pair.asks({"type": "conversation.item.create", "previous_item_id": "root", "item": hint})
    pair.says(created(message("voice", role="user"), ""), created(message("asked", role="user"), None))
    assert order(pair.client) == order(pair.server) == ["asked", "m", "voice"]


def test_what_follows_an_item_let_go_comes_before_those_that_stayed():
    client = Connection(CLIENT, limits=Limits(max_items=3))
    for item_id, previous in (("a", None), ("b", "a"), ("c", "b"), ("d", "c")):
        client.receive(encode_plain(created(message(item_id, role="user"), previous)))
    client.receive(b'{"type":"conversation.item.deleted","item_id":"c"}')
    client.receive(encode_plain(created(message("late", role="user"), "a")))
    assert order(client) == ["late", "b", "d"]


def test_an_item_retrieved_while_it_is_said_goes_on():
    pair = Pair()
    pair.says(*spoken("Hello ", 20))
    part = {"type": "audio", "transcript": "Hello "}
    pair.says({"type": "conversation.item.retrieved", "item": message("a", part, status="in_progress")})
    pair.says(part_event("audio_transcript.delta", delta="world"))
    assert pair.client.conversation.get("a").transcript == "Hello world"
    pair.says(done(status="cancelled"))
    for connection in pair.both():
        assert connection.conversation.get("a").transcript == "Hello world"


def test_parts_that_are_heard_are_bounded():
    client = Connection(CLIENT)
    client.receive(encode_plain(created(message("u", role="user"))))
    start = "conversation.item.input_audio_transcription.delta"
    for index in range(300):
        client.receive(encode_plain({"type": start, "item_id": "u", "content_index": index % 150, "delta": "x"}))
    assert client.conversation.get("u").transcript == "x" * 200


@pytest.mark.parametrize("refused", [True, False])
def test_a_request_for_the_start_that_was_refused_or_repeated_counts_no_more(refused):
    pair = Pair()
    ask = {"type": "conversation.item.create", "item": output(item_id="n")}
    pair.says(created(message("a", role="user")))
    pair.asks(ask | {"previous_item_id": "root", "event_id": "e1"})
    if refused:
        for event_id in ("another", None, "e1"):
            pair.says({"type": "error", "error": {"type": "x", "message": "no", "event_id": event_id}})
    else:
        pair.asks(ask)
    pair.says(created(output(item_id="n")))
    assert order(pair.client) == order(pair.server) == ["a", "n"]


def test_what_comes_for_an_item_let_go_does_not_bring_it_back():
    pair = Pair(limits=Limits(max_items=2))
    for number in range(3):
        pair.says(created(message(f"u{number}", role="user"), f"u{number - 1}" if number else None))
    start = "conversation.item.input_audio_transcription."
    pair.says({"type": start + "completed", "item_id": "u0", "content_index": 0, "transcript": "early words"})
    pair.says({"type": "conversation.item.truncated", "item_id": "u0", "content_index": 0, "audio_end_ms": 5})
    pair.says({"type": "conversation.item.deleted", "item_id": "u0"})
    assert order(pair.client) == order(pair.server) == ["u1", "u2"]
    with pytest.raises(UnexpectedEvent):
        pair.client.receive(b'{"type":"conversation.item.truncated","item_id":"nobody","content_index":0,"audio_end_ms":5}')
    pair.says(created(message("u0", role="user"), "u2"))
    assert order(pair.client) == ["u2", "u0"]


def test_a_deletion_is_remembered_however_low_the_limit_is():
    pair = Pair(limits=Limits(max_items=1))
    for item_id in ("a", "b"):
        pair.says(created(message(item_id, role="user")), {"type": "conversation.item.deleted", "item_id": item_id})
    pair.says({"type": "conversation.item.input_audio_transcription.completed", "item_id": "a", "content_index": 0, "transcript": "x"})
    assert order(pair.client) == order(pair.server) == []


def test_each_part_of_the_user_s_has_its_own_transcript():
    pair = Pair()
    heard = "conversation.item.input_audio_transcription."
    pair.says(created(message("u", {"type": "input_audio"}, {"type": "input_audio"}, role="user")))
    pair.says({"type": heard + "delta", "item_id": "u", "content_index": 1, "delta": "second"})
    pair.says({"type": heard + "completed", "item_id": "u", "content_index": 0, "transcript": "first "})
    pair.says({"type": heard + "delta", "item_id": "u", "content_index": 1, "delta": " one"})
    for connection in pair.both():
        assert connection.conversation.get("u").transcript == "first second one"
        assert connection.conversation.get("u").transcription is TranscriptionState.PARTIAL
        assert connection.conversation.get("u").transcription_of(0) is TranscriptionState.COMPLETED


def test_a_call_without_a_status_is_complete_unless_it_was_cut_off():
    bare = {key: value for key, value in call(None).items() if key != "status"}
    pair = Pair()
    pair.says(created(bare))
    assert [pending.call_id for pending in pair.client.conversation.pending_calls] == ["c1"]
    pair.says(created(output(), "f"), begin(), item_event("added", bare | {"id": "g", "call_id": "c2"}))
    pair.says(created(bare | {"id": "g", "call_id": "c2"}))
    assert pair.client.conversation.pending_calls == (), "it is still being said"
    pair.asks({"type": "response.cancel"})
    pair.says(done(status="cancelled"))
    for connection in pair.both():
        assert connection.conversation.pending_calls == ()
        assert not connection.conversation.get("g").complete


# Several responses


def begin_in(conversation_id, response):
    event = begin(response)
    event["response"]["conversation_id"] = conversation_id
    return event


def test_a_response_outside_the_conversation_does_not_take_the_place_of_the_active_one():
    pair = Pair()
    pair.says(begin_in("conv", "r1"), begin_in(None, "r2"))
    assert pair.client.responses.active.id == pair.server.responses.active.id == "r1"
    pair.asks({"type": "response.cancel"})
    assert pair.server.responses["r1"].state is ResponseState.CANCELLING
    pair.says(done("r1", status="cancelled"))
    assert pair.client.responses.active.id == "r2"
    pair.says(begin_in("conv", "r3"), done("r2"), done("r3"))
    assert pair.client.responses.active is None


def test_a_conversation_has_one_response_at_a_time():
    client = Connection(CLIENT)
    for event in (begin_in("conv", "lost"), begin_in("conv", "r2"), done("r2")):
        client.receive(encode_plain(event))
    assert client.responses.active is None
    for event in (begin("r3"), begin("r4"), done("r4")):
        client.receive(encode_plain(event))
    assert client.responses.active.id == "r3"


def test_what_comes_late_of_a_response_let_go_goes_nowhere():
    pair = Pair(limits=Limits(max_responses=1))
    for response, item in (("r1", "a"), ("r2", "b")):
        pair.says(*spoken("Hi", 20, response, item), *ended("Hi", response, item), done(response, usage={"total_tokens": 5}))
    late = [*ended("Hi", "r1", "a"), part_event("audio.delta", "r1", "a", delta=sound(20)), item_event("added", MCP_CALL, "r1")]
    pair.says(*late)
    pair.client.strict = False
    pair.client.receive(encode_plain(done("r1", usage={"total_tokens": 5})))
    for connection in pair.both():
        assert list(connection.responses) == ["r2"]
        assert connection.responses.active is None
        assert connection.responses.output_item("a") is None
        assert connection.responses.usage.total_tokens == 10
    pair.says(begin("r1"))
    assert pair.client.responses.active.id == "r1"


def test_an_item_belongs_to_its_response_alone():
    pair = Pair()
    pair.says(*spoken("Hi", 20))
    for stray in (
        part_event("audio.delta", "wrong", delta=sound(20)),
        part_event("content_part.added", "wrong", index=1, part={"type": "text"}),
        item_event("done", message("a"), "wrong"),
    ):
        with pytest.raises(LocalProtocolError):
            pair.server.send(stray)
    pair.client.strict = False
    for stray in (part_event("audio_transcript.done", "wrong", transcript="Ho"), part_event("audio.done", "wrong")):
        pair.client.receive(encode_plain(stray))
    pair.client.receive(encode_plain(part_event("audio.delta", "wrong", delta=sound(20))))
    pair.client.receive(encode_plain(part_event("audio_transcript.delta", "wrong", delta="!")))
    assert len(pair.client.violations) == 2, "deltas are told by their item alone"
    assert pair.client.responses["r"].audio_ms == 40
    assert list(pair.client.responses) == ["r"]
    assert pair.client.responses["r"].transcript == "Ho!"
    assert (pair.client.responses["r"].items["a"].transcript, pair.client.responses["r"].items["a"].text) == ("Ho!", "")


def test_a_response_let_go_while_it_goes_on_may_end():
    pair = Pair(limits=Limits(max_responses=1))
    pair.says(begin_in("conv", "r1"), begin_in(None, "r2"), begin_in(None, "r3"), done("r2"), done("r3"), done("r1"))
    assert list(pair.client.responses) == list(pair.server.responses) == ["r3"]


def test_nothing_more_is_taken_in_for_a_response_that_is_over():
    client = Connection(CLIENT)
    for event in (begin(), done(), part_event("text.delta", delta="x" * 1000), part_event("audio.delta", delta=sound(20))):
        client.receive(encode_plain(event))
    assert client.responses["r"].text_chars == len("r" + "completed")


LATE = [
    part_event("text.done", text="x" * 1000),
    part_event("audio_transcript.done", transcript="x" * 1000),
    part_event("content_part.added", index=1, part={"type": "audio"}),
    part_event("content_part.done", index=1, part={"type": "audio"}),
    part_event("audio.delta", delta=sound(20)),
    part_event("text.done", item="new", text="x" * 1000),
    item_event("added", message("new", {"type": "text", "text": "x" * 1000})),
    item_event("done", message("new", {"type": "text", "text": "x" * 1000})),
    {"type": "response.function_call_arguments.done", "response_id": "r", "item_id": "f", "output_index": 1, "arguments": "x" * 1000},
    done(status="failed", usage={"total_tokens": 5}, status_details={"type": "failed", "error": {"message": "x" * 1000}}),
]


@pytest.mark.parametrize("late", LATE, ids=lambda event: event["type"])
@pytest.mark.parametrize("limits", [Limits(), Limits(max_responses=1)])
def test_what_a_response_that_is_over_did_not_have_goes_nowhere(late, limits):
    client = Connection(CLIENT, limits=limits)
    for event in (*spoken("Hi", 20), *ended("Hi"), done()):
        client.receive(encode_plain(event))
    response = client.responses["r"]

    def held():
        return response.state, response.text_chars, response.audio_ms, [(each.id, list(each.parts)) for each in response.items.values()]

    before = held()
    client.receive(encode_plain(late))
    assert held() == before
    for event in (begin("q"), done("q"), late):
        client.receive(encode_plain(event))
    assert held() == before
    assert client.responses.output_item("new") is client.responses.output_item("f") is None


def arguments(kind, **keys):
    return {"type": f"response.mcp_call_arguments.{kind}", "response_id": "r", "item_id": "m", "output_index": 0} | keys


def test_a_call_that_runs_on_after_its_response_counts_in_all_that_it_says():
    client = Connection(CLIENT, limits=Limits(max_text_chars=400))
    for event in (begin("r0"), done("r0"), begin(), item_event("added", MCP_CALL), done(), arguments("delta", delta="x" * 100)):
        client.receive(encode_plain(event))
    client.receive(encode_plain(arguments("done", arguments="x" * 200)))
    assert client.responses["r"].items["m"].arguments == "x" * 200
    assert list(client.responses) == ["r0", "r"]
    for event in (arguments("delta", delta="x" * 200), begin("r1"), done("r1"), arguments("delta", delta="x" * 200)):
        client.receive(encode_plain(event))
    assert list(client.responses) == ["r1"]
    running = client.responses.output_item("m")
    assert (running.state, running.text_chars) == (PartState.ADDED, 0), "it may still end, and holds nothing more"
    client.receive(encode_plain(item_event("done", MCP_CALL | {"output": "x" * 500})))
    assert client.responses.output_item("m") is None
    assert client.violations == []


def test_parts_of_a_call_that_runs_on_are_over_with_its_response():
    client = Connection(CLIENT)
    part = part_event("content_part.added", item="m", part={"type": "text"})
    for event in (begin(), item_event("added", MCP_CALL), part, part_event("text.delta", item="m", delta="x"), done()):
        client.receive(encode_plain(event))
    client.receive(encode_plain(part_event("text.delta", item="m", delta="x" * 1000)))
    assert client.responses["r"].text == "x"
    assert [violation.state for violation in client.violations] == ["DONE"]


# Audio that was not committed yet


def append(duration_ms):
    return {"type": "input_audio_buffer.append", "audio": sound(duration_ms)}


@pytest.mark.parametrize(("request_", "answer"), [("commit", "committed"), ("clear", "cleared")])
def test_audio_that_follows_a_request_is_still_there_after_its_answer(request_, answer):
    pair = Pair()
    pair.asks(append(200), {"type": f"input_audio_buffer.{request_}"}, append(100))
    pair.says({"type": f"input_audio_buffer.{answer}", "item_id": "u"})
    for connection in pair.both():
        assert (connection.input_audio.buffer_ms, connection.input_audio.state) == (100, BufferState.HOLDING)
    pair.says({"type": f"input_audio_buffer.{answer}", "item_id": "v"})
    for connection in pair.both():
        assert (connection.input_audio.buffer_ms, connection.input_audio.state) == (0, BufferState.EMPTY)


def test_requests_are_answered_in_their_order():
    pair = Pair()
    pair.asks({"type": "input_audio_buffer.clear"}, append(300), {"type": "input_audio_buffer.commit"}, append(200))
    pair.says({"type": "input_audio_buffer.cleared"})
    assert pair.client.input_audio.buffer_ms == pair.server.input_audio.buffer_ms == 500
    pair.says({"type": "input_audio_buffer.committed", "item_id": "u"})
    assert pair.client.input_audio.buffer_ms == pair.server.input_audio.buffer_ms == 200
    pair.asks({"type": "input_audio_buffer.clear"}, append(100))
    pair.says({"type": "input_audio_buffer.committed", "item_id": "by turn detection"})
    assert pair.client.input_audio.buffer_ms == 0
    pair.asks(append(100))
    pair.says({"type": "input_audio_buffer.cleared"})
    assert pair.client.input_audio.buffer_ms == pair.server.input_audio.buffer_ms == 100


@pytest.mark.parametrize(
    "named", [{"event_id": "k"}, {"code": "input_audio_buffer_commit_empty"}, {"event_id": "", "code": "input_audio_buffer_commit_empty"}]
)
def test_a_request_that_was_refused_is_answered_no_more(named):
    pair = Pair()
    pair.says(refusal(event_id="k"))
    pair.asks({"type": "input_audio_buffer.commit", "event_id": "k"})
    pair.says(refusal(event_id="another"), refusal(code="something_else"), refusal(**named))
    pair.asks(append(200))
    pair.says({"type": "input_audio_buffer.committed", "item_id": "by turn detection"})
    assert pair.client.input_audio.buffer_ms == pair.server.input_audio.buffer_ms == 0
    pair.client.receive(b'{"type":"error"}')


def test_the_client_s_echo_reference_is_a_second_channel():
    pair = Pair()
    echo = {"type": "server_echo_cancellation", "reference_source": "client", "channels": 2}
    pair.asks({"type": "session.update", "session": {"input_audio_echo_cancellation": echo}})
    pair.client.send_audio(bytes(6))  # the update may be refused, and then this is mono
    pair.says({"type": "session.updated", "session": {"input_audio_echo_cancellation": echo}}, {"type": "input_audio_buffer.cleared"})
    pair.asks(append(100))
    for connection in pair.both():
        assert connection.input_audio.buffer_ms == 50
        assert connection.input_audio.format.ms_to_bytes(50) == 4800
    with pytest.raises(
        LocalProtocolError, match="6 bytes of audio are not whole 16-bit samples of 2 channels; pcm16 needs a multiple of 4"
    ):
        pair.client.send_audio(bytes(6))


def test_a_server_sends_no_audio_of_the_client_s():
    with pytest.raises(LocalProtocolError, match="not an event that a server sends"):
        Pair().server.send_audio(bytes(960))


# Updates that were refused


def update(event_id, **settings):
    return {"type": "session.update", "event_id": event_id, "session": settings}


def refusal(**fields):
    return {"type": "error", "error": {"type": "invalid_request_error", "message": "bad", **fields}}


def test_no_id_is_an_id_that_is_not_known():
    connection = Pair().client
    for known in (connection.responses, connection.errors, connection.tool_calls):
        with pytest.raises(KeyError):
            known[None]
    assert connection.conversation.get(None) is None
    with pytest.raises(KeyError):
        connection.conversation.report_playback(None, 1)


def test_what_is_tracked_shows_itself_in_short():
    pair = Pair()
    pair.asks(update("a", instructions="a secret"))
    assert repr(pair.client.session) == f"<SessionTracker {pair.client.session.id} READY, 1 pending updates>"
    for item in (
        {"type": "message", "role": "user", "content": []},
        {"type": "function_call", "name": "f", "arguments": "{}", "call_id": "c"},
    ):
        pair.says({"type": "conversation.item.created", "item": {"id": item["type"], **item}})
    assert [repr(item) for item in pair.client.conversation.items] == [
        "<TrackedItem message user message CREATED>",
        "<TrackedItem function_call function_call CREATED>",
    ]


def test_an_error_that_names_a_setting_is_about_the_update_that_has_it():
    pair = Pair()
    pair.asks(update("a", voice={"type": "openai", "name": "alloy"}), update("b", tools=[], temperature=9))
    pair.says(refusal(param="session.turn_detection"), refusal(param="session.temperature", event_id=""))
    for connection in pair.both():
        assert [list(asked) for asked in connection.session.pending_updates] == [["voice"]]
    pair.says(refusal(param="session.voice.name"))
    assert pair.client.session.pending_updates == pair.server.session.pending_updates == []


@pytest.mark.parametrize("no_name", [{}, {"event_id": ""}])
def test_an_update_that_an_error_may_have_refused_is_not_taken_for_accepted(no_name):
    pair = Pair()
    pair.asks(update("a", temperature=7.0))
    pair.says(refusal(**no_name))
    pair.asks(update("b", instructions="x"))
    pair.says({"type": "session.updated", "session": {"instructions": "x", "temperature": 0.8}})
    for connection in pair.both():
        assert connection.session.accepted == {"instructions": "x"}
        assert connection.session.pending_updates == []


@pytest.mark.parametrize(
    ("asked", "reported", "refused"),
    [
        ({"modalities": ["audio"]}, {"modalities": ["text", "audio"]}, True),
        ({"modalities": ["text", "audio"]}, {"modalities": ["audio", "text"]}, False),
        ({"turn_detection": {"type": "semantic_vad"}}, {"turn_detection": {"type": "server_vad", "threshold": 0.5}}, True),
        ({"turn_detection": {"type": "server_vad"}}, {"turn_detection": {"type": "server_vad", "threshold": 0.5}}, False),
        ({"turn_detection": None}, {"turn_detection": {"type": "server_vad"}}, True),
        ({"turn_detection": None}, {"turn_detection": None}, False),
        ({"tools": [{"type": "function", "name": "f"}]}, {"tools": []}, True),
        ({"tools": [{"type": "function", "name": "f"}]}, {"tools": [{"type": "function", "name": "g"}]}, True),
        ({"tools": [{"type": "mcp", "server_label": "f"}]}, {"tools": [{"type": "mcp", "server_label": "g"}]}, True),
        ({"tools": [{"name": "f"}, {"name": "g"}]}, {"tools": [{"name": "g", "strict": None}, {"name": "f"}]}, False),
        ({"x": 1.1}, {"x": 1.100000023841858}, False),
        ({"x": 1.25}, {"x": 1.26}, True),
        ({"x": 10**400}, {"x": 1.5}, True),
        ({"voice": {"type": "openai", "name": "alloy"}}, {"voice": "alloy"}, False),
        ({"instructions": "x"}, {"instructions": None}, False),
        ({"instructions": "x"}, {}, False),
        ({"voice": None, "instructions": "x"}, {"voice": "alloy", "instructions": "x"}, False),
    ],
)
def test_what_the_service_reports_tells_whether_it_took_an_update(asked, reported, refused):
    pair = Pair()
    pair.asks(update("a", **asked))
    pair.says(refusal())
    pair.asks(update("b", temperature=0.7))
    pair.says({"type": "session.updated", "session": reported | {"temperature": 0.699999988079071}})
    for connection in pair.both():
        assert connection.session.accepted == ({"temperature": 0.7} if refused else effective(asked))


def test_audio_is_judged_by_what_may_be_in_force():
    """An error need not say that it is about the update; a null changes no format."""
    pair = Pair()
    pair.asks(update("a", input_audio_format="g711_ulaw"))
    pair.says(refusal())
    pair.client.send_audio(bytes(162))
    pair.client.send_audio(bytes(161))
    pair.says({"type": "session.updated", "session": {"input_audio_format": "g711_ulaw"}})
    pair.asks(update("b", input_audio_format=None, instructions="x"))
    pair.client.send_audio(bytes(161))
    assert pair.client.session.input_format.name == "g711_ulaw"


@pytest.mark.parametrize(
    "fields",
    [
        {"code": "response_cancel_not_active"},
        {"code": "conversation_already_has_active_response"},
        {"code": "item_truncate_invalid_item_id"},
        {"code": "input_audio_buffer_commit_empty"},
        {"code": "invalid_value", "param": "item.content[0]"},
    ],
)
def test_an_error_about_something_else_refuses_no_update(fields):
    pair = Pair()
    pair.asks(update("a", voice="alloy", temperature=0.7), update("b", instructions="x"))
    pair.says(refusal(**fields), {"type": "session.updated", "session": {"voice": "echo", "temperature": 0.7, "instructions": ""}})
    for connection in pair.both():
        assert connection.session.accepted == {"voice": "alloy", "temperature": 0.7}
        assert connection.session.pending_updates == [{"instructions": "x"}]


def test_without_an_error_the_oldest_update_is_answered():
    """The service may write a value in another way, or take another one."""
    pair = Pair()
    pair.asks(update("a", temperature=7.0), update("b", instructions="x"))
    pair.says({"type": "session.updated", "session": {"temperature": 1.2}})
    assert pair.client.session.accepted == {"temperature": 7.0}
    pair.says(refusal())
    pair.asks(update("c", output_audio_format="G711-ulaw", instructions="y"), update("d", instructions="z"))
    pair.says({"type": "session.updated", "session": {"output_audio_format": "g711_ulaw", "instructions": "y"}})
    assert pair.client.session.accepted["instructions"] == "y"
    assert [asked["instructions"] for asked in pair.client.session.pending_updates] == ["z"]
    assert pair.client.session.unanswered_updates == 1


def test_a_null_that_clears_nothing_leaves_what_was_accepted():
    pair = Pair()
    pair.asks(update("a", voice="alloy", temperature=0.7, turn_detection={"type": "server_vad"}))
    pair.says({"type": "session.updated", "session": {"voice": "alloy", "temperature": 0.7, "turn_detection": {"type": "server_vad"}}})
    pair.asks(SessionUpdate(session=RequestSession(voice=None, turn_detection=None, instructions="x")))
    for connection in pair.both():
        assert connection.session.expected == {"voice": "alloy", "temperature": 0.7, "turn_detection": None, "instructions": "x"}
    pair.says({"type": "session.updated", "session": {"voice": "alloy", "temperature": 0.7, "turn_detection": None, "instructions": "x"}})
    for connection in pair.both():
        assert connection.session.accepted == {"voice": "alloy", "temperature": 0.7, "turn_detection": None, "instructions": "x"}


# Requests that have no answer


def typed(text="hi", item_id=None, role="user"):
    part = {"type": "text" if role == "assistant" else "input_text", "text": text}
    return {"type": "message", "role": role, "content": [part]} | ({} if item_id is None else {"id": item_id})


def create(item, event_id=None, **more):
    return {"type": "conversation.item.create", "item": item, "event_id": event_id} | more


def on_item(kind, item_id, **more):
    return {"type": f"conversation.item.{kind}", "item_id": item_id, **more}


def unanswered(pair):
    """What both sides think is unanswered: type and item, or event, of each request."""
    client, server = (
        [(asked.type.rpartition(".")[2], asked.item_id or asked.event_id) for asked in side.requests.unanswered] for side in pair.both()
    )
    assert client == server
    return client


RESPOND = {"type": "response.create"}


def test_requests_are_unanswered_until_they_are_answered():
    pair = Pair()
    cut = {"content_index": 0, "audio_end_ms": 5}
    pair.asks(create(typed(item_id="u")), create(typed(), "e1"), on_item("delete", "a"), on_item("truncate", "b", **cut), RESPOND)
    pair.asks(create(None))
    assert unanswered(pair) == [("create", "u"), ("create", "e1"), ("delete", "a"), ("truncate", "b"), ("create", None)]
    pair.says(created(typed(item_id="u")))
    assert unanswered(pair) == [("create", "e1"), ("delete", "a"), ("truncate", "b"), ("create", None)]
    pair.says(created(typed(item_id="new")))
    assert unanswered(pair) == [("delete", "a"), ("truncate", "b"), ("create", None)]
    for connection in pair.both():
        connection.strict = False  # these two are not known
    pair.client.receive(encode_plain(on_item("deleted", "a")))
    pair.client.receive(encode_plain(on_item("truncated", "b", **cut)))
    pair.client.receive(encode_plain({"type": "response.created", "response": {"id": "r"}}))
    assert pair.client.requests.unanswered == []


def test_an_answer_settles_what_was_asked_before():
    """Requests are answered in order, and an error need not say what it is about."""
    pair = Pair()
    pair.asks(create(typed(item_id="u")), RESPOND, create(typed("x")), create(typed(item_id="v")), create(typed(item_id="w")))
    pair.says(created(typed(item_id="v")))
    assert unanswered(pair) == [("create", "w")]
    pair.says(created({"type": "message", "role": "user"}), {"type": "conversation.item.created", "item": None})
    assert unanswered(pair) == [("create", "w")]


def test_a_response_settles_no_more_than_requests_for_one():
    """Turn detection asks for some as well."""
    pair = Pair()
    pair.asks(create(typed(item_id="u")), RESPOND | {"event_id": "r1"}, RESPOND | {"event_id": "r2"})
    pair.says({"type": "response.created", "response": {"id": "r"}})
    assert unanswered(pair) == [("create", "u"), ("create", "r2")]


@pytest.mark.parametrize(
    ("item", "is_it"),
    [
        (typed("other words", "new"), True),
        (typed("hi", "new", "system"), False),
        (message("new", {"type": "input_audio", "transcript": "hi"}, role="user"), False),
        (message("said", {"type": "text", "text": "hi"}, role="user"), False),
        ({"type": "message", "id": "committed", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}, False),
        (output(item_id="new"), False),
    ],
)
def test_a_request_without_an_id_is_answered_by_an_item_of_its_kind(item, is_it):
    pair = Pair()
    pair.says({"type": "input_audio_buffer.committed", "item_id": "committed"}, {"type": "response.created", "response": {"id": "r"}})
    pair.says(item_event("added", message("said")))
    pair.asks(create(typed(), "e"))
    pair.says(created(item))
    assert unanswered(pair) == ([] if is_it else [("create", "e")])


@pytest.mark.parametrize("id_of", ["call_id", "approval_request_id"])
def test_outputs_and_approvals_are_told_apart(id_of):
    pair = Pair()
    items = [
        {"type": "mcp_approval_response", "approve": True} if "approval" in id_of else {"type": "function_call_output", "output": ""}
    ] * 2
    first, second = ({**item, id_of: name} for item, name in zip(items, "ab", strict=True))
    pair.asks(create(first, "e1"), create(second, "e2"))
    pair.says(created(first | {"id": "o1"}))
    assert unanswered(pair) == [("create", "e2")]


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        ({"event_id": "c2"}, ["c1", "a", "a", "r"]),
        ({"event_id": "somebody else's"}, ["c1", "c2", "a", "a", "r"]),
        ({"code": "item_delete_invalid_item_id"}, ["c1", "c2", "a", "r"]),
        ({"code": "item_truncate_invalid_item_id", "event_id": ""}, ["c1", "c2", "a", "r"]),
        ({"code": "invalid_value", "param": "item.content[0].type"}, ["c2", "a", "a", "r"]),
        ({"param": "previous_item_id"}, ["c2", "a", "a", "r"]),
        ({"param": "audio_end_ms"}, ["c1", "c2", "a", "r"]),
        ({"param": "response.temperature"}, ["c1", "c2", "a", "a"]),
        ({"code": "conversation_already_has_active_response"}, ["c1", "c2", "a", "a"]),
        ({"code": "response_cancel_not_active"}, ["c1", "c2", "a", "a", "r"]),
        ({"code": "invalid_value", "param": "session.voice"}, ["c1", "c2", "a", "a", "r"]),
        ({}, ["c1", "c2", "a", "a", "r"]),
    ],
)
def test_a_refusal_is_an_answer(fields, left):
    pair = Pair()
    pair.says(refusal(**fields))
    cut = on_item("truncate", "a", content_index=0, audio_end_ms=5)
    pair.says(created(message("a")))
    pair.asks(create(typed(), "c1"), create(typed(), "c2"), on_item("delete", "a"), cut, RESPOND | {"event_id": "r"})
    pair.says(refusal(**fields))
    assert [name for _, name in unanswered(pair)] == left


def test_a_request_that_an_error_without_a_name_may_have_refused_waits_behind_the_others():
    pair = Pair()
    pair.asks(RESPOND | {"event_id": "r1"})
    pair.says(refusal())
    pair.asks(RESPOND | {"event_id": "r2"})
    pair.says({"type": "response.created", "response": {"id": "r"}})
    assert unanswered(pair) == []
    pair.asks(create(typed("refused"), "e1"), create(typed("fine"), "e2"), create(typed("fine"), "e3"))
    pair.says(refusal(), created(typed("fine", "new")))
    assert unanswered(pair) == [("create", "e3")]
    pair.says(refusal(), refusal(), created(typed("fine", "newer")))
    assert unanswered(pair) == []


def test_an_item_that_takes_the_place_of_an_answer_answers_the_request_for_it():
    pair = Pair()
    pair.says(*spoken("Hello", 20), done())
    pair.asks(on_item("delete", "a"), create(typed("Hi", "a", "assistant")))
    pair.says(on_item("deleted", "a"), created(typed("Hi", "a", "assistant")))
    assert unanswered(pair) == []


def test_speech_is_awaited_until_it_is_an_item():
    pair = Pair()
    for item_id in ("u", "noise", "v", "w"):
        pair.says({"type": "input_audio_buffer.committed", "item_id": item_id})
    pair.says(created(message("u", role="user")))
    assert pair.client.requests.committed == pair.server.requests.committed == ("noise", "v", "w")
    pair.says(created(message("v", role="user")))  # items come in the order of the commits
    assert pair.client.requests.committed == pair.server.requests.committed == ("w",)
    pair.client.receive(b'{"type":"input_audio_buffer.committed"}')
    assert pair.client.requests.committed == ("w",)


@pytest.mark.parametrize("committed", [True, False])
def test_a_named_turn_is_awaited_until_its_speech_is_committed_or_an_item(committed):
    pair = Pair()
    for name in "st":
        pair.asks({"type": "input_audio.turn.start", "turn_id": name}, {"type": "input_audio.turn.end", "turn_id": name})
    pair.asks(create(typed(item_id="typed")), create(typed()))
    pair.says(created(typed(item_id="typed")))
    assert unanswered(pair) == [("end", "s"), ("end", "t"), ("create", None)]  # when it is answered is not documented
    if committed:
        pair.says({"type": "input_audio_buffer.committed", "item_id": "u"})
        assert pair.client.requests.committed == ("u",)
    pair.says(created(message("u", {"type": "input_audio"}, role="user")))
    assert unanswered(pair) == [("end", "t"), ("create", None)]


def test_what_is_asked_for_is_kept_without_audio_and_bounded():
    pair = Pair(limits=Limits(max_items=3, max_text_chars=200))
    for number in range(5):
        pair.asks(on_item("delete", f"i{number}"))
    assert [name for _, name in unanswered(pair)] == ["i2", "i3", "i4"]
    assert pair.client.requests.forgotten == pair.server.requests.forgotten == 2
    spoken_by_user = {"type": "message", "role": "user", "id": "u", "content": [{"type": "input_audio", "audio": "AAAA" * 1000}]}
    pair.asks(create(spoken_by_user), create(typed("x" * 500, "v")))
    assert [name for _, name in unanswered(pair)] == ["v"]
    pair.says(created(typed("x" * 500, "v")))
    assert (unanswered(pair), pair.client.requests.forgotten) == ([], 0)


# Limits


@pytest.mark.parametrize(("limits", "kept"), [(Limits(max_calls=3), 3), (Limits(max_text_chars=2000), 2)])
def test_settings_of_a_newer_service_are_bounded(limits, kept):
    pair = Pair(limits=limits)
    for number in range(10):
        pair.asks(update(None, **{f"new_{number}": "x" * 900, "instructions": "y"}))
        pair.says({"type": "session.updated", "session": {}})
    for connection in pair.both():
        new = [f"new_{number}" for number in range(10 - kept, 10)]
        assert sorted(connection.session.accepted) == ["instructions", *new]
        assert connection.session.forgotten == 10 - kept
    pair.asks(update(None, instructions="y" * 5000))
    pair.says({"type": "session.updated", "session": {}})
    assert len(pair.client.session.accepted["instructions"]) == 5000


def test_limits_are_at_least_one():
    with pytest.raises(ValueError, match="max_items is 0; a connection keeps at least 1 of each"):
        Limits(max_items=0)


def test_what_counts_as_text():
    part = InputTextContentPart(text="abc")
    irregular = UserMessageItem.from_dict({"content": [], "role": "user", "new": "f"})
    assert text_chars([part, {"key": "de"}, irregular, b"sound", 7, None]) == len("abc" + "de" + "user" + "f")


def test_the_conversation_is_bounded_in_characters():
    kept = {"type": "input_text", "text": "ß🚢" * 50}
    pair = Pair(limits=Limits(max_text_chars=500))
    for number in range(20):
        pair.says(created(message(f"u{number:02}", kept, role="user")))
        for connection in pair.both():
            assert sum(item.text_chars for item in connection.conversation.items) <= 500
    each = pair.client.conversation.items[0].text_chars
    assert each == 100 + len("u00" + "user" + "completed")
    assert order(pair.client) == [f"u{number:02}" for number in range(20 - 500 // each, 20)]
    assert pair.client.conversation.forgotten == 20 - 500 // each
    pair.says(created(message("huge", {"type": "input_text", "text": "x" * 5000}, role="user")))
    assert order(pair.client) == ["huge"], "the last one stays, however long it is"
    pair.says(created(message("next", role="user")))
    assert order(pair.client) == ["next"]


def test_ids_count_against_the_limit():
    client = Connection(CLIENT, limits=Limits(max_text_chars=500))
    cut = {"type": "conversation.item.truncated", "content_index": 0, "audio_end_ms": 1}
    for number in range(20):
        client.receive(encode_plain(cut | {"item_id": f"{number:0200}"}))
    assert order(client) == [f"{18:0200}", f"{19:0200}"]
    for number in range(20):
        client.receive(encode_plain(created(message(f"u{number:02}", role="user"), "x" * 200)))
    assert order(client) == ["u18", "u19"]
    client.receive(encode_plain(created(message("y" * 200, role="user"), "u19")))
    client.receive(encode_plain(created(message("v", role="user"), "y" * 200)))
    assert order(client) == ["y" * 200, "v"]
    client.receive(encode_plain({"type": "conversation.item.deleted", "item_id": "y" * 200}))
    assert [(item.previous_id, item.text_chars) for item in client.conversation.items] == [("u19", len("u19" + "v" + "user" + "completed"))]


def test_names_that_are_no_names_are_not_remembered():
    client = Connection(CLIENT)
    client.receive(encode_plain(created(message("x" * 5000, role="user"))))
    for _ in range(2):
        client.receive(encode_plain({"type": "conversation.item.deleted", "item_id": "x" * 5000}))
    assert [violation.state for violation in client.violations] == [None]


def test_transcripts_count_against_the_limit():
    pair = Pair(limits=Limits(max_text_chars=400))
    start = "conversation.item.input_audio_transcription."
    pair.says(created(message("a", role="user")), created(message("b", role="user")))
    for _ in range(60):
        pair.says({"type": start + "delta", "item_id": "b", "content_index": 0, "delta": "Schiff "})
    assert order(pair.client) == order(pair.server) == ["b"]
    pair.says({"type": start + "completed", "item_id": "b", "content_index": 0, "transcript": "Schiff"})
    pair.says(created(message("c", role="user")))
    assert order(pair.client) == ["b", "c"]


def test_what_the_limits_let_go_is_not_judged():
    pair = Pair(limits=Limits(max_items=2))
    for number in range(4):
        pair.says(created(message(f"u{number}", role="user")))
    assert order(pair.client) == ["u2", "u3"]
    pair.says({"type": "conversation.item.retrieved", "item": message("u0", role="user")})
    pair.says({"type": "conversation.item.deleted", "item_id": "u1"})
    pair.says({"type": "conversation.item.deleted", "item_id": "u2"})
    assert order(pair.client) == order(pair.server) == ["u3"]
    with pytest.raises(LocalProtocolError, match="state DELETED"):
        pair.server.send({"type": "conversation.item.deleted", "item_id": "u2"})


def test_an_answer_that_the_limits_let_go_while_it_is_said():
    pair = Pair(limits=Limits(max_items=1))
    pair.says(*spoken("The next", 20), created(message("u", role="user")))
    pair.says(part_event("audio.delta", delta=sound(20)), *ended("The next"), done())
    assert order(pair.client) == order(pair.server) == ["u"]
    assert pair.client.responses["r"].audio_ms == 40


@pytest.mark.parametrize(("previous", "left"), [(None, "c"), ("root", "a")])
def test_answers_that_push_each_other_out_when_their_response_ends(previous, left):
    pair = Pair(limits=Limits(max_text_chars=120))
    pair.says(begin())
    for item, letter in (("a", "x"), ("b", "y"), ("c", "z")):
        pair.says(item_event("added", message(item)), created(message(item), previous))
        pair.says(part_event("content_part.added", item=item, part={"type": "audio"}))
        pair.says(part_event("audio_transcript.delta", item=item, delta=letter * 100))
    assert set(order(pair.client)) == {"a", "b", "c"}
    pair.says(done(status="cancelled"))
    assert order(pair.client) == order(pair.server) == [left]
    assert len(pair.client.conversation.get(left).transcript) == 100


def test_the_item_just_created_may_be_the_one_that_goes():
    pair = Pair(limits=Limits(max_items=2, max_text_chars=300))
    pair.says(created(message("a", role="user")))
    pair.asks({"type": "conversation.item.create", "previous_item_id": "root", "item": message("s", role="system")})
    pair.says(created(message("s", {"type": "input_text", "text": "x" * 400}, role="system")))
    assert order(pair.client) == order(pair.server) == ["a"]
    pair.says(created(message("b", {"type": "input_text", "text": "x" * 150}, role="user"), "a"))
    assert order(pair.client) == ["a", "b"], "what went counts no more"


def test_responses_are_bounded_in_characters():
    pair = Pair(limits=Limits(max_text_chars=400))
    for number in range(10):
        response, item = f"r{number}", f"a{number}"
        pair.says(*spoken("x" * 100, 20, response, item), *ended("x" * 100, response, item), done(response))
    for connection in pair.both():
        assert sum(response.text_chars for response in connection.responses.values()) <= 400
        assert list(connection.responses)[-1] == "r9"
    pair.says(*spoken("x" * 1000, 20, "big", "z"), *ended("x" * 1000, "big", "z"), done("big"))
    assert list(pair.client.responses) == ["big"], "the last one stays, however long it is"


def test_what_a_late_call_brings_counts():
    pair = Pair(limits=Limits(max_text_chars=400))
    pair.says(begin("r0"), done("r0"), begin(), item_event("added", MCP_CALL), done(), begin("r1"), done("r1"))
    assert list(pair.client.responses) == ["r0", "r", "r1"]
    pair.says(item_event("done", MCP_CALL | {"output": "x" * 500}))
    assert list(pair.client.responses) == list(pair.server.responses) == ["r1"]


def test_responses_that_are_never_done_are_bounded():
    client = Connection(CLIENT, limits=Limits(max_responses=2))
    for number in range(6):
        client.receive(encode_plain(begin(f"r{number}")))
    assert list(client.responses) == ["r3", "r4", "r5"]
    assert client.responses.active.id == "r5"


def test_an_item_id_used_again_belongs_to_the_later_response():
    client = Connection(CLIENT, limits=Limits(max_responses=1))
    for event in (
        *spoken("One", 20, "r1"),
        *ended("One", "r1"),
        done("r1"),
        *spoken("Two", 40, "r2"),
        part_event("audio.delta", "r2", delta=sound(20)),
    ):
        client.receive(encode_plain(event))
    assert client.responses["r1"].transcript == "One"
    assert client.responses["r2"].transcript == "Two"
    assert client.responses.audio_ms("a") == 60
    for event in (*ended("Two", "r2"), done("r2"), begin("r3"), done("r3")):
        client.receive(encode_plain(event))
    assert list(client.responses) == ["r3"]
    assert client.responses.audio_ms("a") == 0


def test_unanswered_updates_are_bounded():
    client = Connection(CLIENT, limits=Limits(max_calls=2))
    for number in range(4):
        client.send(SessionUpdate(session={"instructions": str(number)}))
    assert client.session.pending_updates == [{"instructions": "2"}, {"instructions": "3"}]


def test_retrieved_items_never_keep_their_audio():
    pair = Pair()
    part = {"type": "input_audio", "audio": sound(1000), "transcript": "Wann?"}
    pair.says(created(message("u", {"type": "input_audio", "transcript": None}, role="user")))
    pair.says({"type": "conversation.item.retrieved", "item": message("u", part, role="user")})
    pair.says(created(message("v", part, {"type": "input_text", "text": "hm"}, role="user")))
    for connection in pair.both():
        for item in connection.conversation.items:
            assert "audio" not in item.item.content[0]
            assert item.transcript == "Wann?"
            assert item.text_chars < 100


def test_audio_that_an_answer_carries_is_not_kept_either():
    part = {"type": "audio", "audio": sound(1000), "transcript": "Hi"}
    pair = Pair()
    pair.says(*spoken("Hi", 20))
    pair.says(*list(ended("Hi"))[:-1], item_event("done", message("a", part)), done())
    pair.says({"type": "conversation.item.retrieved", "item": message("a", part)})
    for connection in pair.both():
        for item in (connection.conversation.get("a").item, connection.responses["r"].items["a"].item):
            assert "audio" not in item.content[0]
            assert item.content[0].transcript == "Hi"
        assert connection.conversation.get("a").text_chars < 100
        assert connection.responses["r"].text_chars < 100


def test_what_is_reported_again_counts():
    client = Connection(CLIENT, limits=Limits(max_text_chars=1000))
    for event in (created(message("u", role="user")), *spoken("Hi", 20, previous="u"), *ended("Hi"), done()):
        client.receive(encode_plain(event))
    client.receive(encode_plain(item_event("added", message("a", {"type": "text", "text": "x" * 5000}))))
    assert order(client) == ["a"]


def test_metadata_and_the_reason_of_an_end_count():
    pair = Pair(limits=Limits(max_text_chars=100))
    for number in range(3):
        event = begin(f"r{number}")
        event["response"]["metadata"] = {"note": "x" * 90}
        pair.says(event, done(f"r{number}", status="failed", status_details={"type": "failed", "error": {"message": "y" * 30}}))
    assert list(pair.client.responses) == list(pair.server.responses) == ["r2"]


# Odd events


@pytest.mark.parametrize(
    "odd",
    [
        '{"type":"session.created","session":null}',
        '{"type":"session.updated"}',
        '{"type":"response.created"}',
        '{"type":"response.done","response":null}',
        '{"type":"response.done"}',
        '{"type":"response.audio.delta","response_id":"r","item_id":"a","output_index":0,"content_index":0}',
        '{"type":"response.output_item.added","response_id":"r","output_index":0,"item":{"type":["odd"],"id":"odd"}}',
        '{"type":"response.content_part.added","response_id":"r","item_id":"a","output_index":0,"content_index":7,"part":{"type":{}}}',
        '{"type":"conversation.item.created","item":{"id":"typeless"}}',
        '{"type":"conversation.item.created","item":{"type":"message","id":"odd","role":"user","content":[{"type":"odd","text":5}]}}',
        '{"type":"conversation.item.truncated","item_id":"a","content_index":0,"audio_end_ms":-5}',
        '{"type":"session.created","session":{"expires_at":1e300}}',
        '{"type":"response.cancel","response_id":"r"}',
        '{"type":"input_audio_buffer.append"}',
    ],
)
def test_odd_events_are_delivered_and_the_connection_goes_on(odd):
    client = Connection(CLIENT)
    for event in (READY, *spoken("Hi", 20)):
        client.receive(encode_plain(event))
    assert client.receive(odd).as_dict() == json.loads(odd)
    assert client.session.expires_at is None
    assert all(item.heard_ms >= 0 for item in client.conversation.items)
    for event in (*ended("Hi"), done()):
        client.receive(encode_plain(event))
    assert client.conversation.get("a").transcript == "Hi"


@pytest.mark.parametrize(
    "odd",
    [
        '{"type":"session.update"}',
        '{"type":"session.update","session":null}',
        '{"type":"input_audio_buffer.append"}',
        '{"type":"conversation.item.create"}',
        '{"type":"conversation.item.create","previous_item_id":"root","item":{"type":"message"}}',
        '{"type":"response.cancel","response_id":"nobody"}',
        '{"type":"response.audio.delta","delta":"AAAA"}',
    ],
)
def test_odd_events_of_a_client_are_delivered_and_the_server_goes_on(odd):
    server = Connection(SERVER)
    assert server.receive(odd).as_dict() == json.loads(odd)
    server.receive(b'{"type":"input_audio_buffer.append","audio":"AAAA"}')
    assert server.input_audio.buffer_bytes == 3


def test_a_status_of_a_newer_service_ends_a_response_like_any_other():
    pair = Pair()
    pair.says(begin(), done(status="handed_over"))
    for connection in pair.both():
        assert connection.responses["r"].status == "handed_over"
        assert connection.responses["r"].state is ResponseState.COMPLETED
        assert connection.responses.active is None
    with pytest.raises(LocalProtocolError, match=r"response\.done for the response 'q' in state IN_PROGRESS"):
        pair.says(begin("q"), done("q", status="in_progress"))


def test_a_stray_delta_does_not_take_the_place_of_the_active_response():
    client = Connection(CLIENT)
    for event in (*spoken("Hi", 20), part_event("audio.delta", "stray", "x", delta=sound(20))):
        client.receive(encode_plain(event))
    assert client.responses.active.id == "r"
    assert client.responses["stray"].audio_ms == 20
    client.receive(encode_plain(done("stray")))
    assert client.responses.active.id == "r"


def test_a_cancel_names_the_response_it_means():
    pair = Pair()
    pair.says(begin())
    pair.asks({"type": "response.cancel", "response_id": "nobody"})
    assert pair.client.responses["r"].state is ResponseState.IN_PROGRESS
    pair.asks({"type": "response.cancel", "response_id": "r"}, {"type": "response.cancel"})
    assert pair.server.responses["r"].state is ResponseState.CANCELLING
    pair.says(done(status="cancelled"))
    pair.asks({"type": "response.cancel", "response_id": "r"})
    assert pair.server.responses["r"].state is ResponseState.CANCELLED


# A server refuses to send what may not come now


def snapshot(connection):
    """Everything that a connection knows, as plain values."""
    return json.dumps(
        [
            connection.session.state.name,
            connection.session.config,
            connection.session.pending_updates,
            [connection.input_audio.state.name, connection.input_audio.speech.name, connection.input_audio.buffer_bytes],
            [
                [response.id, response.state.name, response.text_chars, response.audio_bytes, list(response.items)]
                for response in connection.responses.values()
            ],
            [[item.id, item.state.name, item.text_chars, item.heard_ms] for item in connection.conversation.items],
            [[name, state.name] for states in STATES(connection) for name, state in states.items()],
            list(connection.errors),
        ]
    )


def STATES(connection):  # noqa: N802 - reads as a constant of the connection
    return (connection.client_turns, connection.tool_lists, connection.tool_calls, connection.avatar)


ILLEGAL = [
    ({"type": "session.created", "session": {}}, "READY"),
    ({"type": "input_audio_buffer.speech_stopped", "audio_end_ms": 5, "item_id": "u"}, "SILENT"),
    (part_event("audio.delta", item="nobody", delta="AAAA"), None),
    (part_event("audio.delta", delta="AAAA"), "DONE"),
    (part_event("text.delta", delta="x"), "DONE"),
    (part_event("content_part.added", part={"type": "audio"}), "DONE"),
    (item_event("added", message("a")), "COMPLETED"),
    (item_event("done", message("nobody")), None),
    (begin(), "COMPLETED"),
    (done(), "COMPLETED"),
    (done("nobody"), None),
    (created(message("a")), "CREATED"),
    ({"type": "conversation.item.deleted", "item_id": "nobody"}, None),
    ({"type": "conversation.item.truncated", "item_id": "nobody", "content_index": 0, "audio_end_ms": 5}, None),
    ({"type": "conversation.item.retrieved", "item": message("nobody")}, None),
    ({"type": "conversation.item.input_audio_transcription.delta", "item_id": "u", "delta": "x"}, "COMPLETED"),
    ({"type": "mcp_list_tools.completed", "item_id": "l"}, "FAILED"),
    (mcp_state("completed"), "COMPLETED"),
    ({"type": "session.avatar.connecting", "server_sdp": "x"}, "OFF"),
]


@pytest.mark.parametrize(("illegal", "state"), ILLEGAL, ids=lambda value: value["type"] if isinstance(value, dict) else str(value))
def test_a_server_refuses_and_nothing_changes(illegal, state):
    pair = Pair()
    pair.says(created(message("u", role="user")), *spoken("Hi", 20), *ended("Hi"), done())
    pair.says({"type": "conversation.item.input_audio_transcription.completed", "item_id": "u", "content_index": 0, "transcript": "x"})
    pair.says({"type": "mcp_list_tools.failed", "item_id": "l"}, mcp_state("completed"))
    before = snapshot(pair.server)
    with pytest.raises(LocalProtocolError) as caught:
        pair.server.send(illegal)
    assert (caught.value.event_type, caught.value.state) == (illegal["type"], state)
    assert snapshot(pair.server) == before == snapshot(pair.client)
    with pytest.raises(UnexpectedEvent) as unexpected:
        pair.client.receive(encode_plain(illegal))
    assert unexpected.value.state == state
    assert snapshot(pair.client) == before


def test_after_the_end_nothing_may_be_sent():
    pair = Pair()
    pair.server.send_close(1001, "going away")
    pair.client.receive_close(1001, "going away")
    assert pair.client.session.state is pair.server.session.state is SessionState.CLOSED
    with pytest.raises(LocalProtocolError, match="closed"):
        pair.server.send({"type": "session.updated", "session": {}})


def test_what_was_on_its_way_when_one_side_closed_is_no_violation():
    pair = Pair()
    pair.client.send(update("a", temperature=0.7))
    pair.client.send_close()
    pair.client.receive(b'{"type":"session.updated","session":{"id":"s","temperature":0.7}}')
    assert pair.client.session.accepted == {"temperature": 0.7}
    pair.server.send_close(1001, "going away")
    pair.server.receive(b'{"type":"session.update","session":{"temperature":0.7}}')
    assert pair.client.session.state is pair.server.session.state is SessionState.CLOSED


@pytest.mark.parametrize("name", scenarios())
def test_frames_of_either_side_are_what_encode_makes_of_the_event(name):
    client, server = Connection(CLIENT), Connection(SERVER)
    for direction, wire_message in dialogue(name):
        sender, receiver = (client, server) if direction == "client" else (server, client)
        event = receiver.receive(sender.send(wire_message))
        assert json.loads(encode(event)) == wire_message


def test_an_item_done_twice_keeps_its_length_though_its_response_went():
    client = Connection(CLIENT, limits=Limits(max_text_chars=400))
    for event in (*spoken("Hi", 20), *ended("Hi"), done(), begin("q"), done("q")):
        client.receive(encode_plain(event))
    client.receive(encode_plain(item_event("done", message("a", {"type": "audio", "transcript": "Hi" * 200}))))
    assert list(client.responses) == ["q"]
    assert (client.conversation.get("a").audio_ms, client.conversation.get("a").transcript) == (20, "Hi" * 200)
    assert [violation.state for violation in client.violations] == ["DONE"]
