"""What the local server hears, understands and says.

Four interfaces, each a Protocol, so that another engine can take a place:

| interface | does | built in |
| --- | --- | --- |
| `Vad` | tells speech from silence | Silero, WebRTC |
| `Recogniser` | turns the user's speech into text | PocketSphinx, faster-whisper, an endpoint |
| `Responder` | decides what to answer | a table of skills, a script, a chat endpoint |
| `Voice` | speaks | eSpeak NG, Piper, Kokoro |

`serve` takes an engine as an object or by its name; `make` makes one by name, `known` lists the names. A distribution brings further
engines with an entry point in the group of its kind, such as ``voicelive.emulator.voices``: a callable that gives the engine. Its
parameters are the engine's options.
"""

from .._errors import BadEngine, Incomplete
from ._registry import GROUPS, EngineChoice, known, make
from .manner import USUAL_MANNER, Manner
from .recogniser import Recogniser
from .responder import Answer, FileSearch, Piece, Reply, Responder, ToolCall, ToolCallDelta, Turn, Utterance, WebSearch
from .timing import SpokenSentence, TimedVoice, VisemeTiming, WordTiming
from .transcript import DetailedRecogniser, GuidedRecogniser, HeardWord, Hints, Transcript
from .vad import DETECTION_RATE_HZ, JudgeFrame, Vad
from .voice import Voice

__all__ = [
    "DETECTION_RATE_HZ",
    "GROUPS",
    "USUAL_MANNER",
    "Answer",
    "BadEngine",
    "DetailedRecogniser",
    "EngineChoice",
    "FileSearch",
    "GuidedRecogniser",
    "HeardWord",
    "Hints",
    "Incomplete",
    "JudgeFrame",
    "Manner",
    "Piece",
    "Recogniser",
    "Reply",
    "Responder",
    "SpokenSentence",
    "TimedVoice",
    "ToolCall",
    "ToolCallDelta",
    "Transcript",
    "Turn",
    "Utterance",
    "Vad",
    "VisemeTiming",
    "Voice",
    "WebSearch",
    "WordTiming",
    "known",
    "make",
]
