"""The metrics: two with the names of the GenAI semantic conventions, the rest under ``voicelive.``."""

from __future__ import annotations

from collections.abc import Mapping

from opentelemetry.metrics import get_meter


class Meters:
    """The instruments, made when the first connection is watched."""

    def __init__(self) -> None:
        meter = get_meter("voicelive")
        self.duration_s = meter.create_histogram("gen_ai.client.operation.duration", "s", "Length of a connection")
        self.tokens = meter.create_histogram("gen_ai.client.token.usage", "{token}", "Tokens of a response, by kind")
        self.first_audio_s = meter.create_histogram(
            "voicelive.response.time_to_first_audio", "s", "From response.created to the first audio of the response"
        )
        self.turn_latency_s = meter.create_histogram(
            "voicelive.turn.latency", "s", "From the end of the user's turn, or the request, to the first audio or text of the response"
        )
        self.audio_in_s = meter.create_counter("voicelive.audio.input", "s", "Audio sent")
        self.audio_out_s = meter.create_counter("voicelive.audio.output", "s", "Audio received")
        self.interruptions = meter.create_counter("voicelive.interruptions", "{interruption}", "Responses cancelled, by reason")
        self.reconnects = meter.create_counter(
            "voicelive.reconnects", "{reconnect}", "Connections that took over from a lost one, by how that ended"
        )
        self.errors = meter.create_counter("voicelive.errors", "{error}", "Error events, failed responses and broken connections, by type")

    def count_tokens(self, usage: Mapping[str, object], attributes: Mapping[str, str]) -> None:
        """Record the tokens of a response: input and output, and what these consist of."""
        for direction in ("input", "output"):
            self._record(usage.get(f"{direction}_tokens"), direction, attributes)
            details = usage.get(f"{direction}_token_details")
            if isinstance(details, Mapping):
                for name, count in details.items():
                    if name.endswith("_tokens"):
                        self._record(count, f"{direction}.{name.removesuffix('_tokens')}", attributes)

    def _record(self, count: object, kind: str, attributes: Mapping[str, str]) -> None:
        if isinstance(count, int):
            self.tokens.record(count, {**attributes, "gen_ai.operation.name": "recv", "gen_ai.token.type": kind})
