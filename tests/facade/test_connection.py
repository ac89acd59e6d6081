"""An open connection: receiving, sending, closing, cancelling; over sockets, and over a memory pair on asyncio and trio."""

import contextlib
import gc
import json
import logging
import sys
import weakref

import anyio
import pytest
from anyio.lowlevel import checkpoint

from voicelive import (
    ConcurrentReceive,
    ConnectionClosed,
    InvalidEvent,
    MalformedEvent,
    MalformedFrameRecord,
    ReceiveTimeout,
    models,
)
from voicelive._live_state import MAX_MALFORMED_FRAMES
from voicelive_proto import server_events

from .local_service import CLEARED, CREATED, connect_to, joined_in_memory, listen, local_service, run

BOTH = pytest.mark.parametrize("backend", ["asyncio", "trio"])
BAD = b'{"type":"session.created","session":{"tools":7}}'


async def all_types(connection):
    return [event.type async for event in connection]


# -- receiving


@BOTH
def test_recv_gives_events_and_state_follows(backend):
    async def main():
        connection, peer = joined_in_memory()
        await peer.send(CREATED)
        assert await connection.recv() == CREATED
        assert connection.state.session.id == "sess_1"
        assert connection.state.session.config["model"] == "gpt-realtime"

    run(main, backend=backend)


@BOTH
def test_recv_bytes_gives_the_frame_as_it_came_and_state_follows(backend):
    async def main():
        connection, peer = joined_in_memory()
        frame = b'{ "session": {"id": "sess_7"}, "type": "session.created" , "event_id": "e"}'
        await peer.send_frame(frame)
        assert await connection.recv_bytes() == frame
        assert connection.state.session.id == "sess_7"

    run(main, backend=backend)


def test_an_error_event_is_an_event():
    async def main():
        connection, peer = joined_in_memory()
        error = {"type": "error", "event_id": "e", "error": {"type": "server_error", "message": "no"}}
        await peer.send_frame(json.dumps(error))
        event = await connection.recv()
        assert isinstance(event, models.ServerEventError)
        assert event.as_dict() == error

    run(main)


def test_an_unknown_event_is_an_event():
    async def main():
        connection, peer = joined_in_memory()
        await peer.send_frame('{"type":"response.smell.delta","notes":["pine"]}')
        event = await connection.recv()
        assert isinstance(event, models.ServerEvent)
        assert event["notes"] == ["pine"]

    run(main)


def test_an_event_out_of_order_is_delivered_and_noted():
    async def main():
        connection, peer = joined_in_memory()
        await peer.send_frame(
            '{"type":"response.text.delta","event_id":"e","response_id":"r","item_id":"i","output_index":0,"content_index":0,"delta":"x"}'
        )
        assert (await connection.recv()).delta == "x"
        assert [violation.event_type for violation in connection.state.violations] == ["response.text.delta"]

    run(main)


def test_the_state_of_everything_is_at_hand():
    async def main():
        connection, peer = joined_in_memory()
        await connection.input_audio_buffer.append(audio=bytes(4800))
        assert connection.state.input_audio.buffer_bytes == 4800
        assert len(connection.state.responses) == 0
        assert list(connection.state.conversation.items) == []
        with pytest.raises(AttributeError):
            connection.state.session = None
        await peer.receive_frame()

    run(main)


@BOTH
def test_a_malformed_frame_is_an_error_of_recv_and_the_next_one_is_read(backend):
    async def main():
        connection, peer = joined_in_memory()
        await peer.send_frame(BAD)
        await peer.send(CREATED)
        with pytest.raises(MalformedEvent, match=r"session\.created: expected an array.* at \$\.session\.tools") as caught:
            await connection.recv()
        assert caught.value.event_type == "session.created"
        assert caught.value.path == "$.session.tools"
        assert caught.value.excerpt == BAD
        assert await connection.recv() == CREATED

    run(main, backend=backend)


@BOTH
def test_a_malformed_frame_is_passed_over_in_iteration_and_recorded(backend, caplog):
    async def main():
        connection, peer = joined_in_memory()
        for frame in (BAD, b"no JSON", b"[]", b'{"type":7}'):
            await peer.send_frame(frame)
        await peer.send(CREATED)
        async for event in connection:
            assert event == CREATED
            break
        assert connection.malformed_frames[0] == MalformedFrameRecord(
            problem="expected an array, got number", path="$.session.tools", event_type="session.created", excerpt=BAD
        )
        assert [record.excerpt for record in connection.malformed_frames[1:]] == [b"no JSON", b"[]", b'{"type":7}']

    with caplog.at_level(logging.WARNING, "voicelive"):
        run(main, backend=backend)
    assert len(caplog.records) == 4
    assert "$.session.tools" in caplog.text


def test_of_a_long_malformed_frame_only_the_start_is_kept_and_logged(caplog):
    async def main():
        connection, peer = joined_in_memory()
        for number in range(MAX_MALFORMED_FRAMES + 5):
            await peer.send_frame(f"no JSON {number} {'x' * 5000} the end")
            await peer.send(CLEARED)
            await connection.__anext__()
        assert len(connection.malformed_frames) == MAX_MALFORMED_FRAMES
        assert connection.malformed_frames[-1].excerpt.startswith(b"no JSON 36 x")
        assert all(len(record.excerpt) <= 120 for record in connection.malformed_frames)

    run(main)
    assert "the end" not in caplog.text


def test_recv_bytes_gives_a_malformed_frame_too_and_records_it():
    async def main():
        connection, peer = joined_in_memory()
        await peer.send_frame(b"no JSON")
        assert await connection.recv_bytes() == b"no JSON"
        assert [record.path for record in connection.malformed_frames] == ["$"]

    run(main)


def test_a_malformed_frame_over_a_socket():
    async def talk(peer):
        await peer.send_frame(b"{")
        await peer.send(CREATED)
        await peer.receive_all()

    async def main():
        async with local_service(talk) as service, connect_to(service.url) as connection:
            with pytest.raises(MalformedEvent):
                await connection.recv()
            assert await connection.recv() == CREATED

    run(main)


@BOTH
def test_a_second_recv_is_a_named_error_and_harms_nothing(backend):
    async def main():
        connection, peer = joined_in_memory()
        got = []

        async def first():
            got.append(await connection.recv())

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(first)
            await anyio.wait_all_tasks_blocked()
            for receive in (connection.recv, connection.recv_bytes, connection.__anext__):
                with pytest.raises(ConcurrentReceive, match=r"use events\(\) to receive in several tasks"):
                    await receive()
            await peer.send(CREATED)
        assert got == [CREATED]

    run(main, backend=backend)


@BOTH
def test_a_cancelled_recv_loses_nothing(backend):
    async def main():
        connection, peer = joined_in_memory()
        for receive in (connection.recv, connection.recv_bytes, connection.__anext__):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(receive)
                await anyio.wait_all_tasks_blocked()
                tasks.cancel_scope.cancel()
            await peer.send(CLEARED)
            assert await connection.recv() == CLEARED

    run(main, backend=backend)


def test_a_cancelled_recv_loses_nothing_over_a_socket():
    events = [server_events.InputAudioBufferCleared(event_id=f"e{number}") for number in range(200)]

    async def talk(peer):
        await peer.send(CREATED)
        for event in events:
            await peer.send(event)
            await checkpoint()
        await peer.receive_all()

    async def main():
        got = []
        async with local_service(talk) as service, connect_to(service.url) as connection:
            while len(got) < 1 + len(events):
                with anyio.move_on_after(0):
                    got.append(await connection.recv())
                if len(got) < 1 + len(events):
                    got.append(await connection.recv())
        assert got == [CREATED, *events]

    run(main)


@BOTH
def test_receive_timeout_goes_on(backend):
    async def main():
        connection, peer = joined_in_memory(receive_timeout=0.01)
        for receive in (connection.recv, connection.recv_bytes, connection.__anext__):
            with pytest.raises(ReceiveTimeout, match="receive_timeout") as caught:
                await receive()
            assert isinstance(caught.value, TimeoutError)
        await peer.send(CREATED)
        event = None
        while event is None:  # on a busy machine it may time out again
            with contextlib.suppress(ReceiveTimeout):
                event = await connection.recv()
        assert event == CREATED

    run(main, backend=backend)


# -- sending


@BOTH
def test_send_takes_an_event_or_a_mapping(backend):
    async def main():
        connection, peer = joined_in_memory()
        message = {"type": "response.cancel", "response_id": "r"}
        await connection.send(models.ClientEventResponseCancel(response_id="r"))
        await connection.send(message)
        await connection.send({"type": "preview.event", "new": [1]})
        frames = [json.loads(await peer.receive_frame()) for _ in range(3)]
        assert frames == [message, message, {"type": "preview.event", "new": [1]}]

    run(main, backend=backend)


@pytest.mark.parametrize(
    ("event", "message", "kind"),
    [
        ('{"type":"response.create"}', "an event is a ClientEvent or a mapping with a 'type', not str", None),
        (None, "not NoneType", None),
        ({}, "an event needs a string 'type', such as 'response.create'; got None", None),
        ({"type": "session.update", "session": {"tools": 7}}, r"session\.update: .* at \$\.session\.tools", "session.update"),
        (CREATED, "session.created is not an event that a client sends", "session.created"),
        ({"type": "input_audio_buffer.append", "audio": "?"}, "not base64", "input_audio_buffer.append"),
        ({"type": "preview.event", "new": object()}, "cannot send a object as JSON", "preview.event"),
    ],
)
def test_events_that_may_not_be_sent(event, message, kind):
    async def main():
        connection, peer = joined_in_memory()
        with pytest.raises(InvalidEvent, match=message) as caught:
            await connection.send(event)
        assert isinstance(caught.value, ValueError)
        assert caught.value.event_type == kind
        assert caught.value.__cause__ is not None
        await connection.input_audio_buffer.clear()
        assert json.loads(await peer.receive_frame()) == {"type": "input_audio_buffer.clear"}

    run(main)


def test_sends_from_many_tasks_arrive_whole_each_tasks_in_its_order():
    async def main():
        async with local_service() as service:
            async with connect_to(service.url) as connection:

                async def speak(name):
                    for number in range(50):
                        await connection.response.create(event_id=f"{name}-{number}", additional_instructions=name * 10_000)

                async with anyio.create_task_group() as tasks:
                    for name in "abcdefgh":
                        tasks.start_soon(speak, name)
            peer, _ = await service.finished()
        ids = [message["event_id"] for message in peer.messages()]
        assert len(ids) == 400
        for name in "abcdefgh":
            assert [each for each in ids if each[0] == name] == [f"{name}-{number}" for number in range(50)]

    run(main)


@BOTH
def test_a_cancelled_send_harms_nothing(backend):
    async def main():
        connection, peer = joined_in_memory(max_backlog_bytes=100)
        await connection.input_audio_buffer.append(audio=bytes(200))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(connection.response.create)
            await anyio.wait_all_tasks_blocked()
            tasks.cancel_scope.cancel()
        assert json.loads(await peer.receive_frame())["type"] == "input_audio_buffer.append"
        await connection.input_audio_buffer.commit()
        assert json.loads(await peer.receive_frame())["type"] == "input_audio_buffer.commit"

    run(main, backend=backend)


# -- closing

ENDS = [
    pytest.param(1000, "done", True, id="1000"),
    pytest.param(1001, "session_expired", True, id="1001"),
    pytest.param(1008, "policy", False, id="1008"),
    pytest.param(1011, "internal", False, id="1011"),
    pytest.param(4000, "", False, id="4000"),
    pytest.param(1006, None, False, id="1006"),
]


def ending_with(code, reason):
    async def talk(peer):
        await peer.send(CREATED)
        if code == 1006:
            peer.websocket.transport.abort()
        else:
            await peer.websocket.close(code, reason)

    return talk


def check_end(connection, closed, code, reason):
    assert closed.code == code == connection.close_code
    assert closed.reason == connection.close_reason
    assert reason is None or closed.reason == reason
    assert f"closed with code {code}: " in str(closed)


@pytest.mark.parametrize(("code", "reason", "quiet"), ENDS)
def test_how_recv_and_iteration_end_when_the_service_closes(code, reason, quiet):
    async def main():
        async with local_service(ending_with(code, reason)) as service, connect_to(service.url) as connection:
            if quiet:
                assert await all_types(connection) == ["session.created"]
                assert await all_types(connection) == []
            else:
                assert await connection.__anext__() == CREATED
                for _ in range(2):
                    with pytest.raises(ConnectionClosed) as caught:
                        await connection.__anext__()
                    check_end(connection, caught.value, code, reason)
            for receive in (connection.recv, connection.recv_bytes):
                with pytest.raises(ConnectionClosed) as caught:
                    await receive()
                check_end(connection, caught.value, code, reason)
            with pytest.raises(ConnectionClosed) as caught:
                await connection.response.create()
            check_end(connection, caught.value, code, reason)

    run(main)


@BOTH
@pytest.mark.parametrize("code", [1000, 1001, 1011, 4000])
def test_how_they_end_in_memory(code, backend):
    async def main():
        connection, peer = joined_in_memory()
        assert (connection.close_code, connection.close_reason) == (None, None)
        await peer.close(code, "why")
        if code < 1002:
            assert await all_types(connection) == []
        else:
            with pytest.raises(ConnectionClosed, match=f"code {code}: why"):
                await all_types(connection)
        assert (connection.close_code, connection.close_reason) == (code, "why")
        assert repr(connection) == f"<VoiceLiveConnection memory: closed with code {code}>"

    run(main, backend=backend)


def test_a_send_learns_of_the_end_before_any_recv():
    async def main():
        connection, peer = joined_in_memory()
        peer.drop()
        with pytest.raises(ConnectionClosed) as caught:
            await connection.response.create()
        assert caught.value.code == 1006

    run(main)


def test_a_message_that_is_too_big_ends_with_1009_and_says_what_to_raise():
    async def talk(peer):
        await peer.send_frame(json.dumps({"type": "x", "blob": "y" * 2000}))
        await peer.receive_all()

    async def main():
        async with local_service(talk) as service, connect_to(service.url, connection_options={"max_msg_size": 1000}) as connection:
            with pytest.raises(ConnectionClosed, match="raise max_msg_size in connection_options") as caught:
                await connection.recv()
            assert caught.value.code == 1009

    run(main)


@pytest.mark.parametrize(("code", "reason"), [(1000, ""), (1000, "bye"), (4001, "own"), (1011, "broken")])
def test_our_own_close_arrives_and_ends_the_iteration_quietly(code, reason):
    async def main():
        async with local_service() as service:
            async with connect_to(service.url) as connection:
                await connection.recv()
                await connection.close(code=code, reason=reason)
                assert (connection.close_code, connection.close_reason) == (code, reason)
                assert await all_types(connection) == []
                with pytest.raises(ConnectionClosed) as caught:
                    await connection.recv()
                check_end(connection, caught.value, code, reason)
                with pytest.raises(ConnectionClosed):
                    await connection.response.create()
                await connection.close()
                assert connection.close_code == code
            _, arrived = await service.finished()
        assert arrived == (code, reason)

    run(main)


def test_without_arguments_close_is_1000():
    async def main():
        connection, peer = joined_in_memory()
        await connection.close()
        assert await peer.closed() == (1000, "")

    run(main)


def test_close_while_an_iteration_waits():
    async def main():
        async with local_service() as service, connect_to(service.url) as connection:
            seen = []

            async def iterate():
                seen.extend(await all_types(connection))
                seen.append("end")

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(iterate)
                await anyio.wait_all_tasks_blocked()
                await connection.close(code=4000)
            assert seen[-1] == "end"

    run(main)


@BOTH
@pytest.mark.parametrize(
    ("arguments", "error"),
    [({"code": 1006}, ValueError), ({"code": "1000"}, TypeError), ({"reason": "x" * 200}, ValueError), ({"reason": b"x"}, TypeError)],
)
def test_a_close_that_cannot_be_sent_changes_nothing(arguments, error, backend):
    async def main():
        connection, peer = joined_in_memory()
        with pytest.raises(error):
            await connection.close(**arguments)
        await connection.input_audio_buffer.commit()
        await peer.receive_frame()
        await peer.close(1011, "broken")
        with pytest.raises(ConnectionClosed):
            await all_types(connection)

    run(main, backend=backend)


def test_close_after_the_service_failed_does_not_hide_that():
    async def main():
        connection, peer = joined_in_memory()
        await peer.close(1011, "broken")
        await connection.close()
        with pytest.raises(ConnectionClosed, match="code 1011: broken"):
            await all_types(connection)

    run(main)


def test_the_session_is_closed_in_the_state_too():
    async def main():
        for ours in (True, False):
            connection, peer = joined_in_memory()
            if ours:
                await connection.close()
            else:
                await peer.close()
                await all_types(connection)
            assert connection.state.session.state.name == "CLOSED"

    run(main)


def test_transport_info_and_repr_say_where_without_the_query():
    async def main():
        async with local_service(listen) as service, connect_to(service.url, query={"secret": "sesame"}) as connection:
            url = f"ws://127.0.0.1:{service.port}/voice-live/realtime"
            assert connection.transport_info.url == url
            assert connection.transport_info.adapter in ("picows", "aiohttp", "websockets")
            assert repr(connection) == f"<VoiceLiveConnection {url} open>"

    run(main)


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="counts on CPython's collector")
def test_a_malformed_frame_is_not_held_in_memory():
    """Neither the record nor anything else keeps the error, whose traceback holds the frame."""

    async def main():
        connection, peer = joined_in_memory()
        await peer.send_frame(b"no JSON")
        with pytest.raises(MalformedEvent) as caught:
            await connection.recv()
        error = weakref.ref(caught.value.__cause__)
        del caught
        gc.collect()
        assert error() is None
        assert len(connection.malformed_frames) == 1

    run(main)
