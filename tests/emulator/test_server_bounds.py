"""What a session may hold: everything that a client can make grow has a bound, and says so when it is reached."""

import asyncio
import base64
import json
import threading

import numpy as np
import pytest
from emulator.support_attack import TEXT, Held, bystander, frame, problems, raw
from emulator.support_server import PATIENCE_S, QUERY, client
from emulator.test_server_turns import PCM16, Fixed, speech

from voicelive.emulator import McpTool, ServerLimits, ToolCall, Turn, serve

pytestmark = pytest.mark.anyio

KIB = 1024
CASCADED = QUERY.replace("gpt-realtime", "gpt-4.1")
MANUAL = {"turn_detection": None}
SECOND = bytes(48_000)


def served(responder=None, **limits):
    return serve(responder=responder or repeat, recogniser=None, pace=None, limits=ServerLimits(**limits))


class Hold:
    """A recogniser that waits until it is let go."""

    def __init__(self):
        self.gate = threading.Event()

    def transcribe(self, _samples, _rate_hz):
        assert self.gate.wait(PATIENCE_S)
        return "well"


@pytest.fixture
def hold_recogniser():
    recogniser = Hold()
    yield recogniser
    recogniser.gate.set()


async def repeat(turn: Turn):
    return turn.text or "nothing"


def text_item(text, **keys):
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}], **keys}


async def test_items_are_bounded_by_number():
    async with served(max_items=3) as server, client(server) as one:
        for number in range(3):
            await one.send("conversation.item.create", item=text_item("x", id=f"item-{number}"))
        assert (await one.refused("conversation.item.create", item=text_item("x")))["code"] == "conversation_full"
        assert (await one.refused("response.create"))["code"] == "conversation_full"
        await one.send("conversation.item.delete", item_id="item-0")
        await one.until("conversation.item.deleted")
        await one.say("there is room again")
        assert len(server.sessions[0].items) == 3


async def test_items_are_bounded_by_size():
    async with served(max_conversation_bytes=10 * KIB) as server, client(server) as one:
        await one.send("conversation.item.create", item=text_item("a" * 9 * KIB, id="big"))
        error = await one.refused("conversation.item.create", item=text_item("a" * KIB))
        assert error["code"] == "conversation_full"
        assert "delete some" in error["message"]
        await one.send("conversation.item.delete", item_id="big")
        await one.say("a" * KIB)


async def test_endless_text_deltas_are_bounded():
    async with served(max_conversation_bytes=4 * KIB) as server, client(server) as one:
        await one.send("conversation.item.create", item=text_item("", id="grows"))
        for _ in range(8):
            await one.send("input_text.delta", id="grows", content_index=0, delta="x" * KIB)
        await one.settle()
        assert {event["error"]["code"] for event in one.all("error")} >= {"conversation_full"}
        (session,) = server.sessions
        assert session.conversation_bytes <= 4 * KIB
        assert len(session.items[0]["content"][0]["text"]) >= 3 * KIB
        await one.send("conversation.item.delete", item_id="grows")
        await one.settle()
        assert session.conversation_bytes == 0


async def test_a_full_conversation_fails_the_response_that_fills_it():
    async def two(_turn):
        return ["first", "second"]

    async with served(two, max_items=2) as server, client(server, checked=False) as one:
        response = await one.ask("go on", modalities=["text"])
        assert response["status"] == "failed"
        assert response["status_details"]["error"]["code"] == "conversation_full"
        assert [len(item["content"]) for item in response["output"]] == [1]


async def test_what_waits_for_a_full_conversation_is_refused_when_its_turn_comes():
    held = Held()
    async with served(held, max_items=4) as server, client(server) as one:
        await one.update(turn_detection={"type": "server_vad", "interrupt_response": False})
        await one.say("hold")
        await one.send("response.create")
        await one.until("response.audio.delta")
        await one.append(PCM16.encode(speech("Hello there.")))
        await one.until("conversation.item.created")
        await one.say("the last that fits")
        held.gate.set()
        await one.until("response.done")
        assert (await one.until("error"))["error"]["code"] == "conversation_full"


async def test_a_turn_that_is_refused_does_not_hide_the_next():
    """Both in one append, into a conversation that is full."""
    async with served(max_items=1) as server, client(server) as one:
        await one.say("the only one that fits")
        await one.append(PCM16.encode(np.concatenate([speech(), speech()])))
        await one.append(bytes(96_000))
        await one.settle()
        assert [event["error"]["code"] for event in one.all("error")][:-1] == ["conversation_full"] * 2
        assert len(one.all("input_audio_buffer.speech_stopped")) == 2
        await one.send("conversation.item.delete", item_id=server.sessions[0].items[0]["id"])
        await one.until("conversation.item.deleted")


@pytest.mark.parametrize("query", [QUERY, CASCADED])
async def test_an_answer_that_is_refused_is_an_error_and_the_session_goes_on(query):
    held = Held()
    limits = ServerLimits(max_responses=2)
    recogniser = Fixed("hello")
    async with serve(responder=held, recogniser=recogniser, pace=None, limits=limits) as server, client(server, query=query) as one:
        await one.say("hold")
        for _ in range(2):
            await one.send("response.create", response={"conversation": "none"})
            await one.until("response.created")
        await one.append(PCM16.encode(speech()))
        error = (await one.until("error"))["error"]
        assert (error["code"], error["event_id"]) == ("rate_limit_exceeded", None)
        assert one.all("conversation.item.created")[-1]["item"]["content"][0]["type"] == "input_audio"
        held.gate.set()
        for _ in range(2):
            await one.until("response.done")
        assert (await one.ask("again"))["status"] == "completed"


@pytest.mark.parametrize(
    "settings", [{"instructions": "a" * 20 * KIB}, {"tools": [{"type": "function", "name": f"f{n}"} for n in range(1000)]}]
)
async def test_settings_are_bounded(settings):
    async with served(max_settings_bytes=16 * KIB) as server, client(server) as one:
        error = await one.refused("session.update", session=settings)
        assert error["param"] == "session"
        assert "16384 are allowed" in error["message"]
        assert server.sessions[0].settings["tools"] == []


async def test_events_of_too_many_values_are_refused_unread():
    many = json.dumps({"type": "session.update", "session": {"metadata": {str(number): "x" for number in range(9_000)}}})
    async with served(max_event_values=1_000) as server, client(server) as one:
        for sent in (many, b"[1," * 40_000):
            await one.send_raw(sent)
            assert "more than 1000 values" in (await one.until("error"))["error"]["message"]
        await one.say("a, b, c")


async def test_audio_in_the_buffer_is_bounded_and_nothing_of_it_lost():
    async with served(max_input_bytes=100_000) as server, client(server) as one:
        await one.update(**MANUAL)
        await one.append(SECOND)
        await one.append(SECOND)
        error = await one.refused("input_audio_buffer.append", audio=base64.b64encode(SECOND).decode())
        assert error["code"] == "input_audio_buffer_full"
        assert "96000 bytes" in error["message"]
        await one.send("input_audio.turn.start", turn_id="named")
        error = await one.refused("input_audio.turn.append", turn_id="named", audio=base64.b64encode(SECOND).decode())
        assert error["code"] == "input_audio_buffer_full"
        await one.send("input_audio_buffer.commit")
        await one.until("conversation.item.created")
        assert server.sessions[0]._conversation.get(server.sessions[0].items[0]["id"]).audio_ms == 2_000
        await one.append(SECOND)
        await one.settle()


async def test_audio_of_all_sessions_is_bounded_for_those_that_hold_much():
    limits = {"max_audio_bytes": 5 * KIB * KIB}
    async with served(**limits) as server, client(server) as greedy, client(server) as modest:
        for one in (greedy, modest):
            await one.update(**MANUAL)
        await greedy.append(bytes(5 * KIB * KIB - 1_000))
        error = await greedy.refused("input_audio_buffer.append", audio=base64.b64encode(SECOND).decode())
        assert "all sessions of this server together" in error["message"]
        await modest.append(SECOND)
        await modest.send("input_audio_buffer.commit")
        await modest.until("conversation.item.created")
        assert sum(session.held_audio_bytes for session in server.sessions) < 5 * KIB * KIB
        await greedy.send("input_audio_buffer.clear")
        await greedy.until("input_audio_buffer.cleared")
        await greedy.append(SECOND)
        await greedy.settle()


async def test_ids_of_turns_are_bounded():
    async with served() as server, client(server) as one:
        await one.refused("input_audio.turn.start", turn_id="x" * 1_000)
        for number in range(300):
            await one.send("input_audio.turn.start", turn_id=str(number))
            await one.send("input_audio.turn.cancel", turn_id=str(number))
        await one.settle()
        assert len(server.sessions[0]._turns.named._over) == 256


async def test_speech_that_waits_for_the_recogniser_is_bounded(hold_recogniser):
    async with serve(recogniser=hold_recogniser, pace=None, limits=ServerLimits(max_unheard_bytes=90_000)) as server, client(server) as one:
        await one.update(**MANUAL, input_audio_transcription={"model": "azure-speech"})
        for _ in range(2):
            await one.append(SECOND)
            await one.send("input_audio_buffer.commit")
        await one.append(SECOND)
        error = await one.refused("input_audio_buffer.commit")
        assert "96000 bytes of audio wait for the recogniser" in error["message"]
        item = {"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": base64.b64encode(SECOND).decode()}]}
        await one.refused("conversation.item.create", item=item)
        hold_recogniser.gate.set()
        for _ in range(2):
            await one.until("conversation.item.input_audio_transcription.completed")
        await one.send("input_audio_buffer.commit")
        await one.until("conversation.item.input_audio_transcription.completed")


async def test_responses_beside_the_conversation_are_bounded():
    held = Held()
    async with served(held, max_responses=4) as server, client(server) as one:
        await one.say("hold")
        for _ in range(4):
            await one.send("response.create", response={"conversation": "none"})
            await one.until("response.created")
        error = await one.refused("response.create", response={"conversation": "none"})
        assert error["code"] == "rate_limit_exceeded"
        held.gate.set()
        for _ in range(4):
            await one.until("response.done")
        assert (await one.ask("again"))["status"] == "completed"


@pytest.mark.parametrize("end", ["done", "call"])
async def test_what_the_client_knows_to_be_over_counts_no_more(end, monkeypatch):
    """Its next request may come with the next turn of the event loop: here it has come, and is taken as soon as the end was said."""
    held = Held()
    kinds = {"done": "response.done", "call": "response.output_item.done"}

    async def answer(turn):
        if end == "done" or turn.tool_outputs:
            return "Good day."
        return ToolCall("stay", {})

    options = {"responder": held if end == "done" else answer, "mcp": {"x": [McpTool("stay", held.gate.wait)]}}
    async with serve(recogniser=None, pace=None, limits=ServerLimits(max_responses=1), **options) as server, client(server) as one:
        await one.update(
            modalities=["text"], tools=[{"type": "mcp", "server_label": "x", "server_url": "http://x", "require_approval": "never"}]
        )
        await one.say("hold")
        await one.send("response.create")
        await one.until("response.text.delta" if end == "done" else "response.mcp_call.in_progress")
        session, over = server.sessions[0], asyncio.Event()
        emit = session._wire.emit

        def emit_and_tell(event):
            emit(event)
            if event.type == kinds[end]:
                over.set()

        monkeypatch.setattr(session._wire, "emit", emit_and_tell)
        monkeypatch.setattr(session._share, "wait", over.wait)
        await one.send("input_audio_buffer.clear")
        await one.send("response.create")
        held.gate.set()
        assert (await one.until("response.created", "error"))["type"] == "response.created"
        done = (await one.until("response.done"))["response"]
        assert done["status"] == "completed"


async def test_the_cost_of_a_response_is_counted_when_its_end_is_told():
    """Also of one that is cancelled while its responder has something left to do."""
    leave = asyncio.Event()

    async def slow_to_leave(_turn):
        try:
            yield "This was said. "
            await asyncio.Event().wait()
        finally:
            await leave.wait()

    async with serve(responder=slow_to_leave, recogniser=None, pace=None) as server, client(server) as one:
        await one.update(modalities=["text"])
        await one.send("response.create")
        await one.until("response.text.delta")
        await one.send("response.cancel")
        spent = (await one.until("response.done"))["response"]["usage"]["total_tokens"]
        await one.send("response.create")
        await one.until("response.created")
        before, after = (event["rate_limits"][0]["remaining"] for event in (*one.all("rate_limits.updated"), await one.next()))
        assert before - after == spent > 0
        leave.set()
        await one.send("response.cancel")
        await one.until("response.done")


HAMMERS = {
    "responses": ['{"type":"response.create"}', '{"type":"response.cancel"}'],
    "settings": [json.dumps({"type": "session.update", "session": {"instructions": "a" * 5_000}})],
    "items": [json.dumps({"type": "conversation.item.create", "item": text_item("hi")})],
    "audio": [json.dumps({"type": "input_audio_buffer.append", "audio": "A" * 6_400})],
    "nonsense": ['{"type":"nonsense"}', "[]", '{"type":1}'],
    "depth": ['{"type":"session.update","session":' + '{"a":' * 5_000 + "1" + "}" * 5_001],
}


@pytest.mark.parametrize("what", HAMMERS)
async def test_one_that_hammers_does_not_keep_the_others_from_their_answers(what, caplog):
    """Five of them, reading nothing until they are dropped or done; memory is bounded by counts."""
    held = Held()
    frames = b"".join(frame(TEXT, each.encode()) for each in HAMMERS[what])
    limits = ServerLimits(max_items=50, max_backlog_bytes=256 * KIB)
    async with serve(responder=held, recogniser=None, pace=None, limits=limits) as server, bystander(server, held) as one:
        for _ in range(2):
            async with raw(server) as a, raw(server) as b:
                attackers = (a, b)
                for attacker in attackers:
                    await attacker.upgrade()
                victims = server.sessions[1:]
                reading = [asyncio.create_task(attacker.is_cut_off()) for attacker in attackers]
                for attacker in attackers:
                    attacker.writer.write(frames * 200)
                await one.settle()
                assert all(len(victim.items) <= 50 for victim in victims)
                assert all(victim._wire._waiting_bytes <= 256 * KIB for victim in victims)
                for task in reading:
                    task.cancel()
                await asyncio.wait(reading)
    assert problems(caplog) == []
