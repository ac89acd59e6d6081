"""A voice assistant as one writes it for the official SDK: it sends a recording as a microphone would, and keeps what is answered."""

import asyncio
import base64
import sys
import wave

from azure.ai.voicelive.aio import connect
from azure.ai.voicelive.models import (
    AudioEchoCancellation,
    AudioInputTranscriptionOptions,
    AzureStandardVoice,
    InputAudioFormat,
    Modality,
    OutputAudioFormat,
    RequestSession,
    ResponseStatus,
    ServerEventType,
    ServerVad,
)
from azure.core.credentials import AzureKeyCredential

CHUNK_MS = 100


class Assistant:
    def __init__(self, connection, recording):
        self.connection = connection
        self.recording = recording
        self.answer = bytearray()
        self.seen = []

    async def run(self):
        await self.connection.session.update(
            session=RequestSession(
                modalities=[Modality.TEXT, Modality.AUDIO],
                instructions="Answer in one sentence.",
                voice=AzureStandardVoice(name="en-US-AvaNeural"),
                input_audio_format=InputAudioFormat.PCM16,
                output_audio_format=OutputAudioFormat.PCM16,
                turn_detection=ServerVad(threshold=0.5, prefix_padding_ms=300, silence_duration_ms=500),
                input_audio_echo_cancellation=AudioEchoCancellation(),
                input_audio_transcription=AudioInputTranscriptionOptions(model="azure-speech"),
            )
        )
        microphone = None
        async for event in self.connection:
            self.note(event)
            if event.type == ServerEventType.SESSION_UPDATED:
                print("voice:", event.session.voice["name"], "detector:", event.session.turn_detection.type)
                microphone = asyncio.create_task(self.speak())
            elif event.type == ServerEventType.RESPONSE_AUDIO_DELTA:
                self.answer += event.delta
            elif event.type == ServerEventType.CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_COMPLETED:
                print("user:", event.transcript)
            elif event.type == ServerEventType.RESPONSE_AUDIO_TRANSCRIPT_DONE:
                print("assistant:", event.transcript)
            elif event.type == ServerEventType.RESPONSE_DONE:
                print("status:", event.response.status == ResponseStatus.COMPLETED, "tokens:", event.response.usage.total_tokens > 0)
                break
        await microphone

    async def speak(self):
        with wave.open(self.recording) as recording:
            frames = recording.getframerate() * CHUNK_MS // 1000
            while chunk := recording.readframes(frames):
                await self.connection.input_audio_buffer.append(audio=base64.b64encode(chunk).decode("utf-8"))

    def note(self, event):
        if event.type not in self.seen:
            self.seen.append(event.type)


async def main():
    url, recording = sys.argv[1:]
    async with connect(
        endpoint=url,
        credential=AzureKeyCredential("key"),
        model="gpt-realtime",
        connection_options={"max_msg_size": 10 * 1024 * 1024, "heartbeat": 20},
    ) as connection:
        assistant = Assistant(connection, recording)
        await assistant.run()
        print("events:", *sorted(assistant.seen))
        print("answer:", len(assistant.answer) > 24_000, len(assistant.answer) % 2)


asyncio.run(main())
