"""Sound: format names, G.711, sample rates, WAV files."""

import hashlib
import struct
import wave

import numpy as np
import pytest

from voicelive._audio import (
    AudioError,
    AudioFormat,
    Resampler,
    input_format,
    output_format,
    read_wav,
    resample,
    strip_wav_header,
    write_wav,
)

EVERY_SAMPLE = np.arange(1 << 16, dtype=np.uint16).view(np.int16)
EVERY_CODE = bytes(range(256))


def sine(rate_hz, frequency_hz=440, duration_s=1.0, peak=10_000):
    return (peak * np.sin(2 * np.pi * frequency_hz * np.arange(int(rate_hz * duration_s)) / rate_hz)).astype(np.int16)


@pytest.mark.parametrize(
    ("name", "encoding", "rate_hz"),
    [
        ("pcm16", "pcm16", 24_000),
        ("PCM16", "pcm16", 24_000),
        ("pcm16_8000hz", "pcm16", 8_000),
        ("pcm16-8000hz", "pcm16", 8_000),
        ("pcm16_16000hz", "pcm16", 16_000),
        ("pcm16-16000Hz", "pcm16", 16_000),
        ("pcm16_22050hz", "pcm16", 22_050),
        ("pcm16_24000hz", "pcm16", 24_000),
        ("pcm16_44100hz", "pcm16", 44_100),
        ("pcm16_48000hz", "pcm16", 48_000),
        ("g711_ulaw", "g711_ulaw", 8_000),
        ("G711-ALAW", "g711_alaw", 8_000),
    ],
)
def test_output_format_by_name(name, encoding, rate_hz):
    assert output_format(name) == AudioFormat(encoding, rate_hz)
    assert input_format(name) == AudioFormat(encoding, rate_hz)


def test_unknown_format_names_the_known_ones():
    with pytest.raises(ValueError, match=r"unknown audio format 'mp3'; known are pcm16, g711_ulaw, .*pcm16_48000hz"):
        output_format("mp3")


@pytest.mark.parametrize(
    ("name", "asked_hz", "rate_hz"),
    [
        ("pcm16", None, 24_000),
        ("pcm16", 8_000, 8_000),
        ("pcm16", 44_100, 44_100),
        ("g711_alaw", 8_000, 8_000),
        ("pcm16_16000hz", 16_000, 16_000),
    ],
)
def test_input_rate(name, asked_hz, rate_hz):
    assert input_format(name, asked_hz).sample_rate_hz == rate_hz


@pytest.mark.parametrize(("name", "asked_hz"), [("pcm16", 11_025), ("pcm16", 0), ("g711_ulaw", 16_000), ("pcm16_8000hz", 16_000)])
def test_impossible_input_rate(name, asked_hz):
    with pytest.raises(ValueError, match=rf"'{name}' cannot be sampled at {asked_hz} Hz; it can at .*8000"):
        input_format(name, asked_hz)


@pytest.mark.parametrize(
    ("name", "bytes_per_sample", "twenty_ms_bytes"),
    [("pcm16", 2, 960), ("pcm16_16000hz", 2, 640), ("pcm16_8000hz", 2, 320), ("g711_ulaw", 1, 160), ("pcm16_22050hz", 2, 882)],
)
def test_bytes_and_milliseconds(name, bytes_per_sample, twenty_ms_bytes):
    audio = output_format(name)
    assert audio.bytes_per_sample == bytes_per_sample
    assert audio.ms_to_bytes(20) == twenty_ms_bytes
    assert audio.bytes_to_ms(twenty_ms_bytes) == 20
    assert audio.bytes_to_ms(twenty_ms_bytes - 1) == 19
    assert audio.ms_to_bytes(7) % bytes_per_sample == 0


def test_pcm16_is_little_endian():
    audio = output_format("pcm16")
    assert audio.encode(np.array([1, -2], np.int16)) == b"\x01\x00\xfe\xff"
    assert audio.decode(b"\x01\x00\xfe\xff").tolist() == [1, -2]
    assert audio.decode(bytearray(audio.encode(EVERY_SAMPLE))).tolist() == EVERY_SAMPLE.tolist()


def test_half_a_sample_is_refused():
    with pytest.raises(AudioError, match="3 bytes end in the middle"):
        output_format("pcm16").decode(b"abc")


@pytest.mark.parametrize(
    ("name", "encoded_sha256", "decoded_sha256"),
    # Of all 65,536 samples encoded and all 256 codes decoded (16-bit little endian) by CPython 3.11's audioop, which 3.13 dropped.
    [
        (
            "g711_ulaw",
            "617fa4850d68d3906597e949f7625fb2fc46db479e29707f33159b3d131721cb",
            "3dab54339e520bb2c924826e3b72a917a2b612e9fd12fc867500f1d983a75827",
        ),
        (
            "g711_alaw",
            "f77c76aa923ee25617453f87514828a12896227f82ff383bf3bb53d6ac7c2a0f",
            "e04788d110e58ff8c70c93b8480190d973e3b67876b6119abbaec766cc75c174",
        ),
    ],
)
def test_g711_agrees_with_the_standard_library(name, encoded_sha256, decoded_sha256):
    audio = output_format(name)
    assert hashlib.sha256(audio.encode(EVERY_SAMPLE)).hexdigest() == encoded_sha256
    assert hashlib.sha256(audio.decode(EVERY_CODE).astype("<i2").tobytes()).hexdigest() == decoded_sha256


@pytest.mark.parametrize(
    ("name", "code", "sample"),
    [
        ("g711_ulaw", 0xFF, 0),
        ("g711_ulaw", 0x00, -32124),
        ("g711_ulaw", 0x80, 32124),
        ("g711_alaw", 0xD5, 8),
        ("g711_alaw", 0x2A, -32256),
        ("g711_alaw", 0xAA, 32256),
    ],
)
def test_g711_landmarks(name, code, sample):
    audio = output_format(name)
    assert audio.decode(bytes([code])).tolist() == [sample]
    assert audio.encode(np.array([sample], np.int16)) == bytes([code])


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 44_100, 48_000])
def test_resample_keeps_pitch_and_duration(rate_hz):
    changed = resample(sine(24_000), 24_000, rate_hz)
    assert changed.dtype == np.int16
    assert len(changed) == rate_hz
    assert np.argmax(np.abs(np.fft.rfft(changed))) == 440
    assert 9_500 < np.abs(changed).max() < 10_500


def test_resample_to_the_same_rate_or_of_nothing_changes_nothing():
    tone = sine(8_000)
    assert resample(tone, 8_000, 8_000) is tone
    assert resample(tone[:0], 8_000, 16_000).tolist() == []


@pytest.mark.parametrize("piece", [1, 441, 10_000, 44_100])
def test_resampler_leaves_no_seam(piece):
    tone, resampler = sine(44_100), Resampler(44_100, 16_000)
    pieces = [resampler.process(tone[start : start + piece]) for start in range(0, len(tone), piece)]
    joined = np.concatenate([*pieces, resampler.flush()])
    assert len(joined) == 16_000
    # The library dithers, so the last bits may differ.
    assert np.abs(joined.astype(int) - resample(tone, 44_100, 16_000)).max() <= 4


def test_resampler_of_equal_rates_passes_on():
    tone, resampler = sine(8_000), Resampler(8_000, 8_000)
    assert resampler.process(tone) is tone
    assert resampler.flush().tolist() == []


def wav(path, frames, *, width_bytes=2, channels=1, rate_hz=8_000):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width_bytes)
        file.setframerate(rate_hz)
        file.writeframes(frames)
    return path


def riff(*chunks):
    body = b"WAVE" + b"".join(name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2) for name, content in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def fmt(tag, *, channels=1, rate_hz=8_000, bits=16, extension=b""):
    frame_bytes = channels * bits // 8
    return struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz * frame_bytes, frame_bytes, bits) + extension


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 44_100, 48_000])
def test_write_and_read_wav(tmp_path, rate_hz):
    tone = sine(rate_hz, duration_s=0.1)
    write_wav(tmp_path / "tone.wav", tone.astype("<i2").tobytes(), rate_hz)
    samples, read_hz = read_wav(str(tmp_path / "tone.wav"))
    assert read_hz == rate_hz
    assert samples.tolist() == tone.tolist()


@pytest.mark.parametrize(
    ("width_bytes", "frames", "expected"),
    [
        (1, bytes([0, 128, 255]), [-32768, 0, 32512]),
        (2, struct.pack("<3h", -32768, 0, 32767), [-32768, 0, 32767]),
        (3, b"\x00\x00\x80" + b"\xff\x01\x00" + b"\xff\xff\x7f", [-32768, 1, 32767]),
        (4, struct.pack("<3i", -(2**31), 1 << 16, 2**31 - 1), [-32768, 1, 32767]),
    ],
)
def test_read_wav_of_any_width(tmp_path, width_bytes, frames, expected):
    samples, _ = read_wav(wav(tmp_path / "a.wav", frames, width_bytes=width_bytes))
    assert samples.dtype == np.int16
    assert samples.tolist() == expected


def test_channels_become_their_mean(tmp_path):
    samples, _ = read_wav(wav(tmp_path / "stereo.wav", struct.pack("<4h", 100, 300, -32768, 32766), channels=2))
    assert samples.tolist() == [200, -1]


def test_chunks_around_the_sound_and_extensible_pcm(tmp_path):
    guid = b"\x01\x00" + bytes.fromhex("000000001000800000aa00389b71")
    extension = struct.pack("<HHI", 22, 16, 4) + guid
    data = riff((b"LIST", b"odd"), (b"fmt ", fmt(0xFFFE, extension=extension)), (b"data", b"\x05\x00\x06\x00"), (b"LIST", b"after"))
    (tmp_path / "a.wav").write_bytes(data)
    assert read_wav(tmp_path / "a.wav")[0].tolist() == [5, 6]
    assert strip_wav_header(data) == b"\x05\x00\x06\x00"


def test_no_such_file(tmp_path):
    with pytest.raises(AudioError, match=r"absent\.wav: no such file"):
        read_wav(tmp_path / "absent.wav")


def test_a_folder(tmp_path):
    with pytest.raises(AudioError, match="is a folder"):
        read_wav(tmp_path)


def test_a_name_no_file_can_have():
    with pytest.raises(AudioError, match="cannot be read: File name too long"):
        read_wav("a" * 5000)


def test_half_a_frame_at_the_end_is_left_out(tmp_path):
    (tmp_path / "a.wav").write_bytes(riff((b"fmt ", fmt(1, channels=2)), (b"data", struct.pack("<3h", 1, 3, 9))))
    assert read_wav(tmp_path / "a.wav")[0].tolist() == [2]


GOOD = riff((b"fmt ", fmt(1)), (b"data", bytes(100)))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"ID3\x04 and then music", r"is not a WAV file: it begins with b'ID3\\x04'"),
        (b"RIFF", "is not a WAV file"),
        (riff((b"fmt ", fmt(3, bits=32)), (b"data", bytes(8))), r"format tag 0x0003, IEEE float\); convert it: ffmpeg"),
        (riff((b"fmt ", fmt(6, bits=8)), (b"data", bytes(8))), r"0x0006, A-law"),
        (riff((b"fmt ", fmt(0x55)), (b"data", bytes(8))), r"0x0055, MP3"),
        (riff((b"fmt ", fmt(0x1234)), (b"data", bytes(8))), r"0x1234, a format this reader does not know"),
        (
            riff((b"fmt ", fmt(0xFFFE, extension=struct.pack("<HHI", 22, 16, 4) + b"\x03\x00" + bytes(14))), (b"data", bytes(8))),
            "0x0003, IEEE float",
        ),
        (GOOD[:-40], "is cut short: its header promises 100 bytes of sound, 60 are there"),
        (GOOD[:30], "is not a whole WAV file"),
        (GOOD[:14], "is not a whole WAV file"),
        (riff((b"fmt ", fmt(1))), "is not a whole WAV file"),
        (riff((b"data", bytes(8))), "is not a whole WAV file"),
        (riff((b"fmt ", fmt(1)), (b"data", b"")), "holds a WAV header and no sound"),
        (riff((b"fmt ", fmt(1, bits=40)), (b"data", bytes(10))), "40-bit samples"),
        (riff((b"fmt ", fmt(1, rate_hz=0)), (b"data", bytes(10))), "at 0 Hz"),
        (riff((b"fmt ", fmt(1, channels=0)), (b"data", bytes(10))), "0 channels"),
    ],
)
def test_what_is_wrong_with_the_file(tmp_path, content, message):
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(AudioError, match=message):
        read_wav(tmp_path / "a.wav")


def test_strip_wav_header(tmp_path):
    write_wav(tmp_path / "a.wav", b"\x01\x02\x03\x04", 24_000)
    whole = (tmp_path / "a.wav").read_bytes()
    assert len(whole) == 48
    assert strip_wav_header(whole) == b"\x01\x02\x03\x04"
    assert strip_wav_header(whole[:46]) == b"\x01\x02"
    assert strip_wav_header(b"\x01\x02\x03\x04") == b"\x01\x02\x03\x04"
    assert strip_wav_header(riff((b"fmt ", fmt(1)))) == b""
    endless = whole[:40] + b"\xff\xff\xff\xff" + whole[44:]
    assert strip_wav_header(endless) == b"\x01\x02\x03\x04"
