"""Offer a WebRTC connection for an avatar's picture and sound, and save what the service answers.

Runs against a local server. For the service set AZURE_VOICELIVE_ENDPOINT and, if it isn't gpt-realtime, AZURE_VOICELIVE_MODEL; the key is
taken from AZURE_VOICELIVE_API_KEY, else a token from azure-identity.

    python examples/avatar.py offer.sdp answer.sdp

The offer is what your WebRTC library makes (aiortc: `peer.createOffer()`, `peer.localDescription.sdp`), the answer what you give it
(`peer.setRemoteDescription()`). Without a file the offer is an empty one, which is enough for the local server: it has no pictures over
WebRTC.
"""

import asyncio
import base64
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from voicelive import AzureKeyCredential, VoiceLiveConnection, connect
from voicelive.emulator import serve
from voicelive.models import AvatarConfig, Modality, RequestSession, ServerEventSessionAvatarConnecting, ServerEventSessionUpdated

EMPTY_OFFER = "v=0\r\n"


async def negotiate(connection: VoiceLiveConnection, offer: str) -> str:
    """Set the avatar up, and exchange session descriptions."""
    avatar = AvatarConfig(character="lisa", style="casual-sitting", customized=False)
    session = RequestSession(modalities=[Modality.TEXT, Modality.AUDIO, Modality.AVATAR], avatar=avatar)
    await connection.session.update(session=session)
    updated = await connection.wait_for(ServerEventSessionUpdated, timeout=30)
    servers = updated.session.avatar.ice_servers if updated.session.avatar else None
    print("ICE servers:", len(servers or ()))  # for your RTCPeerConnection
    await connection.session.avatar.connect(client_sdp=base64.b64encode(offer.encode()).decode())
    connecting = await connection.wait_for(ServerEventSessionAvatarConnecting, timeout=30)
    return base64.b64decode(connecting.server_sdp).decode()


@asynccontextmanager
async def service() -> AsyncIterator[tuple[str, AzureKeyCredential | None]]:
    """The service with the credential of the environment, or a local server that takes any key."""
    if endpoint := os.environ.get("AZURE_VOICELIVE_ENDPOINT"):
        yield endpoint, None
    else:
        async with serve() as server:
            yield server.url, AzureKeyCredential("local")


async def main(offer: str) -> str:
    model = os.environ.get("AZURE_VOICELIVE_MODEL", "gpt-realtime")
    async with (
        service() as (endpoint, credential),
        connect(endpoint=endpoint, credential=credential, model=model) as connection,
    ):
        return await negotiate(connection, offer)


if __name__ == "__main__":
    offered = Path(sys.argv[1]).read_text(encoding="utf-8") if len(sys.argv) > 1 else EMPTY_OFFER
    answer = Path(sys.argv[2] if len(sys.argv) > 2 else "answer.sdp")
    answer.write_text(asyncio.run(main(offered)), encoding="utf-8")
    print("saved:", answer)
