"""Who may come in: the request's path, query and headers, judged before the WebSocket opens.

Pure functions; paths, parameters and credentials are those of service facts, sections 1 and 2.
"""

import hmac
import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from .._endpoint import is_loopback

HEALTH_PATH = "/healthz"
STATUS_PATH = "/"
REALTIME_PATHS = ("/voice-live/realtime", "/voice-agent/realtime", "/openai/realtime")
"""Ends of the paths that open a session: the service's own, its earlier one, and the one of Azure OpenAI."""

AGENT_KEYS = ("agent-name", "agent-id", "agent_id")
MODEL_KEYS = ("model", "deployment")
UNSUPPORTED_VERSION = "v1"
AGENT_MODEL = "agent"
"""Stands for the model that an agent brings with it."""


@dataclass(frozen=True, slots=True)
class Admission:
    """What a client asked for when it opened the WebSocket.

    Attributes:
        model: model of the session.
        agent: name or id of the agent, or None.
        api_version: dated version of the API, such as ``2025-10-01``.
    """

    model: str
    agent: str | None
    api_version: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """An HTTP answer in place of the WebSocket: a status, and a JSON body that names the fix."""

    status: HTTPStatus
    code: str
    message: str

    @property
    def body(self) -> bytes:
        """The answer's body, shaped like Azure's: ``{"error": {"code", "message"}}``."""
        return json.dumps({"error": {"code": self.code, "message": self.message}}).encode()


FULL = Rejection(HTTPStatus.TOO_MANY_REQUESTS, "429", "this server has as many sessions as it takes; close one, or raise its limits")


def admit(target: str, headers: Mapping[str, str], api_key: str | None) -> Admission | Rejection:
    """Judge a request.

    Args:
        target: path and query as they stand in the request line.
        headers: looked up without regard to letter case by the mapping itself.
        api_key: the only key to accept; None accepts everybody but web pages from other machines.
    """
    try:
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query))
    except ValueError as error:
        return Rejection(HTTPStatus.BAD_REQUEST, "400", f"the request's target is no URL: {error}")
    if not parts.path.rstrip("/").endswith(REALTIME_PATHS):
        message = f"there is nothing at {parts.path}; sessions are opened at {REALTIME_PATHS[0]}"
        return Rejection(HTTPStatus.NOT_FOUND, "404", message)
    if api_key is not None and not _knows(api_key, query, headers):
        message = "wrong or missing key; send it as header 'api-key' or as 'Authorization: Bearer <key>'"
        return Rejection(HTTPStatus.UNAUTHORIZED, "401", message)
    origin = _only(headers, "Origin")
    if api_key is None and "Origin" in headers and not _is_near(origin, _only(headers, "Host")):
        place = origin or "several places, or none,"
        message = f"a web page from {place} may not open sessions here; serve it from this machine, or start the server with an API key"
        return Rejection(HTTPStatus.FORBIDDEN, "403", message)
    return _session_of(query)


def _is_near(origin: str, host: str) -> bool:
    """Whether a web page comes from this machine: any page that a browser shows can reach a server on loopback."""
    try:
        name = urlsplit(origin).hostname or ""
        if is_loopback(name):
            return True
        ipaddress.ip_address(name)  # no other name: whoever owns it could make it mean this machine
        return name == urlsplit(f"//{host}").hostname
    except ValueError:
        return False


def _session_of(query: Mapping[str, str]) -> Admission | Rejection:
    version = query.get("api-version")
    if not version:
        message = "query parameter 'api-version' is missing; add for example api-version=2025-10-01"
        return Rejection(HTTPStatus.BAD_REQUEST, "missing_api_version", message)
    if version == UNSUPPORTED_VERSION:
        message = "api-version 'v1' has other event names than this server speaks; use a dated one, such as 2025-10-01"
        return Rejection(HTTPStatus.BAD_REQUEST, "unsupported_api_version", message)
    agent = _first(query, AGENT_KEYS)
    model = _first(query, MODEL_KEYS) or (AGENT_MODEL if agent or query.get("profile") else None)
    if model is None:
        message = "name a model (model=gpt-realtime) or an agent (agent-name=... and agent-project-name=...) in the query"
        return Rejection(HTTPStatus.BAD_REQUEST, "missing_model", message)
    return Admission(model, agent, version)


def _first(query: Mapping[str, str], keys: tuple[str, ...]) -> str | None:
    return next((query[key] for key in keys if query.get(key)), None)


def _knows(api_key: str, query: Mapping[str, str], headers: Mapping[str, str]) -> bool:
    tokens = (_only(source, "Authorization") for source in (headers, query))
    shown = [_only(headers, "api-key"), query.get("api-key", ""), *(token.removeprefix("Bearer ") for token in tokens)]
    return any(hmac.compare_digest(one.encode(errors="replace"), api_key.encode()) for one in shown)


def _only(source: Mapping[str, str], key: str) -> str:
    """The value of a key that is there once; the WebSocket library's headers raise when there are several."""
    try:
        return source[key]
    except LookupError:
        return ""
