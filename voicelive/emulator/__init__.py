"""A local Voice Live server: real voice activity detection, speech recognition and speech, no account and no cloud.

::

    async with voicelive.emulator.serve() as server:
        async with voicelive.connect(endpoint=server.url, model="gpt-realtime", credential=...) as connection:
            ...

It speaks the service's protocol, event order and error rules, also to the official SDKs. What answers is a `Responder`: any async
callable from a `Turn` to text.
"""

from ._errors import BadConfig, BadPort, EmulatorError, PortTaken
from ._in_thread import serve_in_thread
from ._limits import ServerLimits
from ._mcp import McpTool
from ._server import Server, serve
from ._session import Session
from .config import ServerSettings
from .engines import BadEngine, FileSearch, Reply, Responder, ToolCall, ToolCallDelta, Turn, Utterance, WebSearch

__all__ = [
    "BadConfig",
    "BadEngine",
    "BadPort",
    "EmulatorError",
    "FileSearch",
    "McpTool",
    "PortTaken",
    "Reply",
    "Responder",
    "Server",
    "ServerLimits",
    "ServerSettings",
    "Session",
    "ToolCall",
    "ToolCallDelta",
    "Turn",
    "Utterance",
    "WebSearch",
    "serve",
    "serve_in_thread",
]
