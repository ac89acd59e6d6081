"""How many sessions one process holds: the largest number with 99 % of the deltas less than 20 ms late.

All connections are open from the beginning; so many of them get a 20 ms delta every 20 ms, and the number is found by bisection. One run
can mislead by a step or two: read the median of the rounds.
"""

from contextlib import AsyncExitStack

from .scale import open_all, percentile_ms, start_turns, take_paced
from .suite import Job, Suite
from .wire.paced import DELTA_MS, Pacer, pacing
from .wire.rivals import OFFICIAL, Open, opener, run

LATE_MS = 20
STEPS = (10, 25, 50, 75, 100, 125, 150, 175, 200, 225, 250, 275, 300, 350, 400, 450, 500, 550, 600, 650, 700, 800, 900, 1000, 1100, 1200)
"""The numbers that are tried."""

RIVALS = ("picows asyncio", "aiohttp asyncio", OFFICIAL)
SESSIONS = "sessions held"


async def _search(open_session: Open, pacer: Pacer, steps: tuple[int, ...], count: int) -> dict[str, float]:
    async with AsyncExitStack() as stack:
        sessions, _ = await open_all(stack, open_session, pacer, steps[-1])
        await start_turns(sessions, pacer)
        await take_paced(sessions[: steps[0]], pacer, 10)
        held, beyond = 0, len(steps)
        while held < beyond:
            middle = (held + beyond) // 2
            late_ns = await take_paced(sessions[: steps[middle]], pacer, count)
            if percentile_ms(late_ns, 99) < LATE_MS:
                held = middle + 1
            else:
                beyond = middle
        pacer.farewell()
    return {SESSIONS: steps[held - 1] if held else 0}


def measure(rival: str, *, seconds: float, steps: tuple[int, ...] = STEPS) -> dict[str, float]:
    """One search of one rival, in this process."""
    open_session = opener(rival)
    count = int(seconds * 1000 / DELTA_MS)
    with pacing(steps[-1]) as pacer:
        return run(rival, lambda: _search(open_session, pacer, tuple(steps), count))


CAPACITY = Suite(
    name="capacity",
    title=f"sessions that one process holds with p99 lateness under {LATE_MS} ms",
    jobs=tuple(Job(rival, {"seconds": 1.2}) for rival in RIVALS),
    quick_jobs=(),
    module=__name__,
    rounds=3,
    budget_s=80,
    quick_budget_s=0,
)
