"""Rules about audio: formats, rates, channels, and the input buffer."""

from collections.abc import Iterator, Mapping
from typing import Any

from .._connection import MAX_APPEND_BYTES
from .._state.session import format_of
from ..audio_formats import audio_length_bytes
from ..enums import InputAudioFormat, OutputAudioFormat
from ._rule import ERROR, WARNING, rule
from ._subject import Problem, Subject, is_number, mapping, quote

MIN_COMMIT_MS = 100
PCM16_RATES_HZ = (8_000, 16_000, 24_000)
UNDERSCORES_SINCE = "2026-01-01"
"""First api-version (date) that writes ``pcm16_16000hz``; before it was ``pcm16-16000hz``."""

_APPENDS = ("input_audio_buffer.append", "input_audio.turn.append")
_FIXED = ("input_audio_format", "input_audio_sampling_rate")


@rule("commit-too-short", ERROR, source="OAI; livekit-agents 1.8.9; openai-agents-js#748")
def commit_too_short(subject: Subject) -> Iterator[Problem]:
    """A commit needs at least 100 ms of audio in the input buffer."""
    if subject.type == "input_audio_buffer.commit" and subject.buffered_ms is not None and subject.buffered_ms < MIN_COMMIT_MS:
        yield (
            "$",
            f"the buffer holds {subject.buffered_ms} ms and a commit needs {MIN_COMMIT_MS} ms: append more audio, or clear the buffer",
        )


@rule("append-too-large", ERROR, source="REF, SDK")
def append_too_large(subject: Subject) -> Iterator[Problem]:
    """One append takes at most 15 MiB of audio."""
    length_bytes = _appended_bytes(subject)
    if length_bytes > MAX_APPEND_BYTES:
        yield "audio", f"{length_bytes:,} bytes of audio; the service takes at most {MAX_APPEND_BYTES:,} in one append: send smaller chunks"


@rule("append-whole-samples", ERROR, source="REF, OAI (pcm16 is 16-bit samples)")
def append_whole_samples(subject: Subject) -> Iterator[Problem]:
    """An append of pcm16 is an even number of bytes."""
    audio = format_of(subject.in_force.get("input_audio_format"))
    length_bytes = _appended_bytes(subject)
    if subject.connection is not None and not subject.connection.session.cuts_a_sample(length_bytes):
        return
    if audio is not None and length_bytes % audio.bytes_per_sample:
        yield "audio", f"{length_bytes} bytes are not whole 16-bit samples: send an even number of bytes"


@rule("append-whole-frames", ERROR, source="HOW")
def append_whole_frames(subject: Subject) -> Iterator[Problem]:
    """With the client's echo reference an append is whole stereo frames: a multiple of 4 bytes."""
    channels = mapping(subject.in_force.get("input_audio_echo_cancellation")).get("channels")
    length_bytes = _appended_bytes(subject)
    if channels == 2 and length_bytes % 4:
        yield "audio", f"{length_bytes} bytes are not whole frames of microphone and reference: send a multiple of 4 bytes"


@rule("input-format", WARNING, source="SDK, SPEC")
def input_format(subject: Subject) -> Iterator[Problem]:
    """Input formats are `pcm16`, `g711_ulaw` and `g711_alaw`; the rate of pcm16 is a setting of its own."""
    name = subject.settings.get("input_audio_format")
    if isinstance(name, str) and name not in set(InputAudioFormat):
        right = respelled(name)
        fix = f"write {right!r}" if right in set(InputAudioFormat) else "use pcm16 with input_audio_sampling_rate, or G.711"
        yield subject.at("input_audio_format"), f"{quote(name)} is no known input format: {fix}"


@rule("input-rate-g711", ERROR, source="SDK, SPEC")
def input_rate_g711(subject: Subject) -> Iterator[Problem]:
    """G.711 is 8,000 Hz."""
    rate_hz = subject.settings.get("input_audio_sampling_rate")
    if rate_hz is not None and rate_hz != 8_000 and is_g711(subject.effective("input_audio_format")):
        yield subject.at("input_audio_sampling_rate"), f"G.711 is 8000 Hz, not {quote(rate_hz)}: set 8000, or leave the rate out"


@rule("input-rate-pcm16", WARNING, source="SDK, SPEC (8000, 16000, 24000); HOW (16000, 24000); TEST (44100 as well)")
def input_rate_pcm16(subject: Subject) -> Iterator[Problem]:
    """pcm16 input is 8,000, 16,000 or 24,000 Hz in the specification; the how-to has no 8,000, live tests send 44,100 too."""
    rate_hz = subject.settings.get("input_audio_sampling_rate")
    if is_number(rate_hz) and rate_hz not in PCM16_RATES_HZ and not is_g711(subject.effective("input_audio_format")):
        message = (
            f"{rate_hz} Hz is not in the specification (8000, 16000, 24000), though live tests of the official SDK send 44100:"
            " resample to 24000 to be sure"
        )
        yield subject.at("input_audio_sampling_rate"), message


@rule("input-audio-change", ERROR, source="HOW")
def input_audio_change(subject: Subject) -> Iterator[Problem]:
    """Format, rate and channels of the input can not change once audio was sent."""
    was_sent = subject.connection is not None and subject.connection.input_audio.total_bytes > 0
    if not (subject.buffered_ms or was_sent) or not subject.in_force:
        return
    asked = [key for key in _FIXED if subject.changes(key)]
    name, rate_hz = now = _input(subject.in_force)
    then = _input({**subject.in_force, **{key: subject.settings[key] for key in asked}})
    if now != then:
        key = asked[-1] if name == then[0] else "input_audio_format"  # where only the rate differs, the key that says it
        it_is = quote(name) if rate_hz is None else f"{quote(name)} at {quote(rate_hz)} Hz"
        yield subject.at(key), f"can not change during a session; it is {it_is}: open a new session"
    if "input_audio_echo_cancellation" in subject.settings:  # null clears it, and with it the second channel
        now, then = (_echo(settings)[1] for settings in (subject.in_force, subject.settings))
        if now != then:
            yield subject.at("input_audio_echo_cancellation.channels"), f"can not change during a session; it is {now}: open a new session"


@rule("echo-pairs", ERROR, source="HOW")
def echo_pairs(subject: Subject) -> Iterator[Problem]:
    """Echo cancellation takes the server's reference with 1 channel, or the client's with 2 channels of pcm16."""
    source, channels = _echo(subject.settings)
    if (source, channels) not in (("server", 1), ("client", 2)):
        yield (
            subject.at("input_audio_echo_cancellation"),
            f"reference_source {quote(source)} with {quote(channels)} channels is refused: 'server' goes with 1, 'client' with 2",
        )
    if source == "client" and is_g711(subject.effective("input_audio_format")):
        yield (
            subject.at("input_audio_echo_cancellation"),
            "the client's echo reference needs interleaved pcm16: set input_audio_format to pcm16",
        )


@rule("output-format", WARNING, source="SDK, SPEC (enum); TEST (pcm16_22050hz, _24000hz, _44100hz, _48000hz with Azure voices)")
def output_format(subject: Subject) -> Iterator[Problem]:
    """Output formats beyond the specification's list were seen with Azure voices only."""
    name = subject.settings.get("output_audio_format")
    if not isinstance(name, str) or respelled(name) in set(OutputAudioFormat):
        return
    if format_of(name) is None:
        yield subject.at("output_audio_format"), f"{quote(name)} is no known format: use one of {', '.join(OutputAudioFormat)}"
    else:
        message = (
            f"{quote(name)} is not in the specification, though live tests of the official SDK use such formats with Azure voices:"
            " pcm16 (24000 Hz) is safe"
        )
        yield subject.at("output_audio_format"), message


@rule(
    "output-format-spelling",
    WARNING,
    source="SDK 1.0.0 to 1.2.0b2 (hyphen); SDK 1.2.0 and SPEC 2026-01-01-preview (underscore); SDK, SPEC (g711_ulaw, g711_alaw)",
)
def output_format_spelling(subject: Subject) -> Iterator[Problem]:
    """Output formats are written small, with an underscore; before 2026-01-01-preview rates of pcm16 were written with a hyphen."""
    name = subject.settings.get("output_audio_format")
    if not isinstance(name, str) or format_of(name) is None:
        return
    right = respelled(name)
    if right.startswith("pcm16_") and subject.api_version is not None and subject.api_version < UNDERSCORES_SINCE:
        right = right.replace("_", "-")
    if name != right:
        yield subject.at("output_audio_format"), f"api-version {subject.api_version or '2026-01-01-preview and later'} writes {right!r}"


def respelled(name: str) -> str:
    """The name of a format as the service writes it today."""
    return name.lower().replace("-", "_")


def is_g711(name: object) -> bool:
    """Whether a format is G.711, in whatever spelling."""
    audio = format_of(name)
    return audio is not None and audio.name != "pcm16"


def _appended_bytes(subject: Subject) -> int:
    """Size of the appended audio; 0 when there is none, or none that could be measured."""
    audio = subject.event.get("audio") if subject.type in _APPENDS else None
    return audio_length_bytes(audio) if isinstance(audio, str) and len(audio) % 4 == 0 else 0


def _input(settings: Mapping[str, Any]) -> tuple[Any, Any]:
    """Name and rate of the input's format, with the service's defaults for what is null or left out."""
    name, rate_hz = (settings.get(key) for key in _FIXED)
    audio = format_of(name, rate_hz)
    return (name, rate_hz) if audio is None else (audio.name, audio.sample_rate_hz)


def _echo(settings: Any) -> tuple[Any, Any]:
    """Reference source and channels as the settings name them, or the service's defaults."""
    echo = mapping(settings.get("input_audio_echo_cancellation"))
    source, channels = echo.get("reference_source"), echo.get("channels")
    return ("server" if source is None else source), (1 if channels is None else channels)


RULES = (
    commit_too_short,
    append_too_large,
    append_whole_samples,
    append_whole_frames,
    input_format,
    input_rate_g711,
    input_rate_pcm16,
    input_audio_change,
    echo_pairs,
    output_format,
    output_format_spelling,
)
