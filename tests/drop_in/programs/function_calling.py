"""Function calling as one writes it for the official SDK: tools as models, the call answered, the answer told."""

import asyncio
import json
import sys

from azure.ai.voicelive.aio import ConnectionClosed, connect
from azure.ai.voicelive.models import (
    FunctionCallOutputItem,
    FunctionTool,
    InputTextContentPart,
    ItemType,
    RequestSession,
    ResponseCreateParams,
    ServerEventConversationItemCreated,
    ServerEventResponseFunctionCallArgumentsDone,
    ServerEventType,
    ToolChoiceLiteral,
    UserMessageItem,
)
from azure.core.credentials import AzureKeyCredential

WEATHER = FunctionTool(
    name="get_weather",
    description="The weather of a city.",
    parameters={"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)


async def wait_for(connection, kind):
    while True:
        event = await connection.recv()
        if event.type == ServerEventType.ERROR:
            print("error:", event.error.code)
        if event.type == kind:
            return event


async def main():
    async with connect(
        endpoint=sys.argv[1], credential=AzureKeyCredential("key"), model="gpt-realtime", query={"trafficType": "test"}
    ) as connection:
        await connection.session.update(
            session=RequestSession(modalities=["text"], tools=[WEATHER], tool_choice=ToolChoiceLiteral.AUTO, turn_detection=None)
        )
        updated = await wait_for(connection, ServerEventType.SESSION_UPDATED)
        print("tools:", [tool["name"] for tool in updated.session.tools], "turns:", updated.session.turn_detection)

        await connection.conversation.item.create(
            item=UserMessageItem(content=[InputTextContentPart(text="What is the weather in Oslo?")]), event_id="question"
        )
        created = await wait_for(connection, ServerEventType.CONVERSATION_ITEM_CREATED)
        print("item:", isinstance(created, ServerEventConversationItemCreated), created.item.role == "user", created.item.content[0].text)

        await connection.response.create(response=ResponseCreateParams(tool_choice="required"), additional_instructions="Use the tool.")
        call = await wait_for(connection, ServerEventType.RESPONSE_FUNCTION_CALL_ARGUMENTS_DONE)
        print("call:", isinstance(call, ServerEventResponseFunctionCallArgumentsDone), call.name, json.loads(call.arguments))
        done = await wait_for(connection, ServerEventType.RESPONSE_DONE)
        print("done:", done.response.status == "completed", [item.type == ItemType.FUNCTION_CALL for item in done.response.output])

        await connection.conversation.item.create(item=FunctionCallOutputItem(call_id=call.call_id, output=json.dumps({"sky": "clear"})))
        await connection.response.create()
        said = await wait_for(connection, ServerEventType.RESPONSE_TEXT_DONE)
        print("said:", said.text)
        await wait_for(connection, ServerEventType.RESPONSE_DONE)
        await connection.close()
        try:
            await connection.recv()
        except ConnectionClosed:
            print("closed")


asyncio.run(main())
