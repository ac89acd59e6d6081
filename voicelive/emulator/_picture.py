"""A moving picture as H.264: a drawn face of 64 by 64 pixels whose mouth opens with the sound. It stands for the avatar's video.

The stream is the byte stream of ITU-T H.264, annex B, baseline profile, `FRAMES_PER_S` frames a second: what changes is sent as raw
samples (macroblocks of type I_PCM), what does not is skipped. So it needs no encoder, and every decoder shows it.
"""

import functools
import re

import numpy as np
import numpy.typing as npt

FRAMES_PER_S = 25
SIZE = 64
GOP_SIZE = 10
"""Frames from one that stands for itself to the next; the service's default."""

_LEVELS = 8
"""So far apart are a closed mouth and an open one."""
_BLOCKS = SIZE // 16
_I_PCM = 25
_P_TYPES = 5
"""In a frame that builds on the last one, types of macroblock that stand for themselves come after these."""
_SPS, _PPS, _KEY_SLICE, _SLICE = 0x67, 0x68, 0x65, 0x61

Plane = npt.NDArray[np.uint8]


class _Bits:
    """Writes bits, first the highest."""

    def __init__(self) -> None:
        self._whole = bytearray()
        self._rest = "1"  # a mark in front, so that zeros count

    def fixed(self, value: int, length: int) -> "_Bits":
        return self._add(f"{value:0{length}b}" if length else "")

    def golomb(self, *values: int) -> "_Bits":
        """Unsigned Exp-Golomb codes; those of the signed 0 are the same."""
        for value in values:
            code = f"{value + 1:b}"
            self._add("0" * (len(code) - 1) + code)
        return self

    def aligned(self, data: bytes) -> None:
        self.fixed(0, -(len(self._rest) - 1) % 8)
        self._whole += data

    def closed(self) -> bytes:
        """All of it, with the stop bit."""
        self.fixed(1, 1).aligned(b"")
        return bytes(self._whole)

    def _add(self, bits: str) -> "_Bits":
        self._rest += bits
        while len(self._rest) > 8:
            self._whole.append(int(self._rest[1:9], 2))
            self._rest = "1" + self._rest[9:]
        return self


def _unit(header: int, payload: bytes) -> bytes:
    """A NAL unit with its start code; what looks like a start code inside it is broken up (section 7.4.1)."""
    return b"\0\0\0\1" + bytes((header,)) + re.sub(rb"\0\0(?=[\0-\3])", b"\0\0\3", payload)


@functools.cache
def _parameters() -> bytes:
    """The sequence's and the picture's parameter sets (sections 7.3.2.1 and 7.3.2.2)."""
    sequence = _Bits().fixed(66, 8).fixed(0xC0, 8).fixed(30, 8)
    sequence.golomb(0, 0, 2, 1).fixed(0, 1).golomb(_BLOCKS - 1, _BLOCKS - 1).fixed(0b1100, 4)
    picture = _Bits().golomb(0, 0).fixed(0b00, 2).golomb(0, 0, 0).fixed(0b000, 3).golomb(0, 0, 0).fixed(0b100, 3)
    return _unit(_SPS, sequence.closed()) + _unit(_PPS, picture.closed())


@functools.cache
def _blocks(level: int) -> tuple[bytes, ...]:
    """The samples of each macroblock of the face with its mouth so far open."""
    luma, blue, red = _drawn(level)
    half = SIZE // 2
    small = [plane.reshape(half // 8, 8, half // 8, 8).swapaxes(1, 2).reshape(-1, 64) for plane in (blue, red)]
    large = luma.reshape(_BLOCKS, 16, _BLOCKS, 16).swapaxes(1, 2).reshape(-1, 256)
    return tuple(b"".join(plane[index].tobytes() for plane in (large, *small)) for index in range(_BLOCKS**2))


def _drawn(level: int) -> tuple[Plane, Plane, Plane]:
    """Luminance in full, blue and red difference in half the resolution."""
    down, across = np.mgrid[0:SIZE, 0:SIZE]

    def ellipse(centre_across: float, centre_down: float, width: float, height: float) -> npt.NDArray[np.bool_]:
        return np.asarray(((across - centre_across) / width) ** 2 + ((down - centre_down) / height) ** 2 <= 1)

    head = ellipse(31.5, 31.5, 24, 29)
    dark = ellipse(22.5, 24, 3, 3) | ellipse(40.5, 24, 3, 3) | ellipse(31.5, 45, 9, 1 + level * 0.9)
    luma = np.where(dark, 40, np.where(head, 180, 90)).astype(np.uint8)
    skin = (head & ~dark)[::2, ::2]
    return luma, np.where(skin, 110, 128).astype(np.uint8), np.where(skin, 150, 128).astype(np.uint8)


class Picture:
    """Draws one stream.

    Args:
        gop_size: frames from one that stands for itself to the next.
    """

    def __init__(self, gop_size: int = GOP_SIZE) -> None:
        self._gop_size = gop_size
        self._number = 0
        self._keys = 0
        self._last = 0

    def frame(self, opening: float) -> bytes:
        """The next frame.

        Args:
            opening: how far the mouth is open, from 0 to 1.
        """
        level = min(_LEVELS - 1, int(opening * _LEVELS))
        number = self._number % self._gop_size
        self._number += 1
        before, self._last = self._last, level
        return self._key(level) if number == 0 else self._change(number, before, level)

    def _key(self, level: int) -> bytes:
        """A frame that stands for itself (sections 7.3.3 and 7.3.5): two in a row differ in their idr_pic_id."""
        slice_ = _Bits().golomb(0, 7, 0).fixed(0, 4).golomb(self._keys % 2).fixed(0b00, 2).golomb(0, 1)
        self._keys += 1
        for block in _blocks(level):
            slice_.golomb(_I_PCM).aligned(block)
        return _parameters() + _unit(_KEY_SLICE, slice_.closed())

    def _change(self, number: int, before: int, level: int) -> bytes:
        """A frame that differs from the last one in some macroblocks; the runs between those are skipped."""
        slice_ = _Bits().golomb(0, 5, 0).fixed(number % 16, 4).fixed(0b000, 3).golomb(0, 1)
        skipped = 0
        for old, new in zip(_blocks(before), _blocks(level), strict=True):
            if old == new:
                skipped += 1
                continue
            slice_.golomb(skipped, _P_TYPES + _I_PCM).aligned(new)
            skipped = 0
        slice_.golomb(skipped)  # the last corner never changes
        return _unit(_SLICE, slice_.closed())
