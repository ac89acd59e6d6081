"""What is measured of a codec; every rival gives the same cases by the same names, as far as it has them."""

from collections.abc import Callable
from typing import Any

from benchmarks import corpus, payloads

Case = Callable[[], object]
Cases = dict[str, Case]
Step = Callable[[Any], object]

AUDIO_MS = (20, 100, 200)
APPEND_MS = (20, 100)
TURN_MS = (20, 100)
EVENT = "server event "
CLIENT_EVENT = "client event "


def bind(function: Step, argument: object) -> Case:
    """The call of a function with one argument, as a case."""
    return lambda: function(argument)


def audio_delta(duration_ms: int) -> str:
    """Name of the case: a frame to its PCM."""
    return f"decode audio.delta {duration_ms} ms"


def turn(delta_ms: int, *, animated: bool = False) -> str:
    """Name of the case: all frames of a turn, and the PCM of its deltas."""
    return f"decode {'an animated' if animated else 'a'} turn of {delta_ms} ms deltas"


def append(duration_ms: int) -> str:
    """Name of the case: raw PCM to a frame."""
    return f"encode append {duration_ms} ms"


def decoding(decode: Step, audio: Step) -> Cases:
    """``decode`` gives an event, ``audio`` the PCM of an audio delta."""
    cases = {audio_delta(ms): bind(audio, payloads.audio_delta(ms)) for ms in AUDIO_MS}
    cases |= {f"{audio_delta(ms)}, PCM not used": bind(decode, payloads.audio_delta(ms)) for ms in (20, 100)}
    cases |= {f"{audio_delta(100)}, {name}": bind(audio, frame) for name, frame in payloads.audio_delta_spellings().items()}
    small = payloads.small_deltas() | {
        "blendshapes.delta": payloads.blendshapes_delta(),
        "session.created": payloads.session_created(),
        "response.done": payloads.response_done(),
    }
    return cases | {f"decode {name}": bind(decode, frame) for name, frame in small.items()}


def turns(play: Callable[[list[bytes]], object]) -> Cases:
    """Whole turns; ``play`` gives how much PCM was in one."""
    return {turn(ms, animated=animated): bind(play, payloads.turn(ms, animated=animated)) for animated in (False, True) for ms in TURN_MS}


def events(decode: Step) -> Cases:
    """Every server event type, each once complete."""
    return {EVENT + kind: bind(decode, corpus.frame(message)) for kind, message in corpus.messages("server").items()}


def appends(append_pcm: Step) -> Cases:
    """Raw PCM to a frame."""
    return {append(ms): bind(append_pcm, payloads.pcm(ms)) for ms in APPEND_MS}


def client_events(make: Step, encode: Step) -> Cases:
    """Every client event type, each once complete: ``make`` makes an event of a message beforehand."""
    return {CLIENT_EVENT + kind: bind(encode, make(message)) for kind, message in corpus.messages("client").items()}
