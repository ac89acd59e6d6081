"""eSpeak NG through ctypes."""

import atexit
import ctypes
import functools
import os
import tempfile
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from voicelive._audio import Samples

from ._extra import import_extra
from ._timbres import Timbre


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a word stands in the text, in characters, and when it begins in the sound."""

    text_start: int
    text_end: int
    offset_ms: int


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound of speech in the International Phonetic Alphabet, "" for a pause, and when it begins."""

    ipa: str
    offset_ms: int


@dataclass(frozen=True, slots=True)
class Rendering:
    """A spoken sentence: its samples, and where its words and sounds are in them."""

    samples: Samples
    marks: list[Mark]
    sounds: list[Sound]


# The library's interface is that of eSpeak NG 1.52, src/include/espeak-ng/speak_lib.h.

_SYNCHRONOUS = 2
_DONT_EXIT = 0x8000
_UTF8 = 1
_EVENT_END_OF_LIST = 0
_EVENT_WORD = 1
_EVENT_PHONEME = 7
_PHONEME_EVENTS_IN_IPA = 1 | 2
_RATE, _PITCH = 1, 3
_LONGEST_PATH_BYTES = 150
"""The library keeps the path of its data in 160 bytes and looks elsewhere, without a word, when it does not fit."""


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("message_id", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position_ms", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class Espeak:
    """The one library of this process, behind a lock."""

    def __init__(self, functions: Any, data_path: str) -> None:
        self._functions = functions
        self._lock = threading.Lock()
        self._pieces: list[Samples] = []
        self._marks: list[Mark] = []
        self._sounds: list[Sound] = []
        self._callback = _Callback(self._collect)
        self.rate_hz: int = functions.espeak_Initialize(_SYNCHRONOUS, 0, os.fsencode(data_path), _DONT_EXIT | _PHONEME_EVENTS_IN_IPA)
        if self.rate_hz <= 0:
            raise ImportError(f"eSpeak NG cannot read its data in {data_path}; reinstall it: pip install 'voicelive[emulator]'")
        functions.espeak_SetSynthCallback(self._callback)

    def render(self, sentence: str, timbres: tuple[Timbre, ...]) -> Rendering:
        """Speak a sentence in the first voice that exists; the last one must."""
        data = sentence.encode()
        with self._lock:
            self._pieces, self._marks, self._sounds = [np.zeros(0, np.int16)], [], []
            self._choose(timbres)
            self._functions.espeak_Synth(data, len(data) + 1, 0, 1, 0, _UTF8, None, None)
            return Rendering(np.concatenate(self._pieces), self._marks, self._sounds)

    def _choose(self, timbres: tuple[Timbre, ...]) -> None:
        chosen = next(timbre for timbre in timbres if self._functions.espeak_SetVoiceByName(timbre.voice.encode()) == 0)
        self._functions.espeak_SetParameter(_RATE, chosen.words_per_minute, 0)
        self._functions.espeak_SetParameter(_PITCH, chosen.pitch, 0)

    def _collect(self, sound: Any, length: int, events: Any) -> int:
        if sound and length:
            self._pieces.append(np.ctypeslib.as_array(sound, (length,)).astype(np.int16))
        index = 0
        while events[index].type != _EVENT_END_OF_LIST:
            event = events[index]
            if event.type == _EVENT_WORD:
                start = event.text_position - 1  # the library counts from 1
                self._marks.append(Mark(start, start + event.length, event.audio_position_ms))
            elif event.type == _EVENT_PHONEME:
                self._sounds.append(Sound(event.id.decode(errors="ignore"), event.audio_position_ms))
            index += 1
        return 0


_loading = threading.Lock()


def library() -> Espeak:
    """The library, loaded once.

    Raises:
        ImportError: it is not installed, or cannot be loaded.
    """
    with _loading:
        return _load()


@functools.cache
def _load() -> Espeak:
    loader = import_extra("espeakng_loader", "speaking")
    try:
        functions = ctypes.CDLL(loader.get_library_path())
        data_path = _short_path(loader.get_data_path())
    except (OSError, RuntimeError) as error:
        raise ImportError(f"eSpeak NG cannot be loaded ({error}); reinstall it: pip install 'voicelive[emulator]'") from error
    functions.espeak_Synth.argtypes = (
        *(ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int, ctypes.c_uint, ctypes.c_uint),
        *(ctypes.c_void_p, ctypes.c_void_p),
    )
    return Espeak(functions, data_path)


def _short_path(path: str) -> str:
    """The path itself, or a link to it where the library has no room for it; the link lasts as long as the process."""
    if len(os.fsencode(path)) <= _LONGEST_PATH_BYTES:
        return path
    stack = ExitStack()
    link = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="espeak-"))) / "data"
    link.symlink_to(path, target_is_directory=True)
    atexit.register(stack.close)
    return str(link)
