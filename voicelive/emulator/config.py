"""The local server's settings as a file: ``voicelive serve --config server.toml``.

The file is TOML. Its keys are the fields of `ServerSettings`; an engine is a name, or a table with its name under ``engine`` and its
options beside it::

    port = 8765
    recogniser = "none"

    [voice]
    engine = "piper"
    model = "voices/en_US-lessac-medium.onnx"
"""

import difflib
import pkgutil
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args, get_type_hints

import msgspec

from ._errors import BadConfig
from ._limits import SESSION_LIMIT_S, ServerLimits
from .engines._extra import import_extra

DEFAULT_PORT: Final = 8765


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``voicelive serve`` runs. Command line options come before what the file says.

    Attributes:
        host: address to listen on.
        port: port to listen on; 0 takes any that is free.
        api_key: the key to ask for; without it everybody may come in but web pages from other machines.
        tls: serve https and wss with a certificate that is made for the host.
        tls_cert: serve https and wss with this certificate (path of a PEM file).
        tls_key: the certificate's key, if it is not in the same file.
        vad: tells speech from silence.
        recogniser: understands speech; ``none`` goes without.
        responder: decides what to answer.
        interim: a responder that writes what an ``llm_interim_response`` says; without it that is a fixed text.
        voice: speaks the answers.
        mcp: label of an MCP server -> ``module:attribute`` of its tools, a list of `McpTool`.
        mcp_reach: which other MCP servers are called by the address that a client gives: ``none``, those on this machine
            (``loopback``), or ``any``.
        mcp_calls_end: whether MCP calls end ``after_response``, which the official Python sample waits for, or ``in_response``, as
            documented.
        pace: ``lead`` sends audio ahead of its playback by a bounded lead, ``none`` as fast as it is made.
        session_limit_s: a session's longest duration in seconds.
        tokens_per_minute: responses beyond this many tokens, in all sessions together, fail; without it none do.
        limits: what clients may take of the server, the fields of `ServerLimits`.
        compression: whether to compress messages for clients that offer it; unless said, only for those on other machines.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65_535)] = DEFAULT_PORT
    api_key: str | None = None
    tls: bool = False
    tls_cert: str | None = None
    tls_key: str | None = None
    vad: str | dict[str, Any] = "auto"
    recogniser: str | dict[str, Any] = "auto"
    responder: str | dict[str, Any] = "built-in"
    interim: str | dict[str, Any] | None = None
    voice: str | dict[str, Any] = "espeak"
    mcp: dict[str, str] = {}
    mcp_reach: Literal["none", "loopback", "any"] = "loopback"
    mcp_calls_end: Literal["after_response", "in_response"] = "after_response"
    pace: Literal["lead", "none"] = "lead"
    session_limit_s: Annotated[float, msgspec.Meta(gt=0)] = SESSION_LIMIT_S
    tokens_per_minute: Annotated[int, msgspec.Meta(ge=1)] | None = None
    limits: ServerLimits | None = None
    compression: bool | None = None

    def __repr__(self) -> str:
        """Which settings there are, without their values: some are secrets."""
        return f"ServerSettings({', '.join(self.__struct_fields__)})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """As `__repr__`, for those who print with rich."""
        return [(name, ...) for name in self.__struct_fields__]

    def options(self) -> dict[str, Any]:
        """The arguments of `serve`, except for its ``ssl_context``.

        Raises:
            BadConfig: the tools of an MCP server cannot be imported.
        """
        options = {name: getattr(self, name) for name in self.__struct_fields__ if not name.startswith("tls")}
        mcp = {label: _tools(label, reference) for label, reference in self.mcp.items()}
        return options | {"pace": None if self.pace == "none" else self.pace, "mcp": mcp}


def _tools(label: str, reference: str) -> Sequence[Any]:
    try:
        tools = pkgutil.resolve_name(reference)
    except (ImportError, AttributeError, ValueError) as error:
        raise BadConfig(f"mcp.{label}: {reference!r} cannot be imported: {error}") from error
    if not isinstance(tools, (list, tuple)):
        raise BadConfig(f"mcp.{label}: {reference!r} is a {type(tools).__name__}; it must be a list of McpTool")
    return tools


class SettingsFile:
    """A file of settings, and where in it things stand.

    Raises:
        BadConfig: it cannot be read, is no TOML, or says what cannot be; the text names the file, the line and the fix.
        ImportError: Python 3.10 without tomli.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._text = _read(self._path)
        toml = _parser()
        try:
            table = toml.loads(self._text)
        except toml.TOMLDecodeError as error:  # its text has line and column
            raise BadConfig(f"{self._path} is no TOML: {error}") from error
        try:
            self.settings = msgspec.convert(table, ServerSettings)
        except msgspec.ValidationError as error:
            raise BadConfig(self._explained(str(error))) from error

    def place(self, *keys: str) -> str:
        """Where a key stands, as ``server.toml:7``; the file alone, if it does not."""
        line = line_of(self._text, keys)
        return f"{self._path}:{line}" if line else str(self._path)

    def _explained(self, problem: str) -> str:
        key, reason = what_is_wrong(problem)
        unknown = re.search(r"unknown field `(.+?)`", reason)
        if unknown is None:
            return f"{self.place(key)}: {key}: {reason}"
        settings: type[msgspec.Struct] = ServerLimits if key else ServerSettings
        known = settings.__struct_fields__
        close = difflib.get_close_matches(unknown[1], known, 1)
        meant = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(known)}"
        return f"{self.place(*([key] if key else []), unknown[1])}: there is no setting {unknown[1]!r}; {meant}"


def what_is_wrong(problem: str) -> tuple[str, str]:
    """The setting at fault, and why, out of msgspec's words for a `ServerSettings` that cannot be."""
    reason, _, path = problem.partition(" - at ")
    key = path.strip("`$.").partition(".")[0].partition("[")[0]
    if reason.startswith("Invalid enum value"):
        allowed = get_args(get_type_hints(ServerSettings)[key])
        reason = f"it can be {' or '.join(map(repr, allowed))}, not {reason.rpartition(' ')[2]}"
    return key, reason


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadConfig(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadConfig(f"{path} is no TOML: it is not UTF-8 ({error})") from error


def _parser() -> Any:
    try:
        return import_extra("tomllib", "a file of settings", "cli")
    except ImportError:  # Python 3.10
        return import_extra("tomli", "a file of settings", "cli")


_HEADER = re.compile(r"\s*\[\[?\s*(?P<keys>[\w\s.\"'-]+?)\s*\]")
_KEY = re.compile(r"\s*(?P<keys>[\w.\"'-]+)\s*=")


def line_of(text: str, keys: Sequence[str]) -> int | None:
    """The line, counted from 1, where a key of a TOML text is set, or the nearest table above it begins; None if neither is there."""
    table: list[str] = []
    found, depth = None, 0
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = here = _parts(header["keys"])
        elif key := _KEY.match(line):
            here = [*table, *_parts(key["keys"])]
        else:
            continue
        if depth < len(here) <= len(keys) and here == list(keys[: len(here)]):
            found, depth = number, len(here)
    return found


def _parts(keys: str) -> list[str]:
    return [part.strip().strip("\"'") for part in keys.split(".")]
