"""A conversation that outlives its connection: settings and history are brought over to a new one.

Runs against a local server. For the service set AZURE_VOICELIVE_ENDPOINT and, if it isn't gpt-realtime, AZURE_VOICELIVE_MODEL; the key is
taken from AZURE_VOICELIVE_API_KEY, else a token from azure-identity.

    python examples/reconnect.py "How much is nine times seven?" "What is two plus three?"

The local server cuts the connection while the second question is answered, to show it.
"""

import asyncio
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from voicelive import AzureKeyCredential, VoiceLiveConnection, connect, stay_connected
from voicelive.testing import scripted_server


class Conversation:
    """What has to outlive a connection is kept outside of the function that uses it."""

    def __init__(self, questions: list[str]) -> None:
        self.questions = questions
        self.answered = 0
        self.asked = 0

    async def converse(self, connection: VoiceLiveConnection) -> None:
        """Called with the first connection, and again with each that takes over."""
        if connection.resumed is None:
            await connection.session.update(session={"modalities": ["text"]})
        else:
            items = connection.state.conversation.items
            print(f"went on after close {connection.resumed.cause.code}, with {len(items)} items")
            for what in connection.resumed.lost:
                print("lost:", what)
        while self.answered < len(self.questions):
            if self.asked == self.answered:  # else the question was brought over
                content = [{"type": "input_text", "text": self.questions[self.asked]}]
                await connection.conversation.item.create(item={"type": "message", "role": "user", "content": content})
                self.asked += 1
            handle = await connection.response.create()
            await handle.done(timeout=60)
            self.answered += 1
            print("answer:", handle.text)


@contextmanager
def service() -> Iterator[tuple[str, AzureKeyCredential | None]]:
    """The service with the credential of the environment, or a local server that takes any key and cuts the second answer off."""
    if endpoint := os.environ.get("AZURE_VOICELIVE_ENDPOINT"):
        yield endpoint, None
    else:
        with scripted_server() as server:
            server.faults.cut(after="response.created", nth=2)
            server.reply("Nine times seven is 63.", "(cut off)", "Two plus three is 5.")
            yield server.url, AzureKeyCredential("local")


def main(questions: list[str]) -> None:
    logging.basicConfig(stream=sys.stdout, format="log:    %(message)s")
    model = os.environ.get("AZURE_VOICELIVE_MODEL", "gpt-realtime")
    with service() as (endpoint, credential):
        context = connect(endpoint=endpoint, credential=credential, model=model)
        asyncio.run(stay_connected(context, Conversation(questions).converse))


if __name__ == "__main__":
    main(sys.argv[1:] or ["How much is nine times seven?", "What is two plus three?"])
