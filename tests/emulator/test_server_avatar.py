"""Avatars: the stub of a connection, the states, and the picture over the WebSocket, which a real decoder shows."""

import asyncio
import base64

import av
import numpy as np
import pytest
from emulator.support_server import client
from emulator.test_server_turns import PCM16, speech

from voicelive.emulator import serve
from voicelive.emulator._picture import _LEVELS, FRAMES_PER_S, SIZE, Picture, _drawn
from voicelive.emulator._settings import ICE_SERVERS

pytestmark = pytest.mark.anyio

LISA = {"character": "lisa", "style": "casual-sitting", "customized": False}
BY_WEBSOCKET = LISA | {"output_protocol": "websocket", "video": {"codec": "h264", "bitrate": 1_000_000}}
SPEAKING, IDLE = "session.avatar.switch_to_speaking", "session.avatar.switch_to_idle"


def shown(stream):
    """The luminance of every picture in an H.264 stream, as a decoder makes it out."""
    decoder = av.CodecContext.create("h264", "r")
    frames = [frame for packet in decoder.parse(stream) for frame in decoder.decode(packet)]
    frames += [frame for packet in decoder.parse(None) for frame in decoder.decode(packet)]
    return [frame.to_ndarray(format="yuv420p")[:SIZE] for frame in [*frames, *decoder.decode(None)]]


def key_frames(stream):
    return stream.count(b"\0\0\0\1\x65")


@pytest.mark.parametrize("gop_size", [1, 10, 40])
def test_a_decoder_shows_what_was_drawn(gop_size):
    openings = [abs(np.sin(number / 7)) for number in range(60)]
    picture = Picture(gop_size)
    stream = b"".join(picture.frame(opening) for opening in openings)
    pictures = shown(stream)
    assert len(pictures) == 60
    assert key_frames(stream) == -(-60 // gop_size)
    for opening, seen in zip(openings, pictures, strict=True):
        drawn = _drawn(min(_LEVELS - 1, int(opening * _LEVELS)))[0]
        assert seen.shape == (SIZE, SIZE)
        assert np.array_equal(seen, drawn)


async def greet(_turn):
    return "Hello there. How are you?"


@pytest.mark.parametrize("voice", ["alloy", "en-US-AvaNeural"])
async def test_the_picture_comes_with_the_sound(voice):
    async with serve(responder=greet, recogniser=None, pace=None) as server, client(server) as one:
        await one.update(modalities=["text", "audio", "avatar"], avatar=BY_WEBSOCKET, voice=voice)
        await one.ask("Hi.")
        deltas = one.all("response.video.delta")
        assert {(event["codec"], event["output_index"]) for event in deltas} == {("h264", 0)}
        kinds = [event["type"] for event in one.events]
        assert kinds[kinds.index("response.video.delta") - 1] == "response.audio.delta"
        stream = b"".join(base64.b64decode(event["delta"]) for event in deltas)
        pictures = shown(stream)
        assert len(pictures) == pytest.approx(len(one.audio()) / 48_000 * FRAMES_PER_S, abs=1)
        assert len({picture.tobytes() for picture in pictures}) >= 3, "the mouth moves"
        assert not one.all("response.animation_blendshapes.delta")


async def test_the_settings_say_how_often_a_whole_picture_comes():
    async with serve(responder=greet, recogniser=None, pace=None) as server, client(server) as one:
        await one.update(avatar=BY_WEBSOCKET | {"video": {"gop_size": 1}})
        await one.ask("Hi.")
        stream = b"".join(base64.b64decode(event["delta"]) for event in one.all("response.video.delta"))
        assert key_frames(stream) == len(shown(stream)) > 20


async def test_no_picture_by_webrtc_or_in_writing():
    async with serve(responder=greet, recogniser=None, pace=None) as server, client(server) as one:
        await one.update(avatar=LISA)
        await one.ask("Hi.")
        await one.update(avatar=BY_WEBSOCKET)
        await one.ask("Hi.", modalities=["text"])
        assert not one.all("response.video.delta")
        assert len(one.all(SPEAKING)) == 1


async def test_an_avatar_speaks_and_rests():
    async with serve(responder=greet, recogniser=None, pace=None) as server, client(server) as one:
        await one.update(avatar=LISA)
        response = await one.ask("Hi.")
        assert (await one.until(IDLE))["turn_id"] == response["id"]
        states = [event["type"] for event in one.events if event["type"] in (SPEAKING, IDLE, "response.output_item.added", "response.done")]
        assert states == [SPEAKING, "response.output_item.added", "response.done", IDLE]
        assert one.all(SPEAKING)[0]["turn_id"] == response["id"]


async def greet_at_length(turn):
    yield "Hello there. How are you? " * 10
    if turn.text == "Again.":
        await asyncio.Event().wait()


@pytest.mark.usefixtures("sent_at_once")
async def test_clearing_the_output_stops_the_avatar():
    """At the pace of speech an answer is sent before it was played; then it can be cleared."""
    async with serve(responder=greet_at_length, recogniser=None) as server, client(server) as one:
        await one.update(avatar=LISA)
        response = await one.ask("Hi.")
        assert not one.all(IDLE)
        await one.send("output_audio_buffer.clear")
        assert (await one.next())["type"] == "output_audio_buffer.cleared"
        assert (await one.next())["turn_id"] == response["id"]
        await one.send("output_audio_buffer.clear")
        await one.settle()
        assert len(one.all(IDLE)) == 1


@pytest.mark.usefixtures("sent_at_once")
async def test_the_next_answer_ends_the_last():
    async with serve(responder=greet_at_length, recogniser=None) as server, client(server) as one:
        await one.update(avatar=LISA)
        first = await one.ask("Hi.")
        await one.say("Again.")
        await one.send("response.create")
        assert (await one.until(IDLE))["turn_id"] == first["id"]
        assert (await one.next())["type"] == SPEAKING
        await one.until("response.audio.delta")
        await one.send("response.cancel")
        await one.until("response.done")
        assert (await one.until(IDLE))["turn_id"] != first["id"]


@pytest.mark.usefixtures("sent_at_once")
async def test_an_interruption_stops_the_avatar():
    async with serve(responder=greet_at_length, recogniser=None) as server, client(server) as one:
        await one.update(avatar=LISA)
        response = await one.ask("Hi.")
        await one.append(PCM16.encode(speech()))
        assert (await one.until(IDLE))["turn_id"] == response["id"]
        await one.until("response.done")


@pytest.mark.parametrize(
    ("avatar", "param"),
    [
        ({"customized": False}, "character"),
        (LISA | {"output_protocol": "pigeon"}, "output_protocol"),
        (LISA | {"video": {"codec": "vp9"}}, "video.codec"),
        (LISA | {"video": {"gop_size": 0}}, "video.gop_size"),
    ],
)
async def test_avatar_settings_that_are_refused(avatar, param):
    async with serve(recogniser=None) as server, client(server) as one:
        assert (await one.refused("session.update", session={"avatar": avatar}))["param"] == f"session.avatar.{param}"


@pytest.mark.parametrize("avatar", [BY_WEBSOCKET, LISA | {"ice_servers": [{"urls": ["turn:turn.example"]}]}])
async def test_ice_servers_are_listed_only_where_they_are_missing(avatar):
    async with serve(recogniser=None) as server, client(server) as one:
        assert (await one.update(avatar=avatar))["avatar"] == avatar


async def test_an_avatars_connection_is_a_stub():
    offer = base64.b64encode(b"v=0").decode()
    async with serve(recogniser=None) as server, client(server) as one:
        assert (await one.refused("session.avatar.connect", client_sdp=offer))["param"] == "session.avatar"
        session = await one.update(modalities=["text", "audio", "avatar"], avatar=LISA)
        assert session["avatar"] == LISA | {"ice_servers": ICE_SERVERS}
        assert (await one.refused("session.avatar.connect", client_sdp="not base64"))["param"] == "client_sdp"
        await one.send("session.avatar.connect", client_sdp=offer)
        answer = base64.b64decode((await one.until("session.avatar.connecting"))["server_sdp"])
        assert b"m=video 0 " in answer
