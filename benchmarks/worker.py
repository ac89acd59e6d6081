"""One round of one rival, in this process: prints the time of each case, in µs a call, as JSON."""

import gc
import json
import sys
import time

from .rivals import RIVALS, Case

ROUND_S = 0.08
"""About this long each case is called in a round."""


def measure(case: Case) -> float:
    """µs per call: the best of five batches, the collector off."""
    case()
    start = time.perf_counter()
    case()
    once_s = time.perf_counter() - start
    calls = max(1, int(ROUND_S / 5 / max(once_s, 1e-7)))
    best_s = float("inf")
    gc.disable()
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(calls):
            case()
        best_s = min(best_s, (time.perf_counter() - start) / calls)
    gc.enable()
    return best_s * 1e6


if __name__ == "__main__":
    print(json.dumps({name: measure(case) for name, case in RIVALS[sys.argv[1]]().items()}))
