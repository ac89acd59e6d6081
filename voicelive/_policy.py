"""What a connection does of its own accord; kept apart so that ``connect()`` can judge its arguments without more imports."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

WhenResponseActive: TypeAlias = Literal["send", "queue", "replace", "error"]
"""What ``response.create()`` does while a response is active, see ``connect()``."""


def check_policy(policy: WhenResponseActive) -> WhenResponseActive:
    """Refuse what is no policy.

    Raises:
        ValueError: it isn't; the message names those that are.
    """
    if policy not in get_args(WhenResponseActive):
        raise ValueError(f"when_response_active must be one of {', '.join(get_args(WhenResponseActive))}; not {policy!r}")
    return policy
