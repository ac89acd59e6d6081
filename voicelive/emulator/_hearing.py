"""What the recogniser understood of the user's speech."""

import logging
import threading
from dataclasses import dataclass

from voicelive._audio import Samples

from ._workers import Workers
from .engines.recogniser import Recogniser
from .engines.transcript import NO_HINTS, Hints, Transcript, recognise

logger = logging.getLogger("voicelive.emulator")

CONCURRENT_TURNS = 2
NO_TRANSCRIPT = Transcript("")


@dataclass(frozen=True, slots=True)
class Heard:
    """The outcome of recognising one turn.

    Attributes:
        text: the words, or None when there are none.
        code, message: why there are none, for ``conversation.item.input_audio_transcription.failed``.
        transcript: what the recogniser said, where it was asked.
    """

    text: str | None
    code: str | None = None
    message: str = ""
    transcript: Transcript = NO_TRANSCRIPT


NO_RECOGNISER = Heard(None, "recogniser_unavailable", "This server runs without a speech recogniser.")
NOTHING_HEARD = Heard(None, "audio_unintelligible", "No words were recognised.")


class Ear:
    """Recognises the speech of all sessions, in worker threads, a few turns at a time: most recognisers hear one after the other anyhow.

    Args:
        recogniser: does the work; None understands nothing.
    """

    def __init__(self, recogniser: Recogniser | None) -> None:
        self._recogniser = recogniser
        self._workers = Workers("recogniser", CONCURRENT_TURNS)
        self._blocking = threading.Semaphore(CONCURRENT_TURNS)

    async def hear(self, samples: Samples, rate_hz: int, hints: Hints = NO_HINTS) -> Heard:
        """Recognise one turn. A recogniser that fails is logged and has heard nothing."""
        if self._recogniser is None:
            return NO_RECOGNISER
        try:
            transcript = await self._workers.run(recognise, self._recogniser, samples, rate_hz, hints)
        except Exception as error:
            logger.exception("the speech recogniser failed")
            return Heard(None, "recogniser_failed", f"The speech recogniser failed: {error}")
        return Heard(transcript.text, transcript=transcript) if transcript.text else NOTHING_HEARD

    def hear_now(self, samples: Samples, rate_hz: int) -> str:
        """The words of what may be a part of a turn; blocks.

        "" when there are none, when the recogniser fails, which is logged, and when others block here already: a caller does without,
        sooner than to take the threads that find the speech of other sessions.
        """
        if self._recogniser is None or not self._blocking.acquire(blocking=False):
            return ""
        try:
            return self._recogniser.transcribe(samples, rate_hz)
        except Exception:
            logger.exception("the speech recogniser failed")
            return ""
        finally:
            self._blocking.release()

    def close(self) -> None:
        """Recognise nothing more."""
        self._workers.close()
