"""The switch: an observer factory put among those of the process, or taken away."""

from __future__ import annotations

import logging
import os
from typing import Final

from .. import _hooks

ENABLED_VARIABLE: Final = "AZURE_EXPERIMENTAL_ENABLE_GENAI_TRACING"
CONTENT_VARIABLE: Final = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
OLD_CONTENT_VARIABLE: Final = "AZURE_TRACING_GEN_AI_CONTENT_RECORDING_ENABLED"

_log = logging.getLogger("voicelive")


class VoiceLiveInstrumentor:
    """Switches telemetry on and off for the connections that are opened from then on. All instances are one.

    Raises:
        ImportError: opentelemetry-api isn't installed; the message names the extra.
    """

    _make: _hooks.Make | None = None
    _records_content = False

    def __init__(self) -> None:
        try:
            import opentelemetry.trace  # noqa: F401, PLC0415 - asked for when it is needed
        except ImportError as error:
            raise ImportError("telemetry needs opentelemetry: pip install 'voicelive[telemetry]'") from error

    def instrument(self, enable_content_recording: bool | None = None) -> None:
        """Switch it on; a second call may change whether content is recorded.

        Does nothing but log a warning unless the environment variable ``AZURE_EXPERIMENTAL_ENABLE_GENAI_TRACING`` is ``true``.

        Args:
            enable_content_recording: whether what is said and sent becomes part of the spans. None asks the environment variables
                ``OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`` and, where that isn't set,
                ``AZURE_TRACING_GEN_AI_CONTENT_RECORDING_ENABLED``; without either it doesn't.
        """
        from ._observer import TelemetryObserver  # noqa: PLC0415 - brings opentelemetry

        if not _is_true(os.environ.get(ENABLED_VARIABLE)):
            _log.warning("telemetry stays off: set %s=true to switch it on", ENABLED_VARIABLE)
            return
        self.uninstrument()
        records = _content_from_environment() if enable_content_recording is None else enable_content_recording
        VoiceLiveInstrumentor._records_content = records
        VoiceLiveInstrumentor._make = lambda: TelemetryObserver(records_content=records)
        _hooks.factories.append(VoiceLiveInstrumentor._make)

    def uninstrument(self) -> None:
        """Switch it off; connections that are open go on as they were."""
        if VoiceLiveInstrumentor._make is not None:
            _hooks.factories.remove(VoiceLiveInstrumentor._make)
            VoiceLiveInstrumentor._make = None
            VoiceLiveInstrumentor._records_content = False

    def is_instrumented(self) -> bool:
        """Whether it is on."""
        return VoiceLiveInstrumentor._make is not None

    def is_content_recording_enabled(self) -> bool:
        """Whether content is recorded."""
        return VoiceLiveInstrumentor._records_content


def _is_true(text: str | None) -> bool:
    return (text or "").strip().lower() == "true"


def _content_from_environment() -> bool:
    new, old = os.environ.get(CONTENT_VARIABLE), os.environ.get(OLD_CONTENT_VARIABLE)
    if new is not None and old is not None and _is_true(new) != _is_true(old):
        _log.error("%s and %s differ; no content is recorded. Set %s alone", CONTENT_VARIABLE, OLD_CONTENT_VARIABLE, CONTENT_VARIABLE)
        return False
    return _is_true(new if new is not None else old)
