"""One connection's spans: ``connect`` around all, ``send …``, ``recv …`` and ``close`` in it, and one for each response and tool call.

Audio and the deltas of text make no spans: their counts and sizes are attributes of the spans around them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from voicelive_proto.audio_formats import audio_length_bytes

from .._hooks import Observer
from ._meters import Meters
from ._tallies import AudioTally, Waits, channels_of

if TYPE_CHECKING:
    from voicelive_transports import TransportInfo

    from .._live_state import Resumed

_COMMON: Final = {
    "az.namespace": "Microsoft.CognitiveServices",
    "gen_ai.provider.name": "microsoft.foundry",
    "gen_ai.system": "az.ai.voicelive",
}
_OF_PARAMETERS: Final = {
    "model": "gen_ai.request.model",
    "agent-name": "gen_ai.agent.name",
    "agent-version": "gen_ai.agent.version",
    "agent-project-name": "gen_ai.agent.project_name",
    "conversation-id": "gen_ai.conversation.id",
}
_OF_EVENTS: Final = {
    "response_id": "gen_ai.response.id",
    "call_id": "gen_ai.voice.call_id",
    "item_id": "gen_ai.voice.item_id",
    "previous_item_id": "gen_ai.voice.previous_item_id",
    "output_index": "gen_ai.voice.output_index",
}
_OF_ITEMS: Final = {
    "id": "gen_ai.voice.item_id",
    "call_id": "gen_ai.voice.call_id",
    "server_label": "gen_ai.voice.mcp.server_label",
    "approval_request_id": "gen_ai.voice.mcp.approval_request_id",
    "approve": "gen_ai.voice.mcp.approve",
}
_OF_SESSIONS: Final = {
    "input_audio_format": "gen_ai.voice.input_audio_format",
    "output_audio_format": "gen_ai.voice.output_audio_format",
    "input_audio_sampling_rate": "gen_ai.voice.input_sample_rate",
}
_OF_CHILDREN: Final = ("server.address", "server.port", "gen_ai.request.model", "gen_ai.conversation.id")
_COUNTED: Final = frozenset({"response.audio.delta", "response.text.delta", "response.audio_transcript.delta"})
"""Events without a span of their own."""

_meters = cache(Meters)


class TelemetryObserver(Observer):
    """Spans and metrics of one connection.

    Args:
        records_content: put what is sent and said into the spans, as events ``gen_ai.input.messages`` and ``gen_ai.output.messages``.
    """

    counts_audio = True

    def __init__(self, *, records_content: bool = False) -> None:
        self._tracer = trace.get_tracer("voicelive")
        self._meters = _meters()
        self._records_content = records_content
        self._connect: Span = trace.INVALID_SPAN
        self._labels: dict[str, str] = {}
        self._begun_s = 0.0
        self._context: dict[str, Any] = {}
        self._responses: dict[str, Span] = {}
        self._calls: dict[str, Span] = {}
        self._tools: dict[str, str] = {}  # id of a call's item -> the tool's name
        self._waits = Waits()
        self._counts = {"turn_count": 0, "interruption_count": 0, "mcp.call_count": 0, "mcp.list_tools_count": 0}
        self._input = AudioTally()
        self._output = AudioTally()

    # -- the connection

    def connecting(self, url: str, parameters: Mapping[str, str]) -> None:
        """Begin the span ``connect``, which lasts as long as the connection."""
        address = urlsplit(url)
        attributes: dict[str, Any] = {"server.address": address.hostname or "", "gen_ai.operation.name": "connect"}
        attributes["server.port"] = address.port or (443 if address.scheme == "wss" else 80)
        attributes |= {name: parameters[key] for key, name in _OF_PARAMETERS.items() if key in parameters}
        self._labels = {"gen_ai.provider.name": _COMMON["gen_ai.provider.name"], "server.address": attributes["server.address"]}
        self._labels |= {"gen_ai.request.model": parameters["model"]} if "model" in parameters else {}
        self._context = {name: attributes[name] for name in _OF_CHILDREN if name in attributes}
        self._begun_s = time.monotonic()
        self._connect = self._tracer.start_span("connect", kind=SpanKind.CLIENT, attributes=_COMMON | attributes)

    def connect_failed(self, error: BaseException) -> None:
        """End the span with the error."""
        _mark(self._connect, type(error).__name__, str(error))
        self._end(type(error).__name__)

    def connected(self, info: TransportInfo) -> None:
        """Say what carries the connection."""
        self._connect.set_attribute("voicelive.transport", info.adapter)

    def resumed(self, resumed: Resumed) -> None:
        """Count, and say so on the span."""
        self._connect.set_attribute("voicelive.reconnects", resumed.reconnects)
        self._meters.reconnects.add(1, {**self._labels, "error.type": f"close {resumed.cause.code}"})

    def closed(self, code: int, reason: str) -> None:
        """End everything that is open."""
        span = self._child("close", "close")
        span.set_attribute("voicelive.close_code", code)
        span.end()
        broken = code not in (1000, 1001)
        if broken:
            _mark(self._connect, "ConnectionClosed", f"closed with code {code}: {reason}")
            self._meters.errors.add(1, {**self._labels, "error.type": f"close {code}"})
        for open_span in (*self._responses.values(), *self._calls.values()):
            open_span.end()
        self._end("ConnectionClosed" if broken else None)

    def _end(self, error_type: str | None) -> None:
        self._meter_audio()
        audio = {"audio_bytes_sent": self._input.total_bytes, "audio_bytes_received": self._output.total_bytes}
        frames = {"audio_frames_sent": self._input.count, "audio_frames_received": self._output.count}
        for name, count in (self._counts | audio | frames).items():
            if count:
                self._connect.set_attribute(f"gen_ai.voice.{name}", count)
        self._connect.end()
        labels = self._labels | {"gen_ai.operation.name": "connect"} | ({"error.type": error_type} if error_type else {})
        self._meters.duration_s.record(time.monotonic() - self._begun_s, labels)

    # -- out

    def sent_audio(self, audio_bytes: int, frame_bytes: int) -> None:  # noqa: ARG002 - sizes of frames are in the spans of others
        """Count; no span."""
        self._input.count += 1
        self._input.total_bytes += audio_bytes

    def sent(self, event: Any, frame_bytes: int) -> None:
        """A span for the event, and what it begins or ends."""
        kind = event["type"]
        if kind == "input_audio_buffer.append":
            self.sent_audio(audio_length_bytes(event.get("audio")), frame_bytes)
            return
        self._event_span("send", kind, event, frame_bytes)
        if kind in ("response.create", "input_audio_buffer.commit"):
            self._waits.turn_ended()
        elif kind == "session.update":
            self._read_session(event.get("session"))
        elif kind == "conversation.item.create":
            item = _mapping(event.get("item"))
            if item.get("type") == "function_call_output":
                self._end_call(item.get("call_id"))

    def send_failed(self, event_type: str, error: BaseException) -> None:
        """A span with the error."""
        span = self._child(f"send {event_type}", "send")
        _mark(span, type(error).__name__, str(error))
        span.end()

    # -- in

    def received(self, event: Any, frame_bytes: int) -> None:
        """Count audio and text deltas; a span for the rest, and what it begins or ends."""
        kind = event.type
        if kind == "response.audio.delta":
            self.received_audio(1, len(event.delta or b""))
        if kind in _COUNTED:
            if self._waits.open:
                self._first_piece(kind)
            return
        self._event_span("recv", kind, event, frame_bytes)
        step = _STEPS.get(kind)
        if step is not None:
            step(self, event)
        elif "_call." in kind:
            self._on_call(event, *kind.removeprefix("response.").split(".", maxsplit=1))
        elif kind.startswith("mcp_list_tools."):
            self._counts["mcp.list_tools_count"] += kind.endswith(".in_progress")

    def received_audio(self, count: int, audio_bytes: int) -> None:
        """Count; no span."""
        self._output.count += count
        self._output.total_bytes += audio_bytes

    def malformed(self, problem: str, frame_bytes: int) -> None:
        """A span with the error."""
        span = self._child("recv", "recv")
        span.set_attribute("gen_ai.voice.message_size", frame_bytes)
        _mark(span, "MalformedEvent", problem)
        span.end()
        self._meters.errors.add(1, {**self._labels, "error.type": "MalformedEvent"})

    def _first_piece(self, kind: str) -> None:
        if kind == "response.audio_transcript.delta":
            return
        first_audio_s = self._waits.first_audio_s() if kind == "response.audio.delta" else None
        if first_audio_s is not None:
            self._meters.first_audio_s.record(first_audio_s, self._labels)
        latency_s = self._waits.answered_s()
        if latency_s is not None:
            self._meters.turn_latency_s.record(latency_s, self._labels)
            self._connect.set_attribute("gen_ai.voice.first_token_latency_ms", round(latency_s * 1000, 2))

    def _on_session(self, event: Any) -> None:
        self._read_session(event.session)

    def _on_speech_stopped(self, _event: Any) -> None:
        self._waits.turn_ended()

    def _on_response_created(self, event: Any) -> None:
        response = event.response
        if response is None or response.id is None or response.id in self._responses:
            return
        self._waits.response_created()
        span = self._responses[response.id] = self._child("response", "response")
        span.set_attribute("gen_ai.response.id", response.id)

    def _on_response_done(self, event: Any) -> None:
        response = event.response
        if response is None:
            return
        self._counts["turn_count"] += 1
        self._waits.response_done()
        status, usage = response.status or "", response.usage
        if usage is not None:
            self._meters.count_tokens(usage, self._labels)
        reason = (response.status_details or {}).get("reason") if status == "cancelled" else None
        if status == "cancelled":
            self._counts["interruption_count"] += 1
            self._meters.interruptions.add(1, {**self._labels, "reason": str(reason or "unknown")})
        span = self._responses.pop(response.id or "", None)
        if span is None:
            return
        span.set_attribute("gen_ai.response.finish_reasons", json.dumps([status]))
        if usage is not None:
            span.set_attribute("gen_ai.usage.input_tokens", usage.input_tokens or 0)
            span.set_attribute("gen_ai.usage.output_tokens", usage.output_tokens or 0)
        if status == "failed":
            error = (response.status_details or {}).get("error") or {}
            _mark(span, str(error.get("code") or error.get("type") or "failed"), str(error.get("message") or ""))
            self._meters.errors.add(1, {**self._labels, "error.type": "response failed"})
        span.end()

    def _on_arguments_done(self, event: Any) -> None:
        self._begin_call(event.call_id or "", event.name or "function")

    def _on_output_item_added(self, event: Any) -> None:
        item = _mapping(event.item)
        kind, item_id = str(item.get("type")), item.get("id")
        # A function call's own events have its name.
        if kind.endswith("_call") and kind != "function_call" and isinstance(item_id, str):
            self._tools[item_id] = str(item.get("name") or kind.removesuffix("_call"))

    def _on_call(self, event: Mapping[str, Any], family: str, step: str) -> None:
        """A call that the service makes itself: of an MCP server, a search, an agent; also of kinds that nobody knows yet."""
        item_id = event.get("item_id")
        if not isinstance(item_id, str):
            return
        if step == "in_progress":
            self._counts["mcp.call_count"] += family == "mcp_call"
            self._begin_call(item_id, self._tools.get(item_id, family.removesuffix("_call")))
        elif step in ("completed", "failed"):
            self._tools.pop(item_id, None)
            if step == "failed" and item_id in self._calls:
                _mark(self._calls[item_id], "tool failed", "")
            self._end_call(item_id)

    def _on_error(self, event: Any) -> None:
        code = event.error.code or event.error.type if event.error is not None else "error"
        self._meters.errors.add(1, {**self._labels, "error.type": str(code)})

    # -- spans

    def _child(self, name: str, operation: str) -> Span:
        attributes = _COMMON | self._context | {"gen_ai.operation.name": operation}
        return self._tracer.start_span(name, trace.set_span_in_context(self._connect), SpanKind.CLIENT, attributes)

    def _meter_audio(self) -> None:
        """Tell the meters of the audio since the last time: they cost more than a frame of it."""
        self._meters.audio_in_s.add(self._input.take_s(), self._labels)
        self._meters.audio_out_s.add(self._output.take_s(), self._labels)

    def _event_span(self, operation: str, kind: str, event: Any, frame_bytes: int) -> None:
        self._meter_audio()
        span = self._child(f"{operation} {kind}", operation)
        span.set_attributes({"gen_ai.voice.event_type": kind, "gen_ai.voice.message_size": frame_bytes})
        _copy(span, event, _OF_EVENTS)
        _copy(span, event.get("item"), _OF_ITEMS)
        response = _mapping(event.get("response"))
        _copy(span, response, {"id": "gen_ai.response.id"})
        if operation == "recv" and response:
            self._follow(span, kind, response)
        if kind == "error":
            error = _mapping(event.get("error"))
            _mark(span, str(error.get("code") or error.get("type")), str(error.get("message") or ""))
        if self._records_content:
            content = {"gen_ai.voice.event_type": kind, "gen_ai.event.content": _content(event)}
            span.add_event("gen_ai.input.messages" if operation == "send" else "gen_ai.output.messages", content)
        span.end()

    def _follow(self, span: Span, kind: str, response: Mapping[str, Any]) -> None:
        """What the last response says of the conversation, for this span, those that follow, and the outer one."""
        conversation_id = response.get("conversation_id")
        if conversation_id and isinstance(conversation_id, str):
            self._context["gen_ai.conversation.id"] = conversation_id
        for each in (span, self._connect):
            _copy(each, response, {"conversation_id": "gen_ai.conversation.id", "id": "gen_ai.response.id"})
            if kind == "response.done":
                each.set_attribute("gen_ai.response.finish_reasons", json.dumps([response.get("status")]))

    def _read_session(self, session: object) -> None:
        session = _mapping(session)
        if isinstance(session.get("id"), str):
            self._context["gen_ai.voice.session_id"] = session["id"]
            self._connect.set_attribute("gen_ai.voice.session_id", session["id"])
        _copy(self._connect, session, _OF_SESSIONS)
        self._input.use(session.get("input_audio_format"), session.get("input_audio_sampling_rate"), channels_of(session))
        self._output.use(session.get("output_audio_format"))

    def _begin_call(self, call_id: str, name: str) -> None:
        if call_id not in self._calls:
            span = self._calls[call_id] = self._child(f"execute_tool {name}", "execute_tool")
            span.set_attributes({"gen_ai.tool.name": name, "gen_ai.tool.call.id": call_id})

    def _end_call(self, call_id: object) -> None:
        span = self._calls.pop(str(call_id), None)
        if span is not None:
            span.end()


_STEPS: Final[Mapping[str, Callable[[TelemetryObserver, Any], None]]] = {
    "session.created": TelemetryObserver._on_session,
    "session.updated": TelemetryObserver._on_session,
    "input_audio_buffer.speech_stopped": TelemetryObserver._on_speech_stopped,
    "response.created": TelemetryObserver._on_response_created,
    "response.done": TelemetryObserver._on_response_done,
    "response.function_call_arguments.done": TelemetryObserver._on_arguments_done,
    "response.output_item.added": TelemetryObserver._on_output_item_added,
    "error": TelemetryObserver._on_error,
}
"""What is done beyond the span; of these types alone is it known what their events have."""


def _mapping(value: object) -> Mapping[str, Any]:
    """The value, if it is an object as it should be: what is sent as a mapping, and what is new, may hold anything."""
    return value if isinstance(value, Mapping) else {}


def _copy(span: Span, source: object, names: Mapping[str, str]) -> None:
    found = _mapping(source)
    for key, name in names.items():
        value = found.get(key)
        if isinstance(value, (str, int)):
            span.set_attribute(name, value)


def _mark(span: Span, error_type: str, message: str) -> None:
    span.set_attributes({"error.type": error_type, "error.message": message})
    span.set_status(Status(StatusCode.ERROR, message))


def _content(event: Any) -> str:
    plain = event.as_dict() if hasattr(event, "as_dict") else dict(event)
    return json.dumps(plain, default=str)
