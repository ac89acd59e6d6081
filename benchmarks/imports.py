"""What importing costs, and the first connection: each in a fresh, bare interpreter."""

import json
import subprocess
import sys

from .suite import Job, Suite
from .wire import server

OFFICIAL = "azure.ai.voicelive.aio"
MODULES = (
    "voicelive_proto",
    "voicelive",
    "voicelive.aio",
    OFFICIAL,
    "openai",
    "msgspec",
    "aiohttp",
    "websockets.asyncio.client",
)

IMPORT = "import ms"
RSS = "import RSS MiB"
LOADED = "modules loaded"
FIRST = "import and first connection ms"

_MEASURE = """
import sys, time
def rss():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096
loaded, rss_bytes, begin = len(sys.modules), rss(), time.perf_counter()
import {module}
took_s = time.perf_counter() - begin
print('{{"import ms": %f, "import RSS MiB": %f, "modules loaded": %d}}'
      % (took_s * 1000, (rss() - rss_bytes) / 2**20, len(sys.modules) - loaded))
"""

_CONNECT = """
import time
begin = time.perf_counter()
import asyncio
{imports}
async def main():
    async with connect(endpoint="{endpoint}", credential=AzureKeyCredential("k"), model="idle"):
        print('{{"import and first connection ms": %f}}' % ((time.perf_counter() - begin) * 1000))
asyncio.run(main())
"""

_IMPORTS = {
    "voicelive": "from voicelive import AzureKeyCredential, connect",
    OFFICIAL: "from azure.ai.voicelive.aio import connect\nfrom azure.core.credentials import AzureKeyCredential",
}
"""Whose first connection is measured -> how its users import it."""


def _bare(program: str) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=30)
    return dict(json.loads(done.stdout))


def measure(module: str) -> dict[str, float]:
    """One round of one module."""
    figures = _bare(_MEASURE.format(module=module))
    if module in _IMPORTS:
        with server.running() as address:
            figures |= _bare(_CONNECT.format(imports=_IMPORTS[module], endpoint=address.endpoint))
    return figures


IMPORTS = Suite(
    name="import",
    title="importing, in a fresh interpreter",
    jobs=tuple(Job(module) for module in MODULES),
    quick_jobs=tuple(Job(module) for module in MODULES),
    module=__name__,
    rounds=9,
    budget_s=24,
    quick_budget_s=9,
)
