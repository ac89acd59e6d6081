"""What the engines behind an OpenAI-compatible endpoint share: its address, its key, and its errors in words."""

import os
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import msgspec

from ..._endpoint import is_loopback
from ._extra import import_extra

CONNECT_TIMEOUT_S = 10


class EndpointError(RuntimeError):
    """An endpoint cannot be reached, refuses the request, or answers what it should not; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an endpoint is, and who asks.

    Args:
        what: names it in errors, such as "chat endpoint".
        url: the base of its paths, such as ``http://127.0.0.1:11434/v1``.
        api_key: sent as bearer token; None sends none.
        api_key_env: name of an environment variable that holds the key instead.
        insecure: send the key over plain HTTP to another machine.
        timeout_s: longest wait for the next bytes of an answer, in seconds.

    Raises:
        ValueError: no HTTP address, a key in the address, no such variable, or a key that would travel unencrypted.
    """

    what: str
    url: str
    api_key: str | None = field(default=None, repr=False)
    api_key_env: str | None = None
    insecure: bool = False
    timeout_s: float = 60.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"url {self.url!r} is no address of an endpoint; one looks like http://127.0.0.1:11434/v1")
        if parts.username is not None:
            raise ValueError("the url holds a name or a key; give the key as api_key or api_key_env")
        if self.key is not None and parts.scheme == "http" and not self.insecure and not self.is_local:
            raise ValueError(f"the key would travel unencrypted to {parts.hostname}; use https, or say insecure = true")

    @property
    def key(self) -> str | None:
        """The key, from where it is.

        Raises:
            ValueError: the environment has no such variable.
        """
        if self.api_key is not None or self.api_key_env is None:
            return self.api_key
        if self.api_key_env not in os.environ:
            raise ValueError(f"the environment has no variable {self.api_key_env!r}, which is to hold the key")
        return os.environ[self.api_key_env]

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine."""
        return is_loopback(urlsplit(self.url).hostname or "")

    def client_options(self, http: Any) -> dict[str, Any]:
        """The arguments of an ``httpx2`` client: nothing is asked of a proxy that is on this machine."""
        return {
            "base_url": self.url.rstrip("/") + "/",
            "headers": {"Authorization": f"Bearer {self.key}"} if self.key is not None else {},
            "timeout": http.Timeout(self.timeout_s, connect=CONNECT_TIMEOUT_S),
            "trust_env": not self.is_local,
        }

    def unreachable(self, error: Exception) -> EndpointError:
        """The error for a request without an answer."""
        reason = str(error) or type(error).__name__
        return EndpointError(f"the {self.what} at {self.url} gave no answer: {reason}; is it running?")

    def refused(self, status: int, body: bytes) -> EndpointError:
        """The error for an answer that is none, with the words of its body."""
        return EndpointError(f"the {self.what} at {self.url} answered {status}: {message_of(body)}")


def http_library() -> Any:
    """The HTTP client.

    Raises:
        ImportError: httpx2 is not installed.
    """
    return import_extra("httpx2", "an endpoint", "endpoints")


def message_of(body: bytes) -> str:
    """What an error says: OpenAI's form, ``{"error": {"message": ...}}``, Ollama's ``{"error": ...}``, or the text."""
    try:
        found: Any = msgspec.json.decode(body)
    except msgspec.DecodeError:
        found = body.decode(errors="replace")
    for key in ("error", "message", "detail"):
        found = found.get(key, found) if isinstance(found, dict) else found
    return str(found).strip()[:500] or "nothing more"
