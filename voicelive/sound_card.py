"""The microphone and the loudspeaker of this machine, for programs that hold a conversation on it.

::

    with SoundCard() as card:
        ...
        await connection.input_audio_buffer.append(audio=await card.receive())  # in a task of its own, for ever
        ...
        card.play(event)  # response.audio.delta
        ...
        for cut in card.stop():  # input_audio_buffer.speech_started
            await connection.conversation.item.truncate(**cut._asdict())

Sound is PCM16 of one channel at the session's rate; the system's own formats and rates are converted. It stands on miniaudio, whose wheels
talk to WASAPI, Core Audio, PulseAudio, PipeWire and ALSA; the extra ``voicelive[sound]`` installs it.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import anyio.to_thread

from .exceptions import VoiceLiveError

try:
    import miniaudio
except ImportError as missing:  # pragma: no cover - needs an environment without the extra
    raise ImportError("the sound card needs miniaudio: pip install 'voicelive[sound]'", name=missing.name) from missing

if TYPE_CHECKING:
    from typing_extensions import Self

    from voicelive_proto.server_events import ResponseAudioDelta

__all__ = ["Cut", "SoundCard", "SoundCardError", "SoundDevices", "sound_devices"]

PIECE_MS: Final = 20
"""So long is a piece of sound from the microphone, and of what the card takes for the loudspeaker."""

PERIODS: Final = 3
"""So many pieces the card holds: what it has taken sounds up to 60 ms later."""

SILENT_S: Final = 10.0
"""A microphone that gives no sound for so long, not even silence, is gone; some systems take two seconds to begin."""

_MOST_WAITING: Final = 10_000 // PIECE_MS
"""Ten seconds; what is older when nobody reads is dropped."""

_MOST_KNOWN: Final = 100
"""Of so many parts of answers, the latest, it is known what was played."""

_SAMPLE_BYTES: Final = 2

_log = logging.getLogger("voicelive")


class SoundCardError(VoiceLiveError):
    """The microphone or the loudspeaker can't be used, or was closed; the message says which and why."""


class Cut(NamedTuple):
    """Where an answer was cut off: what ``conversation.item.truncate`` takes (API reference)."""

    item_id: str
    content_index: int
    audio_end_ms: int


class SoundDevices(NamedTuple):
    """Names of what this machine has."""

    microphones: tuple[str, ...]
    loudspeakers: tuple[str, ...]


def sound_devices(backend: str | None = None) -> SoundDevices:
    """What there is to choose from.

    Args:
        backend: as of `SoundCard`.

    Raises:
        SoundCardError: the sound system doesn't say.
    """
    try:
        devices = miniaudio.Devices(_backends(backend))
        microphones, loudspeakers = devices.get_captures(), devices.get_playbacks()
    except miniaudio.MiniaudioError as error:
        raise SoundCardError(f"the sound system doesn't say what there is: {_reason(error)}") from error
    return SoundDevices(*(tuple(device["name"] for device in each) for each in (microphones, loudspeakers)))


class SoundCard:
    """A microphone that is read, and a loudspeaker that knows what it has played of which answer.

    The system's threads give and take sound; every method may be called from any thread, and none but `read` waits. It is opened by
    ``with``.

    Args:
        rate_hz: of both sides, that of the session's formats: 24,000 for ``pcm16``.
        microphone: part of the name of one (`sound_devices`); the system's default by default.
        loudspeaker: as ``microphone``.
        backend: the sound system, such as ``pulseaudio`` or ``alsa``; the first that works by default. ``null`` is no sound card at all:
            silence comes in, and what is played goes nowhere, both at the pace of sound.

    Raises:
        ValueError: a rate that is none, or no such backend.

    Attributes:
        missed_ms: milliseconds of the microphone's sound that were dropped, as nobody had read them for ten seconds.
    """

    def __init__(
        self, *, rate_hz: int = 24_000, microphone: str | None = None, loudspeaker: str | None = None, backend: str | None = None
    ) -> None:
        if not 8_000 <= rate_hz <= 48_000:
            raise ValueError(f"rate_hz is {rate_hz}; the service knows rates from 8000 to 48000")
        self.missed_ms = 0
        self._rate_hz = rate_hz
        self._names = (microphone, loudspeaker)
        self._backends = _backends(backend)
        self._open: list[Any] = []
        self._closed = False
        self._heard: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._due: deque[tuple[_Part, memoryview]] = deque()
        self._parts: dict[tuple[str, int], _Part] = {}
        self._response_id: str | None = None
        self._stopped_id: str | None = None

    def __enter__(self) -> Self:
        """Open both.

        Raises:
            SoundCardError: there is none, none of that name, or it can't be opened.
        """
        try:
            # Kept as long as the card is open: the ids of the devices belong to it.
            devices = miniaudio.Devices(self._backends) if any(self._names) else None
            sides: tuple[tuple[str, Any, Generator[Any, Any, None]], ...] = (
                ("microphone", miniaudio.CaptureDevice, self._hearing()),
                ("loudspeaker", miniaudio.PlaybackDevice, self._playing()),
            )
            for (which, kind, sound), name in zip(sides, self._names, strict=True):
                self._open.append(self._opened(which, kind, _found(devices, which, name)))
                next(sound)
                self._open[-1].start(sound)
        except miniaudio.MiniaudioError as error:
            self.close()
            raise SoundCardError(f"the sound card can't be opened: {_reason(error)}") from error
        except BaseException:
            self.close()
            raise
        return self

    def _opened(self, which: str, kind: Any, device_id: Any) -> Any:
        try:
            device = kind(
                nchannels=1,
                sample_rate=self._rate_hz,
                buffersize_msec=PIECE_MS,
                callback_periods=PERIODS,
                device_id=device_id,
                backends=self._backends,
                app_name="voicelive",
            )
        except miniaudio.MiniaudioError as error:
            raise SoundCardError(f"no {which} can be opened ({_reason(error)}); backend 'null' goes without a sound card") from error
        if not self._backends and device.backend == "Null":  # what the library falls back to in silence
            device.close()
            raise SoundCardError("no sound system works here; backend 'null' goes without a sound card")
        return device

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Be silent and deaf at once; whoever reads is told."""
        self._closed = True
        for device in self._open:
            device.close()
        self._open.clear()
        self._heard.put(None)

    def read(self) -> bytes:
        """The next 20 ms from the microphone, as PCM16; waits for them.

        Raises:
            SoundCardError: the card was closed, or the microphone gives nothing any more.
        """
        try:
            piece = self._heard.get(timeout=SILENT_S)
        except queue.Empty:
            raise SoundCardError(f"the microphone has given nothing for {SILENT_S:g} s; is it still there?") from None
        if piece is None:
            self._heard.put(None)  # for others that wait
            raise SoundCardError("the sound card is closed")
        return piece

    def __iter__(self) -> Iterator[bytes]:
        """Piece by piece until the card is closed.

        Raises:
            SoundCardError: the microphone gives nothing any more.
        """
        while True:
            try:
                piece = self.read()
            except SoundCardError:
                if self._closed:
                    return
                raise
            yield piece

    async def receive(self) -> bytes:
        """As `read`, for asyncio and trio; may be cancelled, and the piece that comes then is lost."""
        return await anyio.to_thread.run_sync(self.read, abandon_on_cancel=True)

    def play(self, event: ResponseAudioDelta) -> None:
        """Play a piece of an answer behind what is there already. What still comes of a response that was stopped is not played.

        Args:
            event: a ``response.audio.delta`` whose sound is PCM16 of the card's rate.
        """
        with self._lock:
            if event.response_id == self._stopped_id:
                return
            self._response_id = event.response_id
            key = (event.item_id, event.content_index)
            part = self._parts.get(key)
            if part is None:
                part = self._parts[key] = _Part(*key)
                while len(self._parts) > _MOST_KNOWN:
                    del self._parts[next(iter(self._parts))]
            part.given_bytes += len(event.delta)
            self._due.append((part, memoryview(event.delta)))

    def stop(self) -> list[Cut]:
        """Be silent now, and say where that cuts which answers, in order; none if everything was played.

        What the card has taken already, 60 ms at most, still sounds, and counts as heard.
        """
        with self._lock:
            self._due.clear()
            self._stopped_id = self._response_id
            cut = [part for part in self._parts.values() if part.taken_bytes < part.given_bytes]
            for part in cut:
                part.given_bytes = part.taken_bytes
            return [Cut(part.item_id, part.content_index, self._ms(part.taken_bytes)) for part in cut]

    @property
    def playing(self) -> bool:
        """Whether there is something left to play."""
        return bool(self._due)

    def played_ms(self, item_id: str) -> int | None:
        """Milliseconds that the card has taken of an answer's audio; None if it had none, or that was a hundred answers ago.

        ``connection.state.conversation.report_playback`` takes it.
        """
        with self._lock:
            taken = [part.taken_bytes for part in self._parts.values() if part.item_id == item_id]
        return self._ms(sum(taken)) if taken else None

    def _ms(self, size_bytes: int) -> int:
        return size_bytes * 1000 // (self._rate_hz * _SAMPLE_BYTES)

    def _hearing(self) -> Generator[None, bytearray, None]:
        """Is sent what the microphone gives, in the system's thread."""
        while True:
            piece = yield
            if self._heard.qsize() >= _MOST_WAITING:
                self._heard.get()
                self.missed_ms += PIECE_MS
                if self.missed_ms == PIECE_MS:
                    _log.warning("nobody reads the microphone; its sound is dropped beyond ten seconds")
            self._heard.put(bytes(piece))

    def _playing(self) -> Generator[bytes, int, None]:
        """Is asked for so many samples, in the system's thread; silence where there is nothing to play."""
        samples = yield b""
        while True:
            size_bytes = samples * _SAMPLE_BYTES
            samples = yield bytes(self._take(size_bytes)).ljust(size_bytes, b"\0")

    def _take(self, size_bytes: int) -> bytearray:
        taken = bytearray()
        with self._lock:
            while self._due and len(taken) < size_bytes:
                part, sound = self._due.popleft()
                now, later = sound[: size_bytes - len(taken)], sound[size_bytes - len(taken) :]
                taken += now
                part.taken_bytes += len(now)
                if later:
                    self._due.appendleft((part, later))
        return taken


@dataclass
class _Part:
    """A content part of an answer: bytes that were given to be played, and those that the card has taken."""

    item_id: str
    content_index: int
    given_bytes: int = 0
    taken_bytes: int = 0


def _backends(name: str | None) -> list[Any]:
    if name is None:
        return []
    known = {backend.name.lower(): backend for backend in miniaudio.get_enabled_backends()}
    if name not in known:
        raise ValueError(f"backend is {name!r}; here it can be {', '.join(sorted(known))}")
    return [known[name]]


def _found(devices: Any, which: str, name: str | None) -> Any:
    """The id of the device whose name is this, or has this in it; None for the default."""
    if name is None:
        return None
    there = devices.get_captures() if which == "microphone" else devices.get_playbacks()
    for is_it in (name.__eq__, lambda known: name.lower() in known.lower()):
        for device in there:
            if is_it(device["name"]):
                return device["id"]
    names = ", ".join(repr(device["name"]) for device in there) or "none"
    raise SoundCardError(f"no {which} has {name!r} in its name; there are {names}")


def _reason(error: Exception) -> str:
    """What miniaudio says: a text, and mostly the library's number."""
    return " ".join(str(each) for each in error.args)
