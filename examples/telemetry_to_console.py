"""OpenTelemetry on the terminal: a line for each span, and the metrics at the end.

Runs against a local server. For the service set AZURE_VOICELIVE_ENDPOINT and, if it isn't gpt-realtime, AZURE_VOICELIVE_MODEL; the key is
taken from AZURE_VOICELIVE_API_KEY, else a token from azure-identity.

    python examples/telemetry_to_console.py

Needs the extra telemetry and opentelemetry-sdk. Your application has exporters of its own in place of the two here.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor

from voicelive import AzureKeyCredential, VoiceLiveConnection, connect
from voicelive.emulator import serve
from voicelive.telemetry import VoiceLiveInstrumentor


def line(span: ReadableSpan) -> str:
    """A span on one line."""
    took_ms = ((span.end_time or 0) - (span.start_time or 0)) / 1e6
    return f"span   {span.name} ({took_ms:.0f} ms)\n"


def set_up() -> InMemoryMetricReader:
    """Say where spans and metrics go, then switch the client's on."""
    tracers = TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(formatter=line)))
    trace.set_tracer_provider(tracers)
    reader = InMemoryMetricReader()
    metrics.set_meter_provider(MeterProvider([reader]))
    os.environ["AZURE_EXPERIMENTAL_ENABLE_GENAI_TRACING"] = "true"  # as with the official SDK
    VoiceLiveInstrumentor().instrument()
    return reader


def show(reader: InMemoryMetricReader) -> None:
    """Print what was measured."""
    measured = reader.get_metrics_data()
    assert measured is not None
    for metric in json.loads(measured.to_json())["resource_metrics"][0]["scope_metrics"][0]["metrics"]:
        value = sum(point.get("value", point.get("sum", 0)) for point in metric["data"]["data_points"])
        print(f"metric {metric['name']} {value:.3g} {metric['unit']}")


async def converse(connection: VoiceLiveConnection) -> None:
    """One turn to look at."""
    message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "How much is nine times seven?"}]}
    await connection.conversation.item.create(item=message)
    await (await connection.response.create())


@asynccontextmanager
async def service() -> AsyncIterator[tuple[str, AzureKeyCredential | None]]:
    """The service with the credential of the environment, or a local server that takes any key."""
    if endpoint := os.environ.get("AZURE_VOICELIVE_ENDPOINT"):
        yield endpoint, None
    else:
        async with serve() as server:
            yield server.url, AzureKeyCredential("local")


async def main() -> None:
    reader = set_up()
    model = os.environ.get("AZURE_VOICELIVE_MODEL", "gpt-realtime")
    async with (
        service() as (endpoint, credential),
        connect(endpoint=endpoint, credential=credential, model=model) as connection,
    ):
        await converse(connection)
    show(reader)


if __name__ == "__main__":
    asyncio.run(main())
