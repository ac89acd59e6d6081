"""The session: its settings in force, the updates still unanswered, its end."""

import dataclasses
import datetime
import functools
import math
import operator
import re
from typing import Any, ClassVar

from .._base import moment_of
from .._plain import to_plain
from ..audio_formats import AudioFormat, audio_format
from ..error_details import named_event, refused_type
from ..session import NULL_CLEARS, RequestSession
from .base import Limits, Quick, Routes, Row, text_chars
from .tables import SESSION, SessionState

_ECHO = "input_audio_echo_cancellation"
_KNOWN = frozenset(RequestSession.__struct_encode_fields__)
_PLAIN = (str, int, float)
_ROUNDING = 1e-6
"""Numbers that are nearer to each other are the same: the service may hold one with 32 bits."""


class SessionTracker:
    """What is known of the session.

    Attributes:
        state: `SessionState`.
        id: Session id from ``session.created``, or None before it.
        config: Settings in force by wire name, as the service last reported them.
        first_config: The same as it stood in ``session.created``: what a new session has by itself.
        accepted: Settings that the client asked for and the service took, in the words of the client.
        forgotten: How many of them, of those that `RequestSession` does not have, went because of the limits.
        pending_updates: Settings asked for and not yet answered, oldest first, by wire name.
        input_format: How the next input audio is laid out, with the pending updates; None when the format's name is not known.
        output_format: How output audio is laid out, by the settings in force; None in the same way.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.state = SessionState.CONNECTING
        self.id: str | None = None
        self.config: dict[str, Any] = {}
        self.first_config: dict[str, Any] = {}
        self.accepted: dict[str, Any] = {}
        self.forgotten = 0
        self.pending_updates: list[dict[str, Any]] = []
        self.input_format: AudioFormat | None = audio_format("pcm16")
        self.output_format: AudioFormat | None = audio_format("pcm16")
        self._reported_input_format = self.input_format
        self._pending_ids: list[str | None] = []
        self._refused_unnamed = 0  # so many errors may have been about updates that are still pending

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} {self.state.name}, {len(self.pending_updates)} pending updates>"

    @property
    def expires_at(self) -> datetime.datetime | None:
        """When the service will end the session (UTC), or None when it did not say, or not in seconds."""
        moment = moment_of(self.config.get("expires_at"))
        return moment if isinstance(moment, datetime.datetime) else None

    @property
    def expected(self) -> dict[str, Any]:
        """Settings that will be in force when what is sent now arrives, if the service takes the pending updates."""
        return functools.reduce(operator.or_, map(effective, self.pending_updates), self.config)

    @property
    def unanswered_updates(self) -> int:
        """How many updates are pending that no error may have been about."""
        return len(self.pending_updates) - self._refused_unnamed

    def cuts_a_sample(self, length_bytes: int) -> bool:
        """Whether so much input audio is no whole number of samples in any format that may be in force, as an update may be refused."""
        formats = (self.input_format, self._reported_input_format)
        return all(audio is not None and length_bytes % audio.bytes_per_frame for audio in formats)

    def row(self, event: Any) -> Row | None:
        """Judge what the service reports; a client may ask at any time, and what is on its way when one side closes still comes in."""
        kind = event.type
        if kind == "error" or self.state is SessionState.CLOSED or (kind == "session.update" and self.state is SessionState.CONNECTING):
            return None
        return Row("session", SESSION, self.state, self.id or "")

    def close(self) -> None:
        """The connection is over."""
        self.state = SessionState.CLOSED

    def _on_asked(self, event: Any) -> None:
        asked: dict[str, Any] = {**(to_plain(event.session) or {})}  # what is no mapping fails here, before anything changes
        self.pending_updates.append(asked)
        self._pending_ids.append(event.event_id)
        if len(self.pending_updates) > self._limits.max_calls:
            self._settle(0)
        self._use_formats()

    def _on_created(self, event: Any) -> None:
        self._on_reported(event)
        self.first_config = self.config

    def _on_reported(self, event: Any) -> None:
        if self.state is SessionState.CONNECTING:
            self.state = SessionState.READY
        self.config = to_plain(event.session) or {}
        reported_id = self.config.get("id")
        self.id = reported_id if isinstance(reported_id, str) else self.id
        self._use_formats()

    def _on_updated(self, event: Any) -> None:
        """The answer to the oldest update that is pending, unless that may be one of those that an error refused without naming it."""
        if self._refused_unnamed:
            self._drop_refused(to_plain(event.session) or {})
        for asked in self.pending_updates[:1]:
            self._accept(asked)
        self._settle(0)
        self._on_reported(event)

    def _accept(self, asked: dict[str, Any]) -> None:
        self.accepted |= effective(asked)
        new = [key for key in self.accepted if key not in _KNOWN]  # there is no end to the names of these
        while new and (len(new) > self._limits.max_calls or text_chars(self.accepted) > self._limits.max_text_chars):
            del self.accepted[new.pop(0)]
            self.forgotten += 1

    def _drop_refused(self, reported: dict[str, Any]) -> None:
        while self._refused_unnamed and len(self.pending_updates) > 1 and _contradicts(reported, effective(self.pending_updates[0])):
            self._refused_unnamed -= 1
            self._settle(0)

    def _on_error(self, event: Any) -> None:
        """A refused update is pending no longer: the error names its event_id, or one of its settings."""
        if event.error is None:
            return
        event_id, param = named_event(event.error), event.error.param or ""
        if event_id is not None and event_id in self._pending_ids:
            self._settle(self._pending_ids.index(event_id))
        elif event_id is None and param.startswith("session."):
            setting = re.split(r"[.\[]", param)[1]
            self._settle(next((index for index, asked in enumerate(self.pending_updates) if setting in asked), None))
        elif event_id is None and refused_type(event.error) in (None, "session.update"):
            self._refused_unnamed = min(self._refused_unnamed + 1, len(self.pending_updates))
        self._use_formats()

    def _settle(self, index: int | None) -> None:
        if index is not None and index < len(self.pending_updates):
            del self.pending_updates[index], self._pending_ids[index]
        self._refused_unnamed = min(self._refused_unnamed, len(self.pending_updates))

    def _use_formats(self) -> None:
        """What is appended comes after the updates that were asked for; what is spoken comes before their answers."""
        self._reported_input_format = _input_format(self.config)
        self.input_format = _input_format(self.expected)
        self.output_format = format_of(self.config.get("output_audio_format"))

    routes: ClassVar[Routes] = {
        "session.created": _on_created,
        "session.updated": _on_updated,
        "session.update": _on_asked,
        "error": _on_error,
    }
    quick: ClassVar[Quick] = {}


def effective(asked: dict[str, Any]) -> dict[str, Any]:
    """The settings of an update that change something."""
    return {key: value for key, value in asked.items() if value is not None or key in NULL_CLEARS}


def _contradicts(reported: dict[str, Any], asked: dict[str, Any]) -> bool:
    """Whether the service reports something else for a setting than the client asked for."""
    return any(key in reported and _differs(reported[key], value) for key, value in asked.items())


def _differs(theirs: Any, ours: Any) -> bool:
    if ours is None:
        return theirs is not None
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return _contradicts(theirs, ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        if all(isinstance(item, str) for item in (*ours, *theirs)):
            return {*map(_said, ours)} != {*map(_said, theirs)}
        return len(ours) != len(theirs) or _names(ours) != _names(theirs)
    if isinstance(ours, float) and isinstance(theirs, float):
        return not math.isclose(ours, theirs, rel_tol=_ROUNDING)
    return isinstance(ours, _PLAIN) and isinstance(theirs, _PLAIN) and _said(ours) != _said(theirs)


def _names(values: list[Any]) -> list[str]:
    """What tells tools apart; a service adds defaults to the rest of them."""
    return sorted(str((value.get("name"), value.get("server_label"))) for value in values if isinstance(value, dict))


def _said(value: Any) -> Any:
    return value.lower().replace("-", "_") if isinstance(value, str) else value


def _input_format(settings: dict[str, Any]) -> AudioFormat | None:
    audio = format_of(settings.get("input_audio_format"), settings.get("input_audio_sampling_rate"))
    echo = settings.get(_ECHO)
    if audio is not None and isinstance(echo, dict) and echo.get("channels") == 2:
        return dataclasses.replace(audio, channels=2)
    return audio


def format_of(name: object, rate_hz: object = None) -> AudioFormat | None:
    """The audio format that a setting names, whatever its type; None when we do not know it."""
    if name is not None and not isinstance(name, str):
        return None
    return audio_format(name, rate_hz if isinstance(rate_hz, int) and rate_hz > 0 else None)
