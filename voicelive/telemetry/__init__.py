"""OpenTelemetry for connections: ``VoiceLiveInstrumentor().instrument()``, before they are opened.

::

    from voicelive.telemetry import VoiceLiveInstrumentor

    VoiceLiveInstrumentor().instrument()  # with AZURE_EXPERIMENTAL_ENABLE_GENAI_TRACING=true in the environment

Class, methods, environment variables, span names and attributes are those of the official SDK; it needs the extra ``telemetry``. Nothing
is patched: an observer of each connection makes the spans and the metrics, see ``voicelive.Observer``.
"""

from ._instrumentor import VoiceLiveInstrumentor

__all__ = ["VoiceLiveInstrumentor"]
