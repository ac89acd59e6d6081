"""Connect through a proxy, and say which way the connection goes.

Runs against a local server. For the service set AZURE_VOICELIVE_ENDPOINT and, if it isn't gpt-realtime, AZURE_VOICELIVE_MODEL; the key is
taken from AZURE_VOICELIVE_API_KEY, else a token from azure-identity.

    python examples/through_a_proxy.py http://user:password@proxy.example:8080

Without an argument the environment decides (HTTPS_PROXY, ALL_PROXY, NO_PROXY); "none" goes straight whatever it says.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from voicelive import AzureKeyCredential, ConnectFailed, WebsocketConnectionOptions, connect
from voicelive.emulator import serve


def options(proxy: str | None) -> WebsocketConnectionOptions:
    """The connection options for an argument."""
    if proxy is None:
        return {}
    return {"proxy": False if proxy == "none" else proxy}


@asynccontextmanager
async def service() -> AsyncIterator[tuple[str, AzureKeyCredential | None]]:
    """The service with the credential of the environment, or a local server that takes any key."""
    if endpoint := os.environ.get("AZURE_VOICELIVE_ENDPOINT"):
        yield endpoint, None
    else:
        async with serve() as server:
            yield server.url, AzureKeyCredential("local")


async def main(proxy: str | None) -> None:
    model = os.environ.get("AZURE_VOICELIVE_MODEL", "gpt-realtime")
    try:
        async with (
            service() as (endpoint, credential),
            connect(endpoint=endpoint, credential=credential, model=model, connection_options=options(proxy)) as connection,
        ):
            event = await connection.recv()
            info = connection.transport_info
            print(f"{event.type} from {info.url} over {info.adapter}")
            print("peer:", "{}:{}".format(*info.peer_address or ("unknown", 0)))  # the proxy's address, if there is one
    except ConnectFailed as error:
        sys.exit(f"not connected: {error}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else None))
