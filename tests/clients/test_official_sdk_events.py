"""Every event of the corpus, sent to the official Python SDK: which classes it makes of them."""

import asyncio

from azure.ai.voicelive import models
from azure.ai.voicelive.aio import connect
from azure.core.credentials import AzureKeyCredential
from support import corpus

from voicelive.testing import scripted_server

WITHOUT_CLASS = {
    # Newer than the release of the SDK that is installed, or never released: it gives its base class.
    line["type"]
    for line in corpus("server.jsonl")
} - {member.value for member in models.ServerEventType}


def test_every_event_is_decoded():
    lines = {line["type"]: line["message"] for line in reversed(list(corpus("server.jsonl")))}  # the first, fullest of each

    async def main(url):
        seen = {}
        async with connect(endpoint=url, credential=AzureKeyCredential("k"), model="gpt-realtime") as connection:
            async for event in connection:
                if event.type == "test.end":
                    break
                seen[str(getattr(event.type, "value", event.type))] = type(event)
        return seen

    with scripted_server() as server:
        for message in [*lines.values(), {"type": "test.end"}]:
            server.faults.insert(message, after="session.created")
        seen = asyncio.run(asyncio.wait_for(main(server.url), 60))
    assert set(lines) - set(seen) == set()
    untyped = {kind for kind in lines if seen[kind] is models.ServerEvent}
    assert untyped == WITHOUT_CLASS & set(lines)
