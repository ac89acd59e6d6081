"""Let the model call a function of this program, and have it speak about what the function returned.

Runs against a local server. For the service set AZURE_VOICELIVE_ENDPOINT, AZURE_VOICELIVE_API_KEY and, if it isn't gpt-realtime,
AZURE_VOICELIVE_MODEL.

    python examples/function_call.py "What is the weather in Oslo?"
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from voicelive import AzureKeyCredential, VoiceLiveConnection, connect
from voicelive.emulator import serve
from voicelive.models import FunctionCallOutputItem, FunctionTool, RequestSession, Response, ServerEventType

WEATHER_TOOL = FunctionTool(
    name="get_weather",
    description="The weather in a city at this moment.",
    parameters={"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)


def get_weather(city: str) -> dict[str, object]:
    """What the model may call."""
    return {"city": city, "sky": "clear", "temperature_c": 7}


async def answer_calls(connection: VoiceLiveConnection, response: Response) -> bool:
    """Give back what each function call of a finished response returns; tells whether there was one."""
    calls = [item for item in response.output or () if item.type == "function_call"]
    for call in calls:
        print(f"called: {call.name}({call.arguments})")
        output = json.dumps(get_weather(**json.loads(call.arguments)))
        await connection.conversation.item.create(item=FunctionCallOutputItem(call_id=call.call_id, output=output))
    return bool(calls)


async def ask(connection: VoiceLiveConnection, question: str) -> None:
    """Ask, answer the model's calls, and print what it says in the end."""
    await connection.session.update(session=RequestSession(tools=[WEATHER_TOOL], tool_choice="auto"))
    message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": question}]}
    await connection.conversation.item.create(item=message)
    await connection.response.create()
    async for event in connection:
        if event.type == ServerEventType.RESPONSE_AUDIO_TRANSCRIPT_DONE:
            print("answer:", event.transcript)
        elif event.type == ServerEventType.RESPONSE_DONE:
            # Only now: while a response is active, the service refuses to begin another one.
            if not await answer_calls(connection, event.response):
                return
            await connection.response.create()
        elif event.type == ServerEventType.ERROR:
            sys.exit(f"the service reports {event.error.code}: {event.error.message}")


@asynccontextmanager
async def service() -> AsyncIterator[tuple[str, str]]:
    """Endpoint and key of the service, or of a local server that takes any key."""
    if endpoint := os.environ.get("AZURE_VOICELIVE_ENDPOINT"):
        yield endpoint, os.environ["AZURE_VOICELIVE_API_KEY"]
    else:
        async with serve() as server:
            yield server.url, "local"


async def main(question: str) -> None:
    model = os.environ.get("AZURE_VOICELIVE_MODEL", "gpt-realtime")
    async with (
        service() as (endpoint, key),
        connect(endpoint=endpoint, credential=AzureKeyCredential(key), model=model) as connection,
    ):
        await ask(connection, question)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "What is the weather in Oslo?"))
