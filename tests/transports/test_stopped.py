"""A process that is stopped for longer than a peer has for its pong, as by Ctrl+Z, and then goes on."""

import asyncio
import functools
import signal
import sys

import pytest

from .far_side import MISSING, accept_handshake, run, tcp_server

ASYNC = """
import sys
import anyio
from voicelive_transports import ConnectOptions, get_opener

async def main():
    transport = await get_opener(sys.argv[2])(sys.argv[1], ConnectOptions(heartbeat=1, close_timeout=0.1))
    print((await transport.receive()).decode())
    await transport.aclose()

anyio.run(main, backend=sys.argv[3])
"""
BLOCKING = """
import sys
from voicelive_transports import ConnectOptions
from voicelive_transports.websockets_sync import open_blocking_transport

transport = open_blocking_transport(sys.argv[1], ConnectOptions(heartbeat=1, close_timeout=0.1))
print(transport.receive().decode())
transport.close()
"""
KINDS = [
    pytest.param(ASYNC, "websockets", "asyncio", id="websockets"),
    pytest.param(ASYNC, "anyio", "asyncio", id="anyio"),
    *([pytest.param(ASYNC, "anyio", "trio", id="anyio-trio")] if "trio" not in MISSING else []),
    pytest.param(BLOCKING, "", "", id="blocking"),
]
"""The libraries of the others judge by themselves, and by the clock alone."""


async def stop_between_ping_and_pong(client, reader, writer):
    await accept_handshake(reader, writer)
    process = await client
    assert await reader.readexactly(1) == b"\x89"
    size = (await reader.readexactly(1))[0] & 0x7F
    mask, masked = await reader.readexactly(4), await reader.readexactly(size)
    process.send_signal(signal.SIGSTOP)
    writer.write(b"\x8a" + bytes([size]) + bytes(left ^ right for left, right in zip(masked, mask * size, strict=False)))
    await asyncio.sleep(1)
    process.send_signal(signal.SIGCONT)
    # Long enough for the client to judge; and whatever came last, it must not have given up over it.
    await asyncio.sleep(0.7)
    writer.write(b"\x81\x03end")
    await reader.read()


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="the system stops no process by a signal")
@pytest.mark.parametrize(("program", "adapter", "backend"), KINDS)
def test_what_came_while_the_process_was_stopped_counts(program, adapter, backend):
    async def main():
        client = asyncio.get_running_loop().create_future()
        async with tcp_server(functools.partial(stop_between_ping_and_pong, client)) as port:
            command = [sys.executable, "-c", program, f"ws://127.0.0.1:{port}/", adapter, backend]
            process = await asyncio.create_subprocess_exec(*command, stdout=-1, stderr=-1)
            client.set_result(process)
            said, errors = await process.communicate()
            assert said == b"end\n", errors.decode()

    run(main)
