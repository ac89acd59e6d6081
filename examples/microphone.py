"""Talk by microphone and loudspeaker, and interrupt as you like: what was not heard of an answer was not said.

Runs against a local server. For the service set AZURE_VOICELIVE_ENDPOINT and, if it isn't gpt-realtime, AZURE_VOICELIVE_MODEL; the key is
taken from AZURE_VOICELIVE_API_KEY, else a token from azure-identity.

    python examples/microphone.py
    python examples/microphone.py null     (on a machine without a sound card: silence, for two seconds)

Needs the extra `sound`. With loudspeakers instead of headphones the local server hears itself; the service can cancel the echo
(`input_audio_echo_cancellation`).
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from voicelive import AzureKeyCredential, ConnectionClosed, VoiceLiveConnection, connect
from voicelive.emulator import serve
from voicelive.models import AssistantMessageItem, OutputTextContentPart, RequestSession, ResponseCreateParams, ServerVad
from voicelive.sound_card import SoundCard

GREETING = AssistantMessageItem(content=[OutputTextContentPart(text="Hello. What can I do for you?")])


async def listen(card: SoundCard, connection: VoiceLiveConnection) -> None:
    """Send what the microphone hears."""
    with contextlib.suppress(ConnectionClosed):  # who reads the events is told, too
        while True:
            await connection.input_audio_buffer.append(audio=await card.receive())


async def converse(card: SoundCard, connection: VoiceLiveConnection) -> None:
    await connection.session.update(session=RequestSession(turn_detection=ServerVad(silence_duration_ms=500)))
    await connection.response.create(response=ResponseCreateParams(pre_generated_assistant_message=GREETING))
    listening = asyncio.create_task(listen(card, connection))
    try:
        async for event in connection:
            if event.type == "response.audio.delta":
                card.play(event)
            elif event.type == "input_audio_buffer.speech_started":
                for cut in card.stop():
                    await connection.conversation.item.truncate(**cut._asdict())
            elif event.type == "response.audio_transcript.done":
                print("answer:", event.transcript)
    finally:
        listening.cancel()


@asynccontextmanager
async def service() -> AsyncIterator[tuple[str, AzureKeyCredential | None]]:
    """The service with the credential of the environment, or a local server that takes any key."""
    if endpoint := os.environ.get("AZURE_VOICELIVE_ENDPOINT"):
        yield endpoint, None
    else:
        async with serve() as server:
            yield server.url, AzureKeyCredential("local")


async def main(backend: str | None) -> None:
    model = os.environ.get("AZURE_VOICELIVE_MODEL", "gpt-realtime")
    with SoundCard(backend=backend) as card, contextlib.suppress(asyncio.TimeoutError):
        async with (
            service() as (endpoint, credential),
            connect(endpoint=endpoint, credential=credential, model=model) as connection,
        ):
            await asyncio.wait_for(converse(card, connection), 2 if backend == "null" else None)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else None))
