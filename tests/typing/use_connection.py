"""How the facade is used, as type checkers see it; checked with mypy and basedpyright, never run."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import numpy as np
from azure.core.credentials import AzureKeyCredential, TokenCredential
from azure.core.credentials_async import AsyncTokenCredential
from typing_extensions import assert_type

import voicelive
from voicelive import Observer, ResponseHandle, Subscription, VoiceLiveConnection, aio, connect, models
from voicelive.aio import (
    ConversationItemResource,
    ConversationResource,
    InputAudioBufferResource,
    OutputAudioBufferResource,
    ResponseResource,
    SessionResource,
    TranscriptionSessionResource,
    WebsocketConnectionOptions,
)
from voicelive.exceptions import ConnectionClosed, HandshakeRejected, InvalidEvent, MalformedEvent, RequestRefused, ResponseFailed
from voicelive_proto.server_events import AnyServerEvent
from voicelive_transports import Opener, TransportInfo

if TYPE_CHECKING:
    from azure.core.exceptions import AzureError


async def every_credential(key: AzureKeyCredential, token: TokenCredential, asynchronous: AsyncTokenCredential) -> None:
    for credential in (key, token, asynchronous):
        async with connect(credential=credential, endpoint="https://h", model="gpt-realtime") as connection:
            assert_type(connection, VoiceLiveConnection)
    async with aio.connect(credential=key, endpoint="https://h", agent_name="a", project_name="p"):
        pass


async def every_argument(key: AzureKeyCredential, opener: Opener, context: ssl.SSLContext) -> None:
    options: WebsocketConnectionOptions = {"heartbeat": 20, "compression": True, "ssl_context": context, "proxy": False}
    async with connect(
        credential=key,
        endpoint="https://h",
        api_version="2026-07-15",
        query={"model": "gpt-realtime", "n": 1},
        headers={"X-Trace": "7"},
        connection_options=options,
        credential_scopes=["scope"],
        transport=opener,
        allow_insecure=False,
    ):
        pass
    async with connect(credential=key, endpoint="https://h", connection_options={"heartbeat": None}, credential_scopes="scope"):
        pass


def refused(key: AzureKeyCredential) -> WebsocketConnectionOptions:
    connect(credential=key, endpoint="https://h", modell="m")  # type: ignore[arg-type]
    connect(credential="key", endpoint="https://h", model="m")  # type: ignore[arg-type]
    connect(key, "https://h")  # type: ignore[call-arg]
    return {"heartbeet": 20}  # type: ignore[typeddict-unknown-key]


async def receiving(connection: VoiceLiveConnection) -> None:
    assert_type(await connection.recv(), AnyServerEvent)
    assert_type(await connection.recv_bytes(), bytes)
    async for event in connection:
        assert_type(event, AnyServerEvent)
        assert_type(event.event_id, str | None)
        kind: str = event.type
        assert kind
        if isinstance(event, models.ServerEventResponseAudioDelta):
            assert_type(event.delta, bytes)
            assert_type(event.response_id, str)
        elif isinstance(event, models.ServerEventSessionUpdated):
            assert_type(event.session, models.ResponseSession)
        match event:
            case models.ServerEventResponseAudioTranscriptDelta(delta=delta):
                assert_type(delta, str)


async def sending(connection: VoiceLiveConnection, view: memoryview) -> None:
    await connection.send(models.ClientEventResponseCreate())
    await connection.send({"type": "response.create"})
    await connection.send("{}")  # type: ignore[arg-type]
    for audio in (b"", bytearray(), view, "QUJD"):
        await connection.input_audio_buffer.append(audio=audio)
    await connection.input_audio_buffer.append(audio=np.zeros(480, dtype=np.int16), event_id="e")
    await connection.input_audio_buffer.append(audio=7)  # type: ignore[arg-type]


async def resources(connection: VoiceLiveConnection) -> None:
    assert_type(connection.session, SessionResource)
    assert_type(connection.response, ResponseResource)
    assert_type(connection.input_audio_buffer, InputAudioBufferResource)
    assert_type(connection.output_audio_buffer, OutputAudioBufferResource)
    assert_type(connection.conversation, ConversationResource)
    assert_type(connection.conversation.item, ConversationItemResource)
    assert_type(connection.transcription_session, TranscriptionSessionResource)

    session = models.RequestSession(
        modalities=[models.Modality.TEXT, "audio"],
        voice=models.AzureStandardVoice(name="en-US-AvaNeural"),
        turn_detection=None,
        tools=[models.FunctionTool(name="f"), {"type": "function", "name": "g"}],
    )
    await connection.session.update(session=session)
    await connection.session.update(session={"voice": "alloy"}, event_id="e")
    await connection.response.create(response=models.ResponseCreateParams(instructions="Say hello."))
    await connection.response.cancel()
    item = models.UserMessageItem(content=[models.InputTextContentPart(text="Hello")])
    await connection.conversation.item.create(item=item, previous_item_id="root")
    await connection.conversation.item.create(item={"type": "function_call_output", "call_id": "c", "output": "{}"})
    await connection.conversation.item.truncate(item_id="i", audio_end_ms=1500, content_index=0)
    await connection.transcription_session.update(session={"input_audio_format": "pcm16"})
    await connection.session.update(sesion={})  # type: ignore[call-arg]
    connection.session = SessionResource(connection)  # type: ignore[misc]


def facts(connection: VoiceLiveConnection) -> None:
    assert_type(connection.close_code, int | None)
    assert_type(connection.close_reason, str | None)
    assert_type(connection.transport_info, TransportInfo)
    assert_type(connection.malformed_frames, tuple[voicelive.MalformedFrameRecord, ...])
    assert_type(connection.state.session.id, str | None)
    assert_type(connection.state.input_audio.buffer_ms, int)


async def errors(connection: VoiceLiveConnection) -> AzureError | ValueError | None:
    try:
        await connection.recv()
    except ConnectionClosed as closed:
        assert_type(closed.code, int)
        assert_type(closed.reason, str)
    except MalformedEvent as malformed:
        assert_type(malformed.path, str)
        assert_type(malformed.excerpt, bytes)
    except HandshakeRejected as rejected:
        assert_type(rejected.status, int)
    except InvalidEvent as invalid:
        assert_type(invalid.event_type, str | None)
        return invalid
    except voicelive.ConnectionError as error:
        return error
    return None


async def waiting(connection: VoiceLiveConnection) -> None:
    assert_type(await connection.wait_for(models.ServerEventSessionUpdated, timeout=5), models.ServerEventSessionUpdated)
    ends = await connection.wait_for(models.ServerEventResponseDone, models.ServerEventError, timeout=5)
    assert_type(ends, models.ServerEventResponseDone | models.ServerEventError)
    if isinstance(ends, models.ServerEventResponseDone):
        assert_type(ends.response, models.Response)
    starts = await connection.wait_for(models.ServerEventSessionCreated, models.ServerEventError, models.ServerEventWarning)
    assert_type(starts, models.ServerEventSessionCreated | models.ServerEventError | models.ServerEventWarning)
    assert_type(await connection.wait_for("session.updated"), Any)
    assert_type(await connection.wait_for(lambda event: event.event_id == "e"), Any)
    assert_type((await connection.wait_for("session.updated")).session.modalities, Any)
    with connection.events("response.done", models.ServerEventError, max_events=7, overflow="drop") as events:
        assert_type(events, Subscription[Any])
        assert_type(await events.next(), Any)
        assert_type(events.missed, int)
        async for event in events:
            assert_type(event, Any)
    with connection.events(models.ServerEventResponseDone) as only_ends:
        assert_type(only_ends, Subscription[models.ServerEventResponseDone])
        assert_type(await only_ends.next(), models.ServerEventResponseDone)
        async for done in only_ends:
            assert_type(done.response, models.Response)
    with connection.events(models.ServerEventResponseDone, models.ServerEventError, max_events=7) as two:
        assert_type(two, Subscription[models.ServerEventResponseDone | models.ServerEventError])
    with connection.events(models.ServerEventResponseDone, models.ServerEventError, models.ServerEventWarning) as three:
        assert_type(await three.next(), models.ServerEventResponseDone | models.ServerEventError | models.ServerEventWarning)
    async for any_event in connection.events():
        assert_type(any_event, AnyServerEvent)
    assert_type(connection.events(), Subscription)
    assert_type(connection.events(max_events=7), Subscription)
    assert_type(connection.events(lambda event: event.event_id == "e"), Subscription[Any])
    async with connection.pump() as same:
        assert_type(same, VoiceLiveConnection)
    connection.events(7)  # type: ignore[call-overload]
    connection.events(overflow="block")  # type: ignore[call-overload]


async def responding(connection: VoiceLiveConnection) -> None:
    handle = await connection.response.create(response={"modalities": ["text"]})
    assert_type(handle, ResponseHandle)
    assert_type(await handle, models.Response)
    assert_type(await handle.done(timeout=3), models.Response)
    assert_type(await handle.created(), str)
    assert_type((handle.text, handle.audio, handle.id, handle.usage), tuple[str, bytes, str | None, models.TokenUsage | None])
    for output_item in handle.output:
        if isinstance(output_item, models.ResponseFunctionCallItem):
            assert_type(output_item.call_id, str)
    assert_type(connection.state.responses[handle.id].text, str)
    async for event in handle:
        assert_type(event, AnyServerEvent)
    async for delta in handle.text_deltas():
        assert_type(delta, str)
    async for chunk in handle.audio_chunks():
        assert_type(chunk, bytes)
    await handle.cancel()
    try:
        await handle
    except RequestRefused as refused:
        assert_type((refused.code, refused.event_id), tuple[str | None, str | None])
    except ResponseFailed as failed:
        assert_type(failed.response, models.Response)


async def every_helper(connection: VoiceLiveConnection) -> None:
    await connection.session.avatar.connect(client_sdp="c2Rw")
    await connection.input_audio.turn.start(turn_id="t")
    await connection.input_audio.turn.append(turn_id="t", audio=b"")
    await connection.input_audio.turn.end(turn_id="t")
    await connection.input_audio.turn.cancel(turn_id="t")
    await connection.input_audio.clear()
    await connection.input_text.delta(id="i", delta="d", content_index=0)
    await connection.input_text.done(id="i")
    await connection.mcp_approval_response.create(approval_request_id="r", approve=True)
    for approval in (await connection.response.create()).output:
        if approval.type == "mcp_approval_request":
            await connection.mcp_approval_response.create(approval_request_id=approval, approve=True)
    await connection.rtc.call.sdp.create(sdp_offer="v=0", session=models.RequestSession())
    await connection.input_text.delta(id="i")  # type: ignore[call-arg]


async def staying(key: AzureKeyCredential) -> None:
    async def converse(connection: VoiceLiveConnection) -> int:
        assert_type(connection.resumed, voicelive.Resumed | None)
        return 7

    context = connect(credential=key, endpoint="https://h", model="m")
    assert_type(await voicelive.stay_connected(context, converse, max_attempts=3, delay_s=lambda attempt: 0.5 * attempt), int)
    await voicelive.stay_connected(context, lambda: converse)  # type: ignore[arg-type, misc]


async def policies(key: AzureKeyCredential) -> None:
    async with connect(
        credential=None, endpoint="https://h", model="m", when_response_active="queue", harmless_errors=True, observers=[Observer()]
    ):
        pass
    connect(credential=key, endpoint="https://h", model="m", when_response_active="wait")  # type: ignore[arg-type]
