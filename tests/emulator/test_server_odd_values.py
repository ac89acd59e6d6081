"""Values of the wrong kind, as random clients found them: each is refused by name, and the session goes on."""

import base64
import json

import pytest
from emulator.support_attack import Held
from emulator.support_server import client

from voicelive.emulator import serve
from voicelive.emulator._text import cut_sentences, words

pytestmark = pytest.mark.anyio

MESSAGE = {"type": "message", "role": "user"}
ODD = [
    ("conversation.item.create", {"item": {"type": {"a": 1}}}, "item.type"),
    ("conversation.item.create", {"item": {"type": ["message"], "content": ["x"]}}, "item.type"),
    ("conversation.item.create", {"item": {"type": "nothing", "content": ["x", 1]}}, "item.type"),
    ("conversation.item.create", {"item": MESSAGE | {"content": [{"type": {}}]}}, "item.content[0].type"),
    ("conversation.item.create", {"item": MESSAGE | {"content": [{"type": ["input_text"], "text": "x"}]}}, "item.content[0].type"),
    ("response.create", {"response": {"input_items": [{"type": "nothing", "content": ["x"]}]}}, "response.input_items[0].type"),
    ("session.update", {"session": {"tools": [{"type": "function", "name": "f", "parameters": {"properties": "x"}}]}}, "properties"),
    (
        "session.update",
        {"session": {"tools": [{"type": "function", "name": "f", "parameters": {"properties": {"a": "x"}}}]}},
        "properties.a",
    ),
    ("session.update", {"session": {"tools": [{"type": "function", "name": "f", "parameters": {"required": "x"}}]}}, "required"),
    (
        "session.update",
        {"session": {"tools": [{"type": "function", "name": "f", "parameters": {"properties": {"a": {"enum": 1}}}}]}},
        "enum",
    ),
]


@pytest.mark.parametrize(("kind", "keys", "param"), ODD)
async def test_odd_values_are_refused_with_their_path(kind, keys, param):
    async with serve(recogniser=None, pace=None) as server, client(server, checked=False) as one:
        await one.send_raw(json_of(kind, keys))
        error = (await one.until("error"))["error"]
        assert error["param"].endswith(param)
        await one.settle()


def json_of(kind, keys):

    return json.dumps({"type": kind, **keys})


async def test_what_an_error_quotes_is_cut():
    long = "x" * 100_000
    async with serve(recogniser=None) as server, client(server) as one:
        for sent in (json_of(long, {}), json_of("session.update", {"session": {long: 1}})):
            await one.send_raw(sent)
            error = (await one.until("error"))["error"]
            assert len(json.dumps(error)) < 3_000


@pytest.mark.parametrize("session", [{"input_audio_transcription": "x"}, {"turn_detection": 1}, {"instructions": []}])
async def test_odd_settings_of_a_transcription_session_change_nothing(session):
    async with serve(recogniser=None) as server, client(server) as one:
        await one.send_raw(json_of("transcription_session.update", {"session": session}))
        assert (await one.until("error"))["error"]["type"] == "invalid_request_error"
        assert (await one.update())["instructions"] == ""


async def test_the_built_in_responder_takes_odd_types_of_parameters_for_text():
    parameters = {"properties": {"city": {"type": [{}, "string"]}, "odd": {"type": {}}}, "required": ["city", "odd"]}
    async with serve(recogniser=None, pace=None) as server, client(server) as one:
        await one.update(tools=[{"type": "function", "name": "get_weather", "parameters": parameters}], tool_choice="required")
        response = await one.ask("What is the weather in Oslo?")
        assert response["output"][0]["name"] == "get_weather"


async def test_an_avatar_that_is_to_connect_again_while_it_speaks():
    sdp = base64.b64encode(b"v=0").decode()
    held = Held()
    async with serve(responder=held, recogniser=None, pace=None) as server, client(server, checked=False) as one:
        await one.update(avatar={"character": "lisa"}, modalities=["text", "audio", "avatar"])
        await one.send("session.avatar.connect", client_sdp=sdp)
        await one.until("session.avatar.connecting")
        await one.say("hold")
        await one.send("response.create")
        await one.until("session.avatar.switch_to_speaking")
        await one.send("session.avatar.connect", client_sdp="no base64")
        await one.until("error")
        held.gate.set()
        await one.until("response.done")
        assert (await one.ask("and again"))["status"] == "completed"


@pytest.mark.parametrize(
    "text", ["word " * 60_000, "x" * 300_000, "!" * 300_000, "no. " * 60_000, " " * 300_000, "a\n" * 60_000, "Dr." * 90_000]
)
def test_no_text_takes_more_time_than_its_length(text):
    """With time that grows with the square of the length, this would meet the suite's own time limit."""
    sentences, rest = cut_sentences(text)
    assert "".join([*sentences, rest]) == text
    assert "".join(words(text)) == text
