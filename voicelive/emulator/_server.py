"""The listening side: HTTP in, WebSocket sessions out."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import logging
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus
from typing import Any, Literal

from websockets.asyncio.server import Server as WebSocketServer
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_websockets
from websockets.datastructures import Headers
from websockets.frames import CloseCode
from websockets.http11 import Request, Response

from voicelive._endpoint import listening_port, local_endpoint

from ._answering import Engines
from ._arrivals import Arrivals, connection_type, library_logger
from ._between import Between
from ._errors import BadPort, EmulatorError, PortTaken
from ._handshake import FULL, HEALTH_PATH, STATUS_PATH, Admission, Rejection, admit
from ._hearing import Ear
from ._limits import SESSION_LIMIT_S, ServerLimits
from ._mcp import McpServers, check_servers
from ._mcp_calls import MCP_CALLS_END, McpCallsEnd
from ._mcp_remote import Reach
from ._quota import Quota
from ._session import AT_FAULT, Session
from ._share import Share
from ._status import status_page
from .engines import EngineChoice, Recogniser, Responder, Vad, Voice
from .engines._registry import chosen

logger = logging.getLogger("voicelive.emulator")

_QUEUED_MESSAGES = 1
"""More messages of a client that wait to be read are left to TCP to hold back; each may be long."""


class Server:
    """A local Voice Live server that listens; made by `serve`.

    Attributes:
        host: the address it was asked to listen on.
        port: the port it listens on.
    """

    def __init__(
        self,
        engines: Engines,
        quota: Quota,
        *,
        host: str,
        api_key: str | None,
        paced: bool,
        session_limit_s: float,
        limits: ServerLimits,
        compression: bool | None,
        between: Between | None,
    ) -> None:
        self.host = host
        self.port = 0
        self._scheme = "http"
        self._engines = engines
        self._quota = quota
        self._api_key = api_key
        self._paced = paced
        self._session_limit_s = session_limit_s
        self._limits = limits
        self._compression = compression
        self._between = between
        self._arrivals = Arrivals(limits)
        self._sessions: dict[str, Session] = {}

    @property
    def url(self) -> str:
        """The ``endpoint`` for a client, such as ``http://127.0.0.1:8765``."""
        return local_endpoint(self._scheme, self.host, self.port)

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The sessions that are open now, oldest first."""
        return tuple(self._sessions.values())

    async def listen(self, port: int, ssl_context: ssl.SSLContext | None) -> WebSocketServer:
        """Begin to listen.

        Raises:
            EmulatorError: the address cannot be had.
        """
        limits = self._limits
        try:
            listener: WebSocketServer = await serve_websockets(
                self._run,
                self.host,
                port,
                ssl=ssl_context,
                process_request=self._judge,
                max_size=limits.max_message_bytes,
                max_queue=_QUEUED_MESSAGES,
                open_timeout=limits.handshake_s,
                # A test's clock may stand still, and then leap: pings would find the client dead.
                ping_interval=limits.ping_interval_s if self._between is None else None,
                ping_timeout=limits.ping_timeout_s,
                close_timeout=limits.close_s,
                server_header=None,
                logger=library_logger,
                create_connection=connection_type(self._arrivals),
                ssl_handshake_timeout=None if ssl_context is None else limits.handshake_s,
            )
        except OSError as error:
            raise _why_not(self.host, port, error) from error
        self._scheme = "https" if ssl_context is not None else "http"
        self.port = listening_port(listener.sockets)
        return listener

    async def close(self, listener: WebSocketServer) -> None:
        """Close every session with 1001, within the limits' ``close_s``; whoever takes no part in it is cut off."""
        listener.close()
        self._arrivals.cut_off_waiting()
        closed = asyncio.ensure_future(listener.wait_closed())
        await asyncio.wait((closed,), timeout=self._limits.close_s)
        self._arrivals.cut_off()
        await closed

    def _judge(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer what is no session; None lets the WebSocket open."""
        path = request.path.partition("?")[0]
        if path == STATUS_PATH:
            return _http(HTTPStatus.OK, status_page(self.url, self.sessions), "text/html; charset=utf-8")
        if path == HEALTH_PATH:
            return _http(HTTPStatus.OK, b"ok\n", "text/plain")
        if self._between is not None and (refusal := self._between.refusal(request.headers)) is not None:
            return _http(refusal.status, refusal.body, "application/json", refusal.headers)
        judged = admit(request.path, request.headers, self._api_key)
        if isinstance(judged, Admission) and self._arrivals.are_full:
            judged = FULL
        if isinstance(judged, Rejection):
            logger.info("refused %s: %s", path, judged.message)
            return _http(judged.status, judged.body, "application/json")
        self._arrivals.admit(connection)
        if not self._compresses(connection) and "Sec-WebSocket-Extensions" in request.headers:
            del request.headers["Sec-WebSocket-Extensions"]
        return None

    def _compresses(self, connection: ServerConnection) -> bool:
        if self._compression is None:
            return not ipaddress.ip_address(connection.remote_address[0]).is_loopback
        return self._compression

    async def _run(self, websocket: ServerConnection) -> None:
        assert websocket.request is not None
        admission = admit(websocket.request.path, websocket.request.headers, self._api_key)
        assert isinstance(admission, Admission), "judged before the WebSocket opened"
        if self._between is not None and (player := self._between.player()) is not None:
            await player(websocket, admission)
            return
        session = Session(
            websocket,
            admission,
            self._engines,
            self._quota,
            paced=self._paced,
            limit_s=self._session_limit_s,
            limits=self._limits,
            share=Share(self._rate),
            audio_of_all=lambda: sum(each.held_audio_bytes for each in self._sessions.values()),
            between=self._between,
        )
        self._sessions[session.id] = session
        logger.info("session %s opened for %s", session.id, admission.agent or admission.model)
        try:
            await session.run()
        except Exception:
            logger.exception("session %s: the server is at fault", session.id)
            await websocket.close(CloseCode.INTERNAL_ERROR, AT_FAULT)
        finally:
            del self._sessions[session.id]
            logger.info("session %s closed with code %s", session.id, websocket.close_code)

    def _rate(self) -> float:
        """How much of the server's time one session may take now."""
        return 1 if self._between is not None else max(self._limits.loop_share, 1 / max(1, len(self._sessions)))


def _http(status: HTTPStatus, body: bytes, content_type: str, more: Mapping[str, str] | None = None) -> Response:
    headers = Headers({"Content-Type": content_type, "Content-Length": str(len(body)), "Connection": "close", **(more or {})})
    return Response(status.value, status.phrase, headers, body)


def _why_not(host: str, port: int, error: OSError) -> EmulatorError:
    if error.errno == errno.EADDRINUSE:
        return PortTaken(f"port {port} of {host} is taken; stop the program that listens there, or choose another port (0: any)")
    if error.errno == errno.EACCES:
        return BadPort(f"port {port} of {host} needs more rights than this program has; choose one from 1024 up, or 0 for any")
    return EmulatorError(f"cannot listen on {host}:{port}: {error.strerror or error}")


@asynccontextmanager
async def _engines(mcp: McpServers, mcp_reach: Reach, mcp_calls_end: McpCallsEnd, **choices: Any) -> AsyncIterator[Engines]:
    """Make the engines that were not given as objects, which takes a moment, and close those again.

    Args:
        mcp: MCP servers.
        mcp_reach: which others may be called.
        mcp_calls_end: where calls end.
        choices: kind of engine -> engine, or how to make it; ``interim`` is a responder.
    """
    async with AsyncExitStack() as stack:
        made = {}
        for kind, choice in choices.items():
            made[kind] = await asyncio.to_thread(chosen, "responder" if kind == "interim" else kind, choice)
            if made[kind] is not choice:
                stack.push_async_callback(_close_engine, made[kind])
        engines = Engines(
            made["responder"], made["voice"], Ear(made["recogniser"]), made["vad"], mcp, mcp_reach, mcp_calls_end, made["interim"]
        )
        stack.callback(engines.close)
        yield engines


async def _close_engine(engine: Any) -> None:
    if hasattr(engine, "aclose"):
        await engine.aclose()
    elif hasattr(engine, "close"):
        await asyncio.to_thread(engine.close)


@asynccontextmanager
async def serve(
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    api_key: str | None = None,
    responder: Responder | EngineChoice = "built-in",
    voice: Voice | EngineChoice = "espeak",
    recogniser: Recogniser | EngineChoice | None = "auto",
    vad: Vad | EngineChoice = "auto",
    mcp: McpServers | None = None,
    mcp_reach: Reach = "loopback",
    mcp_calls_end: McpCallsEnd = "after_response",
    interim: Responder | EngineChoice | None = None,
    ssl_context: ssl.SSLContext | None = None,
    pace: Literal["lead"] | None = "lead",
    session_limit_s: float = SESSION_LIMIT_S,
    tokens_per_minute: int | None = None,
    limits: ServerLimits | None = None,
    compression: bool | None = None,
    between: Between | None = None,
) -> AsyncIterator[Server]:
    """Run a local Voice Live server while the context is open; closing it closes every session with code 1001.

    An engine is given as an object, by its name, or as a mapping with its name under ``engine`` and its options beside it, such as
    ``{"engine": "piper", "model": "en_US-lessac-medium.onnx"}``. Engines that are made here are closed with the server.

    Args:
        host: address to listen on.
        port: port to listen on; 0 takes any that is free.
        api_key: the key to ask for; None lets everybody in but web pages from other machines.
        responder: decides what to answer.
        voice: speaks the answers.
        recogniser: understands speech; ``"auto"`` takes PocketSphinx where it is installed, None goes without.
        vad: tells speech from silence; ``"auto"`` takes the best that is installed.
        mcp: MCP servers by label, and their tools, which this server then calls itself; None for none.
        mcp_reach: which other MCP servers it calls by the address that a client gives (needs the extra ``mcp``): those on this machine,
            ``"any"``, or ``"none"``.
        mcp_calls_end: where an MCP call runs and ends: ``"after_response"``, which the official Python sample waits for, or
            ``"in_response"``, the documented order, in which ``response.done`` has the call's output.
        interim: writes what an ``llm_interim_response`` says while the responder takes its time; None says a fixed text.
        ssl_context: serves ``https`` and ``wss`` with it.
        pace: ``"lead"`` sends audio ahead of its playback by a bounded lead, as the service does; None sends it as fast as it is made.
        session_limit_s: a session's longest duration in seconds.
        tokens_per_minute: responses beyond this many tokens, in all sessions together, fail with ``rate_limit_exceeded``; None lets
            everything pass, and reports the service's quota.
        limits: what clients may take of the server; None takes the usual bounds.
        compression: whether to compress messages for clients that offer it; None does so unless they are on this machine, where it costs
            more than it saves.
        between: who sees every handshake and frame, such as the testing kit; None for nobody.

    Raises:
        BadPort: the port is no port number, or not allowed.
        PortTaken: another program listens there.
        BadEngine: no engine has this name, or it cannot be made with these options.
        EmulatorError: the address cannot be had.
        ImportError: a speech engine is not installed; the text names the extra.
        ValueError: an unknown pace or end of MCP calls.
        TypeError: an MCP tool that is none.
    """
    if not 0 <= port <= 65_535:
        raise BadPort(f"port {port} is no port number; it can be 0 (any free one) to 65535")
    if pace not in ("lead", None):
        raise ValueError(f"pace is {pace!r}; it can be 'lead' or None")
    if mcp_calls_end not in MCP_CALLS_END:
        raise ValueError(f"mcp_calls_end is {mcp_calls_end!r}; it can be {' or '.join(map(repr, MCP_CALLS_END))}")
    check_servers(mcp or {})
    choices = {"responder": responder, "interim": interim, "voice": voice, "recogniser": recogniser, "vad": vad}
    async with _engines(mcp or {}, mcp_reach, mcp_calls_end, **choices) as engines:
        server = Server(
            engines,
            Quota(tokens_per_minute),
            host=host,
            api_key=api_key,
            paced=pace == "lead",
            session_limit_s=session_limit_s,
            limits=limits or ServerLimits(),
            compression=compression,
            between=between,
        )
        listener = await server.listen(port, ssl_context)
        logger.info("listening on %s", server.url)
        try:
            yield server
        finally:
            await server.close(listener)
