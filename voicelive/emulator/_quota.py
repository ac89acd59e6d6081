"""The quota of tokens per minute, as ``rate_limits.updated`` reports it at the start of each response.

All sessions of a server share one quota, as those of an Azure resource do.
"""

import time
from collections import deque
from collections.abc import Callable

from voicelive_proto.server_events import RateLimitsUpdated

TOKENS_PER_MINUTE = 120_000
"""The service's quota (service facts, section 5)."""

WINDOW_S = 60.0


class Quota:
    """Counts the tokens of the last minute.

    Args:
        tokens_per_minute: responses fail beyond this many; None reports the service's own quota and lets everything pass.
        clock: seconds that only ever rise.
    """

    def __init__(self, tokens_per_minute: int | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._enforced = tokens_per_minute is not None
        self._limit = TOKENS_PER_MINUTE if tokens_per_minute is None else tokens_per_minute
        self._clock = clock
        self._spent: deque[tuple[float, int]] = deque()
        self._total = 0

    def spend(self, tokens: int) -> None:
        """Count what a response cost."""
        self._spent.append((self._clock(), tokens))
        self._total += tokens

    @property
    def is_used_up(self) -> bool:
        """Whether a response must fail now."""
        self._forget()
        return self._enforced and self._total >= self._limit

    @property
    def message(self) -> str:
        """Why a response fails."""
        return f"the quota of {self._limit} tokens per minute is used up; try again in {self._reset_s():.0f} s"

    def report(self) -> RateLimitsUpdated:
        """What is left, and when all of it will be back."""
        self._forget()
        left = max(0, self._limit - self._total)
        tokens = {"name": "tokens", "limit": self._limit, "remaining": left, "reset_seconds": round(self._reset_s(), 3)}
        return RateLimitsUpdated(rate_limits=[tokens])

    def _reset_s(self) -> float:
        return max(0.0, self._spent[-1][0] + WINDOW_S - self._clock()) if self._spent else 0.0

    def _forget(self) -> None:
        while self._spent and self._spent[0][0] <= self._clock() - WINDOW_S:
            self._total -= self._spent.popleft()[1]
