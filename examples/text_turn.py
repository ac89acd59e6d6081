"""Ask a question in text; the answer comes as speech with its transcript, piece by piece.

Runs against a local server. For the service set AZURE_VOICELIVE_ENDPOINT, AZURE_VOICELIVE_API_KEY and, if it isn't gpt-realtime,
AZURE_VOICELIVE_MODEL.

    python examples/text_turn.py "How much is nine times seven?"
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from voicelive import AzureKeyCredential, VoiceLiveConnection, connect
from voicelive.emulator import serve
from voicelive.models import Modality, RequestSession, ServerEventType


async def ask(connection: VoiceLiveConnection, question: str) -> None:
    """Send one user message, have it answered, and print the answer as it comes."""
    await connection.session.update(session=RequestSession(modalities=[Modality.TEXT, Modality.AUDIO]))
    message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": question}]}
    await connection.conversation.item.create(item=message)
    await connection.response.create()
    async for event in connection:
        if event.type == ServerEventType.RESPONSE_AUDIO_TRANSCRIPT_DELTA:
            print(event.delta, end="", flush=True)
        elif event.type == ServerEventType.RESPONSE_DONE:
            response = connection.state.responses[event.response.id or ""]
            print(f"\n({response.status}, {response.audio_ms} ms of audio)")
            return
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
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "How much is nine times seven?"))
