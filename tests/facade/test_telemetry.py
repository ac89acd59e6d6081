"""Telemetry, by the exporters of OpenTelemetry's own SDK, of conversations with the local server; and beside the official SDK's."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import textwrap

import pytest
from azure.core.credentials import AzureKeyCredential
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from websockets.exceptions import ConnectionClosed as WebsocketClosed

import voicelive.sync
from voicelive import ConnectFailed, ConnectionClosed, connect, stay_connected
from voicelive.emulator import McpTool, Turn, serve
from voicelive.models import ServerEvent
from voicelive.telemetry import VoiceLiveInstrumentor
from voicelive.telemetry._tallies import AudioTally
from voicelive.testing import scripted_server

from .local_service import CREATED, connect_to, local_service, run

SPANS = InMemorySpanExporter()
READER = InMemoryMetricReader()


@pytest.fixture(scope="module", autouse=True)
def providers():
    tracers = TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(SPANS))
    trace.set_tracer_provider(tracers)
    metrics.set_meter_provider(MeterProvider([READER]))


@pytest.fixture
def telemetry(monkeypatch):
    monkeypatch.setenv("AZURE_EXPERIMENTAL_ENABLE_GENAI_TRACING", "true")
    for name in ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "AZURE_TRACING_GEN_AI_CONTENT_RECORDING_ENABLED"):
        monkeypatch.delenv(name, raising=False)
    SPANS.clear()
    yield VoiceLiveInstrumentor()
    VoiceLiveInstrumentor().uninstrument()


def spans():
    return {span.name: span for span in SPANS.get_finished_spans()}


def points(name):
    """The data points of a metric, summed over all that this process did."""
    data = READER.get_metrics_data()
    found = [metric for resource in (data.resource_metrics if data else ()) for scope in resource.scope_metrics for metric in scope.metrics]
    return {
        tuple(sorted(point.attributes.items())): getattr(point, "value", getattr(point, "sum", None))
        for metric in found
        if metric.name == name
        for point in metric.data.data_points
    }


def total(name, **attributes):
    wanted = {key.replace("__", "."): value for key, value in attributes.items()}
    return sum(value for labels, value in points(name).items() if wanted.items() <= dict(labels).items())


async def answer(turn: Turn) -> str:
    return f"You said {turn.text}"


def to(server, **arguments):
    return connect(endpoint=server.url, credential=AzureKeyCredential("secret-key"), model="gpt-realtime", **arguments)


async def text_turn(connection, session):
    await connection.session.update(session=session)
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "good day"}]}
    await connection.conversation.item.create(item=item)
    await connection.response.create()
    await connection.wait_for("response.done")


def hold(session, **arguments):
    async def main():
        async with serve(responder=answer, pace=None, **arguments) as server, to(server) as connection:
            await text_turn(connection, session)

    run(main)


def test_a_spoken_answer(telemetry):
    telemetry.instrument()
    before = {name: total(name) for name in ("voicelive.audio.output", "gen_ai.client.token.usage")}
    hold({"modalities": ["text", "audio"]})
    found = spans()
    outer = found["connect"]
    children = [span for span in found.values() if span.name != "connect"]
    assert all(span.parent.span_id == outer.context.span_id for span in children)
    assert {"send session.update", "send response.create", "recv session.created", "recv response.done", "response", "close"} <= set(found)
    assert not {name for name in found if name.endswith(".delta")}
    assert outer.attributes["gen_ai.request.model"] == "gpt-realtime"
    assert outer.attributes["server.address"] == "127.0.0.1"
    assert outer.attributes["gen_ai.voice.turn_count"] == 1
    assert outer.attributes["gen_ai.voice.audio_bytes_received"] > 20_000
    assert outer.attributes["gen_ai.voice.audio_frames_received"] > 1
    assert outer.attributes["gen_ai.voice.first_token_latency_ms"] > 0
    response = found["response"].attributes
    assert response["gen_ai.response.finish_reasons"] == '["completed"]'
    assert response["gen_ai.usage.output_tokens"] > 0
    assert found["recv response.done"].attributes["gen_ai.response.id"] == response["gen_ai.response.id"]
    assert found["recv session.created"].attributes["gen_ai.voice.message_size"] > 100
    heard_s = total("voicelive.audio.output") - before["voicelive.audio.output"]
    assert heard_s == pytest.approx(outer.attributes["gen_ai.voice.audio_bytes_received"] / 48_000)
    assert total("gen_ai.client.token.usage", gen_ai__token__type="output") > 0
    assert total("gen_ai.client.token.usage", gen_ai__token__type="output.audio") > 0
    for name in ("voicelive.response.time_to_first_audio", "voicelive.turn.latency", "gen_ai.client.operation.duration"):
        assert total(name) > 0
    everything = json.dumps([dict(span.attributes) for span in found.values()], default=str)
    assert "good day" not in everything
    assert "secret-key" not in everything


def test_content_only_when_asked_for(telemetry):
    telemetry.instrument(enable_content_recording=True)
    assert telemetry.is_content_recording_enabled()
    hold({"modalities": ["text"]})
    found = spans()
    (sent,) = found["send conversation.item.create"].events
    assert sent.name == "gen_ai.input.messages"
    assert "good day" in sent.attributes["gen_ai.event.content"]
    (received,) = found["recv response.done"].events
    assert received.name == "gen_ai.output.messages"
    assert "You said good day" in received.attributes["gen_ai.event.content"]


def test_audio_that_is_sent_and_a_cancelled_response(telemetry):
    telemetry.instrument()
    before_s = total("voicelive.audio.input")

    async def main():
        async with serve(responder=answer) as server, to(server) as connection:
            await connection.session.update(session={"turn_detection": None, "input_audio_sampling_rate": 16000})
            for event_id in (None, "own"):
                await connection.input_audio_buffer.append(audio=bytes(16_000), event_id=event_id)
            await connection.send({"type": "input_audio_buffer.append", "audio": bytes(16_000)})
            item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "a long story"}]}
            await connection.conversation.item.create(item=item)
            handle = await connection.response.create()
            await handle.created()
            await connection.response.cancel()
            await handle

    run(main)
    outer = spans()["connect"].attributes
    assert (outer["gen_ai.voice.audio_bytes_sent"], outer["gen_ai.voice.audio_frames_sent"]) == (48_000, 3)
    assert total("voicelive.audio.input") - before_s == pytest.approx(1.5)
    assert outer["gen_ai.voice.interruption_count"] == 1
    assert total("voicelive.interruptions", reason="client_cancelled") >= 1


def test_a_tool_call_has_a_span_from_its_arguments_to_its_output(telemetry):
    telemetry.instrument()

    async def main():
        async with serve(pace=None) as server, to(server) as connection:
            schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
            tool = {"type": "function", "name": "get_weather", "description": "Weather of a city", "parameters": schema}
            await connection.session.update(session={"modalities": ["text"], "tools": [tool], "tool_choice": "required"})
            text = {"type": "input_text", "text": "What is the weather in Oslo?"}
            await connection.conversation.item.create(item={"type": "message", "role": "user", "content": [text]})
            await (await connection.response.create())
            (call,) = connection.state.conversation.pending_calls
            output = {"type": "function_call_output", "call_id": call.call_id, "output": "rain"}
            await connection.conversation.item.create(item=output)

    run(main)
    call = spans()["execute_tool get_weather"]
    assert call.attributes["gen_ai.tool.name"] == "get_weather"
    assert call.attributes["gen_ai.tool.call.id"]
    assert call.end_time > call.start_time


def test_a_call_of_an_mcp_server_has_a_span_while_it_runs(telemetry):
    telemetry.instrument()

    async def weather(city):
        if city != "Oslo":
            raise ValueError("no such city")
        return f"{city}: 7 degrees"

    async def main():
        schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
        tools = {"meteo": [McpTool("get_weather", weather, "Weather in a city.", schema)]}
        async with (
            serve(mcp=tools, pace=None) as server,
            connect(endpoint=server.url, credential=AzureKeyCredential("k"), model="gpt-realtime") as connection,
        ):
            tool = {"type": "mcp", "server_label": "meteo", "server_url": "https://meteo.example/mcp", "require_approval": "never"}
            await connection.session.update(session={"modalities": ["text"], "tools": [tool]})
            await connection.wait_for("mcp_list_tools.completed", timeout=30)
            for city, end in (("Oslo", "completed"), ("Lima", "failed")):
                content = [{"type": "input_text", "text": f"What is the weather in {city}?"}]
                await connection.conversation.item.create(item={"type": "message", "role": "user", "content": content})
                with connection.events(f"response.mcp_call.{end}") as ends:
                    await (await connection.response.create()).done(timeout=30)
                    await asyncio.wait_for(ends.next(), 30)
                await (await connection.response.create()).done(timeout=30)  # the result is told

    run(main)
    ended, failed = [span for span in SPANS.get_finished_spans() if span.name == "execute_tool get_weather"]
    assert ended.attributes["gen_ai.tool.name"] == "get_weather"
    assert ended.end_time > ended.start_time
    assert ended.status.is_unset
    assert failed.attributes["error.type"] == "tool failed"
    connected = spans()["connect"].attributes
    assert (connected["gen_ai.voice.mcp.call_count"], connected["gen_ai.voice.mcp.list_tools_count"]) == (2, 1)


def test_what_goes_wrong(telemetry):
    telemetry.instrument()

    async def broken(peer):
        await peer.send(CREATED)
        await peer.send_frame(b"{")
        await peer.send_frame(b'{"type":"error","error":{"type":"invalid_request_error","code":"invalid_value","message":"no"}}')
        done = b'{"type":"response.done","response":{"id":"r","status":"failed","status_details":{"type":"failed","error":{"code":"x"}}}}'
        await peer.send_frame(b'{"type":"response.created","response":{"id":"r","status":"in_progress"}}')
        await peer.send_frame(done)
        await peer.websocket.close(1011, "oops")

    async def main():
        with pytest.raises(ConnectFailed):
            async with connect_to("http://127.0.0.1:9"):
                pass
        async with local_service(broken) as service, connect_to(service.url) as connection:
            with pytest.raises(ConnectionClosed):
                async for _ in connection:
                    pass
            with pytest.raises(ConnectionClosed):
                await connection.response.cancel()

    run(main)
    failed, outer = [span for span in SPANS.get_finished_spans() if span.name == "connect"]
    assert failed.attributes["error.type"] == "ConnectFailed"
    assert outer.attributes["error.type"] == "ConnectionClosed"
    found = spans()
    assert found["recv error"].attributes["error.type"] == "invalid_value"
    assert found["recv"].attributes["error.type"] == "MalformedEvent"
    assert found["response"].attributes["error.type"] == "x"
    assert found["send response.cancel"].attributes["error.type"] == "ConnectionClosed"
    for kind in ("MalformedEvent", "invalid_value", "response failed", "close 1011"):
        assert total("voicelive.errors", error__type=kind) >= 1


def test_events_without_what_they_should_have_end_no_span_too_many(telemetry):
    telemetry.instrument()
    frames = [
        b'{"type":"input_audio_buffer.speech_stopped","audio_end_ms":7,"item_id":"i"}',
        b'{"type":"response.created","response":null}',
        b'{"type":"response.created","response":{"id":null}}',
        b'{"type":"response.done","response":null}',
        b'{"type":"response.done","response":{"id":"never begun","status":"completed"}}',
        b'{"type":"response.created","response":{"id":"never ended","status":"in_progress"}}',
        b'{"type":"response.text.delta","response_id":"r","item_id":"i","output_index":0,"content_index":0,"delta":"text"}',
        b'{"type":"response.output_item.added","response_id":"r","output_index":0,"item":null}',
        b'{"type":"response.web_search_call.in_progress","item_id":"w","output_index":0}',
        b'{"type":"response.web_search_call.searching","item_id":"w","output_index":0}',
        b'{"type":"response.mcp_call.completed","item_id":"never begun","output_index":0}',
    ]

    async def odd(peer):
        for frame in frames:
            await peer.send_frame(frame)
        await peer.websocket.close(1000)

    async def main():
        async with local_service(odd) as service, connect_to(service.url) as connection:
            assert len([event async for event in connection]) == len(frames)

    run(main)
    found = spans()
    assert found["response"].attributes["gen_ai.response.id"] == "never ended"
    assert found["execute_tool web_search"].attributes["gen_ai.tool.call.id"] == "w"
    assert len([span for span in SPANS.get_finished_spans() if span.name.startswith(("response", "execute_tool"))]) == 2
    assert found["connect"].attributes["gen_ai.voice.first_token_latency_ms"] >= 0


OUTGOING = [
    {"type": "input_audio_buffer.append", "audio": bytes(20)},
    {"type": "input_audio_buffer.append", "audio": bytearray(20)},
    {"type": "input_audio_buffer.append", "audio": "A" * 24},
    {"type": "input_audio_buffer.append"},
    {"type": "session.update"},
    {"type": "session.update", "session": None},
    {"type": "conversation.item.create"},
    {"type": "conversation.item.create", "item": None},
]


async def hears_all(peer):
    await peer.send(CREATED)
    with contextlib.suppress(WebsocketClosed):
        while True:
            await peer.websocket.recv()


def test_what_may_be_sent_as_a_mapping_breaks_no_telemetry(telemetry, caplog):
    telemetry.instrument()

    async def main():
        async with local_service(hears_all) as service, connect_to(service.url) as connection:
            for event in OUTGOING:
                await connection.send(event)

    run(main)
    outer = spans()["connect"].attributes
    assert (outer["gen_ai.voice.audio_frames_sent"], outer["gen_ai.voice.audio_bytes_sent"]) == (4, 20 + 20 + 18)
    assert len([span for span in SPANS.get_finished_spans() if span.name == "send conversation.item.create"]) == 2
    assert "failed" not in caplog.text


def test_what_may_be_sent_as_a_mapping_breaks_no_telemetry_in_threads(telemetry, caplog):
    telemetry.instrument()
    with (
        scripted_server() as server,
        voicelive.sync.connect(endpoint=server.url, credential=AzureKeyCredential("k"), model="m") as connection,
    ):
        for event in OUTGOING[:2]:
            connection.send(event)
    assert spans()["connect"].attributes["gen_ai.voice.audio_bytes_sent"] == 40
    assert "failed" not in caplog.text


def test_events_that_nobody_knows_break_no_telemetry(telemetry, caplog):
    telemetry.instrument()
    frames = [
        {"type": "response.image_generation_call.in_progress"},
        {"type": "response.image_generation_call.in_progress", "item_id": {"a": 1}},
        {"type": "response.image_generation_call.in_progress", "item_id": "i"},
        {"type": "response.image_generation_call.in_progress", "item_id": "i"},
        {"type": "response.image_generation_call.completed", "item_id": "i"},
        {"type": "response.brand_new", "response": "resp_1"},
        {"type": "response.brand_new", "response": {"conversation_id": ["c"]}},
        {"type": "call"},
        {"type": "session"},
        {"type": "response.output_item.added", "item": {"type": "brand_new_call"}},
    ]

    async def odd(peer):
        for frame in frames:
            await peer.send_frame(json.dumps(frame).encode())
        await peer.websocket.close(1000)

    async def main():
        async with local_service(odd) as service, connect_to(service.url) as connection:
            assert len([event async for event in connection]) == len(frames)
            assert not connection.malformed_frames

    run(main)
    assert "connect" in spans()
    assert len([span for span in SPANS.get_finished_spans() if span.name.startswith("recv")]) == len(frames)
    (call,) = [span for span in SPANS.get_finished_spans() if span.name.startswith("execute_tool")]
    assert call.name == "execute_tool image_generation"
    assert "failed" not in caplog.text


def test_many_calls_leave_nothing_behind(telemetry):
    """Each function call comes twice here, and is answered once."""
    telemetry.instrument()
    observer = VoiceLiveInstrumentor._make()
    observer.connecting("http://h", {})
    place = {"response_id": "r", "output_index": 0}
    for number in range(3):
        call = {"name": "get", "call_id": f"call_{number}", "arguments": "{}"}
        item = {"type": "function_call", "id": f"item_{number}", "status": "completed"} | call
        observer.received(ServerEvent.from_dict({"type": "response.output_item.added", "item": item} | place), 90)
        done = {"type": "response.function_call_arguments.done", "item_id": item["id"]} | call | place
        for _ in range(2):
            observer.received(ServerEvent.from_dict(done), 90)
        for _ in range(2):
            observer.received(ServerEvent.from_dict({"type": "response.created", "response": {"id": f"resp_{number}"}}), 90)
        output = {"type": "function_call_output", "call_id": call["call_id"], "output": "1"}
        observer.sent({"type": "conversation.item.create", "item": output}, 90)
        observer.received(ServerEvent.from_dict({"type": "response.done", "response": {"id": f"resp_{number}"}}), 90)
    assert not observer._tools
    assert not observer._calls
    assert not observer._responses
    names = [span.name for span in SPANS.get_finished_spans()]
    assert names.count("execute_tool get") == names.count("response") == 3


def test_a_connection_that_took_over(telemetry, voicelive_server):
    telemetry.instrument()
    voicelive_server.faults.cut(after="session.created")

    async def converse(connection):
        while not connection.resumed:
            await connection.recv()

    run(lambda: stay_connected(connect_to(voicelive_server.url), converse, delay_s=lambda _: 0))
    lost, second = [span for span in SPANS.get_finished_spans() if span.name == "connect"]
    assert "voicelive.reconnects" not in lost.attributes
    assert second.attributes["voicelive.reconnects"] == 1
    assert total("voicelive.reconnects", error__type="close 1006") == 1


def test_without_opentelemetry_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", None)
    with pytest.raises(ImportError, match=r"pip install 'voicelive\[telemetry\]'"):
        VoiceLiveInstrumentor()


def test_a_format_that_nobody_knows_is_counted_like_the_last_one():
    audio = AudioTally()
    audio.use("g711_ulaw")
    audio.total_bytes += 8000
    audio.use("opus")
    assert audio.take_s() == 1.0
    audio.total_bytes += 4000
    assert audio.take_s() == 0.5
    audio.use("pcm16", -16000)  # nor what is no rate
    audio.total_bytes += 48_000
    assert audio.take_s() == 1.0


def test_the_switch(telemetry, monkeypatch, caplog):
    assert not telemetry.is_instrumented()
    telemetry.instrument()
    telemetry.instrument()
    assert VoiceLiveInstrumentor().is_instrumented()
    assert not telemetry.is_content_recording_enabled()
    telemetry.uninstrument()
    telemetry.uninstrument()
    hold({"modalities": ["text"]})
    assert not spans()
    monkeypatch.setenv("AZURE_EXPERIMENTAL_ENABLE_GENAI_TRACING", "no")
    telemetry.instrument()
    assert not telemetry.is_instrumented()
    assert "set AZURE_EXPERIMENTAL_ENABLE_GENAI_TRACING=true" in caplog.text


@pytest.mark.parametrize(
    ("new", "old", "records"), [("true", None, True), (None, "TRUE", True), ("false", "true", False), ("true", "true", True)]
)
def test_content_by_environment(telemetry, monkeypatch, new, old, records):
    for name, value in (
        ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", new),
        ("AZURE_TRACING_GEN_AI_CONTENT_RECORDING_ENABLED", old),
    ):
        if value is not None:
            monkeypatch.setenv(name, value)
    telemetry.instrument()
    assert telemetry.is_content_recording_enabled() is records


OFFICIAL = """
import asyncio, json, sys
from azure.core.settings import settings
settings.tracing_implementation = "opentelemetry"
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
spans = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(spans))
trace.set_tracer_provider(provider)
from azure.ai.voicelive.telemetry import VoiceLiveInstrumentor
VoiceLiveInstrumentor().instrument()
from azure.ai.voicelive.aio import connect
from azure.ai.voicelive.models import InputTextContentPart, RequestSession, UserMessageItem
from azure.core.credentials import AzureKeyCredential

async def main():
    async with connect(endpoint=sys.argv[1], credential=AzureKeyCredential("k"), model="gpt-realtime") as connection:
        await connection.session.update(session=RequestSession(modalities=["text"]))
        await connection.conversation.item.create(item=UserMessageItem(content=[InputTextContentPart(text="good day")]))
        await connection.response.create()
        async for event in connection:
            if event.type == "response.done":
                break

asyncio.run(main())
print(json.dumps([[span.name, sorted(span.attributes)] for span in spans.get_finished_spans()]))
"""


def test_spans_and_attributes_are_those_of_the_official_sdk(telemetry):
    """Every span that it makes of a text turn, we make, with every attribute that it has."""
    import anyio

    telemetry.instrument()
    printed = []

    async def main():
        async with serve(responder=answer, pace=None) as server:
            program = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(OFFICIAL), server.url]
            result = await anyio.run_process(program, env=os.environ, stderr=subprocess.PIPE)
            printed.append(result.stdout)
            async with to(server) as connection:
                await text_turn(connection, {"modalities": ["text"]})

    run(main)
    theirs = {}
    for name, attributes in json.loads(printed[0]):
        theirs.setdefault(name, set()).update(attributes)
    ours = {}
    for span in SPANS.get_finished_spans():
        ours.setdefault(span.name, set()).update(span.attributes)
    assert {"connect", "send response.create", "recv response.done", "close"} <= set(theirs)
    without_type = {"recv"}  # its span of a delta, which has no name; ours are counts
    missing = {name: keys - ours.get(name, set()) for name, keys in theirs.items() if name not in without_type}
    assert {name: keys for name, keys in missing.items() if keys} == {}
