"""An MCP server's tool, which the service calls once you have approved it: type y or n.

Runs against a local server with a scripted MCP server. For the service set AZURE_VOICELIVE_ENDPOINT, MCP_SERVER_URL (of an MCP server that
the service can reach) and, if it isn't gpt-realtime, AZURE_VOICELIVE_MODEL; the key is taken from AZURE_VOICELIVE_API_KEY, else a token
from azure-identity.

    python examples/mcp_approval.py "What is the weather in Oslo?"
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from voicelive import AzureKeyCredential, VoiceLiveConnection, connect
from voicelive.emulator import McpTool, serve
from voicelive.models import MCPServer, RequestSession, ResponseMCPApprovalRequestItem

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


async def weather(city: str) -> str:
    """What the scripted MCP server answers."""
    return f"{city}: 7 degrees"


async def decide(connection: VoiceLiveConnection, request: ResponseMCPApprovalRequestItem) -> bool:
    """Ask at the terminal, and tell the service."""
    answer = await asyncio.to_thread(input, f"may {request.server_label} call {request.name}({request.arguments})? [y/n] ")
    approve = answer.strip().lower() == "y"
    print("approved" if approve else "refused")
    await connection.mcp_approval_response.create(approval_request_id=request, approve=approve)
    return approve


async def approved_call(connection: VoiceLiveConnection, request: ResponseMCPApprovalRequestItem) -> bool:
    """Wait until an approved call and its response have ended, in either order; False when it was not approved."""
    with (
        connection.events("response.mcp_call.completed", "response.mcp_call.failed") as calls,
        connection.events("response.done") as responses,
    ):
        if not await decide(connection, request):
            return False
        await responses.next(timeout=60)
        print((await calls.next(timeout=60)).type)
        return True


async def ask(connection: VoiceLiveConnection, question: str) -> None:
    """Ask; the response ends where the tool is to be called."""
    server = MCPServer(
        server_label="meteo", server_url=os.environ.get("MCP_SERVER_URL", "https://meteo.example/mcp"), require_approval="always"
    )
    await connection.session.update(session=RequestSession(modalities=["text"], tools=[server]))
    await connection.wait_for("mcp_list_tools.completed", timeout=60)

    message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": question}]}
    await connection.conversation.item.create(item=message)
    handle = await connection.response.create()
    await handle.done(timeout=60)
    for item in handle.output:
        if item.type == "mcp_approval_request":
            if not await approved_call(connection, item):
                return
            handle = await connection.response.create()  # have the result told
            await handle.done(timeout=60)
    print("answer:", handle.text)


@asynccontextmanager
async def service() -> AsyncIterator[tuple[str, AzureKeyCredential | None]]:
    """The service with the credential of the environment, or a local server that takes any key."""
    if endpoint := os.environ.get("AZURE_VOICELIVE_ENDPOINT"):
        yield endpoint, None
    else:
        async with serve(mcp={"meteo": [McpTool("get_weather", weather, "Weather in a city.", SCHEMA)]}) as server:
            yield server.url, AzureKeyCredential("local")


async def main(question: str) -> None:
    model = os.environ.get("AZURE_VOICELIVE_MODEL", "gpt-realtime")
    async with (
        service() as (endpoint, credential),
        connect(endpoint=endpoint, credential=credential, model=model) as connection,
    ):
        await ask(connection, question)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "What is the weather in Oslo?"))
