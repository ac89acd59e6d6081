"""A chat endpoint as the responder, over real HTTP."""

import asyncio
import json
import threading

import openai
import pytest
from emulator.support_endpoint import Endpoint, call_delta, endpoint
from emulator.support_server import PATIENCE_S, client
from emulator.test_server_responses import WEATHER, transcript
from emulator.test_server_turns import PCM16, speech
from support import port_of_nobody

from voicelive.emulator import BadEngine, ToolCallDelta, Turn, Utterance, serve
from voicelive.emulator.engines import make
from voicelive.emulator.engines._endpoint import EndpointError
from voicelive.emulator.engines._messages import NO_OUTPUT, NOT_UNDERSTOOD, messages_of, tool_choice_of

pytestmark = pytest.mark.anyio


def chat(place, **options):
    return {"engine": "chat", "url": place.url, "model": "small", **options}


def serving(place, **options):
    return serve(responder=chat(place, **options), recogniser=None, pace=None)


def saying(*texts, **options):
    return lambda answering, _asked: answering.events(*({"content": text} for text in texts), **options)


async def test_the_answer_of_the_model_is_spoken_and_the_request_is_whole():
    with endpoint(saying("Good ", "day. How", " are you?")) as place:
        async with serving(place, api_key="secret", more={"seed": 7}) as server, client(server) as one:
            await one.update(instructions="Be kind.", tools=[WEATHER], tool_choice={"type": "function", "name": "get_weather"})
            response = await one.ask("Hello.", max_output_tokens=2000, temperature=0.5)
            assert transcript(response) == "Good day. How are you?"
            assert one.audio()
            await one.ask("And again.", tool_choice="required")
    first, second = place.asked
    assert first.path == "/v1/chat/completions"
    assert first.headers["authorization"] == "Bearer secret"
    assert first.json == {
        "model": "small",
        "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hello."}],
        "stream": True,
        "temperature": 0.5,
        "max_tokens": 2000,
        "tools": [{"type": "function", "function": {key: WEATHER[key] for key in ("name", "description", "parameters")}}],
        "tool_choice": {"type": "function", "function": {"name": "get_weather"}},
        "seed": 7,
    }
    assert [message["content"] for message in second.json["messages"]] == ["Be kind.", "Hello.", "Good day. How are you?", "And again."]
    assert "max_tokens" not in second.json
    assert second.json["tool_choice"] == "required"


async def test_the_request_is_one_that_openai_python_makes():
    with endpoint(saying("Yes.")) as place:
        async with serving(place, api_key="secret") as server, client(server) as one:
            await one.update(tools=[WEATHER])
            assert transcript(await one.ask("Hello.")) == "Yes."
        ours = place.asked[0]
        async with openai.AsyncOpenAI(base_url=place.url, api_key="secret") as reference:
            stream = await reference.chat.completions.create(**ours.json)
            assert [chunk.choices[0].delta.content async for chunk in stream] == ["", "Yes.", None]
        theirs = place.asked[1]
    assert theirs.path == ours.path
    assert theirs.json == ours.json
    assert {name: theirs.headers[name] for name in ("authorization", "content-type")} == {
        name: ours.headers[name] for name in ("authorization", "content-type")
    }


async def test_the_first_sentence_is_spoken_while_the_model_still_writes():
    go_on = threading.Event()

    def script(answering, _asked):
        answering.start_events()
        answering.delta(content="This is the first sentence. And")
        assert go_on.wait(PATIENCE_S)
        answering.delta(content=" this is the second.")
        answering.delta("stop")

    with endpoint(script) as place:
        async with serving(place) as server, client(server) as one:
            await one.say("Go.")
            await one.send("response.create")
            await one.until("response.audio.delta")
            go_on.set()
            response = (await one.until("response.done"))["response"]
    assert transcript(response) == "This is the first sentence. And this is the second."


async def test_a_function_call_is_streamed_and_its_output_goes_back():
    go_on = threading.Event()

    def script(answering, asked):
        if asked.json["messages"][-1]["role"] == "tool":
            answering.events({"content": "It is sunny."})
            return
        answering.start_events()
        answering.delta(content="Let me see. ")
        answering.delta(**call_delta(0, "get_weather", "", id="call_a", type="function"))
        answering.delta(**call_delta(0, arguments='{"city":'))
        assert go_on.wait(PATIENCE_S)
        answering.delta(**call_delta(0, arguments='"Oslo"}'))
        answering.delta(**call_delta(1, "get_weather", '{"city":"Rome"}', id="call_b", type="function"))
        answering.delta("tool_calls")
        answering.event("[DONE]")

    with endpoint(script) as place:
        async with serving(place) as server, client(server) as one:
            await one.update(tools=[WEATHER], modalities=["text"])
            await one.say("The weather in Oslo and Rome?")
            await one.send("response.create")
            assert (await one.until("response.function_call_arguments.delta"))["delta"] == '{"city":'
            go_on.set()
            said, oslo, rome = (await one.until("response.done"))["response"]["output"]
            assert said["content"][0]["text"] == "Let me see. "
            assert [json.loads(call["arguments"]) for call in (oslo, rome)] == [{"city": "Oslo"}, {"city": "Rome"}]
            for call, output in ((rome, "rain"), (oslo, "sun")):
                item = {"type": "function_call_output", "call_id": call["call_id"], "output": output}
                await one.send("conversation.item.create", item=item)
            await one.send("response.create")
            assert transcript((await one.until("response.done"))["response"]) == "It is sunny."
    messages = place.asked[1].json["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "assistant", "tool", "tool"]
    assert [call["id"] for call in messages[2]["tool_calls"]] == [message["tool_call_id"] for message in messages[3:]]
    assert [message["content"] for message in messages[3:]] == ["sun", "rain"]


async def test_what_the_user_said_is_in_the_conversation():
    with endpoint(saying("I see.")) as place:
        async with serve(responder=chat(place), pace=None) as server, client(server) as one:
            await one.append(PCM16.encode(speech("What time is it?")))
            await one.until("response.done")
    assert place.asked[0].json["messages"] == [{"role": "user", "content": "what time is it"}]


@pytest.mark.parametrize(("reason", "told"), [("length", "max_output_tokens"), ("content_filter", "content_filter")])
async def test_an_answer_that_was_cut_short_is_incomplete(reason, told):
    with endpoint(saying("This goes on. And on", finish_reason=reason)) as place:
        async with serving(place) as server, client(server) as one:
            response = await one.ask("Hello.")
            assert (response["status"], response["status_details"]["reason"]) == ("incomplete", told)
            assert transcript(response) == "This goes on. And on"


async def test_a_call_that_was_cut_short_is_incomplete():
    with endpoint(lambda answering, _: answering.events(call_delta(0, "note", '{"a":'), finish_reason="length")) as place:
        async with serving(place) as server, client(server) as one:
            (call,) = (await one.ask("Hello."))["output"]
            assert (call["status"], call["arguments"]) == ("incomplete", '{"a":')


def breaking_off(answering, _asked):
    answering.start_events()
    answering.delta(content="This goes")


def failing_on_the_way(answering, _asked):
    answering.start_events()
    answering.event({"error": {"message": "out of memory"}})


def mixing(answering, _asked):
    answering.events(call_delta(0, "one", "{}"), call_delta(1, "two", "{}"), call_delta(0, arguments=" "))


def talking_nonsense(answering, _asked):
    answering.start_events()
    answering.event("<html>")


FAILURES = [
    (lambda answering, _: answering.answer({"error": {"message": "no model 'small'", "type": "x"}}, 404), "answered 404: no model 'small'"),
    (lambda answering, _: answering.answer({"error": "model is loading"}, 503), "answered 503: model is loading"),
    (lambda answering, _: answering.answer(b"Bad Gateway", 502), "answered 502: Bad Gateway"),
    (lambda answering, _: answering.answer(b"", 500), "answered 500: nothing more"),
    (lambda answering, _: answering.answer({"detail": [1]}, 422), "answered 422: [1]"),
    (lambda answering, _: answering.answer({"choices": []}), "answer is no stream of events: Expected response with content type"),
    (breaking_off, "broke off before its end"),
    (failing_on_the_way, "failed on the way: out of memory"),
    (mixing, "mixes the pieces of several function calls"),
    (talking_nonsense, "cannot be understood: JSON is malformed"),
]


@pytest.mark.parametrize(("script", "message"), FAILURES)
async def test_failures_of_the_endpoint_are_told_to_the_client(script, message, caplog):
    with endpoint(script) as place:
        async with serving(place, api_key="secret") as server, client(server) as one:
            response = await one.ask("Hello.", modalities=["text"])
            assert response["status"] == "failed"
            told = response["status_details"]["error"]["message"]
            assert message in told
            assert told.startswith("the chat endpoint")
            assert "secret" not in told + caplog.text
            await one.settle()


async def test_an_endpoint_that_is_not_there_is_named():
    with port_of_nobody() as port:
        place = Endpoint(port)
        async with serving(place) as server, client(server) as one:
            told = (await one.ask("Hello."))["status_details"]["error"]["message"]
    assert told.startswith(f"the chat endpoint at {place.url} gave no answer: ")
    assert told.endswith("; is it running?")


async def test_cancelling_hangs_up():
    hung_up = threading.Event()

    def script(answering, _asked):
        answering.start_events()
        try:
            while True:
                answering.delta(content="On and on. ")
        except OSError:
            hung_up.set()

    with endpoint(script) as place:
        async with serving(place) as server, client(server) as one:
            await one.say("Go.")
            await one.send("response.create")
            await one.until("response.audio.delta")
            await one.send("response.cancel")
            assert (await one.until("response.done"))["response"]["status"] == "cancelled"
            assert await asyncio.to_thread(hung_up.wait, PATIENCE_S)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"url": "localhost:11434"}, "url 'localhost:11434' is no address of an endpoint; one looks like http"),
        ({"url": "http://me:secret@host/v1"}, "the url holds a name or a key; give the key as api_key or api_key_env"),
        (
            {"url": "http://gpu.example/v1", "api_key": "secret"},
            "the key would travel unencrypted to gpu.example; use https",
        ),
        ({"url": "https://gpu.example/v1", "api_key_env": "NO_SUCH_KEY"}, "the environment has no variable 'NO_SUCH_KEY'"),
        ({"url": "https://gpu.example/v1", "model": 1}, "option 'model': Expected `str`, got `int`"),
    ],
)
async def test_options_that_cannot_be(options, message):
    with pytest.raises(BadEngine, match=message) as wrong:
        make("responder", "chat", {"model": "small", **options})
    assert "secret" not in str(wrong.value)


async def test_where_a_key_may_go(monkeypatch):
    monkeypatch.setenv("MY_KEY", "secret")
    for url, options in (("http://localhost:1/v1", {}), ("http://[::1]:1/v1", {}), ("http://gpu.example/v1", {"insecure": True})):
        responder = make("responder", "chat", {"url": url, "model": "m", "api_key_env": "MY_KEY", **options})
        assert responder._client.headers["authorization"] == "Bearer secret"
        assert "secret" not in repr(responder._endpoint)
        await responder.aclose()


async def test_the_library_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "httpx2", None)
    with pytest.raises(ImportError, match=r"an endpoint needs httpx2 .*: pip install 'voicelive\[endpoints\]'"):
        make("responder", "chat", {"url": "http://localhost/v1", "model": "m"})


ITEMS = (
    {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "Be brief."}]},
    {"type": "message", "role": "user", "content": [{"type": "input_audio", "transcript": None}]},
    {"type": "mcp_list_tools", "id": "mcpl_1"},
    {"type": "mcp_call", "id": "mcp_1", "name": "add", "arguments": "{}", "output": "5"},
    {"type": "mcp_call", "id": "mcp_2", "name": "add", "arguments": "{}", "error": {"message": "no"}},
    {"type": "function_call", "call_id": "c1", "name": "note", "arguments": "{}"},
    {
        "type": "message",
        "role": "user",
        "content": [{"type": "input_text", "text": "What is this?"}, {"type": "input_image", "image_url": "data:x", "detail": "low"}],
    },
    {"type": "message", "role": "user", "content": [{"type": "input_image", "image_url": "data:y"}]},
)


async def test_every_item_has_its_message():
    messages = messages_of(Turn(items=ITEMS), "Be kind.")
    called = messages.pop(3)
    assert [call["id"] for call in called["tool_calls"]] == ["mcp_1", "mcp_2", "c1"]
    assert messages == [
        {"role": "system", "content": "Be kind."},
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": NOT_UNDERSTOOD},
        {"role": "tool", "tool_call_id": "mcp_1", "content": "5"},
        {"role": "tool", "tool_call_id": "mcp_2", "content": "no"},
        {"role": "tool", "tool_call_id": "c1", "content": NO_OUTPUT},
        {
            "role": "user",
            "content": [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": "data:x", "detail": "low"}}],
        },
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:y"}}]},
    ]
    assert messages_of(Turn()) == []
    assert tool_choice_of(Turn(tool_choice={"type": "mcp", "server_label": "x"})) is None


async def test_a_responder_can_be_asked_without_a_server():
    def script(answering, _asked):
        answering.events({"content": None}, call_delta(None, "note", "{}"), {"content": "Done."}, call_delta(None, "note", None))

    with endpoint(script) as place:
        options = {"url": place.url, "model": "m", "instructions": "Be kind.", "max_tokens": 9, "temperature": 0.1}
        responder = make("responder", "chat", options)
        turn = Turn(history=(Utterance("user", "Hi"),), temperature=0.8)
        assert [piece async for piece in responder(turn)] == [ToolCallDelta("{}", "note"), "Done.", ToolCallDelta("", "note")]
        await responder.aclose()
    asked = place.asked[0].json
    assert (asked["messages"], asked["max_tokens"], asked["temperature"]) == ([{"role": "system", "content": "Be kind."}], 9, 0.1)
    assert issubclass(EndpointError, RuntimeError)
