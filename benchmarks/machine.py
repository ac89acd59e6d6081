"""What a run needs beside its figures, to be understood and repeated. No host names, no paths."""

import datetime
import os
import platform
import re
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

LIBRARIES = (
    "azure-ai-voicelive",
    "openai",
    "msgspec",
    "pybase64",
    "orjson",
    "aiohttp",
    "websockets",
    "picows",
    "anyio",
    "trio",
    "uvloop",
)


def describe(command: str) -> dict[str, Any]:
    """The machine as it is now."""
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "command": command,
        "commit": _commit(),
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load before": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "versions": {name: found for name in LIBRARIES if (found := _version(name))},
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _cpu() -> str:
    """Name of the CPU, and the widest vector instructions that it has."""
    try:
        facts = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or "unknown"
    name = re.search(r"^model name\s*:\s*(.+)$", facts, flags=re.MULTILINE)
    flags = set(facts.split("\nflags", 1)[-1].split("\n", 1)[0].split())
    vectors = next((label for flag, label in (("avx512bw", "AVX-512"), ("avx2", "AVX2")) if flag in flags), "no AVX2")
    return f"{name[1].strip() if name else platform.machine()}, {vectors}"


def _commit() -> str:
    """The commit that was measured, and whether the packages differed from it."""
    git = shutil.which("git")
    root = Path(__file__).parents[1]
    if git is None or not (root / ".git").exists():
        return "unknown"

    def ask(*arguments: str) -> str:
        return subprocess.run([git, "-C", str(root), *arguments], capture_output=True, text=True, check=False).stdout.strip()

    packages = ("voicelive", "voicelive_proto", "voicelive_transports", "benchmarks", ":!benchmarks/results")
    changed = " and uncommitted changes" if ask("status", "--porcelain", "--", *packages) else ""
    return (ask("rev-parse", "--short=12", "HEAD") or "unknown") + changed
