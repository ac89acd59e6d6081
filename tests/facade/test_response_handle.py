"""Handles of responses: against the local server, and against a scripted service where responses race."""

import gc
import json
import warnings

import anyio
import pytest
from azure.core.credentials import AzureKeyCredential

from voicelive import ConnectionClosed, InvalidEvent, RequestRefused, ResponseActive, ResponseFailed, connect
from voicelive.emulator import Turn, serve
from voicelive_proto import server_events
from voicelive_proto._codec import encode
from voicelive_proto.items import ResponseMessageItem
from voicelive_proto.responses import Response, ResponseCreateParams
from voicelive_proto.session import ResponseSession

from .local_service import CREATED, joined_in_memory, run

BOTH = pytest.mark.parametrize("backend", ["asyncio", "trio"])
TEXT_ONLY = {"modalities": ["text"]}


async def answer(turn: Turn) -> str:
    return f"You said {turn.text}. That is all."


def to(server, **arguments):
    return connect(endpoint=server.url, credential=AzureKeyCredential("k"), model="gpt-realtime", **arguments)


async def say(connection, text):
    await connection.conversation.item.create(item={"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]})


def created(response_id, **fields):
    return server_events.ResponseCreated(event_id="e", response=Response(id=response_id, status="in_progress", **fields))


def done(response_id, status="completed", **fields):
    return server_events.ResponseDone(event_id="e", response=Response(id=response_id, status=status, output=[], **fields))


def text(response_id, delta, item_id="i"):
    return server_events.ResponseTextDelta(
        event_id="e", response_id=response_id, item_id=item_id, output_index=0, content_index=0, delta=delta
    )


def refusal(event_id, code="conversation_already_has_active_response", param="p"):
    body = {"type": "invalid_request_error", "code": code, "message": "one is active", "param": param, "event_id": event_id}
    return server_events.Error.from_dict({"type": "error", "event_id": "e", "error": body})


class Scripted:
    """A connection over memory, and the service's side of it without rules."""

    def __init__(self, **settings):
        self.connection, self.peer = joined_in_memory(**settings)
        self.create = self.connection.response.create

    async def sends(self, *events):
        for event in events:
            await self.peer.transport.send(encode(event))


# -- a whole response


def test_text_as_it_comes_and_at_its_end():
    async def main():
        async with serve(responder=answer, pace=None) as server, to(server) as connection:
            await connection.session.update(session=TEXT_ONLY)
            await say(connection, "hello")
            handle = await connection.response.create()
            assert (handle.id, handle.status, handle.ended) == (None, None, False)
            pieces = [piece async for piece in handle.text_deltas()]
            response = await handle
            assert "".join(pieces) == handle.text == "You said hello. That is all."
            assert (response.id, response.status) == (handle.id, "completed")
            assert response == handle.response
            assert handle.usage == response.usage
            assert handle.usage.output_tokens > 0
            assert connection.state.responses[handle.id].text == handle.text
            events = [event.type async for event in handle]
            assert (events[0], events[-1]) == ("response.created", "response.done")
            assert "completed" in repr(handle)

    run(main)


def test_audio_and_its_transcript_in_two_tasks_while_the_connection_is_iterated():
    async def main():
        got = {}

        async def collect(name, pieces):
            got[name] = [piece async for piece in pieces]

        async def listen(connection):
            got["seen"] = [event.type async for event in connection]

        async with serve(responder=answer, pace=None) as server, to(server) as connection:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(listen, connection)
                await say(connection, "hello")
                handle = await connection.response.create()
                tasks.start_soon(collect, "audio", handle.audio_chunks())
                tasks.start_soon(collect, "transcript", handle.transcript_deltas())
                await handle.done()
                await connection.close()
            assert b"".join(got["audio"]) == handle.audio
            assert len(handle.audio) == connection.state.responses[handle.id].audio_bytes > 48_000
            assert "".join(got["transcript"]) == handle.transcript == "You said hello. That is all."
            assert got["seen"].count("response.audio.delta") == len(got["audio"])
            assert got["seen"][-1] == "response.done"

    run(main)


def test_create_still_works_for_those_who_iterate():
    async def main():
        async with serve(responder=answer, pace=None) as server, to(server) as connection:
            await connection.session.update(session=TEXT_ONLY)
            await say(connection, "hello")
            await connection.response.create()
            async for event in connection:
                if event.type == "response.done":
                    break
            assert not connection._reader.shared  # nothing is kept for a handle that nobody holds
            assert connection.state.responses[event.response.id].text == "You said hello. That is all."

    run(main)


def test_cancel():
    async def main():
        async with serve(responder=answer) as server, to(server) as connection:
            await say(connection, "a long story, a very long story indeed")
            handle = await connection.response.create()
            async for _ in handle.audio_chunks():
                await handle.cancel()
                break
            assert (await handle).status == "cancelled"
            await handle.cancel()  # no more to cancel: nothing is sent
            assert connection.state.responses.active is None

    run(main)


@BOTH
def test_a_part_that_comes_without_deltas_is_one_piece(backend):
    async def main():
        scripted = Scripted()
        handle = await scripted.create()
        whole = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}
        await scripted.sends(
            created("r"),
            server_events.ResponseTextDone(event_id="e", text="all at once", **whole),
            server_events.ResponseAudioTranscriptDone(event_id="e", transcript="spoken", **whole),
            done("r"),
        )
        await handle
        assert (handle.text, handle.transcript) == ("all at once", "spoken")

    run(main, backend=backend)


def test_what_is_left_before_its_end_is_no_fault_of_a_program():
    """Trio warns of generators that are left behind, not exhausted."""

    async def main():
        scripted = Scripted()
        handle = await scripted.create()
        await scripted.sends(created("r"), text("r", "one"), text("r", "two"), done("r"))
        for pieces in (handle.text_deltas(), handle):
            async for _ in pieces:
                break
        del pieces
        gc.collect()
        assert (await handle).id == "r"

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        run(main, backend="trio")
    assert [str(warning.message) for warning in said] == []


def test_output_is_a_list_at_any_time():
    async def main():
        scripted = Scripted()
        handle = await scripted.create()
        assert handle.output == []
        item = ResponseMessageItem(id="i", role="assistant", content=[], status="completed")
        await scripted.sends(
            created("r"), server_events.ResponseDone(event_id="e", response=Response(id="r", status="completed", output=[item]))
        )
        assert await handle.created() == "r"
        assert handle.output == []
        await handle
        assert handle.output == [item]

    run(main)


def test_settings_beside_response_are_refused_by_name():
    async def main():
        with pytest.raises(TypeError, match=r"'instructions'; a setting goes into response=\{'instructions': ...\}"):
            await Scripted().create(instructions="x")

    run(main)


# -- which response is whose


@BOTH
def test_two_requests_get_their_own_answers_in_order(backend):
    async def main():
        scripted = Scripted()
        first, second = await scripted.create(), await scripted.create(event_id="mine")
        assert (first.event_id, second.event_id) == ("response_create_1", "mine")
        await scripted.sends(created("r1"), text("r1", "one"), done("r1"), created("r2"), text("r2", "two"), done("r2"))
        assert (await second).id == "r2"
        assert (await first).id == "r1"
        assert (first.text, second.text) == ("one", "two")

    run(main, backend=backend)


@BOTH
def test_a_request_that_nobody_holds_still_has_its_turn(backend):
    async def main():
        scripted = Scripted()
        await scripted.create()
        gc.collect()
        held = await scripted.create()
        await scripted.sends(created("r1"), done("r1"), created("r2"), text("r2", "two"), done("r2"))
        assert (await held).id == "r2"

    run(main, backend=backend)


@BOTH
@pytest.mark.parametrize("named", ["its own", None, ""])
def test_a_refusal_is_raised_with_the_services_words(backend, named):
    async def main():
        scripted = Scripted()
        handle = await scripted.create()
        await scripted.sends(refusal(handle.event_id if named else named))
        for wait in (handle.cancel, *[handle.done] * 10, handle.created, lambda: anext(aiter(handle.text_deltas()))):
            with pytest.raises(RequestRefused, match="one is active") as caught:
                await wait()
            assert len(caught.traceback) < 10  # each is raised anew, or it would keep the frames of all before
        error = caught.value
        assert (error.type, error.code, error.param, error.event_id) == (
            "invalid_request_error",
            "conversation_already_has_active_response",
            "p",
            handle.event_id,
        )
        assert "refused" in repr(handle)
        assert (await scripted.connection.recv()).type == "error"  # it is an event all the same

    run(main, backend=backend)


@BOTH
def test_an_error_about_something_else_refuses_nothing(backend):
    async def main():
        scripted = Scripted()
        handle = await scripted.create()
        await scripted.sends(refusal("other"), refusal(None, code="invalid_value"), created("r"), done("r"))
        assert (await handle).id == "r"

    run(main, backend=backend)


@BOTH
@pytest.mark.parametrize("event_id", [None, ""])
@pytest.mark.parametrize(("code", "param"), [("x", None), (None, None), ("invalid_value", "response.modalities[0]"), ("x", "")])
def test_an_error_that_names_nothing_refuses_the_request_that_waits(backend, event_id, code, param):
    async def main():
        scripted = Scripted(when_response_active="queue")
        first = await scripted.create()
        await scripted.sends(refusal(event_id, code=code, param=param))
        with pytest.raises(RequestRefused):
            await first
        with anyio.fail_after(5):
            second = await scripted.create()
        await scripted.sends(created("r"), text("r", "Hello."), done("r"))
        assert (await second).id == "r"
        assert (first.text, second.text) == ("", "Hello.")

    run(main, backend=backend)


ELSEWHERE = [
    ("input_audio_buffer_commit_empty", None),
    ("response_cancel_not_active", None),
    ("item_truncate_invalid_item_id", None),
    ("unsupported_content_type", None),
    ("invalid_ec_channels_format", None),
    ("invalid_value", "session.temperature"),
    ("invalid_value", "response_id"),
    ("missing_required_parameter", "item.content"),
]


@pytest.mark.parametrize(("code", "param"), ELSEWHERE)
def test_an_error_that_is_surely_about_something_else_refuses_nothing(code, param):
    async def main():
        scripted = Scripted()
        handle = await scripted.create()
        await scripted.sends(refusal(None, code=code, param=param), created("r"), done("r"))
        assert (await handle).id == "r"

    run(main)


@pytest.mark.parametrize("answer", ["updated", "named", "param", "unnamed"])
def test_an_error_that_names_nothing_is_about_the_session_update_that_was_asked_for_before(answer):
    async def main():
        scripted = Scripted()
        answers = {
            "updated": server_events.SessionUpdated(event_id="e", session=ResponseSession(id="s")),
            "named": refusal("mine", code="x"),
            "param": refusal(None, code="x", param="session.voice"),
            "unnamed": refusal(None, code="x", param=None),
        }
        await scripted.connection.session.update(session={"voice": "alloy"}, event_id="mine")
        handle = await scripted.create()
        await scripted.sends(answers[answer])
        with pytest.raises(TimeoutError):  # the update has its answer, the request none
            await handle.done(timeout=0.05)
        await scripted.sends(refusal(None, code="x", param=None))
        with pytest.raises(RequestRefused):
            await handle.done(timeout=5)
        later = await scripted.create()  # nothing is unanswered any more
        await scripted.sends(refusal(None, code="x", param=None))
        with pytest.raises(RequestRefused):
            await later.done(timeout=5)

    run(main)


def test_of_several_that_wait_the_oldest_was_refused_once_a_later_one_is_answered_by_name():
    async def main():
        scripted = Scripted(echoes_metadata=True)
        first, second, third = await scripted.create(), await scripted.create(), await scripted.create()
        await scripted.sends(refusal(None, code="x", param=None))
        with pytest.raises(TimeoutError):
            await first.done(timeout=0.05)
        await scripted.sends(created("r2", metadata={"client_event_id": second.event_id}), done("r2"))
        assert (await second).id == "r2"
        with pytest.raises(RequestRefused, match="one is active"):
            await first.done(timeout=5)
        await scripted.sends(created("r3", metadata={"client_event_id": third.event_id}), done("r3"))
        assert (await third).id == "r3"

    run(main)


@BOTH
def test_a_foreign_response_taken_for_ours_is_given_back_when_ours_is_refused(backend):
    async def main():
        scripted = Scripted()
        handle = await scripted.create()
        await scripted.sends(created("vad"), text("vad", "not ours"))
        assert await handle.created() == "vad"
        await scripted.sends(refusal(handle.event_id), done("vad"))
        with pytest.raises(RequestRefused):
            await handle
        assert (handle.text, handle.id) == ("", None)

    run(main, backend=backend)


@BOTH
def test_metadata_names_the_request_exactly(backend):
    async def main():
        scripted = Scripted()
        tag = {"client_event_id": "mine"}
        handle = await scripted.create(event_id="mine", response={"metadata": tag})
        other = await scripted.create(event_id="other", response={"metadata": {"client_event_id": "other"}})
        await scripted.sends(created("vad"), text("vad", "not ours"), done("vad"))
        await scripted.sends(created("r2", metadata={"client_event_id": "other"}), text("r2", "two"))
        await scripted.sends(created("r1", metadata=tag), text("r1", "one"), done("r1"), done("r2"))
        assert (await other).id == "r2"
        assert (other.text, handle.id) == ("two", "vad")  # ended before its name came: taken as it stands

    run(main, backend=backend)


@BOTH
def test_metadata_corrects_what_order_got_wrong(backend):
    async def main():
        scripted = Scripted()
        tag = {"client_event_id": "mine"}
        handle = await scripted.create(event_id="mine", response={"metadata": tag})
        await scripted.sends(created("vad"), text("vad", "not ours"))
        await handle.created()
        await scripted.sends(created("r1", metadata=tag), text("r1", "one"), done("vad"), done("r1"))
        assert (await handle).id == "r1"
        assert handle.text == "one"

    run(main, backend=backend)


@BOTH
def test_whoever_iterates_hears_the_own_response_after_the_correction(backend):
    async def main():
        scripted = Scripted()
        tag = {"client_event_id": "mine"}
        handle = await scripted.create(event_id="mine", response={"metadata": tag})
        pieces, events = [], []

        async def collect(found, iterator):
            async for each in iterator:
                found.append(each)

        async with scripted.connection.pump(), anyio.create_task_group() as tasks:
            tasks.start_soon(collect, pieces, handle.text_deltas())
            tasks.start_soon(collect, events, handle)
            await scripted.sends(created("vad"), text("vad", "not ours"))
            await anyio.wait_all_tasks_blocked()
            assert pieces == ["not ours"]
            await scripted.sends(created("r1", metadata=tag), text("r1", "one"), text("r1", "two"), done("vad"), done("r1"))
        assert pieces == ["not ours", "one", "two"]
        assert [event.type for event in events[-4:]] == ["response.created", "response.text.delta", "response.text.delta", "response.done"]

    run(main, backend=backend)


@BOTH
def test_where_turn_detection_answers_too_a_request_with_a_name_waits_for_it(backend):
    """From the first request on, if the api-version has the service give the name back."""

    async def main():
        scripted = Scripted(echoes_metadata=True)
        ready = {"type": "session.created", "session": {"id": "s", "turn_detection": {"type": "server_vad"}}}
        await scripted.peer.transport.send(json.dumps(ready))
        await scripted.connection.recv()
        typed = await scripted.create()
        await scripted.sends(created("r0"), done("r0"))
        assert (await typed).id == "r0", "no audio was sent, so nobody else asked"
        await scripted.connection.input_audio_buffer.append(audio=bytes(960))
        await scripted.sends(created("vad"), text("vad", "not ours"), done("vad"))
        handle = await scripted.create()
        own = {"client_event_id": handle.event_id}
        await scripted.sends(created("r1", metadata=own), text("r1", "ours"), done("r1"))
        assert ((await handle).id, handle.text) == ("r1", "ours")

    run(main, backend=backend)


@BOTH
def test_once_the_service_has_named_one_request_the_others_wait_for_their_names(backend):
    """A response of turn detection that comes first, and even ends first, is nobody's."""

    async def main():
        scripted = Scripted(echoes_metadata=True)
        first = await scripted.create()
        await scripted.sends(created("r1", metadata={"client_event_id": first.event_id}), done("r1"))
        await first
        second = await scripted.create()
        await scripted.sends(created("vad"), text("vad", "not ours"), done("vad"))
        await scripted.connection.wait_for("response.done")
        assert second.id is None
        unnamed = await scripted.create(response={"metadata": {"client_event_id": "of the caller's own making"}})
        await scripted.sends(created("r3"), done("r3"))
        assert (await unnamed).id == "r3"  # it has no name to wait for
        await scripted.sends(created("r2", metadata={"client_event_id": second.event_id}), text("r2", "ours"), done("r2"))
        assert ((await second).id, second.text) == ("r2", "ours")

    run(main, backend=backend)


@pytest.mark.parametrize(
    ("settings", "sent"),
    [
        pytest.param(None, {"metadata": {"client_event_id": "q"}}, id="no settings"),
        pytest.param({"metadata": {"a": "b"}}, {"metadata": {"a": "b", "client_event_id": "q"}}, id="metadata of the caller"),
        pytest.param({"metadata": {"client_event_id": "x"}}, {"metadata": {"client_event_id": "x"}}, id="the caller's own id"),
        pytest.param({"metadata": None}, {"metadata": {"client_event_id": "q"}}, id="null"),
        pytest.param({"metadata": 7}, {"metadata": 7}, id="nonsense, which the service refuses"),
        pytest.param({"metadata": dict.fromkeys("abcdefghijklmnop", "")}, {"metadata": dict.fromkeys("abcdefghijklmnop", "")}, id="full"),
        pytest.param(
            ResponseCreateParams(instructions="i", voice=None),
            {"instructions": "i", "voice": None, "metadata": {"client_event_id": "q"}},
            id="a model",
        ),
    ],
)
def test_a_request_carries_its_id_in_metadata(settings, sent):
    async def main():
        scripted = Scripted(echoes_metadata=True)
        before = repr(settings)
        await scripted.create(response=settings, event_id="q")
        assert json.loads(await scripted.peer.transport.receive())["response"] == sent
        assert repr(settings) == before

    run(main)


@pytest.mark.parametrize(("version", "carries"), [("2025-10-01", False), ("2026-04-10", True), ("2026-07-31-preview", True)])
def test_from_which_version_on(version, carries):
    async def main():
        async with serve(responder=answer, pace=None) as server, to(server, api_version=version) as connection:
            await connection.session.update(session=TEXT_ONLY)
            handle = await connection.response.create()
            response = await handle
            assert (response.metadata or {}) == ({"client_event_id": handle.event_id} if carries else {})

    run(main)


# -- ends that are none


@BOTH
def test_a_failed_response_is_an_error(backend):
    async def main():
        scripted = Scripted()
        handle = await scripted.create()
        details = {"type": "failed", "error": {"type": "server_error", "code": "rate_limit_exceeded", "message": "too much"}}
        failed = server_events.ResponseDone.from_dict(
            {"type": "response.done", "event_id": "e", "response": {"id": "r", "status": "failed", "status_details": details}}
        )
        await scripted.sends(created("r"), failed)
        with pytest.raises(ResponseFailed, match="the response r failed: too much") as caught:
            await handle
        assert caught.value.code == "rate_limit_exceeded"
        assert caught.value.response.status == "failed"

    run(main, backend=backend)


@BOTH
@pytest.mark.parametrize("code", [1000, 1011])
def test_a_response_cut_off_by_the_end_is_an_error(backend, code):
    async def main():
        scripted = Scripted()
        handle = await scripted.create()
        await scripted.sends(created("r"), text("r", "half of"))
        await scripted.peer.close(code, "")
        with pytest.raises(ConnectionClosed):
            _ = [piece async for piece in handle.text_deltas()]
        assert handle.text == "half of"
        with pytest.raises(ConnectionClosed):
            await handle

    run(main, backend=backend)


@BOTH
def test_a_timeout_leaves_the_response_alone(backend):
    async def main():
        scripted = Scripted()
        handle = await scripted.create()
        with pytest.raises(TimeoutError, match=r"the response \(not created yet\) was not done within 0.05 s"):
            await handle.done(timeout=0.05)
        await scripted.sends(created("r"), done("r"))
        assert (await handle.done(timeout=30)).id == "r"

    run(main, backend=backend)


def test_a_request_that_could_not_be_sent_is_forgotten():
    async def main():
        scripted = Scripted()
        with pytest.raises(InvalidEvent):
            await scripted.create(response={"temperature": object()})
        handle = await scripted.create()
        await scripted.sends(created("r"), done("r"))
        assert (await handle).id == "r"

    run(main)


@BOTH
@pytest.mark.parametrize("policy", ["send", "queue", "error"])
def test_a_request_that_was_cancelled_before_it_went_out_is_forgotten(backend, policy):
    async def main():
        scripted = Scripted(when_response_active=policy)
        with anyio.CancelScope() as scope:
            scope.cancel()
            await scripted.create()
        with anyio.fail_after(5):
            handle = await scripted.create()
        await scripted.sends(created("r"), done("r"))
        assert (await handle).id == "r"

    run(main, backend=backend)


@BOTH
def test_an_answer_to_a_request_that_was_let_go_is_nobody_else_s(backend):
    async def main():
        scripted = Scripted()
        handle = await scripted.create()
        tagged = await scripted.create(response={"metadata": {"client_event_id": "the caller's"}})
        await scripted.sends(created("gone", metadata={"client_event_id": "response_create_0"}), done("gone"))
        await scripted.sends(created("r2", metadata={"client_event_id": "the caller's"}), done("r2"), created("r1"), done("r1"))
        assert ((await handle).id, (await tagged).id) == ("r1", "r2")

    run(main, backend=backend)


# -- while another is active


@pytest.mark.parametrize("policy", ["queue", "replace"])
def test_policies_against_the_local_server(policy):
    async def main():
        async with serve(responder=answer) as server, to(server, when_response_active=policy) as connection:
            await say(connection, "a rather long first sentence, to have something to say")
            first = await connection.response.create()
            await first.created()
            await connection.session.update(session=TEXT_ONLY)
            second = await connection.response.create(response=TEXT_ONLY)
            assert first.ended
            assert first.status == ("completed" if policy == "queue" else "cancelled")
            assert (await second).status == "completed"

    run(main)


def test_several_in_a_queue_go_one_after_the_other():
    async def main():
        ends = []

        async def ask(connection, number):
            handle = await connection.response.create(response={"instructions": str(number)})
            await handle
            ends.append(number)

        async with serve(responder=answer, pace=None) as server, to(server, when_response_active="queue") as connection:
            await connection.session.update(session=TEXT_ONLY)
            await say(connection, "hello")
            async with anyio.create_task_group() as tasks:
                for number in range(5):
                    tasks.start_soon(ask, connection, number)
            assert sorted(ends) == list(range(5))
            assert connection.state.violations == ()

    run(main)


@BOTH
def test_error_sends_nothing(backend):
    async def main():
        connection, peer = joined_in_memory(when_response_active="error")
        await connection.response.create()
        with pytest.raises(ResponseActive, match="one that was asked for"):
            await connection.response.create()
        await peer.transport.receive()
        await peer.transport.send(encode(created("r")))
        await connection.recv()
        with pytest.raises(ResponseActive) as caught:
            await connection.response.create()
        assert caught.value.response_id == "r"
        await connection.response.create(response={"conversation": "none"})  # beside the conversation: always sent
        assert b'"none"' in await peer.transport.receive()

    run(main, backend=backend)


@BOTH
@pytest.mark.parametrize("policy", ["queue", "replace", "error"])
def test_a_response_outside_the_conversation_keeps_none_back(backend, policy):
    async def main():
        scripted = Scripted(when_response_active=policy)
        beside = await scripted.create(response={"conversation": "none"})
        with anyio.fail_after(5):
            first = await scripted.create()
        await scripted.sends(created("b"), created("r"))
        assert (await beside.created(), await first.created()) == ("b", "r")
        await scripted.sends(done("r"))
        await first
        with anyio.fail_after(5):
            second = await scripted.create()
        assert beside.status == "in_progress"
        for _ in range(3):
            assert b'"response.create"' in await scripted.peer.transport.receive()  # and nothing was cancelled
        another = await scripted.create(response={"conversation": "none"})
        await scripted.sends(created("s"), created("c"))
        assert (await second.created(), await another.created()) == ("s", "c")
        if policy == "error":
            with pytest.raises(ResponseActive, match=r"\(s\)"):
                await scripted.create()

    run(main, backend=backend)


@BOTH
def test_a_response_outside_the_conversation_is_known_after_a_correction(backend):
    async def main():
        scripted = Scripted(when_response_active="error")
        beside = await scripted.create(response={"conversation": "none", "metadata": {"client_event_id": "b"}}, event_id="b")
        await scripted.sends(created("vad"), created("b1", metadata={"client_event_id": "b"}))
        with anyio.fail_after(5):
            while beside.id != "b1":
                await scripted.connection.recv()
        with pytest.raises(ResponseActive, match=r"\(vad\)"):
            await scripted.create()
        await scripted.sends(done("vad"))
        await scripted.connection.wait_for("response.done", timeout=5)
        await scripted.create()

    run(main, backend=backend)


def test_a_policy_that_is_none():
    with pytest.raises(ValueError, match="when_response_active must be one of send, queue, replace, error; not 'wait'"):
        connect(endpoint="wss://h", credential=AzureKeyCredential("k"), model="m", when_response_active="wait")


# -- races


@pytest.mark.parametrize("asked_for", [False, True])
def test_harmless_races_are_no_news_unless_asked_for(asked_for):
    async def main():
        connection, peer = joined_in_memory(harmless_errors=asked_for)
        for code in ("response_cancel_not_active", "item_already_truncated"):
            await peer.send(refusal("c", code=code))
        await peer.send(CREATED)
        with connection.events("error") as errors:
            kinds = [(await connection.recv()).type for _ in range(3 if asked_for else 1)]
            assert kinds == (["error", "error"] if asked_for else []) + ["session.created"]
            assert [(await errors.next()).error.code for _ in range(2)] == ["response_cancel_not_active", "item_already_truncated"]

    run(main)
