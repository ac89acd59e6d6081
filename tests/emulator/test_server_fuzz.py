"""A short run of ``make fuzz-server``, always with the same clients."""

import pytest
from fuzz.fuzz_server import run_clients

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("first", [0, 100, 5_000])
async def test_random_clients_find_no_fault(first):
    await run_clients(range(first, first + 16))
