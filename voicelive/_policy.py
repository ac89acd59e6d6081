"""What a connection does of its own accord; kept apart so that ``connect()`` can judge its arguments without more imports."""

from __future__ import annotations

import random
from typing import Final, Literal, TypeAlias, get_args

WhenResponseActive: TypeAlias = Literal["send", "queue", "replace", "error"]
"""What ``response.create()`` does while a response is active, see ``connect()``."""

_FIRST_DELAY_S: Final = 0.5
_LONGEST_DELAY_S: Final = 10.0


def check_policy(policy: WhenResponseActive) -> WhenResponseActive:
    """Refuse what is no policy.

    Raises:
        ValueError: it isn't; the message names those that are.
    """
    if policy not in get_args(WhenResponseActive):
        raise ValueError(f"when_response_active must be one of {', '.join(get_args(WhenResponseActive))}; not {policy!r}")
    return policy


def default_delay_s(attempt: int) -> float:
    """Seconds before an attempt, the first being 1: half a second, twice as long each time up to ten, and not the same for everybody."""
    longest_s = min(_FIRST_DELAY_S * 2.0 ** (attempt - 1), _LONGEST_DELAY_S)
    return longest_s * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, no secret
