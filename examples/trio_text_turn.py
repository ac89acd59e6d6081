"""A text turn on trio: the answer is printed as it comes, while another task counts its audio.

Runs against a local server. For the service set AZURE_VOICELIVE_ENDPOINT and, if it isn't gpt-realtime, AZURE_VOICELIVE_MODEL; the key is
taken from AZURE_VOICELIVE_API_KEY, else a token from azure-identity.

    python examples/trio_text_turn.py "How much is nine times seven?"

Needs the extra trio. The local server needs asyncio, so it has a loop and a thread of its own.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import trio

from voicelive import AzureKeyCredential, ResponseHandle, connect
from voicelive.emulator import serve_in_thread


async def show(handle: ResponseHandle) -> None:
    """Print the words as they come."""
    async for piece in handle.transcript_deltas():
        print(piece, end="", flush=True)
    print()


async def ask(endpoint: str, credential: AzureKeyCredential | None, question: str) -> None:
    """One question; both tasks wait at the same time, and neither takes an event from the other."""
    model = os.environ.get("AZURE_VOICELIVE_MODEL", "gpt-realtime")
    async with connect(endpoint=endpoint, credential=credential, model=model) as connection:
        message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": question}]}
        await connection.conversation.item.create(item=message)
        handle = await connection.response.create()
        chunks = 0
        with trio.fail_after(60):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(show, handle)
                async for _ in handle.audio_chunks():
                    chunks += 1
        print(f"({handle.status}, {len(handle.audio)} bytes of audio in {chunks} chunks, over {connection.transport_info.adapter})")


@contextmanager
def service() -> Iterator[tuple[str, AzureKeyCredential | None]]:
    """The service with the credential of the environment, or a local server that takes any key."""
    if endpoint := os.environ.get("AZURE_VOICELIVE_ENDPOINT"):
        yield endpoint, None
    else:
        with serve_in_thread() as server:
            yield server.url, AzureKeyCredential("local")


def main(question: str) -> None:
    with service() as (endpoint, credential):
        trio.run(ask, endpoint, credential, question)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "How much is nine times seven?")
