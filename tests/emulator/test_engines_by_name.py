"""Engines by name: built in, brought by a distribution that is really installed, or any object of a module."""

import importlib
import itertools
import sys
from importlib.machinery import PathFinder
from pathlib import Path

import numpy as np
import pytest
from emulator.support_server import client

from voicelive.emulator import BadEngine, serve
from voicelive.emulator.engines import GROUPS, known, make
from voicelive.emulator.engines.responder import built_in_responder
from voicelive.emulator.engines.vad import SileroDetector, WebrtcDetector
from voicelive.emulator.engines.voice import EspeakVoice

pytestmark = pytest.mark.anyio

MODULE = '''
from collections.abc import Callable
from pathlib import Path

import numpy as np


class Beep:
    """A voice that beeps once for each letter."""

    def __init__(self, *, pitch_hz: int = 440, samples_file: Path | None = None, lengths_ms: list[int] = [50]):
        if pitch_hz <= 0:
            raise ValueError("pitch_hz must be above 0")
        self.pitch_hz, self.samples_file, self.closed = pitch_hz, samples_file, False

    def synthesize(self, text, *, voice_name, rate_hz, manner):
        for _ in text:
            sound = 8_000 * np.sin(2 * np.pi * self.pitch_hz * np.arange(rate_hz // 20) / rate_hz)
            yield sound.astype("<i2").tobytes()

    def close(self):
        self.closed = True


class Shouting:
    def __init__(self, louder: Callable[[int], int] = abs):
        self.louder = louder


class Whispering:
    def __init__(self, how: "Softly", volume: int = 1):
        self.how = how


class Reading:
    def __init__(self, files: dict[str, Path]):
        self.files = files


class Deaf:
    def transcribe(self, samples, rate_hz):
        return "nothing at all"


class Always:
    frame_samples = 320

    def open_stream(self):
        return lambda frame: 1.0


class Needy:
    def __init__(self, url: str, **more):
        self.url = url

    async def aclose(self):
        self.url = None

    async def __call__(self, turn):
        return self.url


async def parrot(turn):
    return turn.text


def blocking_parrot(**anything):
    def answer(turn):
        return turn.text

    return answer


NUMBER = 42
'''
ENTRY_POINTS = """
[voicelive.emulator.voices]
beep = {module}:Beep
shouting = {module}:Shouting
whispering = {module}:Whispering
reading = {module}:Reading
broken = {module}:NoSuchThing

[voicelive.emulator.recognisers]
deaf = {module}:Deaf

[voicelive.emulator.vads]
always = {module}:Always

[voicelive.emulator.responders]
needy = {module}:Needy
parrot = {module}:parrot
blocking = {module}:blocking_parrot
"""
numbers = itertools.count()


def install(folder, monkeypatch, entry_points=ENTRY_POINTS, name=None):
    """Install a distribution with one module as pip lays it out; gives the module's name."""
    name = name or f"third_party_{next(numbers)}"
    (folder / f"{name}.py").write_text(MODULE, encoding="utf-8")
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(entry_points.format(module=name), encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
    importlib.invalidate_caches()
    PathFinder.invalidate_caches()
    return name


@pytest.fixture
def third_party(tmp_path, monkeypatch):
    name = install(tmp_path, monkeypatch)
    yield name
    sys.modules.pop(name, None)


def test_the_engines_that_are_built_in():
    assert isinstance(make("voice", "espeak"), EspeakVoice)
    assert isinstance(make("vad", "silero"), SileroDetector)
    assert isinstance(make("vad", "webrtc"), WebrtcDetector)
    assert make("recogniser", "none") is None
    assert make("responder", "built-in") is built_in_responder
    assert hasattr(make("recogniser", "auto"), "transcribe")
    assert {kind: "auto" in known(kind) for kind in GROUPS} == {"vad": True, "recogniser": True, "responder": False, "voice": False}


def test_a_distribution_brings_engines(third_party, tmp_path):
    assert "beep" in known("voice")
    voice = make("voice", "beep", {"pitch_hz": 880, "samples_file": str(tmp_path)})
    assert (voice.pitch_hz, voice.samples_file) == (880, tmp_path)
    assert make("recogniser", "deaf").transcribe(np.zeros(0, np.int16), 8_000) == "nothing at all"
    assert make("responder", "parrot") is sys.modules[third_party].parrot
    assert make("responder", "needy", {"url": "u", "anything": 1}).url == "u"
    assert make("voice", f"{third_party}:Beep").pitch_hz == 440
    assert make("voice", "reading", {"files": {"de": Path("x"), "en": "y"}}).files == {"de": Path("x"), "en": Path("y")}
    assert make("voice", "whispering", {"how": "low"}).how == "low", "so is one that cannot be found"
    assert make("voice", "shouting", {"louder": 7}).louder == 7, "a type that cannot be judged is left to the engine"


@pytest.mark.parametrize(
    ("kind", "name", "options", "message"),
    [
        ("voice", "espeek", {}, r"there is no voice 'espeek' \(did you mean 'espeak'\?\); there are: beep, broken, espeak"),
        ("voice", "no:such", {}, "voice 'no:such' cannot be imported: No module named 'no'"),
        ("voice", "broken", {}, r"voice 'broken' \(third_party_\d+:NoSuchThing\) cannot be loaded: .*NoSuchThing"),
        (
            "voice",
            "beep",
            {"pitch_hx": 1},
            r"voice 'beep' has no option 'pitch_hx' \(did you mean 'pitch_hz'\?\); its options are: ",
        ),
        ("voice", "beep", {"pitch_hz": "high"}, "voice 'beep', option 'pitch_hz': Expected `int`, got `str`"),
        ("voice", "beep", {"lengths_ms": [1, "x"]}, r"option 'lengths_ms': Expected `int`, got `str` - at `\$\[1\]`"),
        ("voice", "beep", {"pitch_hz": 0}, "voice 'beep': pitch_hz must be above 0"),
        ("vad", "always", {"x": 1}, "vad 'always' has no option 'x'; it has none"),
        ("responder", "needy", {}, "responder 'needy' needs the option 'url'; its options are: url"),
        ("responder", "parrot", {"x": 1}, "responder 'parrot' is a function that answers turns; it has no options"),
    ],
)
@pytest.mark.usefixtures("third_party")
def test_what_is_wrong_with_a_choice_is_said(kind, name, options, message):
    with pytest.raises(BadEngine, match=message):
        make(kind, name, options)


def test_a_number_is_no_engine(third_party):
    with pytest.raises(BadEngine, match="is a int; it must be a callable that makes the engine"):
        make("voice", f"{third_party}:NUMBER")


@pytest.mark.parametrize(
    ("entry", "message"),
    [("beep = other:Beep", "two distributions bring a voice 'beep'"), ("espeak = other:Beep", "to be a voice 'espeak', which is built in")],
)
def test_a_name_that_is_taken_is_an_error(entry, message, third_party, tmp_path, monkeypatch):
    (tmp_path / "more").mkdir()
    install(tmp_path / "more", monkeypatch, f"[voicelive.emulator.voices]\n{entry}\n")
    with pytest.raises(BadEngine, match=message):
        known("voice")
    assert third_party


async def test_a_server_takes_engines_by_name_and_closes_them(third_party):
    responder = {"engine": "needy", "url": "Good day."}
    async with serve(voice="beep", recogniser="deaf", vad="always", responder=responder, pace=None) as server, client(server) as one:
        assert (await one.ask("hello"))["output"][0]["content"][0]["transcript"] == "Good day."
        assert len(one.audio()) == len("Good day.") * 24_000 // 20 * 2
        engines = server._engines
        assert not engines.voice.closed
    assert engines.voice.closed
    assert engines.responder.url is None
    assert third_party


@pytest.mark.usefixtures("third_party")
async def test_a_responder_that_is_a_plain_function_answers_from_a_thread():
    async with serve(voice="beep", recogniser=None, responder="blocking", pace=None) as server, client(server) as one:
        assert (await one.ask("hello"))["output"][0]["content"][0]["transcript"] == "hello"


@pytest.mark.parametrize("voice", [{"engine": "espeek"}, "espeek"])
async def test_a_server_without_such_an_engine_does_not_start(voice):
    with pytest.raises(BadEngine, match="did you mean 'espeak'"):
        async with serve(voice=voice, recogniser=None):
            pass


async def test_a_mapping_needs_the_name():
    with pytest.raises(BadEngine, match=r"voice: the mapping needs 'engine', the name of the engine; there are: espeak"):
        async with serve(voice={"model": "x"}, recogniser=None):
            pass
