"""Which adapter ``auto`` becomes."""

import sys

import anyio
import pytest

from .far_side import ASYNCIO_ADAPTERS, MISSING, far_server, open_with, run, websocket_server

FASTEST_FIRST = [name for name in ("picows", "aiohttp", "websockets") if name in ASYNCIO_ADAPTERS]


async def adapter_taken(**options):
    async with far_server(websocket_server) as (_, (url, _)):
        transport = await open_with("auto", url, **options)
        await transport.aclose()
        return transport.info.adapter


@pytest.mark.parametrize("left_out", range(len(FASTEST_FIRST)))
def test_under_asyncio_it_is_the_fastest_that_is_installed(left_out, monkeypatch):
    for name in FASTEST_FIRST[:left_out]:
        monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.delitem(sys.modules, f"voicelive_transports.{name}", raising=False)

    async def main():
        assert await adapter_taken() == FASTEST_FIRST[left_out]

    run(main)


@pytest.mark.skipif("trio" in MISSING, reason="needs trio")
def test_under_trio_it_is_anyio():
    async def main():
        assert await adapter_taken() == "anyio"

    run(main, backend="trio")


@pytest.mark.skipif("trio" in MISSING, reason="needs trio")
def test_a_thread_beside_trio_does_not_matter():
    async def main():
        async def elsewhere():
            return await adapter_taken()

        def in_a_thread():
            return anyio.run(elsewhere)

        assert await anyio.to_thread.run_sync(in_a_thread) == FASTEST_FIRST[0]

    run(main, backend="trio")


def test_an_adapter_that_cannot_honour_the_options_is_passed_over():
    async def main():
        assert await adapter_taken(compression=12) == next(name for name in FASTEST_FIRST if name != "picows")

    run(main)


def test_a_url_that_cannot_be_used_is_refused():
    async def main():
        with pytest.raises(ValueError, match="must start with ws://"):
            await open_with("auto", "http://h/")

    run(main)
