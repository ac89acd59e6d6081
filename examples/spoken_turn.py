"""Ask a spoken question; the service finds the end of the speech itself and answers with speech, saved as a WAV file.

Runs against a local server. For the service set AZURE_VOICELIVE_ENDPOINT, AZURE_VOICELIVE_API_KEY and, if it isn't gpt-realtime,
AZURE_VOICELIVE_MODEL.

    python examples/spoken_turn.py question.wav answer.wav

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
from voicelive.emulator.engines.voice import EspeakVoice
from voicelive.models import AudioInputTranscriptionOptions, OutputAudioFormat, RequestSession, ServerEventType, ServerVad

CHUNK_S = 0.02
ANSWER_RATE_HZ = 24_000
"""What ``pcm16`` means for the answer."""


def read_question(path: str | None) -> tuple[bytes, int]:
    """Samples of the question and their rate in hertz."""
    if path is None:
        return b"".join(EspeakVoice().synthesize("How much is nine times seven?", voice_name=None, rate_hz=24_000)), 24_000
    with wave.open(path) as file:
        if file.getsampwidth() != 2 or file.getnchannels() != 1:
            sys.exit(f"{path} has to hold 16-bit mono PCM")
        return file.readframes(file.getnframes()), file.getframerate()


async def speak(connection: VoiceLiveConnection, pcm16: bytes, rate_hz: int) -> None:
    """Be a microphone: 20 ms at a time, and silence after the question until somebody stops this."""
    chunk_bytes = int(rate_hz * CHUNK_S) * 2
    for start in range(0, len(pcm16), chunk_bytes):
        await connection.input_audio_buffer.append(audio=pcm16[start : start + chunk_bytes])
        await asyncio.sleep(CHUNK_S)
    while True:
        await connection.input_audio_buffer.append(audio=bytes(chunk_bytes))
        await asyncio.sleep(CHUNK_S)


async def listen(connection: VoiceLiveConnection) -> bytes:
    """Print what either side said, and return the answer's samples."""
    answer = bytearray()
    async for event in connection:
        if event.type == ServerEventType.RESPONSE_AUDIO_DELTA:
            answer += event.delta
        elif event.type == ServerEventType.CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_COMPLETED:
            print("heard: ", event.transcript)
        elif event.type == ServerEventType.RESPONSE_AUDIO_TRANSCRIPT_DONE:
            print("answer:", event.transcript)
        elif event.type == ServerEventType.RESPONSE_DONE:
            break
        elif event.type == ServerEventType.ERROR:
            sys.exit(f"the service reports {event.error.code}: {event.error.message}")
    return bytes(answer)


async def converse(connection: VoiceLiveConnection, pcm16: bytes, rate_hz: int) -> bytes:
    """Ask and listen at the same time; returns the answer's samples."""
    session = RequestSession(
        input_audio_sampling_rate=rate_hz,
        output_audio_format=OutputAudioFormat.PCM16,
        turn_detection=ServerVad(silence_duration_ms=500),
        input_audio_transcription=AudioInputTranscriptionOptions(model="whisper-1"),
    )
    await connection.session.update(session=session)
    speaking = asyncio.create_task(speak(connection, pcm16, rate_hz))
    try:
        return await listen(connection)
    finally:
        speaking.cancel()


@asynccontextmanager
async def service() -> AsyncIterator[tuple[str, str]]:
    """Endpoint and key of the service, or of a local server that takes any key."""
    if endpoint := os.environ.get("AZURE_VOICELIVE_ENDPOINT"):
        yield endpoint, os.environ["AZURE_VOICELIVE_API_KEY"]
    else:
        async with serve() as server:
            yield server.url, "local"


async def main(question: str | None, output: str) -> None:
    pcm16, rate_hz = read_question(question)
    model = os.environ.get("AZURE_VOICELIVE_MODEL", "gpt-realtime")
    async with (
        service() as (endpoint, key),
        connect(endpoint=endpoint, credential=AzureKeyCredential(key), model=model) as connection,
    ):
        answer = await converse(connection, pcm16, rate_hz)
    with wave.open(output, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(ANSWER_RATE_HZ)
        file.writeframes(answer)
    print(f"saved:  {output} ({len(answer) / 2 / ANSWER_RATE_HZ:.1f} s)")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else None, sys.argv[2] if len(sys.argv) > 2 else "answer.wav"))
