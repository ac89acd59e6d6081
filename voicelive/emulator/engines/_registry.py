"""Engines by name: those built in, those that other distributions bring, and any object of a module.

A distribution brings one with an entry point in the group of its kind::

    [project.entry-points."voicelive.emulator.voices"]
    parrot = "my_package:ParrotVoice"

What stands there is called with the options that the user gives; the answer is the engine. For a responder that is itself a function of
a turn, the function is the engine, and has no options.
"""

import inspect
import pkgutil
from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final, TypeAlias

from .._errors import BadEngine
from ._options import checked, likely
from ._turn import is_asynchronous

GROUPS: Final = {
    "vad": "voicelive.emulator.vads",
    "recogniser": "voicelive.emulator.recognisers",
    "responder": "voicelive.emulator.responders",
    "voice": "voicelive.emulator.voices",
}
"""Kind of engine -> group of its entry points."""

_BUILT_IN: Final[Mapping[str, Mapping[str, str]]] = {
    "vad": {
        "auto": "voicelive.emulator.engines.vad:best_detector",
        "silero": "voicelive.emulator.engines.vad:SileroDetector",
        "webrtc": "voicelive.emulator.engines.vad:WebrtcDetector",
    },
    "recogniser": {
        "auto": "voicelive.emulator.engines.recogniser:usual_recogniser",
        "none": "voicelive.emulator.engines.recogniser:no_recogniser",
        "endpoint": "voicelive.emulator.engines.transcription:TranscriptionEndpoint",
        "pocketsphinx": "voicelive.emulator.engines.recogniser:PocketsphinxRecogniser",
        "whisper": "voicelive.emulator.engines.whisper:WhisperRecogniser",
    },
    "responder": {
        "built-in": "voicelive.emulator.engines.responder:built_in_responder",
        "chat": "voicelive.emulator.engines.chat:ChatResponder",
        "scripted": "voicelive.emulator.engines.scripted:ScriptedResponder",
    },
    "voice": {
        "espeak": "voicelive.emulator.engines.voice:EspeakVoice",
        "kokoro": "voicelive.emulator.engines.kokoro:KokoroVoice",
        "piper": "voicelive.emulator.engines.piper:PiperVoice",
    },
}

Factory: TypeAlias = Callable[..., Any]

EngineChoice: TypeAlias = str | Mapping[str, Any]
"""An engine's name, or its name under ``engine`` and its options beside it."""


def known(kind: str) -> list[str]:
    """The names of all engines of a kind, which is a key of `GROUPS`."""
    return sorted({*_BUILT_IN[kind], *_brought(kind)})


def make(kind: str, name: str, options: Mapping[str, Any] | None = None) -> Any:
    """Make an engine.

    Args:
        kind: a key of `GROUPS`.
        name: one of `known`, or ``module:attribute`` for an object of a module that can be imported.
        options: the engine's own, by the names of its parameters.

    Raises:
        BadEngine: unknown name or option, an option of the wrong type, or one that the engine refuses with a ValueError.
        ImportError: the engine's library is not installed; the text names the extra.
    """
    factory = _factory(kind, name)
    if _is_responder(kind, factory):
        if options:
            raise BadEngine(f"{kind} {name!r} is a function that answers turns; it has no options", kind)
        return factory
    arguments = checked(factory, kind, name, options or {})
    try:
        return factory(**arguments)
    except ValueError as error:
        raise BadEngine(f"{kind} {name!r}: {error}", kind) from error


def chosen(kind: str, choice: Any) -> Any:
    """An engine as it was chosen: the object itself, or one made by its name, or by a mapping of its name and options.

    Raises:
        BadEngine, ImportError: as `make` does.
    """
    if isinstance(choice, str):
        return make(kind, choice)
    if not isinstance(choice, Mapping):
        return choice
    options = dict(choice)
    name = options.pop("engine", None)
    if not isinstance(name, str):
        raise BadEngine(f"{kind}: the mapping needs 'engine', the name of the engine; there are: {', '.join(known(kind))}", kind)
    return make(kind, name, options)


def _factory(kind: str, name: str) -> Factory:
    if name in _BUILT_IN[kind]:
        return _resolved(kind, name, _BUILT_IN[kind][name])
    brought = _brought(kind)
    if name in brought:
        return _loaded(kind, brought[name])
    if ":" in name:
        return _resolved(kind, name, name)
    raise BadEngine(
        f"there is no {kind} {name!r}{likely(name, known(kind))}; there are: {', '.join(known(kind))}, or module:attribute", kind
    )


def _brought(kind: str) -> dict[str, EntryPoint]:
    """The entry points of other distributions; of two with one name none is better, so they are an error when they are asked for."""
    found: dict[str, EntryPoint] = {}
    for each in entry_points(group=GROUPS[kind]):
        if each.name in found and found[each.name].value != each.value:
            raise BadEngine(f"two distributions bring a {kind} {each.name!r}: {found[each.name].value} and {each.value}; uninstall one")
        if each.name in _BUILT_IN[kind]:
            raise BadEngine(f"{each.value} is to be a {kind} {each.name!r}, which is built in; its distribution must give it another name")
        found[each.name] = each
    return found


def _loaded(kind: str, entry_point: EntryPoint) -> Factory:
    try:
        loaded: Factory = entry_point.load()
    except (ImportError, AttributeError) as error:
        raise BadEngine(f"{kind} {entry_point.name!r} ({entry_point.value}) cannot be loaded: {error}", kind) from error
    return loaded


def _resolved(kind: str, name: str, reference: str) -> Factory:
    try:
        found: Factory = pkgutil.resolve_name(reference)
    except (ImportError, AttributeError, ValueError) as error:
        raise BadEngine(f"{kind} {name!r} cannot be imported: {error}", kind) from error
    if not callable(found):
        raise BadEngine(f"{kind} {name!r} is a {type(found).__name__}; it must be a callable that makes the engine", kind)
    return found


def _is_responder(kind: str, factory: Factory) -> bool:
    """Whether this answers turns by itself, and makes no responder."""
    return kind == "responder" and not inspect.isclass(factory) and is_asynchronous(factory)
