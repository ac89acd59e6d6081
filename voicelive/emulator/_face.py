"""A face for a voice: mouth shapes become the weights of Azure's 55 blend shapes, 60 times a second.

Only the mouth moves. The order of the weights is that of Azure's page "Get facial position with viseme"; the poses are our own.
"""

from collections.abc import Mapping, Sequence

from .engines.timing import VisemeTiming

FRAMES_PER_S = 60
WEIGHTS = 55
_APPROACH = 0.4
"""How much of the way to the next pose the face goes in one frame; nine tenths of it in 75 ms."""

JAW_OPEN, _MOUTH_CLOSE, _FUNNEL, _PUCKER = 17, 18, 19, 20
_SMILE = (23, 24)
_STRETCH = (29, 30)
_ROLL = (31, 32)
_PRESS = (35, 36)
_LOWER_DOWN = (37, 38)
_UPPER_UP = (39, 40)
_TONGUE_OUT = 51


def _pose(single: Mapping[int, float], pairs: Mapping[tuple[int, int], float] | None = None) -> tuple[float, ...]:
    weights = dict(single) | {index: weight for pair, weight in (pairs or {}).items() for index in pair}
    return tuple(weights.get(index, 0.0) for index in range(WEIGHTS))


_POSES: tuple[tuple[float, ...], ...] = (
    _pose({}),
    _pose({JAW_OPEN: 0.35}, {_LOWER_DOWN: 0.3, _STRETCH: 0.15}),
    _pose({JAW_OPEN: 0.6}, {_LOWER_DOWN: 0.35}),
    _pose({JAW_OPEN: 0.45, _FUNNEL: 0.4}),
    _pose({JAW_OPEN: 0.3}, {_STRETCH: 0.2, _LOWER_DOWN: 0.2}),
    _pose({JAW_OPEN: 0.25, _FUNNEL: 0.3, _PUCKER: 0.2}),
    _pose({JAW_OPEN: 0.12}, {_SMILE: 0.35, _STRETCH: 0.3}),
    _pose({JAW_OPEN: 0.1, _PUCKER: 0.8, _FUNNEL: 0.3}),
    _pose({JAW_OPEN: 0.3, _FUNNEL: 0.6, _PUCKER: 0.3}),
    _pose({JAW_OPEN: 0.5, _FUNNEL: 0.3, _PUCKER: 0.3}),
    _pose({JAW_OPEN: 0.4, _FUNNEL: 0.4}, {_SMILE: 0.1}),
    _pose({JAW_OPEN: 0.5}, {_SMILE: 0.15, _LOWER_DOWN: 0.3}),
    _pose({JAW_OPEN: 0.2}, {_LOWER_DOWN: 0.1}),
    _pose({JAW_OPEN: 0.15, _FUNNEL: 0.35, _PUCKER: 0.25}),
    _pose({JAW_OPEN: 0.2, _TONGUE_OUT: 0.1}, {_LOWER_DOWN: 0.15}),
    _pose({JAW_OPEN: 0.06}, {_STRETCH: 0.3, _LOWER_DOWN: 0.2, _UPPER_UP: 0.15}),
    _pose({JAW_OPEN: 0.1, _FUNNEL: 0.55, _PUCKER: 0.3}),
    _pose({JAW_OPEN: 0.12, _TONGUE_OUT: 0.3}),
    _pose({JAW_OPEN: 0.08}, {_ROLL: 0.3, _UPPER_UP: 0.2}),
    _pose({JAW_OPEN: 0.12}, {_LOWER_DOWN: 0.15, _STRETCH: 0.1}),
    _pose({JAW_OPEN: 0.2}, {_STRETCH: 0.1}),
    _pose({_MOUTH_CLOSE: 0.2}, {_PRESS: 0.5, _ROLL: 0.2}),
)
"""Mouth shape -> weights."""

WIDEST_JAW = max(pose[JAW_OPEN] for pose in _POSES)


class Face:
    """Draws the frames of one message, in order."""

    def __init__(self) -> None:
        self.next_frame = 0
        self._weights = [0.0] * WEIGHTS
        self._shape = 0

    def frames(self, visemes: Sequence[VisemeTiming], until_ms: int) -> list[list[float]]:
        """The frames that begin before a time and were not drawn yet.

        Args:
            visemes: those that begin before that time and were not given yet, in order, by the message's time.
            until_ms: the message's time.
        """
        drawn: list[list[float]] = []
        waiting = list(visemes)
        while (now_ms := self.next_frame * 1000 / FRAMES_PER_S) < until_ms:
            while waiting and waiting[0].offset_ms <= now_ms:
                self._shape = waiting.pop(0).viseme_id
            target = _POSES[self._shape]
            self._weights = [weight + _APPROACH * (goal - weight) for weight, goal in zip(self._weights, target, strict=True)]
            drawn.append([round(weight, 3) for weight in self._weights])
            self.next_frame += 1
        self._shape = waiting[-1].viseme_id if waiting else self._shape
        return drawn
