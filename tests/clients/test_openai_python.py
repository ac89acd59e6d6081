"""openai-python's realtime client against the local server, on the path of Azure OpenAI."""

import asyncio
import base64

from openai import AsyncAzureOpenAI

from voicelive.emulator import serve
from voicelive.testing import silence, speak

LIMIT_S = 60
"""Ends what hangs; decides no result."""


def talk(program, **options):
    async def main():
        async with serve(pace=None, **options) as server:
            client = AsyncAzureOpenAI(
                api_key="any",
                api_version="2025-10-01",
                azure_endpoint=server.url,
                websocket_base_url=f"{server.url.replace('http', 'ws')}/openai",
            )
            async with client, client.beta.realtime.connect(model="gpt-realtime") as connection:
                return await asyncio.wait_for(program(connection), LIMIT_S)

    return asyncio.run(main())


async def until_done(connection):
    events = []
    async for event in connection:
        events.append(event)
        if event.type == "response.done":
            return events
    raise AssertionError([event.type for event in events])


def test_a_text_turn():
    async def program(connection):
        await connection.session.update(session={"modalities": ["text"]})
        text = {"type": "input_text", "text": "What is two plus three?"}
        await connection.conversation.item.create(item={"type": "message", "role": "user", "content": [text]})
        await connection.response.create()
        return await until_done(connection)

    events = talk(program, recogniser=None)
    assert "".join(event.delta for event in events if event.type == "response.text.delta") == "2 plus 3 is 5."
    assert events[-1].response.usage.output_tokens > 0


def test_a_spoken_turn():
    async def program(connection):
        await connection.session.update(session={"turn_detection": {"type": "server_vad", "silence_duration_ms": 500}})
        said = speak("How much is nine times seven?") + silence(1500)
        for start in range(0, len(said), 4800):
            await connection.input_audio_buffer.append(audio=base64.b64encode(said[start : start + 4800]).decode())
        return await until_done(connection)

    events = talk(program)
    assert events[-1].response.output[0].content[0].transcript == "9 times 7 is 63."
    assert sum(len(base64.b64decode(event.delta)) for event in events if event.type == "response.audio.delta") > 24_000
