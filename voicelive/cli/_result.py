"""What a demo comes to: the answer in a WAV file, the figures, one line or one JSON object."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ._failures import Failure
from ._question import BYTES_PER_MS, RATE_HZ, Question
from ._spoken_turn import Answer


@dataclass(frozen=True)
class Result:
    """A question, its answer, and where that is kept.

    Attributes:
        question: what was asked.
        answer: what came back.
        output: the WAV file; None as long as there was no audio to write.
    """

    question: Question
    answer: Answer
    output: Path | None

    @property
    def heard(self) -> str | None:
        """What the service heard; None if it didn't say."""
        return " ".join(self.answer.heard) or None

    @property
    def said(self) -> str:
        """The whole answer."""
        return " ".join(self.answer.said)

    @property
    def audio_ms(self) -> int:
        """Duration of the answer."""
        return audio_ms(self.answer)

    def as_dict(self) -> dict[str, Any]:
        """The result as plain JSON."""
        return {
            "question": self.question.source,
            "question_ms": self.question.audio_ms,
            "question_heard": self.heard,
            "answer": self.said,
            "status": self.answer.status,
            "audio_ms": self.audio_ms,
            "latencies_ms": self.answer.latencies_ms,
            "output": str(self.output) if self.output else None,
        }

    def summary(self) -> str:
        """The result in one line."""
        heard = f'heard "{self.heard}"' if self.heard else "no transcript of the question"
        spoken = f"{self.audio_ms} ms of audio saved to {self.output}" if self.output else "no audio"
        latencies = self.answer.latencies_ms
        waits = f"first audio after {latencies['first_audio']} ms, " if "first_audio" in latencies else ""
        return f'{heard}, answered "{self.said}"; {spoken}; {waits}done after {latencies["response_done"]} ms'


def latency_line(answer: Answer) -> str:
    """The latencies in one line."""
    steps = ", ".join(f"{name.replace('_', ' ')} {ms} ms" for name, ms in answer.latencies_ms.items())
    return f"since the end of speech: {steps}"


def audio_ms(answer: Answer) -> int:
    """Duration of the answer so far, in milliseconds."""
    return len(answer.audio) // BYTES_PER_MS


def save(answer: Answer, output: Path) -> Path | None:
    """Write the answer so far as a WAV file, if there is any; returns where.

    Raises:
        Failure: the file can't be written.
    """
    if not answer.audio:
        return None
    from voicelive._audio import write_wav  # noqa: PLC0415 - needs an extra, and a question was made with it before

    try:
        write_wav(output, answer.audio, RATE_HZ)
    except OSError as error:
        raise Failure(f"can't write {output}: {error.strerror or error}") from error
    return output
