"""Which service a command talks to, and how."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from voicelive import AzureKeyCredential, connect
from voicelive.models import (
    AudioInputTranscriptionOptions,
    AzureStandardVoice,
    InputAudioFormat,
    Modality,
    OutputAudioFormat,
    RequestSession,
    ServerVad,
)

from ._failures import EXIT_USAGE, Failure
from ._key import LOCAL_KEY, key_for
from ._local import local_server

if TYPE_CHECKING:
    from voicelive._connect import ConnectionContext

_AZURE_VOICE: Final = re.compile(r"[a-z]{2,3}-[A-Z]\w+-\w+")
"""Names of Azure voices begin with a locale (``en-US-AvaNeural``), those of OpenAI are one word."""


@dataclass(frozen=True)
class Service:
    """Where to ask, and whom.

    Attributes:
        endpoint: of a real service; None for a local server that runs as long as the demo does.
        model: name of the model.
        voice: name of the answering voice, None for the service's default.
        api_version: version of the service's interface.
    """

    endpoint: str | None
    model: str
    voice: str | None
    api_version: str

    def session(self) -> RequestSession:
        """The settings of the conversation: speech both ways, turns found by the service, the question transcribed."""
        session = RequestSession(
            modalities=[Modality.TEXT, Modality.AUDIO],
            input_audio_format=InputAudioFormat.PCM16,
            output_audio_format=OutputAudioFormat.PCM16,
            turn_detection=ServerVad(silence_duration_ms=500),
            # Models that hear transcribe with Whisper, cascades with Azure's own recognition.
            input_audio_transcription=AudioInputTranscriptionOptions(model="whisper-1" if "realtime" in self.model else "azure-speech"),
        )
        if self.voice:
            session.voice = AzureStandardVoice(name=self.voice) if _AZURE_VOICE.match(self.voice) else self.voice
        return session

    @asynccontextmanager
    async def open(self, pace: Literal["lead"] | None = "lead") -> AsyncIterator[tuple[str, ConnectionContext]]:
        """Give where it is and what ``connect()`` gives; a local server runs meanwhile if no other is asked for.

        Args:
            pace: that of the local server.

        Raises:
            Failure: it can't be asked, or in no such way.
        """
        if self.endpoint is None:
            async with local_server(pace=pace) as server:
                yield server.url, self._context(server.url, LOCAL_KEY)
        else:
            yield self.endpoint, self._context(self.endpoint, key_for(self.endpoint))

    def _context(self, endpoint: str, key: str) -> ConnectionContext:
        try:
            return connect(endpoint=endpoint, credential=AzureKeyCredential(key), model=self.model, api_version=self.api_version)
        except ValueError as error:
            raise Failure(str(error), EXIT_USAGE) from error
