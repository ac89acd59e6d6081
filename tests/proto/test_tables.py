"""Every (state, event) pair of every table, through real connections of both roles."""

import pytest

from voicelive_proto import CLIENT, CLIENT_EVENTS, SERVER, SERVER_EVENTS, Connection, LocalProtocolError, UnexpectedEvent
from voicelive_proto._state import tables
from voicelive_proto._state.base import Row

ALL_EVENTS = [*CLIENT_EVENTS.values(), *SERVER_EVENTS.values()]
STATES = {
    "session": tables.SessionState,
    "input audio buffer": tables.BufferState,
    "speech": tables.SpeechState,
    "response": tables.ResponseState,
    "output item": tables.PartState,
    "content part": tables.PartState,
    "conversation item": tables.ItemState,
    "transcription": tables.TranscriptionState,
    "client turn": tables.TurnState,
    "tool list": tables.ToolState,
    "tool call": tables.ToolState,
    "avatar": tables.AvatarState,
}
MADE_BY_AN_EVENT = {
    "response",
    "output item",
    "content part",
    "conversation item",
    "transcription",
    "client turn",
    "tool list",
    "tool call",
}


@pytest.mark.parametrize("entity", tables.TABLES)
def test_a_table_has_a_row_for_every_state_and_leads_only_to_its_own(entity):
    table = tables.TABLES[entity]
    states = set(STATES[entity])
    if entity in MADE_BY_AN_EVENT:
        states |= {None}
    assert set(table) == states
    assert all(repr(state) == f"{STATES[entity].__name__}.{state.name}" for state in STATES[entity])
    for row in table.values():
        assert set(row.values()) <= set(STATES[entity])


PAIRS = [(entity, state, event) for entity, table in tables.TABLES.items() for state in table for event in ALL_EVENTS]


@pytest.mark.parametrize(("entity", "state", "event"), PAIRS, ids=lambda value: getattr(value, "__name__", str(value)))
def test_every_pair_is_allowed_or_refused_with_a_reason(entity, state, event):
    table = tables.TABLES[entity]
    row = Row(entity, table, state, "x")
    allowed = event in table[state] or any(isinstance(key, tuple) and key[0] is event for key in table[state])
    if allowed:
        columns = [event] if event in table[state] else [(event, status) for status in ("completed", "cancelled", "failed", "incomplete")]
        assert all(row.allows(column) for column in columns)
    else:
        assert not row.allows(event)
        sentence = row.refusal({"type": event.type})
        assert event.type in sentence
        assert entity in sentence
        assert ("does not exist" if state is None else state.name) in sentence


SESSION = {"type": "session.created", "session": {"id": "s"}}
PART = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}
MESSAGE = {"type": "message", "id": "i", "role": "assistant", "content": [], "status": "in_progress"}
STEPS = {
    "created": {"type": "response.created", "response": {"id": "r", "status": "in_progress"}},
    "item added": {"type": "response.output_item.added", "response_id": "r", "output_index": 0, "item": MESSAGE},
    "part added": {"type": "response.content_part.added", **PART, "part": {"type": "audio"}},
    "audio": {"type": "response.audio.delta", **PART, "delta": "AAAA"},
    "transcript": {"type": "response.audio_transcript.delta", **PART, "delta": "Hi"},
    "audio done": {"type": "response.audio.done", **PART},
    "transcript done": {"type": "response.audio_transcript.done", **PART, "transcript": "Hi."},
    "part done": {"type": "response.content_part.done", **PART, "part": {"type": "audio", "transcript": "Hi."}},
    "item done": {"type": "response.output_item.done", "response_id": "r", "output_index": 0, "item": MESSAGE | {"status": "completed"}},
    "done": {"type": "response.done", "response": {"id": "r", "status": "completed"}},
}
ILLEGAL_AFTER = [
    ((), "audio", None),
    ((), "item added", None),
    ((), "done", None),
    (("created",), "created", "IN_PROGRESS"),
    (("created",), "part done", None),
    (("created", "item added"), "item added", "ADDED"),
    (("created", "item added"), "audio", None),
    (("created", "item added", "part added", "part done"), "audio", "DONE"),
    (("created", "item added", "part added", "part done"), "transcript", "DONE"),
    (("created", "item added", "item done"), "item done", "DONE"),
    (("created", "done"), "done", "COMPLETED"),
]


@pytest.mark.parametrize(("before", "step", "state"), ILLEGAL_AFTER)
def test_a_server_may_not_send_out_of_order_and_nothing_moves(before, step, state):
    server = Connection(SERVER)
    for name in before:
        server.send(STEPS[name])
    shown = [(response.state, response.audio_bytes, response.transcript) for response in server.responses.values()]
    with pytest.raises(LocalProtocolError, match=STEPS[step]["type"]) as caught:
        server.send(STEPS[step])
    if state is not None or step != "item added":
        assert caught.value.state == state
    assert [(response.state, response.audio_bytes, response.transcript) for response in server.responses.values()] == shown


@pytest.mark.parametrize(("before", "step", "state"), ILLEGAL_AFTER)
def test_a_client_repairs_and_records_what_comes_out_of_order(before, step, state):
    client, strict = Connection(CLIENT), Connection(CLIENT, strict=True)
    careless = Connection(SERVER, track=False)
    frames = [careless.send(STEPS[name]) for name in before]
    for frame in frames:
        client.receive(frame)
        strict.receive(frame)
    event = client.receive(careless.send(STEPS[step]))
    assert event.type == STEPS[step]["type"]
    (violation,) = client.violations
    assert (violation.event_type, violation.state) == (event.type, state)
    assert "r" in client.responses
    with pytest.raises(UnexpectedEvent) as caught:
        strict.receive(careless.send(STEPS[step]))
    assert caught.value.reply["code"] == "invalid_event"
