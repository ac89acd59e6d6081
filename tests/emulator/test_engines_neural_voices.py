"""Piper and Kokoro by their real libraries, with tiny models that hum."""

import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from emulator.support_models import write_kokoro, write_piper_voice
from emulator.support_server import client
from emulator.test_server_responses import echo

from voicelive.emulator import BadEngine, serve
from voicelive.emulator.engines import Manner, make

pytestmark = pytest.mark.anyio

SPEAKERS = ("af_heart", "am_michael", "bf_emma", "bm_george", "ff_siwis", "jm_kumo", "af_alloy")


def sound(voice, text="Hello hello. Hello.", name=None, rate_hz=16_000, **manner):
    pieces = list(voice.synthesize(text, voice_name=name, rate_hz=rate_hz, manner=Manner(**manner)))
    return [np.frombuffer(piece, "<i2") for piece in pieces]


@pytest.fixture(scope="module")
def piper_model(tmp_path_factory):
    return write_piper_voice(tmp_path_factory.mktemp("piper") / "usual.onnx")


@pytest.fixture(scope="module")
def kokoro_files(tmp_path_factory):
    return write_kokoro(tmp_path_factory.mktemp("kokoro"), SPEAKERS)


def piper(model, **options):
    return make("voice", "piper", {"model": str(model), **options})


def kokoro(files, **options):
    return make("voice", "kokoro", {"model": str(files[0]), "speakers": str(files[1]), **options})


def test_piper_speaks_sentence_by_sentence_at_every_rate(piper_model):
    voice = piper(piper_model)
    long, short = sound(voice)
    assert len(long) > len(short) > 0
    assert np.abs(long).max() > 10_000
    slow, _ = sound(voice, rate_hz=8_000)
    assert len(slow) == pytest.approx(len(long) / 2, abs=2)


def test_piper_follows_the_speed(piper_model):
    voice = piper(piper_model)
    usual, fast = (sum(map(len, sound(voice, speed=speed))) for speed in (1.0, 2.0))
    assert fast * 2 == usual


def test_piper_has_models_for_voices_locales_and_languages(piper_model, tmp_path):
    names = {"alloy": 100, "de-AT": 300, "de": 400}
    paths = {name: str(write_piper_voice(tmp_path / f"{name}.onnx", samples)) for name, samples in names.items()}
    voice = piper(piper_model, voices=paths)
    lengths = {
        name: sum(map(len, sound(voice, name=name)))
        for name in (None, "alloy", "Alloy", "echo", "de-AT-JonasNeural", "de-DE-KatjaNeural", "fr-FR-DeniseNeural")
    }
    assert {name: round(200 * length / lengths[None]) for name, length in lengths.items()} == {
        None: 200,
        "alloy": 100,
        "Alloy": 100,
        "echo": 200,
        "de-AT-JonasNeural": 300,
        "de-DE-KatjaNeural": 400,
        "fr-FR-DeniseNeural": 200,
    }
    assert sum(map(len, sound(voice, name="fr-FR-DeniseNeural", locale="de-DE"))) == 2 * lengths[None]


def test_piper_takes_one_of_several_speakers(tmp_path):
    voice = piper(write_piper_voice(tmp_path / "many.onnx", speakers=3), speaker=2)
    assert len(sound(voice)) == 2


def test_piper_speaks_in_many_threads(piper_model):
    voice = piper(piper_model)
    with ThreadPoolExecutor(4) as pool:
        lengths = set(pool.map(lambda _: sum(map(len, sound(voice))), range(12)))
    assert len(lengths) == 1


async def test_a_server_speaks_with_piper(piper_model):
    chosen = {"engine": "piper", "model": str(piper_model)}
    async with serve(voice=chosen, responder=echo, recogniser=None, pace=None) as server, client(server) as one:
        assert (await one.ask("hello."))["status"] == "completed"
        assert one.audio()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "voice 'piper' needs the option 'model'"),
        ({"model": "nowhere.onnx"}, r"voice 'piper': there is no file nowhere\.onnx; python -m piper\.download_voices fetches"),
        ({"model": "alone.onnx"}, r"there is no file alone\.onnx\.json"),
        ({"model": "broken.onnx"}, r"the model broken\.onnx cannot be loaded: "),
        ({"model": "good.onnx", "voices": {"de": "nowhere.onnx"}}, r"there is no file nowhere\.onnx"),
    ],
)
def test_piper_without_its_files(options, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_piper_voice(tmp_path / "good.onnx")
    write_piper_voice(tmp_path / "broken.onnx").write_bytes(b"no model")
    (tmp_path / "alone.onnx").write_bytes(b"")
    with pytest.raises(BadEngine, match=message):
        make("voice", "piper", options)


def test_kokoro_speaks_sentence_by_sentence(kokoro_files):
    long, short = sound(kokoro(kokoro_files))
    assert len(long) > len(short) > 0
    assert sound(kokoro(kokoro_files), text="...") == []


@pytest.mark.parametrize(
    ("name", "manner", "speaker"),
    [
        (None, {}, "af_heart"),
        ("alloy", {}, "af_alloy"),
        ("echo", {}, "af_heart"),  # the file has no am_echo
        ("en-US-AvaNeural", {}, "af_heart"),
        ("en-US-GuyNeural", {}, "am_michael"),
        ("en-GB-SoniaNeural", {}, "bf_emma"),
        ("en-GB-RyanNeural", {}, "bm_george"),
        ("fr-FR-HenriNeural", {}, "ff_siwis"),
        ("ja-JP-KeitaNeural", {}, "jm_kumo"),
        ("ja-JP-NanamiNeural", {}, "af_heart"),  # the file has no jf_alpha
        ("fi-FI-SelmaNeural", {}, "af_heart"),  # the model speaks no Finnish
        ("en-US-GuyNeural", {"locale": "en-GB"}, "bm_george"),
        ("Narrator", {}, "bm_george"),
    ],
)
def test_kokoro_has_speakers_for_voices(name, manner, speaker, kokoro_files):
    assert kokoro(kokoro_files, voices={"Narrator": "bm_george"})._speaker((name or "").lower(), manner.get("locale"))[1] == speaker


def test_kokoro_speakers_differ_and_the_speed_has_limits(kokoro_files):
    voice = kokoro(kokoro_files)
    loudness = {name: np.abs(np.concatenate(sound(voice, name=name)).astype(int)).max() for name in ("en-US-AvaNeural", "en-US-GuyNeural")}
    assert loudness["en-US-GuyNeural"] == pytest.approx(2 * loudness["en-US-AvaNeural"], rel=0.01)
    assert np.abs(np.concatenate(sound(voice, speed=9.0)).astype(int)).max() == pytest.approx(loudness["en-US-AvaNeural"] / 2, rel=0.01)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": "nowhere.onnx"}, r"voice 'kokoro': there is no file nowhere\.onnx; the releases of kokoro-onnx"),
        ({"speakers": "nowhere.bin"}, r"there is no file nowhere\.bin"),
        ({"speakers": "broken.bin"}, "cannot be loaded: "),
        ({"speaker": "nobody"}, "has no speaker 'nobody'; there are: af_alloy, af_heart"),
        ({"voices": {"alloy": "nobody"}}, "has no speaker 'nobody'"),
    ],
)
def test_kokoro_without_its_files(options, message, kokoro_files, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.bin").write_bytes(b"nothing")
    with pytest.raises(BadEngine, match=message):
        kokoro(kokoro_files, **options)


@pytest.mark.parametrize(
    ("kind", "name", "module", "options"),
    [
        ("voice", "piper", "piper", {"model": "x"}),
        ("voice", "kokoro", "kokoro_onnx", {"model": "x", "speakers": "y"}),
        ("recogniser", "whisper", "faster_whisper", {"model": "x"}),
    ],
)
def test_a_library_that_is_missing_is_named(kind, name, module, options, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf"needs {module} .*: pip install 'voicelive\[{name}\]'"):
        make(kind, name, options)
