"""Which elements of two sequences answer to each other, so that as few as can be are left over."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import accumulate


def aligned(left: Sequence[Hashable], right: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Places of a longest common subsequence, in order.

    Hirschberg's division, with lengths that are counted 64 elements at a time in the bits of whole numbers (Hyyrö, "Bit-Parallel LCS-length
    Computation Revisited", 2004): ten thousand elements on either side take half a second, whatever they are.
    """
    start = _equal_at_start(left, right)
    pairs = [(place, place) for place in range(start)]
    left, right = left[start:], right[start:]
    end = _equal_at_start(left[::-1], right[::-1])
    between_left, between_right = left[: len(left) - end], right[: len(right) - end]
    pairs += [(start + place, start + other) for place, other in _divided(between_left, between_right)]
    first, second = start + len(between_left), start + len(between_right)
    return pairs + [(first + place, second + place) for place in range(end)]


def _equal_at_start(left: Sequence[Hashable], right: Sequence[Hashable]) -> int:
    shorter = min(len(left), len(right))
    return next((place for place in range(shorter) if left[place] != right[place]), shorter)


def _divided(left: Sequence[Hashable], right: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Divide the first, find where the second divides best, and go on with both halves."""
    if not left or not right:
        return []
    if len(left) == 1:
        return [(0, right.index(left[0]))] if left[0] in right else []
    half = len(left) // 2
    before = _lengths(left[:half], right)
    behind = _lengths(left[half:][::-1], right[::-1])[::-1]
    # Of places that are as good the last, so that what comes first has its answer first.
    cut = max(reversed(range(len(right) + 1)), key=lambda place: before[place] + behind[place])
    rest = _divided(left[half:], right[cut:])
    return _divided(left[:half], right[:cut]) + [(half + place, cut + other) for place, other in rest]


def _lengths(left: Sequence[Hashable], right: Sequence[Hashable]) -> list[int]:
    """How long the common subsequence of the first with each beginning of the second is, from the empty one on."""
    places: dict[Hashable, int] = {}
    for place, element in enumerate(right):
        places[element] = places.get(element, 0) | 1 << place
    every = (1 << len(right)) - 1
    # A bit that is 0 is a place at which the length grows by one.
    steady = every
    for element in left:
        common = steady & places.get(element, 0)
        steady = (steady + common | steady - common) & every
    return list(accumulate((bit == "0" for bit in reversed(f"{steady:0{len(right)}b}")), initial=0))
