"""The settings of an Azure voice: their notation, what the local voice makes of them, and what is refused."""

import numpy as np
import pytest
from emulator.support_server import client

from voicelive.emulator import serve
from voicelive.emulator._manner import gain_of, manner_of
from voicelive.emulator.engines import Manner
from voicelive.emulator.engines._timbres import Timbre, in_manner
from voicelive.emulator.engines.voice import EspeakVoice

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("rate", "speed"),
    [(None, 1), ("medium", 1), ("x-slow", 0.5), ("x-fast", 2), ("+15%", 1.15), ("-50%", 0.5), ("20%", 1.2), ("1.2", 1.2), (".5", 0.5)],
)
async def test_rates(rate, speed):
    assert manner_of({"rate": rate}).speed == pytest.approx(speed)


@pytest.mark.parametrize(
    ("pitch", "semitones"),
    [(None, 0), ("default", 0), ("-2st", -2), ("+12st", 12), ("+100%", 12), ("-50%", -12), ("+170Hz", 12), ("85Hz", -12), ("340hz", 12)],
)
async def test_pitches(pitch, semitones):
    assert manner_of({"pitch": pitch}).pitch_semitones == pytest.approx(semitones)


@pytest.mark.parametrize(
    ("volume", "gain"),
    [
        (None, 1),
        ("silent", 0),
        ("soft", 0.4),
        ("50", 0.5),
        ("0", 0),
        ("+6dB", 1.995),
        ("-50%", 0.5),
        ("-150%", 0),
        ("-20", 0.8),
        ("+20", 1.2),
    ],
)
async def test_volumes(volume, gain):
    assert gain_of({"volume": volume}) == pytest.approx(gain, abs=0.001)


@pytest.mark.parametrize(
    "wrong",
    [{"rate": each} for each in ("quick", "0", "-100%", "+1.2", "1.2Hz", "")]
    + [{"pitch": each} for each in ("1.2", "-100%", "0Hz", "2dB")]
    + [{"volume": each} for each in ("101", "-101", "5st", "noisy")],
)
async def test_what_is_no_notation_is_refused(wrong):
    ((name, text),) = wrong.items()
    async with serve(recogniser=None) as server, client(server) as one:
        voice = {"type": "azure-standard", "name": "en-US-AvaNeural", **wrong}
        error = await one.refused("session.update", session={"voice": voice})
    assert error["param"] == "session.voice"
    assert f"'session.voice': {name} {text!r} is no such setting; it can be " in error["message"]


async def test_style_and_locale_are_handed_on():
    assert manner_of({"style": "sad", "locale": "de-DE"}) == Manner(locale="de-DE", style="sad")


async def test_a_speaker_has_limits():
    assert in_manner(Timbre("en"), 1.2, 6) == Timbre("en", pitch=75, words_per_minute=210)
    assert in_manner(Timbre("en"), 100, 100) == Timbre("en", pitch=99, words_per_minute=450)
    assert in_manner(Timbre("en"), 0.01, -100) == Timbre("en", pitch=0, words_per_minute=80)


async def test_speed_volume_and_pitch_can_be_heard():
    seconds, loudness, periods = {}, {}, {}
    for name, settings in {"usual": {}, "fast": {"rate": "+50%"}, "soft": {"volume": "50"}, "high": {"pitch": "+10st"}}.items():
        async with serve(recogniser=None, pace=None, responder=say_ah) as server, client(server) as one:
            await one.update(voice={"type": "azure-standard", "name": "en-GB-RyanNeural", **settings})
            await one.ask("Go.")
            samples = np.frombuffer(one.audio(), "<i2").astype(float)
        seconds[name], loudness[name] = len(samples) / 24_000, np.sqrt(np.mean(samples**2))
        periods[name] = period_of(samples)
    assert seconds["fast"] < 0.8 * seconds["usual"]
    assert loudness["soft"] == pytest.approx(loudness["usual"] / 2, rel=0.05)
    assert periods["high"] < 0.75 * periods["usual"]


async def say_ah(_turn):
    return "Ah, ah, ah, ah, ah, ah."


def period_of(samples):
    """Length in samples of the period that most of the sound has: the highest peak of its autocorrelation between 48 and 200 Hz."""
    energy = np.abs(np.fft.rfft(samples, 2 * len(samples))) ** 2
    correlation = np.fft.irfft(energy)
    return 120 + int(np.argmax(correlation[120:500]))


async def test_a_locale_chooses_the_language():
    voice = EspeakVoice()
    german, forced = (
        b"".join(voice.synthesize("Restaurant, 21", voice_name=name, rate_hz=24_000, manner=Manner(locale=locale)))
        for name, locale in (("de-DE-KatjaNeural", None), ("en-US-AvaMultilingualNeural", "de-DE"))
    )
    english = b"".join(voice.synthesize("Restaurant, 21", voice_name="en-US-AvaMultilingualNeural", rate_hz=24_000))
    assert abs(len(german) - len(forced)) < 1_000 < abs(len(english) - len(forced))
