"""Spoken turns: speech found in the audio, one item and one answer for each utterance, interruption, transcription."""

import asyncio
import base64
import functools
import wave
from io import BytesIO

import numpy as np
import pytest
from emulator.support_server import client

from voicelive._audio import AudioFormat, input_format, resample
from voicelive.emulator import Reply, serve
from voicelive.emulator._input_audio import LONGEST_SILENCE_MS, InputAudio
from voicelive.emulator._settings import initial_settings
from voicelive.emulator.engines.voice import EspeakVoice

pytestmark = pytest.mark.anyio

PCM16 = input_format("pcm16")
QUESTION = "What is two plus three?"
SPOKEN_TURN = [
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.committed",
    "conversation.item.created",
    "response.created",
]


@functools.cache
def speech(text=QUESTION):
    """Synthesised speech at 24 kHz between two pieces of silence."""
    audio = b"".join(EspeakVoice().synthesize(text, voice_name=None, rate_hz=24_000))
    silence = np.zeros(24_000, np.int16)
    return np.concatenate([silence[:12_000], PCM16.decode(audio), silence])


def encoded(audio: AudioFormat, samples):
    return audio.encode(resample(samples, 24_000, audio.sample_rate_hz))


def chunks(data, length):
    return [data[start : start + length] for start in range(0, len(data), length)]


class Fixed:
    """A recogniser that always hears the same."""

    def __init__(self, text):
        self.text = text

    def transcribe(self, samples, rate_hz):
        assert samples.dtype == np.int16
        assert len(samples) / rate_hz > 0.1
        if isinstance(self.text, Exception):
            raise self.text
        return self.text


async def repeat(turn):
    return turn.history[-1].text if turn.history else "Nothing was understood."


async def endless(_turn):
    yield "This is the beginning. "
    await asyncio.Event().wait()


def transcript(response):
    return "".join(part["transcript"] for item in response["output"] for part in item["content"])


@pytest.mark.parametrize("chunk_ms", [20, 100, None])
async def test_one_utterance_gives_one_turn_and_one_answer(chunk_ms):
    async with serve(responder=repeat, recogniser=Fixed("two plus three"), pace=None) as server, client(server) as one:
        data = PCM16.encode(speech())
        for chunk in chunks(data, PCM16.ms_to_bytes(chunk_ms)) if chunk_ms else [data]:
            await one.append(chunk)
        response = (await one.until("response.done"))["response"]
        assert transcript(response) == "two plus three"
        await one.append(bytes(PCM16.ms_to_bytes(3_000)))
        await one.settle()
        spoken = [event for event in one.events if event["type"] in SPOKEN_TURN]
        assert [event["type"] for event in spoken] == [*SPOKEN_TURN, "conversation.item.created"]
        started, stopped, committed, created = spoken[:4]
        assert started["item_id"] == stopped["item_id"] == committed["item_id"] == created["item"]["id"]
        assert created["item"]["content"] == [{"type": "input_audio", "transcript": None}]
        assert started["audio_start_ms"] == pytest.approx(200, abs=150)
        assert stopped["audio_end_ms"] == pytest.approx(len(speech()) / 24 - 800, abs=250)
        assert response["usage"]["input_token_details"]["audio_tokens"] > 10


@pytest.mark.parametrize(
    ("name", "rate_hz"),
    [("pcm16", 8_000), ("pcm16", 16_000), ("pcm16", 44_100), ("g711_ulaw", 8_000), ("g711_alaw", 8_000)],
)
async def test_every_input_format_is_understood(name, rate_hz):
    async with serve(responder=repeat, recogniser=Fixed("yes"), pace=None) as server, client(server) as one:
        await one.update(input_audio_format=name, input_audio_sampling_rate=rate_hz)
        await one.append(encoded(input_format(name, rate_hz), speech()))
        assert transcript((await one.until("response.done"))["response"]) == "yes"
        stopped = one.all("input_audio_buffer.speech_stopped")[0]
        assert stopped["audio_end_ms"] == pytest.approx(len(speech()) / 24 - 800, abs=250)


async def test_a_wav_file_in_one_append():
    file = BytesIO()
    with wave.open(file, "wb") as target:
        target.setparams((1, 2, 24_000, 0, "NONE", ""))
        target.writeframes(PCM16.encode(speech()))
    async with serve(recogniser=None, pace=None) as server, client(server) as one:
        await one.append(file.getvalue())
        await one.until("response.done")


async def test_of_two_channels_the_microphone_is_heard():
    echo = {"type": "server_echo_cancellation", "reference_source": "client", "channels": 2}
    async with serve(recogniser=None, pace=None) as server, client(server) as one:
        await one.update(input_audio_echo_cancellation=echo)
        both = np.stack([speech(), np.zeros_like(speech())], axis=1).reshape(-1)
        await one.append(PCM16.encode(both))
        await one.until("response.done")
        await one.send_raw('{"type":"input_audio_buffer.append","audio":"AAA="}')
        assert "multiple of 4" in (await one.until("error"))["error"]["message"]


async def test_silence_and_a_constant_are_no_speech():
    async with serve(recogniser=None, pace=None) as server, client(server) as one:
        await one.append(bytes(PCM16.ms_to_bytes(2_000)))
        await one.append(PCM16.encode(np.full(48_000, 20_000, np.int16)))
        await one.settle()
        assert not one.all("input_audio_buffer.speech_started")


async def test_the_words_are_recognised_and_used():
    async with serve(pace=None) as server, client(server) as one:
        await one.update(input_audio_transcription={"model": "azure-speech"})
        await one.append(PCM16.encode(speech("What time is it?")))
        done = (await one.until("response.done"))["response"]
        (heard,) = one.all("conversation.item.input_audio_transcription.completed")
        assert "time" in heard["transcript"]
        assert transcript(done).startswith("It is ")
        await one.send("conversation.item.retrieve", item_id=heard["item_id"])
        item = (await one.until("conversation.item.retrieved"))["item"]
        (part,) = item["content"]
        assert (part["type"], part["transcript"]) == ("input_audio", heard["transcript"])


@pytest.mark.parametrize(
    ("recogniser", "code"),
    [(None, "recogniser_unavailable"), (Fixed(""), "audio_unintelligible"), (Fixed(OSError("no model")), "recogniser_failed")],
)
async def test_a_transcript_is_never_made_up(recogniser, code):
    async with serve(responder=repeat, recogniser=recogniser, pace=None) as server, client(server) as one:
        await one.update(input_audio_transcription={"model": "whisper-1"})
        await one.append(PCM16.encode(speech()))
        failed = await one.until("conversation.item.input_audio_transcription.failed")
        assert failed["error"]["code"] == code
        assert transcript((await one.until("response.done"))["response"]) == "Nothing was understood."


async def test_no_transcript_is_sent_unless_asked_for():
    async with serve(responder=repeat, recogniser=Fixed("hello"), pace=None) as server, client(server) as one:
        await one.append(PCM16.encode(speech()))
        assert transcript((await one.until("response.done"))["response"]) == "hello"
        await one.settle()
        assert not [event for event in one.events if "transcription" in event["type"]]


async def test_audio_of_a_deleted_item_is_not_transcribed():
    heard = asyncio.Event()
    loop = asyncio.get_running_loop()

    class Slow(Fixed):
        def transcribe(self, samples, rate_hz):
            asyncio.run_coroutine_threadsafe(heard.wait(), loop).result()
            return super().transcribe(samples, rate_hz)

    async with serve(recogniser=Slow("hello"), pace=None) as server, client(server) as one:
        await one.update(turn_detection=None, input_audio_transcription={"model": "whisper-1"})
        await one.append(PCM16.encode(speech()))
        await one.send("input_audio_buffer.commit")
        item_id = (await one.until("conversation.item.created"))["item"]["id"]
        await one.send("conversation.item.delete", item_id=item_id)
        await one.until("conversation.item.deleted")
        heard.set()
        await one.ask("hello")
        assert not one.all("conversation.item.input_audio_transcription.completed")


async def test_what_a_deleted_item_said_is_told_of_no_other_with_its_id():
    heard = asyncio.Event()
    loop = asyncio.get_running_loop()

    class Slow(Fixed):
        def transcribe(self, samples, rate_hz):
            asyncio.run_coroutine_threadsafe(heard.wait(), loop).result()
            return super().transcribe(samples, rate_hz)

    async with serve(recogniser=Slow("secret"), pace=None) as server, client(server, checked=False) as one:
        await one.update(turn_detection=None, input_audio_transcription={"model": "whisper-1"})
        audio = base64.b64encode(PCM16.encode(speech())).decode()
        for content in ([{"type": "input_audio", "audio": audio}], [{"type": "input_text", "text": "hello"}]):
            await one.send("conversation.item.create", item={"type": "message", "role": "user", "id": "q", "content": content})
            await one.until("conversation.item.created")
            await one.send("conversation.item.delete", item_id="q")
            await one.until("conversation.item.deleted")
        await one.send("conversation.item.create", item={"type": "message", "role": "user", "id": "q", "content": content})
        heard.set()
        await one.ask("hello")
        assert server.sessions[0].items[0]["content"] == content
        assert not one.all("conversation.item.input_audio_transcription.completed")


async def test_appends_without_audio_leave_nothing_behind():
    async with serve(recogniser=None, pace=None) as server, client(server) as one:
        await one.update(turn_detection=None)
        await one.append(bytes(9_600))
        for _ in range(100):
            await one.append(b"")
        await one.settle()
        assert len(server.sessions[0]._turns._audio._pieces) == 1


async def test_a_manual_turn():
    async with serve(responder=repeat, recogniser=Fixed("hello"), pace=None) as server, client(server) as one:
        await one.update(turn_detection=None)
        for chunk in chunks(PCM16.encode(speech()), 4_800):
            await one.append(chunk)
        await one.send("input_audio_buffer.commit")
        await one.until("conversation.item.created")
        await one.settle()
        assert not one.all("response.created", "input_audio_buffer.speech_started")
        await one.send("response.create")
        assert transcript((await one.until("response.done"))["response"]) == "hello"
        error = await one.refused("input_audio_buffer.commit")
        assert error["code"] == "input_audio_buffer_commit_empty"


async def test_too_little_audio_is_no_turn():
    async with serve(recogniser=None) as server, client(server) as one:
        await one.update(turn_detection=None)
        await one.append(bytes(PCM16.ms_to_bytes(99)))
        assert "99 ms" in (await one.refused("input_audio_buffer.commit"))["message"]
        await one.append(bytes(PCM16.ms_to_bytes(1)))
        await one.send("input_audio_buffer.commit")
        await one.until("conversation.item.created")


async def test_clear_throws_audio_and_utterance_away():
    async with serve(recogniser=None) as server, client(server) as one:
        await one.append(PCM16.encode(speech()[: len(speech()) // 2]))
        await one.until("input_audio_buffer.speech_started")
        await one.send("input_audio_buffer.clear")
        await one.until("input_audio_buffer.cleared")
        await one.append(bytes(PCM16.ms_to_bytes(2_000)))
        await one.settle()
        assert not one.all("input_audio_buffer.committed")


async def test_a_commit_while_speech_goes_on_makes_the_one_turn():
    async with serve(recogniser=None) as server, client(server) as one:
        await one.append(PCM16.encode(speech()[: len(speech()) // 2]))
        started = await one.until("input_audio_buffer.speech_started")
        await one.send("input_audio_buffer.commit")
        assert (await one.until("input_audio_buffer.committed"))["item_id"] == started["item_id"]
        await one.append(bytes(PCM16.ms_to_bytes(2_000)))
        await one.settle()
        assert len(one.all("input_audio_buffer.committed")) == 1
        assert not one.all("response.created")


async def test_turn_detection_can_be_changed_on_the_way():
    async with serve(recogniser=None, pace=None) as server, client(server) as one:
        await one.append(PCM16.encode(speech()))
        await one.until("response.done")
        await one.update(turn_detection=None)
        await one.append(PCM16.encode(speech()))
        await one.send("input_audio_buffer.commit")
        await one.until("input_audio_buffer.committed")
        await one.update(turn_detection={"type": "azure_semantic_vad", "silence_duration_ms": 300})
        await one.append(PCM16.encode(speech()))
        await one.until("response.done")
        await one.update(turn_detection={"type": "server_vad", "create_response": False})
        await one.append(PCM16.encode(speech()))
        await one.until("input_audio_buffer.committed")
        await one.settle()
        assert len(one.all("response.created")) == 2
        # Positions count from the session's first sample, whoever listened meanwhile.
        first, third, fourth = (event["audio_start_ms"] for event in one.all("input_audio_buffer.speech_started"))
        assert third - first == pytest.approx(len(speech()) / 24 * 2, abs=150)
        assert fourth - third == pytest.approx(len(speech()) / 24, abs=150)


async def test_speech_interrupts_a_running_response():
    async with serve(responder=endless, recogniser=None) as server, client(server) as one:
        await one.send("response.create")
        await one.until("response.audio.delta")
        await one.append(PCM16.encode(speech()))
        done = (await one.until("response.done"))["response"]
        assert done["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
        types = [kind for kind in one.types() if not kind.endswith("delta")]
        assert types[-6:] == [
            "input_audio_buffer.speech_started",
            "response.audio.done",
            "response.audio_transcript.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.done",
        ]
        await one.until("response.created")
        await one.send("response.cancel")
        await one.until("response.done")


async def test_speech_interrupts_a_response_that_is_generated_but_not_yet_sent():
    async def long(_turn):
        return "a sentence without an end " * 20

    async with serve(responder=long, recogniser=None) as server, client(server) as one:
        await one.send("response.create")
        await one.until("response.audio.delta")
        await one.append(PCM16.encode(speech()))
        assert (await one.until("response.done"))["response"]["status_details"]["reason"] == "turn_detected"
        await one.until("response.created")
        await one.send("response.cancel")
        await one.until("response.done")


async def test_auto_truncate_cuts_what_was_not_heard():
    async def long(_turn):
        return "One two three four five six seven eight nine ten. " * 10

    async with serve(responder=long, recogniser=None) as server, client(server) as one:
        await one.update(turn_detection={"type": "azure_semantic_vad", "auto_truncate": True, "create_response": False})
        await one.send("response.create")
        await one.until("response.audio.delta")
        await one.append(PCM16.encode(speech()))
        truncated = await one.until("conversation.item.truncated")
        done = (await one.until("response.done"))["response"]
        assert truncated["item_id"] == done["output"][0]["id"]
        sent_ms = len(one.audio()) // 48
        assert 0 <= truncated["audio_end_ms"] <= sent_ms
        await one.send("conversation.item.retrieve", item_id=truncated["item_id"])
        kept = (await one.until("conversation.item.retrieved"))["item"]["content"][0]["transcript"]
        assert transcript(done).startswith(kept)


@pytest.mark.usefixtures("sent_at_once")
async def test_auto_truncate_reaches_an_answer_that_is_done_but_still_playing():
    async def long(_turn):
        return "One two three four five six seven eight nine ten. " * 10

    async with serve(responder=long, recogniser=None) as server, client(server) as one:
        detection = {"type": "azure_semantic_vad", "auto_truncate": True, "create_response": False}
        await one.update(turn_detection=detection)
        done = await one.ask("Count.")
        await one.append(PCM16.encode(speech()))
        truncated = await one.until("conversation.item.truncated")
        assert truncated["item_id"] == done["output"][0]["id"]
        assert truncated["audio_end_ms"] < len(one.audio()) // 48
        assert done["status"] == "completed"


COUNT = "One two three four five six seven eight nine ten eleven twelve."


async def kept(one, item_id):
    await one.send("conversation.item.retrieve", item_id=item_id)
    return (await one.until("conversation.item.retrieved"))["item"]["content"][0]["transcript"]


async def count(_turn):
    return COUNT


@pytest.mark.parametrize("ends_by_itself", [False, True])
async def test_what_was_cut_while_it_was_spoken_stays_cut(ends_by_itself):
    go_on = asyncio.Event()

    async def count_on(_turn):
        yield f"{COUNT} "
        await go_on.wait()
        yield "Thirteen."

    async with serve(responder=count_on, recogniser=None, pace=None) as server, client(server) as one:
        await one.send("response.create")
        for _ in range(5):
            item_id = (await one.until("response.audio.delta"))["item_id"]
        await one.send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=200)
        await one.until("conversation.item.truncated")
        if ends_by_itself:
            go_on.set()
        else:
            await one.send("response.cancel")
        response = (await one.until("response.done"))["response"]
        assert response["status"] == ("completed" if ends_by_itself else "cancelled")
        cut = await kept(one, item_id)
        assert len(cut) < len(transcript(response))
        assert transcript(response).startswith(cut)
        assert server.sessions[0].audio_sent_ms == 200
        keys = {"item_id": item_id, "content_index": 0, "audio_end_ms": 201}
        assert (await one.refused("conversation.item.truncate", **keys))["code"] == "item_already_truncated"


async def test_auto_truncate_leaves_what_the_client_has_cut_more():
    async with serve(responder=count, recogniser=None) as server, client(server) as one:
        await one.update(turn_detection={"type": "server_vad", "auto_truncate": True, "create_response": False})
        item_id = (await one.ask("Count."))["output"][0]["id"]
        await one.send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=100)
        await one.until("conversation.item.truncated")
        cut = await kept(one, item_id)
        await one.append(PCM16.encode(speech()))
        await one.until("input_audio_buffer.committed")
        assert len(one.all("conversation.item.truncated")) == 1
        assert await kept(one, item_id) == cut


@pytest.mark.usefixtures("sent_at_once")
async def test_auto_truncate_reaches_every_message():
    counting = f"{COUNT} " * 10

    async def two(_turn):
        yield Reply(counting)
        yield Reply("Alpha beta gamma delta. ")
        await asyncio.Event().wait()

    async with serve(responder=two, recogniser=None) as server, client(server) as one:
        await one.update(turn_detection={"type": "server_vad", "auto_truncate": True, "create_response": False})
        await one.send("response.create")
        for _ in range(2):
            await one.until("response.output_item.added")
        await one.until("response.audio.delta")
        first, second = [event["item"]["id"] for event in one.all("response.output_item.added")]
        await one.append(PCM16.encode(speech()))
        await one.until("response.done")
        cuts = [(event["item_id"], event["audio_end_ms"]) for event in one.all("conversation.item.truncated")]
        assert [item_id for item_id, _ in cuts] == [first, second]
        assert 0 < cuts[0][1] < len(one.audio()) // 48
        assert cuts[1][1] == 0
        assert counting.startswith(await kept(one, first))
        assert await kept(one, second) == ""


async def test_without_interruption_the_next_answer_waits():
    async with serve(responder=endless, recogniser=None) as server, client(server) as one:
        await one.update(turn_detection={"type": "server_vad", "interrupt_response": False})
        await one.send("response.create")
        await one.until("response.audio.delta")
        await one.append(PCM16.encode(speech()))
        await one.until("input_audio_buffer.committed")
        await one.settle()
        assert len(one.all("response.created")) == 1
        await one.send("response.cancel")
        await one.until("response.done")
        await one.until("response.created")
        await one.send("response.cancel")
        await one.until("response.done")


async def test_a_response_that_cancels_the_previous_one_comes_before_the_answer_that_waits():
    async with serve(responder=endless, recogniser=None) as server, client(server) as one:
        await one.update(turn_detection={"type": "server_vad", "interrupt_response": False})
        await one.send("response.create")
        await one.until("response.audio.delta")
        await one.append(PCM16.encode(speech()))
        await one.until("input_audio_buffer.committed")
        await one.send("response.create", response={"cancel_previous": True, "metadata": {"name": "mine"}})
        done = (await one.until("response.done"))["response"]
        assert done["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
        assert (await one.until("response.created"))["response"]["metadata"] == {"name": "mine"}
        for _ in range(2):
            await one.send("response.cancel")
            await one.until("response.done")
        await one.settle()
        assert len(one.all("response.created")) == 3


async def test_an_answer_that_waits_is_given_once_to_a_user_who_goes_on():
    """The client's own response keeps the first turn's answer waiting; the second turn's takes its place."""
    async with serve(responder=endless, recogniser=None) as server, client(server) as one:
        await one.update(turn_detection={"type": "server_vad", "interrupt_response": False})
        await one.send("response.create")
        await one.until("response.audio.delta")
        await one.append(PCM16.encode(speech()))
        await one.until("input_audio_buffer.committed")
        await one.update(turn_detection={"type": "server_vad"})
        await one.append(PCM16.encode(speech()))
        await one.until("input_audio_buffer.speech_started")
        await one.until("response.created")
        assert len(one.all("input_audio_buffer.committed")) == 2
        await one.send("response.cancel")
        await one.until("response.done")
        await one.settle()
        assert len(one.all("response.created")) == 2


async def test_two_utterances_in_one_append():
    async with serve(responder=repeat, recogniser=Fixed("hello"), pace=None) as server, client(server) as one:
        await one.append(PCM16.encode(np.concatenate([speech(), speech()])))
        done = [(await one.until("response.done"))["response"] for _ in range(2)]
        assert [response["status"] for response in done] == ["cancelled", "completed"]
        assert done[0]["output"] == []
        assert len(one.all("input_audio_buffer.committed")) == 2


async def test_audio_in_a_message_is_heard():
    audio = base64.b64encode(PCM16.encode(speech())).decode()
    content = [{"type": "input_text", "text": "And now:"}, {"type": "input_audio", "audio": audio}]
    async with serve(responder=repeat, recogniser=Fixed("hello"), pace=None) as server, client(server) as one:
        await one.update(input_audio_transcription={"model": "whisper-1"})
        await one.send("conversation.item.create", item={"type": "message", "role": "user", "content": content})
        heard = await one.until("conversation.item.input_audio_transcription.completed")
        assert (heard["content_index"], heard["transcript"]) == (1, "hello")
        await one.send("response.create")
        assert transcript((await one.until("response.done"))["response"]) == "And now: hello"


@pytest.mark.parametrize("audio", ["AA==", "AAAAAAA="])
async def test_half_a_sample_is_refused_and_changes_nothing(audio):
    async with serve(recogniser=None) as server, client(server, checked=False) as one:
        await one.send_raw(f'{{"type": "input_audio_buffer.append", "audio": "{audio}"}}')
        assert (await one.until("error"))["error"]["param"] == "audio"
        assert "0 ms" in (await one.refused("input_audio_buffer.commit"))["message"]


async def test_an_append_that_is_too_large_is_refused():
    async with serve(recogniser=None) as server, client(server, checked=False) as one:
        await one.send_raw('{"type": "input_audio_buffer.append", "audio": "' + "A" * (21 * 1024 * 1024) + '"}')
        error = (await one.until("error"))["error"]
        assert (error["code"], error["param"]) == ("invalid_value", "audio")
        await one.settle()


async def test_long_silence_is_not_kept():
    audio = InputAudio(initial_settings(model="gpt-realtime", api_version="2025-10-01"))
    second = np.zeros(24_000, np.int16)
    for _ in range(100):
        audio.append(second)
        audio.drop_old_silence()
    assert audio.held_ms == LONGEST_SILENCE_MS
    assert audio.end_ms == 100_000
    assert len(audio.take(until=audio.position_of(80_000))) == 10 * 24_000
    assert len(audio.take(until=0)) == 0
    assert len(audio.take()) == 20 * 24_000
    assert audio.held_ms == 0
