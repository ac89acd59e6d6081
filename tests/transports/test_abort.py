"""Aborting what is over, on asyncio's own TLS transports."""

import asyncio

from voicelive_transports._abort import abort_quietly, unsent_bytes

from .far_side import tls_contexts


def test_a_tls_transport_that_is_over_is_aborted_in_silence_and_has_nothing_to_send():
    server_tls, client_tls = tls_contexts()

    async def main():
        ended = asyncio.Event()

        async def serve(_reader, writer):
            writer.close()
            await writer.wait_closed()
            ended.set()

        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=server_tls)
        async with server:
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client_tls, server_hostname="localhost")
            assert await reader.read() == b""
            writer.close()
            await writer.wait_closed()
            await ended.wait()
            for _ in range(2):
                abort_quietly(writer.transport.abort)
                assert unsent_bytes(writer.transport) == 0
            assert writer.transport.is_closing()

    asyncio.run(main())
