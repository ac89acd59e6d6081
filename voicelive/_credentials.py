"""Credentials: what is accepted, and the header that each becomes.

Accepted by shape, so that azure-core is imported by those who use it only: a key credential has a ``key`` (as azure-core's
``AzureKeyCredential``), a token credential has ``get_token`` (synchronous or not). No message here repeats a secret.
"""

from __future__ import annotations

import importlib.util
import inspect
import os
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias, Union, cast

import anyio.to_thread

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, TokenCredential
    from azure.core.credentials_async import AsyncTokenCredential

DEFAULT_SCOPE: Final = "https://ai.azure.com/.default"
"""Scope of a token for the service (service facts, section 2)."""

KEY_VARIABLE: Final = "AZURE_VOICELIVE_API_KEY"
"""The environment's key for the service, taken when no credential is given."""

_PRINTABLE: Final = re.compile(r"[\x21-\x7e]+")


class KeyCredential(Protocol):
    """A key for the service; azure-core's ``AzureKeyCredential`` is one."""

    @property
    def key(self) -> str:
        """The key, read anew for every connection."""
        ...


Credential: TypeAlias = Union[KeyCredential, "TokenCredential", "AsyncTokenCredential"]
"""What ``connect(credential=...)`` takes."""


class DefaultCredential:
    """azure-identity's ``DefaultAzureCredential``, made when a token is needed and closed after it."""

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """Fetch a token.

        Raises:
            ClientAuthenticationError: nothing gave one; the message says what was tried.
        """
        from azure.core.exceptions import ClientAuthenticationError  # noqa: PLC0415 - takes a third of a second
        from azure.identity import DefaultAzureCredential  # noqa: PLC0415

        with DefaultAzureCredential() as credential:
            try:
                return credential.get_token(*scopes, **options)
            except ClientAuthenticationError as error:
                raise ClientAuthenticationError(
                    f"no credential was given, {KEY_VARIABLE} isn't set, and DefaultAzureCredential found none: {error.message}"
                ) from error


def found_credential() -> Credential:
    """Give the credential of the environment: the key in ``AZURE_VOICELIVE_API_KEY``, else ``DefaultAzureCredential``.

    Raises:
        ValueError: there is no key, and azure-identity isn't installed; the message says what to do.
    """
    if key := os.environ.get(KEY_VARIABLE):
        from azure.core.credentials import AzureKeyCredential  # noqa: PLC0415

        return AzureKeyCredential(key)
    try:
        identity = importlib.util.find_spec("azure.identity")
    except ModuleNotFoundError:
        identity = None
    if identity is None:
        raise ValueError(
            f"no credential: none was given, {KEY_VARIABLE} isn't set, and azure-identity isn't installed, which could look for one: "
            f"pass credential=AzureKeyCredential(key), set {KEY_VARIABLE}, or pip install 'voicelive[identity]'"
        )
    return DefaultCredential()


def check_credential(credential: object) -> None:
    """Refuse what is no credential before anything reaches the network.

    Raises:
        TypeError: neither a key nor a token credential; for a str the message names ``AzureKeyCredential``.
        ValueError: the key is empty or can't be a header.
    """
    if isinstance(credential, (str, bytes)):
        raise TypeError(
            "credential must be an AzureKeyCredential or a token credential, not the key itself: pass credential=AzureKeyCredential(key)"
        )
    if is_key(credential):
        checked_key(cast("KeyCredential", credential))
    elif not callable(getattr(credential, "get_token", None)):
        raise TypeError(f"credential must be an AzureKeyCredential or a token credential (with get_token), not {type(credential).__name__}")


def check_scopes(scopes: str | Sequence[str] | None) -> tuple[str, ...]:
    """Give the scopes of a token as a tuple: one, several, or the service's own by default.

    Raises:
        TypeError: a scope isn't a str.
        ValueError: there are none, or one is empty.
    """
    if scopes is None:
        return (DEFAULT_SCOPE,)
    if not isinstance(scopes, (str, Iterable)):
        raise TypeError(f"credential_scopes must be a str or a list of str, not {type(scopes).__name__}")
    several = (scopes,) if isinstance(scopes, str) else tuple(scopes)
    for scope in several:
        if not isinstance(scope, str):
            raise TypeError(f"credential_scopes must be a str or a list of str, not of {type(scope).__name__}")
    if not several or "" in several:
        raise ValueError(f"credential_scopes is empty; leave it out for {DEFAULT_SCOPE!r}")
    return several


async def authentication_header(credential: Credential, scopes: tuple[str, ...]) -> tuple[str, str]:
    """Give the header that proves who we are: ``api-key``, or ``Authorization`` with a token fetched now.

    A synchronous ``get_token`` runs in a worker thread. What a credential raises reaches the caller as it is.

    Raises:
        TypeError: ``get_token`` gave no token.
        ValueError: the key or the token can't be a header.
    """
    if is_key(credential):
        return "api-key", checked_key(cast("KeyCredential", credential))
    return "Authorization", f"Bearer {await _fetch_token(credential, scopes)}"


def is_key(credential: object) -> bool:
    """Whether it holds a key."""
    return isinstance(getattr(credential, "key", None), str)


def checked_key(credential: KeyCredential) -> str:
    """Its key.

    Raises:
        ValueError: it can't be a header.
    """
    if not _PRINTABLE.fullmatch(credential.key):
        raise ValueError(
            "the credential's key is empty, or holds white space or a character that no key has; "
            "a key read from a file may end in a line break: AzureKeyCredential(key.strip())"
        )
    return credential.key


async def _fetch_token(credential: Any, scopes: tuple[str, ...]) -> str:
    if inspect.iscoroutinefunction(credential.get_token):
        answer = await credential.get_token(*scopes)
    else:
        # In a tuple, as trio takes no coroutine from a thread.
        (answer,) = await anyio.to_thread.run_sync(lambda: (credential.get_token(*scopes),), abandon_on_cancel=True)
        if inspect.isawaitable(answer):
            answer = await answer
    return checked_token(credential, answer)


def checked_token(credential: object, answer: object) -> str:
    """The text of a token.

    Raises:
        TypeError: there is none.
        ValueError: it can't be a header.
    """
    token = getattr(answer, "token", None)
    if not isinstance(token, str):
        raise TypeError(f"{type(credential).__name__}.get_token() must give an AccessToken, not {type(answer).__name__}")
    if not _PRINTABLE.fullmatch(token):
        raise ValueError(f"{type(credential).__name__}.get_token() gave a token that can't be a header")
    return token
