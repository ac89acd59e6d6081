"""Several parts of a program wait at the same time: two responses in a queue, a subscription, and one single event.

Runs against a local server. For the service set AZURE_VOICELIVE_ENDPOINT and, if it isn't gpt-realtime, AZURE_VOICELIVE_MODEL; the key is
taken from AZURE_VOICELIVE_API_KEY, else a token from azure-identity.

    python examples/several_waiting.py
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from voicelive import AzureKeyCredential, ResponseHandle, Subscription, VoiceLiveConnection, connect
from voicelive.emulator import serve


async def count(costs: Subscription, responses: int) -> int:
    """Add up what the responses cost."""
    tokens = 0
    async for event in costs:
        if event.type == "response.done":
            tokens += (event.response.usage and event.response.usage.total_tokens) or 0
            responses -= 1
            if not responses:
                break
    return tokens


async def ask(connection: VoiceLiveConnection, question: str) -> ResponseHandle:
    """Ask; with when_response_active="queue" the request waits until no other response is active."""
    message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": question}]}
    await connection.conversation.item.create(item=message)
    handle = await connection.response.create()
    await handle.created()  # from here on it takes no further question in
    return handle


async def converse(connection: VoiceLiveConnection) -> None:
    """Everybody takes what they want, and nobody takes it from another."""
    await connection.session.update(session={"modalities": ["text"]})
    await connection.wait_for("session.updated", timeout=30)
    with connection.events("response.done") as costs:
        counting = asyncio.create_task(count(costs, 2))
        async with connection.pump():  # one task reads for all; without it, whoever waits reads
            first = await ask(connection, "How much is nine times seven?")
            second = await ask(connection, "What is two plus three?")
            for handle in (first, second):
                await handle.done(timeout=60)
                print(handle.text)
            tokens = await counting
    print(f"{len(connection.state.conversation.items)} items, {tokens} tokens")


@asynccontextmanager
async def service() -> AsyncIterator[tuple[str, AzureKeyCredential | None]]:
    """The service with the credential of the environment, or a local server that takes any key."""
    if endpoint := os.environ.get("AZURE_VOICELIVE_ENDPOINT"):
        yield endpoint, None
    else:
        async with serve() as server:
            yield server.url, AzureKeyCredential("local")


async def main() -> None:
    model = os.environ.get("AZURE_VOICELIVE_MODEL", "gpt-realtime")
    async with (
        service() as (endpoint, credential),
        connect(endpoint=endpoint, credential=credential, model=model, when_response_active="queue") as connection,
    ):
        await converse(connection)


if __name__ == "__main__":
    asyncio.run(main())
