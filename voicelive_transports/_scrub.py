"""What a recording must not hold: keys, tokens, passwords; each is replaced by ``...`` and the rest of the text stays as it was."""

from __future__ import annotations

import json
import re
from typing import Final

ELIDED: Final = "..."

_NAME: Final = (
    r"[\w-]*(?:authorization|api[-_]?key|subscription[-_]?key|credentials?|passw(?:or)?d|secret|token|connection[-_]?string|headers)"
)
_HINT: Final = re.compile(
    rb"authori[sz]ation|api[-_]?key|-key|credential|passw|secret|token|connection[-_]?string|headers|bearer|eyJ|sig|://[^/\s\"]*@|[?&;](?:key|code)=",
    re.IGNORECASE,
)
"""Most frames hold none of these, and are left alone at once."""

_MEMBER: Final = re.compile(rf'"{_NAME}"\s*:\s*', re.IGNORECASE)
_NESTED: Final = re.compile(rf'(\\+"){_NAME}\1\s*:\s*\1(?P<value>.*?)\1', re.IGNORECASE | re.DOTALL)
"""The same in JSON that is text in JSON, such as the arguments of a call."""

_LOGPROB: Final = re.compile(r'\s*,\s*"(?:logprob|bytes)"')
"""Follows the tokens of a transcript, which are words."""

_HARMLESS: Final = (None, True, False)
_ANYWHERE: Final = (
    re.compile(r"(?P<kept>\bBearer\s+)[\w.~+/=-]{8,}", re.IGNORECASE),
    re.compile(r"(?P<kept>://)[^/\s\"@\\]+@"),  # user and password of a URL
    re.compile(
        r"(?P<kept>[?&;](?:[\w-]*(?:key|token|secret|password|authorization|credential)|sig|signature|code)=)[^&\s\"\\#']+", re.IGNORECASE
    ),
    re.compile(r"(?P<kept>\b)eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),  # a JSON Web Token
)
_DECODER: Final = json.JSONDecoder()


def scrub(frame: bytes) -> bytes:
    """Replace what is secret in a message.

    That is: the value of a member whose name says so, be it text, a number, an object or a list, also in JSON inside of a text; a bearer
    token and a JSON Web Token wherever they stand; in URLs user, password and the parameters that carry keys, tokens and signatures.
    """
    if not _HINT.search(frame):
        return frame
    text = _NESTED.sub(_without_value, _without_members(frame.decode(errors="replace")))
    for pattern in _ANYWHERE:
        text = pattern.sub(lambda found: found["kept"] + ELIDED + ("@" if found["kept"] == "://" else ""), text)
    return text.encode()


def _without_members(text: str) -> str:
    parts: list[str] = []
    done = 0
    for member in _MEMBER.finditer(text):
        if member.start() < done:
            continue  # inside of what is elided already
        start, end = member.end(), _end_of_value(text, member.end())
        if end > start and not _LOGPROB.match(text, end):
            parts += [text[done:start], json.dumps(ELIDED)]
            done = end
    return "".join([*parts, text[done:]])


def _end_of_value(text: str, start: int) -> int:
    """Where the value that begins there ends; there again for one that tells nothing."""
    try:
        value, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return len(text)  # a broken frame, or one that nests without end: nothing of the rest is safe
    return start if value in _HARMLESS else end


def _without_value(found: re.Match[str]) -> str:
    start, end = (at - found.start() for at in found.span("value"))
    return found[0][:start] + ELIDED + found[0][end:]
