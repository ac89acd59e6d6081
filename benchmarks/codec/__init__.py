"""The codec: bytes to events and back, beside the official SDK, plain dicts and the limit; µs of CPU a call."""

import gc
import time

from benchmarks.suite import Job, Suite

from .cases import CLIENT_EVENT, EVENT, Case
from .official import official
from .openai_beta import openai
from .ours import state_tracked, structs, voicelive
from .plain import limit, plain_json, plain_msgspec, plain_orjson

RIVALS = {
    "voicelive": voicelive,
    "state tracked": state_tracked,
    "structs": structs,
    "official": official,
    "openai": openai,
    "json": plain_json,
    "orjson": plain_orjson,
    "msgspec": plain_msgspec,
    "limit": limit,
}
"""A rival is a function that gives its cases by name; it imports its libraries when it is called."""

OURS = "voicelive"
OFFICIAL = "official"
UNTYPED = ("json", "orjson", "msgspec")

CASE_S = 0.06
"""About this long each case is called in a round."""
EVENT_SHARE = 0.15
"""The cases that stand for one event type get less."""


def timed(case: Case, seconds: float) -> float:
    """µs of CPU per call: the best of five batches, the collector off."""
    case()
    start = time.process_time()
    case()
    once_s = time.process_time() - start
    calls = max(1, int(seconds / 5 / max(once_s, 1e-7)))
    best_s = float("inf")
    gc.disable()
    for _ in range(5):
        start = time.process_time()
        for _ in range(calls):
            case()
        best_s = min(best_s, (time.process_time() - start) / calls)
    gc.enable()
    return best_s * 1e6


def measure(rival: str, *, case_s: float = CASE_S) -> dict[str, float]:
    """One round of one rival, in this process."""
    shares = {True: EVENT_SHARE, False: 1.0}
    return {name: timed(case, case_s * shares[name.startswith((EVENT, CLIENT_EVENT))]) for name, case in RIVALS[rival]().items()}


CODEC = Suite(
    name="codec",
    title="the codec",
    jobs=tuple(Job(rival) for rival in RIVALS),
    quick_jobs=tuple(Job(rival, {"case_s": 0.01}) for rival in RIVALS),
    module=__name__,
    rounds=7,
    budget_s=92,
    quick_budget_s=11,
)
