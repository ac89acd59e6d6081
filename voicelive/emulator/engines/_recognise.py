"""The recogniser's own process: it answers sound on its input with words on its output.

A message is its length in four bytes, big endian, and its content: pcm16 at `RATE_HZ` one way, JSON the other. The end of the input ends
the process.
"""

import json
import re
import signal
import struct
import sys
from typing import IO, Any

from ._extra import import_extra

RATE_HZ = 16_000
_LENGTH = struct.Struct(">I")
_FRAME_MS = 10
_FILLERS = ("<", "[", "+")
"""How names of silence and noise begin."""
_VARIANT = re.compile(r"\(\d+\)$")
"""Says which pronunciation of a word was heard."""


def read_message(pipe: IO[bytes]) -> bytes:
    """Read one message.

    Raises:
        EOFError: the other side is gone.
    """
    header = pipe.read(_LENGTH.size)
    if len(header) < _LENGTH.size:
        raise EOFError
    content = pipe.read(_LENGTH.unpack(header)[0])
    if len(content) < _LENGTH.unpack(header)[0]:
        raise EOFError
    return content


def write_message(pipe: IO[bytes], content: bytes) -> None:
    """Write one message.

    Raises:
        OSError: the other side is gone.
    """
    pipe.write(_LENGTH.pack(len(content)) + content)
    pipe.flush()


def decode(decoder: Any, pcm16: bytes) -> dict[str, Any]:
    """The ``text`` of one turn, and its ``words``: each with its start, its end (ms) and its probability.

    Turns are judged as wholes, so that none depends on the one before.
    """
    decoder.start_utt()
    decoder.process_raw(pcm16, full_utt=True)
    decoder.end_utt()
    best = decoder.hyp()
    if best is None or not best.hypstr:
        return {"text": "", "words": []}
    words = [
        [_VARIANT.sub("", each.word), each.start_frame * _FRAME_MS, (each.end_frame + 1) * _FRAME_MS, each.prob]
        for each in decoder.seg()
        if not each.word.startswith(_FILLERS)
    ]
    return {"text": best.hypstr, "words": words}


def main() -> None:
    """Answer until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt at the terminal is for the server, which then closes our input
    decoder = import_extra("pocketsphinx", "recognising speech").Decoder(loglevel="FATAL")
    while True:
        try:
            pcm16 = read_message(sys.stdin.buffer)
        except EOFError:
            return
        write_message(sys.stdout.buffer, json.dumps(decode(decoder, pcm16)).encode())
