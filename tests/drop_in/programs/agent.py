"""An agent's session as one writes it for the official SDK: by name, with a token, with an interruption and a truncation."""

import asyncio
import sys

from azure.ai.voicelive.aio import ConnectionError, connect
from azure.ai.voicelive.models import (
    InputTextContentPart,
    MessageItem,
    RequestSession,
    ResponseStatus,
    ServerEventType,
    SystemMessageItem,
    UserMessageItem,
)
from azure.core.credentials import AccessToken


class Token:
    async def get_token(self, *scopes, **options):
        print("scopes:", *scopes)
        return AccessToken("token", 4102444800)

    async def close(self):
        pass

    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        pass


async def say(connection, text):
    await connection.conversation.item.create(item=UserMessageItem(content=[InputTextContentPart(text=text)]))
    await connection.response.create()


async def main():
    try:
        connect(endpoint=sys.argv[1], credential=Token(), agent_name="guide")
    except ValueError:
        print("an agent needs its project")
    async with connect(
        endpoint=sys.argv[1],
        credential=Token(),
        agent_name="guide",
        project_name="harbour",
        agent_version="3",
        credential_scopes=["one/.default"],
    ) as connection:
        heard = bytearray()
        async for event in connection:
            if event.type == ServerEventType.SESSION_CREATED:
                print("session:", event.session.id is not None)
                await connection.session.update(session=RequestSession(modalities=["text", "audio"], temperature=0.8))
                await connection.conversation.item.create(item=SystemMessageItem(content=[InputTextContentPart(text="Be kind.")]))
                await say(connection, "a long story about the sea, the harbour and the ferry")
            elif event.type == ServerEventType.CONVERSATION_ITEM_CREATED:
                print("item:", event.item.type == "message", event.item.role == "user", isinstance(event.item, MessageItem))
            elif event.type == ServerEventType.RESPONSE_AUDIO_DELTA:
                heard += event.delta
                if len(heard) - len(event.delta) == 0:
                    await connection.response.cancel()
            elif event.type == ServerEventType.RESPONSE_DONE:
                print("done:", event.response.status == ResponseStatus.CANCELLED, event["response"]["status"] == "cancelled")
                message = event.response.output[0]
                await connection.conversation.item.truncate(item_id=message.id, content_index=0, audio_end_ms=10)
            elif event.type == ServerEventType.CONVERSATION_ITEM_TRUNCATED:
                print("truncated:", event.audio_end_ms, "as dict:", sorted(event.as_dict()) == sorted(dict(event)))
                await connection.conversation.item.delete(item_id=event.item_id)
            elif event.type == ServerEventType.CONVERSATION_ITEM_DELETED:
                await connection.send({"type": "conversation.item.delete", "item_id": "nobody", "event_id": "mine"})
            elif event.type == ServerEventType.ERROR:
                print("error:", event.error.type == "invalid_request_error", event.error.event_id)
                break
    try:
        async with connect(endpoint="http://127.0.0.1:9", credential=Token(), model="m"):
            pass
    except ConnectionError:
        print("no connection")


asyncio.run(main())
