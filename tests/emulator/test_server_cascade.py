"""The order of a spoken turn with a cascaded model: the words first, then the item with them, then the answer."""

import base64
import threading

import numpy as np
import pytest
from emulator.support_server import client
from emulator.test_server_turns import PCM16, Fixed, repeat, speech

from voicelive.emulator import ServerLimits, ToolCall, serve

pytestmark = pytest.mark.anyio

CASCADED = "/voice-live/realtime?api-version=2025-10-01&model=gpt-4.1"
AGENT = "/voice-live/realtime?api-version=2025-10-01&agent-name=a&agent-project-name=p"
PREFIX = "conversation.item.input_audio_transcription."


class Held:
    """A recogniser that hears when it is let go."""

    def __init__(self):
        self.let_go = threading.Event()

    def transcribe(self, _samples, _rate_hz):
        assert self.let_go.wait(60)
        return "two plus three"


class HeldOneByOne:
    """A recogniser that hears one turn each time it is let go."""

    def __init__(self):
        self.let_go = threading.Semaphore(0)

    def transcribe(self, _samples, _rate_hz):
        assert self.let_go.acquire(timeout=60)
        return "two plus three"


@pytest.mark.parametrize("query", [CASCADED, AGENT])
async def test_the_transcript_comes_before_the_item(query):
    async with serve(responder=repeat, recogniser=Fixed("two plus three"), pace=None) as server, client(server, query=query) as one:
        await one.append(PCM16.encode(speech()))
        await one.until("response.created")
        assert one.types()[1:] == [
            "input_audio_buffer.speech_started",
            "input_audio_buffer.speech_stopped",
            "input_audio_buffer.committed",
            f"{PREFIX}completed",
            "conversation.item.created",
            "response.created",
        ]
        created = one.all("conversation.item.created")[0]["item"]
        assert created["content"] == [{"type": "input_audio", "transcript": "two plus three"}]
        await one.until("response.done")


async def test_what_was_not_understood_is_an_item_too():
    async with serve(responder=repeat, recogniser=None, pace=None) as server, client(server, query=CASCADED) as one:
        await one.append(PCM16.encode(speech()))
        await one.until("response.done")
        kinds = one.types()
        assert kinds.index(f"{PREFIX}failed") + 1 == kinds.index("conversation.item.created")


async def test_who_speaks_on_is_answered_once():
    """The first of two utterances is still being recognised when the second begins."""
    held = Held()
    async with serve(responder=repeat, recogniser=held, pace=None) as server, client(server, query=CASCADED) as one:
        await one.append(PCM16.encode(speech()))
        await one.until("input_audio_buffer.committed")
        sound = PCM16.encode(np.trim_zeros(speech()))
        await one.append(sound)
        await one.until("input_audio_buffer.speech_started")
        held.let_go.set()
        await one.until("conversation.item.created")
        await one.settle()
        assert not one.all("response.created")
        await one.append(bytes(PCM16.ms_to_bytes(1_000)))
        await one.until("response.done")
        assert len(one.all("response.created")) == 1
        assert [event["item"]["role"] for event in one.all("conversation.item.created")] == ["user", "user", "assistant"]


THROWN_AWAY = {
    "input_audio_buffer.clear": ({}, "input_audio_buffer.cleared"),
    "session.update": ({"session": {"turn_detection": None}}, "session.updated"),
    "input_audio_buffer.commit": ({}, "input_audio_buffer.committed"),
}


@pytest.mark.parametrize("kind", THROWN_AWAY)
async def test_a_turn_is_answered_though_the_next_becomes_none(kind):
    held, (keys, answer) = Held(), THROWN_AWAY[kind]
    async with serve(responder=repeat, recogniser=held, pace=None) as server, client(server, query=CASCADED) as one:
        await one.append(PCM16.encode(speech()))
        await one.until("input_audio_buffer.committed")
        await one.append(PCM16.encode(np.trim_zeros(speech())))
        await one.until("input_audio_buffer.speech_started")
        held.let_go.set()
        await one.until("conversation.item.created")
        await one.settle()
        assert not one.all("response.created")
        await one.send(kind, **keys)
        await one.until(answer)
        assert (await one.until("response.done"))["response"]["status"] == "completed"
        await one.settle()
        assert len(one.all("response.created")) == 1


async def test_a_turn_is_answered_though_the_next_is_refused():
    """A message of the client's keeps the recogniser busy when the second utterance ends."""
    held = HeldOneByOne()
    limits = ServerLimits(max_unheard_bytes=1)
    async with serve(responder=repeat, recogniser=held, pace=None, limits=limits) as server, client(server, query=CASCADED) as one:
        await one.append(PCM16.encode(speech()))
        await one.until("input_audio_buffer.committed")
        await one.append(PCM16.encode(np.trim_zeros(speech())))
        await one.until("input_audio_buffer.speech_started")
        held.let_go.release()
        await one.until("conversation.item.created")
        audio = base64.b64encode(PCM16.encode(speech())).decode()
        content = [{"type": "input_audio", "audio": audio}]
        await one.send("conversation.item.create", item={"type": "message", "role": "user", "content": content})
        await one.append(bytes(PCM16.ms_to_bytes(1_000)))
        assert (await one.until("error"))["error"]["code"] == "rate_limit_exceeded"
        held.let_go.release()
        await one.until("response.done")
        await one.settle()
        assert len(one.all("response.created")) == 1


async def test_a_turn_is_no_item_before_it_was_told_of():
    held = Held()
    async with serve(recogniser=held, pace=None) as server, client(server, query=CASCADED) as one:
        await one.update(turn_detection={"type": "server_vad", "create_response": False})
        await one.append(PCM16.encode(speech()))
        item_id = (await one.until("input_audio_buffer.committed"))["item_id"]
        assert (await one.refused("conversation.item.delete", item_id=item_id))["code"] == "item_delete_invalid_item_id"
        other = (await one.say("Something else."))["item"]["id"]
        held.let_go.set()
        created = await one.until("conversation.item.created")
        assert (created["item"]["id"], created["previous_item_id"]) == (item_id, other)
        await one.send("conversation.item.delete", item_id=item_id)
        await one.until("conversation.item.deleted")


async def test_a_conversation_that_was_filled_meanwhile_has_no_room():
    held = Held()
    limits = ServerLimits(max_items=1)
    async with serve(recogniser=held, pace=None, limits=limits) as server, client(server, query=CASCADED, checked=False) as one:
        await one.append(PCM16.encode(speech()))
        await one.until("input_audio_buffer.committed")
        await one.say("Something else.")
        held.let_go.set()
        assert (await one.until("error"))["error"]["code"] == "conversation_full"
        await one.settle()
        assert not one.all("response.created")


async def test_without_transcription_turns_come_as_with_other_models():
    async with serve(recogniser=Fixed("two plus three"), pace=None) as server, client(server, query=CASCADED) as one:
        await one.update(turn_detection={"type": "server_vad", "create_response": False}, input_audio_transcription=None)
        await one.append(PCM16.encode(speech()))
        await one.until("input_audio_buffer.committed")
        assert (await one.next())["type"] == "conversation.item.created"


async def test_a_manual_turn_is_an_item_when_its_words_are_there_and_is_answered_then():
    """Though the client asks for the answer right after the commit, as clients of other models do."""
    held = Held()
    async with serve(responder=repeat, recogniser=held, pace=None) as server, client(server, query=CASCADED) as one:
        await one.update(turn_detection=None, modalities=["text"])
        await one.append(PCM16.encode(speech()))
        await one.send("input_audio_buffer.commit")
        await one.send("response.create")
        await one.until("input_audio_buffer.committed")
        held.let_go.set()
        response = (await one.until("response.done"))["response"]
        assert response["output"][0]["content"][0]["text"] == "two plus three"
        told = one.types()
        told = told[told.index("input_audio_buffer.committed") + 1 :]
        assert told[:3] == [f"{PREFIX}completed", "conversation.item.created", "response.created"]


async def test_a_response_does_not_wait_for_words_for_ever():
    held, limits = Held(), ServerLimits(engine_s=0.3)
    async with serve(responder=repeat, recogniser=held, pace=None, limits=limits) as server, client(server, query=CASCADED) as one:
        await one.update(turn_detection=None, modalities=["text"])
        await one.append(PCM16.encode(speech()))
        await one.send("input_audio_buffer.commit")
        await one.send("response.create")
        await one.until("response.done")
        assert not one.all(f"{PREFIX}completed")
        held.let_go.set()
        await one.until("conversation.item.created")


@pytest.mark.parametrize("query", [CASCADED, AGENT])
async def test_a_message_begins_as_incomplete(query):
    async with serve(responder=repeat, recogniser=None, pace=None) as server, client(server, query=query) as one:
        await one.ask("hello there")
        assert [event["item"]["status"] for event in one.all("response.output_item.added", "response.output_item.done")] == [
            "incomplete",
            "completed",
        ]


async def test_a_function_call_begins_as_in_progress():
    async def call(_turn):
        return ToolCall("add", {"number": 13})

    async with serve(responder=call, recogniser=None, pace=None) as server, client(server, query=CASCADED) as one:
        await one.update(tools=[{"type": "function", "name": "add"}])
        await one.ask("Add 13")
        assert one.all("response.output_item.added")[0]["item"]["status"] == "in_progress"
