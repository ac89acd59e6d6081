"""The key to show to a service."""

from __future__ import annotations

import os
from typing import Final

from voicelive._credentials import KEY_VARIABLE
from voicelive._endpoint import is_loopback, parse_endpoint

from ._failures import EXIT_USAGE, Failure

LOCAL_KEY: Final = "local"
"""The local server lets everybody in, and a client always shows a key."""


def key_for(endpoint: str) -> str:
    """Give the key of the environment; for a server on this machine any, if there is none.

    Raises:
        Failure: there is none, or the endpoint is no endpoint.
    """
    if key := os.environ.get(KEY_VARIABLE):
        return key
    try:
        is_here = is_loopback(parse_endpoint(endpoint).host)
    except ValueError as error:
        raise Failure(str(error), EXIT_USAGE) from error
    if is_here:
        return LOCAL_KEY
    raise Failure(f"--endpoint needs a key: set the environment variable {KEY_VARIABLE}", EXIT_USAGE)
