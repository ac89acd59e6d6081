"""Corners of the facade that no other test needs."""

import gc

import pytest

from voicelive import connect, models
from voicelive_proto import server_events
from voicelive_proto._codec import encode
from voicelive_proto.lint import lint
from voicelive_proto.resume import resume_plan

from .local_service import joined_in_memory, run


def test_no_credential_is_looked_for_in_the_environment(monkeypatch):
    monkeypatch.setenv("AZURE_VOICELIVE_API_KEY", "key\n")
    with pytest.raises(ValueError, match="a key read from a file may end in a line break"):
        connect(credential=None, endpoint="https://h", model="m")


@pytest.mark.parametrize("delta", [None, 7])
def test_a_piece_of_text_is_text(delta):
    async def main():
        connection, _ = joined_in_memory()
        with pytest.raises(TypeError, match="delta must be a str"):
            await connection.input_text.delta(id="i", delta=delta)

    run(main)


def test_the_state_shows_itself_in_short():
    async def main():
        connection, peer = joined_in_memory()
        assert repr(connection.state) == "<ConnectionState session None CONNECTING, 0 items, 0 responses>"
        await peer.transport.send(b'{"type":"session.created","session":{"id":"s","model":"gpt-realtime"}}')
        await connection.recv()
        assert repr(connection.state) == "<ConnectionState session s READY, 0 items, 0 responses>"

    run(main)


def test_rules_and_resume_plan_take_the_core_of_a_connection():
    async def main():
        connection, peer = joined_in_memory()
        await peer.transport.send(b'{"type":"session.created","session":{"id":"s","model":"gpt-realtime"}}')
        await connection.recv()
        await connection.session.update(session={"voice": "alloy"})
        assert [event.type for event in resume_plan(connection.core).events] == ["session.update"]
        (finding,) = lint({"type": "session.update", "session": {"parallel_tool_calls": True}}, connection=connection.core)
        assert finding.rule == "parallel-tool-calls-model"

    run(main)


def test_the_log_says_once_what_the_service_is_known_to_refuse(caplog):
    async def main():
        connection, peer = joined_in_memory()
        await peer.transport.send(b'{"type":"session.created","session":{"id":"s","model":"gpt-realtime"}}')
        await connection.recv()
        for _ in range(2):
            await connection.session.update(session={"temperatur": 0.7})
        await connection.response.create(response={"modalities": ["audio"]})
        await connection.session.update(session={"voice": "alloy"})
        await connection.conversation.item.create(item={"type": "message", "role": "user", "content": "Hello"})
        await connection.send({"type": "response.creat"})
        await connection.send({"type": "input_audio_buffer.append", "audio": "AAAAAA==", "event": "e"})
        await connection.send({"type": "input_audio_buffer.commit"})
        assert b"temperatur" in await peer.receive_frame()

    run(main)
    lines = [record.getMessage() for record in caplog.records]
    assert len([line for line in lines if "did you mean 'temperature'" in line]) == 1
    assert any(line.startswith("response.create, as the service's rules are known: ") for line in lines)
    assert all("alloy" not in line for line in lines)
    assert any("conversation.item.create" in line and "content is a list of parts" in line for line in lines)
    assert any("did you mean 'response.create'?" in line for line in lines)
    assert any("input_audio_buffer.commit" in line and "0 ms" in line for line in lines), "the connection knows what was appended"
    assert len(lines) == 5  # on audio, which comes often, there is no advice


def test_a_log_that_is_off_asks_for_no_advice(caplog):
    caplog.set_level("ERROR", logger="voicelive")

    async def main():
        connection, _ = joined_in_memory()
        await connection.session.update(session={"temperatur": 0.7})

    run(main)
    assert not caplog.records


def test_an_expectation_that_is_met_looks_no_further():
    async def main():
        connection, peer = joined_in_memory()
        for name in ("a", "b"):
            await peer.send(server_events.InputAudioBufferCleared(event_id=name))
        with connection.events() as everything:
            first = await connection.wait_for(models.ServerEventInputAudioBufferCleared)
            assert first.event_id == "a"
            assert [(await everything.next()).event_id for _ in range(2)] == ["a", "b"]

    run(main)


def test_events_of_a_response_without_an_id_or_with_nothing_in_them_disturb_no_request():
    async def main():
        connection, peer = joined_in_memory()
        handle = await connection.response.create()
        await peer.transport.send(b'{"type":"response.created","response":{"status":"in_progress"}}')
        await peer.transport.send(b'{"type":"error","error":null}')
        created = server_events.ResponseCreated(event_id="e", response=models.Response(id="r", status="in_progress"))
        await peer.transport.send(encode(created))
        assert await handle.created() == "r"

    run(main)


def test_a_request_whose_handle_is_gone_is_refused_in_silence():
    async def main():
        connection, peer = joined_in_memory()
        await connection.response.create(event_id="gone")
        gc.collect()
        error = {"type": "invalid_request_error", "message": "no", "event_id": "gone"}
        await peer.transport.send(encode(server_events.Error.from_dict({"type": "error", "event_id": "e", "error": error})))
        assert (await connection.recv()).type == "error"
        assert not connection._reader.shared

    run(main)
