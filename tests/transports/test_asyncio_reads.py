"""asyncio's TCP transports are told to read less at once; what has a buffer of its own is left alone."""

import pytest

from voicelive_transports._asyncio_reads import READ_BYTES

from .far_side import joined_by_socket, run


def network_of(transport):
    """The event loop's transport under an adapter's."""
    if hasattr(transport, "_connection"):
        return transport._connection.transport
    return transport._opened.answer.connection.transport


@pytest.mark.parametrize("adapter", ["websockets", "aiohttp"])
@pytest.mark.parametrize(("tls", "backend"), [(False, "asyncio"), (True, "asyncio"), (False, "uvloop")])
def test_reads_stay_below_what_is_mapped_anew_each_time(adapter, tls, backend):
    pytest.importorskip(adapter)
    if backend == "uvloop":
        pytest.importorskip("uvloop")

    async def main():
        async with joined_by_socket(adapter, tls=tls) as (transport, peer):
            read_bytes = getattr(network_of(transport), "max_size", None)
            assert read_bytes == (READ_BYTES if backend == "asyncio" and not tls else None)
            await peer.send(b"x" * 300_000)  # more than one read
            assert await transport.receive() == b"x" * 300_000

    run(main, backend=backend)
