"""Passes messages on between clients and a service, and records them."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from http import HTTPStatus
from itertools import count
from pathlib import Path
from typing import Final

from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from voicelive._endpoint import PATH, Address, listening_port, local_endpoint
from voicelive_transports import ConnectFailed, ConnectOptions, HandshakeRejected, Transport, TransportClosed, get_opener
from voicelive_transports._closing import check_close
from voicelive_transports._recording import numbered
from voicelive_transports.record import AudioMode, record

from ._failures import Failure
from ._signals import stop_signals

MAX_MESSAGE_BYTES: Final = 24 * 1024 * 1024
"""Largest frame in either direction: 15 MiB of audio as base64, and room to spare."""

_HOP_BY_HOP: Final = frozenset(
    {"host", "connection", "upgrade", "origin", "content-length", "transfer-encoding", "proxy-authorization", "accept-encoding"}
)
_NORMAL: Final = 1000
_GOING_AWAY: Final = 1001
_NO_CODE: Final = 1005
_FAILED: Final = 1011


class Recorder:
    """Opens a connection to the service for each that comes, and passes messages both ways.

    Args:
        address: the service.
        path: the first recording.
        audio: what becomes of audio.
        tell: called with a line for each session.
    """

    def __init__(self, address: Address, path: Path, audio: AudioMode, tell: Callable[[str], object]) -> None:
        self._tell = tell
        self._base = f"{address.scheme}://{address.netloc}{address.path.removesuffix(PATH)}"
        self._path = path
        self._audio: AudioMode = audio
        self._opened: dict[ServerConnection, Transport] = {}

    async def listen(self, host: str, port: int) -> None:
        """Work until a signal ends it.

        Raises:
            Failure: the address can't be had.
        """
        with stop_signals() as stopped:
            try:
                listener = await serve(
                    self.run,
                    host,
                    port,
                    process_request=self.open,
                    max_size=MAX_MESSAGE_BYTES,
                    compression=None,
                    server_header=None,
                    logger=_quiet_logger(),
                )
            except OSError as error:
                raise Failure(f"can't listen on {host}:{port}: {error.strerror or error}") from error
            async with listener:
                self._tell(f"Recording at {local_endpoint('http', host, listening_port(listener.sockets))} (Ctrl-C ends it)")
                await stopped.wait()
            for transport in self._opened.values():  # of clients that went before they were let in
                await transport.aclose(_GOING_AWAY)

    async def open(self, connection: ServerConnection, request: Request) -> Response | None:
        """Open the way to the service; what it refuses is refused here with its status."""
        headers = tuple((name, value) for name, value in request.headers.raw_items() if _is_passed_on(name))
        path = _free(self._path)
        try:
            options = ConnectOptions(headers=headers, max_msg_size=MAX_MESSAGE_BYTES)
            self._opened[connection] = await record(get_opener("auto"), path, audio=self._audio)(self._base + request.path, options)
        except HandshakeRejected as refused:
            self._tell(f"refused with {refused.status}")
            retry = [(name, value) for name, value in refused.headers if name.lower() == "retry-after"]
            return _refusal(refused.status, "refused by the service", retry)
        except (ConnectFailed, OSError, ValueError) as failed:  # no way there, no place for the file, a header that can't be passed on
            self._tell(str(failed))
            return _refusal(HTTPStatus.BAD_GATEWAY, str(failed), [])
        self._tell(f"session in {path}")
        return None

    async def run(self, connection: ServerConnection) -> None:
        """Pass everything on until either side closes; the other side is closed with the same code."""
        transport = self._opened.pop(connection)
        back = asyncio.create_task(_pass_back(transport, connection))
        try:
            async for frame in connection:
                await transport.send(frame)
        except (ConnectionClosed, TransportClosed):
            pass  # told to the other side below
        except Exception as error:
            self._tell(f"a session broke: {error!r}")
            raise
        finally:
            await transport.aclose(_sendable(connection.close_code), connection.close_reason or "")
            await back


def _quiet_logger() -> logging.Logger:
    """For the library, which logs every client that goes before it was let in; what matters is told."""
    logger = logging.getLogger("voicelive.recorder")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    return logger


async def _pass_back(transport: Transport, connection: ServerConnection) -> None:
    try:
        while True:
            await connection.send(await transport.receive(), text=True)
    except TransportClosed as closed:
        await connection.close(_sendable(closed.code), closed.reason)
    except ConnectionClosed:
        pass  # the client has left; run() tells the service


def _sendable(code: int | None) -> int:
    """A close code for the other side: the same, unless it only stands for what happened here."""
    if code in (None, _NO_CODE):
        return _NORMAL
    try:
        check_close(code, "")
    except ValueError:
        return _FAILED
    return code


def _is_passed_on(name: str) -> bool:
    return name.lower() not in _HOP_BY_HOP and not name.lower().startswith("sec-websocket-")


def _refusal(status: int, message: str, headers: list[tuple[str, str]]) -> Response:
    body = json.dumps({"error": {"code": str(int(status)), "message": message}}).encode()
    usual = [("Content-Type", "application/json"), ("Content-Length", str(len(body))), ("Connection", "close")]
    return Response(int(status), HTTPStatus(status).phrase, Headers([*usual, *headers]), body)


def _free(path: Path) -> Path:
    """``call.jsonl``, or ``call-2.jsonl``...: the first that isn't there yet."""
    return next(each for each in (numbered(path, number) for number in count(1)) if not each.exists())
