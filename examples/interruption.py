"""Barge in: the user speaks while the answer plays. The player stops at once, and the conversation keeps what was heard of it.

Runs against a local server. For the service set AZURE_VOICELIVE_ENDPOINT and, if it isn't gpt-realtime, AZURE_VOICELIVE_MODEL; the key is
taken from AZURE_VOICELIVE_API_KEY, else a token from azure-identity.

    python examples/interruption.py

The local voice asks and interrupts; the player makes no sound, but counts what a loudspeaker would have played.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from voicelive import AzureKeyCredential, VoiceLiveConnection, connect
from voicelive.emulator import serve
from voicelive.models import RequestSession, ServerVad
from voicelive.testing import speak

RATE_HZ = 24_000
CHUNK_BYTES = RATE_HZ // 50 * 2
"""20 ms."""


class Player:
    """Where your loudspeaker is: it knows what it has played of which item."""

    def __init__(self) -> None:
        self.item_id: str | None = None
        self.played_ms = 0
        self._received_ms = 0.0

    def play(self, item_id: str, pcm16: bytes) -> None:
        """Take a piece of an answer."""
        if item_id != self.item_id:
            self.item_id, self.played_ms, self._received_ms = item_id, 0, 0.0
        self._received_ms += len(pcm16) / 2 / RATE_HZ * 1000

    def tick(self) -> None:
        """Another 20 ms went by on the sound card's clock, which is the microphone's, too."""
        self.played_ms = min(self.played_ms + 20, int(self._received_ms))

    def stop(self) -> tuple[str, int] | None:
        """Be silent; which item that cuts, and where. None if it has nothing more to play."""
        item_id, self.item_id = self.item_id, None
        return (item_id, self.played_ms) if item_id is not None and self.played_ms < self._received_ms else None


class User:
    """Asks something, and something else as soon as 600 ms of the answer are heard; a microphone, 20 ms at a time."""

    def __init__(self, player: Player) -> None:
        self._player = player
        self._interrupts = False

    def _says(self) -> bytes:
        if self._interrupts or self._player.played_ms < 600:
            return bytes(CHUNK_BYTES)
        self._interrupts = True
        return speak("How much is nine times seven?")

    async def speak(self, connection: VoiceLiveConnection) -> None:
        """Speak until somebody stops this."""
        pcm16 = speak("Count from one to twenty.")
        while True:
            for start in range(0, len(pcm16), CHUNK_BYTES):
                await connection.input_audio_buffer.append(audio=pcm16[start : start + CHUNK_BYTES])
                await asyncio.sleep(CHUNK_BYTES / 2 / RATE_HZ)
                self._player.tick()
            pcm16 = self._says()


async def converse(connection: VoiceLiveConnection) -> None:
    """Two turns, the second of which interrupts the answer to the first."""
    # The player says what was heard, which the service can only guess; so it does not truncate by itself.
    await connection.session.update(session=RequestSession(turn_detection=ServerVad(silence_duration_ms=400, auto_truncate=False)))
    player = Player()
    speaking = asyncio.create_task(User(player).speak(connection))
    turns = 0
    try:
        async for event in connection:
            if event.type == "response.audio.delta":
                player.play(event.item_id, event.delta)
            elif event.type == "input_audio_buffer.speech_started":
                cut = player.stop()
                if cut is not None:
                    item_id, heard_ms = cut
                    await connection.conversation.item.truncate(item_id=item_id, content_index=0, audio_end_ms=heard_ms)
                    print(f"interrupted after {heard_ms / 1000:.1f} s of {connection.state.responses.audio_ms(item_id) / 1000:.1f} s")
            elif event.type == "input_audio_buffer.committed":
                turns += 1
            elif event.type == "response.done" and event.response.status == "completed" and turns == 2:
                print("answer:", connection.state.conversation.items[-1].transcript)
                return
    finally:
        speaking.cancel()


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
        connect(endpoint=endpoint, credential=credential, model=model) as connection,
    ):
        await converse(connection)


if __name__ == "__main__":
    asyncio.run(main())
