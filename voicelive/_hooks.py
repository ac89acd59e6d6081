"""Observers: those who are told what a connection does, such as the log and the telemetry. They look on and change nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voicelive_transports import TransportInfo

    from ._live_state import Resumed

_log = logging.getLogger("voicelive")


class Observer:
    """What happens on one connection; override what you want to hear of.

    The methods are called in the task that sends or receives, in order, and must neither wait nor change what they are given. One
    that raises is logged, and its observer is told nothing more but ``closed``: an observer never breaks a call.

    Attributes:
        counts_audio: True spares a call for each piece of audio that follows another one: ``received_audio`` tells of them all, before
            anything else of what comes in.
    """

    counts_audio: ClassVar[bool] = False

    def connecting(self, url: str, parameters: Mapping[str, str]) -> None:
        """The connection is about to be opened: its URL without the query, and the query's parameters."""

    def connect_failed(self, error: BaseException) -> None:
        """It could not be opened, or opening it was cancelled."""

    def connected(self, info: TransportInfo) -> None:
        """It is open."""

    def resumed(self, resumed: Resumed) -> None:
        """It took over from a connection that was lost, see ``voicelive.stay_connected``; told after the events that did it."""

    def sent(self, event: Any, frame_bytes: int) -> None:
        """An event went out: a client event or a mapping; and the size of its frame."""

    def sent_audio(self, audio_bytes: int, frame_bytes: int) -> None:
        """An ``input_audio_buffer.append`` went out, of so much raw audio; no event was made of it."""

    def send_failed(self, event_type: str, error: BaseException) -> None:
        """An event did not go out."""

    def received(self, event: Any, frame_bytes: int) -> None:
        """A server event came; it is also told to those who wait, later."""

    def received_audio(self, count: int, audio_bytes: int) -> None:
        """So many more ``response.audio.delta`` came, of so much raw audio; told only where every observer has ``counts_audio``."""

    def malformed(self, problem: str, frame_bytes: int) -> None:
        """A frame came that is no event."""

    def closed(self, code: int, reason: str) -> None:
        """The connection is over, whichever side ended it; told once."""


Make = Callable[[], Observer]

factories: Final[list[Make]] = []
"""Each makes an observer for every connection that is opened from now on; telemetry puts its own here."""


class Watch(Observer):
    """Several observers as one; those that raise are told nothing more but the end, so that they may end what they began.

    Attributes:
        counting: the next ``response.audio.delta`` need only be counted, in ``audio_count`` and ``audio_bytes``.
    """

    def __init__(self, observers: Iterable[Observer]) -> None:
        self._observers = tuple(observers)
        self._dropped: tuple[Observer, ...] = ()
        self._is_over = False
        self.counting = False
        self.audio_count = 0
        self.audio_bytes = 0

    def connecting(self, url: str, parameters: Mapping[str, str]) -> None:
        """Tell all."""
        self._tell(lambda each: each.connecting(url, parameters))

    def connect_failed(self, error: BaseException) -> None:
        """Tell all."""
        self._tell(lambda each: each.connect_failed(error))

    def connected(self, info: TransportInfo) -> None:
        """Tell all."""
        self._tell(lambda each: each.connected(info))

    def resumed(self, resumed: Resumed) -> None:
        """Tell all."""
        self._tell(lambda each: each.resumed(resumed))

    def sent(self, event: Any, frame_bytes: int) -> None:
        """Tell all."""
        self._tell(lambda each: each.sent(event, frame_bytes))

    def sent_audio(self, audio_bytes: int, frame_bytes: int) -> None:
        """Tell all, as quickly as can be."""
        for each in self._observers:
            try:
                each.sent_audio(audio_bytes, frame_bytes)
            except Exception:  # noqa: BLE001, PERF203 - as in _tell
                self._drop(each)

    def send_failed(self, event_type: str, error: BaseException) -> None:
        """Tell all."""
        self._tell(lambda each: each.send_failed(event_type, error))

    def received(self, event: Any, frame_bytes: int) -> None:
        """Tell all; of what was only counted, too."""
        self._tell_count()
        self._tell(lambda each: each.received(event, frame_bytes))
        self.counting = event.type == "response.audio.delta" and all(each.counts_audio for each in self._observers)

    def received_audio(self, count: int, audio_bytes: int) -> None:
        """Tell all."""
        self._tell(lambda each: each.received_audio(count, audio_bytes))

    def malformed(self, problem: str, frame_bytes: int) -> None:
        """Tell all."""
        self._tell_count()
        self._tell(lambda each: each.malformed(problem, frame_bytes))

    def closed(self, code: int, reason: str) -> None:
        """Tell all, once."""
        if not self._is_over:
            self._is_over = True
            self._tell_count()
            self._tell(lambda each: each.closed(code, reason), *self._dropped)

    def _tell_count(self) -> None:
        if self.audio_count:
            count, audio_bytes = self.audio_count, self.audio_bytes
            self.audio_count = self.audio_bytes = 0
            self.received_audio(count, audio_bytes)

    def _tell(self, what: Callable[[Observer], None], *others: Observer) -> None:
        for each in (*self._observers, *others):
            try:
                what(each)
            except Exception:  # noqa: BLE001, PERF203 - whatever a user's observer raises must not end the call
                self._drop(each)

    def _drop(self, observer: Observer) -> None:
        self._observers = tuple(each for each in self._observers if each is not observer)
        self._dropped += (observer,)
        _log.exception("%s failed and is told nothing more but the end", type(observer).__name__)


class LogObserver(Observer):
    """One line at DEBUG for every event: audio as its size, long text cut, secrets hidden, as every model shows itself."""

    _transport_log: Final = logging.getLogger("voicelive.transports")

    def connecting(self, url: str, parameters: Mapping[str, str]) -> None:  # noqa: ARG002
        """Log the URL without its query, which may hold a secret."""
        self._transport_log.debug("connecting to %s", url)

    def connect_failed(self, error: BaseException) -> None:
        """Log why."""
        self._transport_log.debug("not connected: %s", words(error))

    def connected(self, info: TransportInfo) -> None:
        """Log the facts of the transport."""
        self._transport_log.debug(
            "connected to %s by %s, TLS %s, compression %s", info.url, info.adapter, "on" if info.tls else "off", info.compression or "off"
        )

    def resumed(self, resumed: Resumed) -> None:
        """Log what was left behind."""
        _log.debug("resumed, %d so far; left behind: %s", resumed.reconnects, "; ".join(resumed.lost) or "nothing")

    def sent(self, event: Any, frame_bytes: int) -> None:
        """Log the event, cut."""
        _log.debug("sent %s (%d bytes): %.400s", event["type"], frame_bytes, _Shown(event))

    def sent_audio(self, audio_bytes: int, frame_bytes: int) -> None:
        """Log the size."""
        _log.debug("sent input_audio_buffer.append (%d bytes): %d bytes of audio", frame_bytes, audio_bytes)

    def send_failed(self, event_type: str, error: BaseException) -> None:
        """Log the reason."""
        _log.debug("did not send %s: %s", event_type, words(error))

    def received(self, event: Any, frame_bytes: int) -> None:
        """Log the event, cut."""
        _log.debug("received %s (%d bytes): %.400s", event.type, frame_bytes, _Shown(event))

    def closed(self, code: int, reason: str) -> None:
        """Log how it ended."""
        self._transport_log.debug("closed with code %d: %s", code, reason or "no reason given")


def words(error: BaseException) -> str:
    """An error for the log: our own words, which hold no secret; of another's error the name alone."""
    from .exceptions import VoiceLiveError  # noqa: PLC0415 - brings azure-core

    return str(error) if isinstance(error, VoiceLiveError) else type(error).__name__


class _Shown:
    """Shown when the line is written, and not before."""

    def __init__(self, event: Any) -> None:
        self._event = event

    def __str__(self) -> str:
        from voicelive_proto._plain import shown  # noqa: PLC0415 - loaded with the core

        return shown("event", self._event)


def watch(observers: Iterable[Observer]) -> Watch | None:
    """The observers of a new connection: those given, those of the process, and the log if it is at DEBUG; None for none."""
    found = [*observers, *(make() for make in factories)]
    if _log.isEnabledFor(logging.DEBUG) or logging.getLogger("voicelive.transports").isEnabledFor(logging.DEBUG):
        found.append(LogObserver())
    return Watch(found) if found else None


def check_observers(observers: Iterable[Observer]) -> tuple[Observer, ...]:
    """Refuse what is no observer.

    Raises:
        TypeError: one isn't an instance of ``Observer``.
    """
    if isinstance(observers, Observer):
        raise TypeError(f"observers must be a list of them: observers=[{type(observers).__name__}(...)]")
    found = tuple(observers)
    for each in found:
        if not isinstance(each, Observer):
            raise TypeError(f"observers must be instances of voicelive.Observer, not {each!r:.60}")
    return found
