"""What goes beside the spoken audio: times of words, mouth shapes, frames of a face."""

# ruff: noqa: RUF001
# The letters of the phonetic alphabet are not those that they look like, and meant so.

import itertools

import numpy as np
import pytest
from emulator.support_server import BESIDE, client

from voicelive.emulator import serve
from voicelive.emulator._beside import Beside
from voicelive.emulator._face import _POSES, WEIGHTS, Face
from voicelive.emulator.engines._espeak import library
from voicelive.emulator.engines._timbres import candidates
from voicelive.emulator.engines._visemes import viseme_of
from voicelive.emulator.engines.timing import TimedVoice, VisemeTiming
from voicelive.emulator.engines.voice import speak

pytestmark = pytest.mark.anyio

AVA = {"type": "azure-standard", "name": "en-US-AvaNeural"}
EVERYTHING = {"voice": AVA, "output_audio_timestamp_types": ["word"], "animation": {"outputs": ["viseme_id", "blendshapes"]}}
TEXT = "Peter, please wait. The ferry leaves at noon."


class Hum:
    """A voice that hums a twentieth of a second for each character and knows nothing of words."""

    def synthesize(self, text, *, rate_hz, **_):
        for character in text:
            length = rate_hz // 20
            tone = np.sin(np.arange(length) * 2 * np.pi * 200 / rate_hz) * 8_000
            yield (tone * (character != " ")).astype("<i2").tobytes()


async def say(_turn):
    return TEXT


async def test_words_visemes_and_frames_go_beside_the_audio():
    async with serve(responder=say, recogniser=None, pace=None) as server, client(server) as one:
        await one.update(modalities=["text", "audio", "animation"], **EVERYTHING)
        await one.ask("Say it slowly.")
        kinds = [event["type"].removeprefix("response.") for event in one.events]
        dones = [f"{kind}.done" for kind in BESIDE]
        at = kinds.index("audio.done")
        assert kinds[at : at + 6] == ["audio.done", "audio_transcript.done", *dones, "content_part.done"]
        words = one.all("response.audio_timestamp.delta")
        assert [event["text"] for event in words] == ["Peter", "please", "wait", "The", "ferry", "leaves", "at", "noon"]
        assert {event["timestamp_type"] for event in words} == {"word"}
        check_positions(one)
        check_frames(one)


def check_positions(one):
    """Times rise, lie in the audio, and are told with the audio that they are about."""
    heard_ms, last = 0, {}
    for event in one.events:
        if event["type"] == "response.audio.delta":
            heard_ms += len(event["delta"]) * 3 / 4 / 48
        elif "audio_offset_ms" in event:
            assert last.get(event["type"], 0) <= event["audio_offset_ms"] <= heard_ms + 1
            assert event["audio_offset_ms"] > heard_ms - 102
            last[event["type"]] = event["audio_offset_ms"]


def check_frames(one):
    events = one.all("response.animation_blendshapes.delta")
    frames = [frame for event in events for frame in event["frames"]]
    firsts = [event["frame_index"] for event in events]
    assert firsts == [0, *itertools.accumulate(len(event["frames"]) for event in events)][:-1]
    assert len(frames) == pytest.approx(len(one.audio()) / 48_000 * 60, abs=1)
    assert {len(frame) for frame in frames} == {WEIGHTS}
    assert max(map(max, frames)) <= 1
    assert min(map(min, frames)) >= 0
    jaw = np.array(frames)[:, 17]
    assert np.ptp(jaw) > 0.2, "the mouth moves"
    assert np.abs(np.diff(jaw)).max() < 0.3, "without jumps"


async def test_the_times_are_those_of_the_sound():
    async with serve(responder=say, recogniser=None, pace=None) as server, client(server) as one:
        await one.update(**EVERYTHING)
        await one.ask("Say it slowly.")
        loudness = np.abs(np.frombuffer(one.audio(), "<i2").astype(float))
        visemes = [(event["audio_offset_ms"], event["viseme_id"]) for event in one.all("response.animation_viseme.delta")]
        spans = [(start, end, shape) for (start, shape), (end, _) in itertools.pairwise([*visemes, (len(loudness) / 24, 0)])]

        def mean(shapes):
            pieces = [loudness[round(start * 24) : round(end * 24)] for start, end, shape in spans if shape in shapes]
            return np.concatenate(pieces).mean()

        vowels, closed = mean(range(1, 12)), mean({0})
        assert closed < vowels / 10, "it is quiet where the mouth is at rest"
        assert mean({20, 21}) < vowels / 2, "and less loud where lips or tongue are closed"


async def test_other_voices_tell_no_times():
    async with serve(responder=say, recogniser=None, pace=None) as server, client(server) as one:
        await one.update(**EVERYTHING | {"voice": {"type": "openai", "name": "alloy"}})
        await one.ask("hello")
        assert not any(kind in event["type"] for event in one.events for kind in BESIDE)


async def test_only_what_was_asked_for():
    async with serve(responder=say, recogniser=None, pace=None) as server, client(server) as one:
        await one.update(voice=AVA, animation={})
        await one.ask("hello")
        assert {kind for kind in BESIDE if one.all(f"response.{kind}.done")} == {"animation_blendshapes"}
        await one.update(animation={"outputs": ["viseme_id"]})
        await one.ask("hello", modalities=["text"])
        assert not one.all("response.animation_viseme.delta")
        await one.ask("hello")
        assert one.all("response.animation_viseme.delta")
        assert not one.all("response.audio_timestamp.delta")


async def test_who_asks_for_animation_alone_has_the_sound_it_belongs_to():
    async with serve(responder=say, recogniser=None, pace=None) as server, client(server) as one:
        await one.update(voice=AVA, modalities=["text", "animation"], animation={"outputs": ["viseme_id"]})
        await one.ask("hello")
        offsets_ms = [event["audio_offset_ms"] for event in one.all("response.animation_viseme.delta")]
        assert offsets_ms[0] > 0
        assert offsets_ms == sorted(set(offsets_ms))
        assert len(one.all("response.animation_viseme.done")) == 1
        assert one.all("response.audio.delta")


async def test_a_voice_without_times_gets_them_spread_evenly():
    assert not isinstance(Hum(), TimedVoice)
    async with serve(responder=say, recogniser=None, voice=Hum(), pace=None) as server, client(server) as one:
        await one.update(**EVERYTHING)
        await one.ask("hello")
        words = one.all("response.audio_timestamp.delta")
        assert [event["text"] for event in words] == TEXT.split()
        assert [event["audio_duration_ms"] for event in words] == [50 * len(word) for word in TEXT.split()]
        assert words[1]["audio_offset_ms"] == 50 * len("Peter, ")
        assert one.all("response.animation_viseme.delta")[0]["viseme_id"] == viseme_of("p")
        check_positions(one)
        check_frames(one)


def test_what_makes_no_sound_has_no_times():
    (nothing,) = speak(Hum(), "", voice_name=None, rate_hz=8_000)
    assert nothing.words == nothing.visemes == ()


async def test_a_cancelled_answer_tells_only_what_was_sent():
    async def long(_turn):
        return TEXT * 20

    async with serve(responder=long, recogniser=None) as server, client(server) as one:
        await one.update(**EVERYTHING)
        await one.say("go on")
        await one.send("response.create")
        await one.until("response.audio_timestamp.delta")
        await one.send("response.cancel")
        assert (await one.until("response.done"))["response"]["status"] == "cancelled"
        assert all(one.all(f"response.{kind}.done") for kind in BESIDE)
        check_positions(one)


async def test_times_go_on_over_sentences_and_begin_anew_with_each_item():
    async with serve(responder=say, recogniser=None, pace=None) as server, client(server) as one:
        await one.update(**EVERYTHING)
        for _ in range(2):
            response = await one.ask("hello")
            item_id = response["output"][0]["id"]
            words = [event for event in one.all("response.audio_timestamp.delta") if event["item_id"] == item_id]
            assert words[0]["audio_offset_ms"] < 100
            assert words[3]["audio_offset_ms"] > 800, "the second sentence comes after the first"
            frames = [event for event in one.all("response.animation_blendshapes.delta") if event["item_id"] == item_id]
            assert frames[0]["frame_index"] == 0


async def test_unknown_outputs_are_refused():
    async with serve(recogniser=None) as server, client(server) as one:
        error = await one.refused("session.update", session={"animation": {"outputs": ["viseme_id", "eyes"]}})
        assert error["param"] == "session.animation.outputs[1]"
        error = await one.refused("session.update", session={"output_audio_timestamp_types": ["letter"]})
        assert error["param"] == "session.output_audio_timestamp_types[0]"


@pytest.mark.parametrize(
    ("sound", "shape"),
    [
        *[("", 0), ("ˈæ", 1), ("ɑː", 2), ("ˈɔːɹ", 3), ("ˈeɪ", 4), ("ɚ", 5), ("iː", 6), ("w", 7), ("oʊ", 8), ("aʊ", 9), ("ɔɪ", 10)],
        *[("ˈaɪ", 11), ("h", 12), ("ɹ", 13), ("l", 14), ("z", 15), ("tʃ", 16), ("ð", 17), ("f", 18), ("θ", 19), ("ŋ", 20), ("b", 21)],
        ("5", None),
    ],
)
def test_mouth_shapes(sound, shape):
    assert viseme_of(sound) == shape


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("en-US-AvaNeural", "The quick brown fox jumps over a lazy dog, measuring joy, though the boy chews thin air."),
        ("de-DE-KatjaNeural", "Schöne Grüße aus Köln, ich möchte Pfeffer und Zucker, jetzt gleich."),
        ("fr-FR-DeniseNeural", "Bonjour, un bon vin blanc pour la cuisine, la montagne et la nuit."),
        ("es-ES-ElviraNeural", "El perro come cinco manzanas y juega con la niña, gracias."),
        ("zh-CN-XiaoxiaoNeural", "你好世界，今天天气很好。"),
        ("it-IT-ElsaNeural", "Gli gnocchi, la pizza e il ragazzo."),
    ],
)
def test_every_sound_of_a_language_has_a_shape(name, text):
    sounds = {sound.ipa for sound in library().render(text, candidates(name)).sounds}
    assert len(sounds) > 10
    assert {sound for sound in sounds if viseme_of(sound) is None} == set()


def test_a_face_reaches_its_pose_and_rests_again():
    face = Face()
    frames = face.frames([VisemeTiming(2, 0), VisemeTiming(0, 500)], 1_000)
    assert len(frames) == face.next_frame == 60
    assert frames[29][17] == pytest.approx(_POSES[2][17], abs=0.01)
    assert frames[59][17] == pytest.approx(0, abs=0.01)
    assert face.frames([VisemeTiming(21, 1_000)], 1_000) == [], "what is to come waits"
    assert face.frames([], 1_200)[-1][35] > 0.4
    assert len(_POSES) == 22


def test_frames_come_once():
    """A last piece of audio may be shorter than a frame."""
    beside = Beside(frozenset({"blendshapes"}))
    place = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}
    (drawn,) = beside.deltas(place, 100)
    assert (drawn.frame_index, len(drawn.frames)) == (0, 6)
    assert list(beside.deltas(place, 100)) == []
