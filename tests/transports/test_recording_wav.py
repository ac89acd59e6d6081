"""Audio in WAV files beside a recording: whole, in its format, and back in its place."""

import base64
import json
import wave

import pytest

from voicelive_transports import ConnectOptions, memory_pair
from voicelive_transports._wav import WavWriter, read_wav
from voicelive_transports.record import RecordingWriter, read_recording, record, replay

from .far_side import run

PIECES = [bytes([number]) * length for number, length in enumerate((4800, 4800, 2, 0, 1234))]


def append(audio):
    return json.dumps({"type": "input_audio_buffer.append", "audio": base64.b64encode(audio).decode()})


def delta(audio):
    message = {"type": "response.audio.delta", "delta": base64.b64encode(audio).decode(), "item_id": "i"}
    return json.dumps(message).replace("/", "\\/")  # as some writers of JSON do


async def a_call(path, *, formats='{"type":"session.updated","session":{}}'):
    ours, peer = memory_pair()

    async def opener(_url, _options):
        return ours

    transport = await record(opener, path, audio="wav")("wss://h", ConnectOptions())
    await peer.send(formats)
    await transport.receive()
    for piece in PIECES:
        await transport.send(append(piece))
        await peer.receive()
        await peer.send(delta(piece[::-1] + b"\xff"))
        await transport.receive()
    await peer.aclose()
    await transport.aclose()


def test_audio_goes_to_one_file_a_direction(tmp_path):
    path = tmp_path / "call.jsonl"
    run(a_call, path)
    head, _, first, *_ = [json.loads(line) for line in path.read_text().splitlines()]
    assert head["wav"] == {"sent": "call.sent.wav", "received": "call.received.wav"}
    assert first == {
        "at_s": first["at_s"],
        "audio": {"bytes": 4800, "wav_at_bytes": 0},
        "sent": '{"type": "input_audio_buffer.append", "audio": "..."}',
    }
    with wave.open(str(tmp_path / "call.sent.wav")) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (24_000, 2, 1)
        assert file.readframes(100_000) == b"".join(PIECES)
    assert read_wav(tmp_path / "call.received.wav") == b"".join(piece[::-1] + b"\xff" for piece in PIECES)


def test_it_comes_back_in_its_place(tmp_path):
    path = tmp_path / "call.jsonl"

    async def main():
        await a_call(path)
        transport = await replay(path)("wss://anything", ConnectOptions())
        await transport.receive()
        for piece in PIECES:
            assert json.loads(await transport.receive()) == json.loads(delta(piece[::-1] + b"\xff"))

    run(main)
    sent = [moment for moment in read_recording(path).moments if moment.kind == "sent"]
    assert [json.loads(moment.content) for moment in sent] == [json.loads(append(piece)) for piece in PIECES]
    assert [moment.audio_bytes for moment in sent] == [len(piece) for piece in PIECES]


def test_audio_that_was_elided_comes_back_as_silence(tmp_path):
    writer = RecordingWriter(tmp_path / "call.jsonl")
    writer.begin(read_info())
    writer.message("received", delta(b"\1\2\3\4").encode())
    writer.close()
    writer.message("received", b"{}")  # nothing more
    (moment,) = read_recording(tmp_path / "call.jsonl").moments
    assert json.loads(moment.content)["delta"] == base64.b64encode(bytes(4)).decode()


def read_info():
    return memory_pair()[0].info


@pytest.mark.parametrize(
    ("formats", "sent", "received"),
    [
        ({"input_audio_format": "g711_ulaw", "output_audio_format": "g711_alaw"}, (7, 1, 8_000, 8), (6, 1, 8_000, 8)),
        ({"input_audio_format": "pcm16", "input_audio_sampling_rate": 16_000}, (1, 1, 16_000, 16), (1, 1, 24_000, 16)),
        ({"input_audio_format": "g711-ulaw", "input_audio_sampling_rate": 16_000}, (7, 1, 8_000, 8), (1, 1, 24_000, 16)),
        ({"output_audio_format": "pcm16-16000hz"}, (1, 1, 24_000, 16), (1, 1, 16_000, 16)),
        ({"input_audio_echo_cancellation": {"channels": 2}}, (1, 2, 24_000, 16), (1, 1, 24_000, 16)),
    ],
)
def test_the_format_is_the_sessions(tmp_path, formats, sent, received):
    run(lambda: a_call(tmp_path / "call.jsonl", formats=json.dumps({"type": "session.updated", "session": formats})))
    for kind, (tag, channels, rate_hz, bits) in (("sent", sent), ("received", received)):
        header = (tmp_path / f"call.{kind}.wav").read_bytes()[:36]
        assert (header[20], header[22], int.from_bytes(header[24:28], "little"), header[34]) == (tag, channels, rate_hz, bits)


def test_a_file_that_was_never_completed_is_read(tmp_path):
    writer = WavWriter(tmp_path / "a.wav", "g711_ulaw", 8_000)
    writer.append(b"abc")
    assert read_wav(tmp_path / "a.wav") == b"abc"
    writer.close()
    writer.close()
    assert read_wav(tmp_path / "a.wav") == b"abc"


def test_what_is_no_wav_file_is_refused(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"RIFF....AVI LIST")
    with pytest.raises(ValueError, match="is no WAV file"):
        read_wav(tmp_path / "a.wav")
    (tmp_path / "a.wav").write_bytes(b"RIFF\4\0\0\0WAVE")
    with pytest.raises(ValueError, match="without audio"):
        read_wav(tmp_path / "a.wav")


def test_a_missing_wav_file_and_an_unknown_mode_are_told(tmp_path):
    run(a_call, tmp_path / "call.jsonl")
    (tmp_path / "call.sent.wav").unlink()
    with pytest.raises(FileNotFoundError, match=r"call\.sent\.wav"):
        read_recording(tmp_path / "call.jsonl")
    with pytest.raises(ValueError, match="audio is 'mp3'; it can be 'elided', 'kept', 'wav'"):
        RecordingWriter(tmp_path / "x.jsonl", audio="mp3")


def test_a_recording_that_ends_without_a_word_can_be_read(tmp_path):
    writer = RecordingWriter(tmp_path / "call.jsonl", audio="wav")
    writer.begin(read_info())
    writer.message("received", delta(b"\1\2\3\4").encode())
    (moment,) = read_recording(tmp_path / "call.jsonl").moments
    assert json.loads(moment.content)["delta"] == base64.b64encode(b"\1\2\3\4").decode()
    writer.close()


def test_a_wav_file_that_ends_too_early_is_told(tmp_path):
    run(a_call, tmp_path / "call.jsonl")
    track = tmp_path / "call.received.wav"
    track.write_bytes(track.read_bytes()[:6000])
    with pytest.raises(ValueError, match=r"call\.received\.wav ends before the audio of .*call\.jsonl, line 6"):
        read_recording(tmp_path / "call.jsonl")


def test_a_file_too_long_for_its_header_says_no_length(tmp_path):
    writer = WavWriter(tmp_path / "a.wav", "pcm16", 24_000)
    writer.append(b"abcd")
    writer.length_bytes = 2**32 + 1
    writer.close()
    assert read_wav(tmp_path / "a.wav")[:4] == b"abcd"


def test_a_rate_that_cannot_be_is_not_taken(tmp_path):
    formats = {"type": "session.updated", "session": {"input_audio_sampling_rate": 10**12, "output_audio_format": "pcm16-99999999999hz"}}
    run(lambda: a_call(tmp_path / "call.jsonl", formats=json.dumps(formats)))
    with wave.open(str(tmp_path / "call.sent.wav")) as file:
        assert file.getframerate() == 24_000


@pytest.mark.parametrize("mode", ["elided", "kept", "wav"])
def test_a_broken_frame_is_written_down_too(tmp_path, mode):
    writer = RecordingWriter(tmp_path / "call.jsonl", audio=mode)
    writer.begin(read_info())
    writer.message("sent", b'{"type":"input_audio_buffer.append","audio":"AAA"}')
    writer.message("sent", b'{"type":"x","token":"\xff"}')
    writer.closed(1006, "", clean=False)
    first, second, _ = read_recording(tmp_path / "call.jsonl").moments
    assert first.content == '{"type":"input_audio_buffer.append","audio":"AAA"}'
    assert second.content == '{"type":"x","token":"..."}'
