"""The transcript of a user's turn as events: its words as deltas, then the whole, with the details that the session includes.

The words come when the whole turn was recognised: the recognisers here judge a turn as one. So the deltas come in one go.
"""

import math
from collections.abc import Collection, Iterator
from typing import Any

from voicelive_proto.error_details import VoiceLiveErrorDetails
from voicelive_proto.server_events import (
    ConversationItemInputAudioTranscriptionCompleted,
    ConversationItemInputAudioTranscriptionDelta,
    ConversationItemInputAudioTranscriptionFailed,
    ServerEvent,
)
from voicelive_proto.transcription import LogProbProperties, TranscriptionPhrase, TranscriptionWord

from ._hearing import Heard
from ._text import words

LOGPROBS = "item.input_audio_transcription.logprobs"
LEAST_PROBABILITY = 1e-9
"""A recogniser that says 0 is not so sure either, and JSON has no infinity."""
PHRASES = "item.input_audio_transcription.phrases"


def transcription_events(
    item_id: str, index: int, heard: Heard, *, included: Collection[str], audio_ms: int, in_pieces: bool = True
) -> Iterator[ServerEvent]:
    """What to tell the client of a turn.

    Args:
        item_id: the user's message.
        index: its part with the audio.
        heard: the outcome of recognising it.
        included: ``include`` of the session.
        audio_ms: length of the turn.
        in_pieces: whether deltas come before the whole.
    """
    place: dict[str, Any] = {"item_id": item_id, "content_index": index}
    if heard.text is None:
        error = VoiceLiveErrorDetails(type="server_error", code=heard.code, message=heard.message, param=None)
        yield ConversationItemInputAudioTranscriptionFailed(**place, error=error)
        return
    pieces = words(heard.text)
    logprobs = _logprobs(pieces, heard) if LOGPROBS in included else []
    for number, piece in enumerate(pieces if in_pieces else ()):
        of_piece: dict[str, Any] = {"logprobs": logprobs[number : number + 1]} if logprobs else {}
        yield ConversationItemInputAudioTranscriptionDelta(**place, delta=piece, **of_piece)
    details: dict[str, Any] = {"logprobs": logprobs} if logprobs else {}
    if PHRASES in included:
        details["phrases"] = [_phrase(heard, audio_ms)]
    if heard.transcript.locale is not None:
        details["language"] = heard.transcript.locale
    yield ConversationItemInputAudioTranscriptionCompleted(**place, transcript=heard.text, **details)


def _logprobs(pieces: list[str], heard: Heard) -> list[LogProbProperties]:
    """One token for each word; none where the recogniser does not tell."""
    found = heard.transcript.words
    if len(found) != len(pieces):
        return []
    return [
        LogProbProperties(token=piece, logprob=round(math.log(max(word.probability, LEAST_PROBABILITY)), 4), bytes=list(piece.encode()))
        for piece, word in zip(pieces, found, strict=True)
    ]


def _phrase(heard: Heard, audio_ms: int) -> TranscriptionPhrase:
    """The turn as one phrase; without the recogniser's times it lasts as long as the audio."""
    found, text, locale = heard.transcript.words, heard.transcript.text, heard.transcript.locale
    known: dict[str, Any] = {} if locale is None else {"locale": locale}
    if not found:
        return TranscriptionPhrase(offset_milliseconds=0, duration_milliseconds=audio_ms, text=text, **known)
    start_ms, end_ms = found[0].offset_ms, found[-1].offset_ms + found[-1].duration_ms
    return TranscriptionPhrase(
        offset_milliseconds=start_ms,
        duration_milliseconds=end_ms - start_ms,
        text=text,
        words=[
            TranscriptionWord(text=word.text, offset_milliseconds=word.offset_ms, duration_milliseconds=word.duration_ms) for word in found
        ],
        confidence=round(sum(word.probability for word in found) / len(found), 4),
        **known,
    )
