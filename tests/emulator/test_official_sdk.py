"""The official SDK against the local server: whole conversations through its own connection and models."""

import asyncio
import base64
import json
from contextlib import asynccontextmanager

import numpy as np
import pytest
from azure.ai.voicelive import models
from azure.ai.voicelive.aio import ConnectionError as SdkConnectionError
from azure.ai.voicelive.aio import connect
from azure.core.credentials import AccessToken, AzureKeyCredential
from emulator.support_server import PATIENCE_S
from emulator.test_server_turns import PCM16, Fixed, chunks, endless, repeat, speech

from voicelive.emulator import McpTool, ToolCall, serve

pytestmark = pytest.mark.anyio

EVENT = models.ServerEventType


@asynccontextmanager
async def connected(server, *, credential=None, model="gpt-realtime", **options):
    credential = credential or AzureKeyCredential("any")
    async with connect(credential=credential, endpoint=server.url, model=model, **options) as connection:
        yield connection


async def until(connection, *kinds, seen=None):
    """The next event of one of these types; the others go into ``seen``."""
    while True:
        event = await asyncio.wait_for(connection.recv(), PATIENCE_S)
        if seen is not None:
            seen.append(event)
        if event.type in kinds:
            return event


async def say(connection, text):
    part = models.InputTextContentPart(text=text)
    await connection.conversation.item.create(item=models.UserMessageItem(content=[part]))
    return await until(connection, EVENT.CONVERSATION_ITEM_CREATED)


async def test_a_text_turn():
    async with serve(responder=repeat, recogniser=None, pace=None) as server, connected(server) as connection:
        created = await until(connection, EVENT.SESSION_CREATED)
        assert isinstance(created, models.ServerEventSessionCreated)
        assert created.session.id
        assert created.session.model == "gpt-realtime"
        session = models.RequestSession(modalities=[models.Modality.TEXT], instructions="Be brief.")
        await connection.session.update(session=session)
        updated = await until(connection, EVENT.SESSION_UPDATED)
        assert updated.session.instructions == "Be brief."
        await say(connection, "hello there")
        await connection.response.create()
        done = await until(connection, EVENT.RESPONSE_DONE)
        assert done.response.status == models.ResponseStatus.COMPLETED
        assert done.response.output[0].content[0].text == "hello there"
        assert done.response.usage.input_token_details.cached_tokens_details.text_tokens == 0


async def test_a_spoken_turn_with_the_settings_of_the_samples():
    session = models.RequestSession(
        modalities=[models.Modality.TEXT, models.Modality.AUDIO],
        instructions="You are a helpful assistant.",
        voice=models.AzureStandardVoice(name="en-US-AvaNeural"),
        input_audio_format=models.InputAudioFormat.PCM16,
        output_audio_format=models.OutputAudioFormat.PCM16,
        turn_detection=models.ServerVad(threshold=0.5, prefix_padding_ms=300, silence_duration_ms=500),
        input_audio_echo_cancellation=models.AudioEchoCancellation(),
        input_audio_noise_reduction=models.AudioNoiseReduction(type="azure_deep_noise_suppression"),
        input_audio_transcription=models.AudioInputTranscriptionOptions(model="azure-speech"),
    )
    async with serve(responder=repeat, recogniser=Fixed("two plus three"), pace=None) as server, connected(server) as connection:
        await connection.session.update(session=session)
        for chunk in chunks(PCM16.encode(speech()), 4_800):
            await connection.input_audio_buffer.append(audio=base64.b64encode(chunk).decode())
        seen = []
        done = await until(connection, EVENT.RESPONSE_DONE, seen=seen)
        types = [event.type for event in seen]
        assert types[:2] == [EVENT.SESSION_CREATED, EVENT.SESSION_UPDATED]
        for kind in (
            EVENT.INPUT_AUDIO_BUFFER_SPEECH_STARTED,
            EVENT.INPUT_AUDIO_BUFFER_SPEECH_STOPPED,
            EVENT.INPUT_AUDIO_BUFFER_COMMITTED,
            EVENT.CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_COMPLETED,
        ):
            assert types.count(kind) == 1
        audio = b"".join(event.delta for event in seen if event.type == EVENT.RESPONSE_AUDIO_DELTA)
        assert np.frombuffer(audio, "<i2").any()
        assert done.response.output[0].content[0].transcript == "two plus three"


async def test_a_manual_turn():
    async with serve(responder=repeat, recogniser=Fixed("hello"), pace=None) as server, connected(server) as connection:
        await connection.session.update(session=models.RequestSession(turn_detection=None))
        await until(connection, EVENT.SESSION_UPDATED)
        await connection.input_audio_buffer.append(audio=PCM16.encode(speech()))
        await connection.input_audio_buffer.commit()
        await until(connection, EVENT.CONVERSATION_ITEM_CREATED)
        await connection.response.create(response=models.ResponseCreateParams(metadata={"ask": "1"}))
        done = await until(connection, EVENT.RESPONSE_DONE)
        assert done.response.output[0].content[0].transcript == "hello"
        assert done.response.metadata == {"ask": "1"}
        await connection.input_audio_buffer.clear()
        await until(connection, EVENT.INPUT_AUDIO_BUFFER_CLEARED)


async def test_a_function_call():
    async def responder(turn):
        return f"It is {turn.tool_outputs[0]}." if turn.tool_outputs else ToolCall("get_weather", {"city": "Oslo"})

    tool = models.FunctionTool(name="get_weather", description="Weather of a city", parameters={"type": "object"})
    async with serve(responder=responder, recogniser=None, pace=None) as server, connected(server) as connection:
        await connection.session.update(session=models.RequestSession(tools=[tool], tool_choice=models.ToolChoiceLiteral.AUTO))
        await say(connection, "What is the weather in Oslo?")
        await connection.response.create()
        arguments = await until(connection, EVENT.RESPONSE_FUNCTION_CALL_ARGUMENTS_DONE)
        assert json.loads(arguments.arguments) == {"city": "Oslo"}
        await until(connection, EVENT.RESPONSE_DONE)
        output = models.FunctionCallOutputItem(call_id=arguments.call_id, output="sunny")
        await connection.conversation.item.create(item=output, previous_item_id=arguments.item_id)
        await connection.response.create()
        done = await until(connection, EVENT.RESPONSE_DONE)
        assert done.response.output[0].content[0].transcript == "It is sunny."


@pytest.mark.parametrize("approval", ["never", "always"])
async def test_an_mcp_call_that_is_waited_for_as_the_official_sample_does(approval):
    """When the call's item comes it drops everything up to ``response.done``; only then does it look for the call's end."""

    async def responder(turn):
        return f"The docs say {turn.tool_outputs[0]}." if turn.tool_outputs else ToolCall("search_docs", {"words": "piers"})

    mcp = {"docs": [McpTool("search_docs", lambda words: f"three {words}")]}
    tool = models.MCPServer(server_label="docs", server_url="https://docs.example/mcp", require_approval=approval)
    session = models.RequestSession(tools=[tool], turn_detection=models.ServerVad(silence_duration_ms=500))
    options = {"responder": responder, "recogniser": Fixed("how many piers?"), "pace": None, "mcp": mcp}
    async with serve(**options) as server, connected(server, api_version="2026-07-15") as connection:
        await connection.session.update(session=session)
        await until(connection, EVENT.MCP_LIST_TOOLS_COMPLETED)
        for chunk in chunks(PCM16.encode(speech()), 4_800):
            await connection.input_audio_buffer.append(audio=base64.b64encode(chunk).decode())
        call = await item_of_type(connection, models.ItemType.MCP_CALL if approval == "never" else models.ItemType.MCP_APPROVAL_REQUEST)
        if approval == "always":
            answer = models.MCPApprovalResponseRequestItem(approval_request_id=call.id, approve=True)
            await connection.conversation.item.create(item=answer)
            call = await item_of_type(connection, models.ItemType.MCP_CALL)
        arguments = await until(connection, EVENT.RESPONSE_MCP_CALL_ARGUMENTS_DONE)
        assert (arguments.item_id, json.loads(arguments.arguments)) == (call.id, {"words": "piers"})
        await until(connection, EVENT.RESPONSE_DONE)
        assert (await until(connection, EVENT.RESPONSE_MCP_CALL_COMPLETED)).item_id == call.id
        done = await until(connection, EVENT.RESPONSE_OUTPUT_ITEM_DONE)
        assert isinstance(done.item, models.ResponseMCPCallItem)
        assert (done.item.id, done.item.output) == (call.id, "three piers")
        await connection.response.create()
        seen = []
        spoken = await until(connection, EVENT.RESPONSE_DONE, seen=seen)
        assert spoken.response.output[0].content[0].transcript == "The docs say three piers."
        audio = b"".join(event.delta for event in seen if event.type == EVENT.RESPONSE_AUDIO_DELTA)
        assert np.frombuffer(audio, "<i2").any()


async def item_of_type(connection, kind):
    """The next item of a type that comes into the conversation."""
    while True:
        created = await until(connection, EVENT.CONVERSATION_ITEM_CREATED)
        if created.item.type == kind:
            return created.item


async def test_cancel_and_interruption():
    async with serve(responder=endless, recogniser=None) as server, connected(server) as connection:
        await connection.response.create()
        await until(connection, EVENT.RESPONSE_CREATED)
        await connection.response.cancel()
        done = await until(connection, EVENT.RESPONSE_DONE)
        assert done.response.status_details.reason == "client_cancelled"
        await connection.response.create()
        await until(connection, EVENT.RESPONSE_AUDIO_DELTA)
        await connection.input_audio_buffer.append(audio=PCM16.encode(speech()))
        done = await until(connection, EVENT.RESPONSE_DONE)
        assert done.response.status_details.reason == "turn_detected"
        item_id = done.response.output[0].id
        await connection.conversation.item.truncate(item_id=item_id, content_index=0, audio_end_ms=10)
        truncated = await until(connection, EVENT.CONVERSATION_ITEM_TRUNCATED)
        assert truncated.audio_end_ms == 10


async def test_items_and_errors():
    async with serve(recogniser=None) as server, connected(server) as connection:
        created = await say(connection, "a note")
        await connection.conversation.item.retrieve(item_id=created.item.id)
        retrieved = await until(connection, EVENT.CONVERSATION_ITEM_RETRIEVED)
        assert retrieved.item.content[0].text == "a note"
        await connection.conversation.item.delete(item_id=created.item.id)
        await until(connection, EVENT.CONVERSATION_ITEM_DELETED)
        await connection.conversation.item.retrieve(item_id=created.item.id, event_id="mine")
        refused = await until(connection, EVENT.ERROR)
        assert refused.error.code == "item_retrieve_invalid_item_id"
        assert refused.error.event_id == "mine"
        await connection.send({"type": "make.coffee"})
        assert (await until(connection, EVENT.ERROR)).error.code == "invalid_event"


async def test_an_agent():
    agent = {"agent_name": "clerk", "project_name": "shop"}
    async with serve(responder=repeat, recogniser=None, pace=None) as server, connected(server, model=None, **agent) as connection:
        assert (await until(connection, EVENT.SESSION_CREATED)).session.model == "agent"


class Token:
    """A credential as azure-identity's are."""

    def __init__(self, token):
        self.token = token

    async def get_token(self, *_scopes, **_options):
        return AccessToken(self.token, 2**31)

    async def close(self):
        pass

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        pass


async def test_keys_and_tokens():
    async with serve(api_key="right", recogniser=None) as server:
        for credential in (AzureKeyCredential("right"), Token("right")):
            async with connected(server, credential=credential) as connection:
                await until(connection, EVENT.SESSION_CREATED)
        with pytest.raises(SdkConnectionError, match="401"):
            async with connected(server, credential=AzureKeyCredential("wrong")):
                pass
