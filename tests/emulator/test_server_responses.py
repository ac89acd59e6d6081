"""Responses: what is said, in which order, and how they end."""

import asyncio
import json
import time

import pytest
from emulator.support_server import client

from voicelive._audio import output_format
from voicelive.emulator import Reply, ServerLimits, ToolCall, ToolCallDelta, serve
from voicelive.emulator._pacing import HEAD_START_MS, MAX_LEAD_MS, due_ms
from voicelive.emulator._text import cut_sentences, words
from voicelive.emulator._usage import input_audio_tokens, output_audio_tokens, text_tokens

pytestmark = pytest.mark.anyio

WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "Tells the weather of a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
LONG = "This is one of many sentences. " * 20


async def endless(_turn):
    """An answer that begins and never ends by itself."""
    yield "This is the beginning. "
    await asyncio.Event().wait()


async def echo(turn):
    return f"You said {turn.history[-1].text}"


def transcript(response):
    return "".join(part.get("transcript") or part.get("text") for item in response["output"] for part in item["content"])


async def test_a_spoken_answer_has_words_and_sound():
    async with serve(responder=echo, recogniser=None, pace=None) as server, client(server) as one:
        response = await one.ask("good morning.")
        assert response["status"] == "completed"
        assert transcript(response) == "You said good morning."
        types = [kind for kind in one.types() if not kind.endswith("delta")]
        assert types == [
            "session.created",
            "conversation.item.created",
            "response.created",
            "rate_limits.updated",
            "response.output_item.added",
            "conversation.item.created",
            "response.content_part.added",
            "response.audio.done",
            "response.audio_transcript.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.done",
        ]
        assert len(one.audio()) > 24_000
        assert any(one.audio())
        usage = response["usage"]
        assert usage["output_token_details"]["audio_tokens"] == pytest.approx(len(one.audio()) / 48_000 * 20, abs=2)
        assert usage["input_token_details"]["text_tokens"] == text_tokens(len("good morning."))


async def test_a_written_answer_has_no_sound():
    async with serve(responder=echo, recogniser=None, pace=None) as server, client(server) as one:
        response = await one.ask("good morning.", modalities=["text"])
        assert response["modalities"] == ["text"]
        assert response["output"][0]["content"] == [{"type": "text", "text": "You said good morning."}]
        assert not one.all("response.audio.delta", "response.audio_transcript.delta")
        await one.update(modalities=["text"])
        await one.ask("again.")
        assert not one.all("response.audio.delta")


@pytest.mark.parametrize("name", ["pcm16", "pcm16_16000hz", "pcm16-8000hz", "pcm16_44100hz", "g711_ulaw", "g711_alaw"])
async def test_audio_comes_in_the_output_format_in_pieces_of_100_ms(name):
    async with serve(responder=echo, recogniser=None, pace=None) as server, client(server) as one:
        await one.ask("the same sentence", output_audio_format="pcm16")
        usual_ms = output_format("pcm16").bytes_to_ms(len(one.audio()))
        before = len(one.audio())
        await one.update(output_audio_format=name)
        assert (await one.ask("the same sentence"))["output_audio_format"] == name
        audio = output_format(name)
        assert audio.bytes_to_ms(len(one.audio()) - before) == pytest.approx(usual_ms, rel=0.02)
        lengths = {len(delta["delta"]) for delta in one.all("response.audio.delta")}
        assert max(lengths) == (audio.ms_to_bytes(100) + 2) // 3 * 4 or name != "pcm16_44100hz"


async def test_metadata_is_echoed_and_settings_are_overridden_once():
    seen = []

    async def responder(turn):
        seen.append(turn.instructions)
        return "Yes."

    async with serve(responder=responder, recogniser=None, pace=None) as server, client(server) as one:
        await one.update(instructions="Be brief.")
        done = await one.ask("hello", metadata={"client_event_id": "7"}, temperature=0.9, voice="echo", instructions="Be long.")
        created = one.all("response.created")[0]["response"]
        assert created["metadata"] == done["metadata"] == {"client_event_id": "7"}
        assert (done["temperature"], done["voice"]) == (0.9, {"type": "openai", "name": "echo"})
        await one.send("response.create", additional_instructions="Sing.")
        done = (await one.until("response.done"))["response"]
        assert (done["temperature"], done["metadata"]) == (0.8, None)
        assert seen == ["Be long.", "Be brief.\nSing."]


async def test_a_function_is_called_and_its_output_spoken():
    async with serve(recogniser=None, pace=None) as server, client(server) as one:
        await one.update(tools=[WEATHER])
        called = await one.ask("What is the weather in Oslo?")
        (call,) = called["output"]
        assert (call["type"], call["name"]) == ("function_call", "get_weather")
        assert json.loads(call["arguments"]) == {"city": "Oslo"}
        output = {"type": "function_call_output", "call_id": call["call_id"], "output": "Sunny, 21 degrees."}
        await one.send("conversation.item.create", previous_item_id=call["id"], item=output)
        await one.send("response.create")
        assert "21 degrees" in transcript((await one.until("response.done"))["response"])


async def test_long_arguments_are_streamed_in_pieces():
    async def responder(_turn):
        return ToolCall("note", {"text": "æøå " * 20})

    async with serve(responder=responder, recogniser=None) as server, client(server) as one:
        await one.ask("Take a note.")
        assert len(one.all("response.function_call_arguments.delta")) > 3


async def test_a_message_and_a_call_in_one_response():
    async def responder(_turn):
        return [Reply("One moment."), ToolCall("note", {})]

    async with serve(responder=responder, recogniser=None, pace=None) as server, client(server) as one:
        response = await one.ask("Take a note.")
        assert [item["type"] for item in response["output"]] == ["message", "function_call"]


async def test_a_streamed_answer_is_spoken_as_it_comes():
    go_on = asyncio.Event()

    async def responder(_turn):
        yield "First sentence. Sec"
        await go_on.wait()
        yield "ond sentence"

    async with serve(responder=responder, recogniser=None, pace=None) as server, client(server) as one:
        await one.say("Go.")
        await one.send("response.create")
        await one.until("response.audio.delta")
        go_on.set()
        assert transcript((await one.until("response.done"))["response"]) == "First sentence. Second sentence"


async def test_text_without_sound_is_still_text():
    async def responder(_turn):
        return " \n "

    async with serve(responder=responder, recogniser=None, pace=None) as server, client(server) as one:
        assert transcript(await one.ask("Say nothing.")) == " \n "


async def test_a_ready_message_is_spoken_as_given():
    async with serve(responder=endless, recogniser=None, pace=None) as server, client(server) as one:
        message = {"type": "message", "role": "assistant", "content": [{"type": "text", "text": "Welcome aboard."}]}
        await one.send("response.create", response={"pre_generated_assistant_message": message})
        assert transcript((await one.until("response.done"))["response"]) == "Welcome aboard."
        for odd in ({**message, "content": []}, {"content": 5}, {"content": [5]}, {"type": "odd", "content": [{"text": 5}]}):
            error = await one.refused("response.create", response={"pre_generated_assistant_message": odd})
            assert error["param"] == "response.pre_generated_assistant_message.content"


async def test_one_response_at_a_time():
    async with serve(responder=endless, recogniser=None) as server, client(server) as one:
        await one.send("response.create")
        created = await one.until("response.created")
        error = await one.refused("response.create")
        assert error["code"] == "conversation_already_has_active_response"
        assert created["response"]["id"] in error["message"]
        await one.send("response.create", response={"cancel_previous": True})
        assert (await one.until("response.done"))["response"]["status_details"]["reason"] == "client_cancelled"
        await one.until("response.created")
        await one.send("response.cancel")
        await one.until("response.done")


async def test_a_response_beside_the_conversation():
    async with serve(responder=endless, recogniser=None) as server, client(server) as one:
        await one.send("response.create")
        active = (await one.until("response.created"))["response"]
        items = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Aside."}]}]
        message = {"type": "message", "role": "assistant", "content": [{"type": "text", "text": "Aside."}]}
        aside = {"conversation": "none", "input_items": items, "pre_generated_assistant_message": message}
        await one.send("response.create", response=aside)
        done = (await one.until("response.done"))["response"]
        assert (done["conversation_id"], done["status"]) == (None, "completed")
        (item,) = done["output"]
        error = await one.refused("conversation.item.retrieve", item_id=item["id"])
        assert error["code"] == "item_retrieve_invalid_item_id"
        await one.send("response.cancel", response_id=active["id"])
        assert (await one.until("response.done"))["response"]["id"] == active["id"]


async def test_the_context_can_be_replaced_and_extended():
    async def responder(turn):
        return "/".join(utterance.text for utterance in turn.history)

    def message(text):
        return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}

    async with serve(responder=responder, recogniser=None, pace=None) as server, client(server) as one:
        assert transcript(await one.ask("a", append_input_items=[message("b")], conversation="none")) == "a/b"
        assert transcript(await one.ask("c", input_items=[message("d")], commit=False)) == "d"
        assert transcript(await one.ask("e")) == "a/c/e"
        audio = {"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": "AAAA"}]}
        error = await one.refused("response.create", response={"input_items": [audio]})
        assert error["code"] == "unsupported_content_type"


@pytest.mark.parametrize("modalities", [["text"], ["text", "audio"]])
async def test_cancel_closes_what_is_open(modalities):
    async with serve(responder=endless, recogniser=None) as server, client(server) as one:
        await one.send("response.create", response={"modalities": modalities})
        await one.until("response.text.delta", "response.audio.delta")
        await one.send("response.cancel")
        done = (await one.until("response.done"))["response"]
        assert done["status"] == "cancelled"
        assert done["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
        assert done["output"][0]["status"] == "incomplete"
        assert "This is the beginning.".startswith(transcript(done).strip())
        assert (await one.refused("response.cancel"))["code"] == "response_cancel_not_active"


async def test_a_cancel_right_after_the_beginning_meets_a_running_response():
    async def responder(_turn):
        return LONG

    async with serve(responder=responder, recogniser=None) as server, client(server) as one:
        await one.send("response.create")
        await one.until("response.created")
        await one.send("response.cancel")
        assert (await one.until("response.done"))["response"]["status"] == "cancelled"


async def test_responses_that_are_cancelled_before_they_begin_are_let_go_of():
    """Both events are read before the response's task has run; 16 responses may run at once."""
    async with serve(recogniser=None, pace=None) as server, client(server) as one:
        for _ in range(8):
            for _ in range(4):
                await one.send("response.create")
                await one.send("response.cancel")
            await one.settle()
        assert len(one.all("response.created")) == 32
        assert (await one.ask("Say hello."))["status"] == "completed"


async def test_a_responder_that_swallows_its_cancellation_says_nothing_more():
    async def stubborn(_turn):
        yield "One. "
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            yield "Two. "

    async with serve(responder=stubborn, recogniser=None, pace=None) as server, client(server) as one:
        await one.send("response.create")
        await one.until("response.audio.delta")
        await one.send("response.cancel")
        assert transcript((await one.until("response.done"))["response"]) == "One. "
        await one.settle()


async def test_audio_is_ahead_of_time_by_a_bounded_lead():
    async def responder(_turn):
        return LONG

    async with serve(responder=responder, recogniser=None) as server, client(server) as one:
        began = time.monotonic()  # not when the first audio has come, which may be long after it was sent
        await one.send("response.create")
        while (sent_ms := len(one.audio()) / 48) < MAX_LEAD_MS + 1_000:
            await one.until("response.audio.delta")
        # The clock may run on while we wait, but audio never runs ahead of it.
        assert (time.monotonic() - began) * 1_000 >= due_ms(sent_ms - 100) - 1
        await one.send("response.cancel")
        await one.until("response.done")


@pytest.mark.parametrize(("sent_ms", "due"), [(0, 0), (HEAD_START_MS, 0), (700, 100), (2_800, 800), (3_800, 1_800), (12_000, 10_000)])
async def test_when_audio_is_due(sent_ms, due):
    assert due_ms(sent_ms) == pytest.approx(due)


async def test_a_ceiling_ends_the_response_early():
    async with serve(responder=echo, recogniser=None, pace=None) as server, client(server) as one:
        response = await one.ask("a rather long sentence, with many words in it", max_output_tokens=3)
        assert (response["status"], response["status_details"]["reason"]) == ("incomplete", "max_output_tokens")
        assert response["max_output_tokens"] == 3
        assert transcript(response) == "You said a"[: len(transcript(response))]
        await one.update(max_response_output_tokens=1)
        assert (await one.ask("again", modalities=["text"]))["status"] == "incomplete"
        assert (await one.ask("again", max_response_output_tokens="inf"))["status"] == "completed"


LONG_CALL = ToolCall("note", {"words": "y" * 300_000})


async def test_long_arguments_wait_for_a_client_that_reads():
    """300 KB of them are 4 MB of events; no more than 1 MiB may be unread."""
    limits = ServerLimits(max_backlog_bytes=1024 * 1024)
    async with serve(responder=lambda _turn: LONG_CALL, recogniser=None, pace=None, limits=limits) as server, client(server) as one:
        (call,) = (await one.ask("Take a note."))["output"]
        assert json.loads(call["arguments"]) == LONG_CALL.arguments


async def in_pieces(_turn):
    yield ToolCallDelta(name="note")
    for _ in range(1_000):
        yield ToolCallDelta('{"words":')


@pytest.mark.parametrize("responder", [lambda _turn: LONG_CALL, in_pieces])
async def test_a_ceiling_ends_a_call_early(responder):
    async with serve(responder=responder, recogniser=None, pace=None) as server, client(server) as one:
        response = await one.ask("Take a note.", max_output_tokens=20)
        assert (response["status"], response["status_details"]["reason"]) == ("incomplete", "max_output_tokens")
        (call,) = response["output"]
        assert (call["status"], call["arguments"][:9]) == ("incomplete", '{"words":')
        assert response["usage"]["output_tokens"] <= 24


class Broken:
    """A voice without a voice."""

    def synthesize(self, text, **_):
        raise RuntimeError(f"no voice for {text!r}")


async def wrong_type(_turn):
    return 42


async def failing(_turn):
    raise RuntimeError("the model is out")


@pytest.mark.parametrize(
    ("engines", "message"),
    [
        ({"responder": failing}, "the model is out"),
        ({"responder": wrong_type}, "not int"),
        ({"responder": lambda _turn: next(iter(()))}, "raised StopIteration"),
        ({"responder": echo, "voice": Broken()}, "no voice for"),
    ],
)
async def test_a_failing_engine_fails_the_response_and_not_the_session(engines, message, caplog):
    async with serve(**engines, recogniser=None, pace=None) as server, client(server) as one:
        response = await one.ask("hello")
        assert response["status"] == "failed"
        assert response["status_details"]["error"]["code"] == "server_error"
        assert message in response["status_details"]["error"]["message"]
        assert message in caplog.text
        await one.settle()


async def test_a_slow_reader_slows_the_response_down():
    produced = []

    async def chatty(_turn):
        for number in range(100_000):
            produced.append(number)
            yield "word " * 400

    async with serve(responder=chatty, recogniser=None, pace=None) as server, client(server, checked=False) as one:
        await one.send("response.create", response={"modalities": ["text"]})
        await one.until("response.created")
        for _ in range(40):
            await asyncio.sleep(0.02)
        assert len(produced) < 1_000
        await one.send("response.cancel")
        await one.until("response.done")


async def test_an_answer_without_end_can_be_cancelled_at_any_time():
    """Also just as there is room again, when nothing but the cancellation would stop it."""

    async def endless(_turn):
        while True:
            yield "word " * 20

    async with serve(responder=endless, recogniser=None, pace=None) as server, client(server, checked=False) as one:
        for steps in range(60):
            await one.send("response.create", response={"modalities": ["text"]})
            await one.until("response.created")
            for _ in range(steps):
                await asyncio.sleep(0)
            await one.send("response.cancel")
            await one.until("response.done")


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Hello. How are you? I am fi", ["Hello. ", "How are you? "]),
        ("It is 3.5 degrees", []),
        ('"Yes!" she said. ', ['"Yes!" ', "she said. "]),
        ("first line\nsecond", ["first line\n"]),
        ("\u4f60\u597d\u3002\u518d\u89c1", ["\u4f60\u597d\u3002"]),
        ("word " * 100, ["word " * 61]),
        ("", []),
        ("   ", []),
    ],
)
async def test_text_is_cut_into_sentences_and_words_without_loss(text, sentences):
    whole, rest = cut_sentences(text)
    assert whole == sentences
    assert "".join(whole) + rest == text
    assert "".join(words(text)) == text


async def test_tokens_are_rounded_up():
    assert [text_tokens(characters) for characters in (0, 1, 4, 5)] == [0, 1, 1, 2]
    assert [input_audio_tokens(ms) for ms in (0, 1, 100, 101)] == [0, 1, 1, 2]
    assert [output_audio_tokens(ms) for ms in (0, 1, 50, 51)] == [0, 1, 1, 2]
