"""Whisper by faster-whisper, with a tiny model that always says the same."""

import numpy as np
import pytest
from emulator.support_models import write_whisper
from emulator.support_server import client
from emulator.test_server_turns import PCM16, speech

from voicelive.emulator import BadEngine, serve
from voicelive.emulator.engines import make
from voicelive.emulator.engines.transcript import Hints

pytestmark = pytest.mark.anyio

SOUND = np.random.default_rng(0).integers(-1_000, 1_000, 32_000).astype(np.int16)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return write_whisper(tmp_path_factory.mktemp("whisper"))


def whisper(model, **options):
    return make("recogniser", "whisper", {"model": str(model), "device": "cpu", "threads": 1, **options})


async def test_words_with_their_times_and_probabilities(model):
    recogniser = whisper(model)
    assert recogniser.transcribe(SOUND, 16_000) == "Good day"
    heard = recogniser.recognise(SOUND, 16_000)
    assert (heard.text, heard.locale) == ("Good day", "en")
    good, day = heard.words
    assert (good.text, good.offset_ms, good.duration_ms, good.probability) == ("Good", 0, 1_000, pytest.approx(1))
    assert (day.text, day.offset_ms, day.duration_ms, day.probability) == ("day", 1_000, 500, pytest.approx(1))


async def test_a_session_says_what_to_expect(model):
    usual = whisper(model, language="de")
    assert usual.guided(Hints("en")).transcribe(SOUND, 16_000) == "Good day"
    told = usual.guided(Hints(None, ("Oslo", "Voice Live")))
    assert told._language == "de"
    asked = {}
    told._model.transcribe, transcribe = lambda *sound, **how: asked.update(how) or transcribe(*sound, **how), told._model.transcribe
    told.recognise(SOUND, 16_000)
    assert (asked["language"], asked["hotwords"]) == ("de", "Oslo, Voice Live")
    assert usual.guided(Hints("en"))._phrases == ()


async def test_silence_is_not_heard(model):
    assert whisper(model).transcribe(np.zeros(8_000, np.int16), 8_000) == ""


async def test_a_server_hears_with_whisper(model):
    chosen = {"engine": "whisper", "model": str(model), "language": "en", "beam_size": 1}
    async with serve(recogniser=chosen, pace=None) as server, client(server) as one:
        await one.update(input_audio_transcription={"model": "whisper-1"})
        await one.append(PCM16.encode(speech("What time is it?")))
        await one.until("response.done")
        (heard,) = one.all("conversation.item.input_audio_transcription.completed")
        assert heard["transcript"] == "Good day"


@pytest.mark.parametrize("missing", ["model.bin", "config.json", "tokenizer.json"])
async def test_a_model_that_is_not_whole_is_never_downloaded(missing, model, tmp_path):
    for name in {"model.bin", "config.json", "tokenizer.json"} - {missing}:
        (tmp_path / name).write_bytes((model / name).read_bytes())
    with pytest.raises(BadEngine, match=rf"recogniser 'whisper': there is no file {tmp_path / missing}; faster_whisper\.download_model"):
        whisper(tmp_path)


async def test_a_model_that_cannot_be_read(model, tmp_path):
    for path in model.iterdir():
        (tmp_path / path.name).write_bytes(b"nothing" if path.name == "model.bin" else path.read_bytes())
    with pytest.raises(BadEngine, match="cannot be loaded: "):
        whisper(tmp_path)


async def test_a_device_that_is_none(model):
    with pytest.raises(BadEngine, match="recogniser 'whisper', option 'device': Invalid enum value 'abacus'"):
        whisper(model, device="abacus")
