"""Push to talk: no turn detection; the program says where the question ends, and asks for the answer.

Runs against a local server. For the service set AZURE_VOICELIVE_ENDPOINT and, if it isn't gpt-realtime, AZURE_VOICELIVE_MODEL; the key is
taken from AZURE_VOICELIVE_API_KEY, else a token from azure-identity.

    python examples/manual_turn.py question.wav

The question is a WAV file with 16-bit mono PCM at 8, 16 or 24 kHz; without one the local voice asks.
"""

import asyncio
import os
import sys
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from voicelive import AzureKeyCredential, VoiceLiveConnection, connect
from voicelive.emulator import serve
from voicelive.models import AudioInputTranscriptionOptions, RequestSession, ServerEventConversationItemInputAudioTranscriptionCompleted
from voicelive.testing import speak

CHUNK_S = 0.1


def read_question(path: str | None) -> tuple[bytes, int]:
    """Samples of the question and their rate in hertz."""
    if path is None:
        return speak("How much is nine times seven?"), 24_000
    with wave.open(path) as file:
        if file.getsampwidth() != 2 or file.getnchannels() != 1:
            sys.exit(f"{path} has to hold 16-bit mono PCM")
        return file.readframes(file.getnframes()), file.getframerate()


async def converse(connection: VoiceLiveConnection, pcm16: bytes, rate_hz: int) -> None:
    """One turn: hold the button, speak, let go."""
    session = RequestSession(
        turn_detection=None,
        input_audio_sampling_rate=rate_hz,
        input_audio_transcription=AudioInputTranscriptionOptions(model="whisper-1"),
    )
    await connection.session.update(session=session)
    chunk_bytes = int(rate_hz * CHUNK_S) * 2
    for start in range(0, len(pcm16), chunk_bytes):
        await connection.input_audio_buffer.append(audio=pcm16[start : start + chunk_bytes])
    print(f"said:   {connection.state.input_audio.buffer_ms / 1000:.1f} s of audio")

    with connection.events(ServerEventConversationItemInputAudioTranscriptionCompleted) as transcripts:
        await connection.input_audio_buffer.commit()  # makes it a message; it is not answered by itself
        handle = await connection.response.create()
        await handle.done(timeout=60)
        heard = await transcripts.next()
    print("heard: ", heard.transcript)
    print("answer:", handle.transcript)


@asynccontextmanager
async def service() -> AsyncIterator[tuple[str, AzureKeyCredential | None]]:
    """The service with the credential of the environment, or a local server that takes any key."""
    if endpoint := os.environ.get("AZURE_VOICELIVE_ENDPOINT"):
        yield endpoint, None
    else:
        async with serve() as server:
            yield server.url, AzureKeyCredential("local")


async def main(question: str | None) -> None:
    pcm16, rate_hz = read_question(question)
    model = os.environ.get("AZURE_VOICELIVE_MODEL", "gpt-realtime")
    async with (
        service() as (endpoint, credential),
        connect(endpoint=endpoint, credential=credential, model=model) as connection,
    ):
        await converse(connection, pcm16, rate_hz)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else None))
