"""Scripted conversations, followed and left by real clients."""

import asyncio
import itertools
import json
import re
from pathlib import Path

import pytest
from azure.ai.voicelive.aio import connect as official_connect
from azure.core.credentials import AzureKeyCredential

from voicelive import ConnectionClosed
from voicelive.testing import (
    ANY,
    answer_audio,
    answer_call,
    answer_text,
    close,
    expect,
    expect_close,
    optional,
    pause,
    raw,
    reply,
    scripted_server,
    silence,
    unordered,
)
from voicelive.testing._filling import Memory
from voicelive.testing._steps import Cut
from voicelive_proto import SERVER, SERVER_EVENTS, Connection, Decoder

UNCHECKED = pytest.mark.voicelive(check=False)
"""For tests whose client leaves the script, and that look at the report themselves."""


def item(text):
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}


def test_a_conversation_from_top_to_bottom(voicelive_server, voicelive_session):
    voicelive_server.script(
        expect("session.update", session={"voice": {"name": "alloy"}, "modalities": ["text", "audio"]}),
        reply("session.updated"),
        expect("conversation.item.create", item={"content": [{"text": re.compile("weather")}]}),
        reply("conversation.item.created"),
        expect("response.create"),
        answer_call("get_weather", city="Oslo"),
        expect("conversation.item.create", item={"type": "function_call_output", "call_id": "call_1", "output": ANY}),
        reply("conversation.item.created"),
        expect("response.create", response={"modalities": lambda modalities: "text" in modalities}),
        answer_text("It ", "rains."),
        expect("response.create"),
        answer_audio(silence(250), "Good-bye."),
    )
    with voicelive_session.blocking() as connection:
        assert connection.recv(timeout=30).session.model == "gpt-realtime"
        connection.session.update(session={"voice": {"type": "openai", "name": "alloy"}, "modalities": ["text", "audio"]})
        connection.conversation.item.create(item=item("How is the weather?"))
        called = connection.response.create().done(timeout=30).output[0]
        assert (called.name, called.arguments) == ("get_weather", '{"city": "Oslo"}')
        connection.conversation.item.create(item={"type": "function_call_output", "call_id": called.call_id, "output": "rain"})
        answer = connection.response.create(response={"modalities": ["text"]})
        assert answer.done(timeout=30).output[0].content[0].text == "It rains."
        spoken = connection.response.create()
        assert spoken.done(timeout=30).output[0].content[0].transcript == "Good-bye."
        assert connection.state.violations == ()
        assert connection.state.session.config["voice"]["name"] == "alloy"


def test_a_spoken_turn_is_filled_in(voicelive_server, voicelive_session):
    voicelive_server.script(
        expect("input_audio_buffer.append"),
        reply("input_audio_buffer.speech_started"),
        reply("input_audio_buffer.speech_stopped"),
        reply("input_audio_buffer.committed"),
        reply("conversation.item.created"),
        reply("conversation.item.input_audio_transcription.completed", transcript="Hello."),
        answer_text("Hello to you."),
        expect("input_audio_buffer.commit"),
        reply("input_audio_buffer.committed"),
        expect("conversation.item.truncate"),
        reply("conversation.item.truncated"),
        expect("conversation.item.retrieve"),
        reply("conversation.item.retrieved"),
        expect("conversation.item.delete"),
        reply("conversation.item.deleted"),
        expect("response.cancel"),
        reply("error", error={"code": "response_cancel_not_active"}),
        ignore=["input_audio_buffer.append"],
    )
    with voicelive_session.blocking() as connection:
        for _ in range(5):
            connection.input_audio_buffer.append(audio=silence(20))
        started = connection.wait_for("input_audio_buffer.speech_started", timeout=30)
        heard = connection.wait_for("conversation.item.input_audio_transcription.completed", timeout=30)
        assert started.item_id == heard.item_id
        connection.wait_for("response.done", timeout=30)
        connection.input_audio_buffer.commit()
        assert connection.wait_for("input_audio_buffer.committed", timeout=30).item_id != heard.item_id
        connection.conversation.item.truncate(item_id=heard.item_id, content_index=0, audio_end_ms=40)
        assert connection.wait_for("conversation.item.truncated", timeout=30).audio_end_ms == 40
        connection.conversation.item.retrieve(item_id=heard.item_id)
        assert connection.wait_for("conversation.item.retrieved", timeout=30).item.role == "user"
        connection.conversation.item.delete(item_id=heard.item_id)
        assert connection.wait_for("conversation.item.deleted", timeout=30).item_id == heard.item_id
        connection.send({"type": "response.cancel", "event_id": "mine"})
        error = connection.wait_for("error", timeout=30).error
        assert (error.code, error.event_id) == ("response_cancel_not_active", "mine")
        assert connection.state.violations == ()


def test_any_order_perhaps_raw_pause_and_the_close(voicelive_server, voicelive_session):
    voicelive_server.script(
        reply("session.created", session={"id": "sess_mine"}),
        optional(expect("session.update")),
        unordered(expect("response.create"), expect("input_audio_buffer.clear"), expect("response.create", response=ANY)),
        optional(expect("response.cancel")),
        pause(1),
        raw({"type": "response.hologram.delta", "beam": 3}),
        raw('{"type": '),
        reply("warning", warning=lambda heard: {"message": heard["type"]}),
        expect(re.compile("hologram"), beam=4),
        expect_close(1000),
    )
    with voicelive_session.blocking() as connection:
        assert connection.recv(timeout=30).session.id == "sess_mine"
        connection.send({"type": "response.create", "response": {}})
        connection.send({"type": "input_audio_buffer.clear"})
        connection.send({"type": "response.create"})
        connection.send({"type": "session.hologram.update", "beam": 4})
        assert connection.recv(timeout=30).type == "response.hologram.delta"
        assert connection.recv_bytes(timeout=30) == b'{"type": '
        assert connection.recv(timeout=30).warning.message == "response.create"
    assert str(voicelive_server.scripts[0]).splitlines()[3] == (
        "    3  expect in any order response.create | input_audio_buffer.clear | response.create response=ANY"
    )
    assert "   2  optional session.update   (did not come)" in str(voicelive_server.scripts[0])


@UNCHECKED
def test_in_any_order_an_event_counts_for_what_lets_the_others_fit(voicelive_server, voicelive_session):
    def output(**fields):
        return {"type": "function_call_output", **fields}

    def created(item):
        return expect("conversation.item.create", item=item)

    orders = list(itertools.permutations([output(), output(call_id="a"), output(call_id=re.compile("[ab]"))]))
    for order in orders:
        voicelive_server.script(unordered(*map(created, order)))
    voicelive_server.script(unordered(created(output(call_id="a")), created(output())))
    for _ in orders:
        with voicelive_session.blocking() as connection:
            for call_id in ("a", "b", "c"):
                connection.conversation.item.create(item=output(call_id=call_id, output="o"))
    with voicelive_session.blocking() as connection:
        for call_id in ("b", "c"):
            connection.send({"type": "conversation.item.create", "item": output(call_id=call_id, output="o")})
        with pytest.raises(AssertionError, match=r"item\.call_id: expected 'a', came 'c'"):
            voicelive_server.assert_complete()
    assert all(script.is_complete for script in voicelive_server.scripts[:-1])


def test_the_server_closes(voicelive_server, voicelive_session):
    voicelive_server.script(close(1011, "out of order"))
    voicelive_server.script(expect("response.create"), reply("response.created"), close(1008))
    with voicelive_session.blocking() as connection:
        with pytest.raises(ConnectionClosed) as caught:
            connection.recv(timeout=30)
        assert (caught.value.code, caught.value.reason) == (1011, "out of order")
    with voicelive_session.blocking() as connection:
        handle = connection.response.create()
        with pytest.raises(ConnectionClosed) as caught:
            handle.done(timeout=30)
        assert caught.value.code == 1008


@UNCHECKED
def test_a_client_that_leaves_the_script_is_told_and_so_is_the_test(voicelive_server, voicelive_session):
    voicelive_server.script(
        expect("session.update", session={"voice": {"name": "alloy"}, "tools": [{"name": "find"}]}),
        reply("session.updated"),
    )
    with voicelive_session.blocking() as connection:
        connection.recv(timeout=30)
        connection.session.update(session={"voice": {"type": "openai", "name": "echo"}, "tools": [], "instructions": "x" * 90})
        with pytest.raises(ConnectionClosed) as caught:
            connection.recv(timeout=30)
    assert caught.value.code == 4000
    assert caught.value.reason.startswith("test script: came session.update at step 1 of 2, where the script has: expect session.update")
    with pytest.raises(AssertionError) as report:
        voicelive_server.assert_complete()
    came = {"type": "session.update", "session": {"voice": {"type": "openai", "name": "echo"}, "tools": [], "instructions": "x"}}
    first, *lines = str(report.value).splitlines()
    assert first.startswith("came session.update at step 1 of 2, where the script has: expect session.update session={'voice'")
    assert lines == [
        ">   1  expect session.update session={'voice': {'name': 'alloy'}, 'tools': [{'name': 'find'}]}",
        "       came " + json.dumps(came).replace('"x"', f'"{"x" * 60}... (90 characters)"'),
        "         session.voice.name: expected 'alloy', came 'echo'",
        "         session.tools: expected [{'name': 'find'}], came []",
        "    2  reply  session.updated",
    ]


@UNCHECKED
@pytest.mark.parametrize(("words", "end"), [("a " * 20, " ..."), ("\u00e4" * 100, " ..."), ("", "session={'instructions': ''}")])
def test_a_reason_that_is_too_long_ends_after_a_whole_word(voicelive_server, voicelive_session, words, end):
    expected = expect("session.update", session={"instructions": words})
    voicelive_server.script(expected)
    with voicelive_session.blocking() as connection:
        connection.recv(timeout=30)
        connection.session.update(session={"voice": {"type": "openai", "name": "echo"}})
        with pytest.raises(ConnectionClosed) as caught:
            connection.recv(timeout=30)
    reason = caught.value.reason
    assert reason.endswith(end)
    assert len(reason.encode()) <= 123
    whole = f"test script: came session.update at step 1 of 1, where the script has: {expected}"
    assert whole.split()[: len(reason.removesuffix(" ...").split())] == reason.removesuffix(" ...").split()


@UNCHECKED
def test_the_report_is_the_one_of_the_page(voicelive_server, voicelive_session):
    voicelive_server.script(expect("session.update", session={"voice": {"name": "alloy"}}), reply("session.updated"))
    with voicelive_session.blocking() as connection:
        connection.session.update(session={"voice": {"type": "openai", "name": "echo"}})
        with pytest.raises(ConnectionClosed):
            list(connection)
    with pytest.raises(AssertionError) as report:
        voicelive_server.assert_complete()
    page = (Path(__file__).parents[2] / "docs" / "testing.md").read_text(encoding="utf-8")
    assert f"```text\n{report.value}\n```" in page


@UNCHECKED
@pytest.mark.parametrize(
    ("steps", "sent", "told"),
    [
        ([expect("response.create")], [], "step 1 of 1 is to come: the client is connected"),
        ([expect("response.create")], ["input_audio_buffer.clear"], "type: expected 'response.create', came 'input_audio_buffer.clear'"),
        ([expect("response.create")], ["response.create", "response.cancel"], "came response.cancel after the last of 1 steps"),
        ([expect_close()], ["response.cancel"], "came response.cancel at step 1 of 1, where the script has: expect the client's close"),
        (
            [unordered(expect("response.create"), expect("response.cancel", response_id="r1"))],
            ["response.cancel"],
            "response_id: expected 'r1', came nothing",
        ),
        ([reply("response.text.delta", delta="x")], [], "step 1 of 1 can't be played: LocalProtocolError: "),
        (
            [reply("warning")],
            [],
            "can't be played: ValueError: warning needs warning; give it, or leave it out with raw({...})",
        ),
    ],
)
def test_ways_to_leave_a_script(voicelive_server, voicelive_session, steps, sent, told):
    voicelive_server.script(*steps)
    with voicelive_session.blocking() as connection:
        connection.recv(timeout=30)
        for kind in sent:
            connection.send({"type": kind})
        with pytest.raises(AssertionError, match=re.escape(told)):
            # Nothing more comes of a step that is to come; the others are over when the server has seen what was sent.
            voicelive_server.assert_complete(timeout_s=30 if sent or "played" in told else 0.2)


@UNCHECKED
def test_a_client_that_goes_too_early(voicelive_server, voicelive_session):
    voicelive_server.script(expect("response.create"))
    with pytest.raises(AssertionError, match="to come: no client connected"):
        voicelive_server.assert_complete(timeout_s=0.02)
    with voicelive_session.blocking() as connection:
        connection.recv(timeout=30)
    with pytest.raises(AssertionError, match="the connection ended with code 1000 at step 1 of 1"):
        voicelive_server.assert_complete()


@UNCHECKED
def test_a_close_with_another_code(voicelive_server, voicelive_session):
    voicelive_server.script(expect_close(1001))
    with voicelive_session.blocking() as connection:
        connection.recv(timeout=30)
    with pytest.raises(AssertionError, match="code: expected 1001, came 1000"):
        voicelive_server.assert_complete()


@UNCHECKED
def test_a_frame_that_is_no_event_and_a_connection_too_many(voicelive_server):
    import websockets.sync.client

    voicelive_server.script(expect("response.create"))
    url = voicelive_server.url.replace("http", "ws") + "/voice-live/realtime?api-version=2025-10-01&model=gpt-realtime"
    for frame, reason in (("[]", "came no event at step 1 of 1"), (None, "there is no script for this connection")):
        with websockets.sync.client.connect(url, additional_headers={"api-key": "k"}, proxy=None) as client:
            if frame:
                client.recv()
                client.send(frame)
            with pytest.raises(websockets.exceptions.ConnectionClosed) as caught:
                client.recv()
            assert caught.value.rcvd.code == 4000
            assert reason in caught.value.rcvd.reason
    with pytest.raises(AssertionError, match=r"frame: expected an event, came (.|\n)*1 more connections came than there are scripts \(1\)"):
        voicelive_server.assert_complete()


def test_what_is_left_when_the_client_goes_is_the_servers(voicelive_server, voicelive_session):
    voicelive_server.script(expect("response.create"), pause(20), answer_text("Nobody hears this."), optional(expect("response.cancel")))
    with voicelive_session.blocking() as connection:
        connection.send({"type": "response.create"})
    voicelive_server.assert_complete()


def test_an_optional_event_comes_or_the_client_leaves(voicelive_server, voicelive_session):
    script = voicelive_server.script(optional(expect("response.create")), optional(expect("response.cancel")))
    with voicelive_session.blocking() as connection:
        connection.recv(timeout=30)
        connection.send({"type": "response.create"})
    voicelive_server.assert_complete()
    assert str(script).splitlines() == [
        "the script of 2 steps is complete",
        "    1  optional response.create",
        "    2  optional response.cancel   (did not come)",
    ]


@pytest.mark.parametrize(
    ("step", "line"),
    [
        (expect("response.create", event_id=ANY), "expect response.create event_id=ANY"),
        (expect(re.compile("x"), a={"b": 1}), "expect /x/ a={'b': 1}"),
        (reply("session.updated"), "reply  session.updated"),
        (answer_text("Good ", "day."), "answer in text 'Good day.'"),
        (answer_audio(silence(10), "Hm."), "answer in speech 'Hm.', 480 bytes"),
        (answer_call("find", what="key"), 'answer by calling find({"what": "key"})'),
        (raw(b"\xff"), "raw    '\ufffd'"),
        (pause(1500), "pause  1500 ms"),
        (close(1011, "out of order"), "close  1011 out of order"),
        (Cut(), "cut    the connection"),
        (expect_close(), "expect the client's close"),
        (expect_close(1001), "expect the client's close with code 1001"),
    ],
)
def test_how_a_step_reads(step, line):
    assert str(step) == line


def test_calls_of_an_mcp_server_are_filled_in(voicelive_server, voicelive_session):
    voicelive_server.script(
        reply("mcp_list_tools.in_progress", item_id="list"),
        reply("mcp_list_tools.completed", item_id="list"),
        expect("response.create"),
        reply("response.created"),
        reply("response.output_item.added", item={"type": "mcp_call", "name": "find", "server_label": "shop"}),
        reply("response.mcp_call_arguments.delta", delta='{"what":'),
        reply("response.mcp_call_arguments.delta", delta='"key"}'),
        reply("response.mcp_call_arguments.done"),
        reply("response.mcp_call.in_progress"),
        reply("response.mcp_call.completed"),
        reply("response.output_item.done", item={"output": "here"}),
        reply("response.output_item.added"),
        reply("response.output_item.done"),
        reply("response.done", response={"status": "incomplete"}),
    )
    with voicelive_session.blocking() as connection:
        response = connection.response.create().done(timeout=30)
        assert connection.state.violations == ()
    called, message = response.output
    assert (called.type, called.arguments, called.output, called.server_label) == ("mcp_call", '{"what":"key"}', "here", "shop")
    assert (message.role, message.content, message.status) == ("assistant", [], "completed")


NEED_WORDS = (
    ".delta",
    "warning",
    "rate_limits.updated",
    "session.avatar.connecting",
    ".annotation.added",
    ".emotion_hypothesis",
    "rtc.call.sdp.created",
)


@pytest.mark.parametrize("kind", SERVER_EVENTS)
def test_every_event_is_filled_in_or_says_what_it_needs(kind):
    memory = Memory(Connection(SERVER), {"model": "m"})
    if kind.endswith(NEED_WORDS) and kind != "conversation.item.input_audio_transcription.delta":
        with pytest.raises(ValueError, match=rf"{re.escape(kind)} needs [\w ]+; give it, or leave it out with raw"):
            memory.fill({"type": kind})
    else:
        assert isinstance(Decoder("server").decode(json.dumps(memory.fill({"type": kind}))), SERVER_EVENTS[kind])


def test_an_answer_without_words(voicelive_server, voicelive_session):
    voicelive_server.script(expect("response.create"), answer_audio(silence(150)))
    with voicelive_session.blocking() as connection:
        part = connection.response.create().done(timeout=30).output[0].content[0]
    assert (part.type, part.transcript) == ("audio", "")


def test_a_script_is_asked_after_the_server_has_gone():
    with scripted_server() as server:
        server.script(expect("response.create"))
    with pytest.raises(AssertionError, match="no client connected"):
        server.assert_complete(timeout_s=0)


@pytest.mark.parametrize(
    ("write", "error", "told"),
    [
        (lambda: answer_text(5), TypeError, "a piece of the answer must be str, not int 5"),
        (lambda: answer_audio("abc"), TypeError, "audio must be bytes or bytearray or memoryview, not str 'abc'"),
        (lambda: answer_audio(b"", 5), TypeError, "transcript must be str"),
        (lambda: answer_call(5), TypeError, "the name of the function must be str"),
        (lambda: expect(5), TypeError, "the event must be str or re.Pattern, not int 5"),
        (lambda: reply(re.compile("x")), TypeError, "the event must be str, not Pattern"),
        (lambda: optional("session.update"), TypeError, "must be Expect, not str"),
        (lambda: unordered(reply("session.updated")), TypeError, "must be Expect, not Reply"),
        (lambda: expect_close("1000"), TypeError, "the close code must be int or None"),
        (lambda: raw(None), TypeError, "a raw frame must be str or bytes or Mapping"),
        (lambda: pause(-1), ValueError, "duration_ms must be 0 or more, not -1"),
        (lambda: pause(float("nan")), ValueError, "duration_ms must be 0 or more, not nan"),
        (lambda: pause(True), TypeError, "duration_ms must be int or float, not bool"),
        (lambda: close(99), ValueError, "close code 99 can't be sent"),
        (lambda: close(1006), ValueError, "use faults.cut()"),
        (lambda: close(1000, "x" * 124), ValueError, "124 bytes"),
    ],
)
def test_nonsense_is_refused_where_it_is_written(write, error, told):
    with pytest.raises(error, match=re.escape(told)):
        write()


def test_names_are_checked_where_they_are_written():
    with pytest.raises(ValueError, match=r"no client event is called 'respnse\.create'; did you mean 'response\.create'\?"):
        expect("respnse.create")
    with pytest.raises(ValueError, match=r"no service event is called 'zzz'; for another, send raw"):
        reply("zzz")


def test_the_official_client_follows_a_script():
    async def main(url):
        async with official_connect(endpoint=url, credential=AzureKeyCredential("k"), model="gpt-realtime") as connection:
            await connection.session.update(session={"modalities": ["text"]})
            await connection.response.create()
            async for event in connection:
                if event.type == "response.text.done":
                    return event.text
            raise AssertionError

    with scripted_server() as server:
        server.script(
            expect("session.update", session={"modalities": ["text"]}),
            reply("session.updated"),
            expect("response.create"),
            answer_text("Good day."),
        )
        assert asyncio.run(main(server.url)) == "Good day."
        server.assert_complete()
