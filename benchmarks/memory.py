"""Resident memory of this process; needs Linux."""

import gc
from pathlib import Path


def rss_kib() -> int:
    """Resident memory after a collection."""
    gc.collect()
    return int(Path("/proc/self/smaps_rollup").read_text(encoding="ascii").split("Rss:")[1].split()[0])
