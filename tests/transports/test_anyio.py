"""What the anyio adapter does beyond the contract."""

import asyncio
from contextlib import suppress

from voicelive_transports import TransportClosed

from .far_side import accept_handshake, open_with, run, silence, tcp_server


def test_short_receives_that_tasks_cancel_find_a_dead_peer_as_well():
    async def dead(reader, writer):
        await accept_handshake(reader, writer)
        await silence(reader, writer)

    async def main():
        async with tcp_server(dead) as port:
            transport = await open_with("anyio", f"ws://127.0.0.1:{port}/", heartbeat=0.1, close_timeout=0.1)
            for _ in range(100):
                with suppress(TimeoutError, asyncio.TimeoutError, TransportClosed):
                    await asyncio.wait_for(transport.receive(), 0.02)
            assert (transport.close_code, transport.close_reason) == (1006, "the peer stopped answering pings")
            await transport.aclose()

    run(main)
