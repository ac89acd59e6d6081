"""Recognising what the local voice says, in a process of its own."""

import io
import itertools
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from voicelive._audio import resample
from voicelive.emulator.engines import _recognise
from voicelive.emulator.engines.recogniser import PocketsphinxRecogniser, RecogniserError, _Worker
from voicelive.emulator.engines.voice import EspeakVoice


@pytest.fixture(scope="module")
def recogniser():
    return PocketsphinxRecogniser()


def spoken(text):
    return np.frombuffer(b"".join(EspeakVoice().synthesize(text, voice_name=None, rate_hz=24_000)), np.int16)


@pytest.mark.parametrize(
    "question",
    ["What time is it?", "What day is it?", "How are you today?", "Tell me what time it is.", "Please add seven plus eleven."],
)
def test_words_of_the_local_voice(recogniser, question):
    assert recogniser.transcribe(spoken(question), 24_000) == question.lower().rstrip("?.")


def test_words_have_times_and_probabilities(recogniser):
    """The times are those that the voice itself reports, within two tenths of a second."""
    (sentence,) = EspeakVoice().speak("Please add seven plus eleven.", voice_name=None, rate_hz=24_000)
    sound = np.frombuffer(sentence.pcm16, np.int16)
    transcript = recogniser.recognise(np.pad(sound, (24_000, 0)), 24_000)
    assert transcript.locale == "en-US"
    assert [word.text for word in transcript.words] == [word.text.lower() for word in sentence.words]
    for heard, said in zip(transcript.words, sentence.words, strict=True):
        assert heard.offset_ms == pytest.approx(1_000 + said.offset_ms, abs=200)
        assert 0 < heard.probability <= 1
    assert all(one.offset_ms + one.duration_ms <= other.offset_ms for one, other in itertools.pairwise(transcript.words))
    assert transcript.words[-1].offset_ms + transcript.words[-1].duration_ms <= 1_000 + len(sound) / 24


def test_one_turn_does_not_colour_the_next(recogniser):
    question = spoken("What time is it?")
    first = recogniser.transcribe(question, 24_000)
    recogniser.transcribe(spoken("The cat sat on the mat, loudly.") // 8, 24_000)
    assert recogniser.transcribe(question, 24_000) == first == "what time is it"


@pytest.mark.parametrize("sound", [np.zeros(0, np.int16), np.zeros(48_000, np.int16), np.full(1, 500, np.int16)])
def test_nothing_heard(recogniser, sound):
    assert recogniser.transcribe(sound, 24_000) == ""


def test_many_threads_share_the_process(recogniser):
    question = spoken("What time is it?")
    with ThreadPoolExecutor(3) as threads:
        heard = list(threads.map(lambda _: PocketsphinxRecogniser().transcribe(question, 24_000), range(3)))
    assert heard == ["what time is it"] * 3
    assert PocketsphinxRecogniser()._worker is recogniser._worker


def test_a_process_that_died_is_replaced(recogniser):
    process = recogniser._worker._process
    process.kill()
    process.wait()
    assert recogniser.transcribe(spoken("What time is it?"), 24_000) == "what time is it"
    assert recogniser._worker._process is not process


def test_a_process_that_dies_at_work_is_an_error():
    worker = _Worker([sys.executable, "-c", "import sys; sys.stdin.buffer.read(4); sys.exit(7)"])
    with pytest.raises(RecogniserError, match="the speech recogniser's process ended with exit code 7"):
        worker.ask(bytes(1_000_000))
    worker.close()


def test_an_answer_cut_short_is_an_error():
    program = "import sys; sys.stdin.buffer.read(5); sys.stdout.buffer.write(b'\\0\\0\\0\\x09half')"
    worker = _Worker([sys.executable, "-c", program])
    with pytest.raises(RecogniserError, match="exit code 0"):
        worker.ask(b"x")
    worker.close()


def test_closing_ends_the_process():
    worker = _Worker([sys.executable, "-c", "import sys; sys.stdin.read()"])
    worker.close()
    assert worker._process.returncode == 0


def test_the_process_answers_in_this_one(monkeypatch):
    """The same loop that runs in the other process, so that its steps are seen one by one."""
    requests, answers = io.BytesIO(), io.BytesIO()
    padded = np.pad(spoken("What time is it?"), 7_200)
    _recognise.write_message(requests, resample(padded, 24_000, _recognise.RATE_HZ).tobytes())
    requests.seek(0)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(requests))
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(answers))
    monkeypatch.setattr(_recognise.signal, "signal", lambda *_: None)
    _recognise.main()
    answers.seek(0)
    answer = json.loads(_recognise.read_message(answers))
    assert answer["text"] == " ".join(word for word, *_ in answer["words"]) == "what time is it"


def test_an_interrupt_is_left_to_the_server():
    program = (
        "import signal as s; from voicelive.emulator.engines._recognise import main; main(); print(s.getsignal(s.SIGINT) is s.SIG_IGN)"
    )
    ended = subprocess.run([sys.executable, "-c", program], stdin=subprocess.DEVNULL, capture_output=True, check=True)
    assert ended.stdout.strip() == b"True"


def test_missing_library(monkeypatch):
    assert PocketsphinxRecogniser.available()
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    assert not PocketsphinxRecogniser.available()
    with pytest.raises(ImportError, match=r"recognising speech needs pocketsphinx .*pip install 'voicelive\[emulator\]'"):
        PocketsphinxRecogniser()
