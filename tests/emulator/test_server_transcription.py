"""Transcripts of the user's turns: deltas, the whole, times and probabilities where they are asked for."""

import itertools
import math

import pytest
from emulator.support_server import client
from emulator.test_server_turns import PCM16, Fixed, speech

from voicelive.emulator import serve
from voicelive.emulator.engines import HeardWord, Transcript

pytestmark = pytest.mark.anyio

DETAILS = ["item.input_audio_transcription.logprobs", "item.input_audio_transcription.phrases"]
PREFIX = "conversation.item.input_audio_transcription."


class Detailed(Fixed):
    """A recogniser that also tells when it heard each word, and how sure it is; the first word cannot be."""

    def recognise(self, samples, rate_hz):
        words = self.transcribe(samples, rate_hz).split()
        heard = (HeardWord(word, 100 * index, 100, 0.5 * (index > 0)) for index, word in enumerate(words))
        return Transcript(self.text, tuple(heard), "en-GB")


async def heard(one, text, **session):
    """Speak one turn; its deltas and its whole transcript."""
    await one.update(turn_detection=None, input_audio_transcription={"model": "azure-speech"}, **session)
    await one.append(PCM16.encode(speech(text)))
    await one.send("input_audio_buffer.commit")
    completed = await one.until(f"{PREFIX}completed", f"{PREFIX}failed")
    return one.all(f"{PREFIX}delta"), completed


async def test_the_transcript_comes_in_pieces_and_whole():
    async with serve(recogniser=Fixed("two plus three"), pace=None) as server, client(server) as one:
        deltas, completed = await heard(one, "What is two plus three?")
        assert [event["delta"] for event in deltas] == ["two", " plus", " three"]
        assert completed["transcript"] == "two plus three"
        assert {event["item_id"] for event in deltas} == {completed["item_id"]}
        assert not {"logprobs", "phrases", "language"} & {key for event in [*deltas, completed] for key in event}


async def test_details_of_what_was_heard():
    async with serve(pace=None) as server, client(server) as one:
        deltas, completed = await heard(one, "Please add seven plus eleven.", include=DETAILS)
        assert completed["transcript"] == "please add seven plus eleven"
        assert completed["language"] == "en-US"
        assert [event["logprobs"] for event in deltas] == [[each] for each in completed["logprobs"]]
        for event in deltas:
            (logprob,) = event["logprobs"]
            assert bytes(logprob["bytes"]).decode() == logprob["token"] == event["delta"]
            assert logprob["logprob"] <= 0
        (phrase,) = completed["phrases"]
        assert phrase["text"] == completed["transcript"]
        assert phrase["locale"] == "en-US"
        words = phrase["words"]
        assert [word["text"] for word in words] == phrase["text"].split()
        assert phrase["offset_milliseconds"] == words[0]["offset_milliseconds"] == pytest.approx(500, abs=150)
        ends = [word["offset_milliseconds"] + word["duration_milliseconds"] for word in words]
        assert all(end <= word["offset_milliseconds"] for end, word in zip(ends, words[1:], strict=False))
        assert phrase["offset_milliseconds"] + phrase["duration_milliseconds"] == ends[-1]
        probabilities = [math.exp(each["logprob"]) for each in completed["logprobs"]]
        assert phrase["confidence"] == pytest.approx(sum(probabilities) / len(probabilities), abs=0.001)


@pytest.mark.parametrize("wanted", [[name] for name in DETAILS])
async def test_only_the_details_that_are_included(wanted):
    async with serve(recogniser=Detailed("two plus three"), pace=None) as server, client(server) as one:
        _, completed = await heard(one, "What is two plus three?", include=wanted)
        assert {f"item.input_audio_transcription.{key}" for key in ("logprobs", "phrases") if key in completed} == set(wanted)


async def test_a_recogniser_of_your_own_may_tell_more():
    async with serve(recogniser=Detailed("two plus three"), pace=None) as server, client(server) as one:
        _, completed = await heard(one, "What is two plus three?", include=DETAILS)
        assert [each["logprob"] for each in completed["logprobs"]] == pytest.approx(
            [math.log(1e-9), math.log(0.5), math.log(0.5)], abs=1e-4
        )
        (phrase,) = completed["phrases"]
        assert (phrase["duration_milliseconds"], phrase["locale"], completed["language"]) == (300, "en-GB", "en-GB")


async def test_a_recogniser_that_knows_only_the_text():
    async with serve(recogniser=Fixed("two plus three"), pace=None) as server, client(server) as one:
        deltas, completed = await heard(one, "What is two plus three?", include=DETAILS)
        assert "logprobs" not in completed
        assert not any("logprobs" in event for event in deltas)
        length_ms = int(len(speech("What is two plus three?")) / 24)
        assert completed["phrases"] == [{"offset_milliseconds": 0, "duration_milliseconds": length_ms, "text": "two plus three"}]


async def test_nothing_heard_has_no_deltas():
    async with serve(recogniser=Fixed(""), pace=None) as server, client(server) as one:
        deltas, failed = await heard(one, "What is two plus three?", include=DETAILS)
        assert failed["error"]["code"] == "audio_unintelligible"
        assert deltas == []


async def test_transcripts_of_two_turns_keep_apart():
    async with serve(recogniser=Fixed("yes indeed"), pace=None) as server, client(server) as one:
        await heard(one, "one")
        await heard(one, "two")
        ids = [event["item_id"] for event in one.events if event["type"].startswith(PREFIX)]
        assert [len(list(group)) for _, group in itertools.groupby(ids)] == [3, 3]
