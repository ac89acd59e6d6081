"""Captions for a WAV file: the service finds the sentences and writes down what it hears; nothing is answered.

Runs against a local server. For the service set AZURE_VOICELIVE_ENDPOINT and, if it isn't gpt-realtime, AZURE_VOICELIVE_MODEL; the key is
taken from AZURE_VOICELIVE_API_KEY, else a token from azure-identity.

    python examples/transcription.py speech.wav

The file holds 16-bit mono PCM at 8, 16 or 24 kHz; without one the local voice says two sentences.
"""

import asyncio
import os
import sys
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from voicelive import AzureKeyCredential, VoiceLiveConnection, connect
from voicelive.emulator import serve
from voicelive.models import AudioInputTranscriptionOptions, RequestSession, ServerEventType, ServerVad
from voicelive.testing import silence, speak

CHUNK_S = 0.1
SILENCE_S = 1.5
"""After the file, so that its last sentence ends."""


def read_speech(path: str | None) -> tuple[bytes, int]:
    """Samples and their rate in hertz."""
    if path is None:
        return speak("How much is nine times seven?") + silence(1500) + speak("Count from one to twenty."), 24_000
    with wave.open(path) as file:
        if file.getsampwidth() != 2 or file.getnchannels() != 1:
            sys.exit(f"{path} has to hold 16-bit mono PCM")
        return file.readframes(file.getnframes()), file.getframerate()


async def write_down(connection: VoiceLiveConnection, pcm16: bytes, rate_hz: int) -> None:
    """Send the whole file, and print each sentence with its time."""
    session = RequestSession(
        input_audio_sampling_rate=rate_hz,
        input_audio_transcription=AudioInputTranscriptionOptions(model="azure-speech"),
        turn_detection=ServerVad(create_response=False, silence_duration_ms=700),
    )
    await connection.session.update(session=session)
    sending = asyncio.create_task(send(connection, pcm16 + bytes(int(SILENCE_S * rate_hz) * 2), rate_hz))
    starts_s: dict[str, float] = {}
    unwritten: set[str] = set()
    heard_all = False
    try:
        while unwritten or not heard_all:
            event = await connection.recv()
            if event.type == ServerEventType.INPUT_AUDIO_BUFFER_SPEECH_STARTED:
                starts_s[event.item_id] = event.audio_start_ms / 1000
                unwritten.add(event.item_id)
            elif event.type == ServerEventType.CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_COMPLETED:
                print(f"{starts_s.get(event.item_id, 0.0):6.1f} s  {event.transcript}")
                unwritten.discard(event.item_id)
            elif event.type == ServerEventType.CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_FAILED:
                print(f"{starts_s.get(event.item_id, 0.0):6.1f} s  ({event.error.message})")
                unwritten.discard(event.item_id)
            elif event.type == ServerEventType.INPUT_AUDIO_BUFFER_CLEARED:
                heard_all = True
            elif event.type == ServerEventType.ERROR:
                sys.exit(f"the service reports {event.error.code}: {event.error.message}")
    finally:
        sending.cancel()


async def send(connection: VoiceLiveConnection, pcm16: bytes, rate_hz: int) -> None:
    """In pieces, as fast as they are taken; then clear the buffer, which holds silence by now: the answer says that all was heard."""
    chunk_bytes = int(rate_hz * CHUNK_S) * 2
    for start in range(0, len(pcm16), chunk_bytes):
        await connection.input_audio_buffer.append(audio=pcm16[start : start + chunk_bytes])
    await connection.input_audio_buffer.clear()


@asynccontextmanager
async def service() -> AsyncIterator[tuple[str, AzureKeyCredential | None]]:
    """The service with the credential of the environment, or a local server that takes any key."""
    if endpoint := os.environ.get("AZURE_VOICELIVE_ENDPOINT"):
        yield endpoint, None
    else:
        async with serve() as server:
            yield server.url, AzureKeyCredential("local")


async def main(path: str | None) -> None:
    pcm16, rate_hz = read_speech(path)
    model = os.environ.get("AZURE_VOICELIVE_MODEL", "gpt-realtime")
    async with (
        service() as (endpoint, credential),
        connect(endpoint=endpoint, credential=credential, model=model) as connection,
    ):
        await write_down(connection, pcm16, rate_hz)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else None))
