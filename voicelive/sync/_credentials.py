"""Credentials without an event loop: keys, and token credentials that block."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, TypeAlias, Union, cast

from .._credentials import KeyCredential, check_scopes, checked_key, checked_token, is_key
from .._credentials import check_credential as check_any_credential
from .._credentials import found_credential as found_in_environment

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

__all__ = ["Credential", "authentication_header", "check_credential", "check_scopes", "found_credential"]

Credential: TypeAlias = Union[KeyCredential, "TokenCredential"]
"""What ``connect(credential=...)`` takes."""


def found_credential() -> Credential:
    """Give the credential of the environment, as for the asynchronous ``connect()``; what is found there never needs an event loop."""
    return cast("Credential", found_in_environment())


def check_credential(credential: object) -> None:
    """Refuse what is no credential, or one for an event loop.

    Raises:
        TypeError, ValueError: as for the asynchronous ``connect()``.
    """
    check_any_credential(credential)
    if inspect.iscoroutinefunction(getattr(credential, "get_token", None)):
        raise TypeError(
            f"{type(credential).__module__}.{type(credential).__name__} is for an event loop: use its blocking twin "
            "(azure.identity instead of azure.identity.aio), or voicelive.connect()"
        )


def authentication_header(credential: Credential, scopes: tuple[str, ...]) -> tuple[str, str]:
    """Give the header that proves who we are: ``api-key``, or ``Authorization`` with a token fetched now.

    Raises:
        TypeError: ``get_token`` gave no token.
        ValueError: the key or the token can't be a header.
    """
    if is_key(credential):
        return "api-key", checked_key(cast("KeyCredential", credential))
    answer = cast("Any", credential).get_token(*scopes)
    return "Authorization", f"Bearer {checked_token(credential, answer)}"
