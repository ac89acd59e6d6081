"""The clients: the facade over each adapter, the official SDK, and openai-python, each driven as its users drive it."""

import base64
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final, Protocol

from .server import Address

ADAPTERS: Final = ("picows", "aiohttp", "websockets", "anyio")


class Session(Protocol):
    """One open connection, whoever's it is."""

    taken: int
    """So many events were received."""
    pcm_bytes: int
    """So much PCM was in their audio deltas; stays 0 where nobody looks."""

    async def receive(self, events: int) -> None:
        """Take that many events, and the PCM of each audio delta."""

    async def send(self, pcm: bytes, times: int) -> None:
        """Append a piece of PCM that many times."""


class SdkSession:
    """A connection of an SDK: ``recv()`` gives an event, ``append(pcm)`` sends audio."""

    def __init__(
        self, recv: Callable[[], Awaitable[Any]], append: Callable[[bytes], Awaitable[object]], pcm: Callable[[Any], bytes]
    ) -> None:
        self.recv = recv
        self._append = append
        self.pcm = pcm
        self.taken = self.pcm_bytes = 0

    async def receive(self, events: int) -> None:
        """As an application's loop does it."""
        recv, pcm, pcm_bytes = self.recv, self.pcm, 0
        for _ in range(events):
            event = await recv()
            if event.type == "response.audio.delta":
                pcm_bytes += len(pcm(event))
        self.taken += events
        self.pcm_bytes += pcm_bytes

    async def send(self, pcm: bytes, times: int) -> None:
        """One append after the other."""
        append = self._append
        for _ in range(times):
            await append(pcm)


def _delta(event: Any) -> bytes:
    pcm: bytes = event.delta
    return pcm


@contextlib.asynccontextmanager
async def open_ours(address: Address, model: str, adapter: str) -> AsyncIterator[SdkSession]:
    """The facade: state tracked."""
    from voicelive import AzureKeyCredential, connect

    options = {"ssl_context": address.tls} if address.tls else {}
    credential = AzureKeyCredential("k")
    context = connect(endpoint=address.endpoint, credential=credential, model=model, transport=adapter, connection_options=options)
    async with context as connection:
        append = connection.input_audio_buffer.append
        yield SdkSession(connection.recv, lambda pcm: append(audio=pcm), _delta)


@contextlib.asynccontextmanager
async def open_official(address: Address, model: str) -> AsyncIterator[SdkSession]:
    """azure-ai-voicelive; its ``append`` wants base64."""
    from azure.ai.voicelive.aio import connect
    from azure.core.credentials import AzureKeyCredential

    options: Any = {"vendor_options": {"ssl": address.tls}} if address.tls else {}
    credential = AzureKeyCredential("k")
    async with connect(endpoint=address.endpoint, credential=credential, model=model, connection_options=options) as connection:
        append = connection.input_audio_buffer.append
        yield SdkSession(connection.recv, lambda pcm: append(audio=base64.b64encode(pcm).decode()), _delta)


@contextlib.asynccontextmanager
async def open_openai(address: Address, model: str) -> AsyncIterator[SdkSession]:
    """openai-python's beta types, which know most of the events; base64 both ways."""
    import openai

    base_url = address.websocket("").partition("/voice-live")[0]
    client = openai.AsyncOpenAI(api_key="k", websocket_base_url=base_url)
    options: Any = {"ssl": address.tls} if address.tls else {}
    async with client, client.beta.realtime.connect(model=model, websocket_connection_options=options) as connection:
        append = connection.input_audio_buffer.append
        yield SdkSession(
            connection.recv,
            lambda pcm: append(audio=base64.b64encode(pcm).decode()),
            lambda event: base64.b64decode(event.delta),
        )
