"""Speech for tests: it is heard, and what disturbs it is what it says."""

import numpy as np
import pytest

from voicelive.emulator import serve_in_thread
from voicelive.sync import connect
from voicelive.testing import gain, noise, overlap, silence, speak


def samples(pcm):
    return np.frombuffer(pcm, "<i2").astype(float)


def level_db(pcm):
    return 20 * np.log10(np.sqrt(np.mean(samples(pcm) ** 2)) / 32767)


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
        connection.input_audio_buffer.append(audio=overlap(silence(300) + said + silence(1500), noise(4000, level_db=-60)))
        heard = connection.wait_for("conversation.item.input_audio_transcription.completed", timeout=60)
    assert "nine times seven" in heard.transcript.lower()


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
