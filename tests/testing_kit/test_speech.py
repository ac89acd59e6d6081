"""Speech for tests: it is heard, and what disturbs it is what it says."""

import numpy as np
import pytest

from voicelive.emulator import serve_in_thread
from voicelive.sync import connect
from voicelive.testing import from_format, gain, level_db, noise, overlap, pieces, resample, silence, speak, to_format, with_noise


def samples(pcm):
    return np.frombuffer(pcm, "<i2").astype(float)


def test_speech_is_heard_through_noise():
    from azure.core.credentials import AzureKeyCredential

    said = speak("How much is nine times seven?")
    with (
        serve_in_thread(pace=None) as server,
        connect(endpoint=server.url, credential=AzureKeyCredential("k"), model="gpt-realtime") as connection,
    ):
        settings = {
            "input_audio_transcription": {"model": "azure-speech"},
            "turn_detection": {"type": "server_vad", "create_response": False},
        }
        connection.session.update(session=settings)
        connection.input_audio_buffer.append(audio=with_noise(silence(300) + said + silence(1500), 30))
        heard = connection.wait_for("conversation.item.input_audio_transcription.completed", timeout=60)
    # Not every word: what the recogniser makes of noise depends on what it heard before.
    assert {"how", "much", "seven"} <= set(heard.transcript.lower().split())


def test_the_same_text_gives_the_same_audio_and_a_voice_another():
    assert speak("Good day") == speak("Good day")
    assert speak("Good day", voice="en-GB-RyanNeural") != speak("Good day")
    assert len(speak("Good day", rate_hz=8000)) == pytest.approx(len(speak("Good day")) / 3, rel=0.02)


def test_levels_and_lengths():
    assert silence(100) == bytes(4800)
    assert silence(20, rate_hz=8000) == bytes(320)
    hiss = noise(500, level_db=-30, seed=7)
    assert len(hiss) == 24_000
    assert level_db(hiss) == pytest.approx(-30, abs=0.3)
    assert hiss == noise(500, level_db=-30, seed=7) != noise(500, level_db=-30, seed=8)
    assert level_db(gain(hiss, -6)) == pytest.approx(-36, abs=0.3)
    assert np.abs(samples(gain(hiss, 60))).max() == 32768 or samples(gain(hiss, 60)).max() == 32767


def test_overlap_places_its_tracks():
    one = np.full(240, 100, "<i2").tobytes()
    both = samples(overlap(one, (one, 5)))
    assert len(both) == 360
    assert [both[0], both[119], both[120], both[239], both[240], both[359]] == [100, 100, 200, 200, 100, 100]
    assert overlap() == b""


def test_what_is_wrong_is_said():
    with pytest.raises(ValueError, match="0 or more"):
        silence(-1)
    with pytest.raises(ValueError, match="cut a 16-bit sample"):
        gain(b"\0", 1)
    with pytest.raises(ValueError, match="0 or more"):
        overlap((b"\0\0", -1))
    with pytest.raises(ValueError, match="silence has no level"):
        with_noise(silence(10), 20)
    with pytest.raises(ValueError, match="hold no sample"):
        pieces(b"\0\0", 0.01)
    with pytest.raises(ValueError, match="mp3"):
        to_format(b"\0\0", "mp3")


def test_noise_is_below_the_speech_and_pauses_do_not_count():
    tone = (8000 * np.sin(np.arange(24_000) * 2 * np.pi * 440 / 24_000)).astype("<i2").tobytes()
    assert level_db(tone) == pytest.approx(20 * np.log10(8000 / np.sqrt(2) / 32767), abs=0.1)
    assert level_db(silence(1000) + tone + silence(3000)) == pytest.approx(level_db(tone), abs=0.1)
    assert level_db(silence(100)) == level_db(b"") == -np.inf
    added = samples(with_noise(silence(1000) + tone, 15)) - samples(silence(1000) + tone)
    assert level_db(added.astype("<i2").tobytes()) == pytest.approx(level_db(tone) - 15, abs=0.3)


@pytest.mark.parametrize(
    ("name", "bytes_a_second"),
    [("pcm16", 48_000), ("pcm16_16000hz", 32_000), ("pcm16-8000hz", 16_000), ("g711_ulaw", 8_000), ("g711_alaw", 8_000)],
)
def test_formats_there_and_back(name, bytes_a_second):
    tone = (8000 * np.sin(np.arange(24_000) * 2 * np.pi * 440 / 24_000)).astype("<i2").tobytes()
    encoded = to_format(tone, name)
    assert len(encoded) == bytes_a_second
    back = from_format(encoded, name)
    assert len(back) == len(tone)
    apart = samples(back)[1200:-1200] - samples(tone)[1200:-1200]
    assert np.sqrt(np.mean(apart**2)) < 8000 * 0.03
    assert to_format(resample(tone, 24_000, 8_000), name, rate_hz=8_000)[:100] != b""


def test_pieces_are_those_of_a_microphone():
    cut = pieces(silence(50) + b"\1\0")
    assert [len(piece) for piece in cut] == [960, 960, 482]
    assert b"".join(cut) == silence(50) + b"\1\0"
    assert len(pieces(silence(20, rate_hz=8_000), 10, rate_hz=8_000)) == 2
    assert overlap((b"\1\0", 10), rate_hz=8_000) == silence(10, rate_hz=8_000) + b"\1\0"
