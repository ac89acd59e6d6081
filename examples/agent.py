"""Talk to an agent of Azure AI Foundry: it has its own model and instructions, and may speak first.

Runs against a local server. For the service set AZURE_VOICELIVE_ENDPOINT, AZURE_VOICELIVE_AGENT and AZURE_VOICELIVE_PROJECT; the token
comes from azure-identity (pip install 'voicelive[identity]'), as an agent takes no key.

    python examples/agent.py "What is two plus three?"
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from voicelive import AzureKeyCredential, VoiceLiveConnection, connect
from voicelive.emulator import serve


async def converse(connection: VoiceLiveConnection, question: str) -> None:
    """Let it greet, then ask."""
    created = await connection.recv()
    if created.type == "session.created":
        print("session:", "opened" if created.session.id else "without an id")
    greeting = await connection.response.create(response={"instructions": "Greet the user."})
    await greeting.done(timeout=60)
    print("agent:", greeting.transcript or greeting.text)

    message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": question}]}
    await connection.conversation.item.create(item=message)
    answer = await connection.response.create()
    response = await answer.done(timeout=60)
    print("agent:", answer.transcript or answer.text)
    if response.conversation_id:  # connect(conversation_id=...) goes on with it another day
        print("conversation:", response.conversation_id)


@asynccontextmanager
async def service() -> AsyncIterator[tuple[str, AzureKeyCredential | None]]:
    """The service with the credential of the environment, or a local server that takes any key."""
    if endpoint := os.environ.get("AZURE_VOICELIVE_ENDPOINT"):
        yield endpoint, None
    else:
        async with serve() as server:
            yield server.url, AzureKeyCredential("local")


async def main(question: str) -> None:
    agent = os.environ.get("AZURE_VOICELIVE_AGENT", "concierge")
    project = os.environ.get("AZURE_VOICELIVE_PROJECT", "hotel")
    async with (
        service() as (endpoint, credential),
        connect(endpoint=endpoint, credential=credential, agent_name=agent, project_name=project) as connection,
    ):
        await converse(connection, question)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "What is two plus three?"))
