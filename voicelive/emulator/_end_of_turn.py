"""When a pause ends a turn: a stand-in for the service's semantic detection, by the last word that was recognised.

A turn that breaks off in "um", "and" or "to the" is held for a while, so that the speaker can go on. The service has models for this.
The words are English, as the usual recogniser's are; in other languages every pause ends the turn.
"""

from collections.abc import Mapping
from typing import Any

HOLD_MS = 1000
"""The service's default for the longest wait (``timeout_ms`` of ``end_of_utterance_detection``)."""

JUDGED_MS = 5000
"""So much of the turn's end is recognised to find its last word; a long turn with many pauses is not recognised all over at each."""

_EAGERNESS_HOLD_MS = {"low": 8000, "medium": 4000, "high": 2000, "auto": 4000}
"""OpenAI's longest waits of ``semantic_vad``."""

_FILLERS = "ah eh er erm hm hmm mm uh uhm um"
_UNFINISHED = (
    "a about an and are as at because but by can could for from has have his her i if in into is its like my of on or our please "
    "should so than that the their then this to very was were when which while with without would your"
)
_OPEN_ENDS = frozenset(f"{_FILLERS} {_UNFINISHED}".split())


def hold_ms(detection: Mapping[str, Any]) -> int:
    """How much longer a turn may last that is not complete; 0 where silence alone decides."""
    if detection["type"] == "semantic_vad":
        return _EAGERNESS_HOLD_MS.get(detection.get("eagerness") or "auto", HOLD_MS)
    end_of_utterance = detection.get("end_of_utterance_detection")
    if end_of_utterance is not None and end_of_utterance.get("timeout_ms") is not None:
        return int(end_of_utterance["timeout_ms"])
    semantic = end_of_utterance is not None or detection["type"].startswith("azure_semantic_vad")
    return HOLD_MS if semantic else 0


def is_complete(text: str) -> bool:
    """Whether a speaker may have finished with these words. Where nothing was understood, silence decides."""
    words = text.lower().rstrip(" .,;?!").split()
    return not words or words[-1] not in _OPEN_ENDS
