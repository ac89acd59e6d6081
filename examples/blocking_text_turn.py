"""Ask a question in text, without an event loop; the answer comes as speech with its transcript, piece by piece.

Runs against a local server. For the service set AZURE_VOICELIVE_ENDPOINT, AZURE_VOICELIVE_API_KEY and, if it isn't gpt-realtime,
AZURE_VOICELIVE_MODEL.

    python examples/blocking_text_turn.py "How much is nine times seven?"
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from voicelive import AzureKeyCredential, RequestRefused, ResponseFailed
from voicelive.emulator import serve_in_thread
from voicelive.sync import VoiceLiveConnection, connect


def ask(connection: VoiceLiveConnection, question: str) -> None:
    """Send one user message, have it answered, and print the answer as it comes."""
    message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": question}]}
    connection.conversation.item.create(item=message)
    handle = connection.response.create()
    try:
        for piece in handle.transcript_deltas():
            print(piece, end="", flush=True)
    except (RequestRefused, ResponseFailed) as error:
        sys.exit(f"no answer: {error}")
    print(f"\n({handle.status}, {len(handle.audio)} bytes of audio)")


@contextmanager
def service() -> Iterator[tuple[str, str]]:
    """Endpoint and key of the service, or of a local server that takes any key."""
    if endpoint := os.environ.get("AZURE_VOICELIVE_ENDPOINT"):
        yield endpoint, os.environ["AZURE_VOICELIVE_API_KEY"]
    else:
        with serve_in_thread() as server:
            yield server.url, "local"


def main(question: str) -> None:
    model = os.environ.get("AZURE_VOICELIVE_MODEL", "gpt-realtime")
    with service() as (endpoint, key), connect(endpoint=endpoint, credential=AzureKeyCredential(key), model=model) as connection:
        ask(connection, question)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "How much is nine times seven?")
