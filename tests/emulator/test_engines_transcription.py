"""A transcription endpoint as the recogniser, over real HTTP."""

import io
import wave

import numpy as np
import openai
import pytest
from emulator.support_endpoint import Endpoint, endpoint
from emulator.support_server import client
from emulator.test_server_turns import PCM16, speech
from support import port_of_nobody

from voicelive.emulator import BadEngine, serve
from voicelive.emulator.engines import make
from voicelive.emulator.engines._endpoint import EndpointError

pytestmark = pytest.mark.anyio

SOUND = np.arange(-400, 400, dtype=np.int16)


def recogniser(place, **options):
    return make("recogniser", "endpoint", {"url": place.url, "model": "small", **options})


async def test_a_turn_is_sent_as_the_reference_sends_it():
    with endpoint(lambda answering, _: answering.answer({"text": " Good day. "})) as place:
        ours = recogniser(place, api_key="secret", language="en", prompt="greetings")
        assert ours.transcribe(SOUND, 16_000) == "Good day."
        ours.close()
        async with openai.AsyncOpenAI(base_url=place.url, api_key="secret") as theirs:
            name, content_type, content = place.asked[0].form["file"]
            options = {"model": "small", "language": "en", "prompt": "greetings", "response_format": "json"}
            again = await theirs.audio.transcriptions.create(file=(name, content, content_type), **options)
    assert again.text == " Good day. "
    ours, theirs = place.asked
    assert (ours.path, ours.form) == (theirs.path, theirs.form)
    assert ours.headers["authorization"] == theirs.headers["authorization"] == "Bearer secret"
    assert set(ours.form) == {"file", "model", "language", "prompt", "response_format"}
    with wave.open(io.BytesIO(ours.form["file"][2])) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        assert file.readframes(file.getnframes()) == SOUND.tobytes()


@pytest.mark.parametrize(
    ("told", "form"),
    [
        ({"language": "de-DE", "phrase_list": ["Voice Live", "Oslo"]}, {"language": "de", "prompt": "greetings, Voice Live, Oslo"}),
        ({"language": "en-US,de-DE"}, {"language": "fr", "prompt": "greetings"}),
        ({}, {"language": "fr", "prompt": "greetings"}),
    ],
)
async def test_what_the_session_says_of_its_speech_goes_along(told, form):
    with endpoint(lambda answering, _: answering.answer({"text": "Hello."})) as place:
        options = {"engine": "endpoint", "url": place.url, "model": "small", "language": "fr", "prompt": "greetings"}
        async with serve(recogniser=options, pace=None) as server, client(server) as one:
            await one.update(input_audio_transcription={"model": "azure-speech", **told})
            await one.append(PCM16.encode(speech("What time is it?")))
            await one.until("response.done")
    assert {name: place.asked[0].form[name] for name in form} == form


async def test_silence_is_not_sent():
    with endpoint(lambda answering, _: answering.answer({"text": "?"})) as place:
        ours = recogniser(place)
        assert ours.transcribe(np.zeros(800, np.int16), 16_000) == ""
        ours.close()
    assert place.asked == []


async def test_the_words_reach_the_client():
    with endpoint(lambda answering, _: answering.answer({"text": "What is two plus two?"})) as place:
        options = {"engine": "endpoint", "url": place.url, "model": "small"}
        async with serve(recogniser=options, pace=None) as server, client(server) as one:
            await one.update(input_audio_transcription={"model": "whisper-1"})
            await one.append(PCM16.encode(speech("What time is it?")))
            await one.until("response.done")
            (heard,) = one.all("conversation.item.input_audio_transcription.completed")
            assert heard["transcript"] == "What is two plus two?"
    assert "authorization" not in place.asked[0].headers


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"error": {"message": "no model 'small'"}}, 404, "answered 404: no model 'small'"),
        (b"What?", 200, "cannot be understood: JSON is malformed"),
        ({"words": []}, 200, "cannot be understood: Object missing required field `text`"),
    ],
)
async def test_failures_of_the_endpoint_are_told_to_the_client(body, status, message, caplog):
    with endpoint(lambda answering, _: answering.answer(body, status)) as place:
        options = {"engine": "endpoint", "url": place.url, "model": "small", "api_key": "secret"}
        async with serve(recogniser=options, pace=None) as server, client(server) as one:
            await one.update(input_audio_transcription={"model": "whisper-1"})
            await one.append(PCM16.encode(speech("What time is it?")))
            await one.until("response.done")
            (failed,) = one.all("conversation.item.input_audio_transcription.failed")
    assert failed["error"]["code"] == "recogniser_failed"
    assert message in failed["error"]["message"]
    assert "secret" not in caplog.text


async def test_an_endpoint_that_is_not_there_is_named():
    with port_of_nobody() as port:
        ours = recogniser(Endpoint(port))
        with pytest.raises(EndpointError, match=r"the transcription endpoint at .* gave no answer: .*; is it running"):
            ours.transcribe(SOUND, 16_000)
    ours.close()


async def test_options_that_cannot_be():
    with pytest.raises(BadEngine, match="needs the option 'url'; its options are: url, model, api_key, "):
        make("recogniser", "endpoint")
